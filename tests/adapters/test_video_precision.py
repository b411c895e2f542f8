"""Weights in bfloat16 (with encoders and VAEs in float16 where the vendor has them so) and in 8 bits: nearly the same clip."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shooting

from cinema.adapters import registry
from cinema.adapters.contract import Device, LoadPlan
from cinema.catalog import Catalog
from cinema.testing.tiny import build

pytestmark = [pytest.mark.models, pytest.mark.slow]

MODELS = ["hunyuanvideo-t2v", "hunyuanvideo-i2v", "hunyuanvideo-1.5-480p-i2v-distilled", "framepack-f1", "ltx-2.3"]


@pytest.mark.parametrize("model", MODELS)
def test_eight_bits_are_near_sixteen(model: str, tmp_path: Path) -> None:
    """No part hands another a dtype that it cannot take, picture and prompt included."""
    manifest = Catalog().manifest(model)
    build(manifest, tmp_path / "weights")
    keyframe = shooting.picture(1) if manifest.wants else None
    made: list[np.ndarray] = []
    for precision in ("bf16", "fp8"):
        adapter: Any = registry.create(manifest.family)
        adapter.load(LoadPlan(manifest=manifest, weights=tmp_path / "weights", precision=precision), Device())
        frames = manifest.grid.min_frames
        made.append(shooting.shot(adapter, keyframe=keyframe, frames=frames, guidance=manifest.settings["guidance"]))
        adapter.unload()
    assert not np.array_equal(made[0], made[1])
    assert np.abs(made[0].astype(float) - made[1].astype(float)).mean() < 0.1 * made[0].std()
