"""Prose: short stories and treatments, taken apart into passages and the words that are spoken in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Literal

from cinema.script.fountain import parse_fountain, take_title_page
from cinema.script.model import Format, Script

_FORMAT = Format()
PassageKind = Literal["paragraph", "heading", "break", "note"]
LONGEST_PARAGRAPH = 8_000
"""In characters; a longer one is parted between sentences."""
_CLOSERS = {"“": "”“", "”": "”", "„": "“”", "«": "»", "»": "«", '"': '"', "「": "」", "『": "』"}
_BREAK = re.compile(r"\s*(?:(?:[*\-_=~#•·.]\s*){3,}|[*#~⁂❦•·]|#{1,6})\s*")
_HEADING = re.compile(r"\s{0,3}#{1,6}\s+(?P<text>.*?)(?:\s+#+)?\s*")
_CHAPTER = re.compile(
    r"(?:CHAPTER|PART|ACT|SCENE|BOOK|KAPITEL|TEIL|CHAPITRE|PARTIE|CAP[IÍ]TULO|PARTE|CAPITOLO)\s+\w+(?:\s*[:.–—-]\s*.{0,60})?|"
    r"[IVXLC]{1,7}\.?|\d{1,3}\.?|PROLOGUE|EPILOGUE|PROLOG|EPILOG|THE END|ENDE|FIN",
    re.IGNORECASE,
)
_NOTE = re.compile(r"\[\[(.*)\]\]", re.DOTALL)
_BYLINE = re.compile(r"(?:by|von|par|por|di)\s+(?P<author>\S.{0,60})", re.IGNORECASE)
_ENDS = '.!?…:;”"»“」』)*_—–'
_SINGLE = re.compile(r"(?<![\w’'])[‘']((?:(?!\n\n)[^‘])*?[,.!?…—–])[’'](?!\w)")
"""Speech in single marks, where a text has no others."""
_SENTENCE = re.compile(r"(?<=[.!?…])[”\"»“]?\s+(?=\S)")


@dataclass(frozen=True, kw_only=True)
class Quote:
    """Words within quotation marks: the marks stand at `start` and at `end` - 1 (but for one that is never closed)."""

    start: int
    end: int
    text: str
    spoken: bool
    """Somebody says it; else it is a name, a sign or a manner of speaking, which is no dialogue."""
    goes_on: bool = False
    """The same speech goes on in the next paragraph."""


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A paragraph on one line, the heading of a chapter, a break between scenes, or a note to Cinema (`[[look MARA: ...]]`)."""

    kind: PassageKind
    text: str
    line: int

    @cached_property
    def quotes(self) -> tuple[Quote, ...]:
        return tuple(_quotes(self.text)) if self.kind == "paragraph" else ()

    @property
    def speeches(self) -> tuple[str, ...]:
        """What is said in it, in order."""
        return tuple(quote.text for quote in self.quotes if quote.spoken)


@dataclass(frozen=True, kw_only=True)
class Prose:
    """A whole text; the title page may be a Fountain one, or a title with the author's name below it."""

    passages: tuple[Passage, ...]
    title: str = ""
    author: str = ""
    style: str = ""
    language: str = "en"
    format: Format = _FORMAT
    title_page: tuple[tuple[str, str], ...] = ()
    source: str = ""


def is_screenplay(script: Script, text: str) -> bool:
    """Whether what was read as Fountain was written as such: it has scene headings or cues that no prose would have."""
    cues = [
        element.name or ""
        for element in script.elements
        if element.type == "character"
        and not _CHAPTER.fullmatch(element.text)
        and not element.text.endswith(("!", "?", ".", ":"))
    ]
    if any(element.type == "scene_heading" for element in script.elements):
        return True
    return bool(cues) and len(cues) * 2 >= sum(line.lstrip()[:1] in _CLOSERS for line in text.split("\n"))


