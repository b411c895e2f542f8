"""Wan: a diffusers folder with one transformer or two, VAE of the 2.1 or the 2.2 kind, UMT5 and UniPC scheduler."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cinema.catalog import Manifest
from cinema.testing.tiny.encoders import save_t5_encoder

LATENTS = 4
TEXT = 32


def build(manifest: Manifest, folder: Path) -> None:
    """Write the checkpoint; the VAE keeps the released one's compression (8 x 8 x 4, or 16 x 16 x 4 of TI2V-5B)."""
    from diffusers import WanTransformer3DModel

    save_t5_encoder(folder, kind="UMT5", width=TEXT)
    expand = bool(manifest.settings.get("expand_timesteps", False))
    takes_picture = "keyframe" in manifest.wants and not expand
    save_vae(folder / "vae", residual=expand)
    experts = ["transformer", "transformer_2"] if "boundary_ratio" in manifest.settings else ["transformer"]
    for name in experts:
        WanTransformer3DModel(
            patch_size=(1, 2, 2),
            num_attention_heads=2,
            attention_head_dim=12,
            in_channels=2 * LATENTS + 4 if takes_picture else LATENTS,
            out_channels=LATENTS,
            text_dim=TEXT,
            freq_dim=32,
            ffn_dim=32,
            num_layers=1,
            cross_attn_norm=True,
            qk_norm="rms_norm_across_heads",
        ).save_pretrained(folder / name)
    save_unipc(folder / "scheduler", flow_shift=3.0)


def save_vae(folder: Path, *, residual: bool = False) -> None:
    """Of the 2.1 kind, or with `residual` of the 2.2 kind, which folds 2 x 2 pixels first."""
    from diffusers import AutoencoderKLWan

    folding: dict[str, Any] = {"is_residual": True, "patch_size": 2, "in_channels": 12, "out_channels": 12}
    AutoencoderKLWan(
        base_dim=4,
        z_dim=LATENTS,
        dim_mult=[1, 1, 1, 1],
        num_res_blocks=1,
        temperal_downsample=[False, True, True],
        latents_mean=[0.0] * LATENTS,
        latents_std=[1.0] * LATENTS,
        scale_factor_spatial=16 if residual else 8,
        **(folding if residual else {}),
    ).save_pretrained(folder)


def save_unipc(folder: Path, *, flow_shift: float) -> None:
    """As in the released repositories: UniPC over flow matching."""
    from diffusers import UniPCMultistepScheduler

    UniPCMultistepScheduler(
        prediction_type="flow_prediction", use_flow_sigmas=True, num_train_timesteps=1000, flow_shift=flow_shift
    ).save_pretrained(folder)
