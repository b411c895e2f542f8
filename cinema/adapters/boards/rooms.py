# ruff: noqa: E501
# fmt: off
# (drawings are tables of coordinates: one shape a line reads best)
"""Rooms that few people share: living room, bedroom, kitchen, office, corridor, stairs, ward, cell, cave, lantern room."""

from __future__ import annotations

import math
from itertools import pairwise

from cinema.adapters.boards.brush import Brush, smooth_path, straight_path
from cinema.adapters.boards.palette import css, mix, parse, scale
from cinema.adapters.boards.shell import BOOKS, FRONT, chair, door, lamp, paint_shell, picture, rug, shelf, shell, table, window

CURTAINS = ("#9a4a44", "#7d8a6a", "#c2a878", "#5a6a86", "#a8785a")


def room(b: Brush) -> None:
    s = b.rng.choice((-1, 1))
    r = shell(b, half=3.3, height=2.8, depth=4.2, walls=("#b79a78", "#8fa08c", "#a98a86", "#7f94a0", "#c2ae84"), floor=b.rng.choice(("#8a6246", "#7a5a44", "#9a7450")))
    paint_shell(b, r)
    window(b, (s * 1.2, 0.95, r.depth), (1.5, 1.35), curtains=b.rng.choice(CURTAINS))
    shelf(b, (min(-s * 1.4, -s * 2.7), max(-s * 1.4, -s * 2.7)), (0, 2.1), r.depth, "#6a4a32", rows=5, goods=BOOKS)
    picture(b, -s * 0.45, 1.5, r.depth, 0.7, 0.5)
    b.layer = "mid"
    rug(b, 0, 1.4, 2.0, 1.1, b.rng.choice(("#8a4a42", "#4a5f72", "#7a6a4a")))
    cloth = parse(b.rng.choice(("#6d7f6a", "#8a5648", "#5b6b80", "#a5854e")))
    x = s * 1.75
    b.box3((x - 0.95, x + 0.95), (0.1, 0.85), (3.1, 3.4), cloth)
    b.box3((x - 0.95, x + 0.95), (0.1, 0.46), (2.5, 3.1), mix(cloth, (255, 240, 220), 0.1))
    for k in (-0.95, 0.77):
        b.box3((x + k, x + k + 0.18), (0.1, 0.64), (2.45, 3.3), scale(cloth, 0.88))
    table(b, -s * 1.6, 2.5, 0.8, 0.5, 0.6, "#7a5236")
    b.line((-s * 1.6, 0.6, 2.7), (-s * 1.6, 0.82, 2.7), 0.05, "#b08a4a")
    lamp(b, -s * 1.6, 0.98, 2.7)


def bedroom(b: Brush) -> None:
    s = b.rng.choice((-1, 1))
    r = shell(b, half=3.0, height=2.7, depth=4.0, walls=("#a9a3b4", "#b8a590", "#8fa3ae", "#b59a9a"), floor="#8c6a50")
    paint_shell(b, r)
    window(b, (-s * 1.35, 0.9, r.depth), (1.2, 1.4), curtains=b.rng.choice(CURTAINS))
    picture(b, s * 1.1, 1.65, r.depth, 0.8, 0.5)
    b.layer = "mid"
    wood, sheet, quilt = "#6f4c34", parse("#ece4d4"), parse(b.rng.choice(("#7b8fa6", "#9a5f5a", "#8a9a72", "#b89a5a")))
    x = s * 1.15
    b.box3((x - 0.85, x + 0.85), (0, 1.25), (3.85, 3.98), wood)
    b.box3((x - 0.8, x + 0.8), (0.18, 0.5), (1.9, 3.85), sheet)
    b.box3((x - 0.83, x + 0.83), (0.2, 0.56), (1.85, 3.1), quilt)
    for k in (-0.4, 0.4):
        b.card((x + k, 0.62, 3.4), [(-0.32, -0.1), (-0.3, 0.12), (0, 0.17), (0.3, 0.12), (0.32, -0.1)], (244, 238, 226))
    b.box3((x - 0.85, x + 0.85), (0, 0.62), (1.78, 1.86), wood)
    table(b, x - s * 1.25, 3.3, 0.5, 0.4, 0.55, wood)
    b.line((x - s * 1.25, 0.55, 3.4), (x - s * 1.25, 0.72, 3.4), 0.05, "#b08a4a")
    lamp(b, x - s * 1.25, 0.88, 3.4, size=0.17)
    b.box3((-s * 2.95 if s > 0 else 2.35, -s * 2.35 if s > 0 else 2.95), (0, 2.1), (2.4, 3.6), "#7a5a40")
    rug(b, -s * 0.6, 1.9, 0.9, 0.6, "#8a6a72")


