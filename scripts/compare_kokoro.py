"""Compare our Kokoro network with the package it stands in for: `python scripts/compare_kokoro.py FOLDER`.

FOLDER holds the unpacked wheel of kokoro 0.9.4 (`pip download --no-deps kokoro==0.9.4`, then unzip). Both get the same random
weights, in the released sizes, and the same dice; the greatest difference of the sound is printed, and is more than rounding
(1e-4) only if one of them changed. Nothing is installed: the package's logger is replaced by nothing.
"""

from __future__ import annotations

import sys
import warnings
from types import ModuleType, SimpleNamespace
from typing import Any

CONFIG: dict[str, Any] = {
    "dropout": 0.2,
    "hidden_dim": 512,
    "max_dur": 50,
    "n_layer": 3,
    "n_mels": 80,
    "n_token": 178,
    "style_dim": 128,
    "text_encoder_kernel_size": 5,
    "istftnet": {
        "upsample_kernel_sizes": [20, 12],
        "upsample_rates": [10, 6],
        "gen_istft_hop_size": 5,
        "gen_istft_n_fft": 20,
        "resblock_dilation_sizes": [[1, 3, 5], [1, 3, 5], [1, 3, 5]],
        "resblock_kernel_sizes": [3, 7, 11],
        "upsample_initial_channel": 512,
    },
    "plbert": {
        "hidden_size": 768,
        "num_attention_heads": 12,
        "intermediate_size": 2048,
        "max_position_embeddings": 512,
        "num_hidden_layers": 12,
        "dropout": 0.1,
    },
    "vocab": {},
}
SYMBOLS = (0, 3, 7, 1, 16, 20, 9, 5, 0)


def theirs(folder: str) -> Any:
    """The package's model with random weights."""
    import torch

    logger, package = ModuleType("loguru"), ModuleType("kokoro")
    logger.logger = SimpleNamespace(debug=print, warning=print)  # type: ignore[attr-defined]
    package.__path__ = [f"{folder}/kokoro"]
    sys.modules.update({"loguru": logger, "kokoro": package})
    from kokoro.model import KModel  # type: ignore[import-not-found]

    load, torch.load = torch.load, lambda *_, **__: {}  # it has no way to be made without a file
    try:
        model = KModel(repo_id="hexgrad/Kokoro-82M", config=CONFIG, model="none").eval()
    finally:
        torch.load = load
    for parameter in model.decoder.parameters():
        parameter.data.add_(torch.randn_like(parameter) * 0.02)
    return model


def main() -> int:
    import torch

    from cinema.adapters.kokoro.weights import opened

    warnings.simplefilter("ignore")
    torch.manual_seed(0)
    model = theirs(sys.argv[1])
    parts = ("bert", "bert_encoder", "predictor", "text_encoder", "decoder")
    ours = opened(CONFIG, {part: getattr(model, part).state_dict() for part in parts})
    symbols, voice = torch.tensor([SYMBOLS]), torch.randn(1, 256) * 0.3
    worst = 0.0
    with torch.inference_mode():
        for speed in (1.0, 0.8):
            torch.manual_seed(5)
            expected, lengths = model.forward_with_tokens(symbols, voice, speed)
            torch.manual_seed(5)
            found, frames = ours(symbols, voice, speed)
            assert lengths.tolist() == frames.tolist()
            worst = max(worst, float((expected - found).abs().max()))
            print(f"speed {speed}: {found.numel()} samples, up to {float(found.abs().max()):.3f}")
    print(f"greatest difference: {worst:.2e}")
    return 0 if worst < 1e-4 else 1


if __name__ == "__main__":
    sys.exit(main())
