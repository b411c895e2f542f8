"""The local API of RunPod's SDK: `python handler.py --rp_serve_api` (read in the source of runpod 1.12).

There `/run` only keeps the job; the request to `/status/ID` runs it, and answers when it is done. So a thread waits for that
answer, and meanwhile the handler's own `status` action is asked for news. Nothing can be cancelled, and there are no limits.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cinema.errors import InputError
from cinema.faces.endpoint.addresses import check_address, is_loopback
from cinema.faces.endpoint.runpod_api import (
    PATIENCE,
    EndpointError,
    Line,
    Notice,
    Passing,
    Patience,
    UnknownJob,
    checked_id,
    hand_in,
    nobody,
)
from cinema.faces.endpoint.told import Status, code_of, read_status

DEFAULT = "http://localhost:8000"
_START_SECONDS = 15.0
"""For a handler that is just being started (1.5 to 3.5 s, docs/measurements/serverless.md)."""


class LocalEndpoint:
    """The local API at an address of this machine."""

    def __init__(self, address: str = DEFAULT, *, patience: Patience = PATIENCE, notice: Notice = nobody) -> None:
        self.name = self.address = check_address(address, "--endpoint")
        if not is_loopback(self.name):
            raise InputError(
                f"--endpoint {self.name} is not this machine, and the local API of the SDK knows no keys; use an id."
            )
        self._patience = patience
        self._notice = notice
        self._line = Line(self.name)
        self._running: dict[str, _Run] = {}

    def submit(self, job: Mapping[str, Any], *, policy: Mapping[str, int], webhook: str | None = None) -> str:
        """The policy is left out: nobody would keep it."""
        request: dict[str, Any] = {"input": job} | ({"webhook": webhook} if webhook else {})
        waits = replace(self._patience, give_up_seconds=min(self._patience.give_up_seconds, _START_SECONDS))
        try:
            return hand_in(lambda: self._line.ask("POST", "/run", request), waits, self._notice)
        except EndpointError as exc:
            if isinstance(exc.__cause__, Passing) and not exc.__cause__.taken:
                raise EndpointError(
                    f"Nobody takes the job at {self.address}; start `python handler.py --rp_serve_api` and let it run."
                ) from exc
            raise

    def status(self, job: str) -> Status:
        run = self._running.get(job)
        if run is None:
            run = self._running[job] = _Run(self.name, job)
        run.thread.join(timeout=0.05)
        if run.thread.is_alive():
            return Status(job=job, state="running", output=self._news(job))
        del self._running[job]
        status = run.outcome()
        if status.state == "failed" and code_of(status.error) == "running":
            # Another request, of a client that has gone, runs it still.
            return Status(job=job, state="running", output=self._news(job))
        return status

    def cancel(self, job: str) -> Status:
        raise InputError(f"The SDK's local API cannot cancel the job {job}; end the handler's process with Ctrl-C.")

    def retry(self, job: str) -> Status:
        raise InputError(f"The SDK's local API cannot retry the job {job}; submit the script again.")

    def close(self) -> None:
        self._line.close()

    def _news(self, job: str) -> Any:
        """What the handler says of the job meanwhile; None where it cannot say."""
        try:
            asked = self._line.ask("POST", "/runsync", {"input": {"action": "status", "film": job}})
        except Passing:
            return None
        said: Any = asked.get("output")
        return said.get("progress") if isinstance(said, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


class _Run:
    """The request that runs a job."""

    def __init__(self, address: str, job: str) -> None:
        self._address, self._job = address, checked_id(job)
        self._status: Status | None = None
        self._error: Exception | None = None
        self.thread = threading.Thread(target=self._ask, daemon=True)
        self.thread.start()

    def _ask(self) -> None:
        line = Line(self._address, timeout_seconds=None)
        try:
            self._status = read_status(line.ask("POST", f"/status/{self._job}", job=self._job))
        except Exception as exc:  # raised again in the thread that asks
            self._error = exc
        finally:
            line.close()

    def outcome(self) -> Status:
        if self._status is None:
            raise self._error or UnknownJob(f"Nothing is known of the job {self._job}.")
        if self._status.state == "failed" and self._status.error == "Job ID not found":
            raise UnknownJob(f"The handler does not know the job {self._job}.")
        return self._status
