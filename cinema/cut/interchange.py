"""`film.otio` and `film.edl`: the film as an editor's timeline, with linked media, every take and each clip's recipe.

OpenTimelineIO says what a timeline is; DaVinci Resolve 18.5 and later, and others, read it.
"""
# OpenTimelineIO's Python side is a compiled module without complete types.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# pyright: reportAttributeAccessIssue=false, reportUnknownParameterType=false

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import opentimelineio as otio
from opentimelineio.opentime import RationalTime, TimeRange

from cinema.artefact import Making
from cinema.cut.edl import edl_text
from cinema.cut.timeline import PictureClip, SoundClip, Stem, Timeline
from cinema.errors import OutOfDiskError
from cinema.timebase import SAMPLE_RATE_HZ, frame_at

_STEMS: tuple[Stem, ...] = ("dialogue", "effects", "music")
_WIPE = "SMPTE_Wipe"
_NAMESPACE = "cinema"
Links = Literal["relative", "absolute"]


def write_interchange(timeline: Timeline, out: Path, *, links: Links = "relative") -> tuple[Path, Path]:
    """Write `out/film.otio` and `out/film.edl`; gives both paths.

    Media inside `out` are linked relative to it (percent-encoded), so the film folder may be moved; media elsewhere, and
    all media when `links` is "absolute", by `file://` URLs. Resolve does not look beside the file for relative links (read
    in others' reports, not tried here): there, give the film folder when it asks where the media are, or use "absolute".
    Raises OutOfDiskError when a file cannot be written.
    """
    out = out.resolve()
    otio_path, edl_path = out / "film.otio", out / "film.edl"
    document = otio.adapters.write_to_string(otio_timeline(timeline, out, links=links), "otio_json")
    for path, text in ((otio_path, document), (edl_path, edl_text(timeline, out))):
        try:
            path.write_text(text, encoding="utf-8")
        except OSError as exc:
            raise OutOfDiskError(f"{path} cannot be written: {exc.strerror}; free space or choose another folder.") from exc
    return otio_path, edl_path


def otio_timeline(timeline: Timeline, folder: Path, *, links: Links = "relative") -> Any:
    """The film as an `otio.schema.Timeline`, exactly `length_frames` long at the exact rate.

    One video track; for each stem as many audio tracks as sounds overlap. A dissolve or wipe of t frames begins on the cut
    (in_offset 0, out_offset t), where the previous clip's `available_range` has its tail handle. Sounds lie on whole
    frames, nearest to their sample; the exact samples, gains and fades are in `metadata["cinema"]`.
    """
    linker = _Linker(folder, links)
    film = otio.schema.Timeline(name=timeline.title)
    film.global_start_time = _time(0, timeline.fps)
    film.metadata[_NAMESPACE] = {
        "schema": "cinema-otio/1",
        "size": [timeline.width_px, timeline.height_px],
        "fps": str(timeline.fps),
        "length_frames": timeline.length_frames,
        "language": timeline.language,
        "synthetic": timeline.synthetic,
    }
    film.tracks.markers.extend(_chapters(timeline))
    film.tracks.append(_picture_track(timeline, linker))
    for stem in _STEMS:
        clips = [clip for clip in timeline.sound if clip.stem == stem]
        for number, lane in enumerate(_lanes(clips, timeline), start=1):
            film.tracks.append(_sound_track(f"{stem.capitalize()} {number}", lane, timeline, linker))
    return film


class _Linker:
    """How a media file is named in the timeline."""

    def __init__(self, folder: Path, links: Links) -> None:
        self.folder = folder.resolve()
        self.links = links

    def url(self, path: Path) -> str:
        path = path.resolve()
        if self.links == "relative" and path.is_relative_to(self.folder):
            return quote(path.relative_to(self.folder).as_posix())
        return path.as_uri()


