"""From eSpeak NG's bare voice to one that stands in a room: formants, breath, whisper, tremor, tilt, level."""

from __future__ import annotations

import numpy as np

from cinema.adapters import dsp
from cinema.adapters.dsp import Wave
from cinema.adapters.espeak.cast import Mood, Timbre
from cinema.timebase import SAMPLE_RATE_HZ

_WINDOW = 1024
_HOP = 512
_BLOCK_FRAMES = 2048
"""STFT frames at once: 22 s of sound, so that a very long line takes flat memory."""
_ENVELOPE_BANDS = 6
"""Half the width, in bins of 47 Hz, over which a spectrum is smoothed to lose its harmonics."""
SILENCE_SECONDS = 0.05


def resampled(wave: Wave, rate_hz: float) -> Wave:
    """`wave` at 48 kHz."""
    import soxr

    return np.asarray(soxr.resample(wave, rate_hz, SAMPLE_RATE_HZ, "MQ"), np.float32)


def shaken(wave: Wave, depth: float) -> Wave:
    """A tremor of about 5 Hz: time itself runs faster and slower, by the fraction `depth`; the length stays."""
    if depth <= 0.0 or wave.size < 2:
        return wave
    time = np.arange(wave.size, dtype=np.float64)
    turn = 2.0 * np.pi * 5.1 / SAMPLE_RATE_HZ
    moved = time + depth / turn * (np.sin(turn * time) + 0.4 * np.sin(0.37 * turn * time))
    return np.interp(moved, time, wave).astype(np.float32)


def whispered(wave: Wave, rng: np.random.Generator) -> Wave:
    """The same words without voice: each moment's spectral envelope, filled with noise. Same length."""
    window = np.hanning(_WINDOW + 1)[:-1].astype(np.float32)
    padded = np.pad(wave, (_WINDOW, 2 * _WINDOW))
    out = np.zeros_like(padded)
    hiss = rng.standard_normal(padded.size, dtype=np.float32)
    frames = (padded.size - _WINDOW) // _HOP + 1
    kernel = np.hanning(2 * _ENVELOPE_BANDS + 3)[1:-1].astype(np.float32)
    kernel /= kernel.sum()
    for start in range(0, frames, _BLOCK_FRAMES):
        index = np.arange(start, min(start + _BLOCK_FRAMES, frames))
        rows = index[:, None] * _HOP + np.arange(_WINDOW)
        power = np.abs(np.fft.rfft(padded[rows] * window, axis=1)) ** 2
        wide = np.pad(power, ((0, 0), (_ENVELOPE_BANDS, _ENVELOPE_BANDS)), mode="edge")
        smooth = sum((wide[:, k : k + power.shape[1]] * kernel[k] for k in range(kernel.size)), np.zeros_like(power))
        shaped = np.fft.irfft(np.fft.rfft(hiss[rows] * window, axis=1) * np.sqrt(smooth), axis=1) * window
        for phase in (0, 1):
            part = shaped[phase::2]
            at = int(index[0] + phase) * _HOP
            out[at : at + part.size] += part.reshape(-1).astype(np.float32)
    out = out[_WINDOW : _WINDOW + wave.size]
    return out * np.float32(dsp.rms(wave) / max(dsp.rms(out), 1e-9))


def compressed(wave: Wave, ratio: float = 1.8) -> Wave:
    """Gentle levelling: what is above the line's mean level is brought towards it (5 ms steps, smoothed)."""
    hop = 240
    level = np.sqrt((np.pad(wave, (0, -wave.size % hop)).reshape(-1, hop) ** 2).mean(axis=1))
    level = np.convolve(np.pad(level, 4), np.ones(9) / 9, mode="valid")
    reference = max(float(np.sqrt((level**2).mean())), 1e-6)
    gain = (np.maximum(level, reference) / reference) ** (1.0 / ratio - 1.0)
    gain = np.convolve(np.pad(gain, 2, mode="edge"), np.ones(5) / 5, mode="valid")
    return wave * np.interp(np.arange(wave.size), (np.arange(gain.size) + 0.5) * hop, gain).astype(np.float32)


def voiced(wave: Wave, timbre: Timbre, mood: Mood, rng: np.random.Generator) -> Wave:
    """`wave` (48 kHz, formants moved already) as that cast member in that mood sounds; same length."""
    wave = shaken(wave, timbre.shake)
    if mood.whispered:
        wave = dsp.filtered(whispered(wave, rng), dsp.both(dsp.high_pass(250, 2), dsp.tilt(2.0)))
    else:
        airy = whispered(wave, rng)
        air = dsp.filtered(airy, dsp.both(dsp.high_pass(1200, 2), dsp.peak(3800, 5.0)))
        wave = wave + air * np.float32(2.2 * timbre.breath)
    colour = dsp.both(dsp.high_pass(75, 3), dsp.tilt(timbre.tilt_db), dsp.peak(240, 1.0), dsp.peak(3000, 1.5, 0.8))
    return compressed(dsp.filtered(wave, colour))


def in_a_room(wave: Wave, rng: np.random.Generator) -> Wave:
    """A slight, dry room: early reflections only, 22 dB down, so that a voice does not stand in nothing."""
    out = wave.copy()
    for at in np.sort(rng.uniform(0.006, 0.038, 7)):
        shift = dsp.count(float(at))
        if shift < wave.size:
            out[shift:] += wave[:-shift] * np.float32(0.08 * (0.03 / (0.03 + at)))
    return out


def trimmed_at(wave: Wave, keep_seconds: float = SILENCE_SECONDS) -> tuple[int, int]:
    """(first, end) of what is heard, 46 dB under the loudest 10 ms, with `keep_seconds` around it."""
    hop = 480
    padded = np.pad(wave, (0, -wave.size % hop)).reshape(-1, hop)
    level = np.sqrt((padded**2).mean(axis=1))
    loud = np.flatnonzero(level > level.max() * 0.005) if level.size else np.zeros(0, np.int64)
    if not loud.size or float(level.max()) < 1e-6:
        return 0, wave.size
    keep = dsp.count(keep_seconds)
    return max(0, int(loud[0]) * hop - keep), min(wave.size, (int(loud[-1]) + 1) * hop + keep)
