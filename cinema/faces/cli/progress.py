"""Progress on stderr: a bar per stage and one for the film on a terminal, a line per event elsewhere."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import assert_never

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from cinema.events import (
    Event,
    Listener,
    ModelEvicted,
    ModelLoaded,
    StageAdvanced,
    StageFinished,
    StageStarted,
    TaskFailed,
    TaskFinished,
    TaskStarted,
    Warned,
    WorkerDied,
    nobody,
)
from cinema.units import human_seconds


@contextmanager
def listening(quiet: bool) -> Generator[Listener]:
    """A listener for the time of one command."""
    console = Console(stderr=True)
    if quiet:
        yield nobody
    elif console.is_terminal:
        columns = (
            TextColumn("{task.description:<8}"),
            BarColumn(),
            TextColumn("{task.fields[count]:>9}"),
            TextColumn("{task.fields[left]}"),
        )
        with Progress(*columns, console=console, transient=True) as display:
            yield _Bars(display)
    else:
        yield _Lines(console)


def _left(seconds: float | None) -> str:
    return "" if seconds is None else f"{human_seconds(seconds)} left"


def _remark(event: Event) -> str | None:
    """What a person should read of an event that is no progress."""
    match event:
        case Warned():
            return f"note: {event.where + ': ' if event.where else ''}{event.message}"
        case TaskFailed():
            end = "it is left out" if event.final else "trying again"
            return f"{event.role} with {event.model} failed (attempt {event.attempt}): {event.message} — {end}"
        case WorkerDied():
            return f"worker {event.pid} on {event.device} died (status {event.exit_status}); it is restarted"
        case (
            StageStarted() | StageAdvanced() | StageFinished() | TaskStarted() | TaskFinished() | ModelLoaded() | ModelEvicted()
        ):
            return None
    assert_never(event)


class _Bars:
    """A bar for each stage that has work, and one for the whole film."""

    def __init__(self, display: Progress) -> None:
        self._display = display
        self._bars: dict[str, TaskID] = {}
        self._film = display.add_task("film", total=None, count="", left="")

    def __call__(self, event: Event) -> None:
        remark = _remark(event)
        if remark:
            self._display.console.print(remark, markup=False, highlight=False)
        elif isinstance(event, StageStarted):
            bar = self._bars.get(event.stage)
            if bar is None:
                self._bars[event.stage] = self._display.add_task(
                    event.stage, total=1.0, count=f"{event.done}/{event.total}", left=""
                )
        elif isinstance(event, StageAdvanced) and event.stage in self._bars:
            count = f"{event.done}/{event.total}"
            self._display.update(self._bars[event.stage], completed=event.fraction, count=count, left=_left(event.seconds_left))
            if event.film_seconds_left is not None:
                self._display.update(self._film, left=_left(event.film_seconds_left))
        elif isinstance(event, StageFinished) and event.stage in self._bars:
            self._display.update(self._bars[event.stage], completed=1.0, left=human_seconds(event.seconds))


class _Lines:
    """A line when a stage begins and ends, and at each tenth of it."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._tenth: dict[str, int] = {}

    def __call__(self, event: Event) -> None:
        text = _remark(event)
        if isinstance(event, StageStarted):
            text = f"{event.stage}: {event.total - event.done} of {event.total} to do"
        elif isinstance(event, StageFinished):
            text = f"{event.stage}: done in {human_seconds(event.seconds)}"
        elif isinstance(event, StageAdvanced) and int(event.fraction * 10) > self._tenth.get(event.stage, 0):
            self._tenth[event.stage] = int(event.fraction * 10)
            whole = f", the film {_left(event.film_seconds_left)}" if event.film_seconds_left is not None else ""
            text = f"{event.stage}: {event.fraction:.0%}, {_left(event.seconds_left)}{whole}"
        if text:
            self._console.print(text, markup=False, highlight=False, soft_wrap=True)
