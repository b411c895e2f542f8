"""The parts of the endpoint: news, answers, leases, memory, webhooks, addresses, sources, and the start of a worker."""

import asyncio
import hashlib
import hmac
import json
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from endpoint import ROOT, environment
from sent_jobs import job, story

from cinema.errors import InputError
from cinema.faces.serverless import answer, lease, memory, source, webhook
from cinema.faces.serverless.boot import why_not
from cinema.faces.serverless.faults import Refused
from cinema.faces.serverless.house import House, JobFolder
from cinema.faces.serverless.job import read_job
from cinema.faces.serverless.news import News
from cinema.faces.serverless.service import Service

# -- news --------------------------------------------------------------------------------------------------------------


def test_news_are_numbered_in_order_seldom_and_never_after_the_end() -> None:
    sent: list[tuple[float, Mapping[str, Any]]] = []

    async def slow(news: Mapping[str, Any]) -> None:
        await asyncio.sleep(0.05)
        sent.append((time.monotonic(), dict(news)))

    async def go() -> None:
        news, began = News(slow, every_seconds=0.2), time.monotonic()
        for step in range(100):
            news.tell(stage="picture", fraction=step / 100)
            await asyncio.sleep(0.01)
        news.tell(stage="cut")
        await news.drain()
        count = len(sent)
        assert 2 <= count <= (time.monotonic() - began) / 0.2 + 1
        news.tell(stage="late")
        await asyncio.sleep(0.4)
        assert len(sent) == count

    asyncio.run(go())
    numbers = [news["number"] for _, news in sent]
    assert numbers == list(range(1, len(sent) + 1))
    assert all(after - before >= 0.2 for (before, _), (after, _) in pairwise(sent))
    fractions = [news["fraction"] for _, news in sent]
    assert fractions == sorted(fractions)


def test_news_that_cannot_be_sent_stop_nothing() -> None:
    tries: list[int] = []

    async def fails(news: Mapping[str, Any]) -> None:
        tries.append(news["number"])
        raise OSError("no network")

    async def go() -> None:
        news = News(fails, every_seconds=0.01)
        for _ in range(3):
            news.tell(stage="picture")
            await asyncio.sleep(0.15)
        await news.drain()

    asyncio.run(go())
    assert tries == [1, 2, 3]


# -- answers -----------------------------------------------------------------------------------------------------------


def report_of(shots: int, prompt: str = "A lighthouse at night, cold and blue. " * 40) -> dict[str, Any]:
    take = {"number": 1, "key": "0" * 64, "prompt": prompt, "model": "boards", "seconds": 1.0}
    shot = {
        "id": "1-1",
        "scene": 0,
        "prompt": prompt,
        "negative_prompt": prompt,
        "seconds": 2.0,
        "takes": [take] * 3,
        "lines": [],
        "sounds": [],
        "action": "x" * 200,
    }
    return {
        "schema": "cinema-report/1",
        "film": {"title": "F"},
        "verdict": "ok",
        "cost": {},
        "shots": [shot] * shots,
        "scenes": [],
    }


@pytest.mark.parametrize(("shots", "kept"), [(2, True), (500, True), (50_000, False)])
def test_an_answer_of_any_film_fits(shots: int, kept: bool) -> None:
    outputs = [
        {
            "role": "film",
            "name": "film.mp4",
            "url": "https://s3.example/" + "x" * 900,
            "sha256": "0" * 64,
            "bytes": 1,
            "duration_seconds": 1.0,
        }
    ]
    whole = {
        "schema_version": 1,
        "job_id": "j",
        "outputs": outputs,
        "report": report_of(shots),
        "timings": {},
        "warnings": ["Careful."],
    }
    fitted = answer.fit(whole)
    assert fitted["outputs"] == outputs
    assert len(json.dumps({"output": fitted}, ensure_ascii=False).encode()) == answer.size_bytes(fitted) <= answer.MOST_BYTES
    assert answer.size_bytes(fitted["report"]) <= answer.REPORT_BYTES
    assert ("shots" in fitted["report"]) is kept
    assert fitted["warnings"][0] == "Careful."
    assert (len(fitted["warnings"]) == 2) is (shots > 2)


def test_warnings_without_end_are_cut_too() -> None:
    endless = {
        "schema_version": 1,
        "job_id": "j",
        "outputs": [],
        "report": report_of(1),
        "timings": {},
        "warnings": ["ü" * 1_000] * 20_000,
    }
    fitted = answer.fit(endless)
    assert answer.size_bytes(fitted) <= answer.MOST_BYTES
    assert fitted["truncated"] is True


# -- one at a time -----------------------------------------------------------------------------------------------------


def test_two_jobs_of_one_id_wait_for_each_other(tmp_path: Path) -> None:
    inside: list[str] = []

    async def hold(name: str) -> None:
        async with lease.lease(tmp_path / "lease", wait_seconds=60):
            inside.append(f"{name} in")
            await asyncio.sleep(0.2)
            inside.append(f"{name} out")

    async def go() -> None:
        await asyncio.gather(hold("a"), hold("b"))

    asyncio.run(go())
    assert [entry.split()[1] for entry in inside] == ["in", "out", "in", "out"]


