"""What a runner and its worker say to each other: one JSON object a line, validated at both ends.

A worker may be another interpreter, so nothing but this crosses: facts, folders and requests.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, TypeAdapter

from cinema.adapters.contract import Device, InputArtefact, LoadPlan, Product
from cinema.errors import Where
from cinema.plan.task import Request

_FORBID = ConfigDict(extra="forbid", protected_namespaces=())


@dataclass(frozen=True, kw_only=True)
class Load:
    """Make an adapter ready under `name`. What goes wrong is told when it is first asked to run."""

    __pydantic_config__ = _FORBID

    kind: Literal["load"] = "load"
    name: str
    plan: LoadPlan
    device: Device


@dataclass(frozen=True, kw_only=True)
class Prepare:
    """Let the adapter loaded under `name` get ready for `requests`, where it can. What goes wrong is told with the next Run.

    `key` is the task that comes next: cancelling that stops this too.
    """

    __pydantic_config__ = _FORBID

    kind: Literal["prepare"] = "prepare"
    name: str
    key: str
    requests: tuple[Request, ...]


@dataclass(frozen=True, kw_only=True)
class Run:
    """Do one task with the adapter loaded under `name`; `out` is an empty folder."""

    __pydantic_config__ = _FORBID

    kind: Literal["run"] = "run"
    name: str
    key: str
    request: Request
    seed: int
    inputs: tuple[InputArtefact, ...]
    out: Path


@dataclass(frozen=True, kw_only=True)
class Cancel:
    """Stop the task `key` at its next step."""

    __pydantic_config__ = _FORBID

    kind: Literal["cancel"] = "cancel"
    key: str


@dataclass(frozen=True, kw_only=True)
class Fetch:
    """Have the files of a model's weights read into the system's memory, beside the task that runs."""

    __pydantic_config__ = _FORBID

    kind: Literal["fetch"] = "fetch"
    name: str
    weights: Path


@dataclass(frozen=True, kw_only=True)
class Unload:
    __pydantic_config__ = _FORBID

    kind: Literal["unload"] = "unload"
    name: str


@dataclass(frozen=True, kw_only=True)
class Log:
    """Let what libraries print go to the end of that file from now on; None: nowhere."""

    __pydantic_config__ = _FORBID

    kind: Literal["log"] = "log"
    path: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Rest:
    """A film is made: forget what belonged to its tasks, and give back memory that nothing uses. Models stay loaded."""

    __pydantic_config__ = _FORBID

    kind: Literal["rest"] = "rest"


@dataclass(frozen=True, kw_only=True)
class Quit:
    __pydantic_config__ = _FORBID

    kind: Literal["quit"] = "quit"


@dataclass(frozen=True, kw_only=True)
class Ready:
    """The worker has started; `seconds` is how long its imports took."""

    __pydantic_config__ = _FORBID

    kind: Literal["ready"] = "ready"
    pid: int
    python: str
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """`resident_bytes` is what the worker's memory grew by."""

    __pydantic_config__ = _FORBID

    kind: Literal["loaded"] = "loaded"
    name: str
    seconds: float
    resident_bytes: int


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """The system was asked for that many bytes of the weights; 0 where they would not fit its free memory."""

    __pydantic_config__ = _FORBID

    kind: Literal["fetched"] = "fetched"
    name: str
    size_bytes: int


@dataclass(frozen=True, kw_only=True)
class Step:
    __pydantic_config__ = _FORBID

    kind: Literal["step"] = "step"
    key: str
    done: int
    total: int


@dataclass(frozen=True, kw_only=True)
class Done:
    """The product lies in the `out` folder. `seconds` is the adapter's own time."""

    __pydantic_config__ = _FORBID

    kind: Literal["done"] = "done"
    key: str
    product: Product
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Failed:
    """`error` is the name of a class of `cinema.errors`, or "" for anything else; `traceback` is for the log.

    `loading` tells that the adapter could not be made ready, and so is not loaded.
    """

    __pydantic_config__ = _FORBID

    kind: Literal["failed"] = "failed"
    key: str
    error: str
    message: str
    where: Where | None = None
    traceback: str = ""
    loading: bool = False


@dataclass(frozen=True, kw_only=True)
class Evicted:
    __pydantic_config__ = _FORBID

    kind: Literal["evicted"] = "evicted"
    name: str


@dataclass(frozen=True, kw_only=True)
class Rested:
    """What the worker holds: of its cards (in use by tensors, or set aside for them), and of the machine's memory."""

    __pydantic_config__ = _FORBID

    kind: Literal["rested"] = "rested"
    device_bytes: int
    resident_bytes: int


Order = Load | Prepare | Run | Cancel | Fetch | Unload | Log | Rest | Quit
Report = Ready | Loaded | Fetched | Step | Done | Failed | Evicted | Rested

_orders: TypeAdapter[Order] = TypeAdapter(Annotated[Order, Field(discriminator="kind")])
_reports: TypeAdapter[Report] = TypeAdapter(Annotated[Report, Field(discriminator="kind")])


def write_order(order: Order) -> bytes:
    return _orders.dump_json(order) + b"\n"


def read_order(line: bytes) -> Order:
    """Raises ValueError for a line that is not an order."""
    return _orders.validate_json(line)


def write_report(report: Report) -> bytes:
    return _reports.dump_json(report) + b"\n"


def read_report(line: bytes) -> Report:
    """Raises ValueError for a line that is not a report."""
    return _reports.validate_json(line)
