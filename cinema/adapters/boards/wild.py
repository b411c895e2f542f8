# ruff: noqa: E501
# fmt: off
# (drawings are tables of coordinates: one shape a line reads best)
"""Places away from people: forest, field, mountain, beach, desert, road, space."""

from __future__ import annotations

import math

from cinema.adapters.boards.brush import Brush
from cinema.adapters.boards.growth import bush, conifer, grass, hull, leafy, rock, shadow, trunk
from cinema.adapters.boards.palette import css, mix, parse, scale
from cinema.adapters.boards.sky import ground_colour, paint_ground, paint_sky, paint_water, ridge

GREENS = ("#5f8a4a", "#6d8f46", "#4d7f55", "#7b9148")

def forest(b: Brush) -> None:
    paint_sky(b)
    green = parse(b.rng.choice(GREENS))
    for z, height in ((70, 20), (45, 17)):
        ridge(b, z, height * 0.5, height * 0.5, scale(green, 0.8), rough=0.4, steps=30)
    paint_ground(b, ground_colour(b, "#5d6a3c"), far="#6f7d4c")
    conifers = b.rng.random() < 0.6
    for z in (30, 22, 16, 12):
        for _ in range(7):
            x = b.rng.uniform(-1.1, 1.1) * z
            if conifers:
                conifer(b, x, z, b.rng.uniform(8, 14), scale(green, 0.78))
            else:
                leafy(b, x, z, b.rng.uniform(8, 12), green)
        if z == 16:
            b.layer = "mid"
    for side in (-1, 1):
        for k in range(3):
            trunk(b, side * b.rng.uniform(2.2, 3.4) + side * k * 1.7, 8 - k * 2.2, b.rng.uniform(0.22, 0.4), b.rng.choice(("#5a463a", "#4e4038", "#665042")))
    for _ in range(8):
        bush(b, b.rng.choice((-1, 1)) * b.rng.uniform(1.8, 6), b.rng.uniform(2, 8), b.rng.uniform(0.3, 0.7), scale(green, 0.85))
    b.puddle(0, 1.5, 1.6, 4, ground_colour(b, "#8a7a54"), opacity=0.4)
    b.layer = "front"
    trunk(b, b.rng.choice((-1, 1)) * 1.75, -2.4, 0.2, "#2c2622")
    grass(b, -4, 4, -1.6, 0.32, scale(green, 0.4), count=60)


def field(b: Brush) -> None:
    paint_sky(b)
    green = parse(b.rng.choice((*GREENS, "#b79a4a", "#c2a658")))
    ridge(b, 400, 22, 22, mix(green, (90, 110, 130), 0.5))
    ridge(b, 190, 6, 9, mix(green, (80, 100, 90), 0.3))
    paint_ground(b, ground_colour(b, css(green)), far="#9aa860")
    for k in range(9):
        x = (k - 4) * 2.1 + b.rng.uniform(-0.3, 0.3)
        b.shape([(x * 1.0, 0, 0.5), (x + 0.5, 0, 0.5), (x * 6 + 1.2, 0, 90), (x * 6, 0, 90)], scale(green, 0.8), opacity=0.35)
    b.layer = "mid"
    leafy(b, b.rng.choice((-1, 1)) * b.rng.uniform(4, 7), 14, 7.5, "#56763e", bare=b.light.weather == "snow")
    for _ in range(4):
        bush(b, b.rng.uniform(-16, 16), 26, 1.0, "#5c7a44")
    for k in range(5):
        grass(b, -9, 9, 7 - k * 1.4, 0.34, scale(green, 0.86 + 0.05 * k), count=90)
    b.layer = "front"
    grass(b, -4, 4, -1.2, 0.5, scale(green, 0.5), count=70)


