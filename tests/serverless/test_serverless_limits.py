"""Jobs that are ended from outside: by their deadline or by a cancel, while something is fetched, made or handed over."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import buckets
import pytest
from endpoint import ended, finished_keys, finished_tasks, half_made, platform, processes_of, runs_of, wait_for, worker
from sent_jobs import job, story
from throttle import throttled
from tls_site import HOST, PUBLIC, Site, running

from cinema.errors import Cancelled
from cinema.faces.serverless import downloads
from cinema.faces.serverless.aside import aside
from cinema.faces.serverless.deliver import depot_for
from cinema.faces.serverless.house import House
from cinema.faces.serverless.job import JobIn
from cinema.faces.serverless.lease import is_held
from cinema.faces.serverless.parcels import Parcel
from cinema.faces.serverless.service import Service
from cinema.faces.serverless.wire import Network, Patience, open_line

BASE = f"https://{HOST}"
LONG = downloads.Limits(most_bytes=1_000_000, seconds=300.0)


@pytest.fixture
def site() -> Iterator[Site]:
    with running() as found:
        yield found


def byte_a_second(line: ssl.SSLSocket, path: str) -> None:
    """A picture that would take four minutes, from a server that goes on until nobody listens."""
    line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 240\r\n\r\n\x89PNG\r\n\x1a\n")
    with suppress(OSError):
        for _ in range(232):
            line.sendall(b"x")
            if _closed_within(line, 1.0):
                return


def silent(line: ssl.SSLSocket, path: str) -> None:
    _closed_within(line, 240.0)


def _closed_within(line: ssl.SSLSocket, seconds: float) -> bool:
    line.settimeout(seconds)
    try:
        return not line.recv(1)
    except TimeoutError:
        return False
    except OSError:
        return True


@contextmanager
def mute() -> Iterator[int]:
    """The port of a server that takes connections and never says a word, not even of TLS."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def leading_to(port: int, network: Network) -> Network:
    def connect(number: str, _: int, patience: Patience) -> socket.socket:
        return open_line("127.0.0.1", port, patience)

    return Network(resolve=lambda host, port: [PUBLIC], connect=connect, trust=network.trust)


def busy_in(*modules: str) -> list[str]:
    """The threads that are inside one of those modules now."""
    found: list[str] = []
    for frame in sys._current_frames().values():
        inner = frame
        while inner is not None:
            if inner.f_globals.get("__name__") in modules:
                found.append(f"{inner.f_globals['__name__']}:{inner.f_lineno}")
                break
            inner = inner.f_back
    return found


FETCHING = tuple(f"cinema.faces.serverless.{name}" for name in ("downloads", "wire", "decode", "source"))


# -- one download ------------------------------------------------------------------------------------------------------


def fetching(folder: Path, network: Network, cancel: threading.Event) -> Callable[[], BaseException]:
    """Begin to fetch, in a thread; what is given waits for its end and gives what it ended with."""
    raised: list[BaseException] = []

    def work() -> None:
        try:
            downloads.fetch(f"{BASE}/a.png", folder, "image", limits=LONG, network=network, cancel=cancel)
        except BaseException as exc:
            raised.append(exc)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()

    def end() -> BaseException:
        thread.join(60)
        assert raised, "it went on"
        return raised[0]

    return end


@pytest.mark.parametrize("behave", [byte_a_second, silent])
def test_a_cancel_ends_a_download_and_leaves_nothing(site: Site, tmp_path: Path, behave: Any) -> None:
    site.pages["/a.png"] = behave
    cancel = threading.Event()
    end = fetching(tmp_path / "in", site.network(), cancel)
    wait_for(lambda: site.requests, 60)
    cancel.set()
    assert isinstance(end(), Cancelled)
    assert list((tmp_path / "in").iterdir()) == []


