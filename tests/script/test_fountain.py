"""Fountain 1.1: every rule of the syntax, and every case that parsers are known to get wrong."""

from __future__ import annotations

import sys

import pytest

from cinema.errors import InputError
from cinema.script.fountain import parse_fountain
from cinema.script.model import Element, Music, VoiceHint


def elements(text: str) -> tuple[Element, ...]:
    return parse_fountain(text).elements


def kinds(text: str) -> list[tuple[str, str]]:
    return [(element.type, element.text) for element in elements(text)]


def first(text: str) -> Element:
    return elements(text)[0]


@pytest.mark.parametrize(
    "line",
    [
        "INT. HOUSE - DAY",
        "EXT. HOUSE - DAY",
        "EST. HOUSE - DAY",
        "INT HOUSE DAY",
        "INT./EXT. CAR - DAY",
        "INT/EXT CAR - DAY",
        "EXT./INT. CAR",
        "I/E. CAR",
        "I./E. CAR",
        "I/E CAR",
        "INT - HOUSE - DAY",
        "int. house - day",
        "Ext. House",
        "INT. HOUSE - DAY (1979)",
    ],
)
def test_scene_headings(line: str) -> None:
    assert kinds(line) == [("scene_heading", line)]
    assert kinds(f"Rain.\n\n{line}\n\nMore rain.")[1] == ("scene_heading", line)


@pytest.mark.parametrize(
    "line",
    ["ESTABLISHING SHOT of a house.", "INTERCUT with the kitchen.", "EXTERIOR, day.", "Interior.", "INTO THE SEA", "I/EYE"],
)
def test_what_only_begins_like_a_heading_is_action(line: str) -> None:
    assert kinds(line) == [("action", line)]


def test_two_headings_without_a_blank_line_between_are_none() -> None:
    assert "scene_heading" not in [kind for kind, _ in kinds("INT. HOUSE - DAY\nEXT. HOUSE - DAY")]


def test_a_heading_needs_a_blank_line_before_it() -> None:
    assert kinds("It rains.\nINT. HOUSE") == [("action", "It rains.\nINT. HOUSE")]


def test_a_heading_needs_a_blank_line_after_it() -> None:
    assert kinds("int. house\nIt rains.") == [("action", "int. house\nIt rains.")]


def test_a_heading_may_end_the_file_without_a_line_end() -> None:
    assert kinds("It rains.\n\nEXT. SEA")[-1] == ("scene_heading", "EXT. SEA")


def test_a_section_or_synopsis_may_touch_a_heading() -> None:
    assert kinds("# Act One\n= They meet.\nINT. BAR\n= Drinks.\n\nMusic.") == [
        ("section", "Act One"),
        ("synopsis", "They meet."),
        ("scene_heading", "INT. BAR"),
        ("synopsis", "Drinks."),
        ("action", "Music."),
    ]


def test_forced_headings_need_a_letter_or_digit() -> None:
    assert kinds(".KITCHEN") == [("scene_heading", "KITCHEN")]
    assert kinds(".44 MAGNUM")[0] == ("scene_heading", "44 MAGNUM")
    assert kinds("... and then.") == [("action", "... and then.")]
    assert kinds(". nothing") == [("action", ". nothing")]
    assert kinds("..double") == [("action", "..double")]


def test_a_dot_in_dialogue_stays_dialogue() -> None:
    assert kinds("TOM\nGive me the\n.44 on the shelf.")[1] == ("dialogue", "Give me the\n.44 on the shelf.")


@pytest.mark.parametrize("number", ["1", "1A", "1-A", "I-1-A", "110A.", "1.2"])
def test_scene_numbers(number: str) -> None:
    heading = first(f"INT. HOUSE - DAY #{number}#")
    assert (heading.text, heading.scene_number) == ("INT. HOUSE - DAY", number)


def test_a_scene_number_has_no_spaces() -> None:
    assert first("INT. ROOM # 12 #").scene_number is None
    assert first("INT. ROOM #12").text == "INT. ROOM #12"


def test_action_keeps_leading_blanks_and_its_lines() -> None:
    assert kinds("\tIndented.\n    More.\nNone.") == [("action", "\tIndented.\n    More.\nNone.")]


def test_forced_action_loses_its_marks_only() -> None:
    assert kinds("!INT. NOT A HEADING") == [("action", "INT. NOT A HEADING")]
    assert kinds("!SCANNING THE AISLES...\n!Where is he?") == [("action", "SCANNING THE AISLES...\nWhere is he?")]
    assert kinds("!!Loud") == [("action", "!Loud")]


def test_cues() -> None:
    cue = first("MARA (V.O.)\nEleven years.")
    assert (cue.type, cue.text, cue.name, cue.extension, cue.dual) == ("character", "MARA (V.O.)", "MARA", "V.O.", False)


