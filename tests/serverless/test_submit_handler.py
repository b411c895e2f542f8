"""`cinema submit` against the real worker, served by the SDK's own local API."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from cinema.faces.cli import run

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
    until = time.monotonic() + 60
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
