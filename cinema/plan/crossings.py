"""Transitions in frames: how long a dissolve, wipe or fade may last beside the shots that it touches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from cinema.plan.draft import Draft
from cinema.plan.model import Transition
from cinema.timebase import frame_at

_INTERVAL_SECONDS = 0.5
"""The distance of key frames in every clip (`cinema.media.key_interval_frames`; a test holds the two together)."""
_INTERVALS = 2
"""A dissolve, wipe or fade lasts two key intervals: one second."""
_CLEAR_SECONDS = 0.5
"""Of every shot, at least this much is seen with no transition over it."""


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A shot's own transitions, and the frames of picture that they need."""

    entrance: Transition
    fade_out_frames: int
    tail_frames: int = 0
    least_frames: int = 0


def passages(drafts: Sequence[Draft], names: Sequence[str], fps: Fraction) -> tuple[list[Passage], list[str]]:
    """Entrance, fade and tail of each shot; a warning where an author's short shot had no room for them.

    Lengths are whole key intervals, so that only a transition's own frames are ever encoded again. Where the author's
    length is too short, the entrance and the fade shrink to one interval each, then the entrance becomes a cut, then
    the fade goes. The first shot cannot dissolve from anything: it fades in.
    """
    interval = frame_at(_INTERVAL_SECONDS, fps)
    clear = max(frame_at(_CLEAR_SECONDS, fps), 1)
    found: list[Passage] = []
    warnings: list[str] = []
    for number, (draft, name) in enumerate(zip(drafts, names, strict=True)):
        kind = "fade" if number == 0 and draft.entrance in ("dissolve", "wipe") else draft.entrance
        entrance, fade = (_INTERVALS if kind != "cut" else 0), (_INTERVALS if draft.fade_out else 0)
        if draft.wanted_seconds is not None:
            room = max(0, frame_at(draft.wanted_seconds, fps) - clear) // interval
            kept = _fit(entrance, fade, room)
            if (entrance and not kept[0]) or (fade and not kept[1]):
                lost = kind if entrance and not kept[0] else "fade out"
                warnings.append(f"Shot {name} is too short for its {lost}, so it cuts there instead.")
            entrance, fade = kept
        passage = Passage(
            entrance=Transition(kind=kind, frames=entrance * interval) if entrance else Transition(),
            fade_out_frames=fade * interval,
            least_frames=(entrance + fade) * interval + (clear if entrance or fade else 0),
        )
        found.append(passage)
    return _with_tails(found), warnings


def _fit(entrance: int, fade: int, room: int) -> tuple[int, int]:
    """Intervals for an entrance and a fade within `room` intervals."""
    if entrance + fade <= room:
        return entrance, fade
    entrance, fade = min(entrance, 1), min(fade, 1)
    if entrance + fade <= room:
        return entrance, fade
    return 0, fade if fade <= room else 0


def _with_tails(found: list[Passage]) -> list[Passage]:
    """A clip before a dissolve or wipe has as many frames more as the transition lasts."""
    tailed: list[Passage] = []
    for number, passage in enumerate(found):
        following = found[number + 1].entrance if number + 1 < len(found) else Transition()
        tail = following.frames if following.kind in ("dissolve", "wipe") else 0
        tailed.append(
            Passage(
                entrance=passage.entrance,
                fade_out_frames=passage.fade_out_frames,
                tail_frames=tail,
                least_frames=passage.least_frames,
            )
        )
    return tailed