@pytest.mark.parametrize(
    ("cue", "name", "extension"),
    [
        ("R2D2", "R2D2", None),
        ("EVE (cont'd)", "EVE", "cont'd"),
        ("HANS (on the radio)", "HANS", "on the radio"),
        ("MARA (V.O.) (CONT'D)", "MARA", "V.O., CONT'D"),
        ("DR. O'NEIL-ÅS", "DR. O'NEIL-ÅS", None),
        ("\t\tEVE", "EVE", None),
        ("@McAVOY", "McAVOY", None),
        ("@Ông già (O.S.)", "Ông già", "O.S."),
        ("**MARA**", "MARA", None),
    ],
)
def test_cue_names(cue: str, name: str, extension: str | None) -> None:
    element = first(f"{cue}\nHello.")
    assert (element.type, element.name, element.extension) == ("character", name, extension)


@pytest.mark.parametrize("line", ["23 (O.S.)", "Mara", "MARA says", "MARA (V.O.) AND TOM", "...", "@"])
def test_what_is_no_cue(line: str) -> None:
    assert kinds(f"{line}\nHello.") == [("action", f"{line}\nHello.")]


def test_a_cue_needs_a_line_below_and_a_blank_one_above() -> None:
    assert kinds("BANG") == [("action", "BANG")]
    assert kinds("He turns.\nMARA\nHello.") == [("action", "He turns.\nMARA\nHello.")]
    assert kinds("@McAvoy") == [("action", "@McAvoy")]


def test_speech_with_parentheticals_and_lyrics() -> None:
    assert kinds("EVE\n(kissing him)\nOh, Adam.\n~La la\n(beat)\nYes.") == [
        ("character", "EVE"),
        ("parenthetical", "(kissing him)"),
        ("dialogue", "Oh, Adam."),
        ("lyrics", "La la"),
        ("parenthetical", "(beat)"),
        ("dialogue", "Yes."),
    ]


def test_indented_speech() -> None:
    assert kinds("\t\tEVE\n\t  (feeling cocky)\n\tThen I'll indent!") == [
        ("character", "EVE"),
        ("parenthetical", "(feeling cocky)"),
        ("dialogue", "Then I'll indent!"),
    ]


def test_a_line_of_two_spaces_keeps_a_speech_open() -> None:
    assert kinds("ADAM\nHere's a space\n  \nfor no reason.") == [
        ("character", "ADAM"),
        ("dialogue", "Here's a space\n\nfor no reason."),
    ]


@pytest.mark.parametrize("blank", ["", " ", "   ", "\t"])
def test_any_other_blank_line_ends_a_speech(blank: str) -> None:
    assert kinds(f"ADAM\nYes.\n{blank}\nHe goes.")[-1] == ("action", "He goes.")


def test_two_spaces_end_anything_else() -> None:
    assert kinds("It rains.\n  \nINT. HOUSE\n  \nDry.") == [
        ("action", "It rains."),
        ("scene_heading", "INT. HOUSE"),
        ("action", "Dry."),
    ]


def test_dual_dialogue() -> None:
    found = elements("ADAM\nI love you.\n\nEVE ^\nYou're so stupid.")
    assert [(element.text, element.dual) for element in found if element.type == "character"] == [
        ("ADAM", False),
        ("EVE", True),
    ]


def test_a_dual_cue_without_a_predecessor_is_a_plain_cue() -> None:
    assert not first("EVE ^\nAlone.").dual
    assert not elements("ADAM\nHi.\n\nHe goes.\n\nEVE^\nAlone.")[3].dual


@pytest.mark.parametrize("line", ["CUT TO:", "SMASH CUT TO:", "  DISSOLVE TO:", "TO:", "FADE OUT.", "FADE TO BLACK."])
def test_transitions(line: str) -> None:
    assert kinds(f"Rain.\n\n{line}\n\nINT. BAR")[1] == ("transition", line.strip())


def test_a_transition_with_trailing_spaces_is_action() -> None:
    assert kinds("Rain.\n\nCUT TO:  \n\nINT. BAR")[1] == ("action", "CUT TO:")


def test_a_transition_stands_alone_and_in_capitals() -> None:
    assert kinds("Rain.\nCUT TO:\n\nSun.")[0] == ("action", "Rain.\nCUT TO:")
    assert kinds("He runs To:") == [("action", "He runs To:")]


def test_forced_transition_and_centred_text() -> None:
    assert kinds("> Burn to white.") == [("transition", "Burn to white.")]
    assert kinds("> THE END <") == [("centered", "THE END")]
    assert kinds(">ONE<\n> TWO <") == [("centered", "ONE"), ("centered", "TWO")]


