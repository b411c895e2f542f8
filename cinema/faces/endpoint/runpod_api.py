"""RunPod's HTTP API for one endpoint (docs.runpod.io, Send requests and Job operations, read 2026-11-21).

What may pass (too many requests, a fault of the service, a broken line) is raised as `Passing`, with the wait that the service
asked for; the caller decides how long to try. Submitting is tried again only where the job was surely not taken: there is no
way to submit twice and have it run once. Unproven: against the service itself; its behaviour is as its pages tell it.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from cinema.errors import CinemaError, InputError
from cinema.faces.endpoint.addresses import check_address, is_loopback
from cinema.faces.endpoint.told import Status, read_status
from cinema.units import human_seconds

if TYPE_CHECKING:
    import httpx2

SERVICE = "https://api.runpod.ai/v2"
SERVICE_VARIABLE = "RUNPOD_ENDPOINT_BASE_URL"
"""As the SDK names it."""
KEY_VARIABLE = "RUNPOD_API_KEY"
LARGEST_REQUEST_BYTES = 10_000_000
_TIMEOUT_SECONDS = 30.0
_LONGEST_ASKED_SECONDS = 600.0
_ASKED_SECONDS = 600.0
"""How long a submission, a cancel or a retry is tried."""
_Answer = TypeVar("_Answer")
Notice = Callable[[str], None]
"""Told why it takes long."""
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})


class EndpointError(CinemaError):
    """The endpoint cannot be reached, does not know the job, or what it made cannot be fetched."""

    exit_code = 5


class Passing(EndpointError):
    """A failure that may pass. `wait_seconds`: what the service asked for; `taken`: a job may have been taken all the same."""

    def __init__(self, message: str, *, wait_seconds: float | None = None, taken: bool = True) -> None:
        super().__init__(message)
        self.wait_seconds = wait_seconds
        self.taken = taken


class UnknownJob(EndpointError):
    """The endpoint does not know the job: the id is wrong, or its results have expired."""


@dataclass(frozen=True, kw_only=True)
class Patience:
    """Waits grow from `first_wait_seconds` to twice and twice again; without a word for `give_up_seconds` it is over."""

    first_wait_seconds: float = 1.0
    longest_wait_seconds: float = 60.0
    give_up_seconds: float = 1800.0

    def wait_seconds(self, failures: int, asked: float | None = None) -> float:
        """The wait after so many failures in a row (from 1); never shorter than the service asked for."""
        own = min(self.first_wait_seconds * 2 ** min(failures - 1, 30), self.longest_wait_seconds)
        return max(own, asked or 0.0)


PATIENCE = Patience()


def nobody(words: str) -> None:
    """Nobody wants to know."""


class Endpoint(Protocol):
    """What can be done with an endpoint. Everything raises `Passing`, EndpointError, or InputError for a wrong key or id."""

    name: str
    """As `--endpoint` names it."""
    address: str

    def submit(self, job: Mapping[str, Any], *, policy: Mapping[str, int], webhook: str | None = None) -> str:
        """Hand in a job and give its id. Tries again by itself where the job was surely not taken."""
        ...

    def status(self, job: str) -> Status: ...

    def cancel(self, job: str) -> Status: ...

    def retry(self, job: str) -> Status: ...

    def close(self) -> None: ...


class RunpodEndpoint:
    """An endpoint of the service, by its id."""

    def __init__(
        self, endpoint: str, *, key: str, service: str = SERVICE, patience: Patience = PATIENCE, notice: Notice = nobody
    ) -> None:
        if not re.fullmatch(r"[A-Za-z0-9_-]+", endpoint):
            raise InputError(f"--endpoint {endpoint!r} is no id of an endpoint; it is the short name in its address.")
        self.name = endpoint
        self.address = f"{check_address(service, SERVICE_VARIABLE)}/{endpoint}"
        self._line = Line(self.address, key=key)
        self._patience = patience
        self._notice = notice

    def submit(self, job: Mapping[str, Any], *, policy: Mapping[str, int], webhook: str | None = None) -> str:
        request: dict[str, Any] = {"input": job, "policy": policy} | ({"webhook": webhook} if webhook else {})
        return hand_in(lambda: self._line.ask("POST", "/run", request), self._patience, self._notice)

    def status(self, job: str) -> Status:
        return read_status(self._line.ask("GET", f"/status/{checked_id(job)}", job=job))

    def cancel(self, job: str) -> Status:
        path = f"/cancel/{checked_id(job)}"
        return read_status(patiently(lambda: self._line.ask("POST", path, job=job), self._patience, self._notice))

    def retry(self, job: str) -> Status:
        path = f"/retry/{checked_id(job)}"
        return read_status(patiently(lambda: self._line.ask("POST", path, job=job), self._patience, self._notice, twice=False))

    def close(self) -> None:
        self._line.close()


def checked_id(job: str) -> str:
    """`job`, if it can be a job's id."""
    if not re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}", job):
        raise InputError(f"{job!r:.80} is no id of a job; it is what `cinema submit` printed.")
    return job


def connect(endpoint: str, environment: Mapping[str, str] | None = None, *, notice: Notice = nobody) -> RunpodEndpoint:
    """The endpoint of that id, with the key and the service's address from the environment."""
    environment = os.environ if environment is None else environment
    key = environment.get(KEY_VARIABLE, "").strip()
    if not key:
        raise InputError(f"{KEY_VARIABLE} is not set; make a key in RunPod's settings and put it there.")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise InputError(f"{KEY_VARIABLE} holds characters that no key has; copy it again.")
    return RunpodEndpoint(endpoint, key=key, service=environment.get(SERVICE_VARIABLE) or SERVICE, notice=notice)


