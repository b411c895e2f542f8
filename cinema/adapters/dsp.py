"""Sound, as arithmetic: what the voice, the score and the foley share. numpy only.

scipy.signal costs 0.56 s to import (2-core machine, 2026-11-21), more than most effects take to make, so filters are
gain curves over the spectrum. That also makes whatever they shape periodic, which is what a loop without a seam wants.

Mono is a float32 array (n,), stereo (2, n); full scale is 1.0; the rate is 48 kHz; levels are dB, times seconds.
"""

# soundfile has no stubs: what it writes is checked by reading it back in the tests.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cinema.errors import OutOfDiskError
from cinema.identity import seed_from
from cinema.timebase import SAMPLE_RATE_HZ

Wave = NDArray[Any]
"""float32; (n,) mono or (2, n) stereo."""
Gain = Callable[[NDArray[Any]], NDArray[Any]]
"""Amplitude factor at each frequency in Hz."""

PEAK_DBFS = -1.0
_CHUNK = 1 << 18
_SMOOTH_SIZES = sorted(
    2**a * 3**b * 5**c for a in range(4, 27) for b in range(4) for c in range(3) if 2**a * 3**b * 5**c <= 1 << 26
)


def rng_for(*parts: Any) -> np.random.Generator:
    """A generator that depends on `parts` (JSON values) alone."""
    return np.random.Generator(np.random.PCG64(seed_from(*parts)))


def count(seconds: float) -> int:
    """Samples in `seconds`, at least 1."""
    return max(1, round(seconds * SAMPLE_RATE_HZ))


def amplitude(level_db: float) -> float:
    """The factor that stands for a level in dB."""
    return float(10.0 ** (level_db / 20.0))


def decibel(value: float) -> float:
    """The level in dB of an amplitude; silence is -120."""
    return float(20.0 * np.log10(max(value, 1e-6)))


def fast_size(size: int) -> int:
    """The smallest length that is at least `size` and whose FFT is fast."""
    return next((fit for fit in _SMOOTH_SIZES if fit >= size), size)


# --- filters: gain curves -------------------------------------------------------------------------------------------


def low_pass(hz: float, order: int = 2) -> Gain:
    """Butterworth magnitude: -3 dB at `hz`, 6 dB an octave for each order."""
    return lambda f: 1.0 / np.sqrt(1.0 + (f / hz) ** (2 * order))


def high_pass(hz: float, order: int = 2) -> Gain:
    return lambda f: 1.0 / np.sqrt(1.0 + (hz / np.maximum(f, 1e-3)) ** (2 * order))


def band_pass(low_hz: float, high_hz: float, order: int = 2) -> Gain:
    return both(high_pass(low_hz, order), low_pass(high_hz, order))


def peak(hz: float, gain_db: float, width_octaves: float = 1.0) -> Gain:
    """A bell, Gaussian over octaves."""
    return lambda f: 10.0 ** (gain_db / 20.0 * np.exp(-((np.log2(np.maximum(f, 1.0) / hz) / width_octaves) ** 2)))


def tilt(db_per_octave: float, pivot_hz: float = 1000.0) -> Gain:
    """A straight slope through 0 dB at the pivot; level below 30 Hz."""
    return lambda f: 10.0 ** (db_per_octave / 20.0 * np.log2(np.maximum(f, 30.0) / pivot_hz))


def resonances(centres: Iterable[tuple[float, float, float]], floor: float = 0.0) -> Gain:
    """Sum of resonance curves (hz, bandwidth_hz, amplitude), as formants are drawn; `floor` between them."""
    peaks = tuple(centres)
    return lambda f: (
        floor + sum((a / np.sqrt(1.0 + ((f - hz) / (0.5 * width)) ** 2) for hz, width, a in peaks), np.zeros_like(f))
    )


def both(*gains: Gain) -> Gain:
    """One filter after the other."""

    def product(f: NDArray[Any]) -> NDArray[Any]:
        out = np.ones_like(f)
        for gain in gains:
            out = out * gain(f)
        return out

    return product


def response(gain: Gain, size: int) -> NDArray[Any]:
    """`gain` at the bins of an FFT of `size`; long ones are read off 1/256 octave steps (a tenth of the time)."""
    f = np.fft.rfftfreq(size, 1.0 / SAMPLE_RATE_HZ)
    if size < 1 << 14:
        return gain(f).astype(np.float32)
    grid = np.concatenate([[0.0], 2.0 ** np.arange(-6.0, 14.6, 1.0 / 256)])
    return np.interp(f, grid, gain(grid)).astype(np.float32)


