"""The screenwriter: a language model that turns prose into a script, and words prompts anew. Rules stand in wherever it fails.

What it is asked are tasks like any other: they have keys, and answers lie in the film's store, so nothing is asked twice.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from cinema import schedule
from cinema.artefact import Artefact
from cinema.catalog import Manifest
from cinema.errors import CinemaError, InputError
from cinema.events import Warned
from cinema.folder import FilmFolder
from cinema.identity import seed_from
from cinema.plan.ledger import make_task, whole
from cinema.plan.task import Task, TextRequest
from cinema.render import Crew, RunResult, run
from cinema.script import prose_at
from cinema.script.model import Script
from cinema.script.prose import Passage, Prose, parts
from cinema.script.prose_answer import (
    INSTRUCTIONS,
    PART_CHARACTERS,
    SoFar,
    answer_schema,
    joined,
    merged_cast,
    prompt_of,
    script_part,
)
from cinema.studio import Studio

ATTEMPTS = 3
"""How often a part of the prose is asked for, each time with what was wrong with the answer before."""
_MEMORY = "screenplay"


class _NoAnswerError(Exception):
    """The model gave none that can be used; the message is a sentence without its full stop."""


def adapt(script: Script, source: Path, folder: FilmFolder, studio: Studio) -> Script:
    """The script to film: of prose, what the model for text makes of it, where there is one and it keeps every spoken word.

    A script that its author wrote is given back as it is. What was done is remembered in the folder (see `credited`).
    """
    if script.source_format != "prose":
        folder.store.remember(_MEMORY, None)
        return script
    manifest = studio.choice.get("text")
    made, note = script, "script: the prose was made a script by rules, since no model for text was chosen."
    if manifest is not None:
        try:
            made = _written(prose_at(source), script, manifest, folder, studio)
            who = named(manifest)
            note = (
                f"script: the prose was made a script by {who}; every spoken word is the author's (checked).{terms(manifest)}"
            )
        except _NoAnswerError as exc:
            note = f"script: the prose was made a script by rules, since {named(manifest)} could not: {exc}."
            studio.listener(Warned(message=note))
    folder.store.remember(_MEMORY, note)
    return made


def forewarned(script: Script, studio: Studio) -> Studio:
    """The studio with a note on what a plan of prose shows: the rules' script, whoever will write the film's."""
    writer = studio.choice.get("text")
    if script.source_format != "prose":
        return studio
    note = "script: this plan is of the script that the rules make of the prose"
    end = f"; {named(writer)} writes the film's, which may differ." if writer else ", as the film will be."
    return replace(studio, notes=(*studio.notes, note + end))


def credited(folder: FilmFolder, studio: Studio) -> Studio:
    """The studio with the note of how the folder's prose became its script, for the report."""
    note = folder.store.recall(_MEMORY)
    return replace(studio, notes=(*studio.notes, note)) if isinstance(note, str) else studio


def named(manifest: Manifest) -> str:
    """What to call the model for people: the one at a service by its own name there."""
    asked = manifest.settings.get("endpoint_model")
    return f"{asked} (by way of {manifest.id})" if asked else manifest.id


def terms(manifest: Manifest) -> str:
    """A sentence on the licence of a model that left no clip or sound by which the report would list it."""
    licence = manifest.licence
    return f" {manifest.id} is under {licence.name}: {' '.join(licence.duties)}".rstrip(": ") if manifest.sources else ""


def _written(prose: Prose, rules: Script, manifest: Manifest, folder: FilmFolder, studio: Studio) -> Script:
    """The script, part by part: each knows the cast of those before it."""
    made: list[Script] = []
    so_far = SoFar(cast=merged_cast([one for one in rules.characters if one.look]))
    stretches = list(parts(prose.passages, PART_CHARACTERS))
    with studio.hands() as crew:
        for number, part in enumerate(stretches, 1):
            if not any(passage.kind == "paragraph" for passage in part):
                continue
            label = f"script, part {number} of {len(stretches)}"
            made.append(_part(prose, part, so_far, manifest, label, Desk(folder, studio, crew)))
            so_far = so_far.after(made[-1])
    try:
        return joined(prose, rules, made)
    except InputError as exc:
        raise _NoAnswerError(exc.message.rstrip(".")) from exc


class Desk:
    """Where questions are asked: the film's store, and a crew of workers."""

    def __init__(self, folder: FilmFolder, studio: Studio, crew: Crew) -> None:
        self.folder = folder
        self.studio = studio
        self.crew = crew

    def ask(self, tasks: Iterable[Task]) -> RunResult:
        """The answers that are there or come. What fails is told by the result."""
        known = {task.key: task for task in tasks}
        ordered = schedule.make_schedule(
            known.values(),
            cached=self.folder.store.cached(known),
            catalog=self.studio.catalog,
            devices=self.studio.devices,
            mode=self.studio.mode,
            settings=self.studio.settings,
        )
        return run(
            ordered,
            known,
            store=self.folder.store,
            catalog=self.studio.catalog,
            settings=self.studio.settings,
            stage_of=lambda _: "script",
            listener=self.studio.listener,
            crew=self.crew,
        )


def _part(prose: Prose, part: tuple[Passage, ...], so_far: SoFar, manifest: Manifest, label: str, desk: Desk) -> Script:
    fault = ""
    for attempt in range(ATTEMPTS):
        prompt = prompt_of(prose, part, so_far, fault)
        request = text_request(manifest, INSTRUCTIONS, prompt, answer_schema(), sum(len(one.text) for one in part))
        task = make_task(manifest, "text", request, seed_from("screenplay", attempt), label)
        result = desk.ask([task])
        if task.key not in result.artefacts:
            raise _NoAnswerError(_reason(result.failures[task.key]))
        try:
            return script_part(answer_in(result.artefacts[task.key]), part)
        except InputError as exc:
            fault = _fault(exc)
    raise _NoAnswerError(f"of {ATTEMPTS} answers to {label} none keeps the prose: {fault.rstrip('.')}")


def _fault(error: InputError) -> str:
    """What was wrong, and where in the answer."""
    where = f" ({error.where.pointer})" if error.where and error.where.pointer else ""
    return f"{error.message.rstrip('.')}{where}."


def text_request(manifest: Manifest, instructions: str, prompt: str, schema: Mapping[str, Any], characters: int) -> TextRequest:
    """A question whose answer is about as long as `characters` of prose, with room for the keys around it."""
    most = whole(manifest, "max_tokens") or 12_000
    temperature = manifest.settings.get("temperature")
    return TextRequest(
        instructions=instructions,
        prompt=prompt,
        json_schema=schema,
        max_tokens=min(characters + 1_500, most),
        temperature=float(temperature) if isinstance(temperature, int | float) else 0.2,
    )


def answer_in(artefact: Artefact) -> object:
    """The document of an answer. InputError where it is none."""
    try:
        return json.loads(artefact.path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        raise InputError("The answer is not valid JSON.") from exc


def _reason(error: CinemaError) -> str:
    return error.message.rstrip(".")
