"""`SpeechAdapter`: base of the families that speak lines."""

from __future__ import annotations

import itertools
import json
from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from cinema.adapters import dsp
from cinema.adapters.contract import Job, Product, ProductFile
from cinema.adapters.dsp import Wave
from cinema.adapters.kit.libraries import library
from cinema.adapters.kit.parts import Opened
from cinema.adapters.kit.sentences import speakable
from cinema.adapters.kit.sound import at_film_rate, write_sound
from cinema.adapters.kit.steps import Steps
from cinema.artefact import MediaFacts
from cinema.errors import InputError, OutOfDiskError
from cinema.events import Watch
from cinema.plan.staging import Emotion
from cinema.plan.task import SpeechRequest, VoiceSpec
from cinema.timebase import SAMPLE_RATE_HZ

_LEVELS: dict[Emotion, float] = {
    "shout": -15.5,
    "angry": -17.5,
    "excited": -18.5,
    "whisper": -26.0,
    "tender": -22.5,
    "sad": -22.0,
}
"""Loudness by delivery, as the animatic's voices have it; -20 LUFS else."""
_SILENCE_DB = -50.0
_MARGIN_SECONDS = 0.05
_GAP_SECONDS = 0.12
_PAUSE_SECONDS = 0.18
"""Between pieces that were spoken one by one."""
_TEMPO: dict[Emotion, float] = {
    "excited": 1.08,
    "shout": 1.05,
    "angry": 1.06,
    "afraid": 1.06,
    "surprised": 1.04,
    "happy": 1.03,
    "sad": 0.92,
    "tired": 0.88,
    "tender": 0.94,
    "whisper": 0.95,
    "tense": 0.97,
}
_LIVELINESS: dict[Emotion, float] = {
    "excited": 1.12,
    "shout": 1.1,
    "angry": 1.1,
    "afraid": 1.1,
    "surprised": 1.1,
    "happy": 1.06,
    "sad": 0.94,
    "tired": 0.9,
    "tender": 0.95,
    "whisper": 0.92,
}


@dataclass(frozen=True, kw_only=True)
class Speaking:
    """One line to say."""

    request: SpeechRequest
    sample: Wave | None
    """The recording of the voice, mono at 48 kHz."""
    sample_key: str
    """Of the recording's artefact; empty without one."""
    generator: Any
    seed: int
    progress: Steps


@dataclass(frozen=True, kw_only=True)
class Heard:
    """A word and when the model says it, in seconds from the start of the sound."""

    text: str
    start_seconds: float
    end_seconds: float


@dataclass(frozen=True, kw_only=True)
class Said:
    """Mono samples (float32, -1 ... 1), their rate, and the words' times where the model itself aligned them."""

    wave: Wave
    rate_hz: int
    words: tuple[Heard, ...] = ()


class SpeechAdapter(Opened):
    """A family implements `open`, `close` and `say`."""

    @abstractmethod
    def say(self, line: Speaking) -> Said:
        """The line's nonverbal sound, its words, or both; calls `line.progress.tick()` as it goes."""

    def ticks(self, request: SpeechRequest) -> int:
        """How often `say` will tick, about."""
        return 1

    def run(self, job: Job, out: Path, watch: Watch) -> Product:
        """Write `speech.wav`, mono at 48 kHz, with at most 0.1 s of silence at either end, and `marks.json` for aligned words.

        A line without a letter or a sound to make is 50 ms of silence.
        """
        torch = library("torch")
        request = job.request
        if not isinstance(request, SpeechRequest):
            raise InputError(f"{self.parts.manifest.id} speaks lines; it was given a request of the kind {request.kind!r}.")
        progress = Steps(watch, self.ticks(request) + 1)
        self.parts.reset_peak()
        with torch.inference_mode():
            said = self._said(job, request, progress)
        made = at_film_rate(np.asarray(said.wave, np.float32).reshape(1, -1), said.rate_hz)[0]
        first, end = audible(made)
        wave = dsp.levelled(dsp.faded(made[first:end], 0.005, 0.02), _LEVELS.get(request.emotion, -20.0))
        if not wave.size:
            wave = np.zeros(dsp.count(_MARGIN_SECONDS), np.float32)
        lead = np.zeros(0, np.float32)
        if request.before is not None:
            lead = np.concatenate([read_mono(job.inputs[request.before].path), np.zeros(dsp.count(_GAP_SECONDS), np.float32)])
            wave = np.concatenate([lead, wave])
        files = [write_sound(out, "speech.wav", wave.reshape(1, -1))]
        if said.words:
            files.append(_write_marks(out, said.words, lead.size - first, lead.size, wave.size))
        progress.finish()
        return Product(files=tuple(files), peak_bytes=self.parts.peak_bytes())

    def _said(self, job: Job, request: SpeechRequest, progress: Steps) -> Said:
        if not request.nonverbal and not speakable(request.text):
            return Said(wave=np.zeros(0, np.float32), rate_hz=SAMPLE_RATE_HZ)
        sample = None if request.sample is None else job.inputs[request.sample]
        return self.say(
            Speaking(
                request=request,
                sample=None if sample is None else read_mono(sample.path),
                sample_key="" if sample is None else sample.key,
                generator=self.parts.generator(job.seed),
                seed=job.seed,
                progress=progress,
            )
        )


