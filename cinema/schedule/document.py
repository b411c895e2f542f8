"""A schedule as a JSON document."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from cinema.schedule.model import Schedule


def dump_schedule(schedule: Schedule) -> dict[str, Any]:
    """What `schedule.json` holds: the schedule's fields and the prediction of the whole."""
    return {**asdict(schedule), "prediction": asdict(schedule.prediction)}
