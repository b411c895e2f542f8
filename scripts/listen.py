"""A sampler of the drawn voices, moods and effects, written to a folder, and what each measures.

    .venv/bin/python scripts/listen.py FOLDER [voices|moods|effects|places] [--pictures]

Prints length, RMS, peak, loudness, spectral centroid and speed; `--pictures` adds a spectrogram beside each sound.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile

from cinema.adapters import dsp
from cinema.adapters.contract import Job
from cinema.adapters.espeak import cast, nonverbal
from cinema.adapters.foley.vocabulary import EFFECTS, PLACES
from cinema.adapters.registry import create
from cinema.adapters.score.moods import MOODS
from cinema.events import LocalWatch
from cinema.plan.task import MusicRequest, Request, SoundRequest, SpeechRequest, VoiceSpec

LINE = "The lamp burned for eleven years, and nobody came home."


def voices() -> Iterator[tuple[str, str, Request]]:
    for gender in ("male", "female", "neutral"):
        for variant in range(8):
            yield f"{gender}-{variant}", "espeak", SpeechRequest(text=LINE, voice=VoiceSpec(gender=gender, variant=variant))
    for gender, age in (("female", "child"), ("male", "child"), ("female", "old"), ("male", "old")):
        yield f"{gender}-{age}", "espeak", SpeechRequest(text=LINE, voice=VoiceSpec(gender=gender, age=age))
    for emotion in cast.MOODS:
        yield f"mood-{emotion}", "espeak", SpeechRequest(text=LINE, voice=VoiceSpec(gender="female"), emotion=emotion)
    for name in nonverbal.SOUNDS:
        yield f"sound-{name}", "espeak", SpeechRequest(text="", voice=VoiceSpec(gender="male"), nonverbal=name)


def moods() -> Iterator[tuple[str, str, Request]]:
    for mood in MOODS:
        yield f"music-{mood}", "score", MusicRequest(mood=mood, length_samples=30 * 48_000)


def effects() -> Iterator[tuple[str, str, Request]]:
    for name, effect in EFFECTS.items():
        word = name if name in effect.words else min(effect.words)
        yield f"effect-{name}", "foley", SoundRequest(prompt=word, length_samples=4 * 48_000)


def places() -> Iterator[tuple[str, str, Request]]:
    for name in PLACES:
        yield f"place-{name}", "foley", SoundRequest(prompt=name, length_samples=20 * 48_000, loop=True)


SAMPLERS = {"voices": voices, "moods": moods, "effects": effects, "places": places}


def measure(wave: np.ndarray) -> str:
    power = (np.abs(np.fft.rfft(wave, axis=-1)) ** 2).sum(axis=0)
    centroid = float((power * np.fft.rfftfreq(wave.shape[-1], 1 / 48_000)).sum() / max(float(power.sum()), 1e-12))
    peak_db = dsp.decibel(float(np.abs(wave).max()))
    return (
        f"{wave.shape[-1] / 48_000:6.2f} s  rms {dsp.decibel(dsp.rms(wave)):6.1f}  peak {peak_db:6.1f} dBFS"
        f"  {dsp.loudness(wave):6.1f} LUFS  centroid {centroid:6.0f} Hz"
    )


def draw(wave: np.ndarray, path: Path) -> None:
    """A spectrogram, 0 to 12 kHz upwards (square root), 70 dB from black to white."""
    import cv2

    mono = np.pad(wave.mean(axis=0), 1024)
    rows = np.arange(0, mono.size - 2048, max(256, mono.size // 1200))[:, None] + np.arange(2048)
    level = 20 * np.log10(np.abs(np.fft.rfft(mono[rows] * np.hanning(2048), axis=1)) + 1e-6)
    picture = np.clip((level[:, :512] - level.max() + 70) / 70 * 255, 0, 255).astype(np.uint8).T
    bins = (np.linspace(0, 1, 400) ** 2 * 511).astype(int)
    cv2.imwrite(str(path), cv2.applyColorMap(np.ascontiguousarray(picture[bins][::-1]), cv2.COLORMAP_MAGMA))


def main(arguments: list[str]) -> None:
    pictures = "--pictures" in arguments
    names = [argument for argument in arguments if not argument.startswith("--")]
    if not names or set(names[1:]) - set(SAMPLERS):
        sys.exit(__doc__)
    folder = Path(names[0])
    for sampler in names[1:] or list(SAMPLERS):
        for name, family, request in SAMPLERS[sampler]():
            work = folder / f".{name}"
            work.mkdir(parents=True, exist_ok=True)
            start = time.process_time()
            product = create(family).run(Job(request=request, seed=1), work, LocalWatch())
            spent = time.process_time() - start
            target = folder / f"{name}.wav"
            (work / product.files[0].name).replace(target)
            shutil.rmtree(work)
            wave = soundfile.read(target, dtype="float32", always_2d=True)[0].T
            if pictures:
                draw(wave, target.with_suffix(".png"))
            print(f"{name:20s} {measure(wave)}  {wave.shape[-1] / 48_000 / max(spent, 1e-9):5.0f} x real time", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
