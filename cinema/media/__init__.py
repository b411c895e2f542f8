"""The one place, outside the cut room, that writes and reads video: conformed clips and stills.

Every clip of a film is written here once, with identical codec parameters, so that the cut room may copy packets.
"""

from __future__ import annotations

from cinema.media.conform import Picture, PixelFormat
from cinema.media.images import read_picture, write_png
from cinema.media.reader import Probe, probe, read_frames, still
from cinema.media.writer import ClipWriter
from cinema.timebase import key_interval_frames

__all__ = [
    "ClipWriter",
    "Picture",
    "PixelFormat",
    "Probe",
    "key_interval_frames",
    "probe",
    "read_frames",
    "read_picture",
    "still",
    "write_png",
]
