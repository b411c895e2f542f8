"""What a Fountain script says aside: notes `[[ ]]` and the boneyard `/* */`, lifted out before the rest is read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cinema.script.model import Element

_OPENING = re.compile(r"/\*|\[\[")
MARK = "\0"
"""Stands where an aside was, while lines are counted. The caller has refused text that holds one."""


@dataclass(frozen=True, kw_only=True)
class Lifted:
    """`text` without asides; `numbers[i]` is the source line of its line i; `asides` are in source order."""

    text: str
    numbers: Sequence[int]
    asides: tuple[Element, ...]


def lift_asides(text: str) -> Lifted:
    """Split `text` (lines end in "\\n"; blank lines are empty, or two spaces) into script and asides.

    A line that holds nothing but asides disappears, so it separates nothing. A note ends its search at an empty line
    (one of two spaces goes on); a mark that is never closed is plain text. Time grows with the length of the text.
    """
    if "/*" not in text and "[[" not in text:
        return Lifted(text=text, numbers=range(1, text.count("\n") + 2), asides=())
    pieces, asides, swallowed = _cut(text)
    if not asides:
        return Lifted(text=text, numbers=range(1, text.count("\n") + 2), asides=())
    lines: list[str] = []
    numbers: list[int] = []
    number, used = 1, 0
    for line in "".join(pieces).split("\n"):
        marks = line.count(MARK)
        kept = _close_up(line) if marks else line
        if kept or not marks:
            lines.append(kept)
            numbers.append(number)
        number += 1 + sum(swallowed[used : used + marks])
        used += marks
    return Lifted(text="\n".join(lines), numbers=numbers or [1], asides=tuple(asides))


def _cut(text: str) -> tuple[list[str], list[Element], list[int]]:
    """Pieces of text with MARK for each aside, the asides, and how many line ends each swallowed."""
    pieces: list[str] = []
    asides: list[Element] = []
    swallowed: list[int] = []
    done = look = counted = 0
    line = 1
    ends = _Ends(text)
    while opening := _OPENING.search(text, look):
        start, inside = opening.span()
        boneyard = opening.group() == "/*"
        close = ends.of_boneyard(inside) if boneyard else ends.of_note(inside)
        if close is None:
            look = inside
            continue
        line += text.count("\n", counted, start)
        body = text[inside:close]
        counted, look = start, close + 2
        words = "\n".join(part.rstrip() for part in body.split("\n")).strip()
        asides.append(Element(type="boneyard" if boneyard else "note", text=words, line=line))
        swallowed.append(body.count("\n"))
        pieces += (text[done:start], MARK)
        done = look
    pieces.append(text[done:])
    return pieces, asides, swallowed


class _Ends:
    """Where asides end. Each kind of end is looked for from left to right, once over the whole text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._next = {"*/": -1, "]]": -1, "\n\n": -1}

    def _after(self, mark: str, position: int) -> int:
        if self._next[mark] < position:
            found = self._text.find(mark, position)
            self._next[mark] = found if found >= 0 else len(self._text)
        return self._next[mark]

    def of_boneyard(self, position: int) -> int | None:
        end = self._after("*/", position)
        return end if end < len(self._text) else None

    def of_note(self, position: int) -> int | None:
        end = self._after("]]", position)
        return end if end < len(self._text) and end < self._after("\n\n", position) else None


def _close_up(line: str) -> str:
    """`line` without its marks and without the double spaces that they would leave."""
    first, *others = line.split(MARK)
    pieces = [first.rstrip()]
    gap = len(pieces[0]) < len(first)
    for other in others:
        words = other.strip()
        gap = gap or other[:1].isspace()
        if words:
            if gap and (len(pieces) > 1 or pieces[0]):
                pieces.append(" ")
            pieces.append(words)
            gap = other[-1:].isspace()
    return "".join(pieces)
