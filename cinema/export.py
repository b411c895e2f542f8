"""`export`: an edit for another program, with every clip and sound beside it under a readable name."""

from __future__ import annotations

import shutil
from dataclasses import replace
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
    with open_folder(film, must_exist=True) as folder:
        plan = folder.recall_plan()
        timeline = cut.edit(plan, folder.store.get_many(plan.uses.values()), folder.takes(plan))
        try:
            collected = _collect(timeline, to)
            edit = cut.write_interchange(collected, to, links=links)
            finished = [_copy(folder.path / name, to / name) for name in _FINISHED if (folder.path / name).is_file()]
        except OSError as exc:
            raise OutOfDiskError(f"The edit cannot be written to {to}: {exc.strerror}.") from exc
    media = {take.path for clip in collected.picture for take in clip.takes} | {clip.path for clip in collected.sound}
    return (*edit, *sorted(media), *finished)


def _collect(timeline: Timeline, to: Path) -> Timeline:
    """The timeline over copies of its media: `picture/2-3_take1.mp4`, `sound/line-2-3-1.wav`."""
    picture = tuple(replace(clip, takes=tuple(_take(take, clip.shot, to) for take in clip.takes)) for clip in timeline.picture)
    return replace(timeline, picture=picture, sound=tuple(_sound(clip, to) for clip in timeline.sound))


def _take(take: Take, shot: str, to: Path) -> Take:
    return replace(take, path=_copy(take.path, to / "picture" / f"{slug(shot)}_take{take.number}{take.path.suffix}"))


def _sound(clip: SoundClip, to: Path) -> SoundClip:
    return replace(clip, path=_copy(clip.path, to / "sound" / f"{slug(clip.slot)}{clip.path.suffix}"))


def _copy(source: Path, target: Path) -> Path:
    """A copy, not a link: an editor may write into its media, and artefacts never change."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        shutil.copyfile(source, target)
    return target
