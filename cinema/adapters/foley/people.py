"""What people do: walk, knock, write, breathe, gather."""

from __future__ import annotations

import numpy as np

from cinema.adapters import dsp
from cinema.adapters.dsp import Wave, count
from cinema.adapters.foley.impacts import METAL, knock_on, struck
from cinema.adapters.foley.stage import Stage


def _grains(stage: Stage, seconds: float, total: int, low_hz: float, high_hz: float) -> Wave:
    """Crunching: many tiny bursts within `seconds`, thick in the middle."""
    out = np.zeros(count(seconds), np.float32)
    for _ in range(total):
        size = count(stage.between(0.004, 0.014))
        grain = dsp.noise(size, stage.rng, dsp.band_pass(low_hz, high_hz, 1)) * dsp.strike(size, 0.0006, size / 48_000)
        at = int(float(stage.rng.beta(2, 2.6)) * (out.size - size))
        out[at : at + size] += grain * np.float32(stage.between(0.3, 1.0))
    return out


def _step(stage: Stage) -> Wave:
    """One foot, heel then sole, on the surface that the prompt names."""
    out = np.zeros(count(0.34), np.float32)

    def add(wave: Wave, late: float, level: float) -> None:
        at = count(late)
        out[at : at + wave.size] += wave[: out.size - at] * np.float32(level)

    if stage.says("gravel", "pebbles", "shingle", "stones", "path"):
        add(_grains(stage, 0.2, 26, 900, 8000), 0.0, 0.8)
    elif stage.says("snow", "ice"):
        squeak = stage.noise(0.22, dsp.both(dsp.band_pass(500, 3600, 1), dsp.tilt(-1.5)))
        add(squeak * dsp.curve(squeak.size, [(0, 0), (0.3, 1), (0.55, 0.4), (0.7, 0.7), (1, 0)]), 0.0, 0.5)
        add(_grains(stage, 0.2, 30, 1400, 6000), 0.0, 0.35)
    elif stage.says("leaves", "grass", "undergrowth", "bush", "forest", "straw"):
        rustle = stage.noise(0.24, dsp.band_pass(1500, 9000, 1))
        add(rustle * dsp.curve(rustle.size, [(0, 0), (0.25, 1), (1, 0)]), 0.0, 0.4)
        add(_grains(stage, 0.22, 12, 1200, 7000), 0.0, 0.5)
    elif stage.says("water", "puddle", "puddles", "mud", "wet"):
        slosh = stage.noise(0.26, dsp.both(dsp.band_pass(300, 6000, 1), dsp.tilt(-2.0)))
        add(slosh * dsp.curve(slosh.size, [(0, 0), (0.12, 1), (0.4, 0.4), (1, 0)]), 0.0, 0.7)
    elif stage.says("metal", "iron", "grating", "ladder", "deck"):
        add(struck(stage, stage.between(210, 250), METAL, 0.35, 0.3), 0.0, 0.6)
        add(knock_on(stage, 320, 0.05, 5000), 0.0, 0.5)
    elif stage.says("wood", "wooden", "stairs", "stair", "floorboards", "boards", "plank", "planks", "creaking"):
        add(knock_on(stage, stage.between(115, 150), 0.12, 1800), 0.0, 1.0)
        add(knock_on(stage, stage.between(180, 230), 0.07, 2400), 0.085, 0.45)
    else:
        add(knock_on(stage, stage.between(160, 200), 0.05, 4200), 0.0, 0.8)
        scuff = stage.noise(0.07, dsp.band_pass(1800, 7000, 1)) * dsp.strike(count(0.07), 0.008, 0.06)
        add(scuff, 0.075, 0.22)
    return out


def steps(stage: Stage) -> None:
    if stage.says("running", "run", "runs", "hurried", "fast", "quick"):
        every = 0.31
    elif stage.says("slow", "slowly", "heavy", "limping"):
        every = 0.82
    else:
        every = 0.56
    for number, at in enumerate(stage.beats(every, 0.1)):
        stage.put(_step(stage), at, -0.12 if number % 2 else 0.12, stage.between(0.75, 1.0))


