"""Wrong jobs: each is answered at once with places, and nothing of the machine or of a secret gets out."""

import asyncio
import json
import random
import re
import time
from pathlib import Path
from typing import Any

import pytest
from sent_jobs import job, story

from cinema.faces.serverless import redact
from cinema.faces.serverless.house import House
from cinema.faces.serverless.service import Service

SECRETS = {
    "AWS_SECRET_ACCESS_KEY": "s3cr3t-of-the-house",
    "RUNPOD_AI_API_KEY": "rpa_0123456789",
    "CINEMA_WEBHOOK_SECRET": "hook-0123456",
}
KEY = {
    "accessId": "AKIAJOBSOWN",
    "accessSecret": "jobs-own-secret-77",
    "bucketName": "films",
    "endpointUrl": "https://s3.example.org",
}
LEAK = re.compile(r"Traceback|File \"|/(?:work|home|root|tmp|usr|etc|var|opt)/\w|site-packages|\.py:\d")


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    house = House.here({**SECRETS, "CINEMA_JOBS": str(tmp_path / "jobs")})

    async def send(news: Any) -> None:
        """Nobody."""

    return Service(house=house, send_for=lambda job: send)


def ask(service: Service, job: Any) -> dict[str, Any]:
    return asyncio.run(service.handle(job))


def deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


def changed(path: str, value: Any) -> dict[str, Any]:
    """The good input with one value put at a pointer."""
    document = json.loads(json.dumps(job()))
    *steps, last = [int(step) if step.isdigit() else step for step in path.strip("/").split("/")]
    place: Any = document
    for step in steps:
        place = place[step]
    place[last] = value
    return document


