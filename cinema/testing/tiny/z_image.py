"""Z-Image: a diffusers folder with transformer, FLUX.1's VAE, Qwen3 and scheduler."""

from __future__ import annotations

from pathlib import Path

from cinema.catalog import Manifest
from cinema.testing.tiny.flux import save_vae
from cinema.testing.tiny.qwen import save_chat_tokenizer, save_qwen3

_HIDDEN = 32


def build(manifest: Manifest, folder: Path) -> None:
    """Write the checkpoint. The tokens that fill up a sequence are made with `torch.empty`, and get numbers here."""
    import torch
    from diffusers import FlowMatchEulerDiscreteScheduler, ZImageTransformer2DModel

    tokenizer = save_chat_tokenizer(folder / "tokenizer")
    save_qwen3(folder / "text_encoder", vocab_size=len(tokenizer), hidden_size=_HIDDEN, layers=2, head=False)
    transformer = ZImageTransformer2DModel(
        in_channels=16,
        dim=32,
        n_layers=1,
        n_refiner_layers=1,
        n_heads=2,
        n_kv_heads=2,
        cap_feat_dim=_HIDDEN,
        axes_dims=[8, 4, 4],
        axes_lens=[1024, 512, 512],
    )
    with torch.no_grad():
        transformer.x_pad_token.normal_(std=0.02)
        transformer.cap_pad_token.normal_(std=0.02)
    transformer.save_pretrained(folder / "transformer")
    save_vae(folder / "vae")
    FlowMatchEulerDiscreteScheduler(shift=3.0, use_dynamic_shifting=False).save_pretrained(folder / "scheduler")
