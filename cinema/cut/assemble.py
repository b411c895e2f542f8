"""`assemble`: a timeline becomes the finished film, its captions and its stems."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillWorking
from contextlib import contextmanager
from pathlib import Path

from cinema.catalog import Delivery
from cinema.cut.mastering import Mastered, master_and_encode
from cinema.cut.memory import give_back
from cinema.cut.mix import Mix, lay_stems
from cinema.cut.mux import write_film
from cinema.cut.picture import PictureTrack
from cinema.cut.result import CutResult
from cinema.cut.subtitles import write_captions
from cinema.cut.timeline import Timeline
from cinema.errors import InputError
from cinema.events import Listener, StageAdvanced, StageFinished, StageStarted, nobody
from cinema.media.writer import disk_error
from cinema.settings import Settings

_SCRATCH = ".cut-"
_STEPS = 3


def assemble(
    timeline: Timeline, out: Path, *, delivery: Delivery, settings: Settings, listener: Listener = nobody
) -> CutResult:
    """Write `film.mp4`, `captions.srt`, `captions.vtt` and `stems/*.wav` into the folder `out`.

    The film has exactly `timeline.length_frames` frames. Everything is made beside its final place and put there when it is
    whole, the film last: after a failure, a film that stood there still stands. Raises InputError for a timeline without
    frames or a clip that cannot be read, OutOfDiskError when `out` does not take the film.
    """
    if timeline.length_frames <= 0:
        raise InputError("This film has no frames; the script needs at least one shot.")
    started = time.monotonic()
    progress = _Progress(listener)
    with _scratch(out) as scratch:
        with ThreadPoolExecutor(1, thread_name_prefix="sound") as pool:
            sound = pool.submit(_sound, timeline, scratch, delivery, progress)
            track = PictureTrack(timeline, burn_captions=settings.burn_captions)
            track.render(scratch / "rendered.h264", progress.picture)
            give_back()
            picture_seconds = time.monotonic() - started
            mix, mastered, sound_seconds = _await(sound, progress)
        give_back()
        before_film = time.monotonic()
        film = scratch / "film.mp4"
        copied = write_film(film, timeline, track.packets(), mastered.path, scratch=scratch)
        captions = write_captions(timeline.captions, out, fps=timeline.fps, language=timeline.language)
        stems = tuple(_put(path, out / "stems" / path.name) for path in mix.stems)
        size_bytes = film.stat().st_size
        film = _put(film, out / "film.mp4")
    ended = time.monotonic()
    progress.finished(ended - started)
    return CutResult(
        film=film.absolute(),
        captions=tuple(path.absolute() for path in captions),
        stems=tuple(path.absolute() for path in stems),
        frames=timeline.length_frames,
        samples=mix.samples,
        loudness_lufs=mastered.loudness_lufs,
        true_peak_dbtp=mastered.true_peak_dbtp,
        gain_db=mastered.master.gain_db,
        limited_db=mastered.master.limited_db,
        size_bytes=size_bytes,
        copied_frames=copied,
        seconds={"sound": sound_seconds, "picture": picture_seconds, "film": ended - before_film},
        missing=timeline.missing,
        notes=track.notes,
    )


class _Progress:
    """Tells a listener, from the caller's thread only, how far sound and picture have come."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._started = time.monotonic()
        self.sound_part = 0.0
        self._picture_part = 0.0
        listener(StageStarted(stage="cut", total=_STEPS))

    def sound(self, part: float) -> None:
        """May be called from another thread: only noted."""
        self.sound_part = part

    def picture(self, part: float) -> None:
        self._picture_part = part
        self.tell()

    def tell(self) -> None:
        fraction = min(0.45 * self.sound_part + 0.45 * self._picture_part, 1.0)
        spent = time.monotonic() - self._started
        done = (self.sound_part >= 1) + (self._picture_part >= 1)
        left = spent / fraction * (1 - fraction) if fraction > 0.02 else None
        self._listener(StageAdvanced(stage="cut", done=done, total=_STEPS, fraction=fraction, seconds_left=left))

    def finished(self, seconds: float) -> None:
        self._listener(StageAdvanced(stage="cut", done=_STEPS, total=_STEPS, fraction=1.0, seconds_left=0.0))
        self._listener(StageFinished(stage="cut", seconds=seconds))


def _sound(timeline: Timeline, scratch: Path, delivery: Delivery, progress: _Progress) -> tuple[Mix, Mastered, float]:
    started = time.monotonic()
    mix = lay_stems(timeline, scratch, lambda part: progress.sound(part * 0.4))
    mastered = master_and_encode(mix, scratch, delivery, lambda part: progress.sound(0.4 + part * 0.6))
    progress.sound(1.0)
    return mix, mastered, time.monotonic() - started


def _await(sound: Future[tuple[Mix, Mastered, float]], progress: _Progress) -> tuple[Mix, Mastered, float]:
    progress.picture(1.0)
    while True:
        try:
            return sound.result(timeout=0.2)
        except StillWorking:
            progress.tell()


@contextmanager
def _scratch(out: Path) -> Generator[Path]:
    """A folder inside `out` for what is being made; what a killed run left there is removed first."""
    try:
        (out / "stems").mkdir(parents=True, exist_ok=True)
        for left in out.glob(f"{_SCRATCH}*"):
            shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=_SCRATCH, dir=out) as folder:
            yield Path(folder)
    except OSError as exc:
        raise disk_error(out, exc) from exc


def _put(path: Path, to: Path) -> Path:
    """Move a whole file to its final name, durably."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
    return path.replace(to)
