"""The hub and its cache: what a repository holds at a commit, where its files are fetched and where they are kept.

The cache is laid out as huggingface_hub lays it out (`models--OWNER--NAME/{blobs,snapshots,refs,trees}`), so that what any
other tool fetched is used here and the other way round. Files are verified by what the hub says of them: SHA-256 for those in
large-file storage, the git object id for the small ones.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from cinema import __version__
from cinema.errors import CinemaError, MissingModelError
from cinema.weights.cached import (
    COMMIT,
    SHA256,
    Listing,
    NotCachedError,
    RemoteFile,
    commits,
    keep_listing,
    pointer,
    read_commit,
    read_tree,
)
from cinema.weights.patience import PATIENCE, Patience, Transient

OFFICIAL = "https://huggingface.co"
_TRUE = {"1", "on", "yes", "true"}
_TIMEOUT_SECONDS = 30.0
_LISTING_TRIES = 4


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
        return named | ({"Authorization": f"Bearer {self.token}"} if not self.offline and self.token else {})

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
        if self.offline:
            return self.cached(repository, revision)[0]
        files = read_tree(self.storage(repository), revision) if COMMIT.fullmatch(revision) else None
        if files is not None:
            return Listing(repository=repository, requested=revision, commit=revision, files=files)
        patience = replace(self.patience, tries=min(self.patience.tries, _LISTING_TRIES))
        commit, files = patience.call(lambda: self._ask(repository, revision), lambda: hub_errors(self, repository, revision))
        listing = Listing(repository=repository, requested=revision, commit=commit, files=files)
        with suppress(OSError, CinemaError):  # best effort: the cache may be mounted read-only
            keep_listing(self.storage(repository), listing)
        return listing

    def cached(self, repository: str, revision: str) -> tuple[Listing, ...]:
        """What the cache has that `revision` may mean, the likeliest first. Raises MissingModelError where it has nothing."""
        storage = self.storage(repository)
        found = [read_commit(storage, repository, revision, commit) for commit in commits(storage, revision)]
        if not any(found):
            raise NotCachedError(f"{repository} at {revision} is not in the cache")
        return tuple(listing for listing in found if listing is not None)

    def _ask(self, repository: str, revision: str) -> tuple[str, tuple[RemoteFile, ...]]:
        from huggingface_hub import HfApi, RepoFile

        api = HfApi(endpoint=self.endpoint, token=self.token or False, library_name="cinema", library_version=__version__)
        commit = api.model_info(repository, revision=revision, timeout=_TIMEOUT_SECONDS).sha
        if not commit or not COMMIT.fullmatch(commit):
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

    def place(self, listing: Listing, file: RemoteFile) -> Path:
        """Where the file's content lies in the cache, or would: a blob, or a plain file of the snapshot that is there already.

        Where the hub can be asked, a plain file of another size does not count. MissingModelError for a file of which there
        is neither, nor a hash to verify it by.
        """
        storage = self.storage(listing.repository)
        stated = SHA256.fullmatch(file.blob) or COMMIT.fullmatch(file.blob)
        blob = storage / "blobs" / file.blob
        if not stated or not blob.exists():
            plain = pointer(storage, listing.commit, file.path)
            if plain.is_file() and (self.offline or not stated or plain.stat().st_size == file.size_bytes):
                return plain
        if not stated:
            raise MissingModelError(f"The hub states no hash of {file.path} of {listing.repository}; it cannot be verified.")
        return blob

    def point(self, listing: Listing, file: RemoteFile) -> None:
        """Make the cache know the blob as that file of that commit, as huggingface_hub does. Best effort: the cache may be
        mounted read-only.
        """
        place = pointer(self.storage(listing.repository), listing.commit, file.path)
        if not place.exists():
            with suppress(OSError):
                place.parent.mkdir(parents=True, exist_ok=True)
                link(self.place(listing, file), place)


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
