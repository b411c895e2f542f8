# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# The SDK types little of what it gives.
"""From the start of the process to the first job: what is refused at once, what is checked, and what is read ahead."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from cinema.errors import CinemaError, InputError
from cinema.faces.serverless.deliver import bucket_of
from cinema.faces.serverless.house import House, volume_of
from cinema.faces.serverless.news import Send
from cinema.faces.serverless.places import name_places
from cinema.faces.serverless.redact import scrub, told
from cinema.faces.serverless.service import Service, keep_news, log

_IMPORTS = threading.Lock()
"""Held while the warm-up or the check imports: PyAV's modules import each other in a circle, and two threads that enter it
from different sides stop each other ("deadlock detected by _ModuleLock('av.audio.format')", seen in one start of five)."""
_ESSENTIAL = frozenset({"python", "numpy", "av", "soundfile", "encoder", "voice", "catalog", "device", "disk"})


def prepare() -> dict[str, Any]:
    """What `runpod.serverless.start` wants. Ends the process, with the reason, where films could not be handed over."""
    name_places(volume_of(os.environ))
    import cinema.media  # PyAV whole, 0.05 s, before there are threads: see _IMPORTS

    _ = cinema.media
    house = House.here()
    reason = why_not(house)
    if reason:
        _leave(reason)
    _quieten()
    _register_check()
    service = Service(house=house, send_for=lambda job: keep_news(house, job, _sender(job)))
    threading.Thread(target=_warm, args=(house,), daemon=True, name="warm-up").start()
    log(f"ready {_alive_seconds():.2f} s after the process began")
    return {"handler": service.handle}


def why_not(house: House) -> str:
    """Why this worker cannot take jobs; empty where it can."""
    try:
        bucket = bucket_of(house)
    except InputError as exc:
        return exc.message
    brought = house.environment.get("CINEMA_STORAGE") == "job"
    if house.live and bucket is None and house.volume is None and not brought:
        return (
            "This endpoint has no place for its films: set BUCKET_ENDPOINT_URL, BUCKET_ACCESS_KEY_ID, BUCKET_SECRET_ACCESS_KEY "
            "and BUCKET_NAME, attach a network volume, or set CINEMA_STORAGE=job where every job brings its s3Config."
            f"{_how_to_own(volume_of(house.environment))}"
        )
    try:
        house.jobs.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        return f"The folder of jobs cannot be made ({exc.strerror}); set CINEMA_JOBS to one that can."
    return ""


def _how_to_own(volume: Path) -> str:
    """For an owner who did attach a volume: it is root's at first, and the worker is not."""
    if not volume.is_dir():
        return ""
    owner = f"{os.getuid()}:{os.getgid()}"
    return (
        " If one is attached, the worker's user may not write it: from a pod that mounts it, `mkdir -p cinema && "
        f"chown {owner} cinema` at its root."
    )


def _leave(reason: str) -> NoReturn:
    log(f"this worker does not start. {reason}")
    sys.exit(2)


def _quieten() -> None:
    """At INFO the SDK does not log whole jobs, with their keys, as it does at its default level, DEBUG (1.12, rp_local.py)."""
    from runpod.serverless.modules.rp_logger import RunPodLogger

    if RunPodLogger.level in ("DEBUG", "NOTSET") and os.environ.get("CINEMA_SDK_DEBUG") != "1":
        RunPodLogger.level = "INFO"


def _register_check() -> None:
    import runpod

    runpod.serverless.register_fitness_check(doctor)


def doctor() -> None:
    """The SDK's fitness check: raises RuntimeError, which ends a live worker, where films cannot be made here at all."""
    from cinema.doctor import examine

    with _IMPORTS:
        checks = examine()
    ill = [check for check in checks if not check.ok and check.name in _ESSENTIAL]
    if ill:
        reason = "; ".join(f"{check.name}: {check.found}. {check.remedy}" for check in ill)
        raise RuntimeError(scrub(reason))  # the SDK writes it to the log, and sends it to the platform


def _sender(job: Mapping[str, Any]) -> Send:
    """To the platform where there is one, else to the log."""
    if not os.environ.get("RUNPOD_WEBHOOK_POST_OUTPUT"):

        async def say(news: Mapping[str, Any]) -> None:
            log(f"progress {json.dumps(dict(news))}")

        return say

    async def send(news: Mapping[str, Any]) -> None:
        from runpod.http_client import AsyncClientSession
        from runpod.serverless.modules.rp_http import send_result

        async with AsyncClientSession() as session:
            await send_result(session, {"status": "IN_PROGRESS", "output": dict(news)}, dict(job))

    return send


def _warm(house: House) -> None:
    """While the first job comes in: import what plans a film, find the weights of the endpoint's model cache, and have the
    system read the usual models' weights ahead. A job that comes before waits for what it needs of that by itself.
    """
    try:
        with _IMPORTS:
            from cinema import film
            from cinema.catalog import Catalog
            from cinema.settings import Settings
            from cinema.studio import equip
            from cinema.weights import WeightsShelf, shelf_for

            _ = film
        settings = Settings.load()
        shelf = shelf_for(settings)
        _ = Catalog().with_shelf(shelf).manifests
        for line in shelf.news():
            log(line)
        house.tidy()
        studio = equip(settings, language="en", only_plan=True)
        if not isinstance(studio.catalog.shelf, WeightsShelf):
            return
        for model in studio.choice.values():
            held = studio.catalog.held(model.id)
            if held is not None:
                _read_ahead(held.path)
    except (CinemaError, OSError):
        return  # the first job says it, to somebody who can act on it
    except Exception as exc:  # a thread's own words would be a traceback with paths in them
        log(f"the warm-up failed: {told(exc)}")


def _read_ahead(folder: Path) -> None:
    for path in sorted(folder.rglob("*.safetensors")):
        with path.open("rb") as file:
            if hasattr(os, "posix_fadvise"):
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_WILLNEED)


def _alive_seconds() -> float:
    """Since this process began, by the system's own clock; since the interpreter began where that is not told."""
    try:
        started = int(Path("/proc/self/stat").read_text(encoding="ascii").rpartition(")")[2].split()[19])
        uptime = float(Path("/proc/uptime").read_text(encoding="ascii").split()[0])
        return uptime - started / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return time.process_time()
