"""How a shot is cut into windows that a model can make at a time, and the size at which it makes them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from cinema.catalog import Grid
from cinema.errors import InputError


@dataclass(frozen=True, kw_only=True)
class Window:
    """`frames` is on the model's grid; the first `overlap` of them repeat the last of the window before."""

    frames: int
    overlap: int = 0


def plan_windows(frames: int, grid: Grid) -> tuple[Window, ...]:
    """Windows that together give at least `frames` frames (at the model's own rate): as few as can be, and of about one length.

    A model is at its best near the lengths that it was trained on: no stub comes after windows of full length.
    Raises InputError where one window does not hold them and the model cannot go on from a picture.
    """
    single = grid.frames_for(frames)
    longest = single if grid.max_frames is None else _longest(grid)
    if single <= longest:
        return (Window(frames=single),)
    if not 0 < grid.overlap_frames < longest:
        raise InputError(
            f"A shot of {frames} frames outlasts the model's {longest}, and it cannot go on from a picture; "
            "shorten the shot, or choose another model for video."
        )
    overlap = grid.overlap_frames
    count = -(-(frames - overlap) // (longest - overlap))
    length = grid.frames_for(-(-(frames - overlap) // count) + overlap)
    windows = [Window(frames=length)]
    made = length
    while made < frames:
        last = min(grid.frames_for(frames - made + overlap), length)
        windows.append(Window(frames=last, overlap=overlap))
        made += last - overlap
    return tuple(windows)


def _longest(grid: Grid) -> int:
    """The longest length on the grid that is not above `max_frames`."""
    assert grid.max_frames is not None
    steps = max((grid.max_frames - grid.frame_offset) // grid.frame_step, 0)
    return max(grid.frame_offset + steps * grid.frame_step, grid.frames_for(1))


def working_size(width_px: int, height_px: int, grid: Grid) -> tuple[int, int]:
    """The smallest size on the grid that covers the one asked for: what is beyond it is cropped, nothing is stretched."""
    multiple = max(grid.size_multiple, 1)
    return -(-width_px // multiple) * multiple, -(-height_px // multiple) * multiple


def working_rate(fps: Fraction, grid: Grid) -> Fraction:
    """The film's rate where the model has it or takes any, else the model's nearest rate above, else its highest."""
    if not grid.fps or fps in grid.fps:
        return fps
    above = [rate for rate in grid.fps if rate > fps]
    return min(above) if above else max(grid.fps)


def working_frames(frames: int, fps: Fraction, rate: Fraction) -> int:
    """How many frames at `rate` cover `frames` frames at `fps`: the last one asked for lies on or before the last made."""
    if rate == fps:
        return frames
    return -(-((frames - 1) * rate.numerator * fps.denominator) // (rate.denominator * fps.numerator)) + 1
