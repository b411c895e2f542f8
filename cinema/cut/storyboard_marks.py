"""The marks that storyboard artists draw on and between panels: arrows for camera moves, signs for transitions.

A pan or tilt is an arrow inside the frame, a track or crane one along its edge, a push or pull shows the other end of the
move as a dashed frame with arrows from corner to corner, a zoom the same with plain lines, a handheld camera a shaken frame.
"""
# reportlab has no types.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, cos, hypot, sin
from typing import Any

from reportlab.lib.colors import Color, HexColor

from cinema.plan.model import Transition
from cinema.plan.staging import CameraMove

INK = HexColor("#1d1d1f")
_LIGHT = Color(1, 1, 1, alpha=0.92)
_EDGE = Color(0, 0, 0, alpha=0.75)


@dataclass(frozen=True, kw_only=True)
class Box:
    """A rectangle on the page in points, from its lower left corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def top(self) -> float:
        return self.y + self.height

    @property
    def centre(self) -> tuple[float, float]:
        return self.x + self.width / 2, self.y + self.height / 2

    @property
    def unit(self) -> float:
        """The shorter side, by which marks are sized."""
        return min(self.width, self.height)

    def inset(self, share: float) -> Box:
        """Smaller by `share` of its width and height on each side."""
        dx, dy = self.width * share, self.height * share
        return Box(x=self.x + dx, y=self.y + dy, width=self.width - 2 * dx, height=self.height - 2 * dy)

    def corners(self) -> tuple[tuple[float, float], ...]:
        return (self.x, self.y), (self.right, self.y), (self.right, self.top), (self.x, self.top)


def draw_move(canvas: Any, box: Box, move: CameraMove) -> None:
    """Draw the camera's move onto the picture in `box`."""
    canvas.saveState()
    match move:
        case "pan_left" | "pan_right":
            _curved_arrow(canvas, box, rightward=move == "pan_right")
        case "track_left" | "track_right":
            y, side = box.y + box.height * 0.08, box.width * 0.34
            middle = box.centre[0]
            ends = (middle - side, middle + side) if move == "track_right" else (middle + side, middle - side)
            _arrow(canvas, ends[0], y, ends[1], y, thick=box.unit * 0.055)
        case "tilt_up" | "tilt_down":
            _arrow(canvas, *_vertical(box, 0.86, 0.24, up=move == "tilt_up"), thick=box.unit * 0.03)
        case "crane_up" | "crane_down":
            _arrow(canvas, *_vertical(box, 0.1, 0.34, up=move == "crane_up"), thick=box.unit * 0.055)
        case "push_in" | "pull_out":
            _frames(canvas, box, inward=move == "push_in", arrows=True)
        case "zoom_in" | "zoom_out":
            _frames(canvas, box, inward=move == "zoom_in", arrows=False)
        case "handheld":
            _shaken(canvas, box)
        case "static":
            pass
    canvas.restoreState()


def draw_transition(canvas: Any, x: float, y: float, size: float, transition: Transition) -> None:
    """Draw the sign of a transition into the square of `size` points whose lower left corner is x, y; nothing for a cut."""
    canvas.saveState()
    canvas.setStrokeColor(INK)
    canvas.setFillColor(INK)
    canvas.setLineWidth(0.7)
    match transition.kind:
        case "dissolve":
            canvas.line(x, y, x + size, y + size)
            canvas.line(x, y + size, x + size, y)
            canvas.line(x, y, x, y + size)
            canvas.line(x + size, y, x + size, y + size)
        case "wipe":
            canvas.rect(x, y, size, size, stroke=1, fill=0)
            canvas.rect(x, y, size * 0.5, size, stroke=0, fill=1)
        case "fade":
            _polygon(canvas, ((x, y + size / 2), (x + size, y), (x + size, y + size)))
        case "cut":
            pass
    canvas.restoreState()


def draw_fade_out(canvas: Any, x: float, y: float, size: float) -> None:
    """The sign of a fade to black: a wedge that closes."""
    canvas.saveState()
    canvas.setStrokeColor(INK)
    canvas.setFillColor(INK)
    _polygon(canvas, ((x, y), (x, y + size), (x + size, y + size / 2)))
    canvas.restoreState()


def _vertical(box: Box, across: float, reach: float, *, up: bool) -> tuple[float, float, float, float]:
    x, middle, side = box.x + box.width * across, box.centre[1], box.height * reach
    return (x, middle - side, x, middle + side) if up else (x, middle + side, x, middle - side)


