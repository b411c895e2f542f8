"""Jobs that go wrong while their film is made: no traceback, no path and no secret in the answer, in the news, or in the endpoint's log."""

from __future__ import annotations

import json
import os
import pickle
import re
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from endpoint import HANDLER, Platform, finished_tasks, platform, processes_of, runs_of, wait_for, worker
from sent_jobs import SMALL, job, story

from cinema.catalog import Catalog
from cinema.faces.serverless import redact
from cinema.weights import Lock, write_lock
from cinema.weights.lock import LockedFile, LockedSource

pytestmark = [pytest.mark.slow]
pytest.importorskip("runpod", reason="the extra `serverless` is not installed")
LEAK = re.compile(r"Traceback|File \"|/(?:work|home|root|tmp|usr|etc|var|opt)/\w|site-packages|\.py:\d")
SECRETS = {
    "BUCKET_SECRET_ACCESS_KEY": "the-secret-of-the-house",
    "BUCKET_ACCESS_KEY_ID": "AKIAOFTHEHOUSE",
    "RUNPOD_AI_API_KEY": "rpa_0123456789_of_the_platform",
    "CINEMA_WEBHOOK_SECRET": "hook-0123456",
    "HF_TOKEN": "hf_0123456789",
}
STORAGE = {"BUCKET_ENDPOINT_URL": "http://127.0.0.1:9", "BUCKET_NAME": "films"}


class Endpoint:
    """A live worker that keeps secrets, and what it says."""

    def __init__(self, place: Platform, jobs: Path) -> None:
        self.place = place
        self.jobs = jobs

    def finish(self, job_id: str, given: Any, command: Sequence[str] = HANDLER, **more: str) -> dict[str, Any]:
        with worker(self.place, self.jobs, command, **SECRETS, **STORAGE, CINEMA_VOLUME=str(self.jobs.parent), **more):
            self.place.submit(job_id, given)
            return self.place.result(job_id)

    def scan(self, *values: str) -> None:
        """Everything that was posted or logged; and that the job's own log, which stays on the volume, tells nobody's keys."""
        said = json.dumps([body for _, _, body in self.place.posts]) + (self.jobs.parent / "handler.log").read_text()
        found = LEAK.search(said)
        assert not found, said[max(found.start() - 300, 0) : found.end() + 300]
        kept = "".join(path.read_text(errors="replace") for path in self.jobs.rglob("child.log"))
        for secret in (*SECRETS.values(), *values):
            assert secret not in said
            assert secret not in kept


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[Endpoint]:
    jobs = tmp_path / "volume" / "jobs"
    jobs.mkdir(parents=True)
    with platform() as place:
        yield Endpoint(place, jobs)


def kept_here(given: dict[str, Any]) -> dict[str, Any]:
    """The same job, its film left on the volume."""
    return {**given, "storage": {"kind": "volume"}}


def test_a_child_that_is_killed_while_it_renders(endpoint: Endpoint) -> None:
    jobs = endpoint.jobs
    more = {**SECRETS, **STORAGE, "CINEMA_VOLUME": str(jobs.parent)}
    with worker(endpoint.place, jobs, **more):
        endpoint.place.submit("killed-1", kept_here(job(30)))
        wait_for(lambda: finished_tasks(jobs, "killed-1") >= 1, 300)
        for process, command in processes_of(jobs / "killed-1"):
            if "serverless.child" in command:
                os.kill(process, signal.SIGKILL)
        result = endpoint.place.result("killed-1")
        said = json.loads(result["error"])
        assert (said["code"], "signal 9" in said["message"]) == ("fault", True)
        wait_for(lambda: not processes_of(jobs / "killed-1"), 60)
        began = len(runs_of(jobs, "killed-1"))
        endpoint.place.submit("killed-1", kept_here(job(30)))
        assert endpoint.place.result("killed-1", count=2)["output"]["film"]["frames"] == 30 * 24
    committed = {row["key"] for row in runs_of(jobs, "killed-1")[:began] if row["status"] == "committed"}
    assert committed.isdisjoint(row["key"] for row in runs_of(jobs, "killed-1")[began:])
    endpoint.scan()


