"""The camera: where it stands for a framing and an angle, and where a point of the place falls in the picture.

Metres; x to the right, y up, z into the picture; the figures stand on y = 0 near z = 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from cinema.plan.staging import Angle, Framing

NEAR_M = 0.25
Point = tuple[float, float, float]


@dataclass(frozen=True, kw_only=True)
class Lens:
    """A pinhole with a shifted back, as a view camera has it, so that verticals stay upright at eye level."""

    width_px: int
    height_px: int
    focal_px: float
    x_m: float
    y_m: float
    distance_m: float
    """To the plane of the figures."""
    pitch: float
    """Radians, looking down is positive."""
    centre_row_px: float
    """The row at which the axis of the lens meets the picture."""

    @property
    def px_per_metre(self) -> float:
        """At the plane of the figures, on the axis."""
        return self.focal_px / self.distance_m

    def seen(self, point: Point) -> Point:
        """A point as the camera sees it: right, up, depth in metres."""
        x = point[0] - self.x_m
        y = point[1] - self.y_m
        z = point[2] + self.distance_m * math.cos(self.pitch)
        cos, sin = math.cos(self.pitch), math.sin(self.pitch)
        return (x, y * cos + z * sin, z * cos - y * sin)

    def screen(self, seen: Point) -> tuple[float, float]:
        """Picture coordinates of a seen point (its depth must be positive)."""
        ratio = self.focal_px / seen[2]
        return (self.width_px / 2 + seen[0] * ratio, self.centre_row_px - seen[1] * ratio)

    def spot(self, x: float, y: float, z: float) -> tuple[float, float, float]:
        """Picture coordinates of a point of the place, and pixels per metre there (0 behind the camera)."""
        seen = self.seen((x, y, z))
        if seen[2] < NEAR_M:
            return (0.0, 0.0, 0.0)
        column, row = self.screen(seen)
        return (column, row, self.focal_px / seen[2])

    def outline(self, points: list[Point]) -> list[tuple[float, float]]:
        """A flat shape of the place as a shape of the picture, cut at the near plane; empty when all is behind."""
        seen = [self.seen(point) for point in points]
        kept: list[Point] = []
        for index, here in enumerate(seen):
            before = seen[index - 1]
            if (before[2] >= NEAR_M) != (here[2] >= NEAR_M):
                share = (NEAR_M - before[2]) / (here[2] - before[2])
                kept.append((before[0] + (here[0] - before[0]) * share, before[1] + (here[1] - before[1]) * share, NEAR_M))
            if here[2] >= NEAR_M:
                kept.append(here)
        return [self.screen(point) for point in kept]

    def depth(self, point: Point) -> float:
        return self.seen(point)[2]

    @property
    def upright(self) -> float:
        """How much of its height a standing flat figure keeps: 1 at eye level."""
        return max(0.72, math.cos(self.pitch))


@dataclass(frozen=True, kw_only=True)
class Frame:
    height_m: float
    """Of what is seen at the figures' plane."""
    distance_m: float
    width_m: float
    """At least so much must be seen across, whatever the aspect."""
    head_row: float
    """Where the top of the head stands, share of the height."""
    blur: float
    """Softness of what is behind, pixels at 720 rows."""