def test_a_cancel_ends_a_download_whose_host_does_not_even_greet(site: Site, tmp_path: Path) -> None:
    cancel = threading.Event()
    with mute() as port:
        end = fetching(tmp_path / "in", leading_to(port, site.network()), cancel)
        wait_for(lambda: busy_in("cinema.faces.serverless.wire"), 60)
        cancel.set()
        assert isinstance(end(), Cancelled)


def test_a_cancel_ends_the_look_up_of_a_name(site: Site, tmp_path: Path) -> None:
    over, asked, cancel = threading.Event(), threading.Event(), threading.Event()

    def resolve(host: str, port: int) -> list[str]:
        asked.set()
        over.wait(240)
        return [PUBLIC]

    end = fetching(tmp_path / "in", Network(resolve=resolve), cancel)
    assert asked.wait(60)
    cancel.set()
    assert isinstance(end(), Cancelled)
    over.set()


def test_a_cancel_ends_a_decoder(tmp_path: Path) -> None:
    """One that is slow: another module in its place, which reads nothing and says nothing."""
    from cinema.faces.serverless.decode import normalised

    cancel = threading.Event()
    with (tmp_path / "in").open("w+b") as file:
        cancel.set()
        with pytest.raises(Cancelled):
            normalised(file, "image", module="http.server", cancel=cancel)  # serves without end


def test_work_aside_is_waited_for_when_it_is_cancelled() -> None:
    steps: list[str] = []

    def work(cancel: threading.Event) -> None:
        steps.append("begun")
        assert cancel.wait(60)
        time.sleep(0.05)
        steps.append("put away")
        raise Cancelled

    async def go() -> None:
        task = asyncio.create_task(aside(work))
        while not steps:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert steps == ["begun", "put away"]
        with pytest.raises(ValueError, match="seven"):
            await aside(fails)
        assert await aside(lambda cancel: 7) == 7

    def fails(cancel: threading.Event) -> None:
        raise ValueError("seven")

    asyncio.run(go())


# -- a job that is fetching --------------------------------------------------------------------------------------------


async def _nobody(news: Mapping[str, Any]) -> None:
    """Takes the news."""


def service_on(jobs: Path, network: Network | None = None) -> Service:
    house = House.here({"CINEMA_JOBS": str(jobs), "CINEMA_VOLUME": str(jobs.parent / "none")})
    fetch = partial(downloads.fetch, network=network or Network())
    return Service(house=house, send_for=lambda job: _nobody, fetch=fetch)


def naming(**person: Any) -> dict[str, Any]:
    """A script whose person is named with files at addresses."""
    script = story()
    script["characters"][0] |= person
    return script


GIVEN: dict[str, Any] = {
    "a script by its link": {"url": f"{BASE}/a.png"},
    "a picture": naming(references=[f"{BASE}/a.png"]),
    "a recording": naming(voice={"sample": f"{BASE}/a.png"}),
}


@pytest.mark.parametrize("action", ["render", "plan"])
@pytest.mark.parametrize("what", GIVEN)
def test_a_job_cancelled_while_it_fetches_leaves_no_thread_and_no_file(
    site: Site, tmp_path: Path, what: str, action: str
) -> None:
    site.pages["/a.png"] = byte_a_second if what != "a script by its link" else silent
    if what == "a recording":
        site.pages["/a.png"] = silent
    service = service_on(tmp_path / "jobs", site.network())
    given = {"action": action, "script": GIVEN[what], "mode": "animatic"}

    async def go() -> None:
        task = asyncio.create_task(service.handle({"id": "stopped-1", "input": given}))
        while not site.requests:
            assert not task.done(), task.result()
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            async with asyncio.timeout(60):
                await task

    asyncio.run(go())
    assert busy_in(*FETCHING) == []
    assert [path for path in (tmp_path / "jobs").rglob("*") if path.is_file() and path.name != "lease"] == []
    assert not list((tmp_path / "jobs").rglob(".coming-*"))
    assert not is_held(tmp_path / "jobs" / "stopped-1" / "lease")


