# ruff: noqa: E501
# fmt: off
# (drawings are tables of coordinates: one shape a line reads best)
"""Places that people built outdoors: street, alley, garden, rooftop, village, graveyard."""

from __future__ import annotations

from cinema.adapters.boards.brush import Brush
from cinema.adapters.boards.growth import (
    block,
    bush,
    conifer,
    facade_side,
    fence,
    grass,
    house,
    lamp_post,
    leafy,
    windows,
)
from cinema.adapters.boards.palette import mix, parse, scale
from cinema.adapters.boards.sky import SNOW, paint_ground, paint_sky, ridge
from cinema.adapters.boards.wild import GREENS

BRICKS = ("#a5664e", "#8e7a68", "#b08a66", "#7d8288", "#98705c", "#a89880")


def _skyline(b: Brush, z: float, height: float, colour: str) -> None:
    x = -z * 1.3
    while x < z * 1.3:
        w = b.rng.uniform(0.08, 0.18) * z
        b.wall((x, x + w), (-1, height * b.rng.uniform(0.4, 1.1)), z, colour)
        x += w * b.rng.uniform(0.9, 1.15)


def _paving(b: Brush, half: float, colour: str, *, far: float = 60) -> None:
    tone = SNOW if b.light.weather == "snow" else colour
    b.floor((-half, half), (-8, far), tone)
    wet = b.light.weather in ("rain", "storm")
    for k in range(16):
        z = -1.5 + 1.3 * 1.22**k
        if z > far:
            break
        b.line((-half, 0.005, z), (half, 0.005, z), 0.02, scale(parse(tone), 0.8), opacity=0.6)
    if wet:
        for _ in range(9):
            z = b.rng.uniform(0.3, 12)
            b.puddle(b.rng.uniform(-half, half) * 0.8, z, b.rng.uniform(0.4, 1.3), 0.25, mix(b.light.sky_low, (255, 255, 255), 0.15), opacity=0.55)


def street(b: Brush) -> None:
    paint_sky(b)
    _skyline(b, 150, 42, "#8e8e96")
    paint_ground(b, "#77746e")
    half = 6.2
    _paving(b, half, "#6d6b6a", far=120)
    for side in (-1, 1):
        b.shape([(side * half, 0.12, -8), (side * half, 0.12, 110), (side * (half - 2), 0.12, 110), (side * (half - 2), 0.12, -8)], SNOW if b.light.weather == "snow" else "#9a958a")
    colours = [b.rng.choice(BRICKS) for _ in range(8)]
    spans = [(60.0, 90.0), (40.0, 60.0), (24.0, 40.0), (11.0, 24.0), (2.0, 11.0), (-7.0, 2.0)]
    for index, (near, far) in enumerate(spans):
        for side in (-1, 1):
            facade_side(b, side * half, near, far, b.rng.uniform(7, 14), colours[(index * 2 + (side > 0)) % 8], columns=max(2, int((far - near) / 3)), rows=4)
    b.layer = "mid"
    for k, near in enumerate((24, 13, 5)):
        lamp_post(b, (-1 if k % 2 else 1) * 4.4, near)
    car = b.rng.choice(("#8c3a34", "#3f5f7c", "#c2a44e", "#4b6a52"))
    _car(b, b.rng.choice((-1, 1)) * 3.5, 9.0, car)
    for k in range(7):
        b.floor((-1.9 + k * 0.6, -1.6 + k * 0.6), (3.4, 5.2), "#d8d4c8", opacity=0.6, y=0.01)
    b.layer = "front"
    b.line((-1.9, -0.2, -2.3), (-1.9, 9, -2.3), 0.13, "#1c1e22")


