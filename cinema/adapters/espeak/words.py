"""What is said: a line's text made speakable, and where in the sound each of its words lies.

Text is data. Signs that mean something to eSpeak NG (markup, phoneme brackets) lose that meaning; a spoken character always
knows which character of the written line it came from, so that words can be marked.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_INTERJECTIONS = (
    (r"sh{1,40}", "[[S:S:]]"),
    (r"h+m{1,40}", "[[h@m:]]"),
    (r"m{2,40}", "[[m:m:]]"),
    (r"m+-?h+m{1,40}", "[[m:'hVm]]"),
    (r"ps{1,40}t", "[[pst]]"),
    (r"p+f{2,40}t?", "[[pf:t]]"),
    (r"g+r{2,40}", "[[g@r:]]"),
    (r"b+r{2,40}", "[[b@rrr]]"),
    (r"z{2,40}", "[[zzz]]"),
    (r"uh{2,40}", "[[V::]]"),
)
"""Sounds that English writes and eSpeak NG spells out letter by letter, in its phoneme notation."""
_INTERJECTION = re.compile(r"(?<![^\W_])(?:" + "|".join(f"({pattern})" for pattern, _ in _INTERJECTIONS) + r")(?![^\W_])", re.I)
_SILENT = {"C", "S", "Z"}
_KEPT_SYMBOLS = "$€£%&+=°©"


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """`text` is for eSpeak NG; character i of it came from character `origin[i]` of the line."""

    text: str
    origin: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Word:
    """A written word that is spoken: the line's characters `start` up to `end`."""

    text: str
    start: int
    end: int


def speakable(line: str, *, english: bool) -> Spoken:
    """`line` without control characters, emoji and brackets (a space for each), English interjections as phonemes."""
    clean = "".join(character if _heard(character) else " " for character in line)
    pieces: list[str] = []
    origin: list[int] = []
    position = 0
    for match in _INTERJECTION.finditer(clean) if english else ():
        pieces.append(clean[position : match.start()])
        origin.extend(range(position, match.start()))
        sound = _INTERJECTIONS[(match.lastindex or 1) - 1][1]
        pieces.append(sound)
        origin.extend([match.start()] * len(sound))
        position = match.end()
    pieces.append(clean[position:])
    origin.extend(range(position, len(clean)))
    return Spoken(text="".join(pieces), origin=tuple(origin))


def _heard(character: str) -> bool:
    if character in "<>[]{}|\\^~*_#`":
        return False
    return character in _KEPT_SYMBOLS or unicodedata.category(character)[0] not in _SILENT


def written_words(line: str) -> tuple[Word, ...]:
    """The words of `line`, split at white space, that hold something to pronounce."""
    return tuple(
        Word(text=match.group(), start=match.start(), end=match.end())
        for match in re.finditer(r"\S+", line)
        if any(character.isalnum() or character in _KEPT_SYMBOLS for character in match.group())
    )


def marks(
    words: Sequence[Word], spoken: Spoken, events: Sequence[tuple[int, int]], first: int, last: int
) -> list[dict[str, Any]]:
    """Each word with `start_sample` and `end_sample`, in order, within `first` ... `last`.

    `events` are (character of the spoken text, sample) pairs. A word starts at its first event and ends where the
    next starts; a word without an event of its own shares its neighbour's time by length.
    """
    starts: list[int | None] = [None] * len(words)
    index = 0
    for character, sample in sorted(events, key=lambda event: event[1]):
        place = spoken.origin[min(max(character, 0), len(spoken.origin) - 1)] if spoken.origin else 0
        while index < len(words) - 1 and place >= words[index + 1].start:
            index += 1
        if index < len(words) and starts[index] is None and place >= words[index].start:
            starts[index] = min(max(sample, first), last)
    return _shared_out(words, starts, first, last)


def _shared_out(words: Sequence[Word], starts: list[int | None], first: int, last: int) -> list[dict[str, Any]]:
    """Fill the gaps between known starts in proportion to the words' lengths; monotonic by construction."""
    if not words:
        return []
    known = [index for index, start in enumerate(starts) if start is not None]
    borders = [(index, starts[index] or first) for index in known if index]
    borders = [(0, first), *borders, (len(words), last)]
    times: list[int] = []
    for (index, start), (following, end) in itertools.pairwise(borders):
        sizes = [word.end - word.start for word in words[index:following]]
        done = 0
        for size in sizes:
            times.append(start + (max(end - start, 0) * done) // sum(sizes))
            done += size
    times.append(last)
    for place in range(1, len(times)):
        times[place] = min(max(times[place], times[place - 1]), last)
    return [
        {"text": word.text, "start_sample": start, "end_sample": end}
        for word, start, end in zip(words, times, times[1:], strict=False)
    ]
