"""`WeightsShelf`: the weights that lie on this machine, as the catalogue asks for them."""

from __future__ import annotations

import re
from pathlib import Path

from cinema.catalog import Held, Manifest
from cinema.errors import CinemaError, InputError
from cinema.settings import Settings
from cinema.weights import versions
from cinema.weights.lock import Lock, is_whole, read_lock, whole

_REVISION = re.compile(r"[0-9a-f]{16}|[0-9a-f]{40}")
"""What `Lock.of` gives: a commit, or a digest. "unpinned", and the counts of models that are code, are none."""


def shelf_root(settings: Settings) -> Path:
    """The folder of all weights: `settings.weights`, else this user's data folder."""
    if settings.weights:
        return Path(settings.weights).expanduser().absolute()
    from platformdirs import user_data_path

    return user_data_path("cinema") / "weights"


def shelf_for(settings: Settings) -> WeightsShelf:
    """The shelf that the settings mean; one that takes weights out of a cache where they name a cache."""
    root = shelf_root(settings)
    if not settings.weights_cache:
        return WeightsShelf(root)
    from cinema.weights.adopt import AdoptingShelf

    return AdoptingShelf(root, Path(settings.weights_cache).expanduser().absolute())


class WeightsShelf:
    """One folder per model below `root`. Asking is cheap: a small file is read and sizes are compared, nothing is hashed."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def folder(self, model_id: str) -> Path:
        """Where the model's weights lie, or would lie."""
        if not model_id or model_id != Path(model_id).name or model_id.startswith("."):
            raise InputError(f"{model_id!r} cannot be a model's id.")
        return self.root / model_id

    def standing(self, model_id: str) -> Path:
        """The folder that the model's name stands for now; its files stay as they are when others take the name."""
        return versions.standing(self.folder(model_id))

    def lock(self, manifest: Manifest) -> Lock | None:
        """The lock of weights that are wholly here now and what the manifest asks for; else None."""
        return _lock(self.standing(manifest.id), manifest)

    def find(self, manifest: Manifest) -> Held | None:
        """The weights of that model, or None where they are not, or not wholly, here.

        Of a manifest that states a revision, as `fitted` gives it, exactly that one, also where another was pulled since: a
        film goes on with what it was planned with.
        """
        if not manifest.sources:
            return None
        name = self.folder(manifest.id)
        exactly = states_revision(manifest)
        for folder in (versions.standing(name), *(versions.versions(name) if exactly else ())):
            lock = _lock(folder, manifest)
            if lock is not None and (not exactly or lock.revision == manifest.revision):
                return Held(path=folder, revision=lock.revision, size_bytes=lock.size_bytes)
        return None

    def fitted(self, manifest: Manifest) -> Manifest:
        """The manifest with the revision of the weights held; as it is where none are."""
        held = self.find(manifest)
        return manifest if held is None else manifest.model_copy(update={"revision": held.revision})

    def lacking(self, manifest: Manifest) -> str:
        """Why weights that were put here do not count as here: a sentence without places; empty where there never were any."""
        folder = self.standing(manifest.id)
        try:
            lock = read_lock(folder)
        except CinemaError:
            return f"The lock of {manifest.id} is damaged."
        if lock is None or self.find(manifest) is not None:
            return ""
        gone = [file.path for file in lock.files if not is_whole(folder, file)]
        if gone:
            more = f" and {len(gone) - 1} more" if len(gone) > 1 else ""
            return (
                f"{len(gone)} of the {len(lock.files)} files of {manifest.id} are gone or changed since they were put here "
                f"({gone[0]}{more}); links to a cache that was moved or cleared lead nowhere."
            )
        return f"What is here of {manifest.id} is not what its manifest asks for today."

    def news(self) -> tuple[str, ...]:
        """What this shelf took out of a cache, and what not, as sentences for a log."""
        return ()


def states_revision(manifest: Manifest) -> bool:
    """Whether the manifest is true of one revision of its weights, as `WeightsShelf.fitted` gives it."""
    return _REVISION.fullmatch(manifest.revision) is not None


def _lock(folder: Path, manifest: Manifest) -> Lock | None:
    """The lock of that folder where its files are whole and what the manifest asks for."""
    try:
        lock = read_lock(folder)
    except CinemaError:
        return None
    if lock is None or lock.model != manifest.id or not lock.covers(manifest):
        return None
    return lock if whole(folder, lock) else None
