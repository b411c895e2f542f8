"""A job at an endpoint, on stderr: a bar on a terminal, a line where something changes elsewhere."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from cinema.faces.endpoint.follow import Seen, Tell
from cinema.faces.endpoint.told import News, plain
from cinema.units import human_seconds


@contextmanager
def watching(quiet: bool) -> Generator[Tell]:
    """What to tell of a job while it is followed."""
    console = Console(stderr=True)
    if quiet:
        yield _nothing
    elif console.is_terminal:
        columns = (TextColumn("{task.description:<9}"), BarColumn(), TextColumn("{task.fields[words]}"))
        with Progress(*columns, console=console, transient=True) as display:
            yield _Bar(display)
    else:
        yield _Lines(console)


def words_of(news: News) -> str:
    """ "picture, shot 3 of 12, 2 min 05 s left"; empty where nothing is told."""
    shot = f"shot {news.shot} of {news.shots}" if news.shot and news.shots else ""
    left = f"{human_seconds(news.seconds_left)} left" if news.seconds_left is not None and news.seconds_left >= 0 else ""
    return ", ".join(part for part in (plain(news.stage)[:40], shot, left) if part)


def _nothing(seen: Seen) -> None:
    """Nobody looks."""


class _Bar:
    """A bar that moves with the film."""

    def __init__(self, display: Progress) -> None:
        self._display = display
        self._bar = display.add_task("job", total=None, words="")

    def __call__(self, seen: Seen) -> None:
        if seen.trouble:
            self._display.console.print(seen.trouble, markup=False, highlight=False)
            return
        words = words_of(seen.news) if seen.news else ""
        part = seen.news.fraction if seen.news else None
        total = None if part is None else 1.0
        self._display.update(self._bar, description=str(seen.state), words=words, total=total, completed=part or 0.0)


class _Lines:
    """A line for each state, stage, shot and trouble; seconds left alone are not worth one."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._last = ""

    def __call__(self, seen: Seen) -> None:
        news = seen.news
        mark = repr((seen.state, seen.trouble, news and (news.stage, news.shot)))
        if mark != self._last:
            self._last = mark
            words = words_of(news) if news else ""
            text = seen.trouble or f"{seen.state}{': ' if words else ''}{words}"
            self._console.print(text, markup=False, highlight=False, soft_wrap=True)
