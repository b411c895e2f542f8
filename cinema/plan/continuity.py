"""Cuts that jump: two pictures in a row of the same people must differ in size, or they read as a mistake (the 30-degree rule).

The planner's own shots move; what the author called for stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cinema.plan.draft import Draft
from cinema.plan.staging import Framing

_ALONE: dict[Framing, tuple[Framing, ...]] = {
    "extreme_wide": ("full", "medium_wide"),
    "wide": ("medium_wide", "full"),
    "full": ("medium", "wide"),
    "medium_wide": ("medium_close", "full"),
    "medium": ("medium_close", "medium_wide"),
    "medium_close": ("medium", "close"),
    "close": ("medium", "medium_close"),
    "extreme_close": ("medium_close", "medium"),
    "over_shoulder": ("medium_close", "close"),
}
"""What cuts with a framing of one person: clearly another size, the nearest in meaning first."""
_PAIR: tuple[Framing, ...] = ("two_shot", "medium_wide", "full")
_GROUP: tuple[Framing, ...] = ("wide", "full", "medium_wide")
_NOBODY: tuple[Framing, ...] = ("wide", "extreme_wide", "medium_wide")


def jumps(before: Draft, after: Draft) -> bool:
    """Whether the cut between two shots of a scene would jump: the same people, size, angle and side."""
    if "insert" in (before.framing, after.framing) or "title" in (before.coverage, after.coverage):
        return False
    if not before.characters or not after.characters:  # people who pop up in an empty picture of the same size
        return (before.framing, before.angle, before.elsewhere) == (after.framing, after.angle, after.elsewhere)
    return (set(before.characters), before.near, before.framing, before.angle) == (
        set(after.characters),
        after.near,
        after.framing,
        after.angle,
    )


def without_jumps(drafts: Sequence[Draft]) -> list[Draft]:
    """The shots of a scene, each planned one framed so that the cut into it, and into a fixed one after it, does not jump."""
    made: list[Draft] = []
    for number, draft in enumerate(drafts):
        after = drafts[number + 1] if number + 1 < len(drafts) else None
        neighbours = [*made[-1:], *([after] if after is not None and after.fixed else [])]
        if not draft.fixed and any(jumps(other, draft) for other in neighbours):
            made.append(
                next((other for other in _others(draft) if not any(jumps(beside, other) for beside in neighbours)), draft)
            )
        else:
            made.append(draft)
    return made


def _others(draft: Draft) -> list[Draft]:
    count = len(draft.characters)
    if draft.framing == "over_shoulder" and count == 2:
        alone = draft.characters[:1]
        return [replace(draft, coverage="single", framing=size, characters=alone, near="") for size in _ALONE["over_shoulder"]]
    sizes = _NOBODY if count == 0 else _ALONE.get(draft.framing, _PAIR) if count == 1 else _PAIR if count == 2 else _GROUP
    return [replace(draft, framing=size) for size in sizes if size != draft.framing]
