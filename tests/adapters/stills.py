"""Help for the tests of families that make stills."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cinema.adapters import registry
from cinema.adapters.contract import Device, InputArtefact, Job, LoadPlan
from cinema.catalog import Catalog
from cinema.events import LocalWatch
from cinema.media import Picture, read_picture, write_png
from cinema.plan.task import ImageRequest, Reference
from cinema.testing.tiny import build

CATALOG = Catalog()


class Still:
    """A loaded adapter on a tiny checkpoint, and its folder."""

    def __init__(self, model: str, folder: Path, *, load_plan: str = "resident", **settings: Any) -> None:
        manifest = CATALOG.manifest(model)
        self.folder = folder
        self.manifest = manifest.model_copy(update={"settings": {**manifest.settings, **settings}})
        if not (folder / model).exists():
            build(manifest, folder / model)
        self.weights = folder / model
        self.adapter: Any = registry.create(manifest.family)
        self.adapter.load(LoadPlan(manifest=self.manifest, weights=self.weights, load_plan=load_plan), Device())

    def draw(self, *references: Picture, **asked: Any) -> Picture:
        """The still that is made of these pictures."""
        out = self.folder / "out"
        out.mkdir(exist_ok=True)
        request = self.request(*references, **asked)
        inputs = tuple(self._input(number, picture) for number, picture in enumerate(references))
        self.adapter.run(Job(request=request, seed=1, inputs=inputs), out, LocalWatch())
        return read_picture(out / "image.png")

    def request(self, *references: Picture, **asked: Any) -> ImageRequest:
        named = tuple(Reference(kind="character", name=f"P{place}", input=place) for place in range(len(references)))
        given = {"prompt": "a red boat", "width_px": 96, "height_px": 64, "steps": 2, "references": named, **asked}
        return ImageRequest(**given)

    def _input(self, number: int, picture: Picture) -> InputArtefact:
        path = self.folder / f"{number}.png"
        facts = write_png(path, picture)
        return InputArtefact(key=f"{number:064d}", main=path.name, files={path.name: path}, facts=facts)


@contextmanager
def calls(owner: Any, name: str) -> Iterator[list[tuple[tuple[Any, ...], dict[str, Any]]]]:
    """Positional and named arguments of every call of a method while this lasts."""
    seen: list[tuple[tuple[Any, ...], dict[str, Any]]] = []
    original = getattr(owner, name)

    def call(*given: Any, **named: Any) -> Any:
        seen.append((given, named))
        return original(*given, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, name, call)
        yield seen


def noise(width_px: int, height_px: int, seed: int = 0) -> Picture:
    """Blocks of colour."""
    blocks = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), np.uint8)
    return np.ascontiguousarray(np.kron(blocks, np.ones((height_px // 8, width_px // 8, 1), np.uint8)))


def plain(width_px: int, height_px: int, *colour: int) -> Picture:
    return np.full((height_px, width_px, 3), colour, np.uint8)


def distance(first: Picture, second: Picture) -> float:
    return float(np.abs(first.astype(float) - second).mean())
