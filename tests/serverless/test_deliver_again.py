"""A film handed over again: from its folder, or from what was noted in the bucket; whole, or with a reason."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
import threading
import urllib.request
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import opentimelineio as otio
import pytest
from buckets import client, config, rclone, s3rver, variables
from endpoint import wait_for
from sent_jobs import job

from cinema.faces.cli import run
from cinema.faces.serverless import handover, manifest, parcels
from cinema.faces.serverless.bucket import Bucket
from cinema.faces.serverless.house import House
from cinema.faces.serverless.service import Service
from cinema.testing.endpoint import TestingEndpoint

pytest.importorskip("boto3", reason="the extra `serverless` is not installed")
LARGE = 40_000_000
RECORD = {
    "print": "x",
    "finished_at": "2026-11-21T07:00:00+00:00",
    "summary": {"title": "The Signal", "frames": 48, "fps": "24", "seconds": 2.0, "missing": []},
    "warnings": ["Dark."],
    "timings": {"render_seconds": 3.0},
}


def ask(house: House, given: dict[str, Any], job_id: str = "again-1") -> dict[str, Any]:
    async def send(news: Mapping[str, Any]) -> None:
        """Nobody."""

    service = Service(house=house, send_for=lambda job: send)
    try:
        return asyncio.run(service.handle({"id": job_id, "input": given}))
    finally:
        service.close()


def house(folder: Path, **more: str) -> House:
    told = {"CINEMA_JOBS": str(folder / "jobs"), "CINEMA_PRIVATE_ADDRESSES": "1", "CINEMA_WAIT_SECONDS": "0.2"}
    return House.here({"CINEMA_VOLUME": str(folder / "none"), **told, **more})


def put_film(here: House, job_id: str = "film-1", by: str = "film-1", size: int = 5_000) -> Path:
    """As much of a finished film's folder as is handed over."""
    folder = here.job(job_id)
    film = folder.film
    (film / "stems").mkdir(parents=True)
    files = {"film.mp4": os.urandom(size), "captions.srt": b"1\n", "captions.vtt": b"WEBVTT\n", "stems/music.wav": b"RIFF"}
    for name, data in {**files, "report.json": b'{"film": {"shots": 2}}', "report.html": b"<html>"}.items():
        (film / name).write_bytes(data)
    folder.enter(by, RECORD)
    return film


