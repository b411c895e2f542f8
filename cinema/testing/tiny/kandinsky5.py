"""Kandinsky 5 Lite: a diffusers folder with transformer, HunyuanVideo's VAE, Qwen2.5-VL with its processor, and CLIP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cinema.catalog import Manifest
from cinema.testing.tiny.tokenizers import save_clip, save_qwen2

_QWEN = 32
_CLIP = 16
_VISION_MARKS = ("<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>")


def build(manifest: Manifest, folder: Path) -> None:
    """Write the checkpoint; the VAE keeps the released one's compression (8 x 8 x 4)."""
    from diffusers import AutoencoderKLHunyuanVideo, FlowMatchEulerDiscreteScheduler, Kandinsky5Transformer3DModel
    from transformers import CLIPTextConfig, CLIPTextModel

    _save_qwen(folder)
    clip = save_clip(folder / "tokenizer_2")
    CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(clip),
            hidden_size=_CLIP,
            intermediate_size=_CLIP,
            num_hidden_layers=1,
            num_attention_heads=2,
            bos_token_id=clip.bos_token_id,
            eos_token_id=clip.eos_token_id,
            pad_token_id=clip.pad_token_id,
        )
    ).save_pretrained(folder / "text_encoder_2")
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
    from transformers import (
        Qwen2_5_VLConfig,
        Qwen2_5_VLForConditionalGeneration,
        Qwen2VLImageProcessor,
        Qwen2VLProcessor,
        Qwen2VLVideoProcessor,
    )

    parts = ("transformer", "vae", "text_encoder", "tokenizer", "text_encoder_2", "tokenizer_2", "scheduler")
    none: dict[str, Any] = dict.fromkeys(parts)
    template = Kandinsky5T2VPipeline(**none).prompt_template
    tokenizer = save_qwen2(folder / "tokenizer", vocab_size=1200, special_tokens=_VISION_MARKS, texts=(template,))
    processor: Any = Qwen2VLProcessor(
        image_processor=Qwen2VLImageProcessor(), tokenizer=tokenizer, video_processor=Qwen2VLVideoProcessor()
    )
    processor.save_pretrained(folder / "tokenizer")
    marks = dict(zip(("vision_start", "vision_end", "image", "video"), _VISION_MARKS, strict=True))
    config = Qwen2_5_VLConfig(
        text_config={
            "vocab_size": len(tokenizer),
            "hidden_size": _QWEN,
            "intermediate_size": _QWEN,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "num_key_value_heads": 2,
            "bos_token_id": tokenizer.convert_tokens_to_ids("<|endoftext|>"),
            "eos_token_id": tokenizer.convert_tokens_to_ids("<|im_end|>"),
            "rope_parameters": {"rope_type": "default", "mrope_section": [2, 3, 3], "rope_theta": 1_000_000.0},
        },
        vision_config={
            "depth": 1,
            "hidden_size": 16,
            "intermediate_size": 16,
            "num_heads": 2,
            "out_hidden_size": _QWEN,
            "fullatt_block_indexes": [0],
        },
        **{f"{name}_token_id": tokenizer.convert_tokens_to_ids(mark) for name, mark in marks.items()},
    )
    Qwen2_5_VLForConditionalGeneration(config).save_pretrained(folder / "text_encoder")
