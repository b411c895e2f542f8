"""What is wrong with a job, said to whoever sent it; and limits on what is looked at at all."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from cinema.script.json_door import pointer

_Place = tuple[Any, "str | int"] | None
"""The place of what a value is in, and its step from there."""
Code = Literal[
    "invalid_input",
    "not_found",
    "interrupted",
    "over_budget",
    "over_deadline",
    "missing_model",
    "does_not_fit",
    "disk",
    "running",
    "storage",
    "cancelled",
    "fault",
]
DEEPEST = 40
MOST_VALUES = 250_000
MOST_CHARACTERS = 4_000_000
LONGEST_KEY = 200
MOST_FAULTS = 20
_WORDS = {
    "a valid dictionary": "an object",
    "a valid tuple": "a list",
    "a valid list": "a list",
    "a valid string": "a text",
    "a valid number": "a number",
    "a valid integer": "a whole number",
    "a valid boolean": "true or false",
    "Tuple": "This list",
    "List": "This list",
    "Input should": "This should",
    "Value should": "This should",
    " after validation": "",
    ", unable to interpret input": "",
    ", unable to parse string as a number": "",
    ", unable to parse string as an integer": "",
}
"""Python's words for what JSON names otherwise."""
_THEIRS = re.compile(r" or instance of \w+")
_HALF = re.compile(r"[\ud800-\udfff]")
_LARGEST_WHOLE = 2**63


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing that is wrong; `pointer` is a JSON pointer (RFC 6901) into the job's `input`."""

    pointer: str
    message: str


@dataclass(kw_only=True, eq=False)
class Refused(Exception):  # as `Cancelled`: it is not an error of ours
    """A job that is not done, and why."""

    code: Code
    message: str
    faults: tuple[Fault, ...] = ()
    figures: Mapping[str, float | None] = field(default_factory=dict[str, float | None])

    def __str__(self) -> str:
        return self.message


def refuse(where: str, message: str) -> Refused:
    """One thing wrong with the input."""
    return invalid((Fault(pointer=where, message=message),))


def invalid(faults: Iterable[Fault]) -> Refused:
    listed = tuple(faults)[:MOST_FAULTS]
    count = "one thing is" if len(listed) == 1 else f"{len(listed)} things are"
    return Refused(code="invalid_input", message=f"The input was not taken: {count} wrong with it.", faults=listed)


def sentence(kind: str, message: str, *, keys: str = "", spelt: str = "") -> str:
    """What pydantic says of a fault of that kind, as a sentence; with the keys that there are, and how the text is spelt."""
    if kind == "extra_forbidden":
        return f"This is not a key here; the keys are {keys}." if keys else "This is not a key here."
    if kind == "missing":
        return "This is missing; add it."
    if kind.startswith(("datetime", "timezone")):
        return "This should be a time with its zone, such as 2026-11-21T18:00:00Z."
    if kind == "string_pattern_mismatch" and spelt:
        return f"This is not spelt as such a name is: {spelt}."
    said = _THEIRS.sub("", message).removeprefix("Value error, ").replace("String", "This text")
    for theirs, ours in _WORDS.items():
        said = said.replace(theirs, ours)
    said = said.removesuffix(".")
    return f"{said[:1].upper()}{said[1:]}."


def check_shape(document: object) -> None:
    """Raises Refused where `document` is no plain JSON, or larger or deeper than anybody needs. Never recurses."""
    faults: list[Fault] = []
    waiting: list[tuple[_Place, int, object]] = [(None, 0, document)]
    values = characters = 0
    while waiting and len(faults) < MOST_FAULTS:
        place, depth, value = waiting.pop()
        values += 1
        items = _inside(value)
        texts = [value] if isinstance(value, str) else [key for key, _ in items if isinstance(key, str)]
        characters += sum(len(text) for text in texts)
        if values + len(items) > MOST_VALUES:
            raise refuse("", f"There are more than {MOST_VALUES:,} values in it; a feature film's script needs 100,000.")
        if characters > MOST_CHARACTERS:
            raise refuse("", f"There are more than {MOST_CHARACTERS:,} characters in it; a feature film has 300,000.")
        if depth > DEEPEST:
            raise refuse("", f"Lists and objects are nested deeper than {DEEPEST} in it; a script needs 7.")
        message = _wrong(value, texts)
        if message:
            faults.append(Fault(pointer=_pointer(place), message=message))
            continue
        waiting += [((place, key), depth + 1, item) for key, item in items]
    if faults:
        raise invalid(faults)


def _pointer(place: _Place) -> str:
    steps: list[str | int] = []
    while place is not None:
        place, step = place
        steps.append(step)
    return pointer(reversed(steps))


def _inside(value: object) -> list[tuple[str | int, object]]:
    if isinstance(value, dict):
        return list(cast("dict[str, object]", value).items())
    return list(enumerate(cast("list[object]", value))) if isinstance(value, list) else []


def _wrong(value: object, texts: list[Any]) -> str:
    """What no JSON document holds, or no computer can use; empty where nothing is wrong."""
    if isinstance(value, float) and not math.isfinite(value):
        return "This is not a number that JSON knows; give a finite one."
    if isinstance(value, int) and abs(value) > _LARGEST_WHOLE:
        return "This whole number is too large."
    if any(_HALF.search(text) for text in texts):
        return "This holds half of a surrogate pair; write the whole character."
    if isinstance(value, dict):
        keys = cast("dict[object, object]", value)
        if any(not isinstance(key, str) or len(key) > LONGEST_KEY for key in keys):
            return f"A key here is no text of at most {LONGEST_KEY} characters."
    if value is not None and not isinstance(value, dict | list | str | int | float | bool):
        return "This is not JSON."
    if any("\0" in text for text in texts):
        return "This holds a NUL character; take it out."
    return ""
