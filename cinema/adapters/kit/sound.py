"""Finishing of sound: rate, length, channels, loops and levels, and the base of the families that make music and effects."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soxr

from cinema.adapters import dsp
from cinema.adapters.contract import Device, Job, LoadPlan, Product, ProductFile
from cinema.adapters.dsp import Wave
from cinema.adapters.kit.libraries import library
from cinema.adapters.kit.parts import Parts
from cinema.adapters.kit.steps import Steps
from cinema.artefact import MediaFacts
from cinema.errors import InputError
from cinema.events import Watch
from cinema.identity import seed_from
from cinema.plan.task import MusicRequest, SoundRequest
from cinema.timebase import SAMPLE_RATE_HZ

MUSIC_LUFS = -23.0
EFFECT_LUFS = -24.0
AMBIENCE_LUFS = -32.0
"""Levels at which the mix expects them; those of the animatic's own score and effects."""
_LOOP_SECONDS = 1.0


def at_film_rate(wave: Wave, rate_hz: int) -> Wave:
    """Channels x samples at 48 kHz, from channels x samples at `rate_hz`."""
    if rate_hz == SAMPLE_RATE_HZ:
        return wave
    return np.ascontiguousarray(soxr.resample(wave.T, rate_hz, SAMPLE_RATE_HZ).T.astype(np.float32))


def in_stereo(wave: Wave) -> Wave:
    """2 x samples, from one channel or two."""
    return np.repeat(wave.reshape(1, -1), 2, axis=0) if wave.ndim == 1 or wave.shape[0] == 1 else wave[:2]


