"""The command line. Data goes to stdout, progress and messages to stderr.

Only light modules are imported at the top of this package: `cinema --help` must not wait for numpy.
"""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import typer

from cinema import __version__
from cinema.errors import CinemaError
from cinema.faces.cli import check, film, inspect, models, submit

app = typer.Typer(
    name="cinema",
    help="A screenplay goes in, a finished film comes out.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 1 a fault of ours, 2 bad input, 3 a model is missing, 4 it cannot fit the card, "
    "5 disk, 6 the film is locked, 7 finished with parts missing, 130 interrupted.",
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"cinema {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: bool = typer.Option(False, "--version", callback=_show_version, is_eager=True, help="Print the version."),
) -> None:
    """A screenplay goes in, a finished film comes out."""


app.command("render")(film.render)
app.command("plan")(inspect.plan)
app.command("script")(inspect.script)
app.command("retake")(film.retake)
app.command("resume")(film.resume)
app.command("export")(film.export)
app.command("submit")(submit.submit)
app.add_typer(models.app, name="models")
app.command("doctor")(check.doctor)


def main() -> NoReturn:
    """Run the command line and leave with its exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """The exit code of `cinema ARGUMENTS`; every error becomes one sentence on stderr."""
    command = typer.main.get_command(app)
    try:
        result = command.main(arguments, prog_name="cinema", standalone_mode=False)
        code = result if isinstance(result, int) else 0
        sys.stdout.flush()
    except CinemaError as exc:
        code = _tell(str(exc), exc.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        code = _tell("Interrupted.", 130)
    except BrokenPipeError:
        # Whoever read our output has enough of it; Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except Exception as exc:
        code = _usage_or_fault(exc)
    return code


def _tell(message: str, code: int) -> int:
    typer.echo(f"cinema: {message}", err=True)
    return code


def _usage_or_fault(exc: Exception) -> int:
    """Usage errors of the option parser are told in one sentence; anything else is ours, with its traceback."""
    if hasattr(exc, "format_message") and hasattr(exc, "exit_code"):
        context = getattr(exc, "ctx", None)
        hint = f" Try `{context.command_path} --help`." if context is not None else ""
        return _tell(f"{exc.format_message()}{hint}", 2)  # type: ignore[attr-defined]
    import traceback

    traceback.print_exception(exc)
    return _tell("This is a fault of ours; please report it with the lines above.", 1)
