"""SkyReels-V2 diffusion forcing: a diffusers folder with transformer, Wan's VAE, UMT5 and UniPC scheduler."""

from __future__ import annotations

from pathlib import Path

from cinema.catalog import Manifest
from cinema.testing.tiny.encoders import save_t5_encoder
from cinema.testing.tiny.wan import LATENTS, TEXT, save_unipc, save_vae


def build(manifest: Manifest, folder: Path) -> None:
    """Write the checkpoint; the VAE keeps the released one's compression (8 x 8 x 4)."""
    from diffusers import SkyReelsV2Transformer3DModel

    save_t5_encoder(folder, kind="UMT5", width=TEXT)
    save_vae(folder / "vae")
    SkyReelsV2Transformer3DModel(
        patch_size=(1, 2, 2),  # pyright: ignore[reportArgumentType]  # annotated as a tuple of one
        num_attention_heads=2,
        attention_head_dim=12,
        in_channels=LATENTS,
        out_channels=LATENTS,
        text_dim=TEXT,
        freq_dim=32,
        ffn_dim=32,
        num_layers=1,
        cross_attn_norm=True,
        qk_norm="rms_norm_across_heads",
        inject_sample_info=True,
    ).save_pretrained(folder / "transformer")
    save_unipc(folder / "scheduler", flow_shift=8.0)
