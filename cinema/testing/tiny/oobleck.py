"""The autoencoder of sound that Stable Audio and ACE-Step share, with few channels."""

from __future__ import annotations

import warnings
from importlib import import_module
from pathlib import Path
from typing import Any


def save_oobleck(folder: Path, *, ratios: list[int], latents: int, rate_hz: int) -> None:
    """Write it: a latent for as many stereo samples as the product of `ratios`."""
    diffusers: Any = import_module("diffusers")
    with warnings.catch_warnings():
        # diffusers builds it with a form of weight normalisation that torch has replaced.
        warnings.filterwarnings("ignore", message=r"`torch.nn.utils.weight_norm` is deprecated", category=FutureWarning)
        vae = diffusers.AutoencoderOobleck(
            encoder_hidden_size=2,
            downsampling_ratios=ratios,
            channel_multiples=[1, 1, 1, 2, 2],
            decoder_channels=2,
            decoder_input_channels=latents,
            audio_channels=2,
            sampling_rate=rate_hz,
        )
    vae.save_pretrained(folder)