def kitchen(b: Brush) -> None:
    s = b.rng.choice((-1, 1))
    r = shell(b, half=3.0, height=2.7, depth=3.8, walls=("#c9b98e", "#a8bba8", "#c2a58a", "#b9c2be"), floor=b.rng.choice(("#a08468", "#8f8a80")))
    paint_shell(b, r, boards=False)
    tile = scale(r.floor, 0.82)
    for k in range(-6, 7):
        for j in range(-4, 8):
            if (k + j) % 2:
                b.floor((k * 0.5, k * 0.5 + 0.5), (j * 0.5, j * 0.5 + 0.5), tile, y=0.002)
    b.wall((-3, 3), (0.9, 1.45), r.depth - 0.01, "#e2ddd0")
    for k in range(-14, 15):
        b.line((k * 0.21, 0.9, r.depth - 0.02), (k * 0.21, 1.45, r.depth - 0.02), 0.01, "#b8b2a4")
    window(b, (s * 0.5, 1.15, r.depth), (1.25, 1.05), curtains=None)
    unit = parse(b.rng.choice(("#6f8a86", "#8a9a78", "#b08a5a", "#c8c2b2")))
    b.layer = "mid"
    b.box3((-3, 3), (0, 0.86), (3.2, 3.8), unit)
    b.box3((-3, 3), (0.86, 0.92), (3.15, 3.8), "#d9cfba")
    for k in range(8):
        x = -2.6 + k * 0.72
        b.wall((x - 0.3, x + 0.3), (0.1, 0.78), 3.19, mix(unit, (255, 255, 255), 0.12))
        b.line((x + 0.2, 0.62, 3.17), (x + 0.2, 0.7, 3.17), 0.025, "#4a4038")
    x0, x1 = (-2.9, -0.5) if s > 0 else (0.5, 2.9)
    b.box3((x0, x1), (1.55, 2.25), (3.45, 3.8), unit)
    for k in range(4):
        w = (x1 - x0) / 4
        b.wall((x0 + w * k + 0.04, x0 + w * (k + 1) - 0.04), (1.6, 2.2), 3.44, mix(unit, (255, 255, 255), 0.12))
    b.box3((s * 2.2 - 0.35, s * 2.2 + 0.35), (0, 0.93), (3.12, 3.8), "#d8d6d0")
    b.wall((s * 2.2 - 0.26, s * 2.2 + 0.26), (0.25, 0.6), 3.1, "#26262a")
    for k in (-0.12, 0.16):
        b.card((s * 2.2 + k, 0.93, 3.4), [(-0.12, 0), (-0.13, 0.18), (0.13, 0.18), (0.12, 0)], b.rng.choice(("#b0523c", "#5a6a76", "#c89a4a")), smooth=False)
    for k in range(4):
        b.line((s * 2.5 - k * 0.24, 1.95, 3.7), (s * 2.5 - k * 0.24, 1.7, 3.7), 0.02, "#3a3430")
        b.ellipse((s * 2.5 - k * 0.24, 1.62, 3.7), 0.08, 0.1, b.rng.choice(("#b8683e", "#8a8a8c", "#3f4448")))
    table(b, -s * 1.5, 1.9, 1.3, 0.8, 0.76, "#a5764a")
    chair(b, -s * 2.3, 1.9, "#7a5236", turn=-s)
    b.card((-s * 1.5, 0.77, 2.2), [(-0.18, 0.08), (-0.1, 0), (0.1, 0), (0.18, 0.08)], "#d8cbb0", smooth=False)
    lamp(b, -s * 1.2, 2.0, 2.1, cord=0.7)


