"""The child process, seen from the handler: started, given jobs, heard, and ended with everything that it started."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

import cinema
from cinema.faces.serverless.house import JobFolder
from cinema.faces.serverless.memory import Kept

_STOP_SECONDS = 3.0
"""How long a child may take to stop by itself; then its whole group is killed."""
_LOOK_SECONDS = 0.02
_LONGEST_LINE = 4_000_000
_PRIVATE = ("BUCKET_", "AWS_", "RUNPOD_", "CINEMA_WEBHOOK_")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a job ended: with the film's summary, or with a message.

    `begun`: whether the child took the job at all. `models_kept` were loaded when it did, `models_loaded` were loaded for it.
    """

    summary: Mapping[str, Any] | None
    code: int = 0
    message: str = ""
    pointer: str | None = None
    line: int | None = None
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0
    first_news_seconds: float | None = None
    begun: bool = True
    models_kept: tuple[str, ...] = ()
    models_loaded: tuple[str, ...] = ()


class Child:
    """A process that makes films (`child.py`), one at a time; it starts at once, and imports what it needs meanwhile.

    It belongs to no event loop. It ends with `end`, with `close`, when nobody refers to this any more, and with this process.
    """

    def __init__(self) -> None:
        self.environment = environment()
        self.jobs = 0
        """How many it was given."""
        self.kept: Kept | None = None
        """What it held after the last."""
        self.at_rest = True
        """Whether every job that it was given is done."""
        self._begun = False
        self._said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the child
        self._line, theirs = socket.socketpair()
        self._line.setblocking(False)
        self._heard = b""
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "cinema.faces.serverless.child"],
                stdin=theirs.fileno(),
                stdout=self._said,
                stderr=self._said,
                env=self.environment,
                start_new_session=True,
            )
        self._close = weakref.finalize(self, _close, self._process, self._line, self._said)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    async def perform(
        self, order: Mapping[str, Any], folder: JobFolder, hear: Callable[[Mapping[str, Any]], None], *, lease: int
    ) -> Outcome:
        """Have it do `order`; `hear` gets each of its lines.

        Unless the film is made the child is ended, with its workers, and what they left half done is removed; cancelled, this
        takes less than 5 seconds. While it is at work it holds the lease too, so that nobody else begins.
        """
        began = time.monotonic()
        self.jobs += 1
        self.at_rest = False
        heard = _Heard()
        try:
            with folder.log.open("ab", buffering=0) as log:
                await self._give(json.dumps(dict(order)).encode() + b"\n", (lease, log.fileno()))
            while not heard.last:
                heard.line(json.loads(await self._next_line()), hear, time.monotonic() - began)
            self.kept = heard.holding
            self.at_rest = self.kept is not None
        except (ConnectionError, ValueError):
            pass  # what was heard decides
        finally:
            if not heard.begun:
                self._confess(folder)
            if not self.at_rest:
                await self.end()
                folder.sweep()
        return heard.outcome(self._process.returncode, time.monotonic() - began)

    async def end(self) -> None:
        """Ask it to stop, and end its group. Nothing of it is left, also when this is cancelled itself."""
        try:
            if self.alive:
                self._process.terminate()
                await self._gone(_STOP_SECONDS)
        finally:
            _kill_group(self._process)
        await self._gone(_STOP_SECONDS)
        self.close()

    def close(self) -> None:
        """End it now, whatever it does."""
        self._close()

    async def _gone(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while self.alive and time.monotonic() < until:
            await asyncio.sleep(_LOOK_SECONDS)

    async def _give(self, line: bytes, descriptors: tuple[int, ...]) -> None:
        """The line is empty: what was said before was taken in whole, so the first bytes go out at once."""
        try:
            sent = socket.send_fds(self._line, [line], descriptors)
        except BlockingIOError as exc:
            raise ConnectionError("the child does not read") from exc
        await asyncio.get_running_loop().sock_sendall(self._line, line[sent:])

    async def _next_line(self) -> bytes:
        """Raises ConnectionError at the end, ValueError for a line that has none."""
        while b"\n" not in self._heard:
            more = await asyncio.get_running_loop().sock_recv(self._line, 1 << 16)
            if not more:
                raise ConnectionError("the child is gone")
            self._heard += more
            if len(self._heard) > _LONGEST_LINE:
                raise ValueError("a line without end")
        line, _, self._heard = self._heard.partition(b"\n")
        return line

    def _confess(self, folder: JobFolder) -> None:
        """What a child said that ended before it took a job goes to the log of the job that it did not take."""
        with contextlib.suppress(OSError, ValueError), folder.log.open("ab") as log:
            self._said.seek(0)
            shutil.copyfileobj(self._said, log)


class _Heard:
    """What a child has said of a job."""

    def __init__(self) -> None:
        self.last: Mapping[str, Any] | None = None
        self.begun = False
        self.warnings: list[str] = []
        self.kept: tuple[str, ...] = ()
        self.loaded: list[str] = []
        self.first: float | None = None

    @property
    def done(self) -> bool:
        return self.last is not None and self.last["kind"] == "done"

    @property
    def holding(self) -> Kept | None:
        """What the child holds after a film, where it can be kept."""
        told = self.last["kept"] if self.last is not None and self.done else None
        return None if told is None else Kept.model_validate(told)

    def line(self, said: Mapping[str, Any], hear: Callable[[Mapping[str, Any]], None], after: float) -> None:
        match said["kind"]:
            case "begun":
                self.begun, self.kept = True, tuple(said["models_kept"])
            case "done" | "failed":
                self.last = said
            case "warning":
                self.warnings.append(str(said["message"]))
            case kind:
                if kind == "model":
                    self.loaded.append(str(said["model"]))
                else:
                    self.first = after if self.first is None else self.first
                hear(said)

    def outcome(self, status: int | None, seconds: float) -> Outcome:
        found = Outcome(
            summary=None,
            warnings=tuple(self.warnings),
            seconds=seconds,
            first_news_seconds=self.first,
            begun=self.begun,
            models_kept=self.kept,
            models_loaded=tuple(dict.fromkeys(self.loaded)),
        )
        if self.last is None:
            how = f"was killed by signal {-status}" if status is not None and status < 0 else f"left with {status}"
            message = f"The process that made the film {how}; memory is the usual reason. The same job goes on where it ended."
            return replace(found, code=1, message=message)
        if self.done:
            return replace(found, summary=self.last["summary"])
        return replace(
            found,
            code=int(self.last["code"]),
            message=str(self.last["message"]),
            pointer=self.last.get("pointer"),
            line=self.last.get("line"),
        )


def environment() -> dict[str, str]:
    """Ours without what only the handler needs: a film is made without the keys of anybody's storage."""
    found = {name: value for name, value in os.environ.items() if not name.startswith(_PRIVATE)}
    home = str(Path(cinema.__file__).resolve().parent.parent)
    found["PYTHONPATH"] = os.pathsep.join([home, *filter(None, [found.get("PYTHONPATH")])])
    return found


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _close(process: subprocess.Popen[bytes], line: socket.socket, said: IO[bytes]) -> None:
    """One that is gone already has taken its workers along, and its number may be another's by now."""
    line.close()
    said.close()
    if process.poll() is None:
        _kill_group(process)
        process.wait()
