"""One worker process, spoken to directly."""

import queue
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import cinema.plan
import cinema.render
from cinema.adapters.contract import Device, LoadPlan
from cinema.plan.task import SpeechRequest, VoiceSpec
from cinema.render.process import WorkerProcess
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
    Prepare,
    Ready,
    Report,
    Rest,
    Rested,
    Run,
    Step,
    Unload,
)
from cinema.testing.catalog import testing_catalog

pytestmark = pytest.mark.slow


class Talk:
    """A worker with an adapter loaded, and its reports one by one."""

    def __init__(self, folder: Path, extra: str = "") -> None:
        self.folder = folder
        self.reports: queue.SimpleQueue[Report | None] = queue.SimpleQueue()
        self.log = (folder / "log").open("wb", buffering=0)
        self.worker = WorkerProcess(sys.executable, threads=1, log=self.log, tell=lambda _, report: self.reports.put(report))
        self.manifest = testing_catalog(folder, {"odd": extra}).manifest("odd")

    def hear(self) -> Report | None:
        return self.reports.get(timeout=120)

    def load(self) -> None:
        self.worker.send(Load(name="a", plan=LoadPlan(manifest=self.manifest), device=Device()))

    def prepare(self, key: str, *texts: str) -> None:
        requests = tuple(SpeechRequest(text=text, voice=VoiceSpec()) for text in texts)
        self.worker.send(Prepare(name="a", key=key, requests=requests))

    def run(self, key: str, text: str) -> Path:
        out = self.folder / key
        out.mkdir()
        request = SpeechRequest(text=text, voice=VoiceSpec())
        self.worker.send(Run(name="a", key=key, request=request, seed=1, inputs=(), out=out))
        return out

    def close(self) -> None:
        self.worker.quit()
        self.worker.join()
        self.log.close()


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[Talk]:
    one = Talk(tmp_path)
    yield one
    one.close()


def test_it_steps_stops_when_asked_and_goes_on_with_the_next(talk: Talk) -> None:
    talk.load()
    ready, loaded = talk.hear(), talk.hear()
    assert isinstance(ready, Ready)
    assert ready.pid == talk.worker.pid
    assert isinstance(loaded, Loaded)
    assert loaded.resident_bytes > 0
    talk.run("long", "slow:20")
    step = talk.hear()
    while not (isinstance(step, Step) and step.done > 0):
        assert isinstance(step, Step)
        step = talk.hear()
    talk.worker.send(Cancel(key="long"))
    stopped = talk.hear()
    while isinstance(stopped, Step):
        stopped = talk.hear()
    assert isinstance(stopped, Failed)
    assert (stopped.key, stopped.error) == ("long", "Cancelled")
    out = talk.run("next", "short")
    done = talk.hear()
    while isinstance(done, Step):
        done = talk.hear()
    assert isinstance(done, Done)
    assert [file.name for file in done.product.files] == [path.name for path in out.iterdir()] == ["speech.wav"]
    talk.worker.send(Unload(name="a"))
    assert talk.hear() == Evicted(name="a")


def test_it_ends_when_the_other_side_is_gone_even_while_it_works(talk: Talk) -> None:
    talk.load()
    talk.run("long", "hang")
    assert isinstance(talk.hear(), Ready)
    assert isinstance(talk.hear(), Loaded)
    talk.worker._process.stdin.close()  # type: ignore[union-attr]
    last = talk.hear()
    while last is not None:
        last = talk.hear()
    assert talk.worker.exit_status() == 1


def test_a_worker_is_offline_and_sums_in_one_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    one = Talk(tmp_path)
    assert isinstance(one.hear(), Ready)
    given = dict(item.split("=", 1) for item in Path(f"/proc/{one.worker.pid}/environ").read_text().split("\0") if item)
    one.close()
    assert (given["HF_HUB_OFFLINE"], given["CUBLAS_WORKSPACE_CONFIG"], given["OMP_NUM_THREADS"]) == ("1", ":4096:8", "1")


def test_orders_to_a_dead_worker_are_lost_quietly(talk: Talk) -> None:
    assert isinstance(talk.hear(), Ready)
    talk.worker.kill()
    assert talk.hear() is None
    assert talk.worker.exit_status() == -9
    talk.load()
    talk.worker.quit()


def test_words_that_are_not_ours_count_as_death(tmp_path: Path) -> None:
    script = tmp_path / "python"
    script.write_text("#!/bin/sh\necho Welcome to another shell\nsleep 60\n")
    script.chmod(0o755)
    reports: queue.SimpleQueue[Report | None] = queue.SimpleQueue()
    with (tmp_path / "log").open("wb") as log:
        worker = WorkerProcess(str(script), threads=1, log=log, tell=lambda _, report: reports.put(report))
        assert reports.get(timeout=120) is None
        assert worker.exit_status() == -9
        worker.join()


