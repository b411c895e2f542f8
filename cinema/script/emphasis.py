"""Emphasis marks of Fountain: `*italic*`, `**bold**`, `***both***`, `_underline_`, and `\\*` for a plain asterisk."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"\\[*_\\]|\*+|_+")
_MARKS = re.compile(r"[*_\\]")


def strip_emphasis(text: str) -> str:
    """`text` as it is spoken or shown: paired marks and the backslashes of escapes removed.

    A mark opens before a character that is no space and closes after one, so "He dialled *69 and then *23" keeps both
    asterisks; pairs never reach across a line. Takes time in proportion to the text.
    """
    if not _MARKS.search(text):
        return text
    return "\n".join(_strip_line(line) for line in text.split("\n"))


def escape_emphasis(text: str) -> str:
    """`text` with a backslash before every character that could be read as a mark."""
    return _MARKS.sub(lambda found: "\\" + found.group(), text)


def _strip_line(line: str) -> str:
    pieces: list[str] = []
    openers: dict[str, list[int]] = {"*": [], "_": []}
    end = 0
    for token in _TOKEN.finditer(line):
        pieces.append(line[end : token.start()])
        end = token.end()
        mark = token.group()
        if mark[0] == "\\":
            pieces.append(mark[1])
        elif len(mark) > (3 if mark[0] == "*" else 1):
            pieces.append(mark)
        else:
            before, after = line[token.start() - 1 : token.start()], line[end : end + 1]
            rest = mark
            if before and not before.isspace():
                rest = _close(mark, pieces, openers[mark[0]])
            if rest and after and not after.isspace():
                openers[mark[0]].append(len(pieces))
            pieces.append(rest)
    pieces.append(line[end:])
    return "".join(pieces)


def _close(mark: str, pieces: list[str], openers: list[int]) -> str:
    """Take `mark` off against the openers before it, innermost first; what is left of it."""
    while mark and openers:
        opener = openers[-1]
        shared = min(len(mark), len(pieces[opener]))
        pieces[opener] = pieces[opener][shared:]
        mark = mark[shared:]
        if not pieces[opener]:
            openers.pop()
    return mark
