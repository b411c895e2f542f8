# ruff: noqa: E501
# fmt: off
# (drawings are tables of coordinates: one shape a line reads best)
"""Places on the water: open sea, a small boat on it, a ship's deck, a harbour's quay, a river."""

from __future__ import annotations

import math
from itertools import pairwise

from cinema.adapters.boards.brush import Brush, Point
from cinema.adapters.boards.growth import WINDOW_GLOW, grass, house, hull, lamp_post, leafy, rock
from cinema.adapters.boards.palette import Colour, mix, parse, scale
from cinema.adapters.boards.sky import ground_colour, paint_ground, paint_sky, paint_water, ridge
from cinema.adapters.boards.wild import GREENS

SEA = "#2f6478"


def sea(b: Brush) -> None:
    """Open water, or what people stand on there: a quay, a deck, a small boat."""
    paint_sky(b)
    if "quay" in b.hints:
        _quay(b)
        return
    paint_water(b, SEA, z_near=6, bright=0.45)
    rough = {"storm": 2.4, "wind": 1.7, "rain": 1.3}.get(b.light.weather, 1.0)
    for k in range(6):
        z = 90 / (k + 1)
        ridge(b, z, -0.4, (0.34 + 0.006 * z) * (1 + (rough - 1) * min(1.0, 24 / z)), mix(parse("#2a5a70"), b.light.sky_low, 0.3 - 0.03 * k), rough=0.9, steps=26)
    if rough > 1.2:
        _whitecaps(b, rough)
    if "deck" in b.hints:
        _deck(b)
    elif "boat" in b.hints:
        small_boat(b)
    else:
        hull(b, b.lens.x_m + b.rng.choice((-1, 1)) * 12, 60, 9, "#59463e")


def _whitecaps(b: Brush, rough: float) -> None:
    """Broken crests: short pale strokes that lean with the wind."""
    foam = mix(b.light.sky_low, (255, 255, 255), 0.5)
    for _ in range(round(34 * rough)):
        z = 7 * 1.1 ** b.rng.uniform(0, 26)
        x, w = b.lens.x_m + b.rng.uniform(-0.9, 0.9) * (z + 5), (0.16 + 0.022 * z) * b.rng.uniform(0.5, 1.5)
        y = b.rng.uniform(0.0, 0.3)
        b.shape([(x - w, y, z), (x - w * 0.2, y + 0.1 + 0.002 * z, z), (x + w, y - 0.03, z), (x, y + 0.02, z)], foam, opacity=b.rng.uniform(0.3, 0.75))


