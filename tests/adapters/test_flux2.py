"""FLUX.2 klein: distilled or not, and references of any size and number."""

from pathlib import Path

import numpy as np
import pytest
from stills import Still, alone, calls, distance, noise

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("klein")


@pytest.fixture(scope="module")
def klein(folder: Path) -> Still:
    return Still("flux.2-klein-4b", folder)


def test_the_pipeline_by_itself_draws_the_same(klein: Still) -> None:
    import diffusers
    import transformers
    from PIL import Image

    pictures = [noise(96, 64, 1), noise(64, 96, 2)]
    expected = alone(
        klein,
        diffusers.Flux2KleinPipeline,
        {"image": [Image.fromarray(one) for one in pictures]},
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler,
        vae=diffusers.AutoencoderKLFlux2,
        text_encoder=transformers.Qwen3ForCausalLM,
        tokenizer=transformers.Qwen2TokenizerFast,
        transformer=diffusers.Flux2Transformer2DModel,
        is_distilled=True,
    )
    assert np.abs(klein.draw(*pictures) - expected).max() <= 1


def test_the_distilled_model_ignores_guidance(klein: Still) -> None:
    """One call of the transformer a step, and the same picture."""
    with calls(klein.adapter._pipeline.transformer, "forward") as seen:
        plain = klein.draw(guidance=1.0)
        guided = klein.draw(guidance=6.0, negative_prompt="blurry")
    assert len(seen) == 4
    assert distance(plain, guided) == 0


def test_the_base_model_is_guided(folder: Path, klein: Still) -> None:
    base = Still("flux.2-klein-4b", folder, distilled=False)
    with calls(base.adapter._pipeline.transformer, "forward") as seen:
        guided = base.draw(guidance=4.0)
    assert len(seen) == 4
    assert distance(guided, klein.draw()) > 0
    assert distance(guided, base.draw(guidance=4.0, negative_prompt="a stone tower")) > 0


@pytest.mark.parametrize("size", [(32, 24), (1600, 64), (64, 1600), (8, 800)])
def test_references_that_the_pipeline_would_refuse_are_made_fit(klein: Still, size: tuple[int, int]) -> None:
    assert klein.draw(noise(*size)).shape == (64, 96, 3)


def test_every_reference_and_the_prompt_have_a_say(klein: Still) -> None:
    """A reference of 96 x 64 adds 6 x 4 tokens; a long prompt is cut at 512."""
    first, second, third = (noise(96, 64, seed) for seed in range(3))
    with calls(klein.adapter._pipeline.transformer, "forward") as seen:
        drawn = klein.draw(first, second, prompt="rain " * 900)
    assert seen[0][1]["hidden_states"].shape[1] == 3 * 6 * 4
    assert seen[0][1]["encoder_hidden_states"].shape[1] == 512
    assert distance(drawn, klein.draw(first, third, prompt="rain " * 900)) > 0
    assert distance(klein.draw(), klein.draw(prompt="a stone tower at night")) > 0
