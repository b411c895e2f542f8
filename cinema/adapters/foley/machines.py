"""Engines, signals and mechanisms."""

from __future__ import annotations

import numpy as np

from cinema.adapters import dsp
from cinema.adapters.dsp import Wave, count
from cinema.adapters.foley.impacts import METAL, knock_on, struck
from cinema.adapters.foley.stage import Stage


def _motor(stage: Stage, firing_hz: float, wobble: float, bright_hz: float) -> None:
    """A motor: a buzz at the firing rate with its half order, and noise that pulses with it."""
    hz = firing_hz * (1.0 + wobble * (stage.wander(0.5) - 0.5))
    if stage.loop:
        hz *= round(float(hz.sum()) / 96_000) * 96_000 / float(hz.sum())  # a whole, even number of turns closes the loop
    turns = np.cumsum(hz.astype(np.float64)) / 48_000
    buzz = sum(
        (np.sin(2 * np.pi * np.mod(turns * order, 1.0)) / order**0.8 for order in (0.5, 1, 1.5, 2, 3, 4, 6, 8)),
        np.zeros(stage.samples),
    )
    pulse = 0.45 + 0.55 * np.cos(2 * np.pi * np.mod(turns, 1.0))
    air = dsp.noise(stage.samples, stage.rng, dsp.band_pass(firing_hz, bright_hz, 1)) * pulse
    body = dsp.filtered(
        (buzz * 0.55 + air * 0.6).astype(np.float32), dsp.both(dsp.low_pass(bright_hz, 1), dsp.high_pass(35)), circular=True
    )
    stage.bed(np.stack([body, np.roll(body, 19)]))


def engine(stage: Stage) -> None:
    if stage.says("boat", "trawler", "tug", "barge", "ferry"):
        _motor(stage, 21.0, 0.06, 500)
        stage.bed(stage.hiss(dsp.band_pass(200, 2500, 1)) * stage.wander(0.6, 0.1, 0.35))
    elif stage.says("truck", "lorry", "bus", "tractor", "generator"):
        _motor(stage, 29.0, 0.05, 800)
    elif stage.says("motorcycle", "motorbike", "bike", "scooter"):
        _motor(stage, 62.0, 0.3, 2600)
    elif stage.says("plane", "aeroplane", "airplane", "aircraft", "helicopter", "drone"):
        _motor(stage, 74.0, 0.04, 1800)
    else:
        _motor(stage, 46.0, 0.1, 1300)


def car_pass(stage: Stage) -> None:
    """A car goes by: tyres and motor swell, cross from left to right, and fall in pitch."""
    for at in stage.once(9):
        length = 5.0 if stage.loop else min(5.0, max(0.6, stage.seconds))
        size = count(length)
        time = np.linspace(-1, 1, size)
        near = 1.0 / (0.045 + time**2)
        near = (near / near.max()).astype(np.float32) * dsp.curve(size, [(0, 0), (0.12, 1), (0.88, 1), (1, 0)])
        doppler = 1.0 - 0.09 * np.tanh(time * 5)
        motor = dsp.harmonics(92.0 * doppler, [1, 0.7, 0.5, 0.35, 0.25, 0.2, 0.12])
        tyres = dsp.noise(size, stage.rng, dsp.both(dsp.band_pass(250, 4500, 1), dsp.tilt(-2.0)))
        stage.put((motor * np.float32(0.5) + tyres) * near * np.sqrt(np.clip((1 - time) / 2, 0, 1)), at, -1)
        stage.put((motor * np.float32(0.5) + tyres) * near * np.sqrt(np.clip((1 + time) / 2, 0, 1)), at, 1)


def train(stage: Stage) -> None:
    stage.bed(stage.hiss(dsp.both(dsp.low_pass(420, 1), dsp.high_pass(35))) * stage.wander(0.5, 0.5, 0.7))
    stage.bed(stage.hiss(dsp.band_pass(900, 4000, 1)) * stage.wander(0.6, 0.06, 0.16))
    for at in stage.beats(0.92):
        for late in (0.0, 0.13, 0.42, 0.55):
            stage.put(knock_on(stage, 125, 0.09, 2400), at + late, 0.2, 1.3)
            stage.put(struck(stage, 1020, METAL, 0.06), at + late, 0.2, 0.25)


def horn(stage: Stage) -> None:
    """A horn: fog (one deep note), train or ship (a chord), or car."""
    if stage.says("foghorn", "fog"):
        notes, length, every, partials = (82.4, 87.3), 3.2, 9.0, 14
    elif stage.says("car", "honk", "honking", "beep", "traffic"):
        notes, length, every, partials = (415.0, 523.0), 0.55, 4.0, 12
    else:
        notes, length, every, partials = (185.0, 233.1, 277.2), 2.0, 8.0, 14
    for at in stage.beats(every):
        real = length if stage.loop else max(0.15, min(length, stage.seconds - at - 0.3))
        size = count(real)
        wave = np.zeros(size, np.float32)
        for hz in notes:
            rise = hz * dsp.curve(size, [(0, 0.975), (0.08, 1.0), (0.94, 1.0), (1, 0.96)])
            wave += dsp.harmonics(rise, [1.0 / n**0.85 for n in range(1, partials)])
        breath = dsp.noise(size, stage.rng, dsp.band_pass(200, 2400, 1)) * np.float32(0.12)
        stage.put((wave + breath) * dsp.curve(size, [(0, 0), (0.07, 1), (0.92, 0.95), (1, 0)]), at)


