"""Family `hunyuan_video`: HunyuanVideo 13B (Tencent) through diffusers, from text, or from a picture and text.

Guidance is embedded (distilled into the weights): one transformer call a step, and a negative prompt has no effect.
Licence, repositories and settings: `models/hunyuan-video-*.toml`. Unproven: memory of each load plan, looks, speed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PIL import Image

from cinema.adapters.kit.frames import Frames
from cinema.adapters.kit.libraries import library
from cinema.adapters.kit.parts import Parts
from cinema.adapters.kit.video import Shooting, VideoAdapter
from cinema.errors import InputError
from cinema.events import Watch
from cinema.plan.task import Request


class PromptedByLlama(VideoAdapter):
    """What HunyuanVideo and FramePack share: a Llama and CLIP read the words, and 129 frames of 720p at once fit no card."""

    in_tiles = True

    def assemble_encoders(self, parts: Parts) -> Any:
        encoders = open_text_encoders(parts, library("transformers").LlamaModel)
        return parts.pipeline(library("diffusers").HunyuanVideoPipeline, **encoders)

    def encode(self, prompt: str, negative_prompt: str) -> Mapping[str, Any]:
        names = ("prompt_embeds", "pooled_prompt_embeds", "prompt_attention_mask")
        return dict(zip(names, self._encoders.encode_prompt(prompt=prompt, device=self.parts.device), strict=True))


class HunyuanVideo(PromptedByLlama):
    """A model that wants a keyframe starts every window from one picture, which its text encoder (a LLaVA) sees, too.

    So those prompts cannot be encoded before the picture is known: its encoders stay with the generator.
    """

    def assemble(self, parts: Parts) -> Any:
        diffusers, transformers = library("diffusers"), library("transformers")
        self._starts_from_picture = "keyframe" in parts.manifest.wants
        sees = {}
        if self._starts_from_picture:
            sees = open_text_encoders(parts, transformers.LlavaForConditionalGeneration)
            sees["image_processor"] = transformers.CLIPImageProcessor
        return parts.pipeline(
            diffusers.HunyuanVideoImageToVideoPipeline if sees else diffusers.HunyuanVideoPipeline,
            transformer=diffusers.HunyuanVideoTransformer3DModel,
            vae=open_vae(parts),
            scheduler=open_scheduler(parts),
            **sees,
        )

    def prepare(self, requests: Sequence[Request], watch: Watch) -> None:
        if not self._starts_from_picture:
            super().prepare(requests, watch)

    def shoot(self, window: Shooting) -> Frames:
        return window.through(self._pipeline, **self._given(window))

    def _given(self, window: Shooting) -> Mapping[str, Any]:
        if not self._starts_from_picture:
            return self.embeddings(window.prompt, window.negative_prompt)
        return {"prompt": window.prompt, "image": Image.fromarray(first_picture(self.parts, window))}


def first_picture(parts: Parts, window: Shooting) -> Any:
    """The picture that a window starts from. InputError where there is none, since the model cannot do without."""
    if window.start is None:
        raise InputError(
            f"{parts.manifest.id} makes clips from a picture, and this shot has none; give the shot a keyframe "
            "(a model for the role image), or choose a model for video that works from text."
        )
    return window.start


def half(parts: Parts) -> Any:
    """What the vendor computes encoders and VAE in where the transformer computes in bfloat16: float16."""
    torch = library("torch")
    return torch.float16 if parts.dtype == torch.bfloat16 else parts.dtype


def open_vae(parts: Parts) -> Any:
    """HunyuanVideo's VAE, in the vendor's precision."""
    return parts.component(library("diffusers").AutoencoderKLHunyuanVideo, "vae", dtype=half(parts))


def open_scheduler(parts: Parts) -> Any:
    """The scheduler of the repository, with the manifest's `shift` where it states one."""
    options = {"shift": float(parts.setting("shift"))} if parts.setting("shift") is not None else {}
    return parts.pretrained(library("diffusers").FlowMatchEulerDiscreteScheduler, "scheduler", **options)


def open_text_encoders(parts: Parts, kind: Any) -> dict[str, Any]:
    """A Llama of class `kind` and CLIP, with their tokenizers, by the pipeline's names for them.

    The Llama 3 tokenizer is byte-level; `LlamaTokenizerFast`, which the repository's index names, splits words as Llama 2
    does since transformers 5, and gives other tokens. Seen with transformers 5.23.
    """
    transformers = library("transformers")
    return {
        "text_encoder": parts.component(kind, "text_encoder", dtype=half(parts)),
        "tokenizer": parts.pretrained(transformers.PreTrainedTokenizerFast, "tokenizer"),
        "text_encoder_2": parts.component(transformers.CLIPTextModel, "text_encoder_2", dtype=half(parts)),
        "tokenizer_2": parts.pretrained(transformers.CLIPTokenizer, "tokenizer_2"),
    }