def test_a_deadline_ends_what_is_fetched_too(site: Site, tmp_path: Path) -> None:
    site.pages["/a.png"] = byte_a_second
    service = service_on(tmp_path / "jobs", site.network())
    given = job(script=GIVEN["a picture"], deadline_seconds=1.5)
    answer = asyncio.run(service.handle({"id": "late-1", "input": given}))
    assert answer["code"] == "over_deadline", answer
    assert answer["figures"]["spent_seconds"] >= answer["figures"]["deadline_seconds"] == 1.5
    assert busy_in(*FETCHING) == []
    assert {path.name for path in (tmp_path / "jobs").rglob("*") if path.is_file()} == {"lease", "answer.json"}
    assert half_made(tmp_path / "jobs", "late-1") == []


# -- a job that is made ------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("stuck", ["child", "workers"])
def test_a_deadline_ends_a_film_that_is_being_made_and_the_same_job_goes_on(tmp_path: Path, stuck: str) -> None:
    """What makes it is stopped (SIGSTOP), so that it takes longer than any deadline on any machine."""
    jobs = tmp_path / "jobs"
    service = service_on(jobs)
    given = job(8)

    async def go(deadline_seconds: float, stop: bool) -> dict[str, Any]:
        task = asyncio.create_task(service.handle({"id": "late-1", "input": {**given, "deadline_seconds": deadline_seconds}}))
        while stop and not task.done() and finished_tasks(jobs, "late-1") < 2:
            await asyncio.sleep(0.02)
        if stop and not task.done():
            for process, command in processes_of(jobs / "late-1"):
                if ("render.worker" in command) == (stuck == "workers"):
                    with suppress(ProcessLookupError):
                        os.kill(process, signal.SIGSTOP)
        return await task

    # As much time as two tasks take here, whatever else this machine does.
    for deadline_seconds in (6.0, 20.0, 60.0, 240.0):
        answer = asyncio.run(go(deadline_seconds, stop=True))
        assert answer["code"] == "over_deadline", answer
        ended(jobs, "late-1")
        if finished_tasks(jobs, "late-1") >= 2:
            break
    assert answer["figures"]["deadline_seconds"] == deadline_seconds <= answer["figures"]["spent_seconds"]
    assert 0 < answer["figures"]["predicted_seconds"] < deadline_seconds
    began = len(runs_of(jobs, "late-1"))
    committed = finished_keys(jobs, "late-1")
    assert len(committed) >= 2
    later = asyncio.run(go(900.0, stop=False))
    assert later["film"]["frames"] == 8 * 24, later
    after = [row["key"] for row in runs_of(jobs, "late-1")[began:]]
    assert after
    assert committed.isdisjoint(after), "what was committed is not made again"


# -- a job that is handed over -----------------------------------------------------------------------------------------


def stopped(jobs: Path, name: str) -> bool:
    """Whether the SDK has let go of the cancelled job."""
    return f"{name} | Job stopped." in (jobs.parent / "handler.log").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("whose", ["the job's", "the endpoint's"])
def test_a_cancel_before_the_storage_answers_costs_no_second_film(tmp_path: Path, whose: str) -> None:
    """The storage takes connections and does not answer. Cancelled there, the same job again only uploads."""
    jobs = tmp_path / "volume" / "jobs"
    jobs.mkdir(parents=True)
    with platform() as place, buckets.rclone(tmp_path / "s3") as real, throttled(real, rate=0) as slow:
        beside = {"s3Config": buckets.config(slow.url)} if whose == "the job's" else {}
        ours = {} if beside else buckets.variables(slow.url)
        given = job(3, storage={"kind": "s3", "prefix": "mine"}, **beside)
        with worker(place, jobs, CINEMA_VOLUME=str(tmp_path / "volume"), **ours):
            place.submit("up-1", given)
            film = jobs / "up-1" / "film" / "film.mp4"
            # A preview may ask the storage for something before; the film's own upload is told of.
            wait_for(lambda: any(news.get("stage") == "upload" for news in place.progress("up-1")), 300)
            wait_for(lambda: slow.open, 60)
            made, stamp = runs_of(jobs, "up-1"), film.stat().st_mtime_ns
            place.stops.put("up-1")
            wait_for(lambda: stopped(jobs, "up-1"), 60)
            wait_for(lambda: not is_held(jobs / "up-1" / "lease"), 60)
            assert place.results("up-1") == []
            slow.rate = None
            place.submit("up-1", given)
            answer = place.result("up-1")
        assert runs_of(jobs, "up-1") == made
        assert film.stat().st_mtime_ns == stamp, "the film is neither made nor cut again"
        held = buckets.client(real).get_object(Bucket="films", Key=answer["output"]["outputs"][0]["key"])["Body"].read()
    assert held == film.read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("whose", ["the job's", "the endpoint's"])
