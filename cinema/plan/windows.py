"""Whether a model can make a shot as long as the film needs it: in one window, or in several that overlap."""

from __future__ import annotations

from fractions import Fraction

from cinema.catalog import Grid, Manifest
from cinema.errors import InputError


def check_length(shot: str, frames: int, fps: Fraction, manifest: Manifest) -> None:
    """InputError where a shot of `frames` at the film's rate outlasts the model's window and cannot go on from a picture.

    The window counts frames at the model's own rate: the film's where it has that or takes any, else the nearest above,
    else its highest.
    """
    grid = manifest.grid
    if grid.max_frames is None:
        return
    rate = _working_rate(fps, grid)
    needed = -(-((frames - 1) * rate) // fps) + 1
    steps = max((grid.max_frames - grid.frame_offset) // grid.frame_step, 0)
    longest = max(grid.frame_offset + steps * grid.frame_step, grid.frames_for(1))
    if grid.frames_for(needed) <= longest or 0 < grid.overlap_frames < longest:
        return
    at_rate = "" if rate == fps else f" of its own {float(rate):g} a second"
    raise InputError(
        f"Shot {shot} needs {frames} frames, but {manifest.id} makes at most {longest}{at_rate}; "
        "shorten the shot or its lines, or choose another model for video."
    )


def _working_rate(fps: Fraction, grid: Grid) -> Fraction:
    if not grid.fps or fps in grid.fps:
        return fps
    return min((rate for rate in grid.fps if rate > fps), default=max(grid.fps))
