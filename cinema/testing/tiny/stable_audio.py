"""Stable Audio Open 1.0: a window of 1,024 latents of 2,048 samples (47.6 s at 44.1 kHz), as released."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from cinema.catalog import Manifest
from cinema.testing.tiny.encoders import save_t5_encoder
from cinema.testing.tiny.oobleck import save_oobleck

_LATENTS, _TEXT = 8, 16


def build(manifest: Manifest, folder: Path) -> None:
    """Write the checkpoint, with the released scheduler's configuration."""
    diffusers: Any = import_module("diffusers")
    save_t5_encoder(folder, longest=128, width=_TEXT, inner=32)
    diffusers.StableAudioProjectionModel(
        text_encoder_dim=_TEXT, conditioning_dim=_TEXT, min_value=0, max_value=512
    ).save_pretrained(folder / "projection_model")
    diffusers.StableAudioDiTModel(
        sample_size=1024,
        in_channels=_LATENTS,
        out_channels=_LATENTS,
        num_layers=1,
        attention_head_dim=8,
        num_attention_heads=2,
        num_key_value_attention_heads=1,
        cross_attention_dim=_TEXT,
        cross_attention_input_dim=_TEXT,
        global_states_input_dim=2 * _TEXT,
        time_proj_dim=16,
    ).save_pretrained(folder / "transformer")
    save_oobleck(folder / "vae", ratios=[2, 4, 4, 8, 8], latents=_LATENTS, rate_hz=44_100)
    diffusers.CosineDPMSolverMultistepScheduler(sigma_min=0.3, sigma_max=500, sigma_data=1.0).save_pretrained(
        folder / "scheduler"
    )
