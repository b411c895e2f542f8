"""The mix: three stems, one static gain, a true-peak limiter. Streamed; memory does not grow with the film.

Dialogue is laid first, since music and ambience are ducked by what is heard of it; then those, and the sum is measured.
Gain and limiter are decided from the measure. So the finished mix is the sum of the stems times one gain, limited.
"""

# soundfile carries no types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from cinema.catalog import Delivery
from cinema.cut.duck import AMBIENCE_DUCK_DB, MUSIC_DUCK_DB, duck, ducking, heard_steps
from cinema.cut.limiter import Master, master
from cinema.cut.loudness import HOP_SAMPLES, Curve, Meter, Sound
from cinema.cut.sources import Source
from cinema.cut.timeline import SoundClip, Stem, Timeline
from cinema.timebase import SAMPLE_RATE_HZ, sample_at

BLOCK_SAMPLES = 2 * SAMPLE_RATE_HZ
STEMS: tuple[Stem, ...] = ("dialogue", "music", "effects")
_RIFF_LIMIT_BYTES = 4_000_000_000
_FULL_BYTES = 1_000_000
"""With less room than this, a block that could not be written found the disk full."""
PEAK_MARGIN_DB = 1.0
"""Encoding moves the peaks by up to 1 dB, and a meter that oversamples four-fold reads up to 0.7 dB low (BS.1770-5, annex 2,
attachment 1): the limiter aims this much below the limit."""

Tick = Callable[[float], None]
"""Told 0 ... 1 of a step."""


@dataclass(frozen=True, kw_only=True)
class Mix:
    """Stems on disk and what was measured of their sum: what a master is decided from."""

    stems: tuple[Path, ...]
    """In the order of `STEMS`."""
    samples: int
    powers: Curve
    peaks: NDArray[np.float32]
    heard: NDArray[np.bool_]
    """For each 100 ms: whether dialogue is heard in most of it."""

    def master(self, delivery: Delivery, *, trim_db: float = 0.0, margin_db: float = PEAK_MARGIN_DB) -> Master:
        """Gain and limiter for a delivery; `trim_db` and `margin_db` correct what encoding did."""
        return master(
            self.powers,
            self.peaks,
            target_lufs=delivery.loudness_lufs + trim_db,
            ceiling_dbtp=delivery.true_peak_dbtp - margin_db,
            heard=self.heard if delivery.dialogue_gated else None,
        )

    def mastered(self, master: Master, start: int = 0, stop: int | None = None) -> Iterator[Sound]:
        """The finished mix from sample `start` (a multiple of 4 ms) to `stop`, block by block."""
        stop = self.samples if stop is None else stop
        with ExitStack() as stack:
            files = [stack.enter_context(soundfile.SoundFile(path)) for path in self.stems]
            for file in files:
                file.seek(start)
            for at in range(start, stop, BLOCK_SAMPLES):
                total = sum(_read(file, min(BLOCK_SAMPLES, stop - at)) for file in files)
                yield master.apply(np.asarray(total, np.float32), at)


def lay_stems(timeline: Timeline, folder: Path, tick: Tick = lambda part: None) -> Mix:
    """Write `dialogue.wav`, `music.wav` and `effects.wav` (48 kHz, stereo, 24 bits) into `folder`, and measure their sum.

    Raises InputError or OutOfDiskError for a source that cannot be read, OSError when a stem cannot be written.
    """
    samples = sample_at(timeline.length_frames, timeline.fps)
    paths = {stem: folder / f"{stem}.wav" for stem in STEMS}
    heard = _lay_dialogue(timeline, paths["dialogue"], samples)
    down = ducking(heard)
    meter = Meter()
    music = Bus([clip for clip in timeline.sound if clip.stem == "music"])
    ambience = Bus([clip for clip in timeline.sound if clip.slot.startswith("ambience:")])
    effects = Bus([clip for clip in timeline.sound if clip.stem == "effects" and not clip.slot.startswith("ambience:")])
    with ExitStack() as stack:

        def write(score: Sound, sounds: Sound) -> None:
            music_file.write(score)
            effects_file.write(sounds)

        def measure(score: Sound, sounds: Sound, voices: Sound) -> None:
            meter.add(score + sounds + voices)

        spoken = stack.enter_context(soundfile.SoundFile(paths["dialogue"]))
        music_file, effects_file = (stack.enter_context(_StemFile(paths[stem], samples)) for stem in ("music", "effects"))
        for bus in (music, ambience, effects):
            stack.callback(bus.close)
        pool = stack.enter_context(ThreadPoolExecutor(2, thread_name_prefix="sound-stems"))
        before: list[Future[None]] = []
        """The block before this one, being written and measured while this one is mixed."""
        for start in range(0, samples, BLOCK_SAMPLES):
            count = min(BLOCK_SAMPLES, samples - start)
            score, around, sounds = (bus.block(start, count) for bus in (music, ambience, effects))
            duck(score, start, down, MUSIC_DUCK_DB)
            duck(around, start, down, AMBIENCE_DUCK_DB)
            sounds += around
            voices = _read(spoken, count)
            for future in before:
                future.result()
            before = [pool.submit(write, score, sounds), pool.submit(measure, score, sounds, voices)]
            tick((start + count) / samples)
        for future in before:
            future.result()
    hops = len(meter.powers)
    steps = HOP_SAMPLES * len(heard) // max(samples, 1) if samples < HOP_SAMPLES else 10
    return Mix(
        stems=tuple(paths[stem] for stem in STEMS),
        samples=samples,
        powers=meter.powers,
        peaks=meter.peaks(),
        heard=heard[: hops * steps].reshape(hops, -1).mean(axis=1) >= 0.5 if hops else np.zeros(0, np.bool_),
    )


