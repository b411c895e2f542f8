"""The animatic's voices: eSpeak NG given throats, breath and feeling. No weights, no network.

eSpeak NG is GPL-3.0-or-later; it is loaded at run time from the package `espeakng-loader` and none of it is in Cinema.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cinema.adapters import dsp
from cinema.adapters.contract import Device, Job, LoadPlan, Product, ProductFile
from cinema.adapters.dsp import Wave
from cinema.adapters.espeak import cast, nonverbal, throat, words
from cinema.adapters.espeak.library import speak
from cinema.artefact import MediaFacts
from cinema.errors import InputError, OutOfDiskError
from cinema.events import Watch
from cinema.plan.task import SpeechRequest
from cinema.timebase import SAMPLE_RATE_HZ

_LONGEST_CHARACTERS = 100_000
_GAP_SECONDS = 0.12
"""Between a nonverbal sound and the words after it."""


@dataclass(frozen=True, kw_only=True)
class Take:
    """One spoken line: mono sound and its words with samples."""

    wave: Wave
    marks: list[dict[str, Any]]


class Espeak:
    """Family `espeak`, role speech. Writes `speech.wav` (mono) and `marks.json` (word timings)."""

    def load(self, plan: LoadPlan, device: Device) -> None:
        """MissingModelError when the package espeakng-loader, or its library for this machine, is not here."""
        cast.languages()

    def run(self, job: Job, out: Path, watch: Watch) -> Product:
        """Speak a `SpeechRequest`; InputError for a language without a voice or a line of more than 100,000 characters."""
        request = job.request
        if not isinstance(request, SpeechRequest):
            raise InputError(f"The drawn voices speak lines; they were given a request of the kind {request.kind!r}.")
        take = perform(request, job.seed, watch)
        samples = dsp.write_wav(out / "speech.wav", dsp.in_blocks(take.wave), 1)
        try:
            (out / "marks.json").write_text(json.dumps(take.marks, ensure_ascii=False), encoding="utf-8")
        except OSError as exc:
            raise OutOfDiskError(f"{out / 'marks.json'} cannot be written: {exc.strerror}; check the folder.") from exc
        watch.step(4, 4)
        heard = MediaFacts(kind="audio", samples=samples, sample_rate_hz=SAMPLE_RATE_HZ, channels=1)
        return Product(
            files=(
                ProductFile(name="speech.wav", facts=heard),
                ProductFile(name="marks.json", facts=MediaFacts(kind="data")),
            )
        )

    def unload(self) -> None:
        """Nothing is kept between lines."""


def perform(request: SpeechRequest, seed: int, watch: Watch) -> Take:
    """The line as that voice says it in that mood. Equal request and seed give equal samples."""
    if len(request.text) > _LONGEST_CHARACTERS:
        raise InputError(
            f"A line of {len(request.text)} characters is too long to speak; split it under {_LONGEST_CHARACTERS}."
        )
    rng = dsp.rng_for("speech", seed)
    mood = cast.MOODS[request.emotion]
    timbre = cast.performed(cast.timbre_of(request.voice), mood, float(rng.uniform(-1.0, 1.0)))
    name = cast.voice_name(request.voice.language)
    watch.step(0, 4)
    said = words.written_words(request.text)
    sound = nonverbal.known(request.nonverbal) if request.nonverbal.strip() else "" if said else "breath"
    before = _nonverbal(sound, timbre, rng) if sound else np.zeros(0, np.float32)
    if not said:
        return Take(wave=dsp.faded(throat.in_a_room(before, rng)), marks=[])
    spoken = words.speakable(request.text, english=name.lower().startswith("en"))
    utterance = speak(spoken.text, cast.manner_of(timbre, mood, name))
    watch.step(1, 4)
    if float(np.abs(utterance.wave).max(initial=0.0)) < 1e-3:  # letters of a script that the voice cannot read
        wave = np.concatenate([before, _nonverbal("breath", timbre, rng)])
        return Take(wave=wave, marks=words.marks(said, spoken, (), before.size, wave.size))
    rate_hz = utterance.rate_hz * timbre.formants
    wave = throat.voiced(throat.resampled(utterance.wave, rate_hz), timbre, mood, rng)
    watch.step(2, 4)
    first, end = throat.trimmed_at(wave)
    wave = dsp.levelled(dsp.faded(throat.in_a_room(wave[first:end], rng), 0.005, 0.02), mood.loudness_lufs)
    watch.step(3, 4)
    lead = before.size + (dsp.count(_GAP_SECONDS) if before.size else 0)
    scale = SAMPLE_RATE_HZ / rate_hz
    events = [(character, lead + round(sample * scale) - first) for character, sample in utterance.words]
    wave = np.concatenate([before, np.zeros(lead - before.size, np.float32), wave])
    return Take(wave=wave, marks=words.marks(said, spoken, events, lead, wave.size))


def _nonverbal(name: str, timbre: cast.Timbre, rng: np.random.Generator) -> Wave:
    make, level_lufs = nonverbal.SOUNDS[name]
    wave = make(timbre, rng)
    first, end = throat.trimmed_at(wave)
    return dsp.levelled(dsp.faded(wave[first:end]), level_lufs)