def creak(stage: Stage) -> None:
    """Stick and slip: a train of clicks, whose rate wanders, through the wood's resonances."""
    for at in stage.once(8):
        length = min(1.5, max(0.3, stage.seconds * 0.9)) if not stage.loop else stage.between(0.8, 1.6)
        size = count(length)
        rate = 42.0 * 2.0 ** (1.6 * dsp.wander(size, stage.rng, 1.6) + dsp.curve(size, [(0, -0.4), (0.6, 0.7), (1, 0.1)]))
        cycle = np.cumsum(rate) / 48_000
        clicks = np.zeros(size, np.float32)
        slips = np.flatnonzero(np.diff(np.floor(cycle), prepend=0.0) > 0)
        clicks[slips] = stage.rng.uniform(0.4, 1.0, slips.size).astype(np.float32)
        body = dsp.resonances([(310, 40, 1.0), (720, 60, 0.9), (1280, 90, 0.7), (2150, 150, 0.4)], 0.01)
        wave = dsp.filtered(clicks, body) * dsp.curve(size, [(0, 0), (0.15, 0.7), (0.7, 1), (1, 0)])
        stage.put(wave / np.float32(max(dsp.rms(wave), 1e-9)), at, stage.between(-0.3, 0.3))


def slam(stage: Stage) -> None:
    for at in stage.once():
        stage.put(knock_on(stage, 68, 0.4, 2600), at, 0.0, 1.6)
        stage.put(knock_on(stage, 148, 0.22, 4200), at + 0.008, 0.1, 0.9)
        rattle = struck(stage, 900, METAL, 0.2)
        for late in (0.05, 0.1, 0.14):
            stage.put(rattle, at + late, 0.2, 0.16)


def latch(stage: Stage) -> None:
    for at in stage.once(6):
        for late, hz, level in ((0.0, 1500, 0.7), (0.07, 950, 1.0)):
            stage.put(struck(stage, hz, METAL, 0.07), at + late, 0.1, level)
            stage.put(knock_on(stage, 240, 0.05, 3500), at + late, 0.1, level * 0.5)


def door(stage: Stage) -> None:
    """A door opens or closes: latch, a little creak, and its frame."""
    for at in stage.once(10):
        stage.put(struck(stage, 1250, METAL, 0.08), at, 0.0, 0.5)
        stage.put(knock_on(stage, 210, 0.06, 3000), at + 0.03, 0.0, 0.5)
        swing = stage.noise(0.5, dsp.band_pass(150, 900, 1))
        stage.put(swing * dsp.curve(swing.size, [(0, 0), (0.5, 0.25), (1, 0)]), at + 0.1)
        stage.put(knock_on(stage, 88, 0.25, 1900), at + 0.62, 0.0, 1.1)
        stage.put(struck(stage, 1100, METAL, 0.08), at + 0.64, 0.0, 0.4)


def knock(stage: Stage) -> None:
    for at in stage.once(8):
        for number in range(3):
            stage.put(knock_on(stage, stage.between(185, 205), 0.11, 2600), at + 0.24 * number, 0.0, 1.0 - 0.1 * number)


def cloth(stage: Stage) -> None:
    for at in stage.beats(1.1, 0.6):
        size = count(stage.between(0.25, 0.6))
        rub = dsp.noise(size, stage.rng, dsp.both(dsp.band_pass(700, 6000, 1), dsp.tilt(-1.0)))
        stage.put(
            rub * dsp.wander(size, stage.rng, 9) * dsp.curve(size, [(0, 0), (0.4, 1), (1, 0)]), at, stage.between(-0.3, 0.3)
        )


def paper(stage: Stage) -> None:
    for at in stage.beats(1.3, 0.5):
        size = count(0.45)
        swish = dsp.noise(size, stage.rng, dsp.band_pass(2200, 11000, 1)) * dsp.curve(
            size, [(0, 0), (0.5, 0.5), (0.75, 1), (1, 0)]
        )
        stage.put(swish * (0.25 + dsp.wander(size, stage.rng, 55) ** 2), at, stage.between(-0.3, 0.3))
        stage.put(_grains(stage, 0.4, 18, 2500, 9000), at + 0.05, 0.0, 0.6)


