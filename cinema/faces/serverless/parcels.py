"""Which files of a film are handed over, and what an answer tells of each."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cinema.faces.serverless.house import JobFolder

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
_LASTING: frozenset[str] = frozenset(("film", "stems", "captions"))
_EDIT: frozenset[str] = frozenset(("otio", "edl"))
MOST_CLIPS = 2_000
"""An entry with its link has some 900 bytes: 1.8 MB of the 8 MB that an answer may have."""


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


def parcels(folder: JobFolder, wanted: Sequence[str], seconds: float, *, stays: bool) -> tuple[tuple[Parcel, ...], list[str]]:
    """The wanted files of the finished film, and what is to be said of those that do not come. What the film does not have is
    left out.

    The edit (otio, edl) names its clips and sounds as `cinema export` does, `picture/2-3_take1.mp4` beside itself, and `clips`
    are those. Where the film `stays` and no clips are wanted, the edit is the film folder's own, which names what lies in it.
    """
    film, roles = folder.film, list(dict.fromkeys(wanted))
    files = [(role, name, film / name) for role in roles for name in _FILES.get(role, ()) if (film / name).is_file()]
    remarks: list[str] = []
    if "clips" in roles or (not stays and not _EDIT.isdisjoint(roles)):
        edit = _lay_edit(folder, link=stays)
        files = [(role, name, edit.texts.get(name, path)) for role, name, path in files]
        if "clips" in roles and len(edit.media) > MOST_CLIPS:
            remarks.append(
                f"The film has {len(edit.media):,} clips and sounds, and an answer holds {MOST_CLIPS:,}; they were left out."
            )
        elif "clips" in roles:
            files += [("clips", name, path) for name, path in sorted(edit.media.items())]
        else:
            named = " and ".join(name for role, name, _ in files if role in _EDIT)
            remarks.append(
                f"{named} name {len(edit.media)} clips and sounds that were not handed over; ask for the outputs otio, edl and "
                "clips with the action deliver, which makes nothing anew."
            )
    found = (parcel_of(path, role, name, seconds if role in _LASTING else None) for role, name, path in files)
    return tuple(found), remarks


@dataclass(frozen=True, kw_only=True)
class _Edit:
    """Where the edit's texts lie, and each of its media, by their names beside it."""

    texts: Mapping[str, Path]
    media: Mapping[str, Path]


def _lay_edit(folder: JobFolder, *, link: bool) -> _Edit:
    """Write the edit anew. Its media are linked beside it if they shall stay there, else only found in the film's store."""
    from cinema.export import lay_out

    shutil.rmtree(folder.edit, ignore_errors=True)
    found: dict[str, Path] = {}

    def place(source: Path, target: Path) -> Path:
        name = target.relative_to(folder.edit).as_posix()
        if name not in found and link:
            _link(source, target)
        found.setdefault(name, target if link else source)
        return target

    lay_out(folder.film, folder.edit, place)
    return _Edit(texts={name: folder.edit / name for role in _EDIT for name in _FILES[role]}, media=found)


def _link(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:  # a volume that knows no second name for a file
        shutil.copyfile(source, target)


def parcel_of(path: Path, role: str, name: str, seconds: float | None = None) -> Parcel:
    """The file as it lies there, hashed. Raises OSError."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    size_bytes = path.stat().st_size
    return Parcel(role=role, name=name, path=path, sha256=digest, size_bytes=size_bytes, duration_seconds=seconds)
