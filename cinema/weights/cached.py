"""A repository's folder in the Hugging Face cache, as it lies on the disk: its commits, and the files of each.

`models--OWNER--NAME/{refs,blobs,snapshots,trees}`. A file of a snapshot is a link to a blob, whose name is its SHA-256 (large
files) or git object id (small ones), or a plain file, whose hash nothing says. `trees/COMMIT.json`, where huggingface_hub or we
kept it, lists the whole commit; without it a snapshot tells only what is there, not what is lacking.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from cinema.errors import CinemaError, MissingModelError
from cinema.paths import inside

COMMIT = re.compile(r"[0-9a-f]{40}")
SHA256 = re.compile(r"[0-9a-f]{64}")
_DEFAULT_BRANCH = "main"
_TREE_FORMAT = 1
_UNFINISHED = (".incomplete", ".cinema-partial")
_SHARD = re.compile(r"-(\d{5})-of-(\d{5})(?=\.[^/]*$)")


class NotCachedError(MissingModelError):
    """The cache has not what is needed, and the hub may not be asked. `lacking` says what, as the beginning of a sentence."""

    def __init__(self, lacking: str) -> None:
        super().__init__(f"{lacking}, and HF_HUB_OFFLINE forbids fetching it; unset it and pull again.")
        self.lacking = lacking


@dataclass(frozen=True, kw_only=True)
class RemoteFile:
    """A file of a repository. `blob` names its content in the cache: `sha256` where the hub states it, else `git_sha1`."""

    path: str
    size_bytes: int
    sha256: str | None = None
    git_sha1: str | None = None
    tag: str = ""
    """The entity tag of a file on the web, which tells one state of it from another."""

    @property
    def blob(self) -> str:
        return self.sha256 or self.git_sha1 or ""


@dataclass(frozen=True, kw_only=True)
class Listing:
    """The files of a repository at `commit`, which is what `requested` meant when it was asked."""

    repository: str
    requested: str
    commit: str
    files: tuple[RemoteFile, ...]
    whole: bool = True
    """False: read off a snapshot's folder, which may lack files of the commit."""


def commits(storage: Path, revision: str) -> tuple[str, ...]:
    """What `revision` may mean in this cache, the likeliest first.

    A commit is itself. A branch or tag is what its ref says; for the default branch the other snapshots follow, the newest
    first, since a cache may hold a snapshot without a ref, or a ref without its snapshot.
    """
    if COMMIT.fullmatch(revision):
        return (revision,)
    found: list[str] = []
    with suppress(OSError, ValueError, CinemaError):  # no ref
        found.append(inside(storage / "refs", revision).read_text(encoding="utf-8").strip())
    if revision == _DEFAULT_BRANCH:
        try:
            dated = [(path.stat().st_mtime_ns, path.name) for path in (storage / "snapshots").iterdir() if path.is_dir()]
        except OSError:
            dated = []
        found += [name for _, name in sorted(dated, reverse=True)]
    return tuple(dict.fromkeys(name for name in found if COMMIT.fullmatch(name)))


def read_commit(storage: Path, repository: str, requested: str, commit: str) -> Listing | None:
    """The commit's files, by its tree if that was kept, else by its snapshot; None where the cache has neither."""
    files = read_tree(storage, commit)
    whole = files is not None
    if files is None:
        files = _read_snapshot(storage / "snapshots" / commit)
    return Listing(repository=repository, requested=requested, commit=commit, files=files, whole=whole) if files else None


def read_tree(storage: Path, commit: str) -> tuple[RemoteFile, ...] | None:
    """A listing that huggingface_hub or we kept; None where there is none, one of another format, or a damaged one."""
    try:
        document: Any = json.loads((storage / "trees" / f"{commit}.json").read_text(encoding="utf-8"))
        if document["format_version"] != _TREE_FORMAT:
            return None
        entries = cast("dict[str, dict[str, Any]]", document["files"])
        files = tuple(
            RemoteFile(
                path=name,
                size_bytes=int(entry.get("lfs_size") or entry["size"]),
                sha256=entry.get("lfs_sha256"),
                git_sha1=None if entry.get("lfs_sha256") else entry["blob_id"],
            )
            for name, entry in entries.items()
        )
        return None if any(file.sha256 and not SHA256.fullmatch(file.sha256) for file in files) else files
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def keep_listing(storage: Path, listing: Listing) -> None:
    """Keep what the revision meant and the listing, both where huggingface_hub keeps them. Raises OSError, InputError."""
    if listing.requested != listing.commit:
        _write(inside(storage / "refs", listing.requested), listing.commit)
    _write(storage / "trees" / f"{listing.commit}.json", _tree_text(listing.files))


def pointer(storage: Path, commit: str, path: str) -> Path:
    """Where the snapshot of that commit has the file. InputError for a path that would leave it."""
    snapshot = storage / "snapshots" / commit
    return inside(snapshot, str(Path(path).parent / "_")).with_name(Path(path).name)


def unfinished(storage: Path) -> bool:
    """Whether a download into this folder was begun and not ended: a part of a blob that is not there."""
    try:
        names = {path.name for path in (storage / "blobs").iterdir()}
    except OSError:
        return False
    return any(name.endswith(_UNFINISHED) and name.partition(".")[0] not in names for name in names)


def lacking_shards(paths: Iterable[str]) -> tuple[str, ...]:
    """Of weights in numbered parts ("model-00001-of-00003.safetensors"): parts, or the index, that are not among `paths`."""
    here = set(paths)
    missing: dict[str, None] = {}
    for path in sorted(here):
        shard = _SHARD.search(path)
        if shard is None:
            continue
        before, after, count = path[: shard.start()], path[shard.end() :], int(shard.group(2))
        parts = [f"{before}-{number:05}-of-{count:05}{after}" for number in range(1, count + 1)]
        wanted = [f"{before}{after}.index.json", *parts]
        missing |= dict.fromkeys(name for name in wanted if name not in here)
    return tuple(missing)


def _read_snapshot(folder: Path) -> tuple[RemoteFile, ...] | None:
    """The files of a commit that lie in the cache; the names of blobs are their hashes."""
    found: list[RemoteFile] = []
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        real = path.resolve()
        name = real.name if real.parent.name == "blobs" else ""
        known = {"sha256": name} if SHA256.fullmatch(name) else {"git_sha1": name} if COMMIT.fullmatch(name) else {}
        found.append(RemoteFile(path=path.relative_to(folder).as_posix(), size_bytes=path.stat().st_size, **known))
    return tuple(found) or None


def _tree_text(files: tuple[RemoteFile, ...]) -> str:
    entries: dict[str, dict[str, Any]] = {}
    for file in files:
        entry: dict[str, Any] = {"size": file.size_bytes, "blob_id": file.git_sha1 or ""}
        if file.sha256:
            entry |= {"lfs_sha256": file.sha256, "lfs_size": file.size_bytes}
        entries[file.path] = entry
    return json.dumps({"format_version": _TREE_FORMAT, "files": dict(sorted(entries.items()))}, indent=1)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.new")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)
