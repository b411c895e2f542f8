"""What a task leaves behind: files, their hashes, their media facts, and how they came to be."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class MediaFacts:
    """What is in a media file, as counted by its writer (not read from a header)."""

    kind: Literal["video", "audio", "image", "data"]
    frames: int = 0
    fps: Fraction = Fraction(0)
    width_px: int = 0
    height_px: int = 0
    samples: int = 0
    sample_rate_hz: int = 0
    channels: int = 0


@dataclass(frozen=True, kw_only=True)
class ArtefactFile:
    """One file of an artefact; `name` is its role in the artefact ("clip.mp4", "speech.wav", "marks.json")."""

    name: str
    sha256: str
    size_bytes: int
    facts: MediaFacts


@dataclass(frozen=True, kw_only=True)
class Making:
    """How an artefact came to be."""

    model: str
    revision: str
    role: str
    seed: int
    device: str
    seconds: float
    peak_bytes: int
    attempt: int
    made_at: str
    """UTC, ISO 8601."""


@dataclass(frozen=True, kw_only=True)
class Artefact:
    """The first file is the main one. `paths` are absolute, in the order of `files`."""

    key: str
    files: tuple[ArtefactFile, ...]
    making: Making
    paths: tuple[Path, ...] = field(compare=False)

    @property
    def path(self) -> Path:
        return self.paths[0]

    @property
    def facts(self) -> MediaFacts:
        return self.files[0].facts

    def find(self, name: str) -> Path | None:
        """The path of the file called `name`, or None."""
        for file, path in zip(self.files, self.paths, strict=True):
            if file.name == name:
                return path
        return None