def test_a_load_that_fails_is_told_when_the_task_comes(tmp_path: Path) -> None:
    one = Talk(tmp_path, "settings = { load_fails = true }\n")
    one.load()
    one.run("k", "words")
    assert isinstance(one.hear(), Ready)
    failed = one.hear()
    one.close()
    assert isinstance(failed, Failed)
    assert failed.loading
    assert "No module named 'absent'" in failed.message
    assert "Traceback" in failed.traceback


def test_an_error_of_ours_crosses_by_name(talk: Talk) -> None:
    talk.load()
    assert isinstance(talk.hear(), Ready)
    assert isinstance(talk.hear(), Loaded)
    talk.run("k", "input-error \N{SNOWMAN}")
    failed = talk.hear()
    while isinstance(failed, Step):
        failed = talk.hear()
    assert isinstance(failed, Failed)
    assert (failed.error, failed.message, failed.loading) == ("InputError", "told to refuse its input", False)


def test_cancelling_the_next_task_stops_what_prepares_it(talk: Talk) -> None:
    talk.load()
    assert isinstance(talk.hear(), Ready)
    assert isinstance(talk.hear(), Loaded)
    began = time.monotonic()
    talk.prepare("k", "prepare-slow:60")
    talk.run("k", "words")
    talk.worker.send(Cancel(key="k"))
    failed = talk.hear()
    assert isinstance(failed, Failed), "what prepares tells no steps of the task"
    assert (failed.key, failed.error) == ("k", "Cancelled")
    assert time.monotonic() - began < 50, "it prepares for a minute"
    talk.run("l", "words")
    done = talk.hear()
    while isinstance(done, Step):
        done = talk.hear()
    assert isinstance(done, Done)


def test_a_preparation_that_fails_is_told_with_the_next_task_and_once(talk: Talk) -> None:
    talk.load()
    assert isinstance(talk.hear(), Ready)
    assert isinstance(talk.hear(), Loaded)
    talk.prepare("k", "prepare-fails")
    talk.run("k", "words")
    failed = talk.hear()
    assert isinstance(failed, Failed)
    assert (failed.key, failed.loading) == ("k", False)
    assert "told to fail to prepare" in failed.message
    talk.run("l", "words")
    assert not isinstance(talk.hear(), Failed)


def test_between_films_it_forgets_tasks_and_prints_elsewhere(talk: Talk, tmp_path: Path) -> None:
    talk.load()
    assert isinstance(talk.hear(), Ready)
    assert isinstance(talk.hear(), Loaded)
    talk.prepare("k", "prepare-fails")
    talk.worker.send(Cancel(key="k"))
    talk.worker.send(Log(path=tmp_path / "none" / "log"))
    talk.worker.send(Rest())
    rested = talk.hear()
    assert isinstance(rested, Rested)
    assert rested.device_bytes == 0
    assert rested.resident_bytes > 1_000_000
    talk.run("k", "noise")
    done = talk.hear()
    while isinstance(done, Step):
        done = talk.hear()
    assert isinstance(done, Done), "neither the cancel nor the trouble was this task's"
    assert "a library talks" not in (tmp_path / "log").read_text()
    talk.worker.send(Log(path=tmp_path / "other"))
    talk.run("l", "noise")
    done = talk.hear()
    while isinstance(done, Step):
        done = talk.hear()
    assert (tmp_path / "other").read_text().splitlines() == ["a library talks", "and so does the one below it"]


def test_weights_are_read_ahead_beside_a_task(talk: Talk, tmp_path: Path) -> None:
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "model.safetensors").write_bytes(bytes(70_000))
    (tmp_path / "w" / "readme.md").write_bytes(bytes(5))
    talk.load()
    assert isinstance(talk.hear(), Ready)
    assert isinstance(talk.hear(), Loaded)
    talk.run("k", "slow:30")
    talk.worker.send(Fetch(name="b", weights=tmp_path / "w"))
    talk.worker.send(Fetch(name="c", weights=tmp_path / "nowhere"))
    fetched: dict[str, int] = {}
    while len(fetched) < 2:
        report = talk.hear()
        assert isinstance(report, Fetched | Step), "the task still runs"
        if isinstance(report, Fetched):
            fetched[report.name] = report.size_bytes
    assert fetched == {"b": 70_000, "c": 0}
    talk.worker.send(Cancel(key="k"))


def test_a_worker_imports_what_it_needs_and_no_more() -> None:
    """Half of its start was the planner, which it never calls."""
    probe = "import sys, cinema.render.worker; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "cinema.render.protocol" in loaded
    assert not loaded & {"numpy", "torch", "cv2", "av", "defusedxml"}
    rooms = {name.split(".")[1] for name in loaded if name.startswith("cinema.")}
    assert rooms.isdisjoint({"script", "schedule", "cut", "faces", "film", "testing", "weights"})
    assert {name for name in loaded if name.startswith("cinema.plan.")} == {"cinema.plan.staging", "cinema.plan.task"}


def test_the_rooms_still_give_what_they_name() -> None:
    for room in (cinema.plan, cinema.render):
        assert {name for name in room.__all__ if not callable(getattr(room, name))} == set()
        with pytest.raises(AttributeError, match="no attribute 'nothing'"):
            room.nothing  # noqa: B018