def siren(stage: Stage) -> None:
    cycle = 3.2 if not stage.says("police", "ambulance", "yelp") else 1.1
    rounds = max(1, round(stage.seconds / cycle)) if stage.loop else stage.seconds / cycle
    phase = np.linspace(0.0, rounds, stage.samples, endpoint=False)
    hz = 560.0 * 2.0 ** (1.05 * (0.5 - 0.5 * np.cos(2 * np.pi * phase)))
    hz *= np.ceil(float(hz.sum()) / 48_000) * 48_000 / float(hz.sum()) if stage.loop else 1.0
    stage.bed(dsp.pan(dsp.harmonics(hz, [1, 0.45, 0.3, 0.18, 0.1, 0.06]), 0.1))


def phone(stage: Stage) -> None:
    """Rings for two seconds of six (the American cadence), shortened to four where little time is given; a mobile chirps."""
    mobile = stage.says("mobile", "cell", "cellphone", "smartphone", "vibrates", "buzz", "buzzes")
    cadence = 6.0 if stage.seconds > 8 else 4.0
    for at in stage.beats(cadence):
        ring = min(2.0, max(0.2, stage.seconds - at - 0.05)) if not stage.loop else 2.0
        size = count(ring)
        if mobile:
            for beat in np.arange(0.0, ring - 0.1, 0.16):
                note = (1318.5, 1568.0, 1760.0, 1568.0)[round(float(beat) / 0.16) % 4]
                stage.put(struck(stage, note, (1.0, 2.0, 3.0), 0.25), at + float(beat), 0.0, 0.8)
            continue
        clapper = 0.5 + 0.5 * np.sign(dsp.tone(20.0, size)) * np.abs(dsp.tone(20.0, size)) ** 0.3
        bells = dsp.tone(1210, size) + dsp.tone(1497, size) * 0.8 + dsp.tone(3120, size) * 0.25 + dsp.tone(3890, size) * 0.2
        stage.put(bells * (0.35 + 0.65 * clapper) * dsp.curve(size, [(0, 0), (0.01, 1), (0.97, 1), (1, 0)]), at)
        stage.put(struck(stage, 1210, (1.0, 1.24, 2.6), 0.5), at + ring - 0.02, 0.0, 0.5)


def tick(stage: Stage) -> None:
    for number, at in enumerate(stage.beats(0.5)):
        hz = 2300.0 if number % 2 == 0 else 1800.0
        stage.put(struck(stage, hz, (1.0, 1.7, 2.6), 0.03), at, 0.1)
        stage.put(knock_on(stage, 520, 0.03, 5000), at, 0.1, 0.5)


def click(stage: Stage) -> None:
    for at in stage.once(4):
        stage.put(struck(stage, 2100, (1.0, 1.6, 2.9), 0.02), at, 0.0, 0.8)
        stage.put(knock_on(stage, 600, 0.03, 7000), at, 0.0, 0.8)
        stage.put(struck(stage, 2700, (1.0, 1.6), 0.015), at + 0.06, 0.0, 0.4)


def beep(stage: Stage) -> None:
    for at in stage.beats(1.0):
        size = count(0.12)
        stage.put(dsp.tone(988.0, size) * dsp.curve(size, [(0, 0), (0.04, 1), (0.9, 1), (1, 0)]), at)


def buzz(stage: Stage) -> None:
    for at in stage.once(5):
        size = count(min(1.0, max(0.2, stage.seconds * 0.8)))
        hz = np.full(size, 118.0)
        wave = dsp.harmonics(hz, [1.0 / n**0.6 for n in range(1, 30)]) * (0.8 + 0.2 * dsp.wander(size, stage.rng, 25))
        stage.put(wave * dsp.curve(size, [(0, 0), (0.02, 1), (0.96, 1), (1, 0)]), at)


def static(stage: Stage) -> None:
    tuned: Wave = stage.hiss(dsp.band_pass(350, 4200, 1))
    stage.bed(tuned * (0.35 + 0.65 * stage.wander(9.0) ** 2))
    for at in stage.scatter(14.0):
        stage.put(
            stage.noise(0.008, dsp.band_pass(800, 7000)) * dsp.strike(count(0.008), 0.0003, 0.006),
            at,
            stage.between(-0.3, 0.3),
            2.5,
        )
    whistle = dsp.tone(900.0 + 700.0 * stage.wander(0.7), stage.samples) * stage.wander(0.9) ** 4 * np.float32(0.18)
    stage.bed(dsp.pan(whistle * _closing(stage), 0.0))


def _closing(stage: Stage) -> Wave:
    """1, but 0 at both ends, for tones whose phase does not close in a loop."""
    edge = min(0.2, 2000 / stage.samples)
    return dsp.curve(stage.samples, [(0, 0), (edge, 1), (1 - edge, 1), (1, 0)])


def hum(stage: Stage) -> None:
    """Mains and ventilation; the tones close exactly in a loop."""
    for number, level in ((1, 0.5), (2, 1.0), (3, 0.25), (4, 0.3), (6, 0.12)):
        turns = round(50.0 * number * stage.seconds)
        stage.bed(dsp.pan(dsp.tone(turns / stage.seconds, stage.samples, 0.4 * number), 0.0) * np.float32(level * 0.5))
    stage.bed(stage.hiss(dsp.both(dsp.band_pass(60, 1200, 1), dsp.tilt(-3.0))) * np.float32(0.5))
