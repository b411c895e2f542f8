# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportMissingTypeStubs=false
# pyright: reportUnknownArgumentType=false
# (reportlab's tables of a font and cv2's arrays have no element types)
"""Words to be read in the picture: a title card, a title over an empty place, or a super over a shot with people in it.

The typeface is Bitstream Vera, which comes with reportlab, so every machine sets the same letters.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

import cv2
import numpy as np
import reportlab
from reportlab.pdfbase.ttfonts import TTFontFile

from cinema.adapters.boards.paper import Matrix, Pixels, Plate, blurred, raster, stack, trimmed, warp_onto

LINES = 4
ROWS = 6
CARD_LIGHT, OPENING_LIGHT = 0.2, 0.68
"""What of the place's light is left behind a title card, and behind a title over an empty place."""
FADE_SECONDS = 0.7
_SPACING = 0.14
"""Between letters, share of the type's size."""
_FAMILY = "Bitstream Vera Sans"


@dataclass(frozen=True, kw_only=True)
class Title:
    """Set words: the plate, and what of the picture's light is left behind them; None: they stand low in it."""

    plate: Plate
    light: float | None


@cache
def _font() -> tuple[Path, dict[int, float]]:
    """The font's file, and for each code point that it draws its width in shares of the type's size."""
    path = Path(reportlab.__file__).parent / "fonts" / "Vera.ttf"
    face = TTFontFile(str(path))
    return path, {code: face.charWidths.get(code, face.defaultWidth) / 1000 for code in face.charToGlyph}


def drawable(text: str) -> str:
    """The words of `text` that the typeface can draw, a line for each line that has any left, at most LINES."""
    _, widths = _font()
    kept = [
        " ".join(word for word in line.split() if all(ord(letter) in widths for letter in word)) for line in text.splitlines()
    ]
    return "\n".join([line for line in kept if line][:LINES])


def _width(text: str) -> float:
    """Of a line, in shares of the type's size."""
    _, widths = _font()
    return sum(widths[ord(letter)] + _SPACING for letter in text) - _SPACING


def _wrapped(lines: list[str], most: float) -> list[tuple[str, int]]:
    """Rows, each with the number of its line: lines broken between words where they are wider than `most` type sizes."""
    out: list[tuple[str, int]] = []
    for number, line in enumerate(lines):
        row = ""
        for word in line.split():
            longer = f"{row} {word}".strip()
            if row and _width(longer) > most:
                out.append((row, number))
                row = word
            else:
                row = longer
        out.append((row, number))
    return out


def set_title(text: str, size_px: tuple[int, int], *, light: float | None) -> Title | None:
    """`text` set for a picture of that size within its safe margins; None where none of it can be drawn.

    With `light` the words stand large in the middle, over that much of the picture's light; without, low in the picture.
    """
    card = light is not None
    words = drawable(text)
    if not words:
        return None
    width, height = size_px
    short = min(width, height)
    room = (0.8 if card else 0.62 if width > height else 0.84) * width
    type_px = short * (0.092 if card else 0.05)
    rows = _wrapped(words.split("\n"), room / type_px)
    while type_px > short * 0.028 and (len(rows) > ROWS or max(_width(row) for row, _ in rows) * type_px > room):
        type_px *= 0.92
        rows = _wrapped(words.split("\n"), room / type_px)
    lead = type_px * 1.62
    deep = lead * (len(rows) - 1)
    first = height / 2 - deep / 2 + type_px * 0.36 if card else height * 0.88 - deep
    svg = "".join(
        _row(
            row,
            lesser=card and number > 0,
            x_px=None if card else 0.08 * width,
            y_px=first + index * lead,
            size=(width, type_px),
        )
        for index, (row, number) in enumerate(rows)
    )
    if card:
        svg += "".join(
            f'<rect x="{width / 2 - short * 0.06:.1f}" y="{y:.1f}" width="{short * 0.12:.1f}" '
            f'height="{max(1.0, short * 0.0028):.1f}" fill="#d8b878" fill-opacity=".8"/>'
            for y in (first - type_px * 1.9, first + deep + type_px * 1.15)
        )
    plate = raster(svg, (0, 0, width, height), 1.0, fonts=(str(_font()[0]),))
    return Title(plate=trimmed(_shaded(plate, type_px)), light=light)


def _row(row: str, *, lesser: bool, x_px: float | None, y_px: float, size: tuple[int, float]) -> str:
    """One row as SVG; centred where `x_px` is None. `size` is the picture's width and the type's size."""
    width, type_px = size
    shown = type_px * (0.74 if lesser else 1.0)
    x = (width - _width(row) * shown) / 2 if x_px is None else x_px
    return (
        f'<text x="{x:.1f}" y="{y_px:.1f}" font-family="{_FAMILY}" font-size="{shown:.1f}" '
        f'letter-spacing="{shown * _SPACING:.2f}" fill="{"#d8c6a0" if lesser else "#f4ecdc"}">{escape(row)}</text>'
    )


def _shaded(plate: Plate, type_px: float) -> Plate:
    """The letters over their own soft shadow, so that they read on any picture."""
    through = plate.pixels[:, :, 3]
    dark = cv2.bitwise_not(blurred(np.asarray(cv2.bitwise_not(through), np.uint8), type_px * 0.18))
    shade = np.zeros_like(plate.pixels)
    shade[:, :, 3] = cv2.addWeighted(np.full_like(through, 255), 0.25, np.asarray(dark, np.uint8), 0.75, 0)
    return Plate(pixels=stack(shade, plate.pixels), x_px=plate.x_px, y_px=plate.y_px, scale=plate.scale)


def dim(picture: Pixels, title: Title) -> Pixels:
    """The picture that the words stand on: darker as a whole, or at its foot under words that stand low."""
    if title.light is not None:
        return np.asarray(cv2.convertScaleAbs(picture, dst=picture, alpha=title.light), np.uint8)
    height = picture.shape[0]
    foot = picture[int(height * 0.55) :]
    level = np.linspace(255, 118, foot.shape[0], dtype=np.float32)[:, None].repeat(foot.shape[1], 1).astype(np.uint8)
    foot[:] = cv2.multiply(foot, cv2.cvtColor(level, cv2.COLOR_GRAY2BGR), scale=1 / 255)
    return picture


def write(picture: Pixels, title: Title, seconds: float) -> None:
    """Lay the words over the picture, fading in at the start of the shot, drawing together by a hair as they stay."""
    share = min(1.0, max(0.12, seconds / FADE_SECONDS))
    plate = title.plate
    if share < 1:
        faded = np.asarray(cv2.convertScaleAbs(plate.pixels, alpha=share), np.uint8)
        faded[:, :, 3] = cv2.addWeighted(plate.pixels[:, :, 3], share, np.full_like(faded[:, :, 3], 255), 1 - share, 0)
        plate = Plate(pixels=faded, x_px=plate.x_px, y_px=plate.y_px, scale=plate.scale)
    still: Matrix = np.eye(3, dtype=np.float32)
    warp_onto(picture, plate, still)
