"""Qwen-Image: guidance needs a negative prompt; the editor's encoder sees the references."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from stills import Still, alone, calls, distance, noise

from cinema.events import LocalWatch

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("qwen")


@pytest.fixture(scope="module")
def words(folder: Path) -> Still:
    return Still("qwen-image", folder)


@pytest.fixture(scope="module")
def editor(folder: Path) -> Still:
    return Still("qwen-image-edit", folder)


def expected(still: Still, kind: Any, given: dict[str, Any], **more: Any) -> np.ndarray:
    """With a space for the negative prompt that was not given, as its makers have it."""
    import diffusers
    import transformers

    return alone(
        still,
        kind,
        {"negative_prompt": " ", "true_cfg_scale": 4.0, **given},
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler,
        vae=diffusers.AutoencoderKLQwenImage,
        text_encoder=transformers.Qwen2_5_VLForConditionalGeneration,
        tokenizer=transformers.Qwen2TokenizerFast,
        transformer=diffusers.QwenImageTransformer2DModel,
        **more,
    )


def test_the_pipeline_by_itself_draws_the_same(words: Still) -> None:
    import diffusers

    assert np.abs(words.draw() - expected(words, diffusers.QwenImagePipeline, {})).max() <= 1


@pytest.mark.slow
def test_the_editors_pipeline_by_itself_draws_the_same(editor: Still) -> None:
    import diffusers
    import transformers
    from PIL import Image

    picture = noise(96, 64, 1)
    given = {"image": [Image.fromarray(picture)]}
    drawn = expected(editor, diffusers.QwenImageEditPlusPipeline, given, processor=transformers.Qwen2VLProcessor)
    assert np.abs(editor.draw(picture) - drawn).max() <= 1


def test_guidance_works_without_a_negative_prompt(words: Still) -> None:
    """Two calls a step, and another guidance another picture; at 1 there is one call."""
    with calls(words.adapter._pipeline.transformer, "forward") as seen:
        drawn = words.draw()
        assert len(seen) == 4
        words.draw(guidance=1.0)
        assert len(seen) == 6
    assert distance(drawn, words.draw(guidance=9.0)) > 0
    assert distance(drawn, words.draw(negative_prompt="a stone tower")) > 0
    assert distance(drawn, words.draw(prompt="a stone tower")) > 0


def test_a_single_step_is_made_two(words: Still) -> None:
    with calls(words.adapter._pipeline.transformer, "forward") as seen:
        assert distance(words.draw(steps=1, guidance=1.0), words.draw(steps=2, guidance=1.0)) == 0
    assert len(seen) == 4


@pytest.mark.slow
def test_the_encoder_sees_every_reference(editor: Still) -> None:
    """Each picture comes to about 384 x 384 for the encoder and 1024 x 1024 for the VAE."""
    first, second, third = noise(96, 64, 1), noise(64, 96, 2), noise(64, 96, 3)
    embeds: list[Any] = []
    for pictures in ((first, second), (first, third)):
        with calls(editor.adapter._editor.transformer, "forward") as seen:
            drawn = editor.draw(*pictures)
        assert drawn.shape == (64, 96, 3)
        (own, *shapes) = seen[0][1]["img_shapes"][0]
        assert own == (1, 4, 6)
        assert [(round(height / 64, 1), round(width / 64, 1)) for _, height, width in shapes] == [(0.8, 1.2), (1.2, 0.8)]
        embeds.append(seen[0][1]["encoder_hidden_states"])
    assert embeds[0].shape == embeds[1].shape
    assert embeds[0].shape[1] > 2 * 150
    assert (embeds[0] - embeds[1]).abs().max() > 0


@pytest.mark.slow
def test_a_prompt_beyond_the_transformers_places_is_cut(editor: Still) -> None:
    assert editor.draw(noise(64, 64), prompt="rain on the roof " * 700, guidance=1.0).shape == (64, 96, 3)


def test_only_prompts_without_references_are_encoded_ahead(editor: Still) -> None:
    alone, seeing = editor.request(prompt="a sheet"), editor.request(noise(64, 64), prompt="a keyframe")
    with calls(editor.adapter, "encode") as seen:
        editor.adapter.prepare([alone, seeing], LocalWatch())
        assert [given[0] for given, _ in seen] == ["a sheet"]
        assert editor.draw(prompt="a sheet").shape == (64, 96, 3)
        assert len(seen) == 1


@pytest.mark.slow
def test_encoders_leave_after_a_still_where_memory_is_short(folder: Path, editor: Still) -> None:
    frugal = Still("qwen-image-edit", folder, load_plan="component_offload")
    drawn = frugal.draw(noise(64, 64), guidance=1.0)
    assert frugal.adapter._encoders is None
    assert frugal.adapter._seeing_encoders is None
    assert drawn.shape == (64, 96, 3)
    editor.draw(noise(64, 64), guidance=1.0)
    assert editor.adapter._seeing_encoders is not None


def test_nothing_of_the_position_cache_stays(folder: Path) -> None:
    """The library keeps rotations by class, without end; they leave with the model."""
    import diffusers
    from diffusers.models.transformers.transformer_qwenimage import QwenEmbedRope

    def held() -> int:
        cells = [cell.cell_contents for one in vars(QwenEmbedRope).values() for cell in getattr(one, "__closure__", None) or ()]
        return sum(cell.cache_info().currsize for cell in cells if hasattr(cell, "cache_info"))

    assert diffusers.__version__
    still = Still("qwen-image", folder)
    still.draw()
    assert held() > 0
    still.adapter.unload()
    assert held() == 0
