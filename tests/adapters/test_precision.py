"""Weights in fewer bits, on tiny checkpoints: the same code as on a card."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cinema.adapters.contract import Device, Job, LoadPlan
from cinema.adapters.ltx_video import LtxVideo
from cinema.catalog import Catalog
from cinema.events import LocalWatch
from cinema.media import read_frames
from cinema.plan.task import VideoRequest
from cinema.testing.tiny import build

pytestmark = pytest.mark.models

MANIFEST = Catalog().manifest("ltx-video-2b-distilled")
REQUEST = VideoRequest(prompt="a sea", width_px=64, height_px=32, fps=Fraction(24), length_frames=9, steps=2)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny") / "ltx"
    build(MANIFEST, folder)
    return folder


def clip(weights: Path, precision: str, out: Path) -> tuple[Any, Any]:
    """The frames made in that precision, and the transformer that made them."""
    out.mkdir()
    adapter = LtxVideo()
    adapter.load(LoadPlan(manifest=MANIFEST, weights=weights, precision=precision), Device())
    transformer = adapter._pipeline.transformer  # pyright: ignore[reportPrivateUsage]
    adapter.run(Job(request=REQUEST, seed=1), out, LocalWatch())
    frames = np.stack(list(read_frames(out / "clip.mp4"))).astype(np.float32)
    return frames, transformer


@pytest.mark.parametrize(
    ("precision", "stored"),
    [
        ("bf16", {"bfloat16"}),
        ("fp8", {"float8_e4m3fn", "bfloat16"}),
        ("int8", {"int8", "bfloat16"}),
        ("nf4", {"uint8", "bfloat16"}),
    ],
)
def test_weights_are_kept_in_that_precision_and_still_give_a_picture(
    precision: str, stored: set[str], weights: Path, tmp_path: Path
) -> None:
    import torch

    if precision in ("int8", "nf4") and not torch.cuda.is_available():
        pytest.skip("diffusers quantises by bitsandbytes on a GPU only, and there is none here")
    plain, _ = clip(weights, "native", tmp_path / "native")
    frames, transformer = clip(weights, precision, tmp_path / precision)
    kept = {str(one.dtype).removeprefix("torch.") for name, one in transformer.named_parameters() if "block" in name}
    assert kept == stored
    assert frames.shape == plain.shape
    assert np.isfinite(frames).all()
    assert 0 < np.abs(frames - plain).mean() < 25
