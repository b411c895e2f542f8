"""One runner for a film: a lock that the system takes back when its holder dies."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from cinema.errors import LockedError
from cinema.render.disk import disk_errors

_ASK_AGAIN_SECONDS = 0.01
_ASK_TIMES = 20


class FilmLock:
    """An exclusive `flock` on a file that holds its holder's pid.

    The kernel drops a `flock` when its holder dies, however it dies. So a dead holder's lock is free at once, and a pid
    that another process has got since deceives nobody: the pid is only for the message.
    """

    def __init__(self, path: Path) -> None:
        """Take the lock. Raises LockedError with the holder's pid, OutOfDiskError when the file cannot be written."""
        self.path = path
        with disk_errors(path):
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            with disk_errors(path):
                held = not self._take()
            if held:
                pid = self._holder()
                raise LockedError(
                    f"The film {path.parent.parent} is being made by process {pid}; wait for it, or stop it.", pid=pid
                )
            with disk_errors(path):
                os.ftruncate(self._descriptor, 0)
                os.pwrite(self._descriptor, b"%d\n" % os.getpid(), 0)
        except BaseException:
            os.close(self._descriptor)
            raise

    def release(self) -> None:
        os.close(self._descriptor)

    def _take(self) -> bool:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _holder(self) -> int:
        """The pid in the file; a holder that has just taken the lock is given a moment to write it. 0: not told."""
        for _ in range(_ASK_TIMES):
            text = os.pread(self._descriptor, 32, 0).strip()
            if text.isdigit():
                return int(text)
            time.sleep(_ASK_AGAIN_SECONDS)
        return 0