def office(b: Brush) -> None:
    s = b.rng.choice((-1, 1))
    r = shell(b, half=3.6, height=2.8, depth=4.6, walls=("#a5adb2", "#b5ab98", "#8f9a94"), floor="#5f666e")
    paint_shell(b, r, boards=False)
    for k in (-1.7, 0, 1.7):
        window(b, (k, 1.0, r.depth), (1.45, 1.4), urban=True, frame="#c8ccd0", bars=1)
        for j in range(5):
            b.line((k - 0.72, 2.36 - 0.09 * j, r.depth - 0.08), (k + 0.72, 2.36 - 0.09 * j, r.depth - 0.08), 0.03, "#d8d6cc", opacity=0.8)
    b.layer = "mid"
    for k in range(3):
        x = s * 3.1
        b.box3((x - 0.28, x + 0.28), (0.45 * k, 0.45 * k + 0.43), (3.8, 4.4), "#6a7278")
        b.line((x - 0.1, 0.45 * k + 0.25, 3.78), (x + 0.1, 0.45 * k + 0.25, 3.78), 0.03, "#c8ccd0")
    for x, z in ((-s * 1.75, 2.3), (s * 1.5, 3.2)):
        table(b, x, z, 1.5, 0.7, 0.74, "#8a6a48")
        b.box3((x - 0.02, x + 0.55), (0.95, 1.32), (z + 0.32, z + 0.36), "#24282e")
        b.wall((x + 0.02, x + 0.51), (0.98, 1.29), z + 0.31, (126, 186, 210), glow=True)
        b.wall((x + 0.22, x + 0.3), (0.74, 0.96), z + 0.33, "#24282e")
        b.box3((x - 0.6, x - 0.25), (0.74, 0.82), (z + 0.15, z + 0.45), "#e8e4d8")
        lamp(b, x - 0.58, 1.08, z + 0.45, size=0.14, colour="#3f6a54")
    b.box3((-s * 3.35 - 0.14, -s * 3.35 + 0.14), (0, 0.4), (3.9, 4.2), "#a5673f")
    for k in range(6):
        a = math.pi * (0.1 + 0.16 * k)
        b.line((-s * 3.35, 0.4, 4.0), (-s * 3.35 + math.cos(a) * 0.5, 0.4 + math.sin(a) * 0.8, 4.0), 0.07, "#4f7a4c")
    b.wall((-0.9, 0.9), (2.72, 2.78), 1.5, (244, 246, 240), glow=b.light.lamps_on)


