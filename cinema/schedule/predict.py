"""What a task will cost, from the figures in its model's manifest: seconds, peak bytes, bytes on disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from cinema.catalog import Component, LoadPlanName, Manifest, Role, Speed
from cinema.plan.task import (
    ImageRequest,
    MusicRequest,
    Request,
    SoundRequest,
    SpeechRequest,
    Task,
    UpscaleRequest,
    VideoRequest,
)
from cinema.schedule.model import DeviceFacts
from cinema.timebase import SAMPLE_RATE_HZ

_BYTES_PER_PARAMETER = {"native": 4.0, "fp32": 4.0, "bf16": 2.0, "fp16": 2.0, "fp8": 1.0, "int8": 1.0, "nf4": 0.5}
_QUANTISED = frozenset({"fp8", "int8", "nf4"})
_LARGE = frozenset({"transformer", "transformer_2", "text_encoder", "text_encoder_2", "prior", "model"})
"""Components that a quantised precision makes smaller; the others stay as they are (`cinema/adapters/kit/precision.py`)."""
_ACTIVATIONS = 0.25
"""What computing takes beyond the weights, as a part of the largest component, where no peak is stated: an estimate."""
_WORKING_BYTES: Mapping[Role, int] = {"video": 5_000_000_000, "image": 2_000_000_000, "upscale": 1_000_000_000}
"""The least that it takes beyond the weights. An estimate: the vendor states 8.19 GB for Wan 2.1 1.3B at 480p, whose
transformer has 2.8 GB; 16 GB for Z-Image, whose transformer has 12.3 GB. An upscaler's, of its tiles, is a guess."""
_CONTEXT_BYTES = 700_000_000
"""What the driver and the libraries take of a card before any weight is there: an estimate (0.4 to 0.6 GB are usual)."""
_STREAMED = 0.15
"""How much of the largest component is on the card while it is streamed group by group: an estimate."""
_CODE_BYTES = 300_000_000
"""The peak of a model that has no weights and states none: an estimate (2026-11-21: drawing 720p took a worker 269 MB)."""
WORKER_BYTES = 1_500_000_000
"""What a worker of a processor needs that has loaded the model libraries, before any weights of size. Measured with tiny
weights: 0.8 GB (MusicGen) to 1.3 GB (FLUX.2, LTX-Video and Real-ESRGAN in one worker), 2026-11-21, Linux, torch 2.11."""
_CHARACTERS_PER_SECOND = 15.0
"""English speech, about 150 words a minute: an estimate."""
_BITS_PER_PIXEL = 0.16
"""H.264 at the quality in which clips are written: 41.7 MB for 2,267 drawn frames of 1280x720 (2026-11-21)."""
_SAMPLE_BYTES = 3
"""Sound is written with 24 bits."""
_STEMS = 3
_UNSTATED: Mapping[Role, Speed] = {
    "speech": Speed(seconds_per_audio_second=0.3),
    "image": Speed(fixed_seconds=2.0),
    "video": Speed(seconds_per_frame_megapixel=0.05),
    "upscale": Speed(seconds_per_frame_megapixel=0.05),
    "music": Speed(seconds_per_audio_second=0.3),
    "sound": Speed(seconds_per_audio_second=0.3),
    "text": Speed(fixed_seconds=10.0),
}
"""For manifests without a speed: guesses, never reported as measured."""


@dataclass(frozen=True, kw_only=True)
class Fit:
    """A way of loading a model that fits a device, with `slots` of it at work. `measured` tells whether `peak_bytes` was."""

    load_plan: LoadPlanName
    peak_bytes: int
    measured: bool
    slots: int = 1


def audio_seconds(request: Request) -> float:
    """Of sound that the request asks for; a line's length is estimated from its text."""
    match request:
        case SpeechRequest():
            return len(request.text) / _CHARACTERS_PER_SECOND + (0.8 if request.nonverbal else 0.0)
        case MusicRequest() | SoundRequest():
            return request.length_samples / SAMPLE_RATE_HZ
        case _:
            return 0.0


def frame_megapixels(request: Request, source: Request | None = None) -> float:
    """Frames times megapixels that the request asks for. `source` is the request of the clip that is made larger."""
    match request:
        case ImageRequest():
            return request.width_px * request.height_px / 1e6
        case VideoRequest():
            return request.length_frames * request.width_px * request.height_px / 1e6
        case UpscaleRequest():
            frames = source.length_frames if isinstance(source, VideoRequest) else 1
            return frames * request.width_px * request.height_px / 1e6
        case _:
            return 0.0


