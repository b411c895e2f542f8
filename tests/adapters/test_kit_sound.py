"""What the kit does to sound that a model made: exact lengths, loops and joins without a trace, and levels, all measured."""

from pathlib import Path
from typing import Any

import numpy as np
import playing
import pytest
import soundfile

from cinema.adapters import dsp
from cinema.adapters.contract import Device, Job, LoadPlan
from cinema.adapters.dsp import Wave
from cinema.adapters.foley import perform
from cinema.adapters.kit import levels, sound
from cinema.adapters.kit.parts import Parts
from cinema.adapters.kit.sound import Playing, SoundAdapter
from cinema.adapters.score.moods import MOODS
from cinema.catalog import Grid, Licence, Manifest
from cinema.errors import CinemaError, InputError
from cinema.events import LocalWatch
from cinema.plan.task import MusicRequest, SoundRequest, SpeechRequest, VoiceSpec
from cinema.timebase import SAMPLE_RATE_HZ

RATE_HZ = SAMPLE_RATE_HZ
SHORT = (1, 2, 3, 48, 480, 2_400)
"""1 sample to 50 ms."""


def hiss(seconds: float, seed: int = 1, channels: int = 2) -> Wave:
    return dsp.noises(channels, dsp.count(seconds), np.random.default_rng(seed), dsp.band_pass(100, 4000)) * np.float32(0.05)


def jump(wave: Wave, at: int) -> float:
    """The step from the sample before `at` to it, against the largest step within 100 ms of it."""
    around = np.concatenate([wave[:, at - 4_800 : at], wave[:, at : at + 4_800]], axis=1)
    steps = np.abs(np.diff(around, axis=1)).max(axis=0)
    own = steps[4_799]
    return float(own / np.delete(steps, 4_799).max())


