"""What is special to FramePack: sections, their order, the picture that latents and SigLIP carry, one take of any length."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shooting

from cinema.catalog import Grid
from cinema.errors import InputError
from cinema.events import LocalWatch

pytestmark = [pytest.mark.models, pytest.mark.slow]

GRID = Grid(frame_step=36, frame_offset=1, min_frames=37, size_multiple=16, fps=(Fraction(30),))
KINDS = ("inverted_anti_drifting", "vanilla")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("framepack") / "model"


@pytest.fixture(params=KINDS)
def framepack(request: pytest.FixtureRequest, folder: Path) -> Iterator[Any]:
    settings: dict[str, Any] = {"guidance": 9.0, "shift": 7.0, "sampling_type": request.param, "latent_window_size": 9}
    adapter = shooting.opened(shooting.manifest_for("framepack", GRID, settings, ("keyframe",)), folder)
    yield adapter
    adapter.unload()


@pytest.mark.parametrize(("asked", "sections"), [(37, 1), (73, 2), (74, 3)])
def test_sections_give_the_frames_asked_for(framepack: Any, asked: int, sections: int) -> None:
    """33 frames a section, as the pipeline's argument counts, would be one section too many for most lengths."""
    with shooting.calls(framepack._pipeline.transformer) as seen:
        made = shooting.shot(framepack, frames=asked, steps=1, width_px=32, height_px=32, keyframe=shooting.picture(1, 32, 32))
    assert len(seen) == sections
    assert made.shape == (36 * sections + 1, 32, 32, 3)


def test_a_long_take_is_one_window_at_the_film_s_rate(framepack: Any, tmp_path: Path) -> None:
    """50 frames at 24 are 62 at 30: two sections, whose steps are counted together."""
    watch = LocalWatch()
    with shooting.calls(framepack._pipeline.image_encoder) as looked, shooting.calls(framepack._pipeline.transformer) as seen:
        frames = shooting.clip(framepack, tmp_path / "out", watch, keyframe=shooting.picture(3), length_frames=50)
    assert frames.shape == (50, 48, 64, 3)
    assert len(looked) == 1
    assert len(seen) == 4
    assert watch.steps == [(done, 5) for done in range(6)]


def test_picture_words_and_guidance_reach_the_model(framepack: Any) -> None:
    first = shooting.shot(framepack, keyframe=shooting.picture(1))
    with shooting.calls(framepack._pipeline.transformer) as seen:
        other = shooting.shot(framepack, keyframe=shooting.picture(2), guidance=9.0)
    assert not np.array_equal(first, other)
    assert not np.array_equal(first, shooting.shot(framepack, keyframe=shooting.picture(1), prompt="gulls"))
    assert np.array_equal(first, shooting.shot(framepack, keyframe=shooting.picture(1), negative_prompt="other"))
    assert seen[0]["image_embeds"].shape == (1, 729, 12)
    assert float(seen[0]["guidance"]) == 9000.0
    assert [float(call["timestep"][0]) for call in seen] == pytest.approx([1000.0, 875.0])
    with pytest.raises(InputError, match="keyframe"):
        shooting.shot(framepack)


def test_the_checkpoint_s_own_order_of_sections_is_kept(framepack: Any) -> None:
    """Inverted: the end is made first, far behind the picture. Vanilla: each section follows what was made."""
    with shooting.calls(framepack._pipeline.transformer) as seen:
        shooting.shot(framepack, frames=73, steps=1, keyframe=shooting.picture(1))
    starts = [int(call["indices_latents"][0]) for call in seen]
    inverted = framepack.parts.setting("sampling_type") == "inverted_anti_drifting"
    assert starts == ([10, 1] if inverted else [20, 20])
