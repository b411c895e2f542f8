"""The plan room: what will be shot, said, heard and generated. Pure: it reads a script and returns data.

Its functions are imported when they are first asked for: workers need only the tasks, and start in half the time.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cinema.plan.breakdown import break_down
    from cinema.plan.document import dump_plan, load_plan
    from cinema.plan.overrides import ShotOverride
    from cinema.plan.size import picture_size
    from cinema.plan.tasks import film_tasks, speech_tasks
    from cinema.plan.timing import retime

__all__ = ["ShotOverride", "break_down", "dump_plan", "film_tasks", "load_plan", "picture_size", "retime", "speech_tasks"]

_PLACES = {
    "ShotOverride": "cinema.plan.overrides",
    "break_down": "cinema.plan.breakdown",
    "dump_plan": "cinema.plan.document",
    "film_tasks": "cinema.plan.tasks",
    "load_plan": "cinema.plan.document",
    "picture_size": "cinema.plan.size",
    "retime": "cinema.plan.timing",
    "speech_tasks": "cinema.plan.tasks",
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)
