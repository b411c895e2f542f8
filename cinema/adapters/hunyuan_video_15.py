"""Family `hunyuan_video_15`: HunyuanVideo 1.5 (Tencent) through diffusers, from text, or from a picture and text.

Guidance lives in the pipeline's guider: above 1 the transformer runs twice a step. Words in quotation marks go to a second
encoder, which knows letters. Licence, repositories and settings: `models/hunyuanvideo-1.5-*.toml`. Unproven: memory of
each load plan, looks, speed; that the released tokenizer's frame around a prompt is the 108 tokens that diffusers cuts off.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, cast

import cv2
import numpy as np
from PIL import Image

from cinema.adapters.hunyuan_video import first_picture, open_scheduler
from cinema.adapters.kit.frames import Frames, quantised
from cinema.adapters.kit.libraries import library
from cinema.adapters.kit.parts import Parts
from cinema.adapters.kit.steps import Steps
from cinema.adapters.kit.video import Shooting, VideoAdapter
from cinema.media import Picture


class HunyuanVideo15(VideoAdapter):
    """A model that wants a keyframe starts every window from one picture, as latents and as SigLIP sees it."""

    in_tiles = True

    def assemble(self, parts: Parts) -> Any:
        diffusers, transformers = library("diffusers"), library("transformers")
        self._starts_from_picture = "keyframe" in parts.manifest.wants
        sees = {}
        if self._starts_from_picture:
            sees["image_encoder"] = transformers.SiglipVisionModel
            sees["feature_extractor"] = transformers.SiglipImageProcessor
        return parts.pipeline(
            diffusers.HunyuanVideo15ImageToVideoPipeline if sees else diffusers.HunyuanVideo15Pipeline,
            transformer=diffusers.HunyuanVideo15Transformer3DModel,
            vae=diffusers.AutoencoderKLHunyuanVideo15,
            scheduler=open_scheduler(parts),
            guider=diffusers.ClassifierFreeGuidance,
            **sees,
        )

    def assemble_encoders(self, parts: Parts) -> Any:
        diffusers, transformers = library("diffusers"), library("transformers")
        pipeline = parts.pipeline(
            diffusers.HunyuanVideo15Pipeline,
            text_encoder=transformers.Qwen2_5_VLTextModel,
            tokenizer=transformers.Qwen2Tokenizer,
            text_encoder_2=transformers.T5EncoderModel,
            tokenizer_2=transformers.ByT5Tokenizer,
            vae=self._pipeline.vae,
        )
        # Its constructor asks the VAE for its channels (diffusers 0.42.1); nothing else here does, and it is placed already.
        pipeline.register_modules(vae=None)
        return pipeline

    def encode(self, prompt: str, negative_prompt: str) -> Mapping[str, Any]:
        names = ("prompt_embeds", "prompt_embeds_mask", "prompt_embeds_2", "prompt_embeds_mask_2")
        found: dict[str, Any] = {}
        for prefix, text in (("", prompt), ("negative_", negative_prompt)):
            encoded = self._encoders.encode_prompt(prompt=text, device=self.parts.device)
            found |= {prefix + name: value for name, value in zip(names, encoded, strict=True)}
        return found

    def shoot(self, window: Shooting) -> Frames:
        pipeline = self._pipeline
        pipeline.guider = pipeline.guider.new(guidance_scale=window.guidance)
        pipeline.progress_bar = _bars(window.progress)
        fit: Fit | None = None
        size: dict[str, Any] = {"height": window.height_px, "width": window.width_px}
        if self._starts_from_picture:
            fit = self._fit(window)
            size = {"image": Image.fromarray(fit.widened(first_picture(self.parts, window)))}
        result = pipeline(
            **self.embeddings(window.prompt, window.negative_prompt),
            **size,
            num_frames=window.frames,
            num_inference_steps=window.steps,
            generator=window.generator,
            output_type="pt",
        )
        made = quantised(result.frames[0])
        return made if fit is None else fit.cut_out(made)

    def _fit(self, window: Shooting) -> Fit:
        """The pipeline takes its size from the picture: that of its buckets whose shape is the nearest."""
        pipeline = self._pipeline
        made_height, made_width = pipeline.video_processor.calculate_default_height_width(
            height=window.height_px, width=window.width_px, target_size=pipeline.target_size
        )
        return Fit(width_px=window.width_px, height_px=window.height_px, made_width_px=made_width, made_height_px=made_height)


@dataclass(frozen=True, kw_only=True)
class Fit:
    """How a picture goes into a clip of another size and comes out again with everything in its place.

    Cropping on the way in and scaling on the way out would bring the picture nearer at every window of a long shot.
    """

    width_px: int
    height_px: int
    made_width_px: int
    made_height_px: int

    @property
    def canvas(self) -> tuple[int, int]:
        """Width and height, around the picture, of the clip's shape.

        One pixel more on the longer side keeps it in its bucket: the pipeline compares with rounded ratios, so that a
        picture of a bucket's exact size may be given the next one.
        """
        if (self.made_width_px, self.made_height_px) == (self.width_px, self.height_px):
            return self.width_px, self.height_px
        shape = Fraction(self.made_width_px, self.made_height_px)
        width = max(self.width_px, math.ceil(self.height_px * shape))
        height = max(self.height_px, math.ceil(self.width_px / shape))
        return (math.ceil(height * shape) + 1, height) if shape > 1 else (width, math.ceil(width / shape) + 1)

    def widened(self, picture: Picture) -> Picture:
        """The picture in the middle of the canvas, its edges drawn out."""
        width, height = self.canvas
        left, top = (width - self.width_px) // 2, (height - self.height_px) // 2
        sides = ((top, height - self.height_px - top), (left, width - self.width_px - left), (0, 0))
        return np.pad(picture, sides, mode="edge")

    def cut_out(self, frames: Frames) -> Frames:
        """The picture's part of frames of the clip's size, in the picture's size."""
        if frames.shape[1:3] == (self.height_px, self.width_px):
            return frames
        width, height = self.canvas
        scale = max(self.made_width_px / width, self.made_height_px / height)
        left = ((width - self.width_px) // 2 + 0.5) * scale - (width * scale - self.made_width_px) / 2 - 0.5
        top = ((height - self.height_px) // 2 + 0.5) * scale - (height * scale - self.made_height_px) / 2 - 0.5
        back = np.array([[scale, 0.0, left], [0.0, scale, top]])
        size, method = (self.width_px, self.height_px), cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        whole = [cv2.warpAffine(one, back, size, flags=method, borderMode=cv2.BORDER_REPLICATE) for one in frames]
        return cast("Frames", np.stack(whole))


def _bars(progress: Steps) -> Callable[..., _Bar]:
    def bar(**_: Any) -> _Bar:
        return _Bar(progress)

    return bar


class _Bar:
    """A progress bar that counts steps. These pipelines have no callback (diffusers 0.42.1), but they move their bar."""

    def __init__(self, progress: Steps) -> None:
        self._progress = progress

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def update(self, _count: int = 1) -> None:
        """One step was done. Cancelled passes through."""
        self._progress.tick()
