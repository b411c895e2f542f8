"""Captions: the script's own words, timed by the spoken audio, split by the rules of Netflix's timed text style guide.

Two lines of 42 characters (16 wide ones), 5/6 s to 7 s, two frames between cards, in on the sound, 20 characters a second.
Where a rule and the words are at odds (a long line spoken fast), the words stay.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from cinema.cut.timeline import Caption
from cinema.cut.words import Word, break_cost, fits, joined, layout, split_words
from cinema.plan.model import Line, Plan, Shot
from cinema.timebase import SAMPLE_RATE_HZ, sample_at

SHORTEST_SECONDS = Fraction(5, 6)
LONGEST_SECONDS = Fraction(7)
CHARACTERS_PER_SECOND = 20
GAP_FRAMES = 2
_CHAIN_SECONDS = Fraction(1, 2)
"""A shorter gap between two cards is closed to `GAP_FRAMES`, so that the eye is not called twice."""
_LINGER_SECONDS = Fraction(1, 4)
_CARD_COST = 10.0
_PAUSE_COST = 12.0
"""For each second that a card's next words would be read before they are said."""
_PAUSE_SAMPLES = SAMPLE_RATE_HZ * 2 // 5

MarksOf = Callable[[Line], Path | None]


@dataclass(frozen=True, kw_only=True)
class Mark:
    """When a voice says a word, in samples at 48 kHz from the start of its line."""

    text: str
    start_sample: int
    end_sample: int


_marks_adapter: TypeAdapter[list[Mark]] = TypeAdapter(list[Mark])


def read_marks(path: Path | None) -> tuple[Mark, ...]:
    """The word timings in a `marks.json`; empty where there are none or they cannot be used."""
    if path is None:
        return ()
    try:
        marks = _marks_adapter.validate_python(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, ValidationError, RecursionError):
        return ()
    ordered = all(a.start_sample <= b.start_sample for a, b in pairwise(marks))
    return tuple(marks) if ordered and all(0 <= mark.start_sample <= mark.end_sample for mark in marks) else ()


def caption_cards(plan: Plan, marks_of: MarksOf = lambda line: None) -> tuple[Caption, ...]:
    """Every spoken word of the plan, verbatim and in order, as cards that follow each other without overlap.

    A line spoken at the same time as the one before it shares that line's cards' times, card by card: such pairs are the
    only cards that overlap, and the writers show them together with dashes.
    """
    cards: list[Caption] = []
    lines = [(shot, line) for shot in plan.shots for line in shot.lines if line.text.strip()]
    index = 0
    while index < len(lines):
        shot, line = lines[index]
        dual = index + 1 < len(lines) and lines[index + 1][1].dual
        spoken = _line_cards(plan, shot, line, read_marks(marks_of(line)), rows=1 if dual else 2)
        if dual:
            other_shot, other = lines[index + 1]
            second = _line_cards(plan, other_shot, other, read_marks(marks_of(other)), rows=1)
            spoken = _paired(spoken, second)
        cards += spoken
        index += 2 if dual else 1
    return _spaced(cards, plan.fps, plan.length_frames)


def _line_cards(plan: Plan, shot: Shot, line: Line, marks: Sequence[Mark], *, rows: int) -> list[Caption]:
    """One line's cards, each from its first word's start to its last word's end."""
    words = split_words(line.text)
    start_frame = shot.start_frame + line.offset_frames
    offset = sample_at(start_frame, plan.fps)
    length = max(sample_at(start_frame + line.length_frames, plan.fps) - offset, len(words))
    times = word_times(words, marks, length)
    cards: list[Caption] = []
    for first, last in split_cards(words, times, rows=rows):
        start = floor((offset + times[first][0]) * plan.fps / SAMPLE_RATE_HZ)
        end = ceil((offset + times[last - 1][1]) * plan.fps / SAMPLE_RATE_HZ)
        text = layout(words[first:last], rows)
        cards.append(Caption(start_frame=start, end_frame=max(end, start + 1), text=text, line=line.id, speaker=line.character))
    return cards


def word_times(words: Sequence[Word], marks: Sequence[Mark], length_samples: int) -> list[tuple[int, int]]:
    """First sample of each word and of what follows it, by the marks where they are, else by the words' share of letters.

    Marks of another number than the words (a voice that spells out numbers) are matched by their share of the letters.
    """
    if len(marks) == len(words):
        return [(mark.start_sample, mark.end_sample) for mark in marks]
    if marks:
        knots, total = [(0.0, marks[0].start_sample)], sum(max(len(mark.text), 1) for mark in marks)
        done = 0
        for mark in marks:
            done += max(len(mark.text), 1)
            knots.append((done / total, mark.end_sample))
    else:
        knots = [(0.0, 0), (1.0, length_samples)]
    letters = sum(len(word.text) for word in words)
    times: list[tuple[int, int]] = []
    done = 0
    for word in words:
        begin = _along(knots, done / letters)
        done += len(word.text)
        times.append((begin, _along(knots, done / letters)))
    return times


