"""Tokenizers trained on the spot, on a page of text of our own, in the form in which the libraries keep them."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
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
    from transformers import CLIPTokenizer

    words = Counter(word for sentence in CORPUS for word in sentence.lower().split())
    letters = sorted(_bytes())
    tokens = ["<|startoftext|>", "<|endoftext|>", *letters, *(f"{letter}</w>" for letter in letters)]
    merges = _merges(words, max(vocab_size - len(tokens), 0))
    vocab = {token: number for number, token in enumerate(dict.fromkeys([*tokens, *("".join(pair) for pair in merges)]))}
    tokenizer = CLIPTokenizer(vocab=vocab, merges=merges, model_max_length=77)
    tokenizer.save_pretrained(folder)
    return tokenizer


def _bytes() -> list[str]:
    from tokenizers import pre_tokenizers

    return list(pre_tokenizers.ByteLevel.alphabet())


def _merges(words: Counter[str], count: int) -> Any:
    """BPE with word ends, the most frequent pair first (of equals the first in the alphabet).

    The library's own trainer orders equals anew at every run once words have an ending (seen with tokenizers 0.23.3).
    """
    split = {word: [*word[:-1], f"{word[-1]}</w>"] for word in words}
    merges: list[tuple[str, str]] = []
    while len(merges) < count:
        pairs = Counter[tuple[str, str]]()
        for word, pieces in split.items():
            for pair in pairwise(pieces):
                pairs[pair] += words[word]
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        for pieces in split.values():
            place = 0
            while place < len(pieces) - 1:
                if (pieces[place], pieces[place + 1]) == best:
                    pieces[place : place + 2] = ["".join(best)]
                place += 1
    return merges


def save_qwen2(
    folder: Path, *, vocab_size: int = 400, special_tokens: tuple[str, ...] = (), texts: tuple[str, ...] = ()
) -> Any:
    """A Qwen2 tokenizer (byte-level BPE) with the chat marks and `special_tokens`, which learns from `texts` too, saved."""
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
    trained.train_from_iterator((*CORPUS, *texts), trainer)
    vocab, merges = _bpe(trained)
    tokenizer = Qwen2Tokenizer(vocab=vocab, merges=merges, additional_special_tokens=marks[1:], model_max_length=4096)
    tokenizer.save_pretrained(folder)
    return tokenizer


def _bpe(trained: Any) -> tuple[dict[str, int], Any]:
    import json

    model = json.loads(trained.to_str())["model"]
    return model["vocab"], [tuple(pair) for pair in model["merges"]]


def save_llama3(folder: Path, *, texts: tuple[str, ...] = (), vocab_size: int = 1200) -> Any:
    """A Llama 3 tokenizer (byte-level BPE, a begin mark before every text), saved to `folder`; right padding.

    Words of `texts` become whole tokens, so a prompt's frame has as many as with the released one.
    """
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    words = (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
        r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    )
    marks = ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"]
    marks += ["<pad>", "<image>"]
    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(words), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    trained.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=marks,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    trained.train_from_iterator([*CORPUS, *texts] * 2, trainer)
    trained.post_processor = processors.TemplateProcessing(
        single="<|begin_of_text|> $A", special_tokens=[("<|begin_of_text|>", 0)]
    )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=trained,
        bos_token=marks[0],
        eos_token=marks[1],
        pad_token="<pad>",
        padding_side="right",
        model_max_length=4096,
    )
    tokenizer.save_pretrained(folder)
    return tokenizer


def save_bert(folder: Path) -> Any:
    """A BERT tokenizer (WordPiece: letters and the corpus's words, cased), saved to `folder`."""
    from transformers import BertTokenizer

    words = sorted({word.strip(".,:;()") for sentence in CORPUS for word in sentence.split()} - {""})
    letters = sorted({letter for sentence in CORPUS for letter in sentence if not letter.isspace()} | set("[]!?'-♪"))
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{letter}" for letter in letters), *words]
    vocab = {piece: number for number, piece in enumerate(dict.fromkeys(pieces))}
    tokenizer = BertTokenizer(vocab=vocab, do_lower_case=False, model_max_length=512)
    tokenizer.save_pretrained(folder)
    return tokenizer


def save_gemma(folder: Path, *, vocab_size: int = 400) -> Any:
    """A Gemma tokenizer (BPE over text whose spaces are "▁", a begin mark before every text), saved to `folder`."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    marks = ["<pad>", "<eos>", "<bos>", "<unk>"]
    trained = Tokenizer(models.BPE(unk_token="<unk>"))
    trained.normalizer = normalizers.Replace(" ", "▁")
    trained.pre_tokenizer = pre_tokenizers.Split("▁", "merged_with_next")
    trained.decoder = decoders.Replace("▁", " ")
    trained.train_from_iterator(CORPUS, trainers.BpeTrainer(vocab_size=vocab_size, special_tokens=marks, show_progress=False))
    trained.post_processor = processors.TemplateProcessing(single="<bos> $A", special_tokens=[("<bos>", 2)])
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=trained, pad_token="<pad>", eos_token="<eos>", bos_token="<bos>", unk_token="<unk>"
    )
    tokenizer.save_pretrained(folder)
    return tokenizer