def mountain(b: Brush) -> None:
    paint_sky(b)
    stone = parse(b.rng.choice(("#6f7686", "#75707a", "#66727a")))
    for z, height, count in ((620, 230, 4), (380, 150, 4)):
        for k in range(count):
            x, top = (k - count / 2 + b.rng.uniform(0.1, 0.9)) * z * 0.55, height * b.rng.uniform(0.6, 1.15)
            half = top * b.rng.uniform(0.8, 1.1)
            peak = (x, top, z)
            b.shape([(x - half, -9, z), (x - half * 0.45, top * 0.5, z), peak, (x + half * 0.4, top * 0.55, z), (x + half, -9, z)], stone)
            s = b.light.side
            b.shape([peak, (x + s * half * 0.42, top * 0.54, z), (x + s * half, -9, z), (x + s * half * 0.2, -9, z), (x - s * half * 0.06, top * 0.5, z)], mix(stone, b.light.rim, 0.3))
            cap: list[tuple[float, float, float]] = [(x - half * 0.24, top * 0.72, z), peak, (x + half * 0.22, top * 0.75, z), (x + half * 0.08, top * 0.66, z), (x, top * 0.74, z), (x - half * 0.1, top * 0.64, z)]
            b.shape(cap, "#f2f5fa")
    ridge(b, 160, 4, 14, "#4c6450")
    paint_ground(b, ground_colour(b, "#76786a"), far="#66765c")
    b.layer = "mid"
    for _ in range(12):
        conifer(b, b.rng.uniform(-1, 1) * 34, b.rng.uniform(24, 40), b.rng.uniform(4, 7), "#40604a")
    for _ in range(9):
        rock(b, b.rng.choice((-1, 1)) * b.rng.uniform(2, 9), b.rng.uniform(2.5, 12), b.rng.uniform(0.8, 2.6), b.rng.uniform(0.5, 1.8), stone)
    b.layer = "front"
    rock(b, b.rng.choice((-1, 1)) * 2.1, -1.9, 1.8, 0.75, scale(stone, 0.4))


def beach(b: Brush) -> None:
    paint_sky(b)
    paint_water(b, "#3f8296", z_near=9)
    side = b.rng.choice((-1, 1))
    b.shape([(side * 60.0, -1, 160), (side * 90.0, 14, 160), (side * 400.0, 30, 160), (side * 400.0, -1, 160)], "#6f7a68", smooth=False)
    sand = ground_colour(b, b.rng.choice(("#d8bf8e", "#cdb48a", "#e0c99c")))
    b.layer = "mid"
    shore: list[tuple[float, float, float]] = [(-40.0 + k * 8, 0.0, 7.5 + 1.2 * math.sin(k * 1.3 + b.rng.random())) for k in range(11)]
    b.shape([*[(x, y, z + 0.55) for x, y, z in shore], (60, 0, -6), (-60, 0, -6)], "#f2f4ee", smooth=False)
    b.shape([*shore, (60, 0, -6), (-60, 0, -6)], scale(parse(sand), 0.8))
    b.shape([*[(x, y, z - 0.9) for x, y, z in shore], (60, 0, -6), (-60, 0, -6)], sand)
    hull(b, -side * b.rng.uniform(3.2, 4.4), 5, 3.2, b.rng.choice(("#a34334", "#3e6a86", "#5a7a4a")), sail=False)
    for _ in range(8):
        b.puddle(b.rng.uniform(-6, 6), b.rng.uniform(0.5, 4.5), 0.7, 0.18, scale(parse(sand), 0.9), opacity=0.6)
    for _ in range(3):
        rock(b, side * b.rng.uniform(3, 7), b.rng.uniform(3, 6), 1.1, 0.6, "#7a746c")
    b.layer = "front"
    grass(b, side * 1.2, side * 4.5, -1.3, 0.6, "#5c6238", count=26)


