# ruff: noqa: E501
# fmt: off
# (drawings are tables of coordinates: one shape a line reads best)
"""Rooms that many people share: bar, shop, church, a carriage, warehouse, station, theatre, a ship between stars."""

from __future__ import annotations

import math
from itertools import pairwise

from cinema.adapters.boards.brush import Brush
from cinema.adapters.boards.palette import mix, parse, scale
from cinema.adapters.boards.shell import BOOKS, FRONT, chair, lamp, paint_shell, picture, shelf, shell, table, window

GLASS = ("#7a4a2a", "#3f6a4a", "#b8863a", "#8a3a34", "#c8b890", "#4a6a7a")


def bar(b: Brush) -> None:
    s = b.rng.choice((-1, 1))
    r = shell(b, half=3.8, height=3.0, depth=4.8, walls=("#6f4a3c", "#4f5a50", "#5f4a58"), floor="#5c4234", ceiling="#6a5648")
    paint_shell(b, r)
    x0, x1 = (-0.6, 3.4) if s > 0 else (-3.4, 0.6)
    shelf(b, (x0, x1), (1.15, 2.5), r.depth, "#5a3a26", rows=3, goods=GLASS)
    b.glow(((x0 + x1) / 2, 1.9, r.depth - 0.5), 2.6, b.light.lamp, 0.4)
    window(b, (-s * 2.3, 1.1, r.depth), (1.3, 1.2), urban=True)
    picture(b, -s * 1.1, 1.6, r.depth, 0.6, 0.45)
    b.layer = "mid"
    wood = parse(b.rng.choice(("#6a3f28", "#5a4634", "#74452f")))
    b.box3((x0, x1), (0, 1.05), (3.1, 3.7), wood)
    b.box3((x0 - 0.08, x1 + 0.08), (1.05, 1.12), (2.95, 3.75), mix(wood, (255, 220, 170), 0.2))
    for k in range(7):
        px = x0 + (x1 - x0) * (k + 0.5) / 7
        b.wall((px - 0.22, px + 0.22), (0.18, 0.92), 3.09, scale(wood, 0.8))
    for k in range(4):
        px = x0 + 0.5 + k * 0.95
        b.line((px, 0, 2.6), (px, 0.72, 2.6), 0.06, "#2c2622")
        b.box3((px - 0.17, px + 0.17), (0.72, 0.8), (2.45, 2.75), "#8a3f34")
    for k in range(3):
        lamp(b, x0 + 0.7 + k * 1.3, 2.05, 3.2, cord=0.9, size=0.2, colour="#3f6a54")
        px = x0 + 0.4 + k * 1.2
        b.card((px, 1.12, 3.2), [(-0.05, 0), (-0.05, 0.17), (-0.02, 0.22), (-0.02, 0.31), (0.02, 0.31), (0.02, 0.22), (0.05, 0.17), (0.05, 0)], b.rng.choice(GLASS), smooth=False)
    table(b, -s * 2.2, 2.2, 0.8, 0.7, 0.74, "#6a4a34")
    chair(b, -s * 2.9, 2.2, "#4a3226", turn=-s)


def _violins(b: Brush, x0: float, x1: float, z: float) -> None:
    """A luthier's wall: two rows of violins hung by their scrolls, a bench of wood and tools below."""
    for rail in (2.42, 1.58):
        b.wall((x0, x1), (rail, rail + 0.06), z - 0.06, "#5a4030")
        for k in range(7):
            x, tone = x0 + (x1 - x0) * (k + 0.5) / 7, parse(b.rng.choice(("#a4541f", "#8a4420", "#b8702e", "#6e3820", "#c08a4a")))
            y = rail - 0.4
            b.line((x, rail, z - 0.08), (x, y, z - 0.08), 0.035, "#24160f")
            for dy, rx, ry in ((-0.02, 0.088, 0.1), (-0.2, 0.115, 0.125), (-0.1, 0.062, 0.1)):
                b.ellipse((x, y + dy, z - 0.09), rx, ry, tone)
            b.ellipse((x - b.light.side * -0.03, y - 0.2, z - 0.095), 0.06, 0.08, mix(tone, (255, 220, 160), 0.25), opacity=0.5)
            b.line((x, rail, z - 0.1), (x, y - 0.24, z - 0.1), 0.016, "#24160f")
    b.box3((x0, x1), (0.72, 0.8), (z - 0.5, z - 0.05), "#8a623c")
    b.box3((x0, x1), (0, 0.72), (z - 0.4, z - 0.05), "#5e4430")
    for _ in range(7):
        x, h = b.rng.uniform(x0 + 0.1, x1 - 0.1), b.rng.uniform(0.05, 0.24)
        b.wall((x, x + b.rng.uniform(0.03, 0.2)), (0.8, 0.8 + h), z - 0.45, b.rng.choice(("#c89a62", "#d8b98a", "#4a4e54", "#7a4a2a")))


