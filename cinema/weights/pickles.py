"""Pickles: files that could run code when they are loaded. Adapters read them through here and nowhere else.

    read_pickle(path, manifest) -> Any                  # torch.load(weights_only=True) of a file whose hash is stated
    trusted_pickle(path, manifest) -> BinaryIO          # the same check, for a library that wants a file object or bytes

`path` lies in a model's folder. The file is hashed on every read, and InputError (exit 2) is raised unless its SHA-256 is
stated by the manifest (`SourceFile.sha256`) or, for this very file, by the `lock.json` in the nearest folder above it. The
lock got its hashes from a pull that was held to the manifest or to the user's own --accept-sha256, from a converter, or
from `cinema.testing.tiny`. `manifest` may be None in a converter: the lock alone then decides.

Restricted loading by itself is not relied upon: torch's `weights_only` was bypassed by CVE-2025-32434 (torch < 2.6) and again
before 2.10.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, BinaryIO

from cinema.catalog import Manifest
from cinema.errors import InputError, MissingModelError
from cinema.weights.lock import LOCK_NAME, hashes_beside

SUFFIXES = frozenset({".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".th", ".tar", ".joblib"})
"""Endings of files that are, or may hold, pickles. NumPy's own files are not among them: `np.load` refuses pickles."""
_CHUNK_BYTES = 1 << 20


def is_pickle(name: str) -> bool:
    """Whether a file of that name may be a pickle."""
    return Path(name).suffix.lower() in SUFFIXES


def stated_hashes(manifest: Manifest) -> frozenset[str]:
    """Every SHA-256 that the manifest states."""
    return frozenset(file.sha256.lower() for source in manifest.sources for file in source.files if file.sha256)


def trusted_pickle(path: Path, manifest: Manifest | None = None) -> BinaryIO:
    """The open file, at its start, once its hash was found stated. The caller closes it.

    What is loaded is the descriptor that was hashed, so that a file exchanged in between is not loaded.
    """
    try:
        file = path.open("rb")
    except OSError as exc:
        raise MissingModelError(f"{path} cannot be read ({exc.strerror}); run `cinema models verify`.") from exc
    try:
        hasher = hashlib.sha256()
        while chunk := file.read(_CHUNK_BYTES):
            hasher.update(chunk)
        found = hasher.hexdigest()
        if found not in _trusted(path, manifest):
            raise InputError(
                f"{path} is a pickle, which could run code, and its SHA-256 {found} is stated neither in the model's manifest "
                f"nor in the {LOCK_NAME} beside it; it was not loaded. Run `cinema models verify`, or pull the model again."
            )
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return file


def read_pickle(path: Path, manifest: Manifest | None = None, *, map_location: str = "cpu") -> Any:
    """What the checkpoint holds (tensors and plain containers), on `map_location`. InputError where it holds anything else."""
    import pickle

    import torch

    with trusted_pickle(path, manifest) as file:
        try:
            return torch.load(file, map_location=map_location, weights_only=True)
        except (pickle.UnpicklingError, EOFError) as exc:
            reason = str(exc).strip().splitlines() or [type(exc).__name__]
            raise InputError(f"{path} is not a checkpoint of plain tensors and was refused: {reason[0][:200]}") from exc


def _trusted(path: Path, manifest: Manifest | None) -> frozenset[str]:
    stated = stated_hashes(manifest) if manifest is not None else frozenset[str]()
    place = path.absolute()
    for folder in place.parents:
        if (folder / LOCK_NAME).is_file():
            return stated | hashes_beside(folder).get(place.relative_to(folder).as_posix(), frozenset())
    return stated