def desert(b: Brush) -> None:
    paint_sky(b)
    sand = parse(b.rng.choice(("#d9a866", "#cf9a5e", "#e0b878")))
    rust = parse("#b06a48")
    for _ in range(3):
        x, w, h = b.rng.uniform(-250, 250), b.rng.uniform(50, 110), b.rng.uniform(28, 60)
        b.shape([(x - w, -2, 420), (x - w * 0.7, h, 420), (x + w * 0.6, h * 0.96, 420), (x + w, -2, 420)], rust)
    paint_ground(b, sand, far=mix(sand, (255, 220, 170), 0.3))
    for z, lift in ((130, 7), (60, 3.4), (28, 1.6)):
        ridge(b, z, 0, lift, mix(sand, rust, 0.12), rough=0.9, steps=7)
        x = b.rng.uniform(-0.7, 0.7) * z
        s = b.light.side
        b.shape([(x, lift * 1.5, z - 0.1), (x + s * z * 0.5, 0, z - 0.1), (x + s * z * 0.05, 0, z - 0.1)], mix(sand, b.light.rim, 0.35), opacity=0.7, smooth=False)
    b.layer = "mid"
    for k in range(7):
        b.puddle(b.rng.uniform(-7, 7), 1.0 + k * 1.1, 2.4, 0.14, scale(sand, 0.86), opacity=0.7)
    for _ in range(2):
        x, z = b.rng.choice((-1, 1)) * b.rng.uniform(3, 7), b.rng.uniform(6, 11)
        shadow(b, x, z, 0.7)
        b.line((x, 0.1, z), (x, 2.6, z), 0.42, "#5c7a4a")
        for side, low in ((-1, 1.0), (1, 1.4)):
            b.line((x, low, z), (x + side * 0.65, low + 0.1, z), 0.28, "#5c7a4a")
            b.line((x + side * 0.65, low + 0.1, z), (x + side * 0.65, low + 0.85, z), 0.28, "#688854")
    for _ in range(4):
        rock(b, b.rng.uniform(-7, 7), b.rng.uniform(2, 8), 0.8, 0.4, rust)
    b.layer = "front"
    rock(b, b.rng.choice((-1, 1)) * 1.9, -1.7, 1.2, 0.4, scale(rust, 0.4))


def road(b: Brush) -> None:
    paint_sky(b)
    green = parse(b.rng.choice((*GREENS, "#b79a52")))
    ridge(b, 350, 14, 26, mix(green, (90, 110, 130), 0.5))
    paint_ground(b, ground_colour(b, css(green)), far="#98a068")
    tar = "#55555a" if b.light.weather != "snow" else "#9a9ca4"
    turn = b.rng.uniform(-18, 18)
    b.shape([(-3.4, 0, -8), (-3.2, 0, 10), (turn * 0.2 - 3, 0, 50), (turn - 2, 0, 160), (turn + 3, 0, 160), (turn * 0.2 + 3, 0, 50), (3.2, 0, 10), (3.4, 0, -8)], tar)
    for k in range(14):
        z = -1.0 + k * 4.2
        shift = turn * 0.2 * max(0.0, (z - 10) / 40)
        b.shape([(shift - 0.08, 0.01, z), (shift + 0.08, 0.01, z), (shift + 0.08, 0.01, z + 1.9), (shift - 0.08, 0.01, z + 1.9)], "#e8dfc0")
    for side in (-1, 1):
        b.line((side * 3.0, 0.01, -2), (side * 3.0, 0.01, 12), 0.1, "#e4e0d4", opacity=0.8)
    b.layer = "mid"
    pole = b.rng.choice((-1, 1))
    for k in range(6):
        x, z = pole * 4.6 + turn * 0.2 * max(0, k - 2) * 0.7, 7 + 12 * k
        b.line((x, 0, z), (x, 7, z), 0.17, "#4a3c34")
        b.line((x - 0.9, 6.4, z), (x + 0.9, 6.4, z), 0.12, "#4a3c34")
        if k:
            b.line((x - 0.8, 6.4, z), (pole * 4.6 + turn * 0.2 * max(0, k - 3) * 0.7 - 0.8, 6.4, z - 12), 0.03, "#33302e")
    for k in range(4):
        leafy(b, -pole * b.rng.uniform(7, 16), 14 + 12 * k, b.rng.uniform(5, 8), scale(green, 0.75), bare=b.light.weather == "snow")
    for side in (-1, 1):
        grass(b, side * 3.6, side * 10, 3, 0.3, scale(green, 0.9), count=40)
    b.layer = "front"
    grass(b, pole * 1.4, pole * 4, -1.5, 0.4, scale(green, 0.45), count=30)


