# ruff: noqa: E501
# fmt: off
# (drawings are tables of coordinates: one shape a line reads best)
"""Things that stand outdoors: trees, rocks, houses, lamp posts, fences, boats."""

from __future__ import annotations

import math

from cinema.adapters.boards.brush import Brush, Flat, Span
from cinema.adapters.boards.palette import Colour, mix, parse, scale

WINDOW_GLOW: Colour = (255.0, 208.0, 128.0)


def shadow(b: Brush, x: float, z: float, radius: float) -> None:
    b.puddle(x - b.light.side * radius * 0.4, z, radius * 1.3, radius * 0.5, (30, 30, 48), opacity=0.3)


def leafy(b: Brush, x: float, z: float, height: float, colour: Colour | str, *, bare: bool = False) -> None:
    """A broad tree: trunk, boughs, three masses of leaves with a lit side."""
    rng, local = b.rng, parse(colour) if isinstance(colour, str) else colour
    trunk = (74.0, 54.0, 44.0)
    w = height * 0.045
    b.shape([(x - w, 0, z), (x + w, 0, z), (x + w * 0.5, height * 0.62, z), (x - w * 0.5, height * 0.62, z)], trunk)
    for side in (-1, 1):
        b.line((x, height * 0.42, z), (x + side * height * 0.2, height * rng.uniform(0.6, 0.72), z), w * 0.8, trunk)
    if bare:
        for _ in range(6):
            angle = rng.uniform(0.25, math.pi - 0.25)
            reach = height * rng.uniform(0.25, 0.45)
            b.line((x, height * 0.55, z), (x + math.cos(angle) * reach, height * 0.55 + math.sin(angle) * reach, z), w * 0.4, trunk)
        return
    for dx, dy, size in ((-0.17, 0.62, 0.24), (0.17, 0.66, 0.23), (0.0, 0.8, 0.26)):
        cx, cy, r = x + dx * height, dy * height, size * height * rng.uniform(0.9, 1.1)
        blob = [(cx + math.cos(k * math.pi / 4.5) * r * rng.uniform(0.86, 1.12), cy + math.sin(k * math.pi / 4.5) * r * 0.82 * rng.uniform(0.86, 1.1)) for k in range(9)]
        b.shape([(px, py, z) for px, py in blob], scale(local, 0.78), smooth=True)
        s = b.light.side
        b.shape([(cx + (px - cx) * 0.72 + s * r * 0.16, cy + (py - cy) * 0.7 + r * 0.16, z) for px, py in blob], local, smooth=True)


def conifer(b: Brush, x: float, z: float, height: float, colour: Colour | str) -> None:
    local = parse(colour) if isinstance(colour, str) else colour
    b.shape([(x - height * 0.02, 0, z), (x + height * 0.02, 0, z), (x, height, z)], (70, 52, 44))
    tiers = 5
    for tier in range(tiers):
        low, half = height * (0.12 + 0.16 * tier), height * (0.2 - 0.034 * tier)
        top = low + height * 0.27
        b.shape([(x - half, low, z), (x - half * 0.4, low + height * 0.03, z), (x + half, low, z), (x, top, z)], scale(local, 0.8))
        s = b.light.side
        b.shape([(x + s * half * 0.05, low + height * 0.02, z), (x + s * half, low, z), (x, top, z)], mix(local, b.light.rim, 0.1))
    if b.light.weather == "snow":
        for tier in range(tiers):
            low = height * (0.2 + 0.16 * tier)
            half = height * (0.13 - 0.024 * tier)
            b.shape([(x - half, low, z), (x + half * 0.6, low + height * 0.01, z), (x, low + height * 0.14, z)], (236, 240, 246))


def trunk(b: Brush, x: float, z: float, width: float, colour: Colour | str) -> None:
    """A trunk that goes up out of the picture."""
    local = parse(colour) if isinstance(colour, str) else colour
    lean = b.rng.uniform(-0.4, 0.4)
    b.shape([(x - width * 1.5, 0, z), (x - width * 0.8, 0.6, z), (x - width * 0.7 + lean, 14, z), (x + width * 0.7 + lean, 14, z), (x + width * 0.8, 0.6, z), (x + width * 1.6, 0, z)], local)  # fmt: skip
    s = b.light.side
    b.shape([(x + s * width * 0.3, 0.3, z), (x + s * width * 0.8, 0.3, z), (x + s * width * 0.7 + lean, 14, z), (x + s * width * 0.3 + lean, 14, z)], mix(local, b.light.rim, 0.3), opacity=0.7)  # fmt: skip


