"""How far the work is, and how long it will take yet: predictions, corrected by what this run has measured."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from cinema.events import STAGES, Listener, Stage, StageAdvanced, StageFinished, StageStarted
from cinema.plan.task import Task

_TELL_SECONDS = 0.1
"""The least time between two StageAdvanced of a stage, its end apart."""
_FRESH = 0.3
"""The weight of a new estimate against the one that was told: settles within about five of them."""
_LEAST_SECONDS = 1e-4


@dataclass
class _Kind:
    """Tasks of one role and model in a stage: what is left of them, and how wrong the predictions were."""

    left_seconds: float = 0.0
    predicted_seconds: float = 0.0
    measured_seconds: float = 0.0
    tasks: int = 0

    def correction(self) -> float:
        """Measured over predicted, where the prediction counts as much as one task of average length."""
        prior = self.predicted_seconds / self.tasks if self.tasks else 1.0
        return (self.measured_seconds + prior) / (self.predicted_seconds + prior)


@dataclass
class _Estimate:
    """A time of ending that moves smoothly towards new estimates."""

    ends_at: float | None = None

    def left(self, seconds: float, now: float) -> float:
        fresh = now + seconds
        self.ends_at = fresh if self.ends_at is None else self.ends_at + _FRESH * (fresh - self.ends_at)
        return max(self.ends_at - now, 0.0)


@dataclass
class _StageState:
    total: int = 0
    done: int = 0
    weight: float = 0.0
    weight_done: float = 0.0
    fraction: float = 0.0
    began: float | None = None
    told: float = 0.0
    kinds: dict[tuple[str, str], _Kind] = field(default_factory=dict[tuple[str, str], _Kind])
    parts: dict[str, float] = field(default_factory=dict[str, float])
    estimate: _Estimate = field(default_factory=_Estimate)


class Progress:
    """Turns what happens to tasks into stage events.

    A stage starts with its first task and finishes with its last (failed and blocked ones count as done). A stage whose
    tasks are all made already starts and finishes at once. `fraction` never goes back.
    """

    def __init__(
        self,
        tasks: Mapping[str, Task],
        made: Collection[str],
        seconds: Mapping[str, float],
        *,
        stage_of: Callable[[Task], Stage],
        slots: int,
        listener: Listener,
    ) -> None:
        self._tasks = tasks
        self._seconds = {key: max(value, _LEAST_SECONDS) for key, value in seconds.items()}
        self._stage: dict[str, Stage] = {key: stage_of(task) for key, task in tasks.items()}
        self._slots = max(slots, 1)
        self._listener = listener
        self._film = _Estimate()
        self._states: dict[Stage, _StageState] = {}
        for key in tasks:
            state = self._states.setdefault(self._stage[key], _StageState())
            state.total += 1
            state.weight += self._seconds[key]
            if key in made:
                state.done += 1
                state.weight_done += self._seconds[key]
            else:
                self._kind(key).left_seconds += self._seconds[key]
        for stage in STAGES:
            state = self._states.get(stage)
            if state is not None and state.done == state.total:
                self._begin(stage, state)
                self._end(stage, state)

    def started(self, key: str) -> None:
        stage = self._stage[key]
        state = self._states[stage]
        if state.began is None:
            self._begin(stage, state)
        state.parts[key] = 0.0

    def stepped(self, key: str, done: int, total: int) -> None:
        """A running task has done `done` of `total` steps."""
        state = self._states[self._stage[key]]
        if key in state.parts and total > 0:
            state.parts[key] = max(state.parts[key], min(done / total, 1.0))
            self._tell(self._stage[key], state)

    def interrupted(self, key: str) -> None:
        """The attempt came to nothing; the task will be tried again."""
        self._states[self._stage[key]].parts.pop(key, None)

    def finished(self, key: str, measured_seconds: float | None) -> None:
        """The task is done; None: it failed or was blocked, and tells nothing about speed."""
        stage = self._stage[key]
        state, kind = self._states[stage], self._kind(key)
        if state.began is None:
            self._begin(stage, state)
        kind.left_seconds -= self._seconds[key]
        if measured_seconds is not None:
            kind.tasks += 1
            kind.predicted_seconds += self._seconds[key]
            kind.measured_seconds += measured_seconds
        state.parts.pop(key, None)
        state.done += 1
        state.weight_done += self._seconds[key]
        self._tell(stage, state)
        if state.done == state.total:
            self._end(stage, state)

    def _kind(self, key: str) -> _Kind:
        task = self._tasks[key]
        return self._states[self._stage[key]].kinds.setdefault((task.role, task.model), _Kind())

    def _begin(self, stage: Stage, state: _StageState) -> None:
        state.began = time.monotonic()
        predicted = self._left(state)
        self._listener(StageStarted(stage=stage, total=state.total, done=state.done, predicted_seconds=predicted))

    def _end(self, stage: Stage, state: _StageState) -> None:
        self._listener(StageFinished(stage=stage, seconds=time.monotonic() - (state.began or 0.0)))

    def _left(self, state: _StageState) -> float:
        """Seconds for the rest of the stage with all slots: corrected predictions, less what running tasks have done."""
        rest = sum(kind.left_seconds * kind.correction() for kind in state.kinds.values())
        rest -= sum(self._seconds[key] * part * self._kind(key).correction() for key, part in state.parts.items())
        left = min(self._slots, max(state.total - state.done, 1))
        return max(rest, 0.0) / left

    def _tell(self, stage: Stage, state: _StageState) -> None:
        now = time.monotonic()
        if now - state.told < _TELL_SECONDS and state.done < state.total:
            return
        state.told = now
        parts = sum(self._seconds[key] * part for key, part in state.parts.items())
        reached = (state.weight_done + parts) / state.weight
        state.fraction = 1.0 if state.done == state.total else max(state.fraction, min(reached, 1.0))
        self._listener(
            StageAdvanced(
                stage=stage,
                done=state.done,
                total=state.total,
                fraction=state.fraction,
                seconds_left=state.estimate.left(self._left(state), now) if state.done < state.total else 0.0,
                film_seconds_left=self._film.left(sum(self._left(one) for one in self._states.values()), now),
            )
        )
