"""What was handed over of a film, noted in the bucket beside it: so any worker can hand it over again when the one that made
it, with its folder, is long gone.

The note is a file like the others, and whoever may write into the bucket may have written it: it is read as strangers' data,
and a file is only told of if it lies there with the hash and the size in the note.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from cinema.errors import OutOfDiskError
from cinema.faces.serverless.bucket import Bucket
from cinema.faces.serverless.faults import Refused
from cinema.faces.serverless.house import JobFolder, write_json
from cinema.faces.serverless.parcels import parcel_of

NAME = "delivered.json"
_MOST_BYTES = 2_000_000
_BODY = ("film", "peak_vram_bytes", "cost", "warnings")


class _Noted(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True, allow_inf_nan=False)


class Item(_Noted):
    """A file that lay in the bucket."""

    role: str = Field(pattern=r"^[a-z]{1,20}$")
    name: str = Field(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9_.-]*(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)?$", max_length=200)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    bytes: int = Field(ge=0)
    duration_seconds: float | None = None


class Film(_Noted):
    """What the answer told of the film."""

    title: str | None = None
    frames: int | None = None
    fps: str | None = None
    seconds: float | None = None
    width_px: int | None = None
    height_px: int | None = None
    missing: list[str] | None = None


class Delivered(_Noted):
    """The note: of an answer, what lasts longer than its links."""

    format: Literal["cinema-delivered/1"]
    made_of: str = Field(default="", max_length=200)
    """The print of what the film was made of: under one id, another input makes another film."""
    outputs: tuple[Item, ...] = Field(max_length=5_000)
    film: Film
    peak_vram_bytes: int = 0
    cost: dict[str, float | None] = Field(default_factory=dict[str, "float | None"])
    warnings: tuple[str, ...] = ()


def note(depot: Bucket, folder: JobFolder, made_of: str, answer: dict[str, Any], cancel: threading.Event) -> list[str]:
    """Put the note beside what was handed over, with what was handed over of this film before; gives warnings."""
    items = {item.name: item for item in (Item.model_validate(output) for output in answer["outputs"])}
    try:
        before = read(depot, cancel)
    except Refused:
        before = None
    if before is not None and before.made_of == made_of:
        items = {item.name: item for item in before.outputs} | items
    told = {"format": "cinema-delivered/1", "made_of": made_of, "outputs": [item.model_dump() for item in items.values()]}
    path = folder.path / NAME
    try:
        write_json(path, {**told, **{key: answer[key] for key in _BODY}})
        depot.put(parcel_of(path, "note", NAME), cancel)
    except (Refused, OutOfDiskError, OSError):
        return ["The storage did not take the note of what lies there; only this worker can hand the film over again."]
    return []


def read(depot: Bucket, cancel: threading.Event) -> Delivered | None:
    """The note in the bucket; None where there is none that can be read. Raises Refused where the bucket cannot be asked."""
    data = depot.read(NAME, _MOST_BYTES, cancel)
    try:
        return None if data is None else Delivered.model_validate_json(data)
    except ValueError:
        return None


def links(depot: Bucket, noted: Delivered, wanted: Sequence[str], cancel: threading.Event) -> dict[str, Any]:
    """The answer's body for what still lies in the bucket, with fresh links. Raises Refused where it cannot be asked."""
    outputs: list[dict[str, Any]] = []
    for item in noted.outputs:
        if item.role in wanted and not cancel.is_set():
            where = depot.find(item.name, item.sha256, item.bytes, cancel)
            outputs += [] if where is None else [{"role": item.role, "name": item.name, **where, **item.model_dump()}]
    gone = [role for role in dict.fromkeys(wanted) if not any(output["role"] == role for output in outputs)]
    warnings = [*noted.warnings, *depot.remarks]
    if gone:
        warnings.append(
            f"{', '.join(gone)} cannot be handed over: not in the storage, and the worker that made the film is gone."
        )
    body = noted.model_dump(mode="json", include=set(_BODY))
    return {**body, "outputs": outputs, "report": None, "timings": {}, "warnings": warnings}
