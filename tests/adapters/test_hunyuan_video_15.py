"""What is special to HunyuanVideo 1.5: the guider, letters in quotation marks, mean flow, the size that a picture decides."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import shooting
from PIL import Image

from cinema.catalog import Grid
from cinema.errors import InputError
from cinema.events import LocalWatch

pytestmark = [pytest.mark.models, pytest.mark.slow]

GRID = Grid(frame_step=4, frame_offset=1, min_frames=5, max_frames=9, overlap_frames=1, size_multiple=16, fps=(Fraction(24),))
MODELS: dict[str, tuple[dict[str, Any], tuple[Any, ...]]] = {
    "t2v": ({"guidance": 6.0, "shift": 9.0}, ()),
    "i2v": ({"guidance": 6.0, "shift": 5.0}, ("keyframe",)),
    "i2v-distilled": ({"guidance": 1.0, "shift": 7.0, "use_meanflow": True}, ("keyframe",)),
}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hunyuan15")


@pytest.fixture
def model(request: pytest.FixtureRequest, folders: Path) -> Iterator[Any]:
    settings, wants = MODELS[request.param]
    manifest = shooting.manifest_for("hunyuan_video_15", GRID, settings, wants)
    adapter = shooting.opened(manifest, folders / request.param)
    yield adapter
    adapter.unload()


def parametrised(*models: str) -> Any:
    return pytest.mark.parametrize("model", models, indirect=True)


@parametrised("t2v")
def test_the_guider_decides_how_often_the_transformer_runs(model: Any) -> None:
    transformer = model._pipeline.transformer
    made: dict[float, np.ndarray] = {}
    for guidance, calls in ((6.0, 6), (3.0, 6), (1.0, 3)):
        with shooting.calls(transformer) as seen:
            made[guidance] = shooting.shot(model, guidance=guidance, steps=3)
        assert len(seen) == calls
    assert not np.array_equal(made[6.0], made[3.0])
    other = shooting.shot(model, guidance=6.0, steps=3, negative_prompt="a quiet room")
    assert not np.array_equal(made[6.0], other)
    assert np.array_equal(made[1.0], shooting.shot(model, guidance=1.0, steps=3, negative_prompt="a quiet room"))


@parametrised("t2v")
def test_exactly_the_words_reach_the_model(model: Any) -> None:
    """The frame before the prompt is 108 tokens, which are cut off; what follows it stays."""
    embedded = model.embeddings("a red boat", "")
    after = model._encoders.tokenizer("a red boat<|im_end|>\n<|im_start|>assistant\n").input_ids
    assert embedded["prompt_embeds_mask"].sum() == len(after)
    assert embedded["prompt_embeds"].shape[1] == 1000
    one, other = (shooting.shot(model, prompt=text) for text in ("a red boat", "gulls at night"))
    assert one.shape == (9, 64, 64, 3)
    assert not np.array_equal(one, other)


@parametrised("t2v")
def test_words_in_quotation_marks_go_to_the_encoder_that_knows_letters(model: Any) -> None:
    plain = model.embeddings("a sign that says hello", "")
    quoted = model.embeddings('a sign that says "hello"', "")
    assert not plain["prompt_embeds_mask_2"].any()
    assert quoted["prompt_embeds_mask_2"].sum() == len(model._encoders.tokenizer_2('Text "hello". ').input_ids)


@parametrised("t2v", "i2v", "i2v-distilled")
def test_each_variant_has_its_shift_and_steps_are_counted_once(model: Any, tmp_path: Path) -> None:
    """Of two steps the second starts at sigma s * 0.5 / (1 + (s - 1) * 0.5); mean flow is told where each step ends."""
    keyframe = shooting.picture(1) if model._starts_from_picture else None
    shift = float(model.parts.setting("shift"))
    second = 1000 * shift * 0.5 / (1 + (shift - 1) * 0.5)
    watch = LocalWatch()
    with shooting.calls(model._pipeline.transformer) as seen:
        shooting.clip(model, tmp_path / "out", watch, keyframe=keyframe, length_frames=9)
    assert watch.steps == [(0, 3), (1, 3), (2, 3), (3, 3)]
    times = [float(call["timestep"][0]) for call in seen]
    ends: list[Any] = [call.get("timestep_r") for call in seen]
    if model.parts.setting("use_meanflow"):
        assert times == pytest.approx([1000.0, second])
        assert [float(end[0]) for end in ends] == pytest.approx([second, 0.0])
    else:
        assert times == pytest.approx([1000.0, 1000.0, second, second])
        assert ends == [None] * 4


@parametrised("i2v")
def test_the_picture_reaches_latents_and_siglip(model: Any) -> None:
    with shooting.calls(model._pipeline.transformer) as seen:
        first, other = (shooting.shot(model, steps=1, keyframe=shooting.picture(seed)) for seed in (1, 2))
    assert not np.array_equal(first, other)
    assert seen[0]["image_embeds"].shape == (1, 729, 12)
    assert not np.array_equal(seen[0]["image_embeds"], seen[2]["image_embeds"])
    mask = seen[0]["hidden_states"][0, -1]
    assert mask[0].all()
    assert not mask[1:].any()
    assert not np.array_equal(seen[0]["hidden_states"][:, 4:8, 0], seen[2]["hidden_states"][:, 4:8, 0])
    with pytest.raises(InputError, match="keyframe"):
        shooting.shot(model)


@parametrised("i2v")
def test_a_long_shot_goes_on_from_the_last_frame_in_the_film_s_size(model: Any, tmp_path: Path) -> None:
    with shooting.calls(model._pipeline.image_encoder) as looked:
        frames = shooting.clip(model, tmp_path / "out", keyframe=shooting.picture(3), length_frames=14, steps=1)
    assert frames.shape == (14, 48, 64, 3)
    assert len(looked) == 2


@parametrised("i2v")
def test_a_picture_s_place_stays_whatever_size_the_pipeline_takes(model: Any) -> None:
    """A clip that only repeated its picture would show it unmoved; the pipeline's own crop and scale would bring it nearer."""
    from cinema.adapters.hunyuan_video_15 import Fit

    pipeline = model._pipeline
    coarse = np.random.default_rng(5).integers(0, 256, (48, 48, 3)).astype(np.uint8)
    smooth: Any = cv2.resize(coarse, (1440, 1440), interpolation=cv2.INTER_CUBIC)
    for width, height in ((864, 480), (848, 480), (1280, 720), (720, 1280), (1264, 720), (640, 640), (1280, 544)):
        for target in (640, 960):
            made = pipeline.video_processor.calculate_default_height_width(height=height, width=width, target_size=target)
            fit = Fit(width_px=width, height_px=height, made_width_px=made[1], made_height_px=made[0])
            taken = pipeline.video_processor.calculate_default_height_width(
                height=fit.canvas[1], width=fit.canvas[0], target_size=target
            )
            assert taken == made
            picture = np.ascontiguousarray(smooth[:height, :width])
            given = pipeline.video_processor.resize(
                Image.fromarray(fit.widened(picture)), height=made[0], width=made[1], resize_mode="crop"
            )
            shown = fit.cut_out(np.asarray(given)[None])[0].astype(float)
            assert shown.shape == picture.shape
            inner = (slice(8, -8), slice(8, -8))
            assert np.abs(shown[inner] - picture[inner]).mean() < 4.0
