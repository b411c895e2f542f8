"""The JSON script: its shape, and what is said to the author of a wrong one."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest

from cinema.errors import InputError
from cinema.script.json_door import DEEPEST, pointer, read_json
from cinema.script.json_script import parse_json_script, upgrade
from cinema.script.model import Music, Script, SoundEffect, SpokenLine, VoiceHint

ISSUE_EXAMPLE = """
{"schema": "cinema-script/1", "title": "The Keeper", "style": "35 mm, overcast, muted greens", "format": {"fps": 24, "aspect": "16:9"},
 "characters": [{"name": "MARA", "look": "woman of sixty, oilskin coat, grey braid",
                 "voice": {"language": "en", "gender": "female", "age": "old", "sample": null}, "references": []}],
 "scenes": [
  {"heading": "INT. LIGHTHOUSE - NIGHT", "music": {"mood": "uneasy", "prompt": "slow strings"}, "ambience": "storm outside",
   "shots": [{"action": "Mara climbs the stairs, lamp in hand.", "framing": "wide", "angle": "low", "camera": "crane up",
              "lens": "24mm", "duration_seconds": 5, "characters": ["MARA"],
              "dialogue": [{"character": "MARA", "text": "Eleven years.", "emotion": "tired"}],
              "sounds": [{"prompt": "wood creaks", "at_seconds": 1.5}], "transition": "dissolve", "seed": 7}]},
  {"heading": "EXT. CLIFF - DAWN", "elements": [{"type": "action", "text": "Gulls."},
   {"type": "dialogue", "character": "TOM", "parenthetical": "softly", "text": "You lit it."}]}]}
