"""The worker: a process that loads adapters and runs tasks, one at a time, as its runner orders.

    python -m cinema.render.worker

Orders come as lines on standard input, reports go as lines on standard output; both are moved to private descriptors
first, so that a library that prints cannot disturb them. It dies with its runner.
"""

from __future__ import annotations

import ctypes
import os
import platform
import queue
import signal
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from cinema import errors
from cinema.adapters import registry
from cinema.adapters.contract import Adapter, Job, Prepares, Product
from cinema.errors import Cancelled, CinemaError, OutOfDiskError
from cinema.paths import inside
from cinema.plan.task import Request
from cinema.render import memory
from cinema.render.disk import is_disk_trouble
from cinema.render.protocol import (
    Cancel,
    Done,
    Evicted,
    Failed,
    Fetch,
    Fetched,
    Load,
    Loaded,
    Log,
    Order,
    Prepare,
    Quit,
    Ready,
    Report,
    Rest,
    Rested,
    Run,
    Step,
    Unload,
    read_order,
    write_report,
)

_PR_SET_PDEATHSIG = 1
_STEP_SECONDS = 0.1
"""The least time between two reported steps; every step still looks for a cancel."""


class _Line:
    """The reports' way out; one line is one write, whichever thread sends it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._guard = threading.Lock()

    def send(self, report: Report) -> None:
        with self._guard:
            self._stream.write(write_report(report))
            self._stream.flush()


class _TaskWatch:
    """The `Watch` of one task: steps go out at most ten times a second, a cancel comes in from the reader.

    What prepares the task is watched without a `line`: its steps are not the task's own.
    """

    def __init__(self, key: str, line: _Line | None, cancelled: set[str]) -> None:
        self._key = key
        self._line = line
        self._cancelled = cancelled
        self._told = 0.0

    def step(self, done: int, total: int) -> None:
        if self._key in self._cancelled:
            raise Cancelled()
        now = time.monotonic()
        if self._line is not None and now - self._told >= _STEP_SECONDS and done < total:
            self._told = now
            self._line.send(Step(key=self._key, done=done, total=total))


class Worker:
    """Adapters by name, and the loop that serves orders."""

    def __init__(self, line: _Line) -> None:
        self._line = line
        self._adapters: dict[str, Adapter] = {}
        self._loads: dict[str, Load] = {}
        self._troubles: dict[str, Failed] = {}
        """What went wrong before the first task of an adapter could run. No exception is kept: it would hold tensors."""
        self.cancelled: set[str] = set()
        self.orders: queue.SimpleQueue[Order] = queue.SimpleQueue()

    def serve(self) -> None:
        """Work until told to quit."""
        while True:
            match self.orders.get():
                case Load() as order:
                    self._load(order)
                case Prepare(name=name, key=key, requests=requests):
                    self._prepare(name, key, requests)
                case Run() as order:
                    self._run(order)
                case Unload(name=name):
                    self._unload(name)
                case Log(path=path):
                    _print_to(path)
                case Rest():
                    self._rest()
                case Cancel() | Fetch():
                    pass  # the reader has seen to it
                case Quit():
                    for name in tuple(self._adapters):
                        self._unload(name)
                    return

    def _load(self, order: Load) -> None:
        began, before = time.monotonic(), memory.resident_bytes()
        self._loads[order.name] = order
        self._troubles.pop(order.name, None)
        adapter: Adapter | None = None
        try:
            adapter = registry.create(order.plan.manifest.family)
            adapter.load(order.plan, order.device)
        except Exception as exc:  # told when the adapter is first asked to run
            self._troubles[order.name] = replace(self._failure(order.name, "", exc), loading=True)
        if order.name in self._troubles:
            if adapter is not None:
                _let_go(adapter)
            memory.give_back()
            return
        assert adapter is not None
        self._adapters[order.name] = adapter
        _limit_threads(order.device.threads)
        grown = max(memory.resident_bytes() - before, 0)
        self._line.send(Loaded(name=order.name, seconds=time.monotonic() - began, resident_bytes=grown))

    def _prepare(self, name: str, key: str, requests: Sequence[Request]) -> None:
        adapter = self._adapters.get(name)
        if not isinstance(adapter, Prepares):
            return
        try:
            adapter.prepare(requests, _TaskWatch(key, None, self.cancelled))
        except Exception as exc:  # told with the task that comes next
            self._troubles[name] = self._failure(name, "", exc)
        if name in self._troubles:
            memory.give_back()

    def _run(self, order: Run) -> None:
        trouble = self._troubles.get(order.name)
        if trouble is not None:
            if not trouble.loading:
                del self._troubles[order.name]
            self.cancelled.discard(order.key)
            self._line.send(replace(trouble, key=order.key))
            return
        device = self._loads[order.name].device.name
        failure: Failed | None = None
        memory.reset_peak(device)
        began = time.monotonic()
        try:
            job = Job(request=order.request, seed=order.seed, inputs=order.inputs)
            product = self._adapters[order.name].run(job, order.out, _TaskWatch(order.key, self._line, self.cancelled))
            seconds = time.monotonic() - began
            _check(product, order.out)
            if not product.peak_bytes:
                product = replace(product, peak_bytes=memory.peak_bytes(device))
            self._line.send(Done(key=order.key, product=product, seconds=seconds))
        except Exception as exc:  # translated at this boundary, whatever a library raises
            failure = self._failure(order.name, order.key, exc, order.out)
        self.cancelled.discard(order.key)
        if failure is not None:
            memory.give_back()  # only now: the exception held what the adapter's frames had
            self._line.send(failure)

    def _unload(self, name: str) -> None:
        adapter = self._adapters.pop(name, None)
        self._troubles.pop(name, None)
        if adapter is not None:
            _let_go(adapter)
            del adapter
            memory.give_back()
        self._line.send(Evicted(name=name))

    def _rest(self) -> None:
        """Between films: a cancel, or a preparation's trouble, of a task that never came does not meet the next film's."""
        self.cancelled.clear()
        self._troubles = {name: trouble for name, trouble in self._troubles.items() if trouble.loading}
        memory.give_back()
        self._line.send(Rested(device_bytes=memory.device_bytes(), resident_bytes=memory.resident_bytes()))

    def fetch(self, order: Fetch) -> None:
        """Read weights ahead; from a thread of its own. Files that cannot be read are told of when they are loaded."""
        try:
            size_bytes = memory.read_ahead(order.weights)
        except OSError:
            size_bytes = 0
        self._line.send(Fetched(name=order.name, size_bytes=size_bytes))

    def _failure(self, name: str, key: str, exc: Exception, out: Path | None = None) -> Failed:
        """The report for an error: ours by its name, memory and disk trouble as ours, the rest with its traceback."""
        trace = _sayable("".join(traceback.format_exception(exc)))
        load = self._loads.get(name)
        if not isinstance(exc, CinemaError) and memory.is_shortage(exc):
            exc = memory.shortage(exc, load.plan if load else None, load.device if load else None)
        if isinstance(exc, CinemaError):
            kind = next(one.__name__ for one in type(exc).__mro__ if getattr(errors, one.__name__, None) is one)
            return Failed(key=key, error=kind, message=_sayable(exc.message), where=exc.where, traceback=trace)
        if out is not None and is_disk_trouble(exc, out):
            message = _sayable(f"No room to write {out}: {exc}. Free some space, then run `cinema resume`; nothing is lost.")
            return Failed(key=key, error=OutOfDiskError.__name__, message=message, traceback=trace)
        return Failed(key=key, error="", message=_sayable(f"{type(exc).__name__}: {exc}"), traceback=trace)


def _let_go(adapter: Adapter) -> None:
    """Unload an adapter; one that cannot even do that is dropped all the same."""
    try:
        adapter.unload()
    except Exception:  # it is gone either way; what it said is in the log
        traceback.print_exc()


def _check(product: Product, out: Path) -> None:
    """Refuse a product whose files are not there, or lie elsewhere."""
    for file in product.files:
        path = inside(out, file.name)
        if path.is_symlink() or not path.is_file():
            raise CinemaError(f"The adapter said that it wrote {file.name!r}, but it did not; report this.")
    if not product.files:
        raise CinemaError("The adapter wrote no file; report this.")


def _sayable(text: str) -> str:
    """Lone surrogates (from file names that are not UTF-8) cannot cross in JSON."""
    return text.encode("utf-8", "backslashreplace").decode()


def _read_orders(stream: BinaryIO, worker: Worker) -> None:
    """Take orders until the runner is gone; then leave at once, whatever is running."""
    for line in stream:
        order = read_order(line)
        if isinstance(order, Cancel):
            worker.cancelled.add(order.key)
        elif isinstance(order, Fetch):
            threading.Thread(target=worker.fetch, args=(order,), daemon=True).start()
        worker.orders.put(order)
    os._exit(1)


def _private_streams() -> tuple[BinaryIO, BinaryIO]:
    """Standard input and output, moved away: libraries read nothing, and what they print goes to the log."""
    orders, reports = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return os.fdopen(orders, "rb"), os.fdopen(reports, "wb")


def _print_to(path: Path | None) -> None:
    """Let what libraries print go there; nowhere, where that cannot be written: a film does not fail for its log."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
    try:
        log = os.open(path or os.devnull, flags, 0o644)
    except OSError:
        log = os.open(os.devnull, flags)
    sys.stdout.flush()
    sys.stderr.flush()
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)


def _die_with_runner() -> None:
    """Ask the kernel to kill this process when its runner dies (Linux; elsewhere, and before this, the closed pipe tells)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _limit_threads(threads: int) -> None:
    """OpenCV's own pool, which no environment variable limits in every build."""
    if "cv2" in sys.modules:
        sys.modules["cv2"].setNumThreads(threads)


def main() -> None:
    began = time.monotonic()
    _die_with_runner()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the runner decides what an interrupt means
    orders, reports = _private_streams()
    line = _Line(reports)
    worker = Worker(line)
    line.send(Ready(pid=os.getpid(), python=platform.python_version(), seconds=time.monotonic() - began))
    threading.Thread(target=_read_orders, args=(orders, worker), daemon=True).start()
    worker.serve()


if __name__ == "__main__":
    main()