def small_boat(b: Brush) -> None:
    """An open boat around the figures: its inside behind them, its side before them."""
    bow, x0 = b.rng.choice((-1, 1)), b.lens.x_m
    paint = parse(b.rng.choice(("#8f3b30", "#2f5f74", "#4c6a4e", "#a8763a")))
    wood = parse("#9a7148")
    steps = [k / 12 for k in range(13)]

    def gunwale(share: float, z: float, lift: float = 0.0) -> Point:
        along = 2 * share - 1  # -1 stern ... 1 bow
        swell = 1 - abs(along) ** 2.6
        return (x0 + bow * along * 2.75, 0.52 + 0.34 * max(0.0, along) ** 2 + 0.08 * min(0.0, along) ** 2 + lift, z * swell)

    near, far = [gunwale(share, -0.42) for share in steps], [gunwale(share, 0.85) for share in steps]
    b.layer = "inside"
    b.shape([*far, *reversed(near)], scale(wood, 0.46))
    b.shape([*far, *[(x, y - 0.3, z) for x, y, z in reversed(far)]], scale(wood, 0.7))
    for share in (0.2, 0.5, 0.78):
        (x, y, z), (_, _, front) = gunwale(share, 0.8, -0.14), gunwale(share, -0.4)
        b.shape([(x - 0.15, y, z), (x + 0.15, y, z), (x + 0.15, y, front), (x - 0.15, y, front)], wood)
    b.line(gunwale(0.0, 0.0, 0.16), gunwale(0.19, 0.2, 0.22), 0.05, "#c89a62")
    b.line((x0 + bow * -2.85, -0.1, 0.05), (x0 + bow * -2.78, 0.86, 0.05), 0.12, scale(paint, 0.7))
    for first, second in pairwise(far):
        b.line(first, second, 0.05, "#d8c8a4")
    b.layer = "hull"
    foot = [(x * 1.0 - (x - x0) * 0.12 * (0.4 + abs(x - x0) / 2.75), -0.16, z) for x, _, z in near]
    b.shape([*near, *reversed(foot)], paint)
    for level in (0.34, 0.66):
        strake = [(x + (fx - x) * level, y + (fy - y) * level, z) for (x, y, z), (fx, fy, _) in zip(near, foot, strict=True)]
        for first, second in pairwise(strake):
            b.line(first, second, 0.018, scale(paint, 0.68))
    low = [(x + (fx - x) * 0.72, y + (fy - y) * 0.72, z) for (x, y, z), (fx, fy, _) in zip(near, foot, strict=True)]
    b.shape([*low, *reversed(foot)], scale(paint, 0.5), opacity=0.8)
    for first, second in pairwise(near):
        b.line(first, second, 0.075, mix(parse("#e6dcc4"), b.light.rim, 0.3))
    oar = gunwale(0.56, -0.42)
    b.line((oar[0] - bow * 0.9, 0.86, -0.3), (oar[0] + bow * 1.3, -0.18, -0.75), 0.05, "#c8a070")
    foam = mix(b.light.sky_low, (255, 255, 255), 0.45)
    for _ in range(26):
        share = b.rng.random()
        x, _, z = gunwale(share, -0.46)
        b.puddle(x + (share - 0.5) * bow * -0.5, z - b.rng.uniform(0.0, 0.16), b.rng.uniform(0.1, 0.34), 0.02, foam, opacity=b.rng.uniform(0.25, 0.6), y=-0.14)
    b.puddle(x0, -0.75, 2.5, 0.2, (14, 22, 36), opacity=0.28, y=-0.16)


def _deck(b: Brush) -> None:
    """A ship's deck: planks, rail, the lit cabin on one side, a mast on the other."""
    hull(b, b.rng.choice((-1, 1)) * 34, 85, 13, "#59463e")
    b.layer = "mid"
    wood = parse(b.rng.choice(("#9a7850", "#8c8478", "#a37f5e")))
    b.floor((-4.2, 4.2), (-8, 3.2), wood)
    for k in range(-9, 10):
        b.line((k * 0.45, 0.01, -5), (k * 0.42, 0.01, 3.2), 0.02, scale(wood, 0.6))
    if b.light.weather in ("rain", "storm"):
        for _ in range(7):
            b.puddle(b.rng.uniform(-3.4, 3.4), b.rng.uniform(0.2, 2.8), b.rng.uniform(0.4, 1.0), 0.14, mix(b.light.sky_low, (255, 255, 255), 0.2), opacity=0.4)
    for rail in (0.55, 1.0):
        b.line((-4.2, rail, 3.2), (4.2, rail, 3.2), 0.06, "#f2ecde")
    for k in range(-4, 5):
        b.line((k * 1.05, 0, 3.2), (k * 1.05, 1.0, 3.2), 0.07, "#f2ecde")
    s = b.rng.choice((-1, 1))
    _cabin(b, s)
    b.ellipse((-s * 2.1, 0.62, 3.1), 0.34, 0.34, "#d0552f")
    b.ellipse((-s * 2.1, 0.62, 3.09), 0.19, 0.19, mix(parse(SEA), b.light.sky_low, 0.2))
    mast = -s * 3.0
    b.line((mast, 0, 1.5), (mast, 14, 1.5), 0.2, "#7a5c44")
    for k in (-1, 1):
        b.line((mast, 12, 1.5), (mast + k * 5, 0.9, 2.6), 0.03, "#4a4440")
    b.layer = "front"
    b.line((-2.6, -0.1, -2.4), (-1.9, 9, -2.4), 0.05, "#2a2622")
    b.line((-1.95, -0.1, -2.4), (-1.92, 9, -2.4), 0.05, "#2a2622")


