"""An endpoint on localhost that behaves as RunPod's HTTP API does, and misbehaves when told.

    def handler(job):                                   # yields progress, returns the output
        yield {"stage": "speech"}
        return {"outputs": []}

    with TestingEndpoint(handler) as endpoint:          # RUNPOD_ENDPOINT_BASE_URL=endpoint.service, RUNPOD_API_KEY=endpoint.key
        endpoint.fail("/status", 429, retry_after="1")

Served: `/v2/ID/` with run, runsync, status, stream, cancel, retry, health and purge-queue; and at the root the routes of the
SDK's local API (`local_address`), where the request for the status runs the job. Limits are kept as the service keeps them,
`speed` times faster: `executionTimeout` from a job's start, `ttl` from its submission, results for 30 minutes after its end
(1 minute for runsync). Requests over 10 MB are refused, results over 10 MB lost. Closing a handler's generator cancels it.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from cinema.testing.localhost import LocalHandler, LocalServer

LARGEST_BYTES = 10_000_000
_KEPT_SECONDS, _KEPT_SYNC_SECONDS = 1800.0, 60.0
_DEFAULT_POLICY = {"executionTimeout": 600_000, "ttl": 86_400_000}
_SYNC_SECONDS = 90.0
_FINAL = frozenset({"COMPLETED", "FAILED", "CANCELLED", "TIMED_OUT"})
Handler = Callable[[dict[str, Any]], Generator[Any, None, Any]]


@dataclass
class TestingJob:
    """A job as the service keeps it. Moments are of the monotonic clock."""

    __test__ = False

    id: str
    request: dict[str, Any]
    kept_seconds: float
    submitted: float
    status: str = "IN_QUEUE"
    output: Any = None
    error: Any = None
    started: float = 0.0
    ended: float = 0.0
    runs: int = 0
    news: list[Any] = field(default_factory=list[Any])

    @property
    def policy(self) -> dict[str, int]:
        return {**_DEFAULT_POLICY, **(self.request.get("policy") or {})}


@dataclass
class _Fault:
    part: str
    status: int
    """0: the connection is dropped before, -1: after the request was dealt with."""
    times: int
    retry_after: str | None = None


class TestingEndpoint(LocalServer):
    """The server, running in threads while it is entered."""

    __test__ = False

    def __init__(self, handler: Handler, *, endpoint: str = "abc123", key: str = "key-for-tests", speed: float = 1.0) -> None:
        super().__init__(_Handler)
        self.handler = handler
        self.id = endpoint
        self.key = key
        self.speed = speed
        self.workers = threading.Semaphore(1)
        self.jobs: dict[str, TestingJob] = {}
        self.requests: list[str] = []
        """ "GET /v2/abc123/status/job-1" in order."""
        self._faults: list[_Fault] = []
        self._lock = threading.RLock()

    @property
    def local_address(self) -> str:
        return self.address

    @property
    def service(self) -> str:
        return f"{self.address}/v2"

    def fail(self, part: str, status: int, *, times: int = 1, retry_after: str | None = None) -> None:
        """Answer the next requests whose address contains `part` with that status."""
        self._faults.append(_Fault(part, status, times, retry_after))

    def drop(self, part: str, *, times: int = 1, after: bool = False) -> None:
        """Reset the connection instead of answering such requests; `after`: once they have been dealt with."""
        self._faults.append(_Fault(part, -1 if after else 0, times))

    def take_fault(self, address: str) -> _Fault | None:
        with self._lock:
            for fault in self._faults:
                if fault.part in address and fault.times > 0:
                    fault.times -= 1
                    return fault
        return None

    def clock(self) -> float:
        """Seconds as the service counts them."""
        return time.monotonic() * self.speed

    def submit(self, request: dict[str, Any], *, kept_seconds: float = _KEPT_SECONDS, start: bool = True) -> TestingJob:
        with self._lock:
            job = TestingJob(f"job-{len(self.jobs) + 1}", request, kept_seconds, self.clock())
            self.jobs[job.id] = job
        if start:
            self.start(job)
        return job

    def start(self, job: TestingJob) -> None:
        threading.Thread(target=self.work, args=(job,), daemon=True).start()

    def find(self, job: str) -> TestingJob | None:
        """The job, with the limits enforced; None once it or its results are gone."""
        with self._lock:
            held = self.jobs.get(job)
            if held is None:
                return None
            now = self.clock()
            if held.status == "IN_PROGRESS" and (now - held.started) * 1000 > held.policy["executionTimeout"]:
                self.end(held, "TIMED_OUT")
            gone = held.status in _FINAL and now - held.ended > held.kept_seconds
            if gone or (now - held.submitted) * 1000 > held.policy["ttl"]:
                self.end(held, "CANCELLED")
                del self.jobs[job]
                return None
            return held

    def end(self, job: TestingJob, status: str, output: Any = None, error: Any = None) -> None:
        with self._lock:
            if job.status not in _FINAL:
                job.status, job.output, job.error, job.ended = status, output, error, self.clock()

    def work(self, job: TestingJob) -> None:
        """Run the handler, step by step, as long as the job may go on."""
        with self.workers:
            with self._lock:
                if job.status != "IN_QUEUE":
                    return
                job.status, job.started, job.runs = "IN_PROGRESS", self.clock(), job.runs + 1
                run = job.runs
            steps = self.handler({"id": job.id, "input": job.request["input"]})
            try:
                while True:
                    news = next(steps)
                    if self.find(job.id) is None or job.status != "IN_PROGRESS":
                        steps.close()
                        return
                    job.output = news
                    job.news.append(news)
            except StopIteration as stop:
                if (job.runs, job.status) == (run, "IN_PROGRESS"):
                    self._finish(job, stop.value)
            except Exception as exc:
                self.end(job, "FAILED", error=json.dumps({"error_type": str(type(exc)), "error_message": str(exc)}))

    def _finish(self, job: TestingJob, output: Any) -> None:
        if isinstance(output, dict) and output.get("error"):
            told: dict[str, Any] = {key: value for key, value in output.items() if key != "error"}
            self.end(job, "FAILED", output=told or None, error=output["error"])
        elif len(json.dumps(output).encode()) > LARGEST_BYTES:
            self.end(job, "COMPLETED")
        else:
            self.end(job, "COMPLETED", output=output)


class _Handler(LocalHandler):
    owner: TestingEndpoint

    def answer(self) -> None:
        endpoint = self.owner
        path = unquote(urlsplit(self.path).path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        endpoint.requests.append(f"{self.command} {path}")
        fault = endpoint.take_fault(path)
        if fault is not None and fault.status > 0:
            headers = {"Retry-After": fault.retry_after} if fault.retry_after else {}
            self._answer(fault.status, {"error": "told to"}, headers)
        elif fault is not None and fault.status == 0:
            self.drop()
        else:
            status, answer = self._route(path, body)
            if fault is None:
                self._answer(status, answer)
            else:
                self.drop()

    def _route(self, path: str, body: bytes) -> tuple[int, Mapping[str, Any]]:
        endpoint = self.owner
        parts = path.strip("/").split("/")
        if parts[0] != "v2":
            return self._local(parts, body)
        if self.headers.get("Authorization") not in (f"Bearer {endpoint.key}", endpoint.key):
            return 401, {"error": "unauthorized"}
        if len(parts) < 3 or parts[1] != endpoint.id:
            return 404, {"error": "endpoint not found"}
        if len(body) > LARGEST_BYTES:
            return 413, {"error": "request too large"}
        match self.command, parts[2:]:
            case "POST", ["run" | "runsync" as how]:
                return self._run(how, body)
            case "GET", ["health"]:
                return 200, _health(endpoint)
            case "POST", ["purge-queue"]:
                return 200, {"removed": _purge(endpoint), "status": "completed"}
            case _, ["status" | "stream" | "cancel" | "retry" as how, job]:
                return self._of_job(how, job)
            case _:
                return 404, {"error": "not found"}

    def _run(self, how: str, body: bytes) -> tuple[int, Mapping[str, Any]]:
        request = _json(body)
        if request is None or not isinstance(request.get("input"), dict) or not request["input"]:
            return 400, {"error": "input is required"}
        policy: dict[str, int] = request.get("policy") or {}
        if policy.get("executionTimeout", 6_000) <= 5_000 or not 10_000 <= policy.get("ttl", 10_000) <= 604_800_000:
            return 400, {"error": "policy out of range"}
        endpoint = self.owner
        if how == "run":
            job = endpoint.submit(request)
            return 200, {"id": job.id, "status": "IN_QUEUE"}
        job = endpoint.submit(request, kept_seconds=_KEPT_SYNC_SECONDS)
        until = endpoint.clock() + _SYNC_SECONDS
        while job.status not in _FINAL and endpoint.clock() < until:
            time.sleep(0.005)
        return 200, _told(job)

    def _of_job(self, how: str, name: str) -> tuple[int, Mapping[str, Any]]:
        endpoint = self.owner
        job = endpoint.find(name)
        if job is None:
            return 404, {"error": "job not found"}
        if how == "stream":
            return 200, {"id": job.id, "status": job.status, "stream": [{"output": one} for one in job.news]}
        if how == "cancel":
            endpoint.end(job, "CANCELLED")
        elif how == "retry":
            if job.status not in ("FAILED", "TIMED_OUT"):
                return 400, {"error": "only failed or timed out jobs can be retried"}
            job.status, job.output, job.error = "IN_QUEUE", None, None
            told = _told(job)
            endpoint.start(job)
            return 200, told
        return 200, _told(job)

    def _local(self, parts: list[str], body: bytes) -> tuple[int, Mapping[str, Any]]:
        """The SDK's own: the status is asked for by POST, runs the job, and forgets it."""
        endpoint = self.owner
        request = _json(body)
        if self.command != "POST":
            return 405, {"detail": "Method Not Allowed"}
        if parts in (["run"], ["runsync"]) and (request is None or not isinstance(request.get("input"), dict)):
            return 422, {"detail": "input"}
        match parts:
            case ["run"]:
                return 200, {"id": endpoint.submit(request or {}, start=False).id, "status": "IN_PROGRESS"}
            case ["runsync"]:
                job = endpoint.submit(request or {}, start=False)
            case ["status", name]:
                job = endpoint.jobs.get(name)
                if job is None:
                    return 200, {"id": name, "status": "FAILED", "error": "Job ID not found"}
            case _:
                return 404, {"detail": "Not Found"}
        endpoint.workers = threading.Semaphore(8)
        endpoint.work(job)
        endpoint.jobs.pop(job.id, None)
        told = {"output": job.output} if job.status == "COMPLETED" else {"error": job.error}
        return 200, {"id": job.id, "status": job.status, **told}

    def _answer(self, status: int, answer: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> None:
        self.send(status, json.dumps(answer).encode(), {"Content-Type": "application/json", **(headers or {})})


def _json(body: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(body or b"null")
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _told(job: TestingJob) -> dict[str, Any]:
    given = {"output": job.output, "error": job.error}
    return {"id": job.id, "status": job.status, **{key: value for key, value in given.items() if value is not None}}


def _health(endpoint: TestingEndpoint) -> dict[str, Any]:
    states = [job.status for job in endpoint.jobs.values()]
    counts = {"completed": "COMPLETED", "failed": "FAILED", "inProgress": "IN_PROGRESS", "inQueue": "IN_QUEUE"}
    return {"jobs": {key: states.count(state) for key, state in counts.items()}, "workers": {"idle": 1, "running": 0}}


def _purge(endpoint: TestingEndpoint) -> int:
    waiting = [job for job in endpoint.jobs.values() if job.status == "IN_QUEUE"]
    for job in waiting:
        endpoint.end(job, "CANCELLED")
    return len(waiting)
