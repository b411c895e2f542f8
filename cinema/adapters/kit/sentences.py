"""Long lines cut where a speaker would breathe: at sentences, else at clauses, else between words."""

from __future__ import annotations

import re
from collections.abc import Iterator

_SENTENCES = re.compile(r"(?<=[.!?…])[\"'”’»)\]]*\s+|(?<=[。！？।؟])[\"'”’»」』)\]]*\s*")
_CLAUSES = re.compile(r"(?<=[,;:،؛—–])\s+|(?<=[、，；：])\s*")
_WORDS = re.compile(r"\s+")


def speakable(text: str) -> bool:
    """Whether there is anything to pronounce: a letter or a digit of any script."""
    return any(character.isalnum() for character in text)


def pieces(text: str, limit: int) -> tuple[str, ...]:
    """`text`, white space made single, in pieces of at most `limit` characters, as few as its sentences allow.

    Pieces joined by their white space are the text again. Each has something to pronounce, if the text has: what has not
    (a dash, an ellipsis) goes with its neighbour.
    """
    clean = " ".join(text.split())
    found: list[str] = []
    for part in _cut(clean, limit, (_SENTENCES, _CLAUSES, _WORDS)):
        room = found and len(found[-1]) + len(part) <= limit
        if room and (not speakable(part) or not speakable(found[-1]) or _fits(found[-1], part, limit)):
            found[-1] += part
        else:
            found.append(part)
    kept = [part.strip() for part in found if speakable(part)]
    return tuple(kept or ([clean] if clean else []))


def _fits(before: str, part: str, limit: int) -> bool:
    return len(before.rstrip()) + len(part.rstrip()) + 1 <= limit


def _cut(text: str, limit: int, ways: tuple[re.Pattern[str], ...]) -> Iterator[str]:
    """Parts of at most `limit` characters, each with the white space after it (which does not count)."""
    if len(text.rstrip()) <= limit:
        yield text
    elif not ways:
        for start in range(0, len(text), limit):
            yield text[start : start + limit]
    else:
        for part in _split(text, ways[0]):
            yield from _cut(part, limit, ways[1:])


def _split(text: str, way: re.Pattern[str]) -> Iterator[str]:
    """`text` cut after every match, which stays with the part before it."""
    start = 0
    for match in way.finditer(text):
        if match.end() > start:
            yield text[start : match.end()]
            start = match.end()
    if start < len(text):
        yield text[start:]