def shop(b: Brush) -> None:
    s = b.rng.choice((-1, 1))
    r = shell(b, half=3.5, height=3.0, depth=4.6, walls=("#b8a27a", "#8fa39a", "#c2957a"), floor="#8a7258")
    paint_shell(b, r)
    luthier = "luthier" in b.hints
    goods = (*BOOKS, "#d88a4a", "#e2d2a0", "#7ab0a8")
    for x0, x1 in ((-3.3, -0.3), (0.3, 3.3)):
        if luthier:
            _violins(b, x0, x1, r.depth)
        else:
            shelf(b, (x0, x1), (0.2, 2.5), r.depth, "#7a5a3c", rows=4, goods=goods, tall=False)
    b.wall((-0.22, 0.22), (1.6, 2.0), r.depth - 0.4, "#e8dcc0")
    b.layer = "mid"
    wood = parse(b.rng.choice(("#8a5a38", "#4f6a64", "#96704a")))
    x0, x1 = (0.9, 3.4) if s > 0 else (-3.4, -0.9)
    b.box3((x0, x1), (0, 0.98), (2.4, 3.0), wood)
    b.box3((x0 - 0.05, x1 + 0.05), (0.98, 1.04), (2.3, 3.05), mix(wood, (255, 230, 190), 0.3))
    px = (x0 + x1) / 2
    b.box3((px - 0.22, px + 0.22), (1.04, 1.34), (2.5, 2.85), "#5a5e64")
    b.shape([(px - 0.2, 1.34, 2.55), (px + 0.2, 1.34, 2.55), (px + 0.16, 1.5, 2.75), (px - 0.16, 1.5, 2.75)], "#c8b078")
    for k in range(4):
        b.ellipse((px + s * 0.5 + 0.09 * k * s, 1.12, 2.6), 0.06, 0.08, b.rng.choice(("#b0403a", "#d8a44a", "#7a9a4a")))
    for k in range(0 if luthier else 3):
        x, z = -s * (1.7 + 0.55 * k), 2.5 + 0.2 * k
        b.box3((x - 0.24, x + 0.24), (0, 0.5), (z, z + 0.4), "#a8804e")
        for j in range(5):
            b.ellipse((x - 0.17 + 0.085 * j, 0.54, z + 0.1), 0.06, 0.06, b.rng.choice(("#b8503a", "#8aa04a", "#d8a848")))
    for k in (-1.6, 1.6):
        lamp(b, k, 2.3, 2.8, cord=0.7, size=0.26, colour="#d8d0b8")


