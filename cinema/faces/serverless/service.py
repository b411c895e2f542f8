"""The handler: a job comes in, its action is done, an answer goes out. Nothing but a cancel ever leaves as an exception."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, cast

from cinema import __version__
from cinema.errors import CinemaError, OutOfDiskError
from cinema.faces.serverless import answer as answers
from cinema.faces.serverless import downloads, memory
from cinema.faces.serverless.aside import aside
from cinema.faces.serverless.faults import Refused
from cinema.faces.serverless.house import House, read_json, write_json
from cinema.faces.serverless.job import Action, Job, is_job_id, read_job
from cinema.faces.serverless.keeper import Keeper
from cinema.faces.serverless.lease import is_held
from cinema.faces.serverless.news import EVERY_SECONDS, News, Send
from cinema.faces.serverless.redact import scrub, secrets_in, told
from cinema.faces.serverless.webhook import post

Act = Callable[[Job, News], Awaitable[dict[str, Any]]]
_MOST_SHOTS = 2_000


@dataclass(kw_only=True)
class Service:
    """What answers jobs. `send_for` gives the way that a job's progress takes."""

    house: House
    send_for: Callable[[Mapping[str, Any]], Send]
    every_seconds: float = EVERY_SECONDS
    fetch: downloads.StoppableFetch = downloads.fetch
    cards: Callable[[], int] = memory.cards_bytes
    began: float = field(default_factory=time.monotonic)
    keeper: Keeper = field(init=False)

    def __post_init__(self) -> None:
        self.keeper = Keeper(self.cards)

    def close(self) -> None:
        """End the child that waits for the next job; without this, that is left to the end of this process."""
        self.keeper.close()

    async def handle(self, job: dict[str, Any]) -> dict[str, Any]:
        """The SDK's handler. Cancelling it ends the film's child; any other end is an answer."""
        began = time.monotonic()
        job_id = str(job.get("id"))[:128] if isinstance(job, dict) else ""  # pyright: ignore[reportUnnecessaryIsInstance]
        secrets = self._secrets(job)
        news = News(self.send_for(job), every_seconds=self.every_seconds)
        read: Job | None = None
        try:
            read = await asyncio.to_thread(read_job, job, private=self.house.private_addresses)
            said = await self._actions()[read.input.action](read, news)
            said = answers.fit({"schema_version": answers.SCHEMA_VERSION, "job_id": read.id, **said})
        except Refused as exc:
            said = answers.refusal(scrub(job_id), exc, secrets)
        except CinemaError as exc:
            code = "disk" if isinstance(exc, OutOfDiskError) else "fault"
            said = answers.refusal(scrub(job_id), Refused(code=code, message=told(exc)), secrets)
        except Exception as exc:
            log(f"fault: {told(exc)}")
            message = f"This is a fault of ours ({told(exc)}); please report it with these words."
            said = answers.refusal(scrub(job_id), Refused(code="fault", message=message), secrets)
        finally:
            await news.drain()
        if await self.keeper.is_worn_out():
            said["refresh_worker"] = True
            said.setdefault("warnings", []).append("The memory of this worker did not come back; it is started anew.")
        if "timings" in said:
            said["timings"]["total_seconds"] = round(time.monotonic() - began, 3)
        said = await self._tell_webhook(said, read)
        if read is not None and not self.house.live:
            await asyncio.to_thread(self._keep, read, said)
        return said

    def _keep(self, job: Job, said: Mapping[str, Any]) -> None:
        """For somebody who tries it out: the SDK prints only the beginning of a test job's answer."""
        path = self.house.job(job.id).path / "answer.json"
        if path.parent.is_dir():
            try:
                write_json(path, said)
            except OutOfDiskError as exc:  # the answer itself is whole
                log(told(exc))
                return
            print(f"cinema: the whole answer is in {path}", file=sys.stderr, flush=True)  # at home paths are no secret

    def _actions(self) -> dict[Action, Act]:
        return {
            "render": self.render,
            "retake": self.render,
            "deliver": self.deliver,
            "plan": self.plan,
            "status": self.status,
            "models": self.models,
            "health": self.health,
        }

    # -- actions -----------------------------------------------------------------------------------------------

    async def render(self, job: Job, news: News) -> dict[str, Any]:
        """Make a film, or one of its shots anew, and hand it over."""
        from cinema.faces.serverless.making import Making, make_film

        made = await make_film(Making(job=job, house=self.house, news=news, keeper=self.keeper, fetch=self.fetch))
        await asyncio.to_thread(self.house.tidy)
        return made

    async def deliver(self, job: Job, news: News) -> dict[str, Any]:
        """Hand over a film of an earlier job once more. Makes nothing."""
        from cinema.faces.serverless.again import deliver_again

        return await deliver_again(job, self.house, news)

    async def plan(self, job: Job, news: News) -> dict[str, Any]:
        """What the film would be and cost. Makes nothing."""
        return await aside(lambda cancel: self._plan(job, cancel))

    def _plan(self, job: Job, cancel: threading.Event) -> dict[str, Any]:
        from cinema.faces.serverless.estimate import check_limits, estimate
        from cinema.faces.serverless.source import lay, read_source

        fetch = partial(self.fetch, cancel=cancel)
        source = read_source(job.input, fetch)
        with tempfile.TemporaryDirectory(prefix="cinema-plan-") as folder:
            found = estimate(lay(source, Path(folder), fetch), job.input.wanted())
        warnings = [*check_limits(found, job.input), *found.plan.warnings]
        shots = [
            {
                "id": shot.id,
                "scene": shot.scene,
                "framing": shot.framing,
                "seconds": float(shot.length_frames / found.plan.fps),
                "action": shot.action[:200],
            }
            for shot in found.plan.shots[:_MOST_SHOTS]
        ]
        batches = [
            {"model": batch.model, "device": batch.device, "tasks": len(batch.keys), "seconds": batch.prediction.seconds}
            for batch in found.schedule.batches
        ]
        return {
            "plan": {"title": found.plan.title, "mode": found.schedule.mode, **found.figures(), "batches": batches},
            "shots": shots,
            "notes": [scrub(note) for note in found.notes],
            "warnings": [scrub(note) for note in warnings],
        }

    async def status(self, job: Job, news: News) -> dict[str, Any]:
        """How far another job came, by what its folder on the volume says."""
        assert job.input.film is not None
        folder = self.house.holding(job.input.film)
        if folder is None:
            raise Refused(
                code="not_found", message="There is no job of that id here; its folder lay on another worker, or was tidied."
            )
        told = {"film": job.input.film, "progress": read_json(folder.news)}
        if is_held(folder.lease):
            return {**told, "state": "running"}
        done = folder.latest()
        if done is None:
            return {**told, "state": "interrupted"}
        made_by, record = done
        return {**told, "state": "done", "finished_at": record.get("finished_at"), "made_by": made_by}

    async def models(self, job: Job, news: News) -> dict[str, Any]:
        """The catalogue, and which of its weights are here."""
        return await asyncio.to_thread(_models)

    async def health(self, job: Job, news: News) -> dict[str, Any]:
        """What `cinema doctor` finds."""
        checks = await asyncio.to_thread(_health)
        return {
            "ok": all(check["ok"] for check in checks),
            "version": __version__,
            "seconds_up": round(time.monotonic() - self.began, 1),
            "checks": checks,
        }

    # -- around them -------------------------------------------------------------------------------------------

    async def _tell_webhook(self, said: dict[str, Any], job: Job | None) -> dict[str, Any]:
        if job is None or job.input.webhook is None:
            return said
        secret = self.house.environment.get("CINEMA_WEBHOOK_SECRET", "")
        known = {key: value for key, value in said.items() if key not in ("error", "refresh_worker")}
        reach: dict[str, Any] = {"private": self.house.private_addresses, "network": self.house.network}
        failed = await asyncio.to_thread(post, job.input.webhook, known, secret=secret, **reach)
        if failed:
            said["warnings"] = [*cast("list[str]", said.get("warnings", [])), failed]
        return said

    def _secrets(self, job: object) -> tuple[str, ...]:
        """What must not be in an answer: this worker's own secrets, and those that the job brought."""
        found = list(secrets_in(self.house.environment))
        document: dict[str, Any] = cast("dict[str, Any]", job) if isinstance(job, dict) else {}
        beside = document.get("input")
        for place in (document, cast("dict[str, Any]", beside) if isinstance(beside, dict) else {}):
            config = place.get("s3Config")
            if isinstance(config, dict):
                values = [cast("dict[str, Any]", config).get(key) for key in ("accessId", "accessSecret", "sessionToken")]
                found += [value for value in values if isinstance(value, str) and len(value) > 3]
        return tuple(found)


