"""How two pictures become one: on planes of 4:2:0 video, as every cutting room's plain cross dissolve does it.

The mix is of the coded (gamma) values, not of linear light: what editors see by default in their own programs, so that
the film matches its `.otio` when it is conformed elsewhere, and no rounding through RGB is suffered.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

Planes = NDArray[np.uint8]
"""A limited-range yuv420p picture as one array, height * 3/2 x width: luma, then both chroma planes, packed."""

_BLACK_LUMA, _NO_CHROMA = 16, 128
_SOFT_EDGE = 0.08
"""Width of a wipe's edge, as a part of the picture's width."""


@lru_cache(maxsize=2)
def black(width_px: int, height_px: int) -> Planes:
    planes = np.full((height_px * 3 // 2, width_px), _NO_CHROMA, np.uint8)
    planes[:height_px] = _BLACK_LUMA
    planes.setflags(write=False)
    return planes


def progress(index: int, frames: int) -> float:
    """How far a transition of `frames` has come at its frame `index`: (index + 1) / (frames + 1), never 0 nor 1."""
    return (index + 1) / (frames + 1)


def dissolve(outgoing: Planes, incoming: Planes, part: float) -> Planes:
    """`part` of the incoming picture, the rest of the outgoing one."""
    return np.asarray(cv2.addWeighted(outgoing, 1 - part, incoming, part, 0), np.uint8)


def wipe(outgoing: Planes, incoming: Planes, part: float) -> Planes:
    """The incoming picture from the left, up to a soft edge at `part` of the width."""
    height, width = outgoing.shape[0] * 2 // 3, outgoing.shape[1]
    edge = part * (1 + _SOFT_EDGE) - _SOFT_EDGE / 2
    mask = np.empty(outgoing.shape, np.float32)
    mask[:height] = _ramp(width, edge)
    mask[height:] = np.tile(_ramp(width // 2, edge), 2)
    mixed = outgoing + (incoming.astype(np.float32) - outgoing) * mask
    return (mixed + 0.5).astype(np.uint8)


def _ramp(width: int, edge: float) -> NDArray[np.float32]:
    """One row's share of the incoming picture: 1 left of the edge, 0 right of it."""
    at = (np.arange(width, dtype=np.float32) + 0.5) / width
    return np.clip((edge - at) / _SOFT_EDGE + 0.5, 0, 1).astype(np.float32)


def fade(picture: Planes, part: float) -> Planes:
    """`part` of the picture, the rest black."""
    height = picture.shape[0] * 2 // 3
    return dissolve(black(picture.shape[1], height), picture, part)
