"""Small film material whose every frame says which it is, for the tests of the assembly."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from cinema.artefact import Making
from cinema.cut.timeline import Caption, Chapter, PictureClip, SoundClip, Take, Timeline
from cinema.media import ClipWriter, read_frames
from cinema.plan.model import Transition
from cinema.timebase import SAMPLE_RATE_HZ

WIDTH_PX, HEIGHT_PX = 320, 180
BLOCK_PX = 20
MAKING = Making(
    model="testing",
    revision="1",
    role="video",
    seed=1,
    device="cpu",
    seconds=0.0,
    peak_bytes=0,
    attempt=1,
    made_at="2026-01-01",
)


def coded(number: int, shade: int = 90) -> NDArray[np.uint8]:
    """A picture that carries `number` as 16 bits of black and white blocks; the rest is a shade with a moving bar."""
    picture = np.full((HEIGHT_PX, WIDTH_PX, 3), shade, np.uint8)
    picture[100:170, (number * 7) % 280 : (number * 7) % 280 + 30] = (40, 160, 220)
    for bit in range(16):
        value = 235 if number >> bit & 1 else 20
        picture[:BLOCK_PX, bit * BLOCK_PX : (bit + 1) * BLOCK_PX] = value
    return picture


def number_of(picture: NDArray[np.uint8]) -> int:
    """The number that `coded` painted."""
    middle = picture[BLOCK_PX // 2, BLOCK_PX // 2 :: BLOCK_PX, 1]
    return sum(int(value > 128) << bit for bit, value in enumerate(middle[:16]))


def write_clip(path: Path, first: int, frames: int, fps: Fraction, shade: int = 90) -> Take:
    with ClipWriter(path, width_px=WIDTH_PX, height_px=HEIGHT_PX, fps=fps) as writer:
        for number in range(first, first + frames):
            writer.write(coded(number, shade))
    return Take(number=1, key=path.stem, path=path, available_frames=frames, making=MAKING)


def numbers(film: Path) -> list[int]:
    return [number_of(picture) for picture in read_frames(film)]


def write_sound(path: Path, samples: NDArray[np.float64], rate_hz: int = SAMPLE_RATE_HZ) -> Path:
    soundfile.write(path, samples, rate_hz, subtype="PCM_16")
    return path


def voice(seconds: float, seed: int = 0) -> NDArray[np.float64]:
    """Something with the rhythm and spectrum of speech, mono, about -20 dBFS."""
    rng = np.random.default_rng(seed)
    at = np.arange(int(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    tone = sum(np.sin(2 * np.pi * 130 * k * at + k) / k for k in range(1, 20))
    syllables = np.clip(np.sin(2 * np.pi * 4 * at), 0, 1)
    return np.asarray((0.12 * tone + 0.01 * rng.normal(size=at.shape)) * syllables)


def bed(seconds: float, seed: int = 1) -> NDArray[np.float64]:
    """A stereo pad."""
    at = np.arange(int(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    return np.stack([0.1 * sum(np.sin(2 * np.pi * f * at + seed + c) for f in (110, 165, 220, 331)) for c in range(2)], axis=1)


def sound_clip(path: Path, slot: str, start_sample: int, length_samples: int | None = None, **more: object) -> SoundClip:
    source = soundfile.info(path).frames
    stem = {"line": "dialogue", "music": "music"}.get(slot.partition(":")[0], "effects")
    return SoundClip(
        slot=slot,
        stem=stem,  # type: ignore[arg-type]
        path=path,
        key=path.stem,
        start_sample=start_sample,
        length_samples=source if length_samples is None else length_samples,
        source_samples=source,
        **more,  # type: ignore[arg-type]
    )


def film_of(
    folder: Path,
    lengths: Sequence[int],
    *,
    fps: Fraction = Fraction(24),
    entrances: Sequence[Transition] = (),
    tails: Sequence[int] = (),
    sound: Sequence[SoundClip] = (),
    captions: Sequence[Caption] = (),
) -> Timeline:
    """A film of clips whose frames carry the number (film frame for their own part, 1000 * (clip + 1) + n in the tail)."""
    clips: list[PictureClip] = []
    start = 0
    for index, length in enumerate(lengths):
        tail = tails[index] if tails else 0
        path = folder / f"clip{index}.mp4"
        with ClipWriter(path, width_px=WIDTH_PX, height_px=HEIGHT_PX, fps=fps) as writer:
            for n in range(length):
                writer.write(coded(start + n, 60 + 30 * (index % 4)))
            for n in range(tail):
                writer.write(coded(1000 * (index + 1) + n, 60 + 30 * (index % 4)))
        take = Take(number=1, key=path.stem, path=path, available_frames=length + tail, making=MAKING)
        clips.append(
            PictureClip(
                shot=f"1-{index + 1}",
                scene=0,
                start_frame=start,
                length_frames=length,
                entrance=entrances[index] if entrances else Transition(),
                fade_out_frames=0,
                tail_frames=tail,
                takes=(take,),
                chosen=0,
            )
        )
        start += length
    return Timeline(
        title="Reel",
        fps=fps,
        width_px=WIDTH_PX,
        height_px=HEIGHT_PX,
        length_frames=start,
        picture=tuple(clips),
        sound=tuple(sound),
        captions=tuple(captions),
        chapters=(Chapter(start_frame=0, title="One"),),
    )
