"""HunyuanVideo: a diffusers folder with transformer, VAE, a Llama (or LLaVA, which sees the first frame) and CLIP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cinema.catalog import Manifest
from cinema.testing.tiny.encoders import save_clip_encoder
from cinema.testing.tiny.tokenizers import save_llama3

_LATENT_CHANNELS = 4
_TEXT_WIDTH = 16
_POOLED_WIDTH = 8
SHAPE: dict[str, Any] = {
    "in_channels": _LATENT_CHANNELS,
    "out_channels": _LATENT_CHANNELS,
    "num_attention_heads": 2,
    "attention_head_dim": 10,
    "num_layers": 1,
    "num_single_layers": 1,
    "num_refiner_layers": 1,
    "patch_size": 2,
    "patch_size_t": 1,
    "guidance_embeds": True,
    "text_embed_dim": _TEXT_WIDTH,
    "pooled_projection_dim": _POOLED_WIDTH,
    "rope_axes_dim": (2, 4, 4),
}
"""Of the transformer, FramePack's too."""
IMAGE_SIZE_PX = 336
"""Of the released LLaVA: 24 x 24 patches, which the pipeline's template counts on."""


def build(manifest: Manifest, folder: Path) -> None:
    """Write the checkpoint; a model that wants a keyframe is the picture-to-video one ("token_replace")."""
    from diffusers import HunyuanVideoTransformer3DModel

    from_picture = "keyframe" in manifest.wants
    HunyuanVideoTransformer3DModel(**SHAPE, image_condition_type="token_replace" if from_picture else None).save_pretrained(
        folder / "transformer"
    )
    save_rest(folder, sees=from_picture)


def save_rest(folder: Path, *, sees: bool = False) -> None:
    """VAE, scheduler and text encoders: what FramePack takes from the HunyuanVideo repository, too."""
    from diffusers import AutoencoderKLHunyuanVideo, FlowMatchEulerDiscreteScheduler
    from diffusers.pipelines.hunyuan_video import pipeline_hunyuan_video, pipeline_hunyuan_video_image2video
    from transformers import LlamaConfig, LlamaModel

    templates = (
        str(pipeline_hunyuan_video.DEFAULT_PROMPT_TEMPLATE["template"]),
        str(pipeline_hunyuan_video_image2video.DEFAULT_PROMPT_TEMPLATE["template"]),
    )
    tokenizer = save_llama3(folder / "tokenizer", texts=templates)
    llama = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=_TEXT_WIDTH,
        intermediate_size=37,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=2,
        pad_token_id=tokenizer.pad_token_id,
    )
    if sees:
        _save_llava(folder, llama, tokenizer)
    else:
        LlamaModel(llama).save_pretrained(folder / "text_encoder")
    save_clip_encoder(folder, "_2", width=_POOLED_WIDTH, layers=2)
    blocks: Any = (8, 8, 8, 8)
    AutoencoderKLHunyuanVideo(
        latent_channels=_LATENT_CHANNELS, block_out_channels=blocks, layers_per_block=1, norm_num_groups=4
    ).save_pretrained(folder / "vae")
    FlowMatchEulerDiscreteScheduler(shift=7.0).save_pretrained(folder / "scheduler")


def _save_llava(folder: Path, text_config: Any, tokenizer: Any) -> None:
    from transformers import CLIPImageProcessor, CLIPVisionConfig, LlavaConfig, LlavaForConditionalGeneration

    vision = CLIPVisionConfig(
        hidden_size=8,
        intermediate_size=16,
        projection_dim=8,
        num_attention_heads=2,
        num_hidden_layers=2,
        image_size=IMAGE_SIZE_PX,
        patch_size=14,
    )
    config = LlavaConfig(
        vision_config=vision, text_config=text_config, image_token_index=tokenizer.convert_tokens_to_ids("<image>")
    )
    config.pad_token_id = tokenizer.pad_token_id
    LlavaForConditionalGeneration(config).save_pretrained(folder / "text_encoder")
    size = {"height": IMAGE_SIZE_PX, "width": IMAGE_SIZE_PX}
    CLIPImageProcessor(size={"shortest_edge": IMAGE_SIZE_PX}, crop_size=size).save_pretrained(folder / "image_processor")
