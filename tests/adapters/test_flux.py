"""FLUX.1 and Kontext: one call a step, the size asked for, and several references on one canvas."""

from pathlib import Path

import numpy as np
import pytest
from stills import Still, alone, calls, distance, noise, plain

from cinema.adapters.kit.image import on_one_canvas
from cinema.events import LocalWatch

pytestmark = pytest.mark.models

SIZES = [(672, 1568), (1024, 1024), (1248, 832), (1568, 672)]


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Still:
    return Still("flux.1-dev", tmp_path_factory.mktemp("dev"))


@pytest.fixture(scope="module")
def kontext(tmp_path_factory: pytest.TempPathFactory) -> Still:
    return Still("flux.1-kontext-dev", tmp_path_factory.mktemp("kontext"))


def test_the_pipeline_by_itself_draws_the_same(dev: Still) -> None:
    """Encoders opened apart from the generator change nothing."""
    import diffusers
    import transformers

    expected = alone(
        dev,
        diffusers.FluxPipeline,
        {"guidance_scale": 3.5},
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler,
        vae=diffusers.AutoencoderKL,
        text_encoder=transformers.CLIPTextModel,
        tokenizer=transformers.CLIPTokenizer,
        text_encoder_2=transformers.T5EncoderModel,
        tokenizer_2=transformers.T5TokenizerFast,
        transformer=diffusers.FluxTransformer2DModel,
    )
    assert np.abs(dev.draw() - expected).max() <= 1


def test_guidance_goes_into_the_transformer_once_a_step(dev: Still) -> None:
    with calls(dev.adapter._pipeline.transformer, "forward") as seen:
        first = dev.draw()
        dev.draw(guidance=7.0)
    assert [float(named["guidance"]) for _, named in seen] == [3.5, 3.5, 7.0, 7.0]
    assert distance(first, dev.draw(prompt="a stone tower at night")) > 0
    assert distance(first, dev.draw(negative_prompt="blurry")) == 0


@pytest.mark.parametrize("references", [0, 1, 3])
def test_kontext_draws_the_size_asked_for(kontext: Still, references: int) -> None:
    """By itself the pipeline makes every picture a megapixel; the canvas keeps its own size."""
    with calls(kontext.adapter._pipeline.transformer, "forward") as seen:
        picture = kontext.draw(*(noise(64, 96, seed) for seed in range(references)), width_px=160, height_px=96)
    assert picture.shape == (96, 160, 3)
    tokens = seen[0][1]["hidden_states"].shape[1] - (160 // 16) * (96 // 16)
    assert 3500 < tokens < 4200 if references else tokens == 0


def test_kontext_goes_by_every_reference(kontext: Still) -> None:
    first, second, third = (noise(64, 64, seed) for seed in range(3))
    drawn = kontext.draw(first, second)
    assert distance(drawn, kontext.draw(first, third)) > 0
    assert distance(drawn, kontext.draw(second, first)) > 0
    assert distance(drawn, kontext.draw()) > 0


def test_the_prompt_says_where_each_reference_is(kontext: Still) -> None:
    """And what was encoded ahead is what is drawn with."""
    pictures = noise(64, 64, 1), noise(64, 64, 2)
    request = kontext.request(*pictures, prompt="Image 2 waves.")
    kontext.adapter._embeddings.clear()
    with calls(kontext.adapter, "encode") as seen:
        kontext.adapter.prepare([request], LocalWatch())
        kontext.draw(*pictures, prompt="Image 2 waves.")
    assert len(seen) == 1
    told = seen[0][0][0]
    assert told.endswith("image 1, image 2. Image 2 waves.")
    assert "from left to right" in told


def test_references_lie_side_by_side_unstretched() -> None:
    """Two upright pictures: the first on the left, as large as the canvas allows, in their own shape."""
    canvas = on_one_canvas([plain(300, 500, 255, 0, 0), plain(300, 500, 0, 0, 255)], SIZES)
    assert (canvas.shape[1], canvas.shape[0]) in SIZES
    red = np.argwhere((canvas == (255, 0, 0)).all(axis=-1))
    blue = np.argwhere((canvas == (0, 0, 255)).all(axis=-1))
    for found in (red, blue):
        height, width = np.ptp(found, axis=0) + 1
        assert abs(width / height - 0.6) < 0.01
        assert len(found) == width * height
    assert red[:, 1].max() < blue[:, 1].min()
    assert len(red) + len(blue) > 0.7 * canvas.shape[0] * canvas.shape[1]


def test_many_wide_references_go_in_rows() -> None:
    colours = [(250, 0, 0), (0, 250, 0), (0, 0, 250), (250, 250, 0)]
    canvas = on_one_canvas([plain(320, 180, *colour) for colour in colours], SIZES)
    places = [np.argwhere((canvas == colour).all(axis=-1)).mean(axis=0) for colour in colours]
    assert sorted(range(4), key=lambda one: (round(places[one][0] / 100), places[one][1])) == [0, 1, 2, 3]
    assert places[0][0] < places[-1][0]


def test_one_reference_fills_the_nearest_shape() -> None:
    canvas = on_one_canvas([plain(1920, 1080, 9, 9, 9)], [(1392, 752), (1024, 1024), (1456, 720)])
    assert canvas.shape == (752, 1392, 3)
    assert (canvas == 9).all()


def test_tiling_is_for_cards_that_are_too_small(dev: Still, tmp_path: Path) -> None:
    assert not dev.adapter._pipeline.vae.use_tiling
    assert Still("flux.1-dev", dev.folder, load_plan="component_offload").adapter._pipeline.vae.use_tiling