def task_seconds(task: Task, manifest: Manifest, tasks: Mapping[str, Task]) -> tuple[float, bool]:
    """Predicted seconds of one task on one slot, loading left out, and whether the rate behind it was measured.

    Steps other than the manifest's own scale the part that grows with the picture.
    """
    speed = manifest.speed[0] if manifest.speed else _UNSTATED[task.role]
    source = tasks[task.inputs[0]].request if task.inputs and task.inputs[0] in tasks else None
    picture = speed.seconds_per_frame_megapixel * frame_megapixels(task.request, source)
    steps, usual = getattr(task.request, "steps", None), manifest.settings.get("steps")
    if isinstance(steps, int) and isinstance(usual, int) and usual > 0:
        picture *= steps / usual
    seconds = speed.fixed_seconds + picture + speed.seconds_per_audio_second * audio_seconds(task.request)
    return seconds, speed.measured


def load_seconds(manifest: Manifest) -> float:
    return manifest.speed[0].load_seconds if manifest.speed else 0.0


def task_size_bytes(task: Task, tasks: Mapping[str, Task]) -> int:
    """Estimated size of the artefact on disk."""
    source = tasks[task.inputs[0]].request if task.inputs and task.inputs[0] in tasks else None
    pixels = frame_megapixels(task.request, source) * 1e6
    if isinstance(task.request, ImageRequest):
        return round(pixels * 1.5)
    channels = 1 if isinstance(task.request, SpeechRequest) else 2
    return round(pixels * _BITS_PER_PIXEL / 8 + audio_seconds(task.request) * SAMPLE_RATE_HZ * _SAMPLE_BYTES * channels)


def finished_size_bytes(length_frames: int, fps: Fraction, width_px: int, height_px: int) -> int:
    """Estimated size of what the cut writes beside the artefacts: the film and its stems (stereo)."""
    stems = _STEMS * float(length_frames / fps) * SAMPLE_RATE_HZ * _SAMPLE_BYTES * 2
    return round(length_frames * width_px * height_px * _BITS_PER_PIXEL / 8 + stems)


def peak_bytes(manifest: Manifest, load_plan: LoadPlanName, precision: str) -> tuple[int, bool]:
    """Peak on the device in that load plan, and whether it was measured; else from the components' parameters."""
    for memory in manifest.memory:
        if memory.load_plan == load_plan and memory.precision == precision:
            return memory.peak_bytes, memory.measured
    if not manifest.components:
        return _CODE_BYTES, False
    weights = [component.parameters * _width(component, precision) for component in manifest.components]
    match load_plan:
        case "resident":
            held = sum(weights)
        case "component_offload":
            held = max(weights)
        case "group_offload":
            held = max(weights) * _STREAMED
    working = max(_WORKING_BYTES.get(role, 0) for role in manifest.roles)
    computing = max(min(held, max(weights)) * _ACTIVATIONS, working)
    return round(held + computing) + (_CONTEXT_BYTES if manifest.needs_gpu else 0), False


def _width(component: Component, precision: str) -> float:
    """Bytes that a parameter of the component takes on the device."""
    kept = _BYTES_PER_PARAMETER.get(component.dtype, 4.0)
    asked = _BYTES_PER_PARAMETER.get(precision, 4.0)
    if precision in _QUANTISED:
        return asked if component.name in _LARGE else kept
    # Decoders that their makers keep in fp32 stay so in a bf16 pipeline (Wan, SkyReels).
    return max(asked, kept) if component.name == "vae" else asked


def fit(manifest: Manifest, precision: str, device: DeviceFacts) -> Fit | None:
    """The manifest's first load plan whose peak fits one slot of the device; a device of unknown memory fits all.

    Where none does, the first that fits the device's whole memory, with as many slots as hold it and its worker: a large
    model on a processor of many cores. None where that is too little, too.
    """
    slots = max(device.slots, 1)
    for load_plan in manifest.load_plans:
        peak, measured = peak_bytes(manifest, load_plan, precision)
        if device.memory_bytes == 0 or peak <= slot_bytes(device):
            return Fit(load_plan=load_plan, peak_bytes=peak, measured=measured, slots=slots)
    for load_plan in manifest.load_plans:
        peak, measured = peak_bytes(manifest, load_plan, precision)
        if peak <= device.memory_bytes:
            fewer = max(device.memory_bytes // (peak + worker_bytes(manifest)), 1)
            return Fit(load_plan=load_plan, peak_bytes=peak, measured=measured, slots=min(fewer, slots))
    return None


def worker_bytes(manifest: Manifest) -> int:
    """What a worker of the processor takes beside the model: its libraries; 0 for code, and for models of a card."""
    return WORKER_BYTES if manifest.sources and not manifest.needs_gpu else 0


def slot_bytes(device: DeviceFacts) -> int:
    """The memory that each of the device's slots may use; 0 where it is unknown."""
    return device.memory_bytes // max(device.slots, 1)
