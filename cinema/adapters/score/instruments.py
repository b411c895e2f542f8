"""How each instrument makes one note: partials with envelopes, a little noise, nothing sampled.

A note is mono, 48 kHz, and starts and ends at zero. Additive throughout: partials above 16 kHz are never made.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from cinema.adapters import dsp
from cinema.adapters.dsp import Wave, count


def hertz(pitch: int) -> float:
    """Of a MIDI number in equal temperament at 440 Hz."""
    return float(440.0 * 2.0 ** ((pitch - 69) / 12.0))


@lru_cache(maxsize=192)
def note(instrument: str, pitch: int, hundredths: int, bright_tenths: int) -> Wave:
    """One note at full level; `hundredths` of a second long before its release. Cached: figures repeat their notes."""
    rng = dsp.rng_for("note", instrument, pitch)
    wave = _INSTRUMENTS[instrument](hertz(pitch), hundredths / 100.0, bright_tenths / 10.0, rng)
    return dsp.faded(wave, 0.002, 0.02)


def _held(size: int, attack: float, release: float) -> Wave:
    """Swell, hold, and go."""
    rise, fall = min(count(attack), size // 2), min(count(release), size // 2)
    out = np.ones(size, np.float32)
    out[:rise] = (0.5 - 0.5 * np.cos(np.linspace(0, np.pi, rise))).astype(np.float32)
    out[size - fall :] = (0.5 + 0.5 * np.cos(np.linspace(0, np.pi, fall))).astype(np.float32)
    return out


def _saw(hz: Wave, partials: int, slope: float, level: Callable[[float], float] | None = None) -> Wave:
    top = float(hz.max())
    weights = [(1.0 / n**slope) * (level(n * top) if level else 1.0) for n in range(1, partials + 1) if n * top < 16_000]
    return dsp.harmonics(hz, weights or [1.0])


def _vibrato(size: int, hz: float, rate: float, depth: float, delay: float, rng: np.random.Generator) -> Wave:
    time = np.arange(size) / 48_000
    grown = np.clip((time - delay) / 0.5, 0.0, 1.0)
    return (hz * (1.0 + depth * grown * np.sin(2 * np.pi * rate * time + float(rng.random()) * 6))).astype(np.float32)


def _struck(hz: float, seconds: float, partials: int, slope: float, t60: float, stiff: float) -> Wave:
    """A string let go: partials stretched by stiffness, the higher the shorter."""
    size = count(min(seconds + 0.25, t60))
    out = np.zeros(size, np.float32)
    for n in range(1, partials + 1):
        partial = hz * n * np.sqrt(1.0 + stiff * n * n)
        if partial > 12_000:
            break
        span = min(size, count(t60 / n**0.7))
        out[:span] += np.float32(n**-slope) * dsp.tone(float(partial), span, n * 1.7) * dsp.decay(span, t60 / n**0.7)
    release = min(count(0.22), size // 2)
    out[size - release :] *= np.linspace(1, 0, release, dtype=np.float32)
    out[: min(96, size)] *= np.linspace(0, 1, min(96, size), dtype=np.float32)
    return out


def _strings(hz: float, seconds: float, bright: float, rng: np.random.Generator) -> Wave:
    size = count(seconds + 0.7)
    players = [
        _saw(_vibrato(size, hz * detune, rate, 0.0025, 0.3, rng), round(12 * bright), 1.22)
        for detune, rate in ((0.9975, 4.7), (1.0028, 5.4))
    ]
    return (players[0] + players[1]) * _held(size, min(0.55, seconds / 3), 0.7) * np.float32(0.42)


def _choir(hz: float, seconds: float, bright: float, rng: np.random.Generator) -> Wave:
    size = count(seconds + 0.9)
    throat = dsp.resonances([(520, 110, 1.0), (920, 130, 0.55), (2500, 250, 0.1 * bright)], 0.04)

    def formant(frequency: float) -> float:
        return float(throat(np.array([frequency]))[0])

    singers = [
        _saw(_vibrato(size, hz * detune, rate, 0.004, 0.2, rng), 14, 0.9, formant)
        for detune, rate in ((0.996, 4.9), (1.0, 5.6), (1.004, 5.2))
    ]
    wave = singers[0] + singers[1] + singers[2]
    return wave / np.float32(max(dsp.rms(wave), 1e-6)) * np.float32(0.3) * _held(size, min(0.8, seconds / 3), 0.9)


def _organ(hz: float, seconds: float, bright: float, rng: np.random.Generator) -> Wave:
    size = count(seconds + 0.4)
    steady = _vibrato(size, hz, 5.0, 0.0012, 0.0, rng)
    return (
        dsp.harmonics(steady, [1, 0.5 * bright, 0.25, 0.22 * bright, 0.06, 0.08, 0.02, 0.05])
        * _held(size, 0.12, 0.4)
        * np.float32(0.5)
    )


def _solo(attack: float, slope: float, partials: int, depth: float, body: tuple[tuple[float, float, float], ...], air: float):
    """A bowed or blown voice: vibrato that comes late, a body's resonances, a breath of noise."""
    curve = dsp.resonances(body, 0.25)

    def made(hz: float, seconds: float, bright: float, rng: np.random.Generator) -> Wave:
        size = count(seconds + 0.25)
        wave = _saw(
            _vibrato(size, hz, 5.3, depth, 0.25, rng), round(partials * bright), slope, lambda f: float(curve(np.array([f]))[0])
        )
        wave = wave / np.float32(max(dsp.rms(wave), 1e-6)) * np.float32(0.36)
        breath = dsp.noise(size, rng, dsp.band_pass(hz, hz * 5, 1)) * np.float32(air)
        swell = 0.82 + 0.18 * np.sin(np.linspace(0.0, np.pi, size)).astype(np.float32)
        return (wave + breath) * swell * _held(size, min(attack, seconds / 2), 0.25)

    return made


