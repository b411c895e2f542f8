"""A finished film is handed over: its files go to the depot, and the answer is put together from its record and its report."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from cinema.faces.serverless.aside import aside
from cinema.faces.serverless.bucket import Bucket
from cinema.faces.serverless.deliver import Depot, Folder
from cinema.faces.serverless.house import House, JobFolder, read_json
from cinema.faces.serverless.manifest import note
from cinema.faces.serverless.news import News
from cinema.faces.serverless.parcels import Parcel, parcels
from cinema.faces.serverless.redact import scrub


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
    outputs = await _put_all(depot, found, finished.news)
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
        "warnings": [*cast("list[str]", record["warnings"]), *remarks, *depot.remarks],
    }
    if isinstance(depot, Bucket):
        answer["warnings"] += await aside(lambda cancel: note(depot, finished.folder, answer, cancel))
    return answer


async def _put_all(depot: Depot, found: tuple[Parcel, ...], news: News) -> list[dict[str, Any]]:
    """One after the other; a cancel ends the one that is on its way, so that no half of it stays in the bucket."""
    outputs: list[dict[str, Any]] = []
    for number, parcel in enumerate(found, 1):
        outputs.append(parcel.entry(await aside(partial(depot.put, parcel))))
        news.tell(stage="upload", fraction=round(number / len(found), 3))
    return outputs


def _clean(report: dict[str, Any], house: House) -> dict[str, Any]:
    """The report without the paths of this machine."""
    return cast("dict[str, Any]", json.loads(scrub(json.dumps(report, ensure_ascii=False), roots=house.roots)))
