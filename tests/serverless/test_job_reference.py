"""What is published about jobs is what jobs are: the schema, the page, and what a program reads in a refusal."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any, cast, get_args

import pytest
from sent_jobs import SMALL, job, story

from cinema.errors import InputError
from cinema.faces.serverless.faults import Code, Refused
from cinema.faces.serverless.house import House
from cinema.faces.serverless.job import SETTINGS, Action, JobIn, Output, S3In, StorageIn, read_job
from cinema.faces.serverless.job_schema import TOLD, json_schema
from cinema.faces.serverless.service import Service, keep_news
from cinema.faces.serverless.source import read_source
from cinema.paths import data_dir
from cinema.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "endpoint.md").read_text(encoding="utf-8")
OF_THE_IMAGE = (ROOT / "docs" / "container.md").read_text(encoding="utf-8")
STATUS = {"action": "status", "film": "film-1"}
STORY = "The Lantern\n\nPeter stood at the window of the kitchen.\n\n“Who is there?” he asked.\n\n“Hannah,” said Hannah.\n"


def keys(*models: Any) -> set[str]:
    return {field.alias or name for model in models for name, field in model.model_fields.items()}


def test_the_exported_schema_is_current() -> None:
    exported = data_dir("configs") / "schema" / "cinema-job-1.json"
    assert json.loads(exported.read_text(encoding="utf-8")) == json_schema()


def test_the_schema_has_every_key_and_says_what_it_is_for() -> None:
    schema = json_schema()
    assert set(schema["properties"]) == set(TOLD) == keys(JobIn)
    assert set(schema["properties"]["settings"]["properties"]) == set(SETTINGS)
    assert schema["properties"]["script"]["anyOf"][0] == {"$ref": "cinema-script-1.json"}
    assert json.loads((data_dir("configs") / "schema" / "cinema-script-1.json").read_bytes())["$id"] == "cinema-script-1.json"


@pytest.mark.parametrize("action", get_args(Action))
def test_the_schema_forbids_beside_an_action_what_the_endpoint_refuses(action: str) -> None:
    (rule,) = [one for one in json_schema()["allOf"] if one["if"]["properties"]["action"]["const"] == action]
    good: dict[str, Any] = {
        "script": "INT. A - DAY\n\nRain.",
        "film": "a",
        "shot": "1-1",
        "seed": 1,
        "take": 1,
        "prompt": "Rain.",
        "mode": "animatic",
        "outputs": ["film"],
    }
    needed = {key: good[key] for key in rule["then"]["required"]}
    assert read_job({"id": "a", "input": {"action": action, **needed}}).input.action == action
    for key in rule["then"]["required"]:
        with pytest.raises(Refused):
            read_job({"id": "a", "input": {"action": action, **{one: value for one, value in needed.items() if one != key}}})
    if action == "retake":
        assert read_job({"id": "a", "input": {"action": action, **needed, "take": 1, "prompt": None}})
        taken = {"properties": {"take": {"type": "integer"}}, "required": ["take"]}
        assert (rule["then"]["if"], set(rule["then"]["then"]["properties"])) == (taken, {"prompt", "seed"})
    for key in set(good) - set(needed):
        sent = {"id": "a", "input": {"action": action, **needed, key: good[key]}}
        if key not in rule["then"]["properties"]:
            assert read_job(sent)
            continue
        with pytest.raises(Refused):
            read_job(sent)


def test_the_page_tells_of_every_key_code_and_variable() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "cinema" / "faces" / "serverless").glob("*.py"))
    variables = set(re.findall(r"\"((?:CINEMA|BUCKET)_[A-Z_]*[A-Z])\"", source))
    assert {"CINEMA_JOBS", "BUCKET_NAME"} <= variables
    wanted = {*keys(JobIn, S3In, StorageIn), *SETTINGS, *get_args(Action), *get_args(Output), *get_args(Code)}
    assert sorted(word for word in wanted if f"`{word}`" not in PAGE) == []
    assert sorted(word for word in variables if f"`{word}`" not in PAGE + OF_THE_IMAGE) == []


def test_every_job_on_the_page_is_one() -> None:
    blocks = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]
    sent = [block for block in blocks if "input" in block]
    assert {block["input"].get("action", "render") for block in sent} >= {"render", "plan", "retake", "status"}
    for block in sent:
        assert read_job({"id": "a", **block})


@pytest.fixture
def service(tmp_path: Path) -> Service:
    async def send(news: Any) -> None:
        """Nobody."""

    return Service(house=House.here({"CINEMA_JOBS": str(tmp_path / "jobs")}), send_for=lambda job: send)


def ask(service: Service, given: dict[str, Any], job_id: str = "a") -> dict[str, Any]:
    return asyncio.run(service.handle({"id": job_id, "input": given}))


def told(answer: Any, place: str = "") -> set[str]:
    """The keys of an answer, of the first of each list in it, and so on; what the report holds is the report's affair."""
    if isinstance(answer, list):
        return told(cast("list[Any]", answer)[0], place) if answer else set()
    if not isinstance(answer, dict) or place in ("report", "progress", "stage_seconds"):
        return set()
    found = cast("dict[str, Any]", answer)
    return {*found, *(key for name, value in found.items() for key in told(value, name))}


