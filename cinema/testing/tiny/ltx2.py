"""LTX-2: a diffusers folder with transformer, connectors, VAEs of picture and sound, vocoder, Gemma 3 and scheduler.

Compression (32 x 32 x 8) and the sound's rates are the released ones: 24 kHz, or 48 kHz by bandwidth extension in 2.3.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cinema.catalog import Manifest
from cinema.testing.tiny.tokenizers import save_gemma

_LATENT_CHANNELS = 4
_SOUND_CHANNELS = 2
_MEL_BINS = 16
_SOUND_WIDTH = _SOUND_CHANNELS * _MEL_BINS // 4
"""Of a moment of sound's latents; the audio VAE keeps their statistics by its base channels, as the released one does."""
_WIDTH = 32
_TEXT_LAYERS = 2


def build(manifest: Manifest, folder: Path) -> None:
    """Write the checkpoint: of 2.3's form where the manifest says `use_cross_timestep`, with an upsampler for two stages."""
    from diffusers import FlowMatchEulerDiscreteScheduler
    from diffusers.pipelines.ltx2 import LTX2LatentUpsamplerModel

    recent = bool(manifest.settings.get("use_cross_timestep", False))
    _save_text(folder, recent)
    _save_transformer(folder, recent)
    _save_vaes(folder)
    _save_vocoder(folder, recent)
    if manifest.settings.get("two_stage"):
        LTX2LatentUpsamplerModel(in_channels=_LATENT_CHANNELS, mid_channels=32, num_blocks_per_stage=1).save_pretrained(
            folder / "latent_upsampler"
        )
    FlowMatchEulerDiscreteScheduler(
        use_dynamic_shifting=True,
        base_shift=0.95,
        max_shift=2.05,
        base_image_seq_len=1024,
        max_image_seq_len=4096,
        shift_terminal=0.1,
    ).save_pretrained(folder / "scheduler")


def _save_text(folder: Path, recent: bool) -> None:
    from diffusers.pipelines.ltx2 import LTX2TextConnectors
    from transformers import Gemma3Config, Gemma3ForConditionalGeneration

    tokenizer = save_gemma(folder / "tokenizer")
    config = Gemma3Config(
        text_config={
            "vocab_size": len(tokenizer) + 8,
            "hidden_size": _WIDTH,
            "intermediate_size": 37,
            "num_hidden_layers": _TEXT_LAYERS,
            "num_attention_heads": 2,
            "num_key_value_heads": 1,
            "head_dim": 8,
            "pad_token_id": 0,
            "eos_token_id": 1,
            "bos_token_id": 2,
        },
        vision_config={
            "hidden_size": 8,
            "intermediate_size": 8,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "image_size": 28,
            "patch_size": 14,
            "vision_use_head": False,
        },
        mm_tokens_per_image=4,
        boi_token_index=len(tokenizer),
        eoi_token_index=len(tokenizer) + 1,
        image_token_index=len(tokenizer) + 2,
    )
    Gemma3ForConditionalGeneration(config).save_pretrained(folder / "text_encoder")
    sound_head_width = 4 if recent else 8
    LTX2TextConnectors(
        caption_channels=_WIDTH,
        text_proj_in_factor=_TEXT_LAYERS + 1,
        video_connector_num_attention_heads=4,
        video_connector_attention_head_dim=8,
        video_connector_num_layers=1,
        video_connector_num_learnable_registers=8,
        video_gated_attn=recent,
        audio_connector_num_attention_heads=4,
        audio_connector_attention_head_dim=sound_head_width,
        audio_connector_num_layers=1,
        audio_connector_num_learnable_registers=8,
        audio_gated_attn=recent,
        rope_type="split",
        per_modality_projections=recent,
        video_hidden_dim=_WIDTH,
        audio_hidden_dim=_WIDTH // 2,
        proj_bias=recent,
    ).save_pretrained(folder / "connectors")


def _save_transformer(folder: Path, recent: bool) -> None:
    from diffusers import LTX2VideoTransformer3DModel

    LTX2VideoTransformer3DModel(
        in_channels=_LATENT_CHANNELS,
        out_channels=_LATENT_CHANNELS,
        num_attention_heads=4,
        attention_head_dim=8,
        cross_attention_dim=_WIDTH,
        gated_attn=recent,
        cross_attn_mod=recent,
        audio_in_channels=_SOUND_WIDTH,
        audio_out_channels=_SOUND_WIDTH,
        audio_num_attention_heads=4,
        audio_attention_head_dim=4,
        audio_cross_attention_dim=_WIDTH // 2,
        audio_gated_attn=recent,
        audio_cross_attn_mod=recent,
        num_layers=2,
        caption_channels=_WIDTH,
        rope_type="split",
        use_prompt_embeddings=not recent,
        perturbed_attn=recent,
    ).save_pretrained(folder / "transformer")


def _save_vaes(folder: Path) -> None:
    from diffusers import AutoencoderKLLTX2Audio, AutoencoderKLLTX2Video

    picture: dict[str, Any] = {
        "latent_channels": _LATENT_CHANNELS,
        "block_out_channels": (8, 8, 8, 8),
        "decoder_block_out_channels": (8, 8, 8),
        "layers_per_block": (1, 1, 1, 1, 1),
        "decoder_layers_per_block": (1, 1, 1, 1),
        "upsample_residual": (False, False, False),
        "upsample_factor": (1, 1, 1),
        "spatial_compression_ratio": 32,
        "temporal_compression_ratio": 8,
    }
    AutoencoderKLLTX2Video(**picture).save_pretrained(folder / "vae")
    AutoencoderKLLTX2Audio(
        base_channels=_SOUND_WIDTH, num_res_blocks=1, resolution=32, latent_channels=_SOUND_CHANNELS, mel_bins=_MEL_BINS
    ).save_pretrained(folder / "audio_vae")


def _save_vocoder(folder: Path, recent: bool) -> None:
    from diffusers.pipelines.ltx2.vocoder import LTX2Vocoder, LTX2VocoderWithBWE

    small: dict[str, Any] = {"resnet_kernel_sizes": [3], "resnet_dilations": [[1, 3, 5]]}
    if not recent:
        LTX2Vocoder(in_channels=2 * _MEL_BINS, hidden_channels=32, **small).save_pretrained(folder / "vocoder")
        return
    LTX2VocoderWithBWE(
        in_channels=2 * _MEL_BINS,
        hidden_channels=64,
        bwe_hidden_channels=32,
        bwe_resnet_kernel_sizes=[3],
        bwe_resnet_dilations=[[1, 3, 5]],
        **small,
    ).save_pretrained(folder / "vocoder")
