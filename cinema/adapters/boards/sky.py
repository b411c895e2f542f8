# ruff: noqa: E501
# (SVG markup is kept in one piece)
"""The sky: gradient, sun or moon, stars, clouds; and the far ground below it."""

from __future__ import annotations

import math

from cinema.adapters.boards.brush import Brush, Flat, smooth_path
from cinema.adapters.boards.chance import chance
from cinema.adapters.boards.palette import Colour, css, mix, parse, scale

FAR_M = 900.0
SNOW = "#e6eaf0"


def ground_colour(b: Brush, colour: str) -> str:
    """The ground's own colour, or snow upon it."""
    return SNOW if b.light.weather == "snow" else colour


def paint_sky(b: Brush) -> None:
    """Everything above the horizon that no setting owns."""
    light = b.light
    top, bottom = b.horizon_row - b.lens.height_px * 0.85, b.horizon_row + 4
    b.fade(top, bottom, light.sky_top, light.sky_low)
    rng = chance("sky", b.seed, light.time_of_day)
    clear = light.weather in ("clear", "wind", "cloudy")
    if light.night and clear:
        _stars(b, 90 if light.weather == "clear" else 30)
    if clear or light.weather == "snow":
        _sun(b, clear)
    elif light.night and light.weather != "fog":
        _hidden_moon(b)
    _clouds(b, rng.randrange(1 << 30))


def _stars(b: Brush, count: int) -> None:
    rng = chance("stars", b.seed)
    width, height = b.lens.width_px, b.lens.height_px
    parts: list[str] = []
    for _ in range(count):
        x, y = rng.uniform(-0.3, 1.3) * width, b.horizon_row - rng.random() ** 1.4 * height * 1.1 - 0.06 * height
        size = rng.choice((0.7, 0.7, 1.0, 1.4)) * height / 600
        parts.append(
            f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{size:.2f}" fill="#eef2ff" fill-opacity="{rng.uniform(0.3, 0.95):.2f}"/>'
        )
    b.put("".join(parts))


def sun_spot(b: Brush) -> tuple[float, float, float]:
    """Where the sun or moon stands in the picture, and its radius, in pixels."""
    heights = {"dawn": 0.03, "morning": 0.22, "day": 0.46, "afternoon": 0.26, "dusk": 0.02, "night": 0.36}
    height = b.lens.height_px
    row = b.horizon_row - heights[b.light.time_of_day] * height
    row = max(row, 0.12 * height) if b.horizon_row > 0.2 * height else row
    column = b.lens.width_px * (0.5 + 0.27 * b.light.side)
    return column, row, height * (0.045 if b.light.night else 0.055)


def _sun(b: Brush, clear: bool) -> None:
    column, row, radius = sun_spot(b)
    light = b.light
    if light.night:
        disc: Colour = (232, 238, 250)
        b.halo(column, row, radius * 6, (150, 180, 230), 0.35)
    else:
        low = light.time_of_day in ("dawn", "dusk")
        disc = (255, 236, 196) if not low else (255, 214, 150)
        b.halo(column, row, radius * (11 if low else 8), (255, 206, 140) if low else (255, 246, 214), 0.6 if clear else 0.3)
    faint = 1.0 if light.weather in ("clear", "wind") else 0.45
    r, g, bl = (round(part) for part in disc)
    b.put(f'<circle cx="{column:.0f}" cy="{row:.0f}" r="{radius:.0f}" fill="rgb({r},{g},{bl})" fill-opacity="{faint}"/>')
    if light.night:
        b.put(
            f'<circle cx="{column - radius * 0.25:.0f}" cy="{row - radius * 0.2:.0f}" r="{radius * 0.2:.0f}" fill="#aebbd4" fill-opacity=".5"/>'
        )


def _hidden_moon(b: Brush) -> None:
    """A moon behind rain clouds: a pale break in them, so that land and water stand against something."""
    column, row, radius = sun_spot(b)
    height = b.lens.height_px
    b.halo(column, row, radius * 11, (158, 184, 228), 0.5)
    b.halo(column, b.horizon_row - 0.06 * height, height * 0.55, (150, 176, 220), 0.3)


def _clouds(b: Brush, seed: int) -> None:
    light = b.light
    count = {"clear": 4, "cloudy": 11, "rain": 10, "storm": 12, "snow": 9, "fog": 0, "wind": 7}[light.weather]
    rng = chance("clouds", seed)
    width, height = b.lens.width_px, b.lens.height_px
    dark = light.weather in ("rain", "storm")
    for index in range(count):
        span = rng.uniform(0.2, 0.5) * height * (1.4 if light.weather == "wind" else 1)
        x, near = rng.uniform(-0.1, 1.1) * width, (index + 1) / count
        y = b.horizon_row - height * (0.1 + 0.62 * near * rng.uniform(0.75, 1.1))
        thick = span * (0.16 if light.weather in ("clear", "wind") else 0.26)
        body = mix(light.sky_low, light.sky_top, 0.35 + 0.3 * near)
        body = scale(body, 0.8 if dark else 0.98)
        crown = mix(body, light.rim if not dark else light.sky_low, 0.5 if not light.night else 0.18)
        points: list[Flat] = []
        for step in range(7):
            angle = math.pi * (1 + step / 6)
            points.append(
                (x + math.cos(angle) * span * rng.uniform(0.85, 1.1), y + math.sin(angle) * thick * rng.uniform(0.6, 1.4))
            )
        points.append((x, y + thick * 0.16))
        lift = thick * 0.22
        b.put(
            f'<path d="{smooth_path([(px + b.light.side * lift, py - lift) for px, py in points])}" fill="{css(crown)}" fill-opacity=".75"/>'
        )
        b.put(f'<path d="{smooth_path(points)}" fill="{css(body)}" fill-opacity=".85"/>')


