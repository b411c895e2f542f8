"""Disk trouble, translated at the boundary: whatever the system says, the user reads what to do."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from cinema.errors import OutOfDiskError

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""No room: on the disk, in the quota, or under the process's own limit of a file's size."""
_PROBE_BYTES = 1 << 18


@contextmanager
def disk_errors(path: Path) -> Generator[None]:
    """Turn an OSError or an SQLite error within the block into an OutOfDiskError that names `path`."""
    try:
        yield
    except OSError as exc:
        raise out_of_disk(exc, path) from exc
    except sqlite3.Error as exc:
        raise _record_error(exc, path) from exc


def out_of_disk(exc: OSError, path: Path) -> OutOfDiskError:
    """The error for a person: `path` is used where the system names no file."""
    place = exc.filename if isinstance(exc.filename, str) else str(path)
    reason = exc.strerror or type(exc).__name__
    if exc.errno in FULL:
        return OutOfDiskError(
            f"No room to write {place}: {reason}. Free some space, then run `cinema resume`; nothing is lost."
        )
    if exc.errno == errno.EROFS:
        return OutOfDiskError(f"{place} lies on a disk that is read-only; choose another folder with --out.")
    return OutOfDiskError(f"{place} cannot be read or written: {reason}. Mend that, then run `cinema resume`; nothing is lost.")


def is_disk_trouble(exc: BaseException, folder: Path) -> bool:
    """Whether `exc`, raised while writing into `folder`, is the disk's fault.

    Libraries hide the system's error (libsndfile says "System error"), so it is asked again: does the folder take 256 kB?
    """
    if isinstance(exc, OSError) and exc.errno in FULL | {errno.EROFS, errno.EIO}:
        return True
    probe = folder / ".probe"
    try:
        with probe.open("wb") as file:
            file.write(bytes(_PROBE_BYTES))
            file.flush()
            os.fsync(file.fileno())
        probe.unlink()
    except OSError:
        return True
    return False


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _record_error(exc: sqlite3.Error, path: Path) -> OutOfDiskError:
    text = str(exc)
    if "full" in text:
        return OutOfDiskError(f"No room to write {path}: {text}. Free some space, then run `cinema resume`; nothing is lost.")
    if "not a database" in text or "malformed" in text:
        return OutOfDiskError(f"The film's record {path} is damaged ({text}); delete {path.parent} to begin anew.")
    return OutOfDiskError(f"The film's record {path} cannot be used: {text}. Choose a writable local folder with --out.")
