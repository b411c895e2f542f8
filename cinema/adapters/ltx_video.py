"""Family `ltx_video`: LTX-Video 0.9.x (Lightricks) through diffusers' condition pipeline: text, keyframe, continuation.

Licence, repositories and settings: `models/ltx-video-*.toml`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PIL import Image

from cinema.adapters.kit.frames import Frames, quantised
from cinema.adapters.kit.libraries import library
from cinema.adapters.kit.parts import Parts
from cinema.adapters.kit.video import Shooting, VideoAdapter


class LtxVideo(VideoAdapter):
    """A window's first frames may be given: a keyframe, or 8k+1 frames of the window before."""

    def open(self, parts: Parts) -> None:
        diffusers = library("diffusers")
        self._pipeline: Any = parts.place(
            diffusers.LTXConditionPipeline(
                scheduler=parts.pretrained(diffusers.FlowMatchEulerDiscreteScheduler, "scheduler"),
                vae=parts.component(diffusers.AutoencoderKLLTXVideo, "vae"),
                text_encoder=None,
                tokenizer=None,
                transformer=parts.component(diffusers.LTXVideoTransformer3DModel, "transformer"),
            )
        )
        self._pipeline.set_progress_bar_config(disable=True)
        if parts.plan.load_plan != "resident":
            self._pipeline.vae.enable_tiling()

    def close(self) -> None:
        self._pipeline = None

    def open_encoders(self, parts: Parts) -> None:
        diffusers, transformers = library("diffusers"), library("transformers")
        self._encoders: Any = parts.place(
            diffusers.LTXConditionPipeline(
                scheduler=None,
                vae=None,
                text_encoder=parts.component(transformers.T5EncoderModel, "text_encoder"),
                tokenizer=parts.pretrained(transformers.T5TokenizerFast, "tokenizer"),
                transformer=None,
            )
        )

    def close_encoders(self) -> None:
        self._encoders = None

    def encode(self, prompt: str, negative_prompt: str) -> Mapping[str, Any]:
        names = ("prompt_embeds", "prompt_attention_mask", "negative_prompt_embeds", "negative_prompt_attention_mask")
        encoded = self._encoders.encode_prompt(
            prompt=prompt, negative_prompt=negative_prompt, do_classifier_free_guidance=True, device=self.parts.device
        )
        return dict(zip(names, encoded, strict=True))

    def shoot(self, window: Shooting) -> Frames:
        result = self._pipeline(
            **self.embeddings(window.prompt, window.negative_prompt),
            **self._timesteps(window.steps),
            conditions=_conditions(window),
            width=window.width_px,
            height=window.height_px,
            num_frames=window.frames,
            frame_rate=window.fps,
            guidance_scale=window.guidance,
            guidance_rescale=float(self.parts.setting("guidance_rescale", 0.0)),
            image_cond_noise_scale=float(self.parts.setting("image_cond_noise_scale", 0.0)),
            decode_timestep=float(self.parts.setting("decode_timestep", 0.05)),
            decode_noise_scale=float(self.parts.setting("decode_noise_scale", 0.025)),
            generator=window.generator,
            callback_on_step_end=window.progress.callback(),
            output_type="pt",
        )
        return quantised(result.frames[0])

    def _timesteps(self, steps: int) -> dict[str, Any]:
        """The distilled checkpoints' own timesteps, where as many steps are asked for as there are of those."""
        own = [float(one) for one in str(self.parts.setting("timesteps", "")).split()]
        return {"timesteps": own} if len(own) == steps else {"num_inference_steps": steps}


def _conditions(window: Shooting) -> list[Any] | None:
    condition = library("diffusers.pipelines.ltx.pipeline_ltx_condition").LTXVideoCondition

    if window.before is not None:
        return [condition(video=[Image.fromarray(frame) for frame in window.before], frame_index=0)]
    if window.keyframe is not None:
        return [condition(image=Image.fromarray(window.keyframe), frame_index=0)]
    return None