FRAMES: dict[Framing, Frame] = {
    "extreme_wide": Frame(height_m=9.5, distance_m=12.0, width_m=5.5, head_row=0.6, blur=0),
    "wide": Frame(height_m=3.9, distance_m=6.0, width_m=2.9, head_row=0.42, blur=0),
    "full": Frame(height_m=2.35, distance_m=4.4, width_m=1.5, head_row=0.13, blur=0),
    "medium_wide": Frame(height_m=1.6, distance_m=3.6, width_m=1.15, head_row=0.12, blur=1.0),
    "medium": Frame(height_m=1.08, distance_m=3.0, width_m=0.82, head_row=0.12, blur=2.0),
    "medium_close": Frame(height_m=0.76, distance_m=2.6, width_m=0.58, head_row=0.13, blur=3.5),
    "close": Frame(height_m=0.5, distance_m=2.3, width_m=0.4, head_row=0.11, blur=5.0),
    "extreme_close": Frame(height_m=0.27, distance_m=2.1, width_m=0.22, head_row=-0.1, blur=7.0),
    "over_shoulder": Frame(height_m=0.84, distance_m=2.6, width_m=0.78, head_row=0.15, blur=3.5),
    "two_shot": Frame(height_m=1.2, distance_m=3.0, width_m=1.35, head_row=0.16, blur=2.0),
    "insert": Frame(height_m=0.5, distance_m=1.6, width_m=0.42, head_row=0.1, blur=6.0),
}
_ANGLES: dict[Angle, tuple[float, float]] = {
    # pitch in degrees, height of the camera beside the eyes in shares of the seen height
    "eye": (0.0, 0.0),
    "low": (-14.0, -0.75),
    "high": (24.0, 0.5),
    "overhead": (58.0, 1.0),
    "dutch": (-4.0, -0.15),
}
DUTCH_RADIANS = math.radians(9)


def aim(
    framing: Framing,
    angle: Angle,
    *,
    size_px: tuple[int, int],
    head_m: float,
    x_m: float,
    tallest_view_m: float | None,
    frame: Frame | None = None,
) -> Lens:
    """The lens for a framing of somebody whose head tops out at `head_m`, standing at `x_m`.

    `frame`: the framing's own measure, where it is another than that of one person standing.
    `tallest_view_m`, when given, caps the seen height (a room is not seen from outside).
    """
    frame = frame or FRAMES[framing]
    width_px, height_px = size_px
    aspect = width_px / height_px
    height_m = max(frame.height_m, frame.width_m / aspect)
    if tallest_view_m is not None:
        height_m = min(height_m, max(tallest_view_m, frame.width_m / aspect * 0.8))
    distance = frame.distance_m * (height_m / frame.height_m) ** 0.75
    px_per_m = height_px / height_m
    focal = distance * px_per_m
    degrees, lift = _ANGLES[angle]
    pitch = math.radians(degrees)
    eye_m = head_m - 0.13
    wide = framing in ("extreme_wide", "wide", "full")
    base = {"extreme_wide": 2.6, "wide": 1.5, "full": 1.35}.get(framing, eye_m) * min(1.0, height_m / FRAMES[framing].height_m)
    if tallest_view_m is not None:
        base = min(base, 1.7)
    camera_m = max(0.25, base + lift * min(height_m, 3.0) * (0.5 if not wide else 0.45))
    if degrees > 10:
        camera_m = max(camera_m, head_m + math.sin(pitch) * distance * 0.8)
    head_row = frame.head_row + (0.1 if height_m > frame.height_m * 1.25 and not wide else 0.0)
    if framing in ("extreme_wide", "wide", "full"):
        # Feet hold the composition: enough ground below them, the rest is air.
        feet_row = {"extreme_wide": 0.83, "wide": 0.88, "full": 0.93}[framing]
        head_row = max(0.1, feet_row - head_m / height_m)
    lens = Lens(
        width_px=width_px,
        height_px=height_px,
        focal_px=focal,
        x_m=x_m,
        y_m=camera_m,
        distance_m=distance,
        pitch=pitch,
        centre_row_px=0,
    )
    if wide and degrees > 10:
        # Seen from above, figures stand in the middle of the ground, and larger, for the ground is all there is.
        _, _, unit = lens.spot(x_m, 0.0, 0.0)
        stature = head_m * lens.upright * unit
        lens = replace(lens, focal_px=focal * min(1.2 if degrees < 40 else 1.45, 0.7 * height_px / stature))
        _, foot, unit = lens.spot(x_m, 0.0, 0.0)
        return replace(lens, centre_row_px=0.53 * height_px + 0.5 * head_m * lens.upright * unit - foot)
    _, row, unit = lens.spot(x_m, 0.0, 0.0)
    row -= head_m * lens.upright * unit
    return replace(lens, centre_row_px=head_row * height_px - row)
