"""Films handed over: to S3-compatible servers on localhost, by handler.py as anybody starts it."""

import hashlib
import json
import os
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from buckets import client, config, free_port, rclone, s3rver, variables
from endpoint import ROOT, environment, wait_for
from sent_jobs import job

from cinema.errors import Cancelled
from cinema.faces.serverless import deliver
from cinema.faces.serverless.faults import Refused
from cinema.faces.serverless.house import House
from cinema.faces.serverless.job import JobIn, S3In
from cinema.faces.serverless.parcels import Parcel, parcel_of
from cinema.media import probe

pytest.importorskip("runpod", reason="the extra `serverless` is not installed")
pytest.importorskip("boto3", reason="the extra `serverless` is not installed")


def handler(arguments: list[str], jobs: Path, **more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "handler.py"), *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environment(jobs, **more), capture_output=True, text=True, check=False, timeout=400
    )


def answered(jobs: Path, job_id: str) -> dict[str, Any]:
    """The whole answer; the SDK prints only the beginning of it."""
    return json.loads((jobs / job_id / "answer.json").read_text())


@pytest.mark.slow
def test_the_test_input_becomes_a_film_in_a_bucket(tmp_path: Path) -> None:
    with rclone(tmp_path / "s3") as url:
        done = handler(["--test_input", (ROOT / "test_input.json").read_text()], tmp_path / "jobs", **variables(url))
        assert done.returncode == 0, done.stdout + done.stderr
        answer = answered(tmp_path / "jobs", "local_test")
        assert set(answer) >= {
            "schema_version",
            "job_id",
            "outputs",
            "report",
            "timings",
            "peak_vram_bytes",
            "cost",
            "warnings",
        }
        for output in answer["outputs"]:
            assert output["key"] == f"house/local_test/{output['name']}"
            data = client(url).get_object(Bucket="films", Key=output["key"])["Body"].read()
            assert hashlib.sha256(data).hexdigest() == output["sha256"]
            assert len(data) == output["bytes"]
            (tmp_path / Path(output["name"]).name).write_bytes(data)
        assert {output["role"] for output in answer["outputs"]} == {"film", "captions", "otio", "storyboard", "report"}
    film = probe(tmp_path / "film.mp4").facts
    assert (film.width_px, film.height_px, film.frames) == (640, 360, answer["film"]["frames"])
    assert abs(answer["outputs"][0]["duration_seconds"] - film.frames / 24) < 1e-6
    assert "testsecret1" not in done.stdout + done.stderr
    assert json.loads((tmp_path / "report.json").read_text())["film"]["shots"] == 4
    assert "Somebody is out there." in (tmp_path / "captions.srt").read_text()


@pytest.mark.slow
def test_presigned_links_are_fetched_by_anybody(tmp_path: Path) -> None:
    with s3rver(tmp_path / "s3") as url:
        given = job(s3Config=config(url, "S3RVER", "S3RVER"), storage={"link_seconds": 600, "prefix": "mine"})
        done = handler(["--test_input", json.dumps({"id": "link-1", "input": given})], tmp_path / "jobs")
        assert done.returncode == 0, done.stdout + done.stderr
        film = answered(tmp_path / "jobs", "link-1")["outputs"][0]
        assert film["key"] == "mine/link-1/film.mp4"
        assert "X-Amz-Expires=600" in film["url"]
        with urllib.request.urlopen(film["url"]) as reply:
            data = reply.read()
        assert hashlib.sha256(data).hexdigest() == film["sha256"]


@pytest.mark.slow
def test_the_local_api_of_the_sdk_makes_a_film_and_hides_what_is_secret(tmp_path: Path) -> None:
    port = free_port()
    with rclone(tmp_path / "s3") as url:
        command = [
            sys.executable,
            str(ROOT / "handler.py"),
            "--rp_serve_api",
            "--rp_api_host",
            "127.0.0.1",
            "--rp_api_port",
            str(port),
        ]
        log = tmp_path / "api.log"
        with log.open("wb") as file:
            process = subprocess.Popen(command, cwd=ROOT, env=environment(tmp_path / "jobs"), stdout=file, stderr=file)
        try:
            wait_for(lambda: "Uvicorn running" in log.read_text(), 20)
            good = _ask(port, {"input": job(s3Config=config(url))})
            bad = _ask(port, {"input": job(s3Config=config(url, "nobody1", "wrongsecret1"), seed=2)})
            wrong = _ask(port, {"input": {"script": 5}})
        finally:
            process.kill()
            process.wait()
        data = client(url).get_object(Bucket="films", Key=good["output"]["outputs"][0]["key"])["Body"].read()
    assert good["status"] == "COMPLETED"
    assert hashlib.sha256(data).hexdigest() == good["output"]["outputs"][0]["sha256"]
    assert bad["status"] == "FAILED"
    assert json.loads(bad["error"])["code"] == "storage"
    assert json.loads(wrong["error"])["errors"][0]["pointer"] == "/script"
    said = log.read_text() + json.dumps([bad, wrong])
    assert "Traceback" not in said
    for secret in ("testsecret1", "wrongsecret1"):
        assert secret not in said


