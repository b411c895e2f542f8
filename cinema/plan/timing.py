"""Timing: lines laid into shots, shots laid into the film. Pure; the same for estimates and for measured speech."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache

from cinema.plan.model import Line, Plan, Shot
from cinema.timebase import SAMPLE_RATE_HZ, frame_at, frames_covering_samples

LEAD_SECONDS = 0.35
"""Picture before the first word, and `POST_SECONDS` after the last, where there is room."""
POST_SECONDS = 0.45
LEAST_LEAD_SECONDS = 0.08
LEAST_POST_SECONDS = 0.17
GAP_SECONDS = 0.25
"""Between two lines of one shot."""


def retime(plan: Plan, spoken_samples: Mapping[str, int]) -> Plan:
    """The plan with measured speech: 48 kHz samples by line id; lines that are not named keep their length.

    Shots grow and shrink to fit their lines; an author's length is kept unless the lines need longer, then the shot
    grows and a warning names it. Pure and idempotent.
    """
    outgrown = set(growth_warnings(plan.shots, plan.fps))
    shots = tuple(
        replace(shot, lines=tuple(_measured(line, spoken_samples, plan.fps) for line in shot.lines)) if shot.lines else shot
        for shot in plan.shots
    )
    timed = lay_shots(shots, plan.fps)
    kept = [warning for warning in plan.warnings if warning not in outgrown]
    return replace(
        plan,
        shots=timed,
        warnings=(*kept, *growth_warnings(timed, plan.fps)),
        spoken=all(line.measured for shot in timed for line in shot.lines),
    )


def _measured(line: Line, samples: Mapping[str, int], fps: Fraction) -> Line:
    if line.id not in samples:
        return line
    return replace(line, length_frames=frames_for_samples(samples[line.id], fps), measured=True)


def frames_for_samples(samples: int, fps: Fraction) -> int:
    """The fewest frames, at least 1, that hold `samples` wherever in the film they start.

    Where a frame is not a whole number of samples, a start is rounded by up to half a sample; one sample more covers that.
    """
    whole = (SAMPLE_RATE_HZ / fps).denominator == 1
    return max(1, frames_covering_samples(samples + (0 if whole else 1), fps))


def lay_shots(shots: tuple[Shot, ...], fps: Fraction) -> tuple[Shot, ...]:
    """Shots with their lines in place, end to end from frame 0."""
    start = 0
    laid: list[Shot] = []
    for shot in shots:
        lines, length = lay_lines(shot, fps)
        laid.append(replace(shot, lines=lines, length_frames=length, start_frame=start))
        start += length
    return tuple(laid)


def lay_lines(shot: Shot, fps: Fraction) -> tuple[tuple[Line, ...], int]:
    """Where each line starts in the shot, and how long the shot is.

    Lines start after the entrance and end before a fade out where the author's length leaves room for that.
    """
    base = shot.wanted_frames if shot.wanted_frames is not None else shot.action_frames
    base = max(base, 1)
    if not shot.lines:
        return (), base
    starts, total = _line_up(shot.lines, fps)
    lead = max(_frames(LEAD_SECONDS, fps), shot.entrance.frames)
    post = max(_frames(POST_SECONDS, fps), shot.fade_out_frames)
    least_lead, least_post = _frames(LEAST_LEAD_SECONDS, fps), _frames(LEAST_POST_SECONDS, fps)
    if shot.wanted_frames is not None and lead + total + post > base:
        room = max(base - total, least_lead + least_post)
        spare = room - least_lead - least_post
        lead = least_lead + spare * (lead - least_lead) // max(1, lead + post - least_lead - least_post)
        post = room - lead
    lines = tuple(replace(line, offset_frames=lead + start) for line, start in zip(shot.lines, starts, strict=True))
    return lines, max(base, lead + total + post)


def _line_up(lines: tuple[Line, ...], fps: Fraction) -> tuple[list[int], int]:
    """Starts of the lines one after another, a dual one with the line before it; and the frames that all take."""
    gap = _frames(GAP_SECONDS, fps)
    starts: list[int] = []
    end = 0
    for number, line in enumerate(lines):
        together = line.dual and number > 0
        start = starts[-1] if together else end + line.pause_frames + (gap if number else 0)
        starts.append(start)
        end = max(end, start + line.length_frames)
    return starts, end


@lru_cache(maxsize=64)
def _frames(seconds: float, fps: Fraction) -> int:
    return frame_at(seconds, fps)


def growth_warnings(shots: tuple[Shot, ...], fps: Fraction) -> tuple[str, ...]:
    """A sentence for each shot whose lines needed more than the author's length."""
    return tuple(
        f"Shot {shot.id} was asked to last {_seconds(shot.wanted_frames, fps)} s, but its lines need "
        f"{_seconds(shot.length_frames, fps)} s, so it is longer."
        for shot in shots
        if shot.wanted_frames is not None and shot.length_frames > shot.wanted_frames
    )


def _seconds(frames: int, fps: Fraction) -> str:
    return f"{float(frames / fps):.2f}".rstrip("0").rstrip(".")