def _car(b: Brush, x: float, z: float, colour: str) -> None:
    local = parse(colour)
    b.puddle(x, z, 1.2, 0.9, (20, 20, 26), opacity=0.5)
    b.box3((x - 0.85, x + 0.85), (0.3, 0.86), (z, z + 3.8), local)
    b.shape([(x - 0.72, 0.86, z + 0.4), (x - 0.56, 1.4, z + 0.9), (x + 0.56, 1.4, z + 0.9), (x + 0.72, 0.86, z + 0.4)], mix(b.light.sky_low, (40, 50, 66), 0.5))
    for dx in (-0.6, 0.6):
        b.ellipse((x + dx, 0.3, z + 0.05), 0.16, 0.3, "#1a1a1e")
        lamp = b.light.lamps_on
        b.ellipse((x + dx, 0.62, z - 0.02), 0.13, 0.1, (255, 240, 205) if lamp else "#d8d4c4", glow=lamp)
        if lamp:
            b.glow((x + dx, 0.62, z - 0.02), 0.9, b.light.lamp, 0.6)


def alley(b: Brush) -> None:
    paint_sky(b)
    _skyline(b, 60, 24, "#7c7c86")
    _paving(b, 2.5, "#5d5a58", far=34)
    brick = b.rng.choice(BRICKS)
    block(b, (-4, 4), (34, 36), 9, scale(parse(brick), 0.9), rows=3, columns=4)
    for near, far, height in ((18.0, 34.0, 10.0), (8.0, 18.0, 12.0), (0.0, 8.0, 11.0), (-7.0, 0.0, 12.0)):
        for side in (-1, 1):
            facade_side(b, side * 2.5, near, far, height, brick if side < 0 else b.rng.choice(BRICKS), columns=3, rows=4)
    b.layer = "mid"
    side = b.rng.choice((-1, 1))
    for k in range(3):
        low, z = 3.0 + 2.5 * k, 8.0
        b.box3((min(side * 2.5, side * 1.4), max(side * 2.5, side * 1.4)), (low, low + 0.1), (z, z + 4), "#2c2e34")
        for j in range(5):
            b.line((side * 1.4, low, z + j), (side * 1.4, low + 0.9, z + j), 0.04, "#2c2e34")
        b.line((side * 1.4, low, z + 0.2), (side * 1.4, low + 2.5, z + 3.6), 0.1, "#2c2e34")
    b.box3((-side * 2.4 - 0.6, -side * 2.4 + 0.6 + 0.35), (0, 1.15), (4.4, 6), "#41604e")
    b.box3((side * 2.0 - 0.3, side * 2.0 + 0.3), (0, 0.6), (3.2, 3.8), "#9a7648")
    b.line((-2.5, 5.4, 9), (2.5, 5.1, 9), 0.02, "#222")
    for k in range(5):
        x = -1.7 + k * 0.8
        b.shape([(x, 5.3, 9), (x + 0.5, 5.28, 9), (x + 0.46, 4.5, 9), (x + 0.04, 4.55, 9)], b.rng.choice(("#d8cbb0", "#b05a4a", "#5a7a92", "#e4ddcc")))
    x = -side * 2.35
    b.line((x, 3.1, 7), (x * 0.82, 3.2, 7), 0.06, "#222")
    if b.light.lamps_on:
        b.glow((x * 0.8, 3.05, 7), 2.4, b.light.lamp, 0.7)
        b.puddle(x * 0.7, 7, 1.4, 1.6, b.light.lamp, opacity=0.25)
    b.ellipse((x * 0.8, 3.05, 7), 0.14, 0.1, (255, 236, 190), glow=b.light.lamps_on)
    b.layer = "front"
    b.wall((side * 1.9, side * 3.4), (-1, 12), -2.4, "#1a1a1e")


