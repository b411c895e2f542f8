"""A platform on localhost that speaks to the SDK's worker loop: hands out jobs, takes progress and results, stops jobs."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

ROOT = Path(__file__).parents[2]


class Platform:
    """Everything that the worker posted, with the time when it arrived."""

    def __init__(self) -> None:
        self.jobs: queue.Queue[dict[str, Any]] = queue.Queue()
        self.stops: queue.Queue[str] = queue.Queue()
        self.posts: list[tuple[float, str, dict[str, Any]]] = []
        self.pings: list[dict[str, list[str]]] = []
        self.sizes: list[int] = []
        platform = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = urlsplit(self.path).path
                if path.startswith("/job-take"):
                    self._answer(platform._next(platform.jobs))
                elif path.startswith("/job-stop"):
                    stopped = platform._next(platform.stops)
                    self._answer(None if stopped is None else {"jobsToStop": [stopped]})
                else:
                    if path.startswith("/ping"):
                        platform.pings.append(parse_qs(urlsplit(self.path).query))
                    self._answer({})

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                platform.sizes.append(len(body))
                platform.posts.append((time.monotonic(), urlsplit(self.path).path.split("/")[-1], json.loads(body)))
                self._answer({})

            def _answer(self, document: Any) -> None:
                body = b"" if document is None else json.dumps(document).encode()
                self.send_response(204 if document is None else 200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *said: object) -> None:
                """Quiet."""

        class Server(ThreadingHTTPServer):
            def handle_error(self, request: object, client_address: object) -> None:
                """A worker that was killed leaves in the middle of a request."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    @staticmethod
    def _next(waiting: queue.Queue[Any]) -> Any:
        try:
            return waiting.get(timeout=0.5)
        except queue.Empty:
            return None

    def submit(self, job_id: str, given: object, **beside: object) -> None:
        self.jobs.put({"id": job_id, "input": given, **beside})

    def of(self, job_id: str) -> list[tuple[float, dict[str, Any]]]:
        return [(at, body) for at, posted, body in list(self.posts) if posted == job_id]

    def progress(self, job_id: str) -> list[dict[str, Any]]:
        return [body["output"] for _, body in self.of(job_id) if body.get("status") == "IN_PROGRESS"]

    def results(self, job_id: str) -> list[dict[str, Any]]:
        return [body for _, body in self.of(job_id) if body.get("status") != "IN_PROGRESS"]

    def result(self, job_id: str, count: int = 1, seconds: float = 300) -> dict[str, Any]:
        wait_for(lambda: len(self.results(job_id)) >= count, seconds)
        return self.results(job_id)[count - 1]


def wait_for(true: Callable[[], object], seconds: float) -> None:
    """Patience, not a measure: a minute at least, for a machine that does other work on all its cores."""
    until = time.monotonic() + max(seconds, 60.0)
    while not true():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.02)


@contextmanager
def platform() -> Iterator[Platform]:
    found = Platform()
    thread = threading.Thread(target=found.server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield found
    finally:
        found.server.shutdown()
        found.server.server_close()


def environment(jobs: Path, **more: str) -> dict[str, str]:
    """Ours, with a folder of jobs, and nothing that the SDK would check or ask of a real machine."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("RUNPOD_", "BUCKET_", "CINEMA_"))}
    return {
        **bare,
        "CINEMA_JOBS": str(jobs),
        "CINEMA_PRIVATE_ADDRESSES": "1",
        "RUNPOD_SKIP_AUTO_SYSTEM_CHECKS": "true",
        "RUNPOD_SKIP_GPU_CHECK": "true",
        **more,
    }


HANDLER = (str(ROOT / "handler.py"),)


@contextmanager
def running(command: Sequence[str], told: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process of ours in a session of its own (the SDK's pings are a process, too), killed whole in the end."""
    with log.open("ab") as file:
        process = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env=told, stdout=file, stderr=file, start_new_session=True
        )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def live(place: Platform) -> dict[str, str]:
    """What the platform tells a worker of an endpoint."""
    return {
        "RUNPOD_WEBHOOK_GET_JOB": f"{place.url}/job-take/$ID?gpu=none",
        "RUNPOD_WEBHOOK_POST_OUTPUT": f"{place.url}/job-done/$RUNPOD_POD_ID/$ID?gpu=none",
        "RUNPOD_POD_ID": "pod1",
    }


