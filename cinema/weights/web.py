"""Files that lie at plain web addresses (releases of a project): listed by asking each for its first byte."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote, urlsplit

from cinema.catalog import Source
from cinema.errors import InputError, MissingModelError
from cinema.identity import digest
from cinema.weights.cached import Listing, RemoteFile
from cinema.weights.hub import Hub, hub_errors

_TIMEOUT_SECONDS = 30.0


def is_web(source: Source) -> bool:
    """Whether the source is a folder on the web, not a repository of the hub."""
    return "://" in source.repository


def address(source: Source, path: str) -> str:
    """Where one file of the source lies."""
    if urlsplit(source.repository).scheme != "https" and urlsplit(source.repository).hostname not in {"localhost", "127.0.0.1"}:
        raise InputError(f"{source.repository} is no https address; weights are fetched over https only.")
    return f"{source.repository.rstrip('/')}/{quote(path)}"


def place(root: Path, source: Source, file: RemoteFile) -> Path:
    """Where such a file is kept: by its hash, where that is stated, else by address, size and entity tag."""
    name = file.sha256 or digest([source.repository, file.path, file.size_bytes, file.tag])
    return root / ".web" / name


def list_web(hub: Hub, root: Path, source: Source) -> Listing:
    """The source's files with their sizes. There are no patterns on the web: every path is a file.

    A file that is already kept and whose hash is stated is not asked for. Raises MissingModelError, as `Hub.list`.
    """
    found: list[RemoteFile] = []
    for wanted in source.files:
        path = f"{source.subfolder.strip('/')}/{wanted.path}".lstrip("/")
        stated = wanted.sha256.lower() if wanted.sha256 else None
        kept = root / ".web" / (stated or "-")
        if kept.is_file():
            found.append(RemoteFile(path=path, size_bytes=kept.stat().st_size, sha256=stated))
            continue
        url = address(source, path)
        if hub.offline:
            raise MissingModelError(
                f"{url} is not on this machine and HF_HUB_OFFLINE forbids fetching it; unset it and pull again."
            )
        size, tag = hub.patience.call(lambda url=url: _ask(url), lambda url=url: hub_errors(hub, source.repository, url))
        if wanted.size_bytes is not None and size != wanted.size_bytes:
            raise MissingModelError(
                f"{url} has {size} bytes and the manifest says {wanted.size_bytes}; it is another file now."
            )
        found.append(RemoteFile(path=path, size_bytes=size, sha256=stated, tag=tag))
    return Listing(repository=source.repository, requested=source.revision, commit="", files=tuple(found))


def _ask(url: str) -> tuple[int, str]:
    """Size and entity tag of what lies at `url`."""
    from huggingface_hub.utils import get_session, hf_raise_for_status

    headers = {"Range": "bytes=0-0", "Accept-Encoding": "identity"}
    with get_session().stream("GET", url, headers=headers, timeout=_TIMEOUT_SECONDS) as response:
        hf_raise_for_status(response)
        whole = re.fullmatch(r"bytes \d+-\d+/(\d+)", response.headers.get("Content-Range", ""))
        length = whole.group(1) if whole else response.headers.get("Content-Length", "") if response.status_code == 200 else ""
        if not length.isdigit():
            raise MissingModelError(f"{url} does not say how large it is; it cannot be fetched safely.")
        return int(length), response.headers.get("ETag", "")
