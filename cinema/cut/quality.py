"""Quality control of a finished film: what a person would complain of, found before they see it.

The film's file is read once, and only one key frame in two seconds is decoded; the dialogue stem once, in the
places where somebody speaks. Memory does not grow with the film.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Literal

from cinema.catalog import Delivery
from cinema.cut.quality_film import Sample, Tracks, look_through, quiet_lines, track_lengths
from cinema.cut.result import CutResult
from cinema.cut.timeline import Caption, PictureClip, Timeline
from cinema.plan.model import Plan
from cinema.timebase import SAMPLE_RATE_HZ, frame_at, seconds_at, timecode

Level = Literal["ok", "notice", "warning", "fail"]
LEVELS: tuple[Level, ...] = ("ok", "notice", "warning", "fail")

BLACK_LUMA = 24.0
"""Of 255 in limited range, where 16 is black: a frame whose brightest percent lies under this shows nothing."""
FROZEN_DIFFERENCE = 6.0
"""The most that any block's luma changes in a picture that stands still. Clips of our writer measured (2026-11): a still
picture 2 at 720p and 3 at 180p after its first second, a mouth of 4 % of the picture's width 39 or more."""
FROZEN_SECONDS = 2.0
SILENT_DBFS = -60.0
LOUDNESS_OK_LU, LOUDNESS_FAIL_LU = 0.5, 2.0
CAPTION_CPS, CAPTION_CPS_WARNING = 20.0, 26.0
"""Characters a second: what adults read at ease, and what they do not."""
CAPTION_START_FRAMES = 3
CAPTION_GAP_FRAMES = 2
CAPTION_SECONDS = (Fraction(5, 6), Fraction(7))
CAPTION_COLUMNS, CAPTION_ROWS = 42, 2


@dataclass(frozen=True, kw_only=True)
class Check:
    """One finding, or, at level "ok", one thing that was looked for and not found.

    `where` is a shot, a line or a timecode; `value` and `limit` are in `unit`.
    """

    name: str
    level: Level
    message: str
    where: str = ""
    value: float | None = None
    limit: float | None = None
    unit: str = ""


def worst(checks: Iterable[Check]) -> Level:
    """The gravest level among `checks`, "ok" for none."""
    return LEVELS[max((LEVELS.index(check.level) for check in checks), default=0)]


def check(plan: Plan, timeline: Timeline, result: CutResult, delivery: Delivery) -> tuple[Check, ...]:
    """Every finding about the finished film, in the order of the list below; each check that found nothing says so once.

    Reads the film and the dialogue stem. Raises InputError when the film is damaged, OutOfDiskError when it cannot be read.
    """
    tracks = track_lengths(result.film)
    samples = tuple(look_through(result.film, timeline))
    dialogue = result.stems[0] if result.stems else None
    found: list[Check] = []
    for name, good, findings in (
        ("missing parts", "Every part of the film is there.", missing_parts(timeline)),
        ("length", "The film has every planned frame.", wrong_length(timeline, result, tracks)),
        ("sync", "Sound and picture are equally long.", drift(timeline, tracks)),
        ("black frames", "No shot is black.", black_frames(timeline, samples)),
        ("frozen frames", "Nothing stands still that should move.", frozen_frames(plan, timeline, samples)),
        ("loudness", "Loudness is as the delivery asks.", loudness(result, delivery)),
        ("true peak", "The true peak lies under its ceiling.", true_peak(result, delivery)),
        ("spoken lines", "Every line is heard.", silent_lines(timeline, dialogue)),
        ("caption sync", "Every caption begins with its line.", caption_sync(plan, timeline)),
        ("caption speed", "Every caption can be read at ease.", caption_speed(timeline)),
        ("caption layout", "No captions overlap or run over.", caption_layout(timeline)),
    ):
        listed = list(findings)
        found += listed or [Check(name=name, level="ok", message=good)]
    return tuple(found)


def missing_parts(timeline: Timeline) -> Iterator[Check]:
    for slot in timeline.missing:
        yield Check(name="missing parts", level="fail", where=slot, message=f"{slot} could not be made; the film lacks it.")


def wrong_length(timeline: Timeline, result: CutResult, tracks: Tracks) -> Iterator[Check]:
    planned = timeline.length_frames
    for frames, what in ((result.frames, "The assembly"), (tracks.frames, "The film's file")):
        if frames != planned:
            yield Check(
                name="length",
                level="fail",
                message=f"{what} has {frames} frames; {planned} were planned.",
                value=frames,
                limit=planned,
                unit="frames",
            )


