"""From a setting's name to its painter."""

from __future__ import annotations

from collections.abc import Callable

from cinema.adapters.boards import public_rooms, rooms, town, wild
from cinema.adapters.boards.brush import Brush
from cinema.plan.staging import Setting

EXTERIORS: dict[str, Callable[[Brush], None]] = {
    "street": town.street, "alley": town.alley, "garden": town.garden, "forest": wild.forest, "field": wild.field,
    "mountain": wild.mountain, "cliff": wild.cliff, "beach": wild.beach, "sea": wild.sea, "river": wild.river,
    "desert": wild.desert, "road": wild.road, "rooftop": town.rooftop, "village": town.village, "graveyard": town.graveyard,
    "lighthouse": town.lighthouse, "space": wild.space,
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
