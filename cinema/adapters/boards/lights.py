# ruff: noqa: E501
# fmt: off
# (drawings are tables of coordinates: one shape a line reads best)
"""The coast and its light: the lighthouse from outside, and the cliff, which may bear one."""

from __future__ import annotations

from cinema.adapters.boards.brush import Brush, Point
from cinema.adapters.boards.growth import grass, house, rock
from cinema.adapters.boards.palette import Colour, mix, parse, scale
from cinema.adapters.boards.sky import SNOW, ground_colour, paint_sky, paint_water

TOWER_M = 14.0
LANTERN_M = 3.9


def _stand(b: Brush, foot_m: float, side: int, column: float) -> tuple[float, float]:
    """Where the tower stands so that it is the hero of the frame: whole from foot to roof, `column` (share) off the middle."""
    lens = b.lens
    top = foot_m + TOWER_M + LANTERN_M - lens.y_m
    room = max(b.horizon_row - 0.07 * lens.height_px, 0.2 * lens.height_px)
    z = min(150.0, max(20.0, top * lens.focal_px / room - lens.distance_m))
    return lens.x_m + side * column * lens.width_px * (z + lens.distance_m) / lens.focal_px, z


def tower(b: Brush, x: float, z: float, foot_m: float, side: int) -> None:
    """A banded tower with its gallery and lantern; the lamp burns unless the staging says otherwise."""
    def seen(colour: Colour | str) -> Colour:
        # The hero of the frame is painted through a fifth of the air that lies before it.
        local = parse(colour) if isinstance(colour, str) else colour
        return mix(b.light.lit(local, (z + b.lens.distance_m) * 0.2), local, 0.22)

    band, iron = parse(b.rng.choice(("#b2402f", "#2f5f86", "#3a3f48"))), seen("#2c2e34")
    lit = "unlit" not in b.hints
    shade = -b.light.side
    base, top = 2.1, 1.4
    for k in range(6):
        low, high = foot_m + TOWER_M * k / 6, foot_m + TOWER_M * (k + 1) / 6
        w0, w1 = base + (top - base) * k / 6, base + (top - base) * (k + 1) / 6
        tone = band if k % 2 else parse("#f4efe2")
        b.shape([(x - w0, low, z), (x + w0, low, z), (x + w1, high, z), (x - w1, high, z)], seen(tone), glow=True)
        b.shape([(x + shade * w0, low, z), (x + shade * w0 * 0.25, low, z), (x + shade * w1 * 0.25, high, z), (x + shade * w1, high, z)], seen(scale(tone, 0.68)), glow=True)
        b.shape([(x - shade * w0, low, z), (x - shade * w0 * 0.86, low, z), (x - shade * w1 * 0.86, high, z), (x - shade * w1, high, z)], mix(seen(tone), b.light.rim, 0.6), opacity=0.8, glow=True)
    for k, level in enumerate((0.16, 0.45, 0.74)):
        b.wall((x - 0.28 + 0.3 * (k % 2), x + 0.12 + 0.3 * (k % 2)), (foot_m + TOWER_M * level, foot_m + TOWER_M * level + 0.9), z - 0.02, (255, 214, 140) if b.light.lamps_on else "#39414c", glow=b.light.lamps_on)
    b.wall((x - 0.5, x + 0.5), (foot_m, foot_m + 2.0), z - 0.03, "#3a2c28")
    y = foot_m + TOWER_M
    b.wall((x - 2.0, x + 2.0), (y, y + 0.32), z, iron, glow=True)
    for k in range(7):
        b.line((x - 1.9 + k * 0.63, y + 0.3, z), (x - 1.9 + k * 0.63, y + 1.1, z), 0.07, iron, glow=True)
    b.line((x - 1.9, y + 1.1, z), (x + 1.9, y + 1.1, z), 0.07, iron, glow=True)
    if lit:
        _beams(b, x, y + 1.4, z, side)
    glass: Colour | str = (255, 240, 196) if lit else seen("#70828c")
    b.wall((x - 1.15, x + 1.15), (y + 0.32, y + 2.4), z, glass, glow=True)
    for k in (-1, 0, 1):
        b.line((x + k * 0.75, y + 0.32, z - 0.01), (x + k * 0.75, y + 2.4, z - 0.01), 0.09, iron, glow=True)
    b.shape([(x - 1.5, y + 2.4, z), (x + 1.5, y + 2.4, z), (x + 0.3, y + 3.5, z), (x - 0.3, y + 3.5, z)], seen(band), glow=True)
    b.line((x, y + 3.4, z), (x, y + LANTERN_M + 0.3, z), 0.12, iron, glow=True)


def _beams(b: Brush, x: float, y: float, z: float, side: int) -> None:
    """Two beams that widen and fade, and the lamp's bloom."""
    strength = 0.2 if b.light.lamps_on else 0.05
    for away, spread in ((-side, 0.12), (side, 0.09)):
        for far, share in ((95, 0.5), (52, 0.75), (26, 1.0)):
            b.shape([(x, y + 0.4, z), (x + away * far, y + 0.4 + far * spread, z), (x + away * far, y + 0.4 - far * spread * 0.5, z), (x, y - 0.4, z)], (255, 240, 200), glow=True, opacity=strength * share)
    b.glow((x, y, z), 8 if b.light.lamps_on else 4, (255, 232, 176), 0.9 if b.light.lamps_on else 0.4)


