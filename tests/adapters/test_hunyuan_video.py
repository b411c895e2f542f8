"""What is special to HunyuanVideo: guidance in one call, Llama 3's tokens, the picture that text encoder and generator see."""

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
from cinema.plan.task import VideoRequest

pytestmark = [pytest.mark.models, pytest.mark.slow]

GRID = Grid(frame_step=4, frame_offset=1, min_frames=5, max_frames=9, size_multiple=16, fps=(Fraction(24),))
SETTINGS: dict[str, Any] = {"steps": 2, "guidance": 6.0, "shift": 7.0}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hunyuan")


@pytest.fixture
def from_text(folder: Path) -> Iterator[Any]:
    adapter = shooting.opened(shooting.manifest_for("hunyuan_video", GRID, SETTINGS), folder / "t2v")
    yield adapter
    adapter.unload()


@pytest.fixture
def from_picture(folder: Path) -> Iterator[Any]:
    grid = GRID.model_copy(update={"overlap_frames": 1})
    adapter = shooting.opened(shooting.manifest_for("hunyuan_video", grid, SETTINGS, ("keyframe",)), folder / "i2v")
    yield adapter
    adapter.unload()


def test_exactly_the_words_reach_the_model(from_text: Any) -> None:
    """The frame around the prompt is 95 tokens of Llama 3, which are cut off; a Llama 2 tokenizer would leave others."""
    embedded = from_text.embeddings("a red boat", "")
    assert embedded["prompt_embeds"].shape[1] == 256
    words = len(from_text._encoders.tokenizer("a red boat<|eot_id|>").input_ids) - 1
    assert embedded["prompt_attention_mask"].sum() == words
    one, same, other = (shooting.shot(from_text, prompt=text) for text in ("a red boat", "a red boat", "gulls at night"))
    assert one.shape == (9, 64, 64, 3)
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_guidance_is_embedded_one_call_a_step_and_no_negative_prompt(from_text: Any) -> None:
    with shooting.calls(from_text._pipeline.transformer) as seen:
        one = shooting.shot(from_text, guidance=6.0, steps=3)
    assert len(seen) == 3
    assert [float(call["guidance"]) for call in seen] == [6000.0] * 3
    assert np.array_equal(one, shooting.shot(from_text, guidance=6.0, steps=3, negative_prompt="nothing else"))
    assert not np.array_equal(one, shooting.shot(from_text, guidance=1.0, steps=3))


@pytest.mark.parametrize(("shift", "second"), [(7.0, 875.0), (3.0, 750.0)])
def test_the_flow_has_the_manifest_s_shift(folder: Path, shift: float, second: float) -> None:
    """Of two steps the second starts at sigma s * 0.5 / (1 + (s - 1) * 0.5)."""
    manifest = shooting.manifest_for("hunyuan_video", GRID, {**SETTINGS, "shift": shift})
    adapter = shooting.opened(manifest, folder / "t2v")
    with shooting.calls(adapter._pipeline.transformer) as seen:
        shooting.shot(adapter)
    adapter.unload()
    assert [float(call["timestep"][0]) for call in seen] == pytest.approx([1000.0, second])


def test_the_text_encoder_and_the_generator_see_the_picture(from_picture: Any) -> None:
    pipeline = from_picture._pipeline
    with shooting.calls(pipeline.text_encoder) as read, shooting.calls(pipeline.transformer) as seen:
        first, other = (shooting.shot(from_picture, steps=3, keyframe=shooting.picture(seed)) for seed in (1, 2))
    assert not np.array_equal(first, other)
    assert len(read) == 2
    assert read[0]["pixel_values"].shape[-2:] == (336, 336)
    assert not np.array_equal(read[0]["pixel_values"], read[1]["pixel_values"])
    assert not np.array_equal(seen[0]["encoder_hidden_states"], seen[3]["encoder_hidden_states"])
    assert len(seen) == 6
    assert float(seen[0]["guidance"]) == 3000.0
    held = [call["hidden_states"][:, :, 0] for call in seen[:3]]
    assert all(np.array_equal(held[0], one) for one in held[1:])
    assert not np.array_equal(seen[0]["hidden_states"][:, :, 1], seen[1]["hidden_states"][:, :, 1])


def test_words_reach_the_picture_s_model_too(from_picture: Any) -> None:
    one, other = (shooting.shot(from_picture, prompt=text, keyframe=shooting.picture(1)) for text in ("a boat", "gulls"))
    assert not np.array_equal(one, other)


def test_a_long_shot_goes_on_from_the_last_frame(from_picture: Any, tmp_path: Path) -> None:
    with shooting.calls(from_picture._pipeline.text_encoder) as read:
        frames = shooting.clip(from_picture, tmp_path / "out", keyframe=shooting.picture(3), length_frames=21)
    assert frames.shape == (21, 48, 64, 3)
    assert len(read) == 3
    assert not np.array_equal(read[0]["pixel_values"], read[1]["pixel_values"])


def test_prompts_without_pictures_wait_for_them(from_picture: Any, from_text: Any) -> None:
    asked = VideoRequest(prompt="a red boat", width_px=64, height_px=48, fps=Fraction(24), length_frames=9, keyframe=0)
    for adapter, encoded in ((from_picture, 0), (from_text, 1)):
        adapter.prepare([asked, asked], LocalWatch())
        assert len(adapter._embeddings) == encoded


def test_what_cannot_be_made_is_refused(from_picture: Any, from_text: Any, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="keyframe"):
        shooting.shot(from_picture)
    with pytest.raises(InputError, match="outlasts"):
        shooting.clip(from_text, tmp_path / "out", length_frames=21)


def test_the_vae_works_in_tiles(from_text: Any) -> None:
    assert from_text._pipeline.vae.use_tiling


def test_encoders_and_vae_are_float16_beside_a_bf16_transformer(folder: Path) -> None:
    import torch

    from cinema.adapters import registry
    from cinema.adapters.contract import Device, LoadPlan

    manifest = shooting.manifest_for("hunyuan_video", GRID, SETTINGS)
    adapter: Any = registry.create("hunyuan_video")
    shooting.opened(manifest, folder / "t2v").unload()
    adapter.load(LoadPlan(manifest=manifest, weights=folder / "t2v", precision="bf16"), Device())
    adapter.open_encoders(adapter.parts)
    found = [adapter._pipeline.transformer.dtype, adapter._pipeline.vae.dtype, adapter._encoders.text_encoder.dtype]
    adapter.unload()
    assert found == [torch.bfloat16, torch.float16, torch.float16]
