"""What plans of generated films are tested with: a choice of models as the trade has them, and a film with three people."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cinema.catalog import Grid, Licence, Manifest, Role
from cinema.plan import break_down, film_tasks
from cinema.plan.model import Plan
from cinema.plan.task import Asset, Task
from cinema.script import read_text
from cinema.settings import Settings

FILM = """\
Title: The Three
Style: 35 mm film

INT. LIGHTHOUSE - NIGHT

[[look MARA: woman of sixty, yellow oilskin coat, long grey braid]]
[[look TOM: fisherman of thirty, dark wool cap]]
[[look ADA: woman of forty, navy uniform]]

MARA climbs the stairs with a lantern.

MARA
(laughs)
He steers by my light.

TOM enters, wet to the skin.

TOM
You kept it burning.

MARA
I did.

TOM
All night?

MARA
All night.

A telephone RINGS.

EXT. HARBOUR - DAWN

Gulls circle over the boats.

ADA walks along the pier.

ADA
(sighs)

ADA
Where is the boat?

INT. LIGHTHOUSE - DAY

Mara and Ada sit at the table.

ADA
They found the boat.

MARA
And Tom?

TITLE CARD: One year later

EXT. LIGHTHOUSE - DAY

TOM waves from the rocks.

TOM
Here!
"""


def manifest(name: str, *roles: Role, **facts: Any) -> Manifest:
    licence = Licence(name="test", commercial=True)
    return Manifest(id=name, name=name, roles=roles, family="testing", revision="1", licence=licence, **facts)


GENERATORS: dict[Role, Manifest] = {
    "speech": manifest("voice", "speech", wants=("sample",)),
    "nonverbal": manifest("bark", "nonverbal"),
    "image": manifest(
        "still",
        "image",
        wants=("references",),
        settings={"max_references": 4, "max_megapixels": 1.0, "steps": 4, "guidance": 1.5},
    ),
    "video": manifest(
        "camera",
        "video",
        wants=("keyframe",),
        settings={"short_side_px": 480, "steps": 8, "guidance": 3.0},
        grid=Grid(frame_step=8, frame_offset=1, max_frames=121, overlap_frames=9),
    ),
    "upscale": manifest("lens", "upscale"),
    "title": manifest("cards", "title", wants=("staging",)),
    "sound": manifest("foley", "sound"),
    "music": manifest("score", "music"),
}


def generated(
    text: str = FILM, choice: dict[Role, Manifest] | None = None, assets: tuple[Asset, ...] = (), **settings: Any
) -> Plan:
    """The whole plan of a script with all tasks, line lengths estimated; `text` may be JSON."""
    script = read_text(text, "json" if text.startswith("{") else "fountain")
    plan = break_down(script, Settings(**settings), width_px=1920, height_px=1080)
    return film_tasks(replace(plan, assets=assets), GENERATORS if choice is None else choice)


def without(*roles: Role) -> dict[Role, Manifest]:
    return {role: model for role, model in GENERATORS.items() if role not in roles}


def changed(role: Role, **facts: Any) -> dict[Role, Manifest]:
    """The generators, with other facts in one manifest."""
    return {**GENERATORS, role: GENERATORS[role].model_copy(update=facts)}


def slots(plan: Plan, kind: str) -> dict[str, Task]:
    """What fills the slots of a kind, by what follows the colon."""
    by_key = {task.key: task for task in plan.tasks}
    return {slot.partition(":")[2]: by_key[key] for slot, key in plan.uses.items() if slot.partition(":")[0] == kind}


def rekeyed(before: Plan, after: Plan) -> set[str]:
    """The slots that another task fills."""
    assert before.uses.keys() == after.uses.keys()
    return {slot for slot, key in before.uses.items() if after.uses[slot] != key}
