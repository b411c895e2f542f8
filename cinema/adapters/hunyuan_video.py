"""Family `hunyuan_video`: HunyuanVideo 13B (Tencent) through diffusers, from text, or from a picture and text.

Guidance is embedded (distilled into the weights): one transformer call a step, and a negative prompt has no effect.
Licence, repositories and settings: `models/hunyuan-video-*.toml`. Unproven: memory of each load plan, looks, speed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PIL import Image

from cinema.adapters.kit.frames import Frames, quantised
from cinema.adapters.kit.libraries import library
from cinema.adapters.kit.parts import Parts
from cinema.adapters.kit.video import Shooting, VideoAdapter
from cinema.errors import InputError
from cinema.events import Watch
from cinema.plan.task import Request


class HunyuanVideo(VideoAdapter):
    """A model that wants a keyframe starts every window from one picture, which its text encoder (a LLaVA) sees, too.

    So those prompts cannot be encoded before the picture is known: its encoders stay with the generator.
    """

    def open(self, parts: Parts) -> None:
        diffusers, transformers = library("diffusers"), library("transformers")
        self._starts_from_picture = "keyframe" in parts.manifest.wants
        generator = {
            "transformer": parts.component(diffusers.HunyuanVideoTransformer3DModel, "transformer"),
            "vae": open_vae(parts),
            "scheduler": open_scheduler(parts),
        }
        if self._starts_from_picture:
            pipeline = diffusers.HunyuanVideoImageToVideoPipeline(
                **generator,
                **open_text_encoders(parts, transformers.LlavaForConditionalGeneration),
                image_processor=parts.pretrained(transformers.CLIPImageProcessor, "image_processor"),
            )
        else:
            pipeline = diffusers.HunyuanVideoPipeline(
                **generator, text_encoder=None, tokenizer=None, text_encoder_2=None, tokenizer_2=None
            )
        self._pipeline: Any = parts.place(pipeline)
        self._pipeline.set_progress_bar_config(disable=True)

    def close(self) -> None:
        self._pipeline = None

    def open_encoders(self, parts: Parts) -> None:
        self._encoders: Any = open_prompt_pipeline(parts)

    def close_encoders(self) -> None:
        self._encoders = None

    def prepare(self, requests: Sequence[Request], watch: Watch) -> None:
        if not self._starts_from_picture:
            super().prepare(requests, watch)

    def encode(self, prompt: str, negative_prompt: str) -> Mapping[str, Any]:
        return encode_prompt(self._encoders, prompt, self.parts.device)

    def shoot(self, window: Shooting) -> Frames:
        result = self._pipeline(
            **self._given(window),
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
    """The VAE, in tiles: 129 frames of 720p at once are more than any card holds."""
    vae = parts.component(library("diffusers").AutoencoderKLHunyuanVideo, "vae", dtype=half(parts))
    vae.enable_tiling()
    return vae


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


def open_prompt_pipeline(parts: Parts) -> Any:
    """What encodes text alone, for HunyuanVideo and FramePack."""
    encoders = open_text_encoders(parts, library("transformers").LlamaModel)
    pipeline = library("diffusers").HunyuanVideoPipeline(**encoders, transformer=None, vae=None, scheduler=None)
    return parts.place(pipeline)


def encode_prompt(pipeline: Any, prompt: str, device: Any) -> dict[str, Any]:
    """What the pipelines' calls take in place of the prompt."""
    names = ("prompt_embeds", "pooled_prompt_embeds", "prompt_attention_mask")
    return dict(zip(names, pipeline.encode_prompt(prompt=prompt, device=device), strict=True))