def test_sections_synopses_and_page_breaks() -> None:
    assert kinds("# Act\n\n= They meet.\n\n===\n\n=====\n\n## Sequence") == [
        ("section", "Act"),
        ("synopsis", "They meet."),
        ("page_break", ""),
        ("page_break", ""),
        ("section", "Sequence"),
    ]
    assert [element.depth for element in elements("# A\n\n### B")] == [1, 3]


def test_lyrics_outside_a_speech() -> None:
    assert kinds("~Willy Wonka!\n~Willy Wonka!") == [("lyrics", "Willy Wonka!"), ("lyrics", "Willy Wonka!")]


def test_emphasis_marks_are_kept() -> None:
    assert kinds("He *runs* and \\*stays\\*.") == [("action", "He *runs* and \\*stays\\*.")]


@pytest.mark.parametrize("line", ["CUT TO:", "FADE IN:", "INT. ROOM: NIGHT", "ext. 5:00 pm"])
def test_a_first_line_with_a_colon_may_be_no_title_key(line: str) -> None:
    script = parse_fountain(f"{line}\n\nRain.")
    assert script.title_page == ()
    assert script.elements[0].text == line


def test_title_page() -> None:
    script = parse_fountain("Title:\n    _**BRICK & STEEL**_\n    _FULL RETIRED_\nCredit: Written by\nAuthor:\n\nFADE IN:")
    assert script.title_page == (("Title", "_**BRICK & STEEL**_\n_FULL RETIRED_"), ("Credit", "Written by"), ("Author", ""))
    assert script.title == "BRICK & STEEL FULL RETIRED"
    assert [(element.text, element.line) for element in script.elements] == [("FADE IN:", 7)]


def test_keys_of_our_own_on_the_title_page() -> None:
    script = parse_fountain(
        "title: A\nSTYLE: 35 mm, *warm*\nLanguage: German\nAspect: 21:9\nFrame rate: 23.976 fps\nFormat: Feature\n\nX"
    )
    assert (script.title, script.style, script.language, script.format.aspect) == ("A", "35 mm, warm", "de", "21:9")
    assert str(script.format.fps) == "24000/1001"
    assert parse_fountain("FPS: 25\nFormat: 9:16\n\nX").format.aspect == "9:16"


