"""Writing is the inverse of reading: `read_text(write_x(s)) == s` for whatever the format can express."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cinema.errors import InputError
from cinema.script import read_text, write_fountain, write_json
from cinema.script.fountain import parse_fountain
from cinema.script.model import (
    Character,
    Element,
    Format,
    Music,
    Scene,
    Script,
    ScriptShot,
    SoundEffect,
    SpokenLine,
    VoiceHint,
)
from cinema.testing.scripts import long_fountain

UNTIMED = settings(deadline=None)

# Lines that look like something else are what a writer gets wrong, so they are drawn often.
_TRAPS = st.sampled_from(
    (
        *(
            "INT. HOUSE",
            "EXT SEA #4#",
            ".44",
            "...",
            "CUT TO:",
            "FADE OUT.",
            "MARA",
            "MARA (V.O.)",
            "MARA ^",
            "@MARA",
            "23 (O.S.)",
        ),
        *("!no", "> x", "> x <", "~la", "# act", "= so", "===", "(beat)", "(", ")", "^", "<", "word #", "# 4 #", "TO:", "x: y"),
        *("*so*", "** b", "_u", "\\*", "Title: X", "Key: value", "FADE IN:", "a [ b", "a / b * c", "  indented", "\ttab", "é"),
    )
)
_WORDS = st.text(alphabet="abAB .,'!?-():#@~>=<^*_\\é", min_size=1, max_size=12)
_LINE = st.one_of(_TRAPS, _WORDS).map(str.rstrip).filter(lambda line: bool(line.strip()))
_FLAT = _LINE.map(str.strip)


def _element(kind: str, text: str, **more: object) -> Element:
    return Element(type=kind, text=text, **more)  # type: ignore[arg-type]


_ACTION = st.lists(_LINE, min_size=1, max_size=3).map(lambda lines: [_element("action", "\n".join(lines))])
_ASIDE = st.tuples(st.sampled_from(("note", "boneyard")), st.lists(_FLAT, min_size=1, max_size=3)).map(
    lambda drawn: [_element(drawn[0], ("\n\n" if drawn[0] == "note" else "\n").join(drawn[1]))]
)
_ALONE = st.one_of(
    st.tuples(st.sampled_from(("synopsis", "lyrics", "centered")), _FLAT).map(lambda drawn: [_element(*drawn)]),
    _FLAT.filter(lambda text: text[-1] != "<").map(lambda text: [_element("transition", text)]),
    st.tuples(_FLAT.filter(lambda text: text[0] != "#"), st.integers(1, 4)).map(
        lambda drawn: [_element("section", drawn[0], depth=drawn[1])]
    ),
    st.just([_element("page_break", "")]),
)
_NAME = st.sampled_from(
    ("MARA", "McAvoy", "R2D2", "23", ".44", "INT. HOUSE", "# ONE", "> A", "@HOME", "!", "= B", "~C", "TO:", "ÅSE")
)
_SAID = _FLAT.filter(lambda line: line[0] != "~" and not (line[0] == "(" and line[-1] == ")"))


@st.composite
def _speech(draw: st.DrawFn) -> list[Element]:
    """A cue and what is said; two texts of dialogue never meet, since they would be one."""
    name, extension = draw(_NAME), draw(st.sampled_from((None, "V.O.", "on phone")))
    cue = f"{name} ({extension})" if extension else name
    said = [_element("dialogue", draw(st.lists(_SAID, min_size=1, max_size=3).map("\n\n".join)))]
    for _ in range(draw(st.integers(0, 2))):
        between = draw(st.sampled_from(("parenthetical", "lyrics")))
        text = f"({draw(st.sampled_from(('beat', 'to Tom')))})" if between == "parenthetical" else draw(_FLAT)
        aside = draw(st.one_of(st.just([]), _ASIDE))
        said += [*aside, _element(between, text), _element("dialogue", draw(_SAID))]
    return [_element("character", cue, name=name, extension=extension), *said]


@st.composite
def _dual(draw: st.DrawFn) -> list[Element]:
    first, second = draw(_speech()), draw(_speech())
    return [*first, replace(second[0], dual=True), *second[1:]]


_BLOCKS = st.lists(st.one_of(_ACTION, _ASIDE, _ALONE, _speech(), _dual()), max_size=5)
_HEADINGS = st.tuples(
    st.one_of(
        st.sampled_from(("INT. HOUSE", "ext. sea", "I/E CAR", "KITCHEN", "5TH FLOOR", "INTERCUT")), st.just("4TH #1 FLOOR")
    ),
    st.sampled_from((None, "1", "2B", "I-1.")),
).map(lambda drawn: _element("scene_heading", drawn[0], scene_number=drawn[1]))


@st.composite
def _elements(draw: st.DrawFn) -> tuple[Element, ...]:
    blocks = [element for block in draw(_BLOCKS) for element in block]
    for _ in range(draw(st.integers(0, 2))):
        blocks += [draw(_HEADINGS), *(element for block in draw(_BLOCKS) for element in block)]
    return tuple(blocks)


def _asides_meet(texts: list[str]) -> bool:
    whole = "\n".join(texts)
    return any(mark in whole for mark in ("[[", "]]", "/*", "*/"))


def script_of(elements: tuple[Element, ...], title_page: tuple[tuple[str, str], ...] = ()) -> Script:
    """The script that these elements make, by the same rules for scenes and cast as for any script."""
    from cinema.script.assemble import gather

    scenes, cast = gather(elements, notes=True)
    return Script(title=dict(title_page).get("Title", ""), scenes=scenes, characters=cast, title_page=title_page)


@UNTIMED
@given(_elements(), st.sampled_from(((), (("Title", "X"),), (("Title", "A B"), ("Author", "One\nTwo"), ("Empty", "")))))
def test_fountain_comes_back(elements: tuple[Element, ...], title_page: tuple[tuple[str, str], ...]) -> None:
    if _asides_meet([element.text for element in elements]):
        return
    script = script_of(elements, title_page)
    assert parse_fountain(write_fountain(script)) == script


def test_a_long_script_comes_back_from_both_writers() -> None:
    script = read_text(long_fountain(1_500, seed=3), "fountain")
    assert read_text(write_fountain(script), "fountain") == script
    assert read_text(write_json(script), "json") == script


_TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20)
_MAYBE = st.one_of(st.none(), _TEXT)
_SECONDS = st.floats(0.01, 600, allow_nan=False)
_LANGUAGE = st.sampled_from(("en", "de", "pt-br"))
_PERSON = st.sampled_from(("MARA", "Tom", "Ægir 2"))
_LINES = st.builds(
    SpokenLine,
    character=_PERSON,
    text=_TEXT,
    emotion=_MAYBE,
    parenthetical=_MAYBE,
    extension=_MAYBE,
    language=st.one_of(st.none(), _LANGUAGE),
)
_SOUNDS = st.builds(SoundEffect, prompt=_TEXT, at_seconds=st.floats(0, 600), duration_seconds=st.one_of(st.none(), _SECONDS))
_SHOTS = st.builds(
    ScriptShot,
    action=_TEXT,
    framing=_MAYBE,
    angle=_MAYBE,
    camera=_MAYBE,
    lens=_MAYBE,
    duration_seconds=st.one_of(st.none(), _SECONDS),
    characters=st.one_of(st.none(), st.lists(_PERSON, max_size=3).map(tuple)),
    dialogue=st.lists(_LINES, max_size=2).map(tuple),
    sounds=st.lists(_SOUNDS, max_size=2).map(tuple),
    transition=_MAYBE,
    prompt=_MAYBE,
    negative_prompt=_MAYBE,
    seed=st.one_of(st.none(), st.integers(0, 2**31 - 1)),
)
_CAST = tuple(
    Character(name=name, look="tall", voice=VoiceHint(age="old", language="de", sample="a/b.wav"), references=("c.png",))
    for name in ("MARA", "Tom", "Ægir 2")
)
_JSON_ELEMENTS = st.one_of(
    st.builds(Element, type=st.sampled_from(("action", "dialogue", "lyrics", "transition", "note", "boneyard")), text=_TEXT),
    st.builds(Element, type=st.just("section"), text=_TEXT, depth=st.integers(1, 100)),
    st.builds(Element, type=st.just("parenthetical"), text=_TEXT.map(lambda text: f"({text})")),
    st.builds(Element, type=st.just("character"), text=_TEXT, name=_PERSON, extension=_MAYBE, dual=st.booleans()),
)


@st.composite
def _json_scenes(draw: st.DrawFn) -> Scene:
    heading = draw(st.one_of(st.none(), st.builds(Element, type=st.just("scene_heading"), text=_TEXT, scene_number=_MAYBE)))
    music = draw(
        st.one_of(st.none(), st.builds(Music, mood=st.one_of(st.just(""), _TEXT), prompt=st.one_of(st.just(""), _TEXT)))
    )
    scene = Scene(heading=heading, music=music, ambience=draw(_MAYBE))
    if draw(st.booleans()):
        return replace(scene, shots=tuple(draw(st.lists(_SHOTS, min_size=1, max_size=2))))
    return replace(scene, elements=(Element(type="action", text="x"), *draw(st.lists(_JSON_ELEMENTS, max_size=3))))


@UNTIMED
@given(
    st.builds(
        Script,
        title=st.one_of(st.just(""), _TEXT),
        scenes=st.lists(_json_scenes(), min_size=1, max_size=2).map(tuple),
        characters=st.just(_CAST),
        style=st.one_of(st.just(""), _TEXT),
        format=st.builds(
            Format, fps=st.sampled_from((Fraction(25), Fraction(24000, 1001))), aspect=st.sampled_from(("16:9", "4:5"))
        ),
        language=_LANGUAGE,
        title_page=st.dictionaries(_TEXT, _TEXT, max_size=2).map(lambda pairs: tuple(pairs.items())),
    )
)
def test_json_comes_back(script: Script) -> None:
    assert read_text(write_json(script), "json") == script


def test_a_cue_that_names_itself_oddly_comes_back() -> None:
    cue = Element(type="character", text="MARA (V.O.)", name=None, extension=None)
    script = Script(title="", scenes=(Scene(heading=None, elements=(Element(type="action", text="x"), cue)),))
    assert read_text(write_json(script), "json") == script


def test_explicit_shots_have_no_words_in_fountain() -> None:
    script = read_text('{"scenes": [{"text": "Rain."}, {"shots": [{"action": "Rain."}]}]}', "json")
    with pytest.raises(InputError, match="Scene 2"):
        write_fountain(script)


def test_what_only_cinema_knows_becomes_notes() -> None:
    script = Script(
        title="The Keeper",
        style="35 mm",
        language="de",
        format=Format(fps=Fraction(24000, 1001), aspect="9:16"),
        characters=(
            Character(name="MARA", look="oilskin", voice=VoiceHint(age="old", gender="female"), references=("a.png", "b.webp")),
        ),
        scenes=(
            Scene(
                heading=Element(type="scene_heading", text="INT. A"),
                elements=(Element(type="action", text="Rain."),),
                music=Music(mood="uneasy", prompt="strings", lyrics="Home again\n\n[chorus]"),
                ambience="storm",
            ),
        ),
    )
    text = write_fountain(script)
    again = parse_fountain(text)
    assert (again.title, again.style, again.language, again.format) == ("The Keeper", "35 mm", "de", script.format)
    assert again.characters == script.characters
    assert [(scene.music, scene.ambience) for scene in again.scenes if scene.heading] == [(script.scenes[0].music, "storm")]
    assert write_fountain(again) == text


def test_a_title_page_is_not_written_twice() -> None:
    text = "Title: X\nFrame rate: 25\nFormat: 9:16\nAuthor:\n    A\n    B\n\nRain.\n"
    assert write_fountain(parse_fountain(text)) == text
