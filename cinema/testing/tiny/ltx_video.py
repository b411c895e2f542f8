"""LTX-Video: a diffusers folder with transformer, VAE, T5 and scheduler, and a latent upsampler where the model has one.

A model that is released as one file (setting `single_file`) has its transformer and VAE in that file, by the vendor's names.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from cinema.catalog import Manifest
from cinema.testing.tiny.encoders import save_t5_encoder

_LATENTS = 8
_TRANSFORMER_NAMES = {"proj_in": "patchify_proj", "time_embed": "adaln_single", "norm_q": "q_norm", "norm_k": "k_norm"}


def build(manifest: Manifest, folder: Path) -> None:
    """Write the checkpoint; the VAE keeps the released one's compression (32 x 32 x 8), so that the grid is the real one."""
    from diffusers import FlowMatchEulerDiscreteScheduler
    from diffusers.models import LTXVideoTransformer3DModel
    from diffusers.pipelines.ltx.modeling_latent_upsampler import LTXLatentUpsamplerModel

    save_t5_encoder(folder, longest=128)
    transformer = LTXVideoTransformer3DModel(
        in_channels=_LATENTS,
        out_channels=_LATENTS,
        patch_size=1,
        patch_size_t=1,
        num_attention_heads=4,
        attention_head_dim=8,
        cross_attention_dim=32,
        num_layers=1,
        caption_channels=32,
    )
    _save(transformer, _vae(), folder, single_file=str(manifest.settings.get("single_file", "")))
    FlowMatchEulerDiscreteScheduler().save_pretrained(folder / "scheduler")
    if "two_stage" in manifest.settings:
        LTXLatentUpsamplerModel(in_channels=_LATENTS, mid_channels=32, num_blocks_per_stage=1).save_pretrained(
            folder / "latent_upsampler"
        )


def _vae() -> Any:
    """In the arrangement of 0.9.5 and later: by its encoder's last 2048 channels the library tells such a file."""
    from diffusers import AutoencoderKLLTXVideo

    sizes: dict[str, Any] = {
        "block_out_channels": (8, 32, 64, 256, 2048),
        "decoder_block_out_channels": (8, 16, 32),
        "layers_per_block": (1, 1, 1, 0, 0),
        "decoder_layers_per_block": (1, 1, 1, 1),
    }
    return AutoencoderKLLTXVideo(
        **sizes,
        in_channels=3,
        out_channels=3,
        latent_channels=_LATENTS,
        down_block_types=("LTXVideo095DownBlock3D",) * 4,
        spatio_temporal_scaling=(True, True, True, True),
        decoder_spatio_temporal_scaling=(True, True, True),
        decoder_inject_noise=(False, False, False, False),
        downsample_type=("spatial", "temporal", "spatiotemporal", "spatiotemporal"),
        upsample_residual=(True, True, True),
        upsample_factor=(2, 2, 2),
        timestep_conditioning=True,
        patch_size=4,
        patch_size_t=1,
        encoder_causal=True,
        decoder_causal=False,
        spatial_compression_ratio=32,
        temporal_compression_ratio=8,
    )


def _save(transformer: Any, vae: Any, folder: Path, *, single_file: str) -> None:
    from safetensors.torch import save_file

    if not single_file:
        transformer.save_pretrained(folder / "transformer")
        vae.save_pretrained(folder / "vae")
        return
    transformer.save_config(folder / "transformer")
    vae.save_config(folder / "vae")
    tensors: dict[str, Any] = {}
    for name, tensor in transformer.state_dict().items():
        vendors = name
        for ours, theirs in _TRANSFORMER_NAMES.items():
            vendors = vendors.replace(ours, theirs)
        tensors[f"model.diffusion_model.{vendors}"] = tensor.contiguous()
    for name, tensor in vae.state_dict().items():
        tensors[f"vae.{_vendors_vae_name(name)}"] = tensor.contiguous()
    save_file(tensors, folder / single_file)


def _vendors_vae_name(name: str) -> str:
    """Of a tensor of the VAE: blocks and their up- and downsamplers in one row, statistics by their own words."""
    name = re.sub(r"^(latents_mean|latents_std)$", lambda one: f"per_channel_statistics.{one[1][8:]}-of-means", name)
    name = re.sub(r"^decoder\.(time_embedder|scale_shift_table)", r"decoder.last_\1", name)
    name = re.sub(r"^(encoder\.down_blocks)\.(\d)\.downsamplers\.0", lambda one: f"{one[1]}:{2 * int(one[2]) + 1}", name)
    name = re.sub(r"^(encoder\.down_blocks)\.(\d)", lambda one: f"{one[1]}:{2 * int(one[2])}", name)
    name = re.sub(r"^(decoder\.up_blocks)\.(\d)\.upsamplers\.0", lambda one: f"{one[1]}:{2 * int(one[2]) + 1}", name)
    name = re.sub(r"^(decoder\.up_blocks)\.(\d)", lambda one: f"{one[1]}:{2 * int(one[2]) + 2}", name)
    name = name.replace("encoder.mid_block", "encoder.down_blocks.8").replace("decoder.mid_block", "decoder.up_blocks.0")
    name = name.replace("conv_shortcut.conv", "conv_shortcut").replace("norm3", "norm3.norm")
    return name.replace(":", ".").replace("resnets", "res_blocks")
