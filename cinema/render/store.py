"""The store: the record of truth about what was made, and the files themselves.

`.cinema/` holds `record.db` (rows), `objects/` (files by hash), `work/` (what running tasks write), `runs.jsonl` (every
attempt), `worker.log` (what libraries print) and `lock`. Killing anything at any moment loses at most the tasks in flight:
a file is synced and renamed into `objects/` before the row that names it is committed.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from pydantic import TypeAdapter

from cinema.adapters.contract import Product, ProductFile
from cinema.artefact import Artefact, ArtefactFile, Making, MediaFacts
from cinema.errors import CinemaError, InputError
from cinema.events import Listener, Warned, nobody
from cinema.paths import inside
from cinema.plan.task import Asset, Task
from cinema.render.disk import disk_errors, sync_folder
from cinema.render.lock import FilmLock
from cinema.render.objects import Objects
from cinema.render.record import Record
from cinema.render.runlog import RunLog, now
from cinema.render.takes import Takes

_making: TypeAdapter[Making] = TypeAdapter(Making)
_facts: TypeAdapter[MediaFacts] = TypeAdapter(MediaFacts)
_FEW = 500
"""Keys in one query: below SQLite's limit of variables in every build."""


class Finished(NamedTuple):
    """A task's product, or the copy of a user's file, that waits to be committed; `folder` is where it was written."""

    task: Task | Asset
    folder: Path
    product: Product
    making: Making


@dataclass(frozen=True, kw_only=True)
class _Row:
    """An artefact as recorded; whether its files are still whole is another question."""

    key: str
    making: Making
    files: tuple[ArtefactFile, ...]


