"""`cinema submit` against the real worker: served by the SDK's own local API, and behind a service's queue."""

import asyncio
import json
import os
import queue
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from cinema.faces.cli import run
from cinema.faces.serverless.house import House
from cinema.faces.serverless.service import Service
from cinema.testing.endpoint import TestingEndpoint

pytest.importorskip("runpod")
pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
LOOK = ["--mode", "animatic", "--set", "short_side_px=120", "--set", "music=false"]


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Its address, and its folder of jobs."""
    folder = tmp_path_factory.mktemp("worker")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {**os.environ, "CINEMA_JOBS": str(folder / "jobs")}
    command = [sys.executable, "handler.py", "--rp_serve_api", "--rp_api_host", "127.0.0.1", "--rp_api_port", str(port)]
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        ) as process,
    ):
        try:
            _await_port(port, process)
            yield f"http://127.0.0.1:{port}", folder / "jobs"
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def _await_port(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 300
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("The worker did not come up.")


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "signal.json"
    path.write_text(json.dumps(json.loads((ROOT / "test_input.json").read_text())["input"]["script"]))
    return path


def test_a_film_of_the_real_worker_arrives_whole(
    worker: tuple[str, Path], script: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run(["submit", str(script), "--endpoint", worker[0], "--out", str(out), "--json", *LOOK]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {one["role"] for one in told["outputs"]} == {"film", "captions", "report"}
    for one in told["outputs"]:
        assert sha256(Path(one["file"]).read_bytes()).hexdigest() == one["sha256"]
    assert json.loads((out / "report.json").read_text())["film"]["title"] == "The Signal"


def test_a_wrong_job_is_told_with_its_place(worker: tuple[str, Path], script: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["submit", str(script), "--endpoint", worker[0], "--wait", "-q", "--mode", "nonsense"]) == 2
    said = capsys.readouterr().err
    assert "/mode" in said
    assert "Traceback" not in said


def test_a_film_arrives_although_its_first_client_left(worker: tuple[str, Path], script: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-m", "cinema", "submit", str(script), "--endpoint", worker[0], "--out", str(out), *LOOK]
    with subprocess.Popen([*command, "--set", "pace=1.1"], stderr=subprocess.PIPE, text=True) as client:
        assert client.stderr is not None
        job = client.stderr.readline().split()[2].rstrip(".")
        while not (worker[1] / job / "lease").is_file() and client.poll() is None:
            time.sleep(0.02)
        client.send_signal(signal.SIGINT)
        said = client.stderr.read()
    assert client.returncode == 130
    assert f"--follow {job} --endpoint {worker[0]} --out {out}" in said
    assert run(["submit", "--follow", job, "--endpoint", worker[0], "--out", str(out), "-q"]) == 0
    assert (out / "film.mp4").stat().st_size > 1_000
    logged = (worker[1] / job / "child.log").read_text()
    assert "Traceback" not in logged


def queued_worker(folder: Path) -> Callable[[dict[str, Any]], Generator[Any, None, Any]]:
    """The worker's handler as `TestingEndpoint` wants it: progress is yielded, the answer returned."""

    def handle(job: dict[str, Any]) -> Generator[Any, None, Any]:
        told: queue.Queue[Any] = queue.Queue()
        ended = object()

        async def send(news: Mapping[str, Any]) -> None:
            told.put(dict(news))

        async def serve() -> Any:
            house = House.here({"CINEMA_JOBS": str(folder)})
            return await Service(house=house, send_for=lambda job: send, every_seconds=0.05).handle(job)

        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(asyncio.run, serve())
            answer.add_done_callback(lambda _: told.put(ended))
            while (news := told.get(timeout=400)) is not ended:
                yield news
            return answer.result()

    return handle


def test_a_service_passes_on_what_the_worker_says(
    script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with TestingEndpoint(queued_worker(tmp_path / "jobs")) as served:
        monkeypatch.setenv("RUNPOD_API_KEY", served.key)
        monkeypatch.setenv("RUNPOD_ENDPOINT_BASE_URL", served.service)
        submit = ["submit", "--endpoint", served.id, "--out", str(tmp_path / "out")]
        assert run([*submit, str(script), *LOOK]) == 0
        said = capsys.readouterr()
        assert sorted(served.jobs) == ["job-1", "job-2"]
        assert served.jobs["job-1"].request["input"]["action"] == "plan"
        policy = served.jobs["job-2"].request["policy"]
        assert 900_000 < policy["executionTimeout"] < 1_000_000
        assert "not measured" in said.err or "times 1.5" in said.err
        assert (tmp_path / "out" / "film.mp4").stat().st_size > 1_000
        stages = [one["stage"] for one in served.jobs["job-2"].news]
        assert stages[0] == "plan"
        assert "running: " in said.err
        assert run([*submit, str(script), "--mode", "nonsense", "--time-limit", "1"]) == 2
        assert "/mode" in capsys.readouterr().err
