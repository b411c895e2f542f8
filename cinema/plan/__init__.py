"""The plan room: what will be shot, said, heard and generated. Pure: it reads a script and returns data."""

from cinema.plan.breakdown import break_down
from cinema.plan.document import dump_plan, load_plan
from cinema.plan.overrides import ShotOverride
from cinema.plan.size import picture_size
from cinema.plan.tasks import film_tasks, speech_tasks
from cinema.plan.timing import retime

__all__ = ["ShotOverride", "break_down", "dump_plan", "film_tasks", "load_plan", "picture_size", "retime", "speech_tasks"]
