"""Quality control finds each fault that was planted, and nothing in a good film."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import finishing
import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from cinema.catalog import Delivery
from cinema.cut.quality import (
    Check,
    black_frames,
    caption_layout,
    caption_speed,
    caption_sync,
    check,
    drift,
    frozen_frames,
    loudness,
    silent_lines,
    true_peak,
    worst,
    wrong_length,
)
from cinema.cut.quality_film import Sample, Tracks, look_through, quiet_lines, track_lengths
from cinema.cut.result import CutResult
from cinema.cut.timeline import Caption, Timeline
from cinema.errors import InputError, OutOfDiskError
from cinema.media import ClipWriter
from cinema.plan.model import Plan, Transition

WEB = Delivery(name="web", title="Web video", loudness_lufs=-14.0, true_peak_dbtp=-1.0)


def cut_result(folder: Path, **changes: object) -> CutResult:
    facts = CutResult(
        film=folder / "film.mp4",
        captions=(),
        stems=(),
        frames=84,
        samples=168_000,
        loudness_lufs=-14.1,
        true_peak_dbtp=-1.4,
        gain_db=0.0,
        limited_db=0.0,
        size_bytes=1,
        copied_frames=84,
    )
    return replace(facts, **changes)  # type: ignore[arg-type]


def write_film(path: Path, frames: Iterable[int], shape: tuple[int, int] = (64, 96)) -> None:
    """A film whose frames show a bar at the place that each number gives; a negative number is black."""
    with ClipWriter(path, fps=Fraction(24), width_px=shape[1], height_px=shape[0]) as writer:
        for place in frames:
            frame = np.zeros((*shape, 3), np.uint8)
            if place >= 0:
                frame[:] = 90
                frame[:, place % shape[1] : place % shape[1] + 12] = 220
            writer.write(frame)


def tone(path: Path, spans: Iterable[tuple[int, int]], length: int) -> None:
    sound = np.zeros((length, 2), np.float32)
    for start, stop in spans:
        sound[start:stop] = 0.2 * np.sin(np.arange(stop - start) / 20)[:, None]
    soundfile.write(path, sound, 48_000, subtype="PCM_16")


def caption(start: int, end: int, text: str = "Eleven years.", line: str = "L1") -> Caption:
    return Caption(start_frame=start, end_frame=end, text=text, line=line, speaker="MARA")


def found(checks: Iterable[Check]) -> dict[str, list[Check]]:
    by_name: dict[str, list[Check]] = {}
    for item in checks:
        by_name.setdefault(item.name, []).append(item)
    return by_name


@pytest.fixture
def film(tmp_path: Path) -> tuple[Plan, Timeline]:
    return finishing.film(tmp_path, ["push_in", "push_in"])


@pytest.mark.slow
def test_a_good_film_passes_every_check_and_each_says_so(tmp_path: Path, film: tuple[Plan, Timeline]) -> None:
    plan, timeline = film
    write_film(tmp_path / "film.mp4", range(120))
    tone(
        tmp_path / "dialogue.wav",
        [(clip.start_sample, clip.start_sample + clip.length_samples) for clip in timeline.sound],
        240_000,
    )
    checks = check(plan, timeline, cut_result(tmp_path, frames=120, stems=(tmp_path / "dialogue.wav",)), WEB)
    assert worst(checks) == "ok"
    assert len(checks) == 11
    assert len({item.name for item in checks}) == 11


@pytest.mark.slow
def test_every_planted_fault_is_found_where_it_lies(tmp_path: Path, film: tuple[Plan, Timeline]) -> None:
    plan, timeline = film
    timeline = replace(
        timeline, missing=("sound:s2",), captions=(*timeline.captions, caption(119, 130, "Too late, and far too much to read."))
    )
    write_film(tmp_path / "film.mp4", [*[-1] * 30, *range(30), *[7] * 59])
    tone(tmp_path / "dialogue.wav", [(timeline.sound[0].start_sample, timeline.sound[0].start_sample + 9000)], 240_000)
    broken = cut_result(tmp_path, frames=119, loudness_lufs=-19.0, true_peak_dbtp=0.4, stems=(tmp_path / "dialogue.wav",))
    checks = found(check(plan, timeline, broken, WEB))
    assert {item.where for item in checks["missing parts"]} == {"sound:s2"}
    assert len(checks["length"]) == 2
    assert [item.where for item in checks["black frames"]] == ["shot 1-1, 00:00:00:00"]
    assert [(item.where, item.value) for item in checks["frozen frames"]] == [("shot 1-2, 00:00:02:12", 2.0)]
    assert [item.where for item in checks["spoken lines"]] == ["line:L2"]
    assert checks["loudness"][0].level == "fail"
    assert "clips" in checks["true peak"][0].message
    assert checks["caption speed"][0].level == "warning"
    assert checks["caption layout"][0].level == "warning"


@pytest.mark.slow
def test_a_shot_that_stands_still_is_told_only_where_motion_was_asked(tmp_path: Path) -> None:
    plan, timeline = finishing.film(tmp_path, ["push_in"])
    long = replace(timeline.picture[0], length_frames=120)
    timeline = replace(timeline, picture=(long,), length_frames=120)
    write_film(tmp_path / "film.mp4", [5] * 120)
    samples = tuple(look_through(tmp_path / "film.mp4", timeline))
    (finding,) = frozen_frames(plan, timeline, samples)
    assert finding.where == "shot 1-1, 00:00:00:00"
    assert finding.value is not None
    assert finding.value >= 2
    quiet = replace(plan, shots=(replace(plan.shots[0], camera="static", lines=()),))
    assert list(frozen_frames(quiet, timeline, samples)) == []


@pytest.mark.slow
def test_the_film_is_sampled_at_every_shot_and_every_two_seconds(tmp_path: Path) -> None:
    clips = finishing.picture(tmp_path, [12, 72, 36])
    timeline = finishing.timeline(tmp_path, clips=clips)
    write_film(tmp_path / "film.mp4", range(120))
    samples = list(look_through(tmp_path / "film.mp4", timeline))
    assert [sample.frame for sample in samples] == [0, 12, 60, 84]
    assert samples[0].difference == 255
    assert all(sample.difference > 1 for sample in samples)
    assert all(sample.brightest > 100 for sample in samples)
    assert track_lengths(tmp_path / "film.mp4") == Tracks(frames=120, samples=None)


@pytest.mark.slow
def test_a_damaged_film_is_an_input_error(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_bytes(b"not a film" * 100)
    with pytest.raises(InputError, match=r"film\.mp4"):
        track_lengths(tmp_path / "film.mp4")


def test_black_is_no_fault_inside_a_fade_or_where_the_shot_is_missing(tmp_path: Path) -> None:
    ways = [Transition(kind="fade", frames=24)]
    clips = finishing.picture(tmp_path, [48, 48, 48], ways, fade_outs=[0, 24, 0])
    timeline = finishing.timeline(tmp_path, clips=clips)

    def black(*frames: int) -> list[str]:
        samples = tuple(Sample(frame=frame, brightest=16.0, difference=9.0) for frame in frames)
        return [item.where.split(",")[0] for item in black_frames(timeline, samples)]

    assert black(0, 23, 72, 95) == []
    assert black(24, 30) == ["shot 1-1"]
    assert black(71, 96, 120) == ["shot 1-2", "shot 1-3"]
    timeline = replace(timeline, picture=(*clips[:2], replace(clips[2], takes=())))
    assert black(96) == []


def test_lengths_are_compared_with_the_plan(tmp_path: Path) -> None:
    timeline = finishing.timeline(tmp_path)
    assert list(wrong_length(timeline, cut_result(tmp_path), Tracks(frames=84, samples=None))) == []
    (finding,) = wrong_length(timeline, cut_result(tmp_path), Tracks(frames=83, samples=None))
    assert (finding.value, finding.limit, finding.level) == (83, 84, "fail")


@pytest.mark.parametrize(
    ("samples", "level"),
    [(168_000, None), (169_024, None), (171_500, "warning"), (164_000, "warning"), (180_000, "fail"), (None, None)],
)
def test_sound_may_end_a_block_and_a_frame_from_the_picture(tmp_path: Path, samples: int | None, level: str | None) -> None:
    findings = list(drift(finishing.timeline(tmp_path), Tracks(frames=84, samples=samples)))
    assert [item.level for item in findings] == ([level] if level else [])


@pytest.mark.parametrize(("value", "level"), [(-14.4, None), (-14.6, "warning"), (-11.0, "fail"), (None, "notice")])
def test_loudness_is_held_against_the_delivery(tmp_path: Path, value: float | None, level: str | None) -> None:
    assert [item.level for item in loudness(cut_result(tmp_path, loudness_lufs=value), WEB)] == ([level] if level else [])


@pytest.mark.parametrize(("value", "level"), [(-1.0, None), (-0.9, "warning"), (0.1, "fail"), (None, None)])
def test_true_peak_is_held_under_its_ceiling(tmp_path: Path, value: float | None, level: str | None) -> None:
    assert [item.level for item in true_peak(cut_result(tmp_path, true_peak_dbtp=value), WEB)] == ([level] if level else [])


def test_silence_is_looked_for_in_the_stem_where_a_line_should_be(tmp_path: Path) -> None:
    clips = (
        finishing.sound(tmp_path, "line:A", "dialogue", 0, 4800),
        finishing.sound(tmp_path, "line:B", "dialogue", 9600, 4800),
    )
    timeline = finishing.timeline(tmp_path, sounds=clips)
    tone(tmp_path / "d.wav", [(0, 4800)], 12_000)
    assert [item.where for item in silent_lines(timeline, tmp_path / "d.wav")] == ["line:B"]
    assert list(silent_lines(timeline, None)) == []
    beyond = finishing.sound(tmp_path, "line:C", "dialogue", 50_000, 4800)
    assert [clip.slot for clip, _ in quiet_lines(tmp_path / "d.wav", [beyond], -60)] == ["line:C"]
    with pytest.raises(OutOfDiskError, match=r"gone\.wav"):
        list(quiet_lines(tmp_path / "gone.wav", clips, -60))


def test_captions_begin_with_their_line(tmp_path: Path) -> None:
    sounds = (finishing.sound(tmp_path, "line:L1", "dialogue", 48_000, 24_000),)
    plan, _ = finishing.film(tmp_path, ["static"])
    laughing = replace(plan.shots[0].lines[0], nonverbal="laugh", length_frames=24)
    merry = replace(plan, shots=(replace(plan.shots[0], lines=(laughing,)),))

    def apart(start: int, of: Plan = plan) -> list[float | None]:
        cards = (caption(start, start + 20), caption(start + 30, start + 50))
        film = finishing.timeline(tmp_path, sounds=sounds, captions=cards)
        return [item.value for item in caption_sync(of, film)]

    assert apart(24) == apart(21) == apart(27) == []
    assert apart(20) == [-4]
    assert apart(28) == [4]
    assert apart(48, merry) == []
    assert apart(49, merry) == [25]
    assert apart(20, merry) == [-4]


def test_caption_speed_has_two_steps(tmp_path: Path) -> None:
    cards = (caption(0, 24, "x" * 20), caption(26, 50, "x" * 21), caption(52, 76, "x" * 27), caption(80, 80, "x"))
    findings = list(caption_speed(finishing.timeline(tmp_path, captions=cards)))
    assert [item.level for item in findings] == ["notice", "warning", "notice"]


def test_caption_layout_finds_overlaps_and_what_is_too_much(tmp_path: Path) -> None:
    clips = finishing.picture(tmp_path, [400])
    cards = (
        caption(0, 30),
        caption(29, 60),
        caption(61, 90),
        caption(100, 105),
        caption(110, 300),
        caption(310, 340, "x" * 43),
    )
    cards += (caption(350, 380, "a\nb\nc"), caption(390, 410))
    findings = list(caption_layout(finishing.timeline(tmp_path, clips=clips, captions=cards)))
    assert [(item.level, item.unit) for item in findings] == [
        ("warning", "frames"),
        ("notice", "frames"),
        ("notice", "s"),
        ("notice", "s"),
        ("notice", "characters"),
        ("warning", "lines"),
        ("warning", "s"),
    ]


@given(st.lists(st.sampled_from(["ok", "notice", "warning", "fail"])))
def test_the_worst_is_one_of_them_and_none_is_graver(levels: list[str]) -> None:
    checks = [Check(name="x", level=level, message="") for level in levels]  # type: ignore[arg-type]
    gravest = worst(checks)
    assert gravest in (levels or ["ok"])
    order = ["ok", "notice", "warning", "fail"]
    assert all(order.index(level) <= order.index(gravest) for level in levels)