def corridor(b: Brush) -> None:
    r = shell(b, half=1.45, height=2.7, depth=15.0, walls=("#9aa394", "#a3917c", "#8c97a3", "#a58a80"), floor="#6f655c")
    paint_shell(b, r, boards=False)
    b.floor((-0.65, 0.65), (FRONT, 15), b.rng.choice(("#8a4640", "#4a5f72", "#6a6a4a")), y=0.004)
    door(b, 0, r.depth, colour="#5f4a3c", width=1.3)
    b.glow((0, 1.9, r.depth - 0.2), 1.6, b.light.lamp, 0.5)
    wood = parse(b.rng.choice(("#7a5238", "#5c6a70", "#8a7258")))
    for k, z in enumerate((12.2, 9.4, 6.6, 3.8, 1.0)):
        for s in (-1, 1):
            if (k + (s > 0)) % 2 == 0:
                continue
            x = s * 1.44
            b.shape([(x, 0, z), (x, 0, z + 1.0), (x, 2.1, z + 1.0), (x, 2.1, z)], wood)
            b.shape([(x * 0.995, 0.2, z + 0.15), (x * 0.995, 0.2, z + 0.85), (x * 0.995, 1.9, z + 0.85), (x * 0.995, 1.9, z + 0.15)], scale(wood, 0.8))
    for s in (-1, 1):
        b.line((s * 1.44, 1.0, -4), (s * 1.44, 1.0, 15), 0.06, scale(r.wall, 0.6))
    b.layer = "mid"
    for z in (10.5, 7.0, 4.0, 1.6):
        b.glow((0, 2.5, z), 1.3, b.light.lamp, 0.42)
        b.ellipse((0, 2.6, z), 0.2, 0.09, (255, 240, 206), glow=True)


def stairwell(b: Brush) -> None:
    s = b.rng.choice((-1, 1))
    r = shell(b, half=2.6, height=6.0, depth=5.0, walls=("#a39a88", "#8d9690", "#a58f7a"), floor="#77706a")
    paint_shell(b, r, boards=False)
    window(b, (-s * 1.1, 2.9, r.depth), (1.0, 1.6))
    door(b, -s * 1.3, r.depth, colour="#5f4a3c")
    stone = parse("#8f877a")
    for k in range(14):
        x = s * (-0.5 + k * 0.24)
        b.box3((min(x, x + s * 0.26), max(x, x + s * 0.26)), (0, 0.18 * (k + 1)), (3.0, 4.6), mix(stone, (60, 52, 50), 0.05 * (k % 2)))
    b.layer = "mid"
    for k in range(14):
        x = s * (-0.5 + k * 0.24) + s * 0.13
        b.line((x, 0.18 * (k + 1), 3.0), (x, 0.18 * (k + 1) + 0.85, 3.0), 0.035, "#2c2a2c")
    b.line((s * -0.5, 1.05, 3.0), (s * 2.75, 3.5, 3.0), 0.08, "#5a3a26")
    b.line((s * -0.45, 0, 2.98), (s * -0.45, 1.25, 2.98), 0.12, "#5a3a26")
    b.ellipse((s * -0.45, 1.3, 2.97), 0.1, 0.1, "#6a462e")
    lamp(b, -s * 0.4, 3.4, 2.8, cord=2.5)


