"""Scene headings: inside or outside, place and sub-place, time of day, and what a scene inherits from the one before."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cinema.plan.places import EXTERIORS, LANTERN_ROOM, LIGHTHOUSE, find_setting, settle
from cinema.plan.staging import Setting, TimeOfDay
from cinema.plan.words import lower_words, plain, title_case, vocabulary, without_notes

_INTERIOR = re.compile(
    r"^\s*(?P<kind>INT\.?\s*/\s*EXT|EXT\.?\s*/\s*INT|I\s*/\s*E|E\s*/\s*I|INT|EXT|EST|INNEN|AUSSEN|AUßEN|INTERIOR|"
    r"EXTERIOR)(?:\.|\s|:)+",
    re.IGNORECASE,
)
_PARTS = re.compile(r"\s+[-–—]+\s+|\s*[-–—]{2,}\s*|\s+/\s+|\s*[,،、]\s*|\s+[-–—]+\s*(?=$)")
_TIMES: dict[TimeOfDay, str] = {
    "dawn": "dawn sunrise daybreak dämmerung aube amanecer alba madrugada",
    "morning": "morning breakfast morgen matin mañana mattina manhã",
    "day": "day noon midday daytime tag jour día dia giorno mittag",
    "afternoon": "afternoon nachmittag après-midi tarde pomeriggio",
    "dusk": "dusk sunset evening twilight magic abend soir atardecer sera crépuscule",
    "night": "night midnight nighttime nacht nuit noche notte noite",
}
_TIME_OF_WORD: dict[str, TimeOfDay] = {word: time for time, words in _TIMES.items() for word in words.split()}
_TIME_SIGNS: tuple[tuple[str, TimeOfDay], ...] = (
    ("夜", "night"), ("晚", "night"), ("朝", "morning"), ("昼", "day"), ("白天", "day"), ("黄昏", "dusk"), ("夕", "dusk"),
    ("日", "day"), ("ליל", "night"), ("יום", "day"), ("ليل", "night"), ("نهار", "day"), ("ночь", "night"), ("день", "day"),
    ("утро", "morning"), ("вечер", "dusk"), ("밤", "night"), ("낮", "day"), ("रात", "night"), ("दिन", "day"),
)  # fmt: skip
_INHERIT = re.compile(
    r"\b(CONTINUOUS|CONT'?D|LATER|SAME(?: TIME| DAY)?|MOMENTS? LATER|MINUTES? LATER|CONTINUED)\b", re.IGNORECASE
)
_SAME_MOMENT = re.compile(r"\b(CONTINUOUS|SAME(?: TIME)?|MOMENTS? LATER)\b", re.IGNORECASE)
_MARGIN = vocabulary("flashback present past establishing dream intercut stock night-vision")


@dataclass(frozen=True, kw_only=True)
class Slugline:
    """A heading as read. `interior` and `time_of_day` are None where it does not say; `place` joins place and sub-place."""

    place: str
    interior: bool | None = None
    time_of_day: TimeOfDay | None = None
    setting: Setting
    known: bool = True
    """Whether the heading's words name a setting; else it is a guess."""
    inherits: bool = False
    """LATER, CONTINUOUS, SAME: the time of day is that of the scene before."""
    continuous: bool = False
    """CONTINUOUS, SAME, MOMENTS LATER: people stand where they stood."""


def read_slugline(heading: str) -> Slugline:
    """What a heading says; any text is a heading ("ON THE MOON" has a place and nothing else)."""
    text = plain(without_notes(heading))
    match = _INTERIOR.match(text)
    interior: bool | None = None
    if match:
        interior = match["kind"].upper().lstrip().startswith("I") and match["kind"].upper() != "E/I"
        text = text[match.end() :]
    text = re.sub(r"\s*\(.*?\)\s*", " ", text[:400]).strip()
    inherits, continuous = bool(_INHERIT.search(text)), bool(_SAME_MOMENT.search(text))
    parts = [part.strip(" .-–—") for part in _PARTS.split(text)]
    parts = [part for part in parts if part]
    places: list[str] = []
    time: TimeOfDay | None = None
    for position, part in enumerate(parts):
        said = _time_in(part)
        if position and (said or _INHERIT.fullmatch(part) or part.lower() in _MARGIN or _INHERIT.match(part)):
            time = time or said
        else:
            places.append(part)
    if time is None and len(places) == 1 and match is None:
        time = _time_in(places[0])
    found = _setting_in(places, interior=bool(interior))
    place = ", ".join(title_case(part) for part in places)
    inside = interior if interior is not None else (found is not None and found not in EXTERIORS)
    return Slugline(
        place=place,
        interior=interior if interior is not None or found is None else inside,
        time_of_day=time,
        setting=settle(found, inside, lower_words(place)),
        known=found is not None,
        inherits=inherits and time is None,
        continuous=continuous,
    )


def _setting_in(places: list[str], *, interior: bool) -> Setting | None:
    """What the sub-place names, else the place; outside, a lighthouse that is named anywhere is what one looks at."""
    words = lower_words(" ".join(places))
    if not interior and LIGHTHOUSE.intersection(words):
        return "lighthouse"
    if LANTERN_ROOM.search(" ".join(words)) and LIGHTHOUSE.intersection(words):
        return "lighthouse"
    for place in reversed(places):
        found = find_setting(lower_words(place), place)
        if found:
            return found
    return None


def _time_in(text: str) -> TimeOfDay | None:
    """The time that a short part of a heading names; a longer part is a place ("NIGHT CLUB OF THE STARS")."""
    words = lower_words(text)
    if len(words) <= 3:
        for word in reversed(words):
            if word in _TIME_OF_WORD:
                return _TIME_OF_WORD[word]
    if text.isascii() or len(text) > 24:
        return None
    lowered = text.lower()
    return next((time for sign, time in _TIME_SIGNS if sign in lowered), None)


def time_hint(text: str) -> TimeOfDay | None:
    """A time of day that an action names in plain words."""
    for word in lower_words(text):
        if word in ("moonlight", "moonlit", "midnight", "starlight"):
            return "night"
        if word in ("sunrise", "dawn"):
            return "dawn"
        if word in ("sunset", "dusk", "twilight"):
            return "dusk"
    return None
