"""`cinema models convert`: a conversion of files that the user has, without a pull."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Set
from pathlib import Path

from cinema.catalog import Manifest
from cinema.errors import CinemaError, InputError, OutOfDiskError
from cinema.weights.converters import convert_in_child, converter
from cinema.weights.hub import link
from cinema.weights.lock import Lock, LockedFile, LockedSource, locked_files, short_digest, write_lock
from cinema.weights.pickles import is_pickle, stated_hashes

TEXT_ENCODER = "text_encoder"
"""Where a converter looks for the text encoder that a release leaves out."""


def convert_by_hand(
    name: str,
    source: Path,
    target: Path,
    *,
    text_encoder: Path | None = None,
    accepted: Set[str] = frozenset(),
    manifests: Iterable[Manifest] = (),
    moved: Callable[[int, int], None],
) -> Lock:
    """Convert the files in `source` into the new folder `target`, which gets a lock like any other.

    Raises InputError: an unknown converter or layout, a folder that is not there, a target that is not empty, a pickle whose
    hash neither a manifest of this converter nor the user states.
    """
    converter(name)
    for folder in (source, *((text_encoder,) if text_encoder else ())):
        if not folder.is_dir():
            raise InputError(f"The folder {folder} does not exist.")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise InputError(f"{target} exists already and is not an empty folder; choose another with --to.")
    models = [manifest for manifest in manifests if manifest.convert == name]
    model = models[0].id if models else name
    work = target.absolute().with_name(f".{target.name}.released")
    new = target.absolute().with_name(f".{target.name}.new")
    try:
        for leftover in (work, new):
            shutil.rmtree(leftover, ignore_errors=True)
            leftover.mkdir(parents=True)
        _link_tree(source, work)
        if text_encoder is not None:
            _link_tree(text_encoder, work / TEXT_ENCODER)
        vouched = {value.lower() for value in accepted}
        stated = {one for manifest in models for one in stated_hashes(manifest)}
        files = tuple(_checked(file, name, stated, vouched) for file in locked_files(work))
        origin = LockedSource(repository="converted by hand", requested="", commit=short_digest(files), files=files)
        write_lock(work, Lock.of(model, (origin,)))
        _convert(name, source, work, new, moved)
        lock = Lock.of(model, (origin,), tuple(locked_files(new)), (name, converter(name).version))
        write_lock(new, lock)
        if target.exists():
            target.rmdir()
        new.rename(target)
    except OSError as exc:
        raise OutOfDiskError(f"{exc.filename or target} cannot be written: {exc.strerror or exc}.") from exc
    finally:
        shutil.rmtree(work, ignore_errors=True)
        shutil.rmtree(new, ignore_errors=True)
    return lock


def _convert(name: str, source: Path, work: Path, new: Path, moved: Callable[[int, int], None]) -> None:
    """The child's errors name the folder that the user gave, not the one with the links."""
    try:
        convert_in_child(name, work, new, moved)
    except CinemaError as exc:
        raise type(exc)(exc.message.replace(str(work), str(source))) from exc


def _link_tree(source: Path, target: Path) -> None:
    for path in sorted(source.rglob("*")):
        if path.is_file():
            place = target / path.relative_to(source)
            place.parent.mkdir(parents=True, exist_ok=True)
            link(path, place)


def _checked(file: LockedFile, name: str, stated: Set[str], accepted: Set[str]) -> LockedFile:
    if not is_pickle(file.path) or file.sha256 in stated:
        return file
    if file.sha256 in accepted:
        return file.model_copy(update={"accepted": True})
    raise InputError(
        f"{file.path} is a pickle, a file that can run code when it is loaded, and no manifest of {name} states its SHA-256 "
        f"{file.sha256}. If you trust that very file, add `--accept-sha256 {file.sha256}`; it is loaded restricted even then."
    )
