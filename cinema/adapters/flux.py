"""Family `flux`: FLUX.1 (Black Forest Labs): text to picture, and Kontext, which goes by reference pictures.

Kontext takes one picture. Several references are laid on one canvas, read from left to right and from top to bottom, and the
prompt is told so. The canvas has one of the sizes that Kontext was trained on, so that the pipeline stretches nothing; the
size asked for is kept, where the pipeline by itself would make every picture a megapixel.

Unproven without real weights: how well Kontext tells several people on one canvas apart.
Licence, repositories and settings: `models/flux1-*.toml`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from PIL import Image

from cinema.adapters.kit.frames import quantised
from cinema.adapters.kit.image import Drawing, ImageAdapter, on_one_canvas
from cinema.adapters.kit.libraries import library
from cinema.adapters.kit.parts import Parts
from cinema.events import Watch
from cinema.media import Picture
from cinema.plan.task import ImageRequest, Request


class Flux(ImageAdapter):
    """With `references` among its wants it is Kontext, else the model that knows text alone."""

    def open(self, parts: Parts) -> None:
        diffusers = library("diffusers")
        self._kontext = "references" in parts.manifest.wants
        kind = diffusers.FluxKontextPipeline if self._kontext else diffusers.FluxPipeline
        self._pipeline: Any = parts.place(
            kind(
                scheduler=parts.pretrained(diffusers.FlowMatchEulerDiscreteScheduler, "scheduler"),
                vae=parts.component(diffusers.AutoencoderKL, "vae"),
                text_encoder=None,
                tokenizer=None,
                text_encoder_2=None,
                tokenizer_2=None,
                transformer=parts.component(diffusers.FluxTransformer2DModel, "transformer"),
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
            diffusers.FluxPipeline(
                scheduler=None,
                vae=None,
                text_encoder=parts.component(transformers.CLIPTextModel, "text_encoder"),
                tokenizer=parts.pretrained(transformers.CLIPTokenizer, "tokenizer"),
                text_encoder_2=parts.component(transformers.T5EncoderModel, "text_encoder_2"),
                tokenizer_2=parts.pretrained(transformers.T5TokenizerFast, "tokenizer_2"),
                transformer=None,
            )
        )

    def close_encoders(self) -> None:
        self._encoders = None

    def prepare(self, requests: Sequence[Request], watch: Watch) -> None:
        super().prepare([_laid_out(one) if isinstance(one, ImageRequest) else one for one in requests], watch)

    def encode(self, prompt: str, negative_prompt: str) -> Mapping[str, Any]:
        """The negative prompt has no say: the guidance was distilled into the model."""
        prompt_embeds, pooled, _ = self._encoders.encode_prompt(
            prompt=prompt, prompt_2=None, device=self.parts.device, max_sequence_length=self._longest
        )
        return {"prompt_embeds": prompt_embeds, "pooled_prompt_embeds": pooled}

    def draw(self, drawing: Drawing) -> Picture:
        result = self._pipeline(
            **self.embeddings(_told(drawing.prompt, len(drawing.references)), drawing.negative_prompt),
            **self._seen(drawing),
            width=drawing.width_px,
            height=drawing.height_px,
            num_inference_steps=drawing.steps,
            guidance_scale=drawing.guidance,
            max_sequence_length=self._longest,
            generator=drawing.generator,
            callback_on_step_end=drawing.progress.callback(),
            output_type="pt",
        )
        return quantised(result.images)[0]

    @property
    def _longest(self) -> int:
        return int(self.parts.setting("max_sequence_length", 512))

    def _seen(self, drawing: Drawing) -> dict[str, Any]:
        """What Kontext alone is told: the canvas, and that the picture has the size asked for."""
        if not self._kontext:
            return {}
        module = library("diffusers.pipelines.flux.pipeline_flux_kontext")
        image = None
        if drawing.references:
            image = Image.fromarray(on_one_canvas(drawing.references, module.PREFERRED_KONTEXT_RESOLUTIONS))
        return {"image": image, "max_area": drawing.width_px * drawing.height_px}


def _laid_out(request: ImageRequest) -> ImageRequest:
    return replace(request, prompt=_told(request.prompt, len(request.references)))


def _told(prompt: str, references: int) -> str:
    """The prompt, with where image 1, image 2 ... of it are."""
    if references < 2:
        return prompt
    names = ", ".join(f"image {number}" for number in range(1, references + 1))
    return f"The input holds {references} pictures, from left to right and from top to bottom: {names}. {prompt}"