def church(b: Brush) -> None:
    r = shell(b, half=5.2, height=10.0, depth=15.0, walls=("#a39c8e", "#b0a48c", "#8f9296"), floor="#7a746c", ceiling="#8a8478")
    paint_shell(b, r, boards=False)
    for x, y, w, h in ((0, 3.4, 2.0, 5.0), (-3.0, 3.0, 1.1, 3.6), (3.0, 3.0, 1.1, 3.6)):
        _gothic(b, x, y, r.depth - 0.03, w, h)
    b.box3((-1.3, 1.3), (0.4, 1.5), (13, 14), "#e8e0cc")
    b.floor((-3, 3), (12, 15), "#9a8f80", y=0.2)
    b.wall((-0.06, 0.06), (1.5, 3.0), 13.4, "#c29a4c")
    b.wall((-0.36, 0.36), (2.4, 2.52), 13.4, "#c29a4c")
    for k in (-0.9, -0.6, 0.6, 0.9):
        b.line((k, 1.5, 13), (k, 1.9, 13), 0.06, "#efe6cf")
        b.glow((k, 2.0, 13), 0.7, b.light.lamp, 0.7)
    b.floor((-0.8, 0.8), (FRONT, 12.5), "#7c3234", y=0.01)
    for z in (12.0, 9.0, 6.0, 3.0, 0.0):
        for s in (-1, 1):
            stone = scale(r.wall, 1.05 if s != b.light.side else 0.8)
            b.box3((s * 3.6 - 0.32, s * 3.6 + 0.32), (0, 6.2), (z, z + 0.6), stone)
            arch = [(s * 3.9, 6.0), (s * 3.6, 7.4), (s * 2.4, 8.8), (0.0, 9.7), (0.0, 10.4), (s * 5.4, 10.4), (s * 5.4, 6.0)]
            b.shape([(x, y, z) for x, y in arch], scale(stone, 0.82))
    for s in (-1, 1):
        b.shape([(s * 0.4, 8.2, 14.8), (s * 1.3, 3.4, 14.8), (s * 2.4 - b.light.side * 2, 0, 5), (s * 0.2 - b.light.side * 2, 0, 5)], mix(b.light.sky_low, (255, 240, 210), 0.4), opacity=0.1, glow=True)
    b.layer = "mid"
    wood = parse("#6a4630")
    for z in (9.6, 8.2, 6.8, 5.4, 4.0, 2.6):
        for s in (-1, 1):
            x0, x1 = sorted((s * 1.15, s * 3.2))
            b.box3((x0, x1), (0.38, 0.46), (z, z + 0.45), wood)
            b.box3((x0, x1), (0.1, 0.95), (z + 0.45, z + 0.53), wood)
            b.box3((min(s * 1.1, s * 1.2), max(s * 1.1, s * 1.2)), (0, 1.02), (z - 0.05, z + 0.55), scale(wood, 1.15))


def _gothic(b: Brush, x: float, y: float, z: float, w: float, h: float) -> None:
    arch = [(x - w / 2, y), (x - w / 2, y + h * 0.62), (x - w * 0.3, y + h * 0.85), (x, y + h), (x + w * 0.3, y + h * 0.85), (x + w / 2, y + h * 0.62), (x + w / 2, y)]
    b.shape([(px * 1.0 + (px - x) * 0.14, py + (0.15 if py > y else -0.15), z + 0.01) for px, py in arch], "#6a645a")
    dim = b.light.night
    tones = ((196, 72, 58), (70, 108, 176), (226, 176, 78), (84, 140, 96), (150, 84, 150))
    b.shape([(px, py, z) for px, py in arch], mix(b.light.sky_low, (90, 110, 160), 0.5), glow=True)
    b.clip_to([(px, py, z) for px, py in arch])
    for row in range(6):
        for column in range(3):
            tone = scale(tones[b.rng.randrange(5)], 0.45 if dim else 1.0)
            px, py = x - w / 2 + w * column / 3, y + h * row / 6
            b.shape([(px, py + h / 12, z), (px + w / 6, py, z), (px + w / 3, py + h / 12, z), (px + w / 6, py + h / 6, z)], tone, opacity=0.85, glow=True)
    b.clip_to(None)
    b.line((x, y, z - 0.01), (x, y + h, z - 0.01), 0.07, "#4a463e")
    if not dim:
        b.glow((x, y + h / 2, z - 0.02), h * 0.7, mix(b.light.sky_low, (255, 236, 200), 0.4), 0.4)


