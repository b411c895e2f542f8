"""Dia: a transformers folder, and the codec's (512 samples a frame at 44.1 kHz, nine codebooks, as released)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cinema.catalog import Manifest

_FRAMES = 160


def build(manifest: Manifest, folder: Path) -> None:
    """Write the checkpoint: less than a second a piece, since the decoder has few positions."""
    import transformers

    shape: dict[str, Any] = {
        "num_hidden_layers": 1,
        "hidden_size": 16,
        "intermediate_size": 32,
        "head_dim": 8,
        "num_attention_heads": 2,
    }
    # Weights of size 1, so that text and voice are heard through the dice: at the default every token is as likely.
    encoder = transformers.DiaEncoderConfig(**shape, num_key_value_heads=2, initializer_range=1.0)
    decoder = transformers.DiaDecoderConfig(
        **shape,
        num_key_value_heads=1,
        cross_num_attention_heads=2,
        cross_head_dim=8,
        cross_num_key_value_heads=2,
        cross_hidden_size=16,
        max_position_embeddings=_FRAMES,
        initializer_range=1.0,
    )
    config = transformers.DiaConfig(encoder_config=encoder, decoder_config=decoder, initializer_range=1.0)
    transformers.DiaForConditionalGeneration(config).save_pretrained(folder)
    transformers.DiaTokenizer().save_pretrained(folder)
    transformers.DiaFeatureExtractor(feature_size=1, sampling_rate=44_100, hop_length=512).save_pretrained(folder)
    codec = transformers.DacConfig(
        encoder_hidden_size=2,
        decoder_hidden_size=16,
        downsampling_ratios=[2, 4, 8, 8],
        n_codebooks=9,
        codebook_dim=2,
        sampling_rate=44_100,
    )
    model = transformers.DacModel(codec)
    for name, weight in model.named_parameters():  # as it is made its biases drown what goes through
        if name.endswith(".bias"):
            weight.data.zero_()
        elif weight.dim() > 1:
            weight.data.normal_()
    model.save_pretrained(folder / "audio_tokenizer")
