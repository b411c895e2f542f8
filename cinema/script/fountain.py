"""Fountain 1.1 (https://fountain.io/syntax), whole, apart from `{{INCLUDE}}`, which would reach out of the sandbox.

The text is cut at empty lines into blocks, since that is what decides nearly everything: a heading is a block of one
line, a cue is the first line of a longer one. Within a block only marks at the start of a line matter.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from cinema.errors import InputError, Where
from cinema.script.asides import Lifted, lift_asides
from cinema.script.assemble import gather, split_cue
from cinema.script.model import Element, Script
from cinema.script.titlepage import split_title_page, understand

_HEADING = re.compile(r"(?:INT\.?/EXT|EXT\.?/INT|I\.?/E|INT|EXT|EST)[. ]", re.IGNORECASE)
_ENDINGS = frozenset(("FADE OUT.", "FADE TO BLACK.", "CUT TO BLACK."))
"""Transitions without "TO:" that the reference implementation knows."""
_NUMBER = re.compile(r"[\w.\-]+")
_BLANK = re.compile(r"^(?!  $)[^\S\n]+$", re.MULTILINE)
_SPEECH = ("dialogue", "parenthetical", "lyrics")
_MARKED = frozenset("#=~>!.@ \t")
_SECTIONING = ("#", "=")


def parse_fountain(text: str, *, source: str = "") -> Script:
    """The script that `text` holds; it may hold nothing to shoot. InputError for NUL and for bad title page values."""
    lifted = _lift(text, source)
    page, body, first = take_title_page(lifted.text)
    title = understand(page, lifted.numbers, source)
    elements = _elements(lifted, body, first)
    scenes, cast = gather(elements, notes=bool(lifted.asides))
    return Script(
        title=title.title,
        scenes=scenes,
        characters=cast,
        style=title.style,
        format=title.format,
        language=title.language,
        title_page=title.pairs,
        source=source,
        source_format="fountain",
    )


def read_elements(text: str, *, source: str = "") -> list[Element]:
    """The elements of `text`, which is part of a script: it has no title page."""
    lifted = _lift(text, source)
    return _elements(lifted, lifted.text, 0)


def _lift(text: str, source: str) -> Lifted:
    """Line ends made alike, blank lines emptied, asides lifted out."""
    if "\0" in text:
        where = Where(source=source, line=text.count("\n", 0, text.index("\0")) + 1)
        raise InputError("There is a NUL character here, so this is no text; save the script as UTF-8.", where=where)
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return lift_asides(_BLANK.sub("", text))


def _elements(lifted: Lifted, body: str, first: int) -> list[Element]:
    elements = _Reader(lifted.numbers).read(body, first)
    if not lifted.asides:
        return elements
    # A stable sort of two sorted runs is a merge; an aside follows what stands on its line.
    return sorted((*elements, *lifted.asides), key=lambda element: element.line)


def take_title_page(text: str) -> tuple[list[tuple[str, str, int]], str, int]:
    """Entries of the title page, the text after it, and the index of that text's first line."""
    body = text.lstrip("\n")
    skipped = len(text) - len(body)
    top, _, rest = body.partition("\n\n")
    lines = top.rstrip("\n").split("\n")
    if not lines[0] or lines[0][0].isspace():
        return [], body, skipped
    entries = split_title_page(lines)
    if not entries:
        return [], body, skipped
    return [(key, value, index + skipped) for key, value, index in entries], rest, skipped + len(lines) + 1


def is_heading(line: str) -> bool:
    """Whether `line` begins like an unforced scene heading: INT, EXT, EST, INT/EXT, I/E, then a dot or a space."""
    return _HEADING.match(line) is not None


def is_transition(line: str) -> bool:
    """Whether `line`, standing alone, is an unforced transition. A trailing space says that it is none."""
    return (line.endswith("TO:") and line.isupper()) or line in _ENDINGS


def is_cue(line: str) -> bool:
    """Whether `line`, with a line below it, is an unforced character cue."""
    name = line.partition("(")[0]
    return name.isupper() and split_cue(_without_caret(line)[0]) is not None


def split_number(heading: str) -> tuple[str, str | None]:
    """ "INT. HOUSE - DAY #1A#" is ("INT. HOUSE - DAY", "1A")."""
    heading = heading.strip()
    if heading.endswith("#"):
        before, mark, number = heading[:-1].rpartition("#")
        if mark and before.strip() and _NUMBER.fullmatch(number):
            return before.rstrip(), number
    return heading, None


def _without_caret(cue: str) -> tuple[str, bool]:
    cue = cue.strip()
    return (cue.rstrip("^ \t"), True) if cue.endswith("^") else (cue, False)


