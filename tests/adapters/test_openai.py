"""The client of OpenAI-compatible endpoints, against a server that refuses, fails, dawdles and talks nonsense."""

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cinema.adapters.contract import Device, Job, LoadPlan
from cinema.adapters.kit.answers import BadAnswerError, disagreement, read_answer
from cinema.adapters.openai import KEY_VARIABLE, OpenAi
from cinema.catalog import Catalog, Endpoint, Manifest
from cinema.errors import Cancelled, CinemaError, InputError, MissingModelError
from cinema.events import LocalWatch
from cinema.plan.task import TextRequest
from cinema.testing.textserver import Fault, TextServer, serving

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"number": {"type": "integer"}},
    "required": ["number"],
    "additionalProperties": False,
}
REQUEST = TextRequest(instructions="Count.", prompt="How many?", json_schema=SCHEMA, max_tokens=50)
GOOD = {"number": 7}


def manifest_for(address: str, **settings: Any) -> Manifest:
    shipped = Endpoint(address=address, model="writer").fitted(Catalog().manifest("openai-compatible"))
    return shipped.model_copy(update={"settings": {**shipped.settings, "backoff_seconds": 0.01, **settings}})


def asked(
    server: TextServer, out: Path, *, watch: LocalWatch | None = None, request: TextRequest = REQUEST, **settings: Any
) -> Any:
    adapter = OpenAi()
    adapter.load(LoadPlan(manifest=manifest_for(server.address, **settings)), Device())
    out.mkdir()
    product = adapter.run(Job(request=request, seed=3), out, watch or LocalWatch())
    assert [file.name for file in product.files] == ["text.json"] == [path.name for path in out.iterdir()]
    return json.loads((out / "text.json").read_text(encoding="utf-8"))


def answering(*answers: Any) -> Callable[[dict[str, Any]], Any]:
    """One after the other; the last for ever."""
    left = list(answers)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


@pytest.fixture(autouse=True)
def _no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEY_VARIABLE, raising=False)


def test_it_asks_by_schema_and_says_what_is_wanted(tmp_path: Path) -> None:
    watch = LocalWatch()
    with serving(TextServer(answer=answering(GOOD))) as server:
        assert asked(server, tmp_path / "out", watch=watch) == GOOD
    [payload] = server.requests
    assert payload["model"] == "writer"
    assert payload["response_format"]["json_schema"]["schema"] == SCHEMA
    assert (payload["max_tokens"], payload["seed"], payload["temperature"]) == (50, 3, 0.2)
    assert "Count." in payload["messages"][0]["content"]
    assert '"number"' in payload["messages"][0]["content"], "a grammar alone does not tell the model the shape"
    assert payload["messages"][1] == {"role": "user", "content": "How many?"}
    assert "authorization" not in server.headers[0]
    assert watch.steps[-1][0] == watch.steps[-1][1]


@pytest.mark.parametrize(("refuses", "form"), [(("json_schema",), "json_object"), (("json_schema", "json_object"), None)])
def test_a_server_without_schemas_is_asked_for_an_object_then_in_words(
    refuses: tuple[Any, ...], form: str | None, tmp_path: Path
) -> None:
    with serving(TextServer(answer=answering(f"```json\n{json.dumps(GOOD)}\n```"), refuses=refuses)) as server:
        assert asked(server, tmp_path / "out") == GOOD
    assert server.requests[-1].get("response_format", {}).get("type") == form
    assert len(server.requests) == len(refuses) + 1


def test_what_newer_models_no_longer_take_is_left_out(tmp_path: Path) -> None:
    with serving(TextServer(answer=answering(GOOD), refuses=("max_tokens", "temperature"))) as server:
        assert asked(server, tmp_path / "out") == GOOD
    last = server.requests[-1]
    assert last["max_completion_tokens"] == 50
    assert not {"max_tokens", "temperature"} & set(last)
    assert last["response_format"]["type"] == "json_schema", "the schema was not what it refused"