def told(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    assert "error" not in answer, answer
    return {output["name"]: output for output in answer["outputs"]}


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[str]:
    with rclone(tmp_path / "s3") as url:
        yield url


# -- from the folder ---------------------------------------------------------------------------------------------------


def test_a_finished_film_is_handed_over_without_being_made(storage: str, tmp_path: Path) -> None:
    here = house(tmp_path, **variables(storage))
    film = put_film(here)
    before = {path: path.stat().st_mtime_ns for path in sorted(film.rglob("*"))}
    first = ask(here, {"action": "deliver", "film": "film-1"})
    assert first["made_by"] == "film-1"
    assert first["job_id"] == "again-1"
    assert set(first) >= {"schema_version", "outputs", "film", "report", "timings", "cost", "warnings", "peak_vram_bytes"}
    assert first["warnings"] == ["Dark."]
    assert first["timings"]["render_seconds"] == 3.0
    assert list(told(first)) == ["film.mp4", "captions.srt", "captions.vtt", "report.json", "report.html"]
    sent = {entry["Key"]: entry["LastModified"] for entry in client(storage).list_objects_v2(Bucket="films")["Contents"]}
    for name, output in told(first).items():
        data = client(storage).get_object(Bucket="films", Key=output["key"])["Body"].read()
        assert output["key"] == f"house/film-1/{name}"
        assert hashlib.sha256(data).hexdigest() == output["sha256"] == hashlib.sha256((film / name).read_bytes()).hexdigest()
        assert len(data) == output["bytes"]
    second = ask(here, {"action": "deliver", "film": "film-1", "outputs": ["film", "stems"]}, "again-2")
    assert told(second)["film.mp4"]["sha256"] == told(first)["film.mp4"]["sha256"]
    assert list(told(second)) == ["film.mp4", "stems/music.wav"]
    now = {entry["Key"]: entry["LastModified"] for entry in client(storage).list_objects_v2(Bucket="films")["Contents"]}
    assert {key: now[key] for key in sent if "delivered" not in key} == {
        key: at for key, at in sent.items() if "delivered" not in key
    }
    assert {path: path.stat().st_mtime_ns for path in sorted(film.rglob("*"))} == before


def test_another_storage_is_given_the_film_too(storage: str, tmp_path: Path) -> None:
    here = house(tmp_path)
    put_film(here)
    own = config(storage)
    answer = ask(here, {"action": "deliver", "film": "film-1", "s3Config": own, "storage": {"prefix": "mine"}})
    assert told(answer)["film.mp4"]["key"] == "mine/film-1/film.mp4"
    assert own["accessSecret"] not in json.dumps(answer)


def test_a_film_after_a_retake_is_found_by_either_job(storage: str, tmp_path: Path) -> None:
    here = house(tmp_path, **variables(storage))
    put_film(here, by="retake-1")
    for name in ("film-1", "retake-1"):
        answer = ask(here, {"action": "deliver", "film": name})
        assert answer["made_by"] == "retake-1"
        assert told(answer)["film.mp4"]["key"] == "house/retake-1/film.mp4"


def test_what_is_not_there_or_not_whole_is_said(tmp_path: Path) -> None:
    here = house(tmp_path)
    give = {"action": "deliver", "film": "film-1"}
    assert ask(here, give)["code"] == "not_found"
    here.job("film-1").make()
    begun = ask(here, give)
    assert begun["code"] == "interrupted"
    assert "not finished" in begun["message"]
    shutil.rmtree(here.job("film-1").path)
    put_film(here)
    assert told(ask(here, give))["film.mp4"]["path"]
    (here.job("film-1").film / "film.mp4").unlink()
    assert ask(here, give)["code"] == "interrupted"
    assert ask(here, {"action": "deliver"})["code"] == "invalid_input"
    assert ask(here, {**give, "script": "x"})["code"] == "invalid_input"
    assert ask(here, {**give, "film": "../film-1"})["code"] == "invalid_input"


def test_a_film_that_is_being_made_is_waited_for_and_then_refused(tmp_path: Path) -> None:
    here = house(tmp_path)
    put_film(here)
    from cinema.faces.serverless.lease import lease

    async def go() -> dict[str, Any]:
        async with lease(here.job("film-1").lease, wait_seconds=0):
            return await asyncio.to_thread(ask, here, {"action": "deliver", "film": "film-1"})

    assert asyncio.run(go())["code"] == "running"


# -- from the bucket ---------------------------------------------------------------------------------------------------


def test_a_film_outlives_the_worker_that_made_it(storage: str, tmp_path: Path) -> None:
    maker = house(tmp_path / "first", **variables(storage))
    put_film(maker)
    first = ask(maker, {"action": "deliver", "film": "film-1", "outputs": ["film", "captions"]})
    ask(maker, {"action": "deliver", "film": "film-1", "outputs": ["report"]}, "again-2")
    shutil.rmtree(tmp_path / "first")
    other = house(tmp_path / "second", **variables(storage))
    give = {"action": "deliver", "film": "film-1", "outputs": ["film", "stems", "report"]}
    second = ask(other, give, "again-3")
    assert second["made_by"] == "film-1"
    assert list(told(second)) == ["film.mp4", "report.json", "report.html"]
    same = ("role", "name", "key", "sha256", "bytes", "duration_seconds")
    assert [told(second)["film.mp4"][key] for key in same] == [told(first)["film.mp4"][key] for key in same]
    assert "X-Amz-Expires=86400" in told(second)["film.mp4"]["url"]
    assert second["film"] == first["film"]
    assert second["warnings"][0] == "Dark."
    assert second["warnings"][-1].startswith("stems cannot be handed over: not in the storage")
    assert not other.job("film-1").path.exists()
    client(storage).put_object(Bucket="films", Key="house/film-1/film.mp4", Body=b"another")
    assert "film.mp4" not in told(ask(other, give, "again-4"))
    assert ask(other, {**give, "film": "film-2"})["code"] == "not_found"


@pytest.mark.parametrize(
    "note",
    [
        b"",
        b"[]",
        b"{",
        b"[" * 100_000,
        b"\xff\xfe",
        b"x" * 3_000_000,
        json.dumps({"format": "cinema-delivered/2", "outputs": [], "film": {}}).encode(),
        *(
            json.dumps(
                {"format": "cinema-delivered/1", "film": {}, "outputs": [{"role": "film", "bytes": 1, **wrong}]}
            ).encode()
            for wrong in (
                {"name": "../film-2/film.mp4", "sha256": "0" * 64},
                {"name": "/film.mp4", "sha256": "0" * 64},
                {"name": "a/b/film.mp4", "sha256": "0" * 64},
                {"name": "film.mp4", "sha256": "x"},
                {"name": ".hidden", "sha256": "0" * 64},
            )
        ),
    ],
)
def test_a_note_that_somebody_else_wrote_leads_nowhere(note: bytes, storage: str, tmp_path: Path) -> None:
    client(storage).put_object(Bucket="films", Key=f"house/film-1/{manifest.NAME}", Body=note)
    answer = ask(house(tmp_path, **variables(storage)), {"action": "deliver", "film": "film-1"})
    assert answer["code"] == "not_found"


def test_a_bucket_that_cannot_be_asked_is_not_said_to_be_empty(storage: str, tmp_path: Path) -> None:
    wrong = config(storage, "nobody1", "wrongsecret1")
    answer = ask(house(tmp_path), {"action": "deliver", "film": "film-1", "s3Config": wrong})
    assert answer["code"] == "storage"
    assert "wrongsecret1" not in json.dumps(answer)


def test_a_storage_that_takes_no_note_is_said_to_have_none(storage: str, tmp_path: Path) -> None:
    here = house(tmp_path, **variables(storage))
    film = put_film(here)
    (film.parent / manifest.NAME).mkdir()
    (film.parent / manifest.NAME / "x").touch()
    answer = ask(here, {"action": "deliver", "film": "film-1", "outputs": ["film"]})
    assert list(told(answer)) == ["film.mp4"]
    assert "only this worker" in answer["warnings"][-1]


# -- cancelled ---------------------------------------------------------------------------------------------------------


class Held:
    """An upload's cancel that lets nothing go on, once the upload is there in part, until it is set."""

    def __init__(self, cancel: threading.Event, begun: threading.Event, is_there: Callable[[], bool]) -> None:
        self._cancel, self._begun, self._is_there = cancel, begun, is_there

    def is_set(self) -> bool:
        if not self._begun.is_set() and not self._is_there():
            return self._cancel.is_set()
        self._begun.set()
        return self._cancel.wait(60)


@pytest.mark.parametrize("own", [True, False], ids=["of the job", "of the endpoint"])
def test_a_cancel_while_a_film_is_sent_leaves_no_part_of_it(
    own: bool, storage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = house(tmp_path, **({} if own else variables(storage)))
    put_film(here, size=LARGE)
    give = {"action": "deliver", "film": "film-1", **({"s3Config": config(storage)} if own else {})}
    there = client(storage)
    there.create_multipart_upload(Bucket="films", Key="by-somebody-else")
    begun = threading.Event()
    put = Bucket.put

    def keys() -> list[str]:
        return [upload["Key"] for upload in there.list_multipart_uploads(Bucket="films").get("Uploads", ())]

    async def go() -> None:
        async def send(news: Mapping[str, Any]) -> None:
            """Nobody."""

        service = Service(house=here, send_for=lambda job: send)
        handling = asyncio.create_task(service.handle({"id": "again-1", "input": give}))
        assert await asyncio.to_thread(begun.wait, 60)
        handling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await handling
        service.close()

    def held(self: Bucket, parcel: parcels.Parcel, cancel: threading.Event) -> dict[str, str]:
        return put(self, parcel, cast("Any", Held(cancel, begun, lambda: len(keys()) == 2)))

    with monkeypatch.context() as patch:
        patch.setattr(Bucket, "put", held)
        asyncio.run(go())
    wait_for(lambda: keys() == ["by-somebody-else"], 60)
    assert there.list_objects_v2(Bucket="films").get("KeyCount", 0) == 0
    assert told(ask(here, give))["film.mp4"]["bytes"] == LARGE


# -- the edit and its clips --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A worker with a real film."""
    here = house(tmp_path_factory.mktemp("made"))
    answer = ask(here, job(2, 0.5, outputs=["film"]), "film-1")
    assert told(answer), answer
    return here


def targets(edit: Path) -> set[str]:
    timeline = otio.adapters.read_from_file(str(edit))
    found = {one.target_url for clip in timeline.find_clips() for one in clip.media_references().values()}
    assert found
    return found


@pytest.mark.slow
def test_an_edit_comes_with_the_clips_that_it_names(made: House, storage: str, tmp_path: Path) -> None:
    here = replace(made, environment={**made.environment, **variables(storage)})
    alone = ask(here, {"action": "deliver", "film": "film-1", "outputs": ["otio", "edl"]})
    assert list(told(alone)) == ["film.otio", "film.edl"]
    assert "film.otio and film.edl name " in alone["warnings"][-1]
    assert "clips" in alone["warnings"][-1]
    whole = ask(here, {"action": "deliver", "film": "film-1", "outputs": ["otio", "edl", "clips"]})
    assert told(whole)["film.otio"]["sha256"] == told(alone)["film.otio"]["sha256"], "one key, one content"
    assert not [warning for warning in whole["warnings"] if "not handed over" in warning]
    names = set(told(whole)) - {"film.otio", "film.edl"}
    assert {name.partition("/")[0] for name in names} == {"picture", "sound"}
    for name, output in told(whole).items():
        place = tmp_path / "editor" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(client(storage).get_object(Bucket="films", Key=output["key"])["Body"].read())
        assert hashlib.sha256(place.read_bytes()).hexdigest() == output["sha256"]
    assert targets(tmp_path / "editor" / "film.otio") == names
    edl = (tmp_path / "editor" / "film.edl").read_text()
    assert all(name in edl for name in names if name.startswith("picture/"))
    shutil.copytree(made.jobs, tmp_path / "jobs-before")
    gone = replace(here, jobs=tmp_path / "nothing")
    later = ask(gone, {"action": "deliver", "film": "film-1", "outputs": ["otio", "clips"]})
    assert set(told(later)) == names | {"film.otio"}


@pytest.mark.slow
def test_an_edit_on_the_volume_lies_beside_its_clips(made: House) -> None:
    plain = ask(made, {"action": "deliver", "film": "film-1", "outputs": ["otio"]})
    assert not [warning for warning in plain["warnings"] if "not handed over" in warning]
    own = Path(told(plain)["film.otio"]["path"])
    assert all((own.parent / url).is_file() for url in targets(own))
    whole = told(ask(made, {"action": "deliver", "film": "film-1", "outputs": ["otio", "clips"]}))
    edit = Path(whole["film.otio"]["path"])
    assert targets(edit) == set(whole) - {"film.otio"}
    for name, output in whole.items():
        assert Path(output["path"]) == edit.parent / name
        assert hashlib.sha256(Path(output["path"]).read_bytes()).hexdigest() == output["sha256"]


@pytest.mark.slow
def test_more_clips_than_an_answer_holds_are_left_out(made: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parcels, "MOST_CLIPS", 1)
    answer = ask(made, {"action": "deliver", "film": "film-1", "outputs": ["film", "clips"]})
    assert list(told(answer)) == ["film.mp4"]
    assert "an answer holds 1" in answer["warnings"][-1]


@pytest.mark.slow
def test_links_that_no_answer_holds_are_left_out(made: House, storage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handover, "_OUTPUTS_BYTES", 2_000)
    here = replace(made, environment={**made.environment, **variables(storage)})
    answer = ask(here, {"action": "deliver", "film": "film-1", "outputs": ["film", "otio", "clips"]})
    assert list(told(answer)) == ["film.mp4", "film.otio"]
    assert "in the storage" in answer["warnings"][-1]
    assert client(storage).list_objects_v2(Bucket="films", Prefix="house/film-1/picture/")["KeyCount"] >= 2


# -- the client --------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_links_are_renewed_by_the_client_and_an_edit_opens(
    made: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A client, a service, a worker and a bucket with links; the first links are spoilt on their way."""
    with s3rver(tmp_path / "s3") as url:
        own = {**variables(url), "BUCKET_ACCESS_KEY_ID": "S3RVER", "BUCKET_SECRET_ACCESS_KEY": "S3RVER"}
        here = replace(made, environment={**made.environment, **own})
        spoilt: list[str] = []

        def handle(job: dict[str, Any]) -> Generator[Any, None, Any]:
            yield {}
            answer = ask(here, job["input"], job["id"])
            if not spoilt and "outputs" in answer:
                spoilt.append(answer["outputs"][-1]["url"])
                answer["outputs"][-1]["url"] = spoilt[0].replace("/film-1/", "/film-0/")
            return answer

        with TestingEndpoint(handle) as served:
            monkeypatch.setenv("RUNPOD_API_KEY", served.key)
            monkeypatch.setenv("RUNPOD_ENDPOINT_BASE_URL", served.service)
            out = tmp_path / "out"
            wanted = [word for name in ("film", "otio", "clips") for word in ("--output", name)]
            assert run(["submit", "--deliver", "film-1", "--endpoint", served.id, "--out", str(out), *wanted]) == 0
            assert sorted(served.jobs) == ["job-1", "job-2"]
            assert served.jobs["job-2"].request["input"]["film"] == "film-1"
            assert "The endpoint is asked for others." in capsys.readouterr().err
            assert all((out / target).is_file() for target in targets(out / "film.otio"))
            assert run(["submit", "--deliver", "film-1", "--endpoint", served.id, "-q"]) == 0
            link = capsys.readouterr().out.splitlines()[0].partition("\t")[2]
            with urllib.request.urlopen(link) as reply:
                assert reply.read() == (out / "film.mp4").read_bytes()
            assert run(["submit", "--deliver", "film-7", "--endpoint", served.id]) == 2
            assert "no film of that job" in capsys.readouterr().err
