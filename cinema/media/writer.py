"""`ClipWriter`: every clip of a film is written here, once, in the one form that the cut room copies."""

# PyAV's compiled modules type much of their surface loosely; this is the boundary file to it.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

import errno
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av
from av.video.stream import VideoStream

from cinema.artefact import MediaFacts
from cinema.errors import CinemaError, OutOfDiskError
from cinema.media.conform import ColourConverter, Picture, PixelFormat, check_size, set_parameters
from cinema.timebase import RATES


def disk_error(path: Path, error: OSError) -> OutOfDiskError:
    """What to tell when `path` could not be written."""
    why = "the disk is full" if error.errno == errno.ENOSPC else error.strerror or str(error)
    return OutOfDiskError(f"{path} cannot be written: {why}; free some space or choose another folder.")


class ClipWriter:
    """Writes pictures of `height_px` x `width_px` x 3 (uint8, full range, in `pixel_format` order) to an MP4 clip.

    The picture is converted to BT.709 limited range 4:2:0 and tagged so; key frames lie `key_interval_frames(fps)` apart.
    The same pictures give the same bytes. As a context manager it closes the clip, or, after an exception, removes the
    partial file. Raises InputError for a size or rate that cannot be encoded, OutOfDiskError when the disk does not take it.
    """

    def __init__(
        self, path: Path, *, width_px: int, height_px: int, fps: Fraction, pixel_format: PixelFormat = "bgr24"
    ) -> None:
        check_size(width_px, height_px)
        if fps not in RATES.values():
            raise CinemaError(f"A clip cannot have {fps} frames a second; use one of {', '.join(RATES)}.")
        self.path = path
        self._shape = (height_px, width_px, 3)
        self._fps = fps
        self._pixel_format: PixelFormat = pixel_format
        self._colour = ColourConverter()
        self._count = 0
        self._facts: MediaFacts | None = None
        try:
            path.touch()
            self._container = av.open(str(path), "w", format="mp4", options={"fflags": "+bitexact"})
        except OSError as exc:
            raise disk_error(path, exc) from exc
        self._stream: VideoStream = self._container.add_stream("libx264", rate=fps)
        set_parameters(self._stream.codec_context, width_px=width_px, height_px=height_px, fps=fps)

    def write(self, frame: Picture, repeat: int = 1) -> None:
        """Append `frame`, shown for `repeat` frames (converted once; repeats cost little)."""
        if frame.shape != self._shape or frame.dtype != "uint8":
            raise CinemaError(f"A frame of {frame.shape} {frame.dtype} does not fit this clip of {self._shape} uint8.")
        video = self._colour.to_video(frame, self._pixel_format)
        try:
            for _ in range(repeat):
                video.pts = self._count
                video.time_base = 1 / self._fps
                self._count += 1
                self._container.mux(self._stream.encode(video))
        except OSError as exc:
            raise disk_error(self.path, exc) from exc

    def close(self) -> MediaFacts:
        """Finish the file; says what is in it. A second call changes nothing."""
        if self._facts is not None:
            return self._facts
        if self._count == 0:
            self.discard()
            raise CinemaError(f"The clip {self.path} was closed without a single frame.")
        try:
            self._container.mux(self._stream.encode(None))
            self._container.close()
        except OSError as exc:
            self.path.unlink(missing_ok=True)
            raise disk_error(self.path, exc) from exc
        height_px, width_px, _ = self._shape
        self._facts = MediaFacts(kind="video", frames=self._count, fps=self._fps, width_px=width_px, height_px=height_px)
        return self._facts

    def discard(self) -> None:
        """Give the clip up and remove what was written of it."""
        try:
            self._container.close()
        finally:
            self.path.unlink(missing_ok=True)

    def __enter__(self) -> ClipWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        if kind is None:
            self.close()
        elif self._facts is None:
            self.discard()