def _ask(port: int, document: dict[str, Any]) -> dict[str, Any]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/runsync", json.dumps(document).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=400) as reply:
        return json.loads(reply.read())


def parcel(path: Path, size: int = 1_000) -> Parcel:
    path.write_bytes(os.urandom(size))
    return parcel_of(path, "film", path.name, 1.0)


def facts(given: dict[str, str]) -> S3In:
    return S3In.model_validate(given, context={"private": True})


def test_a_large_file_goes_in_parts_and_a_second_time_not_at_all(tmp_path: Path) -> None:
    with s3rver(tmp_path / "s3") as url:
        bucket = deliver.Bucket(facts(config(url, "S3RVER", "S3RVER")), "big", 60)
        large = parcel(tmp_path / "large.mp4", 40_000_000)
        sent: list[object] = []
        bucket._client.meta.events.register("before-call.s3.UploadPart", lambda **call: sent.append(1))
        bucket.put(large, threading.Event())
        head = client(url, "S3RVER", "S3RVER").head_object(Bucket="films", Key="big/large.mp4")
        assert head["ContentLength"] == 40_000_000
        assert len(sent) == 3
        bucket.put(large, threading.Event())
        again = client(url, "S3RVER", "S3RVER").head_object(Bucket="films", Key="big/large.mp4")
        assert again["LastModified"] == head["LastModified"]
        assert len(sent) == 3


def test_an_upload_that_is_cancelled_leaves_nothing(tmp_path: Path) -> None:
    with rclone(tmp_path / "s3") as url:
        bucket = deliver.Bucket(facts(config(url)), "", 60)
        stop = threading.Event()
        stop.set()
        with pytest.raises(Cancelled):
            bucket.put(parcel(tmp_path / "film.mp4", 40_000_000), stop)
        assert client(url).list_objects_v2(Bucket="films").get("KeyCount", 0) == 0


@pytest.mark.parametrize("wrong", ["key", "bucket", "nobody"])
def test_a_storage_that_does_not_take_it_is_told_without_secrets(wrong: str, tmp_path: Path) -> None:
    with rclone(tmp_path / "s3") as url:
        given = {
            "key": config(url, "otherkey", "othersecret"),
            "bucket": {**config(url), "bucketName": "elsewhere"},
            "nobody": config(f"http://127.0.0.1:{free_port()}"),
        }[wrong]
        began = time.monotonic()
        with pytest.raises(Refused) as caught:
            deliver.Bucket(facts(given), "", 60).put(parcel(tmp_path / "film.mp4"), threading.Event())
        assert caught.value.code == "storage"
        assert "secret" not in caught.value.message
        assert "127.0.0.1" not in caught.value.message
        assert time.monotonic() - began < 90, "it does not try for ever"


def test_where_results_go(tmp_path: Path) -> None:
    volume = tmp_path / "volume"
    volume.mkdir()
    none = House.here({"CINEMA_JOBS": str(tmp_path / "jobs"), "CINEMA_VOLUME": str(tmp_path / "none")})
    live = House.here(
        {"CINEMA_JOBS": str(tmp_path / "jobs"), "RUNPOD_ENDPOINT_ID": "e1", "CINEMA_VOLUME": str(tmp_path / "none")}
    )
    held = House.here({"RUNPOD_ENDPOINT_ID": "e1", "CINEMA_VOLUME": str(volume)})
    plain = JobIn.model_validate({"script": "x"})
    film = parcel(tmp_path / "film.mp4")
    assert deliver.depot_for(plain, "j", none).put(film, threading.Event()) == {"path": str(tmp_path / "film.mp4")}
    with pytest.raises(Refused, match="one thing is wrong"):
        deliver.depot_for(plain, "j", live)
    kept = held.job("j").film / "film.mp4"
    kept.parent.mkdir(parents=True)
    assert held.jobs == volume / "cinema" / "jobs"
    assert deliver.depot_for(plain, "j", held).put(parcel(kept), threading.Event()) == {"path": "cinema/jobs/j/film/film.mp4"}
