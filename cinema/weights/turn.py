"""One pull of a model at a time: a lock that the system takes back when its holder dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from cinema.errors import LockedError, OutOfDiskError

_LOOK_SECONDS = 0.05


@contextmanager
def one_at_a_time(root: Path, model: str, *, wait_seconds: float = 0.0) -> Generator[None]:
    """Hold the model's folder, waiting for another holder as long as told.

    Raises LockedError with the holder's pid, OutOfDiskError where `root` is not writable, or its disk knows no locks.
    """
    until = time.monotonic() + wait_seconds
    path = root / ".locks" / model
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
    except OSError as exc:
        raise OutOfDiskError(
            f"{exc.filename or root} cannot be written: {exc.strerror}; set CINEMA_WEIGHTS to another folder."
        ) from exc
    try:
        try:
            while not _taken(descriptor, last=time.monotonic() >= until):
                time.sleep(_LOOK_SECONDS)
        except BlockingIOError as exc:
            text = os.pread(descriptor, 32, 0).strip()
            pid = int(text) if text.isdigit() else 0
            raise LockedError(f"Process {pid} is at work on the weights of {model}; wait for it, or stop it.", pid=pid) from exc
        except OSError as exc:
            raise OutOfDiskError(
                f"{path} cannot be locked: {exc.strerror}; mount that disk with locks, or set CINEMA_WEIGHTS to another."
            ) from exc
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, b"%d\n" % os.getpid(), 0)
        yield
    finally:
        os.close(descriptor)


def _taken(descriptor: int, *, last: bool) -> bool:
    """Whether the lock is ours now; BlockingIOError where it is not at the last try."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        if last:
            raise
        return False
    return True
