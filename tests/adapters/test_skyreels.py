"""What is special to SkyReels-V2: long takes in one window, repeatable; shift and guidance by what the take starts from."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shooting
from PIL import Image

from cinema.adapters.skyreels import sections
from cinema.catalog import Grid
from cinema.events import LocalWatch

pytestmark = [pytest.mark.models, pytest.mark.slow]

GRID = Grid(frame_step=4, frame_offset=1, min_frames=9, max_frames=97, size_multiple=16, fps=(Fraction(24),))
SETTINGS: dict[str, Any] = {
    "guidance": 6.0,
    "guidance_image": 5.0,
    "flow_shift": 8.0,
    "flow_shift_image": 5.0,
    "base_num_frames": 17,
    "overlap_history": 5,
    "addnoise_condition": 20,
}


@pytest.fixture(scope="module")
def skyreels(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    manifest = shooting.manifest_for("skyreels", GRID, SETTINGS, ("keyframe",))
    adapter = shooting.opened(manifest, tmp_path_factory.mktemp("skyreels") / "tiny")
    yield adapter
    adapter.unload()


@pytest.mark.parametrize("frames", [9, 17, 21, 33, 41, 65])
@pytest.mark.parametrize("keyframe", [None, shooting.picture(1)], ids=["words", "picture"])
def test_a_take_of_any_length_is_one_window(skyreels: Any, frames: int, keyframe: Any, tmp_path: Path) -> None:
    """From words and from a picture, with a last section of any length; every step is told."""
    watch = LocalWatch()
    made = shooting.clip(skyreels, tmp_path / "out", watch, keyframe=keyframe, length_frames=frames)
    assert len(made) == frames
    ticks = 2 * sections(frames, 17, 5)
    assert watch.steps == [(done, ticks + 1) for done in range(ticks + 2)]


def test_a_section_goes_on_from_latents_of_the_one_before(skyreels: Any) -> None:
    """Its first latents are the last two before it, with 2 % of noise, and told so by their timestep."""
    with shooting.calls(skyreels._from_text.transformer) as seen:
        shooting.shot(skyreels, frames=29, guidance=1.0)
    assert [call["hidden_states"].shape[2] for call in seen] == [5, 5, 5, 5]
    assert not (seen[1]["timestep"] == 20).any()
    for call in seen[2:]:
        assert (call["timestep"][:, :2] == 20).all()
        assert (call["timestep"][:, 2:] > 20).all()
    first, second = (call["hidden_states"][:, :, :2] for call in seen[2:])
    assert 0 < float((first - second).abs().max()) < 0.2


def test_long_takes_are_repeatable_though_the_library_throws_global_dice(skyreels: Any) -> None:
    import torch

    one = shooting.shot(skyreels, frames=33)
    state = torch.random.get_rng_state()
    torch.randn(7)
    assert np.array_equal(one, shooting.shot(skyreels, frames=33))
    torch.random.set_rng_state(state)
    assert torch.equal(state, torch.random.get_rng_state())
    assert not np.array_equal(one, shooting.shot(skyreels, frames=33, seed=2))


def test_words_and_pictures_reach_the_model(skyreels: Any) -> None:
    assert not np.array_equal(shooting.shot(skyreels), shooting.shot(skyreels, prompt="gulls at night"))
    one, other = (shooting.shot(skyreels, keyframe=shooting.picture(seed)) for seed in (1, 2))
    assert not np.array_equal(one, other)
    assert skyreels.embeddings("a red boat", "blurry")["prompt_embeds"].shape[1] == 512


def test_shift_and_guidance_follow_what_the_take_starts_from(skyreels: Any) -> None:
    assert skyreels._from_text.scheduler.config.flow_shift == 8.0
    assert skyreels._from_picture.scheduler.config.flow_shift == 5.0
    assert skyreels._from_text.transformer is skyreels._from_picture.transformer
    shooting.shot(skyreels, guidance=6.0)
    shooting.shot(skyreels, guidance=6.0, keyframe=shooting.picture(1))
    assert (skyreels._from_text.guidance_scale, skyreels._from_picture.guidance_scale) == (6.0, 5.0)
    shooting.shot(skyreels, guidance=2.0, keyframe=shooting.picture(1))
    assert skyreels._from_picture.guidance_scale == 2.0


def test_sections_are_counted_as_the_pipeline_makes_them() -> None:
    assert [sections(frames, 97, 17) for frames in (9, 97, 101, 177, 181, 257, 737)] == [1, 1, 2, 2, 3, 3, 9]


def test_diffusers_still_needs_the_last_section_shortened(skyreels: Any) -> None:
    fixed: Any = skyreels._from_picture
    plain: Any = type(fixed)(**fixed.components)
    plain.set_progress_bar_config(disable=True)
    start = Image.fromarray(shooting.picture(1))
    asked: dict[str, Any] = {"num_frames": 21, "base_num_frames": 17, "overlap_history": 5, "num_inference_steps": 1}
    with pytest.raises(IndexError):
        plain(image=start, height=64, width=64, guidance_scale=1.0, **skyreels.embeddings("a", ""), **asked)
