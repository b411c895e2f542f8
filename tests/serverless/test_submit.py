"""`cinema submit`, against an endpoint and a storage on localhost."""

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from cinema.faces.cli import run
from cinema.testing.endpoint import TestingEndpoint
from cinema.testing.hub import TestingHub

ROOT = Path(__file__).parents[2]
KEEPER = str(ROOT / "examples" / "the-keeper.fountain")
FILM = bytes(range(256)) * 4_000
CAPTIONS = b"1\n00:00:00,000 --> 00:00:01,000\nWho's there?\n"


class Shop:
    """An endpoint whose films lie in a storage."""

    def __init__(self, storage: TestingHub) -> None:
        self.storage = storage
        self.inputs: list[dict[str, Any]] = []
        self.steps = 3
        self.step_seconds = 0.02
        self.answer: dict[str, Any] = {}
        self.again: dict[str, Any] = {}
        """What is said of a film that is asked for again."""
        storage.files |= {"film.mp4": FILM, "captions.srt": CAPTIONS}

    def product(self, role: str, name: str, data: bytes) -> dict[str, Any]:
        url = f"{self.storage.endpoint}/files/{name}"
        return {"role": role, "url": url, "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}

    def __call__(self, job: dict[str, Any]) -> Generator[Any, None, Any]:
        self.inputs.append(job["input"])
        if job["input"]["action"] == "plan":
            yield {}
            return {"plan": {"seconds": 1000.0, "measured": True}, "shots": []}
        if job["input"]["action"] == "deliver" and self.again:
            yield {}
            return self.again
        shot = 0
        while shot < self.steps:  # which a test may change
            shot += 1
            yield {"number": shot, "stage": "picture", "shot": shot, "shots": self.steps, "seconds_left": 9.0}
            time.sleep(self.step_seconds)
        outputs = [self.product("film", "film.mp4", FILM), self.product("captions", "captions.srt", CAPTIONS)]
        return {"schema_version": 1, "job_id": job["id"], "outputs": outputs, "warnings": ["Dark."], **self.answer}


@pytest.fixture
def storage() -> Iterator[TestingHub]:
    with TestingHub() as hub:
        yield hub


@pytest.fixture
def shop(storage: TestingHub) -> Shop:
    return Shop(storage)


@pytest.fixture
def served(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestingEndpoint]:
    with TestingEndpoint(shop) as endpoint:
        monkeypatch.setenv("RUNPOD_API_KEY", endpoint.key)
        monkeypatch.setenv("RUNPOD_ENDPOINT_BASE_URL", endpoint.service)
        yield endpoint


def test_a_script_becomes_files_on_this_machine(
    served: TestingEndpoint, shop: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.step_seconds = 0.6
    arguments = ["submit", KEEPER, "--endpoint", "abc123", "--out", str(tmp_path / "out"), "--mode", "animatic"]
    assert run([*arguments, "--card-gb", "0", "--set", "seed=7", "--set", "pace=1.5", "--output", "film", "--json"]) == 0
    said = capsys.readouterr()
    told = json.loads(said.out)
    assert told["job"] == "job-1"
    assert [Path(one["file"]).read_bytes() for one in told["outputs"]] == [FILM, CAPTIONS]
    given = shop.inputs[0]
    assert {key: given[key] for key in ("action", "mode", "seed", "settings", "outputs")} == {
        "action": "render",
        "mode": "animatic",
        "seed": 7,
        "settings": {"pace": 1.5},
        "outputs": ["film"],
    }
    assert given["script"]["schema"] == "cinema-script/1"
    policy = served.jobs["job-1"].request["policy"]
    assert policy["ttl"] == policy["executionTimeout"] + 86_400_000
    assert re.search(r"running: picture, shot \d of 3, 9.0 s left", said.err)
    assert "note: Dark." in said.err
    assert served.key not in said.out + said.err
    assert shop.storage.strangers == []
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["captions.srt", "film.mp4"]


def test_the_endpoint_is_asked_for_a_plan_and_limits_follow(
    served: TestingEndpoint, shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["submit", KEEPER, "--endpoint", "abc123"]) == 0
    said = capsys.readouterr()
    assert said.out == "job-2\n"
    assert [one["action"] for one in shop.inputs] in (["plan"], ["plan", "render"])
    assert served.jobs["job-2"].request["policy"] == {"executionTimeout": 2_400_000, "ttl": 88_800_000}
    assert "cinema submit --follow job-2 --endpoint abc123" in said.err
    assert "16 min 40 s, times 1.5" in said.err


def test_a_job_is_followed_cancelled_and_not_found_by_its_id(
    served: TestingEndpoint, shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.steps, shop.step_seconds = 10_000, 0.01
    assert run(["submit", KEEPER, "--endpoint", "abc123", "--time-limit", "2"]) == 0
    assert served.jobs["job-1"].request["policy"]["executionTimeout"] == 7_200_000
    assert run(["submit", "--cancel", "job-1", "--endpoint", "abc123", "--json"]) == 0
    assert json.loads(capsys.readouterr().out.partition("\n")[2]) == {"job": "job-1", "state": "cancelled"}
    assert run(["submit", "--follow", "job-1", "--endpoint", "abc123"]) == 130
    assert run(["submit", "--follow", "job-7", "--endpoint", "abc123"]) == 5
    said = capsys.readouterr().err
    assert "results have expired" in said
    assert "cinema submit --deliver job-7 --endpoint abc123" in said


def test_following_tells_links_where_nothing_is_fetched(
    served: TestingEndpoint, shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["submit", KEEPER, "--endpoint", "abc123", "--time-limit", "1", "--wait", "--quiet"]) == 0
    said = capsys.readouterr()
    assert said.out.splitlines()[0] == f"film\t{shop.storage.endpoint}/files/film.mp4"
    assert said.err == ""
    assert shop.storage.sent_bytes == 0


def test_fetching_goes_on_where_it_broke_off(served: TestingEndpoint, shop: Shop, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "film.mp4.cinema-partial").write_bytes(FILM[:300_000])
    shop.storage.cut("film.mp4", after_bytes=200_000, times=2)
    arguments = ["submit", "--endpoint", "abc123", "--quiet", "--out", str(out)]
    assert run([*arguments, KEEPER, "--time-limit", "1"]) == 0
    assert (out / "film.mp4").read_bytes() == FILM
    assert shop.storage.sent["film.mp4"] == len(FILM) - 300_000
    before = shop.storage.sent_bytes
    assert run([*arguments, "--follow", "job-1"]) == 0
    assert shop.storage.sent_bytes == before


def test_a_partial_file_of_another_film_is_not_built_on(served: TestingEndpoint, shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "film.mp4.cinema-partial").write_bytes(b"x" * 1000)
    assert run(["submit", KEEPER, "--endpoint", "abc123", "--time-limit", "1", "--quiet", "--out", str(tmp_path)]) == 0
    assert (tmp_path / "film.mp4").read_bytes() == FILM


def test_wrong_bytes_and_somebody_elses_file_are_refused(
    served: TestingEndpoint, shop: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.storage.flip("film.mp4", 5)
    arguments = ["submit", "--endpoint", "abc123", "--quiet", "--out", str(tmp_path)]
    assert run([*arguments, KEEPER, "--time-limit", "1"]) == 5
    assert "arrived wrong" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
    shop.storage.mend()
    shop.storage._flips.clear()
    (tmp_path / "film.mp4").write_bytes(b"mine")
    assert run([*arguments, "--follow", "job-1"]) == 2
    assert (tmp_path / "film.mp4").read_bytes() == b"mine"


@pytest.mark.parametrize("name", ["film.mp4", "captions.srt"])
def test_every_file_is_held_to_its_hash(
    name: str, served: TestingEndpoint, shop: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.storage.flip(name, 5)
    assert run(["submit", KEEPER, "--endpoint", "abc123", "--time-limit", "1", "-q", "--out", str(tmp_path)]) == 5
    assert f"{name} arrived wrong" in capsys.readouterr().err
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_links_that_ended_are_asked_for_anew(
    status: int, served: TestingEndpoint, shop: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.storage.fail("captions.srt", status)
    submit = ["submit", KEEPER, "--endpoint", "abc123", "--time-limit", "1", "--out", str(tmp_path), "--json"]
    assert run([*submit, "--output", "film", "--output", "captions"]) == 0
    assert (tmp_path / "film.mp4").read_bytes() == FILM
    assert (tmp_path / "captions.srt").read_bytes() == CAPTIONS
    assert shop.storage.sent["film.mp4"] == len(FILM)
    assert shop.inputs[1:] == [{"action": "deliver", "film": "job-1", "outputs": ["film", "captions"]}]
    assert served.jobs["job-2"].request["policy"]["executionTimeout"] == 3_600_000
    said = capsys.readouterr()
    assert f"The link of captions.srt is not good, or no longer ({status})" in said.err
    assert json.loads(said.out)["job"] == "job-1"


def test_links_are_asked_for_anew_once(
    served: TestingEndpoint, shop: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.storage.fail("film.mp4", 403, 403, 403)
    assert run(["submit", KEEPER, "--endpoint", "abc123", "--time-limit", "1", "-q", "--out", str(tmp_path)]) == 5
    assert "no longer (403)" in capsys.readouterr().err
    assert [one["action"] for one in shop.inputs] == ["render", "deliver"]


@pytest.mark.parametrize("code", ["not_found", "interrupted", "storage", "running"])
def test_a_film_that_is_gone_is_said_to_be(
    code: str, served: TestingEndpoint, shop: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = {"code": code, "message": "That film is gone."}
    shop.again = {"error": json.dumps(wrong), **wrong}
    shop.storage.fail("film.mp4", 404)
    assert run(["submit", KEEPER, "--endpoint", "abc123", "--time-limit", "1", "-q", "--out", str(tmp_path)]) == 5
    said = capsys.readouterr().err
    assert "no longer (404)" in said
    assert "That film is gone." in said
    expected = {"not_found": 2, "interrupted": 5, "storage": 5, "running": 6}[code]
    assert run(["submit", "--deliver", "job-1", "--endpoint", "abc123", "-q"]) == expected
    assert "That film is gone." in capsys.readouterr().err


def test_a_film_is_handed_over_again_on_request(
    served: TestingEndpoint, shop: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ends = "2026-11-22T07:00:00+00:00"
    shop.answer = {"made_by": "film-9", "outputs": [{**shop.product("stems", "film.mp4", FILM), "expires_at": ends}]}
    deliver = ["submit", "--deliver", "film-9", "--endpoint", "abc123"]
    assert run([*deliver, "--output", "stems", "--output", "otio", "--time-limit", "2"]) == 0
    said = capsys.readouterr()
    assert said.out == f"stems\t{shop.storage.endpoint}/files/film.mp4\n"
    assert f"the links end at {ends}; others are given by: cinema submit --deliver film-9 --endpoint abc123" in said.err
    assert shop.inputs == [{"action": "deliver", "film": "film-9", "outputs": ["stems", "otio"]}]
    assert served.jobs["job-1"].request["policy"]["executionTimeout"] == 7_200_000
    assert run([*deliver, "--out", str(tmp_path), "-q"]) == 0
    assert (tmp_path / "film.mp4").read_bytes() == FILM
    assert run(["submit", "--follow", "job-2", "--endpoint", "abc123", "--out", str(tmp_path / "more")]) == 0
    shop.storage.fail("film.mp4", 403)
    assert run(["submit", "--follow", "job-2", "--endpoint", "abc123", "--out", str(tmp_path / "again"), "-q"]) == 0
    assert shop.inputs[-1] == {"action": "deliver", "film": "film-9", "outputs": ["stems"]}


@pytest.mark.parametrize("job", ["", "../x", "a b", "x" * 300])
def test_what_is_no_id_of_a_film_is_not_asked_for(job: str, served: TestingEndpoint) -> None:
    assert run(["submit", "--deliver", job, "--endpoint", "abc123"]) == 2
    assert served.requests == []


@pytest.mark.parametrize(
    "url", ["http://example.com/film.mp4", "file:///etc/passwd", "ftp://example.com/f", "https://u:p@example.com/f", "https://"]
)
def test_links_that_lead_elsewhere_are_refused(
    url: str, served: TestingEndpoint, shop: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.answer = {"outputs": [{**shop.product("film", "film.mp4", FILM), "url": url}]}
    assert run(["submit", KEEPER, "--endpoint", "abc123", "--time-limit", "1", "-q", "--out", str(tmp_path)]) == 5
    assert "no https address" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("to", "code"),
    [("/there", 0), ("/files/film.mp4", 5), ("http://example.com/film.mp4", 5), ("file:///etc/passwd", 5)],
)
def test_redirects_are_followed_to_safe_places_and_not_for_ever(
    to: str, code: int, served: TestingEndpoint, shop: Shop, tmp_path: Path
) -> None:
    asked: list[str | None] = []

    class Storage(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.headers.get("Authorization"))
            there = self.path == "/there"
            self.send_response(200 if there else 307)
            self.send_header("Content-Length", str(len(FILM)) if there else "0")
            if not there:
                self.send_header("Location", to)
            self.end_headers()
            self.wfile.write(FILM if there else b"")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Silence."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Storage) as storage:
        threading.Thread(target=storage.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        url = f"http://127.0.0.1:{storage.server_address[1]}/files/film.mp4"
        shop.answer = {"outputs": [{**shop.product("film", "film.mp4", FILM), "url": url}]}
        assert run(["submit", KEEPER, "--endpoint", "abc123", "--time-limit", "1", "-q", "--out", str(tmp_path)]) == code
        storage.shutdown()
    assert (tmp_path / "film.mp4").exists() == (code == 0)
    assert set(asked) == {None}


def test_names_of_strangers_stay_in_the_folder(served: TestingEndpoint, shop: Shop, tmp_path: Path) -> None:
    names = ["..%2F..%2Fescaped.mp4", "%2e%2e", "a%5C..%5Cb.srt", "CON.mp4", "film.mp4", "film.mp4", ".bashrc", "x%00y.mp4"]
    shop.storage.files |= dict.fromkeys(("../../escaped.mp4", "..", "a\\..\\b.srt", "CON.mp4", ".bashrc", "x\x00y.mp4"), FILM)
    shop.answer = {"outputs": [shop.product(f"part {number}", name, FILM) for number, name in enumerate(names)]}
    worse = ["../../up.mp4", "stems/../../up.wav", "/etc/up", "C:\\up.mp4", "stems/voice.wav", "nul", "\u202e4pm.exe", "."]
    named = [{**shop.product("film", "film.mp4", FILM), "name": name} for name in worse]
    shop.answer["outputs"] = [*shop.answer["outputs"], *named]
    out = tmp_path / "deep" / "out"
    run(["submit", KEEPER, "--endpoint", "abc123", "--time-limit", "1", "-q", "--out", str(out)])
    everything = [path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()]
    assert everything
    assert all(path.is_relative_to("deep/out") for path in everything)
    assert Path("deep/out/stems/voice.wav") in everything
    assert [path for path in everything if path.name.startswith(".") or path.stem.lower() in ("con", "nul")] == []


def test_what_lies_on_the_volume_is_told(
    served: TestingEndpoint, shop: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    product = {key: value for key, value in shop.product("film", "film.mp4", FILM).items() if key != "url"}
    shop.answer = {"outputs": [{**product, "path": "/runpod-volume/films/film.mp4"}]}
    assert run(["submit", KEEPER, "--endpoint", "abc123", "--time-limit", "1", "--out", str(tmp_path)]) == 0
    said = capsys.readouterr()
    assert "on the endpoint's volume: /runpod-volume/films/film.mp4" in said.out
    assert "1 of the files lie on the endpoint's network volume" in said.err
    assert list(tmp_path.iterdir()) == []


def test_a_film_with_parts_missing_leaves_with_7(
    served: TestingEndpoint, shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.answer = {"film": {"title": "The Keeper", "missing": ["shot:2-3"]}}
    assert run(["submit", KEEPER, "--endpoint", "abc123", "--time-limit", "1", "--wait", "-q", "--json"]) == 7
    said = capsys.readouterr()
    assert json.loads(said.out)["missing"] == ["shot:2-3"]
    assert "shot:2-3" in said.err


def test_a_failed_job_leaves_with_its_own_code(served: TestingEndpoint, shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = {"code": "does_not_fit", "message": "No model fits this card."}
    shop.answer = {"error": json.dumps(wrong), **wrong}
    assert run(["submit", KEEPER, "--endpoint", "abc123", "--time-limit", "1", "--wait", "-q"]) == 4
    assert "No model fits this card." in capsys.readouterr().err


def test_files_of_this_machine_are_refused_and_links_are_not(
    served: TestingEndpoint, shop: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = {
        "characters": [{"name": "MARA", "references": ["mara.png"], "voice": {"sample": "mara.wav"}}],
        "scenes": [{"heading": "INT. ROOM - DAY", "text": "Mara waits."}],
    }
    path = tmp_path / "script.json"
    path.write_text(json.dumps(script))
    arguments = ["submit", str(path), "--endpoint", "abc123", "--card-gb", "0", "--mode", "animatic"]
    assert run(arguments) == 2
    said = capsys.readouterr().err
    assert "mara.png (MARA), mara.wav (MARA)" in said
    assert "/characters/0/references/0" in said
    assert served.requests == []
    person = script["characters"][0]
    assert isinstance(person, dict)
    person |= {"references": ["https://example.com/mara.png"], "voice": {"sample": "https://example.com/mara.wav"}}
    path.write_text(json.dumps(script))
    assert run(arguments) == 0


@pytest.mark.parametrize(
    "arguments",
    [
        [KEEPER],
        [KEEPER, "--endpoint", "abc", "--local"],
        ["--endpoint", "abc"],
        [KEEPER, "--follow", "job-1", "--endpoint", "abc"],
        [KEEPER, "--deliver", "job-1", "--endpoint", "abc"],
        ["--deliver", "job-1", "--endpoint", "abc", "--output", "everything"],
        [KEEPER, "--endpoint", "abc", "--webhook", "http://example.com"],
        [KEEPER, "--endpoint", "http://example.com"],
        [KEEPER, "--endpoint", "a/b"],
        [KEEPER, "--endpoint", "abc", "--output", "everything"],
        [KEEPER, "--endpoint", "abc", "--time-limit", "-1"],
        ["missing.fountain", "--endpoint", "abc"],
    ],
)
def test_options_that_do_not_go_together(arguments: list[str], served: TestingEndpoint) -> None:
    assert run(["submit", *arguments]) == 2
    assert served.requests == []


def test_a_key_is_needed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("RUNPOD_API_KEY", raising=False)
    assert run(["submit", KEEPER, "--endpoint", "abc"]) == 2
    assert "RUNPOD_API_KEY is not set" in capsys.readouterr().err


def test_ctrl_c_detaches_and_says_how_to_go_on(served: TestingEndpoint, shop: Shop, tmp_path: Path) -> None:
    shop.steps, shop.step_seconds = 1_000_000, 0.02
    out = str(tmp_path / "my films")
    command = [sys.executable, "-m", "cinema", "submit", KEEPER, "--endpoint", "abc123", "--time-limit", "1", "--out", out]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ}) as client:
        while not any("/status/" in one for one in served.requests):
            time.sleep(0.02)
        time.sleep(0.2)
        client.send_signal(signal.SIGINT)
        _, said = client.communicate(timeout=300)
    assert client.returncode == 130
    assert f"cinema submit --follow job-1 --endpoint abc123 --out '{out}'" in said.splitlines()[-1]
    assert served.jobs["job-1"].status == "IN_PROGRESS"
    shop.steps = 0
    assert run(["submit", "--follow", "job-1", "--endpoint", "abc123", "--out", out, "-q"]) == 0
    assert (tmp_path / "my films" / "film.mp4").read_bytes() == FILM


def test_a_local_handler_is_spoken_to(served: TestingEndpoint, shop: Shop, tmp_path: Path) -> None:
    film = tmp_path / "volume" / "film.mp4"
    film.parent.mkdir()
    film.write_bytes(FILM)
    product = {key: value for key, value in shop.product("film", "film.mp4", FILM).items() if key != "url"}
    shop.answer = {"outputs": [{**product, "path": str(film)}]}
    out = tmp_path / "out"
    assert run(["submit", KEEPER, "--endpoint", served.local_address, "--out", str(out), "-q"]) == 0
    assert (out / "film.mp4").read_bytes() == FILM
    assert not any(one.startswith("GET") for one in served.requests)