def space(b: Brush) -> None:
    """The void over a grey world, whatever the hour: stars, a planet, its ring."""
    height, width = b.lens.height_px, b.lens.width_px
    b.fade(-height * 0.2, height * 1.1, (6, 8, 22), (30, 24, 58))
    hue = b.rng.choice(((70, 60, 140), (130, 50, 110), (40, 90, 130)))
    for _ in range(4):
        b.halo(b.rng.uniform(0, width), b.rng.uniform(0, height * 0.7), height * b.rng.uniform(0.3, 0.6), hue, 0.3)
    parts: list[str] = []
    for _ in range(170):
        x, y = b.rng.uniform(-0.2, 1.2) * width, b.rng.uniform(-0.2, 1.1) * height
        parts.append(f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{b.rng.choice((0.7, 0.9, 1.4)) * height / 640:.2f}" fill="#eef" fill-opacity="{b.rng.uniform(0.3, 1):.2f}"/>')
    b.put("".join(parts))
    side = b.light.side
    x, y, r = width * (0.5 - 0.24 * side), b.horizon_row - height * 0.3, height * 0.17
    tone = b.rng.choice(((196, 122, 84), (96, 140, 170), (170, 150, 110)))
    b.halo(x, y, r * 1.7, tone, 0.5)
    b.put(f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{r:.0f}" fill="{css(tone)}"/>')
    b.put(f'<path d="M{x - r:.0f} {y - r * 0.2:.0f}Q{x:.0f} {y + r * 0.1:.0f} {x + r * 0.98:.0f} {y - r * 0.15:.0f}L{x + r:.0f} {y + r * 0.05:.0f}Q{x:.0f} {y + r * 0.34:.0f} {x - r * 0.98:.0f} {y + r * 0.06:.0f}Z" fill="#fff" fill-opacity=".16"/>')
    b.put(f'<path d="M{x - side * r * 0.2:.0f} {y - r:.0f}A{r:.0f} {r:.0f} 0 0 {1 if side < 0 else 0} {x - side * r * 0.2:.0f} {y + r:.0f}A{r * 1.5:.0f} {r * 1.5:.0f} 0 0 {0 if side < 0 else 1} {x - side * r * 0.2:.0f} {y - r:.0f}Z" fill="#04050f" fill-opacity=".6"/>')
    b.put(f'<ellipse cx="{x:.0f}" cy="{y:.0f}" rx="{r * 1.8:.0f}" ry="{r * 0.3:.0f}" transform="rotate(-14 {x:.0f} {y:.0f})" fill="none" stroke="#e8d8b8" stroke-opacity=".6" stroke-width="{r * 0.09:.1f}"/>')
    b.layer = "mid"
    dust = parse(b.rng.choice(("#7a7886", "#86726a", "#6c7484")))
    b.shape([(-400.0, 0, 120), (400.0, 0, 120), (400.0, 0, -8), (-400.0, 0, -8)], dust)
    ridge(b, 100, 0, 8, scale(dust, 0.7), rough=0.9, steps=12, smooth=False)
    for _ in range(9):
        x, z, r2 = b.rng.uniform(-12, 12), b.rng.uniform(2, 26), b.rng.uniform(0.5, 2)
        b.puddle(x, z, r2, r2 * 0.5, scale(dust, 0.6))
        b.puddle(x, z - r2 * 0.12, r2 * 0.9, r2 * 0.4, scale(dust, 0.86))
    for _ in range(6):
        rock(b, b.rng.choice((-1, 1)) * b.rng.uniform(2, 8), b.rng.uniform(2, 9), 1.2, 0.8, scale(dust, 0.8))
    b.layer = "front"
    rock(b, -side * 2.0, -1.8, 1.6, 0.6, scale(dust, 0.3))
