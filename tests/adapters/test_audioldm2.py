"""AudioLDM 2: the language model that the pipeline needs, tokenizers with a length, and lengths on its own grid."""

import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import playing
import pytest
import shooting

from cinema.plan.task import SoundRequest
from cinema.testing.tiny import build

pytestmark = pytest.mark.models

MODEL = "audioldm2"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("audioldm2") / "tiny"


@pytest.fixture(scope="module")
def foley(folder: Path) -> Iterator[Any]:
    adapter = shooting.opened(playing.manifest_of(MODEL), folder)
    yield adapter
    adapter.unload()


def test_words_reach_the_model_by_both_encoders(foley: Any) -> None:
    """Where either encoder is made to say nothing, the sound is another."""
    one = playing.played(foley)
    assert np.array_equal(one, playing.played(foley))
    assert not np.array_equal(one, playing.played(foley, prompt="gulls at night"))
    for module in (foley._pipeline.text_encoder.text_projection, foley._pipeline.text_encoder_2.encoder.final_layer_norm):
        handle = module.register_forward_hook(silenced)
        deaf = playing.played(foley)
        handle.remove()
        assert not np.array_equal(one, deaf)


def silenced(_module: Any, _arguments: Any, answer: Any) -> Any:
    return answer * 0


def test_the_language_model_is_opened_with_a_head(foley: Any, folder: Path) -> None:
    """On disk it is the GPT2Model that the released index names; eight thoughts of it reach the picture of the sound."""
    stated = json.loads((folder / "language_model" / "config.json").read_text(encoding="utf-8"))
    assert stated["architectures"] == ["GPT2Model"]
    assert type(foley._pipeline.language_model).__name__ == "GPT2LMHeadModel"
    with shooting.calls(foley._pipeline.unet) as seen:
        playing.played(foley, steps=3, guidance=3.5)
    assert len(seen) == 3
    assert {tuple(call["encoder_hidden_states"].shape) for call in seen} == {(2, 8, 16)}


def test_the_weights_of_the_headless_model_are_used(foley: Any, folder: Path) -> None:
    saved = import_module("safetensors.torch").load_file(folder / "language_model" / "model.safetensors")
    name = next(name for name in saved if name.endswith("h.0.mlp.c_fc.weight"))
    assert np.array_equal(saved[name].numpy(), foley._pipeline.language_model.transformer.h[0].mlp.c_fc.weight.numpy())


def test_tokenizers_that_state_no_length_get_one(tmp_path: Path) -> None:
    manifest = playing.manifest_of(MODEL)
    build(manifest, tmp_path / "tiny")
    for name in ("tokenizer", "tokenizer_2"):
        path = tmp_path / "tiny" / name / "tokenizer_config.json"
        config = json.loads(path.read_text(encoding="utf-8"))
        config.pop("model_max_length")
        path.write_text(json.dumps(config), encoding="utf-8")
    adapter = shooting.opened(manifest, tmp_path / "tiny")
    assert (adapter._pipeline.tokenizer.model_max_length, adapter._pipeline.tokenizer_2.model_max_length) == (77, 77)
    assert playing.played(adapter, prompt="rain on a roof " * 60).size
    adapter.unload()


def test_a_length_that_is_stated_stands(foley: Any) -> None:
    assert foley._pipeline.tokenizer_2.model_max_length == 128


def test_any_length_is_made_on_the_grid_and_cut(foley: Any, tmp_path: Path) -> None:
    """2.5 s at least, in rows of latents of 40 ms."""
    for samples, rows in ((1, 63), (2_400, 63), (3 * 48_000 + 2_000, 76)):
        with playing.given(foley._pipeline.unet) as seen:
            made = playing.run(foley, SoundRequest(prompt="rain", length_samples=samples), tmp_path / str(samples))
        assert made.shape == (2, samples)
        assert {latents.shape[2] for latents in seen} == {rows}