def _polygon(canvas: Any, points: tuple[tuple[float, float], ...], *, fill: int = 1) -> None:
    path = canvas.beginPath()
    path.moveTo(*points[0])
    for point in points[1:]:
        path.lineTo(*point)
    path.close()
    canvas.drawPath(path, stroke=1, fill=fill)


def _ink(canvas: Any) -> None:
    canvas.setFillColor(_LIGHT)
    canvas.setStrokeColor(_EDGE)
    canvas.setLineWidth(0.6)
    canvas.setLineJoin(1)


def _arrow(canvas: Any, x0: float, y0: float, x1: float, y1: float, *, thick: float) -> None:
    """A block arrow from the first point to the second; `thick` is half its head's width."""
    _ink(canvas)
    angle, length = atan2(y1 - y0, x1 - x0), hypot(x1 - x0, y1 - y0)
    head, half = min(thick * 2, length * 0.6), thick * 0.42
    along = ((0, half), (length - head, half), (length - head, thick), (length, 0.0), (length - head, -thick))
    along += ((length - head, -half), (0, -half))
    turned = tuple((x0 + u * cos(angle) - v * sin(angle), y0 + u * sin(angle) + v * cos(angle)) for u, v in along)
    _polygon(canvas, turned)


def _curved_arrow(canvas: Any, box: Box, *, rightward: bool) -> None:
    """A pan turns about the camera: a bow along the foot of the frame with one head."""
    way = 1 if rightward else -1
    middle, foot = box.centre[0], box.y + box.height * 0.13
    reach, bow, tip = box.width * 0.3, box.unit * 0.09, box.unit * 0.065
    start, end = middle - way * reach, middle + way * reach
    for width, colour in ((3.6, _EDGE), (2.4, _LIGHT)):
        canvas.setStrokeColor(colour)
        canvas.setLineWidth(width)
        canvas.setLineCap(1)
        canvas.bezier(start, foot, middle - way * reach * 0.4, foot - bow, middle + way * reach * 0.4, foot - bow, end, foot)
    _ink(canvas)
    slope = atan2(bow, reach * 0.6 * way)
    point = (end + tip * 1.5 * cos(slope), foot + tip * 1.5 * sin(slope))
    left = (end + tip * cos(slope + 1.5708), foot + tip * sin(slope + 1.5708))
    right = (end + tip * cos(slope - 1.5708), foot + tip * sin(slope - 1.5708))
    _polygon(canvas, (point, left, right))


def _frames(canvas: Any, box: Box, *, inward: bool, arrows: bool) -> None:
    """The frame at the other end of the move, dashed, and how the corners travel."""
    inner, outer = box.inset(0.24), box.inset(0.04)
    for width, colour in ((1.8, _EDGE), (1.0, _LIGHT)):
        canvas.setStrokeColor(colour)
        canvas.setLineWidth(width)
        canvas.setDash(4, 2.5)
        canvas.rect(inner.x, inner.y, inner.width, inner.height, stroke=1, fill=0)
        canvas.setDash()
        if not arrows:
            for far, near in zip(outer.corners(), inner.corners(), strict=True):
                canvas.line(*far, *near)
    if arrows:
        for far, near in zip(outer.corners(), inner.corners(), strict=True):
            _arrow(canvas, *(far if inward else near), *(near if inward else far), thick=box.unit * 0.035)
    elif not inward:
        _arrow(canvas, inner.right, inner.centre[1], outer.right, inner.centre[1], thick=box.unit * 0.03)
    else:
        _arrow(canvas, outer.right, inner.centre[1], inner.right, inner.centre[1], thick=box.unit * 0.03)


def _shaken(canvas: Any, box: Box) -> None:
    """Two frames, one askew over the other."""
    frame = box.inset(0.05)
    lean = box.unit * 0.02
    bottom_left, bottom_right, top_right, top_left = frame.corners()
    askew = (
        (bottom_left[0] + lean, bottom_left[1] - lean),
        (bottom_right[0] + lean, bottom_right[1] + lean),
        (top_right[0] - lean, top_right[1] + lean),
        (top_left[0] - lean, top_left[1] - lean),
    )
    for points in (frame.corners(), askew):
        for width, colour in ((1.8, _EDGE), (1.0, _LIGHT)):
            canvas.setStrokeColor(colour)
            canvas.setLineWidth(width)
            _polygon(canvas, points, fill=0)
