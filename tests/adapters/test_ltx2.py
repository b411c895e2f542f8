"""What is special to LTX-2: calls a step, sigmas of distilled weights, sound beside the picture, two stages, connectors apart."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shooting
import soundfile

from cinema.adapters import registry
from cinema.adapters.contract import Device, Job, LoadPlan
from cinema.adapters.kit.libraries import library
from cinema.catalog import Grid
from cinema.errors import InputError, MissingModelError
from cinema.events import LocalWatch
from cinema.plan.task import VideoRequest

pytestmark = [pytest.mark.models, pytest.mark.slow]

GRID = Grid(
    frame_step=8,
    frame_offset=1,
    min_frames=9,
    max_frames=17,
    overlap_frames=9,
    size_multiple=32,
    fps=(Fraction(24), Fraction(25)),
)
OFF: dict[str, Any] = {
    "audio_guidance": 1.0,
    "stg_scale": 0.0,
    "audio_stg_scale": 0.0,
    "modality_scale": 1.0,
    "audio_modality_scale": 1.0,
    "guidance_rescale": 0.0,
}
DISTILLED: dict[str, Any] = {"steps": 8, "guidance": 1.0, "distilled": True, "use_cross_timestep": False, **OFF}
DEV: dict[str, Any] = {
    "guidance": 3.0,
    "audio_guidance": 7.0,
    "stg_scale": 1.0,
    "audio_stg_scale": 1.0,
    "stg_block": 1,
    "modality_scale": 3.0,
    "audio_modality_scale": 3.0,
    "guidance_rescale": 0.7,
    "use_cross_timestep": True,
}
MODELS: dict[str, dict[str, Any]] = {"2-distilled": DISTILLED, "2.3": DEV, "2-two": {**DISTILLED, "two_stage": True}}
SIGMAS = [1.0, 0.99375, 0.9875, 0.98125, 0.975, 0.909375, 0.725, 0.421875]
"""Of the distilled weights, as Lightricks publishes them."""


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ltx2")


@pytest.fixture
def ltx2(request: pytest.FixtureRequest, folders: Path) -> Iterator[Any]:
    manifest = shooting.manifest_for("ltx2", GRID, MODELS[request.param], ("keyframe",))
    adapter = shooting.opened(manifest, folders / request.param)
    yield adapter
    adapter.unload()


def parametrised(*models: str) -> Any:
    return pytest.mark.parametrize("ltx2", models, indirect=True)


def with_settings(folders: Path, model: str, **changes: Any) -> Any:
    """An adapter over a checkpoint that stands, with other settings."""
    manifest = shooting.manifest_for("ltx2", GRID, {**MODELS[model], **changes}, ("keyframe",))
    return shooting.opened(manifest, folders / model)


def clip_and_sound(adapter: Any, out: Path, **asked: Any) -> tuple[np.ndarray, np.ndarray]:
    """Frames and sound (samples x channels) of a whole run."""
    frames = shooting.clip(adapter, out, **asked)
    wave, rate_hz = soundfile.read(out / "sound.wav", dtype="float32")
    assert rate_hz == 48_000
    return frames, wave


@parametrised("2-distilled")
def test_distilled_weights_run_once_a_step_at_their_own_sigmas(ltx2: Any) -> None:
    with shooting.calls(ltx2._pipeline.transformer) as seen:
        shooting.shot(ltx2, guidance=1.0, steps=8)
    assert [float(call["sigma"][0]) for call in seen] == pytest.approx([1000 * one for one in SIGMAS])
    assert all(call["hidden_states"].shape[0] == 1 for call in seen)
    with shooting.calls(ltx2._pipeline.transformer) as seen:
        shooting.shot(ltx2, guidance=1.0, steps=4)
    assert [float(call["sigma"][0]) for call in seen] == pytest.approx([1000 * one for one in SIGMAS[::2]])


@parametrised("2.3")
def test_other_weights_run_three_times_a_step_on_the_repository_s_schedule(ltx2: Any) -> None:
    with shooting.calls(ltx2._pipeline.transformer) as seen:
        shooting.shot(ltx2, guidance=3.0, steps=2)
    assert [call["hidden_states"].shape[0] for call in seen] == [2, 1, 1] * 2
    assert [call["spatio_temporal_guidance_blocks"] for call in seen[:3]] == [None, [1], None]
    assert [call["isolate_modalities"] for call in seen[:3]] == [False, False, True]
    assert all(call["use_cross_timestep"] for call in seen)
    assert float(seen[3]["sigma"][0]) == pytest.approx(100.0)


@pytest.mark.parametrize(
    ("changes", "calls"),
    [
        ({"stg_scale": 0.0, "audio_stg_scale": 0.0}, 2),
        ({"stg_scale": 0.0}, 3),
        ({"modality_scale": 1.0, "audio_modality_scale": 1.0}, 2),
        ({**OFF}, 1),
    ],
)
@parametrised("2.3")
def test_each_kind_of_guidance_is_one_call(ltx2: Any, folders: Path, changes: dict[str, Any], calls: int) -> None:
    adapter = with_settings(folders, "2.3", **changes)
    with shooting.calls(adapter._pipeline.transformer) as seen:
        shooting.shot(adapter, guidance=1.0, steps=2)
    adapter.unload()
    assert len(seen) == 2 * calls


@parametrised("2.3")
def test_no_guidance_of_the_sound_is_not_the_picture_s(ltx2: Any, folders: Path, tmp_path: Path) -> None:
    """The pipeline reads 0.0 as "not given"; the sound must then differ from that with the picture's value."""
    given: list[dict[str, Any]] = []
    for audio_stg in (0.0, 1.0):
        adapter = with_settings(folders, "2.3", stg_scale=1.0, audio_stg_scale=audio_stg)
        shooting.shot(adapter, guidance=1.0, steps=2)
        given.append({"stg": adapter._pipeline.audio_stg_scale, "wave": adapter._sounds[0][0]})
        adapter.unload()
    assert given[0]["stg"] == pytest.approx(0.0, abs=1e-6)
    assert given[1]["stg"] == 1.0
    assert not np.array_equal(given[0]["wave"], given[1]["wave"])


