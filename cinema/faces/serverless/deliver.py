"""Results as references: into an S3-compatible bucket with links that expire, or left on the network volume."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from pydantic import ValidationError

from cinema.errors import InputError
from cinema.faces.serverless import addresses
from cinema.faces.serverless.addresses import parse_address
from cinema.faces.serverless.bucket import Bucket
from cinema.faces.serverless.carrier import Carrier
from cinema.faces.serverless.faults import refuse
from cinema.faces.serverless.house import House
from cinema.faces.serverless.job import JobIn, S3In
from cinema.faces.serverless.parcels import Parcel, parcel_of

__all__ = ["Bucket", "Depot", "Folder", "bucket_of", "depot_for", "show_preview"]


class Depot(Protocol):
    """Where results go. `put` gives what the answer says of the place: {"url": …} or {"path": …}."""

    @property
    def remarks(self) -> tuple[str, ...]: ...

    def put(self, parcel: Parcel, cancel: threading.Event) -> dict[str, str]: ...


class Folder:
    """The film stays where it was made; paths are given from `root`, the volume's, or whole where there is none."""

    def __init__(self, root: Path | None) -> None:
        self._root = root

    @property
    def remarks(self) -> tuple[str, ...]:
        return ()

    def put(self, parcel: Parcel, cancel: threading.Event) -> dict[str, str]:
        root = self._root
        inside = root is not None and parcel.path.is_relative_to(root)
        return {"path": parcel.path.relative_to(root).as_posix() if root and inside else str(parcel.path)}


def bucket_of(house: House) -> S3In | None:
    """The bucket that the environment names (`BUCKET_ENDPOINT_URL`, `_ACCESS_KEY_ID`, `_SECRET_ACCESS_KEY`, `_NAME`,
    and `_REGION`, `_PREFIX`, `_SESSION_TOKEN`, `_SESSION_ENDS`). It is the owner's, so its address may be one of the house.

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
    more = {
        "region": "BUCKET_REGION",
        "prefix": "BUCKET_PREFIX",
        "sessionToken": "BUCKET_SESSION_TOKEN",
        "sessionEnds": "BUCKET_SESSION_ENDS",
    }
    given |= {key: told[name] for key, name in more.items() if told.get(name)}
    names |= more
    try:
        return S3In.model_validate(given, context={"private": True})
    except ValidationError as exc:
        wrong = sorted({names.get(str(one["loc"][0]), f"BUCKET_{str(one['loc'][0]).upper()}") for one in exc.errors()})
        raise InputError(f"The storage's variables are wrong or missing: {', '.join(wrong)}.") from None


def depot_for(job: JobIn, job_id: str, house: House) -> Depot:
    """Where this job's results go. Raises Refused where there is no such storage."""
    wish = job.storage
    prefix = "/".join(part for part in (wish.prefix, job_id) if part)
    if wish.kind in ("auto", "s3"):
        if job.s3_config is not None:
            return Bucket(job.s3_config, prefix, wish.link_seconds, _way_to(job.s3_config, house))
        ours = bucket_of(house)
        if ours is not None:
            return Bucket(ours, prefix, wish.link_seconds)
        if wish.kind == "s3":
            raise refuse("/storage/kind", "This endpoint has no S3 storage; send s3Config, or use the volume.")
    on_volume = house.volume is not None and house.jobs.is_relative_to(house.volume)
    if not on_volume and (house.live or wish.kind == "volume"):
        raise refuse("/storage/kind", "This endpoint has no network volume for results; send s3Config.")
    return Folder(house.volume if on_volume else None)


def _way_to(facts: S3In, house: House) -> Carrier:
    """To the storage that a job brought. Raises Refused where it leads inside, or its credentials have ended."""
    private = house.private_addresses
    try:
        carrier = Carrier(address=parse_address(facts.endpoint, private=private), network=house.network, private=private)
        carrier.check()
    except addresses.Refused as exc:
        raise refuse("/s3Config/endpointUrl", f"The storage {exc}.") from exc
    if facts.session_ends is not None and facts.session_ends <= datetime.now(UTC):
        raise refuse("/s3Config/sessionEnds", "These temporary credentials have ended; send fresh ones.")
    return carrier


def show_preview(path: Path, depot: Depot, cancel: threading.Event) -> dict[str, str]:
    """Where the preview can be seen; empty where it cannot be handed over."""
    try:
        return depot.put(parcel_of(path, "preview", path.name), cancel)
    except Exception:  # the film does not wait for one that fails
        return {}
