"""A slot: the place on a device where one worker computes, and the models that it holds there."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from cinema.adapters.contract import Device, InputArtefact, LoadPlan
from cinema.artefact import Artefact
from cinema.catalog import Manifest
from cinema.events import Listener, ModelEvicted, ModelLoaded, WorkerDied, nobody
from cinema.plan.task import Request
from cinema.render.agenda import Entry
from cinema.render.process import WorkerProcess
from cinema.render.protocol import Cancel, Fetch, Load, Loaded, Log, Prepare, Report, Rest, Run, Unload


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """A task that a slot is working on."""

    entry: Entry
    number: int
    out: Path


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """An attempt with all that it takes. `coming` gives the requests of all open tasks of the same model, this one's too."""

    attempt: Attempt
    manifest: Manifest
    weights: Path | None
    inputs: tuple[Artefact, ...]
    coming: Callable[[], tuple[Request, ...]]

    @property
    def plan(self) -> LoadPlan:
        """What must be loaded for it, and how: the model's facts, its weights' revision and their place included."""
        batch = self.attempt.entry.batch
        return LoadPlan(manifest=self.manifest, load_plan=batch.load_plan, precision=batch.precision, weights=self.weights)


@dataclass(frozen=True, kw_only=True)
class Footprint:
    """What a loaded model takes, as predicted."""

    device_bytes: int
    host_bytes: int = 0


