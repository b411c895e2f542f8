"""Text encoders that several families take: small random CLIP and T5, each with a tokenizer."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from cinema.testing.tiny.tokenizers import save_clip, save_t5


def save_clip_encoder(folder: Path, suffix: str = "", *, width: int, inner: int = 37, layers: int = 1, heads: int = 4) -> None:
    """`tokenizer` and `text_encoder`, both with that suffix."""
    from transformers import CLIPTextConfig, CLIPTextModel

    tokenizer = save_clip(folder / f"tokenizer{suffix}")
    config = CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=width,
        intermediate_size=inner,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    CLIPTextModel(config).save_pretrained(folder / f"text_encoder{suffix}")


def save_t5_encoder(
    folder: Path, suffix: str = "", *, longest: int = 512, kind: str = "T5", width: int = 32, inner: int = 37
) -> None:
    """`tokenizer`, of `longest` tokens, and `text_encoder`, both with that suffix; `kind` may be UMT5."""
    transformers: Any = import_module("transformers")
    tokenizer = save_t5(folder / f"tokenizer{suffix}", model_max_length=longest)
    config = getattr(transformers, f"{kind}Config")(
        vocab_size=len(tokenizer), d_model=width, d_kv=width // 4, d_ff=inner, num_layers=1, num_heads=4
    )
    getattr(transformers, f"{kind}EncoderModel")(config).save_pretrained(folder / f"text_encoder{suffix}")
