"""XTTS: the released folder's four files; the pickle holds its configuration as objects of old names, as the released does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cinema.catalog import Manifest

_CHANNELS = 64
_LANGUAGES = ("en", "es", "fr", "de", "it", "pt", "pl", "tr", "ru", "nl", "cs", "ar", "zh-cn", "hu", "ko", "ja", "hi")
_SPEAKERS = ("Claribel Dervla", "Daisy Studious", "Andrew Chipper", "Badr Odhiambo", "Suad Qasim")


def build(manifest: Manifest, folder: Path) -> None:
    """Write the checkpoint: up to 1.5 s a piece. The decoder's size (22 million) is fixed in the class: half precision."""
    import torch
    from TTS.tts.configs.xtts_config import XttsArgs, XttsConfig
    from TTS.tts.layers.xtts.tokenizer import VoiceBpeTokenizer
    from TTS.tts.models import xtts

    _save_vocabulary(folder / "vocab.json")
    config = XttsConfig(
        model_args=XttsArgs(
            gpt_layers=1,
            gpt_n_model_channels=_CHANNELS,
            gpt_n_heads=2,
            gpt_max_audio_tokens=35,
            gpt_use_perceiver_resampler=True,
            gpt_num_audio_tokens=1026,
            gpt_start_audio_token=1024,
            gpt_stop_audio_token=1025,
            decoder_input_dim=_CHANNELS,
        ),
        temperature=0.75,
        gpt_cond_len=30,
        gpt_cond_chunk_len=4,
        max_ref_len=30,
    )
    model = xtts.Xtts(config)
    model.tokenizer = VoiceBpeTokenizer(str(folder / "vocab.json"))
    model.init_models()
    _louder(model)
    config.save_json(str(folder / "config.json"))
    weights = {name: tensor.half() if tensor.is_floating_point() else tensor for name, tensor in model.state_dict().items()}
    with xtts._legacy_safe_globals():  # pyright: ignore[reportPrivateUsage]
        torch.save({"model": weights, "config": config}, folder / "model.pth")
    speakers = {
        name: {"gpt_cond_latent": torch.randn(1, 32, _CHANNELS), "speaker_embedding": torch.randn(1, 512, 1)}
        for name in _SPEAKERS
    }
    torch.save(speakers, folder / "speakers_xtts.pth")


def _louder(model: Any) -> None:
    """Embeddings of size 1, so that text and voice are heard through the dice: by default every token is as likely."""
    for embedding in (model.gpt.text_embedding, model.gpt.mel_embedding, model.gpt.mel_head):
        embedding.weight.data.normal_()


def _save_vocabulary(path: Path) -> None:
    """Marks, languages and the letters of several scripts, without merges."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    marks = ["[STOP]", "[UNK]", "[SPACE]", "[START]", *(f"[{language}]" for language in _LANGUAGES)]
    ranges = ((0x21, 0x7F), (0xC0, 0x180), (0x430, 0x460), (0x621, 0x64B), (0x901, 0x970))
    letters = [chr(code) for start, end in ranges for code in range(start, end)]
    vocab = {piece: number for number, piece in enumerate([*marks, *letters])}
    tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=[], unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.add_special_tokens(marks)
    path.write_text(json.dumps(json.loads(tokenizer.to_str()), ensure_ascii=False), encoding="utf-8")
