"""The descent: a model that runs out of memory goes on in the next lower load plan, and what was tried is remembered."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import get_args

from cinema.catalog import Catalog, LoadPlanName
from cinema.errors import DoesNotFitError
from cinema.events import Listener, Warned
from cinema.render.agenda import Agenda, Entry, load_name
from cinema.schedule.hosting import host_bytes
from cinema.schedule.model import Batch
from cinema.schedule.predict import peak_bytes

_ORDER: tuple[LoadPlanName, ...] = get_args(LoadPlanName)
"""From the fastest, which needs most memory, down."""
_KILLS = 2
"""How many workers of a model may be killed in one load plan until memory is held to be the reason."""


class Descent:
    """How far down each model has gone on each device in one run: at most once past each of its manifest's load plans.

    A load plan is not in a task's key, so what was made before and after is the same film.
    """

    def __init__(self, agenda: Agenda, catalog: Catalog, listener: Listener) -> None:
        self._agenda = agenda
        self._catalog = catalog
        self._listener = listener
        self._tried: dict[tuple[str, str, str], dict[LoadPlanName, str]] = {}
        self._alone: set[tuple[str, str]] = set()
        self._kills: Counter[tuple[str, str]] = Counter()

    def ran_out(self, entry: Entry, why: str, *, crowded: bool = False) -> bool:
        """After a task found too little memory: whether it is worth trying again, once the slot's models are unloaded.

        Where it was `crowded` by other models, it is tried in the same load plan once more, without them; then in the next.
        """
        batch = entry.batch
        name = (load_name(batch), batch.device)
        if crowded and name not in self._alone:
            self._alone.add(name)
            return True
        self._tried.setdefault((batch.model, batch.precision, batch.device), {})[batch.load_plan] = why
        if self._agenda.entries[entry.key].batch.load_plan != batch.load_plan:
            return True  # another slot's task has gone down already
        lower: LoadPlanName | None = next(
            (plan for plan in self._plans(batch) if _ORDER.index(plan) > _ORDER.index(batch.load_plan)), None
        )
        if lower is None:
            return False
        manifest = self._catalog.manifest(batch.model)
        prediction = replace(
            batch.prediction,
            peak_bytes=peak_bytes(manifest, lower, batch.precision)[0],
            host_bytes=host_bytes(manifest, lower, batch.precision),
        )
        left = self._agenda.lower(batch, replace(batch, load_plan=lower, prediction=prediction))
        tasks = "its last task" if left == 1 else f"its last {left} tasks"
        self._listener(
            Warned(message=f"{batch.model} goes on in {lower} on {batch.device} for {tasks}, since in {batch.load_plan}: {why}")
        )
        return True

    def killed(self, entry: Entry) -> None:
        """After the system killed a worker at such a task. A model without weights is not taken for the reason."""
        name = (load_name(entry.batch), entry.batch.device)
        if not self._catalog.manifest(entry.batch.model).sources:
            return
        self._kills[name] += 1
        if self._kills[name] == _KILLS:
            self.ran_out(entry, f"its worker was killed {_KILLS} times, as a system does that runs out of memory.")

    def end(self, entry: Entry, error: DoesNotFitError) -> DoesNotFitError:
        """The error of a task for which no load plan is left: it lists what was tried."""
        batch = entry.batch
        tried = self._tried.get((batch.model, batch.precision, batch.device), {})
        if len(tried) < 2:
            return error
        listed = " ".join(f"{plan}: {tried[plan]}" for plan in _ORDER if plan in tried)
        return DoesNotFitError(
            f"{entry.task.label or entry.key!r} fits {batch.device} in no load plan of {batch.model} ({batch.precision}); "
            f"choose a smaller mode, size or model. Tried: {listed}",
            where=error.where,
        )

    def _plans(self, batch: Batch) -> list[LoadPlanName]:
        return [plan for plan in _ORDER if plan in self._catalog.manifest(batch.model).load_plans]
