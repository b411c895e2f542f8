"""The animatic's picture: staging in, a drawn clip or still out."""

from __future__ import annotations

from pathlib import Path

import cv2

from cinema.adapters.boards.animate import STEP_SECONDS, Animation, Voice
from cinema.adapters.boards.chance import chance
from cinema.adapters.boards.direct import direct, neutral_staging
from cinema.adapters.boards.sets import PlateCache
from cinema.adapters.boards.speech import babble, loudness
from cinema.adapters.contract import Device, Job, LoadPlan, Product, ProductFile
from cinema.artefact import MediaFacts
from cinema.errors import InputError
from cinema.events import Watch
from cinema.media import ClipWriter, write_png
from cinema.plan.task import ImageRequest, VideoRequest

DRAWINGS_PER_SECOND = 12
POLL_DRAWINGS = 4


class Boards:
    """Draws storyboards that move. Serves the roles video and image; needs no weights and no GPU.

    Keeps the plates of recent places between tasks; they save time and change no picture.
    """

    def __init__(self) -> None:
        self._cache = PlateCache()

    def load(self, plan: LoadPlan, device: Device) -> None:
        """Nothing to fetch; OpenCV is held to the worker's share of the cores."""
        cv2.setNumThreads(max(1, device.threads))

    def unload(self) -> None:
        self._cache.clear()

    def run(self, job: Job, out: Path, watch: Watch) -> Product:
        """`clip.mp4` of exactly the asked length, or `image.png`. Raises InputError for any other kind of request."""
        request = job.request
        if isinstance(request, VideoRequest):
            return self._clip(request, job, out, watch)
        if isinstance(request, ImageRequest):
            return self._still(request, job, out, watch)
        raise InputError(f"The boards draw clips and stills; they cannot serve a request of the kind {request.kind!r}.")

    def _clip(self, request: VideoRequest, job: Job, out: Path, watch: Watch) -> Product:
        if request.length_frames < 1:
            raise InputError(f"A clip of {request.length_frames} frames cannot be drawn; ask for at least one.")
        hold = max(1, round(request.fps / DRAWINGS_PER_SECOND))
        path = out / "clip.mp4"
        watch.step(0, request.length_frames)
        animation = self._animation(request, job)
        with ClipWriter(path, width_px=request.width_px, height_px=request.height_px, fps=request.fps) as writer:
            for count, first in enumerate(range(0, request.length_frames, hold)):
                picture = animation.draw(float(first / request.fps))
                writer.write(picture, repeat=min(hold, request.length_frames - first))
                if count % POLL_DRAWINGS == 0:
                    watch.step(first, request.length_frames)
            facts = writer.close()
        watch.step(request.length_frames, request.length_frames)
        return Product(files=(ProductFile(name="clip.mp4", facts=facts),))

    def _still(self, request: ImageRequest, job: Job, out: Path, watch: Watch) -> Product:
        watch.step(0, 1)
        staging = request.staging or neutral_staging(request.prompt)
        shot = direct(staging, (request.width_px, request.height_px), 2.0, job.seed, self._cache)
        write_png(out / "image.png", Animation(shot, {}).draw(2.0))
        watch.step(1, 1)
        facts = MediaFacts(kind="image", frames=1, width_px=request.width_px, height_px=request.height_px)
        return Product(files=(ProductFile(name="image.png", facts=facts),))

    def _animation(self, request: VideoRequest, job: Job) -> Animation:
        staging = request.staging or neutral_staging(request.prompt)
        shot = direct(
            staging, (request.width_px, request.height_px), float(request.length_frames / request.fps), job.seed, self._cache
        )
        return Animation(shot, self._voices(request, job))

    @staticmethod
    def _voices(request: VideoRequest, job: Job) -> dict[str, tuple[Voice, ...]]:
        voices: dict[str, tuple[Voice, ...]] = {}
        for order, line in enumerate(request.speaking):
            if line.input >= len(job.inputs):
                raise InputError(f"{line.name}'s line names input {line.input}, but the task has {len(job.inputs)}.")
            steps = max(1, round(line.length_frames / float(request.fps) / STEP_SECONDS))
            if line.input >= 0:
                levels = loudness(job.inputs[line.input].path, STEP_SECONDS)[:steps]
            else:
                levels = babble(steps, chance("line", job.seed, order).randrange(1 << 30))
            voice = Voice(start_seconds=line.start_frame / float(request.fps), levels=levels)
            voices[line.name] = (*voices.get(line.name, ()), voice)
        return voices
