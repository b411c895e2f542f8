"""What to ask of a model of each role, and the files that such a request refers to: for benchmarks and trials."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import soundfile

from cinema.adapters.contract import InputArtefact
from cinema.artefact import MediaFacts
from cinema.catalog import Manifest, Role
from cinema.media import ClipWriter, write_png
from cinema.plan.task import (
    ImageRequest,
    MusicRequest,
    Reference,
    Request,
    SoundRequest,
    SpeechRequest,
    TextRequest,
    UpscaleRequest,
    VideoRequest,
    VoiceSpec,
)
from cinema.timebase import SAMPLE_RATE_HZ

_PROMPT = "A lighthouse keeper climbs the stairs at night while rain beats on the glass."
_DEFAULT_SIZE = (1024, 576)


def brought(folder: Path) -> tuple[InputArtefact, ...]:
    """A picture, a recording of 6 s and a clip of 9 frames, in this order."""
    noise = np.random.default_rng(7)
    picture = np.ascontiguousarray(np.kron(noise.integers(0, 256, (9, 16, 3), np.uint8), np.ones((40, 40, 1), np.uint8)))
    image = write_png(folder / "image.png", picture)
    tone = 0.2 * np.sin(np.arange(6 * SAMPLE_RATE_HZ) * 2 * np.pi * 180 / SAMPLE_RATE_HZ)
    soundfile.write(folder / "speech.wav", tone.astype(np.float32), SAMPLE_RATE_HZ, subtype="PCM_16")
    with ClipWriter(folder / "clip.mp4", width_px=640, height_px=360, fps=Fraction(24), pixel_format="rgb24") as clip:
        for shift in range(9):
            clip.write(np.ascontiguousarray(np.roll(picture, shift, axis=1)))
        moving = clip.close()
    sound = MediaFacts(kind="audio", samples=6 * SAMPLE_RATE_HZ, sample_rate_hz=SAMPLE_RATE_HZ, channels=1)
    files = {"image.png": image, "speech.wav": sound, "clip.mp4": moving}
    return tuple(
        InputArtefact(key=f"{number:064d}", main=name, files={name: folder / name}, facts=facts)
        for number, (name, facts) in enumerate(files.items())
    )


def request_for(
    role: Role, manifest: Manifest, *, size: tuple[int, int] | None, frames: int, seconds: int, steps: int | None
) -> tuple[Request, str]:
    """The request, and in words how large it is. Positions in its inputs are those of `brought`."""
    width_px, height_px = size or (manifest.grid.sizes[0] if manifest.grid.sizes else _DEFAULT_SIZE)
    steps = steps or int(manifest.settings.get("steps", 0)) or None
    match role:
        case "video":
            keyframe = 0 if "keyframe" in manifest.wants else None
            clip = VideoRequest(
                prompt=_PROMPT,
                width_px=width_px,
                height_px=height_px,
                fps=Fraction(24),
                length_frames=frames,
                steps=steps,
                keyframe=keyframe,
            )
            return clip, f"{frames} frames of {width_px}x{height_px}"
        case "image":
            references = (Reference(kind="character", name="MARA", input=0),) if "references" in manifest.wants else ()
            return ImageRequest(
                prompt=_PROMPT, width_px=width_px, height_px=height_px, steps=steps, references=references
            ), f"a still of {width_px}x{height_px}"
        case "upscale":
            return UpscaleRequest(width_px=1920, height_px=1080), "9 frames of 640x360 to 1920x1080"
        case "music":
            return MusicRequest(mood="calm", prompt="piano", length_samples=seconds * SAMPLE_RATE_HZ), f"{seconds} s"
        case "sound":
            return SoundRequest(prompt="rain on a roof", length_samples=seconds * SAMPLE_RATE_HZ), f"{seconds} s"
        case "text":
            schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
            return TextRequest(instructions="Answer in JSON.", prompt=_PROMPT, json_schema=schema, max_tokens=64), "64 tokens"
        case _:
            line = SpeechRequest(
                text="" if role == "nonverbal" else _PROMPT,
                voice=VoiceSpec(gender="female", language=manifest.languages[0] if manifest.languages else "en"),
                nonverbal="laugh" if role == "nonverbal" else "",
                sample=1 if "sample" in manifest.wants else None,
            )
            return line, "a laugh" if role == "nonverbal" else "a line of 13 words"
