"""Family `qwen_image`: Qwen-Image (Alibaba): text to picture, and Qwen-Image-Edit 2509, which goes by reference pictures.

Guidance is the pipelines' `true_cfg_scale`: it works only beside a negative prompt, so that there always is one, if only a
space, and costs a second call of the transformer a step.

The editor's encoder, a Qwen2.5-VL, looks at the references: those prompts cannot be encoded before the pictures are there, so
its encoders are opened for each such still, and leave after it unless everything stays resident. Without a reference (the
first sheet of a character) it draws from words, as Qwen-Image does, with the editor's weights.

Unproven without real weights: how well the editor draws from words alone.
Licence, repositories and settings: `models/qwen-image*.toml`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PIL import Image

from cinema.adapters.kit.image import Drawing, ImageAdapter
from cinema.adapters.kit.libraries import library
from cinema.adapters.kit.parts import Parts
from cinema.events import Watch
from cinema.media import Picture
from cinema.plan.task import ImageRequest, Request

_NO_NEGATIVE_PROMPT = " "
_LEAST_STEPS = 2
"""With one, the released scheduler, which stretches its steps to end at `shift_terminal`, divides by 0 (diffusers 0.42.1)."""
_MOST_TOKENS = 4000
"""The transformer knows 4096 places, and the first of them belong to the picture."""
_EDIT_MODULE = "diffusers.pipelines.qwenimage.pipeline_qwenimage_edit_plus"


class QwenImage(ImageAdapter):
    """With `references` among its wants it is the editor, else the model that knows text alone."""

    def assemble(self, parts: Parts) -> Any:
        diffusers = library("diffusers")
        self._edits = "references" in parts.manifest.wants
        pipeline = parts.pipeline(
            diffusers.QwenImagePipeline,
            scheduler=diffusers.FlowMatchEulerDiscreteScheduler,
            vae=diffusers.AutoencoderKLQwenImage,
            transformer=diffusers.QwenImageTransformer2DModel,
        )
        self._editor: Any = None
        if self._edits:
            self._editor = parts.pipeline(diffusers.QwenImageEditPlusPipeline, **pipeline.components)
        return pipeline

    def close(self) -> None:
        if self._pipeline is not None:
            _forget_rotations(type(self._pipeline.transformer.pos_embed))
        super().close()
        self._editor = None

    def assemble_encoders(self, parts: Parts) -> Any:
        diffusers, transformers = library("diffusers"), library("transformers")
        encoders = parts.pipeline(
            diffusers.QwenImagePipeline,
            text_encoder=transformers.Qwen2_5_VLForConditionalGeneration,
            tokenizer=transformers.Qwen2TokenizerFast,
        )
        self._seeing_encoders: Any = None
        if self._edits:
            self._seeing_encoders = parts.pipeline(
                diffusers.QwenImageEditPlusPipeline, **encoders.components, processor=transformers.Qwen2VLProcessor
            )
        return encoders

    def close_encoders(self) -> None:
        super().close_encoders()
        self._seeing_encoders = None

    def prepare(self, requests: Sequence[Request], watch: Watch) -> None:
        super().prepare([one for one in requests if not (isinstance(one, ImageRequest) and one.references)], watch)

    def encode(self, prompt: str, negative_prompt: str) -> Mapping[str, Any]:
        return self._encoded(self._encoders, prompt, negative_prompt)

    def draw(self, drawing: Drawing) -> Picture:
        pictures = [Image.fromarray(one) for one in drawing.references]
        return drawing.through(
            self._editor if pictures else self._pipeline,
            **(self._embeddings_seeing(drawing, pictures) if pictures else self._embeddings_of(drawing)),
            num_inference_steps=max(drawing.steps, _LEAST_STEPS),
            guidance_scale=None,
            true_cfg_scale=drawing.guidance,
        )

    def _embeddings_of(self, drawing: Drawing) -> Mapping[str, Any]:
        return self.embeddings(drawing.prompt, drawing.negative_prompt)

    def _embeddings_seeing(self, drawing: Drawing, pictures: list[Any]) -> Mapping[str, Any]:
        """The prompts as read beside the pictures, each scaled as the pipeline scales it for the encoder; and the pictures."""
        self.need_encoders()
        module, processor = library(_EDIT_MODULE), self._seeing_encoders.image_processor
        seen: list[Any] = []
        for picture in pictures:
            width, height = module.calculate_dimensions(module.CONDITION_IMAGE_SIZE, picture.width / picture.height)
            seen.append(processor.resize(picture, height, width))
        encoded = self._encoded(self._seeing_encoders, drawing.prompt, drawing.negative_prompt, image=seen)
        if self.parts.plan.load_plan != "resident":
            self.shut_encoders()
        return {**encoded, "image": pictures}

    def _encoded(self, encoders: Any, prompt: str, negative_prompt: str, **seen: Any) -> dict[str, Any]:
        device = self.parts.device
        texts = {"": prompt, "negative_": negative_prompt.strip() or _NO_NEGATIVE_PROMPT}
        encoded: dict[str, Any] = {}
        for name, text in texts.items():
            embeds, mask = encoders.encode_prompt(prompt=text, device=device, **seen)
            encoded[f"{name}prompt_embeds"] = embeds[:, :_MOST_TOKENS]
            encoded[f"{name}prompt_embeds_mask"] = None if mask is None else mask[:, :_MOST_TOKENS]
        return encoded


def _forget_rotations(positions: Any) -> None:
    """Empty the caches of the transformer's position embedding: they belong to the class and outlive every model.

    The wrapper around them hides `cache_clear` (diffusers 0.42.1), so that it is looked for inside.
    """
    for method in vars(positions).values():
        for cell in getattr(method, "__closure__", None) or ():
            if hasattr(cell.cell_contents, "cache_clear"):
                cell.cell_contents.cache_clear()
