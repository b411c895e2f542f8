"""Pictures, recordings and scripts that a job names by links: fetched, checked, and put beside the script.

`fetch` brings one file. `localise` takes a job's script, as it was parsed from JSON, and gives the same script with every link
replaced by the path of a file in the script's folder; `cinema.film` then reads it as any other. Call it in the process that
renders, before the script is validated (a link is no valid path there), with the folder that the script will be read beside.

What an attacker meets on the way is told in `addresses` (which addresses are taken), `wire` (how they are fetched), `sniff`
(what a file may be) and `decode` (who opens it).
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Protocol, cast

from cinema.errors import InputError, OutOfDiskError, Where
from cinema.faces.serverless.addresses import Refused, WebAddress, looks_like_address, parse_address
from cinema.faces.serverless.decode import normalised
from cinema.faces.serverless.sniff import ALLOWED, ENOUGH_BYTES, Kind, type_of
from cinema.faces.serverless.wire import INTERNET, Limits, Network, download
from cinema.script.json_door import pointer

__all__ = ["BUDGET", "LIMITS", "Budget", "Fetch", "Kind", "Limits", "Network", "StoppableFetch", "fetch", "localise"]

LIMITS: Mapping[Kind, Limits] = {
    "image": Limits(most_bytes=32_000_000, seconds=60.0),
    "audio": Limits(most_bytes=64_000_000, seconds=60.0),
    "script": Limits(most_bytes=10_000_000, seconds=30.0),
}
"""Five minutes of 16-bit stereo at 48 kHz have 58 MB; a job's own payload may have 10 MB."""
FOLDER = "fetched"
"""Where `localise` puts files, below the script's folder."""
_FORMS = {"image": ".png", "audio": ".wav"}
_SCRIPT_SUFFIXES = (".fountain", ".spmd", ".txt", ".md")
_NOUNS: Mapping[Kind, str] = {"image": "picture", "audio": "recording", "script": "script"}


class Fetch(Protocol):
    """Brings the file at an address into a folder, as `fetch` does."""

    def __call__(self, url: str, folder: Path, kind: Kind, /) -> Path: ...


class StoppableFetch(Protocol):
    """The same, until it is cancelled."""

    def __call__(self, url: str, folder: Path, kind: Kind, /, *, cancel: threading.Event) -> Path: ...


@dataclass(frozen=True, kw_only=True)
class Budget:
    """What all files of one job may take together; the one that is under way when the time ends is still waited for."""

    most_files: int = 64
    seconds: float = 300.0


BUDGET = Budget()


@dataclass(frozen=True, kw_only=True)
class _Link:
    """A value of the script that should be a link, and the way to it."""

    url: str
    kind: Kind
    place: tuple[str | int, ...]


def fetch(
    url: str,
    folder: Path,
    kind: Kind,
    *,
    limits: Limits | None = None,
    network: Network = INTERNET,
    where: Where | None = None,
    cancel: threading.Event | None = None,
) -> Path:
    """The file at `url`, in `folder`, under a name that comes from the address.

    A picture is kept as an upright RGB PNG of at most 2,048 pixels, a recording as 30 s of 48 kHz mono WAV (both decoded by a
    limited process), a script as it is, with the suffix of its format.

    InputError, at `where`, for an address that is not taken, a host that is not public, and a file that is too large, too slow
    or something else. OutOfDiskError where the folder does not take it. Cancelled soon after `cancel` is set.
    Nothing of the file is left after any of them.
    """
    address: WebAddress | None = None
    try:
        address = parse_address(url)
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            sniffed = _Sniffed(kind)
            download(url, file, limits or LIMITS[kind], sniffed, network, cancel)
            suffix = sniffed.suffix(address)
            if kind == "script":
                file.seek(0)
                data = file.read()
            else:
                data, suffix = normalised(file, kind, cancel=cancel), _FORMS[kind]
        return _put(data, folder, f"{_stem(url, kind)}{suffix}")
    except Refused as exc:
        shown = f" at {address}" if address else ""
        raise InputError(f"The {_NOUNS[kind]}{shown} {exc}.", where=where) from exc
    except OSError as exc:
        raise _unkept(exc) from exc


