"""The content-addressed folder: `objects/ab/<sha256><suffix>`, where equal bytes are one file."""

from __future__ import annotations

import errno
import os
import shutil
import threading
from collections.abc import Collection
from pathlib import Path

from cinema.identity import file_digest
from cinema.render.disk import disk_errors, sync_folder

_PART = ".part"


class Objects:
    """Files named by their hash. What was hashed once in this process is hashed again only when it has changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._seen: dict[Path, tuple[int, int, int]] = {}
        self._guard = threading.Lock()
        with disk_errors(folder):
            folder.mkdir(exist_ok=True)

    def path(self, sha256: str, name: str) -> Path:
        """Where the file with that hash lies; it keeps the suffix of its `name`."""
        return self.folder / sha256[:2] / f"{sha256}{Path(name).suffix.lower()}"

    def place(self, source: Path, touched: set[Path]) -> tuple[str, int]:
        """Move `source` in, synced, under its hash. The folders to sync afterwards are added to `touched`.

        Returns its SHA-256 and its size. An object of that name is replaced by the same bytes, whole and at once.
        """
        sha256 = file_digest(source)
        target = self.path(sha256, source.name)
        if not target.parent.is_dir():
            target.parent.mkdir(exist_ok=True)
            touched.add(self.folder)
        _sync_file(source)
        try:
            source.replace(target)
        except OSError as exc:
            if exc.errno != errno.EXDEV:
                raise
            part = target.with_name(f".{target.name}{_PART}")
            shutil.copyfile(source, part)
            _sync_file(part)
            part.replace(target)
            source.unlink()
        touched.add(target.parent)
        stat = target.stat()
        self._remember(target, stat)
        return sha256, stat.st_size

    def sync(self, folders: Collection[Path]) -> None:
        """Make the names in `folders` durable."""
        for folder in folders:
            sync_folder(folder)

    def intact(self, path: Path, sha256: str, size_bytes: int, *, verify: bool) -> bool:
        """Whether the object is there in its size and, with `verify`, with bytes that give its hash.

        Raises OutOfDiskError when it is there and cannot be read.
        """
        with disk_errors(path):
            try:
                stat = path.stat()
            except FileNotFoundError:
                return False
            if stat.st_size != size_bytes:
                return False
            if not verify or self._seen.get(path) == _stamp(stat):
                return True
            if file_digest(path) != sha256:
                return False
        self._remember(path, stat)
        return True

    def discard(self, path: Path) -> None:
        with disk_errors(path):
            path.unlink(missing_ok=True)
        with self._guard:
            self._seen.pop(path, None)

    def sweep(self, keep: Collection[Path]) -> int:
        """Remove every file that is not in `keep`; returns how many."""
        removed = 0
        with disk_errors(self.folder):
            for folder in self.folder.iterdir():
                for path in folder.iterdir() if folder.is_dir() else (folder,):
                    if path not in keep:
                        path.unlink()
                        removed += 1
        return removed

    def _remember(self, path: Path, stat: os.stat_result) -> None:
        with self._guard:
            self._seen[path] = _stamp(stat)


def _stamp(stat: os.stat_result) -> tuple[int, int, int]:
    return stat.st_ino, stat.st_size, stat.st_mtime_ns


def _sync_file(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