def drift(timeline: Timeline, tracks: Tracks) -> Iterator[Check]:
    """Sound that ends more than a frame from the picture: a warning; more than three: the film is out of sync.

    AAC comes in blocks of 1024 samples (21 ms); a block more than the picture is the format's affair.
    """
    if tracks.samples is None:
        return
    block = 1024 / SAMPLE_RATE_HZ
    apart = tracks.samples / SAMPLE_RATE_HZ - float(seconds_at(timeline.length_frames, timeline.fps))
    frame = float(1 / timeline.fps)
    beyond = max(abs(apart) - block, 0.0)
    if beyond > frame:
        yield Check(
            name="sync",
            level="fail" if beyond > 3 * frame else "warning",
            message=f"The sound is {abs(apart) * 1000:.0f} ms {'longer' if apart > 0 else 'shorter'} than the picture.",
            value=round(apart * 1000, 1),
            limit=round((frame + block) * 1000, 1),
            unit="ms",
        )


def black_frames(timeline: Timeline, samples: tuple[Sample, ...]) -> Iterator[Check]:
    """Once for each shot with a black key frame outside its fades; a missing shot is told of elsewhere."""
    told: set[str] = set()
    for sample, clip in _placed(timeline, samples):
        at = sample.frame - clip.start_frame
        fading_in = clip.entrance.kind == "fade" and at < clip.entrance.frames
        fading_out = at >= clip.length_frames - clip.fade_out_frames
        if sample.brightest < BLACK_LUMA and not (fading_in or fading_out or clip.shot in told or not clip.takes):
            told.add(clip.shot)
            yield Check(
                name="black frames",
                level="warning",
                where=f"shot {clip.shot}, {timecode(sample.frame, timeline.fps)}",
                message=f"Shot {clip.shot} is black at {timecode(sample.frame, timeline.fps)}.",
                value=round(sample.brightest, 1),
                limit=BLACK_LUMA,
                unit="luma",
            )


def frozen_frames(plan: Plan, timeline: Timeline, samples: tuple[Sample, ...]) -> Iterator[Check]:
    """Once for each shot whose camera should move, or in which somebody speaks in the picture, that stands still for 2 s.

    Since a picture is taken every 2 s, 4 s are always found, less mostly.
    """
    moving = {
        shot.id
        for shot in plan.shots
        if shot.camera != "static" or any(line.delivery == "on_screen" and line.length_frames for line in shot.lines)
    }
    since: int | None = None
    told: set[str] = set()
    placed = list(_placed(timeline, samples))
    for (before, clip), (sample, same) in pairwise(placed):
        if clip is not same or sample.difference >= FROZEN_DIFFERENCE:
            since = None
            continue
        since = before.frame if since is None else since
        still_seconds = float(seconds_at(sample.frame - since, timeline.fps))
        if still_seconds >= FROZEN_SECONDS and clip.shot in moving and clip.takes and clip.shot not in told:
            told.add(clip.shot)
            yield Check(
                name="frozen frames",
                level="warning",
                where=f"shot {clip.shot}, {timecode(since, timeline.fps)}",
                message=f"Shot {clip.shot} does not move for {still_seconds:.1f} s.",
                value=round(still_seconds, 2),
                limit=FROZEN_SECONDS,
                unit="s",
            )


def loudness(result: CutResult, delivery: Delivery) -> Iterator[Check]:
    value, wanted = result.loudness_lufs, delivery.loudness_lufs
    if value is None:
        yield Check(name="loudness", level="notice", message="The film is silent, or too short to have a loudness.")
    elif abs(value - wanted) > LOUDNESS_OK_LU:
        level: Level = "fail" if abs(value - wanted) > LOUDNESS_FAIL_LU else "warning"
        message = f"Loudness is {value:.1f} LUFS; the delivery {delivery.name!r} asks for {wanted:.1f}."
        yield Check(name="loudness", level=level, message=message, value=round(value, 2), limit=wanted, unit="LUFS")


def true_peak(result: CutResult, delivery: Delivery) -> Iterator[Check]:
    value, ceiling = result.true_peak_dbtp, delivery.true_peak_dbtp
    if value is not None and value > ceiling:
        clips = "; it clips" if value > 0 else ""
        yield Check(
            name="true peak",
            level="fail" if value > 0 else "warning",
            message=f"True peak is {value:.1f} dBTP; the ceiling is {ceiling:.1f}{clips}.",
            value=round(value, 2),
            limit=ceiling,
            unit="dBTP",
        )


def silent_lines(timeline: Timeline, dialogue: Path | None) -> Iterator[Check]:
    """Lines whose place in the dialogue stem holds nothing to hear."""
    if dialogue is None:
        return
    clips = [clip for clip in timeline.sound if clip.stem == "dialogue"]
    for clip, level_db in quiet_lines(dialogue, clips, SILENT_DBFS):
        yield Check(
            name="spoken lines",
            level="fail",
            where=clip.slot,
            message=f"{clip.slot} is silent in the film.",
            value=round(level_db, 1),
            limit=SILENT_DBFS,
            unit="dBFS",
        )


