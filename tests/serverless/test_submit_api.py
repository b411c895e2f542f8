"""The client's line to an endpoint: what is tried again, what never, and what a service may say."""

import json
import threading
import time
from collections.abc import Generator, Iterator
from email.utils import formatdate
from typing import Any

import pytest

from cinema.errors import Cancelled, InputError
from cinema.faces.endpoint.follow import Pace, Seen, follow
from cinema.faces.endpoint.limits import limits_given, limits_of
from cinema.faces.endpoint.local_api import LocalEndpoint
from cinema.faces.endpoint.runpod_api import (
    EndpointError,
    Patience,
    RunpodEndpoint,
    UnknownJob,
    connect,
    retry_after_seconds,
)
from cinema.faces.endpoint.told import JobFailed, read_answer, read_failure
from cinema.testing.endpoint import TestingEndpoint

QUICK = Patience(first_wait_seconds=0.01, longest_wait_seconds=0.02, give_up_seconds=1.0)
BRISK = Pace(least_seconds=0.01, most_seconds=0.02)
POLICY = limits_of(60.0, measured=True).policy
WORK = {"action": "render", "script": {"scenes": []}}
FILM = {"role": "film", "path": "/runpod-volume/films/job-1/film.mp4", "sha256": "0" * 64, "bytes": 3}


def makes_a_film(job: dict[str, Any]) -> Generator[Any, None, Any]:
    yield {"number": 1, "stage": "speech", "fraction": 0.2}
    time.sleep(0.05)
    yield {"number": 2, "stage": "picture", "shot": 1, "shots": 3, "seconds_left": 12.0, "fraction": 0.5}
    time.sleep(0.05)
    return {"job_id": job["id"], "outputs": [FILM]}


def never_ends(job: dict[str, Any]) -> Generator[Any, None, Any]:
    while True:
        yield {"number": 1, "stage": "picture"}
        time.sleep(0.005)


_OPEN: list[RunpodEndpoint | LocalEndpoint] = []


@pytest.fixture(autouse=True)
def _hang_up() -> Iterator[None]:
    yield
    while _OPEN:
        _OPEN.pop().close()


def client(served: TestingEndpoint, **other: Any) -> RunpodEndpoint:
    endpoint = RunpodEndpoint(served.id, **{"key": served.key, "service": served.service, "patience": QUICK, **other})
    _OPEN.append(endpoint)
    return endpoint


def watch(endpoint: Any, job: str) -> tuple[Any, list[Seen]]:
    seen: list[Seen] = []
    return follow(endpoint, job, seen.append, read=read_answer, patience=QUICK, pace=BRISK), seen


def test_a_job_is_followed_to_its_answer() -> None:
    with TestingEndpoint(makes_a_film) as served:
        endpoint = client(served)
        answer, seen = watch(endpoint, endpoint.submit(WORK, policy=POLICY, webhook="https://example.com/hook"))
    assert answer.outputs[0].path == FILM["path"]
    assert [one.news.stage for one in seen if one.news] == ["speech", "picture"]
    assert served.jobs["job-1"].request == {"input": WORK, "policy": POLICY, "webhook": "https://example.com/hook"}


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_following_outlives_what_may_pass(status: int) -> None:
    with TestingEndpoint(makes_a_film) as served:
        endpoint = client(served)
        job = endpoint.submit(WORK, policy=POLICY)
        served.fail("/status", status, times=3)
        served.drop("/status", times=2)
        answer, seen = watch(endpoint, job)
    assert answer.job_id == job
    assert len([one for one in seen if one.trouble]) == 5


def test_a_wait_that_the_service_asks_for_is_kept() -> None:
    with TestingEndpoint(makes_a_film) as served:
        endpoint = client(served)
        job = endpoint.submit(WORK, policy=POLICY)
        served.fail("/status", 429, retry_after="1")
        before = time.monotonic()
        follow(endpoint, job, print, read=read_answer, patience=Patience(first_wait_seconds=0.01), pace=BRISK)
        assert time.monotonic() - before >= 1.0


def test_an_endpoint_out_of_reach_is_given_up_in_the_end() -> None:
    with TestingEndpoint(makes_a_film) as served:
        endpoint = client(served)
        job = endpoint.submit(WORK, policy=POLICY)
        served.fail("/status", 503, times=10_000)
        with pytest.raises(EndpointError, match="goes on without being watched"):
            watch(endpoint, job)


