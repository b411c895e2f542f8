"""What the mix does to a sound before it is placed: level, distance, telephone, panorama."""

from __future__ import annotations

from functools import cache
from math import cos, log10, pi, sin, sqrt

import numpy as np

from cinema.cut.filters import Kernel, bandpass, filtered, kernel, lowpass
from cinema.cut.loudness import Sound
from cinema.plan.model import Delivery
from cinema.timebase import SAMPLE_RATE_HZ

_WINDOW_SAMPLES = SAMPLE_RATE_HZ // 20
_QUIET_DBFS = -55.0
_REFLECTIONS = ((0.0113, 0.30), (0.0191, 0.24), (0.0277, 0.19), (0.0373, 0.14), (0.0481, 0.10))
"""Early reflections of a room next door: delay in seconds and gain."""


def level_dbfs(sound: Sound) -> float | None:
    """RMS level of the loud parts: windows of 50 ms within 20 dB of the loudest. None for silence.

    So a pause within a line does not make the line count as quiet.
    """
    windows = max(sound.shape[1] // _WINDOW_SAMPLES, 1)
    used = sound[:, : windows * _WINDOW_SAMPLES]
    power = np.square(used, dtype=np.float32).mean(axis=0)
    means = power.reshape(windows, -1).mean(axis=1)
    loudest = float(means.max(initial=0.0))
    if loudest <= 10 ** (_QUIET_DBFS / 10):
        return None
    return 10 * log10(float(means[means > loudest / 100].mean()))


@cache
def _wire() -> Kernel:
    return kernel(bandpass(3, 300.0, 3400.0))


@cache
def _dull(edge_hz: float) -> Kernel:
    return kernel(lowpass(1, edge_hz))


def telephone(voice: Sound) -> Sound:
    """300 to 3400 Hz, as the wire carries it, pressed a little by the small loudspeaker."""
    band = filtered(_wire(), voice)
    peak = float(np.abs(band).max(initial=0.0))
    if peak == 0:
        return band
    return np.asarray(np.tanh(band * (2.0 / peak)) * (peak / 1.6), np.float32)


def off_screen(voice: Sound) -> Sound:
    """Duller, softer, with the first reflections of a room: somebody near who is not seen."""
    dull = filtered(_dull(2600.0), voice)
    rooms = dull * np.float32(0.72)
    for delay, gain in _REFLECTIONS:
        shift = round(delay * SAMPLE_RATE_HZ)
        if shift < dull.shape[1]:
            rooms[:, shift:] += dull[:, :-shift] * np.float32(gain * 0.72)
    return rooms


def close(voice: Sound) -> Sound:
    """A narrator at the microphone: dry, with a little more body (under 180 Hz, +2 dB)."""
    return np.asarray(voice + filtered(_dull(180.0), voice) * np.float32(0.26), np.float32)


def delivered(voice: Sound, delivery: Delivery) -> Sound:
    """The voice as its delivery makes it sound; the same length."""
    match delivery:
        case "phone":
            return telephone(voice)
        case "off_screen":
            return off_screen(voice)
        case "voice_over":
            return close(voice)
        case "on_screen":
            return voice


def pan_gains(pan: float) -> tuple[float, float]:
    """Left and right gain for a place from -1 (left) to 1, at equal power; 1 and 1 in the middle."""
    angle = (max(-1.0, min(1.0, pan)) + 1) * pi / 4
    return sqrt(2) * cos(angle), sqrt(2) * sin(angle)
