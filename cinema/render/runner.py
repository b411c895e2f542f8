"""The runner: hands a schedule's tasks to workers, commits what they make, and survives what they do.

Whenever something can run and a slot is free, it runs; the schedule only says what goes first. The runner holds no model and no
media: it passes requests to workers and files to the store.
"""

from __future__ import annotations

import queue
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import BinaryIO

from cinema.artefact import Artefact, Making
from cinema.catalog import Catalog
from cinema.errors import (
    Cancelled,
    CinemaError,
    DoesNotFitError,
    MissingModelError,
    OutOfDiskError,
    TaskFailedError,
)
from cinema.events import Listener, Stage, TaskFailed, TaskFinished, TaskStarted, nobody
from cinema.plan.task import Task
from cinema.render import failures
from cinema.render.agenda import Agenda, Entry
from cinema.render.committer import CommitFailed, Committed, Committer
from cinema.render.crew import Crew, News
from cinema.render.descent import Descent
from cinema.render.disk import disk_errors
from cinema.render.progress import Progress
from cinema.render.protocol import Done, Evicted, Failed, Fetched, Loaded, Ready, Report, Rested, Step
from cinema.render.runlog import now
from cinema.render.slot import Assignment, Attempt, Slot
from cinema.render.store import Finished, Store, remove_folder
from cinema.render.supply import Supply
from cinema.schedule.make import make_schedule
from cinema.schedule.model import Schedule
from cinema.schedule.predict import task_seconds
from cinema.settings import Settings

_LOOK_SECONDS = 0.05
"""How often a wish to stop is looked for when nothing else happens."""
_GRACE_SECONDS = 2.0
"""How long a task that was asked to stop may take to its next step; then its worker is killed."""


@dataclass(frozen=True, kw_only=True)
class RunResult:
    """What was made, by key (what was there already included), and why each other task was not.

    A task that depends on a failed one is among the failures too.
    """

    artefacts: Mapping[str, Artefact]
    failures: Mapping[str, CinemaError]


def run(
    schedule: Schedule,
    tasks: Mapping[str, Task],
    *,
    store: Store,
    catalog: Catalog,
    settings: Settings,
    stage_of: Callable[[Task], Stage],
    listener: Listener = nobody,
    crew: Crew | None = None,
) -> RunResult:
    """Make every task of `tasks` that the store does not hold whole, as the schedule says.

    A worker's death or an unknown error is retried up to `settings.attempts` times, want of memory in each lower load plan;
    a task that fails for good stops only those that depend on it. A `crew` that is given keeps its workers for the next run,
    unless this one ends with an error. Raises Cancelled once the crew's `cancel` is set (running tasks stop at their next
    step, finished products are kept), OutOfDiskError when the disk fails.
    """
    made = store.get_many(tasks)
    foreign = {key for task in tasks.values() for key in task.inputs if key not in tasks}
    sources = {**store.get_many(foreign), **made}
    schedule = _mended(schedule, tasks, sources, catalog, settings)
    agenda = Agenda(tasks, schedule.batches, sources)
    seconds = {key: task_seconds(task, catalog.manifest(task.model), tasks)[0] for key, task in tasks.items()}
    with disk_errors(store.log_path):
        log = store.log_path.open("ab", buffering=0)
    with log:
        hands = Crew() if crew is None else crew
        runner = _Runner(agenda, sources, store, catalog, settings, listener, log)
        try:
            runner.furnish(schedule, hands)
            runner.progress = Progress(tasks, made, seconds, stage_of=stage_of, slots=len(runner.slots), listener=listener)
            runner.give_up(tasks, made)
            runner.work()
        except BaseException:
            hands.close()
            raise
        if crew is None:
            hands.close()
    return RunResult(artefacts={key: sources[key] for key in tasks if key in sources}, failures=runner.failures)


def _mended(
    schedule: Schedule, tasks: Mapping[str, Task], made: Mapping[str, Artefact], catalog: Catalog, settings: Settings
) -> Schedule:
    """The schedule, with batches before its own for artefacts that it took for cached but that are damaged."""
    planned = {key for batch in schedule.batches for key in batch.keys}
    lost = {key: task for key, task in tasks.items() if key not in planned and key not in made}
    if not lost:
        return schedule
    extra = make_schedule(
        tasks.values(),
        cached={*tasks, *made} - set(lost),
        catalog=catalog,
        devices=schedule.devices,
        mode=catalog.mode(schedule.mode),
        settings=settings,
    )
    return replace(schedule, batches=(*extra.batches, *schedule.batches), devices=extra.devices)


