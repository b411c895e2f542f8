"""Commits run beside the work: workers compute while finished products are made durable, several in one sync."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass

from cinema.artefact import Artefact
from cinema.render.store import Finished, Store

_TOGETHER = 64
"""Products in one transaction at most, so that a kill never costs more than these."""


@dataclass(frozen=True, kw_only=True)
class Committed:
    artefacts: tuple[Artefact, ...]


@dataclass(frozen=True, kw_only=True)
class CommitFailed:
    """Nothing of the group was recorded."""

    error: Exception


class Committer:
    """A thread that commits what it is given, in order; the outcome of each group is given to `tell`.

    After a failure the rest is left alone: the run ends then.
    """

    def __init__(self, store: Store, tell: Callable[[Committed | CommitFailed], None]) -> None:
        self._store = store
        self._tell = tell
        self._queue: queue.SimpleQueue[Finished | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def submit(self, finished: Finished) -> None:
        self._queue.put(finished)

    def close(self) -> None:
        """Commit what was submitted, then end."""
        self._queue.put(None)
        self._thread.join()

    def _work(self) -> None:
        while True:
            group, last = self._next_group()
            if group:
                try:
                    artefacts = self._store.commit_all(group)
                    for one in group:
                        self._store.runs.note(one.task.key, one.making.attempt, "committed")
                except Exception as exc:  # raised again by the runner, in its own thread
                    self._tell(CommitFailed(error=exc))
                    return
                self._tell(Committed(artefacts=tuple(artefacts)))
            if last:
                return

    def _next_group(self) -> tuple[list[Finished], bool]:
        """What is there now, at least one; and whether it was the last."""
        group: list[Finished] = []
        one = self._queue.get()
        while one is not None:
            group.append(one)
            if len(group) == _TOGETHER or self._queue.empty():
                return group, False
            one = self._queue.get()
        return group, True
