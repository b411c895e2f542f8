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
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from cinema import errors
from cinema.adapters import registry
from cinema.adapters.contract import Adapter, Job, Product
from cinema.errors import Cancelled, CinemaError, DoesNotFitError, OutOfDiskError
from cinema.paths import inside
from cinema.render.disk import is_disk_trouble
from cinema.render.protocol import (
    Cancel,
    Done,
    Evicted,
    Failed,
    Load,
    Loaded,
    Order,
    Quit,
    Ready,
    Report,
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
    """The `Watch` of one task: steps go out at most ten times a second, a cancel comes in from the reader."""

    def __init__(self, key: str, line: _Line, cancelled: set[str]) -> None:
        self._key = key
        self._line = line
        self._cancelled = cancelled
        self._told = 0.0

    def step(self, done: int, total: int) -> None:
        if self._key in self._cancelled:
            raise Cancelled()
        now = time.monotonic()
        if now - self._told >= _STEP_SECONDS and done < total:
            self._told = now
            self._line.send(Step(key=self._key, done=done, total=total))


class Worker:
    """Adapters by name, and the loop that serves orders."""

    def __init__(self, line: _Line) -> None:
        self._line = line
        self._adapters: dict[str, Adapter] = {}
        self._troubles: dict[str, Exception] = {}
        self.cancelled: set[str] = set()
        self.orders: queue.SimpleQueue[Order] = queue.SimpleQueue()

    def serve(self) -> None:
        """Work until told to quit."""
        while True:
            match self.orders.get():
                case Load() as order:
                    self._load(order)
                case Run() as order:
                    self._run(order)
                case Unload(name=name):
                    self._unload(name)
                case Cancel():
                    pass  # the reader has noted it
                case Quit():
                    for name in tuple(self._adapters):
                        self._unload(name)
                    return

    def _load(self, order: Load) -> None:
        began, before = time.monotonic(), _resident_bytes()
        try:
            adapter = registry.create(order.plan.manifest.family)
            adapter.load(order.plan, order.device)
        except Exception as exc:  # told when the adapter is first asked to run
            self._troubles[order.name] = exc
            return
        self._troubles.pop(order.name, None)
        self._adapters[order.name] = adapter
        _limit_threads(order.device.threads)
        grown = max(_resident_bytes() - before, 0)
        self._line.send(Loaded(name=order.name, seconds=time.monotonic() - began, resident_bytes=grown))

    def _run(self, order: Run) -> None:
        try:
            if order.name in self._troubles:
                raise self._troubles[order.name]
            _reset_peak()
            began = time.monotonic()
            job = Job(request=order.request, seed=order.seed, inputs=order.inputs)
            product = self._adapters[order.name].run(job, order.out, _TaskWatch(order.key, self._line, self.cancelled))
            seconds = time.monotonic() - began
            _check(product, order.out)
        except Exception as exc:  # translated at this boundary, whatever a library raises
            self._line.send(replace(_failure(order.key, exc, order.out), loading=order.name in self._troubles))
            return
        finally:
            self.cancelled.discard(order.key)
        if not product.peak_bytes:
            product = Product(files=product.files, peak_bytes=_peak_bytes())
        self._line.send(Done(key=order.key, product=product, seconds=seconds))

    def _unload(self, name: str) -> None:
        adapter = self._adapters.pop(name, None)
        if adapter is not None:
            adapter.unload()
        self._line.send(Evicted(name=name))


def _check(product: Product, out: Path) -> None:
    """Refuse a product whose files are not there, or lie elsewhere."""
    for file in product.files:
        path = inside(out, file.name)
        if path.is_symlink() or not path.is_file():
            raise CinemaError(f"The adapter said that it wrote {file.name!r}, but it did not; report this.")
    if not product.files:
        raise CinemaError("The adapter wrote no file; report this.")


def _failure(key: str, exc: Exception, out: Path) -> Failed:
    """The report for an error: ours by its name, memory and disk trouble as ours, the rest with its traceback."""
    trace = _sayable("".join(traceback.format_exception(exc)))
    if isinstance(exc, CinemaError):
        name = next(kind.__name__ for kind in type(exc).__mro__ if getattr(errors, kind.__name__, None) is kind)
        return Failed(key=key, error=name, message=_sayable(exc.message), where=exc.where, traceback=trace)
    if isinstance(exc, MemoryError) or type(exc).__name__ == "OutOfMemoryError" or "out of memory" in str(exc).lower():
        message = _sayable(f"It ran out of memory ({exc or type(exc).__name__}); choose a smaller mode, size or model.")
        return Failed(key=key, error=DoesNotFitError.__name__, message=message, traceback=trace)
    if is_disk_trouble(exc, out):
        message = _sayable(f"No room to write {out}: {exc}. Free some space, then run `cinema resume`; nothing is lost.")
        return Failed(key=key, error=OutOfDiskError.__name__, message=message, traceback=trace)
    return Failed(key=key, error="", message=_sayable(f"{type(exc).__name__}: {exc}"), traceback=trace)


def _sayable(text: str) -> str:
    """Lone surrogates (from file names that are not UTF-8) cannot cross in JSON."""
    return text.encode("utf-8", "backslashreplace").decode()


def _read_orders(stream: BinaryIO, worker: Worker) -> None:
    """Take orders until the runner is gone; then leave at once, whatever is running."""
    for line in stream:
        order = read_order(line)
        if isinstance(order, Cancel):
            worker.cancelled.add(order.key)
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


def _die_with_runner() -> None:
    """Ask the kernel to kill this process when its runner dies (Linux; elsewhere, and before this, the closed pipe tells)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _limit_threads(threads: int) -> None:
    """OpenCV's own pool, which no environment variable limits in every build."""
    if "cv2" in sys.modules:
        sys.modules["cv2"].setNumThreads(threads)


def _status_bytes(name: str) -> int:
    try:
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith(name):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def _resident_bytes() -> int:
    return _status_bytes("VmRSS:")


def _peak_bytes() -> int:
    return _status_bytes("VmHWM:")


def _reset_peak() -> None:
    """Let the peak start again from what is resident now (Linux, where the container permits it)."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return


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
