"""Sky, water and fire."""

from __future__ import annotations

import numpy as np

from cinema.adapters import dsp
from cinema.adapters.dsp import Wave, count
from cinema.adapters.foley.stage import Stage


def _sprinkled(stage: Stage, rate_hz: float, kinds: list[Wave], spread: float = 1.0) -> None:
    """Many small sounds, drawn from a few made once, at random times, places and levels."""
    for at in stage.scatter(rate_hz):
        wave = kinds[int(stage.rng.integers(len(kinds)))]
        stage.put(wave, at, stage.between(-spread, spread), 0.15 + 0.85 * float(stage.rng.random()) ** 2)


def _drop(stage: Stage, hz: float, t60: float = 0.05) -> Wave:
    """A drop into water: a small click and a bubble whose pitch rises as it closes."""
    size = count(t60 * 1.4)
    rise = hz * (1.0 + 0.5 * np.linspace(0.0, 1.0, size) ** 2)
    return dsp.tone(rise, size) * dsp.strike(size, 0.002, t60)


def rain(stage: Stage) -> None:
    heavy = stage.says("heavy", "storm", "pouring", "downpour", "torrential", "hard")
    hiss = stage.hiss(dsp.both(dsp.band_pass(500, 11000, 1), dsp.tilt(-1.5 if heavy else -0.5)))
    stage.bed(hiss * stage.wander(0.25, 0.75, 1.1) * np.float32(1.2 if heavy else 0.5))
    taps = [
        stage.noise(0.012, dsp.band_pass(low, low * 3, 2)) * dsp.strike(count(0.012), 0.0005, 0.012)
        for low in (900, 1700, 2600, 3800)
    ]
    _sprinkled(stage, 90 if heavy else 45, [tap * np.float32(1.4) for tap in taps])
    _sprinkled(stage, 14, [_drop(stage, hz) * np.float32(0.6) for hz in (700, 1150, 1600, 2200)])


def wind(stage: Stage) -> None:
    gust = stage.wander(0.22)
    for low, high, level in ((60, 260, 1.0), (220, 620, 0.8), (500, 1300, 0.45)):
        gain = dsp.band_pass(low, high, 2)
        stage.bed(stage.hiss(gain) * (0.15 + gust * stage.wander(0.5, 0.5, 1.2)) * np.float32(level))
    howl = stage.hiss(dsp.resonances([(430, 26, 1.0), (610, 30, 0.6), (890, 40, 0.3)]))
    stage.bed(howl * gust**3 * stage.wander(0.4, 0.2, 1.0) * np.float32(0.5))


def leaves(stage: Stage) -> None:
    gust = stage.wander(0.3)
    rustle = stage.hiss(dsp.both(dsp.band_pass(1800, 9000, 2), dsp.tilt(-1.0)))
    stage.bed(rustle * (0.1 + gust**2) * stage.wander(7.0, 0.4, 1.0))


def sea(stage: Stage) -> None:
    stage.bed(stage.hiss(dsp.both(dsp.low_pass(320, 1), dsp.high_pass(45, 2))) * stage.wander(0.15, 0.25, 0.5))
    foam = dsp.both(dsp.band_pass(450, 9000, 1), dsp.tilt(-2.0))
    for at in stage.beats(6.5, 0.35):
        length = stage.between(4.8, 6.5)
        size = count(length)
        side = stage.between(-0.7, 0.7)
        swell = dsp.curve(size, [(0, 0), (0.35, 0.45), (0.48, 1.0), (0.6, 0.55), (1, 0)]) ** 1.4
        stage.put(dsp.noise(size, stage.rng, foam) * swell * np.float32(1.9), at, side)
        stage.put(dsp.noise(size, stage.rng, dsp.band_pass(70, 420)) * swell * np.float32(1.1), at, side / 2)
        fizz = dsp.noise(size, stage.rng, dsp.band_pass(3000, 12000))
        stage.put(fizz * dsp.curve(size, [(0, 0), (0.5, 0.0), (0.65, 0.35), (1, 0)]), at, -side)


