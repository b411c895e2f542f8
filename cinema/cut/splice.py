"""Which frames of the film are copied and which are rendered again: decided from the timeline alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cinema.cut.timeline import Caption, PictureClip, Timeline
from cinema.timebase import key_interval_frames

RENDER_FRAMES = 240
"""The longest piece that is rendered at once; a longer one is cut, so that memory stays flat and two cores can share."""


@dataclass(frozen=True, kw_only=True)
class Copy:
    """`length_frames` of a clip from its frame `first_frame`, a key frame, as they are. `clip` counts in the timeline."""

    clip: int
    start_frame: int
    first_frame: int
    length_frames: int


@dataclass(frozen=True, kw_only=True)
class Render:
    """Frames of the film that must be made: `length_frames` from `start_frame`, all in the picture clip `clip`."""

    clip: int
    start_frame: int
    length_frames: int


Piece = Copy | Render


def splice(timeline: Timeline, *, burn_captions: bool = False) -> tuple[Piece, ...]:
    """The film's pieces, in order and without gap. A copy begins at a key frame of its clip and may end anywhere."""
    interval = key_interval_frames(timeline.fps)
    captions = timeline.captions if burn_captions else ()
    return tuple(piece for index in range(len(timeline.picture)) for piece in _clip_pieces(timeline, index, interval, captions))


def as_render(piece: Copy) -> tuple[Render, ...]:
    """The same frames, made again: for a clip whose packets do not fit the film's."""
    return tuple(_rendered(piece.clip, piece.start_frame, piece.start_frame + piece.length_frames))


def entrance_frames(clip: PictureClip) -> int:
    """How many frames the clip's entrance takes; none for a cut, never more than the clip has."""
    return 0 if clip.entrance.kind == "cut" else min(clip.entrance.frames, clip.length_frames)


def _clip_pieces(timeline: Timeline, index: int, interval: int, captions: Sequence[Caption]) -> Iterator[Piece]:
    clip = timeline.picture[index]
    start, end = clip.start_frame, clip.start_frame + clip.length_frames
    if not clip.takes:
        yield from _rendered(index, start, end)
        return
    touched = [(start, start + entrance_frames(clip)), (end - min(clip.fade_out_frames, clip.length_frames), end)]
    touched += [(max(card.start_frame, start), min(card.end_frame, end)) for card in captions]
    touched.append((start + min(clip.take.available_frames, clip.length_frames), end))
    at = start
    for first, last in sorted((first, last) for first, last in touched if first < last):
        if last <= at:
            continue
        first_kept = max(first, at)
        yield from _untouched(index, start, at, first_kept, interval)
        yield from _rendered(index, first_kept, last)
        at = last
    yield from _untouched(index, start, at, end, interval)


def _untouched(index: int, clip_start: int, first: int, last: int, interval: int) -> Iterator[Piece]:
    """Frames that nothing changes: up to the next key frame they are made again, from there they are copied."""
    key = clip_start + -(-(first - clip_start) // interval) * interval
    yield from _rendered(index, first, min(key, last))
    if key < last:
        yield Copy(clip=index, start_frame=key, first_frame=key - clip_start, length_frames=last - key)


def _rendered(index: int, first: int, last: int) -> Iterator[Render]:
    for at in range(first, last, RENDER_FRAMES):
        yield Render(clip=index, start_frame=at, length_frames=min(RENDER_FRAMES, last - at))