@pytest.mark.slow
def test_the_page_tells_of_every_key_of_the_answers(service: Service) -> None:
    film = ask(service, job(seconds=0.5))
    found = told(film) | told(ask(service, {"action": "status", "film": "a"}, "b"))
    found |= told(ask(service, {"action": "plan", "script": story(), "mode": "animatic", "settings": SMALL}))
    found |= told(ask(service, {"action": "models"})) | told(ask(service, {"action": "health"}))
    found |= told(ask(service, {"action": "plan", "script": story(), "mode": "animatic", "deadline_seconds": 0.001}))
    found |= told(ask(service, {"action": "explode"}))
    assert {"outputs", "sha256", "predicted_seconds", "pointer"} <= found
    assert sorted(key for key in found if f"`{key}`" not in PAGE) == []
    retake = ask(service, {"action": "retake", "film": "a", "shot": "9-9"}, "c")
    assert [fault["pointer"] for fault in retake["errors"]] == ["/shot"]
    retake = ask(service, {"action": "retake", "film": "a", "shot": "1-1", "take": 9}, "c")
    assert [fault["pointer"] for fault in retake["errors"]] == ["/take"]


def test_a_story_that_nobody_named_is_prose_with_its_words_spoken() -> None:
    def spoken(text: str, **more: Any) -> int:
        script = read_source(read_job({"id": "a", "input": {"script": text, **more}}).input).script
        return sum(element.type == "dialogue" for element in script.elements)

    assert spoken(STORY) == spoken(STORY, format="prose") == 2
    assert spoken(STORY, format="fountain") == 0
    assert spoken("INT. KITCHEN - DAY\n\nPeter waits.\n\nPETER\nWho is there?\n") == 1


@pytest.mark.parametrize(
    ("given", "pointer", "message"),
    [
        ({"outputs": []}, "/outputs", "This list should have at least 1 item, not 0."),
        ({"outputs": "film"}, "/outputs", "This should be a list."),
        ({"settings": 7}, "/settings", "This should be an object."),
        ({"action": "retake", "prompt": 7}, "/prompt", "This should be a text."),
        ({"prompt": "Rain."}, "/prompt", "This cannot stand beside the action render; leave it out."),
        ({"action": "status"}, "/film", "This is missing; the action status needs it."),
        ({"settings": {"pace": "slow"}}, "/settings/pace", "This should be a number."),
        ({"settings": {"music": 3}}, "/settings/music", "This should be true or false."),
        ({"storage": "s3"}, "/storage", "This should be an object."),
        ({"storage": {"size": 1}}, "/storage/size", "This is not a key here; the keys are kind, prefix, link_seconds."),
    ],
)
def test_faults_are_told_in_the_words_of_json(service: Service, given: dict[str, Any], pointer: str, message: str) -> None:
    answer = ask(service, {**job(), **given})
    assert {"pointer": pointer, "message": message} in answer["errors"]
    assert len({fault["pointer"] for fault in answer["errors"]}) == len(answer["errors"]), "one fault at one place"


@pytest.mark.parametrize("wrong", [5, True, [], ["INT. A - DAY"]])
def test_a_script_of_a_wrong_kind_is_one_fault(service: Service, wrong: Any) -> None:
    (fault,) = ask(service, {"script": wrong})["errors"]
    assert fault["pointer"] == "/script"
    assert "the text of a script" in fault["message"]


