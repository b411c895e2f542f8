"""What pydantic found wrong with a JSON script, said to its author."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any, cast, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from cinema.errors import InputError, Where
from cinema.script.json_door import Unusable, pointer

_TOLD = 3
_Place = tuple[str | int, ...]


def explain(error: ValidationError, document: object, model: type[BaseModel], source: str) -> InputError:
    """One InputError for the first few faults; it points at the first."""
    faults = error.errors(include_url=False)
    told: list[str] = []
    places = [_standing(fault["loc"], document) for fault in faults[:_TOLD]]
    for index, (fault, place) in enumerate(zip(faults, places, strict=False)):
        what = _say(fault, model)
        told.append(f"at {pointer(place) or '/'}: {what}" if index else what)
    if len(faults) > _TOLD:
        told.append(f"and {len(faults) - _TOLD} more")
    return InputError("; ".join(told) + ".", where=Where(source=source, pointer=pointer(places[0])))


def show(value: object) -> str:
    """A short, printable form of a value from a JSON document."""
    if isinstance(value, dict):
        return f"an object of {len(cast('dict[str, object]', value))} keys"
    if isinstance(value, list):
        return f"a list of {len(cast('list[object]', value))}"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    text = repr(value) if isinstance(value, str | Unusable) else str(value)
    return text if len(text) <= 60 else f"{text[:60]}…"


def _standing(place: Sequence[str | int], document: object) -> _Place:
    """As much of `place` as the document has: a missing key is told at the object that misses it."""
    found: list[str | int] = []
    for step in place:
        if isinstance(document, dict) and step in document:
            document = cast("dict[str | int, object]", document)[step]
        elif isinstance(document, list) and isinstance(step, int) and step < len(cast("list[object]", document)):
            document = cast("list[object]", document)[step]
        else:
            break
        found.append(step)
    return tuple(found)


def _say(fault: ErrorDetails, model: type[BaseModel]) -> str:
    place = fault["loc"]
    last = show(place[-1]) if place and isinstance(place[-1], str) else "this"
    value = show(fault["input"])
    context: Mapping[str, Any] = fault.get("ctx", {})
    match fault["type"]:
        case "missing":
            return f"{last} is missing; add it"
        case "extra_forbidden":
            return f"{last} is not a key here; {_advice(str(place[-1]), _keys_at(place[:-1], model))}"
        case "value_error":
            message = str(context["error"])
            return f"{'this ' if message.split(maxsplit=1)[0] in ('has', 'is', 'must') else ''}{message} (it is {value})"
        case "literal_error" | "enum":
            return f"{value} cannot stand here; use {context['expected']}"
        case "too_short":
            return f"this is {value}; give at least {context['min_length']}"
        case "string_too_short":
            return "this text is empty; write something or leave the key out"
        case "string_pattern_mismatch":
            return f"{value} is not a language code; write one such as en, de or pt-br"
        case "too_long" | "string_too_long":
            length = context.get("actual_length") or len(fault["input"])
            return f"this is {value}, {length} long; the most is {context['max_length']}"
        case "model_type" | "dict_type":
            return f"this should be an object, and it is {value}"
        case _:
            return f"{fault['msg'].replace('Input should', 'this should', 1)}, and it is {value}"


def _advice(key: str, keys: Sequence[str]) -> str:
    near = difflib.get_close_matches(key[:60], keys, n=1)
    return f"did you mean {near[0]!r}?" if near else f"the keys are {', '.join(keys)}"


def _keys_at(place: Sequence[str | int], model: type[BaseModel]) -> list[str]:
    for step in place:
        if isinstance(step, str) and step in model.model_fields:
            model = _model_in(model.model_fields[step].annotation) or model
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)
