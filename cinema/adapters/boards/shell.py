# ruff: noqa: E501
# fmt: off
# (drawings are tables of coordinates: one shape a line reads best)
"""What rooms share: walls, floor, ceiling, windows on the outside, doors, lamps and simple furniture."""

from __future__ import annotations

from dataclasses import dataclass

from cinema.adapters.boards.brush import Brush, Flat, Span
from cinema.adapters.boards.lens import Point
from cinema.adapters.boards.palette import Colour, mix, parse, scale
from cinema.adapters.boards.sky import FAR_M, ridge

FRONT = -30.0


@dataclass(frozen=True, kw_only=True)
class Shell:
    """A room as a box: half its width, its height, where its back wall stands."""

    half: float
    height: float
    depth: float
    wall: Colour
    floor: Colour
    ceiling: Colour


def shell(b: Brush, *, half: float, height: float, depth: float, walls: tuple[str, ...], floor: str, ceiling: str = "#d8d2c4") -> Shell:
    """A room of these colours (one of `walls` by chance)."""
    return Shell(half=half, height=height, depth=depth, wall=parse(b.rng.choice(walls)), floor=parse(floor), ceiling=parse(ceiling))


def paint_shell(b: Brush, room: Shell, *, boards: bool = True, skirting: bool = True) -> None:
    """The box itself; leaves the brush on the back layer."""
    h, d, half = room.height, room.depth, room.half
    side = b.light.side
    b.wall((-half, half), (0, h), d, room.wall)
    _gradient_wall(b, room)
    for s in (-1, 1):
        # The wall towards the light is in its own shade, the one across catches it.
        tone = scale(room.wall, 0.7) if s == side else scale(room.wall, 0.9)
        b.shape([(s * half, 0, FRONT), (s * half, 0, d), (s * half, h, d), (s * half, h, FRONT)], tone)
    if b.lens.y_m < h - 0.05:
        b.floor((-half, half), (FRONT, d), scale(room.ceiling, 0.62), y=h)
    b.floor((-half, half), (FRONT, d), room.floor)
    b.floor((-half, half), (d - 0.7, d), scale(room.floor, 0.7), opacity=0.5)
    if boards:
        for k in range(-int(half / 0.5), int(half / 0.5) + 1):
            b.line((k * 0.5, 0.003, -4), (k * 0.5, 0.003, d), 0.014, scale(room.floor, 0.68), opacity=0.7)
    if skirting:
        b.wall((-half, half), (0, 0.12), d - 0.01, scale(room.wall, 0.68))
        for s in (-1, 1):
            b.shape([(s * half * 0.999, 0, FRONT), (s * half * 0.999, 0, d), (s * half * 0.999, 0.12, d), (s * half * 0.999, 0.12, FRONT)], scale(room.wall, 0.52))


def _gradient_wall(b: Brush, room: Shell) -> None:
    """The corners of the back wall sink into shade, so that the room has air in it."""
    for s in (-1, 1):
        for k, strength in ((1.0, 0.16), (0.55, 0.14)):
            x = s * (room.half - k * 0.9)
            b.wall((min(x, s * room.half), max(x, s * room.half)), (0, room.height), room.depth - 0.005, scale(room.wall, 0.55), opacity=strength)
    b.wall((-room.half, room.half), (room.height - 0.5, room.height), room.depth - 0.006, scale(room.wall, 0.5), opacity=0.25)


