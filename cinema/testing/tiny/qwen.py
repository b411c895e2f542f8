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


def save_qwen2_vl(folder: Path, tokenizer: Any, *, width: int, layers: int, mrope: list[int]) -> None:
    """A Qwen2.5-VL, whose tower has as many layers; the tokenizer knows the marks of what is seen."""
    from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

    marks = {"vision_start": "vision_start", "vision_end": "vision_end", "image": "image_pad", "video": "video_pad"}
    config = Qwen2_5_VLConfig(
        text_config={
            "vocab_size": len(tokenizer),
            "hidden_size": width,
            "intermediate_size": width,
            "num_hidden_layers": layers,
            "num_attention_heads": 2,
            "num_key_value_heads": 2,
            "bos_token_id": tokenizer.convert_tokens_to_ids("<|endoftext|>"),
            "eos_token_id": tokenizer.convert_tokens_to_ids("<|im_end|>"),
            "rope_parameters": {"rope_type": "default", "mrope_section": mrope, "rope_theta": 1_000_000.0},
        },
        vision_config={
            "depth": layers,
            "hidden_size": 16,
            "intermediate_size": 16,
            "num_heads": 2,
            "out_hidden_size": width,
            "fullatt_block_indexes": [layers - 1],
        },
        **{f"{name}_token_id": tokenizer.convert_tokens_to_ids(f"<|{mark}|>") for name, mark in marks.items()},
    )
    Qwen2_5_VLForConditionalGeneration(config).save_pretrained(folder)


def save_vl_processor(folder: Path, tokenizer: Any, **options: Any) -> None:
    """The processor that goes with it: its tokenizer, and how pictures come to the tower."""
    from transformers import Qwen2VLImageProcessor, Qwen2VLProcessor, Qwen2VLVideoProcessor

    processor: Any = Qwen2VLProcessor(
        image_processor=Qwen2VLImageProcessor(),
        tokenizer=tokenizer,
        video_processor=Qwen2VLVideoProcessor(),
        **options,
    )
    processor.save_pretrained(folder)


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
