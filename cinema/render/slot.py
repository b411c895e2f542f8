"""A slot: the place on a device where one worker computes, and the models that it holds there."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from cinema.adapters.contract import Device, InputArtefact, LoadPlan
from cinema.artefact import Artefact
from cinema.catalog import Manifest
from cinema.events import Listener, ModelEvicted, ModelLoaded
from cinema.render.agenda import Entry
from cinema.render.process import WorkerProcess
from cinema.render.protocol import Cancel, Load, Loaded, Report, Run, Unload
from cinema.units import human_bytes


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """A task that a slot is working on."""

    entry: Entry
    number: int
    out: Path


@dataclass
class Slot:
    """`share_bytes` is the memory that its models may use together; 0 where that is unknown."""

    device: Device
    share_bytes: int
    listener: Listener
    log: BinaryIO
    tell: Callable[[WorkerProcess, Report | None], None]
    worker: WorkerProcess | None = None
    attempt: Attempt | None = None
    residents: dict[str, int] = field(default_factory=dict[str, int])
    """What is loaded, with its predicted peak."""
    _reasons: dict[str, str] = field(default_factory=dict[str, str])
    _evicted: set[str] = field(default_factory=set[str])
    _dismissed: list[WorkerProcess] = field(default_factory=list[WorkerProcess])

    def hand(
        self, attempt: Attempt, manifest: Manifest, inputs: tuple[Artefact, ...], next_use: Callable[[str], float]
    ) -> None:
        """Give the task to the worker, started and with the model loaded as needed; one of another interpreter leaves first.

        Raises MissingModelError when none can be started.
        """
        interpreter = manifest.interpreter or sys.executable
        if self.worker is not None and self.worker.interpreter != interpreter:
            self.leave(f"{manifest.id} needs another interpreter")
        if self.worker is None:
            self.worker = WorkerProcess(interpreter, threads=self.device.threads, log=self.log, tell=self.tell)
        entry = attempt.entry
        if entry.model not in self.residents:
            self._make_room(entry, next_use)
            self._load(entry, manifest)
        self.attempt = attempt
        self.worker.send(
            Run(
                name=entry.model,
                key=entry.key,
                request=entry.task.request,
                seed=entry.task.seed,
                inputs=tuple(_as_input(artefact) for artefact in inputs),
                out=attempt.out,
            )
        )

    def loaded(self, report: Loaded) -> None:
        """Tell that the worker has loaded a model."""
        used = sum(self.residents.values())
        self.listener(
            ModelLoaded(
                model=report.name.partition(":")[0],
                device=self.device.name,
                reason=self._reasons.pop(report.name, "asked for"),
                seconds=report.seconds,
                resident_bytes=report.resident_bytes,
                free_bytes=max(self.share_bytes - used, 0) if self.share_bytes else None,
            )
        )

    def forget(self, model: str) -> None:
        """The model could not be loaded, after all."""
        self.residents.pop(model, None)

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

    def clear(self) -> None:
        """Wait until every worker that this slot had is gone; one that still has a task is killed."""
        if self.worker is not None and self.attempt is not None:
            self.worker.kill()
        self.leave("the run ends")
        while self._dismissed:
            self._dismissed.pop().join()

    def drop_residents(self, reason: str) -> None:
        for model in tuple(self.residents):
            self._tell_evicted(model, reason)

    def _make_room(self, entry: Entry, next_use: Callable[[str], float]) -> None:
        """Unload the models whose next use is furthest, until the new one fits the slot's share."""
        wanted = entry.batch.prediction.peak_bytes
        while self.residents and self.share_bytes and sum(self.residents.values()) + wanted > self.share_bytes:
            furthest = max(self.residents, key=lambda one: (next_use(one), one))
            used = "is not used again" if next_use(furthest) == float("inf") else "is used again latest"
            self._tell_evicted(
                furthest, f"{entry.batch.model} needs {human_bytes(wanted)} of {human_bytes(self.share_bytes)}, and this {used}"
            )
            if self.worker is not None:
                self.worker.send(Unload(name=furthest))

    def _load(self, entry: Entry, manifest: Manifest) -> None:
        batch = entry.batch
        again = " again, since it had left" if entry.model in self._evicted else ""
        self._reasons[entry.model] = f"needed for {entry.task.role}{again}"
        self.residents[entry.model] = batch.prediction.peak_bytes
        plan = LoadPlan(manifest=manifest, load_plan=batch.load_plan, precision=batch.precision)
        if self.worker is not None:
            self.worker.send(Load(name=entry.model, plan=plan, device=self.device))

    def _tell_evicted(self, model: str, reason: str) -> None:
        del self.residents[model]
        self._evicted.add(model)
        self.listener(ModelEvicted(model=model.partition(":")[0], device=self.device.name, reason=reason))


def _as_input(artefact: Artefact) -> InputArtefact:
    files = {file.name: path for file, path in zip(artefact.files, artefact.paths, strict=True)}
    return InputArtefact(key=artefact.key, main=artefact.files[0].name, files=files, facts=artefact.facts)
