"""FLUX.2-klein: a diffusers folder with transformer, VAE, Qwen3 and scheduler."""

from __future__ import annotations

from pathlib import Path

from cinema.catalog import Manifest
from cinema.testing.tiny.qwen import save_chat_tokenizer, save_qwen3

_HIDDEN = 16
_TAPS = 3
"""The pipeline joins the hidden states of three layers, the last of them the 27th."""


def build(manifest: Manifest, folder: Path) -> None:
    """Write the checkpoint; compression, latent channels and the layers that are listened to are the released model's."""
    from diffusers import AutoencoderKLFlux2, FlowMatchEulerDiscreteScheduler, Flux2Transformer2DModel

    tokenizer = save_chat_tokenizer(folder / "tokenizer")
    save_qwen3(folder / "text_encoder", vocab_size=len(tokenizer), hidden_size=_HIDDEN, layers=28, head=True)
    Flux2Transformer2DModel(
        patch_size=1,
        in_channels=128,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=_HIDDEN * _TAPS,
        timestep_guidance_channels=16,
        axes_dims_rope=(4, 4, 4, 4),
        guidance_embeds=False,
    ).save_pretrained(folder / "transformer")
    AutoencoderKLFlux2(
        block_out_channels=(4, 4, 4, 4),
        layers_per_block=1,
        latent_channels=32,
        norm_num_groups=2,
        mid_block_add_attention=False,
    ).save_pretrained(folder / "vae")
    FlowMatchEulerDiscreteScheduler(
        shift=3.0, use_dynamic_shifting=True, base_shift=0.5, max_shift=1.15, time_shift_type="exponential"
    ).save_pretrained(folder / "scheduler")
