"""Final Draft's `.fdx`: `FinalDraft/Content/Paragraph[@Type]`, each with several runs of `Text`.

Read as a stream of events; DOCTYPE, entities and deep nesting are refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl, Locator

from defusedxml.common import DefusedXmlException
from defusedxml.sax import parseString

from cinema.errors import InputError, Where
from cinema.script.assemble import gather, split_cue
from cinema.script.emphasis import escape_emphasis, strip_emphasis
from cinema.script.model import Element, ElementType, Script

_TYPES: Mapping[str, ElementType] = {
    "scene heading": "scene_heading",
    "character": "character",
    "parenthetical": "parenthetical",
    "dialogue": "dialogue",
    "transition": "transition",
    "singing": "lyrics",
    "lyrics": "lyrics",
    "new act": "section",
    "end of act": "section",
    "outline 1": "section",
    "outline 2": "section",
    "outline body": "synopsis",
    "summary": "synopsis",
    "synopsis": "synopsis",
    "cast list": "note",
    "note": "note",
}
"""Everything else (Action, General, Shot, and whatever a template invented) is filmed as action."""
_APART = frozenset(("SceneProperties", "ScriptNote", "DynamicLabel", "HeaderAndFooter", "ListItems"))
_DEEPEST = 64
_BYLINE = re.compile(r"(?:written|screenplay|story|teleplay|a \w+)?\s*by", re.IGNORECASE)


@dataclass
class _Paragraph:
    """A paragraph while it is read."""

    type: str
    number: str | None
    line: int
    dual: bool
    runs: list[str] = field(default_factory=list[str])
    notes: list[Element] = field(default_factory=list[Element])


def parse_final_draft(data: bytes, *, source: str = "") -> Script:
    """The script in a `.fdx` file; InputError, with the line, for what is no Final Draft."""
    handler = _Handler(source)
    try:
        parseString(data, handler, forbid_dtd=True)
    except DefusedXmlException as exc:
        message = "The file declares a DOCTYPE or entities, which no Final Draft script needs; export it again."
        raise InputError(message, where=Where(source=source)) from exc
    except (ValueError, LookupError) as exc:
        raise InputError(
            "The file names an encoding that cannot be read; save it as UTF-8.", where=Where(source=source)
        ) from exc
    except SAXParseException as exc:
        where = Where(source=source, line=exc.getLineNumber())
        raise InputError(f"This is not valid XML: {exc.getMessage()}.", where=where) from exc
    if handler.root != "FinalDraft":
        message = f"This is XML, but its root is {handler.root[:40]!r} and not FinalDraft; export it as Final Draft (.fdx)."
        raise InputError(message, where=Where(source=source))
    scenes, cast = gather(handler.elements, notes=True)
    pairs = _title_page(handler.title_page)
    title = " ".join(strip_emphasis(dict(pairs).get("Title", "")).split())
    return Script(title=title, scenes=scenes, characters=cast, title_page=pairs, source=source, source_format="fdx")


class _Handler(ContentHandler):
    """Collects paragraphs; `title_page` holds that page's lines of text."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self._source = source
        self.root = ""
        self.elements: list[Element] = []
        self.title_page: list[str] = []
        self._locator: Locator | None = None
        self._path: list[str] = []
        self._open: list[_Paragraph] = []
        self._apart = 0
        self._note: list[str] | None = None
        self._dual_cues = -1
        self._style: str | None = None
        self._text: list[str] = []

    def setDocumentLocator(self, locator: Locator) -> None:  # noqa: N802 - the name is the library's
        self._locator = locator

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - the name is the library's
        self.root = self.root or name
        self._path.append(name)
        if len(self._path) > _DEEPEST:
            where = Where(source=self._source, line=self._line())
            raise InputError(f"The elements are nested deeper than {_DEEPEST} here; Final Draft needs 12.", where=where)
        if name in _APART:
            self._apart += 1
            if name == "ScriptNote" and self._apart == 1:
                self._note = []
        elif name == "DualDialogue":
            self._dual_cues = 0
        elif name == "Paragraph" and not self._apart and "Content" in self._path[:4]:
            number = str(attrs.get("Number") or "").strip() or None
            self._open.append(
                _Paragraph(type=str(attrs.get("Type", "")), number=number, line=self._line(), dual=self._cue_is_dual(attrs))
            )
        elif name == "Text":
            self._style = str(attrs.get("Style", ""))
            self._text = []

    def characters(self, content: str) -> None:
        if self._style is not None and self._path[-1] == "Text":
            self._text.append(content)

    def endElement(self, name: str) -> None:  # noqa: N802 - the name is the library's
        self._path.pop()
        if name in _APART:
            self._apart -= 1
            if not self._apart and self._note is not None:
                self._end_note("".join(self._note).strip())
        elif name == "DualDialogue":
            self._dual_cues = -1
        elif name == "Text" and self._style is not None:
            self._end_text("".join(self._text), self._style)
            self._style = None
        elif name == "Paragraph" and not self._apart and self._open:
            self._end_paragraph(self._open.pop())
        elif name == "Paragraph" and self._note:
            self._note.append("\n")

    def _line(self) -> int:
        return (self._locator.getLineNumber() or 0) if self._locator else 0

    def _cue_is_dual(self, attrs: AttributesImpl) -> bool:
        """The second cue and those after it, within one dual dialogue, are spoken at once with the first."""
        if self._dual_cues < 0 or str(attrs.get("Type", "")) != "Character":
            return False
        self._dual_cues += 1
        return self._dual_cues > 1

    def _end_text(self, text: str, style: str) -> None:
        if self._apart:
            if self._note is not None:
                self._note.append(text)
        elif self._open:
            self._open[-1].runs.append(_marked(text, style))

    def _end_note(self, text: str) -> None:
        self._note = None
        if text and self._open:
            self._open[-1].notes.append(Element(type="note", text=text, line=self._open[-1].line))

    def _end_paragraph(self, paragraph: _Paragraph) -> None:
        text = "".join(paragraph.runs).replace("\r", "").strip()
        if "TitlePage" in self._path:
            self.title_page += [line.strip() for line in text.split("\n") if line.strip()]
            return
        if text:
            self.elements.append(_element(paragraph, text))
        self.elements += paragraph.notes


