"""What is XTTS' own: 17 languages, voices built in or cloned and remembered, long lines, pickles with stated hashes."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from speaking import said

from cinema.adapters.contract import Device, InputArtefact, LoadPlan
from cinema.adapters.kit.hindi import spelt_out, words_for
from cinema.adapters.xtts import MEN, WOMEN, Xtts, _speaker_for
from cinema.artefact import MediaFacts
from cinema.catalog import Catalog
from cinema.errors import InputError
from cinema.plan.task import SpeechRequest, VoiceSpec
from cinema.testing.tiny import build

pytestmark = [pytest.mark.models, pytest.mark.slow]

MANIFEST = Catalog().manifest("xtts-v2")
WOMAN = VoiceSpec(gender="female")
SENTENCES = {
    "en": "It cost $20.50, on the 3rd of May, 1999.",
    "es": "Costó 20€ el 1º de mayo.",
    "fr": "Cela coûte 20€, le 1er mai 1999.",
    "de": "Das kostet 20€ am 3. Mai 1999.",
    "it": "Costa 20€, il 1° maggio.",
    "pt": "Custa 20€ em 1999.",
    "pl": "Kosztuje 20€ w 1999.",
    "tr": "1999 yılında %20.",
    "ru": "Это стоит 20€ в 1999 году.",
    "nl": "Het kost 20€ in 1999.",
    "cs": "Stojí 20€ v roce 1999.",
    "ar": "كان ذلك عام 1999، 12.5.",
    "zh": "他在1999年来了，花了12.5元。",
    "hu": "1999-ben 20€ volt.",
    "ko": "1999년에 12.5 초.",
    "ja": "彼は1999年に来た。",
    "hi": "वह 1999 में आया, 12.5 बार।",
}


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("xtts") / "model"
    build(MANIFEST, folder)
    return folder


def loaded(weights: Path) -> Xtts:
    adapter = Xtts()
    adapter.load(LoadPlan(manifest=MANIFEST, weights=weights), Device())
    return adapter


@pytest.fixture(scope="module")
def shared(weights: Path) -> Iterator[Xtts]:
    adapter = loaded(weights)
    yield adapter
    adapter.unload()


@pytest.fixture
def xtts(shared: Xtts) -> Xtts:
    shared._latents.clear()
    return shared


def recording(folder: Path, key: str, pitch_hz: float, seconds: float = 2.0) -> InputArtefact:
    size = round(48_000 * seconds)
    noise = np.random.default_rng(1).normal(0, 0.02, size)
    path = folder / f"{key}.wav"
    soundfile.write(path, 0.3 * np.sign(np.sin(np.arange(size) * 2 * np.pi * pitch_hz / 48_000)) + noise, 48_000)
    facts = MediaFacts(kind="audio", samples=size, sample_rate_hz=48_000, channels=1)
    return InputArtefact(key=key, main=path.name, files={path.name: path}, facts=facts)


def test_every_language_of_the_manifest_is_read_with_its_numbers(xtts: Xtts) -> None:
    assert set(MANIFEST.languages) == set(SENTENCES) == set(xtts._model.tokenizer.char_limits)
    for language, sentence in SENTENCES.items():
        for text in (sentence, f"{sentence} {'9' * 25}."):
            pieces = xtts._texts(text, language)
            assert pieces
            for piece in pieces:
                assert 1 < len(xtts._model.tokenizer.encode(piece.lower(), language)) < xtts._model.args.gpt_max_text_tokens


@pytest.mark.parametrize("language", ["cs", "hi", "ja", "zh"])
def test_a_language_is_spoken(xtts: Xtts, tmp_path: Path, language: str) -> None:
    request = SpeechRequest(text=SENTENCES[language], voice=VoiceSpec(language=language, gender="female"))
    assert said(xtts, tmp_path / "out", request)


def test_an_unknown_language_is_told(xtts: Xtts, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"'sv'.*speaks ar, cs"):
        said(xtts, tmp_path / "out", SpeechRequest(text="Hej.", voice=VoiceSpec(language="sv")))


def test_hindi_numbers_are_words() -> None:
    assert words_for(1999) == "एक हज़ार नौ सौ निन्यानवे"
    assert spelt_out("2,50,000 १२.५") == "दो लाख पचास हज़ार बारह दशमलव पाँच"
    assert len({words_for(number) for number in range(100)}) == 100


def test_a_long_line_is_said_in_pieces_within_the_limit(xtts: Xtts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []
    speak = xtts._model.inference

    def listen(text: str, *given: object, **settings: object) -> object:
        heard.append(text)
        return speak(text, *given, **settings)

    monkeypatch.setattr(xtts._model, "inference", listen)
    line = "They came home at last, and nobody spoke of it. " * 9
    said(xtts, tmp_path / "out", SpeechRequest(text=line, voice=WOMAN))
    assert len(heard) > 1
    assert " ".join(heard) == line.strip()
    assert all(len(piece) <= 250 for piece in heard)


def test_a_speaker_is_known_once_and_two_differ(xtts: Xtts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    computed: list[int] = []
    measure = xtts._model.get_speaker_embedding

    def count(audio: object, rate_hz: int) -> object:
        computed.append(rate_hz)
        return measure(audio, rate_hz)

    monkeypatch.setattr(xtts._model, "get_speaker_embedding", count)
    low, high = recording(tmp_path, "low", 110.0), recording(tmp_path, "high", 330.0)
    request = SpeechRequest(text="They came home.", voice=WOMAN, sample=0)
    digests = [said(xtts, tmp_path / str(n), request, sample) for n, sample in enumerate((low, high, low, high))]
    assert computed == [22_050, 22_050]
    assert digests[0] == digests[2] != digests[1] == digests[3]
    (first, first_speaker), (second, second_speaker) = xtts._latents["low"], xtts._latents["high"]
    assert not np.allclose(first.numpy(), second.numpy())
    assert not np.allclose(first_speaker.numpy(), second_speaker.numpy())
    assert first.shape == (1, 32, 64)
    assert said(xtts, tmp_path / "built-in", replace(request, sample=None)) not in digests


def test_a_recording_too_short_to_speak_with_is_told(xtts: Xtts, tmp_path: Path) -> None:
    request = SpeechRequest(text="They came home.", voice=WOMAN, sample=0)
    with pytest.raises(InputError, match=r"0\.20 s"):
        said(xtts, tmp_path / "out", request, recording(tmp_path, "short", 200.0, 0.2))


def test_built_in_speakers_are_cast_by_gender() -> None:
    women, men = WOMEN.split(", "), MEN.split(", ")
    assert (len(set(women)), len(set(men)), set(women) & set(men)) == (27, 25, set())
    released = {name: {} for name in (*women, *men, "Suad Qasim")}
    assert _speaker_for(WOMAN, released) == "Claribel Dervla"
    assert _speaker_for(VoiceSpec(gender="male", variant=1), released) == "Badr Odhiambo"
    assert _speaker_for(VoiceSpec(gender="female", age="old"), released) in women[1:]
    strange = {"b": {}, "a": {}, "c": {}}
    assert _speaker_for(WOMAN, strange) == _speaker_for(WOMAN, dict(reversed(strange.items())))
    assert _speaker_for(WOMAN, {}) == ""


def test_a_mood_moves_the_tempo(xtts: Xtts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings: list[dict[str, float]] = []
    speak = xtts._model.inference

    def listen(*given: object, **asked: float) -> object:
        settings.append(asked)
        return speak(*given, **asked)

    monkeypatch.setattr(xtts._model, "inference", listen)
    for emotion in ("neutral", "excited", "tired"):
        said(xtts, tmp_path / emotion, SpeechRequest(text="They came home.", voice=WOMAN, emotion=emotion))
    calm, fast, slow = settings
    assert (calm["speed"], calm["temperature"]) == (1.0, 0.75)
    assert fast["speed"] > 1 > slow["speed"]
    assert fast["temperature"] > 0.75 > slow["temperature"]


def test_nothing_is_printed(weights: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A worker's stdout is the line to its parent."""
    said(loaded(weights), tmp_path / "out", SpeechRequest(text="They came home.", voice=WOMAN))
    assert capfd.readouterr().out == ""


def test_a_changed_pickle_is_refused_and_safetensors_serve_as_well(weights: Path, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import save_file
    from TTS.tts.models.xtts import _legacy_safe_globals

    folder = tmp_path / "model"
    folder.mkdir()
    for name in ("config.json", "vocab.json"):
        (folder / name).symlink_to(weights / name)
    with _legacy_safe_globals():
        checkpoint = torch.load(weights / "model.pth", weights_only=True)
    speakers = torch.load(weights / "speakers_xtts.pth", weights_only=True)
    torch.save(checkpoint["model"], folder / "model.pth")
    with pytest.raises(InputError, match="SHA-256"):
        loaded(folder)
    (folder / "model.pth").unlink()
    save_file({name: tensor.clone() for name, tensor in checkpoint["model"].items()}, folder / "model.safetensors")
    flat = {f"{name}/{part}": tensor for name, parts in speakers.items() for part, tensor in parts.items()}
    save_file(flat, folder / "speakers_xtts.safetensors")
    request = SpeechRequest(text="They came home.", voice=WOMAN)
    assert said(loaded(folder), tmp_path / "a", request) == said(loaded(weights), tmp_path / "b", request)
