"""Animals, and a baby. A call is a moving pitch with an envelope, or a buzz through a throat."""

from __future__ import annotations

import numpy as np

from cinema.adapters import dsp
from cinema.adapters.dsp import Wave, count
from cinema.adapters.foley.impacts import knock_on
from cinema.adapters.foley.stage import Stage

Points = list[tuple[float, float]]


def _call(stage: Stage, seconds: float, pitch: Points, throat: dsp.Gain, rough: float = 0.0) -> Wave:
    """A voiced call through `throat`, unit RMS before its envelope."""
    size = count(seconds)
    hz = dsp.curve(size, pitch) * (1.0 + 0.02 * (dsp.wander(size, stage.rng, 30) - 0.5))
    partials = max(3, min(40, int(11_000 / float(hz.max()))))
    wave = dsp.filtered(dsp.harmonics(hz, [1.0 / n**0.9 for n in range(1, partials + 1)]), throat)
    if rough:
        wave = wave * (1.0 - rough + 2.0 * rough * dsp.wander(size, stage.rng, 85))
    return wave / np.float32(max(dsp.rms(wave), 1e-9))


def birds(stage: Stage) -> None:
    """Three singers, each with a phrase of its own that it repeats."""
    for singer in range(3):
        base = stage.between(2600, 4800)
        phrase = [
            (stage.between(0.05, 0.14), base * stage.between(0.8, 1.3), base * stage.between(0.8, 1.35))
            for _ in range(int(stage.rng.integers(2, 6)))
        ]
        position = stage.between(-0.9, 0.9)
        for start in stage.beats(stage.between(1.6, 3.6), 0.7):
            late = start + 0.35 * singer
            for length, first, last in phrase:
                size = count(length)
                trill = 1.0 + 0.03 * dsp.tone(38, size) * (singer % 2)
                note = dsp.tone(dsp.curve(size, [(0, first), (0.5, (first + last) / 1.9), (1, last)]) * trill, size)
                stage.put(note * dsp.curve(size, [(0, 0), (0.3, 1), (1, 0)]), late, position, 0.5)
                late += length + 0.04


def gulls(stage: Stage) -> None:
    throat = dsp.resonances([(1500, 500, 1.0), (2900, 700, 0.7), (4200, 900, 0.3)], 0.03)
    for at in stage.beats(2.6, 0.8):
        position = stage.between(-0.9, 0.9)
        for number in range(int(stage.rng.integers(2, 5))):
            top = stage.between(1050, 1250) * (1 - 0.04 * number)
            cry = _call(stage, 0.34, [(0, top * 0.7), (0.2, top), (0.6, top * 0.92), (1, top * 0.6)], throat, 0.15)
            stage.put(
                cry * dsp.curve(cry.size, [(0, 0), (0.15, 1), (0.6, 0.7), (1, 0)]),
                at + 0.42 * number,
                position,
                0.9 - 0.15 * number,
            )


def dog(stage: Stage) -> None:
    size = 0.75 if stage.says("big", "large", "guard", "hound") else 1.0
    throat = dsp.resonances([(650 * size, 200, 1.0), (1350 * size, 300, 0.7), (2700, 500, 0.25)], 0.03)
    barks = [0.0, 0.33, 1.15]
    for at in stage.once(5):
        for late in barks:
            bark = _call(stage, 0.19, [(0, 300 * size), (0.2, 520 * size), (1, 240 * size)], throat, 0.45)
            bark += stage.noise(0.19, throat) * np.float32(0.35)
            stage.put(bark * dsp.strike(bark.size, 0.012, 0.24), at + late, 0.1)


def growl(stage: Stage) -> None:
    throat = dsp.resonances([(420, 160, 1.0), (900, 250, 0.5), (2000, 500, 0.15)], 0.02)
    for at in stage.once(6):
        wave = _call(stage, 1.6, [(0, 72), (0.5, 88), (1, 66)], throat, 0.5)
        stage.put(wave * dsp.curve(wave.size, [(0, 0), (0.2, 0.7), (0.7, 1), (1, 0)]), at)


def cat(stage: Stage) -> None:
    for at in stage.once(6):
        size = count(0.75)
        opening = [
            _call(
                stage,
                0.75,
                [(0, 430), (0.3, 640), (0.7, 600), (1, 400)],
                dsp.resonances([(hz, 200, 1.0), (hz * 2.1, 350, 0.5)], 0.02),
            )
            for hz in (700, 1250, 820)
        ]
        turn = (
            dsp.curve(size, [(0, 1), (0.3, 0)]),
            dsp.curve(size, [(0, 0), (0.3, 1), (0.7, 1), (1, 0)]),
            dsp.curve(size, [(0, 0), (0.65, 0), (1, 1)]),
        )
        wave = sum((call * part for call, part in zip(opening, turn, strict=True)), np.zeros(size, np.float32))
        stage.put(wave * dsp.curve(size, [(0, 0), (0.2, 0.8), (0.5, 1), (1, 0)]), at)


