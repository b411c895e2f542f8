"""Prompts worded anew by the model for text: what it may change, what stays, and that nothing is asked twice."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cinema import studio
from cinema.enhance import enhanced
from cinema.film import draft
from cinema.folder import open_folder
from cinema.paths import data_dir
from cinema.plan.model import Plan
from cinema.script import read_text
from cinema.settings import Settings
from cinema.studio import Studio
from cinema.testing.catalog import testing_catalog
from cinema.testing.textserver import Fault, TextServer, serving

SCRIPT = """INT. KITCHEN - NIGHT

ADA, in a grey coat, waits at the table. TOM enters.

ADA
You are late.

EXT. BEACH - DAWN

TOM runs along the water. ADA follows him.
"""
EXPLICIT = json.dumps(
    {
        "scenes": [
            {"heading": "INT. KITCHEN - NIGHT", "shots": [{"action": "Ada waits.", "prompt": "my own words"}]},
            {"heading": "EXT. BEACH - DAWN", "elements": [{"type": "action", "text": "Tom runs along the water."}]},
        ]
    }
)


@pytest.fixture(autouse=True)
def catalog(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made = testing_catalog(tmp_path / "catalog", {"camera": 'wants = ["keyframe"]', "boards": 'wants = ["staging"]'})
    shutil.copy(data_dir("models") / "openai-compatible.toml", made.models_dir)
    monkeypatch.setattr(studio, "Catalog", lambda: made)


def vividly(payload: dict[str, Any]) -> Any:
    """Every prompt with a word more."""
    texts = json.loads(payload["messages"][1]["content"])
    return {"prompts": [{"number": one["number"], "text": f"{one['text']} Vividly."} for one in texts]}


def worded(
    folder: Path,
    answer: Callable[[dict[str, Any]], Any],
    text: str = SCRIPT,
    video: str = "camera",
    faults: int = 0,
    **more: Any,
) -> tuple[Plan, Plan, Studio, list[dict[str, Any]]]:
    """The plan before and after, the studio with its notes, and what the service was asked."""
    refusals = [Fault(status=413, body=b"too long")] * faults
    with serving(TextServer(answer=answer, faults=refusals)) as server:
        asked = Settings(
            mode="testing",
            workers=1,
            enhance_prompts=True,
            text_endpoint=server.address,
            text_model="writer",
            models={"text": "openai-compatible", "video": video},
        ).model_copy(update=more)
        found = studio.equip(asked, language="en")
        script = read_text(text)
        with open_folder(folder) as opened:
            plan = draft(script, found, opened.overrides())
            after, found = enhanced(plan, opened, found)
        return plan, after, found, server.requests


def test_prompts_are_worded_anew_a_scene_at_a_time_and_once(tmp_path: Path) -> None:
    before, after, found, requests = worded(tmp_path / "film", vividly)
    assert len(requests) == 2, "one question a scene"
    for old, new in zip(before.shots, after.shots, strict=True):
        assert new.first_frame == f"{old.first_frame} Vividly."
        assert new.motion == f"{old.motion} Vividly."
        assert new.prompt == old.prompt, "which no model of this film is given"
        assert (new.seed, new.lines, new.length_frames) == (old.seed, old.lines, old.length_frames)
    asked = len({text for shot in before.shots for text in (shot.first_frame, shot.motion)})
    assert found.notes[-1] == f"prompts: {asked} of {asked} were worded anew by writer (by way of openai-compatible)."
    _, again, _, requests = worded(tmp_path / "film", vividly)
    assert (again.shots, requests) == (after.shots, [])


def test_a_model_that_sees_words_alone_is_given_the_whole_prompt(tmp_path: Path) -> None:
    before, after, _, _ = worded(tmp_path / "film", vividly, video="testing-video")
    assert [shot.prompt for shot in after.shots] == [f"{shot.prompt} Vividly." for shot in before.shots]
    assert [shot.motion for shot in after.shots] == [shot.motion for shot in before.shots]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("ADA", "the woman").replace("TOM", "the man"),
        lambda text: f"{text} ADA and TOM watch." if not ("ADA" in text and "TOM" in text) else "ADA.",
        lambda text: text + " very" * 200,
        lambda _: "",
    ],
    ids=["name lost", "stranger", "too long", "empty"],
)
def test_a_wording_that_loses_somebody_or_grows_too_long_is_not_taken(change: Callable[[str], str], tmp_path: Path) -> None:
    def spoil(payload: dict[str, Any]) -> Any:
        texts = json.loads(payload["messages"][1]["content"])
        return {"prompts": [{"number": one["number"], "text": change(one["text"])} for one in texts]}

    before, after, found, _ = worded(tmp_path / "film", spoil)
    peopled = [(old, new) for old, new in zip(before.shots, after.shots, strict=True) if {"ADA", "TOM"} & set(old.characters)]
    assert len(peopled) >= 2
    assert all(old == new for old, new in peopled)
    assert "the others stay as they were" in found.notes[-1]


def test_what_the_author_prompted_is_never_sent(tmp_path: Path) -> None:
    before, after, _, requests = worded(tmp_path / "film", vividly, EXPLICIT)
    assert after.shots[0] == before.shots[0]
    assert after.shots[1] != before.shots[1]
    assert "my own words" not in json.dumps(requests)


def test_a_retake_in_the_users_words_is_left_alone(tmp_path: Path) -> None:
    with open_folder(tmp_path / "film") as folder:
        folder.store.override("2-1", seed=None, prompt="TOM in the rain, alone")
    before, after, _, requests = worded(tmp_path / "film", vividly)
    assert [shot.id for old, shot in zip(before.shots, after.shots, strict=True) if old == shot] == ["2-1"]
    assert "in the rain, alone" not in json.dumps(requests)


def test_what_fails_leaves_the_prompts_and_says_so(tmp_path: Path) -> None:
    before, after, found, _ = worded(tmp_path / "film", vividly, faults=1)
    changed = [old.scene for old, new in zip(before.shots, after.shots, strict=True) if old != new]
    assert changed
    assert set(changed) != {shot.scene for shot in before.shots}
    assert "stay as they were (writer at http" in found.notes[-1]
    assert "too long" in found.notes[-1]


def test_nothing_is_asked_without_the_setting_or_for_drawn_pictures(tmp_path: Path) -> None:
    before, after, found, requests = worded(tmp_path / "film", vividly, enhance_prompts=False)
    assert (after, requests) == (before, [])
    assert "text" not in found.choice
    before, after, found, requests = worded(tmp_path / "film", vividly, video="boards")
    assert (after, requests) == (before, [])
    assert "drawn from the staging" in found.notes[-1]
