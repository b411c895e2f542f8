"""What is special to Kandinsky 5 Lite: both encoders count, guidance or none, and the scale of positions of the Lite weights."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shooting

from cinema.catalog import Grid
from cinema.errors import InputError
from cinema.testing.tiny import build

pytestmark = [pytest.mark.models, pytest.mark.slow]

GRID = Grid(frame_step=4, frame_offset=1, min_frames=5, max_frames=121, size_multiple=16, fps=(Fraction(24),))
MANIFEST = shooting.manifest_for("kandinsky5", GRID, {"steps": 2, "guidance": 5.0})


@pytest.fixture(scope="module")
def kandinsky(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    adapter = shooting.opened(MANIFEST, tmp_path_factory.mktemp("kandinsky5") / "tiny")
    yield adapter
    adapter.unload()


def test_the_same_build_gives_the_same_revision(tmp_path: Path) -> None:
    assert build(MANIFEST, tmp_path / "a") == build(MANIFEST, tmp_path / "b")


def test_the_prompt_and_what_it_must_not_show_reach_the_model(kandinsky: Any) -> None:
    one = shooting.shot(kandinsky)
    assert one.shape == (9, 64, 64, 3)
    assert not np.array_equal(one, shooting.shot(kandinsky, prompt="gulls at night"))
    assert not np.array_equal(one, shooting.shot(kandinsky, negative_prompt="a boat"))


def test_either_encoder_counts(kandinsky: Any) -> None:
    """The words of Qwen and the sum of CLIP, each swapped for another prompt's."""
    kandinsky.embeddings("gulls at night", "blurry")
    one = shooting.shot(kandinsky)
    own = dict(kandinsky._embeddings["a street at dawn", "blurry"])
    other = kandinsky._embeddings["gulls at night", "blurry"]
    for names in (("prompt_embeds_qwen", "prompt_cu_seqlens"), ("prompt_embeds_clip",)):
        kandinsky._embeddings["a street at dawn", "blurry"] = {**own, **{name: other[name] for name in names}}
        assert not np.array_equal(one, shooting.shot(kandinsky)), names
    kandinsky._embeddings["a street at dawn", "blurry"] = own


@pytest.mark.parametrize(("guidance", "calls"), [(5.0, 6), (1.0, 3)])
def test_the_distilled_model_calls_once_a_step(kandinsky: Any, guidance: float, calls: int) -> None:
    with shooting.calls(kandinsky._pipeline.transformer) as seen:
        shooting.shot(kandinsky, steps=3, guidance=guidance)
    assert len(seen) == calls


@pytest.mark.parametrize("size", [(64, 64), (512, 48), (912, 512)])
def test_positions_have_the_scale_of_the_lite_weights_at_any_size(kandinsky: Any, size: tuple[int, int]) -> None:
    """diffusers would take the Pro models' 3.16 for each of these."""
    with shooting.calls(kandinsky._pipeline.transformer) as seen:
        shooting.shot(kandinsky, width_px=size[0], height_px=size[1], frames=1, steps=1, guidance=1.0)
    assert seen[0]["scale_factor"] == (1.0, 2.0, 2.0)


def test_it_starts_from_no_picture(kandinsky: Any, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="words alone"):
        shooting.shot(kandinsky, keyframe=shooting.picture(1))
    with pytest.raises(InputError, match="outlasts the model's 121"):
        shooting.clip(kandinsky, tmp_path / "long", length_frames=122)
