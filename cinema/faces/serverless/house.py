"""Where jobs lie on this worker, and what its environment says."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cinema.errors import OutOfDiskError
from cinema.faces.serverless.wire import INTERNET, Network

VOLUME = Path("/runpod-volume")
_KEEP_HOURS = 72.0
_WAIT_SECONDS = 30.0


@dataclass(frozen=True, kw_only=True)
class House:
    """What the environment of a worker says, read once."""

    jobs: Path
    volume: Path | None
    """The network volume; what lies on it outlives the worker."""
    live: bool
    """Whether this is a worker of an endpoint, not somebody trying it out."""
    private_addresses: bool = False
    """Whether jobs may name addresses that are not public (storage and webhooks of one's own house)."""
    environment: Mapping[str, str]
    network: Network = INTERNET
    """How what jobs name is reached; only tests give another."""

    @classmethod
    def here(cls, environment: Mapping[str, str] | None = None, *, is_mount: Callable[[Path], bool] = os.path.ismount) -> House:
        """`CINEMA_JOBS` is the folder of all jobs; else one on the network volume (`CINEMA_VOLUME`), else a temporary one.

        Where RunPod mounts network volumes, a folder may also be there for an endpoint's model cache, which is mounted below
        it: only a mount is a volume there. A folder of another name is the owner's word.
        """
        told = os.environ if environment is None else environment
        volume = volume_of(told)
        found = volume if (volume != VOLUME or is_mount(volume)) and takes_jobs(volume) else None
        jobs = Path(told["CINEMA_JOBS"]) if told.get("CINEMA_JOBS") else None
        if jobs is None:
            jobs = found / "cinema" / "jobs" if found else Path(tempfile.gettempdir()) / "cinema-jobs"
        return cls(
            jobs=jobs.absolute(),
            volume=found,
            live=bool(told.get("RUNPOD_WEBHOOK_GET_JOB") or told.get("RUNPOD_ENDPOINT_ID")),
            private_addresses=told.get("CINEMA_PRIVATE_ADDRESSES") == "1",
            environment=dict(told),
        )

    @property
    def roots(self) -> tuple[str, ...]:
        """Folders whose paths no answer shows."""
        return (str(self.jobs), str(Path.cwd()), str(Path(__file__).resolve().parents[3]), tempfile.gettempdir())

    @property
    def wait_seconds(self) -> float:
        """How long a job waits for another that is at the same film (`CINEMA_WAIT_SECONDS`)."""
        return float(self.environment.get("CINEMA_WAIT_SECONDS") or _WAIT_SECONDS)

    def job(self, job_id: str) -> JobFolder:
        return JobFolder(self.jobs / job_id)

    def holding(self, job_id: str) -> JobFolder | None:
        """The folder of the film that the job made, or made a take for; None where it is not here."""
        if (self.jobs / job_id).is_dir():
            return self.job(job_id)
        retaken = next(self.jobs.glob(f"*/done/{job_id}.json"), None)
        return JobFolder(retaken.parents[1]) if retaken is not None else None

    def tidy(self) -> None:
        """Remove the folders of jobs that nobody touched for `CINEMA_KEEP_HOURS` (0: never); what fails is left."""
        try:
            hours = float(self.environment.get("CINEMA_KEEP_HOURS", "") or _KEEP_HOURS)
        except ValueError:
            hours = _KEEP_HOURS
        try:
            folders = list(self.jobs.iterdir()) if hours > 0 else []
        except OSError:
            return
        for folder in folders:
            lease = folder / "lease"
            try:
                old = time.time() - lease.stat().st_mtime > hours * 3600
            except OSError:
                continue
            if old:
                shutil.rmtree(folder, ignore_errors=True)


def takes_jobs(volume: Path) -> bool:
    """Whether jobs can lie on the volume. It may be root's: then it takes them in a `cinema/` that this user may write."""
    places = (volume / "cinema" / "jobs", volume / "cinema", volume)
    return volume.is_dir() and os.access(next(place for place in places if place.is_dir()), os.W_OK | os.X_OK)


def volume_of(environment: Mapping[str, str]) -> Path:
    """Where the network volume is, if there is one."""
    return Path(environment.get("CINEMA_VOLUME") or VOLUME).absolute()


class JobFolder:
    """What is kept of a job: its script, the film's folder, the latest news and the record of what was answered."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.film = path / "film"
        self.source = path / "source"
        self.edit = path / "edit"
        self.log = path / "child.log"
        self.lease = path / "lease"
        self.preview = path / "preview.jpg"
        self.news = path / "news.json"

    def make(self) -> None:
        try:
            self.source.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            raise OutOfDiskError(f"The worker's folder of jobs cannot be written: {exc.strerror}.") from exc

    @property
    def whole(self) -> bool:
        """Whether the film's own files are there."""
        return (self.film / "film.mp4").is_file() and (self.film / "report.json").is_file()

    def latest(self) -> tuple[str, dict[str, Any]] | None:
        """The job that made the film as it is now, with its record; None where none was finished."""
        for path in sorted((self.path / "done").glob("*.json")):
            record = self.record(path.stem)
            if record is not None:
                return path.stem, record
        return None

    def record(self, job_id: str) -> dict[str, Any] | None:
        """What was answered to that job; None where it was not finished."""
        return read_json(self.path / "done" / f"{job_id}.json")

    def enter(self, job_id: str, record: Mapping[str, Any]) -> None:
        """Note what was answered. Other jobs' records of this film are gone: their film was replaced."""
        for other in (self.path / "done").glob("*.json"):
            if other.stem != job_id:
                other.unlink(missing_ok=True)
        write_json(self.path / "done" / f"{job_id}.json", record)

    def sweep(self) -> None:
        """Remove what a stopped child left half written; what it had finished stays."""
        for left in (*self.film.glob(".cut-*"), *self.film.glob(".*.part"), *(self.film / ".cinema" / "work").glob("*")):
            shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink(missing_ok=True)
        for left in (*self.film.rglob(".*.part"), self.preview.with_name(f".{self.preview.name}.part")):
            left.unlink(missing_ok=True)


def read_json(path: Path) -> dict[str, Any] | None:
    """An object that we wrote; None where it is not there or not whole."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None  # pyright: ignore[reportUnknownVariableType]


def write_json(path: Path, document: Mapping[str, Any]) -> None:
    """Whole or not at all."""
    unfinished = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with unfinished.open("w", encoding="utf-8") as file:
            json.dump(document, file, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as exc:
        raise OutOfDiskError(f"The worker's folder of jobs cannot be written: {exc.strerror}.") from exc
