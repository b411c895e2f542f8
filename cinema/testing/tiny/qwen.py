"""Qwen's language models as text encoders: tokenizer with the chat template's marks, and a small random Qwen3."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cinema.testing.tiny.tokenizers import save_qwen2

CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n"
    "{% if enable_thinking is defined and not enable_thinking %}<think>\n\n</think>\n\n{% endif %}{% endif %}"
)
"""In the manner of Qwen3: an empty thought stands for thinking that is switched off."""


def save_chat_tokenizer(folder: Path, *, special_tokens: tuple[str, ...] = ()) -> Any:
    """A Qwen2 tokenizer with a chat template, saved to `folder`."""
    tokenizer = save_qwen2(folder, vocab_size=400, special_tokens=special_tokens)
    tokenizer.chat_template = CHAT_TEMPLATE
    tokenizer.save_pretrained(folder)
    return tokenizer


def save_qwen3(folder: Path, *, vocab_size: int, hidden_size: int, layers: int, head: bool) -> None:
    """A Qwen3, with its language head or without, as the released repositories keep theirs."""
    from transformers import Qwen3Config, Qwen3ForCausalLM, Qwen3Model

    config = Qwen3Config(
        vocab_size=vocab_size,
        hidden_size=hidden_size,
        intermediate_size=hidden_size,
        num_hidden_layers=layers,
        num_attention_heads=2,
        num_key_value_heads=2,
        head_dim=8,
        max_position_embeddings=1024,
        tie_word_embeddings=True,
    )
    (Qwen3ForCausalLM(config) if head else Qwen3Model(config)).save_pretrained(folder)