def _cabin(b: Brush, s: int) -> None:
    """The side of the saloon, its windows warm, a bench along it."""
    x, white = s * 3.1, parse("#e6e0d0")
    b.shape([(x, 0, -6), (x, 0, 2.4), (x, 2.5, 2.4), (x, 2.5, -6)], white if s != b.light.side else scale(white, 0.8))
    b.wall((min(x, s * 5.4), max(x, s * 5.4)), (0, 2.5), 2.4, scale(white, 0.82))
    b.shape([(x, 2.5, -6), (x, 2.5, 2.4), (x - s * 0.3, 2.5, 2.4), (x - s * 0.3, 2.5, -6)], scale(white, 0.55))
    b.shape([(x, 0, -6), (x, 0, 2.4), (x, 0.5, 2.4), (x, 0.5, -6)], "#3f6a78")
    for z in (1.2, -0.4, -2.0):
        pane: Colour = WINDOW_GLOW if b.light.lamps_on else mix(b.light.sky_low, (30, 40, 58), 0.5)
        b.shape([(x - s * 0.01, 1.05, z), (x - s * 0.01, 1.05, z + 1.0), (x - s * 0.01, 1.85, z + 1.0), (x - s * 0.01, 1.85, z)], pane, glow=b.light.lamps_on)
        if b.light.lamps_on:
            b.glow((x, 1.45, z + 0.5), 1.5, WINDOW_GLOW, 0.5)
            b.puddle(x - s * 0.9, z + 0.5, 0.9, 0.5, WINDOW_GLOW, opacity=0.16)
    b.box3((min(x - s * 0.5, x - s * 0.05), max(x - s * 0.5, x - s * 0.05)), (0.4, 0.47), (0.2, 2.2), "#8a6844")


def _quay(b: Brush) -> None:
    """Stone to an edge, the harbour's water and boats, houses on the far side."""
    paint_water(b, "#3d6f80", z_near=9, bright=0.45)
    ridge(b, 220, 4, 22, "#6a7c78")
    x = -70.0
    while x < 70:
        w = b.rng.uniform(6, 11)
        house(b, x + w / 2, 74 + b.rng.uniform(-3, 3), (w, b.rng.uniform(5, 9)), b.rng.choice(("#d8cdb8", "#b9684e", "#8fa0a6", "#c9a86a", "#e6e0d2")), storeys=2)
        x += w * 1.04
    b.wall((-110, 110), (-0.6, 0.7), 70, "#7c766c")
    b.layer = "mid"
    for k in range(4):
        hull(b, (k - 1.5) * 7 + b.rng.uniform(-1.5, 1.5), 11 + 4 * k, b.rng.uniform(4, 6.5), b.rng.choice(("#a34334", "#3e6a86", "#5a7a4a", "#d8c08a")), y=-0.9, sail=False)
        mast = (k - 1.5) * 7 + b.rng.uniform(-1, 1)
        b.line((mast, -0.4, 11.2 + 4 * k), (mast, 5.4, 11.2 + 4 * k), 0.1, "#5a4232")
    stone = parse(ground_colour(b, b.rng.choice(("#8d8a84", "#8a8072"))))
    b.shape([(-40.0, -1.4, 6.2), (40.0, -1.4, 6.2), (40.0, 0, 6.2), (-40.0, 0, 6.2)], scale(stone, 0.55))
    b.floor((-40, 40), (-8, 6.2), stone)
    b.floor((-40, 40), (5.7, 6.2), mix(stone, b.light.rim, 0.35))
    for k in range(8):
        b.line((-40, 0.005, -1 + 1.0 * k), (40, 0.005, -1 + 1.0 * k), 0.02, scale(stone, 0.8), opacity=0.7)
    for k in range(-4, 5):
        px = k * 2.6 + b.rng.uniform(-0.2, 0.2)
        b.line((px, 0.05, 5.9), (px, 0.5, 5.9), 0.28, "#3a3c42")
        b.ellipse((px, 0.52, 5.88), 0.2, 0.08, "#4c4f56")
    if b.light.weather in ("rain", "storm"):
        for _ in range(8):
            b.puddle(b.rng.uniform(-6, 6), b.rng.uniform(0.5, 5), b.rng.uniform(0.5, 1.2), 0.2, mix(b.light.sky_low, (255, 255, 255), 0.2), opacity=0.5)
    lamp_post(b, b.rng.choice((-1, 1)) * 3.4, 5.2)
    b.layer = "front"
    b.line((-2.3, -0.2, -2.0), (-2.1, 1.0, -2.0), 0.3, "#26282c")


