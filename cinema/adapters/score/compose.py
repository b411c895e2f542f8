"""The piece: bars that fill the length exactly, phrases that answer each other, and an end on the tonic."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cinema.adapters.score.harmony import Chord, chord, led, scale_pitches
from cinema.adapters.score.moods import Brief

_BEATS_PER_BAR = 4


@dataclass(frozen=True, kw_only=True)
class Note:
    """One note; `start` and `length` in seconds, `level` 0 ... 1, `pan` -1 ... 1."""

    instrument: str
    pitch: int
    start: float
    length: float
    level: float
    pan: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Piece:
    """`notes` in order of start; `final_at` is when the last chord, the tonic's, sounds."""

    notes: tuple[Note, ...]
    tonic: int
    final_at: float
    bar_seconds: float
    chords: tuple[Chord, ...]


class _Writer:
    """Writes one piece; its chance decides what the brief leaves open."""

    def __init__(self, brief: Brief, seconds: float, rng: np.random.Generator) -> None:
        self.brief = brief
        self.rng = rng
        self.tonic = brief.tonic + int(rng.integers(-1, 3))
        self.notes: list[Note] = []
        self.ring = min(max(2.4, 0.1 * seconds), 6.0, 0.55 * seconds)
        self.final_at = seconds - self.ring
        wanted = 60.0 / (brief.beats_per_minute * float(rng.uniform(0.97, 1.03))) * _BEATS_PER_BAR
        self.bars = int(self.final_at / wanted + 0.5)
        if not self.bars:
            self.ring, self.final_at = seconds, 0.0
        self.bar = self.final_at / self.bars if self.bars else wanted
        self.beat = self.bar / _BEATS_PER_BAR
        self.motif = self._motif()

    def write(self) -> Piece:
        chords = self._chords()
        voices: tuple[int, ...] = (self.tonic + 12, self.tonic + 19, self.tonic + 24)
        for number, harmony in enumerate(chords[:-1]):
            voices = led(voices, harmony, 50, 69)
            self._bar(number, harmony, voices)
        self._ending(chords[-1], led(voices, chords[-1], 50, 69))
        self.notes.sort(key=lambda note: (note.start, note.instrument, note.pitch))
        return Piece(
            notes=tuple(self.notes), tonic=self.tonic, final_at=self.final_at, bar_seconds=self.bar, chords=tuple(chords)
        )

    def add(self, instrument: str, pitch: int, start: float, length: float, level: float, *, pan: float = 0.0) -> None:
        if instrument:
            self.notes.append(Note(instrument=instrument, pitch=pitch, start=start, length=length, level=level, pan=pan))

    def _chords(self) -> list[Chord]:
        """Four-bar phrases in the order A A B A, the last two bars a cadence, then the tonic."""
        phrases = [self.brief.progressions[int(index)] for index in self.rng.permutation(len(self.brief.progressions))]
        form = (0, 0, 1, 0, 2, 0, 1, 0)
        degrees = [phrases[form[bar // 4 % 8] % len(phrases)][bar % 4] for bar in range(self.bars)]
        if self.bars >= 1:
            degrees[0] = 1 if self.bars > 2 else degrees[0]
            degrees[-2:] = self.brief.cadence[-min(self.bars, 2) :]
        made = [
            chord(
                self.tonic,
                self.brief.mode,
                degree,
                int(self.rng.choice((1, 6))) if self.rng.random() < self.brief.dissonance else None,
            )
            for degree in degrees
        ]
        return [*made, chord(self.tonic, self.brief.mode, 1)]

    def _arc(self, bar: int) -> float:
        """How full the texture is, 0.45 ... 1: grows, peaks at two thirds, thins before the end."""
        place = (bar + 0.5) / max(self.bars, 1)
        return float(np.interp(place, (0.0, 0.15, 0.65, 0.9, 1.0), (0.45, 0.7, 1.0, 0.85, 0.7)))

    def _bar(self, number: int, harmony: Chord, voices: tuple[int, ...]) -> None:
        start, full = number * self.bar, self._arc(number)
        long = self.bars >= 6
        for index, pitch in enumerate(voices):
            self.add(self.brief.pad, pitch, start, self.bar * 1.02, 0.34 * full, pan=(-0.5, 0.1, 0.5, 0.0)[index])
        self.add(self.brief.bass, harmony.root, start, self.bar * 0.98, 0.5 * full)
        if not long or number >= 1:
            self._figure(start, harmony, voices, full)
        if self.brief.percussion and (not long or number >= 2):
            self._percussion(number, start, full)
        if self.brief.lead and (not long or number >= 2 or self.brief.density > 0.8):
            self._melody(number, start, harmony)

    def _figure(self, start: float, harmony: Chord, voices: tuple[int, ...], full: float) -> None:
        """The accompaniment of one bar, in the brief's pattern."""
        if not self.brief.figure:
            return
        beat = self.beat
        for step, length, pitch, level in self._pattern(harmony, voices, full):
            self.add(self.brief.figure, pitch, start + step * beat, length * beat, level * full, pan=0.22)

    def _pattern(self, harmony: Chord, voices: tuple[int, ...], full: float) -> list[tuple[float, float, int, float]]:
        """(beat, length in beats, pitch, level) of a bar's accompaniment."""
        upper = [pitch + 12 for pitch in voices]
        low = harmony.root + 12
        match self.brief.pattern:
            case "arpeggio":
                order = (low, voices[0], voices[1], voices[2], upper[0], voices[2], voices[1], voices[0])
                played = [step in {0, 4} or bool(self.rng.random() < 0.55 + 0.4 * full) for step in range(8)]
                return [(step / 2, 1.6, order[step], 0.5 if step % 4 == 0 else 0.36) for step in range(8) if played[step]]
            case "strum":
                strokes = ((0, 0.35), (1.0, 0.24), (1.5, 0.18), (2.0, 0.31), (3.0, 0.24), (3.5, 0.2))
                strings = tuple(enumerate((*voices, upper[0])))
                return [(step + 0.025 * string, 0.9, pitch, level) for step, level in strokes for string, pitch in strings]
            case "oompah":
                bass = [(0.0, 0.4, low, 0.6), (2.0, 0.4, low, 0.5)]
                return bass + [(step, 0.4, pitch, 0.36) for step in (1.0, 3.0) for pitch in voices]
            case "sparse":
                steps: list[int] = sorted(self.rng.choice(4, size=int(self.rng.integers(1, 3)), replace=False).tolist())
                return [(float(step), 4.0, int(self.rng.choice(upper)), 0.36) for step in steps]
            case "march":
                beats = ((0, 0.6), (1.5, 0.35), (2, 0.5), (2.75, 0.3), (3, 0.42), (3.5, 0.38))
                return [(step, 0.4, pitch, level) for step, level in beats for pitch in (low, voices[0])]
            case _:
                fifth = next((voice for voice in voices if (voice - low) % 12 in {6, 7, 8}), low)
                line = (low, low, fifth, low, low + 12, low, fifth, low)
                return [(step / 2, 0.38, line[step], 0.55 if step % 4 == 0 else 0.34) for step in range(8)]

    def _percussion(self, number: int, start: float, full: float) -> None:
        beat = self.beat
        hits = {
            "drums": (
                (0, "taiko", 0.7),
                (1.5, "taiko", 0.4),
                (2, "taiko", 0.6),
                (3, "taiko", 0.42),
                (3.5, "taiko", 0.36),
                (2, "snare", 0.2),
            ),
            "light": (
                (0, "shaker", 0.3),
                (1, "shaker", 0.5),
                (2, "shaker", 0.3),
                (3, "shaker", 0.5),
                (0, "kick", 0.3),
                (2, "kick", 0.24),
            ),
            "low": ((0, "taiko", 0.5), (0.5, "taiko", 0.3)) if number % 2 == 0 else ((0, "taiko", 0.4),),
        }[self.brief.percussion]
        for step, name, level in hits:
            self.add(name, self.tonic, start + step * beat, beat, level * full, pan=0.1 if name == "shaker" else 0.0)

    def _motif(self) -> list[tuple[float, float, int]]:
        """A two-bar idea: (beat, length in beats, scale steps from its first note)."""
        rhythm = (
            ((0, 1.5), (1.5, 0.5), (2, 2), (4, 1), (5, 1), (6, 2)),
            ((0, 2), (2, 1), (3, 1), (4, 3)),
            ((0, 1), (1, 1), (2, 1.5), (4, 2), (6, 1.5)),
            ((1, 1), (2, 2), (4, 1), (5, 2.5)),
        )
        chosen = rhythm[int(self.rng.integers(len(rhythm)))]
        height, shape = 0, list[tuple[float, float, int]]()
        for at, length in chosen:
            shape.append((float(at), float(length), height))
            height = int(np.clip(height + self.rng.choice((-2, -1, -1, 1, 1, 2, 3)), -4, 5))
        return shape

    def _melody(self, number: int, start: float, harmony: Chord) -> None:
        """The motif over each pair of bars, moved to the chord; strong beats on its notes. It rests as the density says."""
        pair, second = divmod(number, 2)
        alone = not (self.brief.pad or self.brief.figure)
        rests = (pair * 0.618034 + 0.1) % 1.0 >= self.brief.density or (number >= self.bars - 1 and self.bars > 2)
        if rests and not alone:
            return
        low, high = _RANGES.get(self.brief.lead, (60, 84))
        scale = scale_pitches(self.tonic, self.brief.mode, low, high)
        tones = [pitch for pitch in scale if pitch % 12 in harmony.classes] or scale
        centre = tones[len(tones) // 2] if pair % 2 == 0 else tones[min(len(tones) // 2 + 1, len(tones) - 1)]
        home = scale.index(min(scale, key=lambda pitch: abs(pitch - centre)))
        inverted = -1 if pair % 4 == 3 else 1
        for at, length, height in self.motif:
            if int(at) // _BEATS_PER_BAR != second:
                continue
            beat = at - second * _BEATS_PER_BAR
            pitch = scale[int(np.clip(home + inverted * height, 0, len(scale) - 1))]
            if beat in {0.0, 2.0}:
                pitch = min(tones, key=lambda tone: abs(tone - pitch))
            self.add(self.brief.lead, pitch, start + beat * self.beat, length * self.beat, 0.52 * self._arc(number), pan=-0.2)

    def _ending(self, final: Chord, voices: tuple[int, ...]) -> None:
        """The tonic, let ring to the end."""
        at, ring = self.final_at, self.ring
        root = self.tonic
        pads = [name for name in (self.brief.pad, self.brief.figure) if name] or [self.brief.lead]
        level = 0.36 if self.brief.pad or self.brief.figure else 0.16
        for name in pads:
            for index, pitch in enumerate(voices):
                held = ring * (0.62 if name in {"strings", "choir", "organ"} else 1.0)
                self.add(
                    name,
                    pitch,
                    at + (min(0.03, ring / 8) * index if name in {"piano", "harp", "guitar"} else 0.0),
                    held,
                    level,
                    pan=(-0.4, 0.1, 0.4)[index],
                )
        self.add(self.brief.bass or pads[0], root, at, ring * 0.62, level + 0.12)
        if self.brief.lead:
            low, high = _RANGES.get(self.brief.lead, (60, 84))
            homes = [pitch for pitch in range(low, high) if pitch % 12 == root % 12]
            self.add(self.brief.lead, homes[len(homes) // 2], at, ring * 0.6, 0.4, pan=-0.2)
        if self.brief.percussion in {"drums", "low"}:
            self.add("taiko", self.tonic, at, ring, 0.6)


_RANGES = {
    "cello": (45, 65),
    "brass": (53, 72),
    "clarinet": (55, 79),
    "violin": (62, 86),
    "flute": (67, 88),
    "celesta": (72, 91),
    "piano": (60, 81),
    "guitar": (55, 76),
    "harp": (60, 84),
    "pizzicato": (60, 79),
    "pulse": (48, 67),
}
"""Where each instrument sings."""


def compose(brief: Brief, seconds: float, rng: np.random.Generator) -> Piece:
    """A piece of exactly `seconds`, its last chord included; too short for a bar, it is that chord alone."""
    return _Writer(brief, seconds, rng).write()
