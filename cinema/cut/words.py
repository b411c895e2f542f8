"""Words and where a caption may break between them, in any script."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

LINE_UNITS = 420
"""Width of a caption line: 42 narrow characters, or 16 wide ones (Netflix timed text style guide)."""
_NARROW_UNITS, _WIDE_UNITS = 10, 26

_LANGUAGES_NEVER_LAST = (
    # Articles, possessives and the like: they belong to the word after them (en, de, fr, es, it, pt).
    "a an the my your his her its our their this that these those no not mr mrs ms dr st",
    "der die das den dem des ein eine einen einem einer eines mein dein sein ihr kein",
    "le la les un une des du mon ton son ma ta sa mes tes ses ce cet cette",
    "el los las una unos unas mi tu su lo il gli uno o os as um uma",
)
_LANGUAGES_GOOD_FIRST = (
    # Conjunctions and prepositions: a line may well begin with them.
    "and or but nor so yet because although though while when where if unless until since as than that which who",
    "in on at by for with from to into onto over under about after before between through without of against toward",
    "und oder aber weil dass wenn als ob in im an am auf mit von zu bei nach vor für aus um gegen ohne",
    "et ou mais donc car que qui quand si dans sur avec pour par sans de à y pero porque con sin desde e ma perché",
)
_NEVER_LAST = frozenset(word for words in _LANGUAGES_NEVER_LAST for word in words.split())
_GOOD_FIRST = frozenset(word for words in _LANGUAGES_GOOD_FIRST for word in words.split())
_SENTENCE_END = (".", "!", "?", "…", "。", "！", "？", "؟", "।")
_CLAUSE_END = (",", ";", ":", "—", "–", "、", "，", "；", "،")
_CLOSING = frozenset("、。，．！？」』）】〉》〕ー…ゃゅょっャュョッ%％")
_QUOTES = "\"'”’»)]"


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    """The smallest piece that a caption keeps whole: a word, or a character of a script that writes without spaces."""

    text: str
    spaced: bool
    """Whether a space stands before it."""
    units: int


def split_words(text: str) -> list[Word]:
    """The words of `text`, in order; joined again they are the text with its white space made single."""
    words: list[Word] = []
    for chunk in text.split():
        for index, piece in enumerate(_pieces(chunk)):
            words.append(Word(text=piece, spaced=index == 0 and bool(words), units=width_units(piece)))
    return words


def _pieces(chunk: str) -> list[str]:
    """A chunk without spaces, cut between ideographs and kana, but never before closing punctuation."""
    if not any(_ideographic(sign) for sign in chunk):
        return [chunk]
    pieces: list[str] = []
    for sign in chunk:
        joined = pieces and (
            sign in _CLOSING or unicodedata.combining(sign) or not (_ideographic(sign) or _ideographic(pieces[-1][-1]))
        )
        if joined:
            pieces[-1] += sign
        else:
            pieces.append(sign)
    return pieces


def _ideographic(sign: str) -> bool:
    code = ord(sign)
    return 0x3040 <= code <= 0x30FF or 0x3400 <= code <= 0x9FFF or 0xF900 <= code <= 0xFAFF or 0x20000 <= code <= 0x3FFFF


def width_units(text: str) -> int:
    """Ten for a narrow character, 26 for a wide one, nothing for a combining mark."""
    units = 0
    for sign in text:
        if unicodedata.east_asian_width(sign) in "WF":
            units += _WIDE_UNITS
        elif not unicodedata.combining(sign):
            units += _NARROW_UNITS
    return units


def joined(words: Sequence[Word]) -> str:
    """The words as text; a space that stood before the first is left out."""
    return "".join((" " if word.spaced and index else "") + word.text for index, word in enumerate(words))


def joined_units(words: Sequence[Word]) -> int:
    return sum(word.units + (_NARROW_UNITS if word.spaced and index else 0) for index, word in enumerate(words))


def break_cost(before: Word, after: Word | None) -> float:
    """How bad it is to break between two words: 0 after a sentence ... 30 between article and noun."""
    if after is None:
        return 0.0
    tail = before.text.rstrip(_QUOTES)
    if tail.endswith(_SENTENCE_END):
        return 0.0
    if tail.endswith(_CLAUSE_END):
        return 2.0
    if tail.lower() in _NEVER_LAST:
        return 30.0
    if tail.lower() in _GOOD_FIRST:
        return 14.0
    if after.text.lower().strip(_QUOTES) in _GOOD_FIRST:
        return 4.0
    return 8.0


def layout(words: Sequence[Word], lines: int = 2) -> str:
    """The words on one line where they fit, else on two: broken well, the lower rather the longer."""
    if lines == 1 or joined_units(words) <= LINE_UNITS or len(words) == 1:
        return joined(words)
    best, best_cost = 1, float("inf")
    for cut in range(1, len(words)):
        upper, lower = joined_units(words[:cut]), joined_units(words[cut:])
        overflow = max(0, upper - LINE_UNITS) + max(0, lower - LINE_UNITS)
        uneven = abs(upper - lower) / 40 + (2.0 if upper > lower else 0.0)
        cost = overflow * 100 + break_cost(words[cut - 1], words[cut]) + uneven
        if cost < best_cost:
            best, best_cost = cut, cost
    return f"{joined(words[:best])}\n{joined(words[best:])}"


def fits(words: Sequence[Word], lines: int = 2) -> bool:
    """Whether the words can stand on that many lines. One word alone always may: it cannot be broken."""
    if len(words) == 1:
        return True
    used = 1
    units = 0
    for word in words:
        wanted = units + word.units + (_NARROW_UNITS if word.spaced and units else 0)
        if units and wanted > LINE_UNITS:
            used, units = used + 1, word.units
        else:
            units = wanted
        if units > LINE_UNITS or used > lines:
            return False
    return True
