"""What tests of music and sound families share: a tiny checkpoint on the spot, with a manifest of the catalog, and pieces to play."""

from __future__ import annotations

from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from cinema.adapters.contract import Job
from cinema.adapters.kit.sound import Playing
from cinema.adapters.kit.steps import Steps
from cinema.catalog import Catalog, Manifest
from cinema.events import LocalWatch

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    import numpy as np

    from cinema.plan.task import MusicRequest, SoundRequest


def manifest_of(model: str, **settings: Any) -> Manifest:
    """The manifest as it is true of a tiny checkpoint, with other settings where some are given."""
    manifest = Catalog().manifest(model)
    changes = {"needs_gpu": False, "load_plans": ("resident",), "precisions": ("native",)}
    return manifest.model_copy(update={**changes, "settings": {**manifest.settings, "steps": 2, **settings}})


def played(adapter: Any, **changes: Any) -> np.ndarray:
    """What `play` gives; `changes` are fields of `Playing`."""
    torch: Any = import_module("torch")
    seed = changes.pop("seed", 1)
    asked: dict[str, Any] = {
        "prompt": "calm piano",
        "lyrics": "",
        "language": "",
        "seconds": 2.0,
        "steps": 2,
        "guidance": 3.0,
        "before": None,
        "progress": Steps(LocalWatch(), 1000),
        **changes,
    }
    with torch.inference_mode():
        return adapter.play(Playing(generator=torch.Generator("cpu").manual_seed(seed), seed=seed, **asked))[0]


def run(adapter: Any, request: MusicRequest | SoundRequest, out: Path, *, seed: int = 1) -> np.ndarray:
    """The samples of a whole run, channels x samples."""
    import soundfile

    out.mkdir()
    product = adapter.run(Job(request=request, seed=seed), out, LocalWatch())
    wave, rate_hz = soundfile.read(out / product.files[0].name, dtype="float32", always_2d=True)
    assert rate_hz == 48_000
    return wave.T


@contextmanager
def given(module: Any) -> Generator[list[Any]]:
    """The first argument of every call of a module, as they come."""
    seen: list[Any] = []

    def note(_module: Any, arguments: Any) -> None:
        seen.append(arguments[0])

    handle = module.register_forward_pre_hook(note)
    try:
        yield seen
    finally:
        handle.remove()