@dataclass
class Slot:
    """`share_bytes` is the memory that its models may use together on the device; 0 where that is unknown."""

    device: Device
    share_bytes: int
    listener: Listener
    log: BinaryIO
    tell: Callable[[WorkerProcess, Report | None], None]
    worker: WorkerProcess | None = None
    attempt: Attempt | None = None
    _residents: dict[str, Footprint] = field(default_factory=dict[str, Footprint])
    _plans: dict[str, LoadPlan] = field(default_factory=dict[str, LoadPlan])
    _prepared: set[str] = field(default_factory=set[str])
    _log_name: str = ""
    _reasons: dict[str, str] = field(default_factory=dict[str, str])
    _evicted: set[str] = field(default_factory=set[str])
    _dismissed: list[WorkerProcess] = field(default_factory=list[WorkerProcess])

    @property
    def residents(self) -> Mapping[str, Footprint]:
        """What is loaded."""
        return self._residents

    @property
    def device_bytes(self) -> int:
        return sum(one.device_bytes for one in self._residents.values())

    @property
    def host_bytes(self) -> int:
        return sum(one.host_bytes for one in self._residents.values())

    def join(self, listener: Listener, log: BinaryIO) -> None:
        """Belong to a run: what happens is told to its listener, and what a live worker prints goes to its log.

        A worker that died unseen is found out here, before a task is given to it.
        """
        self.listener, self.log = listener, log
        self._prepared.clear()
        if self.worker is not None and not self.worker.alive:
            self.bury()
        if self.worker is not None and self._log_name != log.name:
            self._log_name = log.name
            self.worker.send(Log(path=Path(log.name).absolute()))

    def rest(self) -> None:
        """Belong to no film: nobody is told anything, no file of one is held, and the worker is asked to give memory back.

        Workers that had left are waited for: a kept crew does not gather them.
        """
        self.listener = nobody
        for kept in (self._prepared, self._evicted, self._reasons):
            kept.clear()
        self._log_name = ""
        if self.worker is not None:
            self.worker.send(Log())
            self.worker.send(Rest())
        self._await_dismissed()

    def man(self, manifest: Manifest) -> None:
        """Have a worker of the model's interpreter; one of another interpreter leaves first.

        Raises MissingModelError when none can be started.
        """
        interpreter = manifest.interpreter or sys.executable
        if self.worker is not None and self.worker.interpreter != interpreter:
            self.leave(f"{manifest.id} needs another interpreter")
        if self.worker is None:
            self.worker = WorkerProcess(interpreter, threads=self.device.threads, log=self.log, tell=self.tell)
            self._log_name = self.log.name

    def holds(self, work: Assignment) -> bool:
        """Whether what the task needs is loaded: the same revision, from the same place, in the same way."""
        return self._plans.get(work.attempt.entry.model) == work.plan

    def load(self, work: Assignment) -> None:
        """Have the task's model loaded."""
        assert self.worker is not None
        entry, batch = work.attempt.entry, work.attempt.entry.batch
        again = " again, since it had left" if entry.model in self._evicted else ""
        self._reasons[entry.model] = f"needed for {entry.task.role}{again}"
        self._residents[entry.model] = Footprint(
            device_bytes=batch.prediction.peak_bytes, host_bytes=batch.prediction.host_bytes
        )
        self._plans[entry.model] = work.plan
        self.worker.send(Load(name=entry.model, plan=work.plan, device=self.device))

    def prepare(self, work: Assignment) -> None:
        """Tell a model that has weights, once in a run, what will be asked of it: it may gain from knowing."""
        assert self.worker is not None
        entry = work.attempt.entry
        if work.manifest.sources and entry.model not in self._prepared:
            self._prepared.add(entry.model)
            self.worker.send(Prepare(name=entry.model, key=entry.key, requests=work.coming()))

    def start(self, work: Assignment) -> None:
        """Give the task to the worker, which has its model."""
        assert self.worker is not None
        entry = work.attempt.entry
        self.attempt = work.attempt
        self.worker.send(
            Run(
                name=entry.model,
                key=entry.key,
                request=entry.task.request,
                seed=entry.task.seed,
                inputs=tuple(_as_input(artefact) for artefact in work.inputs),
                out=work.attempt.out,
            )
        )

    def fetch(self, name: str, weights: Path) -> None:
        """Let the worker have weights read ahead while it works."""
        if self.worker is not None:
            self.worker.send(Fetch(name=name, weights=weights))

    def loaded(self, report: Loaded) -> None:
        """Tell that the worker has loaded a model."""
        self.listener(
            ModelLoaded(
                model=report.name.partition(":")[0],
                device=self.device.name,
                reason=self._reasons.pop(report.name, "asked for"),
                seconds=report.seconds,
                resident_bytes=report.resident_bytes,
                free_bytes=max(self.share_bytes - self.device_bytes, 0) if self.share_bytes else None,
            )
        )

    def forget(self, model: str) -> None:
        """The model could not be loaded, after all."""
        self._residents.pop(model, None)
        self._plans.pop(model, None)
        self._prepared.discard(model)

    def unload(self, model: str, reason: str) -> None:
        self._tell_evicted(model, reason)
        if self.worker is not None:
            self.worker.send(Unload(name=model))

    def unload_all(self, reason: str) -> None:
        for model in tuple(self._residents):
            self.unload(model, reason)

    def cancel(self) -> None:
        """Ask the worker to stop its task at the next step."""
        if self.worker is not None and self.attempt is not None:
            self.worker.send(Cancel(key=self.attempt.entry.key))

    def leave(self, reason: str) -> None:
        """Part from the worker, told to quit; its models are gone."""
        worker, self.worker = self.worker, None
        if worker is not None:
            worker.quit()
            self._dismissed.append(worker)
        self.drop_residents(reason)

    def bury(self) -> int | None:
        """After the worker died: its models are gone with it, which is told. Gives its exit status."""
        worker, self.worker = self.worker, None
        assert worker is not None
        status = worker.exit_status()
        worker.join()
        self.drop_residents("its worker died")
        key = self.attempt.entry.key if self.attempt else None
        self.listener(WorkerDied(device=self.device.name, pid=worker.pid, exit_status=status, key=key))
        return status

    def clear(self, reason: str = "the work is done") -> None:
        """Wait until every worker that this slot had is gone; one that still has a task is killed."""
        if self.worker is not None and self.attempt is not None:
            self.worker.kill()
        self.attempt = None
        try:
            self.leave(reason)
        finally:
            self._await_dismissed()

    def _await_dismissed(self) -> None:
        while self._dismissed:
            self._dismissed.pop().join()

    def drop_residents(self, reason: str) -> None:
        """The models are gone with their worker."""
        for model in tuple(self._residents):
            self._tell_evicted(model, reason)

    def _tell_evicted(self, model: str, reason: str) -> None:
        del self._residents[model]
        del self._plans[model]
        self._prepared.discard(model)
        self._evicted.add(model)
        self.listener(ModelEvicted(model=model.partition(":")[0], device=self.device.name, reason=reason))


def _as_input(artefact: Artefact) -> InputArtefact:
    files = {file.name: path for file, path in zip(artefact.files, artefact.paths, strict=True)}
    return InputArtefact(key=artefact.key, main=artefact.files[0].name, files=files, facts=artefact.facts)