def test_a_lease_is_refused_after_a_while_and_another_machine_is_believed(tmp_path: Path) -> None:
    path = tmp_path / "lease"

    async def take(wait_seconds: float) -> str:
        async with lease.lease(path, wait_seconds=wait_seconds):
            return path.read_text()

    async def both() -> None:
        assert not lease.is_held(path)
        async with lease.lease(path, wait_seconds=0):
            assert lease.is_held(path)
            with pytest.raises(Refused, match="being done already"):
                await take(0.2)

    asyncio.run(both())
    assert path.read_text() == ""
    path.write_text("another/machine")
    with pytest.raises(Refused):
        asyncio.run(take(0.2))
    old = time.time() - lease.EXPIRES_SECONDS - 5
    import os

    os.utime(path, (old, old))
    assert asyncio.run(take(0.2)) == lease.machine()


# -- memory ------------------------------------------------------------------------------------------------------------


def test_a_worker_whose_memory_does_not_come_back_is_started_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_LOOK_SECONDS", 0.001)
    falling = iter([5_000_000_000, 3_000_000_000, 1_000_000_000, 1_000_000_000])
    assert asyncio.run(memory.came_back(900_000_000, lambda: next(falling), lambda: 0))
    assert not asyncio.run(memory.came_back(900_000_000, lambda: 5_000_000_000, lambda: 0))
    assert not asyncio.run(memory.came_back(0, lambda: 0, lambda: 3_000_000_000))
    assert memory.own_bytes() > 1_000_000


# -- webhooks ----------------------------------------------------------------------------------------------------------


