"""Stills as files."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from cinema.artefact import MediaFacts
from cinema.errors import CinemaError, InputError, OutOfDiskError
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


def read_picture(path: Path) -> Picture:
    """An image artefact (height x width x 3, RGB). Raises OutOfDiskError when it cannot be read, InputError for no picture."""
    try:
        data = path.read_bytes()
    except OSError as exc:
        raise OutOfDiskError(f"{path} cannot be read: {exc.strerror}; make it again with `cinema resume`.") from exc
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
    if picture is None:
        raise InputError(f"{path.name} is not a picture that can be read.")
    return np.ascontiguousarray(picture[:, :, ::-1], dtype=np.uint8)
