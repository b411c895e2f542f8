"""What the SDK (1.12) makes of the worker's answers, seen from the platform; and workers that do not start, or take two jobs at once."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from endpoint import Platform, ended, environment, live, local_api, platform, processes_of, running, runs_of, wait_for, worker
from sent_jobs import SMALL, job, story

from cinema.faces.serverless.answer import MOST_BYTES
from cinema.faces.serverless.lease import is_held
from cinema.media import probe

pytestmark = [pytest.mark.slow]
pytest.importorskip("runpod", reason="the extra `serverless` is not installed")
ROOT = Path(__file__).parents[2]
PLATFORM_KEY = "rpa_0123456789_of_the_platform"
LEAK = re.compile(r"Traceback|File \"|/(?:work|home|root|tmp|usr|etc|var|opt)/\w|site-packages|\.py:\d")


@pytest.fixture
def place() -> Iterator[Platform]:
    with platform() as found:
        yield found


@pytest.fixture
def jobs(tmp_path: Path) -> Path:
    path = tmp_path / "volume" / "jobs"
    path.mkdir(parents=True)
    return path


def told(jobs: Path, **more: str) -> dict[str, str]:
    return {"CINEMA_VOLUME": str(jobs.parent), "RUNPOD_AI_API_KEY": PLATFORM_KEY, **more}


# -- answers through the SDK's loop ------------------------------------------------------------------------------------


def test_a_job_goes_through_the_loop_and_the_platform_hears_of_it_all_the_time(place: Platform, jobs: Path) -> None:
    pings = {"RUNPOD_WEBHOOK_PING": f"{place.url}/ping/$RUNPOD_POD_ID", "RUNPOD_PING_INTERVAL": "1000"}
    with worker(place, jobs, **told(jobs, **pings)):
        place.submit("whole-1", job(10, 2.0))
        wait_for(lambda: any(ping.get("job_id") == ["whole-1"] for ping in place.pings), 300)
        result = place.result("whole-1")
        wait_for(lambda: place.pings and "job_id" not in place.pings[-1], 60)
    assert set(result) == {"output"}, "neither an error nor a wish to be stopped"
    assert result["output"]["film"]["frames"] == 10 * 48
    posted = [(at, body) for at, body in place.of("whole-1")]
    assert [body.get("status") == "IN_PROGRESS" for _, body in posted] == [True] * (len(posted) - 1) + [False]
    assert [body["output"]["number"] for _, body in posted[:-1]] == list(range(1, len(posted)))
    assert all(after - before >= 2.0 for (before, _), (after, _) in pairwise(posted[:-1]))
    assert max(place.sizes) <= MOST_BYTES


@pytest.mark.parametrize(
    ("given", "code", "pointer"),
    [
        ({"script": 5}, "invalid_input", "/script"),
        ({"script": story(), "mode": "ultra"}, "invalid_input", "/mode"),
        ({"action": "status", "film": "never-1"}, "not_found", None),
    ],
)
def test_a_job_that_is_not_done_fails_with_a_text_that_is_json(
    place: Platform, jobs: Path, given: Any, code: str, pointer: str | None
) -> None:
    with worker(place, jobs, **told(jobs)) as process:
        place.submit("bad-1", given)
        result = place.result("bad-1")
        place.submit("next-1", {"action": "health"})
        assert place.result("next-1")["output"]["checks"]
        assert process.poll() is None
    assert set(result) == {"error", "output"}, "the SDK takes the error out and posts it beside the rest"
    assert isinstance(result["error"], str)
    said = json.loads(result["error"])
    assert said["code"] == result["output"]["code"] == code
    assert "error" not in result["output"]
    assert pointer is None or {fault["pointer"] for fault in said["errors"]} == {pointer}
    log = (jobs.parent / "handler.log").read_text()
    assert not LEAK.search(log + json.dumps(result)), log
    assert PLATFORM_KEY not in log


LEAKY = """
import functools, itertools, runpod
from cinema.faces.serverless import boot
looks = itertools.chain([1_000_000_000], itertools.repeat(40_000_000_000))
boot.Service = functools.partial(boot.Service, cards=lambda: next(looks))
runpod.serverless.start(boot.prepare())
"""
"""A worker whose card holds more after the film than before, for good."""


def test_a_worker_whose_card_stays_full_asks_the_platform_to_stop_it(place: Platform, jobs: Path) -> None:
    with worker(place, jobs, ("-c", LEAKY), **told(jobs)) as process:
        place.submit("leaky-1", job())
        result = place.result("leaky-1")
        assert result["stopPod"] is True
        assert result["output"]["film"]["frames"] == 2 * 24
        assert any("memory" in warning.lower() for warning in result["output"]["warnings"])
        assert "refresh_worker" not in json.dumps(result)
        # The SDK's loop itself goes on until the platform stops the container: a job that comes before is done, and the
        # platform is asked again.
        place.submit("after-1", {"action": "models"})
        after = place.result("after-1")
        assert after["output"]["models"]
        assert after["stopPod"] is True
        assert process.poll() is None


def test_a_refreshed_worker_is_not_asked_for_where_nothing_was_made(place: Platform, jobs: Path) -> None:
    with worker(place, jobs, ("-c", LEAKY), **told(jobs)):
        place.submit("plan-1", {"action": "plan", "script": story(), "mode": "animatic"})
        assert set(place.result("plan-1")) == {"output"}


def test_a_cancelled_job_is_answered_by_nobody_and_the_worker_takes_the_next(place: Platform, jobs: Path) -> None:
    with worker(place, jobs, **told(jobs)):
        place.submit("gone-1", job(200, 3.0))
        wait_for(lambda: is_held(jobs / "gone-1" / "lease"), 120)
        place.stops.put("gone-1")
        ended(jobs, "gone-1")
        place.submit("next-1", job())
        assert place.result("next-1")["output"]["film"]["frames"] == 48
    assert place.results("gone-1") == []
    assert not (jobs / "gone-1" / "film" / "film.mp4").exists()


# -- workers that do not start -----------------------------------------------------------------------------------------


def test_a_worker_that_cannot_make_films_leaves_and_says_why(place: Platform, jobs: Path, tmp_path: Path) -> None:
    """Its voice is broken: the package that brings eSpeak NG names files that are not there."""
    broken = tmp_path / "broken"
    broken.mkdir()
    gone = f"{tmp_path}/gone/libespeak-ng.so"
    (broken / "espeakng_loader.py").write_text(
        f"def get_library_path():\n    return {gone!r}\nget_data_path = get_library_path\n"
    )
    more = told(jobs, PYTHONPATH=str(broken), RUNPOD_WEBHOOK_PING=f"{place.url}/ping/$RUNPOD_POD_ID")
    with worker(place, jobs, **more) as process:
        place.submit("never-1", job())
        assert process.wait(120) == 1, "what the SDK gives an unhealthy worker"
    log = (jobs.parent / "handler.log").read_text()
    assert re.search(r"Fitness check failed: doctor \| RuntimeError: voice: .*espeakng-loader", log), log
    assert not LEAK.search(log), log
    assert PLATFORM_KEY not in log
    assert place.results("never-1") == []
    unhealthy = [ping for ping in place.pings if ping.get("status") == ["unhealthy"]]
    assert len(unhealthy) == 1
    assert "voice" in unhealthy[0]["reason"][0]
    assert not LEAK.search(json.dumps(unhealthy))


BUCKET = {
    "BUCKET_ENDPOINT_URL": "https://s3.example.org",
    "BUCKET_ACCESS_KEY_ID": "AKIAOFTHEHOUSE",
    "BUCKET_SECRET_ACCESS_KEY": "the-secret-of-the-house",
    "BUCKET_NAME": "films",
}


@pytest.mark.parametrize("lacking", [*BUCKET, "all", "a proper address", "a proper name"])
def test_a_live_worker_without_whole_storage_leaves_and_names_what_is_wrong(place: Platform, jobs: Path, lacking: str) -> None:
    given = {name: value for name, value in BUCKET.items() if lacking not in (name, "all")}
    named = [lacking]
    if lacking == "all":
        named = list(BUCKET)
    elif lacking == "a proper address":
        given["BUCKET_ENDPOINT_URL"], named = "ftp://s3.example.org", ["BUCKET_ENDPOINT_URL"]
    elif lacking == "a proper name":
        given["BUCKET_NAME"], named = "../films", ["BUCKET_NAME"]
    more = environment(jobs, **live(place), **given, CINEMA_VOLUME=str(jobs.parent / "none"), RUNPOD_ENDPOINT_ID="e1")
    place.submit("never-1", job())
    with running((str(ROOT / "handler.py"),), more, jobs.parent / "handler.log") as process:
        assert process.wait(120) == 2
    log = (jobs.parent / "handler.log").read_text()
    reason = next(line for line in log.splitlines() if "this worker does not start" in line)
    assert set(re.findall(r"BUCKET_\w+", reason)) >= set(named)
    if lacking != "all":
        assert set(re.findall(r"BUCKET_\w+", reason)) == set(named)
    assert not LEAK.search(log), log
    for value in (BUCKET["BUCKET_ACCESS_KEY_ID"], BUCKET["BUCKET_SECRET_ACCESS_KEY"]):
        assert value not in log
    assert not place.jobs.empty(), "it took no job"


# -- two at once -------------------------------------------------------------------------------------------------------


def test_two_jobs_at_once_are_both_done(jobs: Path) -> None:
    with local_api(jobs, CINEMA_VOLUME=str(jobs.parent)) as ask, ThreadPoolExecutor(2) as pool:
        scripts = (story(4), {**story(3), "title": "Another Film"})
        documents = [{"input": {"script": script, "mode": "animatic", "settings": SMALL}} for script in scripts]
        answers = list(pool.map(lambda document: ask("/runsync", document), documents))
    assert [answer["status"] for answer in answers] == ["COMPLETED"] * 2, answers
    for answer, shots, title in zip(answers, (4, 3), ("The Signal", "Another Film"), strict=True):
        assert (answer["output"]["film"]["title"], answer["output"]["film"]["frames"]) == (title, shots * 24)
        film = next(output for output in answer["output"]["outputs"] if output["role"] == "film")
        assert probe(jobs.parent / film["path"]).facts.frames == shots * 24
        assert {row["status"] for row in runs_of(jobs, answer["id"])} == {"started", "committed"}


def test_two_of_one_id_are_made_once(jobs: Path) -> None:
    """The SDK's local API does a job each time that its status is asked for while it is open."""
    with local_api(jobs, CINEMA_VOLUME=str(jobs.parent), CINEMA_WAIT_SECONDS="300") as ask, ThreadPoolExecutor(2) as pool:
        name = ask("/run", {"input": job(12, 2.0)})["id"]
        first = pool.submit(ask, f"/status/{name}", {})
        wait_for(lambda: is_held(jobs / name / "lease") or first.done(), 120)
        second = pool.submit(ask, f"/status/{name}", {})
        answers = [first.result(400), second.result(400)]
    assert [answer["status"] for answer in answers] == ["COMPLETED"] * 2, answers
    one, other = (answer["output"] for answer in answers)
    assert one["outputs"] == other["outputs"]
    assert one["timings"]["render_seconds"] == other["timings"]["render_seconds"], "the other's is read from the record"
    assert set(Counter(row["key"] for row in runs_of(jobs, name) if row["status"] == "started").values()) == {1}


def test_one_that_waits_too_long_for_its_own_id_is_told_so(jobs: Path) -> None:
    with ThreadPoolExecutor(1) as pool, local_api(jobs, CINEMA_VOLUME=str(jobs.parent), CINEMA_WAIT_SECONDS="0.1") as ask:
        name = ask("/run", {"input": job(200, 3.0)})["id"]
        first = pool.submit(ask, f"/status/{name}", {})
        wait_for(lambda: is_held(jobs / name / "lease") or first.done(), 120)
        second = ask(f"/status/{name}", {})
        assert not first.done()
    assert second["status"] == "FAILED"
    assert json.loads(second["error"])["code"] == "running"
    wait_for(lambda: not processes_of(jobs / name), 60)
