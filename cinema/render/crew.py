"""The crew: workers, kept from one run to the next, or from one film to the next, with the models that they hold."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from types import TracebackType
from typing import BinaryIO, Self

from cinema.adapters.contract import Device
from cinema.events import Listener
from cinema.render.agenda import Entry
from cinema.render.committer import CommitFailed, Committed
from cinema.render.process import WorkerProcess
from cinema.render.protocol import Report, Rested
from cinema.render.slot import Assignment, Slot
from cinema.schedule.devices import core_limit
from cinema.schedule.model import DeviceFacts
from cinema.schedule.predict import slot_bytes
from cinema.units import human_bytes

News = tuple[WorkerProcess, Report | None] | Committed | CommitFailed
NextUse = Callable[[str, str], float]
"""When the model, so loaded, is next used on the device; infinite if never."""
_REST_SECONDS = 20.0
"""How long a worker may take to say what it holds; then it is ended."""


@dataclass(frozen=True, kw_only=True)
class Holding:
    """What a crew holds between films."""

    models: tuple[str, ...] = ()
    card_workers: int = 0
    """Workers that compute on a card: each has its driver's context there, beside its models."""
    card_bytes: int = 0
    """Of cards, by the workers' own account."""
    predicted_bytes: int = 0
    """What its models were predicted to take of cards while they work."""
    host_bytes: int = 0
    """Of the machine's memory, by all workers."""