def tempo_of(emotion: Emotion) -> float:
    """How much faster than by itself a voice speaks in that mood. Chosen by us, not measured."""
    return _TEMPO.get(emotion, 1.0)


def liveliness_of(emotion: Emotion) -> float:
    """By how much to scale a sampling temperature for that mood. Chosen by us, not measured."""
    return _LIVELINESS.get(emotion, 1.0)


def chosen(voice: VoiceSpec, women: tuple[str, ...], men: tuple[str, ...]) -> str:
    """A named voice for a cast member: by gender, then by age and variant, each of which moves on to another name.

    A neutral voice takes from both lists in turn. Both lists must have a name.
    """
    mixed = tuple(name for pair in itertools.zip_longest(women, men) for name in pair if name)
    names = {"female": women, "male": men, "neutral": mixed}[voice.gender]
    ages = {"adult": 0, "young": 1, "old": 2, "child": 3}
    return names[(voice.variant + ages[voice.age] * max(len(names) // len(ages), 1)) % len(names)]


def joined(waves: Iterable[Wave], rate_hz: int) -> Wave:
    """Pieces of one line, at one rate, each without its own silence, with a short pause between them."""
    return in_turn(waves, rate_hz)[0]


def in_turn(waves: Iterable[Wave], rate_hz: int) -> tuple[Wave, tuple[float, ...]]:
    """`joined`, and by how many seconds each piece's own start was moved."""
    pause = np.zeros(round(_PAUSE_SECONDS * rate_hz), np.float32)
    parts: list[Wave] = []
    moves: list[float] = []
    now = 0
    for wave in waves:
        first, end = audible(wave, rate_hz)
        heard = [wave[first:end]] if end > first else []
        if heard and parts:
            heard.insert(0, pause)
            now += pause.size
        moves.append((now - first) / rate_hz)
        now += end - first
        parts += heard
    return (np.concatenate(parts) if parts else np.zeros(0, np.float32)), tuple(moves)


def audible(wave: Wave, rate_hz: int = SAMPLE_RATE_HZ) -> tuple[int, int]:
    """(first, end) of what is louder than 50 dB below the loudest 10 ms, with 50 ms around it; (0, 0) for silence."""
    block = max(rate_hz // 100, 1)
    padded = np.pad(wave, (0, -wave.size % block))
    powers = np.sqrt(np.mean(padded.reshape(-1, block) ** 2, axis=1)) if padded.size else np.zeros(0)
    loud = np.flatnonzero(powers > max(float(powers.max(initial=0.0)) * dsp.amplitude(_SILENCE_DB), 1e-6))
    if not loud.size:
        return 0, 0
    margin = round(_MARGIN_SECONDS * rate_hz)
    return max(int(loud[0]) * block - margin, 0), min((int(loud[-1]) + 1) * block + margin, wave.size)


def read_mono(path: Path) -> Wave:
    """A WAV artefact at 48 kHz, as one channel."""
    data, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    return at_film_rate(data.mean(axis=1, dtype=np.float32).reshape(1, -1), int(rate_hz))[0]


def _write_marks(out: Path, words: tuple[Heard, ...], shift: int, first: int, last: int) -> ProductFile:
    """`marks.json`: times moved by `shift` samples, kept within `first` ... `last` and in order."""
    marks: list[dict[str, Any]] = []
    now = first
    for word in words:
        start = min(max(round(word.start_seconds * SAMPLE_RATE_HZ) + shift, now), last)
        now = min(max(round(word.end_seconds * SAMPLE_RATE_HZ) + shift, start), last)
        marks.append({"text": word.text, "start_sample": start, "end_sample": now})
    try:
        (out / "marks.json").write_text(json.dumps(marks, ensure_ascii=False), encoding="utf-8")
    except OSError as exc:
        raise OutOfDiskError(f"{out / 'marks.json'} cannot be written: {exc.strerror}; check the folder.") from exc
    return ProductFile(name="marks.json", facts=MediaFacts(kind="data"))