def patiently(ask: Callable[[], _Answer], patience: Patience, notice: Notice, *, twice: bool = True) -> _Answer:
    """`ask()`, again and again while it fails in ways that may pass. `twice`: whether it may be dealt with more than once."""
    began, failures = time.monotonic(), 0
    while True:
        try:
            return ask()
        except Passing as exc:
            if exc.taken and not twice:
                raise
            failures += 1
            wait = patience.wait_seconds(failures, exc.wait_seconds)
            if time.monotonic() - began + wait > min(patience.give_up_seconds, _ASKED_SECONDS):
                raise EndpointError(f"{exc.message} So {failures} times, and nothing was done; try again later.") from exc
            notice(f"{exc.message} Trying again in {human_seconds(wait)}.")
            time.sleep(wait)


def hand_in(ask: Callable[[], Mapping[str, Any]], patience: Patience, notice: Notice) -> str:
    """The id of the job that `ask()` submits; tried again only while it was surely not taken."""
    try:
        job = patiently(ask, patience, notice, twice=False).get("id")
    except Passing as exc:
        raise EndpointError(
            f"{exc.message} The job may have been taken all the same, so it is not submitted again: look at the endpoint's "
            "requests, and follow it with --follow JOB or submit again."
        ) from exc
    if not isinstance(job, str) or not job:
        raise EndpointError("The endpoint took the job and gave no id; look at its requests.")
    return job


class Line:
    """HTTP to one address; the key goes there and nowhere else, and is in no message."""

    def __init__(self, address: str, *, key: str | None = None, timeout_seconds: float | None = _TIMEOUT_SECONDS) -> None:
        import httpx2

        self._address = address
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        # A proxy of the environment has no business between this machine and itself.
        self._client = httpx2.Client(
            headers=headers,
            timeout=httpx2.Timeout(timeout_seconds, connect=_TIMEOUT_SECONDS),
            trust_env=not is_loopback(address),
        )

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None, *, job: str | None = None) -> dict[str, Any]:
        """The JSON object that the service answers. `job`: the one asked for, unknown if the answer is 404."""
        import httpx2

        content = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        if content is not None and len(content) > LARGEST_REQUEST_BYTES:
            raise InputError(
                f"The job has {len(content):,} bytes and {LARGEST_REQUEST_BYTES:,} is the most that an endpoint takes; "
                "make several films of the script."
            )
        headers = {"Content-Type": "application/json"} if content is not None else {}
        try:
            response = self._client.request(method, f"{self._address}{path}", content=content, headers=headers)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as exc:
            raise Passing(f"The endpoint cannot be reached ({_why(exc)}).", taken=False) from exc
        except httpx2.TimeoutException as exc:
            raise Passing("The endpoint did not answer in time.") from exc
        except httpx2.HTTPError as exc:
            raise Passing(f"The connection to the endpoint broke ({_why(exc)}).") from exc
        _check(response, job)
        return _object(response)

    def close(self) -> None:
        self._client.close()


def _why(exc: Exception) -> str:
    return str(exc).strip().rstrip(".")[:120] or type(exc).__name__


def _check(response: httpx2.Response, job: str | None) -> None:
    status = response.status_code
    if status < 300:
        return
    if status in (401, 403):
        raise InputError(f"The endpoint refuses the key in {KEY_VARIABLE} ({status}); check the key and what it may do.")
    if status == 404 and job is not None:
        raise UnknownJob(f"The endpoint does not know the job {job}.")
    if status == 404:
        raise InputError("There is no such endpoint (404); check --endpoint.")
    if status == 413:
        raise InputError(f"The job is larger than the endpoint takes ({LARGEST_REQUEST_BYTES:,} bytes); make several films.")
    if status in _PASSING:
        what = "is asked too often" if status == 429 else "has a fault"
        asked = retry_after_seconds(response.headers.get("Retry-After"))
        raise Passing(f"The endpoint {what} ({status}).", wait_seconds=asked, taken=status != 429)
    if 400 <= status < 500:
        raise InputError(f"The endpoint refuses the request ({status}{_said(response)}).")
    raise EndpointError(f"The endpoint answered with status {status}, which means nothing here.")


def _said(response: httpx2.Response) -> str:
    """What the service says was wrong, in one short printable line."""
    try:
        said: Any = response.json()
    except ValueError:
        return ""
    text = said.get("error") or said.get("message") if isinstance(said, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return f": {''.join(sign for sign in text[:200] if sign.isprintable())}" if isinstance(text, str) and text else ""


def _object(response: httpx2.Response) -> dict[str, Any]:
    try:
        answer: Any = response.json()
    except ValueError as exc:
        raise Passing("The endpoint's answer is no JSON; something between here and there answered instead.") from exc
    if not isinstance(answer, dict):
        raise Passing("The endpoint's answer is no JSON object; something between here and there answered instead.")
    return answer  # pyright: ignore[reportUnknownVariableType]


def retry_after_seconds(header: str | None, now: float | None = None) -> float | None:
    """The wait that a Retry-After header asks for, at most 10 minutes; None where it asks for none that can be read."""
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), _LONGEST_ASKED_SECONDS)
    try:
        moment = parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(moment - (time.time() if now is None else now), 0.0), _LONGEST_ASKED_SECONDS)
