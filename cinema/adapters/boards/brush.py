# ruff: noqa: E501
# (SVG markup is kept in one piece)
"""The brush that paints a place: flat shapes of the place's own space onto three layers of a picture."""

from __future__ import annotations

import math
from random import Random
from typing import Literal

from cinema.adapters.boards.lens import Lens, Point
from cinema.adapters.boards.palette import Colour, Light, css, mix, parse, scale

Layer = Literal["back", "mid", "inside", "hull", "front"]
Flat = tuple[float, float]
Span = tuple[float, float]
"""From where to where along one axis, in metres."""


def smooth_path(points: list[Flat], *, closed: bool = True) -> str:
    """A curve through the points (Catmull-Rom as Béziers), as SVG path data."""
    count = len(points)
    if count < 3:
        return straight_path(points, closed=closed)
    parts = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
    for index in range(count if closed else count - 1):
        before = points[index - 1] if closed or index else points[0]
        here, ahead = points[index], points[(index + 1) % count]
        after = points[(index + 2) % count] if closed or index + 2 < count else ahead
        parts.append(
            f"C{here[0] + (ahead[0] - before[0]) / 6:.1f} {here[1] + (ahead[1] - before[1]) / 6:.1f} "
            f"{ahead[0] - (after[0] - here[0]) / 6:.1f} {ahead[1] - (after[1] - here[1]) / 6:.1f} {ahead[0]:.1f} {ahead[1]:.1f}"
        )
    return " ".join(parts) + ("Z" if closed else "")


def straight_path(points: list[Flat], *, closed: bool = True) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + ("Z" if closed else "")


