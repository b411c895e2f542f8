"""What tests of the video families share: a tiny checkpoint on the spot, windows to shoot, and a look at what modules were given."""

from __future__ import annotations

from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cinema.adapters import registry
from cinema.adapters.contract import Device, InputArtefact, Job, LoadPlan
from cinema.adapters.kit.steps import Steps
from cinema.adapters.kit.video import Shooting
from cinema.catalog import Grid, Licence, LoadPlanName, Manifest, Value, Want
from cinema.events import LocalWatch
from cinema.media import Picture, read_frames, write_png
from cinema.plan.task import VideoRequest
from cinema.testing.tiny import build

if TYPE_CHECKING:
    from collections.abc import Generator

SIZE = (64, 48)


def manifest_for(family: str, grid: Grid, settings: dict[str, Value], wants: tuple[Want, ...] = ()) -> Manifest:
    """Of a tiny model of that family."""
    return Manifest(
        id=f"tiny-{family}",
        name="tiny",
        roles=("video",),
        family=family,
        needs_gpu=False,
        wants=wants,
        licence=Licence(name="none", commercial=True),
        grid=grid,
        settings=settings,
    )


def opened(manifest: Manifest, folder: Path, load_plan: LoadPlanName = "resident") -> Any:
    """The adapter of that model, loaded; its checkpoint is built in `folder` where it is not there yet."""
    if not folder.exists():
        build(manifest, folder)
    adapter = registry.create(manifest.family)
    adapter.load(LoadPlan(manifest=manifest, weights=folder, load_plan=load_plan), Device())
    return adapter


def shot(adapter: Any, **changes: Any) -> np.ndarray:
    """The frames of one window; `changes` are fields of `Shooting`, and `seed`."""
    import torch

    asked: dict[str, Any] = {
        "prompt": "a street at dawn",
        "negative_prompt": "blurry",
        "width_px": 64,
        "height_px": 64,
        "frames": 9,
        "fps": 24.0,
        "steps": 2,
        "guidance": 3.0,
        "keyframe": None,
        "before": None,
        "progress": Steps(LocalWatch(), 1000),
        **changes,
    }
    seed = asked.pop("seed", 1)
    with torch.inference_mode():
        return adapter.shoot(Shooting(generator=torch.Generator("cpu").manual_seed(seed), **asked))


def picture(seed: int, width_px: int = 64, height_px: int = 64) -> Picture:
    """Coarse noise: blocks of 16 pixels."""
    blocks = np.random.default_rng(seed).integers(0, 256, (height_px // 16, width_px // 16, 3), np.uint8)
    return np.ascontiguousarray(np.kron(blocks, np.ones((16, 16, 1), np.uint8)))


@contextmanager
def calls(module: Any) -> Generator[list[dict[str, Any]]]:
    """The keyword arguments of every call of a module, as they come."""
    seen: list[dict[str, Any]] = []

    def note(_module: Any, _arguments: Any, given: dict[str, Any]) -> None:
        seen.append(dict(given))

    handle = module.register_forward_pre_hook(note, with_kwargs=True)
    try:
        yield seen
    finally:
        handle.remove()


def clip(
    adapter: Any, out: Path, watch: LocalWatch | None = None, keyframe: Picture | None = None, **changes: Any
) -> np.ndarray:
    """The decoded frames of a whole run."""
    out.mkdir()
    asked: dict[str, Any] = {
        "prompt": "a street at dawn",
        "width_px": SIZE[0],
        "height_px": SIZE[1],
        "fps": Fraction(24),
        "length_frames": 11,
        "steps": 2,
        **changes,
    }
    inputs: tuple[InputArtefact, ...] = ()
    if keyframe is not None:
        facts = write_png(out.with_suffix(".png"), keyframe)
        inputs = (InputArtefact(key="0" * 64, main="k", files={"k": out.with_suffix(".png")}, facts=facts),)
        asked["keyframe"] = 0
    seed = asked.pop("seed", 1)
    adapter.run(Job(request=VideoRequest(**asked), seed=seed, inputs=inputs), out, watch or LocalWatch())
    return np.stack(list(read_frames(out / "clip.mp4")))
