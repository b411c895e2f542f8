"""The author's directions: shots called for in capitals, montages, intercuts, transitions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from cinema.plan.model import TransitionKind
from cinema.plan.staging import Angle, Framing
from cinema.plan.terms import fades_in, transition_of

DirectionKind = Literal["framing", "pov", "insert", "back", "intercut", "montage", "end_montage"]

_SHOTS: tuple[tuple[str, Framing], ...] = (
    (r"EXTREME CLOSE[- ]?UPS?|EXTREME CLOSE|ECU|MACRO", "extreme_close"),
    (r"MEDIUM CLOSE[- ]?UP|MCU", "medium_close"),
    (r"CLOSE[- ]?UPS?|CLOSEUPS?|CLOSE SHOT|CLOSER|CLOSE|TIGHT|C\.U\.|CU", "close"),
    (r"EXTREME WIDE(?: SHOT)?|EXTREME LONG SHOT|AERIAL(?: SHOT| VIEW)?|DRONE SHOT|ESTABLISHING(?: SHOT)?", "extreme_wide"),
    (r"MEDIUM WIDE(?: SHOT)?|MEDIUM LONG SHOT|COWBOY SHOT", "medium_wide"),
    (r"WIDE(?:R)?(?: SHOT| ANGLE)?|LONG SHOT|MASTER(?: SHOT)?", "wide"),
    (r"FULL SHOT", "full"),
    (r"MEDIUM(?: SHOT)?", "medium"),
    (r"TWO[- ]?SHOT|2[- ]?SHOT", "two_shot"),
    (r"OVER (?:THE )?SHOULDER|OVER [\w' ]{1,20} SHOULDER|OTS", "over_shoulder"),
    (r"(?:NEW |ANOTHER |REVERSE |LOW |HIGH |DUTCH |OVERHEAD )?ANGLE|FAVO?U?RING", "medium"),
)
_LINK = r"(?:\s*(?:[:\-–—]|\b(?:ON|OF|TO|AT|IN ON|SHOT OF)\b)\s*)*"
_SHOT_PATTERNS: tuple[tuple[re.Pattern[str], Framing], ...] = tuple(
    (re.compile(rf"^(?:IN |BACK TO )?({words})\b{_LINK}(.*)$", re.DOTALL), framing) for words, framing in _SHOTS
)
_POV = re.compile(
    r"^(?:(?P<before>[^\W_][\w' .]{0,40}?)(?:'S|’S|')?\s+(?:P\.?O\.?V\.?|POINT OF VIEW)(?:\s+SHOT)?"
    r"|(?:P\.?O\.?V\.?|POINT OF VIEW))"
    r"(?=\W|$)\s*(?:[:\-–—]|OF\b)?\s*(?P<rest>.*)$",
    re.DOTALL,
)
_INSERT = re.compile(r"^(?:INSERT|DETAIL|CUTAWAY)(?:\s+SHOT)?(?:\s+(?:ON|OF|TO)\b)?\s*[:\-–—]*\s*(.*)$", re.DOTALL)
_BACK = re.compile(
    r"^(?:BACK TO (?:SCENE|PRESENT|SHOT|ACTION)|END (?:INSERT|POV|FLASHBACK|INTERCUT)|RESUME SCENE)\b\W*(.*)$", re.DOTALL
)
_INTERCUT = re.compile(r"^(?:BEGIN )?INTERCUT(?:TING)?\b\s*(?:WITH|BETWEEN)?\W*(.*)$", re.DOTALL)
_MONTAGE = re.compile(
    r"^(?:BEGIN )?(?:[\w' ]{0,30}\b)?(?:MONTAGE|SERIES OF SHOTS|QUICK SHOTS|QUICK CUTS)\b\s*(?:OF)?\W*(.*)$", re.DOTALL
)
_END_MONTAGE = re.compile(r"^END (?:OF )?(?:MONTAGE|SERIES(?: OF SHOTS)?)\b\W*(.*)$", re.DOTALL)
_STARTS = re.compile(r"^[A-Z0-9][A-Z0-9.'’\- ]")
_TRANSITION = re.compile(
    r"^(?:FADE (?:IN|OUT|UP|TO BLACK|TO WHITE|FROM BLACK|TO)|(?:[A-Z]+ )?(?:CUT|SMASH) TO (?:BLACK|WHITE)|BLACK OUT"
    r"|(?:[A-Z]+ ){0,3}(?:CUT|DISSOLVE|WIPE|FADE|CROSSFADE|CROSS-FADE|IRIS)(?: (?:TO|IN|OUT|BACK TO))?)\b[.: ]*$",
)
_ANGLES: tuple[tuple[str, Angle], ...] = (
    ("LOW ANGLE", "low"),
    ("HIGH ANGLE", "high"),
    ("DUTCH", "dutch"),
    ("OVERHEAD", "overhead"),
)
BULLET = re.compile(r"^\s*(?:[-–—•*]+|\(?[A-Za-z0-9]{1,2}[.)])\s+")


@dataclass(frozen=True, kw_only=True)
class Direction:
    """A direction and what it is of: "CLOSE ON THE LAMP" has the subject "the lamp", POV the person who looks."""

    kind: DirectionKind
    framing: Framing | None = None
    angle: Angle = "eye"
    subject: str = ""
    viewer: str = ""
    match: bool = False


def read_direction(paragraph: str) -> Direction | None:
    """The direction with which a paragraph of action opens, or None. Directions are in capitals, as the trade writes them."""
    text = paragraph.strip()
    if not _STARTS.match(text) or text[:3] != text[:3].upper():
        return None
    simple: tuple[tuple[DirectionKind, re.Pattern[str]], ...] = (
        ("end_montage", _END_MONTAGE),
        ("back", _BACK),
        ("intercut", _INTERCUT),
        ("insert", _INSERT),
    )
    for kind, pattern in simple:
        match = pattern.match(text)
        if match:
            return Direction(kind=kind, subject=_subject(match[1]), framing="insert" if kind == "insert" else None)
    head, _, _ = text.partition("\n")
    if len(head) <= 100 or "MONTAGE" in head[:40]:
        match = _MONTAGE.match(text)
        if match:
            return Direction(kind="montage", subject=_subject(match[1]))
    match = _POV.match(text)
    if match:
        return _pov(match)
    for pattern, framing in _SHOT_PATTERNS:
        match = pattern.match(text)
        if match:
            return Direction(kind="framing", framing=framing, angle=_angle(match[1]), subject=_subject(match[2]))
    return None


def _angle(words: str) -> Angle:
    for named, angle in _ANGLES:
        if words.startswith(named):
            return angle
    return "eye"


def _pov(match: re.Match[str]) -> Direction:
    rest = match["rest"]
    if match["before"]:
        return Direction(kind="pov", viewer=match["before"], subject=_subject(rest))
    viewer, _, seen = rest.partition("\n")
    if rest and len(viewer) <= 40 and viewer == viewer.upper():
        return Direction(kind="pov", viewer=viewer.strip(" .:-–—"), subject=_subject(seen))
    return Direction(kind="pov", subject=_subject(rest))


def _subject(text: str) -> str:
    return text.strip(" \t\r\n.:-–—") if len(text) < 80 else text.strip()


@dataclass(frozen=True, kw_only=True)
class Crossing:
    """What a transition does to the shots beside it. `tight`: SMASH CUT, straight into the action; `match`: MATCH CUT."""

    entrance: TransitionKind = "cut"
    fade_out: bool = False
    tight: bool = False
    match: bool = False


def read_transition(text: str) -> Crossing | None:
    """FADE OUT darkens the shot before; FADE IN lightens the next; DISSOLVE TO mixes them. None where nothing is said."""
    words = text.upper()
    kind = transition_of(words)
    if kind is None:
        return None
    if kind == "fade":
        if fades_in(words):
            return Crossing(entrance="fade")
        both = re.search(r"\bTO\b(?! BLACK| WHITE)", words) is not None
        return Crossing(fade_out=True, entrance="fade" if both else "cut")
    return Crossing(entrance=kind, tight="SMASH" in words or "JUMP" in words, match="MATCH" in words)


def is_transition(paragraph: str) -> bool:
    """Whether a paragraph of action is a transition that its format did not mark as one ("FADE IN:")."""
    return len(paragraph) <= 40 and _TRANSITION.match(paragraph.strip()) is not None