S = "/script/scenes/0/shots/0"
WRONG: list[tuple[Any, str]] = [
    (None, ""),
    ("", ""),
    ([], ""),
    (7, ""),
    ({}, "/script"),
    ({"action": "render"}, "/script"),
    ({"action": "explode"}, "/action"),
    ({"action": "status"}, "/film"),
    ({"action": "status", "film": "../../etc"}, "/film"),
    ({"action": "status", "film": "a", "script": "x"}, "/script"),
    ({"action": "retake", "film": "a"}, "/shot"),
    ({"action": "retake", "film": "a", "shot": "1-1", "take": 1, "seed": 3}, "/seed"),
    ({"action": "retake", "film": "a", "shot": "1-1", "take": 1, "prompt": "Rain."}, "/prompt"),
    ({"action": "retake", "film": "", "shot": "1-1"}, "/film"),
    ({"action": "health", "mode": "fast"}, "/mode"),
    ({"action": ["render"]}, "/action"),
    ({"script": ""}, "/script"),
    ({"script": "   \n"}, "/script"),
    ({"script": 5}, "/script"),
    ({"script": {}}, "/script/scenes"),
    ({"script": {"scenes": []}}, "/script/scenes"),
    ({"script": {"scenes": [{}]}}, "/script/scenes/0"),
    ({"script": {"url": "http://example.org/a.json"}}, "/script/url"),
    ({"script": {"url": "https://good\\@evil"}}, "/script/url"),
    ({"script": {"url": "file:///etc/passwd"}}, "/script/url"),
    ({"script": '{"scenes": [}', "format": "json"}, "/script"),
    ({"script": '{"scenes": [{"heading": "INT. A"}], "scenes": []}', "format": "json"}, "/script/scenes"),
    ({"script": "[" * 100_000, "format": "json"}, "/script"),
    ({"script": "<FinalDraft><!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>", "format": "fdx"}, "/script"),
    ({"script": story(), "format": "fountain"}, "/format"),
    ({"script": "x", "format": "docx"}, "/format"),
    ({"script": "x" * 30_000, "format": "fountain"}, "/script"),
    ({"script": "x" * 5_000_000}, ""),
    ({"script": "\ud800"}, "/script"),
    ({"script": "INT. A - DAY\n\n\0"}, "/script"),
    ({"script": deep(100_000)}, ""),
    ({"script": [1] * 300_000}, ""),
    (changed("/mode", "../fast"), "/mode"),
    (changed("/mode", "ultra"), "/mode"),
    (changed("/mode", "Cinema"), "/mode"),
    (changed("/mode", "x" * 10_000), "/mode"),
    (changed("/delivery", "vhs"), "/delivery"),
    (changed("/seed", -1), "/seed"),
    (changed("/seed", True), "/seed"),
    (changed("/seed", 10**400), "/seed"),
    (changed("/seed", "7"), "/seed"),
    (changed("/settings", []), "/settings"),
    (changed("/settings", {"weights": "/etc"}), "/settings/weights"),
    (changed("/settings", {"workers": 900}), "/settings/workers"),
    (changed("/settings", {"price_per_hour_usd": 0}), "/settings/price_per_hour_usd"),
    (changed("/settings", {"pace": 99}), "/settings/pace"),
    (changed("/settings", {"aspect": "5:3"}), "/settings/aspect"),
    (changed("/settings", {"models": {"str": 5}}), "/settings/models/str"),
    (changed("/settings", {"models": {"video": "sora"}}), "/settings/models/video"),
    (changed("/settings", {"models": {"co/ok": "x"}}), "/settings/models/co~1ok"),
    (changed("/outputs", []), "/outputs"),
    (changed("/outputs", ["film", "negative"]), "/outputs/1"),
    (changed("/storage", {"kind": "ftp"}), "/storage/kind"),
    (changed("/storage", {"kind": "s3"}), "/storage/kind"),
    (changed("/storage", {"kind": "volume"}), "/storage/kind"),
    (changed("/storage", {"prefix": "../../x"}), "/storage/prefix"),
    (changed("/storage", {"link_seconds": 90_000}), "/storage/link_seconds"),
    (changed("/s3Config", {**KEY, "endpointUrl": "gopher://x"}), "/s3Config/endpointUrl"),
    (changed("/s3Config", {**KEY, "endpointUrl": "https://169.254.169.254"}), "/s3Config/endpointUrl"),
    (changed("/s3Config", {**KEY, "endpointUrl": "https://[::ffff:10.0.0.1]"}), "/s3Config/endpointUrl"),
    (changed("/s3Config", {**KEY, "bucketName": "../x"}), "/s3Config/bucketName"),
    (changed("/s3Config", {**KEY, "region": "123"}), "/s3Config/region"),
    (changed("/s3Config", {**KEY, "region": "a-"}), "/s3Config/region"),
    (changed("/s3Config", {"accessSecret": KEY["accessSecret"]}), "/s3Config/accessId"),
    (changed("/s3Config", {**KEY, "more": 1}), "/s3Config/more"),
    (changed("/webhook", "http://example.org"), "/webhook"),
    (changed("/webhook", "https://user:pass@example.org"), "/webhook"),
    (changed("/budget_usd", 0), "/budget_usd"),
    (changed("/budget_usd", float("nan")), "/budget_usd"),
    (changed("/budget_usd", float("inf")), "/budget_usd"),
    (changed("/deadline_seconds", 1e9), "/deadline_seconds"),
    (changed("/deadline_seconds", "soon"), "/deadline_seconds"),
    (changed("/shot", "1-1"), "/shot"),
    (changed("/s3_config", KEY), "/s3_config"),
    (changed("/colour", "red"), "/colour"),
    (changed("/script/title", 5), "/script/title"),
    (changed("/script/schema", "cinema-script/9"), "/script/schema"),
    (changed("/script/characters", [{"name": "MARA", "references": ["/etc/passwd"]}]), "/script/characters/0/references/0"),
    (changed("/script/characters", [{"name": "MARA", "references": ["../a.png"]}]), "/script/characters/0/references/0"),
    (changed("/script/characters", [{"name": "MARA", "references": ["a.png"]}]), "/script/characters/0/references/0"),
    (changed("/script/characters", [{"name": "MARA", "voice": {"sample": "C:\\a.wav"}}]), "/script/characters/0/voice/sample"),
    (changed("/script/characters", [{"name": "ADA"}]), f"{S}/characters"),
    (changed(f"{S}/duration_seconds", 1e9), f"{S}/duration_seconds"),
    (changed("/script/scenes/0/heading", "x" * 5_000), "/script/scenes/0/heading"),
    (changed("/script/scenes/0/heading", ""), "/script/scenes/0/heading"),
    (changed(f"{S}/seed", -4), f"{S}/seed"),
    (changed(f"{S}/action", ""), f"{S}/action"),
    (changed(f"{S}/frames", 24), f"{S}/frames"),
    (changed(f"{S}/lens", "x" * 10_000), f"{S}/lens"),
]


