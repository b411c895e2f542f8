"""Time left of the whole film, on top of what each stage knows of itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from cinema.errors import Cancelled
from cinema.events import Event, Listener, Stage, StageAdvanced, StageFinished, StageStarted, Warned


class FilmProgress:
    """A listener that adds to each advance how long the film will still take, and passes everything on.

    What is left is the longest of the running stages (they share the same workers) and the predictions of those that
    have not begun, corrected by how far the finished ones were from theirs: what was wrong is mostly the machine's speed.
    The cut has no worker to cancel: once `cancel` is set, its next event raises Cancelled.
    """

    def __init__(
        self, listener: Listener, predicted_seconds: Mapping[Stage, float], cancel: threading.Event | None = None
    ) -> None:
        self._listener = listener
        self._cancel = cancel or threading.Event()
        self.predicted_seconds = dict(predicted_seconds)
        self.measured_seconds: dict[Stage, float] = {}
        self.warnings: list[str] = []
        """What was told on the way."""
        self._began = time.monotonic()
        self._running: dict[Stage, float] = {}

    def __call__(self, event: Event) -> None:
        if isinstance(event, StageStarted | StageAdvanced) and event.stage == "cut" and self._cancel.is_set():
            raise Cancelled
        if isinstance(event, StageStarted):
            self._running[event.stage] = event.predicted_seconds or self.predicted_seconds.get(event.stage, 0.0)
        elif isinstance(event, StageFinished):
            self._running.pop(event.stage, None)
            self.measured_seconds[event.stage] = event.seconds
        elif isinstance(event, StageAdvanced) and event.seconds_left is not None:
            self._running[event.stage] = event.seconds_left
            event = replace(event, film_seconds_left=self.seconds_left())
        elif isinstance(event, Warned):
            self.warnings.append(f"{event.where}: {event.message}" if event.where else event.message)
        self._listener(event)

    @contextmanager
    def stage(self, stage: Stage) -> Generator[None]:
        """Tell of a stage that has no tasks."""
        began = time.monotonic()
        self(StageStarted(stage=stage, total=1))
        yield
        self(StageFinished(stage=stage, seconds=time.monotonic() - began))

    def wall_seconds(self) -> float:
        """Since the film was begun in this process."""
        return time.monotonic() - self._began

    def seconds_left(self) -> float:
        """Of the whole film, from now."""
        begun = self._running.keys() | self.measured_seconds.keys()
        later = sum(seconds for stage, seconds in self.predicted_seconds.items() if stage not in begun)
        return max(self._running.values(), default=0.0) + later * self._correction()

    def _correction(self) -> float:
        """Measured over predicted seconds of the finished stages, between a fifth and five."""
        measured = sum(seconds for stage, seconds in self.measured_seconds.items() if stage in self.predicted_seconds)
        predicted = sum(self.predicted_seconds.get(stage, 0.0) for stage in self.measured_seconds)
        return min(max(measured / predicted, 0.2), 5.0) if predicted > 0.5 and measured > 0 else 1.0
