"""`storyboard.pdf`: one panel for each shot, as the department heads want it on paper.

A4 landscape, six panels a page. A wide picture stands above its notes, a square or upright one beside them.
"""
# reportlab has no types.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from cinema.cut.storyboard_marks import INK, Box, draw_fade_out, draw_move, draw_transition
from cinema.cut.storyboard_title import draw_title_page
from cinema.cut.timeline import PictureClip, Timeline
from cinema.cut.typefaces import Style, Typefaces
from cinema.errors import CinemaError, OutOfDiskError
from cinema.events import Listener, Warned, nobody
from cinema.media import Picture
from cinema.plan.model import Plan, Shot
from cinema.timebase import key_interval_frames, seconds_at, timecode

Still = Callable[[Path, int], Picture]
"""One frame of a clip, counted from 0: height x width x 3, RGB."""

PANELS_A_PAGE = 6
_COLUMNS, _ROWS = 3, 2
_MARGIN, _GUTTER, _HEAD, _FOOT = 34.0, 22.0, 30.0, 24.0
_SCENE_BAND, _BADGE_ROW = 13.0, 13.0
_PICTURES_PX = ((400, 480), (1000, 360))
"""Up to so many shots, pictures of so many pixels; reportlab holds them all until it saves."""
_SMALLEST_PX, _JPEG_QUALITY = 300, 80
_SIZE, _LEADING = 7.2, 9.0
_GREY, _PALE = HexColor("#6b6b70"), HexColor("#d9d9de")
_SPOKEN = {"voice_over": " (V.O.)", "off_screen": " (O.S.)", "phone": " (on the phone)", "on_screen": ""}


def write_storyboard(plan: Plan, timeline: Timeline, out: Path, *, still: Still, listener: Listener = nobody) -> Path:
    """Write the PDF `out`: a title page, then a panel for each shot in film order; gives its path.

    A picture that cannot be read leaves an empty frame, a letter that no font has a "?"; each is told to the listener.
    Raises OutOfDiskError when the file cannot be written.
    """
    type_ = Typefaces(_texts(plan), language=plan.language)
    for warning in type_.warnings:
        listener(Warned(message=warning, where="storyboard"))
    canvas = Canvas(str(out), pagesize=landscape(A4), pageCompression=1, invariant=1)
    canvas.setTitle(f"{plan.title} – storyboard")
    canvas.setCreator("Cinema")
    draw_title_page(canvas, plan, type_)
    board = _Board(canvas, plan, type_, {clip.shot: clip for clip in timeline.picture}, still, listener)
    for page, first in enumerate(range(0, len(plan.shots), PANELS_A_PAGE), start=2):
        board.page(plan.shots[first : first + PANELS_A_PAGE], page)
    try:
        canvas.save()
    except OSError as exc:
        raise OutOfDiskError(f"{out} cannot be written: {exc.strerror}; free space or choose another folder.") from exc
    return out


def picture_frame(clip: PictureClip, interval_frames: int) -> int:
    """The frame that stands for a shot: the last key frame in its first third, since that one decodes alone."""
    return clip.length_frames // 3 // interval_frames * interval_frames


def panel_picture(picture: Picture, width_px: int) -> bytes:
    """A JPEG of at most `width_px` pixels on the longer side, of an RGB picture."""
    height, width = picture.shape[:2]
    scale = min(width_px / max(height, width), 1.0)
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA) if scale < 1 else picture
    _, data = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), (cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY))
    return data.tobytes()


@dataclass(frozen=True, kw_only=True)
class _Row:
    """One line of a panel's notes; `swatch` is the colour of who begins to speak in it, or ""."""

    text: str
    style: Style = "regular"
    swatch: str = ""