def check(service: Service, given: Any, capfd: pytest.CaptureFixture[str], pointer: str | None = None) -> dict[str, Any]:
    began = time.process_time()
    answer = ask(service, {"id": "wrong-1", "input": given})
    assert time.process_time() - began < 1, str(given)[:200]
    text = json.dumps(answer) + "".join(capfd.readouterr())
    assert not LEAK.search(text), text[:2_000]
    for secret in (*SECRETS.values(), KEY["accessId"], KEY["accessSecret"]):
        assert secret not in text
    assert answer["code"] == "invalid_input", answer
    assert isinstance(answer["error"], str)
    assert json.loads(answer["error"])["errors"] == answer["errors"]
    places = [fault["pointer"] for fault in answer["errors"]]
    assert places
    assert all(
        fault["message"].strip().endswith((".", ":", "!", "?", "…")) or len(fault["message"]) > 400
        for fault in answer["errors"]
    ), answer["errors"]
    if pointer is not None:
        assert any(place == pointer or place.startswith(pointer + "/") for place in places) or pointer in places, (
            pointer,
            answer["errors"],
        )
    return answer


@pytest.mark.parametrize(("given", "pointer"), WRONG, ids=[f"{number}-{pointer}" for number, (_, pointer) in enumerate(WRONG)])
def test_a_wrong_input_is_answered_with_its_place(
    given: Any, pointer: str, service: Service, capfd: pytest.CaptureFixture[str]
) -> None:
    check(service, given, capfd, pointer)
    assert not (service.house.jobs / "wrong-1").exists(), "nothing is kept of it"


ODD: list[Any] = [
    None,
    True,
    -1,
    7,
    1e308,
    float("nan"),
    "",
    "x" * 5_000,
    "Cinema",
    "2036-01-01",
    "https://10.0.0.1/x",
    "\ud83d",
    "../../etc/passwd",
    [],
    ["film", "film"],
    {},
    [[]],
    {"": 0},
    {"url": "https://x"},
    2**70,
    "\0",
]
KEYS = ["x", "Script", "__class__", "mode ", "a/b~c", "s3_config", "film", "take", "shot", "script", "mode", "url"]
GOOD: list[dict[str, Any]] = [
    {"action": "plan", "script": story(3, line="Somebody is out there."), "mode": "animatic", "delivery": "ebu", "seed": 1}
    | {"budget_usd": 3.0, "deadline_seconds": 5_000.0, "settings": {"short_side_px": 120, "models": {"video": "boards"}}},
    {
        "action": "retake",
        "film": "none",
        "shot": "1-1",
        "prompt": "Rain.",
        "seed": 3,
        "outputs": ["film"],
        "deadline_seconds": 4,
    }
    | {"storage": {"kind": "auto", "prefix": "a/b", "link_seconds": 600}, "s3Config": KEY, "webhook": "https://example.org/a"},
    {"action": "deliver", "film": "none", "outputs": ["film"], "storage": {"kind": "s3"}}
    | {"s3Config": {**KEY, "region": "eu", "sessionToken": "abcdefg", "sessionEnds": "2036-01-01T00:00:00Z"}},
    {"action": "status", "film": "none"},
    {"action": "models"},
]


def spoilt(rng: random.Random) -> dict[str, Any]:
    """One of the good inputs with one to three things wrong with it; half of them with its script, where it has one."""
    given: dict[str, Any] = json.loads(json.dumps(rng.choice([GOOD[0], *GOOD])))
    for _ in range(rng.randint(1, 3)):
        place: Any = given["script"] if isinstance(given.get("script"), dict) and rng.random() < 0.5 else given
        while isinstance(place, dict | list) and place:
            key = rng.choice(list(place)) if isinstance(place, dict) else rng.randrange(len(place))
            if rng.random() < 0.3 or not isinstance(place[key], dict | list) or not place[key]:
                how = rng.random()
                if how < 0.15 and isinstance(place, dict) and key != "action":
                    place[rng.choice(KEYS)] = place.pop(key)
                elif how < 0.25 and key != "action":
                    del place[key]
                else:
                    place[key] = rng.choice(ODD)
                break
            place = place[key]
    return given


