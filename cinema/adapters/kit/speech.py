"""`SpeechAdapter`: base of the families that speak lines."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from cinema.adapters import dsp
from cinema.adapters.contract import Device, Job, LoadPlan, Product
from cinema.adapters.dsp import Wave
from cinema.adapters.kit.libraries import library
from cinema.adapters.kit.parts import Parts
from cinema.adapters.kit.sound import at_film_rate, write_sound
from cinema.adapters.kit.steps import Steps
from cinema.errors import InputError
from cinema.events import Watch
from cinema.plan.staging import Emotion
from cinema.plan.task import SpeechRequest
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


@dataclass(frozen=True, kw_only=True)
class Speaking:
    """One line to say."""

    request: SpeechRequest
    sample: Wave | None
    """The recording of the voice, mono at 48 kHz."""
    generator: Any
    seed: int
    progress: Steps


class SpeechAdapter(ABC):
    """A family implements `open`, `close` and `say`."""

    parts: Parts

    def load(self, plan: LoadPlan, device: Device) -> None:
        """MissingModelError where weights or libraries are not here."""
        self.parts = Parts(plan, device)
        self.open(self.parts)

    def unload(self) -> None:
        """Nothing of the model stays in memory."""
        self.close()
        self.parts.forget()

    @abstractmethod
    def open(self, parts: Parts) -> None:
        """Open everything."""

    @abstractmethod
    def close(self) -> None:
        """Let go of what `open` opened."""

    @abstractmethod
    def say(self, line: Speaking) -> tuple[Wave, int]:
        """Mono samples (float32, -1 ... 1) and their rate in Hz; calls `line.progress.tick()` as it goes."""

    def ticks(self, request: SpeechRequest) -> int:
        """How often `say` will tick."""
        return 1

    def run(self, job: Job, out: Path, watch: Watch) -> Product:
        """Write `speech.wav`, mono at 48 kHz, with at most 0.1 s of silence at either end."""
        torch = library("torch")
        request = job.request
        if not isinstance(request, SpeechRequest):
            raise InputError(f"{self.parts.manifest.id} speaks lines; it was given a request of the kind {request.kind!r}.")
        progress = Steps(watch, self.ticks(request) + 1)
        sample = None if request.sample is None else read_mono(job.inputs[request.sample].path)
        self.parts.reset_peak()
        with torch.inference_mode():
            line = Speaking(
                request=request,
                sample=sample,
                generator=self.parts.generator(job.seed),
                seed=job.seed,
                progress=progress,
            )
            said, rate_hz = self.say(line)
        wave = at_film_rate(np.asarray(said, np.float32).reshape(1, -1), rate_hz)[0]
        wave = dsp.levelled(dsp.faded(trimmed(wave), 0.005, 0.02), _LEVELS.get(request.emotion, -20.0))
        if request.before is not None:
            gap = np.zeros(dsp.count(_GAP_SECONDS), np.float32)
            wave = np.concatenate([read_mono(job.inputs[request.before].path), gap, wave])
        file = write_sound(out, "speech.wav", wave.reshape(1, -1))
        progress.finish()
        return Product(files=(file,), peak_bytes=self.parts.peak_bytes())


def trimmed(wave: Wave) -> Wave:
    """Without the silence before and after, but for 50 ms; never empty (a silent line stays 50 ms long)."""
    block = SAMPLE_RATE_HZ // 100
    padded = np.pad(wave, (0, -wave.size % block))
    powers = np.sqrt(np.mean(padded.reshape(-1, block) ** 2, axis=1)) if padded.size else np.zeros(0)
    loud = np.flatnonzero(powers > max(float(powers.max(initial=0.0)) * dsp.amplitude(_SILENCE_DB), 1e-6))
    margin = dsp.count(_MARGIN_SECONDS)
    if not loud.size:
        return np.zeros(margin, np.float32)
    return wave[max(int(loud[0]) * block - margin, 0) : (int(loud[-1]) + 1) * block + margin]


def read_mono(path: Path) -> Wave:
    """A WAV artefact at 48 kHz, as one channel."""
    data, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    return at_film_rate(data.mean(axis=1, dtype=np.float32).reshape(1, -1), int(rate_hz))[0]
