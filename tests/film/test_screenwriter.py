"""Films of prose: a language model writes the script where it keeps the author's words, rules write it where it does not."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cinema import film, screenwriter, studio
from cinema.events import Event, TaskStarted, Warned
from cinema.faces.cli import run
from cinema.folder import open_folder
from cinema.script import read
from cinema.script.model import Script
from cinema.settings import Settings
from cinema.studio import Studio
from cinema.testing.textserver import Fault, TextServer, serving

STORY = """# Late

Ada waits in the kitchen. The clock ticks.

"You are late," said Ada.

"I know," said Tom.
"""
PEOPLE = [
    {"name": "ADA", "look": "grey coat", "voice": {"gender": "female", "age": "old"}},
    {"name": "TOM", "look": "", "voice": {"gender": None, "age": None}},
]


def spoken(text: str, character: str) -> dict[str, Any]:
    return {"type": "dialogue", "text": text, "character": character, "parenthetical": None, "extension": None}


def screenplay(*lines: dict[str, Any], heading: str = "INT. KITCHEN - EVENING") -> dict[str, Any]:
    action = {
        "type": "action",
        "text": "Ada waits. A clock ticks.",
        "character": None,
        "parenthetical": None,
        "extension": None,
    }
    return {"characters": PEOPLE, "scenes": [{"heading": heading, "elements": [action, *lines]}]}


GOOD = screenplay(spoken("You are late.", "ADA"), spoken("I know.", "TOM"))
CHANGED = screenplay(spoken("You are too late.", "ADA"), spoken("I know.", "TOM"))


class Writer:
    """Answers in turn, the last for ever."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)

    def __call__(self, payload: dict[str, Any]) -> Any:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
def story(tmp_path: Path) -> Path:
    path = tmp_path / "late.md"
    path.write_text(STORY)
    return path


@pytest.fixture
def server() -> Iterator[TextServer]:
    with serving(TextServer(answer=Writer(GOOD))) as served:
        yield served


def settings(server: TextServer | None, **more: Any) -> Settings:
    endpoint = {"text_endpoint": server.address, "text_model": "writer"} if server else {}
    return Settings(mode="animatic", short_side_px=120, workers=1, **endpoint, **more)


def adapted(source: Path, out: Path, asked: Settings, events: list[Event] | None = None) -> tuple[Script, Studio]:
    """The script that a film of `source` is made of, and the studio with its notes. Nothing is filmed."""
    script = read(source)
    listener = events.append if events is not None else lambda _: None
    found = studio.equip(asked, language="en", prose=script.source_format == "prose", listener=listener)
    with open_folder(out) as folder:
        return screenwriter.adapt(script, source, folder, found), screenwriter.credited(folder, found)


def lines_of(script: Script) -> list[str]:
    return [element.text for element in script.elements if element.type == "dialogue"]


def headings_of(script: Script) -> list[str]:
    return [scene.heading.text for scene in script.scenes if scene.heading]


def test_a_model_writes_the_script_once(story: Path, server: TextServer, tmp_path: Path) -> None:
    events: list[Event] = []
    script, found = adapted(story, tmp_path / "film", settings(server), events)
    assert headings_of(script) == ["INT. KITCHEN - EVENING"]
    assert lines_of(script) == ["You are late.", "I know."]
    assert (script.title, script.characters[0].look, script.characters[0].voice.age) == ("Late", "grey coat", "old")
    assert "script: the prose was made a script by writer (by way of openai-compatible)" in "\n".join(found.notes)
    assert len([event for event in events if isinstance(event, TaskStarted)]) == 1
    assert "2 quoted speeches" in server.requests[0]["messages"][1]["content"]
    again, _ = adapted(story, tmp_path / "film", settings(server))
    assert again == script
    assert len(server.requests) == 1, "an unchanged text asks nothing again"
    adapted(story, tmp_path / "film", settings(server, seed=5))
    assert len(server.requests) == 1, "the film's seed is nothing to the script"


def test_another_model_is_another_task_and_another_address_is_not(story: Path, server: TextServer, tmp_path: Path) -> None:
    adapted(story, tmp_path / "film", settings(server))
    with serving(TextServer(answer=Writer(GOOD), models=("writer", "poet"))) as other:
        adapted(story, tmp_path / "film", settings(other))
        assert other.requests == []
        adapted(story, tmp_path / "film", settings(other).model_copy(update={"text_model": "poet"}))
        assert [payload["model"] for payload in other.requests] == ["poet"]


def test_a_bad_answer_is_asked_for_again_with_what_was_wrong(story: Path, tmp_path: Path) -> None:
    wrong = screenplay(spoken("You are late.", "ADA"), spoken("I know.", "TOM"), heading="THE KITCHEN")
    with serving(TextServer(answer=Writer(CHANGED, wrong, GOOD))) as server:
        script, found = adapted(story, tmp_path / "film", settings(server))
    assert headings_of(script) == ["INT. KITCHEN - EVENING"]
    prompts = [payload["messages"][1]["content"] for payload in server.requests]
    assert len(prompts) == 3
    assert "could not be used" not in prompts[0]
    assert 'The speech "You are late," is missing or changed' in prompts[1]
    assert "does not begin with INT. or EXT." in prompts[2]
    assert "writer" in found.notes[-1]


