"""Weights kept in 8 bits: a still made so is nearly the one made in bfloat16, with every family of stills."""

from pathlib import Path

import numpy as np
import pytest

from cinema.adapters import registry
from cinema.adapters.contract import Device, Job, LoadPlan
from cinema.adapters.kit.parts import Parts
from cinema.catalog import Catalog
from cinema.events import LocalWatch
from cinema.media import read_picture
from cinema.plan.task import ImageRequest
from cinema.testing.tiny import build

pytestmark = pytest.mark.models

CATALOG = Catalog()
MODELS = ["flux.1-dev", "flux.2-klein-4b", "qwen-image", "z-image-turbo"]


@pytest.mark.parametrize("model", MODELS)
def test_eight_bits_are_near_sixteen(model: str, tmp_path: Path) -> None:
    """T5, CLIP, Qwen3 and Qwen2.5-VL hand their prompts on in bfloat16, and the transformers take them."""
    manifest = CATALOG.manifest(model)
    build(manifest, tmp_path / "weights")
    pictures = []
    for precision in ("bf16", "fp8"):
        adapter = registry.create(manifest.family)
        adapter.load(LoadPlan(manifest=manifest, weights=tmp_path / "weights", precision=precision), Device())
        (tmp_path / precision).mkdir()
        request = ImageRequest(prompt="a red boat at sea", width_px=64, height_px=48, steps=2)
        adapter.run(Job(request=request, seed=1), tmp_path / precision, LocalWatch())
        pictures.append(read_picture(tmp_path / precision / "image.png").astype(float))
    assert not np.array_equal(pictures[0], pictures[1])
    assert np.abs(pictures[0] - pictures[1]).mean() < 0.1 * pictures[0].std()


def test_large_parts_shrink_and_decoders_do_not(tmp_path: Path) -> None:
    import diffusers
    import torch
    import transformers

    manifest = CATALOG.manifest("flux.1-dev")
    build(manifest, tmp_path)
    parts = Parts(LoadPlan(manifest=manifest, weights=tmp_path, precision="fp8"), Device())
    text = parts.component(transformers.T5EncoderModel, "text_encoder_2")
    assert text.dtype == torch.bfloat16
    assert text.encoder.block[0].layer[0].SelfAttention.q.weight.dtype == torch.float8_e4m3fn
    assert text.encoder.block[0].layer[-1].DenseReluDense.wo.weight.dtype != torch.float8_e4m3fn
    picture = parts.component(diffusers.AutoencoderKL, "vae")
    assert {one.dtype for one in picture.parameters()} == {torch.bfloat16}
