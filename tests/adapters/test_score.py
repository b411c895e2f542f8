"""What a listener would hear in the score, asserted by measurement and on the written notes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from cinema.adapters import dsp
from cinema.adapters.contract import Device, Job, LoadPlan
from cinema.adapters.registry import create
from cinema.adapters.score import Score, harmony, instruments, mixing, moods
from cinema.adapters.score.compose import Piece, compose
from cinema.catalog import Catalog
from cinema.errors import Cancelled, InputError, OutOfDiskError
from cinema.events import LocalWatch
from cinema.plan.task import MusicRequest, SoundRequest


def write(folder: Path, mood: str, prompt: str = "", *, samples: int = 12 * 48_000, seed: int = 1) -> np.ndarray:
    request = MusicRequest(mood=mood, prompt=prompt, length_samples=samples)
    folder.mkdir(exist_ok=True)
    product = Score().run(Job(request=request, seed=seed), folder, LocalWatch())
    wave, rate = soundfile.read(folder / "music.wav", dtype="float32", always_2d=True)
    assert rate == 48_000
    assert product.files[0].facts.samples == samples == wave.shape[0]
    assert [path.name for path in folder.iterdir()] == ["music.wav"]
    return wave.T


def piece_of(mood: str, seconds: float, seed: int = 1) -> Piece:
    return compose(moods.brief_for(mood, ""), seconds, dsp.rng_for(seed))


def test_files_and_repeatability(tmp_path: Path) -> None:
    adapter = create("score")
    adapter.load(LoadPlan(manifest=Catalog().manifest("score")), Device())
    job = Job(request=MusicRequest(mood="sad", length_samples=100_000), seed=4)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    product = adapter.run(job, tmp_path / "a", LocalWatch())
    adapter.unload()
    adapter.run(job, tmp_path / "b", LocalWatch())
    assert (tmp_path / "a/music.wav").read_bytes() == (tmp_path / "b/music.wav").read_bytes()
    assert [file.name for file in product.files] == ["music.wav"]
    other = write(tmp_path / "c", "sad", samples=100_000, seed=5)
    assert not np.array_equal(other, soundfile.read(tmp_path / "a/music.wav", dtype="float32")[0].T)


@pytest.mark.slow
@pytest.mark.parametrize("mood", list(moods.MOODS))
def test_each_mood_is_clean_and_at_its_loudness(mood: str, tmp_path: Path) -> None:
    wave = write(tmp_path / "m", mood)
    assert abs(dsp.loudness(wave) - moods.MOODS[mood].loudness_lufs) < 0.5
    assert dsp.decibel(float(np.abs(wave).max())) <= -0.99
    assert np.abs(wave.mean(axis=1)).max() < 1e-3
    assert not wave[:, 0].any()
    assert not wave[:, -1].any()
    assert dsp.rms(wave[:, -2400:]) < 0.05 * dsp.rms(wave)


@pytest.mark.slow
@pytest.mark.parametrize("mood", ["calm", "heroic", "uneasy", "dark"])
def test_the_last_chord_is_the_tonic(mood: str, tmp_path: Path) -> None:
    wave = write(tmp_path / "m", mood, samples=20 * 48_000)
    brief = moods.brief_for(mood, "")
    piece = compose(brief, 20.0, dsp.rng_for("score", 1, mood))
    start = round(piece.final_at * 48_000)
    ringing = wave[:, start + 14_400 :].sum(axis=0)
    power = np.abs(np.fft.rfft(ringing * np.hanning(ringing.size))) ** 2
    hz = np.fft.rfftfreq(wave.shape[1] - start - 14_400, 1 / 48_000)
    classes = np.zeros(12)
    keep = (hz > 55) & (hz < 1000)
    np.add.at(classes, np.round(69 + 12 * np.log2(hz[keep] / 440)).astype(int) % 12, power[keep])
    third = 3 if mood in {"uneasy", "dark"} else 4
    triad = {piece.tonic % 12, (piece.tonic + third) % 12, (piece.tonic + 7) % 12}
    assert sum(classes[list(triad)]) > 0.85 * classes.sum()
    assert int(np.argmax(classes)) in triad


@given(st.sampled_from(sorted(moods.MOODS)), st.floats(0.02, 400.0), st.integers(0, 50))
@settings(max_examples=60, deadline=None)
def test_every_piece_fits_its_length_and_comes_home(mood: str, seconds: float, seed: int) -> None:
    piece = piece_of(mood, seconds, seed)
    assert piece.chords[-1].degree == 1
    assert 0.0 <= piece.final_at < seconds
    assert all(-0.01 <= note.start < seconds and 20 <= note.pitch <= 108 and note.level > 0 for note in piece.notes)
    last = [note for note in piece.notes if note.start >= piece.final_at - 1e-6]
    assert min(note.pitch for note in last if note.instrument != "taiko") % 12 == piece.tonic % 12
    if piece.final_at:
        bars = piece.final_at / piece.bar_seconds
        assert abs(bars - round(bars)) < 1e-6
        assert len(piece.chords) == round(bars) + 1


def test_cadences_lead_home_and_voices_move_little() -> None:
    piece = piece_of("sad", 60)
    assert [chord.degree for chord in piece.chords[-3:]] == [4, 5, 1]
    leading = harmony.chord(40, "minor", 5)
    assert (40 + 11) % 12 in leading.classes
    first = (52, 59, 64)
    moved = harmony.led(first, harmony.chord(40, "minor", 6), 50, 69)
    assert sum(abs(a - b) for a, b in zip(first, moved, strict=True)) <= 6
    assert {pitch % 12 for pitch in moved} <= set(harmony.chord(40, "minor", 6).classes)


def test_the_motif_returns() -> None:
    piece = piece_of("romantic", 80)
    starts = sorted(note.start for note in piece.notes if note.instrument == "violin" and note.start < piece.final_at)
    pairs: dict[int, list[float]] = {}
    for start in starts:
        pairs.setdefault(int(start / piece.bar_seconds / 2 + 1e-9), []).append(round(start / piece.bar_seconds % 2, 3))
    whole = [tuple(rhythm) for rhythm in pairs.values()]
    assert len(whole) >= 4
    assert max(whole.count(rhythm) for rhythm in whole) >= 3


def test_moods_differ_in_tempo_mode_and_forces() -> None:
    assert piece_of("joyful", 60).bar_seconds < 0.7 * piece_of("sad", 60).bar_seconds
    assert piece_of("sad", 60).notes != piece_of("sad", 60, seed=2).notes
    assert moods.MOODS["joyful"].mode == "major"
    assert moods.MOODS["sad"].mode == "minor"
    assert len(piece_of("epic", 30).notes) > len(piece_of("uneasy", 30).notes)


@pytest.mark.parametrize(
    ("word", "mood"),
    [
        ("melancholy", "sad"),
        ("eerie", "uneasy"),
        ("A tender waltz", "warm"),
        ("chase!", "tense"),
        ("xyzzy", "neutral"),
        ("", "neutral"),
    ],
)
def test_mood_words_are_understood(word: str, mood: str) -> None:
    assert moods.brief_for(word, "") == moods.MOODS[mood]


def test_prompt_words_are_obeyed() -> None:
    def forces(mood: str, prompt: str) -> set[str]:
        return {note.instrument for note in compose(moods.brief_for(mood, prompt), 40, dsp.rng_for(1)).notes}

    assert forces("sad", "solo violin") == {"violin"}
    assert forces("sad", "solo piano") == {"piano"}
    assert "strings" in forces("uneasy", "slow strings")
    assert "taiko" in forces("calm", "drums")
    assert "taiko" not in forces("epic", "no drums")
    assert forces("calm", "piano") <= {"piano", "bass"}
    assert "celesta" in forces("calm", "a music box")
    assert "flute" not in forces("calm", "without melody")
    slow, fast = (moods.brief_for("calm", word).beats_per_minute for word in ("slow", "fast"))
    assert slow < moods.MOODS["calm"].beats_per_minute < fast
    assert moods.brief_for("joyful", "in a minor key").mode == "minor"
    assert moods.brief_for("sad", "a major key").mode == "major"


@pytest.mark.parametrize("samples", [1, 2, 37, 480, 24_000, 70_001])
def test_short_pieces_are_exact_and_sound_at_once(samples: int, tmp_path: Path) -> None:
    wave = write(tmp_path / "m", "calm", samples=samples)
    assert np.isfinite(wave).all()
    assert np.abs(wave).max() <= 0.9
    if samples >= 24_000:
        assert dsp.rms(wave[:, : samples // 4]) > 0.2 * dsp.rms(wave)


@pytest.mark.slow
def test_sections_join_without_a_seam() -> None:
    """The same notes, rendered with the border in another place, give the same sound."""
    brief = moods.brief_for("calm", "")
    piece = compose(brief, 45.0, dsp.rng_for(1))
    whole = np.concatenate(list(mixing.sections(piece, brief, 45 * 48_000, LocalWatch())), axis=1)
    later = replace(
        piece, notes=tuple(replace(note, start=note.start + 4.0) for note in piece.notes), final_at=piece.final_at + 4.0
    )
    moved = np.concatenate(list(mixing.sections(later, brief, 49 * 48_000, LocalWatch())), axis=1)[:, 4 * 48_000 :]
    middle = slice(48_000, 38 * 48_000)
    assert np.abs(whole[:, middle] - moved[:, middle]).max() < 1e-4


@pytest.mark.parametrize("name", sorted(instruments._INSTRUMENTS))
def test_every_instrument_plays_its_pitch_without_clicks(name: str) -> None:
    wave = instruments.note(name, 57, 60, 10)
    assert wave[0] == wave[-1] == 0.0
    assert 0.01 < float(np.abs(wave).max()) < 4.0
    if name not in {"taiko", "kick", "snare", "shaker"}:
        power = np.abs(np.fft.rfft(wave * np.hanning(wave.size), 1 << 18))
        hz = np.fft.rfftfreq(1 << 18, 1 / 48_000)
        near = power[np.abs(hz - 220) < 6].max()
        between = power[(hz > 300) & (hz < 360)].max()
        assert near > 8 * between


def test_bad_requests_cancel_and_full_disks(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="-5"):
        Score().run(Job(request=MusicRequest(mood="calm", length_samples=-5), seed=1), tmp_path, LocalWatch())
    with pytest.raises(InputError, match="sound"):
        Score().run(Job(request=SoundRequest(prompt="x", length_samples=1), seed=1), tmp_path, LocalWatch())
    job = Job(request=MusicRequest(mood="calm", length_samples=48_000), seed=1)
    with pytest.raises(Cancelled):
        Score().run(job, tmp_path, LocalWatch(cancelled=True))
    with pytest.raises(OutOfDiskError):
        Score().run(job, tmp_path / "missing", LocalWatch())
