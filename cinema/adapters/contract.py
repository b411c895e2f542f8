"""The contract between Cinema and a model family.

An adapter is one file, `cinema/adapters/<family>.py` (or a package of that name), with a class that has the three
methods below. It runs inside a worker process; it may live in another interpreter, since all that crosses is a task,
folders, and files with facts. Heavy libraries are imported inside `load` or `run`, never at the top of the module.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from cinema.artefact import MediaFacts
from cinema.catalog import LoadPlanName, Manifest
from cinema.events import Watch
from cinema.plan.task import Request


@dataclass(frozen=True, kw_only=True)
class Device:
    """Where a worker computes: "cpu" or "cuda:0". `threads` is how many cores it may use."""

    name: str = "cpu"
    memory_bytes: int = 0
    threads: int = 1


@dataclass(frozen=True, kw_only=True)
class LoadPlan:
    """How a model's weights come to the device."""

    manifest: Manifest
    load_plan: LoadPlanName = "resident"
    precision: str = "native"
    weights: Path | None = None
    """The folder of the weights; None for a model without weights."""


@dataclass(frozen=True, kw_only=True)
class InputArtefact:
    """An artefact that a task needs: its key and its files by name (absolute paths); `main` is the first file's name."""

    key: str
    main: str
    files: Mapping[str, Path]
    facts: MediaFacts

    @property
    def path(self) -> Path:
        return self.files[self.main]


@dataclass(frozen=True, kw_only=True)
class Job:
    """One task, as an adapter sees it."""

    request: Request
    seed: int
    inputs: tuple[InputArtefact, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ProductFile:
    """A file that an adapter wrote into its `out` folder, by plain name, and what is in it."""

    name: str
    facts: MediaFacts


@dataclass(frozen=True, kw_only=True)
class Product:
    """What one run gave. The first file is the main one: `clip.mp4`, `speech.wav`, `music.wav`, `sound.wav`, `image.png` or
    `text.json`. A model that makes its picture's own sound adds `sound.wav`, as long as the clip.
    """

    files: tuple[ProductFile, ...]
    peak_bytes: int = 0
    """Of device memory; 0 where there is none to measure."""


@runtime_checkable
class Prepares(Protocol):
    """An adapter that gains from knowing what will be asked: it encodes all prompts at once, then drops the encoders."""

    def prepare(self, requests: Sequence[Request], watch: Watch) -> None:
        """Get ready for these requests, the next that will come. Without it, `run` does the same for one."""
        ...


class Adapter(Protocol):
    """Same job and seed give the same files, byte for byte, on the same machine."""

    def load(self, plan: LoadPlan, device: Device) -> None:
        """Get ready to run. Raises MissingModelError when weights or a library are not here, DoesNotFitError for memory."""
        ...

    def run(self, job: Job, out: Path, watch: Watch) -> Product:
        """Write the result into the empty folder `out`. Calls `watch.step` at least once; Cancelled passes through.

        A length asked for in the request is met exactly: frames, or samples.
        """
        ...

    def unload(self) -> None:
        """Give back all memory; `load` may be called again."""
        ...