class Store(Takes):
    """A film's store, opened and locked. A context manager; usable from several threads."""

    def __init__(self, folder: Path, listener: Listener) -> None:
        self.folder = folder
        self.listener = listener
        self.work = folder / "work"
        """For what running tasks write; emptied whenever the store is opened."""
        self.log_path = folder / "worker.log"
        self._lock = FilmLock(folder / "lock")
        try:
            super().__init__(Record(folder / "record.db"))
            self.objects = Objects(folder / "objects")
            self.runs = RunLog(folder / "runs.jsonl")
            self.sweep()
        except BaseException:
            self._lock.release()
            raise

    @classmethod
    def open(cls, folder: Path, listener: Listener = nobody) -> Store:
        """Open or make the store in `folder` (a film's `.cinema/`), locked until it is closed.

        What a killed run left half done is removed. Raises LockedError when a live process holds it, OutOfDiskError when
        it cannot be written, InputError when a newer Cinema wrote it.
        """
        folder = folder.absolute()
        if not _is_text(str(folder)):
            raise InputError(f"The folder {str(folder)!r} has a name that is not UTF-8; choose another with --out.")
        with disk_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
        return cls(folder, listener)

    def close(self) -> None:
        try:
            self.record.close()
            self.runs.close()
        finally:
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    # -- artefacts ---------------------------------------------------------------------------------------------

    def get(self, key: str, *, verify: bool = True) -> Artefact | None:
        """The artefact of that key, or None where it was not made or is damaged.

        With `verify`, every file's bytes are compared with their hash (once per process, unless they change). A damaged or
        missing file is told as a Warned event, and the artefact is forgotten, so that it alone is made again.
        """
        rows = self._read([key])
        return self._checked(rows[0], verify=verify) if rows else None

    def get_many(self, keys: Iterable[str], *, verify: bool = True) -> dict[str, Artefact]:
        """Those of `keys` that were made and are whole, as `get` would give them."""
        found = (self._checked(row, verify=verify) for row in self._read(list(keys)))
        return {artefact.key: artefact for artefact in found if artefact is not None}

    def cached(self, keys: Iterable[str], *, verify: bool = True) -> set[str]:
        """Those of `keys` that need not be made."""
        return set(self.get_many(keys, verify=verify))

    def verify_all(self) -> tuple[str, ...]:
        """Check every artefact's bytes; returns the keys of those that were damaged, which are now forgotten."""
        keys = [str(row[0]) for row in self.record.rows("SELECT key FROM artefacts ORDER BY key")]
        whole = self.cached(keys)
        return tuple(key for key in keys if key not in whole)

    def commit(self, task: Task, product_folder: Path, product: Product, making: Making) -> Artefact:
        """Make a product durable and known. A task that was committed already keeps its first artefact.

        Raises OutOfDiskError when that fails; nothing is then recorded, and nothing recorded before is lost.
        """
        return self.commit_all([Finished(task, product_folder, product, making)])[0]

    def keep(self, asset: Asset, path: Path, facts: MediaFacts) -> Artefact:
        """Take a copy of a user's own file in, as `commit` would; `path` lies alone in a folder of `work`."""
        making = Making(
            model="user",
            revision="",
            role=asset.kind,
            seed=0,
            device="",
            seconds=0.0,
            peak_bytes=0,
            attempt=1,
            made_at=now(),
        )
        product = Product(files=(ProductFile(name=path.name, facts=facts),))
        return self.commit_all([Finished(asset, path.parent, product, making)])[0]

    def commit_all(self, finished: Sequence[Finished]) -> list[Artefact]:
        """`commit` for several at once: each is atomic by itself, and they share one sync of folders and of the record."""
        known = {row.key for row in self._read([one.task.key for one in finished])}
        new = {one.task.key: one for one in finished if one.task.key not in known}
        with disk_errors(self.folder):
            touched: set[Path] = set()
            rows = [self._place(one, touched) for one in new.values()]
            self.objects.sync(touched)
            with self.record.transaction() as change:
                change.execute_many(
                    "INSERT INTO artefacts (key, making) VALUES (?, ?)",
                    [(row.key, _making.dump_json(row.making).decode()) for row in rows],
                )
                change.execute_many(
                    "INSERT INTO files (key, position, name, sha256, size_bytes, facts) VALUES (?, ?, ?, ?, ?, ?)",
                    [
                        (row.key, position, file.name, file.sha256, file.size_bytes, _facts.dump_json(file.facts).decode())
                        for row in rows
                        for position, file in enumerate(row.files)
                    ],
                )
            for one in finished:
                remove_folder(one.folder)
        artefacts = self.get_many([one.task.key for one in finished], verify=False)
        return [artefacts[one.task.key] for one in finished]

    def sweep(self) -> int:
        """Remove temporaries, and objects that no artefact refers to; returns how many files went."""
        rows = self.record.rows("SELECT sha256, name FROM files")
        keep = {self.objects.path(sha256, name) for sha256, name in rows}
        self._empty_work()
        return self.objects.sweep(keep)

    # -- facts of the film -------------------------------------------------------------------------------------

    def remember(self, name: str, value: Any) -> None:
        """Keep a JSON value under `name`, in place of an earlier one."""
        with self.record.transaction() as change:
            change.execute("INSERT OR REPLACE INTO film (name, value) VALUES (?, ?)", name, json.dumps(value))

    def recall(self, name: str) -> Any:
        """What was remembered under `name`, or None."""
        rows = self.record.rows("SELECT value FROM film WHERE name = ?", name)
        return json.loads(rows[0][0]) if rows else None

    # -- inside ------------------------------------------------------------------------------------------------

    def _read(self, keys: Sequence[str]) -> list[_Row]:
        found: list[_Row] = []
        for start in range(0, len(keys), _FEW):
            some = keys[start : start + _FEW]
            marks = ",".join("?" * len(some))
            files: dict[str, list[ArtefactFile]] = {}
            for key, name, sha256, size_bytes, facts in self.record.rows(
                f"SELECT key, name, sha256, size_bytes, facts FROM files WHERE key IN ({marks}) ORDER BY key, position",
                *some,
            ):
                file = ArtefactFile(name=name, sha256=sha256, size_bytes=size_bytes, facts=_facts.validate_json(facts))
                files.setdefault(key, []).append(file)
            for key, making in self.record.rows(f"SELECT key, making FROM artefacts WHERE key IN ({marks})", *some):
                found.append(_Row(key=key, making=_making.validate_json(making), files=tuple(files.get(key, ()))))
        return found

    def _checked(self, row: _Row, *, verify: bool) -> Artefact | None:
        paths = tuple(self.objects.path(file.sha256, file.name) for file in row.files)
        for file, path in zip(row.files, paths, strict=True):
            if not self.objects.intact(path, file.sha256, file.size_bytes, verify=verify):
                self._forget(row.key, path)
                return None
        return Artefact(key=row.key, files=row.files, making=row.making, paths=paths)

    def _forget(self, key: str, damaged: Path) -> None:
        with self.record.transaction() as change:
            change.execute("DELETE FROM artefacts WHERE key = ?", key)
        state = "damaged" if damaged.exists() else "missing"
        self.objects.discard(damaged)
        self.listener(Warned(message=f"The artefact {key[:12]} is {state} and will be made again.", where=str(damaged)))

    def _place(self, one: Finished, touched: set[Path]) -> _Row:
        files: list[ArtefactFile] = []
        for file in one.product.files:
            source = inside(one.folder, file.name)
            if source.is_symlink() or not source.is_file():
                raise CinemaError(f"{one.making.model} said that it wrote {file.name!r}, but it did not; report this.")
            sha256, size_bytes = self.objects.place(source, touched)
            files.append(ArtefactFile(name=file.name, sha256=sha256, size_bytes=size_bytes, facts=file.facts))
        return _Row(key=one.task.key, making=one.making, files=tuple(files))

    def _empty_work(self) -> None:
        with disk_errors(self.work):
            shutil.rmtree(self.work, ignore_errors=True)
            self.work.mkdir(exist_ok=True)
            sync_folder(self.folder)


def _is_text(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def remove_folder(folder: Path) -> None:
    """Remove a task's folder with whatever is in it; one that is gone already is no trouble."""
    try:
        folder.rmdir()
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
