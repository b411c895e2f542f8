"""Prose: how it is taken apart, what the rules make of it, and what an answer of a language model must keep."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinema.adapters.kit.answers import disagreement
from cinema.errors import InputError
from cinema.script import as_json, read, read_text, write_fountain, write_json
from cinema.script.json_model import ScriptIn
from cinema.script.model import Script
from cinema.script.prose import Passage, parts, read_prose
from cinema.script.prose_answer import SoFar, answer_schema, joined, merged_cast, prompt_of, script_part
from cinema.script.prose_rules import script_of

STORY = """# The Last Ferry

by Ann Other

It was night in the old harbour. Rain fell on the empty
quay. Mara Voss stood under the lamp and counted her coins.

"You are late," said Tom softly, climbing out of the boat. He wore a red cap.

"I know," said Mara, "but the road is gone."

"Gone?"

"Washed away." She laughed. The sign on the wall read "Welcome".

Tom turned to the sea and said: "Then nobody leaves."

***

In the kitchen the kettle whistled. The old keeper poured tea.

"Sugar?" asked the old keeper.

"Two," she whispered. Mara put down the cup. "And the truth."

"Where do I begin?" he muttered.

## The Lighthouse

They climbed until dawn.
"""


def told(script: Script) -> list[tuple[str, ...]]:
    """Headings, action, and speeches with their cue and manner."""
    found: list[tuple[str, ...]] = []
    for element in script.elements:
        if element.type in ("character", "parenthetical"):
            found.append((*(found.pop() if element.type == "parenthetical" else ()), element.text))
        elif element.type == "dialogue":
            found.append((*found.pop(), element.text))
        else:
            found.append((element.type, element.text))
    return found


def rules(text: str) -> list[tuple[str, ...]]:
    return told(script_of(read_prose(text)))


def test_a_story_becomes_a_script_by_rules() -> None:
    assert rules(STORY) == [
        ("scene_heading", "EXT. OLD HARBOUR - NIGHT"),
        ("action", "It was night in the old harbour. Rain fell on the empty quay. Mara Voss stood under the lamp and counted her coins."),
        ("TOM", "(softly, climbing out of the boat)", "You are late."),
        ("action", "He wore a red cap."),
        ("MARA VOSS", "I know, but the road is gone."),
        ("TOM", "Gone?"),
        ("MARA VOSS", "(laughing)", "Washed away."),
        ("action", 'The sign on the wall read "Welcome".'),
        ("action", "Tom turned to the sea."),
        ("TOM", "Then nobody leaves."),
        ("scene_heading", "INT. KITCHEN"),
        ("action", "In the kitchen the kettle whistled. The old keeper poured tea."),
        ("OLD KEEPER", "Sugar?"),
        ("MARA VOSS", "(whispering)", "Two."),
        ("action", "Mara put down the cup."),
        ("MARA VOSS", "And the truth."),
        ("OLD KEEPER", "(muttering)", "Where do I begin?"),
        ("scene_heading", "INT. LIGHTHOUSE - DAWN"),
        ("section", "The Lighthouse"),
        ("action", "They climbed until dawn."),
    ]  # fmt: skip


def test_title_author_and_cast_are_found() -> None:
    script = script_of(read_prose(STORY))
    assert script.title == "The Last Ferry"
    assert dict(script.title_page)["Author"] == "Ann Other"
    assert [person.name for person in script.characters] == ["TOM", "MARA VOSS", "OLD KEEPER"]
    assert script.source_format == "prose"


def test_what_the_rules_made_comes_back_from_json_and_fountain() -> None:
    script = script_of(read_prose(STORY))
    again = read_text(write_json(script), "json")
    assert (again.scenes, again.characters, again.title) == (script.scenes, script.characters, script.title)
    assert told(read_text(write_fountain(script), "fountain")) == told(script)
    assert as_json(script)["format"] == "prose"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("“Come,” Ada said.", ("ADA", "Come.")),
        ("„Komm“, sagte Ada.", ("ADA", "Komm")),
        ("« Viens », murmura Ada.", ("ADA", "(muttering)", "Viens")),
        ("»Komm!«, rief der Wirt.", ("WIRT", "(shouting)", "Komm!")),
        ("‘Don’t go,’ said Ada.", ("ADA", "Don’t go.")),
        ("'Don't go,' said Ada.", ("ADA", "Don't go.")),
        ('"Come," I said.', ("NARRATOR", "Come.")),
        ('"Come," said Mrs. Dalloway.', ("MRS. DALLOWAY", "Come.")),
        ('"Come," said the very old man and smiled.', ("VERY OLD MAN", "Come.")),
        ('"Come."', ("VOICE", "Come.")),
        ('Ada looked up. "Come."', ("ADA", "Come.")),
        ('And then, finally, Ada said, "Come."', ("ADA", "Come.")),
    ],
)
def test_speakers_are_found(text: str, expected: tuple[str, ...]) -> None:
    assert [row for row in rules(text) if row[0] != "action"] == [expected]


def test_those_who_are_not_named_take_turns() -> None:
    text = '"One," said Ada.\n\n"Two," said Tom.\n\n"Three."\n\n"Four."\n\n"Five," he said.'
    assert [row[0] for row in rules(text)] == ["ADA", "TOM", "ADA", "TOM", "ADA"]


def test_a_speech_may_go_on_over_paragraphs() -> None:
    text = 'Ada spoke. "It was long ago.\n\n"Nobody remembers it."\n\nRain.'
    assert rules('"It was long ago," said Ada. "I was young.\n\nRain.')[0] == ("ADA", "It was long ago.")
    text = '"It was long ago.\n\n"Nobody remembers it," said Ada.'
    assert [row[-1] for row in rules(text)] == ["It was long ago.", "Nobody remembers it."]
    assert rules('The board is 6" by 4".') == [("action", 'The board is 6" by 4".')]


@pytest.mark.parametrize(
    ("text", "headings"),
    [
        ("She waits.\n\n***\n\nHe waits.", []),
        ("Ada waits in the kitchen.\n\n***\n\nShe waits.", ["INT. KITCHEN", "INT. KITCHEN - LATER"]),
        ("Ada waits in the kitchen.\n\n#\n\nAt dusk she walked along the beach.", ["INT. KITCHEN", "EXT. BEACH - DUSK"]),
        ("# Tale\n\n## The Harbour\n\nNight. Rain.", ["EXT. HARBOUR - NIGHT"]),
        ("Part of me wanted to leave.\n\nAct now, she thought.", []),
    ],
)
def test_scenes_begin_where_a_place_is_named(text: str, headings: list[str]) -> None:
    script = script_of(read_prose(text))
    assert [scene.heading.text for scene in script.scenes if scene.heading] == headings


def test_notes_to_cinema_are_heard_in_prose() -> None:
    script = script_of(read_prose('[[look ADA: grey coat]]\n\n[[voice ADA: old female]]\n\n"Come," said Ada.'))
    [ada] = script.characters
    assert (ada.name, ada.look, ada.voice.age) == ("ADA", "grey coat", "old")


def test_wrapped_lines_lists_and_links_are_one_paragraph_each() -> None:
    text = 'A long\nline.\n\n- First point\n- Second [point](http://x.org)\n\nOne ends.\n"Come!"\n'
    assert [passage.text for passage in read_prose(f"Rain.\n\n{text}").passages] == [
        "Rain.", "A long line.", "First point", "Second point", "One ends.", '"Come!"',
    ]  # fmt: skip


@pytest.mark.parametrize("suffix", [".txt", ".md"])
def test_scripts_in_text_files_stay_scripts(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_text("INT. ROOM - DAY\n\nADA\nHello.\n")
    assert read(path).source_format == "fountain"
    path.write_text("ADA\nHello.\n\nTOM\nHo.\n")
    assert read(path).source_format == "fountain"
    path.write_text('CHAPTER ONE\nIt rained.\n\n"Come," said Ada.\n')
    assert read(path).source_format == "prose"
    path.write_text("Title: Rain\nLanguage: de\n\nEs regnet.\n")
    found = read(path)
    assert (found.source_format, found.title, found.language) == ("prose", "Rain", "de")


def test_a_text_without_a_title_takes_its_files_name(tmp_path: Path) -> None:
    path = tmp_path / "storm.txt"
    path.write_text("It rained all night, and the river rose.")
    assert read(path).title == "storm"


@given(st.text(alphabet=st.sampled_from("abAB \n\"“”„«»'’*#-—.,!?[]0I\t"), max_size=400))
def test_any_text_is_read_and_no_spoken_word_is_lost(text: str) -> None:
    prose = read_prose(f"Rain.\n\n{text}")
    script = script_of(prose)
    said = " ".join(element.text for element in script.elements if element.type == "dialogue")
    written = " ".join(speech for passage in prose.passages for speech in passage.speeches)
    assert re.findall(r"\w+", said) == re.findall(r"\w+", written)


@given(st.lists(st.integers(1, 3_000), max_size=20), st.integers(500, 4_000))
def test_parts_hold_everything_once_and_no_more_than_they_may(lengths: list[int], most: int) -> None:
    passages = [Passage(kind="paragraph", text="x" * length, line=1) for length in lengths]
    found = list(parts(passages, most))
    assert [passage for part in found for passage in part] == passages
    assert all(sum(len(one.text) for one in part) <= most or len(part) == 1 for part in found)


def test_a_paragraph_without_end_is_parted() -> None:
    passages = read_prose("Rain fell on the roof. " * 2_000).passages
    assert len(passages) > 5
    assert max(len(passage.text) for passage in passages) <= 8_000
    assert sum(passage.text.count("Rain") for passage in passages) == 2_000


# -- answers of language models -----------------------------------------------------------------------------------


PART = read_prose(
    'Ada waits in the kitchen, in a grey coat. The sign reads "Shut".\n\n"You’re late," she said, "Tom."\n\n"I know."'
).passages


def element(kind: str, text: str, character: str | None = None, parenthetical: str | None = None) -> dict[str, Any]:
    return {"type": kind, "text": text, "character": character, "parenthetical": parenthetical, "extension": None}


def answer(*elements: dict[str, Any], heading: str = "INT. KITCHEN - DAY") -> dict[str, Any]:
    ada = {"name": "ADA", "look": "grey coat", "voice": {"gender": "female", "age": None}}
    return {"characters": [ada], "scenes": [{"heading": heading, "elements": list(elements)}]}


ACTION = element("action", "Ada, in a grey coat, waits in the kitchen.")
LATE = element("dialogue", "You're late, Tom.", "ADA", "coldly")
KNOW = element("dialogue", "I know.", "TOM")


def test_an_answer_that_keeps_the_words_is_a_script() -> None:
    document = answer(ACTION, LATE, KNOW)
    assert disagreement(document, answer_schema()) == ""
    script = script_part(document, PART)
    assert told(script)[1:] == [("action", ACTION["text"]), ("ADA", "(coldly)", "You're late, Tom."), ("TOM", "I know.")]
    assert (script.characters[0].look, script.characters[0].voice.gender) == ("grey coat", "female")
    script_part(answer(ACTION, element("dialogue", "Shut", "SIGN"), LATE, KNOW), PART)


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (answer(ACTION, LATE), 'speech "I know." is missing or changed'),
        (answer(ACTION, KNOW, LATE), "missing or changed"),
        (answer(ACTION, element("dialogue", "You are late, Tom.", "ADA"), KNOW), "You’re late"),
        (answer(ACTION, LATE, KNOW, element("dialogue", "Forgive me.", "TOM")), "words that nobody speaks.*forgive me"),
        (answer(ACTION, element("action", '"You\'re late, Tom." "I know."')), "missing or changed"),
        (answer(ACTION, LATE, KNOW, heading="THE KITCHEN"), "does not begin with INT"),
        (answer(element("action", "Ada."), LATE, KNOW), "something was left out"),
        (answer(ACTION, element("dialogue", "You're late, Tom.", None), KNOW), "has no character"),
        ({"characters": [], "scenes": []}, "scenes"),
        ({"scenes": ["x"]}, "shape"),
        ([], "scenes"),
        (answer(ACTION, LATE, {**KNOW, "type": "scene_heading"}), "heading"),
    ],
)
def test_an_answer_that_does_not_is_refused(document: Any, says: str) -> None:
    with pytest.raises(InputError, match=says):
        script_part(document, PART)


def test_the_schema_is_cut_out_of_a_scripts() -> None:
    schema = answer_schema()
    text = json.dumps(schema)
    assert not any(word in text for word in ("$ref", "maxLength", "default", "shots", "prompt", "references"))
    assert set(schema["properties"]) <= set(ScriptIn.model_fields)

    def strict(part: Any) -> bool:
        if isinstance(part, list):
            return all(map(strict, part))
        if not isinstance(part, dict):
            return True
        if part.get("type") == "object" and (
            part["required"] != list(part["properties"]) or part["additionalProperties"] is not False
        ):
            return False
        return all(map(strict, part.values()))

    assert strict(schema), "services that hold to a schema want every key required and no other"


def test_parts_are_joined_and_know_each_other() -> None:
    prose = read_prose('[[look ADA: blue coat]]\n\nAda waits in the kitchen, in a grey coat. The sign reads "Shut".')
    written = script_of(prose)
    first = script_part(answer(ACTION), PART[:1])
    second = script_part(answer(element("action", "She leaves the kitchen."), heading="INT. KITCHEN - DAY"), ())
    so_far = SoFar().after(first)
    assert so_far.heading == "INT. KITCHEN - DAY"
    prompt = prompt_of(prose, PART, so_far, "That was wrong.")
    for said in ("- ADA: grey coat", "INT. KITCHEN - DAY", "You’re late", "That was wrong.", "3 quoted speeches"):
        assert said in prompt
    whole = joined(prose, written, [first, second])
    assert [scene.heading.text for scene in whole.scenes if scene.heading] == ["INT. KITCHEN - DAY"]
    assert len(whole.scenes[0].elements) == 2
    assert whole.characters[0].look == "blue coat", "what the author's note says goes before what a model read"
    assert merged_cast([*first.characters, *second.characters]) == first.characters


def test_the_example_is_told_as_it_was_written() -> None:
    """A young woman who is not yet named, an old man who is; pronouns, turns, interrupted speech, and a broken sentence."""
    script = read(Path(__file__).parents[2] / "examples" / "the-lantern.txt")
    assert (script.title, script.source_format) == ("The Lantern", "prose")
    assert [scene.heading.text for scene in script.scenes if scene.heading] == [
        "INT. GALLERY - DUSK",
        "INT. KITCHEN",
        "INT. TOWER",
    ]
    cues = [element.name for element in script.elements if element.type == "character"]
    peter, hannah = "PETER", "HANNAH"
    assert cues[:5] == ["YOUNG WOMAN", peter, peter, hannah, peter]
    assert cues[5:12] == [peter, hannah, peter, hannah, peter, hannah, peter]
    assert cues[12:] == [hannah, peter, peter, hannah, peter, hannah]
    said = [element.text for element in script.elements if element.type == "dialogue"]
    assert said[12] == "The generator. Where is it?"
    assert "(shouting over the wind)" in [element.text for element in script.elements if element.type == "parenthetical"]
