"""What quality control reads: key frames of the film, lengths of its tracks, the dialogue stem where somebody speaks."""

# soundfile has no types, and PyAV's compiled modules type some of theirs loosely.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import soundfile
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from cinema.cut.timeline import SoundClip, Timeline
from cinema.errors import OutOfDiskError
from cinema.media.reader import damaged, frame_number, open_media, video_stream
from cinema.timebase import SAMPLE_RATE_HZ

SECONDS_APART = 2
"""Of decoded pictures within a shot. One takes 7 ms at 720p (one core, 2026-11)."""
_BLOCKS_ACROSS, _BLOCK_PX = 160, 8
"""Luma is averaged over blocks of up to 8 pixels, so that grain and coding noise do not count as motion."""
_BRIGHT_PERCENTILE = 99.0


@dataclass(frozen=True, kw_only=True)
class Tracks:
    """Lengths as the file's own tables say; `samples` is None for a film without sound."""

    frames: int
    samples: int | None


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One decoded key frame.

    `brightest` is the 99th percentile of its blocks' luma, `difference` the most that a block changed. Luma is in limited
    range, 16 ... 235; the first sample differs by 255.
    """

    frame: int
    brightest: float
    difference: float


def track_lengths(film: Path) -> Tracks:
    """Errors as of `cinema.media.probe`."""
    with open_media(film) as container:
        picture = video_stream(container, film)
        if not container.streams.audio:
            return Tracks(frames=picture.frames, samples=None)
        sound = container.streams.audio[0]
        seconds = Fraction(sound.duration or 0) * (sound.time_base or Fraction(0))
        return Tracks(frames=picture.frames, samples=round(seconds * SAMPLE_RATE_HZ))


def look_through(film: Path, timeline: Timeline) -> Iterator[Sample]:
    """Key frames of the film: the first of each shot, then one every 2 s. Errors as of `read_frames`."""
    before: NDArray[np.int16] | None = None
    with open_media(film) as container:
        stream = video_stream(container, film)
        time_base = stream.time_base
        if time_base is None:
            raise damaged(film)
        worth = _Worth(timeline)
        for packet in container.demux(stream):
            at = None if packet.pts is None else frame_number(packet.pts, time_base, timeline.fps)
            if at is not None and not (packet.is_keyframe and worth.decoding(at)):
                continue
            for picture in packet.decode():
                luma = _luma(picture)
                difference = float(np.abs(luma - before).max()) if before is not None else 255.0
                frame = frame_number(picture.pts or 0, time_base, timeline.fps)
                yield Sample(frame=frame, brightest=float(np.percentile(luma, _BRIGHT_PERCENTILE)), difference=difference)
                before = luma


class _Worth:
    """Which key frames are worth decoding, asked in film order."""

    def __init__(self, timeline: Timeline) -> None:
        self._starts = [clip.start_frame for clip in timeline.picture]
        self._apart = int(timeline.fps * SECONDS_APART)
        self._next_shot = 0
        self._last = -self._apart

    def decoding(self, frame: int) -> bool:
        opens_shot = False
        while self._next_shot < len(self._starts) and frame >= self._starts[self._next_shot]:
            self._next_shot += 1
            opens_shot = True
        if not opens_shot and frame - self._last < self._apart:
            return False
        self._last = frame
        return True


def quiet_lines(dialogue: Path, clips: Sequence[SoundClip], limit_dbfs: float) -> Iterator[tuple[SoundClip, float]]:
    """The clips whose place in the stem peaks under `limit_dbfs`, with that peak. OutOfDiskError when it cannot be read."""
    try:
        with soundfile.SoundFile(dialogue) as stem:
            for clip in clips:
                start = min(max(clip.start_sample, 0), stem.frames)
                stem.seek(start)
                heard = np.asarray(stem.read(min(clip.length_samples, stem.frames - start), dtype="float32"))
                peak = float(np.abs(heard).max(initial=0.0))
                level_db = 20 * float(np.log10(max(peak, 1e-7)))
                if level_db < limit_dbfs:
                    yield clip, level_db
    except (OSError, soundfile.SoundFileError) as exc:
        raise OutOfDiskError(f"{dialogue} cannot be read: {exc}; render the film again.") from exc


def _luma(picture: VideoFrame) -> NDArray[np.int16]:
    """The mean luma of each block, taken straight from the decoded plane."""
    plane: Any = picture.planes[0]
    rows = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]
    block = min(max(plane.width // _BLOCKS_ACROSS, 1), _BLOCK_PX)
    blocks = cv2.resize(rows, (plane.width // block, plane.height // block), interpolation=cv2.INTER_AREA)
    return blocks.astype(np.int16)