def vehicle(b: Brush) -> None:
    """A railway carriage: windows on both sides, seats facing, the land going by."""
    r = shell(b, half=1.75, height=2.35, depth=9.0, walls=("#7a5c40", "#5f6f6a", "#7a4440"), floor="#5a5450", ceiling="#d2c8b2")
    paint_shell(b, r, boards=False, skirting=False)
    b.wall((-0.5, 0.5), (0, 2.0), r.depth - 0.01, scale(r.wall, 0.7))
    b.wall((-0.3, 0.3), (1.1, 1.8), r.depth - 0.02, mix(b.light.sky_low, b.light.sky_top, 0.3), glow=True)
    b.floor((-0.4, 0.4), (FRONT, 9), scale(r.floor, 0.76), y=0.004)
    for s in (-1, 1):
        for k in range(7):
            z = -2.6 + 1.65 * k
            x = s * 1.74
            pane = [(x, 0.95, z), (x, 0.95, z + 1.25), (x, 1.85, z + 1.25), (x, 1.85, z)]
            b.shape([(x, 0.87, z - 0.08), (x, 0.87, z + 1.33), (x, 1.93, z + 1.33), (x, 1.93, z - 0.08)], scale(r.wall, 0.6))
            b.shape(pane, b.light.sky_low, glow=True)
            b.outside = True
            b.shape([(x, 1.5, z), (x, 1.6, z + 0.4), (x, 1.46, z + 0.8), (x, 1.56, z + 1.25), (x, 1.2, z + 1.25), (x, 1.2, z)], mix(b.light.haze, (80, 100, 110), 0.4), glow=True)
            b.shape([(x, 0.95, z), (x, 0.95, z + 1.25), (x, 1.25, z + 1.25), (x, 1.22, z)], "#7d8f58")
            b.outside = False
            if b.light.weather in ("rain", "storm"):
                for _ in range(7):
                    y, zz = b.rng.uniform(1.0, 1.8), z + b.rng.uniform(0.05, 1.1)
                    b.line((x * 0.998, y, zz), (x * 0.998, y - 0.08, zz + 0.12), 0.01, (214, 226, 240), opacity=0.6, glow=True)
        b.line((s * 1.5, 2.02, -4), (s * 1.5, 2.02, 9), 0.05, "#b08a4a")
        for k in range(4):
            if b.rng.random() < 0.7:
                z = 0.6 + 2 * k
                b.box3((min(s * 1.7, s * 1.3), max(s * 1.7, s * 1.3)), (2.04, 2.26), (z, z + 0.6), b.rng.choice(("#6a4a34", "#4a5a6a", "#8a5a3a")))
    b.layer = "mid"
    cloth = parse(b.rng.choice(("#8a3f3a", "#3f6a5f", "#4a5f82", "#a5803f")))
    for z in (6.4, 4.6, 2.8, 1.3):
        for s in (-1, 1):
            x0, x1 = sorted((s * 0.55, s * 1.68))
            b.box3((x0, x1), (0.28, 0.48), (z, z + 0.5), cloth)
            b.box3((x0, x1), (0.3, 1.25), (z + 0.5, z + 0.62), scale(cloth, 0.92))
            b.box3((x0 + 0.1, x1 - 0.1), (1.05, 1.25), (z + 0.46, z + 0.5), "#e8e0cc")
    for k in range(4):
        z = 0.8 + 2.2 * k
        b.glow((0, 2.25, z), 0.9, b.light.lamp, 0.5 if b.light.lamps_on else 0.15)
        b.ellipse((0, 2.28, z), 0.16, 0.06, (255, 242, 212), glow=True)


def warehouse(b: Brush) -> None:
    r = shell(b, half=7.5, height=7.0, depth=16.0, walls=("#7d7a74", "#6f7a7e", "#85705f"), floor="#77726c", ceiling="#5a5c60")
    paint_shell(b, r, boards=False)
    for k in range(-3, 4):
        window(b, (k * 2.1, 4.6, r.depth), (1.6, 1.3), bars=4, frame="#3a3e42")
    b.wall((-1.9, 1.9), (0, 3.4), r.depth - 0.02, "#5a4a40")
    for k in range(9):
        b.line((-1.9, 0.38 * k, r.depth - 0.03), (1.9, 0.38 * k, r.depth - 0.03), 0.04, "#463a32")
    for z in (13.0, 9.0, 5.0, 1.0):
        b.line((-7.5, 5.6, z), (7.5, 5.6, z), 0.16, "#3a3e44")
        for k in range(-5, 5):
            b.line((k * 1.5, 5.6, z), (k * 1.5 + 0.75, 6.8, z), 0.07, "#3a3e44")
            b.line((k * 1.5 + 0.75, 6.8, z), (k * 1.5 + 1.5, 5.6, z), 0.07, "#3a3e44")
        for s in (-1, 1):
            b.line((s * 6.6, 0, z), (s * 6.6, 6.9, z), 0.24, "#44484e")
    for k in (-2, 0, 2):
        b.shape([(k * 2.1 - 0.7, 5.8, 15.9), (k * 2.1 + 0.7, 5.0, 15.9), (k * 2.1 + 1 - b.light.side * 3, 0, 8), (k * 2.1 - 1.2 - b.light.side * 3, 0, 8)], mix(b.light.sky_low, (255, 240, 210), 0.3), opacity=0.1, glow=True)
    b.layer = "mid"
    for _ in range(13):
        s, z = b.rng.choice((-1, 1)), b.rng.uniform(2.2, 10)
        x, w = s * b.rng.uniform(2.2, 5.6), b.rng.uniform(0.7, 1.3)
        tone = parse(b.rng.choice(("#a5804e", "#8f6b42", "#b08f5f", "#7a6a50")))
        for level in range(b.rng.choice((1, 2, 2, 3))):
            low = level * w * 0.8
            b.box3((x - w / 2, x + w / 2), (low, low + w * 0.78), (z, z + w), tone)
            b.line((x - w / 2, low, z - 0.01), (x + w / 2, low + w * 0.78, z - 0.01), 0.07, scale(tone, 0.74))
            b.wall((x - w / 2, x + w / 2), (low + w * 0.68, low + w * 0.78), z - 0.02, scale(tone, 0.8))
    for k in (-1.5, 1.5):
        lamp(b, k, 4.2, 5, cord=1.5, size=0.4, colour="#5a6a60")


