"""Scales, chords and the leading of voices. Pitches are MIDI numbers (60 is middle C, 69 is 440 Hz)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise, permutations

MODES: dict[str, tuple[int, ...]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
}


@dataclass(frozen=True, kw_only=True)
class Chord:
    """`root` is the bass in the octave of the tonic; `classes` are the pitch classes, root first."""

    degree: int
    root: int
    classes: tuple[int, ...]


def chord(tonic: int, mode: str, degree: int, colour: int | None = None) -> Chord:
    """The triad on a degree (from 1). The dominant of minor has its leading note; `colour` adds a scale step above the root."""
    scale = MODES[mode]
    steps = [degree - 1, degree + 1, degree + 3] + ([degree - 1 + colour] if colour is not None else [])
    pitches = [scale[step % 7] + 12 * (step // 7) for step in steps]
    if degree == 5 and mode in {"minor", "dorian", "mixolydian"}:
        pitches[1] = pitches[0] + 4
    root = tonic + scale[(degree - 1) % 7]
    root -= 12 if root > tonic + 7 else 0
    return Chord(degree=degree, root=root, classes=tuple(dict.fromkeys((tonic + pitch) % 12 for pitch in pitches)))


def led(previous: tuple[int, ...], target: Chord, low: int, high: int) -> tuple[int, ...]:
    """The voicing of `target` (as many voices as `previous`) that moves least, between `low` and `high`."""
    classes = (target.classes * 2)[: len(previous)] if len(target.classes) < len(previous) else target.classes[: len(previous)]
    best: tuple[int, ...] = previous
    least = 1e9
    for order in sorted(set(permutations(classes))):
        voices = tuple(sorted(_near(old, wanted, low, high) for old, wanted in zip(previous, order, strict=True)))
        crowded = sum(8 for a, b in pairwise(voices) if b - a < 2)
        moved = sum(abs(new - old) for new, old in zip(voices, previous, strict=True)) + crowded
        if moved < least:
            best, least = voices, moved
    return best


def _near(pitch: int, wanted: int, low: int, high: int) -> int:
    """The pitch of class `wanted` nearest to `pitch` within the range."""
    candidates = [value for value in range(low, high + 1) if value % 12 == wanted % 12]
    return min(candidates, key=lambda value: (abs(value - pitch), value))


def scale_pitches(tonic: int, mode: str, low: int, high: int) -> list[int]:
    classes = {(tonic + step) % 12 for step in MODES[mode]}
    return [pitch for pitch in range(low, high + 1) if pitch % 12 in classes]
