"""Looking after weights that are here: verifying them, and removing them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cinema.errors import CinemaError, InputError, MissingModelError, OutOfDiskError
from cinema.identity import file_digest
from cinema.weights import versions
from cinema.weights.hub import Hub
from cinema.weights.lock import LOCK_NAME, Lock, LockedFile, LockedSource, inside_or_linked, read_lock
from cinema.weights.shelf import WeightsShelf
from cinema.weights.turn import one_at_a_time


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A file that is not as the lock says."""

    path: str
    problem: Literal["missing", "size", "content", "unexpected"]
    expected: str = ""
    found: str = ""


def verify(shelf: WeightsShelf, model: str, moved: Callable[[int, int], None] | None = None) -> tuple[Difference, ...]:
    """Hash every file of the model's folder and compare with its lock. Raises MissingModelError where there is no lock."""
    folder = shelf.standing(model)
    lock = read_lock(folder)
    if lock is None:
        raise MissingModelError(f"The weights of {model} are not here ({folder}); run `cinema models pull {model}`.")
    found: list[Difference] = []
    done = 0
    for file in lock.files:
        difference = _differs(folder, file)
        if difference is not None:
            found.append(difference)
        done += file.size_bytes
        if moved is not None:
            moved(done, lock.size_bytes)
    known = {file.path for file in lock.files} | {LOCK_NAME}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if name not in known and (path.is_symlink() or not path.is_dir()):
            found.append(Difference(path=name, problem="unexpected"))
    return tuple(found)


def _differs(folder: Path, file: LockedFile) -> Difference | None:
    path = inside_or_linked(folder, file.path)
    try:
        size = path.stat().st_size
        if size != file.size_bytes:
            return Difference(path=file.path, problem="size", expected=str(file.size_bytes), found=str(size))
        sha256 = file_digest(path)
    except OSError:
        return Difference(path=file.path, problem="missing")
    if sha256 != file.sha256:
        return Difference(path=file.path, problem="content", expected=file.sha256, found=sha256)
    return None


def remove(shelf: WeightsShelf, manifest_id: str, hub: Hub, *, cache: bool = False) -> int:
    """Remove the model's folder, and with `cache` the files in the caches that no other model here uses.

    Gives how many bytes that freed. Raises MissingModelError where there is nothing, InputError for a folder that is no
    model's, LockedError during a pull.
    """
    name = shelf.folder(manifest_id)
    with one_at_a_time(shelf.root, manifest_id):
        if not name.exists() and not name.is_symlink():
            raise MissingModelError(f"The weights of {manifest_id} are not here ({name}).")
        folder = versions.standing(name)
        if folder.is_dir() and any(folder.iterdir()) and not (folder / LOCK_NAME).exists():
            raise InputError(
                f"{folder} is no model's folder: it has no {LOCK_NAME}, so Cinema did not put it there, and leaves it alone."
            )
        try:
            lock = read_lock(folder)
        except CinemaError:
            lock = None
        plain = () if name.is_symlink() else (folder,)
        ours = [path for place in (*plain, *versions.versions(name)) for path in (place, *place.rglob("*"))]
        freed = sum(path.stat().st_size for path in ours if path.is_file() and not path.is_symlink())
        blobs = set[Path]()
        if cache:
            blobs = {path.resolve() for path in ours if path.is_symlink() and path.exists()}
            blobs |= set(_blobs(lock, hub)) if lock else set()
            blobs -= {path for other in _others(shelf, manifest_id) for path in _used(shelf, other, hub)}
            blobs = {path for path in blobs if _in_a_cache(path, shelf, hub)}
        try:
            if name.is_symlink():
                name.unlink()
            for place in (*plain, *versions.versions(name)):
                shutil.rmtree(place)
            for blob in blobs:
                freed += blob.stat().st_size
                blob.unlink()
            _drop_dead_links(hub, lock if cache else None)
        except OSError as exc:
            raise OutOfDiskError(f"{exc.filename} cannot be removed: {exc.strerror}.") from exc
    return freed


def _blobs(lock: Lock, hub: Hub) -> Iterator[Path]:
    """The cached files that a lock's sources came from."""
    for source in lock.sources:
        for file in source.files:
            pointer = _pointer(source, file, hub)
            if pointer is not None and pointer.exists():
                yield pointer.resolve()


def _pointer(source: LockedSource, file: LockedFile, hub: Hub) -> Path | None:
    if "://" in source.repository:
        return None
    return hub.storage(source.repository) / "snapshots" / source.commit / file.source_path


def _others(shelf: WeightsShelf, but: str) -> Iterator[str]:
    for folder in sorted(shelf.root.iterdir()):
        if folder.is_dir() and not folder.name.startswith(".") and folder.name != but:
            yield folder.name


def _used(shelf: WeightsShelf, model: str, hub: Hub) -> Iterator[Path]:
    folder = shelf.standing(model)
    for place in (folder, *versions.versions(shelf.folder(model))):
        yield from (path.resolve() for path in place.rglob("*") if path.is_symlink())
    try:
        lock = read_lock(folder)
    except CinemaError:
        return
    if lock is not None:
        yield from _blobs(lock, hub)


def _in_a_cache(path: Path, shelf: WeightsShelf, hub: Hub) -> bool:
    """Only what lies in one of the two caches is ever removed, wherever a link may point."""
    return path.is_file() and any(path.is_relative_to(place.resolve()) for place in (hub.cache, shelf.root / ".web"))


def _drop_dead_links(hub: Hub, lock: Lock | None) -> None:
    """Pointers of the cache to blobs that were removed."""
    for source in lock.sources if lock else ():
        if "://" not in source.repository:
            for pointer in (hub.storage(source.repository) / "snapshots").rglob("*"):
                if pointer.is_symlink() and not pointer.exists():
                    pointer.unlink()
