"""Z-Image: no guidance, no second call; numbers where the library leaves none."""

from pathlib import Path

import numpy as np
import pytest
from stills import Still, alone, calls, distance

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def turbo(tmp_path_factory: pytest.TempPathFactory) -> Still:
    return Still("z-image-turbo", tmp_path_factory.mktemp("turbo"))


def test_the_pipeline_by_itself_draws_the_same(turbo: Still) -> None:
    import diffusers
    import transformers

    expected = alone(
        turbo,
        diffusers.ZImagePipeline,
        {"guidance_scale": 0.0},
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler,
        vae=diffusers.AutoencoderKL,
        text_encoder=transformers.Qwen3Model,
        tokenizer=transformers.Qwen2TokenizerFast,
        transformer=diffusers.ZImageTransformer2DModel,
    )
    drawn = turbo.draw()
    assert np.abs(drawn - expected).max() <= 1
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
