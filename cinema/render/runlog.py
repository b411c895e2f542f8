"""The runs log: every attempt at a task, appended when it starts and when it ends, never rewritten.

It shows that no committed task was run again. A line is one `write` to a file opened for appending, so it survives the
death of the process that wrote it; a line torn by a power cut is left out when read.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from cinema.render.disk import disk_errors

RunStatus = Literal["started", "committed", "failed", "died", "cancelled"]


@dataclass(frozen=True, kw_only=True)
class RunRow:
    """One attempt. Where the runner itself was killed, `ended_at` is empty and `status` "started". Times: UTC, ISO 8601."""

    key: str
    attempt: int
    started_at: str
    ended_at: str = ""
    status: RunStatus = "started"


class RunLog:
    def __init__(self, path: Path) -> None:
        self.path = path
        with disk_errors(path):
            self._descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
            size = os.fstat(self._descriptor).st_size
            if size and os.pread(self._descriptor, 1, size - 1) != b"\n":
                os.write(self._descriptor, b"\n")

    def note(self, key: str, attempt: int, status: RunStatus) -> None:
        """Append one line; on the system's side when this returns."""
        line = {"key": key, "attempt": attempt, "status": status, "at": now(), "pid": os.getpid()}
        with disk_errors(self.path):
            os.write(self._descriptor, (json.dumps(line, separators=(",", ":")) + "\n").encode("ascii"))

    def rows(self) -> tuple[RunRow, ...]:
        """Every attempt in the order in which they started."""
        with disk_errors(self.path):
            lines = self.path.read_bytes().splitlines()
        rows: list[RunRow] = []
        open_at: dict[tuple[str, int, int], int] = {}
        for line in lines:
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            name = (entry["key"], entry["attempt"], entry["pid"])
            if entry["status"] == "started":
                open_at[name] = len(rows)
                rows.append(RunRow(key=entry["key"], attempt=entry["attempt"], started_at=entry["at"]))
            elif name in open_at:
                at = open_at.pop(name)
                begun = rows[at]
                rows[at] = RunRow(
                    key=begun.key,
                    attempt=begun.attempt,
                    started_at=begun.started_at,
                    ended_at=entry["at"],
                    status=entry["status"],
                )
        return tuple(rows)

    def close(self) -> None:
        os.close(self._descriptor)


def now() -> str:
    """UTC, ISO 8601, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
