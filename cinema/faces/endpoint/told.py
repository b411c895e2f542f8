"""What an endpoint says, read with care: a service adds keys, an older or newer endpoint may lack some."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal, TypeVar, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cinema.errors import CinemaError

State = Literal["queued", "running", "completed", "failed", "cancelled", "timed out"]
_STATES: Mapping[str, State] = {
    "IN_QUEUE": "queued",
    "IN_PROGRESS": "running",
    "RUNNING": "running",
    "COMPLETED": "completed",
    "FAILED": "failed",
    "CANCELLED": "cancelled",
    "TIMED_OUT": "timed out",
}
_EXIT_CODES: Mapping[str, int] = {
    "invalid_input": 2,
    "not_found": 2,
    "interrupted": 5,
    "over_budget": 2,
    "over_deadline": 2,
    "missing_model": 3,
    "does_not_fit": 4,
    "disk": 5,
    "storage": 5,
    "running": 6,
    "cancelled": 130,
}
"""Of the codes in `cinema/faces/serverless/faults.py`, as a render here would leave; any other is 1."""
_LONGEST_CHARS = 2_000
_Told = TypeVar("_Told", bound="_Said")


class _Said(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


class Status(_Said):
    """Where a job stands. `output` is news while it runs and the answer when it is completed."""

    job: str = ""
    state: State
    output: Any = None
    error: Any = None


class News(_Said):
    """Progress of a running job, as far as it is told."""

    number: int = 0
    stage: str = ""
    shot: int | None = None
    shots: int | None = None
    fraction: float | None = None
    seconds_left: float | None = None


class Product(_Said):
    """A file of the film: at a link, or on the endpoint's volume."""

    role: str = Field(max_length=200)
    name: str | None = Field(default=None, max_length=1_000)
    url: str | None = None
    path: str | None = None
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    bytes: int = Field(ge=0)
    duration_seconds: float | None = None
    expires_at: str | None = Field(default=None, max_length=40)
    """When the link ends, as ISO 8601."""


class Film(_Said):
    missing: tuple[str, ...] = ()
    """The slots that could not be made."""


class Answer(_Said):
    """What a job made."""

    job_id: str = ""
    made_by: str = ""
    """The job that made the film; another than `job_id` where it was handed over again."""
    outputs: tuple[Product, ...] = ()
    film: Film = Film()
    warnings: tuple[str, ...] = ()


class Cost(_Said):
    """What the endpoint predicts for a film, with its own card and weights."""

    seconds: float = Field(ge=0)
    measured: bool = False


class JobFailed(CinemaError):
    """A job ended without a film; it leaves with the job's own exit code."""

    def __init__(self, message: str, *, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def read_status(answer: Mapping[str, Any]) -> Status:
    """The service's answer about a job. JobFailed when it names a state that is not known."""
    said = str(answer.get("status", ""))
    state = _STATES.get(said)
    if state is None:
        raise JobFailed(f"The endpoint says that the job is {said[:40]!r}, a state that is not known here; update Cinema.")
    return Status(job=str(answer.get("id", "")), state=state, output=answer.get("output"), error=answer.get("error"))


def read_news(output: Any) -> News | None:
    """The progress in a running job's output; None where there is none that can be read."""
    return _read(News, output)


def read_answer(output: Any) -> Answer:
    """A completed job's answer. JobFailed when it is none, as after an answer that was too large for the service."""
    answer = _read(Answer, output)
    if answer is None:
        what = "no answer" if output is None else "an answer that cannot be read"
        raise JobFailed(
            f"The job is completed, and the endpoint gives {what}: the service loses what is too large for it, and another "
            "version of Cinema answers otherwise. What was made may lie in the endpoint's storage.",
            exit_code=5,
        )
    return answer


def read_cost(output: Any) -> Cost:
    """The prediction in a plan's answer. JobFailed when there is none."""
    whole: Any = _unpacked(output)
    found = cast("dict[str, Any]", whole) if isinstance(whole, dict) else {}
    cost = _read(Cost, found.get("plan"))
    if cost is None:
        raise JobFailed("The endpoint's plan has no prediction that can be read; give --card-gb or --time-limit.", exit_code=5)
    return cost


def read_failure(error: Any) -> JobFailed:
    """A failed job's error as ours: with its exit code where it tells one, and the pointers into its input."""
    said: Any = _unpacked(error)
    if not isinstance(said, dict):
        return JobFailed(f"The job failed: {plain(said) or 'the endpoint does not say why'}")
    told = cast("dict[str, Any]", said)
    code = _EXIT_CODES.get(code_of(error), 1)
    places = [one for one in map(_place, _list(told.get("errors"))) if one]
    message = plain(told.get("message") or told.get("error_message")) or "the endpoint does not say why"
    whole = "; ".join([message.rstrip("."), *places][:20]) if places else message
    return JobFailed(f"The job failed: {whole}", exit_code=code)


def code_of(error: Any) -> str:
    """The code in a failed job's error; empty where it has none."""
    said: Any = _unpacked(error)
    return str(cast("dict[str, Any]", said).get("code") or "") if isinstance(said, dict) else ""


def plain(text: Any) -> str:
    """Words of a stranger as one printable line, cut at 2,000 characters."""
    if not isinstance(text, str):
        text = "" if text is None else json.dumps(text, ensure_ascii=False, default=str)
    return "".join(sign if sign.isprintable() else " " for sign in text[:_LONGEST_CHARS]).strip()


def _read(kind: type[_Told], output: Any) -> _Told | None:
    output = _unpacked(output)
    if not isinstance(output, dict):
        return None
    try:
        return kind.model_validate(output)
    except ValidationError:
        return None


def _unpacked(said: Any) -> Any:
    """What is JSON within a JSON text, as the service passes errors and some progress on."""
    if not isinstance(said, str) or not said.lstrip().startswith(("{", "[")):
        return said
    try:
        return json.loads(said)
    except (ValueError, RecursionError):
        return said


def _list(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []


def _place(one: Any) -> str:
    told = cast("dict[str, Any]", one) if isinstance(one, dict) else {}
    return f"{plain(told.get('pointer')) or '/'}: {plain(told.get('message')).rstrip('.')}" if told.get("message") else ""