def _along(knots: Sequence[tuple[float, int]], share: float) -> int:
    for (x0, y0), (x1, y1) in pairwise(knots):
        if share <= x1:
            return int(y0 + (y1 - y0) * (share - x0) / (x1 - x0))
    return knots[-1][1]


def split_cards(words: Sequence[Word], times: Sequence[tuple[int, int]], *, rows: int = 2) -> list[tuple[int, int]]:
    """Where to part a line into cards, as (first, behind the last) word: the cheapest partition, by dynamic programming."""
    count = len(words)
    pauses = [0.0]
    for (_, said), (begins, _) in pairwise(times):
        pauses.append(pauses[-1] + max(0, begins - said - _PAUSE_SAMPLES) / SAMPLE_RATE_HZ * _PAUSE_COST)
    best = [0.0] + [float("inf")] * count
    back = [0] * (count + 1)
    for end in range(1, count + 1):
        after = words[end] if end < count else None
        closing = break_cost(words[end - 1], after)
        if after is not None and times[end][0] - times[end - 1][1] > _PAUSE_SAMPLES:
            closing = min(closing, 1.0)
        for start in range(end - 1, -1, -1):
            if not fits(words[start:end], rows):
                break
            inside = pauses[end - 1] - pauses[start]
            cost = (
                best[start] + _CARD_COST + closing + inside + _time_cost(words[start:end], times[start][0], times[end - 1][1])
            )
            if cost < best[end]:
                best[end], back[end] = cost, start
    cards: list[tuple[int, int]] = []
    end = count
    while end:
        cards.append((back[end], end))
        end = back[end]
    return cards[::-1]


def _time_cost(words: Sequence[Word], start: int, end: int) -> float:
    """What a card's time on screen costs: too short is bad, longer than seven seconds worse."""
    seconds = (end - start) / SAMPLE_RATE_HZ
    short = max(0.0, float(SHORTEST_SECONDS) - seconds) * 12
    fast = max(0.0, len(joined(words)) / CHARACTERS_PER_SECOND - seconds)
    return short + fast + max(0.0, seconds - float(LONGEST_SECONDS)) * 40


def _paired(first: list[Caption], second: list[Caption]) -> list[Caption]:
    """Two voices at once: the n-th cards of both get the same time; what one says longer stands alone."""
    cards: list[Caption] = []
    for index in range(max(len(first), len(second))):
        pair = [cards_of[index] for cards_of in (first, second) if index < len(cards_of)]
        start, end = min(card.start_frame for card in pair), max(card.end_frame for card in pair)
        cards += [replace(card, start_frame=start, end_frame=end) for card in pair]
    return cards


def _spaced(cards: Sequence[Caption], fps: Fraction, film_frames: int) -> tuple[Caption, ...]:
    """The cards with room between them: each is held as long as reading wants, up to the next."""
    groups: list[list[Caption]] = []
    for card in sorted(cards, key=lambda card: card.start_frame):
        if groups and groups[-1][0].start_frame == card.start_frame and groups[-1][0].line != card.line:
            groups[-1].append(card)
        else:
            groups.append([card])
    shortest, longest = ceil(SHORTEST_SECONDS * fps), floor(LONGEST_SECONDS * fps)
    spaced: list[Caption] = []
    free = 0
    for index, group in enumerate(groups):
        start = max(group[0].start_frame, free)
        spoken_end = max(card.end_frame for card in group)
        following = groups[index + 1][0].start_frame if index + 1 < len(groups) else film_frames + GAP_FRAMES
        letters = sum(len(card.text.replace("\n", " ")) for card in group)
        wanted = max(
            spoken_end + round(_LINGER_SECONDS * fps),
            start + shortest,
            start + ceil(Fraction(letters, CHARACTERS_PER_SECOND) * fps),
        )
        if 0 < following - wanted < _CHAIN_SECONDS * fps:
            wanted = following - GAP_FRAMES
        end = max(min(wanted, following - GAP_FRAMES, start + longest), start + 1)
        spaced += [replace(card, start_frame=start, end_frame=end) for card in group]
        free = end + GAP_FRAMES
    return tuple(spaced)