def read_prose(text: str, source: str = "") -> Prose:
    """The passages of a text, its title and what its title page says. InputError for bad values on a title page."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if not any(mark in text for mark in _CLOSERS):
        text = _SINGLE.sub(r"“\1”", text)
    entries, body, first = take_title_page(text)
    page = parse_fountain(f"{text.removesuffix(body)}\n\nx" if entries else "x", source=source)
    passages = list(_passages(body, first))
    title, author = page.title, ""
    if not title:
        title, author, passages = _titled(passages)
    return Prose(
        passages=tuple(passages),
        title=title,
        author=author,
        style=page.style,
        language=page.language,
        format=page.format,
        title_page=page.title_page or _pairs(title, author),
        source=source,
    )


def parts(passages: Sequence[Passage], most_characters: int) -> Iterator[tuple[Passage, ...]]:
    """Passages in runs of at most so many characters (a longer paragraph stands alone): parted at breaks where there is one."""
    run: list[Passage] = []
    for passage in passages:
        room = most_characters - sum(len(one.text) for one in run)
        border = passage.kind in ("heading", "break")
        if run and (len(passage.text) > room or (border and room < most_characters // 3)) and not _unfinished(run):
            yield tuple(run)
            run = []
        run.append(passage)
    if run:
        yield tuple(run)


def _unfinished(run: Sequence[Passage]) -> bool:
    last = run[-1].quotes
    return bool(last) and last[-1].goes_on


def _pairs(title: str, author: str) -> tuple[tuple[str, str], ...]:
    return tuple((key, value) for key, value in (("Title", title), ("Author", author)) if value)


def _titled(passages: list[Passage]) -> tuple[str, str, list[Passage]]:
    """Title and author where the text begins with them, and what follows."""
    first = passages[0] if passages else None
    if first is None or len(passages) < 2 or len(first.text) > 80:
        return "", "", passages
    chapter = _CHAPTER.fullmatch(first.text) is not None
    bare = first.kind == "paragraph" and first.text[-1:] not in _ENDS + "," and not first.quotes
    if first.kind == "note" or chapter or not (first.kind == "heading" or bare):
        return "", "", passages
    found = _BYLINE.fullmatch(passages[1].text.strip("*_ ")) if passages[1].kind == "paragraph" else None
    title = first.text.strip("*_ ")
    return title, found["author"] if found else "", passages[2 if found else 1 :]


def _passages(body: str, first: int) -> Iterator[Passage]:
    lines = body.split("\n")
    written = [line for line in lines if line.strip()]
    loose = len(written) > 1 and all(
        not (one.strip() and two.strip()) or two.strip()[:1] in _CLOSERS or one.rstrip()[-1:] in _ENDS
        for one, two in pairwise(lines)
    )
    run: list[str] = []
    began = 0
    for index, line in enumerate([*lines, ""]):
        alone = not line.strip() or _BREAK.fullmatch(line) or _HEADING.fullmatch(line)
        anew = bool(run) and (loose or _begins(run[-1], line))
        if run and (alone or anew):
            yield from _paragraph(run, first + began + 1)
            run = []
        if alone:
            yield from _mark(line, first + index + 1)
            continue
        if not run:
            began = index
        run.append(line)


def _begins(before: str, line: str) -> bool:
    """Whether a line right below another begins a paragraph: it is indented, a point of a list, or a new speech."""
    ended = before.rstrip()[-1:] in _ENDS
    return bool(re.match(r"\t| {2,}\S|\s*(?:[-*•]|\d+[.)])\s+\S", line)) or (ended and line[:1] in _CLOSERS)


def _mark(line: str, number: int) -> Iterator[Passage]:
    if _BREAK.fullmatch(line) and line.strip():
        yield Passage(kind="break", text="", line=number)
    elif found := _HEADING.fullmatch(line):
        yield Passage(kind="heading", text=found["text"].strip(), line=number)


def _paragraph(lines: Sequence[str], number: int) -> Iterator[Passage]:
    text = " ".join(line.strip() for line in lines)
    text = re.sub(r"^(?:>\s*|[-*•]\s+|\d+[.)]\s+(?=\S))+", "", text)
    text = re.sub(r"!?\[([^\]\[]+)\]\([^)\s]*\)", r"\1", text)
    note = _NOTE.fullmatch(text)
    if note:
        yield Passage(kind="note", text=note[1].strip(), line=number)
    elif _CHAPTER.fullmatch(text.strip("*_ ")) and len(lines) == 1:
        yield Passage(kind="heading", text=text.strip("*_ "), line=number)
    else:
        for part in _short_enough(text):
            yield Passage(kind="paragraph", text=part, line=number)


def _short_enough(text: str) -> Iterator[str]:
    while len(text) > LONGEST_PARAGRAPH:
        ends = [found.end() for found in _SENTENCE.finditer(text, 0, LONGEST_PARAGRAPH)]
        inside = {place for quote in _quotes(text[: LONGEST_PARAGRAPH * 2]) for place in range(quote.start, quote.end)}
        cut = next((end for end in reversed(ends) if end not in inside), None) or text.rfind(" ", 1, LONGEST_PARAGRAPH)
        cut = cut if cut > 0 else LONGEST_PARAGRAPH
        yield text[:cut].strip()
        text = text[cut:].strip()
    if text:
        yield text


def _quotes(text: str) -> Iterator[Quote]:
    place = 0
    while place < len(text):
        closers = _CLOSERS.get(text[place])
        inches = text[place] == '"' and place > 0 and text[place - 1].isdigit()
        if closers is None or inches:
            place += 1
            continue
        end = next((index for index in range(place + 1, len(text)) if text[index] in closers), None)
        if end is None:
            if place == 0 and any(letter.isalpha() for letter in text):
                yield Quote(start=0, end=len(text), text=text[1:].strip(), spoken=True, goes_on=True)
            return
        inner = text[place + 1 : end].strip()
        yield Quote(start=place, end=end + 1, text=inner, spoken=_is_spoken(inner, text[:place], text[end + 1 :]))
        place = end + 1


def _is_spoken(inner: str, before: str, after: str) -> bool:
    """Speech ends in a mark of its own, or is led in by a comma or a colon, or is all that the paragraph begins with."""
    if not any(letter.isalnum() for letter in inner):
        return False
    led = before.rstrip()[-1:] in (",", ":")
    return inner[-1] in ".,!?…—–-" or led or (not before.strip() and (not after.strip() or after.lstrip()[:1] == ","))
