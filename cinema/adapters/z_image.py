"""Family `z_image`: Z-Image (Tongyi-MAI): text to picture; Turbo in eight steps without guidance.

Licence, repositories and settings: `models/z-image-*.toml`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cinema.adapters.kit.image import Drawing, ImageAdapter
from cinema.adapters.kit.libraries import library
from cinema.adapters.kit.parts import Parts
from cinema.media import Picture


class ZImage(ImageAdapter):
    """Guidance above 0 costs a second call a step; Turbo was distilled for 0."""

    def assemble(self, parts: Parts) -> Any:
        diffusers = library("diffusers")
        return parts.pipeline(
            diffusers.ZImagePipeline,
            scheduler=diffusers.FlowMatchEulerDiscreteScheduler,
            vae=diffusers.AutoencoderKL,
            transformer=diffusers.ZImageTransformer2DModel,
        )

    def assemble_encoders(self, parts: Parts) -> Any:
        diffusers, transformers = library("diffusers"), library("transformers")
        return parts.pipeline(
            diffusers.ZImagePipeline, text_encoder=transformers.Qwen3Model, tokenizer=transformers.Qwen2TokenizerFast
        )

    def encode(self, prompt: str, negative_prompt: str) -> Mapping[str, Any]:
        names = ("prompt_embeds", "negative_prompt_embeds")
        encoded = self._encoders.encode_prompt(
            prompt=prompt, negative_prompt=negative_prompt, do_classifier_free_guidance=True, device=self.parts.device
        )
        return dict(zip(names, encoded, strict=True))

    def draw(self, drawing: Drawing) -> Picture:
        return drawing.through(self._pipeline, **self.embeddings(drawing.prompt, drawing.negative_prompt))
