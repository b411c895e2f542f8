"""Which files of a film are handed over, and what an answer tells of each."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_FILES: Mapping[str, tuple[str, ...]] = {
    "film": ("film.mp4",),
    "captions": ("captions.srt", "captions.vtt"),
    "stems": ("stems/dialogue.wav", "stems/music.wav", "stems/effects.wav"),
    "otio": ("film.otio",),
    "edl": ("film.edl",),
    "storyboard": ("storyboard.pdf",),
    "report": ("report.json", "report.html"),
    "plan": ("plan.json",),
    "schedule": ("schedule.json",),
    "script": ("script.json",),
}
_LASTING = frozenset(("film", "stems", "captions"))


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """A file to be handed over."""

    role: str
    name: str
    path: Path
    sha256: str
    size_bytes: int
    duration_seconds: float | None

    def entry(self, where: Mapping[str, str]) -> dict[str, Any]:
        """How the answer tells of it."""
        facts = {"role": self.role, "name": self.name, **where, "sha256": self.sha256, "bytes": self.size_bytes}
        return {**facts, "duration_seconds": self.duration_seconds}


def parcels(film: Path, wanted: Sequence[str], seconds: float) -> tuple[Parcel, ...]:
    """The wanted files of the finished film in that folder; what the film does not have is left out."""
    names = [(role, name) for role in dict.fromkeys(wanted) for name in _FILES[role] if (film / name).is_file()]
    return tuple(parcel_of(film / name, role, name, seconds if role in _LASTING else None) for role, name in names)


def parcel_of(path: Path, role: str, name: str, seconds: float | None = None) -> Parcel:
    """The file as it lies there, hashed. Raises OSError."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    size_bytes = path.stat().st_size
    return Parcel(role=role, name=name, path=path, sha256=digest, size_bytes=size_bytes, duration_seconds=seconds)
