"""The child process, seen from the handler: started, heard, and ended with everything that it started."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cinema
from cinema.faces.serverless.house import JobFolder

_STOP_SECONDS = 3.0
"""How long a child may take to stop by itself; then its whole group is killed."""
_LONGEST_LINE = 4_000_000
_PRIVATE = ("BUCKET_", "AWS_", "RUNPOD_", "CINEMA_WEBHOOK_")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a child ended: with the film's summary, or with a message."""

    summary: Mapping[str, Any] | None
    code: int = 0
    message: str = ""
    pointer: str | None = None
    line: int | None = None
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0
    first_news_seconds: float | None = None


async def perform(
    order: Mapping[str, Any], folder: JobFolder, hear: Callable[[Mapping[str, Any]], None], *, lease: int
) -> Outcome:
    """Have a child do `order`; `hear` gets each of its lines.

    Cancelled, it ends the child and its workers within 5 seconds and removes what they left half done. The child holds the
    lease too, so that nobody else begins while it lives.
    """
    began = time.monotonic()
    with folder.log.open("ab", buffering=0) as log:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "cinema.faces.serverless.child",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            env=_environment(),
            pass_fds=(lease,),
            start_new_session=True,
            limit=_LONGEST_LINE,
        )
    assert child.stdin is not None
    assert child.stdout is not None
    heard = _Heard()
    try:
        child.stdin.write(json.dumps(dict(order)).encode() + b"\n")
        await child.stdin.drain()
        while line := await child.stdout.readline():
            heard.line(json.loads(line), hear, time.monotonic() - began)
            if heard.last:
                break
        await asyncio.wait_for(child.wait(), _STOP_SECONDS)
    except (TimeoutError, ConnectionError, ValueError):
        pass  # what was heard decides
    finally:
        await _end(child)
        if not heard.done:
            folder.sweep()
    return heard.outcome(child.returncode, time.monotonic() - began)


class _Heard:
    """What a child has said."""

    def __init__(self) -> None:
        self.last: Mapping[str, Any] | None = None
        self.warnings: list[str] = []
        self.first: float | None = None

    @property
    def done(self) -> bool:
        return self.last is not None and self.last["kind"] == "done"

    def line(self, said: Mapping[str, Any], hear: Callable[[Mapping[str, Any]], None], after: float) -> None:
        self.first = after if self.first is None else self.first
        if said["kind"] in ("done", "failed"):
            self.last = said
        elif said["kind"] == "warning":
            self.warnings.append(str(said["message"]))
        else:
            hear(said)

    def outcome(self, status: int | None, seconds: float) -> Outcome:
        warnings, last = tuple(self.warnings), self.last
        if last is None:
            how = f"was killed by signal {-status}" if status is not None and status < 0 else f"left with {status}"
            message = f"The process that made the film {how}; memory is the usual reason. The same job goes on where it ended."
            return Outcome(summary=None, code=1, message=message, warnings=warnings, seconds=seconds)
        if last["kind"] == "done":
            return Outcome(summary=last["summary"], warnings=warnings, seconds=seconds, first_news_seconds=self.first)
        return Outcome(
            summary=None,
            code=int(last["code"]),
            message=str(last["message"]),
            pointer=last.get("pointer"),
            line=last.get("line"),
            warnings=warnings,
            seconds=seconds,
        )


async def _end(child: asyncio.subprocess.Process) -> None:
    """Ask the child to stop, and end its group. Nothing of it is left, also when this is cancelled itself."""
    try:
        if child.returncode is None:
            child.terminate()
            await asyncio.wait_for(child.wait(), _STOP_SECONDS)
    except (TimeoutError, ProcessLookupError):
        pass
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        if child.stdin is not None:
            child.stdin.close()
    await child.wait()


def _environment() -> dict[str, str]:
    """Ours without what only the handler needs: a film is made without the keys of anybody's storage."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(_PRIVATE)}
    home = str(Path(cinema.__file__).resolve().parent.parent)
    environment["PYTHONPATH"] = os.pathsep.join([home, *filter(None, [environment.get("PYTHONPATH")])])
    return environment
