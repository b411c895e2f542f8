"""AudioLDM 2: 64 mel bands, 100 frames a second at 16 kHz, four times smaller as latents, as released."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

from cinema.catalog import Manifest
from cinema.testing.tiny.tokenizers import save_t5

_CLAP, _T5, _LANGUAGE, _LATENTS = 8, 8, 16, 4


def build(manifest: Manifest, folder: Path) -> None:
    """Write the checkpoint; its language model is a GPT2Model, whose number of thoughts stands in its configuration."""
    diffusers: Any = import_module("diffusers")
    transformers: Any = import_module("transformers")
    _save_text(transformers, folder)
    diffusers.AudioLDM2ProjectionModel(
        text_encoder_dim=_CLAP, text_encoder_1_dim=_T5, langauge_model_dim=_LANGUAGE
    ).save_pretrained(folder / "projection_model")
    diffusers.AudioLDM2UNet2DConditionModel(
        in_channels=_LATENTS,
        out_channels=_LATENTS,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        block_out_channels=(8, 16),
        layers_per_block=1,
        norm_num_groups=8,
        attention_head_dim=4,
        cross_attention_dim=[[None, _LANGUAGE, _T5]] * 2,
    ).save_pretrained(folder / "unet")
    diffusers.AutoencoderKL(
        in_channels=1,
        out_channels=1,
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        block_out_channels=(8, 8, 8),
        latent_channels=_LATENTS,
        norm_num_groups=8,
        scaling_factor=0.41,
    ).save_pretrained(folder / "vae")
    vocoder = transformers.SpeechT5HifiGanConfig(
        model_in_dim=64,
        sampling_rate=16_000,
        upsample_initial_channel=32,
        upsample_rates=[5, 4, 2, 2, 2],
        upsample_kernel_sizes=[16, 16, 8, 4, 4],
        resblock_kernel_sizes=[3],
        resblock_dilation_sizes=[[1]],
        normalize_before=False,
        initializer_range=0.2,
    )
    transformers.SpeechT5HifiGan(vocoder).save_pretrained(folder / "vocoder")
    diffusers.DDIMScheduler(
        beta_start=0.0015, beta_end=0.0195, beta_schedule="scaled_linear", clip_sample=False, set_alpha_to_one=False
    ).save_pretrained(folder / "scheduler")


def _save_text(transformers: Any, folder: Path) -> None:
    """Both tokenizers and encoders, and the language model."""
    words = _save_roberta(transformers, folder / "tokenizer")
    text = {"vocab_size": words, "hidden_size": _CLAP, "intermediate_size": 16, "num_attention_heads": 2}
    sound = {"spec_size": 8, "window_size": 4, "num_mel_bins": 8, "depths": [1, 1], "num_attention_heads": [1, 1]}
    clap = transformers.ClapConfig(
        text_config={**text, "num_hidden_layers": 1, "projection_dim": _CLAP, "pad_token_id": 1},
        audio_config={**sound, "hidden_size": 16, "patch_embeds_hidden_size": 8, "patch_size": 2, "patch_stride": 2},
        projection_dim=_CLAP,
    )
    transformers.ClapModel(clap).save_pretrained(folder / "text_encoder")
    tokenizer = save_t5(folder / "tokenizer_2", model_max_length=128)
    t5 = transformers.T5Config(vocab_size=len(tokenizer), d_model=_T5, d_kv=4, d_ff=16, num_layers=1, num_heads=2)
    transformers.T5EncoderModel(t5).save_pretrained(folder / "text_encoder_2")
    language = transformers.GPT2Config(
        vocab_size=8, n_embd=_LANGUAGE, n_head=2, n_layer=1, n_positions=512, bos_token_id=0, eos_token_id=0
    )
    transformers.GPT2Model(language).save_pretrained(folder / "language_model")
    config = folder / "language_model" / "config.json"
    stated = {**json.loads(config.read_text(encoding="utf-8")), "max_new_tokens": 8}
    config.write_text(json.dumps(stated, indent=2), encoding="utf-8")


def _save_roberta(transformers: Any, folder: Path) -> int:
    """A tokenizer that spells every word, saved; gives the size of its vocabulary."""
    from tokenizers import pre_tokenizers

    pieces = ["<s>", "<pad>", "</s>", "<unk>", *sorted(pre_tokenizers.ByteLevel.alphabet()), "<mask>"]
    vocab = {piece: number for number, piece in enumerate(pieces)}
    merges: list[tuple[str, str]] = []
    transformers.RobertaTokenizer(vocab=vocab, merges=merges).save_pretrained(folder)
    return len(vocab)
