"""`film.edl`: the picture cut as a CMX 3600 edit decision list, the one list that every editor reads.

Written here, not by `otio-cmx3600-adapter` 1.0, because that writes wipes as dissolves, drop-frame timecode at 29.97 and
59.94, and reel names cut to eight letters that then collide. The adapter reads this list back with the same cuts.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from cinema.cut.timeline import PictureClip, Timeline
from cinema.timebase import timecode

_REEL_LETTERS = 8
_BLACK = "BL"


def edl_text(timeline: Timeline, folder: Path) -> str:
    """The list, with file names relative to `folder`; non-drop timecode that starts at 00:00:00:00 on both sides.

    A dissolve or wipe into a shot is an event of two lines, as the format wants: where the previous shot ends, then the
    shot with the transition's length. A fade in within the film is a dissolve from black. A fade in of the first shot
    and every fade out are comments: the first would have nothing before it, the second would move a cut.
    """
    reels = reel_names(timeline)
    lines = [f"TITLE: {_plain(timeline.title) or 'Untitled'}", "FCM: NON-DROP FRAME", ""]
    before: PictureClip | None = None
    for number, clip in enumerate(timeline.picture, start=1):
        lines += _event(number, before, clip, reels, timeline.fps)
        lines += _comments(before, clip, folder)
        lines.append("")
        before = clip
    return "\n".join(lines)


def reel_names(timeline: Timeline) -> tuple[str, ...]:
    """A reel of eight letters and digits for each picture clip: one for each take used, the same in every cut."""
    taken: dict[str, str] = {}
    names: list[str] = []
    for clip in timeline.picture:
        if not clip.takes:
            names.append(_BLACK)
            continue
        key = clip.take.key.upper()
        at = 0
        reel = key[:_REEL_LETTERS]
        while taken.setdefault(reel, key) != key:
            at += 1
            reel = key[at : at + _REEL_LETTERS] or f"R{at:07d}"
        names.append(reel)
    return tuple(names)


def _event(number: int, before: PictureClip | None, clip: PictureClip, reels: tuple[str, ...], fps: Fraction) -> Iterator[str]:
    reel = reels[number - 1]
    ends = (0, clip.length_frames, clip.start_frame, clip.start_frame + clip.length_frames)
    times = " ".join(timecode(frame, fps) for frame in ends)
    if before is None or not clip.entrance.frames or clip.entrance.kind == "cut":
        yield f"{number:03d}  {reel:8} V     C        {times}"
        return
    from_black = clip.entrance.kind == "fade"
    out_frame = 0 if from_black else before.length_frames
    cut = " ".join(timecode(frame, fps) for frame in (out_frame, out_frame, clip.start_frame, clip.start_frame))
    code = "W001" if clip.entrance.kind == "wipe" else "D"
    yield f"{number:03d}  {_BLACK if from_black else reels[number - 2]:8} V     C        {cut}"
    yield f"{number:03d}  {reel:8} V     {code:4} {clip.entrance.frames:03d} {times}"


def _comments(before: PictureClip | None, clip: PictureClip, folder: Path) -> Iterator[str]:
    mixed = before is not None and clip.entrance.frames > 0 and clip.entrance.kind in {"dissolve", "wipe"}
    if mixed and before is not None:
        yield f"* FROM CLIP NAME:  {_plain(before.shot)}"
    side = "TO" if mixed else "FROM"
    yield f"* {side} CLIP NAME:  {_plain(clip.shot)}"
    if clip.takes:
        yield f"* {side} FILE: {_plain(_relative(clip.take.path, folder))}"
    if before is None and clip.entrance.kind == "fade" and clip.entrance.frames:
        yield f"* FADE IN FROM BLACK: {clip.entrance.frames:03d} FRAMES"
    if clip.fade_out_frames:
        yield f"* FADE OUT TO BLACK: {clip.fade_out_frames:03d} FRAMES"


def _relative(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.as_posix()


def _plain(text: str) -> str:
    """On one line, whatever counts as the end of a line."""
    return " ".join(text.split())
