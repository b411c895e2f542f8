"""Stills as files."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from cinema.artefact import MediaFacts
from cinema.errors import CinemaError
from cinema.media.conform import Picture, PixelFormat
from cinema.media.writer import disk_error


def write_png(path: Path, picture: Picture, *, pixel_format: PixelFormat = "rgb24") -> MediaFacts:
    """Write one picture (height x width x 3) without loss. The same picture gives the same bytes.

    Raises OutOfDiskError when the folder does not take it.
    """
    ordered = picture if pixel_format == "bgr24" else np.ascontiguousarray(picture[:, :, ::-1])
    done, data = cv2.imencode(".png", ordered, [cv2.IMWRITE_PNG_COMPRESSION, 3])
    if not done:
        raise CinemaError(f"A picture of {picture.shape} could not be written as PNG.")
    try:
        path.write_bytes(data.tobytes())
    except OSError as exc:
        raise disk_error(path, exc) from exc
    return MediaFacts(kind="image", frames=1, width_px=picture.shape[1], height_px=picture.shape[0])
