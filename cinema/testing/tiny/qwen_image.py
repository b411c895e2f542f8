"""Qwen-Image and its editor: a diffusers folder with transformer, VAE, Qwen2.5-VL, tokenizer, processor and scheduler."""

from __future__ import annotations

from pathlib import Path

from cinema.catalog import Manifest
from cinema.testing.tiny.qwen import CHAT_TEMPLATE, save_chat_tokenizer, save_qwen2_vl, save_vl_processor

_HIDDEN = 16
_VISION_MARKS = ("<|vision_start|>", "<|vision_end|>", "<|vision_pad|>", "<|image_pad|>", "<|video_pad|>")


def build(manifest: Manifest, folder: Path) -> None:
    """Write the checkpoint; the VAE keeps the released one's compression (8 x 8) and latent channels (16).

    The editor makes every reference a megapixel for it, so it is as thin as can be.
    """
    import diffusers

    tokenizer = save_chat_tokenizer(folder / "tokenizer", special_tokens=_VISION_MARKS)
    save_qwen2_vl(folder / "text_encoder", tokenizer, width=_HIDDEN, layers=2, mrope=[1, 1, 2])
    if "references" in manifest.wants:
        save_vl_processor(folder / "processor", tokenizer, chat_template=CHAT_TEMPLATE)
    diffusers.QwenImageTransformer2DModel(
        patch_size=2,
        in_channels=64,
        out_channels=16,
        num_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=_HIDDEN,
        axes_dims_rope=(8, 4, 4),
    ).save_pretrained(folder / "transformer")
    diffusers.AutoencoderKLQwenImage(base_dim=2, z_dim=16, dim_mult=[1, 1, 1, 1], num_res_blocks=1).save_pretrained(
        folder / "vae"
    )
    diffusers.FlowMatchEulerDiscreteScheduler(
        use_dynamic_shifting=True,
        base_shift=0.5,
        max_shift=0.9,
        base_image_seq_len=256,
        max_image_seq_len=8192,
        shift_terminal=0.02,
        time_shift_type="exponential",
    ).save_pretrained(folder / "scheduler")
