"""Captions drawn into the picture: white letters with a dark edge, low in the middle, on planes of 4:2:0 video."""

# Pillow types its glyph masks loosely.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import reportlab
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from cinema.cut.subtitles import shown_cards, shown_text
from cinema.cut.timeline import Timeline
from cinema.cut.transition import Planes

_HEIGHT = 0.055
"""Size of the letters, as a part of the picture's shorter side."""
_MARGIN = 0.07
_LINE_HEIGHT = 1.25
"""Distance of base lines, of the size of the letters."""
_LETTER_LUMA, _EDGE_LUMA, _NO_CHROMA = 235.0, 16.0, 128.0
_FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf",
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/System/Library/Fonts/Supplemental/Arial Unicode.ttf",
    "/System/Library/Fonts/Helvetica.ttc",
    "C:/Windows/Fonts/arial.ttf",
)
"""Looked for on this machine, in order, when the font that ships with reportlab lacks a letter."""


class CaptionPainter:
    """Paints the caption cards of a timeline. Each card is drawn once; safe from several threads."""

    def __init__(self, timeline: Timeline) -> None:
        self._size = timeline.width_px, timeline.height_px
        self._at: dict[int, str] = {}
        for cards in shown_cards(timeline.captions):
            for frame in range(cards[0].start_frame, cards[0].end_frame):
                self._at[frame] = shown_text(cards)
        self._font, self._complete = _font_for("".join(set("".join(self._at.values()))), round(min(self._size) * _HEIGHT))
        self._drawn = lru_cache(maxsize=8)(self._draw)

    @property
    def notes(self) -> tuple[str, ...]:
        if self._complete:
            return ()
        return ("No font on this machine has every letter of the burnt-in captions; install Noto Sans.",)

    def paint(self, planes: Planes, frame: int) -> Planes:
        """The picture of the film's frame `frame` with its caption, if it has one."""
        text = self._at.get(frame)
        if text is None:
            return planes
        keep, add = self._drawn(text)
        return np.asarray(cv2.add(cv2.multiply(planes, keep, dtype=cv2.CV_32F), add, dtype=cv2.CV_8U), np.uint8)

    def _draw(self, text: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """What stays of the picture (0 ... 1) and what is added to it, as planes."""
        width, height = self._size
        letters = self._mask(text, 0)
        covered = np.maximum(letters, self._mask(text, max(2, round(self._font.size / 12))))
        luma = _EDGE_LUMA * (covered - letters) + _LETTER_LUMA * letters
        small = cv2.resize(covered, (width // 2, height // 2), interpolation=cv2.INTER_AREA).astype(np.float32)
        keep = np.concatenate([1 - covered.ravel(), *[1 - small.ravel()] * 2])
        add = np.concatenate([luma.ravel(), *[_NO_CHROMA * small.ravel()] * 2])
        shape = (height * 3 // 2, width)
        return keep.reshape(shape).astype(np.float32), add.reshape(shape).astype(np.float32)

    def _mask(self, text: str, stroke: int) -> NDArray[np.float32]:
        width, height = self._size
        image = Image.new("L", self._size)
        draw = ImageDraw.Draw(image)
        bottom = height - min(self._size) * _MARGIN
        # Line by line: Pillow's own multi-line text sets the lines of a stroked text further apart than those of a plain one.
        for above, line in enumerate(reversed(text.split("\n"))):
            place = (width / 2, bottom - above * self._font.size * _LINE_HEIGHT)
            draw.text(place, line, fill=255, font=self._font, anchor="md", stroke_width=stroke)
        return np.asarray(image, np.float32) / np.float32(255)


def _font_for(letters: str, size_px: int) -> tuple[ImageFont.FreeTypeFont, bool]:
    """A font with all the letters, and whether there is one; the font that ships with reportlab otherwise."""
    shipped = Path(reportlab.__file__).parent / "fonts" / "Vera.ttf"
    wanted = [letter for letter in letters if not letter.isspace()]
    for path in (str(shipped), *_FONTS):
        if Path(path).is_file():
            font = ImageFont.truetype(path, size_px)
            nothing = bytes(font.getmask("\uffff"))
            if all(bytes(font.getmask(letter)) != nothing for letter in wanted):
                return font, True
    return ImageFont.truetype(str(shipped), size_px), False