def levels_db(wave: Wave, hop: int = 4_800) -> np.ndarray:
    """The RMS level of each 100 ms."""
    size = wave.shape[-1] // hop * hop
    return np.array([dsp.decibel(dsp.rms(part)) for part in np.split(wave[:, :size], size // hop, axis=1)])


# --- lengths --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("samples", [*SHORT, 47_999, 96_001])
@pytest.mark.parametrize("given", [1, 7, 30_000, 200_000])
def test_lengths_are_exact_whatever_was_made(given: int, samples: int) -> None:
    wave = hiss(given / RATE_HZ)
    assert sound.lasting(wave, samples, 0.3).shape == (2, samples)
    assert sound.looped(wave, samples).shape == (2, samples)
    assert np.isfinite(sound.looped(wave, samples)).all()


def test_an_effect_starts_and_ends_at_zero_and_is_silent_after_its_end() -> None:
    made = sound.lasting(hiss(1.0), 96_000, 0.3)
    assert not made[:, 0].any()
    assert not made[:, 48_000:].any()
    assert levels_db(made)[3] > levels_db(made)[9] > -60
    cut = sound.lasting(hiss(3.0), 96_000, 0.3)
    assert not cut[:, -1].any()
    assert levels_db(cut)[16] == pytest.approx(levels_db(cut)[5], abs=1.5)


@pytest.mark.parametrize("rate_hz", [16_000, 32_000, 44_100, 48_000])
def test_rates_become_that_of_the_film(rate_hz: int) -> None:
    tone = np.sin(np.arange(rate_hz) * 2 * np.pi * 440 / rate_hz).astype(np.float32)[None]
    made = sound.at_film_rate(tone, rate_hz)
    assert made.dtype == np.float32
    assert made.shape == (1, RATE_HZ)
    spectrum = np.abs(np.fft.rfft(made[0]))
    assert int(spectrum.argmax()) == 440
    assert dsp.rms(made) == pytest.approx(np.sqrt(0.5), rel=0.01)


def test_one_channel_becomes_two_and_more_become_two() -> None:
    mono = hiss(0.1, channels=1)
    for wave in (mono, mono[0]):
        both = sound.in_stereo(wave)
        assert both.shape == (2, 4_800)
        assert np.array_equal(both[0], both[1])
    stereo = hiss(0.1)
    assert np.array_equal(sound.in_stereo(stereo), stereo)
    assert sound.in_stereo(hiss(0.1, channels=3)).shape == (2, 4_800)


# --- loops and joins ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("made_seconds", [11.0, 10.2, 10.0, 4.0])
def test_a_loop_has_no_seam(made_seconds: float) -> None:
    """Where it joins its start, and where a sound too short was repeated, no step is larger than those around it, nor a level."""
    loop = sound.looped(hiss(made_seconds), 480_000)
    twice = np.concatenate([loop, loop], axis=1)
    assert jump(twice, 480_000) <= 1.0
    heights = levels_db(twice)
    assert heights.max() - heights.min() < 3.0
    if made_seconds < 10:
        joins = [dsp.count(made_seconds) + part * dsp.count(made_seconds - 1) for part in range(2)]
        assert max(jump(loop, at) for at in joins if at < 470_000) <= 1.0


def test_a_loop_of_a_tone_keeps_its_level_where_it_joins() -> None:
    """The tone's end and start are alike: equal power alone would be 3 dB too loud in the middle of the fade."""
    tone = np.repeat(dsp.tone(200.0, 480_000)[None] * np.float32(0.1), 2, axis=0)
    heights = levels_db(sound.looped(tone, 432_000))
    assert heights.max() - heights.min() < 0.1
    assert levels_db(sound.crossed(tone[:, :48_000], tone[:, :48_000])) == pytest.approx(levels_db(tone[:, :48_000]), abs=0.05)


def test_other_sounds_cross_at_equal_power_and_opposite_ones_without_an_explosion() -> None:
    heights = levels_db(sound.crossed(hiss(2.0, seed=1), hiss(2.0, seed=2)))
    assert heights.max() - heights.min() < 2.0
    wave = hiss(1.0)
    assert np.abs(sound.crossed(wave, -wave)).max() <= np.abs(wave).max() * 1.01


def test_a_piece_is_made_as_loud_as_what_went_before() -> None:
    loud, soft = hiss(3.0, seed=1), hiss(3.0, seed=2) * np.float32(0.4)
    assert dsp.loudness(sound.matched(soft, loud)) == pytest.approx(dsp.loudness(loud), abs=0.1)
    assert dsp.loudness(sound.matched(soft * np.float32(0.1), loud)) < dsp.loudness(loud) - 10
    silence = np.zeros((2, 4_800), np.float32)
    assert np.array_equal(sound.matched(silence, loud), silence)
    assert np.array_equal(sound.matched(soft, silence), soft)


@pytest.mark.parametrize("wanted", [10.0, 30.0, 30.5, 61.0, 400.0])
def test_pieces_together_are_as_long_as_wanted(wanted: float) -> None:
    lengths = sound.pieces(wanted, 30.0, 4.0)
    assert max(lengths) <= 30.0
    assert sum(lengths) - 4.0 * (len(lengths) - 1) == pytest.approx(wanted)


# --- beginnings -----------------------------------------------------------------------------------------------------


def test_an_effect_sounds_when_its_cue_comes() -> None:
    late = np.concatenate([np.zeros((2, 30_000), np.float32), hiss(1.0)], axis=1)
    made = sound.from_onset(late)
    assert late.shape[-1] - made.shape[-1] == pytest.approx(30_000 - 480, abs=480)
    assert np.array_equal(made[:, -40_000:], late[:, -40_000:])
    whole = hiss(1.0)
    assert sound.from_onset(whole).shape == whole.shape
    silence = np.zeros((2, 100), np.float32)
    assert np.array_equal(sound.from_onset(silence), silence)


# --- levels ---------------------------------------------------------------------------------------------------------


def test_music_is_as_loud_as_the_score_has_it_in_that_mood() -> None:
    for mood, brief in MOODS.items():
        assert levels.music_lufs(MusicRequest(mood=mood, length_samples=1)) == brief.loudness_lufs
    battle = MusicRequest(mood="battle", length_samples=1)
    assert levels.music_lufs(battle) == MOODS["epic"].loudness_lufs > MOODS["uneasy"].loudness_lufs


@pytest.mark.parametrize(
    ("prompt", "loop"),
    [
        ("a gunshot", False),
        ("a distant gunshot", False),
        ("a clock ticking", False),
        ("a door slams", False),
        ("a soft knock", False),
        ("thunder and rain", False),
        ("beach at dawn", True),
        ("steady rain", True),
        ("forest with birds", True),
        ("storm outside", True),
        ("crowd in a bar", True),
        ("kitchen", True),
    ],
)
def test_sounds_are_as_loud_as_the_foley_makes_them(prompt: str, loop: bool) -> None:
    request = SoundRequest(prompt=prompt, length_samples=6 * RATE_HZ, loop=loop)
    measured = dsp.loudness(np.concatenate(list(perform(request, 1, LocalWatch())), axis=-1))
    assert levels.sound_lufs(request) == pytest.approx(measured, abs=3.0)


def test_what_nobody_knows_by_name_has_a_middle_level() -> None:
    assert levels.sound_lufs(SoundRequest(prompt="zorblax", length_samples=1)) == levels.EFFECT_LUFS == -25
    assert levels.sound_lufs(SoundRequest(prompt="zorblax", length_samples=1, loop=True)) == levels.AMBIENCE_LUFS == -40


# --- the whole ------------------------------------------------------------------------------------------------------


class Hiss(SoundAdapter):
    """A family that plays noise, each piece softer than the one before, or what it is told to."""

    given: Wave | None = None

    def open(self, parts: Parts) -> None:
        self.asked: list[Playing] = []

    def close(self) -> None:
        self.asked.clear()

    def play(self, piece: Playing) -> tuple[Wave, int]:
        self.asked.append(piece)
        for _ in range(piece.steps):
            piece.progress.tick()
        if self.given is not None:
            return self.given, 32_000
        made = hiss(piece.seconds, seed=piece.seed) * np.float32(0.5 ** len(self.asked))
        if piece.before is not None:
            made[:, : piece.before.shape[-1]] = piece.before
        return made, RATE_HZ


class Endless(Hiss):
    """One that goes on from the end of what was made."""

    continues = True


def loaded(folder: Path, kind: type[Hiss] = Hiss, **settings: Any) -> Hiss:
    manifest = Manifest(
        id="hiss",
        name="hiss",
        roles=("music", "sound"),
        family="hiss",
        licence=Licence(name="none", commercial=True),
        grid=Grid(max_seconds=10.0),
        settings={"steps": 3, **settings},
    )
    adapter = kind()
    adapter.load(LoadPlan(manifest=manifest, weights=folder), Device())
    return adapter


torch_here = pytest.mark.models


@torch_here
@pytest.mark.parametrize("samples", [*SHORT, 47_999, 25 * RATE_HZ + 1])
def test_every_length_is_given_exactly(samples: int, tmp_path: Path) -> None:
    adapter = loaded(tmp_path)
    requests = (
        MusicRequest(mood="calm", length_samples=samples),
        SoundRequest(prompt="rain", length_samples=samples),
        SoundRequest(prompt="rain", length_samples=samples, loop=True),
    )
    for number, request in enumerate(requests):
        made = playing.run(adapter, request, tmp_path / str(number))
        assert made.shape == (2, samples)


@torch_here
@pytest.mark.parametrize(
    ("request_", "lufs"),
    [
        (MusicRequest(mood="epic", length_samples=8 * RATE_HZ), -19),
        (MusicRequest(mood="uneasy", length_samples=8 * RATE_HZ), -26),
        (SoundRequest(prompt="a clock ticking", length_samples=3 * RATE_HZ), -36),
        (SoundRequest(prompt="zorblax", length_samples=3 * RATE_HZ), -25),
        (SoundRequest(prompt="beach", length_samples=3 * RATE_HZ, loop=True), -30),
    ],
)
def test_levels_are_as_stated(request_: Any, lufs: float, tmp_path: Path) -> None:
    made = playing.run(loaded(tmp_path), request_, tmp_path / "out")
    assert dsp.loudness(made) == pytest.approx(levels.music_lufs(request_) if request_.kind == "music" else lufs, abs=0.3)
    assert dsp.loudness(made) == pytest.approx(lufs, abs=0.3)
    assert np.abs(made).max() <= dsp.amplitude(dsp.PEAK_DBFS) + 1e-4


@torch_here
@pytest.mark.parametrize("kind", [Hiss, Endless])
def test_long_music_is_joined_without_a_dip(kind: type[Hiss], tmp_path: Path) -> None:
    """Three pieces; noise has 1 dB of its own."""
    adapter = loaded(tmp_path, kind)
    made = playing.run(adapter, MusicRequest(mood="calm", length_samples=20 * RATE_HZ), tmp_path / "out")
    assert len(adapter.asked) > 2
    assert [piece.before is not None for piece in adapter.asked] == [
        kind is Endless and at > 0 for at in range(len(adapter.asked))
    ]
    assert len({piece.seed for piece in adapter.asked}) == len(adapter.asked)
    if kind is Hiss:
        heights = levels_db(made)[2:165]
        assert heights.max() - heights.min() < 3.0
    else:
        at = dsp.count(10.0 - 10.0 / 3)
        joined = levels_db(made[:, at : at + dsp.count(10.0 / 3)])
        assert joined.max() - joined.min() < 3.0


@torch_here
def test_silence_stays_silence(tmp_path: Path) -> None:
    adapter = loaded(tmp_path)
    adapter.given = np.zeros((1, 64_000), np.float32)
    requests = (
        MusicRequest(mood="calm", length_samples=40_000),
        SoundRequest(prompt="rain", length_samples=40_000),
        SoundRequest(prompt="rain", length_samples=40_000, loop=True),
        SoundRequest(prompt="rain", length_samples=40_000_0, loop=True),
    )
    for number, request in enumerate(requests):
        assert not playing.run(adapter, request, tmp_path / str(number)).any()
    adapter.given = np.zeros((1, 0), np.float32)
    for number, request in enumerate(requests):
        assert not playing.run(adapter, request, tmp_path / f"none{number}").any()


@torch_here
def test_an_effect_that_comes_late_is_brought_forward_and_an_ambience_is_not(tmp_path: Path) -> None:
    adapter = loaded(tmp_path)
    adapter.given = np.concatenate([np.zeros((2, 32_000), np.float32), hiss(2.0)], axis=1)
    effect = playing.run(adapter, SoundRequest(prompt="rain", length_samples=RATE_HZ), tmp_path / "effect")
    assert levels_db(effect)[0] > -60
    ambience = playing.run(adapter, SoundRequest(prompt="rain", length_samples=3 * RATE_HZ, loop=True), tmp_path / "loop")
    assert levels_db(ambience)[9] < levels_db(ambience)[15] - 15


@torch_here
def test_mono_of_another_rate_comes_out_in_the_middle(tmp_path: Path) -> None:
    adapter = loaded(tmp_path)
    adapter.given = hiss(3.0, channels=1)
    made = playing.run(adapter, SoundRequest(prompt="rain", length_samples=RATE_HZ), tmp_path / "out")
    assert np.array_equal(made[0], made[1])
    assert made.any()


@torch_here
def test_no_piece_is_shorter_than_the_model_likes(tmp_path: Path) -> None:
    adapter = loaded(tmp_path, min_seconds=4.0)
    for seconds, asked in ((0.5, 4.0), (5.0, 5.0)):
        adapter.asked.clear()
        request = SoundRequest(prompt="rain", length_samples=dsp.count(seconds))
        playing.run(adapter, request, tmp_path / str(seconds))
        assert [piece.seconds for piece in adapter.asked] == [asked]


@torch_here
def test_what_is_no_sound_is_told(tmp_path: Path) -> None:
    adapter = loaded(tmp_path)
    adapter.given = np.full((2, 1_000), np.nan, np.float32)
    with pytest.raises(CinemaError, match=r"hiss .*precision native"):
        playing.run(adapter, MusicRequest(mood="calm", length_samples=100), tmp_path / "nan")
    with pytest.raises(InputError, match="speech"):
        adapter.run(Job(request=SpeechRequest(text="x", voice=VoiceSpec()), seed=1), tmp_path, LocalWatch())


@torch_here
def test_files_are_24_bit_stereo(tmp_path: Path) -> None:
    playing.run(loaded(tmp_path), MusicRequest(mood="calm", length_samples=100), tmp_path / "out")
    info = soundfile.info(tmp_path / "out" / "music.wav")
    assert (info.subtype, info.channels, info.samplerate, info.frames) == ("PCM_24", 2, 48_000, 100)
