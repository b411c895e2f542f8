"""Doing it: the store, the workers and the runner.

What is here is imported when it is first asked for: a worker, which is one module of this room, needs none of it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cinema.render.crew import Crew, Holding
    from cinema.render.runlog import RunRow
    from cinema.render.runner import RunResult, run
    from cinema.render.store import Finished, Store
    from cinema.render.takes import OverrideRow, TakeRow

__all__ = ["Crew", "Finished", "Holding", "OverrideRow", "RunResult", "RunRow", "Store", "TakeRow", "run"]

_PLACES = {
    "Crew": "cinema.render.crew",
    "Finished": "cinema.render.store",
    "Holding": "cinema.render.crew",
    "OverrideRow": "cinema.render.takes",
    "RunResult": "cinema.render.runner",
    "RunRow": "cinema.render.runlog",
    "Store": "cinema.render.store",
    "TakeRow": "cinema.render.takes",
    "run": "cinema.render.runner",
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)