class Brush:
    """Paints with local colours; light and haze come from the scene's `Light`.

    `layer` says where the next shapes go: "back" (behind everything), "mid", "inside" and "hull" (just behind and
    just before the figures, moving with them: a boat) or "front" (near the lens). `hints` are words on how to draw the place ("deck", "unlit").
    `outside` is set while an interior's windows are painted. Shapes outside `box` (picture coordinates) are left out.
    """

    def __init__(
        self,
        lens: Lens,
        light: Light,
        rng: Random,
        *,
        box: tuple[float, float, float, float],
        seed: int,
        hints: frozenset[str] = frozenset(),
    ) -> None:
        self.lens = lens
        self.light = light
        self.rng = rng
        self.box = box
        self.seed = seed
        self.hints = hints
        self.layer: Layer = "back"
        self.outside = False
        self.parts: dict[Layer, list[str]] = {"back": [], "mid": [], "inside": [], "hull": [], "front": []}
        self.gradients: dict[str, str] = {}
        self.clip = ""

    # ---- what is put down -------------------------------------------------------------------------------------------

    def put(self, svg: str) -> None:
        self.parts[self.layer].append(f'<g clip-path="url(#{self.clip})">{svg}</g>' if self.clip else svg)

    def svg(self, layer: Layer) -> str:
        """The layer's SVG with the gradients it may use."""
        defs = "".join(self.gradients.values())
        return f"<defs>{defs}</defs>" + "".join(self.parts[layer])

    def _visible(self, points: list[Flat], margin: float = 0.0) -> bool:
        left, top, right, bottom = self.box
        xs = [x for x, _ in points]
        ys = [y for _, y in points]
        return max(xs) + margin > left and min(xs) - margin < right and max(ys) + margin > top and min(ys) - margin < bottom

    def ink(self, colour: Colour | str, depth: float, *, glow: bool = False) -> str:
        """How a local colour looks at a depth, as SVG."""
        local = parse(colour) if isinstance(colour, str) else colour
        return css(local if glow else self.light.lit(local, depth, outside=self.outside))

    # ---- shapes of the place -----------------------------------------------------------------------------------------

    def shape(
        self, points: list[Point], colour: Colour | str, *, smooth: bool = False, opacity: float = 1.0, glow: bool = False
    ) -> None:
        """A filled flat shape given by points of the place, in metres."""
        outline = self.lens.outline(points)
        if len(outline) < 3 or not self._visible(outline):
            return
        depth = sum(self.lens.depth(point) for point in points) / len(points)
        path = smooth_path(outline) if smooth else straight_path(outline)
        fade = f' fill-opacity="{opacity:.2f}"' if opacity < 1 else ""
        self.put(f'<path d="{path}" fill="{self.ink(colour, depth, glow=glow)}"{fade}/>')

    def card(
        self,
        at: Point,
        points: list[Flat],
        colour: Colour | str,
        *,
        smooth: bool = True,
        opacity: float = 1.0,
        glow: bool = False,
    ) -> None:
        """A flat shape that faces the camera: points beside `at`, in metres."""
        x, y, z = at
        self.shape([(x + px, y + py, z) for px, py in points], colour, smooth=smooth, opacity=opacity, glow=glow)

    def wall(self, across: Span, up: Span, z: float, colour: Colour | str, *, opacity: float = 1.0, glow: bool = False) -> None:
        """A rectangle that faces the camera."""
        (x0, x1), (y0, y1) = across, up
        self.shape([(x0, y0, z), (x1, y0, z), (x1, y1, z), (x0, y1, z)], colour, opacity=opacity, glow=glow)

    def floor(self, across: Span, away: Span, colour: Colour | str, *, y: float = 0.0, opacity: float = 1.0) -> None:
        """A level rectangle."""
        (x0, x1), (z0, z1) = across, away
        self.shape([(x0, y, z0), (x1, y, z0), (x1, y, z1), (x0, y, z1)], colour, opacity=opacity)

    def box3(self, across: Span, up: Span, away: Span, colour: Colour | str) -> None:
        """A block: the faces that the camera sees, the sides darker, the top lighter."""
        (x0, x1), (y0, y1), (z0, z1) = across, up, away
        local = parse(colour) if isinstance(colour, str) else colour
        lens = self.lens
        shade = 0.66
        if lens.x_m < x0:
            self.shape([(x0, y0, z0), (x0, y0, z1), (x0, y1, z1), (x0, y1, z0)], scale(local, shade))
        elif lens.x_m > x1:
            self.shape([(x1, y0, z0), (x1, y0, z1), (x1, y1, z1), (x1, y1, z0)], scale(local, shade))
        if lens.y_m > y1 or lens.pitch > 0.2:
            self.floor(across, away, mix(scale(local, 1.16), (255, 250, 235), 0.06), y=y1)
        elif lens.y_m < y0:
            self.floor(across, away, scale(local, 0.5), y=y0)
        self.wall(across, up, z0, local)

    def ellipse(
        self, at: Point, rx: float, ry: float, colour: Colour | str, *, opacity: float = 1.0, glow: bool = False
    ) -> None:
        column, row, unit = self.lens.spot(*at)
        if unit <= 0 or not self._visible([(column, row)], max(rx, ry) * unit):
            return
        fade = f' fill-opacity="{opacity:.2f}"' if opacity < 1 else ""
        ink = self.ink(colour, self.lens.depth(at), glow=glow)
        self.put(f'<ellipse cx="{column:.1f}" cy="{row:.1f}" rx="{rx * unit:.1f}" ry="{ry * unit:.1f}" fill="{ink}"{fade}/>')

    def puddle(
        self, x: float, z: float, rx: float, rz: float, colour: Colour | str, *, opacity: float = 1.0, y: float = 0.01
    ) -> None:
        """A level ellipse: a pool, a rug, a shadow on the ground."""
        points = [(x + rx * math.cos(step * math.pi / 6), y, z + rz * math.sin(step * math.pi / 6)) for step in range(12)]
        self.shape(points, colour, smooth=True, opacity=opacity)

    def line(
        self, start: Point, end: Point, width_m: float, colour: Colour | str, *, opacity: float = 1.0, glow: bool = False
    ) -> None:
        """A stroke of that width between two points."""
        first, last = self.lens.seen(start), self.lens.seen(end)
        if first[2] < 0.3 or last[2] < 0.3:
            return
        (x0, y0), (x1, y1) = self.lens.screen(first), self.lens.screen(last)
        if not self._visible([(x0, y0), (x1, y1)], 4):
            return
        depth = (first[2] + last[2]) / 2
        width = max(0.7, width_m * self.lens.focal_px / depth)
        fade = f' stroke-opacity="{opacity:.2f}"' if opacity < 1 else ""
        ink = self.ink(colour, depth, glow=glow)
        self.put(
            f'<path d="M{x0:.1f} {y0:.1f}L{x1:.1f} {y1:.1f}" stroke="{ink}" stroke-width="{width:.1f}" stroke-linecap="round"{fade}/>'
        )

    def glow(self, at: Point, radius: float, colour: Colour, strength: float = 0.6) -> None:
        """A soft light that fades to nothing at `radius` metres."""
        column, row, unit = self.lens.spot(*at)
        if unit > 0:
            self.halo(column, row, radius * unit, colour, strength)

    def halo(self, column: float, row: float, radius_px: float, colour: Colour, strength: float) -> None:
        """A soft light in picture coordinates."""
        if not self._visible([(column, row)], radius_px):
            return
        name = f"h{css(colour)[1:]}{round(strength * 100)}"
        if name not in self.gradients:
            stops = "".join(
                f'<stop offset="{at}" stop-color="{css(colour)}" stop-opacity="{strength * part:.3f}"/>'
                for at, part in ((0, 1.0), (0.25, 0.55), (0.55, 0.2), (1, 0.0))
            )
            self.gradients[name] = f'<radialGradient id="{name}">{stops}</radialGradient>'
        self.put(f'<circle cx="{column:.1f}" cy="{row:.1f}" r="{radius_px:.1f}" fill="url(#{name})"/>')

    def fade(self, top_row: float, bottom_row: float, first: Colour, last: Colour, alphas: Flat = (1.0, 1.0)) -> None:
        """A vertical gradient over the whole width, between two rows; beyond them its end colours go on."""
        left, top, right, bottom = self.box
        name = f"f{len(self.gradients)}"
        self.gradients[name] = (
            f'<linearGradient id="{name}" gradientUnits="userSpaceOnUse" x1="0" x2="0" y1="{top_row:.0f}" y2="{bottom_row:.0f}">'
            f'<stop offset="0" stop-color="{css(first)}" stop-opacity="{alphas[0]:.2f}"/>'
            f'<stop offset="1" stop-color="{css(last)}" stop-opacity="{alphas[1]:.2f}"/></linearGradient>'
        )
        upper = top if alphas[0] > 0 else max(top, top_row)
        lower = bottom if alphas[1] > 0 else min(bottom, bottom_row)
        if lower > upper:
            self.put(
                f'<rect x="{left:.0f}" y="{upper:.0f}" width="{right - left:.0f}" height="{lower - upper:.0f}" fill="url(#{name})"/>'
            )

    def clip_to(self, points: list[Point] | None) -> bool:
        """What comes next is cut to this flat shape, until it is called with None; False when nothing of it is seen."""
        self.clip = ""
        if points is None:
            return True
        outline = self.lens.outline(points)
        if len(outline) < 3 or not self._visible(outline):
            return False
        name = f"c{len(self.gradients)}"
        self.gradients[name] = f'<clipPath id="{name}"><path d="{straight_path(outline)}"/></clipPath>'
        self.clip = name
        return True

    @property
    def horizon_row(self) -> float:
        """Where level ground ends in the picture."""
        lens = self.lens
        return lens.centre_row_px - math.tan(lens.pitch) * lens.focal_px