def hospital(b: Brush) -> None:
    s = b.rng.choice((-1, 1))
    r = shell(b, half=3.4, height=2.8, depth=4.4, walls=("#b8cac4", "#c4c9c2", "#aac0c4"), floor="#8fa09c")
    paint_shell(b, r, boards=False)
    b.wall((-r.half, r.half), (0, 1.1), r.depth - 0.012, scale(r.wall, 0.82))
    window(b, (-s * 1.7, 1.05, r.depth), (1.2, 1.25), frame="#e8ece8")
    b.wall((s * 0.2 - 0.12, s * 0.2 + 0.12), (1.7, 1.78), r.depth - 0.02, "#b0403a")
    b.wall((s * 0.2 - 0.04, s * 0.2 + 0.04), (1.62, 1.86), r.depth - 0.02, "#b0403a")
    b.layer = "mid"
    x = s * 1.7
    for k in (-0.45, 0.45):
        b.line((x + k, 0, 2.1), (x + k, 0.95, 2.1), 0.05, "#c8d0d0")
        b.line((x + k, 0, 4.0), (x + k, 1.25, 4.0), 0.05, "#c8d0d0")
    b.box3((x - 0.5, x + 0.5), (0.5, 0.68), (2.1, 4.0), "#eef0ea")
    b.box3((x - 0.52, x + 0.52), (0.52, 0.73), (2.1, 3.2), "#a9c4c8")
    b.card((x, 0.76, 3.6), [(-0.36, -0.08), (-0.34, 0.12), (0, 0.18), (0.34, 0.12), (0.36, -0.08)], "#f4f4ee")
    b.line((x - s * 0.85, 0, 3.4), (x - s * 0.85, 1.95, 3.4), 0.035, "#c8d0d0")
    b.card((x - s * 0.85, 1.55, 3.38), [(-0.11, 0), (-0.12, 0.36), (0.12, 0.36), (0.11, 0)], "#d4e6e8", smooth=False)
    b.box3((x - s * 0.85 - 0.25, x - s * 0.85 + 0.25), (1.02, 1.38), (3.7, 3.85), "#3a4448")
    b.wall((x - s * 0.85 - 0.2, x - s * 0.85 + 0.2), (1.07, 1.33), 3.69, (40, 70, 60), glow=True)
    pulse = [(-0.2, 0.0), (-0.06, 0.0), (-0.02, 0.09), (0.03, -0.06), (0.07, 0.0), (0.2, 0.0)]
    for first, last in pairwise(pulse):
        b.line((x - s * 0.85 + first[0], 1.2 + first[1], 3.68), (x - s * 0.85 + last[0], 1.2 + last[1], 3.68), 0.02, (120, 255, 180), glow=True)
    cloth = parse("#9fc0b8")
    for k in range(8):
        px = -s * 0.6 - s * 0.14 * k
        b.wall((min(px, px - s * 0.15), max(px, px - s * 0.15)), (0.35, 2.35), 4.1, cloth if k % 2 else scale(cloth, 0.86), opacity=0.94)
    b.line((-s * 0.5, 2.4, 4.1), (-s * 1.9, 2.4, 4.1), 0.03, "#c8d0d0")
    b.wall((-0.8, 0.8), (2.7, 2.77), 1.6, (246, 252, 248), glow=True)


def prison(b: Brush) -> None:
    s = b.rng.choice((-1, 1))
    r = shell(b, half=2.3, height=2.9, depth=3.5, walls=("#7f8486", "#8a8278", "#727c80"), floor="#5c5e60", ceiling="#6a6c6e")
    paint_shell(b, r, boards=False, skirting=False)
    for row in range(10):
        y = 0.29 * row
        b.line((-2.3, y, r.depth - 0.01), (2.3, y, r.depth - 0.01), 0.018, scale(r.wall, 0.75))
        for k in range(9):
            x = -2.3 + 0.58 * k + (0.29 if row % 2 else 0)
            b.line((x, y, r.depth - 0.01), (x, y + 0.29, r.depth - 0.01), 0.018, scale(r.wall, 0.75))
    window(b, (s * 0.35, 1.85, r.depth), (0.85, 0.6), bars=5, frame="#33363a")
    b.shape([(s * 0.35 - 0.4, 2.4, 3.4), (s * 0.35 + 0.4, 1.9, 3.4), (-s * 1.0 + 0.6, 0, 1.2), (-s * 1.0 - 0.7, 0, 1.2)], mix(b.light.sky_low, (255, 255, 255), 0.2), opacity=0.13, glow=True)
    b.layer = "mid"
    x = -s * 1.55
    b.box3((x - 0.7, x + 0.7), (0.42, 0.5), (2.5, 3.4), "#4a4e52")
    b.box3((x - 0.7, x + 0.7), (0.5, 0.62), (2.5, 3.4), "#8a8468")
    for k in (-0.65, 0.65):
        b.line((x + k, 0, 2.5), (x + k, 0.5, 2.5), 0.05, "#3a3e42")
    b.box3((s * 1.8 - 0.2, s * 1.8 + 0.2), (0, 0.42), (2.9, 3.3), "#a9aaa6")
    for k in range(6):
        px = s * 1.2 + (k % 5) * 0.06
        b.line((px, 1.3, 3.47), (px + (0.0 if k < 5 else -0.3), 1.46 if k < 5 else 1.32, 3.47), 0.012, "#d8d4c8")
    b.layer = "front"
    for k in range(-6, 7):
        if abs(k) > 3:
            b.line((k * 0.34, -1, -1.7), (k * 0.34, 4, -1.7), 0.05, "#15171a")


