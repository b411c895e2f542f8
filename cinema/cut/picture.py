"""The picture track as packets: copied where nothing changes, rendered where something does."""

# PyAV's compiled modules type much of their surface loosely; this is a boundary file to it.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame

from cinema.cut.burn import CaptionPainter
from cinema.cut.memory import give_back
from cinema.cut.splice import Copy, Piece, Render, as_render, entrance_frames, splice
from cinema.cut.timeline import PictureClip, Timeline
from cinema.cut.transition import Planes, black, dissolve, fade, progress, wipe
from cinema.errors import InputError
from cinema.media.conform import PictureEncoder, tag
from cinema.media.reader import decode, frame_numbers, open_media, video_stream

_MOST_WORKERS = 2
"""Each takes about 50 MB at 720p. They share two cores with the sound, which is ready first."""


@dataclass(frozen=True, kw_only=True)
class Coded:
    """One frame's packet. `copied`: as it was written by the clip's writer."""

    data: bytes
    key_frame: bool
    copied: bool


class PictureTrack:
    """The film's picture, packet by packet. What must be rendered is rendered first, to a file; memory stays flat."""

    def __init__(self, timeline: Timeline, *, burn_captions: bool = False, workers: int = 0) -> None:
        self._timeline = timeline
        self._workers = workers or min(_MOST_WORKERS, os.cpu_count() or 1)
        self._painter = CaptionPainter(timeline) if burn_captions and timeline.captions else None
        self._headers = self._encoder().headers
        self._fitting: dict[Path, bool] = {}
        self._spool = Path()
        self._spooled: dict[Render, tuple[int, tuple[tuple[int, bool], ...]]] = {}
        pieces = splice(timeline, burn_captions=burn_captions)
        self.pieces: tuple[Piece, ...] = tuple(part for piece in pieces for part in self._conform(piece))

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know, in sentences."""
        foreign = [path.name for path, fits in self._fitting.items() if not fits]
        told = [f"The clip {name} is not in the film's own form, so it was encoded again." for name in foreign]
        return (*told, *(self._painter.notes if self._painter else ()))

    def _encoder(self) -> PictureEncoder:
        line = self._timeline
        return PictureEncoder(width_px=line.width_px, height_px=line.height_px, fps=line.fps)

    def _conform(self, piece: Piece) -> tuple[Piece, ...]:
        if isinstance(piece, Render):
            return (piece,)
        path = self._timeline.picture[piece.clip].take.path
        if path not in self._fitting:
            with open_media(path) as container:
                stream = video_stream(container, path)
                same_rate = stream.average_rate == self._timeline.fps
                self._fitting[path] = same_rate and stream.codec_context.extradata == self._headers
        return (piece,) if self._fitting[path] else as_render(piece)

    def render(self, spool: Path, tick: Callable[[float], None] = lambda part: None) -> None:
        """Make every piece that cannot be copied, on `workers` threads, and keep its packets in the file `spool`."""
        pieces = [piece for piece in self.pieces if isinstance(piece, Render)]
        waiting: deque[Future[list[Coded]]] = deque()
        ahead = iter(pieces)
        with spool.open("wb") as file, ThreadPoolExecutor(self._workers, thread_name_prefix="picture") as pool:
            try:
                for number, piece in enumerate(pieces):
                    while len(waiting) <= self._workers and (following := next(ahead, None)) is not None:
                        waiting.append(pool.submit(self._render, following))
                    coded = waiting.popleft().result()
                    self._spooled[piece] = file.tell(), tuple((len(one.data), one.key_frame) for one in coded)
                    file.write(b"".join(one.data for one in coded))
                    give_back()
                    tick((number + 1) / len(pieces))
            finally:
                for future in waiting:
                    future.cancel()
        self._spool = spool

    def packets(self) -> Iterator[Coded]:
        """Exactly `timeline.length_frames` packets, in order. `render` comes first."""
        with self._spool.open("rb") as file:
            for piece in self.pieces:
                if isinstance(piece, Copy):
                    yield from self._copy(piece)
                    continue
                offset, sizes = self._spooled[piece]
                file.seek(offset)
                for size, key_frame in sizes:
                    yield Coded(data=file.read(size), key_frame=key_frame, copied=False)

    def _copy(self, piece: Copy) -> Iterator[Coded]:
        path = self._timeline.picture[piece.clip].take.path
        with open_media(path) as container:
            yield from _copied(container, path, piece, self._timeline.fps)

    def _render(self, piece: Render) -> list[Coded]:
        encoder = self._encoder()
        packets = [
            packet
            for index, planes in enumerate(self._pictures(piece))
            for packet in encoder.encode(_frame(self._painted(planes, piece.start_frame + index)))
        ]
        packets += encoder.finish()
        return [Coded(data=bytes(packet), key_frame=packet.is_keyframe, copied=False) for packet in packets]

    def _painted(self, planes: Planes, frame: int) -> Planes:
        return self._painter.paint(planes, frame) if self._painter else planes

    def _pictures(self, piece: Render) -> Iterator[Planes]:
        """The piece's pictures, with entrance and fade out."""
        line = self._timeline
        clip = line.picture[piece.clip]
        first = piece.start_frame - clip.start_frame
        last = first + piece.length_frames
        entering = entrance_frames(clip)
        mixing = clip.entrance.kind in ("dissolve", "wipe") and first < entering
        before = self._outgoing(piece.clip, first, min(entering, last)) if mixing else iter(())
        for index, own in zip(range(first, last), self._source(clip, first, last), strict=True):
            planes = own
            if index < entering:
                part = progress(index, entering)
                if clip.entrance.kind == "fade":
                    planes = fade(planes, part)
                else:
                    mix = wipe if clip.entrance.kind == "wipe" else dissolve
                    planes = mix(next(before), planes, part)
            left = clip.length_frames - index
            if left <= clip.fade_out_frames:
                planes = fade(planes, progress(left - 1, clip.fade_out_frames))
            yield planes

    def _outgoing(self, clip: int, first: int, last: int) -> Iterator[Planes]:
        """The tail handle of the clip before; black before the film's first."""
        if clip == 0:
            line = self._timeline
            return iter([black(line.width_px, line.height_px)] * (last - first))
        previous = self._timeline.picture[clip - 1]
        return self._source(previous, previous.length_frames + first, previous.length_frames + last)

    def _source(self, clip: PictureClip, first: int, last: int) -> Iterator[Planes]:
        """Frames `first` to `last` of a clip; its last one is held where it has no more. Black where there is no clip."""
        size = self._timeline.width_px, self._timeline.height_px
        if not clip.takes:
            yield from [black(*size)] * (last - first)
            return
        available = clip.take.available_frames
        begin = min(first, available - 1)
        held = black(*size)
        for frame in decode(clip.take.path, begin, min(last, available)):
            held = _planes(frame, *size)
            if first <= begin:
                yield held
            begin += 1
        yield from [held] * (last - max(first, available))