def scrape(stage: Stage) -> None:
    """A chair's legs over the floor."""
    for at in stage.once(9):
        size = count(0.75)
        rub = dsp.noise(
            size, stage.rng, dsp.resonances([(240, 60, 1.0), (520, 70, 0.8), (1150, 120, 0.5), (2300, 300, 0.25)], 0.03)
        )
        judder = 0.4 + 0.6 * np.abs(dsp.tone(31.0 + 14.0 * dsp.wander(size, stage.rng, 4.0), size))
        stage.put(rub * judder * dsp.curve(size, [(0, 0), (0.1, 1), (0.7, 0.8), (1, 0)]), at, -0.15)


def crowd(stage: Stage) -> None:
    """Walla: many voices that say nothing; each a buzz through vowels that change with the syllables."""
    vowels = ((650, 1100, 2450), (480, 1750, 2500), (420, 850, 2400), (560, 1400, 2550))
    stage.bed(stage.hiss(dsp.both(dsp.band_pass(220, 3200, 1), dsp.tilt(-3.0))) * stage.wander(0.6, 0.4, 0.7))
    for number in range(10):
        pitch = (stage.between(95, 140) if number % 2 else stage.between(170, 240)) * 2 ** (0.35 * (stage.wander(2.2) - 0.5))
        buzz = dsp.harmonics(pitch, [1.0 / n for n in range(1, 15)])
        position = stage.between(-0.9, 0.9)
        first, second, third = vowels[number % 4]
        size = stage.between(0.95, 1.15)
        shape = dsp.resonances([(first * size, 90, 1.0), (second * size, 120, 0.5), (third * size, 170, 0.2)], 0.01)
        said = dsp.filtered(buzz, shape, circular=stage.loop) * stage.wander(4.3) ** 2 * stage.wander(0.4) ** 0.7
        stage.bed(dsp.pan(said / np.float32(max(dsp.rms(said), 1e-9)), position) * np.float32(0.4))


def applause(stage: Stage) -> None:
    kinds = [
        stage.noise(0.03, dsp.band_pass(hz, hz * 3.2, 1)) * dsp.strike(count(0.03), 0.0005, 0.025)
        for hz in (700, 950, 1300, 1700)
    ]
    stage.bed(stage.hiss(dsp.both(dsp.band_pass(700, 6000, 1), dsp.tilt(-1.0))) * stage.wander(1.0, 0.3, 0.45))
    for at in stage.scatter(95.0):
        stage.put(kinds[int(stage.rng.integers(4))], at, stage.between(-1, 1), stage.between(0.4, 1.4))


def heartbeat(stage: Stage) -> None:
    for at in stage.beats(0.62 if stage.says("fast", "racing", "pounding") else 0.95):
        for late, hz, level in ((0.0, 58.0, 1.0), (0.24, 68.0, 0.7)):
            size = count(0.2)
            beat = dsp.tone(dsp.curve(size, [(0, hz * 1.4), (0.4, hz), (1, hz * 0.8)]), size) * dsp.strike(size, 0.012, 0.18)
            stage.put(beat, at + late, 0.0, level)
            stage.put(
                stage.noise(0.05, dsp.band_pass(70, 240)) * dsp.strike(count(0.05), 0.004, 0.06), at + late, 0.0, level * 0.25
            )


def typing(stage: Stage) -> None:
    machine = stage.says("typewriter")
    keys = stage.beats(0.155, 0.8)
    for number, at in enumerate(keys):
        stage.put(
            knock_on(stage, stage.between(380, 560) if machine else stage.between(700, 1000), 0.03, 6500),
            at,
            stage.between(-0.3, 0.3),
            stage.between(0.5, 1.0),
        )
        if machine:
            stage.put(struck(stage, stage.between(1900, 2300), METAL, 0.06), at + 0.004, 0.0, 0.4)
            if number % 34 == 33:
                stage.put(struck(stage, 2350.0, (1.0, 2.76), 1.0), at, 0.5, 0.7)


def breathing(stage: Stage) -> None:
    for number, at in enumerate(stage.beats(1.7)):
        size = count(1.1)
        gain = (
            dsp.resonances([(1250, 500, 1.0), (2900, 900, 0.6)], 0.02)
            if number % 2
            else dsp.resonances([(700, 400, 1.0), (1700, 700, 0.5)], 0.02)
        )
        stage.put(dsp.noise(size, stage.rng, gain) * dsp.curve(size, [(0, 0), (0.4, 1), (1, 0)]), at)
