"""What a worker tells of a failure, as an error of ours."""

from __future__ import annotations

from pathlib import Path

from cinema import errors
from cinema.errors import Cancelled, CinemaError, DoesNotFitError, InputError, MissingModelError, TaskFailedError
from cinema.plan.task import Task
from cinema.render.protocol import Failed

FINAL: tuple[type[CinemaError], ...] = (InputError, MissingModelError, DoesNotFitError)
"""Errors that another attempt would meet again."""
_NOT_A_TASKS = frozenset({"TaskFailedError", "LockedError", "IncompleteError"})


def raised(task: Task, report: Failed, log_path: Path) -> CinemaError:
    """The adapter's error in our tree, as it was raised there; one that is not ours is a TaskFailedError."""
    if report.error == "Cancelled":
        return Cancelled()
    if not report.error or report.error in _NOT_A_TASKS:
        message = f"{task.model} could not make {task.label or report.key!r}: {report.message}; see {log_path}."
        return TaskFailedError(message, key=report.key)
    return getattr(errors, report.error)(report.message, where=report.where)


def ended(task: Task, status: int | None, log_path: Path) -> TaskFailedError:
    """The error for a worker that came to its end while it made the task."""
    how = f"was killed by signal {-status}" if status is not None and status < 0 else f"ended with status {status}"
    message = f"The worker {how} while it made {task.label or task.key!r} with {task.model}; see {log_path}."
    return TaskFailedError(message, key=task.key)


def blocked(name: str, cause: str, reason: str, key: str) -> TaskFailedError:
    """The error for a task that was not run, since one that it needs failed."""
    return TaskFailedError(f"{name!r} was not made, since {cause!r}, which it needs, failed: {reason}", key=key)
