"""Sounds without words: laugh, sigh, gasp, cough, sob, scream, breath; from a voice's own pitch and formants.

A voiced moment is a buzz (harmonics falling 1/n) with a moving pitch, an unvoiced one is noise; both pass the vowel's
formants, scaled to the speaker, and an envelope.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cinema.adapters import dsp
from cinema.adapters.dsp import Wave, count
from cinema.adapters.espeak.cast import Timbre

_VOWELS = {
    "a": ((730.0, 90.0, 1.0), (1150.0, 110.0, 0.6), (2550.0, 170.0, 0.22), (3400.0, 250.0, 0.12)),
    "uh": ((560.0, 90.0, 1.0), (1200.0, 120.0, 0.4), (2450.0, 170.0, 0.15), (3300.0, 250.0, 0.08)),
    "o": ((450.0, 80.0, 1.0), (850.0, 100.0, 0.45), (2400.0, 170.0, 0.1), (3300.0, 250.0, 0.05)),
    "e": ((600.0, 90.0, 1.0), (1850.0, 120.0, 0.5), (2600.0, 170.0, 0.3), (3500.0, 250.0, 0.15)),
}


def _mouth(timbre: Timbre, vowel: str) -> dsp.Gain:
    size = timbre.formants * (1.16 if timbre.f0_hz > 155 else 1.0)
    return dsp.resonances(((hz * size, width, weight) for hz, width, weight in _VOWELS[vowel]), floor=0.02)


def _buzz(timbre: Timbre, seconds: float, pitch: list[tuple[float, float]], rng: np.random.Generator, vowel: str) -> Wave:
    """A voiced moment; `pitch` is (fraction of the length, factor of the speaker's own pitch)."""
    size = count(seconds)
    jitter = 1.0 + 0.03 * (dsp.wander(size, rng, 28.0) - 0.5)
    hz = timbre.f0_hz * dsp.curve(size, pitch) * jitter
    partials = min(60, int(9000 / max(float(hz.max()), 60.0)))
    wave = dsp.harmonics(hz, [1.0 / n for n in range(1, partials + 1)])
    return _unit(dsp.filtered(wave, _mouth(timbre, vowel)))


def _air(timbre: Timbre, seconds: float, rng: np.random.Generator, vowel: str, low_hz: float = 300.0) -> Wave:
    """An unvoiced moment."""
    gain = dsp.both(_mouth(timbre, vowel), dsp.high_pass(low_hz, 2), dsp.tilt(1.0))
    return dsp.noise(count(seconds), rng, gain)


def _unit(wave: Wave) -> Wave:
    return wave / np.float32(max(dsp.rms(wave), 1e-9))


def _joined(pieces: list[Wave]) -> Wave:
    return np.concatenate([dsp.faded(piece, 0.004, 0.02) for piece in pieces])


def _silence(seconds: float) -> Wave:
    return np.zeros(count(seconds), np.float32)


def laugh(timbre: Timbre, rng: np.random.Generator) -> Wave:
    """Ha-ha-ha: an h, then a vowel that falls, five to seven times, each lower and softer."""
    pieces: list[Wave] = []
    total = int(rng.integers(5, 8))
    for number in range(total):
        level = 0.55 + 0.45 * np.sin(np.pi * (number + 1.2) / (total + 1.2))
        high = 1.55 - 0.075 * number + 0.05 * float(rng.random())
        h = _air(timbre, 0.055 + 0.015 * float(rng.random()), rng, "a") * np.float32(0.2 * level)
        size = 0.085 + 0.02 * float(rng.random())
        ha = _buzz(timbre, size, [(0, high), (0.3, high * 1.05), (1, high * 0.82)], rng, "a")
        ha *= dsp.curve(ha.size, [(0, 0), (0.18, 1), (0.6, 0.8), (1, 0)])
        pieces += [h, ha * np.float32(level) + _air(timbre, size, rng, "a")[: ha.size] * np.float32(0.08)]
    breath = _air(timbre, 0.28, rng, "e", 700) * np.float32(0.14)
    return _joined([*pieces, breath * dsp.curve(breath.size, [(0, 0), (0.4, 1), (1, 0)])])


def sigh(timbre: Timbre, rng: np.random.Generator) -> Wave:
    """In through the nose, out through the mouth with a touch of falling voice."""
    drawn = _air(timbre, 0.42, rng, "e", 900) * np.float32(0.22)
    drawn *= dsp.curve(drawn.size, [(0, 0), (0.7, 1), (1, 0)])
    out = _air(timbre, 0.95, rng, "uh") * np.float32(0.5)
    voice = _buzz(timbre, 0.95, [(0, 1.12), (0.3, 0.98), (1, 0.7)], rng, "uh")
    out += voice * dsp.curve(out.size, [(0, 0), (0.1, 0.5), (0.45, 0.12), (1, 0)])
    out *= dsp.curve(out.size, [(0, 0), (0.1, 1), (0.45, 0.55), (1, 0)])
    return _joined([drawn, _silence(0.06), out])


def gasp(timbre: Timbre, rng: np.random.Generator) -> Wave:
    """A sharp breath in: the air grows brighter and stops."""
    out = _air(timbre, 0.38, rng, "a", 500) + _air(timbre, 0.38, rng, "e", 1500) * dsp.curve(count(0.38), [(0, 0), (1, 1.2)])
    voice = _buzz(timbre, 0.38, [(0, 1.3), (1, 1.9)], rng, "e") * dsp.curve(count(0.38), [(0, 0), (0.3, 0.35), (0.7, 0)])
    return _joined([(out * np.float32(0.6) + voice) * dsp.curve(out.size, [(0, 0), (0.25, 0.8), (0.8, 1), (1, 0)])])


def cough(timbre: Timbre, rng: np.random.Generator) -> Wave:
    """Two bursts: a hard onset of noise, rough voice, a tail of air."""
    pieces: list[Wave] = []
    for level in (1.0, 0.75):
        burst = _air(timbre, 0.24, rng, "uh") * dsp.strike(count(0.24), 0.002, 0.28)
        rough = _buzz(timbre, 0.24, [(0, 1.1), (1, 0.72)], rng, "uh") * (0.5 + dsp.wander(count(0.24), rng, 60))
        rough *= dsp.curve(rough.size, [(0, 0), (0.12, 1), (0.5, 0.4), (1, 0)])
        pieces += [(burst * np.float32(0.9) + rough * np.float32(0.7)) * np.float32(level), _silence(0.09)]
    return _joined(pieces)


def sob(timbre: Timbre, rng: np.random.Generator) -> Wave:
    """Breath caught in steps, then a cry that wavers down."""
    pieces: list[Wave] = []
    for _ in range(3):
        sniff = _air(timbre, 0.1, rng, "e", 900)
        pieces += [sniff * dsp.curve(sniff.size, [(0, 0), (0.5, 0.3), (1, 0)]), _silence(0.035)]
    cry = _buzz(timbre, 0.75, [(0, 1.2), (0.15, 1.65), (1, 1.05)], rng, "uh")
    waver = 1.0 + 0.35 * dsp.tone(6.5, cry.size)
    cry *= dsp.curve(cry.size, [(0, 0), (0.12, 0.8), (0.6, 0.6), (1, 0)]) * waver
    return _joined(
        [*pieces, cry + _air(timbre, 0.75, rng, "uh")[: cry.size] * dsp.curve(cry.size, [(0, 0), (0.3, 0.12), (1, 0)])]
    )


def scream(timbre: Timbre, rng: np.random.Generator) -> Wave:
    """High, rough and long: the pitch leaps up, wavers, and breaks off falling."""
    size = count(1.25)
    top = min(3.2, 980.0 / timbre.f0_hz)
    voice = _buzz(timbre, 1.25, [(0, top * 0.6), (0.07, top), (0.75, top * 0.96), (1, top * 0.6)], rng, "a")
    rough = 0.7 + 0.6 * dsp.wander(size, rng, 70)
    air = _air(timbre, 1.25, rng, "a", 1200) * np.float32(0.25)
    return _joined([(voice * rough + air) * dsp.curve(size, [(0, 0), (0.04, 1), (0.8, 0.85), (1, 0)])])


def breath(timbre: Timbre, rng: np.random.Generator) -> Wave:
    """A short breath, for a line in which there is nothing to pronounce."""
    out = _air(timbre, 0.36, rng, "uh", 500)
    return _joined([out * dsp.curve(out.size, [(0, 0), (0.35, 1), (1, 0)])])


SOUNDS: dict[str, tuple[Callable[[Timbre, np.random.Generator], Wave], float]] = {
    "laugh": (laugh, -20.0),
    "sigh": (sigh, -27.0),
    "gasp": (gasp, -24.0),
    "cough": (cough, -20.0),
    "sob": (sob, -22.0),
    "scream": (scream, -15.0),
    "breath": (breath, -34.0),
}
"""By name: how it is made, and its loudness in LUFS."""
_SYNONYMS = {
    "chuckle": "laugh",
    "giggle": "laugh",
    "cackle": "laugh",
    "groan": "sigh",
    "moan": "sigh",
    "inhale": "gasp",
    "cry": "sob",
    "weep": "sob",
    "whimper": "sob",
    "sniffle": "sob",
    "shriek": "scream",
    "yell": "scream",
    "clears throat": "cough",
    "exhale": "breath",
}


def known(name: str) -> str:
    """The sound that `name` means ("laughs", "Giggle"); a sound nobody knows is a breath."""
    word = name.strip().lower()
    for end in ("", "s", "ing", "es"):
        stem = word.removesuffix(end)
        stem = _SYNONYMS.get(stem, stem)
        if stem in SOUNDS:
            return stem
    return "breath"
