"""Reading files: formats by suffix and by content, and every kind of file that is no script."""

from __future__ import annotations

import codecs
import os
from pathlib import Path

import pytest

from cinema.errors import InputError, OutOfDiskError
from cinema.script import as_json, read, read_text
from cinema.script.read import LONGEST_PARAGRAPH, MOST_BYTES, sniff

FOUNTAIN = "Title: X\n\nINT. A\n\nRain."
JSON = '{"scenes": [{"text": "INT. A"}]}'
FDX = '<?xml version="1.0" encoding="UTF-8"?>\n<FinalDraft><Content><Paragraph Type="Action"><Text>Ärger.</Text></Paragraph></Content></FinalDraft>'


@pytest.mark.parametrize(
    ("text", "found"), [(FOUNTAIN, "fountain"), (JSON, "json"), (FDX, "fdx"), ("[[note]]\n\nx", "fountain"), ("[1]", "json")]
)
def test_formats_by_content(text: str, found: str, tmp_path: Path) -> None:
    assert sniff("\n " + text) == found
    if found != "json" or text == JSON:
        path = tmp_path / "script"
        path.write_text(text, encoding="utf-8")
        assert read(path).source_format == found


@pytest.mark.parametrize(("suffix", "text"), [("fountain", FOUNTAIN), ("JSON", JSON), ("fdx", FDX), ("txt", FOUNTAIN)])
def test_formats_by_suffix(suffix: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / f"The Film.{suffix}"
    path.write_text(text, encoding="utf-8")
    script = read(path)
    assert script.source == str(path)
    assert script.title == ("X" if text == FOUNTAIN else "The Film")


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
    ],
)
@pytest.mark.parametrize("text", [FOUNTAIN, JSON, FDX])
def test_encodings(mark: bytes, encoding: str, text: str) -> None:
    assert read_text(mark + text.encode(encoding)) == read_text(text)


def test_undecodable_bytes_have_their_line() -> None:
    with pytest.raises(InputError, match="0xe4") as caught:
        read_text("INT. A\n\nÄrger\n\nm".encode() + "är".encode("latin-1"), "fountain", "a.fountain")
    assert caught.value.where is not None
    assert (caught.value.where.source, caught.value.where.line) == ("a.fountain", 5)


@pytest.mark.parametrize(
    "data", [b"\x89PNG\r\n\x1a\n\0\0\0", b"MZ\x90\0", b"PK\x03\x04", bytes(range(256)), b"\xff\xfe\x00", b"\xff\xfe\x00\xd8"]
)
def test_binary_files(data: bytes) -> None:
    with pytest.raises(InputError):
        read_text(data)


@pytest.mark.parametrize("data", ["", b"", " \n\t\n", codecs.BOM_UTF8, "\ufeff\n"])
def test_empty_scripts(data: str | bytes) -> None:
    with pytest.raises(InputError, match="empty"):
        read_text(data, source="a.fountain")


@pytest.mark.parametrize("text", ["Title: Only\nAuthor: A", "[[note]]", "/* x */", "# Act", "= synopsis", "===", "CUT TO:"])
def test_nothing_to_film(text: str) -> None:
    with pytest.raises(InputError, match="nothing to film"):
        read_text(text, "fountain")


def test_half_a_surrogate_pair_has_its_line() -> None:
    with pytest.raises(InputError, match=r"line 2.*U\+D800"):
        read_text("x\n\ud800", "fountain")


@pytest.mark.parametrize("name", ["missing.fountain", "a\0b.json", "x" * 5000])
def test_files_that_are_not_there(name: str, tmp_path: Path) -> None:
    with pytest.raises((InputError, OutOfDiskError)) as caught:
        read(tmp_path / name)
    assert len(caught.value.message) < 6000


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="folder"):
        read(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "a.fountain"
    path.write_text(FOUNTAIN)
    path.chmod(0)
    with pytest.raises(OutOfDiskError, match=r"a\.fountain"):
        read(path)


def test_a_file_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    with pytest.raises(OutOfDiskError, match=r"cannot be read"):
        read(tmp_path / "a" / "b.fountain")


def test_a_script_that_is_too_large(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="20 MB"):
        read_text("x" * (MOST_BYTES + 1))
    path = tmp_path / "a.fountain"
    path.write_bytes(b"x\n" * (MOST_BYTES // 2 + 1))
    with pytest.raises(InputError, match="20 MB"):
        read(path)


@pytest.mark.parametrize(
    ("text", "line"),
    [("INT. A\n\n" + "x" * 100_000, 3), ("INT. " + "A" * 100_000, 1), ("x\n\nMARA\n" + "x " * 50_000, 4)],
)
def test_a_paragraph_that_nobody_could_read(text: str, line: int) -> None:
    with pytest.raises(InputError, match=f"{LONGEST_PARAGRAPH:,}") as caught:
        read_text(text, "fountain")
    assert caught.value.where is not None
    assert caught.value.where.line == line


def test_a_long_boneyard_is_fine() -> None:
    assert len(read_text("Rain.\n\n/*" + "x" * 100_000 + "*/", "fountain").elements) == 2


def test_listing() -> None:
    listed = as_json(read_text("Title: X\n\nINT. A #1#\n\n# Act\n\nMARA (V.O.)\nHi.\n\nTOM ^\nHo.\n\nEXT. B", "fountain"))
    assert listed["format"] == "fountain"
    assert listed["title_page"] == {"Title": "X"}
    assert listed["elements"][:3] == [
        {"type": "scene_heading", "text": "INT. A", "line": 3, "scene_number": "1"},
        {"type": "section", "text": "Act", "line": 5, "depth": 1},
        {"type": "character", "text": "MARA (V.O.)", "line": 7, "name": "MARA", "extension": "V.O.", "dual": False},
    ]
    assert listed["elements"][5] == {"type": "dialogue", "text": "Ho.", "line": 11}
    assert listed["characters"] == [{"name": "MARA"}, {"name": "TOM"}]
    assert [(scene["heading"], scene["first"], scene["end"], scene["shots"]) for scene in listed["scenes"]] == [
        ("INT. A", 0, 6, None),
        ("EXT. B", 6, 7, None),
    ]


def test_listing_of_shots() -> None:
    listed = as_json(read_text('{"scenes": [{"shots": [{"action": "x", "seed": 3}], "music": {"mood": "calm"}}]}'))
    assert listed["scenes"][0]["shots"] == [{"action": "x", "seed": 3}]
    assert listed["scenes"][0]["music"] == {"mood": "calm", "prompt": ""}
