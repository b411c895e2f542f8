"""Finishing of sound: rate, length, channels, loops and levels, and the base of the families that make music and effects."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soxr

from cinema.adapters import dsp
from cinema.adapters.contract import Job, Product, ProductFile
from cinema.adapters.dsp import Wave
from cinema.adapters.kit.levels import music_lufs, sound_lufs
from cinema.adapters.kit.libraries import library
from cinema.adapters.kit.parts import Opened
from cinema.adapters.kit.steps import Steps
from cinema.artefact import MediaFacts
from cinema.errors import CinemaError, InputError
from cinema.events import Watch
from cinema.identity import seed_from
from cinema.plan.task import MusicRequest, SoundRequest
from cinema.timebase import SAMPLE_RATE_HZ

_LOOP_SECONDS = 1.0
_MOST_MATCHED_DB = 12.0
_LEAD_SECONDS = 0.01
_LEAD_DB = -45.0


def at_film_rate(wave: Wave, rate_hz: int) -> Wave:
    """Channels x samples at 48 kHz, from channels x samples at `rate_hz`."""
    if rate_hz == SAMPLE_RATE_HZ:
        return wave
    return np.ascontiguousarray(soxr.resample(wave.T, rate_hz, SAMPLE_RATE_HZ).T.astype(np.float32))


def in_stereo(wave: Wave) -> Wave:
    """2 x samples, from one channel or two."""
    return np.repeat(wave.reshape(1, -1), 2, axis=0) if wave.ndim == 1 or wave.shape[0] == 1 else wave[:2]


def looped(wave: Wave, samples: int) -> Wave:
    """A loop of exactly `samples`: what follows its end is faded into its start, without a dip or a bump in level.

    A wave that is too short for that repeats, with the same cross-fade at every join; of nothing, silence is made.
    """
    if not wave.shape[-1]:
        return np.zeros((wave.shape[0], samples), np.float32)
    fade = min(dsp.count(_LOOP_SECONDS), wave.shape[-1] // 3, samples // 2)
    while wave.shape[-1] < samples + fade:
        wave = chained(wave, wave, fade)
    start = crossed(wave[:, samples : samples + fade], wave[:, :fade])
    return np.concatenate([start, wave[:, fade:samples]], axis=1)


def lasting(wave: Wave, samples: int, fade_seconds: float) -> Wave:
    """Exactly `samples`: cut and faded out at its end, or followed by silence."""
    cut = dsp.faded(wave[:, :samples], 0.003, min(fade_seconds, samples / SAMPLE_RATE_HZ / 2))
    return np.pad(cut, ((0, 0), (0, samples - cut.shape[-1])))


def from_onset(wave: Wave) -> Wave:
    """`wave` from 10 ms before it first comes within 45 dB of its loudest: an effect sounds when its cue comes."""
    hop = dsp.count(_LEAD_SECONDS)
    level = np.abs(wave).max(axis=0)
    hops = np.pad(level, (0, -level.size % hop)).reshape(-1, hop).max(axis=1)
    loudest = float(hops.max(initial=0.0))
    if loudest <= 0.0:
        return wave
    first = int(np.argmax(hops >= loudest * dsp.amplitude(_LEAD_DB)))
    return wave[:, max(first - 1, 0) * hop :]


def crossed(leaving: Wave, entering: Wave) -> Wave:
    """One into the other over their whole (equal) length, without a dip or a bump in level.

    Gains are those of equal power, divided by the level that the sum of two waves so alike would have: for waves that have
    nothing in common that is 1, for equal ones it gives equal amplitude (a piece that goes on by repeating the end).
    """
    fade = leaving.shape[-1]
    angle = ((np.arange(fade, dtype=np.float32) + np.float32(0.5)) / max(fade, 1) * (np.pi / 2)).astype(np.float32)
    power = float(np.sqrt(np.sum(np.square(leaving, dtype=np.float64)) * np.sum(np.square(entering, dtype=np.float64))))
    alike = float(np.sum(leaving * entering, dtype=np.float64)) / power if power > 0.0 else 0.0
    level = np.sqrt(1.0 + max(alike, 0.0) * np.sin(2.0 * angle)).astype(np.float32)
    return (leaving * np.cos(angle) + entering * np.sin(angle)) / level


def chained(first: Wave, second: Wave, fade: int) -> Wave:
    """`second` after `first`, cross-faded over `fade` samples (as many as the shorter has, at most)."""
    fade = min(fade, first.shape[-1], second.shape[-1])
    end = first.shape[-1] - fade
    return np.concatenate([first[:, :end], crossed(first[:, end:], second[:, :fade]), second[:, fade:]], axis=1)


def matched(wave: Wave, to: Wave) -> Wave:
    """`wave` as loud as `to`, by one gain of at most 12 dB; unchanged where either is silent."""
    own, wanted = dsp.loudness(wave), dsp.loudness(to)
    if min(own, wanted) <= -119.0:
        return wave
    return wave * np.float32(dsp.amplitude(float(np.clip(wanted - own, -_MOST_MATCHED_DB, _MOST_MATCHED_DB))))


def write_sound(out: Path, name: str, wave: Wave) -> ProductFile:
    """Channels x samples at 48 kHz, as 24-bit WAV."""
    samples = dsp.write_wav(out / name, dsp.in_blocks(wave if wave.shape[0] > 1 else wave[0]), wave.shape[0])
    facts = MediaFacts(kind="audio", samples=samples, sample_rate_hz=SAMPLE_RATE_HZ, channels=wave.shape[0])
    return ProductFile(name=name, facts=facts)


@dataclass(frozen=True, kw_only=True)
class Playing:
    """One piece that a family must make, of `seconds` or more (up to what it can make at a time)."""

    prompt: str
    lyrics: str
    language: str = ""
    """Of the lyrics (ISO 639-1); empty where it is not known, or nothing is sung."""
    seconds: float
    steps: int
    guidance: float
    before: Wave | None
    """The last `overlap_seconds` of what was made, at 48 kHz, channels x samples, from which the piece must go on."""
    generator: Any
    seed: int
    progress: Steps


class SoundAdapter(Opened):
    """A family implements `open`, `close` and `play`. Longer music than the model makes at a time is made in pieces."""

    overlap_seconds: float = 4.0
    """Of pieces of music; those are joined by a cross-fade over it."""
    continues: bool = False
    """Whether `play` goes on from `Playing.before`, whose end the new piece then starts by repeating."""

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
        samples = request.length_samples
        if isinstance(request, MusicRequest):
            made = dsp.levelled(lasting(wave, samples, 3.0), music_lufs(request))
        elif request.loop:
            made = dsp.levelled(looped(wave, samples), sound_lufs(request), circular=True)
        else:
            made = dsp.levelled(lasting(from_onset(wave), samples, 0.3), sound_lufs(request))
        file = write_sound(out, "music.wav" if isinstance(request, MusicRequest) else "sound.wav", made)
        watch.step(1, 1)
        return Product(files=(file,), peak_bytes=self.parts.peak_bytes())

    def _made(self, job: Job, request: MusicRequest | SoundRequest, watch: Watch) -> Wave:
        """Stereo at 48 kHz, at least as long as asked for where the model can, in one piece or several."""
        music = isinstance(request, MusicRequest)
        wanted = request.length_samples / SAMPLE_RATE_HZ + (_LOOP_SECONDS if not music and request.loop else 0.0)
        longest = self.parts.manifest.grid.max_seconds or wanted
        overlap = min(self.overlap_seconds, longest / 3)
        shortest = min(float(self.parts.setting("min_seconds", 0.0)), longest)
        lengths = pieces(wanted, longest, overlap) if music else (min(wanted, longest),)
        lengths = tuple(max(seconds, shortest) for seconds in lengths)
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
                    language=request.language if music else "",
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
            if not np.isfinite(piece).all():
                raise CinemaError(
                    f"{self.parts.manifest.id} gave sound that is no sound (values that are not numbers) in precision "
                    f"{self.parts.plan.precision}; try another precision or model."
                )
            whole = piece if whole is None else chained(whole, piece if self.continues else matched(piece, whole), fade)
        assert whole is not None
        return whole


def pieces(wanted: float, longest: float, overlap: float) -> tuple[float, ...]:
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
