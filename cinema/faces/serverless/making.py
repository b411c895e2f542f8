"""One film, from its job to its answer: read, priced, made by a child, handed over, noted."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

from cinema.errors import OutOfDiskError
from cinema.faces.serverless import downloads
from cinema.faces.serverless.aside import aside
from cinema.faces.serverless.deliver import Depot, Folder, depot_for, show_preview
from cinema.faces.serverless.estimate import check_limits, estimate, refused_with
from cinema.faces.serverless.faults import Refused
from cinema.faces.serverless.handover import Finished, hand_over
from cinema.faces.serverless.house import House, JobFolder
from cinema.faces.serverless.job import Job
from cinema.faces.serverless.keeper import Keeper
from cinema.faces.serverless.lease import lease
from cinema.faces.serverless.news import News
from cinema.faces.serverless.process import Outcome
from cinema.faces.serverless.redact import scrub
from cinema.faces.serverless.source import Source, lay, read_source


@dataclass(kw_only=True)
class Making:
    """A job that makes something, and what is known of it on the way."""

    job: Job
    house: House
    news: News
    keeper: Keeper
    fetch: downloads.StoppableFetch = downloads.fetch
    source: Source | None = None
    predicted_seconds: float | None = None
    warnings: list[str] = field(default_factory=list[str])
    timings: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def film_id(self) -> str:
        """The job whose folder the film lies in."""
        return self.job.input.film if self.job.input.action == "retake" and self.job.input.film else self.job.id

    @property
    def folder(self) -> JobFolder:
        return self.house.job(self.film_id)

    def print_(self) -> str:
        """Tells what is asked for from anything else: what is handed over, and where, does not belong to it."""
        given = self.job.input
        content: dict[str, Any] = {"action": given.action}
        if self.source is not None:
            content |= {"script": self.source.print_, "settings": given.wanted().model_dump(mode="json")}
        else:
            content |= {"shot": given.shot, "seed": given.seed, "prompt": given.prompt, "take": given.take}
        return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


async def make_film(making: Making) -> dict[str, Any]:
    """The answer's body. Raises Refused. A job that was done before is answered from its record; nothing is made.

    What is there of a job that ended halfway is not made again. The deadline is for everything until the film is there; a film
    that is there is handed over.
    """
    limit, began = making.job.input.deadline_seconds, time.monotonic()
    clock = asyncio.timeout(limit)
    try:
        async with clock:
            return await _answered(making, began, clock)
    except TimeoutError:
        if limit is None or not clock.expired():
            raise
        spent = round(time.monotonic() - began, 1)
        figures = {"deadline_seconds": limit, "spent_seconds": spent, "predicted_seconds": making.predicted_seconds}
        message = f"The film was not finished within {limit:g} s; the same job with a later deadline goes on where it ended."
        raise Refused(code="over_deadline", message=message, figures=figures) from None


async def _answered(making: Making, began: float, clock: asyncio.Timeout) -> dict[str, Any]:
    job, house = making.job, making.house
    if job.input.action == "render":
        making.source = await aside(lambda cancel: read_source(job.input, partial(making.fetch, cancel=cancel)))
        check_now(job)
    elif not (making.folder.film / ".cinema").is_dir():
        raise Refused(code="not_found", message="There is no film of that job here; send the retake to where it was made.")
    depot = await asyncio.to_thread(depot_for, job.input, job.id, house)
    making.folder.make()
    async with lease(making.folder.lease, wait_seconds=house.wait_seconds) as held:
        making.timings["waited_seconds"] = round(time.monotonic() - began, 3)
        record = making.folder.record(job.id)
        child_ran = record is None or record.get("print") != making.print_() or not making.folder.whole
        if child_ran:
            record = await _make(making, depot, held, clock)
        assert record is not None
        clock.reschedule(None)
        finished = Finished(
            folder=making.folder,
            record=record,
            made_by=job.id,
            outputs=job.input.outputs,
            house=house,
            news=making.news,
            timings=making.timings,
        )
        return await hand_over(finished, depot)


def check_now(job: Job) -> None:
    """What is cheap to refuse before anything is written: names of modes, deliveries and models."""
    from cinema.faces.serverless.estimate import check_names

    check_names(job.input.wanted())


async def _make(making: Making, depot: Depot, held: int, clock: asyncio.Timeout) -> dict[str, Any]:
    """Have the child make the film; gives the record of it.

    That is entered at once, before what is done with the child is settled and before the film is handed over: whoever comes
    again makes nothing, however this ends.
    """
    async with making.keeper.hire() as hire:
        order, ear = await _order(making), _Ear(making, depot)
        try:
            outcome = await hire.perform(order, making.folder, ear, lease=held)
        finally:
            await ear.end()
        if outcome.summary is None:
            raise refused_with(outcome.code, _with_line(outcome), outcome.pointer)
        record = _recorded(making, outcome, outcome.summary)
        making.folder.enter(making.job.id, record)
        clock.reschedule(None)
    return record


def _recorded(making: Making, outcome: Outcome, summary: Mapping[str, Any]) -> dict[str, Any]:
    making.timings["render_seconds"] = round(outcome.seconds, 3)
    making.timings["models_kept"], making.timings["models_loaded"] = list(outcome.models_kept), list(outcome.models_loaded)
    making.timings["first_news_seconds"] = round(outcome.first_news_seconds or 0.0, 3)
    told = [*outcome.warnings, *cast("list[str]", summary.get("warnings", [])), *making.warnings]
    missing = cast("list[str]", summary.get("missing", []))
    if missing:
        told.append(f"The film was finished without {len(missing)} of its parts: {', '.join(missing[:20])}.")
    return {
        "print": making.print_(),
        "finished_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "summary": {key: value for key, value in summary.items() if key not in ("film", "folder")},
        "warnings": [scrub(warning, roots=making.house.roots) for warning in dict.fromkeys(told)],
        "timings": making.timings,
    }


def _with_line(outcome: Outcome) -> str:
    return f"Line {outcome.line}: {outcome.message}" if outcome.line is not None else outcome.message


async def _order(making: Making) -> dict[str, Any]:
    """What the child is told; a film that would cost too much is refused here."""
    job, folder = making.job, making.folder
    common = {"out": str(folder.film), "preview": str(folder.preview)}
    if making.source is None:
        given = job.input
        seed = given.seed
        if seed is None and given.prompt is None and given.take is None:
            seed = int.from_bytes(sha256(job.id.encode()).digest()[:4], "big") % (2**31 - 1)
        return {**common, "action": "retake", "shot": given.shot, "seed": seed, "prompt": given.prompt, "take": given.take}
    making.news.tell(stage="plan")
    began = time.monotonic()
    path = await _lay(making.source, folder, making.fetch)
    settings = job.input.wanted()
    found = await asyncio.to_thread(estimate, path, settings)
    making.predicted_seconds = round(found.seconds, 1)
    making.warnings += check_limits(found, job.input)
    making.timings["plan_seconds"] = round(time.monotonic() - began, 3)
    making.news.tell(stage="plan", shots=len(found.plan.shots), seconds_left=round(found.seconds, 1))
    return {**common, "action": "render", "script": str(path), "settings": settings.model_dump(mode="json")}


async def _lay(source: Source, folder: JobFolder, fetch: downloads.StoppableFetch) -> Path:
    try:
        return await aside(lambda cancel: lay(source, folder.source, partial(fetch, cancel=cancel)))
    except OSError as exc:
        raise OutOfDiskError(f"The worker's folder of jobs cannot be written: {exc.strerror}.") from exc


class _Ear:
    """Hears the child: progress goes to the news, a new preview to the depot and then to the news."""

    def __init__(self, making: Making, depot: Depot) -> None:
        self._making = making
        self._depot = None if isinstance(depot, Folder) and making.house.volume is None else depot
        self._showing: asyncio.Task[None] | None = None

    def __call__(self, said: Mapping[str, Any]) -> None:
        if said["kind"] == "progress":
            self._making.news.tell(**{key: value for key, value in said.items() if key != "kind"})
        elif said["kind"] == "model":
            self._making.news.tell(model_loaded=said["model"])
        elif said["kind"] == "preview" and self._depot is not None and (self._showing is None or self._showing.done()):
            self._showing = asyncio.create_task(self._show(self._depot))

    async def end(self) -> None:
        """A preview that is on its way is let go of: the film, or its end, says more."""
        if self._showing is not None:
            self._showing.cancel()
            await asyncio.wait({self._showing})

    async def _show(self, depot: Depot) -> None:
        where = await aside(partial(show_preview, self._making.folder.preview, depot))
        if where:
            self._making.news.tell(preview=where.get("url") or where["path"])
