"""`cinema doctor`: what this machine has."""

from __future__ import annotations

import typer

from cinema.faces.cli.common import JsonOption, print_json


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