@pytest.mark.parametrize(
    "entry", ["FPS: 23", "Frame rate: fast", "Aspect: 5:3", "Format: 3:2", "Language: ???", "FPS: " + "9" * 9000]
)
def test_a_bad_value_on_the_title_page_is_told_with_its_line(entry: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_fountain(f"Title: X\n{entry}\n\nRain.", source="a.fountain")
    assert caught.value.where is not None
    assert (caught.value.where.source, caught.value.where.line) == ("a.fountain", 2)


def test_a_title_key_given_twice_goes_on() -> None:
    assert parse_fountain("Author: A\nauthor: B\nAuthor: C\n\nX").title_page == (("Author", "A\nC"), ("author", "B"))


def test_an_unknown_first_key_counts_only_in_a_block_of_keys() -> None:
    assert parse_fountain("Producer: Me\nTitle: X\n\nRain.").title == "X"
    for story in ("She says: run.\nThey run.", "She says: run.", "He: no.\nShe: yes."):
        assert kinds(f"{story}\n\nRain.")[0] == ("action", story)


@pytest.mark.parametrize("text", ["", "\n\n", "  ", "Title: Only"])
def test_nothing_but_a_title_page(text: str) -> None:
    assert elements(text) == ()


def test_notes_right_after_the_title_page() -> None:
    script = parse_fountain("Title: X\n\n[[A note.]]\n\nINT. HOUSE")
    assert [(element.type, element.line) for element in script.elements] == [("note", 3), ("scene_heading", 5)]
    assert parse_fountain("Title: X\n[[A note.]]\n\nRain.").title_page == (("Title", "X"),)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end(end: str) -> None:
    text = "\ufeff" + end.join(("Title: X", "", "INT. HOUSE", "", "MARA", "Hello.", "Bye.", "", "CUT TO:", ""))
    script = parse_fountain(text)
    assert script.title == "X"
    assert [(element.type, element.line) for element in script.elements] == [
        ("scene_heading", 3),
        ("character", 5),
        ("dialogue", 6),
        ("transition", 9),
    ]


def test_line_numbers_with_blank_lines_of_every_kind() -> None:
    text = "\n\n\nOne.\n\n\n \t\nTwo.\n  \nThree.\n\n\n\n\nFour."
    assert [(element.text, element.line) for element in elements(text)] == [
        ("One.", 4),
        ("Two.", 8),
        ("Three.", 10),
        ("Four.", 15),
    ]


def test_a_nul_character_is_refused() -> None:
    with pytest.raises(InputError, match="line 2"):
        parse_fountain("a\nb\0")


def test_an_include_is_text() -> None:
    assert kinds("{{INCLUDE: /etc/passwd}}") == [("action", "{{INCLUDE: /etc/passwd}}")]


def test_scenes_and_cast() -> None:
    script = parse_fountain("Rain.\n\nINT. A\n\nTOM (V.O.)\nHi.\n\nMARA\nHo.\n\nEXT. B\n\nTOM\nHa.")
    assert [(scene.heading and scene.heading.text, len(scene.elements)) for scene in script.scenes] == [
        (None, 1),
        ("INT. A", 4),
        ("EXT. B", 2),
    ]
    assert [person.name for person in script.characters] == ["TOM", "MARA"]


def test_what_is_sung_is_a_note_of_its_own_that_keeps_its_lines() -> None:
    script = parse_fountain(
        "INT. A\n\n[[lyrics: Home again,\n  home again]]\n\n[[music: waltz]]\n\n[[lyrics: ignored]]\n\n"
        "INT. B\n\n[[lyrics MARA: no]]\n\n[[lyrics: La la]]\n\nINT. C\n\n[[music: drums]]"
    )
    assert [scene.music for scene in script.scenes] == [
        Music(prompt="waltz", lyrics="Home again,\nhome again"),
        Music(lyrics="La la"),
        Music(prompt="drums"),
    ]


def test_pictures_of_a_character_are_paths_beside_the_script() -> None:
    script = parse_fountain(
        "[[picture MARA: faces/mara at sea.png, side.JPG]]\n\n[[picture TOM: ../tom.png]]\n\n[[picture of home: a house.]]\n\n"
        "INT. A\n\nMARA\nHi.\n\nTOM\nHi.\n"
    )
    assert [(one.name, one.references) for one in script.characters] == [
        ("MARA", ("faces/mara at sea.png", "side.JPG")),
        ("TOM", ()),
    ]


def test_notes_that_speak_to_cinema() -> None:
    script = parse_fountain(
        "[[look MARA: woman of sixty,\noilskin coat]]\n[[voice MARA: old, female en]]\n[[look DOG: small]]\n\n"
        "INT. A [[music: slow strings]]\n\n[[ambience: storm]]\n\n[[music: ignored]]\n\nMARA\nHi.\n\n"
        "INT. B\n\n[[music uneasy: low drum]]\n\n[[sound: wood creaks]]"
    )
    assert [scene.music for scene in script.scenes] == [
        None,
        Music(prompt="slow strings"),
        Music(mood="uneasy", prompt="low drum"),
    ]
    assert [scene.ambience for scene in script.scenes] == [None, "storm", None]
    mara, dog = script.characters
    assert (mara.name, mara.look) == ("MARA", "woman of sixty, oilskin coat")
    assert mara.voice == VoiceHint(age="old", gender="female", language="en")
    assert (dog.name, dog.look) == ("DOG", "small")
    assert sum(element.type == "note" for element in script.elements) == 8


@pytest.mark.parametrize(
    "note",
    [
        "voice of reason: cut this?",
        "voice MARA: she should sound lost",
        "look: here",
        "look at TOM: why",
        "musical: yes",
        "music",
    ],
)
def test_ordinary_notes_say_nothing(note: str) -> None:
    script = parse_fountain(f"INT. A\n\n[[{note}]]\n\nRain.")
    assert script.characters == ()
    assert script.scenes[0].music is None
    assert script.elements[1].text == note


def test_a_voice_sample_stays_beside_the_script() -> None:
    assert parse_fountain("[[voice MARA: sample/mara.wav old]]\n\nX").characters[0].voice.sample == "sample/mara.wav"
    assert parse_fountain("[[voice MARA: ../../etc/a.wav]]\n\nX").characters == ()


@pytest.mark.parametrize(
    "hostile",
    [
        "*",
        "[[",
        "/*",
        "(",
        "MARA\n",
        "# a\n",
        "= a\n",
        "~a\n",
        "> a <\n",
        "\n",
        "  \n",
        " ",
        "INT. A\n",
        "x\n\n",
        "@a\n\n",
        "a:\n",
        "!\n",
    ],
)
def test_work_grows_with_the_length_of_hostile_text(hostile: str) -> None:
    """Calls are counted, and not timed: twice the text may cost twice the calls."""

    def calls(size: int) -> int:
        text = hostile * (size // len(hostile))
        counted = 0

        def count(frame: object, event: str, argument: object) -> None:
            nonlocal counted
            counted += 1

        sys.setprofile(count)
        try:
            parse_fountain(text)
        finally:
            sys.setprofile(None)
        return counted

    assert calls(10_000) <= 2.2 * calls(5_000) + 200