def log(message: str) -> None:
    """A line for the endpoint's log, without anything of the machine or a secret in it."""
    print(f"cinema: {scrub(message)}", file=sys.stderr, flush=True)


def _models() -> dict[str, Any]:
    from cinema.catalog import Catalog
    from cinema.settings import Settings
    from cinema.weights import shelf_for

    catalog = Catalog().with_shelf(shelf_for(Settings.load()))
    listed = [
        {
            "id": one.id,
            "name": one.name,
            "roles": list(one.roles),
            "licence": one.licence.name,
            "commercial": one.licence.commercial,
            "needs_gpu": one.needs_gpu,
            "here": not one.sources or catalog.held(one.id) is not None,
        }
        for one in catalog.manifests.values()
    ]
    return {"models": listed, "modes": ["auto", *catalog.names("modes")], "deliveries": list(catalog.names("delivery"))}


def _health() -> list[dict[str, Any]]:
    from cinema.doctor import examine

    return [
        {"name": check.name, "ok": check.ok, "found": scrub(check.found), "remedy": scrub(check.remedy)} for check in examine()
    ]


def keep_news(house: House, job: Mapping[str, Any], send: Send) -> Send:
    """`send`, with the news noted in the film's folder too, with the job whose they are, for the action status."""

    async def keep(news: Mapping[str, Any]) -> None:
        await asyncio.to_thread(_note, house, job, news)
        await send(news)

    return keep


def _note(house: House, job: Mapping[str, Any], news: Mapping[str, Any]) -> None:
    name, given = job.get("id"), job.get("input")
    document = cast("dict[str, Any]", given) if isinstance(given, dict) else {}
    film = document.get("film") if document.get("action") in ("retake", "deliver") else name
    folder = house.holding(film) if is_job_id(film) else None
    if folder is not None and is_job_id(name):
        with contextlib.suppress(OutOfDiskError):  # a note is a courtesy: on a full disk the news are sent all the same
            write_json(folder.news, {**news, "job": name, "at": time.time()})