def garden(b: Brush) -> None:
    paint_sky(b)
    green = parse(b.rng.choice(GREENS))
    ridge(b, 120, 8, 9, scale(green, 0.85), steps=24)
    paint_ground(b, SNOW if b.light.weather == "snow" else "#7d9a55")
    house(b, b.rng.choice((-1, 1)) * 7, 20, (8, 4.2), b.rng.choice(("#d8c8a8", "#b8806a", "#c9ccc4")), storeys=2)
    b.layer = "mid"
    b.shape([(-0.9, 0.005, -3), (0.9, 0.005, -3), (1.6, 0.005, 6), (0.6, 0.005, 14), (-0.2, 0.005, 14), (0.2, 0.005, 6)], "#cbb68e", smooth=False)
    for side in (-1, 1):
        b.box3((min(side * 2.6, side * 9), max(side * 2.6, side * 9)), (0, 1.5), (9, 10.2), scale(green, 0.75))
        leafy(b, side * b.rng.uniform(4.5, 6), 7.4, b.rng.uniform(4, 5.5), scale(green, 0.95), bare=b.light.weather == "snow")
        for k in range(6):
            x, z = side * (1.6 + 0.75 * k * b.rng.uniform(0.8, 1.1)), b.rng.uniform(2.6, 4.6)
            bush(b, x, z, b.rng.uniform(0.3, 0.5), scale(green, 0.9))
            for _ in range(4):
                b.ellipse((x + b.rng.uniform(-0.3, 0.3), b.rng.uniform(0.2, 0.5), z - 0.05), 0.06, 0.06, b.rng.choice(("#d8525e", "#e8c052", "#e6e0f0", "#b070b0")))
    fence(b, -9, -2.8, 6.2, "#e8e2d2")
    b.layer = "front"
    side = b.rng.choice((-1, 1))
    bush(b, side * 1.9, -1.7, 0.55, scale(green, 0.38))


def rooftop(b: Brush) -> None:
    paint_sky(b)
    for z, height, colour in ((170, 30, "#8c90a0"), (90, 10, "#787880"), (48, 1.2, "#6a686e")):
        x = -z * 1.2
        while x < z * 1.2:
            w = b.rng.uniform(0.1, 0.22) * z
            top = height * b.rng.uniform(0.2, 1.1)
            b.wall((x, x + w), (-60, top), z, colour)
            windows(b, (x, x + w), (top - z * 0.3, top - z * 0.01), z - 0.1, 4, 6)
            x += w * 1.05
    b.layer = "mid"
    b.floor((-14, 14), (-8, 8), SNOW if b.light.weather == "snow" else "#7a7672")
    b.box3((-14, 14), (0, 0.85), (8, 8.4), "#8f857a")
    side = b.rng.choice((-1, 1))
    b.box3((side * 4.6 - 1.3, side * 4.6 + 1.3), (0, 2.6), (5, 7.4), b.rng.choice(BRICKS))
    b.wall((side * 4.6 - 0.45, side * 4.6 + 0.45), (0, 2.0), 4.98, "#3a4a52")
    x = -side * 4.4
    for leg in (-0.8, 0.8):
        b.line((x + leg, 0, 6), (x + leg * 0.9, 1.9, 6), 0.12, "#4a3c32")
    b.shape([(x - 1.1, 1.8, 6), (x + 1.1, 1.8, 6), (x + 1.1, 4.0, 6), (x - 1.1, 4.0, 6)], "#8a6242")
    b.shape([(x - 1.25, 4.0, 6), (x, 4.9, 6), (x + 1.25, 4.0, 6)], "#5a4030")
    b.line((side * 2.3, 0, 6.4), (side * 2.3, 3.6, 6.4), 0.05, "#2c2e34")
    for k in range(3):
        b.line((side * 2.3 - 0.5 + 0.1 * k, 3.4 - 0.3 * k, 6.4), (side * 2.3 + 0.5 - 0.1 * k, 3.4 - 0.3 * k, 6.4), 0.03, "#2c2e34")
    b.box3((-side * 2.3 - 0.5, -side * 2.3 + 0.5), (0, 0.8), (4.6, 5.4), "#a8aaa8")
    b.layer = "front"
    b.line((-3, 1.9, -2.2), (3, 1.8, -2.2), 0.02, "#1a1a1e")