def rock(b: Brush, x: float, z: float, width: float, height: float, colour: Colour | str, *, y: float = 0.0) -> None:
    rng, local = b.rng, parse(colour) if isinstance(colour, str) else colour
    top = [(x + width * (-0.5 + k / 4) * rng.uniform(0.9, 1.05), y + height * (math.sin(math.pi * (0.12 + 0.76 * k / 4)) * rng.uniform(0.75, 1.1))) for k in range(5)]
    b.shape([(x - width * 0.56, y - 0.05, z), *[(px, py, z) for px, py in top], (x + width * 0.56, y - 0.05, z)], scale(local, 0.72))
    s = b.light.side
    lit = top[2:] if s > 0 else top[:3]
    b.shape([*[(px, py, z) for px, py in lit], (x + s * width * 0.5, y, z), (x + s * width * 0.1, y + height * 0.3, z)], mix(local, b.light.rim, 0.14))


def bush(b: Brush, x: float, z: float, size: float, colour: Colour | str) -> None:
    rng, local = b.rng, parse(colour) if isinstance(colour, str) else colour
    blob = [(x - size, 0.0), *[(x + size * math.cos(math.pi - k * math.pi / 5) * rng.uniform(0.85, 1.1), size * 0.8 * math.sin(k * math.pi / 5) * rng.uniform(0.8, 1.15) + 0.1) for k in range(1, 5)], (x + size, 0.0)]
    b.shape([(px, py, z) for px, py in blob], scale(local, 0.8), smooth=True)
    s = b.light.side
    b.shape([(x + (px - x) * 0.65 + s * size * 0.2, py * 0.8 + size * 0.08, z) for px, py in blob], local, smooth=True)


def grass(b: Brush, x0: float, x1: float, z: float, height: float, colour: Colour | str, *, count: int = 40) -> None:
    """A fringe of blades."""
    rng, local = b.rng, parse(colour) if isinstance(colour, str) else colour
    base = -0.5 if b.layer == "front" else -0.02
    points = [(x0, base, z)]
    lean = 0.5 if b.light.weather in ("wind", "storm") else 0.12
    for k in range(count):
        x = x0 + (x1 - x0) * (k + rng.random() * 0.6) / count
        tip = height * rng.uniform(0.5, 1.15)
        points += [(x, 0.0, z), (x + lean * tip * rng.uniform(0.2, 1.2), tip, z), (x + (x1 - x0) / count * 0.45, 0.0, z)]
    points.append((x1, base, z))
    b.shape(points, local)


def windows(b: Brush, across: Span, up: Span, z: float, columns: int, rows: int) -> None:
    """A grid of windows on a wall that faces the camera; some are lit when lamps are on."""
    (x0, x1), (y0, y1) = across, up
    for column in range(columns):
        for row in range(rows):
            w, h = (x1 - x0) / columns, (y1 - y0) / rows
            left, low = x0 + w * (column + 0.26), y0 + h * (row + 0.24)
            on = b.light.lamps_on and b.rng.random() < 0.42
            pane: Colour = WINDOW_GLOW if on else mix(b.light.sky_low, (30, 40, 58), 0.62)
            b.wall((left, left + w * 0.48), (low, low + h * 0.56), z, pane, glow=on, opacity=0.95)


def house(b: Brush, x: float, z: float, size: Flat, colour: Colour | str, roof: Colour | str = "#6e4038", *, depth: float = 4.0, storeys: int = 1) -> None:
    """A gabled house with door, windows and a chimney; `size` is its width and height."""
    width, height = size
    local, tiles = parse(colour) if isinstance(colour, str) else colour, parse(roof) if isinstance(roof, str) else roof
    shadow(b, x, z, width * 0.6)
    b.box3((x - width / 2, x + width / 2), (0, height), (z, z + depth), local)
    rise = width * 0.42
    b.shape([(x - width * 0.2, height + rise * 0.2, z + 1), (x - width * 0.2, height + rise * 1.05, z + 1), (x - width * 0.3, height + rise * 1.05, z + 1), (x - width * 0.3, height, z + 1)], scale(tiles, 0.8))
    b.shape([(x - width * 0.6, height - 0.15, z - 0.05), (x, height + rise, z - 0.05), (x + width * 0.6, height - 0.15, z - 0.05)], tiles)
    s = b.light.side
    b.shape([(x, height + rise * 0.9, z - 0.06), (x + s * width * 0.5, height, z - 0.06), (x, height, z - 0.06)], mix(tiles, b.light.rim, 0.12))
    windows(b, (x - width * 0.48, x + width * 0.48), (height * 0.3 if storeys == 1 else height * 0.12, height * 0.96), z - 0.02, 3, storeys)
    b.wall((x - width * 0.09, x + width * 0.09), (0, min(2.1, height * 0.62)), z - 0.04, "#3e2c26")