def is_in(document: Any, pointer: str) -> bool:
    """Whether a pointer leads to something in a document, or to the place of what is missing in it."""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    for number, step in enumerate(steps):
        if isinstance(document, dict) and step in document:
            document = document[step]
        elif isinstance(document, list) and step.isdigit() and int(step) < len(document):
            document = document[int(step)]
        else:
            return isinstance(document, dict) and number == len(steps) - 1
    return True


def test_three_hundred_fuzzed_inputs_are_refused_or_understood_within_a_second(
    service: Service, capfd: pytest.CaptureFixture[str]
) -> None:
    rng = random.Random(7)
    refused = 0
    for number in range(300):
        given = spoilt(rng)
        began = time.process_time()
        answer = ask(service, {"id": f"fuzz-{number}", "input": given})
        assert time.process_time() - began < (1 if "error" in answer else 20)
        said = json.dumps(answer) + "".join(capfd.readouterr())
        assert not LEAK.search(said) or "/etc/passwd" in json.dumps(given), said[:2_000]  # a script may be of any words
        assert KEY["accessSecret"] not in said
        assert answer.get("code", "done") in ("done", "invalid_input", "not_found", "over_deadline"), answer
        faults = answer.get("errors", [])
        assert [fault for fault in faults if not is_in(given, fault["pointer"]) or not fault["message"].endswith(".")] == []
        assert len({fault["pointer"] for fault in faults}) == len(faults)
        refused += answer.get("code") == "invalid_input"
    assert refused > 230


@pytest.mark.parametrize("job_id", ["", "../x", "a/b", ".hidden", "x" * 200, 5, None, "a\0b"])
def test_an_id_that_is_no_name_is_refused(job_id: Any, service: Service) -> None:
    answer = ask(service, {"id": job_id, "input": job()})
    assert answer["code"] == "invalid_input"
    assert not service.house.jobs.exists() or not list(service.house.jobs.iterdir())


def test_a_budget_and_a_deadline_are_held_against_the_plan(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CINEMA_PRICE_PER_HOUR_USD", "3600")
    dear = ask(service, {"id": "dear-1", "input": job(budget_usd=0.01)})
    assert dear["code"] == "over_budget"
    assert dear["figures"]["predicted_usd"] > dear["figures"]["budget_usd"] == 0.01
    late = ask(service, {"id": "late-1", "input": job(200, 9.0, deadline_seconds=10.0)})
    assert late["code"] == "over_deadline"
    assert late["figures"]["predicted_seconds"] > late["figures"]["deadline_seconds"] == 10.0


def test_plan_status_models_and_health(service: Service) -> None:
    planned = ask(service, {"id": "plan-1", "input": {"action": "plan", "script": story(3), "mode": "animatic"}})
    assert planned["plan"]["shots"] == 3 == len(planned["shots"])
    assert planned["plan"]["film_seconds"] == 3.0
    assert planned["plan"]["seconds"] > 0
    unknown = ask(service, {"id": "s-1", "input": {"action": "status", "film": "never-1"}})
    assert unknown["code"] == "not_found"
    models = ask(service, {"id": "m-1", "input": {"action": "models"}})
    assert {"boards", "espeak"} <= {
        one["family"] if "family" in one else one["id"] for one in models["models"] if one["here"]
    } or any(one["here"] for one in models["models"])
    assert "animatic" in models["modes"]
    health = ask(service, {"id": "h-1", "input": {"action": "health"}})
    assert {check["name"] for check in health["checks"]} >= {"python", "encoder", "disk"}
    assert not LEAK.search(json.dumps(health))


def test_what_is_hidden_and_what_stays() -> None:
    assert (
        redact.scrub("at /scenes/0/shots/1 and/or 3/4 of https://a.example/tmp/x")
        == "at /scenes/0/shots/1 and/or 3/4 of https://a.example/tmp/x"
    )
    assert "/tmp" not in redact.scrub("[Errno 2] No such file: '/tmp/cinema-jobs/a/film.mp4'")
    assert "abc" not in redact.scrub("https://s3.example/film?X-Amz-Signature=abc&x=1")
    assert "pw123" not in redact.scrub("https://me:pw123@host/x")
    assert redact.scrub("key topsecret1 here", secrets=("topsecret1",)) == f"key {redact.HIDDEN} here"
