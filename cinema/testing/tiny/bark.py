"""Bark: the released folder's files, with vocabularies of the real size, since the tokens' ranges are fixed."""

from __future__ import annotations

import json
from pathlib import Path

from cinema.catalog import Manifest
from cinema.testing.tiny.tokenizers import save_bert

_SMALL = {"num_layers": 1, "num_heads": 2, "hidden_size": 8, "block_size": 1024, "initializer_range": 1.0}
"""Weights of size 1, so that text and voice are heard through the dice: at the default of 0.02 every token is as likely."""
_TOKENS = 24
_HISTORY = 40


def build(manifest: Manifest, folder: Path) -> None:
    """Write the checkpoint: half a second a piece, voices of either gender in English and German."""
    import transformers

    config = transformers.BarkConfig(
        semantic_config={**_SMALL, "input_vocab_size": 129_600, "output_vocab_size": 10_048},
        coarse_acoustics_config={**_SMALL, "input_vocab_size": 12_096, "output_vocab_size": 12_096},
        fine_acoustics_config={**_SMALL, "input_vocab_size": 1_056, "output_vocab_size": 1_056},
        codec_config={
            "model_type": "encodec",
            "sampling_rate": 24_000,
            "audio_channels": 1,
            "num_filters": 2,
            "upsampling_ratios": [8, 5, 4, 2],
            "codebook_size": 1024,
            "codebook_dim": 8,
            "hidden_size": 8,
            "target_bandwidths": [6.0],
            "num_lstm_layers": 1,
        },
    )
    model = transformers.BarkModel(config)
    for name, buffer in model.codec_model.named_buffers():
        if name.endswith("codebook.embed"):  # zeros by default: every code would sound the same
            buffer.normal_()
    model.generation_config = transformers.GenerationConfig(
        sample_rate=24_000,
        codebook_size=1024,
        semantic_config={"do_sample": True, "temperature": 0.7, "max_new_tokens": _TOKENS, "eos_token_id": 10_000},
        coarse_acoustics_config={"do_sample": True, "temperature": 0.7},
        fine_acoustics_config={"temperature": 0.5},
    )
    model.save_pretrained(folder)
    save_bert(folder)
    _save_voices(folder)


def _save_voices(folder: Path) -> None:
    """Voices 0, 1, 8 and 9 of English and German, three arrays each."""
    import numpy as np

    noise = np.random.default_rng(0)
    index: dict[str, object] = {"repo_or_path": "tiny"}
    (folder / "speaker_embeddings" / "v2").mkdir(parents=True)
    shapes = {
        "semantic_prompt": (10_000, (_HISTORY,)),
        "coarse_prompt": (1024, (2, _HISTORY)),
        "fine_prompt": (1024, (8, _HISTORY)),
    }
    for name in (f"v2/{language}_speaker_{number}" for language in ("en", "de") for number in (0, 1, 8, 9)):
        files = {key: f"speaker_embeddings/{name}_{key}.npy" for key in shapes}
        for key, (top, shape) in shapes.items():
            np.save(folder / files[key], noise.integers(0, top, shape, np.int64), allow_pickle=False)
        index[name] = files
    (folder / "speaker_embeddings_path.json").write_text(json.dumps(index), encoding="utf-8")
