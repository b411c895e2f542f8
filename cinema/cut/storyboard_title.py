"""The storyboard's title page: what the film is, and who is in it."""
# reportlab has no types.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false

from __future__ import annotations

from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4, landscape

from cinema.cut.storyboard_marks import INK
from cinema.cut.typefaces import Typefaces
from cinema.plan.model import CastMember, Plan
from cinema.timebase import seconds_at, timecode
from cinema.units import human_seconds

_MARGIN = 64.0
_COLUMNS = 3
_CAST_ROW, _SCENE_ROW = 40.0, 14.0
_FOOT = 44.0
_GREY = HexColor("#6b6b70")


def draw_title_page(canvas: Any, plan: Plan, type_: Typefaces) -> None:
    """Title, length and format, style, and the cast with the colours in which the boards dress them. Ends the page."""
    width, height = landscape(A4)
    room = width - 2 * _MARGIN
    y = height - 120
    canvas.setFillColor(INK)
    for row in type_.wrap(plan.title, "bold", 34, room)[:3]:
        type_.draw(canvas, _MARGIN, y, row, "bold", 34)
        y -= 40
    canvas.setFillColor(_GREY)
    for row in (_length(plan), _shape(plan)):
        type_.draw(canvas, _MARGIN, y, row, "regular", 11)
        y -= 17
    for row in type_.wrap(plan.style, "italic", 11, room)[:4]:
        type_.draw(canvas, _MARGIN, y, row, "italic", 11)
        y -= 15
    y -= 12
    canvas.setStrokeColor(INK)
    canvas.setLineWidth(0.8)
    canvas.line(_MARGIN, y, width - _MARGIN, y)
    y = _draw_cast(canvas, plan, type_, y - 28, room)
    _draw_scenes(canvas, plan, type_, y - 12, room)
    canvas.showPage()


def _length(plan: Plan) -> str:
    seconds = float(seconds_at(plan.length_frames, plan.fps))
    counted = f"{_count(len(plan.scenes), 'scene')}, {_count(len(plan.shots), 'shot')}"
    return f"Storyboard – {human_seconds(seconds)} ({timecode(plan.length_frames, plan.fps)}) – {counted}"


def _shape(plan: Plan) -> str:
    return f"{plan.aspect}, {plan.width_px} x {plan.height_px}, {float(plan.fps):.6g} frames a second"


def _draw_cast(canvas: Any, plan: Plan, type_: Typefaces, top: float, room: float) -> float:
    """As many of the cast as the page holds; gives where the next thing may stand."""
    rows = max(int((top - _FOOT) / _CAST_ROW), 1)
    shown = plan.cast[: rows * _COLUMNS]
    column_width = room / _COLUMNS
    for index, member in enumerate(shown):
        row, column = divmod(index, _COLUMNS)
        _draw_member(canvas, member, type_, _MARGIN + column * column_width, top - row * _CAST_ROW, column_width - 12)
    if len(shown) < len(plan.cast):
        canvas.setFillColor(_GREY)
        type_.draw(canvas, _MARGIN, _FOOT - 8, f"and {len(plan.cast) - len(shown)} more", "italic", 8)
    return top - _CAST_ROW * -(-len(shown) // _COLUMNS)


def _draw_scenes(canvas: Any, plan: Plan, type_: Typefaces, top: float, room: float) -> None:
    """The scenes with shots and length, in two columns, as many as there is room for."""
    rows = int((top - _FOOT) / _SCENE_ROW)
    if rows < 2:
        return
    width = room / 2 - 14
    for index, scene in enumerate(plan.scenes[: rows * 2]):
        column, row = divmod(index, rows)
        x, y = _MARGIN + column * (width + 28), top - row * _SCENE_ROW
        shots = plan.shots_of(scene.index)
        seconds = float(seconds_at(sum(shot.length_frames for shot in shots), plan.fps))
        facts = f"{_count(len(shots), 'shot')}, {human_seconds(seconds)}"
        right = x + width - type_.width(facts, "regular", 8.5)
        canvas.setFillColor(INK)
        heading = type_.clip(f"{scene.number}  {scene.heading}", "regular", 8.5, right - x - 10)
        type_.draw(canvas, x, y, heading, "regular", 8.5)
        canvas.setFillColor(_GREY)
        type_.draw(canvas, right, y, facts, "regular", 8.5)


def _draw_member(canvas: Any, member: CastMember, type_: Typefaces, x: float, y: float, width: float) -> None:
    look = member.silhouette
    colours = (look.garment_colour, look.accent_colour, look.hair_colour, look.skin_colour)
    for index, colour in enumerate(colours):
        canvas.setFillColor(HexColor(colour))
        canvas.rect(x + (index % 2) * 10, y - 7 - (index // 2) * 10, 10, 10, stroke=0, fill=1)
    canvas.setFillColor(INK)
    type_.draw(canvas, x + 28, y, type_.clip(member.name, "bold", 10, width - 28), "bold", 10)
    canvas.setFillColor(_GREY)
    voice = f"{member.voice.gender} voice, {member.voice.age}"
    notes = f"{member.look} – {voice}" if member.look else voice
    for index, row in enumerate(type_.wrap(notes, "regular", 7.5, width - 28)[:2]):
        type_.draw(canvas, x + 28, y - 11 - index * 9, row, "regular", 7.5)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
