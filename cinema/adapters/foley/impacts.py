"""Things that strike, break, ring and burst."""

from __future__ import annotations

import numpy as np

from cinema.adapters import dsp
from cinema.adapters.dsp import Wave, count
from cinema.adapters.foley.stage import Stage


def struck(stage: Stage, base_hz: float, ratios: tuple[float, ...], t60: float, seconds: float | None = None) -> Wave:
    """A resonant body: higher partials weaker and shorter, each slightly out of tune."""
    partials = [
        (base_hz * ratio * stage.between(0.985, 1.015), t60 / (1.0 + 0.35 * index), 1.0 / (1.0 + 0.45 * index))
        for index, ratio in enumerate(ratios)
    ]
    return dsp.modes(count(seconds or t60 * 1.2), partials, stage.rng)


def knock_on(stage: Stage, hz: float, t60: float, hardness_hz: float = 2500.0) -> Wave:
    """A blow on wood: low modes and a short contact noise."""
    body = struck(stage, hz, (1.0, 1.58, 2.24, 2.92, 4.1), t60, max(t60 * 1.3, 0.1))
    contact = stage.noise(0.03, dsp.band_pass(hz, hardness_hz, 1)) * dsp.strike(count(0.03), 0.0008, 0.022)
    body[: contact.size] += contact * np.float32(0.8)
    return body


WOOD = (1.0, 1.58, 2.24, 2.92, 4.1)
METAL = (1.0, 1.51, 2.11, 2.76, 3.68, 4.53, 5.9, 7.3)
GLASS = (1.0, 1.33, 1.87, 2.41, 3.12, 3.9)
BELL = (0.5, 1.0, 1.19, 1.5, 2.0, 2.51, 2.66, 3.01, 4.1, 5.2)
"""Partials of a minor-third bell: hum, prime, tierce, quint, nominal and above."""


def thud(stage: Stage) -> None:
    for at in stage.once():
        size = count(0.5)
        drop = dsp.tone(dsp.curve(size, [(0, 120), (0.25, 62), (1, 48)]), size) * dsp.strike(size, 0.003, 0.35)
        slap = stage.noise(0.09, dsp.band_pass(120, 1100, 1)) * dsp.strike(count(0.09), 0.001, 0.08)
        stage.put(drop * np.float32(1.3), at)
        stage.put(slap * np.float32(0.6), at)


def crash(stage: Stage) -> None:
    for at in stage.once():
        burst = stage.noise(1.6, dsp.both(dsp.band_pass(120, 9000, 1), dsp.tilt(-1.5)))
        ragged = dsp.strike(burst.size, 0.002, 1.3) * (0.35 + dsp.wander(burst.size, stage.rng, 26))
        stage.put(burst * ragged, at)
        thump = dsp.tone(dsp.curve(count(0.4), [(0, 110), (1, 45)]), count(0.4)) * dsp.strike(count(0.4), 0.002, 0.4)
        stage.put(thump * np.float32(1.2), at)
        for _ in range(14):
            piece = struck(
                stage, stage.between(350, 2600), METAL if stage.rng.random() < 0.5 else WOOD, stage.between(0.12, 0.5)
            )
            stage.put(piece, at + 0.9 * float(stage.rng.random()) ** 1.6, stage.between(-0.8, 0.8), 0.35)


def glass(stage: Stage) -> None:
    """Shattering: a bright burst, then splinters that ring high and fall."""
    for at in stage.once():
        burst = stage.noise(0.35, dsp.high_pass(3200, 2)) * dsp.strike(count(0.35), 0.001, 0.25)
        stage.put(burst, at)
        for _ in range(34):
            ring = struck(stage, stage.between(2600, 7000), GLASS, stage.between(0.05, 0.3))
            stage.put(ring, at + 1.1 * float(stage.rng.random()) ** 2.2, stage.between(-0.9, 0.9), stage.between(0.15, 0.6))


def clink(stage: Stage) -> None:
    for at in stage.once(7):
        for late, level in ((0.0, 1.0), (0.09, 0.4)):
            stage.put(struck(stage, stage.between(2500, 3200), GLASS, 0.7), at + late, 0.15, level)


def bell(stage: Stage) -> None:
    if stage.says("church", "tower", "cathedral", "toll", "tolling", "tolls"):
        every, hz, t60 = 2.6, 290.0, 6.0
    elif stage.says("ship", "boat", "harbour", "harbor", "buoy"):
        every, hz, t60 = 1.9, 860.0, 2.6
    elif stage.says("door", "doorbell"):
        chime(stage)
        return
    elif stage.says("school", "alarm", "fire"):
        alarm_bell(stage)
        return
    else:
        every, hz, t60 = 2.2, 620.0, 3.2
    for number, at in enumerate(stage.beats(every)):
        blow = dsp.noise(count(0.02), stage.rng, dsp.band_pass(hz, 6000, 1)) * dsp.strike(count(0.02), 0.0006, 0.015)
        stage.put(struck(stage, hz, BELL, t60), at, 0.1)
        stage.put(blow * np.float32(0.5), at, 0.1, 1.0 if number % 2 == 0 else 0.8)


def chime(stage: Stage) -> None:
    """Ding, dong: a major third down."""
    for at in stage.once(9):
        for late, hz in ((0.0, 660.0), (0.55, 523.25)):
            stage.put(struck(stage, hz, (1.0, 2.76, 5.4), 1.6), at + late)


