"""`cinema script` and `cinema plan`: look at what was written and at what would be shot; nothing is made."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cinema.faces.cli.common import DeliveryOption, JsonOption, ModeOption, SetOption, print_json, read_settings

if TYPE_CHECKING:
    from cinema.catalog import Catalog
    from cinema.plan.model import Plan
    from cinema.schedule.model import Schedule
    from cinema.script.model import Script
    from cinema.studio import Studio

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
        _print_cost(planned, schedule, studio)


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


def _print_cost(planned: Plan, schedule: Schedule, studio: Studio) -> None:
    """What it takes, in the order of the journey; figures with "~" were not measured."""
    from cinema.film import size_bytes
    from cinema.units import human_bytes, human_seconds

    length = human_seconds(float(planned.length_frames / planned.fps))
    counts = f"{len(planned.scenes)} scenes, {len(planned.shots)} shots, {len(planned.tasks)} tasks"
    typer.echo(f"\n{counts}, a film of about {length}")
    typer.echo(f"Mode {schedule.mode} on {' and '.join(_devices(schedule))}")
    rows = _rows(planned, schedule)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            cell.rjust(width) if place in (2, 3, 4) else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        typer.echo(f"  {'  '.join(cells)}".rstrip())
    whole = schedule.prediction
    money = f", {_guessed(whole.measured)}{whole.usd:.2f} USD" if whole.usd else ""
    space = human_bytes(size_bytes(planned, schedule))
    typer.echo(f"Predicted: {_guessed(whole.measured)}{human_seconds(whole.seconds)}, ~{space} on disk{money}")
    typer.echo("~: estimated, not measured on a machine like this")
    for note in (*studio.notes, *_machines(schedule, studio.catalog), *planned.warnings):
        typer.echo(f"note: {note}", err=True)


def _devices(schedule: Schedule) -> list[str]:
    """The devices that have work, with what they give."""
    from cinema.units import human_bytes

    used = {batch.device for batch in schedule.batches}
    return [
        f"{one.name} ({one.title}, {human_bytes(one.memory_bytes)}{f', {one.slots} workers' if one.slots > 1 else ''})"
        for one in schedule.devices
        if one.name in used
    ] or ["nothing: all is made"]


def _machines(schedule: Schedule, catalog: Catalog) -> list[str]:
    """On which cards the seconds rest that are published, or scaled from such; a smaller card takes longer."""
    found: dict[str, None] = {}
    for batch in schedule.batches:
        speed = catalog.manifest(batch.model).speed
        if speed and not speed[0].measured and not speed[0].machine.startswith("A guess"):
            found[speed[0].machine.partition(":")[0].partition(",")[0]] = None
    cards = " and ".join(found)
    return [f"Seconds go by figures of {cards}, or are guesses; a slower card takes longer."] if found else []


def _rows(planned: Plan, schedule: Schedule) -> list[tuple[str, ...]]:
    """For each batch: role, model, tasks, seconds of all its workers together, peak of each, and how the model is loaded."""
    from cinema.catalog import ROLES
    from cinema.units import human_bytes, human_seconds

    roles = {task.key: task.role for task in planned.tasks}
    slots = {device.name: max(device.slots, 1) for device in schedule.devices}
    rows: list[tuple[str, ...]] = []
    for batch in sorted(schedule.batches, key=lambda one: ROLES.index(roles[one.keys[0]])):
        cost, tasks = batch.prediction, len(batch.keys)
        seconds = cost.seconds / min(slots[batch.device], tasks)
        rows.append(
            (
                "+".join(dict.fromkeys(roles[key] for key in batch.keys)),
                batch.model,
                f"{tasks} task{'' if tasks == 1 else 's'}",
                f"{_guessed(cost.measured)}{human_seconds(seconds)}",
                f"{_guessed(cost.peak_measured)}{human_bytes(cost.peak_bytes)}",
                f"on {batch.device} ({batch.load_plan}, {batch.precision})",
            )
        )
    return rows


def _guessed(measured: bool) -> str:
    return "" if measured else "~"