def river(b: Brush) -> None:
    """A bend of water between trees; with a boat on it when people are afloat."""
    paint_sky(b)
    green = parse(b.rng.choice(GREENS))
    ridge(b, 300, 16, 26, mix(green, (90, 110, 140), 0.45))
    ridge(b, 120, 5, 12, scale(green, 0.85))
    if "boat" in b.hints:
        paint_water(b, "#3d6f80", z_near=6)
        for side in (-1, 1):
            bank: list[Point] = [(side * 60, 0, 20), (side * 16, 0, 26), (side * 5, 0, 60), (side * 3, 0, 110), (side * 90, 0, 110)]
            b.shape(bank, ground_colour(b, "#74854a"))
            for k in range(5):
                leafy(b, side * (13 + 4 * k + b.rng.uniform(-2, 2)), 30 + 9 * k, b.rng.uniform(6, 9), scale(green, 0.9), bare=b.light.weather == "snow")
        small_boat(b)
        return
    paint_ground(b, ground_colour(b, "#74854a"), far="#7d9458")
    bend = b.rng.uniform(-14, 14)
    left: list[Point] = [(-7.0, 0.0, 3.0), (-6.0, 0.0, 9.0), (bend - 4, 0.0, 24.0), (bend * 0.4 - 3, 0.0, 60.0)]
    right: list[Point] = [(bend * 0.4 + 3, 0.0, 60.0), (bend + 7, 0.0, 24.0), (6.5, 0.0, 9.0), (14.0, 0.0, 3.0)]
    b.shape(left + right, mix(b.light.sky_low, parse("#3d6f80"), 0.5), smooth=True)
    b.shape([(x * 0.9, y, z) for x, y, z in left[1:]] + [(x * 0.4, y, z) for x, y, z in right[:-1]], mix(b.light.sky_low, (255, 255, 255), 0.2), smooth=True, opacity=0.5)
    b.layer = "mid"
    for side in (-1, 1):
        for k in range(4):
            leafy(b, side * b.rng.uniform(7, 12) + side * k, 12 + 6 * k, b.rng.uniform(5, 8), scale(green, 0.9), bare=b.light.weather == "snow")
    for _ in range(7):
        rock(b, b.rng.uniform(-6, 6), b.rng.uniform(2.6, 8), b.rng.uniform(0.4, 1.1), b.rng.uniform(0.2, 0.5), "#77787a")
    b.shape([(-30.0, 0, 2.6), (-8.0, 0, 3.0), (0.0, 0, 2.2), (8.0, 0, 2.8), (30.0, 0, 2.6), (30.0, 0, -6), (-30.0, 0, -6)], ground_colour(b, "#7c8a4e"))
    grass(b, -8, 8, 2.2, 0.4, scale(green, 0.9), count=90)
    b.layer = "front"
    for _ in range(9):
        x = b.rng.choice((-1, 1)) * b.rng.uniform(1.7, 2.6)
        b.line((x, -0.2, -1.8), (x + b.rng.uniform(-0.1, 0.2), b.rng.uniform(0.7, 1.2), -1.8), 0.025, scale(green, 0.35))


def bob(seconds: float, weather: str) -> tuple[float, float]:
    """How a small boat rides: heave in metres (up) and roll in radians."""
    rough = {"storm": 2.0, "wind": 1.5, "rain": 1.2}.get(weather, 0.8)
    heave = 0.035 * rough * math.sin(2 * math.pi * 0.23 * seconds) + 0.012 * rough * math.sin(2 * math.pi * 0.41 * seconds + 1.3)
    return heave, 0.014 * rough * math.sin(2 * math.pi * 0.19 * seconds + 0.7)
