"""Fetching what a job made: checked by size and SHA-256, gone on with where it broke off, never half a file under a name."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import unquote, urljoin, urlsplit

from cinema.errors import InputError, OutOfDiskError
from cinema.faces.endpoint.addresses import check_address, is_loopback
from cinema.faces.endpoint.runpod_api import PATIENCE, EndpointError, Passing, Patience, retry_after_seconds
from cinema.faces.endpoint.told import Product
from cinema.paths import inside, slug
from cinema.units import human_bytes

if TYPE_CHECKING:
    import httpx2

PARTIAL = ".cinema-partial"
_EXPIRED = (400, 401, 403, 404, 410)
"""400: what S3 answers where the temporary credentials that signed a link have ended."""
_TIMEOUT_SECONDS = 30.0
_MOST_REDIRECTS = 4
_SPARE_BYTES = 50_000_000
Arrived = Callable[[int], None]
"""Told of bytes that are there: fetched now or earlier; less than 0 where some are fetched anew."""


class LinkExpired(EndpointError):
    """A link that gives nothing, or nothing any more; the endpoint can make another."""


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """A product that can be fetched, and where it goes."""

    product: Product
    place: Path

    @property
    def partial(self) -> Path:
        return self.place.with_name(self.place.name + PARTIAL)


def parcels(products: Iterable[Product], out: Path, *, local: bool = False) -> tuple[Parcel, ...]:
    """What can be fetched into `out`, each under a name of its own: those with a link.

    With `local`, an endpoint on this machine, also what it says lies in a file here.

    EndpointError for a link that is not https, or leads to this machine from an endpoint elsewhere.
    """
    found: list[Parcel] = []
    taken: set[str] = set()
    for product in products:
        if product.url is not None:
            _check_link(product.url, slug(product.role), local=local)
        elif not (local and product.path is not None and Path(product.path).is_file()):
            continue
        name = file_name(product)
        if name.lower() in taken:
            name = f"{slug(product.role)}-{product.sha256[:8]}-{name.replace('/', '-')}"
        taken.add(name.lower())
        found.append(Parcel(product=product, place=inside(out, name)))
    return tuple(found)


def file_name(product: Product) -> str:
    """A plain relative name, such as "stems/dialogue.wav": from the name that is told, else the link's or path's last part.

    Each part is safe on every file system: ASCII, no leading dot, no reserved name; at most two parts.
    """
    path = urlsplit(product.url).path if product.url is not None else product.path or ""
    told = product.name or PurePosixPath(unquote(path).replace("\\", "/")).name
    parts = [_safe(part) for part in told.replace("\\", "/").split("/")[-2:]]
    return "/".join(part for part in parts if part) or slug(product.role)


def _safe(part: str) -> str:
    stem, dot, suffix = part.rpartition(".")
    suffix = re.sub(r"[^A-Za-z0-9]", "", suffix)[:10]
    stem = re.sub(r"[^A-Za-z0-9_.-]+", "-", stem if dot else part).strip(".-")[:80].strip(".-")
    if not stem:
        return ""
    first = stem.partition(".")[0]
    if re.fullmatch(r"[A-Za-z0-9]+", first) and slug(first) != first.lower():  # a name that Windows keeps for itself
        stem = f"{slug(first)}{stem[len(first) :]}"
    return f"{stem}.{suffix}" if dot and suffix else stem


def collect(all_parcels: Iterable[Parcel], arrived: Arrived, *, patience: Patience = PATIENCE) -> None:
    """Bring every parcel to its place; what is there already, with the right hash, is not fetched again.

    Raises InputError where another file has the place, OutOfDiskError, LinkExpired, EndpointError for bytes that are wrong
    (they are removed) or a line that stays broken (what came is kept).
    """
    waiting = list(all_parcels)
    try:
        for parcel in waiting:
            parcel.place.parent.mkdir(parents=True, exist_ok=True)
        _check_room(waiting)
        for parcel in waiting:
            _bring(parcel, arrived, patience)
    except OSError as exc:
        raise OutOfDiskError(
            f"{exc.filename or 'The folder'} cannot be written: {exc.strerror or exc}; free some space."
        ) from exc


def _check_room(waiting: list[Parcel]) -> None:
    wanted = sum(max(one.product.bytes - _size(one.partial), 0) for one in waiting if not one.place.exists())
    free = shutil.disk_usage(waiting[0].place.parent).free if waiting else 0
    if wanted and wanted + _SPARE_BYTES > free:
        raise OutOfDiskError(
            f"The files need {human_bytes(wanted)} and {human_bytes(free)} are free in {waiting[0].place.parent}; "
            "name another --out."
        )


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _bring(parcel: Parcel, arrived: Arrived, patience: Patience) -> None:
    product, place = parcel.product, parcel.place
    if _is_there(parcel):
        arrived(product.bytes)
        return
    with parcel.partial.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if _is_there(parcel):  # brought by somebody who held the lock
            parcel.partial.unlink(missing_ok=True)
            arrived(product.bytes)
            return
        begun = file.seek(0, os.SEEK_END)
        if begun > product.bytes:
            begun = file.truncate(0)
        arrived(begun)
        _fill(file, parcel, arrived, patience)
        if begun and _sha256(parcel.partial) != product.sha256:
            # What an earlier run left may be of another file: once more, from the beginning.
            arrived(-product.bytes)
            file.truncate(0)
            _fill(file, parcel, arrived, patience)
        file.flush()
        os.fsync(file.fileno())
        if _sha256(parcel.partial) != product.sha256:
            parcel.partial.unlink(missing_ok=True)
            raise EndpointError(
                f"{place.name} arrived wrong: its SHA-256 is not {product.sha256}; it was removed. Fetch it again; if that "
                "happens again, the copy or the line is damaged or tampered with."
            )
        parcel.partial.replace(place)


def _is_there(parcel: Parcel) -> bool:
    if not parcel.place.exists():
        return False
    if not parcel.place.is_file() or _sha256(parcel.place) != parcel.product.sha256:
        raise InputError(f"{parcel.place} is there already, and is another file; name another --out, or move it away.")
    return True


def _fill(file: BinaryIO, parcel: Parcel, arrived: Arrived, patience: Patience) -> None:
    """Append to the partial file until it has its size; bytes that come start the patience anew."""
    if parcel.product.url is None:
        _copy(file, parcel, arrived)
        return
    began, failures = time.monotonic(), 0
    while (start := file.seek(0, os.SEEK_END)) < parcel.product.bytes:
        try:
            _stream(file, parcel, start, arrived)
        except Passing as exc:
            if file.seek(0, os.SEEK_END) > start:
                began, failures = time.monotonic(), 0
            failures += 1
            wait = patience.wait_seconds(failures, exc.wait_seconds)
            if time.monotonic() - began + wait > patience.give_up_seconds:
                raise EndpointError(f"{exc.message} What came is kept: run the command again to go on from there.") from exc
            time.sleep(wait)


def _copy(file: BinaryIO, parcel: Parcel, arrived: Arrived) -> None:
    arrived(-file.seek(0, os.SEEK_END))
    file.truncate(0)
    with Path(parcel.product.path or "").open("rb") as source:
        while chunk := source.read(1 << 20):
            file.write(chunk)
            arrived(len(chunk))
    file.flush()


def _stream(file: BinaryIO, parcel: Parcel, start: int, arrived: Arrived) -> None:
    import httpx2

    name, most = parcel.place.name, parcel.product.bytes
    try:
        with _open(parcel.product.url or "", start, name) as response:
            if start and not (response.headers.get("Content-Range") or "").startswith(f"bytes {start}-"):
                file.truncate(0)  # the whole file comes although a part was asked for
                arrived(-start)
                start = 0
            for chunk in response.iter_raw():
                if start + len(chunk) > most:
                    file.truncate(0)
                    raise EndpointError(f"{name} is larger than the {most:,} bytes that were announced; it was not taken.")
                file.write(chunk)
                start += len(chunk)
                arrived(len(chunk))
            file.flush()
    except httpx2.HTTPError as exc:
        file.flush()
        raise Passing(f"The line broke while {name} was fetched.") from exc
    if start < most:
        raise Passing(f"The storage ended early with {name}, after {human_bytes(start)} of {human_bytes(most)}.")


class _Opened:
    """An answer with its client, closed together."""

    def __init__(self, client: httpx2.Client, response: httpx2.Response) -> None:
        self._client, self._response = client, response

    def __enter__(self) -> httpx2.Response:
        return self._response

    def __exit__(self, *_: object) -> None:
        self._response.close()
        self._client.close()


def _open(url: str, start: int, name: str) -> _Opened:
    """The storage's answer from byte `start` on. The endpoint's key is not sent there; redirects stay with https."""
    import httpx2

    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
    for _ in range(_MOST_REDIRECTS):
        _check_link(url, name, local=True)
        client = httpx2.Client(timeout=_TIMEOUT_SECONDS, trust_env=not is_loopback(url), follow_redirects=False)
        try:
            response = client.send(client.build_request("GET", url, headers=headers), stream=True)
        except BaseException:
            client.close()
            raise
        opened = _Opened(client, response)
        if response.status_code in (200, 206):
            return opened
        with opened:
            place = response.headers["Location"] if response.has_redirect_location else ""
            if place and (is_loopback(url) or not is_loopback(place)):
                url = urljoin(url, place)
                continue
            _refuse(response, name)
    raise EndpointError(f"The link of {name} leads from one address to the next without end.")


def _check_link(url: str, name: str, *, local: bool) -> None:
    """EndpointError for a link that is not followed; the endpoint wrote it, not the user."""
    try:
        check_address(url, f"The link of {name}")
    except InputError as exc:
        raise EndpointError(exc.message.replace("; correct it", "; it is not followed")) from exc
    if is_loopback(url) and not local:
        raise EndpointError(f"The link of {name} leads to this machine and the endpoint is elsewhere; it is not followed.")


def _refuse(response: httpx2.Response, name: str) -> None:
    status = response.status_code
    if status in _EXPIRED:
        raise LinkExpired(f"The link of {name} is not good, or no longer ({status}): links last for a day at most.")
    if status == 429 or status >= 500:
        asked = retry_after_seconds(response.headers.get("Retry-After"))
        raise Passing(f"The storage cannot give {name} now ({status}).", wait_seconds=asked)
    raise EndpointError(f"The storage does not give {name} ({status}).")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
