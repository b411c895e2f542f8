"""A finished film is handed over: its files go to the depot, and the answer is put together from its record and its report."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from cinema.faces.serverless.answer import size_bytes
from cinema.faces.serverless.aside import aside
from cinema.faces.serverless.bucket import Bucket
from cinema.faces.serverless.deliver import Depot, Folder
from cinema.faces.serverless.house import House, JobFolder, read_json
from cinema.faces.serverless.manifest import note
from cinema.faces.serverless.news import News
from cinema.faces.serverless.parcels import Parcel, parcels
from cinema.faces.serverless.redact import scrub

_AT_ONCE = 4
_SMALL_BYTES = 16_000_000
_OUTPUTS_BYTES = 6_000_000
"""Of the 8 MB of an answer: links that carry a session's token have up to 5 kB each."""


@dataclass(frozen=True, kw_only=True)
class Finished:
    """A film that is there, its record, and what a job wants of it."""

    folder: JobFolder
    record: Mapping[str, Any]
    made_by: str
    """The job whose record that is."""
    outputs: Sequence[str]
    house: House
    news: News
    timings: Mapping[str, Any]


async def hand_over(finished: Finished, depot: Depot) -> dict[str, Any]:
    """Send the files where they go; gives the answer's body. Raises Refused (storage)."""
    finished.news.tell(stage="upload", fraction=0.0, seconds_left=None)
    began = time.monotonic()
    film, record = finished.folder.film, finished.record
    summary = cast("dict[str, Any]", record["summary"])
    stays = isinstance(depot, Folder)
    found, remarks = await aside(lambda _: parcels(finished.folder, finished.outputs, float(summary["seconds"]), stays=stays))
    outputs, unlisted = listed(await _put_all(depot, found, finished.news))
    report = read_json(film / "report.json") or {}
    cost = cast("dict[str, Any]", report.get("cost", {}))
    devices = cast("list[dict[str, Any]]", report.get("devices", []))
    on_card = any(str(device.get("name", "")).startswith("cuda") for device in devices)
    answer: dict[str, Any] = {
        "made_by": finished.made_by,
        "outputs": outputs,
        "film": {key: summary.get(key) for key in ("title", "frames", "fps", "seconds", "width_px", "height_px", "missing")},
        "report": _clean(report, finished.house),
        "timings": {
            **cast("dict[str, Any]", record["timings"]),
            **finished.timings,
            "deliver_seconds": round(time.monotonic() - began, 3),
            "stage_seconds": summary.get("stage_seconds", {}),
        },
        "peak_vram_bytes": int(cost.get("peak_device_bytes") or 0) if on_card else 0,
        "cost": {key: cost.get(key) for key in ("usd", "price_per_hour_usd", "wall_seconds")},
        "warnings": [*cast("list[str]", record["warnings"]), *remarks, *unlisted, *depot.remarks],
    }
    if isinstance(depot, Bucket):
        answer["warnings"] += await aside(partial(_note, depot, finished, answer))
    return answer


async def _put_all(depot: Depot, found: Sequence[Parcel], news: News) -> list[dict[str, Any]]:
    """Large files one after the other (each goes in parts, several at once), small ones some at a time.

    A cancel, or a file that is not taken, ends what is on its way, so that no half of it stays in the bucket.
    """
    where: dict[str, Mapping[str, str]] = {}
    gate = asyncio.Semaphore(_AT_ONCE)

    async def send(parcel: Parcel) -> None:
        async with gate:
            where[parcel.name] = await aside(partial(depot.put, parcel))
        news.tell(stage="upload", fraction=round(len(where) / len(found), 3))

    for parcel in found:
        if parcel.size_bytes > _SMALL_BYTES:
            await send(parcel)
    sending = [asyncio.create_task(send(parcel)) for parcel in found if parcel.size_bytes <= _SMALL_BYTES]
    try:
        await asyncio.gather(*sending)
    finally:
        for task in sending:
            task.cancel()
        await asyncio.gather(*sending, return_exceptions=True)
    return [parcel.entry(where[parcel.name]) for parcel in found]


def _note(depot: Bucket, finished: Finished, answer: dict[str, Any], cancel: threading.Event) -> list[str]:
    return note(depot, finished.folder, str(finished.record["print"]), answer, cancel)


def listed(outputs: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[str]]:
    """What the answer has room for, and what is to be said of the rest: of an answer, the outputs are never cut but here."""
    if size_bytes({"outputs": outputs}) <= _OUTPUTS_BYTES:
        return outputs, []
    kept = [output for output in outputs if output["role"] != "clips"]
    return kept, ["The links of the clips are longer than an answer holds; they are in the storage, beside the edit."]


def _clean(report: dict[str, Any], house: House) -> dict[str, Any]:
    """The report without the paths of this machine."""
    return cast("dict[str, Any]", json.loads(scrub(json.dumps(report, ensure_ascii=False), roots=house.roots)))
