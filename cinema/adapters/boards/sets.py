# pyright: reportUnknownMemberType=false
# (cv2's stubs leave the element types of arrays open)
"""A set: the place of a shot as three plates, drawn once for its lens and its camera's whole travel."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import cv2
import numpy as np

from cinema.adapters.boards import places
from cinema.adapters.boards.brush import Brush, Layer
from cinema.adapters.boards.chance import chance
from cinema.adapters.boards.lens import FRAMES, Lens
from cinema.adapters.boards.moves import FLAT_MOVES, Offset, layer_motion
from cinema.adapters.boards.palette import Light
from cinema.adapters.boards.paper import Pixels, Plate, blurred, raster, stack, trimmed
from cinema.plan.staging import Staging

CACHE_BYTES = 160_000_000
Box = tuple[float, float, float, float]


@dataclass(frozen=True, kw_only=True)
class Backdrop:
    """`plates` from the back to the figures, the first opaque; each with its depth (1 is the figures')."""

    plates: tuple[tuple[Plate, float], ...]
    front: tuple[Plate, float] | None
    boat: tuple[Plate | None, Plate | None] = (None, None)
    """What carries the figures: its far side and its near side, at their depth."""


class PlateCache:
    """The plates of recent sets, the oldest leaving first; what is in it never changes a picture."""

    def __init__(self, limit_bytes: int = CACHE_BYTES) -> None:
        self.limit_bytes = limit_bytes
        self.bytes = 0
        self._sets: OrderedDict[str, Backdrop] = OrderedDict()

    def find(self, key: str) -> Backdrop | None:
        found = self._sets.get(key)
        if found is not None:
            self._sets.move_to_end(key)
        return found

    def keep(self, key: str, backdrop: Backdrop) -> None:
        self._sets[key] = backdrop
        self.bytes += _size(backdrop)
        while self.bytes > self.limit_bytes and len(self._sets) > 1:
            self.bytes -= _size(self._sets.popitem(last=False)[1])

    def clear(self) -> None:
        self._sets.clear()
        self.bytes = 0


def _size(backdrop: Backdrop) -> int:
    plates = [plate for plate, _ in backdrop.plates] + ([backdrop.front[0]] if backdrop.front else [])
    plates += [plate for plate in backdrop.boat if plate is not None]
    return sum(plate.pixels.nbytes for plate in plates)


def travel_box(offsets: list[Offset], depth: float, size_px: tuple[int, int], roll: float, *, spare: float = 0.0) -> Box:
    """The part of a layer, in picture coordinates, that the camera sees over the whole shot."""
    width, height = size_px
    corners = np.array([[0, width, 0, width], [0, 0, height, height], [1, 1, 1, 1]], np.float64)
    seen = [
        np.linalg.inv(layer_motion(offset, depth, size_px=size_px, roll=roll).astype(np.float64)) @ corners
        for offset in offsets
    ]
    xs = np.concatenate([item[0] for item in seen])
    ys = np.concatenate([item[1] for item in seen])
    margin = 2 + spare * height
    return (float(xs.min()) - margin, float(ys.min()) - margin, float(xs.max()) + margin, float(ys.max()) + margin)


def _grain(pixels: Pixels, seed: int) -> None:
    """The tooth of gouache on paper: broad mottling, and a fine grain that is part of the drawing and moves with it."""
    rng = np.random.Generator(np.random.PCG64(seed))
    rows, columns = pixels.shape[:2]
    broad = cv2.resize(
        rng.normal(0, 3.2, (rows // 28 + 2, columns // 44 + 2)).astype(np.float32),
        (columns, rows),
        interpolation=cv2.INTER_CUBIC,
    )
    fine = cv2.resize(
        rng.normal(0, 2.0, (rows // 3 + 2, columns // 3 + 2)).astype(np.float32),
        (columns, rows),
        interpolation=cv2.INTER_LINEAR,
    )
    middle = np.full((rows, columns), 128, np.uint8)
    noise = np.clip(128 + broad + fine, 0, 255).astype(np.uint8)
    plus = cv2.cvtColor(cv2.subtract(noise, middle), cv2.COLOR_GRAY2BGR)
    minus = cv2.cvtColor(cv2.subtract(middle, noise), cv2.COLOR_GRAY2BGR)
    colour = pixels[:, :, :3]
    pixels[:, :, :3] = cv2.subtract(cv2.add(colour, plus), minus)


def _draw(brush: Brush, layer: Layer, box: Box, scale: float, blur_px: float) -> Plate | None:
    if not brush.parts[layer]:
        return None
    plate = raster(brush.svg(layer), box, scale)
    if blur_px * scale >= 1:
        plate = Plate(pixels=blurred(plate.pixels, blur_px * scale), x_px=plate.x_px, y_px=plate.y_px, scale=plate.scale)
    return trimmed(plate) if layer not in ("back", "mid") else plate


def build(
    staging: Staging, lens: Lens, light: Light, offsets: list[Offset], roll: float, variant: int, cache: PlateCache
) -> Backdrop:
    """The plates of a set. The place depends on setting and place alone; `variant` chooses what stands in front."""
    size_px = (lens.width_px, lens.height_px)
    interior = places.is_interior(staging.setting, staging.interior)
    flat = staging.camera in FLAT_MOVES
    back_depth = 1 + (2.6 if interior else 60.0) / lens.distance_m
    mid_depth = 1 + (0.5 if interior else 0.8) / lens.distance_m
    front_depth = max(0.4, 1 - 1.6 / lens.distance_m)
    depths: dict[Layer, float] = {"back": mid_depth if flat else back_depth, "mid": mid_depth, "front": front_depth}
    depths |= {"inside": 1.0, "hull": 1.0}
    spare = 0.03 if staging.camera == "handheld" else 0.0
    boxes = {layer: travel_box(offsets, depth, size_px, roll, spare=spare) for layer, depth in depths.items()}
    words = places.hints(staging, afloat=places.small_boat(staging))
    look = (staging.setting, staging.place, interior, light, lens, sorted(boxes.items()), flat, variant, staging.framing)
    key = repr((look, sorted(words)))
    found = cache.find(key)
    if found is not None:
        return found
    union = (
        min(b[0] for b in boxes.values()),
        min(b[1] for b in boxes.values()),
        max(b[2] for b in boxes.values()),
        max(b[3] for b in boxes.values()),
    )
    brush = Brush(
        lens,
        light,
        chance("place", staging.setting, staging.place),
        box=union,
        seed=chance("air", staging.place).randrange(1 << 30),
        hints=words,
    )
    places.paint(brush, staging.setting, interior=interior)
    unit = lens.height_px / 720
    blur = FRAMES[staging.framing].blur * unit
    soft = 0.5 if blur >= 2 * unit else 1.0
    back = _draw(brush, "back", boxes["back"], soft if blur else (0.75 if not interior else 1.0) if not flat else 1.0, blur)
    mid = _draw(brush, "mid", boxes["mid"], soft, blur * 0.7)
    front = None
    roomy = staging.framing in ("wide", "full") or (staging.framing in ("medium_wide", "two_shot", "medium") and lens.y_m > 1.2)
    if variant % 3 != 2 and roomy:
        front = _draw(brush, "front", boxes["front"], 0.5, 4.0 * unit)
    if back is None:
        raise RuntimeError(f"The setting {staging.setting} paints no backdrop.")
    if flat and mid is not None:
        both = stack(back.pixels, mid.pixels)
        back, mid = Plate(pixels=both, x_px=back.x_px, y_px=back.y_px, scale=back.scale), None
    boat = (_draw(brush, "inside", boxes["inside"], 1.0, 0), _draw(brush, "hull", boxes["hull"], 1.0, 0))
    _grain(back.pixels, 11)
    plates = [(back, depths["back"])] + ([(trimmed(mid), mid_depth)] if mid is not None else [])
    backdrop = Backdrop(plates=tuple(plates), front=(front, front_depth) if front is not None else None, boat=boat)
    cache.keep(key, backdrop)
    return backdrop
