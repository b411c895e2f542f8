"""Progress of what takes long with weights, on stderr: a bar on a terminal, a line at each tenth elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from cinema.units import human_bytes

Moved = Callable[[int, int], None]
"""Told how much is done, of how much: bytes, or the steps of a conversion."""


@contextmanager
def transferring(name: str, quiet: bool) -> Generator[Moved]:
    """A `Moved` for the time of one transfer."""
    console = Console(stderr=True)
    if quiet:
        yield _nothing
    elif console.is_terminal:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=console, transient=True) as display:
            bar = display.add_task(name, total=None)
            yield lambda done, total: display.update(bar, completed=done, total=total)
    else:
        yield _Lines(name, console)


def _nothing(done: int, total: int) -> None:
    """Nobody looks."""


class _Lines:
    """A line at each tenth."""

    def __init__(self, name: str, console: Console) -> None:
        self._name = name
        self._console = console
        self._tenth = 0

    def __call__(self, done: int, total: int) -> None:
        tenth = done * 10 // total if total else 10
        if tenth > self._tenth:
            self._tenth = tenth
            text = (
                f"{self._name}: {tenth * 10}% of {human_bytes(total)}" if total > 1000 else f"{self._name}: {done} of {total}"
            )
            self._console.print(text, markup=False, highlight=False, soft_wrap=True)
