# pyright: reportUnknownMemberType=false
# (cv2's stubs leave the element types of arrays open)
"""What falls or flies in the air before the lens. All of it is light laid on by addition, from tiles that repeat."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from cinema.adapters.boards.chance import chance
from cinema.adapters.boards.paper import Pixels
from cinema.plan.staging import Weather


@dataclass(frozen=True, kw_only=True)
class Veil:
    """A tile of particles and the speed at which it crosses the picture, in picture heights a second."""

    tile: Pixels
    right: float
    down: float


def _rain(size_px: tuple[int, int], seed: int, *, near: bool, storm: bool) -> Veil:
    width, height = size_px
    tile = np.zeros((height, width, 3), np.uint8)
    rng = chance("rain", seed, near)
    slant = -0.34 if storm else -0.12
    for _ in range((60 if near else 150) * (3 if storm else 2) // 2):
        x, y = rng.uniform(0, width), rng.uniform(0, height)
        length = height * (rng.uniform(0.06, 0.11) if near else rng.uniform(0.025, 0.05))
        tone = round(rng.uniform(46, 70) if near else rng.uniform(24, 44))
        colour = (tone, round(tone * 0.94), round(tone * 0.86))
        thick = max(1, round(height / 480)) if near else max(1, round(height / 900))
        for dy in (-height, 0):
            for dx in (0, width):
                start = (int(x + dx), int(y + dy))
                cv2.line(tile, start, (int(x + dx + slant * length), int(y + dy + length)), colour, thick, cv2.LINE_AA)
    speed = 2.6 if near else 1.7
    return Veil(tile=tile, right=slant * speed, down=speed)


def _flakes(size_px: tuple[int, int], seed: int, *, near: bool) -> Veil:
    width, height = size_px
    tile = np.zeros((height, width, 3), np.uint8)
    rng = chance("snow", seed, near)
    margin = height // 40
    for _ in range(46 if near else 190):
        x, y = rng.uniform(margin, width - margin), rng.uniform(margin, height - margin)
        radius = height * (rng.uniform(0.004, 0.0085) if near else rng.uniform(0.0015, 0.003))
        tone = rng.uniform(120, 170) if near else rng.uniform(110, 190)
        cv2.circle(tile, (int(x * 16), int(y * 16)), max(16, int(radius * 16)), (tone, tone, tone), -1, cv2.LINE_AA, 4)
    if near:
        tile = np.asarray(cv2.blur(tile, (3, 3)), np.uint8)
    return Veil(tile=tile, right=0.05 if near else -0.03, down=0.3 if near else 0.14)


def _mist(size_px: tuple[int, int], seed: int, *, level: float) -> Veil:
    width, height = size_px
    rng = np.random.Generator(np.random.PCG64(seed))
    small = rng.random((4, 6)).astype(np.float32)
    small = np.concatenate([small, small[:, :1]], axis=1)
    soft = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    rows = np.linspace(0.25, 1.0, height, dtype=np.float32)[:, None]
    tone = np.clip(soft * rows * level, 0, 255).astype(np.uint8)
    return Veil(tile=np.asarray(cv2.cvtColor(tone, cv2.COLOR_GRAY2BGR), np.uint8), right=0.05, down=0.0)


def _gusts(size_px: tuple[int, int], seed: int) -> Veil:
    width, height = size_px
    tile = np.zeros((height, width, 3), np.uint8)
    rng = chance("wind", seed)
    for _ in range(16):
        x, y = rng.uniform(0.05, 0.8) * width, rng.uniform(0.15, 0.9) * height
        length = rng.uniform(0.04, 0.16) * height
        points = np.array([[x + k * length / 6, y + np.sin(k * 0.9 + x) * height * 0.006] for k in range(7)], np.int32)
        cv2.polylines(tile, [points], False, (26, 28, 30), max(1, height // 500), cv2.LINE_AA)
    for _ in range(12):
        x, y, r = rng.uniform(0.05, 0.95) * width, rng.uniform(0.3, 0.95) * height, height * rng.uniform(0.004, 0.008)
        cv2.ellipse(
            tile,
            (int(x), int(y)),
            (max(2, int(r * 1.8)), max(1, int(r))),
            rng.uniform(-40, 40),
            0,
            360,
            (30, 74, 110),
            -1,
            cv2.LINE_AA,
        )
    return Veil(tile=tile, right=0.75, down=0.05)


def veils(weather: Weather, size_px: tuple[int, int], seed: int) -> tuple[Veil, ...]:
    """The layers of weather of an exterior, the far one first."""
    if weather in ("rain", "storm"):
        storm = weather == "storm"
        return (_rain(size_px, seed, near=False, storm=storm), _rain(size_px, seed, near=True, storm=storm))
    if weather == "snow":
        return (_flakes(size_px, seed, near=False), _flakes(size_px, seed, near=True))
    if weather == "fog":
        return (_mist(size_px, seed, level=30),)
    if weather == "wind":
        return (_gusts(size_px, seed),)
    return ()


def add_veil(picture: Pixels, veil: Veil, seconds: float, start: float) -> None:
    """Add the tile where it has got to, wrapped around."""
    height, width = picture.shape[:2]
    dx = int((veil.right * seconds + start) * height) % width
    dy = int((veil.down * seconds + start * 0.7) * height) % height
    for y0, y1, ty in ((dy, height, 0), (0, dy, height - dy)):
        for x0, x1, tx in ((dx, width, 0), (0, dx, width - dx)):
            if y1 > y0 and x1 > x0:
                part = picture[y0:y1, x0:x1]
                cv2.add(part, veil.tile[ty : ty + y1 - y0, tx : tx + x1 - x0], dst=part)


def flash_times(length_seconds: float, seed: int) -> tuple[float, ...]:
    """When lightning strikes in a storm: the first within two seconds, then every few."""
    rng = chance("flash", seed)
    times: list[float] = []
    at = rng.uniform(0.5, 1.6)
    while at < length_seconds:
        times.append(at)
        at += rng.uniform(2.2, 5.0)
    return tuple(times)


def flash_level(seconds: float, times: tuple[float, ...]) -> float:
    """Brightness of the lightning, 0 ... 1: a stroke, a dip, a second stroke that dies away."""
    level = 0.0
    for at in times:
        since = seconds - at
        if 0 <= since < 0.09:
            level = max(level, 1.0)
        elif 0.17 <= since < 0.6:
            level = max(level, 0.75 * (0.6 - since) / 0.43)
    return level


def bolt(picture: Pixels, horizon: float, seed: int) -> None:
    """A fork of lightning in the sky, from above the frame down to the horizon."""
    height, width = picture.shape[:2]
    rng = chance("bolt", seed)
    x, y = rng.uniform(0.2, 0.8) * width, -0.02 * height
    points = [(x, y)]
    while y < horizon:
        x, y = x + rng.uniform(-0.05, 0.05) * height, y + rng.uniform(0.03, 0.08) * height
        points.append((x, min(y, horizon)))
    line = np.array(points, np.int32)
    cv2.polylines(picture, [line], False, (255, 226, 206), max(2, height // 160), cv2.LINE_AA)
    cv2.polylines(picture, [line], False, (255, 252, 250), max(1, height // 360), cv2.LINE_AA)
    if len(points) > 4:
        fx, fy = points[len(points) // 2]
        fork = np.array(
            [(fx, fy), (fx + 0.05 * height, fy + 0.06 * height), (fx + 0.04 * height, fy + 0.12 * height)], np.int32
        )
        cv2.polylines(picture, [fork], False, (255, 232, 214), max(1, height // 400), cv2.LINE_AA)
