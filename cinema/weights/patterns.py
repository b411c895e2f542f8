"""Patterns of files in a repository: `*` and `?` stay within a folder, `**` goes through folders."""

from __future__ import annotations

import re
from functools import lru_cache


def matches(pattern: str, path: str) -> bool:
    """Whether the whole `path` ("transformer/config.json") is meant by `pattern` ("transformer/*.json")."""
    return _compiled(pattern).fullmatch(path) is not None


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    parts: list[str] = []
    for piece in re.split(r"(\*\*/|\*\*|\*|\?|\[[^\]/]+\])", pattern):
        match piece:
            case "**/":
                parts.append("(?:.*/)?")
            case "**":
                parts.append(".*")
            case "*":
                parts.append("[^/]*")
            case "?":
                parts.append("[^/]")
            case _ if len(piece) > 2 and piece[0] == "[" and piece[-1] == "]":
                parts.append(("[^" + re.escape(piece[2:-1]) if piece[1] == "!" else "[" + _class(piece[1:-1])) + "]")
            case _:
                parts.append(re.escape(piece))
    return re.compile("".join(parts))


def _class(inner: str) -> str:
    """The inside of a character class; ranges ("0-9") keep their meaning."""
    return "".join(letter if letter == "-" else re.escape(letter) for letter in inner)