def _picture_track(timeline: Timeline, linker: _Linker) -> Any:
    track = otio.schema.Track(name="Picture", kind=otio.schema.TrackKind.Video)
    last = len(timeline.picture) - 1
    for index, clip in enumerate(timeline.picture):
        entrance = clip.entrance
        if entrance.frames and entrance.kind in {"dissolve", "wipe"} and index:
            kind = otio.schema.TransitionTypes.SMPTE_Dissolve if entrance.kind == "dissolve" else _WIPE
            track.append(_transition(entrance.kind, kind, 0, entrance.frames, timeline.fps))
        elif entrance.frames and entrance.kind == "fade" and not index:
            track.append(_transition("fade in", otio.schema.TransitionTypes.SMPTE_Dissolve, 0, entrance.frames, timeline.fps))
        track.append(_picture_clip(clip, timeline.fps, linker, first=not index, last=index == last))
        if clip.fade_out_frames and index == last:
            track.append(
                _transition("fade out", otio.schema.TransitionTypes.SMPTE_Dissolve, clip.fade_out_frames, 0, timeline.fps)
            )
    track.markers.extend(_captions(timeline))
    return track


def _transition(name: str, kind: str, before: int, after: int, fps: Fraction) -> Any:
    return otio.schema.Transition(name=name, transition_type=kind, in_offset=_time(before, fps), out_offset=_time(after, fps))


def _picture_clip(clip: PictureClip, fps: Fraction, linker: _Linker, *, first: bool, last: bool) -> Any:
    """A fade at an end of the film is a transition against nothing; one inside it has no room for that, so it is opacity."""
    item = otio.schema.Clip(name=clip.shot, source_range=_range(0, clip.length_frames, fps))
    fade_in = clip.entrance.frames if clip.entrance.kind == "fade" else 0
    item.metadata[_NAMESPACE] = {
        "shot": clip.shot,
        "scene": clip.scene,
        "label": clip.label,
        "entrance": {"kind": clip.entrance.kind, "frames": clip.entrance.frames},
        "fade_in_frames": fade_in,
        "fade_out_frames": clip.fade_out_frames,
        "tail_frames": clip.tail_frames,
    }
    if clip.takes:
        references: dict[str, Any] = {}
        for take in clip.takes:
            reference = otio.schema.ExternalReference(
                target_url=linker.url(take.path), available_range=_range(0, take.available_frames, fps)
            )
            reference.name = take.path.name
            reference.metadata[_NAMESPACE] = _recipe(take.making, take.key, take.prompt) | {"take": take.number}
            references[f"Take {take.number}"] = reference
        item.set_media_references(references, f"Take {clip.take.number}")
        item.metadata[_NAMESPACE]["recipe"] = _recipe(clip.take.making, clip.take.key, clip.take.prompt)
    keys = _opacity_keys(clip.length_frames, 0 if first else fade_in, 0 if last else clip.fade_out_frames)
    if keys:
        item.effects.append(_opacity(keys))
    return item


def _recipe(making: Making | None, key: str, prompt: str = "") -> dict[str, Any]:
    """How a clip was made, so that it can be made again."""
    recipe: dict[str, Any] = {"key": key}
    if prompt:
        recipe["prompt"] = prompt
    if making is not None:
        recipe |= {
            "model": making.model,
            "revision": making.revision,
            "role": making.role,
            "seed": making.seed,
            "device": making.device,
            "seconds": making.seconds,
            "peak_bytes": making.peak_bytes,
            "made_at": making.made_at,
        }
    return recipe


def _opacity_keys(length: int, fade_in: int, fade_out: int) -> dict[int, float]:
    keys: dict[int, float] = {}
    if fade_in:
        keys |= {0: 0.0, fade_in: 100.0}
    if fade_out:
        keys |= {max(length - fade_out, fade_in): 100.0, length: 0.0}
    return keys


def _opacity(keys: dict[int, float]) -> Any:
    """Opacity over a clip's frames, in the form in which Resolve writes its own (0 ... 100, frames from the clip's first)."""
    parameter = {
        "Default Parameter Value": 100.0,
        "Key Frames": {str(frame): {"Value": value, "Variant Type": "Double"} for frame, value in keys.items()},
        "Parameter ID": "opacity",
        "Parameter Value": 100.0,
        "Variant Type": "Double",
        "maxValue": 100.0,
        "minValue": 0.0,
    }
    body = {"Effect Name": "Composite", "Enabled": True, "Name": "Composite", "Parameters": [parameter], "Type": 1}
    return otio.schema.Effect(name="fade", effect_name="Resolve Effect", metadata={"Resolve_OTIO": body})


