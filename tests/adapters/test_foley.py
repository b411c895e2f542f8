"""What a listener would hear in the effects, asserted by measurement."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from cinema.adapters import dsp
from cinema.adapters.contract import Device, Job, LoadPlan
from cinema.adapters.foley import Foley, perform, prompts
from cinema.adapters.foley.vocabulary import ABSORBS, EFFECTS, PHRASES, PLACE_WORDS, PLACES
from cinema.adapters.registry import create
from cinema.catalog import Catalog
from cinema.errors import Cancelled, InputError
from cinema.events import LocalWatch
from cinema.plan.task import MusicRequest, SoundRequest


def make(prompt: str, seconds: float = 3.0, *, loop: bool = False, seed: int = 1) -> np.ndarray:
    request = SoundRequest(prompt=prompt, length_samples=round(seconds * 48_000), loop=loop)
    wave = np.concatenate(list(perform(request, seed, LocalWatch())), axis=1)
    assert wave.shape == (2, request.length_samples)
    return wave


def centroid(wave: np.ndarray) -> float:
    power = (np.abs(np.fft.rfft(wave, axis=-1)) ** 2).sum(axis=0)
    return float((power * np.fft.rfftfreq(wave.shape[1], 1 / 48_000)).sum() / power.sum())


def levels(wave: np.ndarray, seconds: float = 0.1) -> np.ndarray:
    size = round(seconds * 48_000)
    whole = wave[:, : wave.shape[1] // size * size]
    return np.sqrt((whole.reshape(2, -1, size) ** 2).mean(axis=(0, 2)))


def test_files_and_repeatability(tmp_path: Path) -> None:
    adapter = create("foley")
    adapter.load(LoadPlan(manifest=Catalog().manifest("foley")), Device())
    job = Job(request=SoundRequest(prompt="footsteps on gravel", length_samples=70_001), seed=4)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        product = adapter.run(job, tmp_path / name, LocalWatch())
        assert product.files[0].name == "sound.wav"
        assert product.files[0].facts.samples == 70_001
    adapter.unload()
    info = soundfile.info(tmp_path / "a/sound.wav")
    assert (info.samplerate, info.channels, info.frames, info.subtype) == (48_000, 2, 70_001, "PCM_24")
    assert (tmp_path / "a/sound.wav").read_bytes() == (tmp_path / "b/sound.wav").read_bytes()
    assert not np.array_equal(make("rain", 1, seed=1), make("rain", 1, seed=2))


@pytest.mark.slow
@pytest.mark.parametrize("name", list(EFFECTS))
def test_every_effect_is_clean_and_at_its_level(name: str) -> None:
    word = sorted(EFFECTS[name].words, key=lambda word: (word != name, word))[0]
    assert name in prompts.read(word, loop=False).effects
    wave = make(word, 2.5)
    assert np.isfinite(wave).all()
    assert dsp.decibel(float(np.abs(wave).max())) <= -0.99
    assert not wave[:, 0].any()
    assert not wave[:, -1].any()
    assert np.abs(wave.mean(axis=1)).max() < 1e-3
    assert abs(dsp.loudness(wave) - EFFECTS[prompts.read(word, loop=False).effects[0]].level_lufs) < 4.5
    assert np.abs(wave[:, :4]).max() < 0.05


@pytest.mark.slow
@pytest.mark.parametrize("place", list(PLACES))
def test_every_place_loops_without_a_seam(place: str) -> None:
    wave = make(place, 4.3, loop=True)
    steps = np.abs(np.diff(wave, axis=1))
    assert np.abs(wave[:, 0] - wave[:, -1]).max() <= steps.max()
    around = np.concatenate([wave[:, -4800:], wave[:, :4800]], axis=1)
    typical = levels(wave, 0.2)
    assert 0.3 * typical.min() < dsp.rms(around) < 2.0 * typical.max()
    high = dsp.filtered(np.concatenate([wave[:, -9600:], wave[:, :9600]], axis=1), dsp.high_pass(9000, 4))
    # A click is broad: it would stand out of what lies above 9 kHz.
    assert np.abs(high[:, 9400:9800]).max() < 8 * max(np.abs(high[:, 2000:9000]).max(), 1e-5)
    assert dsp.loudness(wave) < -20


@pytest.mark.slow
def test_a_long_loop_glides_into_its_start() -> None:
    wave = make("sea", 47.0, loop=True)
    seam = np.concatenate([wave[:, -4800:], wave[:, :4800]], axis=1)
    assert np.abs(np.diff(seam, axis=1)[:, 4799]).max() <= np.abs(np.diff(wave, axis=1)).max()
    assert np.abs(wave[:, -1] - make("sea", 30.0, loop=True)[:, -1]).max() < 1e-3
    assert levels(wave, 1.0).min() > 0.15 * levels(wave, 1.0).max()


@pytest.mark.slow
def test_long_sounds_go_on_and_single_ones_end() -> None:
    rain, gun = make("rain", 62.5), make("gunshot", 62.5)
    assert levels(rain, 0.5)[4:-4].min() > 0.4 * levels(rain, 0.5).max()
    assert not gun[:, 31 * 48_000 :].any()


def test_low_things_are_low_and_high_things_high() -> None:
    thunder, glass, door, bird = (centroid(make(word)) for word in ("thunder", "glass shatters", "door slam", "birds"))
    assert thunder < 400
    assert door < 500
    assert glass > 4000
    assert bird > 2500


def test_a_whisper_of_wind_is_quieter_than_a_gunshot() -> None:
    assert dsp.loudness(make("a whisper of wind")) < dsp.loudness(make("gunshot")) - 10
    assert dsp.loudness(make("soft rain", 1)) < dsp.loudness(make("rain", 1)) - 3
    far, near = make("distant gunshot"), make("gunshot")
    assert dsp.loudness(far) < dsp.loudness(near) - 4
    assert centroid(far) < 0.7 * centroid(near)


def test_impacts_strike_at_once_and_die() -> None:
    for prompt in ("gunshot", "door slam", "explosion", "THUD"):
        level = levels(make(prompt), 0.05)
        assert int(np.argmax(level)) <= 5
        assert level[-1] < 0.1 * level.max()


def test_a_phone_rings_on_and_off() -> None:
    level = levels(make("the phone rings", 8.0), 0.1)
    loud = level > 0.3 * level.max()
    assert loud[2:18].all()
    assert not loud[25:38].any()
    assert loud[42:58].all()


def test_steps_keep_time_and_surfaces_differ() -> None:
    level = levels(make("footsteps on wood", 4.0), 0.02)
    strikes = np.flatnonzero((level[1:] > 2.5 * level[:-1]) & (level[1:] > 0.35 * level.max()))
    gaps = np.diff(strikes)[np.diff(strikes) > 8] * 0.02
    assert 0.45 < float(np.median(gaps)) < 0.68
    sounds = [
        centroid(make(f"footsteps on {ground}")) for ground in ("wood", "snow", "gravel", "metal", "leaves", "water", "stone")
    ]
    assert sounds[0] < 0.5 * sounds[1] < sounds[2]
    assert len({round(value / 20) for value in sounds}) == 7


@pytest.mark.slow
def test_variants_of_one_word_differ() -> None:
    for prompts_alike in (
        ("church bell", "ship bell", "alarm bell", "bell"),
        ("car engine", "boat engine", "motorcycle", "truck", "helicopter"),
        ("foghorn", "car horn", "train horn"),
        ("horse gallops", "horse trots", "horse"),
        ("police siren", "siren"),
        ("phone", "mobile phone"),
        ("typewriter", "keyboard"),
        ("sword", "anvil"),
        ("machine gun", "gun"),
    ):
        waves = [make(prompt, 1.5) for prompt in prompts_alike]
        assert all(not np.allclose(waves[0], other, atol=1e-3) for other in waves[1:])


@pytest.mark.parametrize(
    ("prompt", "effects"),
    [
        ("BANG! The door slams shut", ("slam",)),
        ("BOOOOOM", ("explosion",)),
        ("FWOOSH!", ("whomp",)),
        ("The old door creaks", ("creak",)),
        ("Phone rings", ("phone",)),
        ("foghorn", ("horn",)),
        ("Rain and distant thunder", ("rain", "thunder")),
        ("a car horn honks", ("horn",)),
        ("wood creaks", ("creak",)),
        ("CLICK", ("click",)),
        ("SPLASH", ("splash",)),
        ("HISS", ("hiss",)),
        ("DING", ("chime",)),
        ("seagulls", ("gulls",)),
    ],
)
def test_prompts_are_understood(prompt: str, effects: tuple[str, ...]) -> None:
    assert prompts.read(prompt, loop=False).effects == effects


@pytest.mark.parametrize(
    ("prompt", "place"),
    [
        ("storm outside", "storm"),
        ("a busy street at night", "street"),
        ("night", "night"),
        ("", "room"),
        ("pub", "bar"),
        ("the woods", "forest"),
    ],
)
def test_places_are_understood(prompt: str, place: str) -> None:
    assert prompts.read(prompt, loop=True).place == place


def test_several_sounds_mix() -> None:
    both, rain = make("rain and a gunshot"), make("rain")
    assert np.abs(both[:, :4800]).max() > 3 * np.abs(rain[:, :4800]).max()
    assert dsp.rms(both[:, 2 * 48_000 :]) > 0.4 * dsp.rms(rain[:, 2 * 48_000 :])


def test_a_forest_at_night_has_other_singers() -> None:
    assert not np.allclose(make("forest", 4, loop=True), make("forest at night", 4, loop=True), atol=1e-4)


@given(st.text(max_size=80), st.integers(1, 9000), st.booleans())
@settings(max_examples=40, deadline=None)
def test_any_prompt_and_length_give_exactly_that(prompt: str, samples: int, loop: bool) -> None:
    wave = make(prompt, samples / 48_000, loop=loop)
    assert np.isfinite(wave).all()
    assert np.abs(wave).max() <= dsp.amplitude(dsp.PEAK_DBFS) + 1e-4


def test_unknown_words_give_a_neutral_sound_by_their_hash() -> None:
    heard = {prompts.read(f"qwzx{number}", loop=False).effects[0] for number in range(40)}
    assert heard == {"whoosh", "thud", "cloth"}
    assert prompts.read("qwzx1", loop=False) == prompts.read("qwzx1", loop=False)
    assert prompts.read("room tone", loop=False).place == "room"


def test_the_tables_name_only_what_exists() -> None:
    assert set(PHRASES.values()) <= set(EFFECTS)
    assert set(ABSORBS) | {name for names in ABSORBS.values() for name in names} <= set(EFFECTS)
    assert set(PLACE_WORDS.values()) <= set(PLACES)
    assert {name for place in PLACES.values() for name, _ in place.heard} <= set(EFFECTS)


def test_bad_requests_and_cancel(tmp_path: Path) -> None:
    for length in (0, -1, 10**12):
        with pytest.raises(InputError, match=str(length)):
            Foley().run(Job(request=SoundRequest(prompt="x", length_samples=length), seed=1), tmp_path, LocalWatch())
    with pytest.raises(InputError, match="music"):
        Foley().run(Job(request=MusicRequest(mood="x", length_samples=1), seed=1), tmp_path, LocalWatch())
    with pytest.raises(Cancelled):
        Foley().run(Job(request=SoundRequest(prompt="rain", length_samples=4800), seed=1), tmp_path, LocalWatch(cancelled=True))
