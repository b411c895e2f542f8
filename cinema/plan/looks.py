"""How a shot looks by default: lenses, moves, objects, and the framing that an action asks for."""

from __future__ import annotations

import zlib

from cinema.plan.staging import CameraMove, Framing, Setting
from cinema.plan.words import lower_words, vocabulary

LENSES: dict[Framing, str] = {
    "extreme_wide": "18mm", "wide": "24mm", "full": "28mm", "medium_wide": "35mm", "medium": "40mm", "medium_close": "65mm",
    "close": "85mm", "extreme_close": "100mm macro", "over_shoulder": "50mm", "two_shot": "40mm", "insert": "100mm macro",
}  # fmt: skip
_FACES = vocabulary(
    "smiles smile stares stare looks look eyes eye face tears blinks frowns listens watches whispers nods glances "
    "gazes winces swallows"
)
_BODIES = vocabulary(
    "walks walk runs run climbs climb enters enter crosses cross dances jumps falls stands rides swims crawls paces "
    "hurries rushes staggers sits kneels lies crouches"
)
_ENTRANCES = vocabulary("enters enter arrives arrive appears appear emerges emerge bursts")
_CHASES = vocabulary("runs run chases chase races sprints flees escapes gallops rushes hurries")
_FIGHTS = vocabulary(
    "fight fights fighting struggle struggles explosion explodes attack attacks battle wrestle wrestles panic crash crashes"
)
_UPWARD = vocabulary("climbs climb rises soars ascends towers")
_DOWNWARD = vocabulary("falls fall descends drops sinks collapses")
_HANDS = vocabulary(
    "holds hold takes opens picks reads writes lifts lights turns touches puts pours blows plays strikes cups grips works glues"
)


def dice(text: str) -> int:
    """A number that hangs on the text alone, for choices that nothing decides."""
    return zlib.crc32(text.encode("utf-8", "replace"))


def framing_for(action: str, people: int, tension: float) -> Framing:
    """The framing that an action asks for by what it is about."""
    words = frozenset(lower_words(action))
    if people == 0:
        return "wide"
    if people >= 3:
        return "wide"
    if words & _ENTRANCES:
        return "full"
    if people == 2:
        return "full" if words & _BODIES else "two_shot"
    if words & _BODIES:
        return "full" if words & (_CHASES | _UPWARD) else "medium_wide"
    if words & _FACES:
        return "close" if tension > 0.6 else "medium_close"
    return "medium" if words & _HANDS else "medium_wide"


def move_for(action: str, framing: Framing, people: int, setting: Setting) -> CameraMove:
    """The camera's move where the author asked for none: it follows what moves, and is mostly still."""
    words = frozenset(lower_words(action))
    if words & _FIGHTS:
        return "handheld"
    if people and words & _CHASES:
        return "track_right" if dice(action) % 2 else "track_left"
    if words & _UPWARD:
        return "crane_up" if framing in ("wide", "extreme_wide", "full") else "tilt_up"
    if words & _DOWNWARD:
        return "tilt_down"
    if framing == "extreme_wide":
        return ("push_in", "pan_right", "crane_down", "static", "pan_left")[dice(action) % 5]
    if framing == "wide":
        return ("static", "push_in", "pan_right", "static", "pan_left", "track_right")[dice(action) % 6]
    if framing == "insert":
        return ("static", "push_in")[dice(action) % 2]
    if setting == "vehicle":
        return "handheld"
    return ("static", "static", "push_in")[dice(action) % 3]
