"""One file, fetched over HTTP into its place in a cache: in parts where connections break, and never wrong.

Written here since `hf_hub_download` throws a partial file away whenever a call ends, and gives up when a connection is reset
(docs/decisions/0007-weights.md).
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from cinema.errors import MissingModelError, OutOfDiskError
from cinema.units import human_bytes
from cinema.weights.patience import Patience, Transient

PARTIAL = ".cinema-partial"
_CHUNK_BYTES = 1 << 20
_TIMEOUT_SECONDS = 30.0
_LONGEST_HEADER_BYTES = 100_000_000
"""The safetensors library itself refuses a longer one."""


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """A file to fetch. `place` is where its content will lie; the hashes are what is known of it beforehand."""

    name: str
    """For messages: "transformer/a.safetensors of owner/name"."""
    url: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    """May hold a token: not shown."""
    size_bytes: int
    sha256: str | None = None
    git_sha1: str | None = None
    place: Path
    theirs: bool = False
    """What lies there is somebody's own file, not a content under its hash: it is read, and never replaced."""

    @property
    def partial(self) -> Path:
        return self.place.with_name(self.place.name + PARTIAL)

    def missing_bytes(self) -> int:
        """What has to be fetched yet."""
        if self.place.exists():
            return 0
        arrived = self.partial.stat().st_size if self.partial.exists() else 0
        return max(self.size_bytes - arrived, 0)


def fetch(
    parcel: Parcel,
    *,
    patience: Patience,
    errors: Callable[[], AbstractContextManager[None]],
    arrived: Callable[[int], None],
) -> str:
    """Bring the file to its place and give its SHA-256. What is there already is hashed, not fetched.

    A partial file of an earlier run is gone on with; two that want the same file take turns. `arrived` is called with the
    number of bytes that came, and may raise to stop. Raises MissingModelError when the bytes are wrong (they are removed) or
    the connection stays broken (what came is kept), OutOfDiskError.
    """
    try:
        parcel.place.parent.mkdir(parents=True, exist_ok=True)
        if parcel.place.exists():
            found = wrong(parcel, parcel.place)
            if found is None:
                return parcel.sha256 or _sha256(parcel.place)
            if parcel.theirs:
                raise MissingModelError(
                    f"{parcel.name} lies in the cache as a file that is not the hub's ({parcel.place}): expected {found[0]}, "
                    f"found {found[1]}; move it away, then pull again."
                )
            parcel.place.unlink(missing_ok=True)
        with _own_partial(parcel) as file:
            if parcel.place.exists():
                parcel.partial.unlink(missing_ok=True)
            else:
                _fill(file, parcel, patience, errors, arrived)
                file.flush()
                os.fsync(file.fileno())
                found = wrong(parcel, parcel.partial)
                if found is not None:
                    parcel.partial.unlink(missing_ok=True)
                    raise MissingModelError(
                        f"{parcel.name} arrived wrong: expected {found[0]}, found {found[1]}; it was removed. Pull again; if "
                        "that happens again, the copy or the line is damaged or tampered with."
                    )
                parcel.partial.replace(parcel.place)
        return parcel.sha256 or _sha256(parcel.place)
    except OSError as exc:
        raise OutOfDiskError(
            f"{exc.filename or parcel.place} cannot be written: {exc.strerror or exc}; free some space and pull again."
        ) from exc


def at_hand(parcel: Parcel, *, believed: bool) -> str:
    """SHA-256 of a file that lies in a cache; the cache is left as it is, whatever is found.

    It is hashed. With `believed` the hash that the cache states (`parcel.sha256`) is taken for granted, and only the size is
    compared, of safetensors also with the file's own header: a cold start would read 26 GB else.
    Raises MissingModelError where it is not what it should be, or cannot be read.
    """
    try:
        stated = parcel.sha256 if believed else None
        found = _short(parcel) if stated else wrong(parcel, parcel.place)
        if found is None:
            return stated or parcel.sha256 or _sha256(parcel.place)
    except OSError as exc:
        raise MissingModelError(f"{parcel.name} cannot be read in the cache: {exc.strerror or exc}.") from exc
    raise MissingModelError(f"{parcel.name} is damaged in the cache: expected {found[0]}, found {found[1]}.")


