"""From words to the symbols that Kokoro was trained on, by way of eSpeak NG's phonemes.

Spanish, French, Hindi, Italian and Portuguese were trained on eSpeak's own; English on those of a dictionary that writes the
same sounds, to which eSpeak's are brought here. The symbols, and which stands for which, are facts of the model's vocabulary.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from cinema.adapters.espeak.library import phonemes

VOICES = {"en-us": "en-US", "en-gb": "en", "es": "es", "fr": "fr", "hi": "hi", "it": "it", "pt": "pt-BR"}
"""Language to eSpeak NG's voice."""
_MARKS = re.compile(r"\s*([;:,.!?¡¿—…\"“”()«»।。！？、，]+)\s*")
_SAME_MARK = str.maketrans({"«": "“", "»": "”", "।": ".", "。": ".", "！": "!", "？": "?", "、": ",", "，": ","})
_ANY = (
    ("a^ɪ", "I"),
    ("a^ʊ", "W"),
    ("d^ʒ", "ʤ"),
    ("e^ɪ", "A"),
    ("t^ʃ", "ʧ"),
    ("ɔ^ɪ", "Y"),
)
_FOREIGN = (*_ANY, ("d^z", "ʣ"), ("t^s", "ʦ"), ("s^s", "S"), ("o^ʊ", "O"), ("ə^ʊ", "Q"), ("^", ""), ("-", ""))
_ENGLISH = (
    ("ʔˌn\u0329", "ʔn"),
    ("ʔn\u0329", "ʔn"),
    *_ANY,
    ("ə^l", "ᵊl"),
    ("ʲo", "jo"),
    ("ʲə", "jə"),
    ("ʲ", ""),
    ("ɚ", "əɹ"),
    ("r", "ɹ"),
    ("x", "k"),
    ("ç", "k"),
    ("ɐ", "ə"),
    ("ɬ", "l"),
    ("\u0303", ""),
)
_BRITISH = (("e^ə", "ɛː"), ("e", "A"), ("iə", "ɪə"), ("ə^ʊ", "Q"))
_AMERICAN = (("e", "A"), ("o^ʊ", "O"), ("ɜːɹ", "ɜɹ"), ("ɜː", "ɜɹ"), ("ɪə", "iə"), ("ː", ""))
_ENGLISH_LAST = (("o", "ɔ"), ("ɾ", "T"), ("ʔ", "t"), ("^", ""))


@dataclass(frozen=True, kw_only=True)
class Symbols:
    """`text` in the model's symbols; `words` are (written words, first symbol, end) of each piece that could be told apart."""

    text: str
    words: tuple[tuple[str, int, int], ...]


def symbols_for(text: str, language: str, vocabulary: Mapping[str, int]) -> Symbols:
    """What the model reads for `text`.

    A written word is its own piece where eSpeak gives as many words as are written; else the words up to the next
    punctuation are one piece.
    """
    found, words = "", list[tuple[str, int, int]]()
    parts = _MARKS.split(text.strip())
    for number, part in enumerate(parts):
        if number % 2:
            found = f"{found.rstrip()}{_known(part.translate(_SAME_MARK), vocabulary)} ".lstrip()
            continue
        said = [_known(word, vocabulary) for word in _brought(phonemes(part, VOICES[language]), language).split()]
        said, written = [word for word in said if word], part.split()
        if not said:
            continue
        matched = written if len(written) == len(said) else [" ".join(written)]
        for place, word in enumerate(matched):
            spoken = said[place] if len(matched) == len(said) else " ".join(said)
            words.append((word, len(found), len(found) + len(spoken)))
            found += spoken + " "
    return Symbols(text=found.strip(), words=tuple(words))


def _brought(phones: str, language: str) -> str:
    """eSpeak's phonemes in Kokoro's signs."""
    if not language.startswith("en"):
        return _replaced(phones, _FOREIGN)
    if language == "en-gb":
        phones = _replaced(phones, (_BRITISH[0], *_ENGLISH, *_BRITISH[1:]))
    else:
        phones = _replaced(phones, (*_ENGLISH, *_AMERICAN))
    phones = re.sub(r"(\S)\u0329", r"ᵊ\1", phones).replace("\u0329", "")
    return _replaced(phones, _ENGLISH_LAST)


def _replaced(text: str, pairs: tuple[tuple[str, str], ...]) -> str:
    for old, new in pairs:
        text = text.replace(old, new)
    return text


def _known(text: str, vocabulary: Mapping[str, int]) -> str:
    """`text` with signs that the model does not know taken apart (õ to o and a tilde), or left out."""
    signs = (sign if sign in vocabulary else unicodedata.normalize("NFD", sign) for sign in text)
    return "".join(sign for group in signs for sign in group if sign in vocabulary)
