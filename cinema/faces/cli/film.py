"""`cinema render | resume | retake | export`: commands that make or hand on a film."""

from __future__ import annotations

import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cinema.errors import IncompleteError
from cinema.faces.cli.common import DeliveryOption, JsonOption, ModeOption, QuietOption, SetOption, print_json, read_settings

if TYPE_CHECKING:
    from cinema.events import Listener
    from cinema.film import Film

FilmArgument = Annotated[Path, typer.Argument(help="The film's folder.", metavar="FILM")]


def render(
    script: Annotated[
        Path, typer.Argument(help="A Fountain, Final Draft or JSON script, or prose (.txt, .md).", metavar="SCRIPT")
    ],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The film's folder; films/<script's name> if not given.")
    ] = None,
    mode: ModeOption = None,
    delivery: DeliveryOption = None,
    assignments: SetOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Make a film of a script. Run again after a change, only what the change touches is made anew."""
    from cinema import film
    from cinema.paths import slug

    settings = read_settings(script, assignments, mode=mode, delivery=delivery)
    folder = out or Path("films") / slug(script.stem)
    with _performance(quiet) as (listener, cancel):
        made = film.render(script, folder, settings, listener=listener, cancel=cancel)
    _tell(made, as_json)


def resume(folder: FilmArgument, as_json: JsonOption = False, quiet: QuietOption = False) -> None:
    """Finish a film that was interrupted."""
    from cinema import film

    with _performance(quiet) as (listener, cancel):
        made = film.resume(folder, listener=listener, cancel=cancel)
    _tell(made, as_json)


def retake(
    folder: FilmArgument,
    shot: Annotated[str, typer.Argument(help="The shot's number, such as 2-3.", metavar="SHOT")],
    seed: Annotated[int | None, typer.Option("--seed", min=0, max=2**31 - 1, help="The new take's seed.")] = None,
    prompt: Annotated[str | None, typer.Option("--prompt", help="What the shot shall show instead.")] = None,
    take: Annotated[int | None, typer.Option("--take", min=1, help="Go back to this take; nothing is made anew.")] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Make one shot anew. Earlier takes are kept; without options only the seed changes."""
    from cinema import film

    with _performance(quiet) as (listener, cancel):
        made = film.retake(folder, shot, film.Retake(seed=seed, prompt=prompt, take=take), listener=listener, cancel=cancel)
    _tell(made, as_json)


def export(
    folder: FilmArgument,
    to: Annotated[Path, typer.Option("--to", help="The folder to write; it must not exist or be empty.")],
    links: Annotated[
        Literal["relative", "absolute"],
        typer.Option("--links", help="How the edit names its media; absolute serves some editors."),
    ] = "relative",
    as_json: JsonOption = False,
) -> None:
    """Collect an edit for another program: film.otio, film.edl, and every clip and sound under a readable name."""
    from cinema import export as exporting

    files = exporting.export(folder, to, links=links)
    if as_json:
        print_json({"folder": str(to), "files": [str(path.relative_to(to)) for path in files]})
    else:
        typer.echo(f"{len(files)} files in {to}")


@contextmanager
def _performance(quiet: bool) -> Generator[tuple[Listener, threading.Event]]:
    """A progress display, and an event that Ctrl-C sets; a second Ctrl-C interrupts at once."""
    from cinema.faces.cli.progress import listening

    cancel = threading.Event()

    def stop(signum: int, frame: object) -> None:
        if cancel.is_set():
            raise KeyboardInterrupt
        cancel.set()

    before = [(number, signal.signal(number, stop)) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        with listening(quiet) as listener:
            yield listener, cancel
    finally:
        for number, handler in before:
            signal.signal(number, handler)


def _tell(film: Film, as_json: bool) -> None:
    """Say where the film is and what it is; raises IncompleteError when parts are missing."""
    if as_json:
        print_json(film.summary())
    else:
        typer.echo(str(film.result.film))
    if film.missing:
        raise IncompleteError(
            f"The film is finished, but {len(film.missing)} of its parts are missing: {', '.join(film.missing[:8])}; "
            f"try again with `cinema resume {film.folder}`.",
            missing=film.missing,
        )