@parametrised("2-distilled", "2.3")
def test_connectors_apart_give_what_the_whole_pipeline_gives(ltx2: Any) -> None:
    """The same frames and sound, byte for byte, as the library's pipeline with everything in it and the words themselves."""
    import torch

    from cinema.adapters.kit.frames import quantised

    words = {"prompt": "a red boat", "negative_prompt": "blurry"}
    guidance = float(ltx2.parts.setting("guidance"))
    apart = shooting.shot(ltx2, **words, guidance=guidance)
    wave = ltx2._sounds[0][0]
    both = {**ltx2._pipeline.components}
    both |= {name: ltx2._encoders.components[name] for name in ("text_encoder", "tokenizer", "connectors")}
    whole: Any = library("diffusers").LTX2ConditionPipeline(**both)
    whole.set_progress_bar_config(disable=True)
    asked = shooting.Shooting(
        **words,
        width_px=64,
        height_px=64,
        frames=9,
        fps=24.0,
        steps=2,
        guidance=guidance,
        keyframe=None,
        before=None,
        generator=torch.Generator("cpu").manual_seed(1),
        progress=shooting.Steps(LocalWatch(), 9),
    )
    with torch.inference_mode():
        made = whole(
            **words,
            **ltx2._guidance(asked),
            **ltx2._schedule(2),
            width=64,
            height=64,
            num_frames=9,
            frame_rate=24.0,
            spatio_temporal_guidance_blocks=[int(ltx2.parts.setting("stg_block", 28))],
            use_cross_timestep=bool(ltx2.parts.setting("use_cross_timestep")),
            generator=asked.generator,
            output_type="pt",
        )
    assert np.array_equal(apart, quantised(made.frames[0]))
    assert made.audio.shape[1] == 2
    assert wave.shape[1] == round(made.audio.shape[2] * 48_000 / whole.vocoder.config.output_sampling_rate)
    size = sum(one.nbytes for one in ltx2.embeddings(**words).values())
    assert size < 2 * 1024 * 4 * 100


@parametrised("2-distilled", "2.3")
def test_the_sound_is_as_long_as_the_clip_whatever_the_vocoder_s_rate(ltx2: Any, tmp_path: Path) -> None:
    rate_hz = ltx2._pipeline.vocoder.config.output_sampling_rate
    assert rate_hz == (48_000 if ltx2.parts.setting("use_cross_timestep") else 24_000)
    frames, wave = clip_and_sound(ltx2, tmp_path / "out", length_frames=11, fps=Fraction(25))
    assert len(frames) == 11
    assert wave.shape == (21_120, 2)
    assert np.abs(wave[:18_000]).max() > 0
    assert np.abs(wave).max() <= 1


@parametrised("2-distilled")
def test_a_long_shot_goes_on_in_picture_and_sound(ltx2: Any, tmp_path: Path) -> None:
    """33 frames are windows of 17 with 9 in common, whose latents are those given; nothing of one run is in the next."""
    with shooting.calls(ltx2._pipeline.transformer) as seen:
        frames, wave = clip_and_sound(ltx2, tmp_path / "out", keyframe=shooting.picture(3), length_frames=33)
    assert len(frames) == 33
    assert wave.shape == (66_000, 2)
    assert len(seen) == 6
    given = [int((call["timestep"][0] == 0).sum()) for call in seen]
    tokens = 4
    assert given == [tokens, tokens, 2 * tokens, 2 * tokens, 2 * tokens, 2 * tokens]
    pieces = [sound[:3][1:] for sound in ltx2._sounds]
    assert pieces == [(17, 0), (17, 9), (17, 9)]
    assert np.array_equal(frames, shooting.clip(ltx2, tmp_path / "again", keyframe=shooting.picture(3), length_frames=33))
    assert len(ltx2._sounds) == 3


