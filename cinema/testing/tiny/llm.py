"""Language models in small: a chat tokenizer trained on the spot and a random Qwen3 or Llama, in the folder `model`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cinema.catalog import Manifest
from cinema.testing.tiny.qwen import save_chat_tokenizer
from cinema.testing.tiny.tokenizers import save_llama3

LLAMA_TEMPLATE = (
    "{{- bos_token }}{% for message in messages %}<|start_header_id|>{{ message['role'] }}<|end_header_id|>\n\n"
    "{{ message['content'] | trim }}<|eot_id|>{% endfor %}"
    "{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}"
)
"""In the manner of Llama 3."""


def build(manifest: Manifest, folder: Path) -> None:
    """The model that the manifest's id names: Llama, else Qwen3."""
    into = folder / "model"
    if manifest.id.startswith("llama"):
        tokenizer = save_llama3(into)
        tokenizer.chat_template = LLAMA_TEMPLATE
        tokenizer.save_pretrained(into)
        _save_llama(into, tokenizer)
    else:
        _save_qwen3(into, save_chat_tokenizer(into))


def _common(tokenizer: Any, **ends: Any) -> dict[str, Any]:
    return {
        "vocab_size": len(tokenizer) + 8,  # the released ones have more rows than tokens, too
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "head_dim": 16,
        "max_position_embeddings": 8192,
        **ends,
    }


def _save_qwen3(into: Path, tokenizer: Any) -> None:
    from transformers import GenerationConfig, Qwen3Config, Qwen3ForCausalLM

    marks = [tokenizer.convert_tokens_to_ids(mark) for mark in ("<|im_end|>", "<|endoftext|>")]
    model = Qwen3ForCausalLM(Qwen3Config(**_common(tokenizer, tie_word_embeddings=True, eos_token_id=marks[0])))
    model.generation_config = GenerationConfig(do_sample=True, temperature=0.7, top_k=20, top_p=0.8, eos_token_id=marks)
    model.save_pretrained(into)


def _save_llama(into: Path, tokenizer: Any) -> None:
    from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM

    marks = [tokenizer.convert_tokens_to_ids(mark) for mark in ("<|end_of_text|>", "<|eot_id|>")]
    model = LlamaForCausalLM(LlamaConfig(**_common(tokenizer, eos_token_id=marks)))
    model.generation_config = GenerationConfig(do_sample=True, temperature=0.6, top_p=0.9, eos_token_id=marks)
    model.save_pretrained(into)
