"""ACE-Step: words reach the singer, silence is no zero, one call a step, long songs are decoded in pieces."""

import math
import warnings
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import playing
import pytest
import shooting

from cinema.adapters.ace_step import NO_VOICE, language_of, safe_seconds, sung_in
from cinema.errors import MissingModelError
from cinema.plan.task import MusicRequest
from cinema.testing.tiny import build

pytestmark = pytest.mark.models

MODEL = "ace-step-1.5"


@pytest.fixture(scope="module")
def singer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    adapter = shooting.opened(playing.manifest_of(MODEL), tmp_path_factory.mktemp("ace") / "tiny")
    yield adapter
    adapter.unload()


def test_lyrics_and_prompt_reach_the_model(singer: Any) -> None:
    one, same, other, alone = (playing.played(singer, lyrics=words) for words in ("the sea", "the sea", "a fire", ""))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
    assert not np.array_equal(one, alone)
    assert not np.array_equal(alone, playing.played(singer, prompt="wild drums"))


def test_lyrics_of_a_request_are_sung(singer: Any, tmp_path: Path) -> None:
    sung, silent = (
        playing.run(
            singer, MusicRequest(mood="calm", prompt="piano", lyrics=lyrics, length_samples=24_000), tmp_path / str(number)
        )
        for number, lyrics in enumerate(("the sea", ""))
    )
    assert sung.shape == silent.shape == (2, 24_000)
    assert not np.array_equal(sung, silent)


def test_without_words_it_is_told_that_nobody_sings(singer: Any) -> None:
    tokenizer = singer._pipeline.tokenizer
    for lyrics, written, language in (("", NO_VOICE, "unknown"), (" \n", NO_VOICE, "unknown"), ("море", "море", "ru")):
        expected = tokenizer(f"# Languages\n{language}\n\n# Lyric\n{written}<|endoftext|>").input_ids
        with shooting.calls(singer._pipeline.condition_encoder) as seen:
            playing.played(singer, lyrics=lyrics)
        assert seen[0]["lyric_hidden_states"].shape[1] == len(expected)
    assert np.array_equal(playing.played(singer), playing.played(singer, lyrics=NO_VOICE))


@pytest.mark.parametrize(
    ("lyrics", "code"),
    [("", "unknown"), ("la mer", "unknown"), ("海", "zh"), ("うみ 海", "ja"), ("바다", "ko"), ("море", "ru"), ("समुद्र", "hi")],
)
def test_letters_tell_the_language(lyrics: str, code: str) -> None:
    assert language_of(lyrics) == code


KNOWN = playing.manifest_of(MODEL).languages


@pytest.mark.parametrize(
    ("lyrics", "stated", "told"),
    [
        ("la mer", "fr", "fr"),
        ("o mar", "pt-BR", "pt"),
        ("море", "uk", "uk"),
        ("海", "ja", "ja"),
        ("the sea", "ru", "unknown"),
        ("море", "fr", "ru"),
        ("the sea", "ta", "unknown"),
        ("கடல்", "en", "ta"),
        ("সাগর", "bn", "bn"),
        ("an fharraige", "ga", "unknown"),
        ("la mer", "", "unknown"),
        ("", "fr", "unknown"),
        (" \n", "fr", "unknown"),
    ],
)
def test_the_stated_language_is_told_where_the_model_knows_it_and_the_letters_agree(
    lyrics: str, stated: str, told: str
) -> None:
    assert sung_in(lyrics, stated, KNOWN) == told


def test_the_language_of_a_request_reaches_the_model(singer: Any, tmp_path: Path) -> None:
    tokenizer = singer._pipeline.tokenizer
    heads: list[str] = []
    asked = singer._pipeline.encode_prompt

    def listening(*arguments: Any, **named: Any) -> Any:
        heads.append(named["vocal_language"])
        return asked(*arguments, **named)

    assert tokenizer("# Languages\nfr").input_ids != tokenizer("# Languages\nunknown").input_ids
    song = MusicRequest(mood="calm", prompt="piano", lyrics="la mer", language="fr", length_samples=24_000)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(singer._pipeline, "encode_prompt", listening)
        french = playing.run(singer, song, tmp_path / "fr")
        unknown = playing.run(singer, replace(song, language=""), tmp_path / "unknown")
    assert heads == ["fr", "unknown"]
    assert not np.array_equal(french, unknown)


