"""Doing it: the store, the workers and the runner."""

from cinema.render.crew import Crew
from cinema.render.runlog import RunRow
from cinema.render.runner import RunResult, run
from cinema.render.store import Finished, Store
from cinema.render.takes import OverrideRow, TakeRow

__all__ = ["Crew", "Finished", "OverrideRow", "RunResult", "RunRow", "Store", "TakeRow", "run"]