def paint_ground(b: Brush, colour: Colour | str, *, far: Colour | str | None = None) -> None:
    """Level ground from the camera to the horizon, going into haze."""
    local = parse(colour) if isinstance(colour, str) else colour
    horizon = parse(far) if isinstance(far, str) else far or local
    light, row, height = b.light, b.horizon_row, b.lens.height_px
    if row > b.box[3]:
        return
    near = light.lit(local, b.lens.distance_m, outside=b.outside)
    distant = mix(light.lit(horizon, 60, outside=b.outside), light.haze, 0.3)
    b.fade(row, max(row + 10, min(height * 1.05, row + height * 0.55)), distant, near, (1.0, 1.0)) if row <= b.box[
        1
    ] else _below(b, row, distant, near)


def _below(b: Brush, row: float, distant: Colour, near: Colour) -> None:
    left, _, right, bottom = b.box
    name = f"f{len(b.gradients)}"
    b.gradients[name] = (
        f'<linearGradient id="{name}" gradientUnits="userSpaceOnUse" x1="0" x2="0" y1="{row:.0f}" y2="{row + b.lens.height_px * 0.5:.0f}">'
        f'<stop offset="0" stop-color="{css(distant)}"/><stop offset="1" stop-color="{css(near)}"/></linearGradient>'
    )
    b.put(
        f'<rect x="{left:.0f}" y="{row:.0f}" width="{right - left:.0f}" height="{max(1.0, bottom - row):.0f}" fill="url(#{name})"/>'
    )


def ridge(
    b: Brush,
    z: float,
    base: float,
    height: float,
    colour: Colour | str,
    *,
    rough: float = 0.5,
    steps: int = 16,
    smooth: bool = True,
) -> None:
    """A line of hills across the whole picture at a distance."""
    half = z * 1.5 * max(1.0, b.lens.width_px / b.lens.height_px)
    points = [(b.lens.x_m - half, -z * 0.02)]
    for step in range(steps + 1):
        x = -half + 2 * half * step / steps
        points.append((b.lens.x_m + x, base + height * (1 - rough + rough * 2 * b.rng.random())))
    points.append((b.lens.x_m + half, -z * 0.02))
    b.shape([(x, y, z) for x, y in points], colour, smooth=smooth)


def paint_water(b: Brush, colour: str, *, z_near: float, bright: float = 0.5, depth_m: float = 0.0) -> None:
    """Water to the horizon, `depth_m` below the ground: waves that catch the sky, and the light's own path upon it."""
    light = b.light
    tone = mix(parse(colour), light.sky_top, 0.4)
    paint_ground(b, tone, far=mix(tone, light.sky_low, 0.5))
    for k in range(26):
        z = z_near * 1.28**k * b.rng.uniform(0.9, 1.1)
        if z > 500:
            break
        for _ in range(3):
            x, w = b.rng.uniform(-1.1, 1.1) * (z + 4), (0.35 + z * 0.06) * b.rng.uniform(0.6, 1.6)
            crest = [
                (x - w, -depth_m, z),
                (x, 0.02 - depth_m, z + z * 0.015),
                (x + w, -depth_m, z),
                (x, -depth_m, z - z * 0.012),
            ]
            b.shape(crest, mix(tone, light.sky_low, bright), opacity=0.6)
    _glints(b)


def _glints(b: Brush) -> None:
    """Sparks on the water below the sun or moon, more and shorter towards the horizon."""
    light = b.light
    if light.weather in ("fog", "snow") or not (light.night or light.time_of_day in ("dawn", "dusk", "afternoon", "morning")):
        return
    column, row, height = sun_spot(b)[0], b.horizon_row, b.lens.height_px
    rng = chance("glints", b.seed)
    cloudy = light.weather in ("rain", "storm", "cloudy")
    colour = css(mix(light.rim, (255, 255, 255), 0.25))
    parts: list[str] = []
    for _ in range(60):
        down = rng.random() ** 1.5
        spread = height * (0.05 + 0.22 * down)
        x, y = column + rng.gauss(0, 0.6) * spread, row + height * (0.006 + 0.42 * down)
        half, thick = height * (0.006 + 0.035 * down) * rng.uniform(0.5, 1.4), height * (0.0012 + 0.0034 * down)
        fade = rng.uniform(0.25, 0.8) * (0.55 if cloudy else 1.0) * (1 - 0.6 * down)
        parts.append(
            f'<ellipse cx="{x:.0f}" cy="{y:.0f}" rx="{half:.1f}" ry="{thick:.2f}" fill="{colour}" fill-opacity="{fade:.2f}"/>'
        )
    b.put("".join(parts))
