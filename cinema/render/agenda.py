"""The agenda: which tasks can run now, in the schedule's order. Pure bookkeeping; nothing is run here."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import heappop, heappush

from cinema.errors import CinemaError
from cinema.plan.task import Request, Task
from cinema.schedule.model import Batch


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A task at its place in the schedule. `group` is the index of its batch; `model` names what must be loaded for it."""

    key: str
    task: Task
    batch: Batch
    group: int
    rank: int
    model: str


def load_name(batch: Batch) -> str:
    """What is loaded as one: a model in one precision and one load plan."""
    return f"{batch.model}:{batch.precision}:{batch.load_plan}"


class Agenda:
    """Every task is waiting for inputs, runnable, handed out, finished, failed, or blocked by a failure.

    A task that is handed out must come back through exactly one of `finish`, `fail` and `put_back`.
    """

    def __init__(self, tasks: Mapping[str, Task], batches: Sequence[Batch], made: Collection[str]) -> None:
        """`made` are artefacts that need no work. Raises CinemaError for an input that is neither made nor to be made."""
        self.entries: dict[str, Entry] = {}
        for group, batch in enumerate(batches):
            for key in batch.keys:
                if key not in made and key not in self.entries:
                    self.entries[key] = Entry(
                        key=key,
                        task=tasks[key],
                        batch=batch,
                        group=group,
                        rank=len(self.entries),
                        model=load_name(batch),
                    )
        self._open = [0] * len(batches)
        self._batches = list(batches)
        self._runnable: list[list[tuple[int, str]]] = [[] for _ in batches]
        self._waiting: dict[str, int] = {}
        self._users: dict[str, list[str]] = {}
        self._out: set[str] = set()
        self._closed: set[str] = set()
        for key, entry in self.entries.items():
            self._enter(key, entry, made)

    def _enter(self, key: str, entry: Entry, made: Collection[str]) -> None:
        needed = [one for one in dict.fromkeys(entry.task.inputs) if one not in made]
        for one in needed:
            if one not in self.entries:
                raise CinemaError(f"The task {entry.task.label or key} needs {one}, which nobody makes; report this.")
            self._users.setdefault(one, []).append(key)
        self._waiting[key] = len(needed)
        self._open[entry.group] += 1
        if not needed:
            heappush(self._runnable[entry.group], (entry.rank, key))

    @property
    def unfinished(self) -> int:
        """Tasks that are neither finished, failed nor blocked."""
        return len(self.entries) - len(self._closed)

    def pick(self, device: str, resident: Collection[str], *, no_load: bool = False) -> Entry | None:
        """Hand out a runnable task of that device: of a model in `resident` if there is one, then the earliest.

        With `no_load` of such a model alone.
        """
        groups = [group for group, batch in enumerate(self._batches) if self._runnable[group] and batch.device == device]
        if no_load:
            groups = [group for group in groups if load_name(self._batches[group]) in resident]
        if not groups:
            return None
        group = min(groups, key=lambda one: (load_name(self._batches[one]) not in resident, one))
        _, key = heappop(self._runnable[group])
        self._out.add(key)
        return self.entries[key]

    def put_back(self, key: str) -> None:
        """A task that was handed out is runnable again, at its old place."""
        self._out.remove(key)
        entry = self.entries[key]
        heappush(self._runnable[entry.group], (entry.rank, key))

    def finish(self, key: str) -> None:
        """The task's artefact is there: what waited only for it becomes runnable."""
        self._out.remove(key)
        self._close(key)
        for user in self._users.get(key, ()):
            self._waiting[user] -= 1
            if self._waiting[user] == 0:
                entry = self.entries[user]
                heappush(self._runnable[entry.group], (entry.rank, user))

    def fail(self, key: str) -> tuple[str, ...]:
        """The task is given up; returns every task that depends on it, directly or not, and so will not be run."""
        self._out.remove(key)
        self._close(key)
        blocked: dict[str, None] = {}
        ahead = [key]
        while ahead:
            for user in self._users.get(ahead.pop(), ()):
                if user not in self._closed:
                    self._close(user)
                    blocked[user] = None
                    ahead.append(user)
        return tuple(blocked)

    def next_use(self, model: str, device: str) -> float:
        """When, counted in batches, an open task of that model stands in the schedule of the device; infinite if never."""
        uses = (
            group
            for group, batch in enumerate(self._batches)
            if self._open[group] and batch.device == device and load_name(batch) == model
        )
        return next(uses, float("inf"))

    def coming(self, model: str, device: str) -> tuple[Request, ...]:
        """The requests of every open task of what `load_name` calls `model` on the device, in order."""
        return tuple(entry.task.request for entry in self._left(model, device))

    def follower(self, entry: Entry) -> Batch | None:
        """The next batch of the device that needs something else loaded, once the last task of the entry's is handed out."""
        out = [self.entries[key].group for key in self._out]
        left = [self._open[group] - out.count(group) for group in range(len(self._batches))]
        if left[entry.group]:
            return None
        others = (batch for group, batch in enumerate(self._batches) if left[group] and batch.device == entry.batch.device)
        return next((batch for batch in others if load_name(batch) != entry.model), None)

    def lower(self, batch: Batch, instead: Batch) -> int:
        """What was to be loaded as `batch` says is loaded as `instead` says from now on; returns how many tasks are left."""
        model, device = load_name(batch), batch.device
        left = len(self._left(model, device))
        for group, one in enumerate(self._batches):
            if load_name(one) == model and one.device == device:
                lowered = replace(one, load_plan=instead.load_plan, prediction=instead.prediction)
                self._batches[group] = lowered
                for key in one.keys:
                    if key in self.entries and self.entries[key].group == group:
                        self.entries[key] = replace(self.entries[key], batch=lowered, model=load_name(lowered))
        return left

    def _left(self, model: str, device: str) -> list[Entry]:
        return [
            entry
            for key, entry in self.entries.items()
            if key not in self._closed and entry.model == model and entry.batch.device == device
        ]

    def _close(self, key: str) -> None:
        self._closed.add(key)
        self._open[self.entries[key].group] -= 1