def village(b: Brush) -> None:
    paint_sky(b)
    green = parse(b.rng.choice(GREENS))
    ridge(b, 300, 18, 30, mix(green, (90, 110, 140), 0.5))
    ridge(b, 120, 4, 9, scale(green, 0.85))
    paint_ground(b, SNOW if b.light.weather == "snow" else "#8d8a5c")
    x = b.rng.choice((-1, 1)) * 9
    b.box3((x - 1.8, x + 1.8), (0, 10), (52, 55), "#b8ac98")
    b.shape([(x - 2.2, 10, 52), (x + 2.2, 10, 52), (x, 19, 52)], "#5a4a4c")
    spots = [(-15, 40, 8), (13, 36, 7), (-10, 27, 7.5), (17, 25, 8), (-8.4, 15, 6), (8.6, 13, 6)]
    for index, (hx, z, width) in enumerate(spots):
        if index == 4:
            b.layer = "mid"
        house(b, hx + b.rng.uniform(-1, 1), z, (width, b.rng.uniform(2.8, 3.8)), b.rng.choice(("#d8c8a8", "#c4a688", "#b8806a", "#c9ccc4", "#a9b09a")), b.rng.choice(("#7c4338", "#5c5058", "#8a5a3a", "#7a6a4a")))
    b.shape([(-1.6, 0.005, -4), (2.0, 0.005, -4), (2.2, 0.005, 8), (0.6, 0.005, 20), (1.0, 0.005, 50), (0, 0.005, 50), (-1.2, 0.005, 20), (-1.4, 0.005, 8)], SNOW if b.light.weather == "snow" else "#b8a27a", smooth=False)
    fence(b, -7.4, -2.3, 6, "#7a6248")
    fence(b, 2.6, 7.4, 6.4, "#7a6248")
    leafy(b, b.rng.choice((-1, 1)) * 4.6, 9, 5.5, scale(green, 0.9), bare=b.light.weather == "snow")
    b.layer = "front"
    grass(b, -4, 4, -1.5, 0.3, scale(green, 0.42), count=60)


def graveyard(b: Brush) -> None:
    paint_sky(b)
    ridge(b, 150, 6, 14, "#55685a")
    paint_ground(b, SNOW if b.light.weather == "snow" else "#5f7050")
    x = b.rng.choice((-1, 1)) * 12
    house(b, x, 34, (8, 6), "#8e8a84", "#4a4650", depth=12)
    b.box3((x - 6, x - 3.2), (0, 11), (33, 36), "#8e8a84")
    b.shape([(x - 6.3, 11, 33), (x - 2.9, 11, 33), (x - 4.6, 18, 33)], "#4a4650")
    for _ in range(5):
        conifer(b, b.rng.choice((-1, 1)) * b.rng.uniform(5, 20), 26, b.rng.uniform(6, 9), "#3c5446")
    fence(b, -20, 20, 17, "#2a2c32", height=1.7, step=0.7)
    b.layer = "mid"
    leafy(b, -x / abs(x) * 5.4, 9, 7, "#4a4a42", bare=True)
    stones = ("#9a9a94", "#8a8c90", "#a29a8c")
    for z in (12.5, 9.5, 6.8, 4.4, 2.6):
        for k in range(7):
            gx = (k - 3) * 1.9 + b.rng.uniform(-0.4, 0.4)
            if abs(gx) < 1.35 and z < 4:
                continue
            h, w, tone = b.rng.uniform(0.65, 1.1), b.rng.uniform(0.28, 0.4), parse(b.rng.choice(stones))
            tilt = b.rng.uniform(-0.08, 0.08)
            b.puddle(gx, z - 0.4, 0.45, 0.7, scale(parse("#5f7050"), 0.75), opacity=0.7)
            kind = b.rng.random()
            if kind < 0.7:
                b.shape([(gx - w, 0, z), (gx - w + tilt, h * 0.7, z), (gx - w * 0.6 + tilt, h * 0.96, z), (gx + tilt, h * 1.05, z), (gx + w * 0.6 + tilt, h * 0.96, z), (gx + w + tilt, h * 0.7, z), (gx + w, 0, z)], tone)
                b.wall((gx - w * 0.5 + tilt, gx + w * 0.5 + tilt), (h * 0.5, h * 0.55), z - 0.02, scale(tone, 0.7))
            else:
                b.wall((gx - 0.09, gx + 0.09), (0, h * 1.4), z, tone)
                b.wall((gx - 0.34, gx + 0.34), (h * 0.9, h * 1.08), z, tone)
    b.layer = "front"
    side = b.rng.choice((-1, 1))
    b.line((side * 2.3, -0.3, -1.8), (side * 2.3, 1.1, -1.8), 0.16, "#22242a")
    b.line((side * 1.98, 0.8, -1.8), (side * 2.62, 0.8, -1.8), 0.16, "#22242a")
