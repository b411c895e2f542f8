"""`lock.json`: what exactly a model's folder holds, written last, so that a folder with a lock is complete."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from cinema.catalog import Facts, Manifest, Source
from cinema.errors import InputError, OutOfDiskError, Where
from cinema.identity import digest, file_digest
from cinema.paths import inside
from cinema.weights.patterns import matches

LOCK_NAME = "lock.json"
_SHORT = 16

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class LockedFile(Facts):
    """A file of the folder. `path` counts from the lock's own folder, `source_path` from the repository's root."""

    path: str
    source_path: str = ""
    size_bytes: int
    sha256: Sha256
    accepted: bool = False
    """The user stated this hash (--accept-sha256), not our manifest."""


class LockedSource(Facts):
    """A repository as it was when its files were pulled."""

    repository: str
    requested: str = "main"
    commit: str
    """What `requested` was resolved to; for plain files on the web, a digest of theirs."""
    files: tuple[LockedFile, ...]


class Lock(Facts):
    """What a folder holds. `revision` names exactly these weights and goes into the keys of tasks."""

    schema_version: Literal[1] = 1
    model: str
    revision: str
    sources: tuple[LockedSource, ...]
    converter: str = ""
    converter_version: str = ""
    converted: tuple[LockedFile, ...] = ()
    """What the converter made of the files of `sources`; those then lie in the hub's cache only."""

    @classmethod
    def of(
        cls,
        model: str,
        sources: tuple[LockedSource, ...],
        converted: tuple[LockedFile, ...] = (),
        converter: tuple[str, str] = ("", ""),
    ) -> Lock:
        """A lock with its revision: the commit where there is one source and no conversion, else a digest of all.

        The digest is of what came in (commits, hashes, converter and version), so that two machines agree on it even if
        a converter does not write the same bytes twice.
        """
        revision = sources[0].commit if len(sources) == 1 and not converter[0] else _digest_of(sources, converter)
        return cls(
            model=model,
            revision=revision,
            sources=sources,
            converter=converter[0],
            converter_version=converter[1],
            converted=converted,
        )

    @property
    def files(self) -> tuple[LockedFile, ...]:
        """What lies in the folder."""
        return self.converted if self.converter else tuple(file for source in self.sources for file in source.files)

    @property
    def size_bytes(self) -> int:
        return sum(file.size_bytes for file in self.files)

    @property
    def accepted(self) -> frozenset[str]:
        """Hashes of pickles that the user vouched for."""
        return frozenset(file.sha256 for source in self.sources for file in source.files if file.accepted)

    def covers(self, manifest: Manifest) -> bool:
        """Whether these are the files that the manifest asks for today: same repositories, every pattern met, same
        converter. A manifest that changed since the pull makes a lock stale.
        """
        if manifest.convert != self.converter or len(manifest.sources) != len(self.sources):
            return False
        return all(_met(asked, locked) for asked, locked in zip(manifest.sources, self.sources, strict=True))


class _MadeFile(Facts):
    size_bytes: int
    sha256: Sha256


class _MadeLock(Facts):
    """The lock of weights that were made on this machine (`cinema.testing.tiny`): hashes by path."""

    model: str
    builders_version: int = 0
    revision: str
    files: Mapping[str, _MadeFile]


def hashes_beside(folder: Path) -> Mapping[str, frozenset[str]]:
    """What the lock in `folder`, of pulled or made weights, states as SHA-256 of each path. InputError where it is damaged."""
    try:
        made = _MadeLock.model_validate_json((folder / LOCK_NAME).read_bytes())
        return {path: frozenset({file.sha256}) for path, file in made.files.items()}
    except (OSError, ValidationError):
        lock = read_lock(folder)
    stated: dict[str, frozenset[str]] = {}
    for file in (*(file for source in lock.sources for file in source.files), *lock.converted) if lock else ():
        stated[file.path] = stated.get(file.path, frozenset()) | {file.sha256}
    return stated


