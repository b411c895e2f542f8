"""`ImageAdapter`: base of the families that make stills."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from cinema.adapters.contract import Job, Product, ProductFile
from cinema.adapters.kit import windows
from cinema.adapters.kit.frames import covered, cropped, quantised
from cinema.adapters.kit.libraries import library
from cinema.adapters.kit.prompts import Asked, Encoded
from cinema.adapters.kit.steps import Steps
from cinema.errors import InputError
from cinema.events import Watch
from cinema.media import Picture, read_picture, write_png
from cinema.plan.task import ImageRequest

_Item = TypeVar("_Item")


@dataclass(frozen=True, kw_only=True)
class Drawing(Asked):
    """One still that a family must make."""

    references: tuple[Picture, ...]
    """RGB, of any size; "image 1" in the prompt is the first."""

    def through(self, pipeline: Any, **own: Any) -> Picture:
        """What a diffusers pipeline makes of it (`given_to`)."""
        return quantised(self.given_to(pipeline, **own).images)[0]


class ImageAdapter(Encoded):
    """A family implements `assemble`, `assemble_encoders`, `encode` and `draw`."""

    @abstractmethod
    def draw(self, drawing: Drawing) -> Picture:
        """The still, RGB; calls `drawing.progress.tick()` after every denoising step. Another size is scaled and cropped."""

    def run(self, job: Job, out: Path, watch: Watch) -> Product:
        """Write `image.png` at exactly the size asked for. InputError for another kind of request."""
        torch = library("torch")
        request, parts = job.request, self.parts
        if not isinstance(request, ImageRequest):
            raise InputError(f"{parts.manifest.id} makes stills; it was given a request of the kind {request.kind!r}.")
        width_px, height_px = windows.working_size(request.width_px, request.height_px, parts.manifest.grid)
        steps = request.steps or int(parts.setting("steps", 30))
        progress = Steps(watch, steps + 1)
        parts.reset_peak()
        with torch.inference_mode():
            picture = self.draw(
                Drawing(
                    prompt=request.prompt,
                    negative_prompt=request.negative_prompt,
                    width_px=width_px,
                    height_px=height_px,
                    steps=steps,
                    guidance=request.guidance if request.guidance is not None else float(parts.setting("guidance", 1.0)),
                    references=tuple(read_picture(job.inputs[one.input].path) for one in request.references),
                    generator=parts.generator(job.seed),
                    progress=progress,
                )
            )
        if picture.shape[:2] == (height_px, width_px):
            picture = cropped(picture, request.width_px, request.height_px)
        facts = write_png(out / "image.png", covered(picture, request.width_px, request.height_px))
        progress.finish()
        return Product(files=(ProductFile(name="image.png", facts=facts),), peak_bytes=parts.peak_bytes())


def on_one_canvas(pictures: Sequence[Picture], sizes: Sequence[tuple[int, int]]) -> Picture:
    """All pictures on one canvas, whole, in rows that read from left to right; white where there is none.

    Of `sizes` (width, height) and of the numbers of rows, those are taken with which the pictures are largest. One picture
    alone fills the canvas: it is cropped to the nearest shape.
    """
    aspects = [picture.shape[1] / picture.shape[0] for picture in pictures]
    if len(pictures) == 1:
        width_px, height_px = min(sizes, key=lambda size: abs(size[0] / size[1] - aspects[0]))
        return covered(pictures[0], width_px, height_px)
    plans = [(_row_height(aspects, rows, size), -rows, size) for size in sizes for rows in range(1, len(pictures) + 1)]
    row_px, rows, (width_px, height_px) = max(plans)
    canvas = np.full((height_px, width_px, 3), 255, np.uint8)
    top = (height_px + rows * row_px) // 2
    for row in _rows(list(pictures), -rows):
        scaled = [covered(one, max(int(one.shape[1] * row_px / one.shape[0]), 1), row_px) for one in row]
        left = (width_px - sum(one.shape[1] for one in scaled)) // 2
        for one in scaled:
            canvas[top : top + row_px, left : left + one.shape[1]] = one
            left += one.shape[1]
        top += row_px
    return canvas


def _rows(items: list[_Item], rows: int) -> list[list[_Item]]:
    """The items in order, in `rows` rows (or fewer) of the same count; the last may be shorter."""
    count = -(-len(items) // rows)
    return [items[start : start + count] for start in range(0, len(items), count)]


def _row_height(aspects: list[float], rows: int, size: tuple[int, int]) -> int:
    """How high `rows` rows of pictures can be on a canvas of that size."""
    longest = max(sum(row) for row in _rows(aspects, rows))
    return max(int(min(size[1] / rows, size[0] / longest)), 1)
