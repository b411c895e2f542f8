"""Kokoro's weights as released, read into our network. Imported only once torch is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from cinema.adapters.kokoro.network import Network
from cinema.errors import InputError

_PARTS = ("bert", "bert_encoder", "predictor", "text_encoder", "decoder")
_OPTIONAL = (".norm.weight", ".norm.bias")
"""The released file has none of these; they are one and zero."""


def opened(config: Mapping[str, Any], weights: Mapping[str, Mapping[str, Tensor]]) -> Network:
    """The network with these weights: a state dictionary for each of five parts.

    InputError where the file is another model's: a part, or a tensor, is missing, or one is there that has no place.
    """
    from transformers import AlbertConfig, AlbertModel

    lacking = [part for part in _PARTS if part not in weights]
    if lacking:
        raise InputError(f"These are not Kokoro's weights: they have no {', '.join(lacking)}; run `cinema models verify`.")
    states = {part: _folded(weights[part]) for part in _PARTS}
    albert = AlbertConfig(vocab_size=int(config["n_token"]), **config["plbert"])
    bert = AlbertModel.from_pretrained(None, config=albert, state_dict=dict(states["bert"]))  # type: ignore[arg-type]
    wide, narrow = (int(states["decoder"][name].shape[0]) for name in ("encode.conv1.weight", "asr_res.0.weight"))
    network = Network(config, bert, wide, narrow)
    for part in _PARTS[1:]:
        found = getattr(network, part).load_state_dict(states[part], strict=False)
        missing = [name for name in found.missing_keys if not name.endswith(_OPTIONAL)]
        if missing or found.unexpected_keys:
            raise InputError(
                f"Kokoro's weights do not fit its network: {part} lacks {missing[:3]} and has {found.unexpected_keys[:3]} "
                "too much; run `cinema models verify`."
            )
    return network.eval().requires_grad_(False)


def _folded(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Without the prefix of parallel training, and with each direction and size (weight_v, weight_g) made one weight."""
    plain = {name.removeprefix("module."): tensor for name, tensor in state.items()}
    folded = {name: tensor for name, tensor in plain.items() if not name.endswith((".weight_g", ".weight_v"))}
    for name, direction in plain.items():
        if name.endswith(".weight_v"):
            stem = name.removesuffix("_v")
            size = plain[f"{stem}_g"]
            folded[stem] = direction * (size / torch.linalg.vector_norm(direction, dim=(1, 2), keepdim=True))
    return folded
