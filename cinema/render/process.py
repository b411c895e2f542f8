"""A worker process, seen from the runner."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import cinema
from cinema.errors import MissingModelError
from cinema.render.protocol import Order, Quit, Report, read_report, write_order

_THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "OPENCV_FOR_THREADS_NUM",
)
_OFFLINE = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
"""A worker fetches nothing, whatever a library would like to: weights are here before it starts."""
_SAME_AGAIN = {"CUBLAS_WORKSPACE_CONFIG": ":4096:8"}
"""Without it cuBLAS may sum in another order from run to run; it is read when CUDA starts
(https://docs.nvidia.com/cuda/cublas/#results-reproducibility). A user's own value stays."""
_QUIT_SECONDS = 5.0


class WorkerProcess:
    """One spawned worker. Its reports, and at last a None for its end, are given to `tell` from a thread of its own."""

    def __init__(
        self, interpreter: str, *, threads: int, log: BinaryIO, tell: Callable[[WorkerProcess, Report | None], None]
    ) -> None:
        """Raises MissingModelError when the interpreter cannot be started."""
        self.interpreter = interpreter
        self._tell = tell
        try:
            self._process = subprocess.Popen(
                [interpreter, "-m", "cinema.render.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=_environment(interpreter, threads),
            )
        except OSError as exc:
            raise MissingModelError(
                f"The interpreter {interpreter!r} does not start: {exc.strerror}; mend `interpreter` in the model's manifest."
            ) from exc
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def send(self, order: Order) -> None:
        """Give an order; one given to a dead worker is lost, and its end is told by `tell`."""
        assert self._process.stdin is not None
        line = write_order(order)
        try:
            self._process.stdin.write(line)
            self._process.stdin.flush()
        except (OSError, ValueError):  # a broken pipe, or one that was closed
            return

    def kill(self) -> None:
        self._process.kill()

    def exit_status(self) -> int | None:
        """Of a worker whose end was told; negative: the signal that killed it."""
        try:
            return self._process.wait(_QUIT_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def quit(self) -> None:
        """Ask it to leave."""
        self.send(Quit())

    def join(self) -> None:
        """Wait until it has left; one that does not leave within 5 seconds is killed."""
        self.exit_status()
        self._reader.join()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                try:
                    stream.close()
                except OSError:
                    continue

    def _read(self) -> None:
        assert self._process.stdout is not None
        try:
            for line in self._process.stdout:
                self._tell(self, read_report(line))
        except ValueError:
            self._process.kill()  # what it says is not our language: it counts as dead
        self._tell(self, None)


def _environment(interpreter: str, threads: int) -> dict[str, str]:
    """Ours, with threads limited and this package on the path (another interpreter has its own site-packages)."""
    environment = dict(os.environ)
    environment.update(dict.fromkeys(_THREAD_VARIABLES, str(threads)))
    environment.update(_OFFLINE)
    for name, value in _SAME_AGAIN.items():
        environment.setdefault(name, value)
    environment["PYTHONSAFEPATH"] = "1"
    home = Path(cinema.__file__).resolve().parent.parent
    if interpreter == sys.executable or home.name not in ("site-packages", "dist-packages"):
        paths = [str(home), *filter(None, [environment.get("PYTHONPATH")])]
        environment["PYTHONPATH"] = os.pathsep.join(paths)
    return environment
