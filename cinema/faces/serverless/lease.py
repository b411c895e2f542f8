"""One job at a time for each id: on this machine by a lock of the kernel, on others that share the volume by a heartbeat."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import time
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from cinema.faces.serverless.faults import Refused

_LOOK_SECONDS = 0.1
_BEAT_SECONDS = 10.0
EXPIRES_SECONDS = 45.0


def machine() -> str:
    """Differs between machines, and between the containers of one."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        boot = hex(uuid.getnode())
    return f"{boot}/{os.uname().nodename}"


@asynccontextmanager
async def lease(path: Path, *, wait_seconds: float) -> AsyncGenerator[int]:
    """Hold the lease in the file `path`; gives its descriptor, for a child that shall hold it too.

    The kernel's lock lasts until the holder and its child are gone, however they go. A holder on another machine, whose
    lock may not be seen here, is believed while it touches the file. Raises Refused after `wait_seconds`.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    beating: asyncio.Task[None] | None = None
    try:
        await _take(descriptor, path, time.monotonic() + wait_seconds)
        beating = asyncio.create_task(_beat(descriptor))
        yield descriptor
    finally:
        try:
            if beating is not None:
                beating.cancel()
                os.ftruncate(descriptor, 0)
        finally:
            os.close(descriptor)


def is_held(path: Path) -> bool:
    """Whether somebody holds the lease in that file now."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return _held_elsewhere(descriptor, path)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)


async def _take(descriptor: int, path: Path, until: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held = True
        else:
            held = _held_elsewhere(descriptor, path)
            if not held:
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, machine().encode(), 0)
                return
            fcntl.flock(descriptor, fcntl.LOCK_UN)
        if time.monotonic() > until:
            raise Refused(code="running", message="This job is being done already; ask for its status, or send it again later.")
        await asyncio.sleep(_LOOK_SECONDS)


def _held_elsewhere(descriptor: int, path: Path) -> bool:
    """Whether a holder on another machine touched the file of late, by the clock of the file system itself."""
    holder = os.pread(descriptor, 500, 0).decode(errors="replace").strip()
    if not holder or holder == machine():
        return False
    probe = path.with_name(f".{path.name}-{uuid.uuid4().hex}.part")
    probe.touch()
    try:
        return probe.stat().st_mtime - os.fstat(descriptor).st_mtime < EXPIRES_SECONDS
    finally:
        probe.unlink(missing_ok=True)


async def _beat(descriptor: int) -> None:
    while True:
        await asyncio.sleep(_BEAT_SECONDS)
        with contextlib.suppress(OSError):  # a volume that is away for a moment: the next beat is in time
            os.utime(descriptor)
