"""The hub and its cache: what a repository holds at a commit, where its files are fetched and where they are kept.

The cache is laid out as huggingface_hub lays it out (`models--OWNER--NAME/{blobs,snapshots,refs,trees}`), so that what any
other tool fetched is used here and the other way round. Files are verified by what the hub says of them: SHA-256 for those in
large-file storage, the git object id for the small ones.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

from cinema import __version__
from cinema.errors import CinemaError, MissingModelError
from cinema.paths import inside
from cinema.weights.patience import PATIENCE, Patience, Transient

OFFICIAL = "https://huggingface.co"
_COMMIT = re.compile(r"[0-9a-f]{40}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_TRUE = {"1", "on", "yes", "true"}
_TIMEOUT_SECONDS = 30.0
_TREE_FORMAT = 1
_LISTING_TRIES = 4


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
    """All files of a repository at `commit`, which is what `requested` meant when it was asked."""

    repository: str
    requested: str
    commit: str
    files: tuple[RemoteFile, ...]


@dataclass(frozen=True)
class Hub:
    """A hub as the environment names it, read when asked and not when something was imported."""

    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    patience: Patience = PATIENCE

    @property
    def endpoint(self) -> str:
        return (self.environment.get("HF_ENDPOINT") or OFFICIAL).rstrip("/")

    @property
    def offline(self) -> bool:
        value = self.environment.get("HF_HUB_OFFLINE") or self.environment.get("TRANSFORMERS_OFFLINE") or ""
        return value.lower() in _TRUE

    @cached_property
    def cache(self) -> Path:
        """The Hugging Face cache of this user."""
        get = self.environment.get
        home = get("HF_HOME") or str(Path(get("XDG_CACHE_HOME") or "~/.cache") / "huggingface")
        place = get("HF_HUB_CACHE") or get("HUGGINGFACE_HUB_CACHE") or str(Path(home) / "hub")
        return Path(os.path.expandvars(place)).expanduser().resolve()

    @cached_property
    def token(self) -> str | None:
        """HF_TOKEN, else what `hf auth login` kept."""
        if self.environment.get("HF_TOKEN"):
            return self.environment["HF_TOKEN"].strip()
        from huggingface_hub import get_token

        return get_token()

    def require(self) -> None:
        """MissingModelError where the client of the hub is not installed."""
        if importlib.util.find_spec("huggingface_hub") is None:
            raise MissingModelError("Pulling weights needs huggingface_hub; install it: pip install 'cinema[models]'.")

    def headers(self) -> dict[str, str]:
        named = {"User-Agent": f"cinema/{__version__}"}
        return named | ({"Authorization": f"Bearer {self.token}"} if self.token else {})

    def url(self, repository: str, commit: str, path: str) -> str:
        return f"{self.endpoint}/{repository}/resolve/{commit}/{quote(path)}"

    def page(self, repository: str) -> str:
        """Where a person reads about the repository."""
        return repository if "://" in repository else f"{self.endpoint}/{repository}"

    def storage(self, repository: str) -> Path:
        """The repository's folder in the cache."""
        return self.cache / "--".join(["models", *repository.split("/")])

    def list(self, repository: str, revision: str) -> Listing:
        """Resolve `revision` and list the files. Offline, or for a commit already listed, the cache answers.

        Raises MissingModelError: offline and not in the cache, no access, no such repository or revision, no connection.
        """
        if self.offline or _COMMIT.fullmatch(revision):
            cached = self._listing_from_cache(repository, revision)
            if cached is not None:
                return cached
            if self.offline:
                raise MissingModelError(
                    f"{repository} at {revision} is not in the cache {self.cache} and HF_HUB_OFFLINE forbids asking the hub; "
                    "unset HF_HUB_OFFLINE and pull once, or copy the cache of another machine."
                )
        patience = replace(self.patience, tries=min(self.patience.tries, _LISTING_TRIES))
        commit, files = patience.call(lambda: self._ask(repository, revision), lambda: hub_errors(self, repository, revision))
        listing = Listing(repository=repository, requested=revision, commit=commit, files=files)
        self._remember(listing)
        return listing

    def _ask(self, repository: str, revision: str) -> tuple[str, tuple[RemoteFile, ...]]:
        from huggingface_hub import HfApi, RepoFile

        api = HfApi(endpoint=self.endpoint, token=self.token or False, library_name="cinema", library_version=__version__)
        commit = api.model_info(repository, revision=revision, timeout=_TIMEOUT_SECONDS).sha
        if not commit or not _COMMIT.fullmatch(commit):
            raise MissingModelError(f"{self.page(repository)} gave no commit for {revision!r}; is HF_ENDPOINT a hub?")
        files = [
            RemoteFile(
                path=entry.path,
                size_bytes=entry.lfs.size if entry.lfs else entry.size,
                sha256=entry.lfs.sha256 if entry.lfs else None,
                git_sha1=None if entry.lfs else entry.blob_id,
            )
            for entry in api.list_repo_tree(repository, revision=commit, recursive=True)
            if isinstance(entry, RepoFile)
        ]
        return commit, tuple(files)

    def blob(self, repository: str, file: RemoteFile) -> Path:
        """Where the file's content lies in the cache, or would."""
        if not _SHA256.fullmatch(file.blob) and not _COMMIT.fullmatch(file.blob):
            raise MissingModelError(f"The hub states no hash of {file.path} of {repository}; it cannot be verified.")
        return self.storage(repository) / "blobs" / file.blob

    def point(self, listing: Listing, file: RemoteFile) -> None:
        """Make the cache know the blob as that file of that commit, as huggingface_hub does. Best effort: the cache may be
        mounted read-only.
        """
        snapshot = self.storage(listing.repository) / "snapshots" / listing.commit
        pointer = inside(snapshot, str(Path(file.path).parent / "_")).with_name(Path(file.path).name)
        if not pointer.exists():
            with suppress(OSError):
                pointer.parent.mkdir(parents=True, exist_ok=True)
                link(self.blob(listing.repository, file), pointer)

    def _listing_from_cache(self, repository: str, revision: str) -> Listing | None:
        storage = self.storage(repository)
        commit = revision
        if not _COMMIT.fullmatch(revision):
            try:
                commit = inside(storage / "refs", revision).read_text(encoding="utf-8").strip()
            except (OSError, CinemaError):
                return None
        files = _read_tree(storage / "trees" / f"{commit}.json")
        if files is None and self.offline:
            files = _read_snapshot(storage / "snapshots" / commit)
        return Listing(repository=repository, requested=revision, commit=commit, files=files) if files else None

    def _remember(self, listing: Listing) -> None:
        """Keep what the revision meant and the listing, both where huggingface_hub keeps them. Best effort."""
        storage = self.storage(listing.repository)
        with suppress(OSError, CinemaError):
            if listing.requested != listing.commit:
                _write(inside(storage / "refs", listing.requested), listing.commit)
            _write(storage / "trees" / f"{listing.commit}.json", _tree_text(listing.files))


