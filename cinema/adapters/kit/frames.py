"""Frames between a model and a clip: quantised, joined over windows, retimed, cropped, written."""

# OpenCV types its arrays loosely.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from cinema.adapters.contract import ProductFile
from cinema.adapters.kit.libraries import library
from cinema.errors import CinemaError
from cinema.media import ClipWriter, Picture
from cinema.plan.task import VideoRequest

Frames: TypeAlias = NDArray[np.uint8]
"""frames x height x width x 3, RGB, 0 ... 255."""
_Field: TypeAlias = NDArray[Any]
"""float32, height x width x 2: by how many pixels to the right and down."""
_FLAT_VARIANCE = 16.0
"""Levels squared: a spread of 4 levels is as much noise as picture."""
_FLOW_LINES = 360
_AT_ONCE = 32
"""Frames rounded at a time: a long take in float32 is larger than what made it."""


def quantised(video: Any) -> Frames:
    """Frames of a tensor (frames x 3 x height x width, 0 ... 1, any device), rounded to 8 bits before it leaves the device."""
    torch = library("torch")
    parts = ((part.float().clamp(0, 1) * 255.0).round().to(torch.uint8) for part in video.split(_AT_ONCE))
    return cast("Frames", torch.cat([part.permute(0, 2, 3, 1).contiguous().cpu() for part in parts]).numpy())


def covered(picture: Picture, width_px: int, height_px: int) -> Picture:
    """The picture scaled to cover the size, then cropped at its middle; nothing is stretched."""
    height, width = picture.shape[:2]
    if (width, height) == (width_px, height_px):
        return picture
    scale = max(width_px / width, height_px / height)
    fresh = (max(round(width * scale), width_px), max(round(height * scale), height_px))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    scaled = picture if fresh == (width, height) else cv2.resize(picture, fresh, interpolation=method)
    return cropped(cast("Picture", scaled), width_px, height_px)


def resized(frames: Frames, width_px: int, height_px: int) -> Frames:
    """Every frame at that size, stretched where its shape is another."""
    if frames.shape[1:3] == (height_px, width_px):
        return frames
    method = cv2.INTER_AREA if frames.shape[2] > width_px else cv2.INTER_CUBIC
    return np.stack([cast("Picture", cv2.resize(frame, (width_px, height_px), interpolation=method)) for frame in frames])


def cropped(picture: Picture, width_px: int, height_px: int) -> Picture:
    """The middle of a picture that is at least that large."""
    top, left = (picture.shape[0] - height_px) // 2, (picture.shape[1] - width_px) // 2
    return np.ascontiguousarray(picture[top : top + height_px, left : left + width_px])


def joined(windows: Iterable[tuple[Frames, int]]) -> Iterator[Picture]:
    """Frames of windows one after another. A window comes with how many of its first frames repeat the end of the one before.

    Over the overlap the picture passes from one window to the next; the next one's colours are first brought to those that
    the same frames had, since a model that goes on from its own frames drifts.
    """
    held: Frames | None = None
    for frames, overlap in windows:
        fresh = frames
        if held is not None:
            before = held[len(held) - overlap :]
            fresh = _matched(frames, overlap, before)
            yield from held[: len(held) - overlap]
            weights = (np.arange(overlap, dtype=np.float32) + 1) / (overlap + 1)
            mixed = before * (1 - weights[:, None, None, None]) + fresh[:overlap] * weights[:, None, None, None]
            fresh = np.concatenate([np.rint(mixed).astype(np.uint8), fresh[overlap:]])
        held = fresh
    if held is not None:
        yield from held


def _matched(frames: Frames, overlap: int, before: Frames) -> Frames:
    """`frames` with the mean and spread, per channel, that their first `overlap` frames had in `before`.

    Pictures that are almost flat (a fade from black) tell a mean but no spread: theirs is mostly noise, and is not amplified.
    """
    here = frames[:overlap].reshape(-1, 3).astype(np.float32)
    there = before.reshape(-1, 3).astype(np.float32)
    gain = np.sqrt((there.var(0) + _FLAT_VARIANCE) / (here.var(0) + _FLAT_VARIANCE)).clip(0.8, 1.25)
    offset = there.mean(0) - here.mean(0) * gain
    levels = np.arange(256, dtype=np.float32)[:, None] * gain + offset
    table = np.rint(np.clip(levels, 0, 255)).astype(np.uint8)
    return np.stack([table[frames[..., channel], channel] for channel in range(3)], axis=-1)


