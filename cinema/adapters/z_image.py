"""Family `z_image`: Z-Image (Tongyi-MAI): text to picture; Turbo in eight steps without guidance.

Licence, repositories and settings: `models/z-image-*.toml`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cinema.adapters.kit.frames import quantised
from cinema.adapters.kit.image import Drawing, ImageAdapter
from cinema.adapters.kit.libraries import library
from cinema.adapters.kit.parts import Parts
from cinema.media import Picture


class ZImage(ImageAdapter):
    """Guidance above 0 costs a second call a step; Turbo was distilled for 0."""

    def open(self, parts: Parts) -> None:
        diffusers = library("diffusers")
        self._pipeline: Any = parts.place(
            diffusers.ZImagePipeline(
                scheduler=parts.pretrained(diffusers.FlowMatchEulerDiscreteScheduler, "scheduler"),
                vae=parts.component(diffusers.AutoencoderKL, "vae"),
                text_encoder=None,
                tokenizer=None,
                transformer=parts.component(diffusers.ZImageTransformer2DModel, "transformer"),
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
            diffusers.ZImagePipeline(
                scheduler=None,
                vae=None,
                text_encoder=parts.component(transformers.Qwen3Model, "text_encoder"),
                tokenizer=parts.pretrained(transformers.Qwen2TokenizerFast, "tokenizer"),
                transformer=None,
            )
        )

    def close_encoders(self) -> None:
        self._encoders = None

    def encode(self, prompt: str, negative_prompt: str) -> Mapping[str, Any]:
        names = ("prompt_embeds", "negative_prompt_embeds")
        encoded = self._encoders.encode_prompt(
            prompt=prompt, negative_prompt=negative_prompt, do_classifier_free_guidance=True, device=self.parts.device
        )
        return dict(zip(names, encoded, strict=True))

    def draw(self, drawing: Drawing) -> Picture:
        result = self._pipeline(
            **self.embeddings(drawing.prompt, drawing.negative_prompt),
            width=drawing.width_px,
            height=drawing.height_px,
            num_inference_steps=drawing.steps,
            guidance_scale=drawing.guidance,
            generator=drawing.generator,
            callback_on_step_end=drawing.progress.callback(),
            output_type="pt",
        )
        return quantised(result.images)[0]
