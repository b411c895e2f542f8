"""The animatic's effects and ambiences: synthesised by the words of the prompt. No weights, no samples, no network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from cinema.adapters import dsp
from cinema.adapters.contract import Device, Job, LoadPlan, Product, ProductFile
from cinema.adapters.dsp import Wave
from cinema.adapters.foley import prompts
from cinema.adapters.foley.prompts import Cue
from cinema.adapters.foley.stage import Stage
from cinema.adapters.foley.vocabulary import EFFECTS, PLACES, Place
from cinema.artefact import MediaFacts
from cinema.errors import InputError
from cinema.events import Watch
from cinema.plan.task import SoundRequest
from cinema.timebase import SAMPLE_RATE_HZ

LONGEST_SAMPLES = 4 * 3600 * SAMPLE_RATE_HZ
_BED_SECONDS = 30
"""Longer sounds repeat a bed of this length that joins its own start."""


class Foley:
    """Family `foley`, role sound. Writes `sound.wav`, stereo, of exactly the asked length."""

    def load(self, plan: LoadPlan, device: Device) -> None:
        """Nothing to load."""

    def run(self, job: Job, out: Path, watch: Watch) -> Product:
        """Make a `SoundRequest`; InputError for a length under 1 sample or over 4 hours. Any prompt gives a sound."""
        request = job.request
        if not isinstance(request, SoundRequest):
            raise InputError(f"The foley makes sounds; it was given a request of the kind {request.kind!r}.")
        if not 1 <= request.length_samples <= LONGEST_SAMPLES:
            raise InputError(f"A sound of {request.length_samples} samples cannot be made; ask for 1 to {LONGEST_SAMPLES}.")
        written = dsp.write_wav(out / "sound.wav", perform(request, job.seed, watch), 2)
        facts = MediaFacts(kind="audio", samples=written, sample_rate_hz=SAMPLE_RATE_HZ, channels=2)
        return Product(files=(ProductFile(name="sound.wav", facts=facts),))

    def unload(self) -> None:
        """Nothing is kept between sounds."""


def perform(request: SoundRequest, seed: int, watch: Watch) -> Iterator[Wave]:
    """The sound, in stereo blocks that together are exactly `length_samples` long."""
    cue = prompts.read(request.prompt, loop=request.loop)
    period = min(request.length_samples, _BED_SECONDS * SAMPLE_RATE_HZ)
    lasting = bool(cue.place) or any(EFFECTS[name].lasting for name in cue.effects)
    tiles = request.length_samples > period and lasting
    bed = _mixed(cue, period, request.loop or tiles, seed, watch)
    if request.loop:
        return dsp.in_blocks(dsp.tiled(bed, request.length_samples, loop=True))
    return _once(bed, request.length_samples, tiles=tiles)


def _once(bed: Wave, samples: int, *, tiles: bool) -> Iterator[Wave]:
    """A sound with a beginning and an end: silence at both, and after a single event."""
    fade_in, fade_out = (0.15, 0.4) if tiles else (0.0015, min(0.12, samples / SAMPLE_RATE_HZ / 4))
    if not tiles:
        bed = dsp.faded(bed, fade_in, fade_out)
    period = bed.shape[-1]
    rise, fall = dsp.count(fade_in), dsp.count(fade_out)
    for start in range(0, samples, period):
        size = min(period, samples - start)
        block = bed[:, :size] if tiles or start == 0 else np.zeros((2, size), np.float32)
        if tiles:
            place = np.arange(start, start + size, dtype=np.float64)
            block = block * np.clip(np.minimum(place / rise, (samples - 1 - place) / fall), 0.0, 1.0).astype(np.float32)
        yield block


def _mixed(cue: Cue, samples: int, loop: bool, seed: int, watch: Watch) -> Wave:
    """All that the cue asks for, each at its own level, over `samples`."""
    total = len(cue.effects) + (1 if cue.place else 0)
    out = np.zeros((2, samples), np.float32)
    watch.step(0, total)
    if cue.place:
        heard = {name for name, _ in PLACES[cue.place].heard}
        out += _place_tone(cue, PLACES[cue.place], samples, loop, seed)
        watch.step(1, total)
    else:
        heard = set[str]()
    quieter = 3.0 * np.log2(max(len(cue.effects), 1)) / 2
    for number, name in enumerate(cue.effects):
        if name not in heard or not loop:
            level = EFFECTS[name].level_lufs + cue.gain_db - quieter - (4.0 if loop and cue.place else 0.0)
            out += _effect(name, cue, samples, loop, seed, level)
        watch.step(number + 1 + (1 if cue.place else 0), total)
    return dsp.limited(out, circular=loop)


def _effect(name: str, cue: Cue, samples: int, loop: bool, seed: int, level_lufs: float) -> Wave:
    """One effect in its room, at a loudness."""
    effect = EFFECTS[name]
    rng = dsp.rng_for("foley", name, seed)
    stage = Stage(samples, rng, loop=loop, words=cue.words)
    effect.make(stage)
    wave = stage.canvas
    if cue.far:
        wave = dsp.filtered(wave, dsp.both(dsp.low_pass(850, 1), dsp.low_pass(2600, 2)), circular=loop)
        level_lufs -= 7.0
    wet = min(0.75, effect.wet + (0.25 if cue.far else 0.0) + (0.35 if cue.echoing else 0.0))
    response = dsp.room(2.6 if cue.echoing else 0.9 + 0.8 * (cue.far or wet > 0.3), rng, bright_hz=3500 if cue.far else 6500)
    wave = wave * np.float32(1.0 - 0.4 * wet) + dsp.convolve(wave, response, circular=loop)[:, :samples] * np.float32(wet)
    wave = dsp.filtered(wave, dsp.high_pass(28, 2), circular=loop)
    return dsp.levelled(wave, level_lufs, circular=loop)


def _place_tone(cue: Cue, place: Place, samples: int, loop: bool, seed: int) -> Wave:
    """A place's own sound: rumble, air and hum, and what is heard there."""
    rng = dsp.rng_for("place", cue.place, seed)
    stage = Stage(samples, rng, loop=loop, words=cue.words)
    rumble = dsp.both(dsp.low_pass(140, 1), dsp.high_pass(35, 2), dsp.tilt(-2.0, 100))
    stage.bed(stage.hiss(rumble) * stage.wander(0.3, 0.8, 1.0) * np.float32(dsp.amplitude(place.rumble_db)))
    stage.bed(stage.hiss(dsp.both(dsp.band_pass(200, 7000, 1), dsp.tilt(-4.0))) * np.float32(dsp.amplitude(place.air_db)))
    tone = dsp.levelled(stage.canvas, place.level_lufs - 4.0, circular=loop)
    if place.hum_db > -40:
        tone = tone + _effect("hum", cue, samples, loop, seed, place.level_lufs - 6.0 + place.hum_db)
    birds_sleep = not cue.words.isdisjoint({"night", "evening", "dusk", "midnight"})
    for name, relative_db in place.heard:
        actual = "crickets" if name == "birds" and birds_sleep else name
        tone = tone + _effect(actual, cue, samples, loop, seed, place.level_lufs + relative_db)
    return tone
