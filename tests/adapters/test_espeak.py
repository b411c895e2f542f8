"""What a listener would hear in the drawn voices, asserted by measurement."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from cinema.adapters import dsp
from cinema.adapters.contract import Device, Job, LoadPlan
from cinema.adapters.espeak import Espeak, Take, cast, library, nonverbal, perform, throat, words
from cinema.adapters.registry import create
from cinema.catalog import Catalog
from cinema.errors import Cancelled, CinemaError, InputError
from cinema.events import LocalWatch
from cinema.plan.task import MusicRequest, SpeechRequest, VoiceSpec

LINE = "The lamp burned for eleven years, and nobody came home."
SHORT = "Nobody came home."


def say(text: str = SHORT, *, seed: int = 1, emotion: str = "neutral", nonverbal: str = "", **voice: object) -> Take:
    request = SpeechRequest(text=text, voice=VoiceSpec(**voice), emotion=emotion, nonverbal=nonverbal)  # type: ignore[arg-type]
    return perform(request, seed, LocalWatch())


def pitches(wave: np.ndarray) -> np.ndarray:
    """F0 of each voiced 50 ms, by autocorrelation."""
    wave, rate, found = wave[::2], 24_000, []
    size = rate // 20
    for start in range(0, wave.size - size, size // 2):
        part = wave[start : start + size] - wave[start : start + size].mean()
        if np.sqrt((part**2).mean()) < 0.02:
            continue
        auto = np.fft.irfft(np.abs(np.fft.rfft(part, 4 * size)) ** 2)[:size]
        auto /= auto[0]
        lag = rate // 700 + int(np.argmax(auto[rate // 700 : rate // 60]))
        if auto[lag] > 0.5:
            found.append(rate / lag)
    return np.array(found)


def centroid(wave: np.ndarray) -> float:
    power = np.abs(np.fft.rfft(wave)) ** 2
    return float((power * np.fft.rfftfreq(wave.size, 1 / 48_000)).sum() / power.sum())


def words_spoken(take: Take) -> list[str]:
    return [mark["text"] for mark in take.marks]


def test_the_files_are_what_the_contract_says(tmp_path: Path) -> None:
    adapter = create("espeak")
    adapter.load(LoadPlan(manifest=Catalog().manifest("espeak")), Device())
    job = Job(request=SpeechRequest(text=LINE, voice=VoiceSpec()), seed=3)
    watch = LocalWatch()
    product = adapter.run(job, tmp_path, watch)
    adapter.unload()
    info = soundfile.info(tmp_path / "speech.wav")
    assert [file.name for file in product.files] == ["speech.wav", "marks.json"]
    assert (info.samplerate, info.channels, info.subtype) == (48_000, 1, "PCM_24")
    assert product.files[0].facts.samples == info.frames
    assert [mark["text"] for mark in json.loads((tmp_path / "marks.json").read_text())] == LINE.split()
    assert watch.steps[-1] == (4, 4)


def test_the_same_take_is_the_same_whatever_was_said_before() -> None:
    first = say(seed=5).wave
    say("Something else entirely!", gender="female", emotion="shout")
    assert np.array_equal(first, say(seed=5).wave)
    assert not np.array_equal(first, say(seed=6).wave)


def test_ten_cast_members_are_told_apart() -> None:
    cast_list = [{"gender": gender, "variant": variant} for gender in ("male", "female") for variant in range(5)]
    measured = []
    for member in cast_list:
        wave = say(LINE, **member).wave
        measured.append((np.log2(np.median(pitches(wave))) * 12, np.log2(wave.size) * 12, np.log2(centroid(wave)) * 6))
    for index, one in enumerate(measured):
        for other in measured[index + 1 :]:
            assert np.linalg.norm(np.subtract(one, other)) > 1.2


def test_age_and_gender_are_heard() -> None:
    man, woman, child = (
        say(LINE, **who).wave for who in ({"gender": "male"}, {"gender": "female"}, {"gender": "female", "age": "child"})
    )
    old_woman = say(LINE, gender="female", age="old").wave
    f0 = [float(np.median(pitches(wave))) for wave in (man, woman, child)]
    assert f0[0] < 140
    assert 170 < f0[1] < 260
    assert f0[2] > 260
    assert old_woman.size > 1.1 * woman.size
    assert np.median(pitches(old_woman)) < f0[1]
    assert cast.timbre_of(VoiceSpec(gender="male", age="child")) != cast.timbre_of(VoiceSpec(gender="female", age="child"))
    young = cast.timbre_of(VoiceSpec(gender="male", age="young"))
    assert young.f0_hz > cast.timbre_of(VoiceSpec(gender="male")).f0_hz


def test_variants_beyond_the_table_are_voices_of_their_own() -> None:
    timbres = {cast.timbre_of(VoiceSpec(gender="female", variant=variant)) for variant in range(24)}
    assert len(timbres) == 24


@pytest.mark.parametrize("emotion", list(cast.MOODS))
def test_each_emotion_changes_the_performance(emotion: str) -> None:
    wave = say(gender="female", emotion=emotion).wave
    assert dsp.decibel(float(np.abs(wave).max())) <= -0.99
    assert abs(dsp.loudness(wave) - cast.MOODS[emotion].loudness_lufs) < 1.5
    if emotion != "neutral":
        assert not np.array_equal(wave, say(gender="female").wave)


def test_emotions_do_what_they_say() -> None:
    def hear(emotion: str) -> np.ndarray:
        return say(LINE, gender="female", emotion=emotion).wave

    plain, sad, excited, whisper = hear("neutral"), hear("sad"), hear("excited"), hear("whisper")
    assert sad.size > 1.15 * plain.size > 1.15 * excited.size
    assert np.median(pitches(sad)) < np.median(pitches(plain)) < np.median(pitches(excited))
    assert pitches(whisper).size < 0.05 * pitches(plain).size
    assert dsp.loudness(hear("shout")) > dsp.loudness(plain) > dsp.loudness(whisper)


def test_silence_is_trimmed_and_ends_meet_zero() -> None:
    wave = say().wave
    loud = np.flatnonzero(np.abs(wave) > 0.01)
    assert loud[0] <= 4800
    assert wave.size - loud[-1] <= 4800 + 1
    assert wave[0] == wave[-1] == 0.0


@given(st.text(max_size=60))
@settings(max_examples=40, deadline=None)
def test_any_text_is_spoken_and_marked_in_order(text: str) -> None:
    take = say(text)
    assert take.wave.size >= 4800
    assert take.wave.any()
    assert np.isfinite(take.wave).all()
    assert words_spoken(take) == [word.text for word in words.written_words(text)]
    for mark in take.marks:
        assert 0 <= mark["start_sample"] <= mark["end_sample"] <= take.wave.size
    for one, other in pairwise(take.marks):
        assert one["end_sample"] <= other["start_sample"]


def test_words_are_marked_where_they_are_heard() -> None:
    take = say("Stop. Now listen to me.")
    starts = [mark["start_sample"] for mark in take.marks]
    assert len(set(starts)) == 5
    pause = take.wave[starts[1] - 9600 : starts[1] - 1200]
    spoken = take.wave[starts[1] : starts[1] + 9600]
    assert dsp.rms(pause) < 0.3 * dsp.rms(spoken)


def test_markup_and_phoneme_brackets_are_only_text() -> None:
    spoken = words.speakable("[[h@l'oU]] <break time='9s'/> & _x_ \x00\u200b😀", english=True)
    assert not set("[]<>_\x00😀") & set(spoken.text)
    assert "&" in spoken.text
    assert len(spoken.origin) == len(spoken.text)
    assert say("<break time='9s'/> hello").wave.size < 4 * 48_000


def test_interjections_are_sounds_not_letters() -> None:
    spelled = say("S H H.", gender="male").wave.size
    assert say("Shh!", gender="male").wave.size < 0.75 * spelled
    assert words.speakable("Hmm", english=False).text == "Hmm"
    take = say("Hmm... Shh! Pssst, over here.")
    assert words_spoken(take) == ["Hmm...", "Shh!", "Pssst,", "over", "here."]


@pytest.mark.parametrize("text", ["...", "—", "", "  \n", "😀", "?!"])
def test_nothing_to_pronounce_is_a_breath(text: str) -> None:
    take = say(text)
    assert take.marks == []
    assert 9600 <= take.wave.size < 48_000
    assert dsp.rms(take.wave) > 0.0


@pytest.mark.parametrize("name", sorted(nonverbal.SOUNDS))
def test_a_nonverbal_sound_stands_alone_or_before_the_words(name: str) -> None:
    alone = say("", nonverbal=name).wave
    both = say(SHORT, nonverbal=name)
    assert abs(dsp.loudness(alone) - nonverbal.SOUNDS[name][1]) < 1.5
    assert both.marks[0]["start_sample"] > 0.8 * alone.size
    assert both.wave.size > alone.size + say(SHORT).wave.size * 0.8


def test_nonverbal_words_are_understood() -> None:
    named = ("laughs", "Giggles", "sighing", "gasps", "weeping", "shriek", "unheard of")
    assert [nonverbal.known(name) for name in named] == ["laugh", "laugh", "sigh", "gasp", "sob", "scream", "breath"]


@pytest.mark.parametrize(
    ("tag", "voice"), [("en", "en"), ("en_US", "en-US"), ("pt-BR", "pt-BR"), ("zh-Hant-TW", "cmn"), ("fr-CA", "fr"), ("", "en")]
)
def test_language_tags_find_a_voice(tag: str, voice: str) -> None:
    assert cast.voice_name(tag) == voice


def test_languages_sound_different_and_unknown_ones_are_refused() -> None:
    assert not np.array_equal(say("radio", language="en").wave, say("radio", language="fr").wave)
    with pytest.raises(InputError, match="klingonese"):
        say("Qapla", language="klingonese")
    assert len(library.languages()) > 100


def test_every_language_of_the_manifest_has_a_voice() -> None:
    assert all(cast.voice_name(code) for code in Catalog().manifest("espeak").languages)


def test_too_long_a_line_and_another_role_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="characters"):
        say("a" * 100_001)
    with pytest.raises(InputError, match="music"):
        Espeak().run(Job(request=MusicRequest(mood="calm", length_samples=1), seed=1), tmp_path, LocalWatch())
    with pytest.raises(CinemaError, match="refused"):
        library.speak("a", library.Manner(voice="no-such-voice"))


def test_cancel_stops_it() -> None:
    with pytest.raises(Cancelled):
        perform(SpeechRequest(text=SHORT, voice=VoiceSpec()), 1, LocalWatch(cancelled=True))


def test_a_long_path_to_the_voices_is_shortened(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 90) / ("y" * 90) / "espeak-ng-data"
    deep.mkdir(parents=True)
    with library._data_folder(deep) as short:
        assert len(str(short)) < 150
        assert short.resolve() == deep


def test_a_silent_wave_is_left_alone() -> None:
    silence = np.zeros(4800, np.float32)
    assert throat.trimmed_at(silence) == (0, 4800)
    assert not dsp.levelled(silence, -20.0).any()


@pytest.mark.parametrize("text", ["\U00010330\U00010331", "ʹʹ", "ꙮ", "a", "ʰ ʰ"])
def test_letters_that_no_voice_reads_still_give_a_marked_sound(text: str) -> None:
    take = say(text)
    assert words_spoken(take) == text.split()
    assert take.wave.size >= 4800
    assert dsp.rms(take.wave) > 0.0


@pytest.mark.slow
def test_ten_thousand_characters_are_all_spoken() -> None:
    text = "word and more. " * 667
    take = say(text)
    assert len(take.marks) == len(text.split())
    assert take.wave.size > 400 * 48_000