def test_sounds_are_laid_where_their_pictures_are() -> None:
    from cinema.adapters.ltx2 import in_time

    ones = np.ones((2, 34_000), np.float32)
    whole = in_time([(ones, 17, 0, 24.0), (ones * 2, 17, 9, 24.0), (ones * 3, 9, 1, 24.0)])
    assert whole.shape == (2, 66_000)
    assert (whole[:, :16_000] == 1).all()
    assert (whole[:, 34_000:48_000] == 2).all()
    assert (whole[:, 50_000:] == 3).all()
    assert (whole[:, 16_001:33_999] > 1).all()


@parametrised("2.3")
def test_one_step_is_made_two_where_one_has_no_schedule(ltx2: Any, tmp_path: Path) -> None:
    watch = LocalWatch()
    shooting.clip(ltx2, tmp_path / "out", watch, steps=1)
    assert watch.steps == [(0, 3), (1, 3), (2, 3), (3, 3)]


@parametrised("2-distilled")
def test_keyframe_and_words_reach_the_model(ltx2: Any) -> None:
    first, same, other = (shooting.shot(ltx2, guidance=1.0, keyframe=shooting.picture(seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, same)
    assert not np.array_equal(first, other)
    assert not np.array_equal(first, shooting.shot(ltx2, guidance=1.0, keyframe=shooting.picture(1), prompt="gulls"))
    assert not np.array_equal(first, shooting.shot(ltx2, guidance=1.0))


@parametrised("2-two")
def test_two_stages_make_half_the_size_first(ltx2: Any, tmp_path: Path) -> None:
    watch = LocalWatch()
    with shooting.calls(ltx2._pipeline.transformer) as seen:
        shooting.clip(ltx2, tmp_path / "out", watch, keyframe=shooting.picture(1, 96, 64), width_px=96, height_px=64, steps=8)
    assert [(call["width"], call["height"]) for call in seen] == [(2, 1)] * 8 + [(4, 2)] * 3
    assert [float(call["sigma"][0]) for call in seen[8:]] == pytest.approx([1000 * one for one in SIGMAS[5:]])
    assert all(call["hidden_states"].shape[0] == 1 for call in seen)
    assert watch.steps == [(done, 12) for done in range(13)]


@parametrised("2-two")
def test_the_second_stage_starts_from_the_first(ltx2: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = shooting.shot(ltx2, guidance=1.0, width_px=96)
    assert plain.shape == (9, 64, 96, 3)
    upsampler = ltx2._upsampler

    def brighter(latents: Any) -> Any:
        return upsampler(latents) + 1

    brighter.dtype = upsampler.dtype  # type: ignore[attr-defined]
    monkeypatch.setattr(ltx2, "_upsampler", brighter)
    assert not np.array_equal(plain, shooting.shot(ltx2, guidance=1.0, width_px=96))


def test_two_stages_need_distilled_weights_and_their_upsampler(folders: Path) -> None:
    for model in ("2-distilled", "2.3"):
        with_settings(folders, model).unload()
    with pytest.raises(InputError, match="distilled"):
        with_settings(folders, "2.3", two_stage=True)
    with pytest.raises(MissingModelError, match="latent_upsampler"):
        with_settings(folders, "2-distilled", two_stage=True)


@parametrised("2-distilled")
def test_the_sound_is_among_the_product_s_files(ltx2: Any, tmp_path: Path) -> None:
    request = VideoRequest(prompt="rain", width_px=64, height_px=48, fps=Fraction(24), length_frames=9, steps=1)
    product = ltx2.run(Job(request=request, seed=1), tmp_path, LocalWatch())
    assert [file.name for file in product.files] == ["clip.mp4", "sound.wav"]
    facts = product.files[1].facts
    assert (facts.samples, facts.sample_rate_hz, facts.channels) == (18_000, 48_000, 2)


@pytest.mark.parametrize(("model", "dtype"), [("2-distilled", "bfloat16"), ("2.3", "float32")])
def test_the_vocoder_that_widens_the_band_works_in_full_precision(model: str, dtype: str, folders: Path) -> None:
    manifest = shooting.manifest_for("ltx2", GRID, {**MODELS[model], **OFF}, ("keyframe",))
    shooting.opened(manifest, folders / model).unload()
    adapter: Any = registry.create("ltx2")
    adapter.load(LoadPlan(manifest=manifest, weights=folders / model, precision="bf16"), Device())
    shooting.shot(adapter, guidance=1.0, steps=2)
    wave = adapter._sounds[0][0]
    assert {str(one.dtype) for one in adapter._pipeline.vocoder.parameters()} == {f"torch.{dtype}"}
    assert {str(one.dtype) for one in adapter._pipeline.transformer.parameters()} >= {"torch.bfloat16"}
    assert np.isfinite(wave).all()
    adapter.unload()
