# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# soundfile has no type stubs.
"""A family that behaves: it steps, honours cancel, writes small real media, and misbehaves when a request tells it to.

The first word of a speech request's text (of any other request's prompt) may be one of these; paths hold no spaces:

    slow:SECONDS            takes that long, in twenty steps
    hang                    never steps again
    fail                    raises an error that is not ours
    fail-once:PATH          the same, unless PATH exists; makes PATH first
    input-error             raises InputError
    out-of-memory           raises MemoryError
    crash                   kills its own process with SIGKILL
    crash-once:PATH         the same, unless PATH exists; makes PATH first
    noise                   prints to standard output from Python and from below it
    environment:NAME        its result depends on that environment variable
    bytes:COUNT             the sound has at least that many bytes
    note:PATH               appends its process's pid to PATH
    loaded:PATH             appends its process's pid, its load plan and the folder of its weights to PATH
    prepared:PATH           appends to PATH for how many requests its adapter was prepared since it was loaded
    out-of-memory-unless:P  raises MemoryError in every load plan but P
    killed-unless:P         kills its own process with SIGKILL in every load plan but P

Among the requests that it is prepared for, these words matter too: `prepare-fails`, `prepare-slow:SECONDS`, and
`prepare-out-of-memory-unless:P`. As tasks they do nothing.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile

from cinema.adapters.contract import Device, Job, LoadPlan, Product, ProductFile
from cinema.artefact import MediaFacts
from cinema.errors import InputError
from cinema.events import Watch
from cinema.identity import seed_from
from cinema.media import ClipWriter, Picture, write_png
from cinema.plan.task import (
    ImageRequest,
    MusicRequest,
    Request,
    SoundRequest,
    SpeechRequest,
    TextRequest,
    UpscaleRequest,
    VideoRequest,
)
from cinema.timebase import SAMPLE_RATE_HZ

_SAMPLES_PER_LETTER = 240
"""A line's length follows its text: 5 ms a letter."""


class TestingAdapter:
    """Serves every role. A result depends on request, seed and inputs alone (and on what `environment` names)."""

    __test__ = False

    def __init__(self) -> None:
        self._plan: LoadPlan | None = None
        self._prepared = 0

    def load(self, plan: LoadPlan, device: Device) -> None:
        """A manifest whose settings have `load_fails` says that a library is missing; `load_seconds` takes that long;
        `load_short` names the load plans for which there is too little memory.
        """
        self._plan, self._prepared = plan, 0
        if plan.load_plan in str(plan.manifest.settings.get("load_short", "")).split():
            raise MemoryError("Unable to allocate 1.50 GiB for an array")
        if plan.manifest.settings.get("load_fails"):
            raise ModuleNotFoundError("No module named 'absent'", name="absent")
        time.sleep(float(plan.manifest.settings.get("load_seconds", 0.0)))

    def prepare(self, requests: Sequence[Request], watch: Watch) -> None:
        for request in requests:
            command, _, argument = _words(request).partition(":")
            match command:
                case "prepare-fails":
                    raise RuntimeError("told to fail to prepare")
                case "prepare-slow":
                    for step in range(20):
                        watch.step(step, 20)
                        time.sleep(float(argument) / 20)
                case "prepare-out-of-memory-unless" if self._plan is None or self._plan.load_plan != argument:
                    raise MemoryError
                case _:
                    pass
        self._prepared += len(requests)

    def run(self, job: Job, out: Path, watch: Watch) -> Product:
        watch.step(0, 1)
        told = _words(job.request)
        self._answer(*told.partition(":")[::2])
        extra = _misbehave(told, watch)
        heard = [(one.key, one.path.stat().st_size) for one in job.inputs]
        noise = np.random.default_rng(seed_from(str(job.request), job.seed, heard, extra))
        file = _write(job.request, job, out, noise, int(extra) if told.startswith("bytes:") else 0)
        watch.step(1, 1)
        return Product(files=(file,))

    def unload(self) -> None:
        """There is nothing to give back."""

    def _answer(self, command: str, argument: str) -> None:
        """Tell how it was loaded, or misbehave for that."""
        assert self._plan is not None
        match command:
            case "loaded":
                _append(argument, f"{os.getpid()} {self._plan.load_plan} {self._plan.weights}")
            case "prepared":
                _append(argument, str(self._prepared))
            case "out-of-memory-unless" if self._plan.load_plan != argument:
                raise MemoryError
            case "killed-unless" if self._plan.load_plan != argument:
                os.kill(os.getpid(), signal.SIGKILL)
            case _:
                pass