def station(b: Brush) -> None:
    """A railway platform under an iron roof, a train standing."""
    light = b.light
    b.fade(0, b.lens.height_px * 0.7, light.sky_top, light.sky_low)
    s = b.rng.choice((-1, 1))
    b.outside = True
    b.wall((-60, 60), (-1, 5), 60, "#8a8e94")
    b.outside = False
    b.floor((-9, 9), (FRONT, 50), "#8d877c")
    b.floor((-s * 4 if s < 0 else -9, 9 if s < 0 else -4), (FRONT, 50), "#3c3a3c", y=0.01)
    edge = -s * 3.7
    b.line((edge, 0.02, -4), (edge, 0.02, 50), 0.2, "#e4d9a0")
    iron = parse(b.rng.choice(("#2f4a44", "#4a3034", "#2e3a4c")))
    for z in (40.0, 30.0, 22.0, 15.0, 9.0, 4.0):
        for k in (-1, 1):
            b.line((k * 5.4, 0, z), (k * 5.4, 5.0, z), 0.26, iron)
        arch = [(math.cos(math.pi * j / 10) * 5.5, 5.0 + math.sin(math.pi * j / 10) * 2.4, z) for j in range(11)]
        for first, last in pairwise(arch):
            b.line(first, last, 0.2, iron)
    for j in range(1, 10, 2):
        x, y = math.cos(math.pi * j / 10) * 5.5, 5.0 + math.sin(math.pi * j / 10) * 2.4
        b.line((x, y, -4), (x, y, 45), 0.07, iron)
    coach = parse(b.rng.choice(("#7a2f2c", "#2f5a4a", "#34507a")))
    x = -s * 5.6
    for z in (26.0, 15.0, 4.0, -7.0):
        x0, x1 = sorted((x - s * 0.0, x - s * 2.8))
        b.box3((x0, x1), (0.1, 3.1), (z, z + 10.6), coach)
        side = x
        b.shape([(side, 2.3, z), (side, 2.3, z + 10.6), (side, 2.5, z + 10.6), (side, 2.5, z)], "#e4d6b0")
        for j in range(7):
            near = z + 0.5 + j * 1.45
            on = light.lamps_on
            b.shape([(side, 1.3, near), (side, 1.3, near + 0.95), (side, 2.15, near + 0.95), (side, 2.15, near)], (255, 216, 150) if on else mix(light.sky_low, (50, 64, 80), 0.4), glow=on)
    b.layer = "mid"
    b.box3((s * 3.4 - 0.9, s * 3.4 + 0.9), (0.4, 0.48), (6, 6.5), "#7a5a3c")
    b.box3((s * 3.4 - 0.9, s * 3.4 + 0.9), (0.5, 0.95), (6.45, 6.52), "#7a5a3c")
    for k in (-0.8, 0.8):
        b.line((s * 3.4 + k, 0, 6.1), (s * 3.4 + k, 0.45, 6.1), 0.07, "#2c2e34")
    b.line((s * 2.6, 3.9, 8), (s * 2.6, 6.6, 8), 0.06, "#2c2e34")
    b.ellipse((s * 2.6, 3.5, 8), 0.5, 0.5, "#2c2e34")
    b.ellipse((s * 2.6, 3.5, 7.98), 0.43, 0.43, (250, 240, 214), glow=light.lamps_on)
    b.line((s * 2.6, 3.5, 7.96), (s * 2.6, 3.82, 7.96), 0.05, "#1c1c20")
    b.line((s * 2.6, 3.5, 7.96), (s * 2.82, 3.42, 7.96), 0.05, "#1c1c20")
    for z in (5.0, 12.0, 20.0):
        lamp(b, s * 4.0, 3.6, z, cord=2.6, size=0.28, colour="#3f5a54")
    for k in range(3):
        px = s * (2.6 + 0.5 * k)
        b.box3((px - 0.22, px + 0.22), (0, 0.42 + 0.1 * k), (4.6, 5), b.rng.choice(("#6a4630", "#4a5a6a", "#8a6a3a")))


