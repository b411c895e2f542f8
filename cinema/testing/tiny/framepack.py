"""FramePack: HunyuanVideo's folder with another transformer, and SigLIP, which sees the first frame."""

from __future__ import annotations

from pathlib import Path

from cinema.catalog import Manifest
from cinema.testing.tiny.hunyuan_video import SHAPE, save_rest

_SEEN_WIDTH = 12


def build(manifest: Manifest, folder: Path) -> None:
    """Write the checkpoint; I2V and F1 are of one shape."""
    from diffusers import HunyuanVideoFramepackTransformer3DModel

    HunyuanVideoFramepackTransformer3DModel(
        **SHAPE, has_image_proj=True, image_proj_dim=_SEEN_WIDTH, has_clean_x_embedder=True
    ).save_pretrained(folder / "transformer")
    save_siglip(folder, width=_SEEN_WIDTH)
    save_rest(folder)


def save_siglip(folder: Path, *, width: int) -> None:
    """The vision tower and its image processor, for pictures of the released size (384 pixels, 27 x 27 patches)."""
    from transformers import SiglipImageProcessor, SiglipVisionConfig, SiglipVisionModel

    config = SiglipVisionConfig(
        hidden_size=width, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2, image_size=384, patch_size=14
    )
    SiglipVisionModel(config).save_pretrained(folder / "image_encoder")
    SiglipImageProcessor(size={"height": 384, "width": 384}).save_pretrained(folder / "feature_extractor")
