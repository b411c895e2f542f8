"""Where and when a scene of prose plays, as far as its first words say so."""

from __future__ import annotations

import re
from collections.abc import Sequence

_INSIDE = (
    "kitchen bedroom bathroom living room dining room hall hallway corridor attic cellar basement office library "
    "study classroom  school hospital ward church chapel cathedral temple tavern pub bar cafe café restaurant diner "
    "shop store bakery workshop  garage warehouse factory laboratory lab cabin cottage house home apartment flat room "
    "parlour parlor lobby hotel motel  theatre theater cinema studio museum gallery prison cell courtroom police "
    "station train carriage compartment car taxi bus  airplane cockpit spaceship bridge of the ship engine room hold "
    "lift elevator staircase stairwell stairs lantern room tower  lighthouse barn stable tent cave tunnel mine crypt "
    "castle palace throne room greenhouse waiting room"
)
_OUTSIDE = (
    "street alley road lane highway square market marketplace park garden yard courtyard field meadow forest wood "
    "woods jungle  beach shore coast cliff cliffs harbour harbor dock docks quay pier jetty river riverbank lake sea "
    "ocean island mountain  mountains hill hills valley desert dunes swamp marsh bridge rooftop roof balcony terrace "
    "porch deck boat ferry ship village  town city graveyard cemetery battlefield playground parking lot car park "
    "platform railway platform churchyard orchard  vineyard farm clearing path trail waterfall canyon"
)
_LONG = (
    *("living room", "dining room", "police station", "engine room", "lantern room", "throne room", "waiting room"),
    *("parking lot", "railway platform", "bridge of the ship", "car park"),
)
_TIMES = {
    "NIGHT": "night midnight moonlight",
    "DAWN": "dawn sunrise daybreak",
    "MORNING": "morning breakfast",
    "DAY": "noon midday",
    "AFTERNOON": "afternoon",
    "DUSK": "dusk sunset evening twilight",
}
_TIME_OF = {word: time for time, words in _TIMES.items() for word in words.split()}
_TIME = re.compile(rf"\b({'|'.join(_TIME_OF)})\b", re.IGNORECASE)
_LOOKED_AT = 1_200
"""Characters of a scene's beginning that may say where it plays."""


def _singles(listed: str) -> list[str]:
    for one in _LONG:
        listed = listed.replace(one, one.replace(" ", "_"))
    return [word.replace("_", " ") for word in listed.split()]


_KIND = {**dict.fromkeys(_singles(_OUTSIDE), "EXT."), **dict.fromkeys(_singles(_INSIDE), "INT.")}
_KIND["bridge"] = "EXT."
_PLACE = "|".join(sorted(_KIND, key=lambda word: (-len(word), word)))
_THE = r"(?:the|a|an|his|her|their|our|my|this|that|[A-Z]\w+['’]s)"
_PLAIN = r"(?:(?!and\b|of\b|with\b)[A-Za-z-]+\s+){0,2}?"
_IN = re.compile(
    r"(?<!looked )(?<!stared )(?<!gazed )(?<!pointed )"
    r"\b(?:in|at|on|of|inside|into|onto|outside|through|across|along|up|down|to|aboard|entered|enters|reached|reaches|crossed|"
    rf"crosses)\s+(?:{_THE}\s+)?(?P<place>{_PLAIN}(?:{_PLACE}))\b(?!['’]|\s+of\b)",
    re.IGNORECASE,
)
_OPENS = re.compile(rf"(?:^|(?<=[.!?…]\s))(?:The|A|An)\s+(?P<place>{_PLAIN}(?:{_PLACE}))\b(?!['’])")
_BARE = re.compile(rf"(?:(?:The|A|An)\s+)?(?P<place>(?:[A-Z][\w'’-]*\s+){{0,2}}(?:{_PLACE}))", re.IGNORECASE)


def heading_of(title: str, narration: Sequence[str]) -> str:
    """A scene heading such as "INT. KITCHEN - NIGHT" from a chapter's title or a scene's first narration; "" where neither
    names a place. Only what is said there is in it."""
    named = _BARE.fullmatch(title.strip(" .*_"))
    text = " ".join(narration)[:_LOOKED_AT]
    found = named or min(filter(None, (_IN.search(text), _OPENS.search(text))), key=lambda one: one.start(), default=None)
    if found is None:
        return ""
    place = re.sub(r"\s+", " ", found["place"]).strip().upper()
    time = time_of(f"{title} {text}")
    return f"{_kind(place)} {place}{f' - {time}' if time else ''}"


def time_of(text: str) -> str:
    """ "NIGHT", "DAWN" ...: the first that the words name; "" where they name none."""
    found = _TIME.search(text)
    return _TIME_OF[found[1].lower()] if found else ""


def _kind(place: str) -> str:
    lowered = place.lower()
    return next(kind for word, kind in sorted(_KIND.items(), key=lambda item: -len(item[0])) if lowered.endswith(word))
