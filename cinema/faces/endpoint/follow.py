"""Following a job from its queue to its answer, through broken connections."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from cinema.errors import Cancelled
from cinema.faces.endpoint.runpod_api import PATIENCE, Endpoint, EndpointError, Passing, Patience, UnknownJob
from cinema.faces.endpoint.told import JobFailed, News, State, Status, read_failure, read_news
from cinema.units import human_seconds

EXPIRY = "results are kept for 30 minutes after a job's end"
_Read = TypeVar("_Read")
Tell = Callable[["Seen"], None]


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What was seen of a job: its state with its news, or what stands in the way of seeing it."""

    state: State | None
    news: News | None = None
    trouble: str = ""


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How often a job is asked after: quickly where something changes, slowly where it does not."""

    least_seconds: float = 1.0
    most_seconds: float = 10.0

    def wait_seconds(self, unchanged: int) -> float:
        """The wait after so many looks that brought nothing new."""
        return min(self.least_seconds * 1.5 ** min(unchanged, 20), self.most_seconds)


PACE = Pace()


def follow(
    endpoint: Endpoint,
    job: str,
    tell: Tell,
    *,
    read: Callable[[Any], _Read],
    patience: Patience = PATIENCE,
    pace: Pace = PACE,
) -> _Read:
    """What `read` makes of the job's answer, when it has one; `tell` is called whenever something new is seen.

    Raises JobFailed with the job's own exit code, Cancelled, UnknownJob where the results have expired, EndpointError when the
    endpoint was out of reach for as long as `patience` says.
    """
    last, unchanged, met = "", 0, False
    while True:
        status = _look(endpoint, job, tell, patience, met)
        met = True
        if status.state == "completed":
            return read(status.output)
        _ended_otherwise(status, job)
        news = read_news(status.output) if status.state == "running" else None
        seen = Seen(state=status.state, news=news)
        unchanged = unchanged + 1 if repr(seen) == last else 0
        if not unchanged:
            tell(seen)
        last = repr(seen)
        time.sleep(pace.wait_seconds(unchanged))


def _look(endpoint: Endpoint, job: str, tell: Tell, patience: Patience, met: bool) -> Status:
    """The job's state; what may pass is waited for."""
    began, failures = time.monotonic(), 0
    while True:
        try:
            return endpoint.status(job)
        except UnknownJob as exc:
            ended = "its results have expired or its time to live ran out"
            gone = ended if met else "its id is wrong, or its results have expired"
            raise UnknownJob(
                f"{exc.message} Perhaps {gone} ({EXPIRY}); a film that was finished still lies in the endpoint's storage, "
                "under the job's id."
            ) from exc
        except Passing as exc:
            failures += 1
            wait = patience.wait_seconds(failures, exc.wait_seconds)
            away = time.monotonic() - began
            if away + wait > patience.give_up_seconds:
                word = f"{exc.message} So for {human_seconds(away)}; the job goes on without being watched."
                raise EndpointError(word) from exc
            tell(Seen(state=None, trouble=f"{exc.message} Trying again in {human_seconds(wait)}."))
            time.sleep(wait)


def _ended_otherwise(status: Status, job: str) -> None:
    match status.state:
        case "failed":
            raise read_failure(status.error if status.error is not None else status.output)
        case "cancelled":
            raise Cancelled(f"The job {job} was cancelled.")
        case "timed out":
            raise JobFailed(
                f"The job {job} ran out of time and was stopped; what it made is kept: go on with --retry {job}, or submit it "
                "again with a larger --time-limit.",
                exit_code=5,
            )
        case "queued" | "running" | "completed":
            return
