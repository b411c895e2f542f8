"""What a film's job leaves behind however it ends: its record, and nobody who works on for it."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from sent_jobs import job
from test_serverless_warm import GIGABYTE, Endpoint, endpoint, serving  # noqa: F401 - endpoint is a fixture
from test_storage_lines import house as reached
from test_storage_lines import storage
from tls_site import HOST, Site, reply, running

from cinema.faces.serverless import making, memory
from cinema.faces.serverless.estimate import Estimate
from cinema.faces.serverless.service import Service
from cinema.settings import Settings

pytestmark = pytest.mark.slow


@pytest.fixture
def site() -> Iterator[Site]:
    with running() as here:
        yield here


async def cancel(service: Service, job_id: str, given: Mapping[str, Any], when: threading.Event) -> None:
    handling = asyncio.create_task(service.handle({"id": job_id, "input": dict(given)}))
    assert await asyncio.to_thread(when.wait, 120)
    handling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await handling


def test_a_film_is_noted_before_its_child_is_looked_after(
    endpoint: Endpoint,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever comes again after a cancel or a deadline of that moment makes nothing."""
    made, looked = endpoint.jobs / "one-1" / "film" / "film.mp4", threading.Event()

    def cards() -> int:
        if not made.exists() or looked.is_set():
            return 0
        looked.set()
        return 5 * GIGABYTE

    with serving(endpoint.jobs, cards=cards) as found, monkeypatch.context() as patch:
        patch.setattr(memory, "_LOOK_SECONDS", 600.0)  # the cards are waited for until the cancel
        asyncio.run(cancel(found.service, "one-1", job(), looked))
        first = found.service.house.job("one-1").record("one-1")
        assert first is not None
        again = found.render("one-1")
        assert again["timings"]["render_seconds"] == first["timings"]["render_seconds"]
        assert found.service.keeper.idle is None


def test_a_child_that_waited_without_having_worked_is_not_missed_either(endpoint: Endpoint) -> None:  # noqa: F811
    refused = endpoint.ask("dear-1", job(60, 600.0, deadline_seconds=60))
    assert refused["code"] == "over_deadline"
    stopped = endpoint.child
    os.kill(stopped, signal.SIGSTOP)  # it seems to live, and takes no job

    async def ask() -> dict[str, Any]:
        asked = asyncio.create_task(endpoint.service.handle({"id": "one-1", "input": job()}))
        while not (endpoint.jobs / "one-1" / "child.log").is_file():
            await asyncio.sleep(0.01)
        os.kill(stopped, signal.SIGKILL)
        return await asked

    assert asyncio.run(ask())["outputs"][0]["role"] == "film"
    assert endpoint.child != stopped


def test_a_cancel_before_the_child_has_the_job_leaves_it_and_its_models(
    endpoint: Endpoint,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    endpoint.render("one-1")
    child, begun, go = endpoint.child, threading.Event(), threading.Event()
    usual = making.estimate

    def waiting(path: Path, settings: Settings) -> Estimate:
        begun.set()
        go.wait(60)
        return usual(path, settings)

    with monkeypatch.context() as patch:
        patch.setattr(making, "estimate", waiting)

        async def stop() -> None:
            try:
                await cancel(endpoint.service, "two-1", job(seed=4), begun)
            finally:
                go.set()

        asyncio.run(stop())
    assert endpoint.child == child
    assert endpoint.render("two-1", job(seed=4))["timings"]["models_loaded"] == []


def test_a_preview_that_a_storage_does_not_take_ends_with_the_job(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("boto3", reason="the extra `serverless` is not installed")
    monkeypatch.setenv("CINEMA_WORKERS", "1")
    asked, done = threading.Event(), threading.Event()

    def say_nothing(line: Any, path: str) -> None:
        asked.set()
        line.recv(1)  # until the other side hangs up
        done.set()

    site.pages["/films/one-1/preview.jpg"] = say_nothing
    site.pages["/films/one-1/film.mp4"] = reply(b"", status="403 No")

    async def send(news: Mapping[str, Any]) -> None:
        """Nobody."""

    service = Service(house=reached(tmp_path, site.network()), send_for=lambda job: send)
    try:
        given = job(60, 3.0, s3Config=storage(f"https://{HOST}"))
        asyncio.run(cancel(service, "one-1", given, asked))
    finally:
        service.close()
    assert done.wait(15), "the line is held although nobody waits for its answer"