def test_a_submission_is_tried_again_only_where_it_was_surely_not_taken() -> None:
    with TestingEndpoint(makes_a_film) as served:
        served.fail("/run", 429, times=2)
        assert client(served).submit(WORK, policy=POLICY) == "job-1"
        served.drop("/run", after=True)
        with pytest.raises(EndpointError, match="may have been taken"):
            client(served).submit(WORK, policy=POLICY)
        served.fail("/run", 502)
        with pytest.raises(EndpointError, match="may have been taken"):
            client(served).submit(WORK, policy=POLICY)
        assert sorted(served.jobs) == ["job-1", "job-2"]
        assert served.requests.count("POST /v2/abc123/run") == 5
    with pytest.raises(EndpointError, match="nothing was done"):
        client(served).submit(WORK, policy=POLICY)


def test_a_wrong_key_endpoint_or_job_is_said_and_the_key_is_not() -> None:
    secret = "rpa_VERYSECRET"
    with TestingEndpoint(makes_a_film) as served:
        with pytest.raises(InputError, match="RUNPOD_API_KEY") as refused:
            client(served, key=secret).submit(WORK, policy=POLICY)
        assert secret not in str(refused.value)
        other = RunpodEndpoint("nobody", key=served.key, service=served.service)
        _OPEN.append(other)
        with pytest.raises(InputError, match="no such endpoint"):
            other.submit(WORK, policy=POLICY)
        with pytest.raises(UnknownJob, match="its id is wrong"):
            watch(client(served), "job-99")
        for name in ("../v1/other", "..", "", "a b"):
            with pytest.raises(InputError, match="no id of an endpoint"):
                RunpodEndpoint(name, key=served.key)
        for name in ("../run", "..", "", "a/b", "a?b"):
            with pytest.raises(InputError, match="no id of a job"):
                client(served).status(name)
        with pytest.raises(InputError, match=r"refuses the request \(400: policy out of range\)"):
            client(served).submit(WORK, policy={"executionTimeout": 1, "ttl": 10_000})


def test_the_key_is_needed_and_goes_to_https_or_this_machine_only() -> None:
    with pytest.raises(InputError, match="RUNPOD_API_KEY is not set"):
        connect("abc", {})
    for address in (
        "http://api.example.com/v2",
        "http://127.0.0.1.example.com",
        "https://me:you@example.com",
        "ftp://x",
        "//x",
    ):
        with pytest.raises(InputError, match="no https address"):
            connect("abc", {"RUNPOD_API_KEY": "k", "RUNPOD_ENDPOINT_BASE_URL": address})
    with pytest.raises(InputError) as refused:
        connect("abc", {"RUNPOD_API_KEY": "rpa secret\n\u20ac"})
    assert "secret" not in str(refused.value)
    connect("abc", {"RUNPOD_API_KEY": "k", "RUNPOD_ENDPOINT_BASE_URL": "http://127.0.0.1:9/v2"}).close()


def test_a_request_of_more_than_10_mb_is_not_sent() -> None:
    with TestingEndpoint(makes_a_film) as served:
        with pytest.raises(InputError, match="10,000,000 is the most"):
            client(served).submit({"script": "x" * 10_000_000}, policy=POLICY)
        assert served.requests == []


def test_results_that_expired_are_said_to_have() -> None:
    with TestingEndpoint(makes_a_film, speed=100_000.0) as served:
        endpoint = client(served)
        job = endpoint.submit(WORK, policy={"executionTimeout": 600_000_000, "ttl": 604_800_000})
        while served.jobs[job].status != "COMPLETED":
            time.sleep(0.005)
        time.sleep(0.1)
        with pytest.raises(UnknownJob, match=r"results have expired.*30 minutes") as gone:
            watch(endpoint, job)
    assert gone.value.exit_code == 5


def test_a_job_that_runs_out_of_time_goes_on_with_a_retry() -> None:
    slow = threading.Event()

    def handler(job: dict[str, Any]) -> Generator[Any, None, Any]:
        while not slow.is_set():
            yield {"stage": "picture"}
            time.sleep(0.005)
        return {"outputs": [FILM]}

    with TestingEndpoint(handler, speed=100.0) as served:
        endpoint = client(served)
        job = endpoint.submit(WORK, policy={"executionTimeout": 6_000, "ttl": 604_800_000})
        with pytest.raises(JobFailed, match=f"--retry {job}") as ended:
            watch(endpoint, job)
        assert ended.value.exit_code == 5
        slow.set()
        assert endpoint.retry(job).state == "queued"
        assert watch(endpoint, job)[0].outputs
        assert served.jobs[job].runs == 2


def test_a_time_to_live_that_ends_deletes_a_running_job() -> None:
    with TestingEndpoint(never_ends, speed=100.0) as served:
        endpoint = client(served)
        with pytest.raises(UnknownJob, match="its time to live ran out"):
            watch(endpoint, endpoint.submit(WORK, policy={"executionTimeout": 600_000, "ttl": 20_000}))