def lighthouse(b: Brush) -> None:
    """The tower above its rocks and the sea."""
    paint_sky(b)
    paint_water(b, "#3a6a7c", z_near=16)
    side = b.rng.choice((-1, 1))
    x, z = _stand(b, 2.8, side, 0.2)
    stone = parse("#7c766e")
    swell = z / 26
    for k in range(7):
        rock(b, x + (k - 3) * 3.6 * swell, z + 1 - k % 2, 7 * swell, (2.6 + (k % 3)) * max(1.0, 0.75 * swell), stone)
    house(b, x - side * 6.4, z - 1, (5.0, 3.0), "#e4dccb", "#7c4338")
    tower(b, x, z, 2.8, side)
    rock(b, x + side * 2.4, z - 1.5, 6, 3.0, stone)
    b.layer = "mid"
    turf = SNOW if b.light.weather == "snow" else "#77814f"
    b.shape([(-40.0, 0, 9), (-8.0, 0, 10), (0.0, 0, 8.6), (9.0, 0, 10.4), (40.0, 0, 9), (40.0, 0, -8), (-40.0, 0, -8)], scale(parse("#7c766e"), 0.8))
    b.shape([(-40.0, 0.1, 8.4), (-8.0, 0.1, 9), (0.0, 0.1, 7.6), (9.0, 0.1, 9.4), (40.0, 0.1, 8.4), (40.0, 0, -8), (-40.0, 0, -8)], turf)
    b.shape([(-0.8, 0.11, -4), (0.9, 0.11, -4), (1.2, 0.11, 4), (side * 3, 0.11, 8.4), (side * 2.2, 0.11, 8.4), (0.2, 0.11, 4)], "#b8a880")
    for k in range(4):
        grass(b, -10, 10, 7 - k * 1.7, 0.26, "#6c774a", count=80)
    for _ in range(5):
        rock(b, b.rng.choice((-1, 1)) * b.rng.uniform(1.8, 7), b.rng.uniform(1.5, 7), b.rng.uniform(0.6, 1.5), b.rng.uniform(0.3, 0.8), stone)
    b.layer = "front"
    grass(b, -4, 4, -1.4, 0.4, "#343a26", count=60)


def cliff(b: Brush) -> None:
    """Grass to an edge, the sea far below, headlands; a lighthouse upon them where the place is named for one."""
    paint_sky(b)
    stone = parse(b.rng.choice(("#8d8475", "#7d7a78", "#948a72")))
    paint_water(b, "#3d6f80", z_near=30)
    side = b.rng.choice((-1, 1))
    for k, (z, height) in enumerate(((150, 30), (80, 19), (44, 10))):
        _headland(b, side, k, z, height, stone)
    if "lighthouse" in b.hints:
        x, z = _stand(b, 2.0, -side, 0.2)
        rock(b, x, z + 1, 22 * z / 40, 5.0, stone)
        rock(b, x - side * 6, z + 2, 14, 4.2, scale(stone, 0.9))
        tower(b, x, z, 2.0, -side)
        rock(b, x + side * 2.2, z - 1, 7, 2.8, stone)
    b.layer = "mid"
    edge = 5.0
    rim: list[Point] = [(-30, 0, -6), (-30, 0, edge + 2), (-9, 0, edge), (-4, 0, edge + 1.2), (0, 0, edge - 0.6), (4, 0, edge + 0.8), (9, 0, edge), (30, 0, edge + 2), (30, 0, -6)]
    b.shape([(x, y - (0.8 if z > 0 else 0), z) for x, y, z in rim], scale(stone, 0.7))
    b.shape(rim, ground_colour(b, "#7d8a52"))
    b.shape([*rim[1:8], *[(x, y, z - 0.22) for x, y, z in reversed(rim[1:8])]], mix(parse("#97a264"), b.light.rim, 0.4), opacity=0.7)
    for k in range(4):
        grass(b, -9, 9, 4.4 - k * 1.3, 0.22, "#738249", count=70)
    for _ in range(5):
        rock(b, b.rng.choice((-1, 1)) * b.rng.uniform(1.8, 6), b.rng.uniform(1, 4), b.rng.uniform(0.5, 1.3), b.rng.uniform(0.3, 0.8), stone)
    b.layer = "front"
    grass(b, -4, 4, -1.4, 0.42, "#3a4228", count=60)


def _headland(b: Brush, side: int, order: int, z: float, height: float, stone: Colour) -> None:
    x0 = side * z * (0.22 + 0.12 * (2 - order))
    b.shape([(x0, -25, z), (x0 + side * 2, height * 0.3, z), (x0 + side * 1, height * 0.6, z), (x0 + side * z * 0.06, height, z), (side * z * 1.9, height * 1.15, z), (side * z * 1.9, -25, z)], stone)
    b.shape([(x0 + side * z * 0.06, height, z), (side * z * 1.9, height * 1.15, z), (side * z * 1.9, height * 0.98, z), (x0 + side * z * 0.1, height * 0.88, z)], "#6f8a50")
    b.shape([(x0 + side * z * 0.06, height, z), (side * z * 1.9, height * 1.15, z), (side * z * 1.9, height * 1.12, z), (x0 + side * z * 0.06, height * 0.96, z)], mix(parse("#8fa668"), b.light.rim, 0.5), opacity=0.8)
    for _ in range(5):
        x = x0 + side * b.rng.uniform(0.1, 0.6) * z
        b.shape([(x, height * 0.8, z), (x + 0.03 * z, height * 0.82, z), (x + 0.02 * z, -2, z)], scale(stone, 0.8), opacity=0.6)
