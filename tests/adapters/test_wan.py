"""What is special to Wan: which pipeline, which expert, which guidance; that words and pictures reach the model."""

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

EIGHT = Grid(frame_step=4, frame_offset=1, min_frames=5, max_frames=17, size_multiple=16, fps=(Fraction(16),))
SIXTEEN = Grid(
    frame_step=4, frame_offset=1, min_frames=5, max_frames=17, overlap_frames=1, size_multiple=32, fps=(Fraction(24),)
)
MODELS: dict[str, tuple[Grid, dict[str, Any], tuple[Any, ...]]] = {
    "t2v-1.3b": (EIGHT, {}, ()),
    "t2v-a14b": (EIGHT, {"boundary_ratio": 0.875, "guidance_2": 2.0, "flow_shift": 12.0}, ()),
    "i2v-a14b": (
        EIGHT.model_copy(update={"overlap_frames": 1}),
        {"boundary_ratio": 0.9, "guidance_2": 3.5, "flow_shift": 5.0},
        ("keyframe",),
    ),
    "ti2v-5b": (SIXTEEN, {"expand_timesteps": True, "flow_shift": 5.0}, ("keyframe",)),
}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("wan")


@pytest.fixture
def wan(request: pytest.FixtureRequest, folders: Path) -> Iterator[Any]:
    grid, settings, wants = MODELS[request.param]
    adapter = shooting.opened(shooting.manifest_for("wan", grid, settings, wants), folders / request.param)
    yield adapter
    adapter.unload()


def parametrised(*models: str) -> Any:
    return pytest.mark.parametrize("wan", models, indirect=True)


@parametrised(*MODELS)
def test_words_reach_the_model_at_the_length_it_was_trained_for(wan: Any) -> None:
    keyframe = None if wan._from_picture is None else shooting.picture(1)
    one, same, other = (
        shooting.shot(wan, prompt=text, keyframe=keyframe) for text in ("a red boat", "a red boat", "gulls at night")
    )
    assert one.shape == (9, 64, 64, 3)
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
    assert wan.embeddings("a red boat", "blurry")["prompt_embeds"].shape[1] == 512


@parametrised("i2v-a14b", "ti2v-5b")
def test_the_keyframe_and_the_last_frame_before_reach_the_model(wan: Any) -> None:
    first, other = (shooting.shot(wan, keyframe=shooting.picture(seed)) for seed in (1, 2))
    assert not np.array_equal(first, other)
    again = shooting.shot(wan, before=shooting.picture(1)[None])
    assert np.array_equal(first, again)


@parametrised("ti2v-5b")
def test_ti2v_keeps_the_given_frame_and_makes_clips_of_words_too(wan: Any) -> None:
    """The first latent frame is the keyframe's own through every step: its tokens are told that they are at time 0."""
    with shooting.calls(wan._from_picture.transformer) as seen:
        shooting.shot(wan, keyframe=shooting.picture(1), steps=3, guidance=1.0)
    assert len(seen) == 3
    tokens = seen[0]["timestep"].reshape(3, -1)
    assert tokens.shape[1] == 4
    assert not tokens[0].any()
    assert (tokens[1:] > 900).all()
    held = [call["hidden_states"][:, :, 0] for call in seen]
    assert all(np.array_equal(held[0], one) for one in held[1:])
    with shooting.calls(wan._from_picture.transformer) as seen:
        shooting.shot(wan, steps=3, guidance=1.0)
    assert (seen[0]["timestep"] > 900).all()


@parametrised("t2v-a14b", "i2v-a14b")
def test_each_expert_has_its_steps_and_its_guidance(wan: Any) -> None:
    pipeline = wan._from_text or wan._from_picture
    keyframe = None if wan._from_picture is None else shooting.picture(1)
    with shooting.calls(pipeline.transformer) as high, shooting.calls(pipeline.transformer_2) as low:
        whole = shooting.shot(wan, keyframe=keyframe, steps=8)
    boundary = 1000 * wan.parts.setting("boundary_ratio")
    assert len(high) + len(low) == 16
    assert all(float(call["timestep"][0]) >= boundary for call in high)
    assert all(float(call["timestep"][0]) < boundary for call in low)
    assert high
    assert low
    other = shooting.shot(wan, keyframe=keyframe, steps=8, guidance=5.0)
    assert not np.array_equal(whole, other)
    wan.parts.manifest.settings["guidance_2"] += 3.0
    try:
        assert not np.array_equal(whole, shooting.shot(wan, keyframe=keyframe, steps=8))
    finally:
        wan.parts.manifest.settings["guidance_2"] -= 3.0


