"""Where effects are made: a canvas of a given length, its chance, and when things happen on it.

On a looping stage everything is circular: noise is periodic, and what rings over the end comes in at the start, so a loop
has no seam by construction.
"""

from __future__ import annotations

import numpy as np

from cinema.adapters import dsp
from cinema.adapters.dsp import Gain, Wave, count
from cinema.timebase import SAMPLE_RATE_HZ

_ONSET_SECONDS = 0.004


class Stage:
    """A stereo canvas of `samples`; `words` are those of the prompt, for effects that depend on them (a surface, a kind)."""

    def __init__(self, samples: int, rng: np.random.Generator, *, loop: bool, words: frozenset[str] = frozenset()) -> None:
        self.samples = samples
        self.seconds = samples / SAMPLE_RATE_HZ
        self.rng = rng
        self.loop = loop
        self.words = words
        self.canvas: Wave = np.zeros((2, samples), np.float32)

    def says(self, *words: str) -> bool:
        """Whether the prompt holds any of `words`."""
        return not self.words.isdisjoint(words)

    def between(self, low: float, high: float) -> float:
        return float(self.rng.uniform(low, high))

    def noise(self, seconds: float, gain: Gain | None = None) -> Wave:
        """Mono noise of unit RMS."""
        return dsp.noise(count(seconds), self.rng, gain)

    def hiss(self, gain: Gain) -> Wave:
        """Stereo noise over the whole canvas, a different one in each ear, with a shared part so that it stands in front."""
        left, right, middle = dsp.noises(3, self.samples, self.rng, gain)
        return np.stack([left + middle, right + middle]) * np.float32(0.7)

    def wander(self, hz: float, low: float = 0.0, high: float = 1.0) -> Wave:
        """A slow curve over the whole canvas between `low` and `high`."""
        return low + (high - low) * dsp.wander(self.samples, self.rng, hz)

    def bed(self, wave: Wave) -> None:
        """Add a sound as long as the canvas."""
        self.canvas += wave

    def put(self, wave: Wave, at_seconds: float, position: float = 0.0, level: float = 1.0) -> None:
        """Add a mono sound at a time and a place (-1 left ... 1 right)."""
        tail = min(0.02, wave.size / SAMPLE_RATE_HZ / 4)
        smooth = dsp.faded(wave, min(0.001, tail), tail) * np.float32(level)
        dsp.place(
            self.canvas, dsp.pan(smooth, position), round((at_seconds + _ONSET_SECONDS) * SAMPLE_RATE_HZ), circular=self.loop
        )

    def beats(self, every: float, jitter: float = 0.0) -> list[float]:
        """Times in seconds, one about every `every`; `jitter` 0 ... 1 of it. In a loop they divide its length evenly."""
        total = max(1, round(self.seconds / every)) if self.loop else max(1, int(np.ceil(self.seconds / every - 1e-6)))
        step = self.seconds / total if self.loop else every
        return [max(0.0, step * (index + (jitter * self.between(-0.5, 0.5) if index else 0.0))) for index in range(total)]

    def once(self, seldom: float = 11.0) -> list[float]:
        """When a single event happens: at the start, or in a loop now and then."""
        return self.beats(seldom, 0.7) if self.loop else [0.0]

    def scatter(self, rate_hz: float) -> list[float]:
        """Random times, `rate_hz` a second on average, at least one."""
        return sorted(self.rng.uniform(0.0, self.seconds, max(1, round(rate_hz * self.seconds))).tolist())
