"""Kandinsky 5 Lite: a diffusers folder with transformer, HunyuanVideo's VAE, Qwen2.5-VL with its processor, and CLIP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cinema.catalog import Manifest
from cinema.testing.tiny.encoders import save_clip_encoder
from cinema.testing.tiny.qwen import save_qwen2_vl, save_vl_processor
from cinema.testing.tiny.tokenizers import save_qwen2

_QWEN = 32
_CLIP = 16
_VISION_MARKS = ("<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>")


def build(manifest: Manifest, folder: Path) -> None:
    """Write the checkpoint; the VAE keeps the released one's compression (8 x 8 x 4)."""
    from diffusers import AutoencoderKLHunyuanVideo, FlowMatchEulerDiscreteScheduler, Kandinsky5Transformer3DModel

    _save_qwen(folder)
    save_clip_encoder(folder, "_2", width=_CLIP, inner=_CLIP, heads=2)
    transformer = Kandinsky5Transformer3DModel(
        in_visual_dim=4,
        out_visual_dim=4,
        in_text_dim=_QWEN,
        in_text_dim2=_CLIP,
        time_dim=16,
        model_dim=24,
        ff_dim=32,
        num_text_blocks=1,
        num_visual_blocks=1,
        axes_dims=(4, 4, 4),
        visual_cond=True,
    )
    _awaken(transformer)
    transformer.save_pretrained(folder / "transformer")
    channels: Any = (8, 8, 8, 8)
    AutoencoderKLHunyuanVideo(
        block_out_channels=channels, layers_per_block=1, norm_num_groups=4, latent_channels=4
    ).save_pretrained(folder / "vae")
    FlowMatchEulerDiscreteScheduler(shift=5.0).save_pretrained(folder / "scheduler")


def _awaken(transformer: Any) -> None:
    """Give weights to what starts as zero: the gates of all blocks, closed in a fresh model, so that no word would count."""
    import torch

    for parameter in transformer.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.3)


def _save_qwen(folder: Path) -> None:
    """`tokenizer` (the whole processor, as released) and `text_encoder`.

    The tokenizer knows the words that the pipeline puts before every prompt: a template of more than its 640 tokens would
    push the prompt out.
    """
    from diffusers import Kandinsky5T2VPipeline

    parts = ("transformer", "vae", "text_encoder", "tokenizer", "text_encoder_2", "tokenizer_2", "scheduler")
    none: dict[str, Any] = dict.fromkeys(parts)
    template = Kandinsky5T2VPipeline(**none).prompt_template
    tokenizer = save_qwen2(folder / "tokenizer", vocab_size=1200, special_tokens=_VISION_MARKS, texts=(template,))
    save_vl_processor(folder / "tokenizer", tokenizer)
    save_qwen2_vl(folder / "text_encoder", tokenizer, width=_QWEN, layers=1, mrope=[2, 3, 3])