class Crew:
    """A context manager that owns every worker. One run at a time; after an error or a cancel a run leaves it empty.

    It may be kept for several films, one after the other: give each its `cancel`, and let it `rest` after each.
    On a machine with several slots the models' memory is counted twice: on each device against the slot's share, and in
    the machine's own memory for all of them together.
    """

    def __init__(self, cancel: threading.Event | None = None) -> None:
        """Once `cancel` is set, the run that is on stops."""
        self.cancel = cancel or threading.Event()
        self.slots: list[Slot] = []
        self.inbox: queue.SimpleQueue[News] = queue.SimpleQueue()
        """What workers and the committer tell, for the run that is on."""
        self.host_limit_bytes = 0
        """0: unknown."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def muster(self, device: DeviceFacts, count: int, wanted: Collection[str], listener: Listener, log: BinaryIO) -> list[Slot]:
        """`count` slots on the device for a run that loads what is `wanted`: those first that have it. No worker starts yet.

        A device that is divided in another way than for the last run has its slots' shares changed; slots that it has no room
        for, and workers that compute with another number of threads, are dismissed.
        """
        share = slot_bytes(device)
        place = Device(name=device.name, memory_bytes=share, threads=1 if device.name == "cpu" else core_limit())
        for slot in self.slots:
            slot.join(listener, log)
        here = self._at(device.name, wanted)
        for slot in [*here[max(device.slots, 1) :], *(slot for slot in here if slot.device.threads != place.threads)]:
            if slot in self.slots:
                self.slots.remove(slot)
                slot.clear(f"{device.name} is divided in another way now")
        here = self._at(device.name, wanted)
        while len(here) < count:
            slot = Slot(
                device=place,
                share_bytes=share,
                listener=listener,
                log=log,
                tell=lambda worker, report: self.inbox.put((worker, report)),
            )
            self.slots.append(slot)
            here.append(slot)
        for slot in here:
            slot.device, slot.share_bytes = place, share
        return here[:count]

    def _at(self, device: str, wanted: Collection[str]) -> list[Slot]:
        """The device's slots: those with a worker first, and of these those that hold most of what is wanted."""
        here = [slot for slot in self.slots if slot.device.name == device]
        return sorted(here, key=lambda slot: (slot.worker is None, -len(slot.residents.keys() & set(wanted))))

    def hand(self, slot: Slot, work: Assignment, next_use: NextUse) -> None:
        """Give a free slot its task: with a worker, and with the model loaded, once there is room for it.

        Raises MissingModelError when no worker can be started.
        """
        slot.man(work.manifest)
        entry = work.attempt.entry
        if not slot.holds(work):
            self._make_room(slot, entry, next_use)
            slot.load(work)
        slot.prepare(work)
        slot.start(work)

    @property
    def models(self) -> tuple[str, ...]:
        """The ids of what is loaded in workers that live."""
        alive = [slot for slot in self.slots if slot.worker is not None and slot.worker.alive]
        return tuple(sorted({name.partition(":")[0] for slot in alive for name in slot.residents}))

    def rest(self) -> Holding:
        """Between films: nothing of the last one is held but the models. Workers give back what they do not need, and tell
        what they still hold; one that does not tell is ended.
        """
        for slot in self.slots:
            slot.rest()
        waiting = {slot.worker: slot for slot in self.slots if slot.worker is not None}
        told: list[tuple[Slot, Rested]] = []
        until = time.monotonic() + _REST_SECONDS
        while waiting and (left := until - time.monotonic()) > 0:
            try:
                news = self.inbox.get(timeout=left)
            except queue.Empty:
                break
            match news:
                case (worker, Rested() as report) if worker in waiting:
                    told.append((waiting.pop(worker), report))
                case (worker, None) if worker in waiting:
                    waiting.pop(worker).bury()
                case _:
                    continue  # of the film that is over
        for worker, slot in waiting.items():
            worker.kill()
            slot.bury()
        cards = [(slot, report) for slot, report in told if slot.device.name != "cpu"]
        return Holding(
            models=self.models,
            card_workers=len(cards),
            card_bytes=sum(report.device_bytes for _, report in cards),
            predicted_bytes=sum(slot.device_bytes for slot, _ in cards),
            host_bytes=sum(report.resident_bytes for _, report in told),
        )

    def close(self) -> None:
        """Wait until every worker is gone; those that still have a task are killed."""
        try:
            for slot in self.slots:
                slot.leave("the work is done") if slot.attempt is None else None
        finally:
            self._clear()

    def _clear(self) -> None:
        first: BaseException | None = None
        while self.slots:
            try:
                self.slots.pop().clear()
            except BaseException as exc:  # a listener's; the other workers are ended first
                first = first or exc
        self.inbox = queue.SimpleQueue()
        if first is not None:
            raise first

    def _make_room(self, slot: Slot, entry: Entry, next_use: NextUse) -> None:
        """Unload the models whose next use is furthest, until the new one fits the slot's share and the machine's memory.

        Of the slot's own models for the device's sake; for the machine's, of any slot that is not at work.
        """
        for name in tuple(slot.residents):
            if name == entry.model:
                slot.unload(name, "its weights or its settings are others now")
            elif name.rpartition(":")[0] == entry.model.rpartition(":")[0]:
                slot.unload(name, "it is loaded in another way now")
        wanted = entry.batch.prediction
        while slot.residents and slot.share_bytes and slot.device_bytes + wanted.peak_bytes > slot.share_bytes:
            short = f"{human_bytes(wanted.peak_bytes)} of {human_bytes(slot.share_bytes)}"
            self._send_away([(slot, name) for name in slot.residents], entry, short, next_use)
        while self.host_limit_bytes and sum(one.host_bytes for one in self.slots) + wanted.host_bytes > self.host_limit_bytes:
            idle = [one for one in self.slots if one.attempt is None]
            held = [(one, name) for one in idle for name, footprint in one.residents.items() if footprint.host_bytes]
            if not held:
                return
            short = f"{human_bytes(wanted.host_bytes)} of {human_bytes(self.host_limit_bytes)} of this machine's memory"
            self._send_away(held, entry, short, next_use)

    def _send_away(self, held: list[tuple[Slot, str]], entry: Entry, short: str, next_use: NextUse) -> None:
        slot, name = max(held, key=lambda one: (next_use(one[1], one[0].device.name), one[1]))
        used = "is not used again" if next_use(name, slot.device.name) == float("inf") else "is used again latest"
        slot.unload(name, f"{entry.batch.model} needs {short}, and this {used}")