def caption_sync(plan: Plan, timeline: Timeline) -> Iterator[Check]:
    """The first card of each line against the place of its speech; where a laugh or sigh goes before the words, it may wait."""
    speech = {
        clip.slot.removeprefix("line:"): frame_at(Fraction(clip.start_sample, SAMPLE_RATE_HZ), timeline.fps)
        for clip in timeline.sound
        if clip.slot.startswith("line:")
    }
    waiting = {line.id: line.length_frames for shot in plan.shots for line in shot.lines if line.nonverbal}
    seen: set[str] = set()
    for caption in timeline.captions:
        if caption.line in seen or caption.line not in speech:
            continue
        seen.add(caption.line)
        apart = caption.start_frame - speech[caption.line]
        if not -CAPTION_START_FRAMES <= apart <= waiting.get(caption.line, CAPTION_START_FRAMES):
            side = "after" if apart > 0 else "before"
            yield Check(
                name="caption sync",
                level="warning",
                where=_at(caption, timeline),
                message=f"The caption of line {caption.line} begins {abs(apart)} frames {side} it is spoken.",
                value=apart,
                limit=CAPTION_START_FRAMES,
                unit="frames",
            )


def caption_speed(timeline: Timeline) -> Iterator[Check]:
    for caption in timeline.captions:
        seconds = float(seconds_at(caption.end_frame - caption.start_frame, timeline.fps))
        letters = len(caption.text.replace("\n", " "))
        speed = letters / seconds if seconds > 0 else float(letters) * float(timeline.fps)
        if speed > CAPTION_CPS:
            yield Check(
                name="caption speed",
                level="warning" if speed > CAPTION_CPS_WARNING else "notice",
                where=_at(caption, timeline),
                message=f"{_short(caption)} runs at {speed:.0f} characters a second.",
                value=round(speed, 1),
                limit=CAPTION_CPS,
                unit="characters/s",
            )


def caption_layout(timeline: Timeline) -> Iterator[Check]:
    """Cards that overlap or follow too closely, stand too briefly or too long, or hold too much."""
    for caption, following in pairwise(timeline.captions):
        gap = following.start_frame - caption.end_frame
        if gap < CAPTION_GAP_FRAMES:
            what = "overlaps the next caption" if gap < 0 else f"is {gap} frames before the next caption"
            level: Level = "warning" if gap < 0 else "notice"
            yield _layout(caption, timeline, level, what, gap, CAPTION_GAP_FRAMES, "frames")
    shortest, longest = CAPTION_SECONDS
    for caption in timeline.captions:
        seconds = seconds_at(caption.end_frame - caption.start_frame, timeline.fps)
        rows = caption.text.split("\n")
        columns = max(map(len, rows))
        if seconds <= 0 or caption.end_frame > timeline.length_frames:
            yield _layout(caption, timeline, "warning", "is not shown, or not whole", float(seconds), float(shortest), "s")
        elif not shortest - 1 / timeline.fps <= seconds <= longest + 1 / timeline.fps:
            limit = shortest if seconds < shortest else longest
            yield _layout(caption, timeline, "notice", f"stands for {float(seconds):.1f} s", float(seconds), float(limit), "s")
        if columns > CAPTION_COLUMNS:
            yield _layout(caption, timeline, "notice", f"is {columns} characters wide", columns, CAPTION_COLUMNS, "characters")
        if len(rows) > CAPTION_ROWS:
            yield _layout(caption, timeline, "warning", f"has {len(rows)} lines", len(rows), CAPTION_ROWS, "lines")


def _layout(caption: Caption, timeline: Timeline, level: Level, what: str, value: float, limit: float, unit: str) -> Check:
    message = f"{_short(caption)} {what}."
    where = _at(caption, timeline)
    return Check(
        name="caption layout",
        level=level,
        where=where,
        message=message,
        value=round(value, 2),
        limit=round(limit, 2),
        unit=unit,
    )


def _placed(timeline: Timeline, samples: Iterable[Sample]) -> Iterator[tuple[Sample, PictureClip]]:
    """Each sample with the shot that it lies in; both are in film order."""
    clips = iter(timeline.picture)
    clip = next(clips, None)
    for sample in samples:
        while clip is not None and sample.frame >= clip.start_frame + clip.length_frames:
            clip = next(clips, None)
        if clip is None:
            return
        yield sample, clip


def _at(caption: Caption, timeline: Timeline) -> str:
    return timecode(caption.start_frame, timeline.fps)


def _short(caption: Caption) -> str:
    text = " ".join(caption.text.split())
    return f"The caption “{text[:40]}…”" if len(text) > 40 else f"The caption “{text}”"
