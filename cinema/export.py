"""`export`: an edit for another program, with every clip and sound beside it under a readable name."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from cinema import cut
from cinema.cut.interchange import Links
from cinema.cut.timeline import SoundClip, Take, Timeline
from cinema.errors import InputError, OutOfDiskError
from cinema.folder import open_folder
from cinema.paths import slug

_FINISHED = (
    "film.mp4",
    "captions.srt",
    "captions.vtt",
    "storyboard.pdf",
    "stems/dialogue.wav",
    "stems/music.wav",
    "stems/effects.wav",
)


def export(film: Path, to: Path, *, links: Links = "relative") -> tuple[Path, ...]:
    """Write the edit of the film folder `film` into the folder `to`; returns every file written.

    `links` are how the edit names its media: "relative" ones survive a move of the folder, "absolute" ones serve programs
    that do not look beside the edit. Raises InputError when `to` is not empty, or when the film was not finished;
    OutOfDiskError when it cannot be written.
    """
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise InputError(f"{to} is not an empty folder; give a new one with --to.")
    edit = lay_out(film, to, _copy, links=links)
    try:
        finished = [_copy(film / name, to / name) for name in _FINISHED if (film / name).is_file()]
    except OSError as exc:
        raise OutOfDiskError(f"The edit cannot be written to {to}: {exc.strerror}.") from exc
    return (*edit, *finished)


Place = Callable[[Path, Path], Path]
"""Brings a file to where the edit names it, or notes that it belongs there; gives that place. Asked more than once for some."""


def lay_out(film: Path, to: Path, place: Place, *, links: Links = "relative") -> tuple[Path, ...]:
    """Write `film.otio` and `film.edl` into the folder `to`, over media that `place` brings there; gives all of them.

    The media are `to/picture/2-3_take1.mp4` and `to/sound/line-2-3-1.wav`. Raises as `export`.
    """
    with open_folder(film, must_exist=True) as folder:
        plan = folder.recall_plan()
        timeline = cut.edit(plan, folder.store.get_many(plan.uses.values()), folder.takes(plan))
        try:
            to.mkdir(parents=True, exist_ok=True)
            collected = _collect(timeline, to, place)
            edit = cut.write_interchange(collected, to, links=links)
        except OSError as exc:
            raise OutOfDiskError(f"The edit cannot be written to {to}: {exc.strerror}.") from exc
    media = {take.path for clip in collected.picture for take in clip.takes} | {clip.path for clip in collected.sound}
    return (*edit, *sorted(media))


def _collect(timeline: Timeline, to: Path, place: Place) -> Timeline:
    """The timeline over its media where `place` put them: `picture/2-3_take1.mp4`, `sound/line-2-3-1.wav`."""
    take_at, sound_at = partial(_take, to=to, place=place), partial(_sound, to=to, place=place)
    picture = tuple(replace(clip, takes=tuple(take_at(take, clip.shot) for take in clip.takes)) for clip in timeline.picture)
    return replace(timeline, picture=picture, sound=tuple(sound_at(clip) for clip in timeline.sound))


def _take(take: Take, shot: str, *, to: Path, place: Place) -> Take:
    return replace(take, path=place(take.path, to / "picture" / f"{slug(shot)}_take{take.number}{take.path.suffix}"))


def _sound(clip: SoundClip, *, to: Path, place: Place) -> SoundClip:
    return replace(clip, path=place(clip.path, to / "sound" / f"{slug(clip.slot)}{clip.path.suffix}"))


def _copy(source: Path, target: Path) -> Path:
    """A copy, not a link: an editor may write into its media, and artefacts never change."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        shutil.copyfile(source, target)
    return target
