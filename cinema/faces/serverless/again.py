"""A film that was made by an earlier job is handed over once more: fresh links, other files of it, another storage."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import Any

from cinema.faces.serverless import manifest
from cinema.faces.serverless.aside import aside
from cinema.faces.serverless.bucket import Bucket
from cinema.faces.serverless.deliver import depot_for
from cinema.faces.serverless.faults import Refused
from cinema.faces.serverless.handover import Finished, hand_over, listed
from cinema.faces.serverless.house import House
from cinema.faces.serverless.job import Job
from cinema.faces.serverless.lease import lease
from cinema.faces.serverless.news import News


async def deliver_again(job: Job, house: House, news: News) -> dict[str, Any]:
    """The answer's body, as the job's that made the film. Makes nothing, and changes nothing of the film.

    From the film's folder where it is here and whole; else from what was noted in the storage. Files keep their names, so what
    is in the storage already is not sent again. Raises Refused: `not_found`, `interrupted` (begun, not finished), `running`.
    """
    given, began = job.input, time.monotonic()
    assert given.film is not None
    folder = house.holding(given.film)
    if folder is None:
        return await _from_storage(job, house)
    async with lease(folder.lease, wait_seconds=house.wait_seconds):
        done = folder.latest()
        if done is None or not folder.whole:
            return await _finished_elsewhere(job, house)
        made_by, record = done
        depot = await asyncio.to_thread(depot_for, given, made_by, house)
        timings = {"waited_seconds": round(time.monotonic() - began, 3)}
        finished = Finished(
            folder=folder, record=record, made_by=made_by, outputs=given.outputs, house=house, news=news, timings=timings
        )
        return await hand_over(finished, depot)


async def _finished_elsewhere(job: Job, house: House) -> dict[str, Any]:
    """A film that was only begun here: another worker may have finished it."""
    try:
        return await _from_storage(job, house)
    except Refused as exc:
        if exc.code != "not_found":
            raise
        raise Refused(
            code="interrupted",
            message="The film of that job was begun and is not finished; have that job tried again to go on with it.",
        ) from exc


async def _from_storage(job: Job, house: House) -> dict[str, Any]:
    """What lies in the bucket of a film whose folder is not here."""
    given = job.input
    film = str(given.film)
    gone = Refused(
        code="not_found",
        message="There is no film of that job here: its folder lay on another worker or was tidied, or the id is wrong.",
    )
    try:
        depot = await asyncio.to_thread(depot_for, given, film, house)
    except Refused as exc:
        raise (gone if any(fault.pointer == "/storage/kind" for fault in exc.faults) else exc) from exc
    if not isinstance(depot, Bucket):
        raise gone
    noted = await aside(partial(manifest.read, depot))
    if noted is None:
        raise gone
    body = await aside(partial(manifest.links, depot, noted, given.outputs))
    outputs, unlisted = listed(body["outputs"])
    return {"made_by": film, **body, "outputs": outputs, "warnings": [*body["warnings"], *unlisted]}