def _words(request: Request) -> str:
    """The first word, which may be a command."""
    told = request.text if isinstance(request, SpeechRequest) else getattr(request, "prompt", "")
    return str(told).split(" ", 1)[0]


def _append(path: str, line: str) -> None:
    with Path(path).open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")


def _misbehave(word: str, watch: Watch) -> str:
    """Do what the request's first word asks for; returns what the result depends on besides."""
    command, _, argument = word.partition(":")
    match command:
        case "slow":
            for step in range(20):
                watch.step(step, 20)
                time.sleep(float(argument) / 20)
        case "hang":
            time.sleep(3600)
        case "fail":
            raise RuntimeError("told to fail")
        case "input-error":
            raise InputError("told to refuse its input")
        case "out-of-memory":
            raise MemoryError
        case "crash":
            os.kill(os.getpid(), signal.SIGKILL)
        case "fail-once" | "crash-once" if not Path(argument).exists():
            Path(argument).touch()
            _misbehave(command.removesuffix("-once"), watch)
        case "noise":
            print("a library talks")
            sys.stdout.flush()
            os.write(1, b"and so does the one below it\n")
        case "environment":
            return os.environ.get(argument, "")
        case "bytes":
            return argument
        case "note":
            _append(argument, str(os.getpid()))
        case _:
            pass
    return ""


def _write(request: Request, job: Job, out: Path, noise: np.random.Generator, least_bytes: int) -> ProductFile:
    match request:
        case SpeechRequest(text=text):
            samples = max(len(text) * _SAMPLES_PER_LETTER, least_bytes // 2, _SAMPLES_PER_LETTER)
            return _sound(out / "speech.wav", samples, 1, noise)
        case MusicRequest(length_samples=samples):
            return _sound(out / "music.wav", samples, 2, noise)
        case SoundRequest(length_samples=samples):
            return _sound(out / "sound.wav", samples, 2, noise)
        case ImageRequest(width_px=width_px, height_px=height_px):
            picture = _picture(width_px, height_px, noise)
            return ProductFile(name="image.png", facts=write_png(out / "image.png", picture))
        case TextRequest():
            return _answer(out / "text.json", noise)
        case VideoRequest():
            path = out / "clip.mp4"
            with ClipWriter(path, width_px=request.width_px, height_px=request.height_px, fps=request.fps) as clip:
                clip.write(_picture(request.width_px, request.height_px, noise), repeat=request.length_frames)
                return ProductFile(name=path.name, facts=clip.close())
        case UpscaleRequest():
            source, path = job.inputs[0].facts, out / "clip.mp4"
            with ClipWriter(path, width_px=request.width_px, height_px=request.height_px, fps=source.fps) as clip:
                clip.write(_picture(request.width_px, request.height_px, noise), repeat=source.frames)
                return ProductFile(name=path.name, facts=clip.close())


def _answer(path: Path, noise: np.random.Generator) -> ProductFile:
    path.write_text(json.dumps({"number": int(noise.integers(0, 1 << 31))}), encoding="utf-8")
    return ProductFile(name=path.name, facts=MediaFacts(kind="data"))


def _sound(path: Path, samples: int, channels: int, noise: np.random.Generator) -> ProductFile:
    """Quiet noise, 16 bit."""
    data = noise.integers(-3000, 3000, size=(samples, channels), dtype=np.int16)
    soundfile.write(path, data, SAMPLE_RATE_HZ, subtype="PCM_16")
    facts = MediaFacts(kind="audio", samples=samples, sample_rate_hz=SAMPLE_RATE_HZ, channels=channels)
    return ProductFile(name=path.name, facts=facts)


def _picture(width_px: int, height_px: int, noise: np.random.Generator) -> Picture:
    """One flat colour."""
    return np.full((height_px, width_px, 3), noise.integers(0, 256, size=3, dtype=np.uint8), dtype=np.uint8)
