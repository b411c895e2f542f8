"""The child of the last job waits for the next one, with its models; and is ended wherever something speaks against that."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from endpoint import ROOT, environment, platform, wait_for, worker
from sent_jobs import job

from cinema.faces.serverless import lease, memory
from cinema.faces.serverless.house import House
from cinema.faces.serverless.memory import Kept
from cinema.faces.serverless.service import Service

GIGABYTE = 1_000_000_000


def started_for(jobs: Path, *modules: str) -> list[int]:
    """The live children and workers that were started for the folder of jobs, by their environment: idle ones too."""
    wanted = modules or ("cinema.faces.serverless.child", "cinema.render.worker")
    found: list[int] = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command, given = (entry / "cmdline").read_bytes().split(b"\0"), (entry / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if f"CINEMA_JOBS={jobs}".encode() in given and any(module.encode() in command for module in wanted):
            found.append(int(entry.name))
    return found


def of(jobs: Path) -> list[int]:
    """The children that live for that folder of jobs."""
    return started_for(jobs, "cinema.faces.serverless.child")


class Endpoint:
    """A service in this process. Each job is served in an event loop of its own: the child belongs to none."""

    def __init__(self, jobs: Path, **more: Any) -> None:
        self.jobs = jobs
        self.heard: Callable[[Mapping[str, Any]], None] = lambda news: None
        house = House.here({"CINEMA_JOBS": str(jobs), "CINEMA_VOLUME": str(jobs / "none")})
        self.service = Service(house=house, send_for=lambda job: self._send, every_seconds=0.05, **more)

    async def _send(self, news: Mapping[str, Any]) -> None:
        self.heard(news)

    def ask(self, job_id: str, given: Mapping[str, Any]) -> dict[str, Any]:
        return asyncio.run(self.service.handle({"id": job_id, "input": given}))

    def render(self, job_id: str, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """An answer with a film."""
        answer = self.ask(job_id, job() if given is None else given)
        assert "error" not in answer, answer
        return answer

    @property
    def child(self) -> int:
        """The one that waits."""
        idle = self.service.keeper.idle
        assert idle is not None
        assert idle.alive
        return idle.pid


@contextmanager
def serving(jobs: Path, **more: Any) -> Iterator[Endpoint]:
    found = Endpoint(jobs, **more)
    try:
        yield found
    finally:
        found.service.close()
        wait_for(lambda: not started_for(jobs), 30)


@pytest.fixture
def endpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    monkeypatch.setenv("CINEMA_JOBS", str(tmp_path / "jobs"))  # children inherit it: so they are found
    monkeypatch.setenv("CINEMA_WORKERS", "1")  # of two, a film may give the second its first task
    with serving(tmp_path / "jobs") as found:
        yield found


# -- kept --------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_next_job_finds_its_child_and_models_and_nothing_of_the_last_job(endpoint: Endpoint) -> None:
    first = endpoint.render("one-1")
    child = endpoint.child
    assert first["timings"]["models_kept"] == []
    assert "boards" in first["timings"]["models_loaded"]
    assert not lease.is_held(endpoint.jobs / "one-1" / "lease")
    assert [pid for pid in started_for(endpoint.jobs) if opened(pid, endpoint.jobs)] == []

    looked: dict[str, object] = {}

    def look(news: Mapping[str, Any]) -> None:
        """At the first word of the child, which is held there meanwhile."""
        if news["stage"] == "plan" or looked:
            return
        os.kill(child, signal.SIGSTOP)
        links = opened(child, endpoint.jobs)
        looked["log"] = {str(link) for number, link in links if number in (1, 2)}
        looked["lease"] = any(link == endpoint.jobs / "two-1" / "lease" for _, link in links)
        everybody = started_for(endpoint.jobs)
        looked["old"] = any("one-1" in link.parts for pid in everybody for _, link in opened(pid, endpoint.jobs))
        looked["held"] = lease.is_held(endpoint.jobs / "two-1" / "lease")
        os.kill(child, signal.SIGCONT)

    endpoint.heard = look
    second = endpoint.render("two-1", job(20, seed=5))
    assert looked == {"log": {str(endpoint.jobs / "two-1" / "child.log")}, "lease": True, "old": False, "held": True}
    assert endpoint.child == child
    assert set(second["timings"]["models_kept"]) == set(first["timings"]["models_loaded"])
    assert second["timings"]["models_loaded"] == []
    assert second["outputs"][0]["sha256"] != first["outputs"][0]["sha256"], "another seed is another film"


def opened(pid: int, jobs: Path) -> list[tuple[int, Path]]:
    """Its open files in that folder: by number, where they lie."""
    try:
        links = [(int(link.name), link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()]
    except OSError:
        return []
    return [(number, path) for number, path in links if path.is_relative_to(jobs)]


@pytest.mark.slow
def test_a_film_made_by_a_warm_child_is_the_one_that_a_cold_one_makes(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.render("other-1", job(3, seed=9))
    warm = endpoint.render("same-1")
    with serving(tmp_path / "jobs" / "cold") as cold:
        assert cold.render("same-1")["outputs"][0]["sha256"] == warm["outputs"][0]["sha256"]


@pytest.mark.slow
def test_a_job_that_is_refused_in_time_leaves_the_child_as_it_was(endpoint: Endpoint) -> None:
    endless = job(60, 600.0, deadline_seconds=60)
    refused = endpoint.ask("dear-1", endless)
    assert (refused["code"], "spent_seconds" in refused["figures"]) == ("over_deadline", False), "by its estimate"
    child = endpoint.child
    endpoint.render("one-1")
    assert endpoint.ask("dear-1", endless)["code"] == "over_deadline"
    assert endpoint.child == child
    assert endpoint.render("two-1", job(seed=5))["timings"]["models_loaded"] == []


# -- ended -------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_child_that_died_while_it_was_idle_is_not_missed(endpoint: Endpoint) -> None:
    endpoint.render("one-1")
    child = endpoint.child
    os.kill(child, signal.SIGKILL)
    second = endpoint.render("two-1", job(seed=5))
    assert second["timings"]["models_kept"] == []
    assert endpoint.child != child
    stopped = endpoint.child
    os.kill(stopped, signal.SIGSTOP)  # it seems to live, and takes no job

    async def ask() -> dict[str, Any]:
        asked = asyncio.create_task(endpoint.service.handle({"id": "three-1", "input": job(seed=6)}))
        while not (endpoint.jobs / "three-1" / "child.log").is_file():
            await asyncio.sleep(0.01)
        os.kill(stopped, signal.SIGKILL)
        return await asked

    third = asyncio.run(ask())
    assert third["outputs"][0]["role"] == "film"
    assert endpoint.child not in (child, stopped)


@pytest.mark.slow
def test_after_a_failure_a_cancel_or_a_deadline_the_next_job_has_a_fresh_child(endpoint: Endpoint) -> None:
    endpoint.render("one-1")
    first = endpoint.child
    failed = endpoint.ask("wrong-1", {"action": "retake", "film": "one-1", "shot": "9-9"})
    assert failed["code"] == "invalid_input"
    assert endpoint.service.keeper.idle is None
    wait_for(lambda: not started_for(endpoint.jobs), 30)

    endpoint.render("two-1", job(seed=5))
    second = endpoint.child

    async def cancel() -> None:
        told = asyncio.Event()
        endpoint.heard = lambda news: told.set() if news.get("stage") == "picture" else None
        asked = asyncio.create_task(endpoint.service.handle({"id": "long-1", "input": job(60, 3.0)}))
        await told.wait()
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked

    asyncio.run(cancel())
    assert endpoint.service.keeper.idle is None
    wait_for(lambda: not started_for(endpoint.jobs), 30)
    assert not list((endpoint.jobs / "long-1" / "film" / ".cinema" / "work").iterdir())

    endpoint.heard = lambda news: None
    endpoint.render("three-1", job(seed=6))
    third = endpoint.child
    os.kill(third, signal.SIGSTOP)  # it takes the job, and longer than any deadline
    for number, seconds in enumerate((4, 16, 64)):
        given = {"action": "retake", "film": "three-1", "shot": "1-1", "deadline_seconds": seconds}
        assert endpoint.ask(f"late-{number}", given)["code"] == "over_deadline"
        if endpoint.service.keeper.idle is None:
            break  # else the time was over before the child had the job
    assert endpoint.service.keeper.idle is None
    endpoint.render("four-1", job(seed=7))
    assert len({first, second, third, endpoint.child}) == 4


@pytest.mark.slow
def test_two_jobs_at_once_leave_one_child(endpoint: Endpoint) -> None:
    async def both() -> list[dict[str, Any]]:
        jobs = [{"id": f"at-once-{number}", "input": job(2 + 4 * number, seed=number)} for number in range(2)]
        return list(await asyncio.gather(*map(endpoint.service.handle, jobs)))

    answers = asyncio.run(both())
    assert [answer["outputs"][0]["role"] for answer in answers] == ["film", "film"]
    wait_for(lambda: of(endpoint.jobs) == [endpoint.child], 30)


@pytest.mark.slow
def test_a_child_of_another_environment_is_not_used(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint.render("one-1")
    child = endpoint.child
    monkeypatch.setenv("CINEMA_PRICE_PER_HOUR_USD", "2")
    assert endpoint.render("two-1", job(seed=5))["cost"]["price_per_hour_usd"] == 2
    assert endpoint.child != child
    wait_for(lambda: of(endpoint.jobs) == [endpoint.child], 30)


@pytest.mark.slow
def test_a_child_goes_with_whoever_kept_it(tmp_path: Path) -> None:
    pytest.importorskip("runpod", reason="the extra `serverless` is not installed")
    jobs = tmp_path / "volume" / "jobs"
    jobs.mkdir(parents=True)
    told = {"CINEMA_VOLUME": str(tmp_path / "volume"), "CINEMA_WORKERS": "1"}
    with platform() as place, worker(place, jobs, **told) as handler:
        place.submit("one-1", job())
        place.result("one-1")
        (child,) = of(jobs)
        place.submit("two-1", job(seed=5))
        assert place.result("two-1")["output"]["timings"]["models_loaded"] == []
        assert of(jobs) == [child]
        handler.send_signal(signal.SIGKILL)
        handler.wait()
        wait_for(lambda: not started_for(jobs), 30)
    given = json.dumps({"id": "tried-1", "input": job()})
    command = [sys.executable, str(ROOT / "handler.py"), "--test_input", given]
    done = subprocess.run(command, cwd=ROOT, env=environment(jobs), capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    wait_for(lambda: not started_for(jobs), 30)
    assert "models_loaded" in json.loads((jobs / "tried-1" / "answer.json").read_text())["timings"]


# -- memory ------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(("leak", "refreshed"), [("while it lives", False), ("for good", True)])
def test_cards_that_hold_too_much_cost_the_child_and_only_then_the_worker(
    endpoint: Endpoint, leak: str, refreshed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "_LOOK_SECONDS", 0.01)
    ran: set[str] = set()

    def cards() -> int:
        """Bare at first; then five gigabytes, that no model accounts for."""
        here = bool(of(endpoint.jobs))
        leaks = (endpoint.jobs / "leaking-1" / "film" / "film.mp4").exists() and (here or leak == "for good")
        ran.add("with a child" if here else "bare")
        return 5 * GIGABYTE if leaks else 0

    with serving(endpoint.jobs, cards=cards) as found:
        found.render("fine-1")
        kept = found.child
        answer = found.render("leaking-1", job(seed=5))
        assert found.service.keeper.idle is None
        assert answer.get("refresh_worker", False) is refreshed
        assert any("did not come back" in warning for warning in answer["warnings"]) is refreshed
        assert kept not in of(endpoint.jobs)
    assert ran == {"with a child", "bare"}


@pytest.mark.slow
def test_a_job_that_failed_tells_too_that_its_memory_is_lost(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_LOOK_SECONDS", 0.01)
    answered = endpoint.jobs / "one-1" / "answer.json"
    with serving(endpoint.jobs, cards=lambda: 5 * GIGABYTE if answered.exists() else 0) as found:
        assert "refresh_worker" not in found.render("one-1")
        failed = found.ask("wrong-1", {"action": "retake", "film": "one-1", "shot": "9-9"})
    assert failed["code"] == "invalid_input"
    assert failed["refresh_worker"] is True


def holding(**facts: int) -> Kept:
    usual = {"card_workers": 1, "card_bytes": 30 * GIGABYTE, "predicted_bytes": 35 * GIGABYTE, "host_bytes": 20 * GIGABYTE}
    return Kept.model_validate({"models": ("m",), **usual, "own_bytes": GIGABYTE // 5, "limit_bytes": 100 * GIGABYTE, **facts})


@pytest.mark.parametrize(
    ("facts", "jobs", "free", "why"),
    [
        ({}, 1, 50, ""),
        ({}, memory.MOST_JOBS, 50, "jobs"),
        ({"own_bytes": 3 * GIGABYTE}, 1, 50, "grown to 3.0 GB"),
        ({"card_bytes": 36 * GIGABYTE}, 1, 50, "36.0 GB of cards, where 35.0 GB"),
        ({"host_bytes": 80 * GIGABYTE}, 1, 15, "80.2 GB of 100.0 GB"),
        ({}, 1, 5, "only 5.0 GB of 100.0 GB"),
        ({"limit_bytes": 0, "host_bytes": 80 * GIGABYTE}, 1, 0, ""),
    ],
)
def test_why_a_child_is_not_kept(facts: dict[str, int], jobs: int, free: int, why: str) -> None:
    said = memory.why_end(holding(**facts), jobs, lambda: free * GIGABYTE)
    assert why in said
    assert bool(why) is bool(said)


def test_an_idle_child_may_hold_what_its_models_and_its_driver_take() -> None:
    assert holding(card_workers=2).cards_may_hold == 32 * GIGABYTE
    assert Kept().cards_may_hold == 0
