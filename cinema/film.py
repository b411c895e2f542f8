"""The journey of one film, on one page: `render` takes a script, `make` makes the film of it.

```
script file ─read─▶ Script ─break_down─▶ Plan ─speak─▶ spoken lengths ─retime─▶ Plan ─schedule─▶ Schedule
            ─run─▶ Artefacts ─edit─▶ Timeline ─assemble─▶ film.mp4 + captions + stems + film.otio + report
```
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cinema import cut, schedule, screenwriter
from cinema.artefact import Artefact
from cinema.assets import gather, survey
from cinema.catalog import Role
from cinema.enhance import enhanced
from cinema.errors import InputError
from cinema.events import Listener, Stage, nobody
from cinema.folder import FilmFolder, open_folder
from cinema.paperwork import Papers, write_papers
from cinema.plan import ShotOverride, break_down, dump_plan, film_tasks, picture_size, retime, speech_tasks
from cinema.plan.model import Plan
from cinema.plan.task import Asset, Task
from cinema.progress import FilmProgress
from cinema.render import Crew, RunResult, run
from cinema.schedule.document import dump_schedule
from cinema.schedule.model import Schedule
from cinema.script import read
from cinema.script.model import Format, Script
from cinema.settings import Settings
from cinema.studio import Studio, equip
from cinema.timebase import parse_rate

_STAGES: dict[Role, Stage] = {
    "speech": "speech",
    "nonverbal": "speech",
    "text": "plan",
    "image": "picture",
    "video": "picture",
    "title": "picture",
    "upscale": "picture",
    "music": "sound",
    "sound": "sound",
}


@dataclass(frozen=True, kw_only=True)
class Film:
    """A finished film."""

    folder: Path
    plan: Plan
    schedule: Schedule
    result: cut.CutResult
    stage_seconds: Mapping[Stage, float]

    @property
    def missing(self) -> tuple[str, ...]:
        """The slots that could not be made ("shot:2-3"); their place is black or silent."""
        return self.result.missing

    def summary(self) -> dict[str, Any]:
        """What a program wants to know of the film, as JSON."""
        return {
            "film": str(self.result.film),
            "folder": str(self.folder),
            "title": self.plan.title,
            "frames": self.result.frames,
            "fps": str(self.plan.fps),
            "seconds": float(self.result.frames / self.plan.fps),
            "width_px": self.plan.width_px,
            "height_px": self.plan.height_px,
            "loudness_lufs": self.result.loudness_lufs,
            "true_peak_dbtp": self.result.true_peak_dbtp,
            "stage_seconds": dict(self.stage_seconds),
            "missing": list(self.missing),
            "warnings": list(self.plan.warnings),
        }


@dataclass(frozen=True, kw_only=True)
class Retake:
    """What another take of a shot shall be: a seed, a prompt, both, or an earlier `take` again. Nothing: another seed."""

    seed: int | None = None
    prompt: str | None = None
    take: int | None = None


def direct(script: Script, settings: Settings) -> Script:
    """The script with the format and language that the settings ask for."""
    try:
        rate = parse_rate(settings.fps) if settings.fps else script.format.fps
    except ValueError as exc:
        raise InputError(f"setting fps: {exc}.") from exc
    form = Format(fps=rate, aspect=settings.aspect or script.format.aspect)
    return replace(script, format=form, language=settings.language or script.language)


def draft(
    script: Script, studio: Studio, overrides: Mapping[str, ShotOverride] | None = None, assets: tuple[Asset, ...] = ()
) -> Plan:
    """Shots with estimated line lengths, the user's own files, and the tasks that speak the lines."""
    short_side = studio.settings.short_side_px or studio.mode.short_side_px
    width_px, height_px = picture_size(script.format.aspect, short_side)
    plan = break_down(script, studio.settings, width_px=width_px, height_px=height_px, overrides=overrides or {})
    return speech_tasks(replace(plan, assets=assets), studio.choice)


def estimate(source: Path, settings: Settings) -> tuple[Studio, Plan, Schedule]:
    """What `cinema plan` shows: the whole plan with estimated line lengths, and its predicted cost. Makes nothing."""
    script = direct(read(source), settings)
    studio = equip(settings, language=script.language, only_plan=True, prose=script.source_format == "prose")
    studio = screenwriter.forewarned(script, studio)
    assets, missing = survey(script, source.parent)
    plan = film_tasks(draft(script, studio, assets=assets), studio.choice)
    plan = replace(plan, warnings=(*plan.warnings, *missing))
    return studio, plan, make_schedule(plan, studio)


def render(
    source: Path,
    out: Path,
    settings: Settings,
    *,
    listener: Listener = nobody,
    cancel: threading.Event | None = None,
    crew: Crew | None = None,
) -> Film:
    """Make the film of a script file in the folder `out`; what `out` already holds of it is not made again.

    A `crew` that is given keeps its workers and their models for the next film; it must `rest` before that.
    """
    script = direct(read(source), settings)
    is_prose = script.source_format == "prose"
    studio = equip(settings, language=script.language, listener=listener, cancel=cancel, prose=is_prose)
    studio = replace(studio, crew=crew)
    found = gather(script, source.parent)
    with open_folder(out, listener=listener) as folder:
        script = screenwriter.adapt(script, source, folder, studio)
        folder.keep(script, studio.settled(), source, studio.precisions, studio.notes)
        folder.adopt(found)
        return make(folder, script, studio)