def _short(parcel: Parcel) -> tuple[str, str] | None:
    """Expected and found sizes, where they differ. The header of safetensors is its length in 8 bytes, little-endian, and JSON
    with the offsets of every tensor behind it (https://huggingface.co/docs/safetensors, "Format").
    """
    size = parcel.place.stat().st_size
    if size != parcel.size_bytes:
        return f"{parcel.size_bytes} bytes", f"{size} bytes"
    if not parcel.name.partition(" of ")[0].endswith(".safetensors"):
        return None
    with parcel.place.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        try:
            header = json.loads(file.read(min(length, _LONGEST_HEADER_BYTES)))
            ends = [entry["data_offsets"][1] for key, entry in header.items() if key != "__metadata__"]
            whole = 8 + length + int(max(ends, default=0))
        except (ValueError, KeyError, TypeError, AttributeError, IndexError):
            return "a header of safetensors", "something else"
    return (f"{whole} bytes by its header", f"{size} bytes") if whole != size else None


def wrong(parcel: Parcel, path: Path) -> tuple[str, str] | None:
    """Expected and found, where `path` is not what the parcel says; None where all that is known agrees."""
    size = path.stat().st_size
    if size != parcel.size_bytes:
        return f"{parcel.size_bytes} bytes", f"{size} bytes"
    if parcel.sha256 is not None and (found := _sha256(path)) != parcel.sha256:
        return f"SHA-256 {parcel.sha256}", found
    if parcel.git_sha1 is not None and (found := _git_sha1(path, size)) != parcel.git_sha1:
        return f"git object {parcel.git_sha1}", found
    return None


def _fill(
    file: BinaryIO,
    parcel: Parcel,
    patience: Patience,
    errors: Callable[[], AbstractContextManager[None]],
    arrived: Callable[[int], None],
) -> None:
    """Append to the partial file until it has its size; progress starts the count of failures anew."""
    failures = 0
    if file.seek(0, os.SEEK_END) > parcel.size_bytes:
        file.truncate(0)
    while (start := file.seek(0, os.SEEK_END)) < parcel.size_bytes:
        arrived(0)
        try:
            with errors():
                _stream(file, parcel, start, arrived)
            reached = file.seek(0, os.SEEK_END)
            if reached < parcel.size_bytes:
                raise Transient(f"{parcel.name}: the server ended early")
        except Transient as exc:
            reached = file.seek(0, os.SEEK_END)
            failures = 1 if reached > start else failures + 1
            if failures >= patience.tries:
                raise MissingModelError(
                    f"{exc.message}, {failures} times in a row; {human_bytes(reached)} of {human_bytes(parcel.size_bytes)} are "
                    "kept, so run the command again to go on from there."
                ) from exc
            patience.wait(failures)


def _stream(file: BinaryIO, parcel: Parcel, start: int, arrived: Callable[[int], None]) -> None:
    from huggingface_hub.utils import get_session, hf_raise_for_status

    headers = {**parcel.headers, "Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    with get_session().stream("GET", parcel.url, headers=headers, timeout=_TIMEOUT_SECONDS) as response:
        hf_raise_for_status(response)
        begins = _begins(response.headers.get("Content-Range"))
        if start and (response.status_code != 206 or begins != start):
            # The server sends the whole file although a part was asked for.
            file.truncate(0)
            arrived(-start)
        for chunk in response.iter_raw():
            file.write(chunk)
            arrived(len(chunk))


def _begins(content_range: str | None) -> int | None:
    """The first byte of "bytes 10-19/20"."""
    digits = (content_range or "").removeprefix("bytes ").partition("-")[0]
    return int(digits) if digits.isdigit() else None


def _appending(path: Path) -> BinaryIO:
    """The file, for appending, but not what a link in its place leads to: that would be written over."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666), "ab")


def _own_partial(parcel: Parcel) -> BinaryIO:
    """The partial file, opened for appending and locked: another process that fetches the same file is waited for."""
    while True:
        file = _appending(parcel.partial)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            here = os.fstat(file.fileno())
            if parcel.place.exists() or (parcel.partial.exists() and parcel.partial.stat().st_ino == here.st_ino):
                return file
        except BaseException:
            file.close()
            raise
        file.close()  # whoever held it has finished or removed it meanwhile


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _git_sha1(path: Path, size: int) -> str:
    """The id that git gives to a file of that content."""
    hasher = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            hasher.update(chunk)
    return hasher.hexdigest()
