"""Z-Image: no guidance, no second call; numbers where the library leaves none."""

from pathlib import Path

import numpy as np
import pytest
from stills import Still, calls, distance

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def turbo(tmp_path_factory: pytest.TempPathFactory) -> Still:
    return Still("z-image-turbo", tmp_path_factory.mktemp("turbo"))


def test_the_pipeline_by_itself_draws_the_same(turbo: Still) -> None:
    import diffusers
    import torch
    import transformers

    parts = turbo.adapter.parts
    pipeline = diffusers.ZImagePipeline(
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler.from_pretrained(turbo.weights / "scheduler"),
        vae=parts.component(diffusers.AutoencoderKL, "vae"),
        text_encoder=parts.component(transformers.Qwen3Model, "text_encoder"),
        tokenizer=transformers.Qwen2TokenizerFast.from_pretrained(turbo.weights / "tokenizer"),
        transformer=parts.component(diffusers.ZImageTransformer2DModel, "transformer"),
    )
    pipeline.set_progress_bar_config(disable=True)
    expected = pipeline(
        "a red boat",
        width=96,
        height=64,
        num_inference_steps=2,
        guidance_scale=0.0,
        generator=torch.Generator("cpu").manual_seed(1),
        output_type="np",
    ).images[0]
    drawn = turbo.draw()
    assert np.abs(drawn - np.rint(expected * 255)).max() <= 1
    assert drawn.std() > 1


def test_turbo_takes_eight_steps_without_guidance(turbo: Still) -> None:
    with calls(turbo.adapter._pipeline.transformer, "forward") as seen:
        drawn = turbo.draw(steps=None)
    assert len(seen) == 8
    assert all(len(given[0]) == 1 for given, _ in seen)
    assert distance(drawn, turbo.draw(steps=None, negative_prompt="a stone tower")) == 0
    assert distance(drawn, turbo.draw(steps=None, prompt="a stone tower")) > 0


def test_guidance_costs_a_second_picture_a_step(turbo: Still) -> None:
    with calls(turbo.adapter._pipeline.transformer, "forward") as seen:
        drawn = turbo.draw(guidance=3.0)
    assert [len(given[0]) for given, _ in seen] == [2, 2]
    assert distance(drawn, turbo.draw(guidance=3.0, negative_prompt="a stone tower")) > 0


def test_an_encoder_that_kept_its_head_is_read_all_the_same(turbo: Still, tmp_path: Path) -> None:
    """Qwen3-4B is published with a language head, which is not needed here."""
    import shutil

    import transformers

    shutil.copytree(turbo.weights, tmp_path / "z-image-turbo")
    folder = tmp_path / "z-image-turbo" / "text_encoder"
    body = transformers.Qwen3Model.from_pretrained(folder)
    whole = transformers.Qwen3ForCausalLM(body.config)
    whole.model.load_state_dict(body.state_dict())
    shutil.rmtree(folder)
    whole.save_pretrained(folder)
    assert distance(Still("z-image-turbo", tmp_path).draw(), turbo.draw()) == 0
