# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# boto3 makes its clients at run time and types none of them.
"""Results as references: into an S3-compatible bucket with links that expire, or left on the network volume."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from pydantic import ValidationError

from cinema.errors import Cancelled, InputError
from cinema.faces.serverless.address import public_address
from cinema.faces.serverless.faults import Refused, refuse
from cinema.faces.serverless.house import House
from cinema.faces.serverless.job import JobIn, S3In

_PART_BYTES = 16 * 1024 * 1024
_TRIES = 6
_TYPES = {
    ".mp4": "video/mp4",
    ".srt": "application/x-subrip",
    ".vtt": "text/vtt",
    ".wav": "audio/wav",
    ".otio": "application/json",
    ".json": "application/json",
    ".pdf": "application/pdf",
    ".html": "text/html; charset=utf-8",
    ".jpg": "image/jpeg",
}
_FILES: Mapping[str, tuple[str, ...]] = {
    "film": ("film.mp4",),
    "captions": ("captions.srt", "captions.vtt"),
    "stems": ("stems/dialogue.wav", "stems/music.wav", "stems/effects.wav"),
    "otio": ("film.otio",),
    "edl": ("film.edl",),
    "storyboard": ("storyboard.pdf",),
    "report": ("report.json", "report.html"),
    "plan": ("plan.json",),
    "schedule": ("schedule.json",),
    "script": ("script.json",),
}
_LASTING = frozenset(("film", "stems", "captions"))


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """A file to be handed over."""

    role: str
    name: str
    path: Path
    sha256: str
    size_bytes: int
    duration_seconds: float | None

    def entry(self, where: Mapping[str, str]) -> dict[str, Any]:
        """How the answer tells of it."""
        facts = {"role": self.role, "name": self.name, **where, "sha256": self.sha256, "bytes": self.size_bytes}
        return {**facts, "duration_seconds": self.duration_seconds}


def parcels(film: Path, wanted: Sequence[str], seconds: float) -> tuple[Parcel, ...]:
    """The wanted files of the finished film in that folder; what the film does not have is left out."""
    names = [(role, name) for role in dict.fromkeys(wanted) for name in _FILES[role] if (film / name).is_file()]
    return tuple(_parcel(film / name, role, name, seconds if role in _LASTING else None) for role, name in names)


def _parcel(path: Path, role: str, name: str, seconds: float | None) -> Parcel:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    size_bytes = path.stat().st_size
    return Parcel(role=role, name=name, path=path, sha256=digest, size_bytes=size_bytes, duration_seconds=seconds)


class Depot(Protocol):
    """Where results go. `put` gives what the answer says of the place: {"url": …} or {"path": …}."""

    def put(self, parcel: Parcel, cancel: threading.Event) -> dict[str, str]: ...


class Folder:
    """The film stays where it was made; paths are given from `root`, the volume's, or whole where there is none."""

    def __init__(self, root: Path | None) -> None:
        self._root = root

    def put(self, parcel: Parcel, cancel: threading.Event) -> dict[str, str]:
        root = self._root
        inside = root is not None and parcel.path.is_relative_to(root)
        return {"path": parcel.path.relative_to(root).as_posix() if root and inside else str(parcel.path)}


class Bucket:
    """An S3-compatible bucket. A file that is there already, of that hash and size, is not sent again."""

    def __init__(self, facts: S3In, prefix: str, link_seconds: int) -> None:
        self._facts = facts
        self._prefix = "/".join(part for part in (facts.prefix, prefix) if part)
        self._link_seconds = link_seconds
        self._client: Any = _client(facts)

    def put(self, parcel: Parcel, cancel: threading.Event) -> dict[str, str]:
        """Raises Refused (storage) where the bucket does not take it, Cancelled."""
        from boto3.exceptions import Boto3Error
        from boto3.s3.transfer import TransferConfig
        from botocore.exceptions import BotoCoreError, ClientError

        key = f"{self._prefix}/{parcel.name}" if self._prefix else parcel.name
        kind = _TYPES.get(parcel.path.suffix, "application/octet-stream")

        def moved(_: int) -> None:
            if cancel.is_set():
                raise Cancelled

        try:
            if not self._has(key, parcel):
                extra = {"ContentType": kind, "Metadata": {"sha256": parcel.sha256}}
                config = TransferConfig(multipart_threshold=_PART_BYTES, multipart_chunksize=_PART_BYTES, max_concurrency=4)
                with parcel.path.open("rb") as file:  # opened here: a cancelled `upload_file` leaves its own file open
                    self._client.upload_fileobj(file, self._facts.bucket, key, ExtraArgs=extra, Callback=moved, Config=config)
                sent = int(self._client.head_object(Bucket=self._facts.bucket, Key=key)["ContentLength"])
                if sent != parcel.size_bytes:
                    raise Refused(code="storage", message=f"The storage holds {sent:,} bytes of {parcel.name}, not all of it.")
            place = {"Bucket": self._facts.bucket, "Key": key}
            url = self._client.generate_presigned_url("get_object", Params=place, ExpiresIn=self._link_seconds)
        except (BotoCoreError, ClientError, Boto3Error) as exc:
            raise Refused(code="storage", message=f"The storage did not take {parcel.name}: {_why(exc)}.") from exc
        return {"url": str(url), "key": key}

    def _has(self, key: str, parcel: Parcel) -> bool:
        from botocore.exceptions import ClientError

        try:
            head = self._client.head_object(Bucket=self._facts.bucket, Key=key)
        except ClientError as exc:
            if str(exc.response.get("Error", {}).get("Code")) in ("404", "NoSuchKey", "NotFound"):
                return False
            raise
        return int(head["ContentLength"]) == parcel.size_bytes and head.get("Metadata", {}).get("sha256") == parcel.sha256


