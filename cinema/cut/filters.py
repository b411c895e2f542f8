"""Linear filters as spectra: a response on paper becomes a kernel, a kernel is laid over sound by fast convolution.

numpy alone: `scipy.signal` costs 0.5 s to import and 67 MB of memory (2-core machine, 2026-11).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from cinema.timebase import SAMPLE_RATE_HZ

SEGMENT_SAMPLES = 19_200
"""How much of a sound is filtered at once."""
REACH_SAMPLES = 4_800
"""How far a filter remembers. The slowest here, BS.1770's high pass, has fallen by 200 dB then."""
_WINDOW_SAMPLES = REACH_SAMPLES + SEGMENT_SAMPLES
_DESIGN_SAMPLES = 2 * SAMPLE_RATE_HZ

Hertz = NDArray[np.float64]
Response = Callable[[Hertz], NDArray[np.complex128]]
"""The complex gain at each frequency, at 48 kHz."""
Kernel = NDArray[np.complex64]
"""The spectrum of a filter's memory, as long as one window."""


def kernel(response: Response) -> Kernel:
    """The filter that has this response: its impulse response, cut at `REACH_SAMPLES`."""
    hertz = np.asarray(np.fft.rfftfreq(_DESIGN_SAMPLES, 1 / SAMPLE_RATE_HZ), np.float64)
    impulse = np.fft.irfft(response(hertz), _DESIGN_SAMPLES)[: REACH_SAMPLES + 1]
    return np.fft.rfft(impulse, _WINDOW_SAMPLES).astype(np.complex64)


def segment(by: Kernel, window: NDArray[np.float32]) -> NDArray[np.float32]:
    """The last `SEGMENT_SAMPLES` of each row of a window, filtered; the `REACH_SAMPLES` before them are its past."""
    spectrum = np.fft.rfft(window, axis=-1)
    spectrum *= by
    return np.asarray(np.fft.irfft(spectrum, _WINDOW_SAMPLES, axis=-1)[..., REACH_SAMPLES:], np.float32)


def filtered(by: Kernel, sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows of sound, filtered; before their first sample they were silent."""
    rows, samples = sound.shape
    out = np.empty((rows, samples), np.float32)
    window = np.zeros((rows, _WINDOW_SAMPLES), np.float32)
    for start in range(0, samples, SEGMENT_SAMPLES):
        count = min(SEGMENT_SAMPLES, samples - start)
        window[:, :REACH_SAMPLES] = window[:, SEGMENT_SAMPLES:]
        window[:, REACH_SAMPLES : REACH_SAMPLES + count] = sound[:, start : start + count]
        out[:, start : start + count] = segment(by, window)[:, :count]
    return out


def biquads(sections: Sequence[Sequence[float]]) -> Response:
    """Second-order sections one after the other, each b0 b1 b2 a1 a2 (a0 is 1)."""

    def response(hertz: Hertz) -> NDArray[np.complex128]:
        delay = np.exp(-2j * np.pi * hertz / SAMPLE_RATE_HZ)
        total = np.ones(len(hertz), np.complex128)
        for b0, b1, b2, a1, a2 in sections:
            total *= (b0 + (b1 + b2 * delay) * delay) / (1 + (a1 + a2 * delay) * delay)
        return total

    return response


def lowpass(order: int, edge_hz: float) -> Response:
    """Butterworth, -3 dB at the edge, by the bilinear transform."""

    def response(hertz: Hertz) -> NDArray[np.complex128]:
        s = 1j * _warped(hertz) / _warped(np.array([edge_hz]))
        return 1 / np.prod([s - pole for pole in _poles(order)], axis=0)

    return response


def bandpass(order: int, low_hz: float, high_hz: float) -> Response:
    """Butterworth, of `order` on either side, -3 dB at both edges, by the bilinear transform."""
    low, high = (float(edge) for edge in _warped(np.array([low_hz, high_hz])))

    def response(hertz: Hertz) -> NDArray[np.complex128]:
        s = 1j * _warped(hertz)
        across = (high - low) * s
        return across**order / np.prod([s * s + low * high - pole * across for pole in _poles(order)], axis=0)

    return response


def _warped(hertz: Hertz) -> Hertz:
    return np.tan(np.pi * hertz / SAMPLE_RATE_HZ)


def _poles(order: int) -> list[complex]:
    """Those of the Butterworth low pass with its edge at 1: evenly on the left half of the unit circle."""
    return [complex(np.exp(1j * np.pi * (2 * k + order + 1) / (2 * order))) for k in range(order)]
