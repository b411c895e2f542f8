from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinema.timebase import (
    RATES,
    clock,
    frame_at,
    frames_covering,
    frames_covering_samples,
    parse_rate,
    sample_at,
    seconds_at,
    timecode,
)

rates = st.sampled_from(list(RATES.values()))
frames = st.integers(0, 60 * 60 * 60 * 3)


@given(frames, rates)
def test_frames_to_seconds_and_back_is_the_identity(frame: int, rate: Fraction) -> None:
    assert frame_at(seconds_at(frame, rate), rate) == frame


@given(frames, rates)
def test_samples_of_a_frame_are_covered_by_that_many_frames(frame: int, rate: Fraction) -> None:
    assert abs(frames_covering_samples(sample_at(frame, rate), rate) - frame) <= 1
    assert frames_covering(seconds_at(frame, rate), rate) == frame


@given(st.lists(st.integers(1, 500), min_size=2, max_size=200), rates)
def test_boundaries_from_the_start_do_not_drift(lengths: list[int], rate: Fraction) -> None:
    total = sum(lengths)
    assert abs(sample_at(total, rate) - Fraction(total * 48000) / rate) <= Fraction(1, 2)


@pytest.mark.parametrize(
    ("written", "rate"),
    [
        ("24", Fraction(24)),
        (25, Fraction(25)),
        ("24000/1001", Fraction(24000, 1001)),
        ("23.976", Fraction(24000, 1001)),
        (30.0, Fraction(30)),
    ],
)
def test_rates_by_their_everyday_names(written: str | float, rate: Fraction) -> None:
    assert parse_rate(written) == rate


@pytest.mark.parametrize("written", ["", "0", "24/0", "1e400", "nan", "13", "-24", "24/1001", "９"])
def test_other_rates_are_refused(written: str) -> None:
    with pytest.raises(ValueError, match="frame rate"):
        parse_rate(written)


def test_timecode_and_clock() -> None:
    assert timecode(24 * 3600 + 25, Fraction(24)) == "01:00:01:01"
    assert timecode(24, Fraction(24000, 1001)) == "00:00:01:00"
    assert clock(Fraction(3723, 1) + Fraction(1, 2)) == "01:02:03.500"
    assert clock(0.9996, ",") == "00:00:01,000"
