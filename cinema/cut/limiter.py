"""One static gain and a true-peak limiter, decided for the whole film from its measured powers and peaks."""

from __future__ import annotations

from dataclasses import dataclass
from math import log10

import numpy as np
from numpy.typing import NDArray

from cinema.cut.loudness import HOP_SAMPLES, PEAK_SAMPLES, Curve, Sound, integrated

_ATTACK_DB_PER_SPAN = 6.0
"""The gain comes down ahead of a peak at 1.5 dB a millisecond: 6 dB are foreseen by 4 ms."""
_RELEASE_DB_PER_SPAN = 0.16
"""And returns by 40 dB a second."""
_MOST_LIMITED_DB = 12.0
_STEPS = 24
_RUN = 4096


@dataclass(frozen=True, kw_only=True)
class Master:
    """What the mix is multiplied with: `gain_db`, and the limiter's gain at the borders of each 4 ms (factors, ≤ 1)."""

    gain_db: float
    knots: NDArray[np.float32]

    @property
    def limited_db(self) -> float:
        """The most that the limiter takes away, ≥ 0."""
        return -20 * log10(max(float(self.knots.min(initial=1.0)), 1e-9))

    def apply(self, block: Sound, start_sample: int) -> Sound:
        """The block that begins at `start_sample` of the film (a multiple of 4 ms), finished."""
        first = start_sample // PEAK_SAMPLES
        spans = -(-block.shape[1] // PEAK_SAMPLES)
        knots = self.knots[first : first + spans + 1]
        gain = np.float32(10 ** (self.gain_db / 20))
        if not len(knots) or float(knots.min()) >= 1.0:
            return np.asarray(block * gain, np.float32)
        steps = np.arange(PEAK_SAMPLES, dtype=np.float32) / PEAK_SAMPLES
        curve = knots[:-1, None] + (knots[1:] - knots[:-1])[:, None] * steps
        return np.asarray(block * (curve.reshape(-1)[: block.shape[1]] * gain), np.float32)


def limiter_knots(peaks: NDArray[np.float32], gain_db: float, ceiling_dbtp: float) -> NDArray[np.float32]:
    """The limiter's gain at the borders of the 4 ms spans (one more than peaks).

    Between two borders the gain is linear, so it never exceeds what the span between them, or either neighbour, allows.
    In decibels it falls and returns at fixed slopes: a running minimum of lines, both ways.
    """
    if not len(peaks):
        return np.ones(1, np.float32)
    # Single precision and runs of spans: these are the largest arrays that grow with the film (3.6 MB for an hour).
    padded = np.zeros(len(peaks) + 2, np.float32)
    allowed = padded[1:-1]
    with np.errstate(divide="ignore"):
        np.log10(peaks, out=allowed)
    allowed *= -20
    allowed += np.float32(ceiling_dbtp - gain_db)
    np.minimum(allowed, 0.0, out=allowed)
    border = np.minimum(padded[:-1], padded[1:])
    for order, slope in ((border, _RELEASE_DB_PER_SPAN), (border[::-1], _ATTACK_DB_PER_SPAN)):
        _lower_to_lines(order, slope)
    border /= 20
    return np.power(np.float32(10), border, out=border)


def _lower_to_lines(levels: NDArray[np.float32], rise: float) -> None:
    """Lower each level, in place, to what a line that rises from any level before it has reached by then."""
    line = np.arange(1, _RUN + 1) * rise
    reached = np.inf
    for start in range(0, len(levels), _RUN):
        run = levels[start : start + _RUN]
        own = line[: len(run)]
        lowest = np.minimum(np.minimum.accumulate(run - own), reached) + own
        run[:] = lowest
        reached = float(lowest[-1])


def limited_powers(powers: Curve, knots: NDArray[np.float32]) -> Curve:
    """The powers of each 100 ms as the limiter leaves them: its mean square gain over that time."""
    spans = HOP_SAMPLES // PEAK_SAMPLES
    squares = np.square(knots[: len(powers) * spans].astype(np.float64))
    if len(squares) < len(powers) * spans:
        squares = np.concatenate([squares, np.ones(len(powers) * spans - len(squares))])
    return powers * squares.reshape(len(powers), spans).mean(axis=1)


def master(
    powers: Curve,
    peaks: NDArray[np.float32],
    *,
    target_lufs: float,
    ceiling_dbtp: float,
    heard: NDArray[np.bool_] | None = None,
) -> Master:
    """The gain that brings the limited mix to `target_lufs`, and the limiter that keeps it under `ceiling_dbtp`.

    A silent mix, or one under 0.4 s, gets no gain. At most 12 dB are asked of the limiter: a film of single cracks stays
    softer than its target instead of being crushed.
    """
    loudness = integrated(powers, heard)
    if loudness is None:
        return Master(gain_db=0.0, knots=limiter_knots(peaks, 0.0, ceiling_dbtp))
    highest_db = 20 * log10(max(float(peaks.max(initial=0.0)), 1e-9))
    plain = target_lufs - loudness
    most = ceiling_dbtp - highest_db + _MOST_LIMITED_DB
    low, high = min(plain, most), min(plain + _MOST_LIMITED_DB, most)
    gain = low
    for _ in range(_STEPS):
        knots = limiter_knots(peaks, gain, ceiling_dbtp)
        reached = integrated(limited_powers(powers, knots) * 10 ** (gain / 10), heard) or -70.0
        if abs(reached - target_lufs) < 0.01:
            break
        low, high = (gain, high) if reached < target_lufs else (low, gain)
        following = (low + high) / 2
        if abs(following - gain) < 0.002:
            break
        gain = following
    return Master(gain_db=gain, knots=limiter_knots(peaks, gain, ceiling_dbtp))