class _Runner:
    """One run. The main thread decides; readers of workers and the committer put news into its inbox."""

    progress: Progress
    _crew: Crew

    def __init__(
        self,
        agenda: Agenda,
        artefacts: dict[str, Artefact],
        store: Store,
        catalog: Catalog,
        settings: Settings,
        listener: Listener,
        log: BinaryIO,
    ) -> None:
        self.failures: dict[str, CinemaError] = {}
        self.slots: list[Slot] = []
        self._agenda = agenda
        self._artefacts = artefacts
        self._store = store
        self._catalog = catalog
        self._settings = settings
        self._listener = listener
        self._log = log
        self._attempts: dict[str, int] = {}
        self._seconds: dict[str, float] = {}
        self._descent = Descent(agenda, catalog, listener)
        self._spared: dict[str, int] = {}
        """Attempts of a task that ended for want of memory, before the last load plan: they are not held against it."""
        self._supply = Supply(catalog, agenda)
        self._committer: Committer | None = None
        self._committing = 0

    def furnish(self, schedule: Schedule, crew: Crew) -> None:
        """Slots on every device that has work: as many as it has, but no more than it has tasks. No worker starts yet."""
        self._crew = crew
        crew.host_limit_bytes = next((device.memory_bytes for device in schedule.devices if device.name == "cpu"), 0)
        for device in schedule.devices:
            wanted = [entry.model for entry in self._agenda.entries.values() if entry.batch.device == device.name]
            count = min(max(device.slots, 1), len(wanted))
            self.slots += crew.muster(device, count, set(wanted), self._listener, self._log)
        known = {device.name for device in schedule.devices}
        strange = [batch.device for batch in schedule.batches if batch.device not in known]
        if strange:
            raise CinemaError(f"The schedule uses the device {strange[0]!r}, which it does not list; report this.")

    def give_up(self, tasks: Mapping[str, Task], made: Mapping[str, Artefact]) -> None:
        """Tasks that the schedule left out, since an artefact that they need was not made, are failures from the start."""
        for key, task in tasks.items():
            if key not in made and key not in self._agenda.entries:
                cause = f"{task.label or key!r} was not made, since an artefact that it needs is missing."
                self.failures[key] = TaskFailedError(cause, key=key)
                self.progress.finished(key, None)

    def work(self) -> None:
        """Until nothing is left that can be done."""
        if not self._agenda.unfinished:
            return
        self._inbox = self._crew.inbox
        self._committer = Committer(self._store, self._inbox.put)
        try:
            while self._agenda.unfinished:
                if self._crew.cancel.is_set():
                    self._stop()
                    raise Cancelled()
                self._assign()
                idle = not self._committing and all(slot.attempt is None for slot in self.slots)
                if idle and self._agenda.unfinished:
                    raise CinemaError("The schedule leaves tasks that can never run; report this.")
                self._hear(_LOOK_SECONDS)
        finally:
            self._clear()

    # -- handing out -------------------------------------------------------------------------------------------

    def _assign(self) -> None:
        """Give work to every free slot: first what needs nothing loaded, and before one that has no worker those that have."""
        for no_load in (True, False):
            for slot in sorted(self.slots, key=lambda one: one.worker is None):
                while slot.attempt is None:
                    entry = self._agenda.pick(slot.device.name, slot.residents, no_load=no_load)
                    if entry is None:
                        break
                    self._hand(slot, entry)

    def _hand(self, slot: Slot, entry: Entry) -> None:
        number = self._attempts.get(entry.key, 0) + 1
        self._attempts[entry.key] = number
        out = self._store.work / f"{entry.key}-{number}"
        with disk_errors(out):
            out.mkdir()
        self._store.runs.note(entry.key, number, "started")
        task = entry.task
        self._listener(TaskStarted(key=entry.key, role=task.role, model=task.model, device=slot.device.name, attempt=number))
        self.progress.started(entry.key)
        attempt = Attempt(entry=entry, number=number, out=out)
        manifest = self._catalog.manifest(task.model)
        try:
            work = Assignment(
                attempt=attempt,
                manifest=manifest,
                weights=self._supply.weights(manifest),
                inputs=tuple(self._artefacts[key] for key in task.inputs),
                coming=lambda: self._agenda.coming(entry.model, slot.device.name),
            )
            self._crew.hand(slot, work, self._agenda.next_use)
        except MissingModelError as exc:
            self._lost(attempt, exc, final=True)
            return
        self._supply.look_ahead(slot, entry)

    # -- hearing -----------------------------------------------------------------------------------------------

    def _hear(self, seconds: float) -> None:
        """Take in all news; wait for the first up to `seconds`."""
        try:
            news = self._inbox.get(timeout=seconds)
            while True:
                self._take(news)
                news = self._inbox.get_nowait()
        except queue.Empty:
            return

    def _take(self, news: News) -> None:
        match news:
            case Committed(artefacts=artefacts):
                self._committing -= len(artefacts)
                for artefact in artefacts:
                    self._committed(artefact)
            case CommitFailed(error=error):
                raise error
            case (worker, report):
                slot = next((slot for slot in self._crew.slots if slot.worker is worker), None)
                if slot is not None:
                    self._report(slot, report)

    def _report(self, slot: Slot, report: Report | None) -> None:
        match report:
            case None:
                self._died(slot)
            case Loaded():
                slot.loaded(report)
            case Step(key=key, done=done, total=total):
                self.progress.stepped(key, done, total)
            case Done():
                self._done(slot, report)
            case Failed():
                self._failed(slot, report)
            case Ready() | Evicted() | Fetched() | Rested():
                pass

    def _done(self, slot: Slot, report: Done) -> None:
        """The product goes to the committer; the slot is free at once."""
        attempt, slot.attempt = slot.attempt, None
        assert attempt is not None
        assert self._committer is not None
        task = attempt.entry.task
        making = Making(
            model=task.model,
            revision=task.revision,
            role=task.role,
            seed=task.seed,
            device=slot.device.name,
            seconds=report.seconds,
            peak_bytes=report.product.peak_bytes,
            attempt=attempt.number,
            made_at=now(),
        )
        self._seconds[attempt.entry.key] = report.seconds
        self._committing += 1
        self._committer.submit(Finished(task, attempt.out, report.product, making))

    def _committed(self, artefact: Artefact) -> None:
        key = artefact.key
        self._artefacts[key] = artefact
        self._agenda.finish(key)
        task, seconds = self._agenda.entries[key].task, self._seconds[key]
        self._listener(TaskFinished(key=key, role=task.role, model=task.model, seconds=seconds))
        self.progress.finished(key, seconds)

    def _failed(self, slot: Slot, report: Failed) -> None:
        """An adapter raised: ours is final where another attempt would meet it again, the disk's ends the run."""
        attempt, slot.attempt = slot.attempt, None
        assert attempt is not None
        error = failures.raised(attempt.entry.task, report, self._store.log_path)
        if isinstance(error, OutOfDiskError):
            raise error
        with disk_errors(self._store.log_path):
            self._log.write(f"--- {attempt.entry.task.label or report.key}: {report.message}\n{report.traceback}\n".encode())
        if report.loading:
            slot.forget(attempt.entry.model)
        if isinstance(error, DoesNotFitError):
            crowded = any(name != attempt.entry.model for name in slot.residents)
            if self._descent.ran_out(attempt.entry, error.message, crowded=crowded):
                slot.unload_all(f"{attempt.entry.batch.model} ran out of memory")
                self._spared[report.key] = self._spared.get(report.key, 0) + 1
                self._lost(attempt, error, final=False)
                return
            error = self._descent.end(attempt.entry, error)
        self._lost(attempt, error, final=isinstance(error, failures.FINAL))

    def _died(self, slot: Slot) -> None:
        status = slot.bury()
        attempt, slot.attempt = slot.attempt, None
        if attempt is not None:
            error = failures.ended(attempt.entry.task, status, self._store.log_path)
            if status == -signal.SIGKILL:
                self._descent.killed(attempt.entry)
            self._lost(attempt, error, final=False, died=True)

    def _lost(self, attempt: Attempt, error: CinemaError, *, final: bool, died: bool = False) -> None:
        """The attempt came to nothing: try again while attempts are left, else give up the task and all that need it."""
        key, task = attempt.entry.key, attempt.entry.task
        final = final or attempt.number - self._spared.get(key, 0) >= self._settings.attempts
        remove_folder(attempt.out)
        self._store.runs.note(key, attempt.number, "died" if died else "failed")
        self._listener(
            TaskFailed(key=key, role=task.role, model=task.model, attempt=attempt.number, message=str(error), final=final)
        )
        if not final:
            self.progress.interrupted(key)
            self._agenda.put_back(key)
            return
        self.failures[key] = error
        self.progress.finished(key, None)
        for blocked in self._agenda.fail(key):
            name = self._agenda.entries[blocked].task.label or blocked
            self.failures[blocked] = failures.blocked(name, task.label or key, error.message, blocked)
            self.progress.finished(blocked, None)

    # -- stopping ----------------------------------------------------------------------------------------------

    def _stop(self) -> None:
        """Cancel every running task; what does not stop within the grace is killed by `_clear`."""
        for slot in self.slots:
            slot.cancel()
        until = time.monotonic() + _GRACE_SECONDS
        while any(slot.attempt for slot in self.slots) and time.monotonic() < until:
            self._hear_stopping()
        for slot in self.slots:
            if slot.attempt is not None and slot.worker is not None:
                slot.worker.kill()
            if slot.attempt is not None:
                self._store.runs.note(slot.attempt.entry.key, slot.attempt.number, "cancelled")
            slot.attempt = None

    def _hear_stopping(self) -> None:
        """As `_take`, but a task that ends without a product is not tried again."""
        try:
            news = self._inbox.get(timeout=_LOOK_SECONDS)
        except queue.Empty:
            return
        if isinstance(news, tuple):
            worker, report = news
            slot = next((slot for slot in self.slots if slot.worker is worker), None)
            if slot is not None and isinstance(report, Done):
                self._done(slot, report)
            elif slot is not None and slot.attempt is not None and (report is None or isinstance(report, Failed)):
                self._store.runs.note(slot.attempt.entry.key, slot.attempt.number, "cancelled")
                slot.attempt = None

    def _clear(self) -> None:
        """Leave nothing behind: products that were finished are committed, workers are gone, partial files removed."""
        if self._committer is not None:
            self._committer.close()
        for slot in self.slots:
            if slot.attempt is not None:
                slot.clear()
        for folder in self._store.work.iterdir():
            remove_folder(folder)
