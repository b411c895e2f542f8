"""What a film will take, said before anything is made; and whether that is within what the job allows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cinema.errors import CinemaError, DoesNotFitError, InputError, MissingModelError, OutOfDiskError
from cinema.faces.serverless.faults import Code, Refused, refuse
from cinema.faces.serverless.job import JobIn
from cinema.faces.serverless.redact import scrub
from cinema.plan.model import Plan
from cinema.schedule.model import Schedule
from cinema.script import json_door
from cinema.settings import Settings

_CODES: dict[type[CinemaError], Code] = {
    MissingModelError: "missing_model",
    DoesNotFitError: "does_not_fit",
    OutOfDiskError: "disk",
}
_OF_A_RETAKE = {"There is no shot ": "/shot", "There is no take ": "/take"}
_EXIT_CODES: dict[int, Code] = {3: "missing_model", 4: "does_not_fit", 5: "disk", 6: "running", 130: "cancelled"}


@dataclass(frozen=True, kw_only=True)
class Estimate:
    plan: Plan
    schedule: Schedule
    notes: tuple[str, ...]

    @property
    def seconds(self) -> float:
        return self.schedule.prediction.seconds

    def figures(self) -> dict[str, Any]:
        """As the answer tells them."""
        from cinema.film import size_bytes

        cost = self.schedule.prediction
        return {
            "film_seconds": float(self.plan.length_frames / self.plan.fps),
            "shots": len(self.plan.shots),
            "tasks": len(self.plan.tasks),
            "seconds": round(cost.seconds, 1),
            "usd": round(cost.usd, 4),
            "size_bytes": size_bytes(self.plan, self.schedule),
            "peak_bytes": cost.peak_bytes,
            "measured": cost.measured,
        }


def estimate(path: Path, settings: Settings) -> Estimate:
    """The plan of the script at `path` and its cost. Raises Refused."""
    from cinema import film

    check_names(settings)
    try:
        studio, plan, schedule = film.estimate(path, settings)
    except CinemaError as exc:
        raise refused_by(exc) from exc
    return Estimate(plan=plan, schedule=schedule, notes=studio.notes)


def check_names(settings: Settings) -> None:
    """Raises Refused for a mode, a delivery or a model that there is none of."""
    from cinema.catalog import ROLES, Catalog

    catalog = Catalog()
    modes = ("auto", *catalog.names("modes"))
    if settings.mode not in modes:
        raise refuse("/mode", f"There is no mode of that name; choose one of {', '.join(modes)}.")
    if settings.delivery not in catalog.names("delivery"):
        raise refuse("/delivery", f"There is no delivery of that name; choose one of {', '.join(catalog.names('delivery'))}.")
    for role, model in settings.models.items():
        if role not in ROLES:
            raise refuse(
                json_door.pointer(("settings", "models", role)), f"There is no such role; the roles are {', '.join(ROLES)}."
            )
        if model not in catalog.manifests:
            raise refuse(f"/settings/models/{role}", "There is no model of that name; ask with the action models.")


def check_limits(found: Estimate, job: JobIn) -> tuple[str, ...]:
    """Raises Refused, with the figures, for a film that is predicted to cost or last more than the job allows.

    Returns a warning for what could not be checked.
    """
    cost = found.schedule.prediction
    if job.budget_usd is not None and cost.usd > job.budget_usd:
        figures = {"predicted_usd": round(cost.usd, 4), "budget_usd": job.budget_usd, "predicted_seconds": cost.seconds}
        message = f"The film would cost about {cost.usd:.2f} USD, and the budget is {job.budget_usd:.2f} USD."
        raise Refused(code="over_budget", message=message, figures=figures)
    if job.deadline_seconds is not None and cost.seconds > job.deadline_seconds:
        figures = {"predicted_seconds": round(cost.seconds, 1), "deadline_seconds": job.deadline_seconds}
        message = f"The film would take about {cost.seconds:.0f} s, and the deadline is {job.deadline_seconds:.0f} s."
        raise Refused(code="over_deadline", message=message, figures=figures)
    if job.budget_usd is not None and not cost.usd:
        return ("The budget was not checked: this endpoint does not say what an hour costs (CINEMA_PRICE_PER_HOUR_USD).",)
    return ()


def refused_by(error: CinemaError) -> Refused:
    """What the film's own error says to whoever sent the job."""
    if isinstance(error, InputError):
        where = error.where
        if where is not None and where.source in ("environment", "cinema.toml"):
            return Refused(code="fault", message="The endpoint's own settings are wrong; its owner must mend them.")
        pointer = f"/script{where.pointer}" if where is not None and where.pointer is not None else _setting_of(error.message)
        return refuse(pointer, scrub(error.message))
    for kind, code in _CODES.items():
        if isinstance(error, kind):
            return Refused(code=code, message=scrub(error.message))
    return Refused(code="fault", message=scrub(error.message))


def refused_with(exit_code: int, message: str, pointer: str | None) -> Refused:
    """The same of what a child told."""
    if exit_code == 2:
        return refuse(f"/script{pointer}" if pointer is not None else _setting_of(message), scrub(message))
    return Refused(code=_EXIT_CODES.get(exit_code, "fault"), message=scrub(message))


def _setting_of(message: str) -> str:
    """The pointer of what a message without a place is about."""
    if message.startswith("setting "):
        return f"/settings/{message.split()[1].strip(':')}"
    return next((place for start, place in _OF_A_RETAKE.items() if message.startswith(start)), "/script")
