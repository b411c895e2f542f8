"""The title page: `Key: value` lines at the top of a Fountain script, and the keys that Cinema understands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import get_args

from cinema.errors import InputError, Where
from cinema.script.emphasis import strip_emphasis
from cinema.script.model import Aspect, Format
from cinema.timebase import parse_rate

_KEY = re.compile(r"(\w[^:]{0,59}):(.*)")
_KNOWN_KEYS = frozenset(
    (
        *("title", "credit", "author", "authors", "source", "notes", "note", "contact", "copyright", "date", "draft date"),
        *("draft", "revision", "format", "aspect", "fps", "frame rate", "style", "language"),
    )
)
_NOT_KEYS = re.compile(r"(?:.* )?TO|(?:FADE|IRIS|OPEN)S? (?:IN|OUT|UP|ON)|(?:INT|EXT|EST|I\.?/E)[./ ].*", re.IGNORECASE)
_LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(?:-[a-zA-Z0-9]{2,8})*")
_LANGUAGES = {
    "english": "en",
    "german": "de",
    "deutsch": "de",
    "french": "fr",
    "français": "fr",
    "spanish": "es",
    "español": "es",
    "italian": "it",
    "italiano": "it",
    "portuguese": "pt",
    "dutch": "nl",
    "polish": "pl",
    "turkish": "tr",
    "russian": "ru",
    "japanese": "ja",
    "chinese": "zh",
    "korean": "ko",
    "arabic": "ar",
    "hindi": "hi",
}


_FORMAT = Format()


@dataclass(frozen=True, kw_only=True)
class TitlePage:
    """`pairs` as written (several lines of a value joined by a line end); the rest is what Cinema understood."""

    pairs: tuple[tuple[str, str], ...] = ()
    title: str = ""
    style: str = ""
    language: str = "en"
    format: Format = _FORMAT


def split_title_page(lines: Sequence[str]) -> list[tuple[str, str, int]]:
    """(key, value, line index) of the block of lines at the top of a script; empty if it is no title page.

    A key given again goes on with its first value. A transition or scene heading is no key. An unknown first key counts
    only in a block of keys with a known one among them, so that no line of a story is lost ("She says: run.").
    """
    first = _KEY.fullmatch(lines[0]) if lines else None
    if not first or _NOT_KEYS.fullmatch(first[1].strip()):
        return []
    if first[1].strip().lower() not in _KNOWN_KEYS:
        keys = [
            found and found[1].strip().lower() for line in lines if not line[0].isspace() for found in [_KEY.fullmatch(line)]
        ]
        if None in keys or _KNOWN_KEYS.isdisjoint(keys):
            return []
    entries: dict[str, tuple[list[str], int]] = {}
    open_value: list[str] = []
    for index, line in enumerate(lines):
        found = None if line[0].isspace() else _KEY.fullmatch(line)
        if found:
            open_value, _ = entries.setdefault(found[1].strip(), ([], index))
        open_value.append((found[2] if found else line).strip())
    return [(key, "\n".join(part for part in value if part), index) for key, (value, index) in entries.items()]


def understand(entries: Sequence[tuple[str, str, int]], numbers: Sequence[int], source: str) -> TitlePage:
    """What the title page says of the film; a value that cannot be one is an InputError with its line."""
    title = style = ""
    language = "en"
    fps, aspect = Fraction(24), Format().aspect
    for key, value, index in entries:
        where = Where(source=source, line=numbers[index])
        plain = " ".join(strip_emphasis(value).split())
        match key.lower():
            case "title":
                title = plain
            case "style":
                style = plain
            case "language" if plain:
                language = read_language(plain, where)
            case "aspect" | "format" if plain and (key.lower() == "aspect" or re.search(r"\d:\d", plain)):
                aspect = read_aspect(plain, where)
            case "fps" | "frame rate" if plain:
                fps = _read_fps(plain, where)
            case _:
                pass
    pairs = tuple((key, value) for key, value, _ in entries)
    return TitlePage(pairs=pairs, title=title, style=style, language=language, format=Format(fps=fps, aspect=aspect))


def read_language(text: str, where: Where) -> str:
    if text.lower() in _LANGUAGES:
        return _LANGUAGES[text.lower()]
    if _LANGUAGE.fullmatch(text):
        return text.lower()
    raise InputError(f"{text[:40]!r} is not a language; write a code such as en, de or pt-br.", where=where)


def read_aspect(text: str, where: Where) -> Aspect:
    for aspect in get_args(Aspect):
        if text == aspect:
            return aspect
    raise InputError(f"{text[:40]!r} is not an aspect ratio; use one of {', '.join(get_args(Aspect))}.", where=where)


def _read_fps(text: str, where: Where) -> Fraction:
    try:
        return parse_rate(re.sub(r"\s*(?:fps|frames.*)$", "", text, flags=re.IGNORECASE) if len(text) < 40 else text[:40])
    except ValueError as exc:
        raise InputError(f"{exc}.", where=where) from exc
