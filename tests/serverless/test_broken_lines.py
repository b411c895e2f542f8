"""What breaks off halfway, and what comes late: told as that, tried again, never taken for the whole."""

from __future__ import annotations

import asyncio
import hashlib
import os
import threading
from collections.abc import Iterator
from http.client import IncompleteRead
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from sent_jobs import job
from test_deliver_again import ask, house
from tls_site import HOST, Site, reply, running

from cinema.faces.endpoint.collect import collect, parcels
from cinema.faces.endpoint.runpod_api import EndpointError
from cinema.faces.endpoint.told import Product
from cinema.faces.serverless import lease
from cinema.faces.serverless.addresses import parse_address
from cinema.faces.serverless.exchange import Request, exchange


@pytest.fixture
def site() -> Iterator[Site]:
    with running() as here:
        yield here


def test_an_answer_that_breaks_off_is_not_taken_for_the_whole(site: Site) -> None:
    site.pages["/note"] = reply(b'{"outputs": [', content_length="2000")
    asked = Request(method="GET", headers={}, seconds=20.0)
    with pytest.raises(IncompleteRead):
        exchange(parse_address(f"https://{HOST}/note"), asked, site.network())
    head = Request(method="HEAD", headers={}, seconds=20.0)
    site.pages["/note"] = reply(b"", content_length="2000")
    assert exchange(parse_address(f"https://{HOST}/note"), head, site.network()).status == 200


def test_a_heartbeat_that_the_volume_does_not_take_once_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it, another machine would take the film for left after 45 s."""
    monkeypatch.setattr(lease, "_BEAT_SECONDS", 0.01)
    beats: list[float] = []
    usual = os.utime

    def touch(descriptor: int) -> None:
        beats.append(0.0)
        if len(beats) == 1:
            raise OSError(5, "Input/output error")
        usual(descriptor)

    monkeypatch.setattr(lease.os, "utime", touch)

    async def go() -> None:
        async with lease.lease(tmp_path / "lease", wait_seconds=0), asyncio.timeout(60):
            while len(beats) < 3:
                await asyncio.sleep(0.01)

    asyncio.run(go())


def test_a_folder_of_jobs_that_cannot_be_written_is_told_as_that(tmp_path: Path) -> None:
    (tmp_path / "jobs").write_text("a file")
    assert ask(house(tmp_path), job())["code"] == "disk"


@pytest.mark.parametrize("status", [302, 304])
def test_a_link_that_leads_nowhere_is_said_to(status: int, tmp_path: Path) -> None:
    class Nowhere(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *said: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Nowhere)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        url = f"http://127.0.0.1:{server.server_address[1]}/film.mp4"
        product = Product(role="film", name="film.mp4", url=url, sha256=hashlib.sha256(b"").hexdigest(), bytes=4)
        with pytest.raises(EndpointError, match=f"does not give film.mp4 \\({status}\\)"):
            collect(parcels([product], tmp_path, local=True), lambda count: None)
    finally:
        server.shutdown()
        server.server_close()
