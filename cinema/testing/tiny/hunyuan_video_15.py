"""HunyuanVideo 1.5: a diffusers folder with transformer, VAE, Qwen2.5-VL's text model, ByT5 for glyphs, guider and SigLIP."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

from cinema.catalog import Manifest
from cinema.testing.tiny.framepack import save_siglip
from cinema.testing.tiny.tokenizers import save_qwen2

_LATENT_CHANNELS = 4
_SEEN_WIDTH = 12
_TARGET_SIZE_PX = 80
"""Side of the square whose area a picture's clip has; 25 cells of 16 x 16 pixels."""
_CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def build(manifest: Manifest, folder: Path) -> None:
    """Write the checkpoint; a model that wants a keyframe is the picture-to-video one. Compression as released (16, 4)."""
    from diffusers import (
        AutoencoderKLHunyuanVideo15,
        ClassifierFreeGuidance,
        FlowMatchEulerDiscreteScheduler,
        HunyuanVideo15Transformer3DModel,
    )

    from_picture = "keyframe" in manifest.wants
    HunyuanVideo15Transformer3DModel(
        in_channels=2 * _LATENT_CHANNELS + 1,
        out_channels=_LATENT_CHANNELS,
        num_attention_heads=2,
        attention_head_dim=8,
        num_layers=1,
        num_refiner_layers=1,
        mlp_ratio=2.0,
        text_embed_dim=16,
        text_embed_2_dim=32,
        image_embed_dim=_SEEN_WIDTH,
        rope_axes_dim=(2, 2, 4),
        target_size=_TARGET_SIZE_PX,
        task_type="i2v" if from_picture else "t2v",
        use_meanflow=bool(manifest.settings.get("use_meanflow", False)),
    ).save_pretrained(folder / "transformer")
    blocks: Any = (8, 8, 8, 8, 8)
    AutoencoderKLHunyuanVideo15(
        latent_channels=_LATENT_CHANNELS,
        block_out_channels=blocks,
        layers_per_block=1,
        downsample_match_channel=False,
        upsample_match_channel=False,
    ).save_pretrained(folder / "vae")
    ClassifierFreeGuidance(guidance_scale=6.0).save_pretrained(folder / "guider")
    FlowMatchEulerDiscreteScheduler(shift=5.0).save_pretrained(folder / "scheduler")
    if from_picture:
        save_siglip(folder, width=_SEEN_WIDTH)
    _save_encoders(folder)


def _save_encoders(folder: Path) -> None:
    from diffusers import HunyuanVideo15Pipeline
    from transformers import ByT5Tokenizer, Qwen2_5_VLTextConfig, Qwen2_5_VLTextModel, T5Config, T5EncoderModel

    pipeline: Any = HunyuanVideo15Pipeline
    encoding = inspect.signature(pipeline._get_mllm_prompt_embeds)
    system = str(encoding.parameters["system_message"].default)
    tokenizer = save_qwen2(folder / "tokenizer", vocab_size=1200, texts=(system, "system\nuser\nassistant\n"))
    tokenizer.chat_template = _CHAT_TEMPLATE
    tokenizer.save_pretrained(folder / "tokenizer")
    qwen = Qwen2_5_VLTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=3,
        num_attention_heads=2,
        num_key_value_heads=2,
        rope_parameters={"mrope_section": [1, 1, 2], "rope_type": "default", "rope_theta": 1_000_000.0},
        bos_token_id=None,
        eos_token_id=None,
    )
    Qwen2_5_VLTextModel(qwen).save_pretrained(folder / "text_encoder")
    glyphs = ByT5Tokenizer()
    glyphs.save_pretrained(folder / "tokenizer_2")
    byt5 = T5Config(vocab_size=384, d_model=32, d_kv=8, d_ff=37, num_layers=1, num_heads=4)
    T5EncoderModel(byt5).save_pretrained(folder / "text_encoder_2")
