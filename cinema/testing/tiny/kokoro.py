"""Kokoro: config.json, kokoro-v1_0.pth (five state dictionaries, with sizes and directions apart) and a few voices."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cinema.catalog import Manifest

SIGNS = ';:,.!?—…"()“” \u0303ʣʥʦʨᵝAIOQSTWYᵊabcdefhijklmnopqrstuvwxyzɑɐɒæβɔɕçɖðʤəɚɛɜɟɡɥɨɪʝɯɰŋɳɲɴøɸθœɹɾɻʁɽʂʃʈʧʊʋʌɣɤχʎʒʔˈˌːʰʲ↓→↗↘ᵻ'
"""The signs that the released model knows; their numbers here are other ones."""
_VOICES = ("af_heart", "af_nova", "am_adam", "bf_emma", "bm_george", "ef_dora", "ff_siwis", "hf_alpha", "if_sara", "pm_alex")
_STYLE, _WIDTH, _NARROW = 8, 16, 4
_PLAIN = ("F0_proj", "N_proj", "noise_convs")
"""Convolutions whose weights are not normalised in the released file."""


def build(manifest: Manifest, folder: Path) -> None:
    """Write the checkpoint: about six frames (150 ms) a sign."""
    import torch
    from transformers import AlbertConfig, AlbertModel

    from cinema.adapters.kokoro.network import Network

    config: dict[str, Any] = {
        "vocab": {sign: number + 1 for number, sign in enumerate(SIGNS)},
        "n_token": 178,
        "hidden_dim": 16,
        "style_dim": _STYLE,
        "n_layer": 1,
        "max_dur": 12,
        "text_encoder_kernel_size": 5,
        "plbert": {
            "hidden_size": 16,
            "num_attention_heads": 2,
            "intermediate_size": 32,
            "max_position_embeddings": 512,
            "num_hidden_layers": 1,
            "embedding_size": 8,
        },
        "istftnet": {
            "upsample_rates": [10, 6],
            "upsample_kernel_sizes": [20, 12],
            "upsample_initial_channel": 16,
            "resblock_kernel_sizes": [3],
            "resblock_dilation_sizes": [[1, 3, 5]],
            "gen_istft_n_fft": 20,
            "gen_istft_hop_size": 5,
        },
    }
    bert = AlbertModel(AlbertConfig(vocab_size=config["n_token"], **config["plbert"]))
    network = Network(config, bert, _WIDTH, _NARROW)
    parts = ("bert", "bert_encoder", "predictor", "text_encoder", "decoder")
    (folder / "config.json").write_text(json.dumps(config, ensure_ascii=False), encoding="utf-8")
    torch.save({part: _released(getattr(network, part).state_dict()) for part in parts}, folder / "kokoro-v1_0.pth")
    (folder / "voices").mkdir()
    for voice in _VOICES:
        torch.save(torch.randn(510, 1, 2 * _STYLE), folder / "voices" / f"{voice}.pt")


def _released(state: dict[str, Any]) -> dict[str, Any]:
    """As the released file has it: a prefix, and convolutions as size times direction."""
    found: dict[str, Any] = {}
    for name, tensor in state.items():
        if name.endswith(".weight") and tensor.dim() == 3 and not any(plain in name for plain in _PLAIN):
            found[f"module.{name}_g"] = tensor.norm(dim=(1, 2), keepdim=True)
            found[f"module.{name}_v"] = tensor * 2.0
        else:
            found[f"module.{name}"] = tensor
    return found