def _brass(hz: float, seconds: float, bright: float, rng: np.random.Generator) -> Wave:
    """Brighter as it grows louder: low partials first, high ones with the swell."""
    size = count(seconds + 0.22)
    steady = _vibrato(size, hz, 5.0, 0.002, 0.4, rng)
    dark, light = _saw(steady, 4, 1.0), _saw(steady, round(14 * bright), 0.9)
    grown = _held(size, min(0.16, seconds / 3), 0.3) ** 2
    return (dark * (1 - grown) + light * grown) * _held(size, min(0.06, seconds / 3), 0.22) * np.float32(0.32)


def _piano(hz: float, seconds: float, bright: float, rng: np.random.Generator) -> Wave:
    """A felt piano: soft hammer, two strings slightly apart."""
    t60 = float(np.interp(hz, (60, 260, 1000), (7.0, 4.5, 2.2)))
    slope = 1.55 / bright
    wave = _struck(hz, seconds + 0.6, 9, slope, t60, 0.0004)
    second = _struck(hz * 1.0009, seconds + 0.6, 5, slope, t60 * 0.9, 0.0004)
    wave[: second.size] += second[: wave.size]
    thump = dsp.noise(count(0.05), rng, dsp.band_pass(90, 500, 1)) * dsp.strike(count(0.05), 0.002, 0.04) * np.float32(0.07)
    wave[: thump.size] += thump[: wave.size]
    return wave * np.float32(0.52)


def _guitar(hz: float, seconds: float, bright: float, rng: np.random.Generator) -> Wave:
    return _struck(hz, seconds + 0.4, 12, 1.15 / bright, 2.4, 0.00008) * np.float32(0.62)


def _harp(hz: float, seconds: float, bright: float, rng: np.random.Generator) -> Wave:
    return _struck(hz, seconds + 0.9, 8, 1.4 / bright, 3.0, 0.00003) * np.float32(0.7)


def _pizzicato(hz: float, seconds: float, bright: float, rng: np.random.Generator) -> Wave:
    return _struck(hz, 0.35, 8, 1.25 / bright, 0.55, 0.0001) * np.float32(0.85)