"""


def script_of(**keys: Any) -> Script:
    return parse_json_script(json.dumps({"scenes": [{"elements": [{"type": "action", "text": "Rain."}]}]} | keys))


def scene_of(**keys: Any) -> Script:
    return script_of(scenes=[keys])


def shot_of(**keys: Any) -> Script:
    return scene_of(shots=[{"action": "Rain."} | keys])


def fault(text: str) -> tuple[str | None, str]:
    """Pointer and message of the InputError that `text` gives."""
    with pytest.raises(InputError) as caught:
        parse_json_script(text, source="a.json")
    assert caught.value.where is not None
    assert caught.value.where.source == "a.json"
    return caught.value.where.pointer, caught.value.message


def fault_of(document: object) -> tuple[str | None, str]:
    return fault(json.dumps(document))


def test_the_whole_shape() -> None:
    script = parse_json_script(ISSUE_EXAMPLE)
    assert (script.title, script.style, script.format.fps) == ("The Keeper", "35 mm, overcast, muted greens", Fraction(24))
    assert [person.name for person in script.characters] == ["MARA", "TOM"]
    assert script.characters[0].voice == VoiceHint(language="en", gender="female", age="old")
    first, second = script.scenes
    assert (first.music, first.ambience) == (Music(mood="uneasy", prompt="slow strings"), "storm outside")
    assert first.shots is not None
    (shot,) = first.shots
    assert (shot.duration_seconds, shot.characters, shot.seed, shot.pointer) == (5.0, ("MARA",), 7, "/scenes/0/shots/0")
    assert shot.dialogue == (SpokenLine(character="MARA", text="Eleven years.", emotion="tired"),)
    assert shot.sounds == (SoundEffect(prompt="wood creaks", at_seconds=1.5),)
    assert second.shots is None
    assert [(element.type, element.text) for element in second.elements] == [
        ("action", "Gulls."),
        ("character", "TOM"),
        ("parenthetical", "(softly)"),
        ("dialogue", "You lit it."),
    ]


def test_only_scenes_are_needed_and_a_shot_needs_only_its_action() -> None:
    script = parse_json_script('{"scenes": [{"shots": [{"action": "Rain."}]}]}')
    assert script.scenes[0].shots is not None
    assert script.scenes[0].shots[0].characters is None
    assert (script.title, script.language, script.scenes[0].heading) == ("", "en", None)


@pytest.mark.parametrize("fps", ["24000/1001", 23.976, "23.976"])
def test_frame_rates(fps: object) -> None:
    assert script_of(format={"fps": fps}).format.fps == Fraction(24000, 1001)


def test_a_heading_with_a_number() -> None:
    heading = scene_of(heading={"text": "INT. A", "scene_number": "4B"}, elements=[]).scenes[0].heading
    assert heading is not None
    assert (heading.text, heading.scene_number) == ("INT. A", "4B")


def test_a_scene_told_in_fountain() -> None:
    scene = scene_of(text="INT. A\n\n[[music: drums]]\n\nTitle: no key\n\nMARA (V.O.)\nHi.").scenes[0]
    assert scene.heading is not None
    assert (scene.heading.text, scene.heading.line, scene.heading.pointer) == ("INT. A", 1, "/scenes/0/text")
    assert scene.music == Music(prompt="drums")
    assert [element.text for element in scene.elements] == ["music: drums", "Title: no key", "MARA (V.O.)", "Hi."]


def test_what_the_document_says_of_music_comes_before_the_notes_of_its_text() -> None:
    assert scene_of(heading="A", music={"mood": "calm"}, text="[[music: drums]]").scenes[0].music == Music(mood="calm")


def test_a_text_holds_one_scene() -> None:
    place, message = fault_of({"scenes": [{"heading": "INT. A", "text": "EXT. B\n\nRain."}]})
    assert place == "/scenes/0/text"
    assert "'EXT. B'" in message


def test_notes_among_elements_are_only_notes() -> None:
    scene = scene_of(elements=[{"type": "note", "text": "music: drums"}, {"type": "action", "text": "x"}]).scenes[0]
    assert scene.music is None


def test_names_are_spelt_as_in_the_list_of_characters() -> None:
    script = script_of(
        characters=[{"name": "MARA"}],
        scenes=[
            {"shots": [{"action": "x", "characters": ["Mara"], "dialogue": [{"character": "mara (V.O.)", "text": "Hi."}]}]}
        ],
    )
    assert script.scenes[0].shots is not None
    shot = script.scenes[0].shots[0]
    assert shot.characters == ("MARA",)
    assert (shot.dialogue[0].character, shot.dialogue[0].extension) == ("MARA", "V.O.")


@pytest.mark.parametrize("key", ["characters", "dialogue"])
def test_a_shot_names_only_listed_characters(key: str) -> None:
    value = ["BOB"] if key == "characters" else [{"character": "BOB", "text": "Hi."}]
    place, message = fault_of({"characters": [{"name": "MARA"}], "scenes": [{"shots": [{"action": "x", key: value}]}]})
    assert place == f"/scenes/0/shots/0/{key}/0" + ("/character" if key == "dialogue" else "")
    assert "'BOB'" in message
    assert "MARA" in message


def test_without_a_list_everybody_is_collected() -> None:
    script = shot_of(characters=["TOM"], dialogue=[{"character": "ADA", "text": "Hi."}])
    assert [person.name for person in script.characters] == ["TOM", "ADA"]


def test_elements_may_bring_in_somebody_new() -> None:
    script = script_of(characters=[{"name": "MARA"}], scenes=[{"elements": [{"type": "character", "text": "TOM (O.S.)"}]}])
    assert [person.name for person in script.characters] == ["MARA", "TOM"]


def test_namesakes_are_refused() -> None:
    assert fault_of({"characters": [{"name": "A"}, {"name": "A"}], "scenes": [{"text": "x"}]})[0] == "/characters/1/name"


@pytest.mark.parametrize(
    ("document", "place", "says"),
    [
        ([], "", "a list of 0"),
        ("x", "", "'x'"),
        ({}, "", "'scenes' is missing"),
        ({"scenes": []}, "/scenes", "at least 1"),
        ({"scenes": {}}, "/scenes", "an object of 0 keys"),
        ({"scenes": [{}]}, "/scenes/0", "is empty"),
        ({"scenes": [{"shots": []}]}, "/scenes/0/shots", "at least 1"),
        ({"scenes": [{"shots": [{}]}]}, "/scenes/0/shots/0", "'action' is missing"),
        ({"scenes": [{"shots": [{"action": "x"}], "elements": []}]}, "/scenes/0", "shots and elements"),
        ({"scenes": [{"text": "x", "elements": []}]}, "/scenes/0", "elements and text"),
        ({"scenes": [{"heading": 3}]}, "/scenes/0/heading", "an object"),
        ({"scenes": [{"elements": [{"type": "acton", "text": "x"}]}]}, "/scenes/0/elements/0/type", "'acton'"),
        ({"scenes": [{"elements": [{"type": "scene_heading", "text": "x"}]}]}, "/scenes/0/elements/0", "new scene"),
        ({"scenes": [{"elements": [{"type": "action", "text": ""}]}]}, "/scenes/0/elements/0", "needs some text"),
        ({"scenes": [{"elements": [{"type": "action", "text": "x" * 20_001}]}]}, "/scenes/0/elements/0", "20,000"),
        ({"scenes": [{"elements": [{"type": "action", "text": "x", "dual": True}]}]}, "/scenes/0/elements/0", "dual"),
        (
            {"scenes": [{"elements": [{"type": "dialogue", "text": "x", "parenthetical": "y"}]}]},
            "/scenes/0/elements/0",
            "parenthetical",
        ),
        ({"scenes": [{"text": "x"}], "format": {"fps": 23}}, "/format/fps", "23"),
        ({"scenes": [{"text": "x"}], "format": {"fps": True}}, "/format/fps", "true"),
        ({"scenes": [{"text": "x"}], "format": {"aspect": "5:3"}}, "/format/aspect", "'5:3'"),
        ({"scenes": [{"text": "x"}], "language": "English please"}, "/language", "language code"),
        ({"scenes": [{"text": "x"}], "a/b~c": 1}, "/a~1b~0c", "not a key"),
        ({"scenes": [{"text": "x"}], "\ud800": 1}, "", "half of a surrogate pair"),
        ({"scenes": [{"text": "x"}], "title_page": {"a": {"\udc00": "x"}}}, "/title_page/a", "half of a surrogate pair"),
        ({"scenes": [{"text": "x"}], "titel": "x"}, "/titel", "did you mean 'title'"),
        ({"schema": "cinema-script/9", "scenes": []}, "/schema", "cinema-script/9"),
        ({"schema": 1, "scenes": []}, "/schema", "1"),
        ({"scenes": [{"text": "x\0"}]}, "/scenes/0/text", "NUL"),
    ],
)
def test_faults_have_a_place_and_a_value(document: object, place: str, says: str) -> None:
    found, message = fault_of(document)
    assert found == place
    assert says in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("duration_seconds", -1),
        ("duration_seconds", 0),
        ("duration_seconds", 601),
        ("duration_seconds", True),
        ("duration_seconds", "5"),
        ("seed", 1.5),
        ("seed", -1),
        ("seed", 2**31),
        ("seed", True),
        ("action", None),
        ("action", ""),
        ("action", "x" * 20_001),
        ("action", "\ud800"),
        ("framing", 3),
        ("characters", "MARA"),
        ("prompt", "x" * 10_000_000),
    ],
)
def test_wrong_values_in_a_shot(key: str, value: object) -> None:
    place, message = fault_of({"scenes": [{"shots": [{"action": "x", key: value}]}]})
    assert place == f"/scenes/0/shots/0/{key}"
    assert len(message) < 300
    message.encode()


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "-1e999999", "9" * 5000, "1" * 400 + ".5"])
def test_numbers_without_a_value(number: str) -> None:
    place, message = fault(f'{{"scenes": [{{"shots": [{{"action": "x", "duration_seconds": {number}}}]}}]}}')
    assert place == "/scenes/0/shots/0/duration_seconds"
    assert number[:30] in message


def test_several_faults_are_told_at_once_but_not_all() -> None:
    place, message = fault_of({"scenes": [{"shots": [{"action": 1}, {"action": 2}, {"action": 3}, {"action": 4}]}]})
    assert place == "/scenes/0/shots/0/action"
    assert "at /scenes/0/shots/1/action" in message
    assert "and 1 more" in message


def test_a_key_given_twice_is_refused_with_its_place() -> None:
    assert fault('{"scenes": [{"text": "x", "text": "y"}]}')[0] == "/scenes/0/text"
    assert fault('{"a": {"b": 1, "b": 2}, "a": 3}')[0] == "/a"
    assert "twice" in fault('{"title": "x", "title": "x", "scenes": []}')[1]


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"x":'])
def test_deep_nesting_is_refused_before_anything_recurses(opening: str) -> None:
    place, message = fault(opening * 100_000)
    assert place == ""
    assert "nested" in message


def test_brackets_in_texts_do_not_nest() -> None:
    nested = "[" * (DEEPEST + 5) + '\\"{'
    assert read_json(f'["{nested}"]', source="") == ["[" * (DEEPEST + 5) + '"{']


@pytest.mark.parametrize(
    "text", ['{"scenes": [', "{'scenes': []}", '"', '"\\', '"' + '\\"' * 50_000, "{} {}", "nul", "\x01", "[1,]"]
)
def test_what_is_no_json(text: str) -> None:
    assert fault(text)[0] in ("", None)


def test_a_syntax_error_has_its_line() -> None:
    with pytest.raises(InputError) as caught:
        parse_json_script('{\n"title": "x",\n}')
    assert caught.value.where is not None
    assert caught.value.where.line == 3


@pytest.mark.parametrize(
    "path", ["../x.wav", "/etc/passwd", "a/../../b", "C:\\x", "~/x", "\\\\host\\x", "", "a\0b", "a\\..\\b"]
)
def test_paths_stay_beside_the_script(path: str) -> None:
    character = {"name": "A", "voice": {"sample": path}}
    assert fault_of({"characters": [character], "scenes": [{"text": "x"}]})[0] == "/characters/0/voice/sample"
    character = {"name": "A", "references": ["fine.png", path]}
    assert fault_of({"characters": [character], "scenes": [{"text": "x"}]})[0] == "/characters/0/references/1"


def test_a_path_beside_the_script_is_kept() -> None:
    person = script_of(characters=[{"name": "A", "voice": {"sample": "voices/a.wav"}, "references": ["a b/c.png"]}]).characters[
        0
    ]
    assert (person.voice.sample, person.references) == ("voices/a.wav", ("a b/c.png",))


def test_upgrades_go_one_step_at_a_time() -> None:
    steps: list[str] = []

    def one_to_two(document: dict[str, Any]) -> dict[str, Any]:
        steps.append("1")
        return {"schema": "t/2", "name": document["title"]}

    def two_to_three(document: dict[str, Any]) -> dict[str, Any]:
        steps.append("2")
        return {**document, "schema": "t/3"}

    table = {"t/1": one_to_two, "t/2": two_to_three}
    assert upgrade({"schema": "t/1", "title": "x"}, upgrades=table, current="t/3") == {"schema": "t/3", "name": "x"}
    assert steps == ["1", "2"]
    assert upgrade({"schema": "t/3"}, upgrades=table, current="t/3") == {"schema": "t/3"}
    with pytest.raises(InputError, match="t/1, t/2, t/3"):
        upgrade({"schema": "t/4"}, upgrades=table, current="t/3")


def test_a_table_of_upgrades_that_goes_in_circles_ends() -> None:
    with pytest.raises(InputError):
        upgrade({"schema": "a"}, upgrades={"a": lambda _: {"schema": "b"}, "b": lambda _: {"schema": "a"}}, current="c")


def test_pointers_are_escaped() -> None:
    assert pointer(("a/b", 0, "m~n", "")) == "/a~1b/0/m~0n/"
    assert pointer(()) == ""
