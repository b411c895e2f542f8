"""The JSON Schema of a job's `input`, for programs that write jobs: `configs/schema/cinema-job-1.json`.

`scripts/export_schema.py` writes that file, a test holds it current, and `docs/endpoint.md` tells the same to people.
"""

from __future__ import annotations

from typing import Any, cast, get_args

from cinema.faces.serverless.job import NEEDED, OF_A_NEW_TAKE, OF_ACTION, SETTINGS, Action, JobIn, LinkIn
from cinema.settings import Settings

TOLD = {
    "action": "What is wanted: a film (render), its plan and cost (plan), a shot of it anew (retake), its files once more "
    "(deliver), how far it is (status), the catalogue (models), or what this worker can do (health).",
    "script": "A script as JSON (cinema-script-1.json); or the text of one; or an https link to one.",
    "format": "What the script's text is; found by its content if not given: a text that is no screenplay is prose.",
    "mode": "auto, animatic, fast, balanced, cinema or tiny; the endpoint's own if not given.",
    "delivery": "web (-14 LUFS), ebu (-23), atsc (-24) or streaming (-27).",
    "seed": "Seed of the film; of a retake, the seed of the new take.",
    "settings": "Further settings of the film.",
    "outputs": "Which of the film's files are handed over.",
    "storage": "Where the files go.",
    "s3Config": "A bucket of the job's own; it may also stand beside `input`, where the SDKs of RunPod put it.",
    "webhook": "An https address that is sent the answer, signed.",
    "budget_usd": "Refuse a film that is predicted to cost more.",
    "deadline_seconds": "Refuse a film that is predicted to take longer, and stop one that does.",
    "film": "The id of the job that made the film.",
    "shot": 'The shot to make anew, such as "2-3"; `plan` lists them.',
    "prompt": "What the new take is to show, instead of the shot's own words.",
    "take": "Go back to the take of that number instead of making one.",
}


def json_schema() -> dict[str, Any]:
    """The schema, in the dialect of 2020-12. It takes every job that `read_job` takes; some that it takes are refused there."""
    schema = JobIn.model_json_schema(by_alias=True)
    properties = cast("dict[str, dict[str, Any]]", schema["properties"])
    for key, told in TOLD.items():
        properties[key] = {**properties[key], "description": told}
    properties["script"] = {"description": TOLD["script"], "anyOf": _scripts()}
    known = Settings.model_json_schema()["properties"]
    properties["settings"] = {
        "description": TOLD["settings"],
        "type": "object",
        "properties": {name: known[name] for name in SETTINGS},
        "additionalProperties": False,
        "default": {},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "cinema-job-1.json",
        **schema,
        "title": "Job",
        "description": "The `input` of a job of a Cinema endpoint.",
        "allOf": [_rule(action, set(properties)) for action in get_args(Action)],
    }


def _scripts() -> list[dict[str, Any]]:
    link = LinkIn.model_json_schema()
    return [{"$ref": "cinema-script-1.json"}, {"type": "string", "minLength": 1}, {**link, "title": "Link"}]


def _rule(action: Action, keys: set[str]) -> dict[str, Any]:
    """What stands beside that action, and what may not."""
    usual = JobIn.model_fields["action"].default
    given = {} if action == usual else {"required": ["action"]}
    foreign = sorted(keys - {"action"} - OF_ACTION[action])
    then: dict[str, Any] = {"required": list(NEEDED.get(action, ())), "properties": dict.fromkeys(foreign, False)}
    if action == "retake":
        taken = {"properties": {"take": {"type": "integer"}}, "required": ["take"]}
        then |= {"if": taken, "then": {"properties": {key: {"type": "null"} for key in OF_A_NEW_TAKE}}}
    return {"if": {"properties": {"action": {"const": action}}, **given}, "then": then}