def alarm_bell(stage: Stage) -> None:
    for at in stage.beats(0.055):
        stage.put(struck(stage, 1850.0, METAL, 0.25), at, 0.0, 0.6)


def gun(stage: Stage) -> None:
    shots = stage.beats(0.11) if stage.says("machine", "automatic", "burst") else stage.beats(9, 0.6) if stage.loop else [0.0]
    for at in shots[: 12 if not stage.loop else None]:
        crack = stage.noise(0.09, dsp.both(dsp.high_pass(500, 1), dsp.tilt(-1.0))) * dsp.strike(count(0.09), 0.0003, 0.05)
        body = stage.noise(0.5, dsp.band_pass(70, 900, 1)) * dsp.strike(count(0.5), 0.001, 0.28)
        boom = dsp.tone(dsp.curve(count(0.3), [(0, 160), (0.3, 60), (1, 40)]), count(0.3)) * dsp.strike(count(0.3), 0.001, 0.25)
        tail = stage.noise(1.6, dsp.both(dsp.band_pass(120, 2400, 1), dsp.tilt(-3.0))) * dsp.strike(count(1.6), 0.03, 1.3)
        for wave, level in ((crack, 2.4), (body, 1.6), (boom, 1.4), (tail, 0.3)):
            stage.put(wave, at, stage.between(-0.15, 0.15), level)


def explosion(stage: Stage) -> None:
    for at in stage.once(13):
        size = count(3.8)
        boom = dsp.tone(dsp.curve(count(1.2), [(0, 95), (0.2, 42), (1, 28)]), count(1.2)) * dsp.strike(count(1.2), 0.002, 1.1)
        blast = dsp.noise(size, stage.rng, dsp.both(dsp.low_pass(900, 1), dsp.high_pass(30, 2))) * dsp.strike(size, 0.003, 2.6)
        rumble = (
            dsp.noise(size, stage.rng, dsp.band_pass(30, 160))
            * dsp.strike(size, 0.05, 3.6)
            * (0.4 + dsp.wander(size, stage.rng, 6))
        )
        crack = stage.noise(0.2, dsp.high_pass(900, 1)) * dsp.strike(count(0.2), 0.0004, 0.12)
        for wave, level in ((boom, 2.0), (blast, 1.5), (rumble, 1.4), (crack, 1.4)):
            stage.put(wave, at, 0.0, level)
        for _ in range(22):
            bit = stage.noise(0.04, dsp.band_pass(stage.between(300, 1500), 5000)) * dsp.strike(count(0.04), 0.001, 0.03)
            stage.put(bit, at + 0.5 + 2.2 * float(stage.rng.random()), stage.between(-1, 1), 0.4)


def clang(stage: Stage) -> None:
    """Metal on metal; a sword rings higher, longer and scrapes first."""
    sword = stage.says("sword", "blade", "dagger", "knife", "steel")
    for at in stage.once(6):
        if sword:
            scrape = stage.noise(0.3, dsp.resonances([(3400, 300, 1.0), (5600, 400, 0.8), (8200, 600, 0.5)], 0.03))
            stage.put(scrape * dsp.curve(scrape.size, [(0, 0), (0.7, 0.5), (1, 0)]), at, -0.1)
        late = at + (0.26 if sword else 0.0)
        stage.put(struck(stage, 1500.0 if sword else 430.0, METAL, 1.6 if sword else 1.3), late, 0.1)
        hit = stage.noise(0.03, dsp.high_pass(1200)) * dsp.strike(count(0.03), 0.0004, 0.02)
        stage.put(hit * np.float32(0.9), late, 0.1)


def whoosh(stage: Stage) -> None:
    """Something passes: a band of air that rises in pitch and level, crosses, and falls."""
    for at in stage.once(7):
        length = min(1.3, max(stage.seconds, 0.25)) if not stage.loop else 1.3
        size = count(length)
        centre = 250.0
        for number in range(5):
            hz = centre * 1.75**number
            middle = 0.28 + 0.07 * number
            shape = np.exp(-(((np.linspace(0, 1, size) - middle) / 0.17) ** 2)).astype(np.float32)
            band = dsp.noise(size, stage.rng, dsp.band_pass(hz * 0.75, hz * 1.35)) * shape
            stage.put(band, at, -0.6 + 0.3 * number, 1.0 / (1.0 + 0.25 * number))


def whomp(stage: Stage) -> None:
    """FWOOSH: fire catching; a whoosh with a low body that blooms."""
    whoosh(stage)
    for at in stage.once(7):
        size = count(1.2)
        body = dsp.noise(size, stage.rng, dsp.both(dsp.low_pass(420, 1), dsp.high_pass(40)))
        stage.put(
            body * dsp.curve(size, [(0, 0), (0.22, 1), (0.4, 0.6), (1, 0)]) * (0.6 + 0.6 * dsp.wander(size, stage.rng, 16)), at
        )


def pop(stage: Stage) -> None:
    for at in stage.once(5):
        size = count(0.12)
        bubble = dsp.tone(dsp.curve(size, [(0, 320), (0.3, 900), (1, 700)]), size) * dsp.strike(size, 0.001, 0.08)
        burst = stage.noise(0.03, dsp.band_pass(600, 6000, 1)) * dsp.strike(count(0.03), 0.0004, 0.02)
        stage.put(bubble, at)
        stage.put(burst, at)