class Hook:
    """A webhook's receiver that answers with each status in turn."""

    def __init__(self, *statuses: int) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        waiting = list(statuses)
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.got.append((dict(self.headers.items()), body))
                self.send_response(waiting.pop(0))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *said: object) -> None:
                """Quiet."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/told?x=1"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def test_a_webhook_is_signed_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "_TRIES_AFTER_SECONDS", (0.0, 0.0, 0.0))
    hook = Hook(500, 200)
    assert webhook.post(hook.url, {"job_id": "j"}, secret="s3", private=True) == ""
    hook.close()
    headers, body = hook.got[1]
    expected = hmac.new(b"s3", headers["X-Cinema-Timestamp"].encode() + b"." + body, hashlib.sha256).hexdigest()
    assert headers["X-Cinema-Signature"] == f"sha256={expected}"
    assert json.loads(body) == {"job_id": "j"}


@pytest.mark.parametrize(("statuses", "tries"), [((500, 502, 503), 3), ((404,), 1), ((302,), 1)])
def test_a_webhook_that_does_not_take_it_is_only_a_warning(
    statuses: tuple[int, ...], tries: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "_TRIES_AFTER_SECONDS", (0.0, 0.0, 0.0))
    hook = Hook(*statuses)
    assert str(statuses[-1]) in webhook.post(hook.url, {}, private=True)
    hook.close()
    assert len(hook.got) == tries
    assert "has a number for a host" in webhook.post("https://127.0.0.1/", {})


# -- sources -----------------------------------------------------------------------------------------------------------


def test_files_that_a_script_names_are_fetched_once_and_named_beside_it(tmp_path: Path) -> None:
    script = story()
    script["characters"][0] |= {
        "references": ["https://a.example/x//y.png?z=1"],
        "voice": {"sample": "https://a.example/v.wav"},
    }
    asked: list[tuple[str, str]] = []

    def fetch(url: str, folder: Path, kind: str) -> Path:
        asked.append((url, kind))
        path = folder / ("got.png" if kind == "image" else "got.wav")
        path.write_bytes(b"x")
        return path

    read = source.read_source(read_job({"id": "a", "input": {"script": script}}).input)
    for _ in range(2):
        laid = json.loads(source.lay(read, tmp_path, fetch).read_bytes())
    assert asked == [("https://a.example/x//y.png?z=1", "image"), ("https://a.example/v.wav", "audio")]
    person = laid["characters"][0]
    assert (tmp_path / person["references"][0]).is_file()
    assert (tmp_path / person["voice"]["sample"]).is_file()


def test_a_script_by_its_link_and_one_that_cannot_be_had(tmp_path: Path) -> None:
    def fetch(url: str, folder: Path, kind: str) -> Path:
        if "gone" in url:
            raise InputError("The address answered 404.")
        path = folder / "script.fountain"
        path.write_text("INT. LAMP ROOM - NIGHT\n\nMara lights the lamp.\n")
        return path

    def ask(url: str) -> source.Source:
        return source.read_source(read_job({"id": "a", "input": {"script": {"url": url}}}).input, fetch)

    assert len(ask("https://a.example/s").script.scenes) == 1
    with pytest.raises(Refused) as caught:
        ask("https://a.example/gone")
    assert caught.value.faults[0].pointer == "/script/url"


# -- the folder of a job -----------------------------------------------------------------------------------------------


def test_old_jobs_are_removed_and_fresh_ones_stay(tmp_path: Path) -> None:
    import os

    house = House.here({"CINEMA_JOBS": str(tmp_path), "CINEMA_KEEP_HOURS": "1"})
    for name, hours in (("old", 2), ("fresh", 0)):
        house.job(name).make()
        house.job(name).lease.touch()
        at = time.time() - hours * 3600
        os.utime(house.job(name).lease, (at, at))
    house.tidy()
    assert [path.name for path in tmp_path.iterdir()] == ["fresh"]


def test_a_retake_makes_older_records_void(tmp_path: Path) -> None:
    folder = JobFolder(tmp_path / "a")
    folder.enter("a", {"x": 1})
    assert folder.record("a") == {"x": 1}
    folder.enter("b", {"x": 2})
    assert folder.record("a") is None


# -- in one process ----------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_retake_changes_one_shot_and_a_retry_of_it_nothing(tmp_path: Path) -> None:
    house = House.here({"CINEMA_JOBS": str(tmp_path / "jobs"), "CINEMA_VOLUME": str(tmp_path / "none")})

    async def send(news: Mapping[str, Any]) -> None:
        """Nobody."""

    service = Service(house=house, send_for=lambda job: send)

    def ask(job_id: str, given: Any) -> dict[str, Any]:
        return asyncio.run(service.handle({"id": job_id, "input": given}))

    first = ask("film-1", job(2, outputs=["film", "report", "stems"]))
    assert {output["role"] for output in first["outputs"]} == {"film", "report", "stems"}
    assert ask("s", {"action": "status", "film": "film-1"})["state"] == "done"
    again = {"action": "retake", "film": "film-1", "shot": "1-2", "outputs": ["film"]}
    second = ask("retake-1", again)
    takes = {shot["id"]: len(shot["takes"]) for shot in second["report"]["shots"]}
    assert sorted(takes.values()) == [1, 2], second
    third = ask("retake-1", again)
    assert third["outputs"] == second["outputs"]
    assert {shot["id"]: len(shot["takes"]) for shot in third["report"]["shots"]} == takes
    wrong = ask("retake-2", {**again, "shot": "9-9"})
    assert wrong["code"] == "invalid_input"
    none = ask("retake-3", {**again, "film": "nothing-1"})
    assert none["code"] == "not_found"


# -- start -------------------------------------------------------------------------------------------------------------


def test_a_live_endpoint_without_storage_does_not_start(tmp_path: Path) -> None:
    pytest.importorskip("runpod", reason="the extra `serverless` is not installed")
    told = environment(
        tmp_path / "jobs",
        RUNPOD_ENDPOINT_ID="e1",
        RUNPOD_WEBHOOK_GET_JOB="http://127.0.0.1:9/job-take/$ID",
        CINEMA_VOLUME=str(tmp_path / "none"),
    )
    done = subprocess.run(
        [sys.executable, str(ROOT / "handler.py")], cwd=ROOT, env=told, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 2
    assert "BUCKET_ENDPOINT_URL" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("more", "refused"),
    [
        ({}, False),
        ({"RUNPOD_ENDPOINT_ID": "e"}, True),
        ({"RUNPOD_ENDPOINT_ID": "e", "CINEMA_STORAGE": "job"}, False),
        ({"RUNPOD_ENDPOINT_ID": "e", "BUCKET_NAME": "films"}, True),
        (
            {
                "RUNPOD_ENDPOINT_ID": "e",
                "BUCKET_NAME": "films",
                "BUCKET_ENDPOINT_URL": "https://s3.example",
                "BUCKET_ACCESS_KEY_ID": "k",
                "BUCKET_SECRET_ACCESS_KEY": "s",
            },
            False,
        ),
        ({"BUCKET_NAME": "films"}, True),
    ],
)
def test_who_may_start(more: dict[str, str], refused: bool, tmp_path: Path) -> None:
    house = House.here({"CINEMA_JOBS": str(tmp_path / "jobs"), "CINEMA_VOLUME": str(tmp_path / "none"), **more})
    assert bool(why_not(house)) is refused


def test_the_handler_is_ready_without_a_model_library(tmp_path: Path) -> None:
    pytest.importorskip("runpod", reason="the extra `serverless` is not installed")
    probe = "import sys, runpod\nfrom cinema.faces.serverless.boot import prepare\nprepare()\nimport threading\n[one.join() for one in threading.enumerate() if one.name == 'warm-up']\nprint(sorted(set(sys.modules) & {'torch', 'diffusers', 'transformers'}))"
    done = subprocess.run(
        [sys.executable, "-c", probe],
        cwd=ROOT,
        env=environment(tmp_path / "jobs"),
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    assert done.stdout.splitlines()[-1] == "[]"
    assert "ready" in done.stderr