class _Reader:
    """Reads the body of a script into `elements`; `numbers` gives the source line of a line index."""

    def __init__(self, numbers: Sequence[int]) -> None:
        self.elements: list[Element] = []
        self._numbers = numbers

    def read(self, body: str, first: int) -> list[Element]:
        """Elements of `body`, whose first line has the index `first`."""
        index = first
        numbers = self._numbers
        add = self.elements.append
        for cut in body.rstrip("\n").split("\n\n"):
            block = cut
            if cut[:1] == "\n":
                index += 1
                block = cut[1:]
            if not block:
                index += 2
            elif "\n" in block:
                lines = block.rstrip().split("\n")
                self._block(lines, index)
                index += block.count("\n") + 2
            else:
                # Most blocks of a script are one plain line.
                if block[0] in _MARKED or (block[-1] in ":." and is_transition(block)) or _HEADING.match(block):
                    self._block([block], index)
                else:
                    add(Element(type="action", text=block.rstrip(), line=numbers[index]))
                index += 2
        return self.elements

    def _block(self, lines: list[str], index: int) -> None:
        """Lines without an empty one between them. `fresh`: as if an empty line stood before."""
        at, start, fresh = 0, 0, True
        pending: list[str] = []
        while at < len(lines):
            line = lines[at]
            mark = line.lstrip()[:1]
            if fresh and mark and (used := self._opening(lines, at, index)):
                at += used
                continue
            if not mark or (mark in "#=~>" and line[0] != "!"):
                self._flush(pending, index + start)
                if mark:
                    self._marked(line.strip(), index + at)
                fresh = not mark or mark in _SECTIONING
            else:
                start = at if not pending else start
                pending.append((line[1:] if line[0] == "!" else line).rstrip())
                fresh = False
            at += 1
        self._flush(pending, index + start)

    def _flush(self, pending: list[str], index: int) -> None:
        if pending and (text := "\n".join(pending).strip("\n")):
            self.elements.append(Element(type="action", text=text, line=self._numbers[index]))
        pending.clear()

    def _opening(self, lines: list[str], at: int, index: int) -> int:
        """Take what may only follow an empty line: heading, transition, speech. How many lines that took."""
        line = lines[at]
        words = line.lstrip()
        below = lines[at + 1].lstrip()[:1] if at + 1 < len(lines) else ""
        number = self._numbers[index + at]
        forced = words[0] == "." and words[1:2].isalnum()
        if forced or (_HEADING.match(words) and (not below or below in _SECTIONING)):
            text, scene_number = split_number(words[1:] if forced else words)
            self.elements.append(Element(type="scene_heading", text=text, line=number, scene_number=scene_number))
            return 1
        if words[0] in "#=~>!":
            return 0
        if not below and is_transition(words):
            self.elements.append(Element(type="transition", text=words, line=number))
            return 1
        if at + 1 < len(lines):
            cue = words[1:] if words[0] == "@" else words if is_cue(words) else ""
            return self._speech(cue, lines, at, index) if cue else 0
        return 0

    def _marked(self, words: str, index: int) -> None:
        """A line whose first character says what it is."""
        line = self._numbers[index]
        mark = words[0]
        if mark == "#":
            text = words.lstrip("#")
            element = Element(type="section", text=text.strip(), line=line, depth=len(words) - len(text))
        elif mark == "=" and len(words) >= 3 and not words.strip("="):
            element = Element(type="page_break", text="", line=line)
        elif mark == "=":
            element = Element(type="synopsis", text=words[1:].strip(), line=line)
        elif mark == "~":
            element = Element(type="lyrics", text=words[1:].strip(), line=line)
        elif len(words) > 1 and words[-1] == "<":
            element = Element(type="centered", text=words[1:-1].strip(), line=line)
        else:
            element = Element(type="transition", text=words[1:].strip(), line=line)
        self.elements.append(element)

    def _speech(self, cue: str, lines: list[str], at: int, index: int) -> int:
        """A cue and all lines below it, to the end of the block."""
        text, dual = _without_caret(cue)
        parts = split_cue(text)
        if parts is None:
            return 0
        add, numbers = self.elements.append, self._numbers
        dual = dual and bool(self.elements) and self.elements[-1].type in _SPEECH
        add(Element(type="character", text=text, line=numbers[index + at], name=parts[0], extension=parts[1], dual=dual))
        pending: list[str] = []
        start = at + 1

        def flush() -> None:
            if pending and (said := "\n".join(pending).rstrip("\n")):
                add(Element(type="dialogue", text=said, line=numbers[index + start]))
            pending.clear()

        for position in range(at + 1, len(lines)):
            words = lines[position].strip()
            if words[:1] == "~" or (words[:1] == "(" and words[-1] == ")"):
                flush()
                kind = "lyrics" if words[0] == "~" else "parenthetical"
                said = words[1:].strip() if words[0] == "~" else words
                add(Element(type=kind, text=said, line=numbers[index + position]))
            elif words or pending:
                start = start if pending else position
                pending.append(words)
        flush()
        return len(lines) - at