@contextmanager
def hub_errors(hub: Hub, repository: str, what: str) -> Generator[None]:
    """Turn what the hub and the network raise into sentences for a person; what may pass again becomes Transient."""
    import httpx2
    from huggingface_hub.errors import (
        EntryNotFoundError,
        GatedRepoError,
        HfHubHTTPError,
        HFValidationError,
        OfflineModeIsEnabled,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    page = hub.page(repository)
    try:
        yield
    except GatedRepoError as exc:
        raise MissingModelError(
            f"{repository} is gated: accept its licence at {page} with your account, make a token there and set HF_TOKEN to it"
            f"{' (HF_TOKEN is set, but its account has no access)' if hub.token else ''}."
        ) from exc
    except RepositoryNotFoundError as exc:
        advice = (
            "the token's account may lack access"
            if hub.token
            else "if it is gated or private, accept its licence and set HF_TOKEN"
        )
        raise MissingModelError(
            f"The hub knows no repository {repository} that it would show us: see {page}; {advice}."
        ) from exc
    except RevisionNotFoundError as exc:
        raise MissingModelError(f"{repository} has no revision {what!r}; see {page}/commits/main.") from exc
    except EntryNotFoundError as exc:
        raise MissingModelError(f"{repository} has no file {what!r} any more; pull with --update.") from exc
    except OfflineModeIsEnabled as exc:
        raise MissingModelError(f"HF_HUB_OFFLINE forbids fetching {what} of {repository}; unset it and pull again.") from exc
    except HfHubHTTPError as exc:
        raise _by_status(exc.response.status_code, f"{repository} ({what})", page, exc) from exc
    except HFValidationError as exc:
        raise MissingModelError(f"{repository!r} is no name of a repository on the hub.") from exc
    except (httpx2.UnsupportedProtocol, httpx2.InvalidURL) as exc:
        raise MissingModelError(f"{hub.endpoint} is no address of a hub ({exc}); mend HF_ENDPOINT.") from exc
    except httpx2.TransportError as exc:
        raise Transient(f"The connection to {page} broke ({_reason(exc)})") from exc


def _by_status(status: int, what: str, page: str, exc: Exception) -> CinemaError:
    if status in {408, 425, 429} or status >= 500:
        return Transient(f"{page} answered {status} for {what}")
    if status in {401, 403}:
        return MissingModelError(
            f"{page} refuses {what} ({status}): accept the licence there with your account, then set HF_TOKEN to a token of it."
        )
    return MissingModelError(f"{page} answered {status} for {what}: {_reason(exc)}.")


def _reason(exc: Exception) -> str:
    """The first line of an error, without the advice that libraries add."""
    lines = [line.strip() for line in str(exc).splitlines() if line.strip()]
    return (lines[0] if lines else type(exc).__name__).rstrip(".")[:200]


def link(blob: Path, place: Path) -> None:
    """Make `place` stand for `blob`: a relative symbolic link, where that fails a hard link, else a copy.

    Relative, since a volume is mounted at different places by different machines.
    """
    import shutil

    place.unlink(missing_ok=True)
    real = blob.resolve()
    try:
        place.symlink_to(os.path.relpath(real, place.parent.resolve()))
    except OSError:
        try:
            place.hardlink_to(real)
        except OSError:
            shutil.copyfile(real, place)


def _tree_text(files: tuple[RemoteFile, ...]) -> str:
    entries: dict[str, dict[str, Any]] = {}
    for file in files:
        entry: dict[str, Any] = {"size": file.size_bytes, "blob_id": file.git_sha1 or ""}
        if file.sha256:
            entry |= {"lfs_sha256": file.sha256, "lfs_size": file.size_bytes}
        entries[file.path] = entry
    return json.dumps({"format_version": _TREE_FORMAT, "files": dict(sorted(entries.items()))}, indent=1)


def _read_tree(path: Path) -> tuple[RemoteFile, ...] | None:
    """A listing that huggingface_hub or we kept; None where there is none, or one of another format."""
    try:
        document: Any = json.loads(path.read_text(encoding="utf-8"))
        if document["format_version"] != _TREE_FORMAT:
            return None
        entries = cast("dict[str, dict[str, Any]]", document["files"])
        return tuple(
            RemoteFile(
                path=name,
                size_bytes=int(entry.get("lfs_size") or entry["size"]),
                sha256=entry.get("lfs_sha256"),
                git_sha1=None if entry.get("lfs_sha256") else entry["blob_id"],
            )
            for name, entry in entries.items()
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _read_snapshot(folder: Path) -> tuple[RemoteFile, ...] | None:
    """The files of a commit that lie in the cache; the blobs' names are their hashes."""
    found: list[RemoteFile] = []
    for path in sorted(folder.rglob("*")):
        name = path.resolve().name
        if path.is_file():
            known = {"sha256": name} if _SHA256.fullmatch(name) else {"git_sha1": name} if _COMMIT.fullmatch(name) else None
            if known is not None:
                found.append(RemoteFile(path=path.relative_to(folder).as_posix(), size_bytes=path.stat().st_size, **known))
    return tuple(found) or None


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.new")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)