def retimed(frames: Iterable[Picture], rate: Fraction, fps: Fraction, count: int) -> Iterator[Picture]:
    """`count` frames at `fps` of frames at `rate`; those that fall between two are interpolated along their motion."""
    if rate == fps:
        yield from islice(frames, count)
        return
    source = iter(frames)
    pair = _Pair(next(source), next(source, None))
    position = 0
    for index in range(count):
        place = Fraction(index) * rate / fps
        while position < int(place) and pair.second is not None:
            pair = _Pair(pair.second, next(source, None))
            position += 1
        yield pair.at(float(min(place - position, Fraction(1))))


class _Pair:
    """Two neighbouring frames and the motion between them."""

    def __init__(self, first: Picture, second: Picture | None = None) -> None:
        self.first = first
        self.second = second
        self._flows: tuple[_Field, _Field] | None = None

    def at(self, part: float) -> Picture:
        """The frame at `part` (0 ... 1) of the way. Flows to the middle as in Jiang et al., Super SloMo (CVPR 2018), eq. 4.

        What one of the two frames does not show, being beyond its edge, is taken from the other.
        """
        if part == 0.0 or self.second is None:
            return self.first
        forward, backward = self._motion(self.second)
        to_first = -(1 - part) * part * forward + part * part * backward
        to_second = (1 - part) * (1 - part) * forward - part * (1 - part) * backward
        seen_first, seen_second = (1 - part) * _seen(to_first), part * _seen(to_second)
        share = cv2.resize(seen_first / (seen_first + seen_second), self.first.shape[1::-1])
        mixed = cv2.blendLinear(_warped(self.first, to_first), _warped(self.second, to_second), share, 1 - share)
        return cast("Picture", mixed)

    def _motion(self, second: Picture) -> tuple[_Field, _Field]:
        """Forward and backward, in pixels of pictures of about 360 lines.

        A pair of 720p takes 27 ms on one core so, 130 ms at full size; frames of moving patterns come out within 1 dB
        of those of the full size (measured 2026-11-21 on a core of the build machine, 16 to 24 frames a second).
        """
        if self._flows is None:
            height, width = second.shape[:2]
            times = max(round(min(height, width) / _FLOW_LINES), 1)
            size = (max(width // times, 1), max(height // times, 1))
            finder = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
            grey = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in (self.first, second)]
            if times > 1:
                grey = [cv2.resize(one, size, interpolation=cv2.INTER_AREA) for one in grey]
            self._flows = (finder.calc(grey[0], grey[1], None), finder.calc(grey[1], grey[0], None))  # type: ignore[call-overload]
        return self._flows


def _seen(flow: _Field) -> NDArray[np.float32]:
    """1 where the flow leads into the picture, almost 0 where it leads out of it."""
    height, width = flow.shape[:2]
    inside = _remapped(np.ones((height, width), np.float32), flow, cv2.BORDER_CONSTANT)
    return cast("NDArray[np.float32]", np.maximum(inside, 1e-3))


def _warped(picture: Picture, flow: _Field) -> Picture:
    """The picture as seen along a flow, which may be of a smaller picture."""
    height, width = picture.shape[:2]
    if flow.shape[:2] != (height, width):
        ratio = np.array([width / flow.shape[1], height / flow.shape[0]], np.float32)
        flow = cast("_Field", cv2.resize(flow, (width, height)) * ratio)
    return cast("Picture", _remapped(picture, flow, cv2.BORDER_REPLICATE))


def _remapped(picture: NDArray[Any], flow: _Field, border: int) -> NDArray[Any]:
    height, width = flow.shape[:2]
    no_second_map: Any = None
    return cv2.remap(picture, _places(width, height) + flow, no_second_map, cv2.INTER_LINEAR, borderMode=border)


@lru_cache(maxsize=4)
def _places(width: int, height: int) -> _Field:
    """The place of every pixel: x and y."""
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return np.stack([columns, rows], axis=-1)


def write_clip(out: Path, frames: Iterable[Picture], request: VideoRequest) -> ProductFile:
    """`clip.mp4` with exactly the frames asked for, cropped to the size asked for. CinemaError when there are too few."""
    path = out / "clip.mp4"
    with ClipWriter(
        path, width_px=request.width_px, height_px=request.height_px, fps=request.fps, pixel_format="rgb24"
    ) as clip:
        for frame in islice(frames, request.length_frames):
            clip.write(covered(frame, request.width_px, request.height_px))
        facts = clip.close()
    if facts.frames != request.length_frames:
        raise CinemaError(f"The model gave {facts.frames} frames of {request.length_frames}; report this.")
    return ProductFile(name=path.name, facts=facts)
