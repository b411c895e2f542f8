"""Reading a script, whatever it is written in."""

from __future__ import annotations

import codecs
import re
from dataclasses import replace
from pathlib import Path

from cinema.errors import InputError, OutOfDiskError, Where
from cinema.script.finaldraft import parse_final_draft
from cinema.script.fountain import parse_fountain
from cinema.script.json_script import parse_json_script
from cinema.script.model import Script, ScriptFormat
from cinema.script.prose import Prose, is_screenplay, read_prose
from cinema.script.prose_rules import script_of

MOST_BYTES = 20_000_000
LONGEST_PARAGRAPH = 20_000
_SUFFIXES: dict[str, ScriptFormat] = {
    ".json": "json",
    ".fountain": "fountain",
    ".spmd": "fountain",
    ".txt": "prose",
    ".md": "prose",
    ".fdx": "fdx",
}
_FILMED = frozenset(("action", "dialogue", "lyrics", "centered", "scene_heading"))
_NOT_FILMED = frozenset(("note", "boneyard"))
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARATION_CHARS = 200
_ENCODING = re.compile(r"^(\s*<\?xml[^>]{0,200}?)\s+encoding\s*=\s*(?:\"[^\"]{0,40}\"|'[^']{0,40}')")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a]")


def read(path: Path | str) -> Script:
    """The script at `path`: format by suffix, else by content; a script without a title takes the file's name.

    A text (.txt, .md) that is no screenplay is prose, of which the rules make a script (`source_format` "prose").
    InputError for what is no script or holds nothing to film, with file and line or JSON pointer; OutOfDiskError for a
    file that cannot be read.
    """
    path = Path(path)
    script = read_text(_bytes_of(path), _SUFFIXES.get(path.suffix.lower()), source=str(path))
    return script if script.title else replace(script, title=path.stem)


def prose_at(path: Path) -> Prose:
    """The text of a file that `read` took for prose; one without a title takes the file's name."""
    prose = read_prose(_decode(_bytes_of(path), str(path)), str(path))
    return prose if prose.title else replace(prose, title=path.stem)


def _bytes_of(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise InputError(f"{path} is a folder; name a script file in it.")
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except FileNotFoundError as exc:
        raise InputError(f"There is no script {path}; check the name.") from exc
    except ValueError as exc:
        raise InputError(f"{str(path)!r:.200} cannot be the name of a file: {exc}.") from exc
    except OSError as exc:
        raise OutOfDiskError(f"{path} cannot be read: {exc.strerror}.") from exc


def read_text(data: str | bytes, source_format: ScriptFormat | None = None, source: str = "") -> Script:
    """The script in `data` (bytes may be UTF-8, or UTF-16 or 32 with a byte order mark); None: found by content.

    Returns a Script or raises InputError, whatever `data` holds.
    """
    if len(data) > MOST_BYTES:
        size = f"more than {MOST_BYTES // 1_000_000} MB"
        raise InputError(f"The script is {size} long; a feature film takes 0.3 MB.", where=Where(source=source))
    text = _decode(data, source) if isinstance(data, bytes) else _whole_characters(data, source)
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise InputError("The script is empty; write a scene heading and what happens.", where=Where(source=source))
    match source_format or sniff(text):
        case "json":
            script = parse_json_script(text, source=source)
        case "fdx":
            # What was decoded here is UTF-8 now, whatever the declaration says.
            head, rest = text[:_DECLARATION_CHARS], text[_DECLARATION_CHARS:]
            script = parse_final_draft((_ENCODING.sub(r"\1", head, count=1) + rest).encode(), source=source)
        case "fountain":
            script = parse_fountain(text, source=source)
        case "prose":
            script = parse_fountain(text, source=source)
            if not is_screenplay(script, text):
                script = script_of(read_prose(text, source))
    return _filmable(script)


def sniff(text: str) -> ScriptFormat:
    """The format that `text` looks like; Fountain, which any text is, if nothing else."""
    start = text.lstrip()[:1]
    if start == "<" and re.search(r"<FinalDraft\b|<\?xml|<!DOCTYPE", text[:4096]):
        return "fdx"
    if start == "{" or (start == "[" and not text.lstrip().startswith("[[")):
        return "json"
    return "fountain"


def _decode(data: bytes, source: str) -> str:
    encoding, start = "utf-8", 0
    for mark, name in _MARKS:
        if data.startswith(mark):
            encoding, start = name, len(mark)
            break
    else:
        if found := _CONTROL.search(data, 0, 65_536):
            message = f"This is not text: it holds byte 0x{data[found.start()]:02x} at {found.start()}; save it as UTF-8."
            raise InputError(message, where=Where(source=source))
    try:
        return data[start:].decode(encoding)
    except UnicodeDecodeError as exc:
        line = data.count(b"\n", 0, start + exc.start) + 1 if encoding == "utf-8" else None
        message = (
            f"Byte 0x{data[start + exc.start]:02x} at {start + exc.start} is no valid {encoding.upper()}; save it as UTF-8."
        )
        raise InputError(message, where=Where(source=source, line=line)) from exc


def _whole_characters(text: str, source: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as exc:
        where = Where(source=source, line=text.count("\n", 0, exc.start) + 1)
        message = f"The text holds half of a surrogate pair (U+{ord(text[exc.start]):04X}); write the whole character."
        raise InputError(message, where=where) from exc
    return text


def _filmable(script: Script) -> Script:
    """`script`, if there is something to film in it, in paragraphs that somebody can read."""
    found = False
    for scene in script.scenes:
        found = found or scene.heading is not None or scene.shots is not None
        for element in (scene.heading, *scene.elements) if scene.heading else scene.elements:
            found = found or element.type in _FILMED
            if len(element.text) > LONGEST_PARAGRAPH and element.type not in _NOT_FILMED:
                where = Where(source=script.source, line=element.line or None, pointer=element.pointer)
                size = f"{len(element.text):,} characters"
                message = f"This {element.type} has {size}; break it into parts of at most {LONGEST_PARAGRAPH:,}."
                raise InputError(message, where=where)
    if not found:
        message = "There is nothing to film in this script: no scene, no action and no dialogue; write some."
        raise InputError(message, where=Where(source=script.source))
    return script