def test_a_step_is_one_call_at_the_turbo_times(singer: Any) -> None:
    """Shift 3 over eight even steps; guidance would be a second call, and is left to the distilled weights."""
    with shooting.calls(singer._pipeline.transformer) as seen:
        playing.played(singer, steps=8, guidance=7.0)
    even = np.linspace(1.0, 0.0, 9)[:-1]
    assert [float(call["timestep"][0]) for call in seen] == pytest.approx(3 * even / (1 + 2 * even), abs=1e-6)
    assert {call["hidden_states"].shape[0] for call in seen} == {1}


def test_short_pieces_are_made_longer_and_cut(singer: Any, tmp_path: Path) -> None:
    with shooting.calls(singer._pipeline.transformer) as seen:
        made = playing.run(singer, MusicRequest(mood="calm", length_samples=4_800), tmp_path / "short")
    assert seen[0]["hidden_states"].shape[1] == 10 * 25
    assert made.shape == (2, 4_800)


def test_long_songs_are_decoded_in_pieces_without_a_trace(singer: Any) -> None:
    torch: Any = import_module("torch")
    vae = singer._pipeline.vae
    latents = torch.randn(1, 8, 900, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        with playing.given(vae.decoder) as seen:
            pieces = vae.decode(latents).sample
        whole = vae.decoder(latents)
    assert len(seen) == 3
    assert max(piece.shape[-1] for piece in seen) <= 512
    assert pieces.shape == whole.shape == (1, 2, 900 * 1920)
    assert (pieces - whole).abs().max() < 1e-5 * whole.abs().max()


def test_weights_are_multiplied_out_and_sound_the_same(singer: Any) -> None:
    """What group offload asks of them; compared with the library's own form, bit for bit."""
    torch: Any = import_module("torch")
    vae = singer._pipeline.vae
    assert not [name for name, _ in vae.named_parameters() if name.endswith(("weight_g", "weight_v"))]
    assert not any(parameter.requires_grad for parameter in vae.parameters())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        released = import_module("diffusers").AutoencoderOobleck.from_pretrained(singer.parts.folder / "vae")
    assert [name for name, _ in released.named_parameters() if name.endswith("weight_g")]
    latents = torch.randn(1, 8, 20, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        assert torch.equal(vae.decode(latents).sample, released.decode(latents).sample)


def test_silence_that_is_zero_is_refused(tmp_path: Path) -> None:
    """What a checkpoint without it would be given by the class; the model drones on zeros."""
    safetensors: Any = import_module("safetensors.torch")
    manifest = playing.manifest_of(MODEL)
    build(manifest, tmp_path / "tiny")
    weights = tmp_path / "tiny" / "condition_encoder" / "diffusion_pytorch_model.safetensors"
    tensors = safetensors.load_file(weights)
    tensors["silence_latent"] = tensors["silence_latent"] * 0
    safetensors.save_file(tensors, weights, metadata={"format": "pt"})
    with pytest.raises(MissingModelError, match="condition_encoder"):
        shooting.opened(manifest, tmp_path / "tiny")


def test_a_length_that_the_pipeline_would_round_twice_is_a_little_longer(singer: Any) -> None:
    assert safe_seconds(10.0, 25.0) == 10.0
    assert safe_seconds(411 / 25, 25.0) == 412 / 25, "ceil(411 / 25 * 25) is 412"
    for latents in range(250, 1500):
        asked = safe_seconds(latents / 25 - 0.01, 25.0)
        assert latents <= math.ceil(asked * 25) == math.ceil(math.ceil(asked * 25) / 25 * 25) <= latents + 2
    assert playing.played(singer, seconds=411 / 25).shape[1] >= 411 / 25 * 48_000
