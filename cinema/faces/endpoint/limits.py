"""How long an endpoint may work on a job and keep it, from the estimate of its film.

RunPod stops a job after `executionTimeout` (10 minutes if nothing is said) and deletes it, running or not, when `ttl` has
passed since it was submitted (docs.runpod.io, Send requests, read 2026-11-21: both in milliseconds, a ttl of a week at most).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from cinema.errors import InputError
from cinema.units import human_seconds

MEASURED_FACTOR, GUESSED_FACTOR = 1.5, 3.0
"""The margin over an estimate whose figures were measured on such a machine, and over any other. Choices, not measurements."""
START_SECONDS = 900.0
"""For starting a worker, bringing weights to the card, cutting and uploading. An estimate."""
QUEUE_SECONDS = 86_400.0
"""How long a job may wait for a worker: the service's own default."""
DELIVER_SECONDS = 3_600.0
"""For handing over a film that is there: 36 GB at 10 MB/s. A choice."""
LEAST_SECONDS, MOST_SECONDS = 600.0, 604_800.0
"""The service's default, below which nothing is won, and the longest that it keeps a job."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Seconds that the job may run, and that it is kept from its submission on; `why` says how they came to be."""

    run_seconds: float
    keep_seconds: float
    why: str

    @property
    def policy(self) -> dict[str, int]:
        """As the service wants it, in milliseconds."""
        return {"executionTimeout": ceil(self.run_seconds * 1000), "ttl": ceil(self.keep_seconds * 1000)}


def limits_of(seconds: float, *, measured: bool) -> Limits:
    """The limits for an estimate. InputError when the film takes longer than the service keeps a job."""
    factor = MEASURED_FACTOR if measured else GUESSED_FACTOR
    basis = "" if measured else ", not measured on such a machine"
    why = f"estimate {human_seconds(seconds)}{basis}, times {factor:g}, and {human_seconds(START_SECONDS)} to start and upload"
    return _limits(max(seconds * factor + START_SECONDS, LEAST_SECONDS), why)


def limits_given(run_seconds: float) -> Limits:
    """The limits for a time that the user allows."""
    return _limits(run_seconds, "as given")


def _limits(run_seconds: float, why: str) -> Limits:
    if run_seconds > MOST_SECONDS:
        raise InputError(
            f"The film may take {human_seconds(run_seconds)} ({why}), and the service keeps a job for "
            f"{human_seconds(MOST_SECONDS)} at most; choose a faster mode, make several films, or allow a --time-limit."
        )
    return Limits(run_seconds=run_seconds, keep_seconds=min(run_seconds + QUEUE_SECONDS, MOST_SECONDS), why=why)
