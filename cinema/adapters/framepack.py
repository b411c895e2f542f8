"""Family `framepack`: FramePack on HunyuanVideo (lllyasviel) through diffusers: one long take from a picture and text.

What the generator looks at does not grow with the length, so a shot is one window, made in sections. Two checkpoints:
I2V makes them from the end to the start ("inverted_anti_drifting"), F1 from the start to the end ("vanilla").
Licence, repositories and settings: `models/framepack-*.toml`. Unproven: memory of each load plan, looks, speed.
"""

from __future__ import annotations

from typing import Any

from PIL import Image

from cinema.adapters.hunyuan_video import PromptedByLlama, first_picture, half, open_scheduler, open_vae
from cinema.adapters.kit.frames import Frames
from cinema.adapters.kit.libraries import library
from cinema.adapters.kit.parts import Parts
from cinema.adapters.kit.video import Shooting
from cinema.adapters.kit.windows import Window

_COMPRESSION = 4
"""Frames in one of the VAE's latent frames."""


class FramePack(PromptedByLlama):
    """The generator takes the picture twice: as latents, and as SigLIP sees it. Guidance is embedded: one call a step."""

    def assemble(self, parts: Parts) -> Any:
        diffusers, transformers = library("diffusers"), library("transformers")
        return parts.pipeline(
            diffusers.HunyuanVideoFramepackPipeline,
            transformer=diffusers.HunyuanVideoFramepackTransformer3DModel,
            vae=open_vae(parts),
            scheduler=open_scheduler(parts),
            image_encoder=parts.component(transformers.SiglipVisionModel, "image_encoder", dtype=half(parts)),
            feature_extractor=transformers.SiglipImageProcessor,
        )

    def total_steps(self, window: Window, steps: int) -> int:
        return steps * self._sections(window.frames)

    def shoot(self, window: Shooting) -> Frames:
        """Gives 36 frames a section and one more (for the released window of 9), whatever number was asked for."""
        return window.through(
            self._pipeline,
            **self.embeddings(window.prompt, window.negative_prompt),
            image=Image.fromarray(first_picture(self.parts, window)),
            num_frames=self._sections(window.frames) * ((self._latent_window - 1) * _COMPRESSION + 1),
            latent_window_size=self._latent_window,
            sampling_type=str(self.parts.setting("sampling_type", "inverted_anti_drifting")),
        )

    @property
    def _latent_window(self) -> int:
        return int(self.parts.setting("latent_window_size", 9))

    def _sections(self, frames: int) -> int:
        """How many sections give at least so many frames. The pipeline counts 33 frames a section, and makes 36."""
        return max(-(-(frames - 1) // (self._latent_window * _COMPRESSION)), 1)
