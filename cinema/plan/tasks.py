"""Tasks: every piece that must be generated for a plan, and which slot of the film each fills.

Seeds come from content and from its occurrence within the scene, never from a place in the film: inserting a scene
re-keys nothing else.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from cinema.catalog import Choice
from cinema.plan.ledger import Ledger
from cinema.plan.model import Plan
from cinema.plan.pictures import shoot
from cinema.plan.soundtrack import sound
from cinema.plan.speech import speak


def speech_tasks(plan: Plan, choice: Choice) -> Plan:
    """The plan with the tasks of its lines: "line:ID", and "nonverbal:ID" where another model makes a laugh or a sigh.

    Nothing without a model for speech. None of these waits for a picture.
    """
    ledger = Ledger()
    speak(plan, choice, ledger)
    return _with(plan, ledger)


def film_tasks(plan: Plan, choice: Choice, *, unspoken: Collection[str] = ()) -> Plan:
    """The plan with all its tasks, for the roles of `choice`; a task comes after those of its inputs.

    `plan.assets` are the user's own files that were found; one that the script names and that is not among them is done
    without. The lines with an id in `unspoken` could not be spoken: mouths move to them all the same, but no picture waits
    for their sound. InputError where a shot is longer than the video model can make.
    """
    ledger = Ledger()
    speak(plan, choice, ledger)
    mute = {f"line:{line}" for line in unspoken}
    heard = {slot: key for slot, key in ledger.uses.items() if slot not in mute}
    shoot(plan, choice, ledger, heard)
    sound(plan, choice, ledger)
    return _with(plan, ledger)


def _with(plan: Plan, ledger: Ledger) -> Plan:
    warnings = tuple(dict.fromkeys((*plan.warnings, *ledger.warnings)))
    return replace(plan, tasks=tuple(ledger.tasks.values()), uses=ledger.uses, warnings=warnings)
