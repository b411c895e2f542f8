"""Camera moves: how far the camera has gone at a moment, and what that does to a layer at a depth."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from cinema.adapters.boards.chance import chance
from cinema.adapters.boards.paper import Matrix
from cinema.plan.staging import CameraMove


@dataclass(frozen=True, kw_only=True)
class Offset:
    """Where the camera is, beside where its lens was aimed. Travel in shares of the seen height; turns in picture shares."""

    right: float = 0.0
    up: float = 0.0
    forward: float = 0.0
    """Share of the distance to the figures."""
    turn_right: float = 0.0
    turn_up: float = 0.0
    zoom: float = 1.0
    roll: float = 0.0


# start and end of each move; the drawing is aimed at the end of a push and of a crane, at the middle of a pan.
_ENDS: dict[CameraMove, tuple[Offset, Offset]] = {
    "static": (Offset(zoom=1.0), Offset(zoom=1.012)),
    "pan_left": (Offset(turn_right=0.11), Offset(turn_right=-0.07)),
    "pan_right": (Offset(turn_right=-0.11), Offset(turn_right=0.07)),
    "tilt_up": (Offset(turn_up=-0.15), Offset(turn_up=0.03)),
    "tilt_down": (Offset(turn_up=0.16), Offset(turn_up=0.0)),
    "push_in": (Offset(forward=-0.17), Offset(forward=0.03)),
    "pull_out": (Offset(forward=0.07), Offset(forward=-0.15)),
    "track_left": (Offset(right=0.16), Offset(right=-0.1)),
    "track_right": (Offset(right=-0.16), Offset(right=0.1)),
    "crane_up": (Offset(up=-0.12, turn_up=0.03), Offset(up=0.13, turn_up=-0.1)),
    "crane_down": (Offset(up=0.16, turn_up=-0.12), Offset(up=0.0)),
    "handheld": (Offset(zoom=1.02), Offset(zoom=1.03)),
    "zoom_in": (Offset(zoom=0.88), Offset(zoom=1.06)),
    "zoom_out": (Offset(zoom=1.08), Offset(zoom=0.9)),
}
FLAT_MOVES: frozenset[CameraMove] = frozenset(
    {"static", "pan_left", "pan_right", "tilt_up", "tilt_down", "zoom_in", "zoom_out"}
)
"""Moves that turn or zoom about the lens: no parallax, so all that lies behind the figures is one plate."""


def ease(share: float) -> float:
    """Slow in, slow out, with a steady middle: 0 ... 1 to 0 ... 1 (a smoothstep half mixed with a line)."""
    share = min(1.0, max(0.0, share))
    return 0.75 * share * share * (3 - 2 * share) + 0.25 * share


def drift(seconds: float, seed: int, axis: str) -> float:
    """Smooth noise in -1 ... 1: three sines of unrelated rates, phases by seed."""
    rng = chance("drift", seed, axis)
    total = 0.0
    for rate, weight in ((0.31, 0.5), (0.83, 0.32), (1.9, 0.18)):
        total += weight * math.sin(2 * math.pi * (rate * rng.uniform(0.85, 1.15) * seconds + rng.random()))
    return total


def offset_at(move: CameraMove, share: float, seconds: float, seed: int) -> Offset:
    """The camera at `share` (0 ... 1) of the shot."""
    start, end = _ENDS[move]
    part = ease(share)

    def between(first: float, last: float) -> float:
        return first + (last - first) * part

    moved = Offset(
        right=between(start.right, end.right),
        up=between(start.up, end.up),
        forward=between(start.forward, end.forward),
        turn_right=between(start.turn_right, end.turn_right),
        turn_up=between(start.turn_up, end.turn_up),
        zoom=between(start.zoom, end.zoom),
    )
    if move != "handheld":
        return moved
    return Offset(
        right=0.012 * drift(seconds, seed, "x"),
        up=0.01 * drift(seconds, seed, "y"),
        turn_right=0.006 * drift(seconds * 1.3, seed, "pan"),
        turn_up=0.009 * drift(seconds * 1.3, seed, "tilt"),
        zoom=moved.zoom,
        roll=0.008 * drift(seconds, seed, "roll"),
    )


def layer_motion(offset: Offset, depth: float, *, size_px: tuple[int, int], roll: float = 0.0) -> Matrix:
    """The affine map (3x3, picture to picture) of a layer at `depth` (1 is the figures' distance) under a camera offset."""
    width, height = size_px
    depth = max(0.2, depth)
    scale = depth / max(0.1, depth - offset.forward) * offset.zoom
    dx = (-offset.right * scale / depth - offset.turn_right * width / height) * height
    dy = (offset.up * scale / depth + offset.turn_up) * height
    angle = roll + offset.roll
    cos, sin = math.cos(angle) * scale, math.sin(angle) * scale
    cx, cy = width / 2, height / 2
    return np.array(
        [[cos, -sin, cx - cos * cx + sin * cy + dx], [sin, cos, cy - sin * cx - cos * cy + dy], [0, 0, 1]], np.float32
    )
