"""`TinyShelf`: small random weights in place of the released ones, made on the spot: a dry run of the real code.

They are built by a child process, since only that may load the model libraries. What they give is noise.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

import cinema
from cinema.catalog import Held, Manifest
from cinema.errors import CinemaError, MissingModelError, OutOfDiskError
from cinema.weights.lock import LOCK_NAME
from cinema.weights.shelf import WeightsShelf

UNBUILT = "tiny-unbuilt"
"""The revision of a model whose tiny weights have not been made."""
_BUILD_SECONDS = 600.0
_LIBRARIES = ("torch", "diffusers", "transformers", "accelerate", "tokenizers", "safetensors", "spandrel", "TTS", "peft")


class _File(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    size_bytes: int
    sha256: str


class _TinyLock(BaseModel):
    """What the child writes beside the files, last: a folder with it is whole."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    revision: str
    files: Mapping[str, _File]


class TinyShelf:
    """`<root>/<model id>/` with `lock.json`, for every model that has been built."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def find(self, manifest: Manifest) -> Held | None:
        """The tiny weights of that model, or None where they have not been built, or not wholly."""
        if not manifest.sources:
            return None
        folder = WeightsShelf(self.root).folder(manifest.id)
        try:
            lock = _TinyLock.model_validate_json((folder / LOCK_NAME).read_bytes())
            sizes = {name: (folder / name).stat().st_size for name in lock.files}
        except (OSError, ValidationError):
            return None
        if any(sizes[name] != file.size_bytes for name, file in lock.files.items()):
            return None
        return Held(path=folder, revision=lock.revision, size_bytes=sum(sizes.values()))

    def fitted(self, manifest: Manifest) -> Manifest:
        """The manifest as it is true of its tiny weights: they run anywhere, and in one way. Code stays as it is."""
        if not manifest.sources:
            return manifest
        held = self.find(manifest)
        return manifest.model_copy(
            update={
                "name": f"{manifest.name} (tiny random weights)",
                "revision": held.revision if held else UNBUILT,
                "needs_gpu": False,
                "load_plans": ("resident",),
                "precisions": ("native",),
                "components": (),
                "memory": (),
                "speed": (),
            }
        )

    def build(self, manifests: Iterable[Manifest]) -> tuple[str, ...]:
        """Make the tiny weights of those models that have sources and are not here yet; returns which.

        Raises MissingModelError where the model libraries are not installed, or a family has no tiny form.
        """
        missing = tuple(dict.fromkeys(one.id for one in manifests if one.sources and self.find(one) is None))
        if not missing:
            return ()
        try:
            self.root.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            raise OutOfDiskError(
                f"The folder of tiny weights {self.root} cannot be made: {exc.strerror}; set `weights` to another."
            ) from exc
        command = [sys.executable, "-m", "cinema.testing.tiny", "--out", str(self.root), *missing]
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_BUILD_SECONDS,
                check=False,
                env=_environment(),
            )
        except subprocess.TimeoutExpired as exc:
            raise MissingModelError(
                f"The tiny weights of {', '.join(missing)} were not made within {_BUILD_SECONDS:.0f} s."
            ) from exc
        if done.returncode != 0:
            raise _refusal(missing, done.stderr)
        lacking = [one for one in missing if not (self.root / one / LOCK_NAME).is_file()]
        if lacking:
            raise CinemaError(f"The tiny weights of {', '.join(lacking)} were not made; report this.")
        return missing


def _environment() -> dict[str, str]:
    """Ours, with this package on the child's path."""
    home = str(Path(cinema.__file__).resolve().parent.parent)
    return {**os.environ, "PYTHONPATH": os.pathsep.join([home, *filter(None, [os.environ.get("PYTHONPATH")])])}


def _refusal(models: Iterable[str], said: str) -> MissingModelError:
    """Why the child made none: a library that is not installed, else its last words."""
    last = said.strip().splitlines()[-1] if said.strip() else "it said nothing"
    absent = next((name for name in _LIBRARIES if f"No module named '{name}" in said), None)
    if absent is not None:
        return MissingModelError(
            f"The mode needs {absent}, which is not installed: pip install 'cinema[models]' (to make tiny weights of "
            f"{', '.join(models)})."
        )
    return MissingModelError(
        f"The tiny weights of {', '.join(models)} cannot be made: {last.removeprefix('cinema: ')}; "
        "choose other models with `--set models.ROLE=ID`, or install what is missing: pip install 'cinema[models]'."
    )
