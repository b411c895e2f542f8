"""FLUX.1: a diffusers folder with transformer, VAE, CLIP, T5 and scheduler; and the VAE that others took from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cinema.catalog import Manifest
from cinema.testing.tiny.encoders import save_clip_encoder, save_t5_encoder


def build(manifest: Manifest, folder: Path) -> None:
    """Write the checkpoint; the VAE keeps the released one's compression (8 x 8) and latent channels (16)."""
    from diffusers import FlowMatchEulerDiscreteScheduler, FluxTransformer2DModel

    save_clip_encoder(folder, width=32)
    save_t5_encoder(folder, "_2")
    FluxTransformer2DModel(
        patch_size=1,
        in_channels=64,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=32,
        pooled_projection_dim=32,
        guidance_embeds=True,
        axes_dims_rope=(4, 4, 8),
    ).save_pretrained(folder / "transformer")
    save_vae(folder / "vae")
    FlowMatchEulerDiscreteScheduler(
        shift=3.0, use_dynamic_shifting=True, base_shift=0.5, max_shift=1.15, base_image_seq_len=256, max_image_seq_len=4096
    ).save_pretrained(folder / "scheduler")


def save_vae(folder: Path) -> None:
    """FLUX.1's VAE, without the attention in its middle: a picture of a megapixel stays cheap."""
    import diffusers

    autoencoder: Any = diffusers.AutoencoderKL  # its annotations ask for tuples of one
    autoencoder(
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(4, 4, 4, 4),
        layers_per_block=1,
        latent_channels=16,
        norm_num_groups=2,
        sample_size=1024,
        scaling_factor=0.3611,
        shift_factor=0.1159,
        use_quant_conv=False,
        use_post_quant_conv=False,
        mid_block_add_attention=False,
    ).save_pretrained(folder)