def _pulse(hz: float, seconds: float, bright: float, rng: np.random.Generator) -> Wave:
    """Short low strings."""
    size = count(seconds + 0.12)
    wave = _saw(np.full(size, hz * 0.998, np.float32), round(11 * bright), 1.25) + _saw(
        np.full(size, hz * 1.002, np.float32), 8, 1.3
    )
    return wave * dsp.strike(size, 0.014, 0.5) * _held(size, 0.01, 0.1) * np.float32(0.5)


def _celesta(hz: float, seconds: float, bright: float, rng: np.random.Generator) -> Wave:
    size = count(1.9)
    return dsp.modes(size, [(hz, 1.9, 1.0), (hz * 4.0, 0.6, 0.28 * bright), (hz * 9.2, 0.12, 0.12)], rng) * np.float32(0.62)


def _bass(hz: float, seconds: float, bright: float, rng: np.random.Generator) -> Wave:
    size = count(seconds + 0.4)
    return _saw(np.full(size, hz, np.float32), 6, 1.8) * _held(size, min(0.12, seconds / 3), 0.4) * np.float32(0.42)


def _drone(hz: float, seconds: float, bright: float, rng: np.random.Generator) -> Wave:
    size = count(seconds + 0.9)
    wave = _saw(np.full(size, hz, np.float32), 8, 1.3) + _saw(np.full(size, hz * 1.0045, np.float32), 8, 1.3)
    return wave * _held(size, min(0.8, seconds / 3), 0.9) * (0.75 + 0.25 * dsp.wander(size, rng, 0.9)) * np.float32(0.3)


def _taiko(hz: float, seconds: float, bright: float, rng: np.random.Generator) -> Wave:
    size = count(1.1)
    """A deep drum, tuned."""
    drop = dsp.tone(dsp.curve(size, [(0, 1.7 * hz), (0.05, 1.06 * hz), (0.2, hz), (1, hz)]), size) * dsp.strike(
        size, 0.002, 1.0
    )
    skin = dsp.noise(count(0.12), rng, dsp.band_pass(120, 1600 * bright, 1)) * dsp.strike(count(0.12), 0.001, 0.09)
    drop[: skin.size] += skin * np.float32(0.35)
    return drop * np.float32(0.9)


def _kick(hz: float, seconds: float, bright: float, rng: np.random.Generator) -> Wave:
    size = count(0.35)
    return dsp.tone(dsp.curve(size, [(0, 130), (0.12, 62), (1, 50)]), size) * dsp.strike(size, 0.003, 0.3)


def _snare(hz: float, seconds: float, bright: float, rng: np.random.Generator) -> Wave:
    size = count(0.3)
    return dsp.noise(size, rng, dsp.band_pass(260, 7000, 1)) * dsp.strike(size, 0.001, 0.22) * np.float32(0.4)


def _shaker(hz: float, seconds: float, bright: float, rng: np.random.Generator) -> Wave:
    size = count(0.11)
    return dsp.noise(size, rng, dsp.high_pass(5200)) * dsp.curve(size, [(0, 0), (0.35, 1), (1, 0)]) * np.float32(0.16)


_INSTRUMENTS: dict[str, Callable[[float, float, float, np.random.Generator], Wave]] = {
    "strings": _strings,
    "choir": _choir,
    "organ": _organ,
    "violin": _solo(0.13, 0.85, 16, 0.0065, ((480, 150, 0.8), (1100, 300, 1.0), (2700, 700, 0.7)), 0.012),
    "cello": _solo(0.17, 0.95, 16, 0.005, ((240, 100, 1.0), (600, 200, 0.7), (1700, 500, 0.35)), 0.012),
    "flute": _solo(0.09, 1.9, 6, 0.005, ((900, 900, 1.0),), 0.035),
    "clarinet": _solo(0.05, 1.4, 9, 0.002, ((700, 500, 1.0), (1500, 400, 0.6)), 0.008),
    "brass": _brass,
    "piano": _piano,
    "guitar": _guitar,
    "harp": _harp,
    "pizzicato": _pizzicato,
    "pulse": _pulse,
    "celesta": _celesta,
    "bass": _bass,
    "drone": _drone,
    "taiko": _taiko,
    "kick": _kick,
    "snare": _snare,
    "shaker": _shaker,
}
