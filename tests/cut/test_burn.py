"""Burnt-in captions, as pixels."""

from fractions import Fraction

import numpy as np

from cinema.cut.burn import CaptionPainter
from cinema.cut.timeline import Caption, Timeline


def painted(text: str) -> np.ndarray:
    """The luma of a grey picture, 640 x 360, with a caption on it."""
    timeline = Timeline(
        title="",
        fps=Fraction(24),
        width_px=640,
        height_px=360,
        length_frames=10,
        picture=(),
        sound=(),
        captions=(Caption(start_frame=0, end_frame=10, text=text, line="1"),),
        chapters=(),
    )
    return CaptionPainter(timeline).paint(np.full((540, 640), 128, np.uint8), 5)[:360]


def test_every_letter_has_its_edge_and_every_edge_its_letter() -> None:
    luma = painted("First line, wide\nSecond line")
    dark, bright = luma < 60, luma > 200
    assert bright.any()
    rows_dark, rows_bright = np.flatnonzero(dark.any(1)), np.flatnonzero(bright.any(1))
    stroke = 3
    assert all(np.abs(rows_bright - row).min() <= stroke for row in rows_dark)
    columns_dark, columns_bright = np.flatnonzero(dark.any(0)), np.flatnonzero(bright.any(0))
    assert all(np.abs(columns_bright - column).min() <= stroke for column in columns_dark)


def test_two_lines_stand_in_the_lower_fifth_and_one_under_the_other() -> None:
    one, two = painted("Only"), painted("Only\nOnly")
    height_one, height_two = (np.ptp(np.flatnonzero((luma > 200).any(1))) for luma in (one, two))
    assert np.flatnonzero((two > 200).any(1)).min() > 360 * 0.78
    assert height_two > 2 * height_one
    assert (one > 200).sum() * 2 == (two > 200).sum()
