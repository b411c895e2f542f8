"""Help for the tests of families that make stills."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from shooting import opened

from cinema.adapters.contract import InputArtefact, Job
from cinema.catalog import Catalog, LoadPlanName
from cinema.events import LocalWatch
from cinema.media import Picture, read_picture, write_png
from cinema.plan.task import ImageRequest, Reference

CATALOG = Catalog()


class Still:
    """A loaded adapter on a tiny checkpoint, and its folder."""

    def __init__(self, model: str, folder: Path, *, load_plan: LoadPlanName = "resident", **settings: Any) -> None:
        manifest = CATALOG.manifest(model)
        self.folder = folder
        self.manifest = manifest.model_copy(update={"settings": {**manifest.settings, **settings}})
        self.weights = folder / model
        self.adapter = opened(self.manifest, self.weights, load_plan)

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


def alone(still: Still, kind: Any, asked: dict[str, Any], **components: Any) -> np.ndarray:
    """What the pipeline makes by itself of what `Still.draw` asks for, with all components in it, opened by the libraries."""
    import torch

    for name, one in components.items():
        components[name] = one.from_pretrained(still.weights / name) if isinstance(one, type) else one
    pipeline = kind(**components)
    pipeline.set_progress_bar_config(disable=True)
    size: dict[str, Any] = {"width": 96, "height": 64, "num_inference_steps": 2, "output_type": "np"}
    made = pipeline(prompt="a red boat", generator=torch.Generator("cpu").manual_seed(1), **size, **asked)
    return np.rint(made.images[0] * 255)


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
