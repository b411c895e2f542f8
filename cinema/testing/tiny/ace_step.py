"""ACE-Step 1.5 turbo: 25 latents a second at 48 kHz, as released."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from cinema.catalog import Manifest
from cinema.testing.tiny.oobleck import save_oobleck
from cinema.testing.tiny.tokenizers import save_qwen2

_ACOUSTIC, _WIDTH, _TEXT = 8, 32, 16
_ATTENTION = {"num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8, "intermediate_size": 32}


def build(manifest: Manifest, folder: Path) -> None:
    """Write the checkpoint; silence is some latent other than zero, as in the released one."""
    diffusers: Any = import_module("diffusers")
    transformers: Any = import_module("transformers")
    encoders: Any = import_module("diffusers.pipelines.ace_step.modeling_ace_step")
    tokenizer = save_qwen2(folder / "tokenizer")
    text = transformers.Qwen3Config(
        vocab_size=len(tokenizer),
        hidden_size=_TEXT,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=8,
    )
    transformers.Qwen3Model(text).save_pretrained(folder / "text_encoder")
    conditions = encoders.AceStepConditionEncoder(
        hidden_size=_WIDTH,
        text_hidden_dim=_TEXT,
        timbre_hidden_dim=_ACOUSTIC,
        num_lyric_encoder_hidden_layers=2,
        num_timbre_encoder_hidden_layers=2,
        **_ATTENTION,
    )
    conditions.silence_latent.normal_(std=0.3)
    conditions.save_pretrained(folder / "condition_encoder")
    diffusers.AceStepTransformer1DModel(
        hidden_size=_WIDTH,
        num_hidden_layers=2,
        in_channels=3 * _ACOUSTIC,
        audio_acoustic_hidden_dim=_ACOUSTIC,
        encoder_hidden_size=_WIDTH,
        is_turbo=True,
        **_ATTENTION,
    ).save_pretrained(folder / "transformer")
    save_oobleck(folder / "vae", ratios=[2, 4, 4, 6, 10], latents=_ACOUSTIC, rate_hz=48_000)
    diffusers.FlowMatchEulerDiscreteScheduler(num_train_timesteps=1, shift=1.0).save_pretrained(folder / "scheduler")
