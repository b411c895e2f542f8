"""Family `ltx_video`: LTX-Video 0.9.x (Lightricks) through diffusers' condition pipeline: text, keyframe, continuation.

Where the model has a latent upsampler and its manifest says `two_stage`, a window is drawn at two thirds of its size, its
latents doubled, refined in a few steps (`refine_timesteps`, or `refine_steps`, from `refine_denoise_strength` on), and fitted
down. Where it says `single_file`, transformer and VAE lie in one file in the vendor's own layout.
Licence, repositories and settings: `models/ltx-video-*.toml`. Unproven: what the second stage adds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PIL import Image

from cinema.adapters.kit import windows
from cinema.adapters.kit.frames import Frames, quantised, resized
from cinema.adapters.kit.libraries import library
from cinema.adapters.kit.parts import Parts
from cinema.adapters.kit.video import Shooting, VideoAdapter


class LtxVideo(VideoAdapter):
    """A window's first frames may be given: a keyframe, or 8k+1 frames of the window before."""

    def assemble(self, parts: Parts) -> Any:
        diffusers = library("diffusers")
        single_file = parts.setting("single_file")
        return parts.pipeline(
            diffusers.LTXConditionPipeline,
            scheduler=diffusers.FlowMatchEulerDiscreteScheduler,
            vae=parts.component(diffusers.AutoencoderKLLTXVideo, "vae", single_file=single_file),
            transformer=parts.component(diffusers.LTXVideoTransformer3DModel, "transformer", single_file=single_file),
        )

    def open(self, parts: Parts) -> None:
        super().open(parts)
        self._upsampler: Any = _upsampler(parts, self._pipeline.vae) if self._two_stage else None

    def close(self) -> None:
        super().close()
        self._upsampler = None

    def assemble_encoders(self, parts: Parts) -> Any:
        diffusers, transformers = library("diffusers"), library("transformers")
        return parts.pipeline(
            diffusers.LTXConditionPipeline, text_encoder=transformers.T5EncoderModel, tokenizer=transformers.T5TokenizerFast
        )

    def encode(self, prompt: str, negative_prompt: str) -> Mapping[str, Any]:
        names = ("prompt_embeds", "prompt_attention_mask", "negative_prompt_embeds", "negative_prompt_attention_mask")
        encoded = self._encoders.encode_prompt(
            prompt=prompt, negative_prompt=negative_prompt, do_classifier_free_guidance=True, device=self.parts.device
        )
        return dict(zip(names, encoded, strict=True))

    def total_steps(self, window: windows.Window, steps: int) -> int:
        return steps + (self._refinement()[1] if self._two_stage else 0)

    def shoot(self, window: Shooting) -> Frames:
        size = (window.width_px, window.height_px)
        if not self._two_stage:
            return quantised(self._draw(window, size, self._timesteps(window.steps))[0])
        small = windows.working_size(-(-size[0] * 2 // 3), -(-size[1] * 2 // 3), self.parts.manifest.grid)
        latents = self._draw(window, small, self._timesteps(window.steps), output_type="latent")
        latents = self._upsampler(
            latents=latents,
            adain_factor=float(self.parts.setting("adain_factor", 1.0)),
            tone_map_compression_ratio=float(self.parts.setting("tone_map_compression_ratio", 0.0)),
            output_type="latent",
        ).frames
        refined = {**self._refinement()[0], "latents": latents}
        frames = quantised(self._draw(window, (2 * small[0], 2 * small[1]), refined)[0])
        # Conditions were stretched to the stages' sizes, and are stretched back: nothing moves at a join.
        return resized(frames, *size)

    def _draw(self, window: Shooting, size: tuple[int, int], how: dict[str, Any], **options: Any) -> Any:
        return window.given_to(
            self._pipeline,
            **self.embeddings(window.prompt, window.negative_prompt),
            **how,
            **options,
            conditions=_conditions(window),
            width=size[0],
            height=size[1],
            num_frames=window.frames,
            frame_rate=window.fps,
            guidance_rescale=float(self.parts.setting("guidance_rescale", 0.0)),
            image_cond_noise_scale=float(self.parts.setting("image_cond_noise_scale", 0.0)),
            decode_timestep=float(self.parts.setting("decode_timestep", 0.05)),
            decode_noise_scale=float(self.parts.setting("decode_noise_scale", 0.025)),
        ).frames

    @property
    def _two_stage(self) -> bool:
        return bool(self.parts.setting("two_stage", False)) and self.parts.has("latent_upsampler")

    def _timesteps(self, steps: int) -> dict[str, Any]:
        """The distilled checkpoints' own timesteps, where as many steps are asked for as there are of those."""
        own = self._numbers("timesteps")
        return {"timesteps": own if len(own) == steps else _schedule(steps)}

    def _refinement(self) -> tuple[dict[str, Any], int]:
        """How the doubled latents are refined, and in how many steps: those that noise of that strength leaves."""
        strength = float(self.parts.setting("refine_denoise_strength", 0.4))
        times = self._numbers("refine_timesteps") or _schedule(int(self.parts.setting("refine_steps", 10)))
        return {"timesteps": times, "denoise_strength": strength}, min(int(len(times) * strength), len(times))

    def _numbers(self, setting: str) -> list[float]:
        return [float(one) for one in str(self.parts.setting(setting, "")).split()]


def _schedule(steps: int) -> list[float]:
    """The pipeline's own timesteps, which it would hand to numpy as a tensor: a DeprecationWarning (numpy 2, torch 2.11)."""
    own = library("diffusers.pipelines.ltx.pipeline_ltx_condition").linear_quadratic_schedule
    return (own(steps) * 1000).tolist()


def _upsampler(parts: Parts, vae: Any) -> Any:
    """The upsampler's pipeline. Its 0.25 GB stay on the device; of the VAE it needs no more than the latents' statistics.

    It takes no offload hooks: its own would part the VAE from the chain of the pipeline that draws.
    """
    kind = library("diffusers.pipelines.ltx.modeling_latent_upsampler").LTXLatentUpsamplerModel
    module = parts.component(kind, "latent_upsampler").to(parts.device)
    return library("diffusers").LTXLatentUpsamplePipeline(vae=vae, latent_upsampler=module)


def _conditions(window: Shooting) -> list[Any] | None:
    condition = library("diffusers.pipelines.ltx.pipeline_ltx_condition").LTXVideoCondition

    if window.before is not None:
        return [condition(video=[Image.fromarray(frame) for frame in window.before], frame_index=0)]
    if window.keyframe is not None:
        return [condition(image=Image.fromarray(window.keyframe), frame_index=0)]
    return None
