"""Plans to look at: from Fountain text, with the animatic's kind of models."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cinema.catalog import Grid, Licence, Manifest
from cinema.plan import break_down, film_tasks, retime, speech_tasks
from cinema.plan.model import Plan
from cinema.script import read_text
from cinema.settings import Settings
from cinema.timebase import sample_at

Planner = Callable[..., Plan]


@pytest.fixture
def planned() -> Planner:
    def plan(text: str, overrides: Any = None, **settings: Any) -> Plan:
        script = read_text(text.strip() + "\n", "fountain")
        return break_down(script, Settings(**settings), width_px=1280, height_px=720, overrides=overrides or {})

    return plan


@pytest.fixture
def models() -> dict[str, Manifest]:
    def manifest(name: str, role: Any, **facts: Any) -> Manifest:
        return Manifest(
            id=name, name=name, roles=(role,), family="testing", licence=Licence(name="test", commercial=True), **facts
        )

    return {
        "speech": manifest("voice", "speech", revision="7"),
        "video": manifest("boards", "video", wants=("staging", "speech"), settings={"steps": 4, "guidance": 2.5}),
        "sound": manifest("foley", "sound", grid=Grid(max_seconds=10.0)),
        "music": manifest("score", "music"),
    }


@pytest.fixture
def filmed(planned: Planner, models: dict[str, Manifest]) -> Planner:
    """A plan with every task, its speech measured: each letter of a line takes 3,000 samples."""

    def film(text: str, **settings: Any) -> Plan:
        plan = speech_tasks(planned(text, **settings), models)
        spoken = {line.id: 3_000 * (len(line.text) + 5) for shot in plan.shots for line in shot.lines}
        return film_tasks(retime(plan, spoken), models)

    return film


@pytest.fixture
def story() -> str:
    return """
FADE IN:

EXT. LIGHTHOUSE - NIGHT

Rain lashes the rocks. THUNDER rolls over the sea.

INT. LIGHTHOUSE / LAMP ROOM - CONTINUOUS

MARA (60s, grey braid, yellow oilskin) climbs the stairs, lamp in hand. The door SLAMS behind her. FWOOSH! The lamp goes out.

MARA
(tired)
Eleven years. (sighs) And nobody came.

TOM (30s, bearded fisherman) enters.

TOM
You lit it!

MARA
No.

TOM
Who did it, then?

CLOSE ON THE LAMP

The flame dies.

MARA (V.O.)
I never told him.

DISSOLVE TO:

EXT. CLIFF - DAWN

Gulls circle. Mara and Tom look out to sea.

TOM
I thought you had left.

MARA
So did I.

FADE OUT.
"""


def samples_of(plan: Plan) -> dict[str, int]:
    return {line.id: sample_at(line.length_frames, plan.fps) for shot in plan.shots for line in shot.lines}