def window(b: Brush, at: Point, size: Flat, *, bars: int = 2, curtains: str | None = None, frame: str = "#e4dccb", urban: bool = False) -> None:
    """A window in the back wall, `at` the middle of its sill, the outside behind it, its light on the floor."""
    (x, y, z), (width, height) = at, size
    light = b.light
    pane = [(x - width / 2, y, z - 0.02), (x + width / 2, y, z - 0.02), (x + width / 2, y + height, z - 0.02), (x - width / 2, y + height, z - 0.02)]
    if b.clip_to(pane):
        b.outside = True
        _, top, _ = b.lens.spot(x, y + height, z)
        _, bottom, _ = b.lens.spot(x, y, z)
        b.fade(top - 0.3 * (bottom - top), bottom, light.sky_top, light.sky_low)
        if light.night and light.weather == "clear":
            for _ in range(5):
                b.ellipse((x + b.rng.uniform(-0.45, 0.45) * width, y + b.rng.uniform(0.5, 0.95) * height, z), 0.012, 0.012, (236, 240, 255), glow=True)
        _outside(b, at, size, urban)
        if light.weather in ("rain", "storm"):
            for _ in range(14):
                px, py = x + b.rng.uniform(-0.5, 0.5) * width, y + b.rng.random() * height
                b.line((px, py, z - 0.03), (px - 0.03, py - 0.16, z - 0.03), 0.008, (214, 226, 240), opacity=0.5, glow=True)
        elif light.weather == "snow":
            for _ in range(18):
                b.ellipse((x + b.rng.uniform(-0.5, 0.5) * width, y + b.rng.random() * height, z - 0.03), 0.016, 0.016, (245, 248, 252), glow=True)
        b.outside = False
    b.clip_to(None)
    line = parse(frame)
    for k in range(bars + 1):
        px = x - width / 2 + width * k / bars
        b.wall((px - 0.03, px + 0.03), (y, y + height), z - 0.04, line)
    for py in (y, y + height * 0.55, y + height):
        b.wall((x - width / 2, x + width / 2), (py - 0.03, py + 0.03), z - 0.04, line)
    b.wall((x - width / 2 - 0.1, x + width / 2 + 0.1), (y - 0.09, y - 0.02), z - 0.1, scale(line, 0.92))
    if not light.lamps_on or light.time_of_day in ("dawn", "dusk") or light.night:
        glow = light.sky_low if not light.night else (140, 170, 220)
        b.glow((x, y + height / 2, z - 0.06), max(width, height) * 0.95, glow, 0.42 if not light.night else 0.2)
        shift = -light.side * 1.2
        b.shape([(x - width / 2 + shift, 0.01, z - 0.6), (x + width / 2 + shift, 0.01, z - 0.6), (x + width * 0.6 + shift * 2, 0.01, z - 2.9), (x - width * 0.6 + shift * 2, 0.01, z - 2.9)], mix(glow, (255, 255, 255), 0.1), opacity=0.3 if not light.night else 0.12, glow=True)  # fmt: skip
    if curtains:
        cloth = parse(curtains)
        for s in (-1, 1):
            edge = x + s * width * 0.5
            b.shape([(edge + s * 0.24, y + height + 0.15, z - 0.12), (edge - s * width * 0.2, y + height + 0.15, z - 0.12), (edge - s * width * 0.09, y + height * 0.4, z - 0.12), (edge - s * 0.03, y - 0.3, z - 0.12), (edge + s * 0.26, y - 0.3, z - 0.12)], cloth)  # fmt: skip
            b.line((edge + s * 0.06, y - 0.28, z - 0.13), (edge + s * 0.05, y + height + 0.1, z - 0.13), 0.03, scale(cloth, 0.75))
        b.line((x - width / 2 - 0.35, y + height + 0.17, z - 0.14), (x + width / 2 + 0.35, y + height + 0.17, z - 0.14), 0.04, "#4a3a2c")


def _outside(b: Brush, at: Point, size: Flat, urban: bool) -> None:
    (x, y, z), (width, height) = at, size
    if urban:
        step = width / 5
        for k in range(6):
            px, top = x - width / 2 + k * step, y + height * b.rng.uniform(0.2, 0.6)
            b.wall((px - step * 0.1, px + step * 0.9), (y, top), z - 0.01, mix(b.light.haze, (70, 76, 92), 0.5))
            if b.light.lamps_on:
                b.wall((px + step * 0.2, px + step * 0.4), (top - height * 0.12, top - height * 0.06), z - 0.015, (255, 214, 140), glow=True)
        return
    ridge(b, FAR_M * 0.3, 0, 24, "#7d8c84", steps=10)
    b.wall((x - width, x + width), (y - 0.2, y + height * 0.2), z - 0.01, "#6d7f58")
    b.card((x + width * 0.22, y + height * 0.18, z - 0.012), [(-0.2 * width, 0), (-0.16 * width, 0.2 * height), (0, 0.3 * height), (0.16 * width, 0.2 * height), (0.2 * width, 0)], "#4f6a48")


def door(b: Brush, x: float, z: float, *, colour: str = "#7a5238", width: float = 0.95, height: float = 2.1) -> None:
    wood = parse(colour)
    b.wall((x - width / 2 - 0.1, x + width / 2 + 0.1), (0, height + 0.1), z - 0.02, scale(wood, 0.6))
    b.wall((x - width / 2, x + width / 2), (0, height), z - 0.03, wood)
    for low, high in ((0.2, 0.9), (1.05, 1.9)):
        for s in (-1, 1):
            b.wall((x + s * width * 0.24 - width * 0.17, x + s * width * 0.24 + width * 0.17), (low, high), z - 0.04, scale(wood, 0.82))
    b.ellipse((x + width * 0.4, 1.02, z - 0.06), 0.04, 0.04, "#d0aa58")


