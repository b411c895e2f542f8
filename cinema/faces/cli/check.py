"""`cinema doctor` and `cinema models`: what this machine has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, cast

import typer

from cinema.faces.cli.common import JsonOption, print_json
from cinema.units import human_bytes

models_app = typer.Typer(help="List the models and show what is known of one.", no_args_is_help=True)


def doctor(as_json: JsonOption = False) -> int:
    """Check that this machine can make films, and say what is missing."""
    from cinema.doctor import examine

    checks = examine()
    if as_json:
        print_json({"ok": all(check.ok for check in checks), "checks": [vars(check) for check in checks]})
    else:
        for check in checks:
            typer.echo(f"{'ok  ' if check.ok else 'FAIL'}  {check.name:<22} {check.found}")
            if not check.ok:
                typer.echo(f"      {'':<22} {check.remedy}")
    return 0 if all(check.ok for check in checks) else 3


@models_app.command("list")
def list_models(as_json: JsonOption = False) -> None:
    """Every model that Cinema knows, with its roles and licence."""
    from cinema.catalog import Catalog

    manifests = list(Catalog().manifests.values())
    if as_json:
        print_json([manifest.model_dump(mode="json") for manifest in manifests])
        return
    for manifest in manifests:
        size = sum(file.size_bytes or 0 for source in manifest.sources for file in source.files)
        commercial = "commercial use allowed" if manifest.licence.commercial else "not for commercial use"
        typer.echo(
            f"{manifest.id:<12} {', '.join(manifest.roles):<14} {human_bytes(size) if size else 'no weights':<11} "
            f"{manifest.licence.spdx or manifest.licence.name} ({commercial})"
        )


@models_app.command("show")
def show_model(model: Annotated[str, typer.Argument(help="The model's id.")], as_json: JsonOption = False) -> None:
    """All that is known of one model."""
    from cinema.catalog import Catalog

    manifest = Catalog().manifest(model)
    if as_json:
        print_json(manifest.model_dump(mode="json"))
        return
    for key, value in manifest.model_dump(mode="json", exclude_defaults=True).items():
        for line in _lines(key, value):
            typer.echo(line)


def _lines(key: str, value: Any, indent: str = "") -> Iterator[str]:
    """A fact as indented lines: tables and lists of tables one level deeper."""
    if isinstance(value, dict):
        yield f"{indent}{key}:"
        for inner, detail in cast("dict[str, Any]", value).items():
            yield from _lines(inner, detail, indent + "  ")
    elif isinstance(value, list):
        rows = cast("list[Any]", value)
        if rows and isinstance(rows[0], dict):
            for row in rows:
                yield from _lines(key, row, indent)
        else:
            yield f"{indent}{key}: {', '.join(map(str, rows))}"
    else:
        yield f"{indent}{key}: {value}"
