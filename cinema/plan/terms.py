"""The author's free camera words ("extreme close-up", "crane up", "Dutch angle"), turned into the house's own."""

from __future__ import annotations

import re

from cinema.plan.model import TransitionKind
from cinema.plan.staging import Angle, CameraMove, Framing


def _table(text: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{text})\b", re.IGNORECASE)


_FRAMINGS: tuple[tuple[Framing, re.Pattern[str]], ...] = (
    ("extreme_close", _table(r"extreme[ -]close(?:[ -]?up)?|big close[ -]?up|macro|ecu|xcu|bcu")),
    ("over_shoulder", _table(r"over[ -](?:the[ -])?shoulder|over \w+'s shoulder|ots|o\.t\.s")),
    ("two_shot", _table(r"two[ -]?shot|2[ -]?shot|double")),
    ("insert", _table(r"insert|detail|cutaway")),
    ("medium_close", _table(r"medium[ -]close(?:[ -]?up)?|mcu|chest[ -]?shot|bust")),
    ("close", _table(r"close[ -]?(?:up|shot|on)?|tight|cu|head[ -]?shot|portrait")),
    (
        "extreme_wide",
        _table(r"extreme[ -](?:wide|long)|aerial|drone|bird'?s?[ -]eye|ews|els|panorama|vista|establishing|very wide"),
    ),
    ("medium_wide", _table(r"medium[ -](?:wide|long)|mws|mls|american|cowboy|knees?[ -]?up|three[ -]quarter")),
    ("medium", _table(r"medium|mid|waist|ms|half[ -]shot")),
    ("full", _table(r"full|head[ -]to[ -]toe|fs|full[ -]body")),
    ("wide", _table(r"wide|long[ -]shot|ws|ls|master|group|whole")),
)
_ANGLES: tuple[tuple[Angle, re.Pattern[str]], ...] = (
    ("overhead", _table(r"overhead|top[ -]?down|bird'?s?[ -]eye|from above|god'?s[ -]eye|straight down|top shot")),
    ("dutch", _table(r"dutch|canted|tilted|oblique")),
    ("low", _table(r"low(?:[ -]angle)?|worm'?s?[ -]eye|from below|looking up|hero")),
    ("high", _table(r"high(?:[ -]angle)?|looking down")),
    ("eye", _table(r"eye(?:[ -]?level)?|level|straight(?: on)?|neutral|normal|frontal")),
)
_MOVES: tuple[tuple[CameraMove, re.Pattern[str]], ...] = (
    ("crane_down", _table(r"(?:crane|jib|boom|drone|pedestal|lower)s?(?:ing|es)? down|descend\w*")),
    ("crane_up", _table(r"(?:crane|jib|boom|drone|pedestal|rise)s?(?: shot)?(?:ing)?(?: up)?|rising|ascend\w*")),
    ("tilt_down", _table(r"tilt(?:s|ing)?(?: slowly)? down")),
    ("tilt_up", _table(r"tilt(?:s|ing)?(?: slowly)?(?: up)?")),
    ("zoom_out", _table(r"zoom(?:s|ing)?(?: slowly)? (?:out|back)")),
    ("zoom_in", _table(r"(?:crash )?zoom(?:s|ing)?(?: in)?|dolly zoom")),
    (
        "pull_out",
        _table(r"(?:pull|dolly|track|move|draw|back)(?:s|es|ing)?(?: slowly)? (?:out|back|away)|pullback|pull-out|backs? off"),
    ),
    (
        "push_in",
        _table(
            r"(?:push|dolly|track|move|creep|close|truck|inch)(?:s|es|ing)?(?: slowly)? ?-?"
            r"(?:in|forward|into|closer|toward|towards)|dolly"
        ),
    ),
    ("pan_left", _table(r"(?:whip[ -])?pan(?:s|ning)?(?: slowly)?(?: to the)? left|swish left")),
    ("pan_right", _table(r"(?:whip[ -])?pan(?:s|ning)?|swish")),
    ("track_left", _table(r"(?:track|truck|slide|slider|follow|dolly)(?:s|ing)?(?: slowly)?(?: to the)? left")),
    (
        "track_right",
        _table(r"(?:track|truck|slide|slider|follow|steadicam)(?:s|ing)?(?: with| right| shot)?|arc|orbit|circle[sd]?"),
    ),
    ("handheld", _table(r"hand[ -]?held|shaky|shoulder cam\w*")),
    ("static", _table(r"static|still|locked(?:[ -](?:off|down))?|fixed|tripod|none|no movement|hold(?:s|ing)?")),
)
_DISSOLVE = _table(r"(?:lap |cross[ -]?|ripple |slow )?dissolves?|cross[ -]?fade|überblendung|fondu enchaîné|blend")
_WIPE = _table(r"wipes?|iris|push|slide")
_FADE = _table(r"fade[sd]?|fading|black|schwarzblende|fundido|fondu")
_CUT = _table(r"cuts?|smash|match|jump|hard|none|straight|back|intercut|schnitt|coupe|corte")
_TRANSITIONS: tuple[tuple[TransitionKind, re.Pattern[str]], ...] = (
    ("dissolve", _DISSOLVE),
    ("fade", _FADE),
    ("wipe", _WIPE),
    ("cut", _CUT),
)


def framing_of(words: str) -> Framing | None:
    return next((framing for framing, pattern in _FRAMINGS if pattern.search(words)), None)


def angle_of(words: str) -> Angle | None:
    return next((angle for angle, pattern in _ANGLES if pattern.search(words)), None)


def move_of(words: str) -> CameraMove | None:
    return next((move for move, pattern in _MOVES if pattern.search(words)), None)


def transition_of(words: str) -> TransitionKind | None:
    """What happens between two shots: FADE TO BLACK is a fade, SMASH CUT a cut; None where the words say nothing."""
    for kind, pattern in _TRANSITIONS:
        if pattern.search(words):
            return "cut" if kind == "fade" and _table("cut to black|smash to black").search(words) else kind
    return None


def fades_in(words: str) -> bool:
    return _table(r"fade[sd]?[ -]in|fade[sd]? up|from black|aufblende").search(words) is not None


_CAMERA_IN_ACTION = re.compile(
    r"\b(?i:(?:the )?camera|we|slowly|slow)\s+(?:slowly\s+|then\s+)?"
    r"(?:(?:dolly|zoom|push|pull|pan|tilt|crane|track|truck|rise|descend|circle|creep|move|follow|draw|back)"
    r"(?:s|es|ing)?)\b[^.,;:!?]{0,30}"
    r"|\b(?:PUSH(?:ING|ES)?|PULL(?:ING|S)?|PAN(?:NING|S)?|TILT(?:ING|S)?|CRANE|CRANES|CRANING|TRACK(?:ING|S)?|DOLLY|DOLLIES"
    r"|ZOOM(?:ING|S)?"
    r"|HANDHELD|HAND-HELD|AERIAL|STEADICAM|DRONE)\b[^.,;:!?]{0,30}"
    r"|(?:^|[.!?]\s+)(?:[Pp]ush in|[Pp]ull (?:back|out)|[Pp]an (?:left|right|across|to|over)|[Tt]ilt (?:up|down)"
    r"|[Cc]rane (?:up|down)"
    r"|[Zz]oom (?:in|out)|[Dd]olly (?:in|out|back)|[Hh]andheld)\b",
)


def camera_in_action(action: str) -> CameraMove | None:
    """The move that an action asks of the camera ("we push in", "CRANE UP"); None where nobody speaks of a camera."""
    match = _CAMERA_IN_ACTION.search(action)
    return move_of(match.group()) if match else None