def _copied(container: InputContainer, path: Path, piece: Copy, fps: Fraction) -> Iterator[Coded]:
    stream = video_stream(container, path)
    time_base = stream.time_base or 1 / fps
    if piece.first_frame:
        container.seek(int(piece.first_frame / fps / time_base), stream=stream)
    wanted, stop = piece.first_frame, piece.first_frame + piece.length_frames
    frame = frame_numbers(time_base, fps)
    for packet in container.demux(stream):
        if packet.pts is None or (number := frame(packet.pts)) < wanted:
            continue
        if number != wanted or (wanted == piece.first_frame and not packet.is_keyframe):
            break
        yield Coded(data=bytes(packet), key_frame=packet.is_keyframe, copied=True)
        wanted += 1
        if wanted == stop:
            return
    raise InputError(f"{path.name} has no usable frame {wanted}, though {stop} were promised; make the shot again.")


def _planes(frame: VideoFrame, width_px: int, height_px: int) -> Planes:
    """The frame as planes of the film's size (another size is scaled to it)."""
    if (frame.width, frame.height, frame.format.name) != (width_px, height_px, "yuv420p"):
        frame = frame.reformat(width=width_px, height=height_px, format="yuv420p")
    return np.asarray(frame.to_ndarray(), np.uint8)


def _frame(planes: Planes) -> VideoFrame:
    return tag(VideoFrame.from_ndarray(np.ascontiguousarray(planes), format="yuv420p"))