FULL = """
import resource, runpy, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))
sys.argv = ["handler.py"]
runpy.run_path("handler.py", run_name="__main__")
"""
"""A worker that cannot write more than a little, which is told like a full disk (EFBIG)."""


def test_a_disk_that_fills_while_the_film_is_made(endpoint: Endpoint) -> None:
    result = endpoint.finish("full-1", kept_here(job(4, 4.0)), ("-c", FULL))
    said = json.loads(result["error"])
    assert said["code"] == "disk", said
    assert "[a file of the worker]" in said["message"], "which file it was is not told"
    assert not list(endpoint.jobs.rglob("film.mp4"))
    endpoint.scan()


def test_a_model_whose_weights_are_not_here(endpoint: Endpoint, tmp_path: Path) -> None:
    given = job(script=story(2, line="Somebody is out there."), settings={**SMALL, "models": {"speech": "kokoro-82m"}})
    result = endpoint.finish("missing-1", kept_here(given), CINEMA_WEIGHTS=str(tmp_path / "weights"))
    said = json.loads(result["error"])
    assert said["code"] == "missing_model", said
    assert "kokoro-82m" in said["message"]
    endpoint.scan()


def test_a_library_that_fails_in_the_worker(endpoint: Endpoint, tmp_path: Path) -> None:
    """Its words are a stranger's: they hold whatever it knows."""
    broken = tmp_path / "broken"
    broken.mkdir()
    told = "/opt/keys/of-the-maker.pem cannot be opened"
    (broken / "resvg_py.py").write_text(f"raise RuntimeError({told!r})\n")
    result = endpoint.finish("broken-1", kept_here(job()), PYTHONPATH=str(broken))
    assert "shot" in json.dumps(result["output"]["film"]["missing"]), result["output"]
    endpoint.scan("of-the-maker")


class _Runs:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (os.environ["CINEMA_TEST_MARK"],)


@pytest.mark.models
def test_weights_that_would_run_code(endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pickle with another hash than the manifest states is refused by the task that needs it, unread."""
    mark = tmp_path / "it-ran"
    monkeypatch.setenv("CINEMA_TEST_MARK", str(mark))
    folder = tmp_path / "weights" / "kokoro-82m"
    manifest = Catalog().manifest("kokoro-82m")
    locked: list[LockedFile] = []
    for file in manifest.sources[0].files:
        data = pickle.dumps(_Runs()) if file.path.endswith((".pth", ".pt")) else b"{}"
        place = folder / file.path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
        locked.append(LockedFile(path=file.path, source_path=file.path, size_bytes=len(data), sha256=file.sha256 or "0" * 64))
    source = LockedSource(repository=manifest.sources[0].repository, commit="0" * 40, files=tuple(locked))
    write_lock(folder, Lock.of("kokoro-82m", (source,)))
    given = job(script=story(2, line="Somebody is out there."), settings={**SMALL, "models": {"speech": "kokoro-82m"}})
    result = endpoint.finish("pickle-1", kept_here(given), CINEMA_WEIGHTS=str(tmp_path / "weights"))
    said = json.dumps(result)
    assert re.search(r"kokoro-82m: [^\"]* is a pickle, which could run code", said), said[:3_000]
    assert not mark.exists()
    endpoint.scan("it-ran")


def test_places_that_the_environment_names_are_hidden_whatever_they_are_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CINEMA_WEIGHTS", "/films-of-the-house/weights")
    monkeypatch.setenv("HF_HOME", "/cache-of-the-house")
    monkeypatch.setenv("HOME", "/root")
    assert redact.scrub("https://a.example/root/x and /rooted/x") == "https://a.example/root/x and /rooted/x"
    for place in ("/runpod-volume/cinema/jobs", "/lib64/libc.so", "/volume/x", "/usr", "/workspace"):
        assert redact.scrub(f"{place} is full") == "[a file of the worker] is full"
    said = redact.scrub("'/films-of-the-house/weights/kokoro/a.pth' and /cache-of-the-house, but /script/scenes/0 and and/or")
    assert said == "'[a file of the worker]' and [a file of the worker], but /script/scenes/0 and and/or"
