"""What is Kokoro's own: its symbols, voices by language and gender, its words' times, weights as released."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import soundfile
from speaking import said

from cinema.adapters.contract import Device, LoadPlan
from cinema.adapters.kokoro import Kokoro
from cinema.adapters.kokoro.phonemes import VOICES, symbols_for
from cinema.catalog import Catalog
from cinema.errors import InputError, MissingModelError
from cinema.plan.task import SpeechRequest, VoiceSpec
from cinema.testing.tiny import build
from cinema.testing.tiny.kokoro import SIGNS

pytestmark = [pytest.mark.models]

MANIFEST = Catalog().manifest("kokoro-82m")
LINE = SpeechRequest(text="They came home at last, didn't they?", voice=VoiceSpec(gender="female"))
VOCABULARY = dict.fromkeys(SIGNS, 1)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kokoro") / "model"
    build(MANIFEST, folder)
    return folder


@pytest.fixture(scope="module")
def kokoro(weights: Path) -> Iterator[Kokoro]:
    adapter = Kokoro()
    adapter.load(LoadPlan(manifest=MANIFEST, weights=weights), Device())
    yield adapter
    adapter.unload()


@pytest.mark.parametrize(
    ("text", "language", "symbols"),
    [
        ("They came home, at last!", "en-us", "ðA kˈAm hˈOm, æt lˈæst!"),
        ("The better way; over there: a bottle.", "en-gb", "ðə bˈɛtə wˈA; ˌQvə ðˈɛː: ɐ bˈɒtᵊl."),
        ("¿Dónde está?", "es", "dˈonde estˈa?"),
        ("Bonjour", "fr", "bɔ\u0303ʒˈuʁ"),
        ("आया।", "hi", "ˈaːjaː."),
        ("Buongiorno, stazione", "it", "bʊonʤˈɔrno, staʦiˈone"),
    ],
)
def test_words_become_the_models_symbols(text: str, language: str, symbols: str) -> None:
    found = symbols_for(text, language, VOCABULARY)
    assert found.text.replace("ɐ", "ə") == symbols.replace("ɐ", "ə")
    assert all(not sign.isspace() for _, first, end in found.words for sign in found.text[first:end])


def test_words_keep_their_symbols_and_signs_unknown_are_taken_apart_or_left_out() -> None:
    found = symbols_for("¿Qué? Yes, 20 dollars", "en-us", VOCABULARY)
    assert [word for word, _, _ in found.words] == ["Qué", "Yes", "20", "dollars"]
    assert [found.text[first:end] for _, first, end in found.words][1:] == ["jˈɛs", "twˈɛnti", "dˈɑləɹz"]
    merged = symbols_for("It was 1999, yes", "en-us", VOCABULARY)
    assert [word for word, _, _ in merged.words] == ["It was 1999", "yes"]


def test_every_language_of_the_manifest_has_symbols_and_a_voice(kokoro: Kokoro, tmp_path: Path) -> None:
    assert set(MANIFEST.languages) == {language.split("-")[0] for language in VOICES}
    digests = {
        said(kokoro, tmp_path / language, replace(LINE, voice=VoiceSpec(language=language, gender="male")))
        for language in VOICES
    }
    assert len(digests) == len(VOICES)
    for language in ("ja", "zh", "de"):
        with pytest.raises(InputError, match=f"'{language}'"):
            said(kokoro, tmp_path / language, replace(LINE, voice=VoiceSpec(language=language)))


def test_voices_are_cast_by_gender_and_read_once(kokoro: Kokoro, tmp_path: Path) -> None:
    kokoro._voices.clear()
    voices = (VoiceSpec(gender="female"), VoiceSpec(gender="female", variant=1), VoiceSpec(gender="male"))
    first = [said(kokoro, tmp_path / f"a{n}", replace(LINE, voice=voice)) for n, voice in enumerate(voices)]
    kept = dict(kokoro._voices)
    assert list(kept) == ["af_heart", "af_nova", "am_adam"]
    assert [said(kokoro, tmp_path / f"b{n}", replace(LINE, voice=voice)) for n, voice in enumerate(voices)] == first
    assert all(kokoro._voices[name] is voice for name, voice in kept.items())
    assert len(set(first)) == 3


def test_a_mood_moves_the_tempo(kokoro: Kokoro, tmp_path: Path) -> None:
    lengths = {}
    for emotion in ("tired", "neutral", "excited"):
        said(kokoro, tmp_path / emotion, replace(LINE, text=LINE.text * 4, emotion=emotion))
        lengths[emotion] = soundfile.info(tmp_path / emotion / "speech.wav").frames
    assert lengths["tired"] >= lengths["neutral"] >= lengths["excited"]
    assert lengths["tired"] > lengths["excited"]


def test_the_models_own_lengths_time_every_word_over_several_pieces(kokoro: Kokoro, tmp_path: Path) -> None:
    text = " ".join([LINE.text] * 12)
    said(kokoro, tmp_path / "out", replace(LINE, text=text))
    marks = json.loads((tmp_path / "out" / "marks.json").read_text())
    assert [mark["text"].strip(",?") for mark in marks] == [word.strip(",?") for word in text.split()]
    ends = [0, *(mark["end_sample"] for mark in marks)]
    assert all(before <= mark["start_sample"] <= mark["end_sample"] for before, mark in zip(ends, marks, strict=False))
    assert ends[-1] <= soundfile.info(tmp_path / "out" / "speech.wav").frames
    assert len({mark["end_sample"] - mark["start_sample"] for mark in marks[1:-1]}) > 2


def test_numbers_never_outgrow_what_the_model_takes(kokoro: Kokoro) -> None:
    found = list(kokoro._symbols("987654321 " * 30, "en-us", 300))
    assert len(found) > 2
    assert all(0 < len(symbols.text) <= 510 for symbols in found)


def test_a_voice_or_a_part_that_is_missing_is_told(weights: Path, tmp_path: Path) -> None:
    import torch

    from cinema.adapters.kokoro.weights import opened

    folder = tmp_path / "model"
    folder.mkdir()
    for name in ("config.json", "kokoro-v1_0.pth", "lock.json"):
        (folder / name).write_bytes((weights / name).read_bytes())
    adapter = Kokoro()
    adapter.load(LoadPlan(manifest=MANIFEST, weights=folder), Device())
    with pytest.raises(MissingModelError, match="no voice for en-us"):
        said(adapter, tmp_path / "out", LINE)
    config = json.loads((weights / "config.json").read_text())
    state = torch.load(weights / "kokoro-v1_0.pth", weights_only=True)
    with pytest.raises(InputError, match="no decoder"):
        opened(config, {part: tensors for part, tensors in state.items() if part != "decoder"})
    del state["predictor"]["module.F0_proj.weight"]
    with pytest.raises(InputError, match=r"predictor lacks \['F0_proj.weight'\]"):
        opened(config, state)


def test_a_changed_pickle_is_refused(weights: Path, tmp_path: Path) -> None:
    import torch

    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_bytes((weights / "config.json").read_bytes())
    torch.save({}, folder / "kokoro-v1_0.pth")
    with pytest.raises(InputError, match="SHA-256"):
        Kokoro().load(LoadPlan(manifest=MANIFEST, weights=folder), Device())
