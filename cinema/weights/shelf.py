"""`WeightsShelf`: the weights that lie on this machine, as the catalogue asks for them."""

from __future__ import annotations

from pathlib import Path

from cinema.catalog import Held, Manifest
from cinema.errors import CinemaError, InputError
from cinema.settings import Settings
from cinema.weights.lock import Lock, read_lock, whole


def shelf_root(settings: Settings) -> Path:
    """The folder of all weights: `settings.weights`, else this user's data folder."""
    if settings.weights:
        return Path(settings.weights).expanduser().absolute()
    from platformdirs import user_data_path

    return user_data_path("cinema") / "weights"


class WeightsShelf:
    """One folder per model below `root`. Asking is cheap: a small file is read and sizes are compared, nothing is hashed."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def folder(self, model_id: str) -> Path:
        """Where the model's weights lie, or would lie."""
        if not model_id or model_id != Path(model_id).name or model_id.startswith("."):
            raise InputError(f"{model_id!r} cannot be a model's id.")
        return self.root / model_id

    def lock(self, manifest: Manifest) -> Lock | None:
        """The lock of weights that are wholly here and what the manifest asks for; else None."""
        folder = self.folder(manifest.id)
        try:
            lock = read_lock(folder)
        except CinemaError:
            return None
        if lock is None or lock.model != manifest.id or not lock.covers(manifest):
            return None
        return lock if whole(folder, lock) else None

    def find(self, manifest: Manifest) -> Held | None:
        """The weights of that model, or None where they are not, or not wholly, here."""
        lock = self.lock(manifest) if manifest.sources else None
        if lock is None:
            return None
        return Held(path=self.folder(manifest.id), revision=lock.revision, size_bytes=lock.size_bytes)

    def fitted(self, manifest: Manifest) -> Manifest:
        """The manifest with the revision of the weights held; as it is where none are."""
        held = self.find(manifest)
        return manifest if held is None else manifest.model_copy(update={"revision": held.revision})
