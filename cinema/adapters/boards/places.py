"""From a setting's name to its painter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from cinema.adapters.boards import lights, public_rooms, rooms, town, water, wild
from cinema.adapters.boards.brush import Brush
from cinema.plan.staging import Setting, Staging

EXTERIORS: dict[str, Callable[[Brush], None]] = {
    "street": town.street, "alley": town.alley, "garden": town.garden, "forest": wild.forest, "field": wild.field,
    "mountain": wild.mountain, "cliff": lights.cliff, "beach": wild.beach, "sea": water.sea, "river": water.river,
    "desert": wild.desert, "road": wild.road, "rooftop": town.rooftop, "village": town.village, "graveyard": town.graveyard,
    "lighthouse": lights.lighthouse, "space": wild.space,
}  # fmt: skip
INTERIORS: dict[str, Callable[[Brush], None]] = {
    "room": rooms.room, "bedroom": rooms.bedroom, "kitchen": rooms.kitchen, "office": rooms.office, "corridor": rooms.corridor,
    "stairwell": rooms.stairwell, "bar": public_rooms.bar, "shop": public_rooms.shop, "hospital": rooms.hospital,
    "church": public_rooms.church, "prison": rooms.prison, "cave": rooms.cave, "vehicle": public_rooms.vehicle,
    "warehouse": public_rooms.warehouse, "station": public_rooms.station, "theatre": public_rooms.theatre,
    "spaceship": public_rooms.spaceship,
}  # fmt: skip
HEIGHTS_M: dict[str, float] = {
    "corridor": 2.8, "stairwell": 5.0, "bar": 3.0, "church": 9.0, "cave": 4.5, "vehicle": 2.5, "warehouse": 6.5, "station": 8.0,
    "theatre": 8.0, "spaceship": 2.9, "lighthouse": 4.0, "prison": 2.9,
}  # fmt: skip


_NAMES = {
    "boat": "boat rowboat dinghy skiff canoe lifeboat raft rowing launch",
    "deck": "ship ferry deck liner steamer trawler freighter yacht bridge schooner galleon vessel",
    "quay": "harbour harbor quay quayside pier dock docks jetty wharf port marina landing",
    "lighthouse": "lighthouse beacon",
    "luthier": "luthier violin violins",
    "unlit": "dark unlit dead extinguished",
}
_HINTS = {hint: frozenset(text.split(" ")) for hint, text in _NAMES.items()}
_OF_PLACE_ONLY = frozenset({"quay", "lighthouse", "luthier"})
SEATS = frozenset(
    {"chair", "bench", "stool", "seat", "seats", "armchair", "sofa", "couch", "bed", "pew", "throne", "swing", "deckchair"}
)
_FURNISHED = frozenset(
    {"room", "bedroom", "kitchen", "office", "bar", "shop", "hospital", "church", "prison", "vehicle", "station", "theatre"}
) | {"spaceship"}
Seat = Literal["chair", "bench", "thwart", "ground"]


def hints(staging: Staging, *, afloat: bool = False) -> frozenset[str]:
    """What the place's name, the props and the focus say of how to draw the setting; `afloat`: people need a boat here."""
    places, things = _words(staging.place), _words(" ".join((staging.focus, *staging.props)))
    found = {
        hint
        for hint, words in _HINTS.items()
        if words & places or (hint not in ("quay", "lighthouse", "luthier") and words & things)
    }
    if "quay" in found or "deck" in found:
        found.discard("boat")
    if staging.setting == "sea" and afloat and not found & {"quay", "deck"}:
        found.add("boat")
    return frozenset(found)


def small_boat(staging: Staging) -> bool:
    """Whether the figures of a staging sit in an open boat."""
    if staging.setting not in ("sea", "river") or staging.framing == "insert" or not staging.figures:
        return False
    return "boat" in hints(staging, afloat=True)


def seat(staging: Staging) -> Seat:
    """What somebody who sits here sits on: what the props name, what the setting has, or the ground."""
    if small_boat(staging):
        return "thwart"
    named = _words(" ".join((staging.place, *staging.props))) & SEATS
    if named:
        return "chair" if named & {"chair", "stool", "armchair", "deckchair"} else "bench"
    if staging.setting in _FURNISHED:
        return "bench" if staging.setting in ("church", "station", "prison", "vehicle", "theatre") else "chair"
    return "ground"


def _words(text: str) -> set[str]:
    return {word.strip(".,'\"!?-").removesuffix("'s") for word in text.lower().replace("-", " ").split()}


def is_interior(setting: Setting, interior: bool) -> bool:
    """Whether the place is drawn with walls: a street is not, whatever its heading says; a lighthouse may be."""
    if setting in INTERIORS:
        return True
    return interior and setting == "lighthouse"


def room_height(setting: Setting) -> float:
    return HEIGHTS_M.get(setting, 2.8)


def paint(brush: Brush, setting: Setting, *, interior: bool) -> None:
    """Paint the whole place on the brush's three layers."""
    if setting == "lighthouse" and interior:
        rooms.lantern_room(brush)
    elif setting in INTERIORS:
        INTERIORS[setting](brush)
    else:
        EXTERIORS[setting](brush)