class _Board:
    """The pages of panels."""

    def __init__(
        self, canvas: Any, plan: Plan, type_: Typefaces, clips: dict[str, PictureClip], still: Still, listener: Listener
    ) -> None:
        self.canvas, self.plan, self.type, self.clips, self.still, self.listener = canvas, plan, type_, clips, still, listener
        self.width, self.height = landscape(A4)
        self.colours = {member.name: member.silhouette.garment_colour for member in plan.cast}
        self.interval = key_interval_frames(plan.fps)
        self.picture_px = next((px for most, px in _PICTURES_PX if len(plan.shots) <= most), _SMALLEST_PX)

    def page(self, shots: tuple[Shot, ...], number: int) -> None:
        """Six panels, row by row."""
        scene = self.plan.scenes[shots[0].scene]
        top = self.height - _HEAD + 8
        self.canvas.setFillColor(INK)
        room = self.width - 2 * _MARGIN
        title = self.type.clip(self.plan.title, "bold", 9, room * 0.45)
        heading = self.type.clip(f"{scene.number}  {scene.heading}", "regular", 8, room * 0.5)
        self.type.draw(self.canvas, _MARGIN, top, title, "bold", 9)
        self.type.draw(self.canvas, self.width - _MARGIN - self.type.width(heading, "regular", 8), top, heading, "regular", 8)
        self.canvas.setStrokeColor(INK)
        self.canvas.setLineWidth(0.8)
        self.canvas.line(_MARGIN, top - 5, self.width - _MARGIN, top - 5)
        self.canvas.setFillColor(_GREY)
        self.type.draw(self.canvas, _MARGIN, _FOOT - 10, timecode(shots[0].start_frame, self.plan.fps), "regular", 7)
        self.canvas.drawRightString(self.width - _MARGIN, _FOOT - 10, str(number))
        for index, shot in enumerate(shots):
            self.panel(shot, self._place(index), first=shot is shots[0])
        self.canvas.showPage()

    def _place(self, index: int) -> Box:
        row, column = divmod(index, _COLUMNS)
        width = (self.width - 2 * _MARGIN - (_COLUMNS - 1) * _GUTTER) / _COLUMNS
        height = (self.height - _HEAD - _FOOT - _GUTTER * 0.5) / _ROWS
        return Box(
            x=_MARGIN + column * (width + _GUTTER),
            y=_FOOT + (_ROWS - 1 - row) * (height + _GUTTER * 0.3),
            width=width,
            height=height,
        )

    def panel(self, shot: Shot, place: Box, *, first: bool) -> None:
        """One shot: number, size and length above, picture, then notes below or beside."""
        top = place.top - 4
        if first or self._opens_scene(shot):
            self._scene_band(shot, place, top)
        top = self._badge(shot, place, top - _SCENE_BAND - 2)
        picture, notes = self._layout(place, top)
        self._picture(shot, picture)
        draw_move(self.canvas, picture, shot.camera)
        draw_transition(self.canvas, place.x - 15, picture.centre[1] - 5, 10, shot.entrance)
        if shot.fade_out_frames:
            draw_fade_out(self.canvas, place.right + 5, picture.centre[1] - 5, 10)
        self._notes(shot, notes)

    def _opens_scene(self, shot: Shot) -> bool:
        return self.plan.shots_of(shot.scene)[0] is shot

    def _scene_band(self, shot: Shot, place: Box, top: float) -> None:
        scene = self.plan.scenes[shot.scene]
        self.canvas.setFillColor(INK)
        self.canvas.rect(place.x, top - _SCENE_BAND, place.width, _SCENE_BAND, stroke=0, fill=1)
        self.canvas.setFillColor(HexColor("#ffffff"))
        heading = self.type.clip(f"{scene.number}  {scene.heading}", "bold", 7.5, place.width - 8)
        self.type.draw(self.canvas, place.x + 4, top - _SCENE_BAND + 3.8, heading, "bold", 7.5)

    def _badge(self, shot: Shot, place: Box, top: float) -> float:
        base = top - _BADGE_ROW + 4
        length = f"{float(seconds_at(shot.length_frames, self.plan.fps)):.1f} s · {shot.length_frames} f"
        self.canvas.setFillColor(INK)
        x = self.type.draw(self.canvas, place.x, base, shot.id, "bold", 9.5) + 6
        right = place.right - self.type.width(length, "regular", 7)
        self.type.draw(self.canvas, right, base, length, "regular", 7)
        self.canvas.setFillColor(_GREY)
        words = " · ".join(word for word in (_words(shot.framing), f"{_words(shot.angle)} angle", shot.lens) if word)
        self.type.draw(self.canvas, x, base, self.type.clip(words, "regular", 7, right - x - 6), "regular", 7)
        return top - _BADGE_ROW

    def _layout(self, place: Box, top: float) -> tuple[Box, Box]:
        """Where the picture stands, and where its notes."""
        shape = self.plan.width_px / self.plan.height_px
        room = top - place.y
        if shape >= 1.2:
            height = place.width / shape
            picture = Box(x=place.x, y=top - height, width=place.width, height=height)
            return picture, Box(x=place.x, y=place.y, width=place.width, height=room - height - 3)
        width = min(place.width * 0.56, (room - 6) * shape)
        picture = Box(x=place.x, y=top - width / shape, width=width, height=width / shape)
        return picture, Box(x=picture.right + 7, y=place.y, width=place.right - picture.right - 7, height=room)

    def _picture(self, shot: Shot, box: Box) -> None:
        clip = self.clips.get(shot.id)
        try:
            if clip is None or not clip.takes:
                raise CinemaError(f"Shot {shot.id} has no clip.")
            data = panel_picture(self.still(clip.take.path, picture_frame(clip, self.interval)), self.picture_px)
            self.canvas.drawImage(ImageReader(BytesIO(data)), box.x, box.y, box.width, box.height)
        except CinemaError as exc:
            self.listener(Warned(message=f"The storyboard has no picture of shot {shot.id}: {exc}", where="storyboard"))
            self.canvas.setFillColor(_PALE)
            self.canvas.rect(box.x, box.y, box.width, box.height, stroke=0, fill=1)
            self.canvas.setFillColor(_GREY)
            self.canvas.setFont("Vera", 8)
            self.canvas.drawCentredString(box.centre[0], box.centre[1] - 3, "no picture")
        self.canvas.setStrokeColor(INK)
        self.canvas.setLineWidth(0.8)
        self.canvas.rect(box.x, box.y, box.width, box.height, stroke=1, fill=0)

    def _notes(self, shot: Shot, box: Box) -> None:
        """Move, transition, action, lines and sounds, as many as there is room for; what is cut off ends in an ellipsis."""
        y = box.top - _LEADING + 1
        rows = list(self._rows(shot, box.width))
        fitting = max(int((y - box.y) / _LEADING) + 1, 1)
        if len(rows) > fitting:
            last = rows[fitting - 1]
            cut_off = replace(last, text=self.type.clip(last.text + " …", last.style, _SIZE, box.width - 10))
            rows = [*rows[: fitting - 1], cut_off]
        for row in rows:
            x = box.x
            if row.swatch:
                self.canvas.setFillColor(HexColor(row.swatch))
                self.canvas.rect(x, y - 0.6, 5, 5.6, stroke=0, fill=1)
                x += 8
            self.canvas.setFillColor(_GREY if row.style == "italic" else INK)
            self.type.draw(self.canvas, x, y, row.text, row.style, _SIZE)
            y -= _LEADING

    def _rows(self, shot: Shot, width: float) -> Iterator[_Row]:
        marks = [] if shot.camera == "static" else [_words(shot.camera)]
        if shot.entrance.frames:
            marks.append(f"{'fade in' if shot.entrance.kind == 'fade' else shot.entrance.kind}, {shot.entrance.frames} f")
        if shot.fade_out_frames:
            marks.append(f"fade out, {shot.fade_out_frames} f")
        if marks:
            yield from self._set(" · ".join(marks).capitalize(), "bold", width)
        yield from self._set(shot.action, "regular", width)
        for line in shot.lines:
            rows = list(self._set(f"{line.character}{_SPOKEN[line.delivery]}: {line.text}", "regular", width - 8))
            yield from (replace(row, swatch=self.colours.get(line.character, "#6b6b70")) for row in rows[:1])
            yield from rows[1:]
        heard = "; ".join(f"{cue.prompt} ({float(seconds_at(cue.offset_frames, self.plan.fps)):.1f} s)" for cue in shot.sounds)
        if heard:
            yield from self._set(f"Sound: {heard}", "italic", width)

    def _set(self, text: str, style: Style, width: float) -> Iterator[_Row]:
        return (_Row(text=row, style=style) for row in self.type.wrap(text, style, _SIZE, width))


def _words(name: str) -> str:
    return name.replace("_", " ")


def _texts(plan: Plan) -> Iterator[str]:
    """All that is set from the script."""
    yield from (plan.title, plan.style)
    for member in plan.cast:
        yield from (member.name, member.look)
    for scene in plan.scenes:
        yield from (scene.heading, scene.number)
    for shot in plan.shots:
        yield from (shot.action, shot.lens, shot.id)
        yield from (f"{line.character} {line.text}" for line in shot.lines)
        yield from (cue.prompt for cue in shot.sounds)