def read_lock(folder: Path) -> Lock | None:
    """The lock of that folder, or None where there is none. InputError where it cannot be understood."""
    path = folder / LOCK_NAME
    try:
        return Lock.model_validate_json(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as exc:
        raise OutOfDiskError(f"{path} cannot be read: {exc.strerror}.") from exc
    except ValidationError as exc:
        first = exc.errors(include_url=False)[0]
        key = ".".join(map(str, first["loc"]))
        raise InputError(
            f"The lock of these weights is damaged ({key}: {first['msg']}); pull the model again.",
            where=Where(source=str(path)),
        ) from exc


def write_lock(folder: Path, lock: Lock) -> None:
    """Write `lock.json` durably and at once: a reader sees the old lock or the new one."""
    path, temporary = folder / LOCK_NAME, folder / f".{LOCK_NAME}.new"
    try:
        with temporary.open("w", encoding="utf-8") as file:
            file.write(lock.model_dump_json(indent=2) + "\n")
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as exc:
        raise OutOfDiskError(
            f"{path} cannot be written: {exc.strerror}; free some space or set CINEMA_WEIGHTS to another folder."
        ) from exc


def lock_folder(folder: Path, model: str, *, repository: str, commit: str = "") -> Lock:
    """Hash whatever lies in `folder`, write its lock and give it.

    For weights that were made here (tiny checkpoints, conversions), where there is no hub to compare with. Without a
    `commit`, a digest of the files stands for it.
    """
    files = tuple(locked_files(folder))
    source = LockedSource(repository=repository, requested="", commit=commit or short_digest(files), files=files)
    lock = Lock.of(model, (source,))
    write_lock(folder, lock)
    return lock


def locked_files(folder: Path) -> Iterable[LockedFile]:
    """Every file below `folder` but its lock, hashed, in order of path."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in {LOCK_NAME, f".{LOCK_NAME}.new"}:
            yield LockedFile(path=name, source_path=name, size_bytes=path.stat().st_size, sha256=file_digest(path))


def short_digest(files: Iterable[LockedFile]) -> str:
    """What names these files: 16 hexadecimal digits."""
    return digest(sorted([file.source_path, file.sha256] for file in files))[:_SHORT]


def whole(folder: Path, lock: Lock) -> bool:
    """Whether every file of the lock is there with its size. Nothing is read: links and sizes only."""
    return all(is_whole(folder, file) for file in lock.files)


def is_whole(folder: Path, file: LockedFile) -> bool:
    """Whether that file is there with its size."""
    try:
        return inside_or_linked(folder, file.path).stat().st_size == file.size_bytes
    except (OSError, InputError):
        return False


def inside_or_linked(folder: Path, name: str) -> Path:
    """`folder / name` with no step out of the folder in the name itself; the file may be a link into a cache."""
    if not name or name == LOCK_NAME:
        raise InputError(f"A file of a model cannot be called {name!r}.")
    parent, _, last = name.rpartition("/")
    if last in {"", ".", ".."}:
        raise InputError(f"The name {name!r} would leave the folder {str(folder)!r}.")
    return (inside(folder, parent) if parent else folder) / inside(Path("/nowhere"), last).name


def local_path(source: Source, path: str) -> str:
    """Where a file of a repository goes within the model's folder."""
    prefix = f"{source.subfolder.strip('/')}/" if source.subfolder.strip("/") else ""
    return "/".join(part for part in (source.into.strip("/"), path.removeprefix(prefix)) if part)


def _digest_of(sources: tuple[LockedSource, ...], converter: tuple[str, str]) -> str:
    return digest(
        {
            "sources": [[source.repository, source.commit, short_digest(source.files)] for source in sources],
            "converter": list(converter),
        }
    )[:_SHORT]


def _met(asked: Source, locked: LockedSource) -> bool:
    if asked.repository != locked.repository:
        return False
    prefix = f"{asked.subfolder.strip('/')}/" if asked.subfolder.strip("/") else ""
    for wanted in asked.files:
        found = [file for file in locked.files if matches(prefix + wanted.path, file.source_path)]
        if any(file.path != local_path(asked, file.source_path) for file in found):
            return False
        if not found or (wanted.sha256 and any(file.sha256 != wanted.sha256.lower() for file in found)):
            return False
    return True