@pytest.mark.parametrize(
    "fault", [Fault(status=429), Fault(status=500), Fault(status=503, body=b"<html>"), Fault(hang_up=True)]
)
def test_what_passes_is_waited_out(fault: Fault, tmp_path: Path) -> None:
    with serving(TextServer(answer=answering(GOOD), faults=[fault, fault])) as server:
        assert asked(server, tmp_path / "out") == GOOD
    assert len(server.requests) == 3


def test_it_waits_as_long_as_the_server_says(tmp_path: Path) -> None:
    busy = Fault(status=429, headers=(("Retry-After", "0.6"),))
    start = time.monotonic()
    with serving(TextServer(answer=answering(GOOD), faults=[busy])) as server:
        asked(server, tmp_path / "out")
    assert time.monotonic() - start >= 0.6


def test_what_does_not_pass_is_told(tmp_path: Path) -> None:
    with (
        serving(TextServer(answer=answering(GOOD), faults=[Fault(status=503)] * 9)) as server,
        pytest.raises(MissingModelError, match=r"cannot answer now \(503\)"),
    ):
        asked(server, tmp_path / "out", tries=3)
    assert len(server.requests) == 3


def test_an_answer_out_of_shape_is_asked_for_again_with_what_was_wrong(tmp_path: Path) -> None:
    answers = answering("Certainly! There are seven.", {"number": "seven"}, "<think>hm</think>\n" + json.dumps(GOOD))
    with serving(TextServer(answer=answers)) as server:
        assert asked(server, tmp_path / "out") == GOOD
    first, second, third = (payload["messages"] for payload in server.requests)
    assert len(first) == 2
    assert "not valid JSON" in second[-1]["content"]
    assert "document.number should be of the type integer" in third[-1]["content"]
    assert len({payload["seed"] for payload in server.requests}) == 3


@pytest.mark.parametrize(
    "body", [b"[]", b'{"choices": []}', b'{"choices": [{"message": {"content": null}}]}', b"\xff\xfe", b"[" * 99_999]
)
def test_garbage_is_refused_after_three_answers(body: bytes, tmp_path: Path) -> None:
    with (
        serving(TextServer(answer=answering(GOOD), faults=[Fault(body=body)] * 9)) as server,
        pytest.raises(InputError, match="3 answers of which none"),
    ):
        asked(server, tmp_path / "out")
    assert len(server.requests) == 3


def test_an_answer_that_was_cut_is_no_answer(tmp_path: Path) -> None:
    with (
        serving(TextServer(answer=answering(GOOD), faults=[Fault(finish_reason="length")])) as server,
        pytest.raises(InputError, match="did not end within"),
    ):
        asked(server, tmp_path / "out")


def test_a_huge_answer_is_not_read_to_its_end(tmp_path: Path) -> None:
    with (
        serving(TextServer(answer=answering(GOOD), faults=[Fault(body=b" " * 9_000_000)])) as server,
        pytest.raises(MissingModelError, match="more than 8,000,000 bytes"),
    ):
        asked(server, tmp_path / "out")


def test_a_slow_answer_has_its_time(tmp_path: Path) -> None:
    with serving(TextServer(answer=answering(GOOD), faults=[Fault(wait_seconds=5)] * 3)) as server:
        start = time.monotonic()
        with pytest.raises(MissingModelError, match=r"within 0\.5 s"):
            asked(server, tmp_path / "out", limit_seconds=0.5, tries=1)
    assert time.monotonic() - start < 3


def test_a_cancel_does_not_wait_for_the_answer(tmp_path: Path) -> None:
    watch = LocalWatch()
    threading.Timer(0.4, lambda: setattr(watch, "cancelled", True)).start()
    start = time.monotonic()
    with serving(TextServer(answer=answering(GOOD), faults=[Fault(wait_seconds=5)])) as server, pytest.raises(Cancelled):
        asked(server, tmp_path / "out", watch=watch)
    assert time.monotonic() - start < 2
    fractions = [done / total for done, total in watch.steps]
    assert fractions == sorted(fractions)