@parametrised("t2v-a14b", "i2v-a14b")
def test_one_expert_at_a_time_is_on_the_card(wan: Any) -> None:
    """Shown with host memory in the part of the card: each expert comes once a window, when the other has left."""
    import torch

    from cinema.adapters.kit.residency import Stage, attach

    turns: list[tuple[str, str]] = []
    stage = Stage(torch.device("cpu"), lambda what, name, _size: turns.append((what, name)))
    pipeline = wan._from_text or wan._from_picture
    for module in (pipeline.transformer, pipeline.transformer_2, pipeline.vae):
        attach(module, stage)
    shooting.shot(wan, steps=8, keyframe=None if wan._from_picture is None else shooting.picture(1))
    stage.leave()
    came = [name for what, name in turns if what == "onto"]
    assert came == ["AutoencoderKLWan"] * (wan._from_picture is not None) + ["WanTransformer3DModel"] * 2 + ["AutoencoderKLWan"]
    assert [what for what, _ in turns] == ["onto", "off"] * len(came)


@parametrised(*MODELS)
def test_the_scheduler_has_the_manifest_s_shift_and_the_vae_is_float32(wan: Any) -> None:
    import torch

    pipeline = wan._from_text or wan._from_picture
    assert pipeline.scheduler.config.flow_shift == wan.parts.setting("flow_shift", 3.0)
    assert pipeline.scheduler.config.prediction_type == "flow_prediction"
    assert pipeline.vae.dtype == torch.float32


def test_the_vae_stays_float32_in_a_plan_of_bf16(folders: Path) -> None:
    import torch

    from cinema.adapters import registry
    from cinema.adapters.contract import Device, LoadPlan

    manifest = shooting.manifest_for("wan", *MODELS["t2v-1.3b"])
    shooting.opened(manifest, folders / "t2v-1.3b").unload()
    adapter: Any = registry.create("wan")
    plan = LoadPlan(manifest=manifest, weights=folders / "t2v-1.3b", precision="bf16", load_plan="component_offload")
    adapter.load(plan, Device())
    assert adapter._from_text.vae.dtype == torch.float32
    assert adapter._from_text.vae.use_tiling
    assert adapter._from_text.transformer.dtype == torch.bfloat16
    assert shooting.shot(adapter).shape == (9, 64, 64, 3)
    adapter.unload()


@parametrised("t2v-1.3b")
def test_a_clip_at_16_is_retimed_to_the_film_s_rate(wan: Any, tmp_path: Path) -> None:
    """24 frames at 24 fps last 1 s: 17 frames at 16 cover them, in one window."""
    watch = LocalWatch()
    frames = shooting.clip(wan, tmp_path / "out", watch, length_frames=24)
    assert len(frames) == 24
    assert watch.steps[-1] == (3, 3)
    with pytest.raises(InputError, match="outlasts the model's 17"):
        shooting.clip(wan, tmp_path / "long", length_frames=50)


@parametrised("ti2v-5b", "i2v-a14b")
def test_a_long_shot_goes_on_from_the_last_frame(wan: Any, tmp_path: Path) -> None:
    with shooting.calls(wan._from_picture.transformer) as seen:
        frames = shooting.clip(wan, tmp_path / "out", keyframe=shooting.picture(3), length_frames=40)
    assert len(frames) == 40
    assert len(seen) >= 2


@parametrised("i2v-a14b", "t2v-1.3b")
def test_a_picture_is_neither_lost_nor_made_up(wan: Any) -> None:
    keyframe = shooting.picture(1) if wan._from_picture is None else None
    with pytest.raises(InputError, match="picture"):
        shooting.shot(wan, keyframe=keyframe)


@parametrised("ti2v-5b")
def test_sizes_are_on_its_grid_of_32(wan: Any) -> None:
    """The pipeline would round 48 down to 32 with no more than a warning; the kit asks for 64 and crops."""
    from cinema.adapters.kit.windows import working_size

    assert working_size(1280, 720, SIXTEEN) == (1280, 736)
    assert shooting.shot(wan, height_px=working_size(64, 48, SIXTEEN)[1]).shape == (9, 64, 64, 3)
