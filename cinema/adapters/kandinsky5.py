"""Family `kandinsky5`: Kandinsky 5.0 Lite, 5 s, from words, through diffusers; with guidance, or distilled to 16 steps.

Unproven: the picture at sizes other than the vendor's 768x512.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cinema.adapters.kit.frames import Frames, quantised
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

    def open(self, parts: Parts) -> None:
        diffusers = library("diffusers")
        self._pipeline: Any = parts.place(
            diffusers.Kandinsky5T2VPipeline(
                transformer=parts.component(diffusers.Kandinsky5Transformer3DModel, "transformer"),
                vae=parts.component(diffusers.AutoencoderKLHunyuanVideo, "vae"),
                text_encoder=None,
                tokenizer=None,
                text_encoder_2=None,
                tokenizer_2=None,
                scheduler=parts.pretrained(diffusers.FlowMatchEulerDiscreteScheduler, "scheduler"),
            )
        )
        self._pipeline._get_scale_factor = _lite_scale
        self._pipeline.set_progress_bar_config(disable=True)
        if parts.plan.load_plan != "resident":
            self._pipeline.vae.enable_tiling()

    def close(self) -> None:
        self._pipeline = None

    def open_encoders(self, parts: Parts) -> None:
        diffusers, transformers = library("diffusers"), library("transformers")
        self._encoders: Any = parts.place(
            diffusers.Kandinsky5T2VPipeline(
                transformer=None,
                vae=None,
                text_encoder=parts.component(transformers.Qwen2_5_VLForConditionalGeneration, "text_encoder"),
                tokenizer=parts.pretrained(transformers.Qwen2VLProcessor, "tokenizer"),
                text_encoder_2=parts.component(transformers.CLIPTextModel, "text_encoder_2"),
                tokenizer_2=parts.pretrained(transformers.CLIPTokenizer, "tokenizer_2"),
                scheduler=None,
            )
        )

    def close_encoders(self) -> None:
        self._encoders = None

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
        result = self._pipeline(
            **self.embeddings(window.prompt, window.negative_prompt),
            width=window.width_px,
            height=window.height_px,
            num_frames=window.frames,
            num_inference_steps=window.steps,
            guidance_scale=window.guidance,
            generator=window.generator,
            callback_on_step_end=window.progress.callback(),
            output_type="pt",
        )
        return quantised(result.frames[0])


def _lite_scale(_height: int, _width: int) -> tuple[float, float, float]:
    return _LITE_SCALE
