"""The stories that everybody sees, and the schema that describes the JSON one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cinema.paths import data_dir
from cinema.script import read, read_text, strip_emphasis, write_fountain, write_json
from cinema.script.json_model import (
    CharacterIn,
    FormatIn,
    MusicIn,
    SceneIn,
    ScriptIn,
    ShotIn,
    SoundIn,
    SpokenLineIn,
    VoiceIn,
    json_schema,
)

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.*")), ids=lambda path: path.name)
def test_every_example_is_read_and_survives_its_writers(path: Path) -> None:
    script = read(path)
    assert len(script.scenes) >= 3
    assert len(script.characters) >= 2
    assert read_text(write_json(script), "json") == script
    if all(scene.shots is None for scene in script.scenes):
        assert read_text(write_fountain(script), "fountain") == script


def test_the_keeper_has_what_the_demo_shows() -> None:
    script = read(EXAMPLES / "the-keeper.fountain")
    extensions = {element.extension for element in script.elements if element.type == "character"}
    assert {"V.O.", "O.S.", "ON PHONE", None} <= extensions
    assert any(element.type == "transition" and element.text == "DISSOLVE TO:" for element in script.elements)
    assert [scene.music is not None for scene in script.scenes].count(True) >= 2
    assert all(person.look and person.voice.age for person in script.characters)
    words = sum(len(strip_emphasis(element.text).split()) for element in script.elements if element.type == "dialogue")
    assert 70 <= words <= 130


def test_night_ferry_uses_every_key_of_the_format() -> None:
    document = json.loads((EXAMPLES / "night-ferry.json").read_text(encoding="utf-8"))
    used: dict[str, set[str]] = {}

    def collect(value: Any, under: str) -> None:
        if isinstance(value, dict):
            used.setdefault(under, set()).update(value)
            for key, item in value.items():
                collect(item, key)
        elif isinstance(value, list):
            for item in value:
                collect(item, under)

    collect(document, "")
    models = {
        "": ScriptIn,
        "format": FormatIn,
        "characters": CharacterIn,
        "voice": VoiceIn,
        "scenes": SceneIn,
        "music": MusicIn,
        "shots": ShotIn,
        "dialogue": SpokenLineIn,
        "sounds": SoundIn,
    }
    for under, model in models.items():
        keys = {field.alias or name for name, field in model.model_fields.items()}
        assert used[under] == keys, under


def test_the_violin_has_styles_dual_dialogue_and_a_heading_without_a_number() -> None:
    script = read(EXAMPLES / "the-violin.fdx")
    assert [scene.heading.scene_number for scene in script.scenes if scene.heading] == ["1", "2", None]
    assert any(element.dual for element in script.elements)
    assert any("_look both ways_" in element.text for element in script.elements)


def test_the_exported_schema_is_current() -> None:
    exported = data_dir("configs") / "schema" / "cinema-script-1.json"
    assert json.loads(exported.read_text(encoding="utf-8")) == json_schema()


def test_the_schema_agrees_with_the_example() -> None:
    """Every key that the example uses is in the schema, and the example passes the model that the schema came from."""
    document = json.loads((EXAMPLES / "night-ferry.json").read_text(encoding="utf-8"))
    again = ScriptIn.model_validate(document).model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert ScriptIn.model_validate(again) == ScriptIn.model_validate(document)
    schema = json_schema()
    assert set(document) <= set(schema["properties"])
    assert set(document["scenes"][0]["shots"][0]) <= set(schema["$defs"]["ShotIn"]["properties"])
    assert schema["required"] == ["scenes"]
    assert schema["$defs"]["ShotIn"]["required"] == ["action"]