def horse(stage: Stage) -> None:
    """Hooves: a walk's four beats, a trot's two or a gallop's three."""
    if stage.says("gallop", "gallops", "galloping"):
        pattern, every = (0.0, 0.11, 0.2), 0.47
    elif stage.says("trot", "trots", "trotting"):
        pattern, every = (0.0, 0.3), 0.6
    else:
        pattern, every = (0.0, 0.27, 0.55, 0.84), 1.12
    for at in stage.beats(every):
        for number, late in enumerate(pattern):
            stage.put(
                knock_on(stage, 290 + 60 * (number % 2), 0.07, 3200), at + late, 0.2 - 0.1 * number, stage.between(0.7, 1.0)
            )


def crickets(stage: Stage) -> None:
    """Each cricket chirps in groups of three pulses, at its own pitch, rate and place."""
    for _ in range(6):
        hz, position, level = stage.between(3900, 5200), stage.between(-1, 1), stage.between(0.2, 0.8)
        size = count(0.018)
        pulse = dsp.tone(hz, size) * dsp.curve(size, [(0, 0), (0.35, 1), (1, 0)])
        for at in stage.beats(stage.between(0.42, 0.75), 0.15):
            for number in range(3):
                stage.put(pulse, at + 0.03 * number, position, level)


def insects(stage: Stage) -> None:
    for number in range(2):
        size = stage.samples
        hz = (210.0 + 60 * number) * (1.0 + 0.12 * (stage.wander(1.1) - 0.5))
        wave = dsp.harmonics(hz, [1.0 / n**0.7 for n in range(1, 14)]) * stage.wander(0.5) ** 2
        edge = min(0.2, 2000 / size)
        stage.bed(dsp.pan(wave * dsp.curve(size, [(0, 0), (edge, 1), (1 - edge, 1), (1, 0)]), stage.between(-0.8, 0.8)))


def owl(stage: Stage) -> None:
    for at in stage.once(8):
        for late, length, level in ((0.0, 0.28, 0.7), (0.5, 0.16, 0.5), (0.78, 0.8, 1.0)):
            size = count(length)
            hz = dsp.curve(size, [(0, 345), (0.3, 372), (1, 340)]) * (1.0 + 0.008 * dsp.tone(7, size))
            hoot = dsp.harmonics(hz, [1.0, 0.12, 0.05]) + stage.noise(length, dsp.band_pass(300, 900))[:size] * np.float32(0.05)
            stage.put(hoot * dsp.curve(size, [(0, 0), (0.25, 1), (0.7, 0.8), (1, 0)]), at + late, -0.3, level)


def wolf(stage: Stage) -> None:
    throat = dsp.resonances([(600, 250, 1.0), (1150, 350, 0.5), (2300, 600, 0.1)], 0.05)
    for at in stage.once(12):
        howl = _call(stage, 3.2, [(0, 300), (0.12, 520), (0.25, 610), (0.7, 590), (1, 380)], throat)
        stage.put(howl * dsp.curve(howl.size, [(0, 0), (0.15, 0.8), (0.5, 1), (0.8, 0.7), (1, 0)]), at, 0.3)


def wings(stage: Stage) -> None:
    for at in stage.once(6):
        for number in range(10):
            size = count(0.11)
            flap = dsp.noise(size, stage.rng, dsp.both(dsp.band_pass(180, 2600, 1), dsp.tilt(-2.0)))
            stage.put(
                flap * dsp.curve(size, [(0, 0), (0.3, 1), (1, 0)]),
                at + 0.115 * number,
                -0.6 + 0.12 * number,
                1.0 - 0.08 * number,
            )


def baby(stage: Stage) -> None:
    throat = dsp.resonances([(1050, 250, 1.0), (2100, 400, 0.7), (3900, 700, 0.3)], 0.03)
    for at in stage.beats(1.35, 0.2):
        cry = _call(stage, 0.95, [(0, 380), (0.15, 480), (0.7, 450), (1, 340)], throat, 0.1)
        stage.put(cry * dsp.curve(cry.size, [(0, 0), (0.1, 1), (0.7, 0.8), (1, 0)]) * (1.0 + 0.15 * dsp.tone(8, cry.size)), at)