def lamp(b: Brush, x: float, y: float, z: float, *, cord: float = 0.0, colour: str = "#b8884a", size: float = 0.22) -> None:
    """A shaded lamp; hanging from `cord` above it, or standing."""
    if cord:
        b.line((x, y + 0.1, z), (x, y + cord, z), 0.02, "#2a2622")
    on = b.light.lamps_on
    if on:
        b.glow((x, y - 0.05, z), 1.7, b.light.lamp, 0.62)
    b.shape([(x - size, y - size * 0.5, z), (x + size, y - size * 0.5, z), (x + size * 0.55, y + size * 0.55, z), (x - size * 0.55, y + size * 0.55, z)], (255, 220, 158) if on else colour, glow=on)  # fmt: skip
    b.ellipse((x, y - size * 0.5, z - 0.01), size, size * 0.16, (255, 246, 220) if on else "#8a6a40", glow=on)


def table(b: Brush, x: float, z: float, width: float, depth: float, height: float, colour: str) -> None:
    wood = parse(colour)
    for dx in (-1, 1):
        for dz in (depth - 0.1, 0.0):
            b.box3((x + dx * (width / 2 - 0.09) - 0.04, x + dx * (width / 2 - 0.09) + 0.04), (0, height - 0.05), (z + dz, z + dz + 0.08), scale(wood, 0.7))
    b.puddle(x, z + depth / 2, width * 0.55, depth * 0.5, (20, 16, 20), opacity=0.25)
    b.box3((x - width / 2, x + width / 2), (height - 0.06, height), (z, z + depth), wood)


def chair(b: Brush, x: float, z: float, colour: str, *, turn: int = 1) -> None:
    wood = parse(colour)
    for dx in (-0.19, 0.17):
        b.line((x + dx, 0, z), (x + dx, 0.46, z), 0.045, wood)
        b.line((x + dx, 0, z + 0.34), (x + dx, 0.46, z + 0.34), 0.045, scale(wood, 0.7))
    b.box3((x - 0.22, x + 0.22), (0.43, 0.48), (z, z + 0.38), wood)
    back = x + turn * 0.2
    b.line((back, 0.46, z), (back + turn * 0.05, 0.98, z), 0.05, wood)
    b.line((back, 0.46, z + 0.36), (back + turn * 0.05, 0.98, z + 0.36), 0.05, scale(wood, 0.75))
    b.shape([(back + turn * 0.03, 0.7, z), (back + turn * 0.05, 0.96, z), (back + turn * 0.05, 0.96, z + 0.36), (back + turn * 0.03, 0.7, z + 0.36)], scale(wood, 0.85))


def shelf(b: Brush, across: Span, up: Span, z: float, colour: str, *, rows: int, goods: tuple[str, ...], tall: bool = True) -> None:
    """A case of shelves full of things."""
    (x0, x1), (y0, y1) = across, up
    wood = parse(colour)
    b.box3(across, up, (z - 0.32, z), scale(wood, 0.8))
    b.wall((x0 + 0.05, x1 - 0.05), (y0 + 0.05, y1 - 0.05), z - 0.325, scale(wood, 0.42))
    step = (y1 - y0) / rows
    for row in range(rows):
        y = y0 + step * row + 0.04
        x = x0 + 0.08
        while x < x1 - 0.1:
            w = b.rng.uniform(0.04, 0.09) if tall else b.rng.uniform(0.08, 0.16)
            if b.rng.random() < 0.88:
                b.wall((x, min(x + w * 0.92, x1 - 0.06)), (y, y + step * b.rng.uniform(0.5, 0.84)), z - 0.34, b.rng.choice(goods))
            x += w
        b.wall(across, (y - 0.04, y), z - 0.35, wood)


def picture(b: Brush, x: float, y: float, z: float, width: float, height: float) -> None:
    b.wall((x - width / 2, x + width / 2), (y, y + height), z - 0.02, b.rng.choice(("#8a6a3a", "#3a302a", "#c8b890")))
    b.wall((x - width * 0.42, x + width * 0.42), (y + height * 0.1, y + height * 0.9), z - 0.03, b.rng.choice(("#7d94a0", "#a58c6c", "#6c7f62", "#b8a898")))
    b.shape([(x - width * 0.42, y + height * 0.1, z - 0.035), (x - width * 0.05, y + height * 0.55, z - 0.035), (x + width * 0.2, y + height * 0.3, z - 0.035), (x + width * 0.42, y + height * 0.45, z - 0.035), (x + width * 0.42, y + height * 0.1, z - 0.035)], b.rng.choice(("#4a5a52", "#7a5a48", "#54607a")))


def rug(b: Brush, x: float, z: float, rx: float, rz: float, colour: str) -> None:
    tone = parse(colour)
    b.puddle(x, z, rx, rz, tone)
    b.puddle(x, z, rx * 0.84, rz * 0.82, mix(tone, (236, 220, 190), 0.35))
    b.puddle(x, z, rx * 0.74, rz * 0.7, tone)


BOOKS = ("#8a3f38", "#3f5a72", "#c2a464", "#4f6a4c", "#6a4a66", "#d8cbb0", "#2f3a4a", "#a8623a")