def block(b: Brush, across: Span, away: Span, height: float, colour: Colour | str, *, rows: int, columns: int) -> None:
    """A town building."""
    (x0, x1), z0 = across, away[0]
    b.box3(across, (0, height), away, colour)
    windows(b, across, (height * 0.16, height * 0.95), z0 - 0.02, columns, rows)
    local = parse(colour) if isinstance(colour, str) else colour
    b.wall((x0 - 0.15, x1 + 0.15), (height - 0.25, height + 0.2), z0 - 0.05, scale(local, 1.15))


def facade_side(b: Brush, x: float, z0: float, z1: float, height: float, colour: Colour | str, *, columns: int, rows: int) -> None:
    """A wall that runs away from the camera, with its windows."""
    local = parse(colour) if isinstance(colour, str) else colour
    lit = mix(local, b.light.rim, 0.12) if (x < b.lens.x_m) == (b.light.side > 0) else scale(local, 0.74)
    b.shape([(x, 0, z0), (x, 0, z1), (x, height, z1), (x, height, z0)], lit)
    for column in range(columns):
        for row in range(rows):
            d, h = (z1 - z0) / columns, height / rows
            near, low = z0 + d * (column + 0.28), h * (row + 0.3)
            on = b.light.lamps_on and b.rng.random() < 0.4
            pane: Colour = WINDOW_GLOW if on else mix(b.light.sky_low, (30, 40, 58), 0.66)
            b.shape([(x, low, near), (x, low, near + d * 0.42), (x, low + h * 0.5, near + d * 0.42), (x, low + h * 0.5, near)], pane, glow=on)


def lamp_post(b: Brush, x: float, z: float, height: float = 4.2) -> None:
    b.line((x, 0, z), (x, height, z), 0.1, "#23262c")
    b.line((x, height, z), (x + 0.5, height + 0.1, z), 0.08, "#23262c")
    if b.light.lamps_on:
        b.glow((x + 0.5, height, z), 2.6, b.light.lamp, 0.75)
        b.ellipse((x + 0.5, height, z), 0.16, 0.12, (255, 240, 205), glow=True)
        b.puddle(x + 0.5, z, 1.7, 1.2, b.light.lamp, opacity=0.18)
    else:
        b.ellipse((x + 0.5, height, z), 0.16, 0.12, "#d8d4c4")


def fence(b: Brush, x0: float, x1: float, z: float, colour: Colour | str, *, height: float = 1.0, step: float = 0.9) -> None:
    for rail in (0.45, 0.85):
        b.line((x0, height * rail, z), (x1, height * rail, z), 0.06, colour)
    x = x0
    while x <= x1:
        b.line((x, 0, z), (x, height, z), 0.09, colour)
        x += step


def hull(b: Brush, x: float, z: float, length: float, colour: Colour | str, *, y: float = 0.0, sail: bool = True) -> None:
    local = parse(colour) if isinstance(colour, str) else colour
    h = length * 0.17
    if sail:
        b.line((x, y + h, z), (x, y + length * 0.95, z), 0.08 * length / 4, "#5a4232")
        b.shape([(x + 0.05 * length, y + h * 1.5, z), (x + length * 0.36, y + h * 1.6, z), (x + 0.05 * length, y + length * 0.92, z)], "#eee4cc")
        b.shape([(x - 0.03 * length, y + h * 1.5, z), (x - length * 0.28, y + h * 1.6, z), (x - 0.03 * length, y + length * 0.84, z)], "#d8cbb0")
    b.shape([(x - length * 0.5, y + h, z), (x + length * 0.56, y + h * 1.15, z), (x + length * 0.36, y, z), (x - length * 0.38, y, z)], local)
    b.shape([(x - length * 0.5, y + h, z), (x + length * 0.56, y + h * 1.15, z), (x + length * 0.52, y + h * 0.85, z), (x - length * 0.48, y + h * 0.75, z)], "#e8dfc8")