def _element(paragraph: _Paragraph, text: str) -> Element:
    written = paragraph.type.strip().lower()
    kind = _TYPES.get(written, "action")
    if kind == "character":
        name, extension = split_cue(text) or (strip_emphasis(text), None)
        return Element(type=kind, text=text, line=paragraph.line, name=name, extension=extension, dual=paragraph.dual)
    if kind == "scene_heading":
        return Element(type=kind, text=text, line=paragraph.line, scene_number=paragraph.number)
    if kind == "parenthetical" and not (text.startswith("(") and text.endswith(")")):
        text = f"({text})"
    depth = (2 if written == "outline 2" else 1) if kind == "section" else 0
    return Element(type=kind, text=text, line=paragraph.line, depth=depth)


def _marked(text: str, style: str) -> str:
    """A run with its style as emphasis marks, which stand next to words and within one line."""
    styles = {word.strip().lower() for word in style.split("+")}
    if "allcaps" in styles:
        text = text.upper()
    text = escape_emphasis(text)
    mark = ("**" if "bold" in styles else "") + ("*" if "italic" in styles else "")
    left, right = mark, mark[::-1]
    if "underline" in styles:
        left, right = f"_{left}", f"{right}_"
    if not left:
        return text
    lines: list[str] = []
    for line in text.split("\n"):
        words = line.strip()
        start = len(line) - len(line.lstrip())
        lines.append(f"{line[:start]}{left}{words}{right}{line[start + len(words) :]}" if words else line)
    return "\n".join(lines)


def _title_page(lines: list[str]) -> tuple[tuple[str, str], ...]:
    """Final Draft's title page has no keys: the first line is the title, the line after "written by" the author."""
    if not lines:
        return ()
    pairs = [("Title", lines[0])]
    rest = lines[1:]
    if len(rest) >= 2 and _BYLINE.fullmatch(strip_emphasis(rest[0])):
        pairs += [("Credit", rest[0]), ("Author", rest[1])]
        rest = rest[2:]
    if rest:
        pairs.append(("Contact", "\n".join(rest)))
    return tuple(pairs)
