"""Family `flux2`: FLUX.2 [klein] (Black Forest Labs): text and any number of reference pictures to a picture, in four steps.

Licence, repositories and settings: `models/flux2-*.toml`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PIL import Image

from cinema.adapters.kit.frames import covered
from cinema.adapters.kit.image import Drawing, ImageAdapter
from cinema.adapters.kit.libraries import library
from cinema.adapters.kit.parts import Parts
from cinema.media import Picture

_LEAST_SIDE_PX = 64
_MOST_ASPECT = 8
"""Beyond these the pipeline refuses a reference."""


class Flux2(ImageAdapter):
    """`distilled` in the settings: guidance was trained into it, and what is asked for has no say."""

    def assemble(self, parts: Parts) -> Any:
        diffusers = library("diffusers")
        self._distilled = bool(parts.setting("distilled", True))
        return parts.pipeline(
            diffusers.Flux2KleinPipeline,
            scheduler=diffusers.FlowMatchEulerDiscreteScheduler,
            vae=diffusers.AutoencoderKLFlux2,
            transformer=diffusers.Flux2Transformer2DModel,
            is_distilled=self._distilled,
        )

    def assemble_encoders(self, parts: Parts) -> Any:
        diffusers, transformers = library("diffusers"), library("transformers")
        return parts.pipeline(
            diffusers.Flux2KleinPipeline, text_encoder=transformers.Qwen3ForCausalLM, tokenizer=transformers.Qwen2TokenizerFast
        )

    def encode(self, prompt: str, negative_prompt: str) -> Mapping[str, Any]:
        """The base models are guided away from this negative prompt, where the pipeline by itself has the empty one."""
        encoded = {"prompt_embeds": self._encoders.encode_prompt(prompt=prompt, device=self.parts.device)[0]}
        if not self._distilled:
            away = self._encoders.encode_prompt(prompt=negative_prompt, device=self.parts.device)[0]
            encoded["negative_prompt_embeds"] = away
        return encoded

    def draw(self, drawing: Drawing) -> Picture:
        return drawing.through(
            self._pipeline,
            **self.embeddings(drawing.prompt, drawing.negative_prompt),
            image=[Image.fromarray(_acceptable(one)) for one in drawing.references] or None,
        )


def _acceptable(picture: Picture) -> Picture:
    """The picture, larger where it is too small and cropped where it is too long for the pipeline."""
    height, width = picture.shape[:2]
    width, height = min(width, height * _MOST_ASPECT), min(height, width * _MOST_ASPECT)
    scale = max(_LEAST_SIDE_PX / min(width, height), 1.0)
    return covered(picture, round(width * scale), round(height * scale))
