"""Family `kandinsky5`: Kandinsky 5.0 Lite, 5 s, from words, through diffusers; with guidance, or distilled to 16 steps.

Unproven: the picture at sizes other than the vendor's 768x512.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cinema.adapters.kit.frames import Frames
from cinema.adapters.kit.libraries import library
from cinema.adapters.kit.parts import Parts
from cinema.adapters.kit.video import Shooting, VideoAdapter
from cinema.errors import InputError

_LITE_SCALE = (1.0, 2.0, 2.0)
"""Of positions in time, height and width (`metrics.scale_factor` of kandinskylab/kandinsky-5, configs/k5_lite_t2v_5s_*.yaml).

diffusers 0.42.1 takes it only where both sides are 480 to 854 px, and else the scale of the Pro models, 3.16, for which
these weights were not trained: a picture of 912x512 would fall to that side.
"""


class Kandinsky5(VideoAdapter):
    """A window is made of words alone."""

    def assemble(self, parts: Parts) -> Any:
        diffusers = library("diffusers")
        pipeline = parts.pipeline(
            diffusers.Kandinsky5T2VPipeline,
            transformer=diffusers.Kandinsky5Transformer3DModel,
            vae=diffusers.AutoencoderKLHunyuanVideo,
            scheduler=diffusers.FlowMatchEulerDiscreteScheduler,
        )
        pipeline._get_scale_factor = _lite_scale
        return pipeline

    def assemble_encoders(self, parts: Parts) -> Any:
        diffusers, transformers = library("diffusers"), library("transformers")
        return parts.pipeline(
            diffusers.Kandinsky5T2VPipeline,
            text_encoder=transformers.Qwen2_5_VLForConditionalGeneration,
            tokenizer=transformers.Qwen2VLProcessor,
            text_encoder_2=transformers.CLIPTextModel,
            tokenizer_2=transformers.CLIPTokenizer,
        )

    def encode(self, prompt: str, negative_prompt: str) -> Mapping[str, Any]:
        found: dict[str, Any] = {}
        for text, prefix in ((prompt, ""), (negative_prompt, "negative_")):
            qwen, clip, lengths = self._encoders.encode_prompt(prompt=text, device=self.parts.device)
            found |= {
                f"{prefix}prompt_embeds_qwen": qwen,
                f"{prefix}prompt_embeds_clip": clip,
                f"{prefix}prompt_cu_seqlens": lengths,
            }
        return found

    def shoot(self, window: Shooting) -> Frames:
        if window.start is not None:
            raise InputError(f"{self.parts.manifest.id} makes clips from words alone, but was given a picture to start from.")
        return window.through(self._pipeline, **self.embeddings(window.prompt, window.negative_prompt))


def _lite_scale(_height: int, _width: int) -> tuple[float, float, float]:
    return _LITE_SCALE
