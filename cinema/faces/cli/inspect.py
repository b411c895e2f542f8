"""`cinema script` and `cinema plan`: look at what was written and at what would be shot; nothing is made."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cinema.faces.cli.common import DeliveryOption, JsonOption, ModeOption, SetOption, print_json, read_settings

if TYPE_CHECKING:
    from cinema.plan.model import Plan
    from cinema.schedule.model import Schedule
    from cinema.script.model import Script

ScriptArgument = Annotated[
    Path, typer.Argument(help="A Fountain, Final Draft or JSON script, or prose (.txt, .md).", metavar="SCRIPT")
]


def script(
    path: ScriptArgument,
    as_json: JsonOption = False,
    to: Annotated[Literal["fountain", "json"] | None, typer.Option("--to", help="Print the script in this format.")] = None,
) -> None:
    """Read a script and show what was understood, or convert it."""
    from cinema import script as room

    read = room.read(path)
    if to == "fountain":
        typer.echo(room.write_fountain(read), nl=False)
    elif to == "json":
        typer.echo(room.write_json(read), nl=False)
    elif as_json:
        print_json(room.as_json(read))
    else:
        _summarise(read)


def _summarise(read: Script) -> None:
    typer.echo(f"{read.title or 'Untitled'} ({read.source_format}): {len(read.scenes)} scenes, {len(read.elements)} elements")
    typer.echo(f"Characters: {', '.join(character.name for character in read.characters) or 'none'}")
    for number, scene in enumerate(read.scenes, 1):
        heading = scene.heading.text if scene.heading else "(before the first scene heading)"
        amount = f"{len(scene.shots)} shots given" if scene.shots is not None else f"{len(scene.elements)} elements"
        typer.echo(f"{number:>4}  {heading:<60}  {amount}")


def plan(
    path: ScriptArgument,
    mode: ModeOption = None,
    delivery: DeliveryOption = None,
    assignments: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the shot list, the tasks, and the time and space that the film will take. Makes nothing."""
    from cinema import film
    from cinema.plan import dump_plan
    from cinema.schedule.document import dump_schedule

    settings = read_settings(path, assignments, mode=mode, delivery=delivery)
    studio, planned, schedule = film.estimate(path, settings)
    if as_json:
        print_json({"plan": dump_plan(planned), "schedule": dump_schedule(schedule), "notes": list(studio.notes)})
    else:
        _print_shots(planned)
        _print_cost(planned, schedule, studio.notes)


def _print_shots(planned: Plan) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=planned.title or None, box=None, pad_edge=False)
    for column, justify in (
        ("shot", "left"),
        ("framing", "left"),
        ("camera", "left"),
        ("seconds", "right"),
        ("action and lines", "left"),
    ):
        table.add_column(column, justify=justify, overflow="fold")  # type: ignore[arg-type]
    scene = -1
    for shot in planned.shots:
        if shot.scene != scene:
            scene = shot.scene
            table.add_row("", "", "", "", planned.scenes[scene].heading, style="bold")
        lines = " ".join(f"{line.character}: {line.text}" for line in shot.lines)
        seconds = float(shot.length_frames / planned.fps)
        words = shot.framing.replace("_", " "), shot.camera.replace("_", " ")
        table.add_row(shot.id, *words, f"{seconds:.1f}", " ".join(part for part in (shot.action, lines) if part))
    Console().print(table, markup=False)


def _print_cost(planned: Plan, schedule: Schedule, notes: tuple[str, ...]) -> None:
    from cinema.units import human_bytes, human_seconds

    length = human_seconds(float(planned.length_frames / planned.fps))
    typer.echo(f"\n{len(planned.scenes)} scenes, {len(planned.shots)} shots, {len(planned.tasks)} tasks, a film of {length}")
    widest = max((len(batch.model) for batch in schedule.batches), default=0)
    for batch in schedule.batches:
        seconds = human_seconds(batch.prediction.seconds)
        counted = "task " if len(batch.keys) == 1 else "tasks"
        how = f"on {batch.device} ({batch.load_plan}, {batch.precision})"
        typer.echo(f"  {batch.model:<{widest}} {len(batch.keys):>5} {counted}  {seconds:>12}  {how}")
    whole = schedule.prediction
    money = f", {whole.usd:.2f} USD" if whole.usd else ""
    basis = "" if whole.measured else " (an estimate: not measured on a machine like this)"
    typer.echo(f"Predicted: {human_seconds(whole.seconds)}, {human_bytes(whole.size_bytes)}{money}{basis}")
    for note in (*notes, *planned.warnings):
        typer.echo(f"note: {note}", err=True)
