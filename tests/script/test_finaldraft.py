"""Final Draft files: what their paragraphs become, and what is refused."""

from __future__ import annotations

import pytest

from cinema.errors import InputError
from cinema.script.finaldraft import parse_final_draft
from cinema.script.model import Script


def script_of(content: str, title_page: str = "") -> Script:
    page = f"<TitlePage><Content>{title_page}</Content></TitlePage>" if title_page else ""
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<FinalDraft DocumentType="Script"><Content>{content}</Content>{page}</FinalDraft>'
    return parse_final_draft(text.encode())


def paragraph(kind: str, *runs: str) -> str:
    return f'<Paragraph Type="{kind}">{"".join(f"<Text>{run}</Text>" for run in runs)}</Paragraph>'


def kinds(content: str) -> list[tuple[str, str]]:
    return [(element.type, element.text) for element in script_of(content).elements]


def styled(style: str, text: str) -> str:
    content = f'<Paragraph Type="Action"><Text>A </Text><Text Style="{style}">{text}</Text><Text> b</Text></Paragraph>'
    return script_of(content).elements[0].text


@pytest.mark.parametrize(
    ("kind", "becomes"),
    [
        ("Scene Heading", "scene_heading"),
        ("Action", "action"),
        ("General", "action"),
        ("Shot", "action"),
        ("Character", "character"),
        ("Dialogue", "dialogue"),
        ("Transition", "transition"),
        ("Cast List", "note"),
        ("Lyrics", "lyrics"),
        ("Singing", "lyrics"),
        ("New Act", "section"),
        ("Outline Body", "synopsis"),
        ("Something New", "action"),
        ("", "action"),
    ],
)
def test_types(kind: str, becomes: str) -> None:
    assert kinds(paragraph(kind, "X")) == [(becomes, "X")]


def test_runs_are_joined_and_empty_paragraphs_left_out() -> None:
    assert kinds(paragraph("Action", "One ", "two", "") + paragraph("Action") + paragraph("Action", "  ")) == [
        ("action", "One two")
    ]


@pytest.mark.parametrize(
    ("style", "marked"),
    [
        ("Bold", "A **loud** b"),
        ("Italic", "A *loud* b"),
        ("Underline", "A _loud_ b"),
        ("Bold+Italic", "A ***loud*** b"),
        ("Italic+Bold+Underline", "A _***loud***_ b"),
        ("AllCaps", "A LOUD b"),
        ("Strikeout", "A loud b"),
        ("", "A loud b"),
    ],
)
def test_styles_become_marks(style: str, marked: str) -> None:
    assert styled(style, "loud") == marked


def test_marks_stand_next_to_words_and_on_one_line() -> None:
    assert styled("Bold", " loud ") == "A  **loud**  b"
    assert styled("Bold", "one\ntwo") == "A **one**\n**two** b"
    assert styled("Bold", " ") == "A   b"


def test_what_looks_like_a_mark_is_escaped() -> None:
    assert styled("", "*69 a_b \\") == "A \\*69 a\\_b \\\\ b"


def test_scene_numbers_and_scene_properties() -> None:
    inner = '<SceneProperties Title="x"><Summary><Paragraph><Text>No.</Text></Paragraph></Summary></SceneProperties>'
    script = script_of(
        f'<Paragraph Number="7A" Type="Scene Heading">{inner}<Text>INT. A</Text></Paragraph>'
        + paragraph("Scene Heading", "EXT. B")
    )
    assert [(element.text, element.scene_number) for element in script.elements] == [("INT. A", "7A"), ("EXT. B", None)]


def test_cues_and_cast() -> None:
    script = script_of(
        paragraph("Character", "MARA (V.O.)") + paragraph("Parenthetical", "tired") + paragraph("Dialogue", "Hi.")
    )
    cue = script.elements[0]
    assert (cue.name, cue.extension) == ("MARA", "V.O.")
    assert script.elements[1].text == "(tired)"
    assert [person.name for person in script.characters] == ["MARA"]


def test_dual_dialogue() -> None:
    speeches = "".join(paragraph("Character", name) + paragraph("Dialogue", "Hi.") for name in ("A", "B"))
    script = script_of(
        f'<Paragraph Type="Action"><DualDialogue>{speeches}</DualDialogue></Paragraph>' + paragraph("Character", "C")
    )
    assert [(element.text, element.dual) for element in script.elements if element.type == "character"] == [
        ("A", False),
        ("B", True),
        ("C", False),
    ]


def test_script_notes() -> None:
    note = "<ScriptNote><Paragraph><Text>music: drums</Text></Paragraph><Paragraph><Text> </Text></Paragraph></ScriptNote>"
    script = script_of(paragraph("Scene Heading", "INT. A") + f'<Paragraph Type="Action">{note}<Text>Rain.</Text></Paragraph>')
    assert [(element.type, element.text) for element in script.elements[1:]] == [("action", "Rain."), ("note", "music: drums")]
    assert script.scenes[0].music is not None


def test_line_numbers() -> None:
    assert [
        element.line for element in script_of("\n" + paragraph("Action", "A") + "\n\n" + paragraph("Action", "B")).elements
    ] == [3, 5]


def test_title_page() -> None:
    lines = [paragraph("Action", text) for text in ("", "The Violin", "Written by", "Somebody", "12 Some Street", "Town")]
    script = script_of(paragraph("Action", "x"), "".join(lines))
    assert script.title == "The Violin"
    assert script.title_page == (
        ("Title", "The Violin"),
        ("Credit", "Written by"),
        ("Author", "Somebody"),
        ("Contact", "12 Some Street\nTown"),
    )
    assert script_of(paragraph("Action", "x")).title_page == ()


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE FinalDraft [<!ENTITY a "aaaa">]>',
        '<!DOCTYPE FinalDraft SYSTEM "file:///etc/passwd">',
        "<!DOCTYPE FinalDraft>",
        '<!DOCTYPE FinalDraft [<!ENTITY % p SYSTEM "http://localhost/x">%p;]>',
    ],
)
def test_doctypes_are_refused(head: str) -> None:
    with pytest.raises(InputError, match="DOCTYPE"):
        parse_final_draft(f"{head}<FinalDraft/>".encode())


@pytest.mark.parametrize(
    "data", [b"<FinalDraft>", b"<a>\n<b></a>", b"", b"x", b"<FinalDraft>&nbsp;</FinalDraft>", b"<FinalDraft>\x00</FinalDraft>"]
)
def test_what_is_no_xml(data: bytes) -> None:
    with pytest.raises(InputError, match="XML") as caught:
        parse_final_draft(data, source="a.fdx")
    assert caught.value.where is not None
    assert caught.value.where.source == "a.fdx"
    assert caught.value.where.line


def test_other_xml_is_refused() -> None:
    with pytest.raises(InputError, match="'html'"):
        parse_final_draft(b"<html/>")


@pytest.mark.parametrize("encoding", ["klingon", "utf-32"])
def test_unknown_encodings_are_refused(encoding: str) -> None:
    with pytest.raises(InputError):
        parse_final_draft(f'<?xml version="1.0" encoding="{encoding}"?><FinalDraft/>'.encode())


def test_deep_nesting_is_refused() -> None:
    assert kinds("<Paragraph>" * 50 + "<Text>Rain.</Text>" + "</Paragraph>" * 50) == [("action", "Rain.")]
    with pytest.raises(InputError, match="nested") as caught:
        script_of("\n" + "<Paragraph>" * 100_000)
    assert caught.value.where is not None
    assert caught.value.where.line == 3