def test_a_cancelled_job_is_no_failure() -> None:
    with TestingEndpoint(never_ends) as served:
        endpoint = client(served)
        job = endpoint.submit(WORK, policy=POLICY)
        served.fail("/cancel", 503, times=2)
        assert endpoint.cancel(job).state == "cancelled"
        with pytest.raises(Cancelled):
            watch(endpoint, job)


def test_an_answer_that_the_service_lost_is_noticed() -> None:
    def handler(job: dict[str, Any]) -> Generator[Any, None, Any]:
        yield {}
        return {"outputs": [], "more": "x" * 10_000_001}

    with TestingEndpoint(handler) as served:
        endpoint = client(served)
        with pytest.raises(JobFailed, match="no answer"):
            watch(endpoint, endpoint.submit(WORK, policy=POLICY))


def test_the_local_api_runs_a_job_while_its_status_is_asked_for() -> None:
    def handler(job: dict[str, Any]) -> Generator[Any, None, Any]:
        if job["input"]["action"] == "status":
            return {"film": job["input"]["film"], "state": "running", "progress": {"number": 4, "stage": "sound"}}
        return (yield from makes_a_film(job))

    with TestingEndpoint(handler) as served:
        endpoint = LocalEndpoint(served.local_address, patience=QUICK)
        _OPEN.append(endpoint)
        job = endpoint.submit(WORK, policy=POLICY)
        answer, seen = watch(endpoint, job)
        assert answer.job_id == job
        assert "sound" in [one.news.stage for one in seen if one.news]
        with pytest.raises(UnknownJob):
            watch(endpoint, job)
        with pytest.raises(InputError, match="cannot cancel"):
            endpoint.cancel(job)
    with pytest.raises(InputError, match="not this machine"):
        LocalEndpoint("https://example.com")
    gone = LocalEndpoint(served.local_address, patience=QUICK)
    _OPEN.append(gone)
    with pytest.raises(EndpointError, match=r"start `python handler\.py --rp_serve_api`"):
        gone.submit(WORK, policy=POLICY)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("3", 3.0),
        ("999999999999", 600.0),
        (formatdate(1000.0 + 30, usegmt=True), 30.0),
        ("soon", None),
        ("-1", None),
        (None, None),
    ],
)
def test_retry_after(header: str | None, seconds: float | None) -> None:
    assert retry_after_seconds(header, now=1000.0) == seconds


def test_limits_have_a_margin_that_is_told() -> None:
    measured, guessed = limits_of(1000.0, measured=True), limits_of(1000.0, measured=False)
    assert measured.policy == {"executionTimeout": 2_400_000, "ttl": 88_800_000}
    assert guessed.policy["executionTimeout"] == 3_900_000
    assert "times 3" in guessed.why
    assert "not measured" in guessed.why
    assert limits_of(0.1, measured=True).run_seconds >= 600
    assert limits_given(600_000.0).policy["ttl"] == 604_800_000
    with pytest.raises(InputError, match="168 h"):
        limits_of(500_000.0, measured=True)


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_failure_keeps_its_pointers_and_its_code(wrapped: bool) -> None:
    error: Any = {"code": "invalid_input", "message": "Bad.", "errors": [{"pointer": "/script/scenes/0", "message": "Empty."}]}
    failed = read_failure(json.dumps(error) if wrapped else error)
    assert "/script/scenes/0: Empty" in failed.message
    assert failed.exit_code == 2
    assert read_failure("Out of \x1b[31mluck").message == "The job failed: Out of  [31mluck"
    assert read_failure({"code": "does_not_fit", "message": "Too large."}).exit_code == 4
    assert read_failure(None).exit_code == 1


def test_the_testing_endpoint_has_the_services_other_routes() -> None:
    import httpx2

    with (
        TestingEndpoint(makes_a_film) as served,
        httpx2.Client(headers={"Authorization": served.key}, base_url=f"{served.service}/{served.id}", trust_env=False) as line,
    ):
        done = line.post("/runsync", json={"input": WORK}).json()
        assert done["status"] == "COMPLETED"
        assert done["output"]["outputs"] == [FILM]
        streamed = line.get(f"/stream/{done['id']}").json()["stream"]
        assert [one["output"]["number"] for one in streamed] == [1, 2]
        assert line.get("/health").json()["jobs"] == {"completed": 1, "failed": 0, "inProgress": 0, "inQueue": 0}
        served.workers.acquire()
        waiting = line.post("/run", json={"input": WORK}).json()["id"]
        assert line.post("/purge-queue").json()["removed"] == 1
        assert line.get(f"/status/{waiting}").json()["status"] == "CANCELLED"
        served.workers.release()
        assert line.post(f"/retry/{waiting}").status_code == 400
        assert line.post("/run", json={"input": {}}).status_code == 400
        assert line.post("/run", content=b"x" * 10_000_001).status_code == 413
