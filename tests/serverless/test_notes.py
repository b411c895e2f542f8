"""The note beside what was handed over, and what a storage answers that is none: read as strangers' data, and left when told to."""

from __future__ import annotations

import asyncio
import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from buckets import client, rclone, variables
from test_deliver_again import RECORD, ask, house, put_film, told
from test_storage_lines import bucket, film, site, storage  # noqa: F401 - film and site are fixtures
from test_storage_lines import house as reached
from tls_site import HOST, Site, reply

from cinema.faces.serverless import bucket as buckets_of_jobs
from cinema.faces.serverless import handover, manifest
from cinema.faces.serverless.faults import Refused
from cinema.faces.serverless.parcels import Parcel
from cinema.faces.serverless.service import Service

pytest.importorskip("boto3", reason="the extra `serverless` is not installed")
GIVE = {"action": "deliver", "film": "film-1", "outputs": ["film", "stems"]}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[str]:
    with rclone(tmp_path / "s3") as url:
        yield url


@pytest.mark.parametrize(
    "wrong",
    [
        {"cost": {"usd": float("nan")}},
        {"cost": {"usd": float("inf")}},
        {"film": {"title": "\ud800"}},
        {"film": {"seconds": float("nan")}},
        {"film": {"title": ["x"]}},
        {"warnings": ["\udfff"]},
        {"outputs": [{"role": "film", "name": "film.mp4", "sha256": "", "bytes": 4, "duration_seconds": float("nan")}]},
    ],
)
def test_a_note_of_values_that_no_answer_can_hold_leads_nowhere(wrong: dict[str, Any], place: str, tmp_path: Path) -> None:
    digest = hashlib.sha256(b"film").hexdigest()
    item = {"role": "film", "name": "film.mp4", "sha256": digest, "bytes": 4}
    document = {"format": "cinema-delivered/1", "film": {}, "outputs": [item], **wrong}
    for output in document["outputs"]:
        output["sha256"] = digest
    there = client(place)
    there.put_object(Bucket="films", Key="house/film-1/film.mp4", Body=b"film", Metadata={"sha256": digest})
    there.put_object(Bucket="films", Key=f"house/film-1/{manifest.NAME}", Body=json.dumps(document).encode())
    answer = ask(house(tmp_path, **variables(place)), GIVE)
    assert answer["code"] == "not_found"


def test_files_of_an_earlier_film_of_the_same_id_are_not_told_of_beside_the_new_one(place: str, tmp_path: Path) -> None:
    maker = house(tmp_path / "first", **variables(place))
    made = put_film(maker)
    assert set(told(ask(maker, GIVE))) == {"film.mp4", "stems/music.wav"}
    (made / "film.mp4").write_bytes(b"made of another seed")
    (made / "stems" / "music.wav").write_bytes(b"RIFF of another seed")
    maker.job("film-1").enter("film-1", {**RECORD, "print": "y"})
    told(ask(maker, {**GIVE, "outputs": ["film"]}, "again-2"))
    answer = ask(house(tmp_path / "second", **variables(place)), GIVE, "again-3")
    assert set(told(answer)) == {"film.mp4"}
    assert answer["warnings"][-1].startswith("stems cannot be handed over")


def test_links_of_a_note_that_no_answer_holds_are_left_out(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = hashlib.sha256(b"clip").hexdigest()
    names = {"film.mp4": "film", **{f"picture/{number}.mp4": "clips" for number in range(5)}}
    there = client(place)
    for name in names:
        there.put_object(Bucket="films", Key=f"house/film-1/{name}", Body=b"clip", Metadata={"sha256": digest})
    items = [{"role": role, "name": name, "sha256": digest, "bytes": 4} for name, role in names.items()]
    document = {"format": "cinema-delivered/1", "film": {}, "outputs": items}
    there.put_object(Bucket="films", Key=f"house/film-1/{manifest.NAME}", Body=json.dumps(document).encode())
    monkeypatch.setattr(handover, "_OUTPUTS_BYTES", 1_500)
    answer = ask(house(tmp_path, **variables(place)), {**GIVE, "outputs": ["film", "clips"]})
    assert list(told(answer)) == ["film.mp4"]
    assert "in the storage" in answer["warnings"][-1]


def test_a_film_that_was_only_begun_here_is_handed_over_from_where_it_was_finished(place: str, tmp_path: Path) -> None:
    maker = house(tmp_path / "first", **variables(place))
    put_film(maker)
    told(ask(maker, GIVE))
    other = house(tmp_path / "second", **variables(place))
    other.job("film-1").make()
    assert set(told(ask(other, GIVE, "again-2"))) == {"film.mp4", "stems/music.wav"}
    other.job("film-2").make()
    assert ask(other, {**GIVE, "film": "film-2"})["code"] == "interrupted"


@pytest.mark.parametrize("silent", ["the note", "a file"])
def test_what_waits_for_a_silent_storage_ends_with_the_job(silent: str, site: Site, tmp_path: Path) -> None:  # noqa: F811
    asked, done = threading.Event(), threading.Event()

    def say_nothing(line: Any, path: str) -> None:
        asked.set()
        line.recv(1)  # until the other side hangs up
        done.set()

    digest = hashlib.sha256(b"film").hexdigest()
    item = {"role": "film", "name": "film.mp4", "sha256": digest, "bytes": 4}
    note = json.dumps({"format": "cinema-delivered/1", "film": {}, "outputs": [item]}).encode()
    site.pages["/films/film-1/delivered.json"] = say_nothing if silent == "the note" else reply(note)
    site.pages["/films/film-1/film.mp4"] = say_nothing

    async def go() -> None:
        async def send(news: Mapping[str, Any]) -> None:
            """Nobody."""

        service = Service(house=reached(tmp_path, site.network()), send_for=lambda job: send)
        given = {**GIVE, "s3Config": storage(f"https://{HOST}")}
        handling = asyncio.create_task(service.handle({"id": "again-1", "input": given}))
        assert await asyncio.to_thread(asked.wait, 60)
        handling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await handling

    asyncio.run(go())
    assert done.wait(15), "the line is held although nobody waits for its answer"


@pytest.mark.parametrize(
    "answer",
    [
        reply(b"", content_length="4", x_amz_meta_sha256="x", x_amz_object_lock_retain_until_date="never"),
        reply(b"", content_length="", transfer_encoding="chunked"),
    ],
    ids=["a date that is none", "no length"],
)
def test_a_server_that_is_no_storage_is_said_to_be_none(answer: Any, site: Site, film: Parcel, tmp_path: Path) -> None:  # noqa: F811
    site.pages["/films/job-1/film.mp4"] = answer
    with pytest.raises(Refused) as caught:
        bucket(tmp_path, site.network()).put(film, threading.Event())
    assert caught.value.code == "storage"


def test_a_line_that_breaks_is_the_storages_affair(
    site: Site,  # noqa: F811
    film: Parcel,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(buckets_of_jobs, "_TRIES", 1)
    site.pages["/films/job-1/film.mp4"] = lambda line, path: None
    with pytest.raises(Refused) as caught:
        bucket(tmp_path, site.network()).put(film, threading.Event())
    assert caught.value.message == "The storage did not take film.mp4: ConnectionClosedError."


@pytest.mark.parametrize("region", ["123", "-", "a-"])
def test_a_region_that_there_cannot_be_is_no_fault_of_ours(region: str, site: Site, tmp_path: Path) -> None:  # noqa: F811
    given = {**GIVE, "s3Config": storage(f"https://{HOST}", region=region)}
    assert ask(reached(tmp_path, site.network()), given)["code"] in ("storage", "invalid_input")