def thunder(stage: Stage) -> None:
    for at in stage.once(14):
        near = not stage.says("distant", "far", "rolling", "rumble", "rumbling")
        length = stage.between(4.5, 6.5)
        size = count(length)
        side = stage.between(-0.5, 0.5)
        rolls = dsp.curve(size, [(0, 0.0), (0.02, 1.0), (0.15, 0.6), (1, 0.0)]) ** 1.5
        rolls *= 0.25 + dsp.wander(size, stage.rng, 3.0) ** 2
        stage.put(
            dsp.noise(size, stage.rng, dsp.both(dsp.low_pass(110, 2), dsp.high_pass(28, 2))) * rolls * np.float32(2.4), at, side
        )
        stage.put(dsp.noise(size, stage.rng, dsp.band_pass(90, 320, 1)) * rolls * np.float32(0.7), at, -side)
        if near:
            crack = stage.noise(0.5, dsp.both(dsp.band_pass(250, 5000, 1), dsp.tilt(-3.0)))
            ragged = dsp.strike(crack.size, 0.001, 0.55) * (0.3 + dsp.wander(crack.size, stage.rng, 45) ** 2)
            stage.put(crack * ragged * np.float32(1.3), at, side)


def fire(stage: Stage) -> None:
    stage.bed(stage.hiss(dsp.both(dsp.low_pass(380, 1), dsp.high_pass(50, 2))) * stage.wander(3.0, 0.25, 0.6))
    stage.bed(stage.hiss(dsp.band_pass(1500, 7000, 1)) * stage.wander(5.0, 0.02, 0.14))
    snaps = [
        stage.noise(0.02, dsp.band_pass(low, low * 4)) * dsp.strike(count(0.02), 0.0004, t60)
        for low, t60 in ((800, 0.02), (1600, 0.012), (3000, 0.008), (500, 0.03))
    ]
    _sprinkled(stage, 16, [snap * np.float32(3.5) for snap in snaps])


def drip(stage: Stage) -> None:
    for at in stage.beats(1.3, 0.5):
        stage.put(_drop(stage, stage.between(750, 1700), 0.09), at, stage.between(-0.4, 0.4))
        if stage.rng.random() < 0.4:
            stage.put(_drop(stage, stage.between(1400, 2400), 0.05), at + 0.07, stage.between(-0.4, 0.4), 0.4)


def stream(stage: Stage) -> None:
    stage.bed(stage.hiss(dsp.both(dsp.band_pass(350, 6000, 1), dsp.tilt(-1.5))) * stage.wander(2.0, 0.35, 0.6))
    _sprinkled(stage, 70, [_drop(stage, hz, 0.06) for hz in (420, 560, 700, 900, 1150, 1500)], 0.9)


def pour(stage: Stage) -> None:
    length = min(stage.seconds, 3.5) if not stage.loop else 3.5
    for at in stage.once(9):
        size = count(length)
        shape = dsp.curve(size, [(0, 0), (0.08, 1), (0.85, 0.9), (1, 0)])
        stage.put(dsp.noise(size, stage.rng, dsp.band_pass(900, 7000, 1)) * shape * np.float32(0.5), at)
        for moment in np.sort(stage.rng.uniform(0.0, length * 0.92, int(40 * length))):
            filling = 1.0 + 0.8 * float(moment) / length
            stage.put(_drop(stage, stage.between(380, 700) * filling, 0.05), at + float(moment), stage.between(-0.2, 0.2), 0.7)


def splash(stage: Stage) -> None:
    for at in stage.once(9):
        body = stage.noise(1.1, dsp.both(dsp.band_pass(180, 8000, 1), dsp.tilt(-2.0)))
        stage.put(body * dsp.strike(body.size, 0.012, 0.9), at)
        thump = dsp.tone(dsp.curve(count(0.18), [(0, 190), (1, 70)]), count(0.18)) * dsp.strike(count(0.18), 0.003, 0.2)
        stage.put(thump * np.float32(1.4), at)
        for _ in range(26):
            late = 0.12 + 0.9 * float(stage.rng.random()) ** 2
            stage.put(_drop(stage, stage.between(500, 1900), 0.06), at + late, stage.between(-0.8, 0.8), 0.5 * (1.1 - late))


def bubbles(stage: Stage) -> None:
    _sprinkled(stage, 22, [_drop(stage, hz, 0.08) for hz in (210, 280, 360, 470, 620)], 0.6)


def hiss(stage: Stage) -> None:
    for at in stage.once(8):
        size = count(min(1.6, max(stage.seconds, 0.2)))
        jet = dsp.noise(size, stage.rng, dsp.both(dsp.high_pass(2200, 2), dsp.tilt(0.5)))
        stage.put(jet * dsp.curve(size, [(0, 0), (0.06, 1), (0.5, 0.6), (1, 0)]), at)