def _client(facts: S3In) -> Any:
    from boto3.session import Session
    from botocore.config import Config

    config = Config(
        s3={"addressing_style": "path"},
        signature_version="s3v4",
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        retries={"max_attempts": _TRIES, "mode": "standard"},
        connect_timeout=10,
        read_timeout=60,
    )
    return Session().client(
        "s3",
        endpoint_url=facts.endpoint,
        aws_access_key_id=facts.access_id.get_secret_value(),
        aws_secret_access_key=facts.access_secret.get_secret_value(),
        region_name=facts.region,
        config=config,
    )


def _why(error: Exception) -> str:
    """The service's own code of an error, or its kind; never its text, which may hold addresses and keys."""
    response: Mapping[str, Any] = getattr(error, "response", {})
    code = response.get("Error", {}).get("Code")
    return str(code)[:60] if code else type(error).__name__


def bucket_of(house: House) -> S3In | None:
    """The bucket that the environment names (`BUCKET_ENDPOINT_URL`, `_ACCESS_KEY_ID`, `_SECRET_ACCESS_KEY`, `_NAME`).

    Raises InputError where it names one in part.
    """
    told = house.environment
    names = {
        "endpointUrl": "BUCKET_ENDPOINT_URL",
        "accessId": "BUCKET_ACCESS_KEY_ID",
        "accessSecret": "BUCKET_SECRET_ACCESS_KEY",
        "bucketName": "BUCKET_NAME",
    }
    given = {key: told[name] for key, name in names.items() if told.get(name)}
    if not given:
        return None
    more = {"region": told.get("BUCKET_REGION"), "prefix": told.get("BUCKET_PREFIX")}
    try:
        return S3In.model_validate({**given, **{key: value for key, value in more.items() if value}})
    except ValidationError as exc:
        wrong = sorted({names.get(str(one["loc"][0]), f"BUCKET_{str(one['loc'][0]).upper()}") for one in exc.errors()})
        raise InputError(f"The storage's variables are wrong or missing: {', '.join(wrong)}.") from None


def depot_for(job: JobIn, job_id: str, house: House) -> Depot:
    """Where this job's results go. Raises Refused where there is no such storage."""
    wish = job.storage
    prefix = "/".join(part for part in (wish.prefix, job_id) if part)
    if wish.kind in ("auto", "s3"):
        if job.s3_config is not None:
            try:
                public_address(job.s3_config.endpoint, private=house.private_addresses)
            except InputError as exc:
                raise refuse("/s3Config/endpointUrl", exc.message) from exc
            return Bucket(job.s3_config, prefix, wish.link_seconds)
        ours = bucket_of(house)
        if ours is not None:
            return Bucket(ours, prefix, wish.link_seconds)
        if wish.kind == "s3":
            raise refuse("/storage/kind", "This endpoint has no S3 storage; send s3Config, or use the volume.")
    on_volume = house.volume is not None and house.jobs.is_relative_to(house.volume)
    if not on_volume and (house.live or wish.kind == "volume"):
        raise refuse("/storage/kind", "This endpoint has no network volume for results; send s3Config.")
    return Folder(house.volume if on_volume else None)


def show_preview(path: Path, depot: Depot) -> dict[str, str]:
    """Where the preview can be seen; empty where it cannot be handed over."""
    try:
        parcel = replace(_parcel(path, "preview", path.name, None), role="preview")
        return depot.put(parcel, threading.Event())
    except (OSError, Refused):
        return {}
