"""`VideoAdapter`: base of the families that make clips."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cinema.adapters.contract import Job, Product, ProductFile
from cinema.adapters.kit import windows
from cinema.adapters.kit.frames import Frames, covered, cropped, joined, quantised, retimed, write_clip
from cinema.adapters.kit.libraries import library
from cinema.adapters.kit.prompts import Asked, Encoded
from cinema.adapters.kit.steps import Steps
from cinema.errors import InputError
from cinema.events import Watch
from cinema.identity import seed_from
from cinema.media import Picture, read_picture
from cinema.plan.task import VideoRequest


@dataclass(frozen=True, kw_only=True)
class Shooting(Asked):
    """One window that a family must make: exactly `frames` frames, or more."""

    frames: int
    fps: float
    """The model's own rate for this window."""
    keyframe: Picture | None
    """The first frame, of the window's size."""
    before: Frames | None
    """The frames, of the window's size, that the window's first ones must repeat: the end of the window before."""

    @property
    def start(self) -> Picture | None:
        """The picture to start from, for a family that takes only one: the keyframe, or the first frame of the overlap."""
        return self.keyframe if self.before is None else self.before[0]

    def through(self, pipeline: Any, **own: Any) -> Frames:
        """What a diffusers pipeline makes of it (`given_to`)."""
        return quantised(self.given_to(pipeline, **{"num_frames": self.frames, **own}).frames[0])


class VideoAdapter(Encoded):
    """A family implements `assemble`, `assemble_encoders`, `encode` and `shoot`."""

    @abstractmethod
    def shoot(self, window: Shooting) -> Frames:
        """Make one window; calls `window.progress.tick()` after every denoising step."""

    def total_steps(self, window: windows.Window, steps: int) -> int:
        """How often `shoot` will tick for this window."""
        return steps

    def sounds(self, out: Path, request: VideoRequest) -> tuple[ProductFile, ...]:
        """The sound that came with the picture, written; nothing for most families. Called after the last window."""
        return ()

    def run(self, job: Job, out: Path, watch: Watch) -> Product:
        """Make the clip: windows on the grid, joined, retimed, cropped. InputError for another kind of request."""
        torch = library("torch")
        request = job.request
        if not isinstance(request, VideoRequest):
            raise InputError(f"{self.parts.manifest.id} makes clips; it was given a request of the kind {request.kind!r}.")
        grid = self.parts.manifest.grid
        rate = windows.working_rate(request.fps, grid)
        plan = windows.plan_windows(windows.working_frames(request.length_frames, request.fps, rate), grid)
        steps = request.steps or int(self.parts.setting("steps", 30))
        progress = Steps(watch, sum(self.total_steps(window, steps) for window in plan) + 1)
        self.parts.reset_peak()
        with torch.inference_mode():
            shot = joined(self._shoot_all(job, request, plan, float(rate), progress))
            trimmed = (cropped(frame, *_inner(request, frame)) for frame in shot)
            files = (write_clip(out, retimed(trimmed, rate, request.fps, request.length_frames), request),)
        files += self.sounds(out, request)
        progress.finish()
        return Product(files=files, peak_bytes=self.parts.peak_bytes())

    def _shoot_all(
        self, job: Job, request: VideoRequest, plan: tuple[windows.Window, ...], fps: float, progress: Steps
    ) -> Iterator[tuple[Frames, int]]:
        parts = self.parts
        width_px, height_px = windows.working_size(request.width_px, request.height_px, parts.manifest.grid)
        guidance = request.guidance if request.guidance is not None else float(parts.setting("guidance", 1.0))
        keyframe = None
        if request.keyframe is not None:
            keyframe = covered(read_picture(job.inputs[request.keyframe].path), width_px, height_px)
        before: Frames | None = None
        for number, window in enumerate(plan):
            made = self.shoot(
                Shooting(
                    prompt=request.prompt,
                    negative_prompt=request.negative_prompt,
                    width_px=width_px,
                    height_px=height_px,
                    frames=window.frames,
                    fps=fps,
                    steps=request.steps or int(parts.setting("steps", 30)),
                    guidance=guidance,
                    keyframe=keyframe if number == 0 else None,
                    before=before,
                    generator=parts.generator(job.seed if number == 0 else seed_from(job.seed, "window", number)),
                    progress=progress,
                )
            )
            made = made[: window.frames]
            following = plan[number + 1].overlap if number + 1 < len(plan) else 0
            before = made[len(made) - following :].copy() if following else None
            yield made, window.overlap


def _inner(request: VideoRequest, frame: Picture) -> tuple[int, int]:
    """The part of a generated frame that shows the picture asked for: the grid's surplus is cut off, never squeezed."""
    height, width = frame.shape[:2]
    return min(request.width_px, width), min(request.height_px, height)
