"""MusicGen (mono, stereo, melody) and AudioGen, in the transformers form that the adapter reads."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from cinema.catalog import Manifest
from cinema.testing.tiny.tokenizers import save_t5

_CARDS = 64


def build(manifest: Manifest, folder: Path) -> None:
    """Write the checkpoint: 50 frames a second as in the released codecs, at 32 kHz (16 kHz for AudioGen)."""
    transformers: Any = import_module("transformers")
    tokenizer = save_t5(folder)
    sound = "sound" in manifest.roles
    stereo, melody = "stereo" in manifest.id, "melody" in manifest.id
    encoder = transformers.T5Config(vocab_size=len(tokenizer), d_model=16, d_kv=4, d_ff=32, num_layers=1, num_heads=4)
    ratios = [8, 5, 4, 2] if sound else [8, 5, 4, 4]
    codec = transformers.EncodecConfig(
        sampling_rate=16_000 if sound else 32_000,
        audio_channels=1,
        num_filters=2,
        upsampling_ratios=ratios,
        codebook_size=_CARDS,
        codebook_dim=16,
        hidden_size=16,
        target_bandwidths=[50 * 6 * 4 / 1000],
        use_causal_conv=False,
        num_lstm_layers=1,
    )
    shape = {
        "vocab_size": _CARDS,
        "hidden_size": 16,
        "ffn_dim": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_codebooks": 8 if stereo else 4,
        "audio_channels": 2 if stereo else 1,
        "pad_token_id": _CARDS,
        "bos_token_id": _CARDS,
        "tie_word_embeddings": False,
    }
    text, audio = transformers.T5EncoderModel(encoder), transformers.EncodecModel(codec)
    for layer in audio.quantizer.layers:
        layer.codebook.embed.normal_()  # zeros as made, with which every code would sound the same
    if melody:
        decoder = transformers.MusicgenMelodyForCausalLM(transformers.MusicgenMelodyDecoderConfig(**shape))
        model = transformers.MusicgenMelodyForConditionalGeneration(text_encoder=text, audio_encoder=audio, decoder=decoder)
    else:
        decoder = transformers.MusicgenForCausalLM(transformers.MusicgenDecoderConfig(**shape))
        model = transformers.MusicgenForConditionalGeneration(text_encoder=text, audio_encoder=audio, decoder=decoder)
    model.generation_config = transformers.GenerationConfig(
        decoder_start_token_id=_CARDS, pad_token_id=_CARDS, bos_token_id=_CARDS, do_sample=True, guidance_scale=3.0
    )
    model.save_pretrained(folder)
