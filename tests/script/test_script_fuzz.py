"""Whatever is read: a Script, or an InputError in one printable sentence, and nothing else."""

from __future__ import annotations

import json

from hypothesis import example, given, settings
from hypothesis import strategies as st

from cinema.errors import InputError
from cinema.script import as_json, read_text, write_fountain, write_json
from cinema.script.emphasis import strip_emphasis
from cinema.script.model import Script, ScriptFormat

UNTIMED = settings(deadline=None)

_FORMATS = st.sampled_from((None, "json", "fountain", "fdx"))
_MARKS = "\n|\n\n| |  \n|\r|\t|INT. A|MARA|(V.O.)|TO:|[[|]]|/*|*/|*|**|_|\\|#|=|===|>|<|~|!|@|.|^|:|Title:|FPS:|24|music:|look A:|voice A:|x|é"
_MARKUP = st.lists(st.sampled_from(_MARKS.split("|")), max_size=30).map("".join)
_TAG_NAMES = (
    '<FinalDraft> </FinalDraft> <Content> </Content> <Paragraph> <Paragraph\tType="Action"> <Paragraph\tType="Character"> </Paragraph> '
    '<Text> <Text\tStyle="Bold"> </Text> x MARA <DualDialogue> </DualDialogue> &amp; <ScriptNote> </ScriptNote> <SceneProperties> '
    "</SceneProperties> <TitlePage> </TitlePage>"
)
_TAGS = st.lists(st.sampled_from(_TAG_NAMES.split(" ")), max_size=20).map(
    lambda tags: "<FinalDraft>" + "".join(tags) + "</FinalDraft>"
)
_KEYS = st.sampled_from(
    [
        "schema",
        "title",
        "style",
        "language",
        "format",
        "fps",
        "aspect",
        "title_page",
        "characters",
        "name",
        "look",
        "voice",
        "gender",
        "age",
        "sample",
        "references",
        "scenes",
        "heading",
        "text",
        "scene_number",
        "music",
        "mood",
        "prompt",
        "ambience",
        "shots",
        "elements",
        "type",
        "action",
        "framing",
        "duration_seconds",
        "dialogue",
        "character",
        "emotion",
        "sounds",
        "at_seconds",
        "seed",
        "extension",
        "dual",
        "depth",
        "parenthetical",
        "x",
    ]
)
_LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from(("action", "dialogue", "character", "MARA", "24")),
)
_JSON = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4), max_leaves=12
)
_SCENES = st.lists(
    st.dictionaries(st.sampled_from(("heading", "text", "music", "ambience", "shots", "elements")), _JSON, max_size=3),
    max_size=2,
)


def one_sentence(error: InputError) -> None:
    str(error).encode()
    assert "\n" not in error.message
    assert error.message.endswith(".")


def read_or_refuse(data: str | bytes, source_format: ScriptFormat | None = None) -> Script | None:
    try:
        script = read_text(data, source_format, "fuzz")
    except InputError as error:
        one_sentence(error)
        return None
    json.dumps(as_json(script)).encode()
    assert read_text(write_json(script), "json").scenes == script.scenes
    if all(scene.shots is None for scene in script.scenes):
        write_fountain(script)
    return script


@UNTIMED
@given(st.binary(max_size=200), _FORMATS)
@example(b"\xef\xbb\xbf{", None)
def test_bytes(data: bytes, source_format: ScriptFormat | None) -> None:
    read_or_refuse(data, source_format)


@UNTIMED
@given(st.text(max_size=200), _FORMATS)
def test_text(data: str, source_format: ScriptFormat | None) -> None:
    read_or_refuse(data, source_format)


@UNTIMED
@given(_MARKUP)
@example("(V.O.)\n!\nINT. A")
@example("_TO:\n Title:")
@example("MARA\n  \n")
@example("INT. A^^\nINT. A")
@example("[[]]\n  \nTitle:")
@example(" FPS:TO:")
@example(">INT. ATO:")
def test_fountain_marks(text: str) -> None:
    script = read_or_refuse(text, "fountain")
    if script:
        lines = [element.line for element in script.elements]
        assert lines == sorted(lines)
        assert all(1 <= line <= text.replace("\r", "\n").count("\n") + 1 for line in lines)
        strip_emphasis(text)
        words = "\n".join((*(element.text for element in script.elements), *(value for _, value in script.title_page)))
        # Fountain has no words for half an aside before a whole one: writing them in order would join them.
        if not any(mark in words for mark in ("[[", "]]", "/*", "*/")):
            assert read_text(write_fountain(script), "fountain") == script


@UNTIMED
@given(_TAGS)
def test_final_draft_tags(text: str) -> None:
    read_or_refuse(text, "fdx")


@UNTIMED
@given(_JSON)
def test_json(document: object) -> None:
    read_or_refuse(json.dumps(document), "json")


@UNTIMED
@given(_SCENES, _JSON)
def test_json_scenes(scenes: object, characters: object) -> None:
    read_or_refuse(json.dumps({"scenes": scenes}), "json")
    read_or_refuse(json.dumps({"scenes": scenes, "characters": characters}), "json")