def filtered(wave: Wave, gain: Gain, *, circular: bool = False, tail: int = 2400) -> Wave:
    """`wave` through `gain`, zero phase, same length. Not circular: padded by `tail` samples so that ends do not meet."""
    size = wave.shape[-1]
    padded = size if circular else fast_size(size + tail)
    spectrum = np.fft.rfft(wave, padded, axis=-1)
    spectrum *= response(gain, padded)
    return np.fft.irfft(spectrum, padded, axis=-1)[..., :size].astype(np.float32)


# --- sources --------------------------------------------------------------------------------------------------------


def noise(samples: int, rng: np.random.Generator, gain: Gain | None = None) -> Wave:
    """Periodic Gaussian noise of `samples`, shaped by `gain` (None: white), unit RMS, without DC."""
    return noises(1, samples, rng, gain)[0]


def noises(number: int, samples: int, rng: np.random.Generator, gain: Gain | None = None) -> Wave:
    """(number, samples): independent noises of one colour, drawn as spectra, so that each takes a single transform."""
    bins = samples // 2 + 1
    parts = rng.standard_normal((number, bins, 2), dtype=np.float32)
    if gain is not None:
        parts *= response(gain, samples)[:, None]
    parts[:, 0] = 0.0
    waves = np.fft.irfft(parts.view(np.complex64)[..., 0], samples, axis=-1).astype(np.float32)
    return waves / np.maximum(np.sqrt(np.mean(waves**2, axis=-1, keepdims=True)), np.float32(1e-9))


def wander(samples: int, rng: np.random.Generator, hz: float) -> Wave:
    """A slow random curve, periodic over `samples`, 0 ... 1, that turns about `hz` times a second."""
    turns = max(2, round(hz * samples / SAMPLE_RATE_HZ * 2))
    points = rng.random(turns)
    steps = 24
    part = np.arange(steps) / steps
    part = part * part * (3.0 - 2.0 * part)
    fine = (points[:, None] * (1.0 - part) + np.roll(points, -1)[:, None] * part).reshape(-1)
    grid = np.arange(fine.size + 1) * (samples / fine.size)
    return np.interp(np.arange(samples), grid, np.append(fine, fine[0])).astype(np.float32)


def tone(hz: NDArray[Any] | float, samples: int, phase: float = 0.0) -> Wave:
    """A sine of constant or sample-wise varying frequency."""
    if isinstance(hz, np.ndarray):
        angle = np.cumsum(hz.astype(np.float64)) * (2.0 * np.pi / SAMPLE_RATE_HZ)
    else:
        angle = np.arange(samples, dtype=np.float64) * (2.0 * np.pi * hz / SAMPLE_RATE_HZ)
    return np.sin(np.mod(angle + phase, 2.0 * np.pi).astype(np.float32))


def harmonics(hz: NDArray[Any], weights: Iterable[float]) -> Wave:
    """A tone with partials 1, 2, 3 ... of the given weights; partials above 20 kHz are left out.

    By sin(n a) = 2 cos(a) sin((n - 1) a) - sin((n - 2) a): three times as fast as a sine each (2-core machine, 2026-11-21).
    """
    angle = (np.mod(np.cumsum(hz.astype(np.float64)) / SAMPLE_RATE_HZ, 1.0) * (2.0 * np.pi)).astype(np.float32)
    before, now = np.zeros(hz.size, np.float32), np.sin(angle)
    twice = np.float32(2.0) * np.cos(angle)
    out = np.zeros(hz.size, np.float32)
    top = float(hz.max())
    for number, weight in enumerate(weights, start=1):
        if number * top >= 20_000:
            break
        if weight:
            out += np.float32(weight) * now
        before, now = now, twice * now - before
    return out


def modes(samples: int, partials: Iterable[tuple[float, float, float]], rng: np.random.Generator) -> Wave:
    """Something struck: damped sines (hz, t60_seconds, amplitude), each of its own phase, with a 1 ms attack."""
    out = np.zeros(samples, np.float32)
    for hz, t60, weight in partials:
        phase = float(rng.random()) * 2.0 * np.pi
        length = min(samples, count(t60 * 1.2))
        if hz < 20_000:
            out[:length] += np.float32(weight) * tone(hz, length, phase) * decay(length, t60)
    ramp = min(48, samples)
    out[:ramp] *= np.linspace(0.0, 1.0, ramp, dtype=np.float32)
    return out


# --- envelopes ------------------------------------------------------------------------------------------------------


def decay(samples: int, t60: float) -> Wave:
    """Exponential fall that reaches -60 dB after `t60` seconds."""
    return np.exp(np.arange(samples, dtype=np.float32) * np.float32(-6.9078 / (t60 * SAMPLE_RATE_HZ)))


