"""The animatic's composer: a mood becomes a piece of exactly the scene's length that comes home at its end."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from cinema.adapters import dsp
from cinema.adapters.contract import Device, Job, LoadPlan, Product, ProductFile
from cinema.adapters.dsp import Wave
from cinema.adapters.score.compose import compose
from cinema.adapters.score.instruments import note
from cinema.adapters.score.mixing import sections
from cinema.adapters.score.moods import brief_for
from cinema.artefact import MediaFacts
from cinema.errors import InputError, OutOfDiskError
from cinema.events import Watch
from cinema.plan.task import MusicRequest
from cinema.timebase import SAMPLE_RATE_HZ

LONGEST_SAMPLES = 3600 * SAMPLE_RATE_HZ
_KNEE = 0.7


class Score:
    """Family `score`, role music. Writes `music.wav`, stereo, of exactly the asked length."""

    def load(self, plan: LoadPlan, device: Device) -> None:
        """Nothing to load."""

    def run(self, job: Job, out: Path, watch: Watch) -> Product:
        """Write a `MusicRequest`; InputError for a length under 1 sample or over an hour. Any mood and prompt give music."""
        request = job.request
        if not isinstance(request, MusicRequest):
            raise InputError(f"The composer writes music; it was given a request of the kind {request.kind!r}.")
        if not 1 <= request.length_samples <= LONGEST_SAMPLES:
            raise InputError(f"Music of {request.length_samples} samples cannot be written; ask for 1 to {LONGEST_SAMPLES}.")
        brief = brief_for(request.mood, request.prompt)
        piece = compose(brief, request.length_samples / SAMPLE_RATE_HZ, dsp.rng_for("score", job.seed, request.mood))
        try:
            with tempfile.TemporaryFile(dir=out) as draft:
                gain = _drafted(draft, sections(piece, brief, request.length_samples, watch), brief.loudness_lufs)
                draft.seek(0)
                written = dsp.write_wav(out / "music.wav", (_held_under(part * gain) for part in _kept(draft)), 2)
        except OSError as exc:
            raise OutOfDiskError(f"The folder {out} does not take the music: {exc.strerror}; check it and its space.") from exc
        facts = MediaFacts(kind="audio", samples=written, sample_rate_hz=SAMPLE_RATE_HZ, channels=2)
        return Product(files=(ProductFile(name="music.wav", facts=facts),))

    def unload(self) -> None:
        """Forget the notes that were kept."""
        note.cache_clear()


def _drafted(draft: IO[bytes], parts: Iterable[Wave], target_lufs: float) -> np.float32:
    """Keep the parts in `draft` at full precision; give the gain that brings the whole to its loudness."""
    powers: list[NDArray[Any]] = []
    loudest = 0.0
    for part in parts:
        powers.append(dsp.block_powers(part))
        loudest = max(loudest, float(np.abs(part).max(initial=0.0)))
        np.save(draft, part)
    measured = dsp.gated(np.concatenate(powers))
    wanted = dsp.amplitude(target_lufs - measured) if measured > -119.0 else 1.0
    return np.float32(min(wanted, 1.3 / max(loudest, 1e-6)))


def _kept(draft: IO[bytes]) -> Iterator[Wave]:
    end = draft.seek(0, 2)
    draft.seek(0)
    while draft.tell() < end:
        yield np.load(draft)


def _held_under(wave: Wave) -> Wave:
    """Peaks above the knee bent towards the ceiling, sample by sample, so that sections join without a seam."""
    ceiling = dsp.amplitude(dsp.PEAK_DBFS)
    size = np.abs(wave)
    if float(size.max(initial=0.0)) <= _KNEE:
        return wave
    bent = _KNEE + (ceiling - _KNEE) * np.tanh((size - _KNEE) / (ceiling - _KNEE))
    return np.where(size > _KNEE, np.sign(wave) * bent, wave).astype(np.float32)
