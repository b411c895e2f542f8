"""Steps of a task, counted for its `Watch`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cinema.events import Watch


class Steps:
    """Counts up to `total`; every tick looks for a cancel. A count that was guessed too low stays below the end."""

    def __init__(self, watch: Watch, total: int) -> None:
        self._watch = watch
        self._total = max(total, 1)
        self._done = 0
        watch.step(0, self._total)

    def tick(self) -> None:
        """One more step was done. Cancelled passes through."""
        self._done = min(self._done + 1, self._total - 1)
        self._watch.step(self._done, self._total)

    def look(self) -> None:
        """No step was done, but a cancel is looked for. Cancelled passes through."""
        self._watch.step(self._done, self._total)

    def finish(self) -> None:
        """All is done."""
        self._watch.step(self._total, self._total)

    def on_step(self, _index: int, _timestep: Any, _latents: Any) -> None:
        """For the `callback` of diffusers' older pipelines."""
        self.tick()

    def callback(self) -> Callable[[Any, int, Any, dict[str, Any]], dict[str, Any]]:
        """For diffusers' `callback_on_step_end`."""

        def on_step_end(_pipeline: Any, _index: int, _timestep: Any, tensors: dict[str, Any]) -> dict[str, Any]:
            self.tick()
            return tensors

        return on_step_end