def cave(b: Brush) -> None:
    stone = parse(b.rng.choice(("#6b6660", "#5f6470", "#74655a")))
    b.fade(0, b.lens.height_px, scale(b.light.lit(stone, 3), 0.35), scale(b.light.lit(stone, 3), 0.5))
    side = b.rng.choice((-1, 1))
    mouth = [(side * 1.0 + math.cos(k * math.pi / 5) * 1.5 * b.rng.uniform(0.85, 1.15), 1.7 + math.sin(k * math.pi / 5) * 1.6 * b.rng.uniform(0.85, 1.1)) for k in range(10)]
    for k in range(4):
        z, grow = 9.0 - 1.6 * k, 1.35 + 0.55 * k
        inner = [((x - side) * grow + side * (1 - 0.2 * k), (y - 1.6) * grow + 1.6) for x, y in mouth]
        if k == 0:
            b.outside = True
            b.shape([(x, y, 10) for x, y in mouth], b.light.sky_low, smooth=True, glow=True)
            b.shape([(x, 0.2 + (y - 0.2) * 0.25, 9.9) for x, y in mouth if y < 2.4], "#6d7f68", smooth=True)
            b.outside = False
            b.glow((side, 1.8, 9.8), 5.5, b.light.sky_low, 0.5 if not b.light.night else 0.3)
        ring = [(-14.0, -1.0), (-14.0, 9.0), (14.0, 9.0), (14.0, -1.0)]
        tone = b.light.lit(scale(stone, 0.95 - 0.15 * k), z)
        outer, hole = b.lens.outline([(x, y, z) for x, y in ring]), b.lens.outline([(x, y, z) for x, y in inner])
        if len(outer) > 2 and len(hole) > 2:
            b.put(f'<path fill-rule="evenodd" d="{straight_path(outer)}{smooth_path(hole)}" fill="{css(tone)}"/>')
    b.floor((-14, 14), (FRONT, 9.6), scale(stone, 0.7))
    b.shape([(side - 1.4, 0.01, 9.4), (side + 1.4, 0.01, 9.4), (side * 0.2 + 1.0, 0.01, 2), (side * 0.2 - 1.2, 0.01, 2)], b.light.sky_low, opacity=0.2, glow=True)
    b.layer = "mid"
    for _ in range(9):
        x, z, h = b.rng.uniform(-5, 5), b.rng.uniform(2.5, 7), b.rng.uniform(0.6, 2.0)
        b.shape([(x - 0.22, 5.6, z), (x + 0.22, 5.6, z), (x, 5.4 - h, z)], scale(stone, 0.55))
    for _ in range(8):
        x, z, h = b.rng.choice((-1, 1)) * b.rng.uniform(1.6, 5), b.rng.uniform(1.5, 6), b.rng.uniform(0.3, 1.3)
        b.shape([(x - 0.4, 0, z), (x - 0.1, h, z), (x + 0.08, h * 0.9, z), (x + 0.42, 0, z)], scale(stone, 0.8))
        b.shape([(x + side * 0.02, h * 0.9, z - 0.01), (x + side * 0.42, 0, z - 0.01), (x + side * 0.1, 0, z - 0.01)], mix(stone, b.light.rim, 0.25))
    b.puddle(-side * 1.4, 2.4, 1.3, 0.5, mix(b.light.sky_low, (60, 80, 90), 0.6), opacity=0.6)
    b.layer = "front"
    b.shape([(-side * 1.2, 6, -1.8), (-side * 1.7, 1.2, -1.8), (-side * 1.4, -1, -1.8), (-side * 6, -1, -1.8), (-side * 6, 6, -1.8)], (14, 13, 18), smooth=False, glow=True)