def curve(samples: int, points: Iterable[tuple[float, float]]) -> Wave:
    """Straight lines through (fraction of the length, value)."""
    xs, ys = zip(*points, strict=True)
    return np.interp(np.linspace(0.0, 1.0, samples), xs, ys).astype(np.float32)


def strike(samples: int, attack: float, t60: float) -> Wave:
    """A short smooth attack (seconds), then exponential decay."""
    out = decay(samples, t60)
    ramp = min(samples, count(attack))
    out[:ramp] *= np.sin(np.linspace(0.0, np.pi / 2, ramp, dtype=np.float32)) ** 2
    return out


def faded(wave: Wave, fade_in: float = 0.003, fade_out: float = 0.01) -> Wave:
    """A copy that starts and ends at exactly zero, by raised-cosine fades (seconds; at most half the length each)."""
    out = wave.copy()
    size = out.shape[-1]
    if size < 3:
        return np.zeros_like(out)
    rise, fall = (max(2, min(count(seconds), size // 2)) for seconds in (fade_in, fade_out))
    out[..., :rise] *= (0.5 - 0.5 * np.cos(np.linspace(0.0, np.pi, rise))).astype(np.float32)
    out[..., size - fall :] *= (0.5 + 0.5 * np.cos(np.linspace(0.0, np.pi, fall))).astype(np.float32)
    out[..., 0] = 0.0
    out[..., -1] = 0.0
    return out


# --- space ----------------------------------------------------------------------------------------------------------


def pan(mono: Wave, position: float) -> Wave:
    """Stereo at constant power; -1 left, 0 centre, 1 right."""
    angle = (min(max(position, -1.0), 1.0) + 1.0) * np.pi / 4
    return np.stack([mono * np.float32(np.cos(angle)), mono * np.float32(np.sin(angle))])


def room(seconds: float, rng: np.random.Generator, *, bright_hz: float = 6000.0, predelay: float = 0.008) -> Wave:
    """A stereo impulse response: decorrelated noise whose highs die first; unit energy a channel; t60 is `seconds`."""
    size = count(seconds * 1.1 + predelay)
    start = min(count(predelay), size // 2)
    out = np.zeros((2, size), np.float32)
    length = size - start
    for channel in range(2):
        for low, high, share in ((40.0, 500.0, 1.0), (500.0, 2500.0, 0.85), (2500.0, bright_hz, 0.5)):
            if high > low:
                layer = noise(length, rng, band_pass(low, high, 2))
                out[channel, start:] += layer * decay(length, seconds * share) * np.float32(share)
        out[channel] /= np.float32(max(float(np.sqrt(np.sum(out[channel] ** 2))), 1e-9))
    return out


def convolve(wave: Wave, response: Wave, *, circular: bool = False) -> Wave:
    """Stereo `wave` (mono is spread) through a stereo response. Circular: same length; else lengthened by the tail."""
    size = wave.shape[-1]
    if circular and response.shape[-1] > size:
        response = response[:, :size]
    full = size if circular else size + response.shape[-1] - 1
    padded = full if circular else fast_size(full)
    product = np.fft.rfft(wave, padded, axis=-1) * np.fft.rfft(response, padded, axis=-1)
    return np.fft.irfft(product, padded, axis=-1)[..., :full].astype(np.float32)


def place(canvas: Wave, wave: Wave, at: int, *, circular: bool = False) -> None:
    """Add `wave` to `canvas` from sample `at`; what lies beyond the end is cut, or with `circular` comes in at the start."""
    size = canvas.shape[-1]
    if circular:
        at %= size
        while wave.shape[-1]:
            part = min(size - at, wave.shape[-1])
            canvas[..., at : at + part] += wave[..., :part]
            wave, at = wave[..., part:], 0
    elif 0 <= at < size:
        part = min(size - at, wave.shape[-1])
        canvas[..., at : at + part] += wave[..., :part]


def tiled(bed: Wave, samples: int, *, loop: bool) -> Wave:
    """`samples` of a periodic `bed`. With `loop` the last second glides, at equal power, into what leads to the start."""
    period = bed.shape[-1]
    out = bed[..., np.arange(samples) % period]
    if loop and samples % period:
        glide = min(SAMPLE_RATE_HZ, samples // 2)
        angle = np.linspace(0.0, np.pi / 2, glide, dtype=np.float32)
        lead = bed[..., np.arange(-glide, 0) % period]
        out[..., samples - glide :] = out[..., samples - glide :] * np.cos(angle) + lead * np.sin(angle)
    return out


# --- levels ---------------------------------------------------------------------------------------------------------


def rms(wave: Wave) -> float:
    return float(np.sqrt(np.mean(np.square(wave, dtype=np.float32), dtype=np.float64))) if wave.size else 0.0


def k_weighting(f: NDArray[Any]) -> NDArray[Any]:
    """Magnitude of ITU-R BS.1770's two filters: a +4 dB shelf above 1.7 kHz and a high pass at 38 Hz."""
    shelf = np.sqrt((1.0 + 2.512 * (f / 1682.0) ** 4) / (1.0 + (f / 1682.0) ** 4))
    return shelf * (f / 38.13) ** 2 / np.sqrt((1.0 - (f / 38.13) ** 2) ** 2 + (f / 38.13 / 0.5) ** 2)


def block_powers(wave: Wave, block: int = 19_200) -> NDArray[Any]:
    """K-weighted power, channels summed, of each 400 ms block (Parseval); a shorter last block counts as it is."""
    stack = np.atleast_2d(wave)
    size = stack.shape[-1]
    weights = k_weighting(np.fft.rfftfreq(block, 1.0 / SAMPLE_RATE_HZ)) ** 2
    powers: list[float] = []
    for start in range(0, size, block):
        part = stack[:, start : start + block]
        energy = np.abs(np.fft.rfft(part, block, axis=-1)) ** 2 * weights
        powers.append(float(energy.sum()) * 2.0 / block / part.shape[-1])
    return np.array(powers)


def gated(powers: NDArray[Any]) -> float:
    """Integrated loudness in LUFS from block powers, gated as BS.1770 does (-70 absolute, -10 relative)."""
    loud = powers[powers > 10.0 ** ((-70.0 + 0.691) / 10.0)]
    if not loud.size:
        return -120.0
    loud = loud[loud > loud.mean() / 10.0]
    return float(-0.691 + 10.0 * np.log10(loud.mean()))


def loudness(wave: Wave) -> float:
    """LUFS of mono or stereo; -120 for silence. Within 0.3 LU of BS.1770 (blocks do not overlap here)."""
    return gated(block_powers(wave))


def limited(wave: Wave, ceiling_db: float = PEAK_DBFS, *, circular: bool = False) -> Wave:
    """No sample above the ceiling: gain falls ahead of a peak and recovers within about 15 ms, both smoothly."""
    ceiling = amplitude(ceiling_db)
    size = wave.shape[-1]
    if not size or float(np.abs(wave).max()) <= ceiling:
        return wave
    hop, reach = 64, 6
    level = np.abs(np.atleast_2d(wave)).max(axis=0)
    level = np.pad(level, (0, -size % hop))
    hops = level.reshape(-1, hop).max(axis=1)
    mode = "wrap" if circular else "edge"
    wide = np.lib.stride_tricks.sliding_window_view(np.pad(hops, 2 * reach, mode=mode), 2 * reach + 1).max(axis=1)
    gain = np.minimum(1.0, ceiling / np.maximum(wide, 1e-9))
    window = np.hanning(2 * reach + 1)[1:-1]
    smooth = np.convolve(gain, window / window.sum(), mode="valid")[1 : hops.size + 1]
    centres = (np.arange(hops.size, dtype=np.float64) + 0.5) * hop
    sample_gain = np.interp(np.arange(size, dtype=np.float64), centres, smooth, period=size if circular else None)
    out = wave * sample_gain.astype(np.float32)
    return np.clip(out, -ceiling, ceiling)


def levelled(wave: Wave, target_lufs: float, *, circular: bool = False, most_db: float = 60.0) -> Wave:
    """`wave` brought to a loudness by one gain (at most `most_db`), then limited; silence stays silence."""
    measured = loudness(wave)
    if measured <= -119.0:
        return wave
    return limited(wave * np.float32(amplitude(min(target_lufs - measured, most_db))), circular=circular)


# --- files ----------------------------------------------------------------------------------------------------------


def in_blocks(wave: Wave, block: int = _CHUNK) -> Iterator[Wave]:
    for start in range(0, wave.shape[-1], block):
        yield wave[..., start : start + block]


def write_wav(path: Path, blocks: Iterable[Wave], channels: int) -> int:
    """Write a 48 kHz, 24-bit PCM WAV and give the number of samples. OutOfDiskError when the folder does not take it."""
    import soundfile

    written = 0
    try:
        with soundfile.SoundFile(path, "w", SAMPLE_RATE_HZ, channels, subtype="PCM_24", format="WAV") as file:
            for block in blocks:
                file.write(block.T if block.ndim > 1 else block)
                written += block.shape[-1]
    except (soundfile.SoundFileError, OSError) as exc:
        raise OutOfDiskError(f"{path} cannot be written: {exc}; check the folder and the space left on it.") from exc
    return written
