"""A plan as a JSON document, and back."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError

from cinema.errors import InputError, Where
from cinema.plan.model import Plan

SCHEMA = "cinema-plan/1"


def dump_plan(plan: Plan) -> dict[str, Any]:
    """JSON-ready values; rates as "24000/1001". `load_plan` gives an equal plan back."""
    return {"schema": SCHEMA, **_adapter().dump_python((plan,), mode="json")[0]}


def load_plan(data: Any) -> Plan:
    """The plan that `dump_plan` wrote. InputError with a JSON pointer for unknown keys, wrong types and another schema."""
    if not isinstance(data, dict):
        raise InputError(f"A plan is a JSON object, but this is a {type(data).__name__}; write it again with `cinema plan`.")
    document: dict[str, Any] = dict(data)  # pyright: ignore[reportUnknownArgumentType] -- checked key by key below
    schema = document.pop("schema", None)
    if schema != SCHEMA:
        raise InputError(
            f"The plan's schema is {schema!r}, not {SCHEMA!r}; make the plan again.", where=Where(pointer="/schema")
        )
    try:
        return _adapter().validate_python((document,))[0]
    except ValidationError as exc:
        first = exc.errors(include_url=False)[0]
        pointer = "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in first["loc"][1:])
        raise InputError(
            f"The plan is not valid: {first['msg']} (value: {first['input']!r:.80}).", where=Where(pointer=pointer)
        ) from exc


_built: list[TypeAdapter[tuple[Plan]]] = []


def _adapter() -> TypeAdapter[tuple[Plan]]:
    """A one-tuple, since pydantic takes a configuration for dataclasses only from a type around them."""
    if not _built:
        _built.append(TypeAdapter(tuple[Plan], config=ConfigDict(extra="forbid")))
    return _built[0]