def lantern_room(b: Brush) -> None:
    """The top of a lighthouse, from within: panes all round, the great lens in the middle."""
    light = b.light
    lit = light.lamps_on and "unlit" not in b.hints
    b.fade(0, b.lens.height_px * 0.6, light.sky_top, light.sky_low)
    b.outside = True
    b.wall((-90, 90), (-60, 0.8), 90, "#3a6a7c")
    for _ in range(26):
        x, y = b.rng.uniform(-40, 40), b.rng.uniform(-14, 0.2)
        b.wall((x, x + b.rng.uniform(1, 4)), (y, y + 0.14), 89, mix(light.sky_low, (255, 255, 255), 0.2), opacity=0.5)
    b.outside = False
    iron = parse(b.rng.choice(("#3a4a48", "#5a3a34", "#2f3a4a")))
    for z, half in ((4.2, 1.6), (3.2, 3.0)):
        for s in (-1, 0, 1):
            x = s * half
            b.line((x, 0, z), (x, 4, z), 0.1, iron)
    for y in (0.95, 2.1, 3.3):
        b.line((-3.0, y, 3.2), (-1.6, y, 4.2), 0.07, iron)
        b.line((-1.6, y, 4.2), (1.6, y, 4.2), 0.07, iron)
        b.line((1.6, y, 4.2), (3.0, y, 3.2), 0.07, iron)
        for s in (-1, 1):
            b.line((s * 3.0, y, 3.2), (s * 4.2, y, -4), 0.07, iron)
    b.shape([(-4.2, 0, -4), (-3.0, 0, 3.2), (-1.6, 0, 4.2), (1.6, 0, 4.2), (3.0, 0, 3.2), (4.2, 0, -4), (4.2, 0.92, -4), (3.0, 0.92, 3.2), (1.6, 0.92, 4.2), (-1.6, 0.92, 4.2), (-3.0, 0.92, 3.2), (-4.2, 0.92, -4)], "#d8cfbc")
    b.shape([(-4.4, 0, -8), (-3.0, 0, 3.2), (-1.6, 0, 4.2), (1.6, 0, 4.2), (3.0, 0, 3.2), (4.4, 0, -8)], "#7a5c44")
    b.shape([(-5, 4.6, -6), (-3.0, 3.5, 3.2), (-1.6, 3.5, 4.2), (1.6, 3.5, 4.2), (3.0, 3.5, 3.2), (5, 4.6, -6)], scale(iron, 0.8))
    b.layer = "mid"
    s = b.rng.choice((-1, 1))
    x = s * 1.5
    b.box3((x - 0.45, x + 0.45), (0, 0.9), (2.2, 3.0), iron)
    b.wall((x - 0.5, x + 0.5), (0.88, 0.97), 2.15, "#b08a4a")
    if lit:
        b.glow((x, 1.8, 2.3), 2.8, (255, 226, 160), 0.85)
    for k in range(9):
        y = 1.0 + k * 0.18
        half = 0.46 * math.sin(math.pi * (k + 1.2) / 10.4) + 0.1
        b.shape([(x - half, y, 2.3), (x + half, y, 2.3), (x + half * 0.94, y + 0.15, 2.3), (x - half * 0.94, y + 0.15, 2.3)], (255, 236, 186) if lit else "#a9c4c4", glow=lit, opacity=0.92)
        b.line((x - half, y, 2.29), (x + half, y, 2.29), 0.025, "#8a6a3a")
    b.ellipse((x, 1.82, 2.28), 0.17, 0.26, (255, 252, 236), glow=lit)
    b.card((x, 2.66, 2.3), [(-0.4, 0), (0, 0.34), (0.4, 0)], "#b08a4a", smooth=False)