def test_a_cancel_in_the_middle_of_an_upload_leaves_no_half_in_the_bucket(tmp_path: Path, whose: str) -> None:
    jobs = tmp_path / "volume" / "jobs"
    jobs.mkdir(parents=True)
    with platform() as place, buckets.rclone(tmp_path / "s3") as real, throttled(real) as slow:
        beside = {"s3Config": buckets.config(slow.url)} if whose == "the job's" else {}
        ours = {} if beside else buckets.variables(slow.url)
        with worker(place, jobs, CINEMA_VOLUME=str(tmp_path / "volume"), **ours):
            place.submit("up-1", job(storage={"kind": "volume"}))
            assert "path" in place.result("up-1")["output"]["outputs"][0]
            film = jobs / "up-1" / "film" / "film.mp4"
            with film.open("ab") as file:  # of three parts: what is behind the last box, a player does not look at
                file.write(b"\0\0\0\0free" + os.urandom(40_000_000))
            made, stamp = runs_of(jobs, "up-1"), film.stat().st_mtime_ns
            slow.rate = 4_000_000.0
            given = job(storage={"kind": "s3"}, **beside)
            place.submit("up-1", given)
            wait_for(lambda: slow.passed > 20_000_000, 300)
            place.stops.put("up-1")
            wait_for(lambda: stopped(jobs, "up-1"), 60)
            bucket = buckets.client(real)
            wait_for(lambda: not bucket.list_multipart_uploads(Bucket="films").get("Uploads"), 120)
            assert bucket.list_objects_v2(Bucket="films").get("KeyCount", 0) == 0
            assert film.stat().st_mtime_ns == stamp
            slow.rate = None
            place.submit("up-1", given)
            answer = place.result("up-1", count=2)["output"]
        assert runs_of(jobs, "up-1") == made
        assert "outputs" in answer, answer
        output = answer["outputs"][0]
        held = bucket.get_object(Bucket="films", Key=output["key"])["Body"].read()
    assert hashlib.sha256(held).hexdigest() == output["sha256"]
    assert held == film.read_bytes()


def test_a_cancel_ends_what_waits_for_a_job_s_own_storage(tmp_path: Path) -> None:
    """A server that takes connections and says nothing; what is carried to it, however often boto3 tries, ends at once."""
    film = tmp_path / "film.mp4"
    film.write_bytes(os.urandom(1_000_000))
    parcel = Parcel(role="film", name=film.name, path=film, sha256="0" * 64, size_bytes=1_000_000, duration_seconds=1.0)
    house = House.here({"CINEMA_JOBS": str(tmp_path / "jobs"), "CINEMA_PRIVATE_ADDRESSES": "1"})

    async def go(port: int) -> None:
        config = buckets.config(f"http://127.0.0.1:{port}")
        given = JobIn.model_validate({"script": "x", "s3Config": config}, context={"private": True})
        depot = await asyncio.to_thread(depot_for, given, "up-1", house)
        task = asyncio.create_task(aside(partial(depot.put, parcel)))
        while not busy_in("cinema.faces.serverless.exchange"):
            assert not task.done(), task.result()
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with mute() as port:
        asyncio.run(go(port))
        assert busy_in("cinema.faces.serverless.exchange", "cinema.faces.serverless.bucket") == []
