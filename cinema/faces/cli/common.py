"""Options that several commands share, and how they become `Settings`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from cinema.errors import InputError
from cinema.settings import Settings

SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="A setting, over cinema.toml and the environment; may be repeated."),
]
ModeOption = Annotated[str | None, typer.Option("--mode", help="auto, animatic, fast, balanced or cinema.")]
DeliveryOption = Annotated[str | None, typer.Option("--delivery", help="Delivery preset: web, ebu, atsc or streaming.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")]


def read_settings(script: Path | None, assignments: list[str] | None, **options: Any) -> Settings:
    """Settings from `cinema.toml` beside `script`, the environment, `--set` and the options that were given."""
    overrides: dict[str, Any] = {}
    for assignment in assignments or []:
        key, sign, value = assignment.partition("=")
        if not sign or not key.strip():
            raise InputError(f"--set {assignment!r} has no value; write --set KEY=VALUE.")
        _assign(overrides, key.strip(), value)
    overrides.update({key: value for key, value in options.items() if value is not None})
    return Settings.load(folder=script.parent if script else None, overrides=overrides)


def _assign(target: dict[str, Any], key: str, value: str) -> None:
    """`models.video=boards` sets a key of a table; anything else a plain setting."""
    table, dot, inner = key.partition(".")
    if not dot:
        target[key] = value
        return
    held = target.setdefault(table, {})
    if not isinstance(held, dict):
        raise InputError(f"--set {key}={value}: {table} is already set to {held!r}.")
    held[inner] = value


def print_json(value: Any) -> None:
    """One JSON document on stdout, readable."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))
