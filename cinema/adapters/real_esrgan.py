"""Family `spandrel`: Real-ESRGAN (Wang et al., 2021) and its compact kin, through spandrel: a clip's frames made larger.

Frames come from the decoder in batches, go through the network in tiles, are rounded to 8 bits on the device, brought to the
size asked for and encoded at once: memory hangs neither on the clip's length nor on the size of its frames, but for one frame.

A tile overlaps its neighbours by as much as the network sees around a pixel, so its middle is what the whole frame would have
given. ESRGAN with 23 blocks sees 351 pixels in theory, but next to nothing of what is far off (with random weights, 4e-6 of a
pixel's gradient lies beyond 8 pixels, 2026-11; with the trained ones it was not measured): there `overlap_px` is the limit.

Unproven without a GPU: speed, and the difference that half precision makes.
Licence, repositories and settings: `models/real*.toml`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from cinema.adapters.contract import Job, Product, ProductFile
from cinema.adapters.kit.checkpoints import state_dict
from cinema.adapters.kit.frames import Frames, covered
from cinema.adapters.kit.libraries import library
from cinema.adapters.kit.parts import Opened, Parts
from cinema.adapters.kit.steps import Steps
from cinema.errors import InputError
from cinema.events import Watch
from cinema.media import ClipWriter, read_frames
from cinema.plan.task import UpscaleRequest

_TILE_PX = 512
_OVERLAP_PX = 64
_ALIGN_PX = 4
"""x2plus folds 2 x 2 pixels into one: tiles start where the whole frame's folding would."""
_MOST_FRAMES = 16
"""In one batch, however small they are."""


@dataclass(frozen=True, kw_only=True)
class Tile:
    """A part of one side of a frame: what the network sees, and what of that is kept."""

    start: int
    stop: int
    keep_start: int
    keep_stop: int

    def kept(self, scale: int) -> slice:
        """Where in the tile, made `scale` times as large, that is which is kept."""
        return slice((self.keep_start - self.start) * scale, (self.keep_stop - self.start) * scale)

    def place(self, scale: int) -> slice:
        """Where that goes in the larger frame."""
        return slice(self.keep_start * scale, self.keep_stop * scale)


class RealEsrgan(Opened):
    """One network, always resident: the largest has 17 million parameters."""

    def open(self, parts: Parts) -> None:
        """InputError for a pickle that nobody vouched for."""
        torch, spandrel = library("torch"), library("spandrel")
        try:
            found = spandrel.ModelLoader().load_from_state_dict(_unwrapped(_state(parts)))
        except (spandrel.UnsupportedModelError, RuntimeError) as exc:
            raise InputError(
                f"The weights of {parts.manifest.id} are of no network that spandrel knows; pull them again."
            ) from exc
        self._dtype = parts.dtype
        if parts.plan.precision == "native" and parts.device.type == "cuda":
            self._dtype = torch.float16 if found.supports_half else torch.float32
        self._network: Any = found.to(parts.device, self._dtype).eval()
        self._network.model.requires_grad_(False)
        self._tile_px = int(parts.setting("tile_px", _TILE_PX))
        self._overlap_px = min(reach(found.model), int(parts.setting("overlap_px", _OVERLAP_PX)))

    def close(self) -> None:
        self._network = None

    def run(self, job: Job, out: Path, watch: Watch) -> Product:
        """Write `clip.mp4` at exactly the size asked for, at the clip's own rate and length. InputError for another request."""
        request, parts = job.request, self.parts
        if not isinstance(request, UpscaleRequest) or not job.inputs:
            raise InputError(f"{parts.manifest.id} makes clips larger; it was given a request of the kind {request.kind!r}.")
        source = job.inputs[0]
        facts = source.facts
        tiled = len(self._tiles(facts.height_px)) * len(self._tiles(facts.width_px))
        batch = max(min(self._tile_px**2 // max(facts.width_px * facts.height_px, 1), _MOST_FRAMES), 1)
        progress = Steps(watch, -(-facts.frames // batch) * tiled + 1)
        parts.reset_peak()
        path = out / "clip.mp4"
        size = {"width_px": request.width_px, "height_px": request.height_px}
        with (
            library("torch").inference_mode(),
            _repeatable(),
            ClipWriter(path, **size, fps=facts.fps, pixel_format="rgb24") as clip,
        ):
            for frames in _batches(source.path, batch):
                for frame in self.larger(frames, progress):
                    clip.write(covered(frame, **size))
            written = clip.close()
        progress.finish()
        return Product(files=(ProductFile(name=path.name, facts=written),), peak_bytes=parts.peak_bytes())

    def larger(self, frames: Frames, progress: Steps) -> Frames:
        """The frames, by the network's own factor; ticks after every tile of the batch."""
        torch, scale = library("torch"), self._network.scale
        count, height_px, width_px, _ = frames.shape
        result = np.empty((count, height_px * scale, width_px * scale, 3), np.uint8)
        held = torch.from_numpy(frames).to(self.parts.device).permute(0, 3, 1, 2)
        for row in self._tiles(height_px):
            for column in self._tiles(width_px):
                piece = held[:, :, row.start : row.stop, column.start : column.stop].to(self._dtype) / 255
                made = self._network(piece)[:, :, row.kept(scale), column.kept(scale)]
                levels = (made.float() * 255).round().to(torch.uint8).permute(0, 2, 3, 1)
                result[:, row.place(scale), column.place(scale)] = levels.cpu().numpy()
                progress.tick()
        return result

    def _tiles(self, side_px: int) -> list[Tile]:
        return tiles(side_px, self._tile_px, self._overlap_px)


def tiles(side_px: int, tile_px: int, overlap_px: int) -> list[Tile]:
    """Tiles that together keep every pixel of a side once, each with `overlap_px` around it where the frame goes on.

    With the overlap a tile is at most about `tile_px` long, unless the overlap leaves no room: then 64 pixels are kept.
    """
    if side_px <= tile_px:
        return [Tile(start=0, stop=side_px, keep_start=0, keep_stop=side_px)]
    margin = -(-overlap_px // _ALIGN_PX) * _ALIGN_PX
    longest = max(tile_px - 2 * margin, 64)
    count = -(-side_px // longest)
    kept = -(-side_px // (count * _ALIGN_PX)) * _ALIGN_PX
    return [
        Tile(
            start=max(start - margin, 0),
            stop=min(start + kept + margin, side_px),
            keep_start=start,
            keep_stop=min(start + kept, side_px),
        )
        for start in range(0, side_px, kept)
    ]


def reach(network: Any) -> int:
    """How many pixels around one the network can see, at most: half of every kernel in it, on the grid of the input."""
    kernels = sum(one.kernel_size[0] // 2 for one in network.modules() if isinstance(one, library("torch").nn.Conv2d))
    return kernels * int(getattr(network, "shuffle_factor", None) or 1)


def _batches(path: Path, count: int) -> Iterator[Frames]:
    frames = read_frames(path)
    while batch := list(islice(frames, count)):
        yield np.stack(batch)


def _repeatable() -> AbstractContextManager[None]:
    """On a card the same convolution is chosen every time."""
    return library("torch").backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True)


def _state(parts: Parts) -> Any:
    """The weights in the manifest's own file, as safetensors where that is here."""
    stems = [Path(file.path).stem for source in parts.manifest.sources for file in source.files]
    return state_dict(parts, *(f"{stem}{ending}" for ending in (".safetensors", ".pth") for stem in stems))


def _unwrapped(state: Any) -> Any:
    """The network's own weights, where the file holds them below "params_ema" or "params"."""
    for name in ("params_ema", "params"):
        if name in state:
            return state[name]
    return state