@contextmanager
def worker(place: Platform, jobs: Path, command: Sequence[str] = HANDLER, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """`python handler.py` (or another command) as an endpoint runs it; its log is `jobs`'s neighbour handler.log."""
    told = environment(jobs, **{**live(place), "CINEMA_STORAGE": "job", **more})
    with running(command, told, jobs.parent / "handler.log") as process:
        yield process


@contextmanager
def local_api(jobs: Path, **more: str) -> Iterator[Callable[[str, dict[str, Any]], dict[str, Any]]]:
    """The SDK's own local API; what is given posts a document to a path and gives the answer. Its log is api.log."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    log = jobs.parent / "api.log"
    command = [*HANDLER, "--rp_serve_api", "--rp_api_host", "127.0.0.1", "--rp_api_port", str(port)]

    def ask(path: str, document: dict[str, Any]) -> dict[str, Any]:
        data, kind = json.dumps(document).encode(), {"Content-Type": "application/json"}
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data, kind)
        with urllib.request.urlopen(request, timeout=400) as reply:
            return json.loads(reply.read())

    with running(command, environment(jobs, **more), log) as process:
        wait_for(lambda: process.poll() is not None or "Uvicorn running" in log.read_text(), 120)
        assert process.poll() is None, log.read_text()
        yield ask


def processes_of(folder: Path) -> list[tuple[int, str]]:
    """The live processes that make films and have files open in the folder, of all jobs or of one; with their commands."""
    found: list[tuple[int, str]] = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes()
            if b"cinema.faces.serverless.child" not in command and b"cinema.render.worker" not in command:
                continue
            links = [str(link.readlink()) for link in (entry / "fd").iterdir()]
        except OSError:
            continue
        if any(link.startswith(str(folder)) for link in links):
            found.append((int(entry.name), command.decode().replace("\0", " ")))
    return found


def children_of(jobs: Path) -> list[int]:
    return [process for process, _ in processes_of(jobs)]


def runs_of(jobs: Path, job_id: str) -> list[dict[str, Any]]:
    """What the store notes of every attempt at a task, in order."""
    path = jobs / job_id / "film" / ".cinema" / "runs.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []


def finished_keys(jobs: Path, job_id: str) -> set[str]:
    """What the job's store holds. The log of attempts says so a moment later, and never if that moment did not come."""
    path = jobs / job_id / "film" / ".cinema" / "record.db"
    if not path.is_file():
        return set()
    record = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return {row[0] for row in record.execute("SELECT key FROM artefacts")}
    except sqlite3.OperationalError:
        return set()
    finally:
        record.close()


def finished_tasks(jobs: Path, job_id: str) -> int:
    return len(finished_keys(jobs, job_id))


def half_made(jobs: Path, job_id: str) -> list[Path]:
    """What somebody began to write for the job and did not finish."""
    folder = jobs / job_id
    work = folder / "film" / ".cinema" / "work"
    return [*work.glob("*"), *(folder / "film").glob(".cut-*"), *folder.rglob("*.part"), *folder.rglob(".coming-*")]


def ended(jobs: Path, job_id: str, seconds: float = 60) -> None:
    """Wait until nothing works for the job any more, its lease is free and nothing half made is left."""
    from cinema.faces.serverless.lease import is_held

    wait_for(lambda: not processes_of(jobs / job_id), seconds)
    wait_for(lambda: not is_held(jobs / job_id / "lease"), seconds)
    wait_for(lambda: not half_made(jobs, job_id), seconds)
