"""Tokenizers trained on the spot, on a page of text of our own, in the form in which the libraries keep them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

CORPUS = (
    "A lighthouse keeper climbs the stairs at night while rain beats on the glass.",
    "Wide shot of a harbour at dawn: gulls, ropes, a red boat, slow push in.",
    "She laughs softly and says that nobody ever came back from the island.",
    "Warm light, film grain, shallow depth of field, 35 mm lens, handheld camera.",
    "Image 1 is MARA, a tall woman in a green coat; image 2 is the kitchen.",
    "Tense strings, a distant bell, wind under the door, footsteps on gravel.",
    "low quality, blurry, watermark, text, distorted hands, 0 1 2 3 4 5 6 7 8 9",
)
"""What every tokenizer is trained on."""


def save_t5(folder: Path, *, vocab_size: int = 200, model_max_length: int = 512) -> Any:
    """A T5 tokenizer (Unigram), saved to `folder`; ids: pad 0, end 1, unknown 2."""
    from transformers import T5Tokenizer

    # The library's own Unigram trainer gives another vocabulary at every run (seen with tokenizers 0.23.3).
    words = Counter("▁" + word for sentence in CORPUS for word in sentence.split())
    letters = Counter(letter for word, count in words.items() for letter in word for _ in range(count))
    pieces = [*sorted(letters, key=lambda one: (-letters[one], one)), *sorted(words, key=lambda one: (-words[one], one))]
    vocab = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    vocab += [(piece, -1.0 - 0.01 * rank) for rank, piece in enumerate(dict.fromkeys(pieces))][: vocab_size - 3]
    tokenizer = T5Tokenizer(vocab=vocab, extra_ids=0, model_max_length=model_max_length)
    tokenizer.save_pretrained(folder)
    return tokenizer


def save_clip(folder: Path, *, vocab_size: int = 600) -> Any:
    """A CLIP tokenizer (BPE with word ends), saved to `folder`; 77 tokens at most."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
    from transformers import CLIPTokenizer

    trained = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    trained.normalizer = normalizers.Lowercase()
    trained.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trained.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=["<|startoftext|>", "<|endoftext|>"],
        initial_alphabet=alphabet,
        end_of_word_suffix="</w>",
        show_progress=False,
    )
    trained.train_from_iterator(CORPUS, trainer)
    vocab, merges = _bpe(trained)
    tokenizer = CLIPTokenizer(vocab=vocab, merges=merges, model_max_length=77)
    tokenizer.save_pretrained(folder)
    return tokenizer


def save_qwen2(folder: Path, *, vocab_size: int = 400, special_tokens: tuple[str, ...] = ()) -> Any:
    """A Qwen2 tokenizer (byte-level BPE) with the chat marks and `special_tokens`, saved to `folder`."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from transformers import Qwen2Tokenizer

    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    marks = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", *special_tokens]
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=marks,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    trained.train_from_iterator(CORPUS, trainer)
    vocab, merges = _bpe(trained)
    tokenizer = Qwen2Tokenizer(vocab=vocab, merges=merges, additional_special_tokens=marks[1:], model_max_length=4096)
    tokenizer.save_pretrained(folder)
    return tokenizer


def _bpe(trained: Any) -> tuple[dict[str, int], Any]:
    import json

    model = json.loads(trained.to_str())["model"]
    return model["vocab"], [tuple(pair) for pair in model["merges"]]