def test_the_key_comes_from_the_environment_and_is_never_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(TextServer(answer=answering(GOOD), key="right-key")) as server:
        monkeypatch.setenv(KEY_VARIABLE, "wrong-secret-key")
        with pytest.raises(InputError) as caught:
            asked(server, tmp_path / "wrong")
        assert KEY_VARIABLE in caught.value.message
        assert "wrong-secret-key" not in caught.value.message
        monkeypatch.setenv(KEY_VARIABLE, "right-key")
        assert asked(server, tmp_path / "right") == GOOD
    assert b"right-key" not in (tmp_path / "right" / "text.json").read_bytes()


@pytest.mark.parametrize(
    ("fault", "error", "says"),
    [
        (Fault(status=302, headers=(("Location", "http://127.0.0.1:9/"),)), InputError, "sends the request elsewhere"),
        (Fault(status=403, body=b"no\x1b[31m entry"), InputError, "refuses the key"),
        (Fault(status=413, body=b'{"error": "too long"}'), InputError, "too long"),
    ],
)
def test_refusals_are_told_in_one_line(fault: Fault, error: type[CinemaError], says: str, tmp_path: Path) -> None:
    with serving(TextServer(answer=answering(GOOD), faults=[fault] * 9)) as server, pytest.raises(error, match=says) as caught:
        asked(server, tmp_path / "out")
    assert caught.value.message.isprintable()
    assert len(server.requests) == 1, "no redirect is followed, no refusal asked again"


def test_an_unknown_model_and_an_empty_port_are_missing_models(tmp_path: Path) -> None:
    with (
        serving(TextServer(answer=answering(GOOD), models=("other",))) as server,
        pytest.raises(MissingModelError, match="writer does not exist"),
    ):
        asked(server, tmp_path / "model")
    with pytest.raises(MissingModelError, match="text_endpoint"):
        asked(server, tmp_path / "port", tries=2)


def test_no_word_leaves_the_house_unencrypted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that the settings took for a private one, and that is a public address, is not asked by http."""
    import socket

    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    server = TextServer(answer=answering(GOOD), address="http://writer.local/v1")
    with pytest.raises(MissingModelError, match="takes https"):
        asked(server, tmp_path / "out")


def test_without_an_endpoint_it_cannot_be_loaded() -> None:
    with pytest.raises(InputError, match="text_endpoint"):
        OpenAi().load(LoadPlan(manifest=Catalog().manifest("openai-compatible")), Device())


@pytest.mark.parametrize(
    ("value", "schema", "fault"),
    [
        ({"a": 1}, {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a", "b"]}, "lacks the key 'b'"),
        ({"c": 1}, {"type": "object", "properties": {}, "additionalProperties": False}, "nobody asked for"),
        ([1, "x"], {"type": "array", "items": {"type": "integer"}}, r"document\[1\] should be"),
        (True, {"type": "integer"}, "integer"),
        ("x", {"anyOf": [{"type": "null"}, {"enum": ["a"]}]}, "one of 'a'"),
        (None, {"anyOf": [{"type": "null"}, {"type": "string"}]}, ""),
    ],
)
def test_shapes_are_checked(value: object, schema: dict[str, Any], fault: str) -> None:
    found = disagreement(value, schema)
    if not fault:
        assert found == ""
        return
    with pytest.raises(BadAnswerError, match=fault):
        read_answer(json.dumps(value), schema)


@pytest.mark.parametrize("text", ["", "NaN", '{"number": 1e999}', '"\\ud800"', "{}}"])
def test_what_is_no_document_is_refused(text: str) -> None:
    with pytest.raises(BadAnswerError):
        read_answer(text, {"type": "object"} if text.startswith("{") else {})
