"""Time: whole frames at a `Fraction` rate, whole samples at 48 kHz.

A cut point is always computed from the start of the film. Lengths that were rounded
one by one are never added, so joins cannot drift.
"""

from __future__ import annotations

import re
from fractions import Fraction
from math import ceil, floor

SAMPLE_RATE_HZ = 48_000

RATES: dict[str, Fraction] = {
    "23.976": Fraction(24000, 1001),
    "24": Fraction(24),
    "25": Fraction(25),
    "29.97": Fraction(30000, 1001),
    "30": Fraction(30),
    "50": Fraction(50),
    "59.94": Fraction(60000, 1001),
    "60": Fraction(60),
}
"""The frame rates that a film may have, by their everyday name."""


def parse_rate(text: str | int | float) -> Fraction:
    """The `Fraction` for "24", "24000/1001", "23.976" or 24.

    Raises ValueError for anything that is not one of `RATES`.
    """
    written = str(text).strip()
    if written.endswith(".0"):
        written = written[:-2]
    if written in RATES:
        return RATES[written]
    if re.fullmatch(r"\d{1,6}/\d{1,6}", written) and not written.endswith("/0"):
        rate = Fraction(written)
        if rate in RATES.values():
            return rate
    raise ValueError(f"{text!r} is not a frame rate that Cinema renders; use one of {', '.join(RATES)}")


def seconds_at(frame: int, rate: Fraction) -> Fraction:
    """The exact time in seconds at which `frame` begins."""
    return Fraction(frame) / rate


def frame_at(seconds: Fraction | float, rate: Fraction) -> int:
    """The frame that begins nearest to `seconds` (half rounds up)."""
    return floor(Fraction(seconds) * rate + Fraction(1, 2))


def frames_covering(seconds: Fraction | float, rate: Fraction) -> int:
    """The fewest whole frames that last at least `seconds`."""
    return ceil(Fraction(seconds) * rate)


def sample_at(frame: int, rate: Fraction, sample_rate_hz: int = SAMPLE_RATE_HZ) -> int:
    """The sample (counted from the start of the film) at which `frame` begins, rounded half up."""
    return floor(Fraction(frame * sample_rate_hz) / rate + Fraction(1, 2))


def frames_covering_samples(samples: int, rate: Fraction, sample_rate_hz: int = SAMPLE_RATE_HZ) -> int:
    """The fewest whole frames that last at least `samples`."""
    return frames_covering(Fraction(samples, sample_rate_hz), rate)


def key_interval_frames(rate: Fraction) -> int:
    """Distance of key frames in every clip: half a second, rounded half up (24 fps: 12)."""
    return int(rate / 2 + Fraction(1, 2))


def timecode(frame: int, rate: Fraction) -> str:
    """Non-drop SMPTE timecode "HH:MM:SS:FF" at the nominal (rounded up) rate."""
    nominal = ceil(rate)
    seconds, frames = divmod(frame, nominal)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}:{frames:02d}"


def clock(seconds: Fraction | float, mark: str = ".") -> str:
    """ "HH:MM:SS.mmm", as captions want it; `mark` stands before the milliseconds."""
    milliseconds = floor(Fraction(seconds) * 1000 + Fraction(1, 2))
    whole, milliseconds = divmod(milliseconds, 1000)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours:02d}:{minute:02d}:{second:02d}{mark}{milliseconds:03d}"
