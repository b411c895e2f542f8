"""`TinyShelf`: small random weights in place of the released ones, made on the spot: a dry run of the real code.

They are built by a child process, since only that may load the model libraries. What they give is noise.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO

from pydantic import BaseModel, ConfigDict, ValidationError

import cinema
from cinema.catalog import Held, Manifest
from cinema.errors import Cancelled, CinemaError, MissingModelError, OutOfDiskError
from cinema.weights.lock import LOCK_NAME
from cinema.weights.shelf import WeightsShelf

BUILDERS_VERSION = 2
"""Raised when a builder changes what it makes: what was made before is then made again."""
TINY_STEPS = 2
"""How many denoising steps a tiny model takes at most: more than one, so that what goes from step to step is exercised, and
few, since noise gets no better (AudioLDM2's 200 took 55 s for 8 s of sound, 2026-11-21, docs/measurements/generators.md)."""
UNBUILT = "tiny-unbuilt"
"""The revision of a model whose tiny weights have not been made."""
_BUILDER = (sys.executable, "-m", "cinema.testing.tiny")
_BUILD_SECONDS = 900.0
_LOOK_SECONDS = 0.1
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
    builders_version: int = BUILDERS_VERSION


class TinyShelf:
    """`<root>/<model id>/` with `lock.json`, for every model that has been built."""

    def __init__(self, root: Path, builder: Sequence[str] = _BUILDER) -> None:
        """`builder` is the command that makes them: it is given `--out ROOT` and the models' ids."""
        self.root = root
        self._builder = tuple(builder)

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
        if lock.builders_version != BUILDERS_VERSION or any(sizes[name] != one.size_bytes for name, one in lock.files.items()):
            return None
        return Held(path=folder, revision=lock.revision, size_bytes=sum(sizes.values()))

    def fitted(self, manifest: Manifest) -> Manifest:
        """The manifest as it is true of its tiny weights: they run anywhere, in one way and in few steps. Code stays as it is.

        The name says so, and with it the report.
        """
        if not manifest.sources:
            return manifest
        held = self.find(manifest)
        usual = manifest.settings.get("steps")
        few = {"steps": min(usual, TINY_STEPS)} if isinstance(usual, int) else {}
        told = f"tiny random weights, {few['steps']} steps" if few else "tiny random weights"
        return manifest.model_copy(
            update={
                "name": f"{manifest.name} ({told})",
                "settings": {**manifest.settings, **few},
                "revision": held.revision if held else UNBUILT,
                "needs_gpu": False,
                "load_plans": ("resident",),
                "precisions": ("native",),
                "components": (),
                "memory": (),
                "speed": (),
            }
        )

    def build(self, manifests: Iterable[Manifest], cancel: threading.Event | None = None) -> tuple[str, ...]:
        """Make the tiny weights of those models that have sources and are not here yet; returns which.

        Raises MissingModelError where the model libraries are not installed or a family has no tiny form, Cancelled once
        `cancel` is set, OutOfDiskError where the folder cannot be written.
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
        with tempfile.TemporaryFile() as log:
            command = [*self._builder, "--out", str(self.root), *missing]
            status = _run(command, log, missing, cancel or threading.Event())
            log.seek(0)
            said = log.read().decode("utf-8", "replace")
        if status != 0:
            raise _refusal(missing, said)
        lacking = [one for one in missing if not (self.root / one / LOCK_NAME).is_file()]
        if lacking:
            raise CinemaError(f"The tiny weights of {', '.join(lacking)} were not made; report this.")
        return missing


def _run(command: Sequence[str], log: IO[bytes], models: Iterable[str], cancel: threading.Event) -> int:
    """The status of the child, which is ended with whatever ends this."""
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=_environment())
    until = time.monotonic() + _BUILD_SECONDS
    try:
        while True:
            try:
                status = child.wait(_LOOK_SECONDS)
            except subprocess.TimeoutExpired:
                if cancel.is_set():
                    raise Cancelled() from None
                if time.monotonic() > until:
                    who = ", ".join(models)
                    raise MissingModelError(f"The tiny weights of {who} were not made within {_BUILD_SECONDS:.0f} s.") from None
                continue
            if status == -signal.SIGINT or cancel.is_set():
                raise Cancelled()
            return status
    finally:
        child.kill()
        child.wait()


def _environment() -> dict[str, str]:
    """Ours, with this package on the child's path."""
    home = str(Path(cinema.__file__).resolve().parent.parent)
    return {**os.environ, "PYTHONPATH": os.pathsep.join([home, *filter(None, [os.environ.get("PYTHONPATH")])])}


def _refusal(models: Iterable[str], said: str) -> MissingModelError:
    """Why the child made none: a library that is not installed, else its last words."""
    last = said.strip().splitlines()[-1] if said.strip() else "it said nothing"
    absent = next((name for name in re.findall(r"No module named '(\w+)", said) if name in _LIBRARIES), None)
    if absent is not None:
        return MissingModelError(
            f"The mode needs {absent}, which is not installed: pip install 'cinema[models]' (to make tiny weights of "
            f"{', '.join(models)})."
        )
    return MissingModelError(
        f"The tiny weights of {', '.join(models)} cannot be made: {last.removeprefix('cinema: ')}; "
        "choose other models with `--set models.ROLE=ID`, or install what is missing: pip install 'cinema[models]'."
    )