def looped(wave: Wave, samples: int) -> Wave:
    """A loop of exactly `samples`: what follows its end is faded into its start, with equal power.

    A wave that is too short for that repeats, with the same cross-fade at every join.
    """
    fade = min(dsp.count(_LOOP_SECONDS), wave.shape[-1] // 3)
    while wave.shape[-1] < samples + fade:
        wave = _chained(wave, wave, fade)
    body, tail = wave[:, :samples].copy(), wave[:, samples : samples + fade]
    rise = np.sin(np.linspace(0, np.pi / 2, fade, dtype=np.float32))
    body[:, :fade] = body[:, :fade] * rise + tail * rise[::-1]
    return body


def lasting(wave: Wave, samples: int, fade_seconds: float) -> Wave:
    """Exactly `samples`: cut and faded out at its end, or followed by silence."""
    cut = dsp.faded(wave[:, :samples], 0.003, min(fade_seconds, samples / SAMPLE_RATE_HZ / 2))
    return np.pad(cut, ((0, 0), (0, samples - cut.shape[-1])))


def _chained(first: Wave, second: Wave, fade: int) -> Wave:
    rise = np.sin(np.linspace(0, np.pi / 2, fade, dtype=np.float32))
    mixed = first[:, -fade:] * rise[::-1] + second[:, :fade] * rise
    return np.concatenate([first[:, :-fade], mixed, second[:, fade:]], axis=1)


def write_sound(out: Path, name: str, wave: Wave) -> ProductFile:
    """Channels x samples at 48 kHz, as 16-bit WAV."""
    samples = dsp.write_wav(out / name, dsp.in_blocks(wave if wave.shape[0] > 1 else wave[0]), wave.shape[0])
    facts = MediaFacts(kind="audio", samples=samples, sample_rate_hz=SAMPLE_RATE_HZ, channels=wave.shape[0])
    return ProductFile(name=name, facts=facts)


@dataclass(frozen=True, kw_only=True)
class Playing:
    """One piece that a family must make, of `seconds` or more (up to what it can make at a time)."""

    prompt: str
    lyrics: str
    seconds: float
    steps: int
    guidance: float
    before: Wave | None
    """The last `overlap_seconds` of what was made, at 48 kHz, channels x samples, from which the piece must go on."""
    generator: Any
    seed: int
    progress: Steps


class SoundAdapter(ABC):
    """A family implements `open`, `close` and `play`. Longer music than the model makes at a time is made in pieces."""

    parts: Parts
    overlap_seconds: float = 4.0
    """Of pieces of music; those are joined by an equal-power cross-fade over it."""
    continues: bool = False
    """Whether `play` goes on from `Playing.before`, whose end the new piece then starts by repeating."""

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
    def play(self, piece: Playing) -> tuple[Wave, int]:
        """Channels x samples (float32, -1 ... 1) and their rate in Hz; calls `piece.progress.tick()` as it goes."""

    def ticks(self, seconds: float, steps: int) -> int:
        """How often `play` will tick for a piece of that length."""
        return steps

    def run(self, job: Job, out: Path, watch: Watch) -> Product:
        """Write `music.wav` or `sound.wav`, stereo, of exactly the samples asked for."""
        torch = library("torch")
        request = job.request
        if not isinstance(request, MusicRequest | SoundRequest):
            raise InputError(f"{self.parts.manifest.id} makes sound; it was given a request of the kind {request.kind!r}.")
        self.parts.reset_peak()
        with torch.inference_mode():
            wave = self._made(job, request, watch)
        if isinstance(request, MusicRequest):
            made = dsp.levelled(lasting(wave, request.length_samples, 3.0), MUSIC_LUFS)
        elif request.loop:
            made = dsp.levelled(looped(wave, request.length_samples), AMBIENCE_LUFS, circular=True)
        else:
            made = dsp.levelled(lasting(wave, request.length_samples, 0.3), EFFECT_LUFS)
        file = write_sound(out, "music.wav" if isinstance(request, MusicRequest) else "sound.wav", made)
        watch.step(1, 1)
        return Product(files=(file,), peak_bytes=self.parts.peak_bytes())

    def _made(self, job: Job, request: MusicRequest | SoundRequest, watch: Watch) -> Wave:
        """Stereo at 48 kHz, at least as long as asked for where the model can, in one piece or several."""
        music = isinstance(request, MusicRequest)
        wanted = request.length_samples / SAMPLE_RATE_HZ + (_LOOP_SECONDS if not music and request.loop else 0.0)
        longest = self.parts.manifest.grid.max_seconds or wanted
        overlap = min(self.overlap_seconds, longest / 3)
        lengths = _pieces(wanted, longest, overlap) if music else (min(wanted, longest),)
        steps = int(self.parts.setting("steps", 1))
        progress = Steps(watch, sum(self.ticks(seconds, steps) for seconds in lengths) + 1)
        whole: Wave | None = None
        for number, seconds in enumerate(lengths):
            fade = dsp.count(overlap)
            seed = job.seed if number == 0 else seed_from(job.seed, "piece", number)
            made, rate_hz = self.play(
                Playing(
                    prompt=f"{request.mood}. {request.prompt}".strip(". ") if music else request.prompt,
                    lyrics=request.lyrics if music else "",
                    seconds=seconds,
                    steps=steps,
                    guidance=float(self.parts.setting("guidance", 3.0)),
                    before=None if whole is None or not self.continues else whole[:, -fade:],
                    generator=self.parts.generator(seed),
                    seed=seed,
                    progress=progress,
                )
            )
            piece = in_stereo(at_film_rate(made, rate_hz))
            whole = piece if whole is None else _chained(whole, piece, min(fade, piece.shape[-1], whole.shape[-1]))
        assert whole is not None
        return whole


def _pieces(wanted: float, longest: float, overlap: float) -> tuple[float, ...]:
    """Lengths of pieces in seconds that, overlapping, give `wanted`."""
    if wanted <= longest:
        return (wanted,)
    lengths = [longest]
    made = longest
    while made < wanted:
        length = min(longest, wanted - made + overlap)
        lengths.append(length)
        made += length - overlap
    return tuple(lengths)
