"""Sound clips read in passing: any span of a clip, at its level, looped, faded and panned."""

# soundfile and soxr carry no types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

from math import pi
from pathlib import Path
from typing import Any, cast

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from cinema.cut.loudness import Sound
from cinema.cut.timeline import SoundClip
from cinema.cut.voices import delivered, level_dbfs, pan_gains
from cinema.errors import InputError, OutOfDiskError
from cinema.timebase import SAMPLE_RATE_HZ

_REFERENCE_DBFS = {"line": -22.0, "music": -25.0, "ambience": -34.0, "sound": -22.0}
"""Where a source of each kind is brought to, as RMS of its loud parts: a mix that stands before anybody touches a fader."""
_SHARE = {"line": 0.7, "music": 0.9, "ambience": 0.9, "sound": 0.5}
"""How much of the way: a whisper stays softer than a shout, a thunder louder than a step."""
_MOST_DB = 18.0
_LOOP_FADE_SAMPLES = SAMPLE_RATE_HZ // 5
_WHOLE_SAMPLES = 30 * SAMPLE_RATE_HZ
"""A source up to this long is held in memory while it is heard; a longer one is read from its file."""
_LEVEL_SAMPLES = 8 * SAMPLE_RATE_HZ
"""Of a long source, its level is that of its loud parts in these samples from its middle."""


class Source:
    """The sound of one clip. Positions count from the clip's start; what lies beyond the source is silence, or the loop."""

    def __init__(self, clip: SoundClip) -> None:
        self.clip = clip
        self._file = _open(clip.path)
        self._rate_hz = int(self._file.samplerate)
        whole = self._rate_hz != SAMPLE_RATE_HZ or self._file.frames <= _WHOLE_SAMPLES or clip.stem == "dialogue"
        self._held = self._load() if whole else None
        self._length = self._held.shape[1] if self._held is not None else int(self._file.frames)
        self._gains = self._balance()

    def _load(self) -> Sound:
        sound = _stereo(self._file.read(dtype="float32", always_2d=True))
        if self._rate_hz != SAMPLE_RATE_HZ:
            sound = np.ascontiguousarray(soxr.resample(sound.T, self._rate_hz, SAMPLE_RATE_HZ).T, np.float32)
        return delivered(sound, self.clip.delivery) if self.clip.stem == "dialogue" else sound

    def _balance(self) -> tuple[float, float]:
        """Gains of left and right: the source's own level brought near its kind's, the clip's gain, its place."""
        kind = self.clip.slot.partition(":")[0]
        middle = self._length // 2
        sample = self._held
        if sample is None:
            sample = self._straight(middle - _LEVEL_SAMPLES // 2, middle + _LEVEL_SAMPLES // 2)
        level = level_dbfs(sample)
        levelling = 0.0
        if level is not None and kind in _REFERENCE_DBFS:
            levelling = max(-_MOST_DB, min(_MOST_DB, (_REFERENCE_DBFS[kind] - level) * _SHARE[kind]))
        gain = 10 ** ((levelling + self.clip.gain_db) / 20)
        left, right = pan_gains(self.clip.pan)
        return gain * left, gain * right

    def add_to(self, bus: Sound, bus_start: int) -> None:
        """Mix the clip into a bus that begins at the film's sample `bus_start`."""
        first = max(bus_start - self.clip.start_sample, 0)
        last = min(bus_start + bus.shape[1] - self.clip.start_sample, self.clip.length_samples)
        if last <= first:
            return
        sound = self._span(first, last)
        envelope = self._envelope(first, last)
        at = self.clip.start_sample + first - bus_start
        for channel, gain in enumerate(self._gains):
            level = np.float32(gain) if envelope is None else envelope * np.float32(gain)
            bus[channel, at : at + sound.shape[1]] += sound[channel] * level

    def _span(self, first: int, last: int) -> Sound:
        if not self.clip.loop or self._length >= self.clip.length_samples:
            return self._straight(first, min(last, self._length)) if first < self._length else np.zeros((2, 0), np.float32)
        return self._looped(first, last)

    def _looped(self, first: int, last: int) -> Sound:
        """The source over and over, each turn's end crossfaded with the next one's start at equal power."""
        fade = min(_LOOP_FADE_SAMPLES, self._length // 4)
        period = self._length - fade
        out = np.zeros((2, last - first), np.float32)
        for turn in range(max(0, (first - fade) // period), last // period + 1):
            origin = turn * period
            begin, end = max(first - origin, 0), min(last - origin, self._length)
            if end <= begin:
                continue
            part = self._straight(begin, end).copy()
            if turn:
                part *= _ramp(begin, end, 0, fade)
            part *= _ramp(begin, end, self._length, -fade)
            out[:, origin + begin - first : origin + end - first] += part
        return out

    def _straight(self, first: int, last: int) -> Sound:
        if self._held is not None:
            return self._held[:, first:last]
        self._file.seek(first)
        return _stereo(self._file.read(last - first, dtype="float32", always_2d=True))

    def _envelope(self, first: int, last: int) -> NDArray[np.float32] | None:
        """The clip's fades over a span; None where it is at its full level."""
        clip = self.clip
        last = min(last, clip.length_samples) if clip.loop else min(last, self._length, clip.length_samples)
        fading_in = first < clip.fade_in_samples
        fading_out = last > clip.length_samples - clip.fade_out_samples
        if not (fading_in or fading_out) or last <= first:
            return None
        envelope = np.ones(last - first, np.float32)
        if fading_in:
            envelope *= _ramp(first, last, 0, clip.fade_in_samples)
        if fading_out:
            envelope *= _ramp(first, last, clip.length_samples, -clip.fade_out_samples)
        return envelope

    def close(self) -> None:
        self._file.close()
        self._held = None


def _ramp(first: int, last: int, edge: int, fade: int) -> NDArray[np.float32]:
    """A quarter sine from 0 at `edge` to 1 at `edge + fade` (fade < 0: falling towards the edge), 1 beyond."""
    at = np.arange(first, last, dtype=np.float32) + np.float32(0.5)
    return np.sin(np.clip((at - edge) / (fade or 1), 0, 1) * np.float32(pi / 2))


def _stereo(samples: NDArray[Any]) -> Sound:
    """Frames x channels as 2 x frames; mono goes to both; of more channels two are heard; NaN is silence."""
    channels = samples.T if samples.shape[1] > 1 else np.repeat(samples.T, 2, axis=0)
    sound = np.ascontiguousarray(channels[:2], np.float32)
    return np.nan_to_num(sound, copy=False, posinf=1.0, neginf=-1.0)


def _open(path: Path) -> soundfile.SoundFile:
    try:
        file = soundfile.SoundFile(path)
    except soundfile.LibsndfileError as exc:
        if not path.is_file():
            raise OutOfDiskError(f"{path} cannot be read; render the film again to make it anew.") from exc
        raise InputError(f"{path.name} is not a sound file that Cinema reads; make it again.") from exc
    if file.format not in ("WAV", "WAVEX", "RF64"):
        file.close()
        raise InputError(f"{path.name} is {cast('str', file.format)}, not WAV; make it again.")
    return file