class _Placed:
    """A sound on whole frames: `pieces` are the lengths of its passes (more than one for a loop)."""

    def __init__(self, clip: SoundClip, timeline: Timeline) -> None:
        fps = timeline.fps
        self.clip = clip
        self.start = min(max(frame_at(Fraction(clip.start_sample, SAMPLE_RATE_HZ), fps), 0), timeline.length_frames - 1)
        end = min(frame_at(Fraction(clip.start_sample + clip.length_samples, SAMPLE_RATE_HZ), fps), timeline.length_frames)
        one_pass = max(int(Fraction(clip.source_samples, SAMPLE_RATE_HZ) * fps), 1)
        wanted = max(end - self.start, 1)
        if clip.loop:
            whole, rest = divmod(wanted, one_pass)
            self.pieces = (one_pass,) * whole + ((rest,) if rest else ())
        else:
            self.pieces = (min(wanted, one_pass),)

    @property
    def end(self) -> int:
        return self.start + sum(self.pieces)


def _lanes(clips: Sequence[SoundClip], timeline: Timeline) -> list[list[_Placed]]:
    """Each sound on the first lane that is free when it begins: as few lanes as sounds ever overlap."""
    lanes: list[list[_Placed]] = []
    for placed in sorted((_Placed(clip, timeline) for clip in clips), key=lambda item: (item.start, item.clip.slot)):
        free = next((lane for lane in lanes if lane[-1].end <= placed.start), None)
        if free is None:
            lanes.append([placed])
        else:
            free.append(placed)
    return lanes


def _sound_track(name: str, lane: Iterable[_Placed], timeline: Timeline, linker: _Linker) -> Any:
    track = otio.schema.Track(name=name, kind=otio.schema.TrackKind.Audio)
    at = 0
    for placed in lane:
        if placed.start > at:
            track.append(_gap(placed.start - at, timeline.fps))
        for length in placed.pieces:
            track.append(_sound_clip(placed.clip, length, timeline.fps, linker))
        at = placed.end
    if at < timeline.length_frames:
        track.append(_gap(timeline.length_frames - at, timeline.fps))
    return track


def _sound_clip(clip: SoundClip, length: int, fps: Fraction, linker: _Linker) -> Any:
    available = TimeRange(RationalTime(0, SAMPLE_RATE_HZ), RationalTime(clip.source_samples, SAMPLE_RATE_HZ))
    reference = otio.schema.ExternalReference(target_url=linker.url(clip.path), available_range=available)
    reference.name = clip.path.name
    item = otio.schema.Clip(name=clip.slot, media_reference=reference, source_range=_range(0, length, fps))
    item.metadata[_NAMESPACE] = {
        "slot": clip.slot,
        "stem": clip.stem,
        "start_sample": clip.start_sample,
        "length_samples": clip.length_samples,
        "gain_db": clip.gain_db,
        "fade_in_samples": clip.fade_in_samples,
        "fade_out_samples": clip.fade_out_samples,
        "pan": clip.pan,
        "delivery": clip.delivery,
        "loop": clip.loop,
        "recipe": _recipe(clip.making, clip.key),
    }
    return item


def _chapters(timeline: Timeline) -> Iterator[Any]:
    starts = [chapter.start_frame for chapter in timeline.chapters] + [timeline.length_frames]
    for chapter, end in zip(timeline.chapters, starts[1:], strict=True):
        length = max(end - chapter.start_frame, 0)
        yield _marker(
            chapter.title, chapter.start_frame, length, timeline.fps, otio.schema.MarkerColor.GREEN, {"kind": "scene"}
        )


def _captions(timeline: Timeline) -> Iterator[Any]:
    for caption in timeline.captions:
        facts = {"kind": "caption", "line": caption.line, "speaker": caption.speaker}
        length = caption.end_frame - caption.start_frame
        yield _marker(caption.text, caption.start_frame, length, timeline.fps, otio.schema.MarkerColor.YELLOW, facts)


def _marker(name: str, start: int, length: int, fps: Fraction, colour: str, facts: dict[str, str]) -> Any:
    return otio.schema.Marker(
        name=" ".join(name.split()),
        marked_range=_range(start, length, fps),
        color=colour,
        metadata={_NAMESPACE: facts},
        comment=name,
    )


def _gap(length: int, fps: Fraction) -> Any:
    return otio.schema.Gap(source_range=_range(0, length, fps))


def _time(frames: int, fps: Fraction) -> RationalTime:
    return RationalTime(frames, float(fps))


def _range(start: int, length: int, fps: Fraction) -> TimeRange:
    return TimeRange(_time(start, fps), _time(length, fps))
