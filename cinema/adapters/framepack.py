"""Family `framepack`: FramePack on HunyuanVideo (lllyasviel) through diffusers: one long take from a picture and text.

What the generator looks at does not grow with the length, so a shot is one window, made in sections. Two checkpoints:
I2V makes them from the end to the start ("inverted_anti_drifting"), F1 from the start to the end ("vanilla").
Licence, repositories and settings: `models/framepack-*.toml`. Unproven: memory of each load plan, looks, speed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PIL import Image

from cinema.adapters.hunyuan_video import encode_prompt, first_picture, half, open_prompt_pipeline, open_scheduler, open_vae
from cinema.adapters.kit.frames import Frames, quantised
from cinema.adapters.kit.libraries import library
from cinema.adapters.kit.parts import Parts
from cinema.adapters.kit.video import Shooting, VideoAdapter
from cinema.adapters.kit.windows import Window

_COMPRESSION = 4
"""Frames in one of the VAE's latent frames."""


class FramePack(VideoAdapter):
    """The generator takes the picture twice: as latents, and as SigLIP sees it. Guidance is embedded: one call a step."""

    def open(self, parts: Parts) -> None:
        diffusers, transformers = library("diffusers"), library("transformers")
        self._pipeline: Any = parts.place(
            diffusers.HunyuanVideoFramepackPipeline(
                transformer=parts.component(diffusers.HunyuanVideoFramepackTransformer3DModel, "transformer"),
                vae=open_vae(parts),
                scheduler=open_scheduler(parts),
                image_encoder=parts.component(transformers.SiglipVisionModel, "image_encoder", dtype=half(parts)),
                feature_extractor=parts.pretrained(transformers.SiglipImageProcessor, "feature_extractor"),
                text_encoder=None,
                tokenizer=None,
                text_encoder_2=None,
                tokenizer_2=None,
            )
        )
        self._pipeline.set_progress_bar_config(disable=True)

    def close(self) -> None:
        self._pipeline = None

    def open_encoders(self, parts: Parts) -> None:
        self._encoders: Any = open_prompt_pipeline(parts)

    def close_encoders(self) -> None:
        self._encoders = None

    def encode(self, prompt: str, negative_prompt: str) -> Mapping[str, Any]:
        return encode_prompt(self._encoders, prompt, self.parts.device)

    def total_steps(self, window: Window, steps: int) -> int:
        return steps * self._sections(window.frames)

    def shoot(self, window: Shooting) -> Frames:
        """Gives 36 frames a section and one more (for the released window of 9), whatever number was asked for."""
        result = self._pipeline(
            **self.embeddings(window.prompt, window.negative_prompt),
            image=Image.fromarray(first_picture(self.parts, window)),
            width=window.width_px,
            height=window.height_px,
            num_frames=self._sections(window.frames) * ((self._latent_window - 1) * _COMPRESSION + 1),
            latent_window_size=self._latent_window,
            sampling_type=str(self.parts.setting("sampling_type", "inverted_anti_drifting")),
            num_inference_steps=window.steps,
            guidance_scale=window.guidance,
            generator=window.generator,
            callback_on_step_end=window.progress.callback(),
            output_type="pt",
        )
        return quantised(result.frames[0])

    @property
    def _latent_window(self) -> int:
        return int(self.parts.setting("latent_window_size", 9))

    def _sections(self, frames: int) -> int:
        """How many sections give at least so many frames. The pipeline counts 33 frames a section, and makes 36."""
        return max(-(-(frames - 1) // (self._latent_window * _COMPRESSION)), 1)