def theatre(b: Brush) -> None:
    """A stage seen from the boards' edge: curtains, painted flats, footlights, rows of seats in the dark."""
    red = parse(b.rng.choice(("#8e2c30", "#6a2a4a", "#2f4a5f")))
    r = shell(b, half=6.0, height=8.5, depth=8.0, walls=("#3c3238", "#33363e"), floor="#8a6242", ceiling="#2a262a")
    paint_shell(b, r)
    b.wall((-4.6, 4.6), (0.3, 6.4), 7.9, mix((70, 110, 150), b.light.ambient, 0.3))
    b.ellipse((b.rng.uniform(-2, 2), 4.4, 7.88), 0.6, 0.6, (250, 232, 180), glow=True)
    for x, h in ((-3.4, 2.4), (-1.6, 1.7), (0.6, 2.0), (2.6, 2.7)):
        b.shape([(x - 1.6, 0, 7.8), (x - 0.8, h * 0.8, 7.8), (x, h, 7.8), (x + 0.9, h * 0.7, 7.8), (x + 1.7, 0, 7.8)], b.rng.choice(("#4a6a5a", "#3f5a6a", "#5a6a4a")))
    for s in (-1, 1):
        for k in range(9):
            x = s * (3.0 + 0.36 * k)
            tone = red if k % 2 else scale(red, 0.74)
            b.shape([(x - 0.2, 0, 5.5), (x + 0.2, 0, 5.5), (x + 0.22, 8, 5.5), (x - 0.22, 8, 5.5)], tone)
    for k in range(-10, 11):
        x, drop = k * 0.6, 0.5 + 0.3 * math.cos(k * 0.9)
        b.shape([(x - 0.32, 8.5, 5.3), (x + 0.32, 8.5, 5.3), (x + 0.28, 5.9 - drop, 5.3), (x, 5.7 - drop, 5.3), (x - 0.28, 5.9 - drop, 5.3)], red if k % 2 else scale(red, 0.78))
    b.line((-6, 5.3, 5.2), (6, 5.3, 5.2), 0.1, "#c29a4c", opacity=0.8)
    for s in (-1, 1):
        b.shape([(s * 4.5, 8.3, 2), (s * 4.1, 8.3, 2), (-s * 0.4, 0.02, 2), (s * 1.9, 0.02, 2)], (255, 240, 200), glow=True, opacity=0.12)
        b.glow((s * 4.3, 8.0, 2), 1.3, (255, 240, 205), 0.7)
    b.puddle(0.4, 1.2, 2.4, 1.2, (255, 232, 186), opacity=0.25)
    b.layer = "mid"
    s = b.rng.choice((-1, 1))
    b.box3((s * 2.6 - 0.4, s * 2.6 + 0.4), (0, 0.9), (3.2, 3.8), "#7a5a3c")
    chair(b, -s * 2.3, 3, "#8a6a3a", turn=-s)
    for k in range(-7, 8):
        b.ellipse((k * 0.62, 0.1, -1.0), 0.13, 0.11, "#b08a4a")
        b.glow((k * 0.62, 0.2, -1.0), 0.5, b.light.lamp, 0.4)
    b.layer = "front"
    for k in range(-6, 7):
        b.card((k * 0.5 + 0.2, -0.12, -2.2), [(-0.21, -0.7), (-0.21, 0.2), (-0.1, 0.32), (0.1, 0.32), (0.21, 0.2), (0.21, -0.7)], (30, 12, 18), glow=True)