def test_after_three_bad_answers_the_rules_take_over(story: Path, tmp_path: Path) -> None:
    events: list[Event] = []
    with serving(TextServer(answer=Writer(CHANGED))) as server:
        script, found = adapted(story, tmp_path / "film", settings(server), events)
        adapted(story, tmp_path / "film", settings(server))
        assert len(server.requests) == 3, "bad answers are answers: they are not asked for again either"
    assert script == read(story)
    assert lines_of(script) == ["You are late.", "I know."]
    assert "by rules, since writer (by way of openai-compatible) could not: of 3 answers" in found.notes[-1]
    assert any(isinstance(event, Warned) and "by rules" in event.message for event in events)


def test_a_service_that_refuses_leaves_it_to_the_rules_and_is_asked_another_time(story: Path, tmp_path: Path) -> None:
    with serving(TextServer(answer=Writer(GOOD), faults=[Fault(status=401, body=b"no credit")])) as server:
        script, found = adapted(story, tmp_path / "film", settings(server))
        assert headings_of(script) == ["INT. KITCHEN"]
        assert "refuses the key (401): no credit" in found.notes[-1]
        script, _ = adapted(story, tmp_path / "film", settings(server))
        assert headings_of(script) == ["INT. KITCHEN - EVENING"]


def test_without_a_model_the_rules_write_and_say_so(story: Path, tmp_path: Path) -> None:
    script, found = adapted(story, tmp_path / "film", settings(None))
    assert script == read(story)
    assert "text: openai-compatible was passed over: no endpoint is set (text_endpoint and text_model)." in found.notes
    assert found.notes[-1] == "script: the prose was made a script by rules, since no model for text was chosen."


def test_a_script_never_needs_the_model(server: TextServer, tmp_path: Path) -> None:
    path = tmp_path / "room.txt"
    path.write_text("INT. ROOM - DAY\n\nADA\nHello.\n")
    script, found = adapted(path, tmp_path / "film", settings(server))
    assert (script, server.requests) == (read(path), [])
    assert "text" not in found.choice
    assert not any(note.startswith(("text:", "script:")) for note in found.notes)


def test_long_prose_is_asked_for_part_by_part_with_the_cast_so_far(tmp_path: Path) -> None:
    def write(payload: dict[str, Any]) -> Any:
        number = len(server.requests)
        told = {
            "type": "action",
            "text": "The rain goes on and on. " * 80,
            "character": None,
            "parenthetical": None,
            "extension": None,
        }
        person = {"name": f"PERSON {number}", "look": f"coat {number}", "voice": {"gender": None, "age": None}}
        return {"characters": [person], "scenes": [{"heading": "EXT. FIELD - DAY", "elements": [told]}]}

    path = tmp_path / "long.txt"
    path.write_text("\n\n".join(["The rain went on. " * 100] * 8))
    with serving(TextServer(answer=write)) as server:
        script, _ = adapted(path, tmp_path / "film", settings(server))
    assert len(server.requests) == 3
    assert headings_of(script) == ["EXT. FIELD - DAY"], "a scene that goes on is one"
    last = server.requests[-1]["messages"][1]["content"]
    assert "- PERSON 1: coat 1" in last
    assert "The scene before this part: EXT. FIELD - DAY" in last
    assert [person.name for person in script.characters] == ["PERSON 1", "PERSON 2", "PERSON 3"]


def test_a_cancel_ends_the_writing(story: Path, tmp_path: Path) -> None:
    from cinema.errors import Cancelled

    cancel = threading.Event()
    with serving(TextServer(answer=Writer(GOOD), faults=[Fault(wait_seconds=4)])) as server:
        asked = settings(server)
        threading.Timer(1.0, cancel.set).start()
        with pytest.raises(Cancelled):
            film.render(story, tmp_path / "film", asked, cancel=cancel)


def test_a_plan_says_whose_script_it_shows(story: Path, server: TextServer) -> None:
    found, plan, _ = film.estimate(story, settings(server))
    assert server.requests == []
    assert plan.scenes[0].heading == "INT. KITCHEN"
    assert "writer (by way of openai-compatible) writes the film's" in found.notes[-1]


def test_the_command_line_shows_the_conversion(story: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["script", str(story), "--to", "fountain"]) == 0
    assert "INT. KITCHEN\n\nAda waits in the kitchen. The clock ticks.\n\nADA\nYou are late.\n" in capsys.readouterr().out


# -- films ---------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_film_of_prose_asks_once_and_resumes_without_the_service(story: Path, server: TextServer, tmp_path: Path) -> None:
    out = tmp_path / "film"
    made = film.render(story, out, settings(server))
    assert [line.text for line in made.plan.lines] == ["You are late.", "I know."]
    assert made.missing == ()
    report = json.loads((out / "report.json").read_text())
    assert any("made a script by writer" in note for note in report["notes"])
    assert "grey coat" in (out / "script.json").read_text()
    film.render(story, out, settings(server))
    film.resume(out)
    assert len(server.requests) == 1
    report = json.loads((out / "report.json").read_text())
    assert any("made a script by writer" in note for note in report["notes"])
    for file in out.rglob("*"):
        assert not file.is_file() or b"CINEMA_TEXT_KEY" not in file.read_bytes()


@pytest.mark.slow
def test_the_key_is_nowhere_in_the_film(story: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CINEMA_TEXT_KEY", "sk-very-secret-0123456789")
    with serving(TextServer(answer=Writer(GOOD), key="sk-very-secret-0123456789")) as server:
        film.render(story, tmp_path / "film", settings(server))
        assert len(server.requests) == 1
    held = [file.read_bytes() for file in (tmp_path / "film").rglob("*") if file.is_file()]
    assert len(held) > 10
    assert not any(b"sk-very-secret" in data for data in held)
