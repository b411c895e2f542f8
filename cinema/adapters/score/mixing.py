"""Notes into stereo sound, in sections, so that an hour of music takes no more memory than twenty seconds."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cinema.adapters import dsp
from cinema.adapters.dsp import Wave
from cinema.adapters.score.compose import Note, Piece
from cinema.adapters.score.instruments import note
from cinema.adapters.score.moods import Brief
from cinema.events import Watch
from cinema.timebase import SAMPLE_RATE_HZ

SECTION = 20 * SAMPLE_RATE_HZ
"""Samples rendered at once; what rings over goes into the next. A whole number of 400 ms loudness blocks."""
_WET = 0.36
_SCOOP_TAPS = 1024


def sections(piece: Piece, brief: Brief, samples: int, watch: Watch) -> Iterator[Wave]:
    """The piece in stereo parts that together are exactly `samples` long; the first begins and the last ends at zero."""
    response = _space(brief)
    bright = round(brief.brightness * 10)
    total = -(-samples // SECTION)
    dry_over: Wave = np.zeros((2, 0), np.float32)
    wet_over: Wave = np.zeros((2, 0), np.float32)
    waiting = list(piece.notes)
    watch.step(0, total)
    for number in range(total):
        start = number * SECTION
        size = min(SECTION, samples - start)
        here = [item for item in waiting if item.start * SAMPLE_RATE_HZ < start + size]
        del waiting[: len(here)]
        dry = _played(here, start, size, bright, dry_over)
        dry_over = dry[:, size:]
        wet = dsp.convolve(dry[:, :size], response)
        _add(wet, wet_over)
        part, wet_over = wet[:, :size], wet[:, size:]
        yield _edges(part, start, samples, (samples - round(piece.final_at * SAMPLE_RATE_HZ)))
        watch.step(number + 1, total)


def _played(notes: list[Note], start: int, size: int, bright: int, over: Wave) -> Wave:
    """The notes of a section, dry, longer than `size` by what rings over; `over` is what rang into it."""
    made = [
        (round(item.start * SAMPLE_RATE_HZ) - start, item, note(item.instrument, item.pitch, _hundredths(item), bright))
        for item in notes
    ]
    longest = max((at + wave.size for at, _, wave in made), default=size)
    out = np.zeros((2, max(size, longest, over.shape[-1])), np.float32)
    _add(out, over)
    for at, item, wave in made:
        angle = (item.pan + 1.0) * np.pi / 4
        for channel, share in enumerate((np.cos(angle), np.sin(angle))):
            out[channel, at : at + wave.size] += wave * np.float32(share * item.level)
    return out


def _hundredths(item: Note) -> int:
    return max(5, round(item.length * 100))


def _add(out: Wave, over: Wave) -> None:
    """Add what rang over to the start of `out`, which is long enough by construction or cut at the piece's end."""
    size = min(over.shape[-1], out.shape[-1])
    out[:, :size] += over[:, :size]


def _space(brief: Brief) -> Wave:
    """Hall and equaliser in one response: the dry sound with a dip around 2.2 kHz, where words live, and a decaying hall."""
    rng = dsp.rng_for("hall", brief.room_seconds)
    hall = dsp.room(brief.room_seconds, rng, bright_hz=5200, predelay=0.018) * np.float32(_WET)
    hall = dsp.filtered(hall, dsp.high_pass(140, 2))
    f = np.fft.rfftfreq(_SCOOP_TAPS, 1.0 / SAMPLE_RATE_HZ)
    scoop = dsp.both(dsp.peak(2200, -3.5, 0.9), dsp.high_pass(32, 2))(f)
    taps = np.roll(np.fft.irfft(scoop), _SCOOP_TAPS // 2) * np.hanning(_SCOOP_TAPS)
    hall[:, :_SCOOP_TAPS] += taps.astype(np.float32)
    return hall


def _edges(part: Wave, start: int, samples: int, ring: int) -> Wave:
    """Silence at both ends: 15 ms in, and out along the second half of the last chord."""
    fall = max(2, ring // 2)
    size = part.shape[-1]
    place = np.arange(start, start + size, dtype=np.float64)
    if start == 0 or start + size > samples - fall:
        rise = np.clip(place / min(720, max(2, samples // 4)), 0.0, 1.0)
        left = np.clip((samples - 1 - place) / fall, 0.0, 1.0)
        part = part * (rise * np.sin(left * np.pi / 2) ** 2).astype(np.float32)
    return part
