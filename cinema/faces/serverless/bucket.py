# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# boto3 makes its clients at run time and types none of them.
"""An S3-compatible bucket: files by parts, tried again, and links that say when they end."""

from __future__ import annotations

import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cinema import __version__
from cinema.errors import Cancelled
from cinema.faces.serverless import addresses
from cinema.faces.serverless.carrier import Carrier, bare_session
from cinema.faces.serverless.faults import Refused
from cinema.faces.serverless.job import S3In
from cinema.faces.serverless.parcels import Parcel

_PART_BYTES = 16 * 1024 * 1024
_TRIES = 6
_GONE = ("404", "NoSuchKey", "NotFound")
_HIDDEN = ("403", "AccessDenied", "Forbidden")
"""What S3 says of a key that is not there, to credentials that may not list the bucket: the upload shows what they may."""
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


class Bucket:
    """A file that is there already, of that hash and size, is not sent again.

    `carrier` is the way to a storage that a job named; without one, it is the endpoint's own, which boto3 reaches as the
    worker's environment says (proxies among it).
    """

    def __init__(self, facts: S3In, prefix: str, link_seconds: int, carrier: Carrier | None = None) -> None:
        self._facts = facts
        self._prefix = "/".join(part for part in (facts.prefix, prefix) if part)
        self._link_seconds = link_seconds
        with _told("cannot be spoken to"):
            self._client: Any = _client(facts, carrier)
        self._until = carrier.until if carrier is not None else nullcontext

    def put(self, parcel: Parcel, cancel: threading.Event) -> dict[str, str]:
        """Raises Refused (storage) where the bucket does not take it, Cancelled; then no part of it is left there."""
        from boto3.s3.transfer import TransferConfig

        key = self._key(parcel.name)
        kind = _TYPES.get(parcel.path.suffix, "application/octet-stream")

        def moved(_: int) -> None:
            if cancel.is_set():
                raise Cancelled

        with self._until(cancel), _told(f"did not take {parcel.name}"):
            if not self._has(key, parcel.sha256, parcel.size_bytes, unless=(*_GONE, *_HIDDEN)):
                extra = {"ContentType": kind, "Metadata": {"sha256": parcel.sha256}}
                config = TransferConfig(multipart_threshold=_PART_BYTES, multipart_chunksize=_PART_BYTES, max_concurrency=4)
                with parcel.path.open("rb") as file:  # opened here: a cancelled `upload_file` leaves its own file open
                    self._client.upload_fileobj(file, self._facts.bucket, key, ExtraArgs=extra, Callback=moved, Config=config)
                sent = _size_bytes(self._client.head_object(Bucket=self._facts.bucket, Key=key))
                if sent != parcel.size_bytes:
                    raise Refused(code="storage", message=f"The storage holds {sent:,} bytes of {parcel.name}, not all of it.")
            return self.link(parcel.name)

    def find(self, name: str, sha256: str, size_bytes: int, cancel: threading.Event) -> dict[str, str] | None:
        """A fresh link to a file that was put there; None where it is there no more, or is another."""
        with self._until(cancel), _told(f"does not tell of {name}"):
            return self.link(name) if self._has(self._key(name), sha256, size_bytes) else None

    def read(self, name: str, most_bytes: int, cancel: threading.Event) -> bytes | None:
        """A small file; None where it is not there, or is larger."""
        from botocore.exceptions import ClientError

        with self._until(cancel), _told(f"does not give {name}"):
            try:
                found = self._client.get_object(Bucket=self._facts.bucket, Key=self._key(name))
            except ClientError as exc:
                if _code(exc) in _GONE:
                    return None
                raise
            data: bytes = found["Body"].read(most_bytes + 1)
            found["Body"].close()
        return data if len(data) <= most_bytes else None

    def link(self, name: str) -> dict[str, str]:
        """Where that file can be had by anybody, and until when. Raises Refused (storage) where nothing signs it any more."""
        key, seconds, ends = self._key(name), self._link_seconds, self._facts.session_ends
        if ends is not None:
            seconds = min(seconds, _left_seconds(ends))
        if seconds < 1:
            raise Refused(
                code="storage", message="The storage's temporary credentials have ended; ask for delivery with fresh ones."
            )
        place = {"Bucket": self._facts.bucket, "Key": key}
        url = str(self._client.generate_presigned_url("get_object", Params=place, ExpiresIn=seconds))
        return {"url": url, "key": key, "expires_at": ends_at(url)}

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is to be known of the links beyond their own words."""
        facts = self._facts
        if facts.session_ends is not None and _left_seconds(facts.session_ends) < self._link_seconds:
            ends = facts.session_ends.astimezone(UTC).isoformat(timespec="seconds")
            return (f"The links end at {ends} at the latest, with the temporary credentials that signed them.",)
        if facts.session_token is not None and facts.session_ends is None:
            unknown = "The links are signed with temporary credentials and end with them, which may be before expires_at; "
            return (f"{unknown}with sessionEnds beside the sessionToken, expires_at is right.",)
        return ()

    def _key(self, name: str) -> str:
        return f"{self._prefix}/{name}" if self._prefix else name

    def _has(self, key: str, sha256: str, size_bytes: int, *, unless: Sequence[str] = _GONE) -> bool:
        """False where the storage answers with one of those codes."""
        from botocore.exceptions import ClientError

        try:
            head = self._client.head_object(Bucket=self._facts.bucket, Key=key)
        except ClientError as exc:
            if _code(exc) in unless:
                return False
            raise
        told = {str(name).lower(): value for name, value in head.get("Metadata", {}).items()}  # some servers write Sha256
        return _size_bytes(head) == size_bytes and told.get("sha256") == sha256


def _size_bytes(head: Mapping[str, Any]) -> int:
    """As the storage tells it; less than 0 where it does not."""
    return int(head.get("ContentLength", -1))


def ends_at(url: str) -> str:
    """When a presigned link ends, by its own words (ISO 8601, UTC)."""
    words = parse_qs(urlsplit(url).query)
    signed = datetime.strptime(words["X-Amz-Date"][0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    return (signed + timedelta(seconds=int(words["X-Amz-Expires"][0]))).isoformat(timespec="seconds")


def _left_seconds(ends: datetime) -> int:
    return int((ends - datetime.now(UTC)).total_seconds())


def _client(facts: S3In, carrier: Carrier | None) -> Any:
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
    if carrier is not None:
        # legacy: another mode may ask the cloud's metadata service where this machine is. And no words about this machine.
        config = config.merge(Config(defaults_mode="legacy", user_agent=f"cinema/{__version__}"))
    client: Any = Session(botocore_session=bare_session() if carrier is not None else None).client(
        "s3",
        endpoint_url=facts.endpoint,
        aws_access_key_id=facts.access_id.get_secret_value(),
        aws_secret_access_key=facts.access_secret.get_secret_value(),
        aws_session_token=facts.session_token.get_secret_value() if facts.session_token is not None else None,
        region_name=facts.region,
        config=config,
    )
    if carrier is not None:
        client.meta.events.register("before-send.s3", carrier.send)
    return client


@contextmanager
def _told(what: str) -> Generator[None]:
    """What the storage or the way to it says, in our words: Refused."""
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    try:
        yield
    except (BotoCoreError, ClientError, Boto3Error) as exc:
        raise Refused(code="storage", message=f"The storage {what}: {_why(exc)}.") from exc
    except addresses.Refused as exc:
        raise Refused(code="storage", message=f"The storage {what}: it {exc}.") from exc
    except (ResponseParserError, ValueError) as exc:  # a date, a number or XML that is none
        raise Refused(code="storage", message=f"The storage {what}: it answers as no S3-compatible storage does.") from exc


def _why(error: Exception) -> str:
    """The service's own code of an error, or its kind; never its text, which may hold addresses and keys."""
    return _code(error)[:60] or type(error).__name__


def _code(error: Exception) -> str:
    response: Mapping[str, Any] = getattr(error, "response", None) or {}  # None: of a line that broke
    return str(response.get("Error", {}).get("Code") or "")