@pytest.mark.parametrize(
    ("key", "given", "known"),
    [
        ("mode", "Cinema", ("auto", "animatic", "fast", "balanced", "cinema", "tiny")),
        ("delivery", "EBU", ("web", "ebu", "atsc", "streaming")),
        ("action", "Render", get_args(Action)),
        ("format", "JSON", ("json", "fountain", "fdx", "prose")),
        ("outputs/0", "Film", get_args(Output)),
        ("storage/kind", "S3", ("auto", "s3", "volume")),
        ("settings/aspect", "2:1", ("16:9", "9:16", "1:1", "4:5", "21:9")),
        ("settings/purpose", "fun", ("personal", "commercial")),
        ("settings/models/cook", "x", ("video", "speech")),
    ],
)
def test_a_name_that_there_is_none_of_is_answered_with_those_that_there_are(
    service: Service, key: str, given: str, known: tuple[str, ...]
) -> None:
    value: Any = given
    first, *steps = key.split("/")
    for step in reversed(steps):
        value = [value] if step == "0" else {step: value}
    (fault,) = ask(service, {**job(), first: value})["errors"]
    assert fault["pointer"] == f"/{key}"
    assert [name for name in known if name not in fault["message"]] == []
    assert "pattern" not in fault["message"]


def test_the_action_plan_says_what_the_command_plan_says(service: Service, tmp_path: Path) -> None:
    from cinema import film

    path = tmp_path / "film.json"
    path.write_text(json.dumps(story()), encoding="utf-8")
    _, planned, schedule = film.estimate(path, Settings.load(overrides={"mode": "animatic", **SMALL}))
    told = ask(service, {"action": "plan", "script": story(), "mode": "animatic", "settings": SMALL})["plan"]
    assert told["size_bytes"] == film.size_bytes(planned, schedule) > schedule.prediction.size_bytes


def test_news_of_a_retake_are_noted_with_the_film(tmp_path: Path) -> None:
    house = House.here({"CINEMA_JOBS": str(tmp_path / "jobs")})
    house.job("film-1").make()
    sent: list[Any] = []

    async def send(news: Any) -> None:
        sent.append(news)

    def noted(given: dict[str, Any]) -> Any:
        asyncio.run(keep_news(house, given, send)({"number": len(sent) + 1, "stage": "picture"}))
        asked = asyncio.run(Service(house=house, send_for=lambda job: send).handle({"id": "s", "input": STATUS}))
        return asked["progress"]["job"], asked["progress"]["number"]

    assert noted({"id": "film-1", "input": job()}) == ("film-1", 1)
    assert noted({"id": "again-1", "input": {"action": "retake", "film": "film-1", "shot": "1-1"}}) == ("again-1", 2)
    assert noted({"id": "links-1", "input": {"action": "deliver", "film": "film-1"}}) == ("links-1", 3)
    assert noted({"id": "else-1", "input": {"action": "deliver", "film": "film-2"}}) == ("links-1", 3), "no such film here"
    assert noted({"id": "else-1", "input": {"action": "retake", "film": "../film-1"}}) == ("links-1", 3)
    assert len(sent) == 5
    (house.jobs / "film-1" / "news.json").unlink()
    (house.jobs / "film-1" / ".news.json.part").mkdir()
    asyncio.run(keep_news(house, {"id": "film-1"}, send)({"number": 6}))
    assert len(sent) == 6, "news that cannot be noted are sent"


def test_what_the_film_would_say_of_a_retake_points_into_the_retake() -> None:
    from cinema.faces.serverless.estimate import refused_with

    message = InputError("There is no shot '9-9'; the film's shots are 1-1.").message
    assert refused_with(2, message, None).faults[0].pointer == "/shot"


@pytest.mark.slow
def test_a_film_with_another_take_is_still_done(service: Service) -> None:
    ask(service, job(seconds=0.5))
    retake = ask(service, {"action": "retake", "film": "a", "shot": "1-1", "outputs": ["film"]}, "b")
    assert retake["outputs"]
    for film in ("a", "b"):
        told = ask(service, {"action": "status", "film": film}, "c")
        assert (told["film"], told["state"], told["made_by"]) == (film, "done", "b")
    assert ask(service, {"action": "status", "film": "c"}, "d")["code"] == "not_found"
