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

from cinema.adapters.kit.image import Drawing, ImageAdapter, on_one_canvas
from cinema.adapters.kit.libraries import library
from cinema.adapters.kit.parts import Parts
from cinema.events import Watch
from cinema.media import Picture
from cinema.plan.task import ImageRequest, Request


class Flux(ImageAdapter):
    """With `references` among its wants it is Kontext, else the model that knows text alone."""

    def assemble(self, parts: Parts) -> Any:
        diffusers = library("diffusers")
        self._kontext = "references" in parts.manifest.wants
        return parts.pipeline(
            diffusers.FluxKontextPipeline if self._kontext else diffusers.FluxPipeline,
            scheduler=diffusers.FlowMatchEulerDiscreteScheduler,
            vae=diffusers.AutoencoderKL,
            transformer=diffusers.FluxTransformer2DModel,
        )

    def assemble_encoders(self, parts: Parts) -> Any:
        diffusers, transformers = library("diffusers"), library("transformers")
        return parts.pipeline(
            diffusers.FluxPipeline,
            text_encoder=transformers.CLIPTextModel,
            tokenizer=transformers.CLIPTokenizer,
            text_encoder_2=transformers.T5EncoderModel,
            tokenizer_2=transformers.T5TokenizerFast,
        )

    def prepare(self, requests: Sequence[Request], watch: Watch) -> None:
        super().prepare([_laid_out(one) if isinstance(one, ImageRequest) else one for one in requests], watch)

    def encode(self, prompt: str, negative_prompt: str) -> Mapping[str, Any]:
        """The negative prompt has no say: the guidance was distilled into the model."""
        prompt_embeds, pooled, _ = self._encoders.encode_prompt(
            prompt=prompt, prompt_2=None, device=self.parts.device, max_sequence_length=self._longest
        )
        return {"prompt_embeds": prompt_embeds, "pooled_prompt_embeds": pooled}

    def draw(self, drawing: Drawing) -> Picture:
        return drawing.through(
            self._pipeline,
            **self.embeddings(_told(drawing.prompt, len(drawing.references)), drawing.negative_prompt),
            **self._seen(drawing),
            max_sequence_length=self._longest,
        )

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