def resume(out: Path, *, listener: Listener = nobody, cancel: threading.Event | None = None, crew: Crew | None = None) -> Film:
    """Finish a film that was begun in `out`, from the script, the settings and the models kept there."""
    with open_folder(out, must_exist=True, listener=listener) as folder:
        script, studio = _recall(folder, listener, cancel)
        return make(folder, script, replace(studio, crew=crew))


def retake(
    out: Path,
    shot: str,
    wish: Retake,
    *,
    listener: Listener = nobody,
    cancel: threading.Event | None = None,
    crew: Crew | None = None,
) -> Film:
    """Make one shot of a finished film anew, or go back to an earlier take; earlier takes are kept."""
    with open_folder(out, must_exist=True, listener=listener) as folder:
        script, studio = _recall(folder, listener, cancel)
        plan = draft(script, studio, folder.overrides(), folder.assets())
        folder.ask_retake(plan, shot, seed=wish.seed, prompt=wish.prompt, take=wish.take)
        return make(folder, script, replace(studio, crew=crew))


def _recall(folder: FilmFolder, listener: Listener, cancel: threading.Event | None) -> tuple[Script, Studio]:
    """The script of a film that goes on, and a studio with the models and precisions that it was begun with."""
    script, settings = folder.recall()
    studio = equip(settings, language=script.language, listener=listener, cancel=cancel, begun=folder.precisions())
    return script, studio.reminded(folder.notes())


def make(folder: FilmFolder, script: Script, studio: Studio) -> Film:
    """The journey from a script to the film: speak, retime, generate, edit, assemble, report."""
    studio = screenwriter.credited(folder, studio)
    plan, studio = enhanced(draft(script, studio, folder.overrides(), folder.assets()), folder, studio)
    whole = film_tasks(plan, studio.choice)
    forecast = make_schedule(whole, studio, folder.made(whole))
    progress = FilmProgress(studio.listener, stage_forecast(forecast, whole.tasks), studio.cancel)
    studio = replace(studio, listener=progress)
    folder.warn_of_space(size_bytes(plan, forecast), progress)

    with studio.hands() as crew:
        speech = perform(plan, ("speech",), folder, studio, crew)
        spoken = spoken_samples(plan, speech.artefacts)
        plan = retime(plan, spoken)
        plan = film_tasks(plan, studio.choice, unspoken={line.id for line in plan.lines} - spoken.keys())
        planned = make_schedule(plan, studio)
        folder.write("plan.json", dump_plan(plan))
        folder.write("schedule.json", dump_schedule(planned))
        work = perform(plan, ("picture", "sound"), folder, studio, crew)
    artefacts = {**speech.artefacts, **work.artefacts}
    folder.record_takes(plan, artefacts)

    timeline = cut.edit(plan, artefacts, folder.takes(plan))
    result = cut.assemble(timeline, folder.path, delivery=studio.delivery, settings=studio.settings, listener=progress)
    write_papers(folder.path, Papers(plan=plan, timeline=timeline, result=result, progress=progress, studio=studio))
    return Film(folder=folder.path, plan=plan, schedule=planned, result=result, stage_seconds=progress.measured_seconds)


def size_bytes(plan: Plan, forecast: Schedule) -> int:
    """What the film will take on disk, finished: the artefacts that are still to be made, the film and its stems."""
    finished = schedule.finished_size_bytes(plan.length_frames, plan.fps, plan.width_px, plan.height_px)
    return forecast.prediction.size_bytes + finished


def make_schedule(plan: Plan, studio: Studio, made: Collection[str] = (), tasks: Iterable[Task] | None = None) -> Schedule:
    """The order of `tasks` (all of the plan's if not given), without those that are `made`; nobody makes the user's files."""
    ordered = schedule.make_schedule(
        plan.tasks if tasks is None else tasks,
        cached={*made, *(asset.key for asset in plan.assets)},
        catalog=studio.catalog,
        devices=studio.devices,
        mode=studio.mode,
        settings=studio.settings,
    )
    return replace(ordered, notes=(*studio.notes, *ordered.notes))


def perform(plan: Plan, stages: tuple[Stage, ...], folder: FilmFolder, studio: Studio, crew: Crew) -> RunResult:
    """Run the plan's tasks of these stages with the crew; a task that fails for good leaves its slot empty."""
    tasks = {task.key: task for task in plan.tasks if _STAGES[task.role] in stages}
    return run(
        make_schedule(plan, studio, folder.made(plan), tasks.values()),
        tasks,
        store=folder.store,
        catalog=studio.catalog,
        settings=studio.settings,
        stage_of=lambda task: _STAGES[task.role],
        listener=studio.listener,
        crew=crew,
    )


def spoken_samples(plan: Plan, artefacts: Mapping[str, Artefact]) -> dict[str, int]:
    """The measured length of every line that was spoken, by the line's id."""
    slots = {line.id: plan.uses.get(f"line:{line.id}") for line in plan.lines}
    return {line: artefacts[key].facts.samples for line, key in slots.items() if key and key in artefacts}


def stage_forecast(forecast: Schedule, tasks: Iterable[Task]) -> dict[Stage, float]:
    """The predicted seconds of each stage, all its slots working; a batch is of the stage of its first task."""
    stages: dict[str, Stage] = {task.key: _STAGES[task.role] for task in tasks}
    slots = {device.name: max(device.slots, 1) for device in forecast.devices}
    seconds: dict[Stage, float] = {}
    for batch in forecast.batches:
        stage = stages[batch.keys[0]]
        seconds[stage] = seconds.get(stage, 0.0) + batch.prediction.seconds / slots.get(batch.device, 1)
    return seconds
