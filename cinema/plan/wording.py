"""The planner's own words for people who read a shot list: places and names as a sentence would have them."""

from __future__ import annotations

import re

from cinema.plan.places import BY_WORD
from cinema.plan.things import PROPS
from cinema.plan.words import title_case, vocabulary

_NAMED = vocabulary(
    "street avenue square road boulevard hotel park lake river mount mountain island bridge station castle cafe café"
)
"""Places that mostly carry a name of their own before them: "Baker Street"."""
_COMMON = vocabulary(
    "old new empty dark small big great main front back upper lower inner outer east west north south top bottom moving "
    "abandoned "
    "second first third floor rear side private public local city town country fish market engine control waiting dressing "
    "living "
    "dining lamp lantern lens light night high low lost ruined burning sleeping school police fire hospital court control "
    "ship's"
)
_SIGN = re.compile(r"[BCDFGHJKLMNPQRSTVWXZ]{1,3}")
"""Initials: letters without a vowel."""
_TITLES = vocabulary("MR MRS MS DR ST SGT LT JR SR")
_ARTICLES = ("the", "a", "an", "on", "in", "at", "my", "our", "somewhere", "outside", "inside")


def sentence(words: str) -> str:
    """Free words as a sentence: "the lamp" is "The lamp."."""
    words = words.strip()
    ended = words if not words or words.endswith((".", "!", "?", "…", "。", "！", "？", "؟")) else f"{words}."
    return ended[:1].upper() + ended[1:]


def name_in_prose(name: str) -> str:
    """A name as a sentence has it: "MARA" is "Mara"; "R2D2", "DJ" and names in other alphabets stay as they are."""
    return " ".join(
        word if any(map(str.isdigit, word)) or (_SIGN.fullmatch(word) and word not in _TITLES) else title_case(word)
        for word in name.split(" ")
    )


def place_in_prose(place: str, names: frozenset[str] = frozenset()) -> str:
    """A place of a heading as a sentence: "Lighthouse Stairwell" is "The lighthouse stairwell.", "Baker Street" keeps its name.

    `names` are the cast's, in capitals: "Tom's House" is "Tom's house.".
    """
    if not place.isascii():
        return sentence(place)
    return sentence(", ".join(_part(part, names) for part in place.split(", ")))


def _part(part: str, names: frozenset[str]) -> str:
    words = part.split(" ")
    head = words[-1].lower()
    if not (head in BY_WORD or head.removesuffix("s") in BY_WORD or head in PROPS or head in _COMMON):
        return part
    owned = [word.upper().removesuffix("'S").removesuffix("’S") in names and "'" in word.replace("’", "'") for word in words]
    if len(words) > 1 and head in _NAMED and not any(owned) and words[-2].lower() not in _COMMON | BY_WORD.keys():
        return part
    lowered = " ".join(word if own else word.lower() for word, own in zip(words, owned, strict=True))
    return lowered if any(owned[:1]) or words[0].lower() in _ARTICLES else f"the {lowered}"


def listed(names: tuple[str, ...]) -> str:
    """ "Mara, Tom and Ada"."""
    said = [name_in_prose(name) for name in names]
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"