def localise(document: object, folder: Path, *, fetch: Fetch = fetch, budget: Budget = BUDGET, at: str = "") -> object:
    """`document` (a script parsed from JSON) with `characters[].references[]` and `characters[].voice.sample` fetched.

    Links become paths below `folder` ("fetched/….png"), so `folder` must be the one that the script is read beside; equal links
    are fetched once, and not again into a folder that has them, so that a retry outlives a link that has expired. The document
    given is left as it is, and whatever else is wrong in it is left to the reader of scripts. A path instead of a link is
    refused: nothing lies beside a job's script.

    InputError points (RFC 6901, after the prefix `at`, such as "/script") at the value; all addresses are read before the first
    is fetched. It blocks for up to `budget.seconds` and one file more: run it where it can be killed.
    """
    links = tuple(_links(document))
    if len({(link.kind, link.url) for link in links}) > budget.most_files:
        where = Where(pointer=f"{at}/characters")
        raise InputError(
            f"The script names more than {budget.most_files} pictures and recordings; leave some out.", where=where
        )
    for link in links:
        _check(link, _where(at, link))
    deadline = time.monotonic() + budget.seconds
    room = folder / FOLDER
    for link in links:
        stem, where = _stem(link.url, link.kind), _where(at, link)
        path = next((path for path in room.glob(f"{stem}.*") if path.is_file()), None)
        if path is None:
            if time.monotonic() >= deadline:
                message = f"The files before this one took {budget.seconds:g} s, the most that a script's files may take."
                raise InputError(message, where=where)
            path = _bring(link, room / stem, fetch, where)
        document = _with(document, link.place, path.relative_to(folder).as_posix())
    return document


def _bring(link: _Link, place: Path, fetch: Fetch, where: Where) -> Path:
    """Fetched, then moved to `place` with its suffix: a file is there whole or not at all."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".coming-", dir=place.parent) as waiting:
            path = fetch(link.url, Path(waiting), link.kind)
            return path.replace(place.with_suffix(path.suffix))
    except InputError as exc:
        raise InputError(exc.message, where=where) from exc
    except OSError as exc:
        raise _unkept(exc) from exc


def _stem(url: str, kind: Kind) -> str:
    return hashlib.sha256(f"{kind} {url}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _unkept(exc: OSError) -> OutOfDiskError:
    return OutOfDiskError(f"What a job names by links cannot be kept: {exc.strerror}.")


class _Sniffed:
    """What a file is, by its first bytes. Raises Refused as soon as they show that it is not of the kind."""

    def __init__(self, kind: Kind) -> None:
        self._kind: Kind = kind
        self._found: str | None = None

    def __call__(self, start: bytes) -> None:
        self._found = type_of(start, self._kind)
        if self._found is None and len(start) >= ENOUGH_BYTES:
            raise self._other()

    def suffix(self, address: WebAddress) -> str:
        """Of the whole file; Fountain and plain text are told apart by the name in the address."""
        if self._found is None:
            raise self._other()
        named = PurePosixPath(address.target.partition("?")[0]).suffix.lower()
        return named if self._found == ".txt" and named in _SCRIPT_SUFFIXES else self._found

    def _other(self) -> Refused:
        return Refused(f"is not {ALLOWED[self._kind]}, whatever its name says")


def _put(data: bytes, folder: Path, name: str) -> Path:
    """Written whole or not at all."""
    handle, temporary = tempfile.mkstemp(prefix=".coming-", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        return Path(temporary).replace(folder / name)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _links(document: object) -> Iterator[_Link]:
    """Every value of the script that names a file, wherever the document has the shape for it."""
    for index, person in enumerate(_list(_get(document, "characters"))):
        place = ("characters", index)
        for number, url in enumerate(_list(_get(person, "references"))):
            if isinstance(url, str):
                yield _Link(url=url, kind="image", place=(*place, "references", number))
        sample = _get(_get(person, "voice"), "sample")
        if isinstance(sample, str) and sample:
            yield _Link(url=sample, kind="audio", place=(*place, "voice", "sample"))


def _get(value: object, key: str) -> object:
    return cast("dict[str, object]", value).get(key) if isinstance(value, dict) else None


def _list(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []


def _check(link: _Link, where: Where) -> None:
    noun = _NOUNS[link.kind]
    if not looks_like_address(link.url):
        raise InputError(
            f"The {noun} is named by a path, and nothing lies beside a job's script; give its https:// address.", where=where
        )
    try:
        parse_address(link.url)
    except Refused as exc:
        raise InputError(f"The {noun} {exc}.", where=where) from exc


def _where(at: str, link: _Link) -> Where:
    return Where(pointer=at + pointer(link.place))


def _with(document: object, place: Sequence[str | int], value: str) -> object:
    """A copy of the document in which `value` stands at `place`; what is not on the way is shared."""
    if not place:
        return value
    copied: Any = copy(document)
    copied[place[0]] = _with(copied[place[0]], place[1:], value)
    return copied
