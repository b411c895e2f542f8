"""Loudness and true peak after ITU-R BS.1770-5 and EBU R 128, measured in passing, block by block."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from functools import cache
from math import log10

import cv2
import numpy as np
from numpy.typing import NDArray

from cinema.cut.filters import REACH_SAMPLES, SEGMENT_SAMPLES, Kernel, biquads, kernel, segment
from cinema.timebase import SAMPLE_RATE_HZ

Sound = NDArray[np.float32]
"""2 x samples, 48 kHz, full scale at 1."""
Curve = NDArray[np.float64]

HOP_SAMPLES = SAMPLE_RATE_HZ // 10
"""A quarter of a gating block."""
PEAK_SAMPLES = 192
"""Four milliseconds: how finely peaks are kept for the limiter."""

# BS.1770-5 annex 1, tables 1 and 2: the coefficients at 48 kHz.
_K_WEIGHTING = (
    (1.53512485958697, -2.69169618940638, 1.19839281085285, -1.69065929318241, 0.73248077421585),
    (1.0, -2.0, 1.0, -1.99004745483398, 0.99007225036621),
)
# BS.1770-5 annex 2: the four phases of the interpolator for true peaks; phases 3 and 4 mirror 2 and 1.
_PHASES = (
    (0.0017089843750, 0.0109863281250, -0.0196533203125, 0.0332031250000, -0.0594482421875, 0.1373291015625,
     0.9721679687500, -0.1022949218750, 0.0476074218750, -0.0266113281250, 0.0148925781250, -0.0083007812500),
    (-0.0291748046875, 0.0292968750000, -0.0517578125000, 0.0891113281250, -0.1665039062500, 0.4650878906250,
     0.7797851562500, -0.2003173828125, 0.1015625000000, -0.0582275390625, 0.0330810546875, -0.0189208984375),
)  # fmt: skip
_TAPS = [np.array([phase], np.float32) for phase in (*_PHASES, *(phase[::-1] for phase in _PHASES))]
_REACH = 6
_ABSOLUTE_GATE = 10 ** ((-70 + 0.691) / 10)


@cache
def _k_weighting() -> Kernel:
    return kernel(biquads(_K_WEIGHTING))


def to_lufs(power: float) -> float:
    """Loudness of a K-weighted mean square, summed over channels."""
    return -0.691 + 10 * log10(power)


class Meter:
    """Takes a programme in blocks of any length; keeps one power for each 100 ms and one peak for each 4 ms.

    True peaks are over both channels. Four-fold oversampling, as in BS.1770.
    """

    def __init__(self) -> None:
        self._window = np.zeros((2, REACH_SAMPLES + SEGMENT_SAMPLES), np.float32)
        self._filled = 0
        self._powers = array("d")
        self._peaks = array("f")
        self._tail = np.zeros((2, _REACH), np.float32)
        self._peak_rest = np.zeros(0, np.float32)
        self.samples = 0

    def add(self, block: Sound) -> None:
        """The next samples of the programme."""
        self.samples += block.shape[1]
        self._find_peaks(block)
        at = 0
        while at < block.shape[1]:
            count = min(SEGMENT_SAMPLES - self._filled, block.shape[1] - at)
            here = REACH_SAMPLES + self._filled
            self._window[:, here : here + count] = block[:, at : at + count]
            self._filled += count
            at += count
            if self._filled == SEGMENT_SAMPLES:
                self._powers.frombytes(self._segment_powers().tobytes())
                self._window[:, :REACH_SAMPLES] = self._window[:, SEGMENT_SAMPLES:]
                self._filled = 0

    def _segment_powers(self) -> Curve:
        """Of each whole 100 ms that waits in the window."""
        hops = self._filled // HOP_SAMPLES
        weighted = segment(_k_weighting(), self._window)[:, : hops * HOP_SAMPLES].reshape(2, hops, HOP_SAMPLES)
        return np.einsum("chs,chs->h", weighted, weighted).astype(np.float64) / HOP_SAMPLES

    def _find_peaks(self, block: Sound) -> None:
        """Peaks lag the input by the interpolator's reach; `peaks` makes up for it."""
        joined = np.concatenate([self._tail, block], axis=1)
        self._tail = joined[:, joined.shape[1] - 2 * _REACH :]
        highest = np.abs(joined).max(axis=0)
        for taps in _TAPS:
            between = cv2.filter2D(joined, cv2.CV_32F, taps, borderType=cv2.BORDER_CONSTANT)
            np.maximum(highest, np.abs(between).max(axis=0), out=highest)
        settled = np.concatenate([self._peak_rest, highest[_REACH:-_REACH]])
        spans = len(settled) // PEAK_SAMPLES
        highest_each = settled[: spans * PEAK_SAMPLES].reshape(spans, PEAK_SAMPLES).max(axis=1)
        self._peaks.frombytes(highest_each.tobytes())
        self._peak_rest = settled[spans * PEAK_SAMPLES :].copy()

    @property
    def powers(self) -> Curve:
        """K-weighted power of each whole 100 ms, summed over channels."""
        return np.concatenate([np.array(self._powers), self._segment_powers()])

    def peaks(self) -> NDArray[np.float32]:
        """Ends the programme; the true peak of each 4 ms (the last may be shorter), as a factor of full scale."""
        self._find_peaks(np.zeros((2, _REACH), np.float32))
        last = [self._peak_rest.max(initial=0)] if len(self._peak_rest) else []
        return np.concatenate([np.array(self._peaks), np.asarray(last, np.float32)])


def blocks_of(powers: Curve) -> Curve:
    """Power of each 400 ms gating block, at every 100 ms; empty under 400 ms."""
    if len(powers) < 4:
        return np.zeros(0)
    return np.convolve(powers, np.full(4, 0.25), mode="valid")


def integrated(powers: Curve, heard: Sequence[bool] | NDArray[np.bool_] | None = None) -> float | None:
    """Programme loudness in LUFS of 100 ms powers; None when nothing passes the gate, or under 400 ms.

    With `heard`, one flag for each 100 ms, only blocks that are mostly heard count and the relative gate is off: loudness of
    the dialogue. Where none is heard, the whole programme counts.
    """
    blocks = blocks_of(powers)
    loud = blocks > _ABSOLUTE_GATE
    if heard is not None and len(blocks):
        speaking = blocks_of(np.asarray(heard, float)) >= 0.5
        if (loud & speaking).any():
            return to_lufs(float(blocks[loud & speaking].mean()))
    if not loud.any():
        return None
    gate = blocks[loud].mean() / 10
    return to_lufs(float(blocks[loud & (blocks > gate)].mean()))
