"""The ledger of a film's tasks, and what every task takes from its model's manifest."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import cast

from cinema.catalog import Manifest
from cinema.plan.task import Precision, Request, Role, Task


@dataclass
class Ledger:
    """Tasks by key in the order in which they were first needed, slots, and how often a content was met in a scene."""

    tasks: dict[str, Task] = field(default_factory=dict[str, Task])
    uses: dict[str, str] = field(default_factory=dict[str, str])
    met: Counter[tuple[object, ...]] = field(default_factory=Counter[tuple[object, ...]])
    warnings: list[str] = field(default_factory=list[str])

    def fill(self, slot: str, task: Task) -> str:
        """The task's key, which now fills the slot."""
        self.tasks.setdefault(task.key, task)
        self.uses[slot] = task.key
        return task.key

    def occurrence(self, *content: object) -> int:
        """0 for the first, 1 for the second ... ; the scene's index belongs to `content` but not to the seed."""
        count = self.met[content]
        self.met[content] += 1
        return count


def make_task(manifest: Manifest, role: Role, request: Request, seed: int, label: str, inputs: tuple[str, ...] = ()) -> Task:
    """A task in the precision that the manifest names first."""
    precision = cast("Precision", manifest.precisions[0] if manifest.precisions else "native")
    return Task(
        role=role,
        model=manifest.id,
        revision=manifest.revision,
        precision=precision,
        request=request,
        seed=seed,
        inputs=inputs,
        label=label,
    )


def whole(manifest: Manifest, name: str) -> int | None:
    """A setting that is a whole number, or None."""
    value = manifest.settings.get(name)
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def number(manifest: Manifest, name: str) -> float | None:
    """A setting that is a number, or None."""
    value = manifest.settings.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
