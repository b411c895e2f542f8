"""Reading JSON from strangers: every value that Python's own reader would take in silence is found, with its place."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, cast

from cinema.errors import InputError, Where

DEEPEST = 32
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)


_HALF = re.compile(r"[\ud800-\udfff]")
_SURROGATE = re.compile(r"[\ud800-\udfff]|\\u[dD][89a-fA-F]")


class Unusable:
    """Stands for a number that JSON or a computer has no place for: NaN, Infinity, 1e400, a million digits."""

    def __init__(self, written: str) -> None:
        self.written = written if len(written) <= 40 else f"{written[:40]}…"

    def __repr__(self) -> str:
        return self.written


class _Twice(dict[str, Any]):
    """An object that held a key twice."""

    key = ""


def read_json(text: str, *, source: str) -> object:
    """The document in `text`.

    InputError with a pointer for a key given twice and for half a surrogate pair; with a line, and a pointer to the
    whole document, for what is no JSON or is nested deeper than 32.
    """
    _check_depth(text, source)
    seen: list[_Twice] = []

    def collect(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        document = dict(pairs)
        if len(document) == len(pairs):
            return document
        twice = _Twice(document)
        met: set[str] = set()
        twice.key = next(key for key, _ in pairs if key in met or met.add(key))
        seen.append(twice)
        return twice

    try:
        document = json.loads(
            text, object_pairs_hook=collect, parse_constant=Unusable, parse_float=_parse_float, parse_int=_parse_int
        )
    except json.JSONDecodeError as exc:
        where = Where(source=source, line=exc.lineno, pointer="")
        raise InputError(f"This is not valid JSON: {exc.msg} (column {exc.colno}).", where=where) from exc
    if seen or _SURROGATE.search(text):
        _refuse_by_place(document, source)
    return document


def pointer(parts: Iterable[str | int]) -> str:
    """A JSON pointer (RFC 6901). Lone surrogates are written as escapes, so that it can be printed."""
    steps = (str(part).replace("~", "~0").replace("/", "~1") for part in parts)
    return "".join(f"/{step}" for step in steps).encode("utf-8", "backslashreplace").decode("utf-8")


def _check_depth(text: str, source: str) -> None:
    depth = 0
    for token in _TOKEN.finditer(text):
        mark = token.group()[0]
        if mark in "[{":
            depth += 1
            if depth > DEEPEST:
                line = text.count("\n", 0, token.start()) + 1
                where = Where(source=source, line=line, pointer="")
                raise InputError(f"Lists and objects are nested deeper than {DEEPEST} here; a script needs 7.", where=where)
        elif mark in "]}":
            depth -= 1


def _parse_float(written: str) -> float | Unusable:
    value = float(written)
    return value if abs(value) <= 1e300 else Unusable(written)


def _parse_int(written: str) -> int | Unusable:
    return int(written) if len(written) <= 300 else Unusable(written)


def _refuse_by_place(document: object, source: str) -> None:
    """InputError for the first repeated key or half surrogate pair, nearest to the top."""
    waiting: list[tuple[tuple[str | int, ...], object]] = [((), document)]
    for place, value in waiting:
        if isinstance(value, _Twice):
            where = Where(source=source, pointer=pointer((*place, value.key)))
            raise InputError(f"The key {value.key!r} is given twice in one object; keep one of them.", where=where)
        if isinstance(value, dict):
            items = cast("dict[str, object]", value)
            waiting += [((*place, key), item) for key, item in items.items()]
            halves = [key for key in items if _HALF.search(key)]
        else:
            halves = [value] if isinstance(value, str) and _HALF.search(value) else []
        if isinstance(value, list):
            waiting += [((*place, index), item) for index, item in enumerate(cast("list[object]", value))]
        if halves:
            where = Where(source=source, pointer=pointer(place))
            raise InputError(f"{halves[0]!r:.60} holds half of a surrogate pair; write the whole character.", where=where)
