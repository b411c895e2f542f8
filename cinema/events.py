"""What happens while a film is made, told to whoever listens.

A face passes one `Listener`; rooms call it with the small frozen events below.
`Watch` is progress and cancel in one object, polled by adapters between steps.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from cinema.errors import Cancelled

Stage = Literal["script", "plan", "speech", "picture", "sound", "cut", "papers"]
STAGES: tuple[Stage, ...] = ("script", "plan", "speech", "picture", "sound", "cut", "papers")


@dataclass(frozen=True, kw_only=True)
class StageStarted:
    stage: Stage
    total: int
    """How many units of work (tasks, or steps of the cut) the stage has; already done ones included."""
    done: int = 0
    predicted_seconds: float | None = None


@dataclass(frozen=True, kw_only=True)
class StageAdvanced:
    stage: Stage
    done: int
    total: int
    fraction: float
    """0 ... 1 of the stage, counting parts of running tasks."""
    seconds_left: float | None
    film_seconds_left: float | None = None
    """Of the whole film, when it can be told."""


@dataclass(frozen=True, kw_only=True)
class StageFinished:
    stage: Stage
    seconds: float


@dataclass(frozen=True, kw_only=True)
class TaskStarted:
    key: str
    role: str
    model: str
    device: str
    attempt: int


@dataclass(frozen=True, kw_only=True)
class TaskFinished:
    key: str
    role: str
    model: str
    seconds: float


@dataclass(frozen=True, kw_only=True)
class TaskFailed:
    key: str
    role: str
    model: str
    attempt: int
    message: str
    final: bool


@dataclass(frozen=True, kw_only=True)
class ModelLoaded:
    model: str
    device: str
    reason: str
    seconds: float
    resident_bytes: int
    free_bytes: int | None = None


@dataclass(frozen=True, kw_only=True)
class ModelEvicted:
    model: str
    device: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class WorkerDied:
    device: str
    pid: int
    exit_status: int | None
    key: str | None


@dataclass(frozen=True, kw_only=True)
class Warned:
    """Something a person should know, in one sentence; also listed in the report."""

    message: str
    where: str = ""


Event = (
    StageStarted
    | StageAdvanced
    | StageFinished
    | TaskStarted
    | TaskFinished
    | TaskFailed
    | ModelLoaded
    | ModelEvicted
    | WorkerDied
    | Warned
)
Listener = Callable[[Event], None]


def nobody(event: Event) -> None:
    """A listener that does not listen."""


class Watch(Protocol):
    """Progress and cancel, given to an adapter for one task."""

    def step(self, done: int, total: int) -> None:
        """Tell that `done` of `total` steps are done (monotonic); raises Cancelled when asked to stop."""
        ...


@dataclass
class LocalWatch:
    """A `Watch` inside one process: for tests, tools and the cut room."""

    on_step: Callable[[int, int], None] | None = None
    cancelled: bool = False
    steps: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    started: float = field(default_factory=time.monotonic)

    def step(self, done: int, total: int) -> None:
        self.steps.append((done, total))
        if self.on_step is not None:
            self.on_step(done, total)
        if self.cancelled:
            raise Cancelled()
