"""Reading text: emphasis marks, sentences, words, alphabets. Linear in the length of the text, whatever it holds."""

from __future__ import annotations

import re
from functools import lru_cache


def vocabulary(words: str) -> frozenset[str]:
    """A set of words written with spaces between them."""
    return frozenset(words.split())


_MARK = re.compile(r"(\\.|\*{1,3}|_)")
_NOTE = re.compile(r"\[\[.*?\]\]", re.DOTALL)
_BOUNDARY = re.compile(r"[.!?…؟۔।]{1,9}[\"”’»')\]]{0,3}\s+|[。！？]{1,9}[」』”]{0,2}\s*")
_CLAUSE = re.compile(r"[,;:،、，；—–]\s*")
_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")
_ABBREVIATIONS = vocabulary("mr mrs ms dr st sr jr prof capt lt sgt col gen rev vs etc no vol hr fr frau sra dra mme mlle")
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


ALPHABETS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("zh", re.compile(r"[\u3400-\u9fff]")),
    ("ko", re.compile(r"[\uac00-\ud7af\u1100-\u11ff]")),
    ("ar", re.compile(r"[\u0600-\u06ff]")),
    ("he", re.compile(r"[\u0590-\u05ff]")),
    ("ru", re.compile(r"[\u0400-\u04ff]")),
    ("el", re.compile(r"[\u0370-\u03ff]")),
    ("hi", re.compile(r"[\u0900-\u097f]")),
    ("th", re.compile(r"[\u0e00-\u0e7f]")),
)
_SHARED_ALPHABET = {
    "ja": {"ja"},
    "zh": {"zh", "ja", "yue"},
    "ar": {"ar", "fa", "ur", "ps", "ug", "sd"},
    "he": {"he", "yi"},
    "ru": {"ru", "uk", "bg", "sr", "mk", "be", "kk", "ky", "mn", "tg", "tt", "ba"},
    "hi": {"hi", "mr", "ne", "sa"},
}


def plain(text: str) -> str:
    """Without emphasis marks and backslash escapes, runs of white space made one space.

    A mark counts only in pairs on one line, hugging its words: `2 * 3 * 4` keeps its stars.
    """
    if "*" not in text and "_" not in text and "\\" not in text:
        return " ".join(text.split())
    return " ".join(" ".join(_plain_line(line) for line in text.splitlines()).split())


def _plain_line(line: str) -> str:
    parts = _MARK.split(line)
    opened: dict[str, int] = {}
    dropped: set[int] = set()
    for index in range(1, len(parts), 2):
        mark = parts[index]
        if mark[0] == "\\":
            continue
        before, after = _neighbour(parts, index, -1), _neighbour(parts, index, 1)
        if mark in opened and before and not before.isspace():
            dropped.update((opened.pop(mark), index))
        elif after and not after.isspace():
            opened[mark] = index
    for index in range(1, len(parts), 2):
        if index in dropped:
            parts[index] = ""
        elif parts[index][0] == "\\" and parts[index][1] in "*_\\":
            parts[index] = parts[index][1]
    return "".join(parts)


def _neighbour(parts: list[str], index: int, step: int) -> str:
    """The character beside a mark, seen past other marks; "" at the line's end."""
    position = index + step
    while 0 <= position < len(parts):
        part = parts[position]
        if part and not (position % 2 and part[0] != "\\"):
            return part[-1] if step < 0 else part[0]
        position += step
        if abs(position - index) > 8:
            break
    return ""


def without_notes(text: str) -> str:
    """Without `[[notes]]` that stand inside a paragraph."""
    return _NOTE.sub(" ", text) if "[[" in text else text


def sentences(text: str) -> list[str]:
    """Sentences in order; joined by a space they give `text` (white space apart, and none is put after 。！？)."""
    pieces: list[str] = []
    start = 0
    for match in _BOUNDARY.finditer(text):
        end = match.end()
        if end >= len(text) or text[end].islower() or _abbreviated(text, start, match.start()):
            continue
        pieces.append(text[start:end].strip())
        start = end
    rest = text[start:].strip()
    return [*pieces, rest] if rest else pieces


def _abbreviated(text: str, start: int, dot: int) -> bool:
    if text[dot] != ".":
        return False
    word = text[max(start, dot - 6) : dot].rpartition(" ")[2].lower()
    return word in _ABBREVIATIONS or (len(word) == 1 and word.isalpha() and text[dot - 1].isupper() and word != "i")


def clauses(text: str) -> list[str]:
    """Pieces that end after a comma, semicolon, colon or dash."""
    pieces: list[str] = []
    start = 0
    for match in _CLAUSE.finditer(text):
        pieces.append(text[start : match.end()].strip())
        start = match.end()
    pieces.append(text[start:].strip())
    return [piece for piece in pieces if piece]


@lru_cache(maxsize=8192)
def word_list(text: str) -> tuple[str, ...]:
    """Words as written, without punctuation."""
    return tuple(_WORD.findall(text))


def lower_words(text: str) -> tuple[str, ...]:
    return tuple(word.lower() for word in word_list(text))


def count_words(text: str) -> int:
    """Words to read; two ideographs or syllable blocks count as one word."""
    wide = len(_WIDE.findall(text)) if not text.isascii() else 0
    return len(word_list(text)) if not wide else max(1, wide // 2)


def language_of(text: str, default: str) -> str:
    """The language that an alphabet gives away; `default` for Latin letters or where `default` is written in it too."""
    if text.isascii():
        return default
    letters = sum(character.isalpha() for character in text)
    for language, pattern in ALPHABETS:
        found = len(pattern.findall(text))
        if found * (5 if language == "ja" else 2) > letters:
            base = default.partition("-")[0].lower()
            return default if base in _SHARED_ALPHABET.get(language, {language}) else language
    return default


def title_case(text: str) -> str:
    """ "TOM'S HOUSE" as "Tom's House"; a text that is not all capitals is left as it is."""
    if text != text.upper():
        return text
    return " ".join(word[:1].upper() + word[1:].lower() for word in text.split(" "))
