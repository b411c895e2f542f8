"""Commands whose options are the fields of a dataclass: declared once, passed whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, fields
from inspect import Parameter, Signature
from typing import Any, TypeVar, get_type_hints

_Options = TypeVar("_Options")


def command_of(options: type[_Options], work: Callable[[_Options], None]) -> Callable[..., None]:
    """`work` as Typer wants a command: with a parameter for every field of the dataclass `options`, annotated as it is."""
    hints = get_type_hints(options, include_extras=True)

    def command(**given: Any) -> None:
        work(options(**given))

    command.__name__ = work.__name__
    command.__doc__ = work.__doc__
    command.__annotations__ = {**hints, "return": None}
    command.__signature__ = Signature(  # type: ignore[attr-defined]
        [
            Parameter(
                field.name,
                Parameter.KEYWORD_ONLY,
                default=Parameter.empty if field.default is MISSING else field.default,
                annotation=hints[field.name],
            )
            for field in fields(options)  # type: ignore[arg-type]
        ]
    )
    return command