def _lay_dialogue(timeline: Timeline, path: Path, samples: int) -> NDArray[np.bool_]:
    """Write the dialogue's stem; gives whether it is heard, step by step."""
    bus = Bus([clip for clip in timeline.sound if clip.stem == "dialogue"])
    heard: list[NDArray[np.bool_]] = []
    with _StemFile(path, samples) as file, ThreadPoolExecutor(1, thread_name_prefix="sound-dialogue") as pool:
        try:
            written: Future[None] | None = None
            for start in range(0, samples, BLOCK_SAMPLES):
                block = bus.block(start, min(BLOCK_SAMPLES, samples - start))
                if written is not None:
                    written.result()
                written = pool.submit(file.write, block)
                heard.append(heard_steps(block))
            if written is not None:
                written.result()
        finally:
            bus.close()
    return np.concatenate(heard) if heard else np.zeros(0, np.bool_)


class Bus:
    """Sound clips summed, block after block; a clip's file is open only while the clip is heard."""

    def __init__(self, clips: Sequence[SoundClip]) -> None:
        self._waiting = sorted(clips, key=lambda clip: clip.start_sample, reverse=True)
        self._open: list[Source] = []

    def block(self, start: int, count: int) -> Sound:
        """The next block; blocks must be asked for in order."""
        bus = np.zeros((2, count), np.float32)
        while self._waiting and self._waiting[-1].start_sample < start + count:
            self._open.append(Source(self._waiting.pop()))
        for source in self._open:
            source.add_to(bus, start)
        still: list[Source] = []
        for source in self._open:
            if source.clip.start_sample + source.clip.length_samples > start + count:
                still.append(source)
            else:
                source.close()
        self._open = still
        return bus

    def close(self) -> None:
        for source in self._open:
            source.close()
        self._open = []


def _read(file: soundfile.SoundFile, count: int) -> Sound:
    return np.ascontiguousarray(file.read(count, dtype="float32", always_2d=True).T, np.float32)


class _StemFile:
    """A new stem; one too long for a RIFF header's 32 bits gets the EBU's RF64. OSError when the disk does not take it."""

    def __init__(self, path: Path, samples: int) -> None:
        self._folder = path.parent
        large = samples * 6 > _RIFF_LIMIT_BYTES
        with self._told():
            self._file = soundfile.SoundFile(path, "w", SAMPLE_RATE_HZ, 2, "PCM_24", format="RF64" if large else "WAV")

    def write(self, block: Sound) -> None:
        with self._told():
            self._file.write(block.T)

    @contextmanager
    def _told(self) -> Generator[None]:
        """libsndfile says "System error" for whatever the system said (and soundfile asserts that a write was whole).

        What the disk has left tells which it was.
        """
        try:
            yield
        except (soundfile.LibsndfileError, AssertionError) as exc:
            full = shutil.disk_usage(self._folder).free < _FULL_BYTES
            number = errno.ENOSPC if full else errno.EIO
            raise OSError(number, os.strerror(number)) from exc

    def __enter__(self) -> _StemFile:
        return self

    def __exit__(self, *failure: object) -> None:
        with self._told():
            self._file.close()