def spaceship(b: Brush) -> None:
    """A bridge: ribs, consoles, a great pane on the stars."""
    s = b.rng.choice((-1, 1))
    r = shell(b, half=3.2, height=2.9, depth=5.0, walls=("#8e979e", "#7a8490", "#96918a"), floor="#555c64", ceiling="#7c858c")
    paint_shell(b, r, boards=False, skirting=False)
    pane = [(-2.2, 0.95, 4.98), (-2.6, 1.7, 4.98), (-2.0, 2.45, 4.98), (2.0, 2.45, 4.98), (2.6, 1.7, 4.98), (2.2, 0.95, 4.98)]
    b.shape([(x * 1.07, 1.7 + (y - 1.7) * 1.13, z + 0.005) for x, y, z in pane], "#4a525a")
    b.shape(pane, (8, 10, 28), glow=True)
    if b.clip_to(pane):
        for _ in range(60):
            b.ellipse((b.rng.uniform(-2.6, 2.6), b.rng.uniform(0.95, 2.45), 4.97), 0.01, 0.01, (236, 240, 255), glow=True, opacity=b.rng.uniform(0.4, 1))
        x, tone = b.rng.uniform(-1.4, 1.4), b.rng.choice(((196, 122, 84), (96, 150, 180), (150, 130, 190)))
        b.glow((x, 1.2, 4.96), 1.3, tone, 0.5)
        b.ellipse((x, 1.1, 4.95), 0.72, 0.72, tone, glow=True)
        b.ellipse((x + b.light.side * -0.22, 1.02, 4.94), 0.6, 0.62, scale(tone, 0.55), glow=True, opacity=0.6)
    b.clip_to(None)
    for x in (-0.9, 0.9):
        b.line((x, 0.95, 4.9), (x * 0.92, 2.45, 4.9), 0.07, "#5a626a")
    for z in (4.0, 2.4, 0.8, -0.8):
        for k in (-1, 1):
            b.shape([(k * 3.2, 0, z), (k * 2.9, 0.5, z), (k * 2.9, 2.3, z), (k * 2.2, 2.9, z), (k * 3.2, 2.9, z)], "#6a737c")
            b.line((k * 2.88, 0.6, z), (k * 2.88, 2.2, z), 0.035, (130, 220, 240), glow=True)
    for k in (-1, 1):
        b.line((k * 1.4, 2.86, -3), (k * 1.4, 2.86, 5), 0.09, (220, 240, 250), glow=True, opacity=0.9)
    b.layer = "mid"
    for x0, x1 in ((-2.7, -0.6), (0.6, 2.7)):
        b.box3((x0, x1), (0, 0.7), (3.4, 4.2), "#5f6870")
        b.shape([(x0, 0.7, 3.4), (x1, 0.7, 3.4), (x1, 0.98, 4.1), (x0, 0.98, 4.1)], "#3a4248")
        for _ in range(12):
            px, share = b.rng.uniform(x0 + 0.1, x1 - 0.2), b.rng.uniform(0.15, 0.8)
            tone = b.rng.choice(((120, 220, 240), (255, 190, 90), (255, 96, 84), (140, 255, 180)))
            b.shape([(px, 0.7 + 0.28 * share, 3.4 + 0.7 * share), (px + 0.12, 0.7 + 0.28 * share, 3.4 + 0.7 * share), (px + 0.12, 0.74 + 0.28 * share, 3.5 + 0.7 * share), (px, 0.74 + 0.28 * share, 3.5 + 0.7 * share)], tone, glow=True)
        b.glow(((x0 + x1) / 2, 0.9, 3.8), 1.0, (120, 210, 240), 0.3)
    b.box3((s * 1.9 - 0.3, s * 1.9 + 0.3), (0.2, 0.55), (2.3, 2.9), "#33383e")
    b.box3((s * 1.9 - 0.3, s * 1.9 + 0.3), (0.5, 1.3), (2.85, 3.0), "#3f464d")
