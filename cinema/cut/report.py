"""`report.json` and `report.html`: what was made, of what, by whom, at what cost, and whether it is good."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from cinema import __version__
from cinema.artefact import Making
from cinema.catalog import Delivery, Manifest
from cinema.cut.quality import Check, worst
from cinema.cut.report_html import render_html
from cinema.cut.report_model import (
    CheckFacts,
    CostFacts,
    DeviceReport,
    FileFacts,
    FilmFacts,
    LineFacts,
    ModelFacts,
    Report,
    SceneFacts,
    ShotFacts,
    SoundFacts,
    StageFacts,
    TakeFacts,
)
from cinema.cut.result import CutResult
from cinema.cut.storyboard import Still
from cinema.cut.timeline import PictureClip, Take, Timeline
from cinema.errors import OutOfDiskError
from cinema.identity import file_digest
from cinema.plan.model import Line, Plan, Shot
from cinema.schedule.model import DeviceFacts
from cinema.settings import Settings
from cinema.timebase import seconds_at

_LIBRARIES = (
    *("av", "numpy", "opencv-python-headless", "soundfile", "soxr", "resvg-py", "espeakng-loader"),
    *("opentimelineio", "reportlab", "jinja2", "pillow", "pydantic", "torch", "diffusers", "transformers"),
)


@dataclass(frozen=True, kw_only=True)
class StageTime:
    """How long a stage took; `predicted_seconds` is None where nothing was predicted."""

    stage: str
    seconds: float
    predicted_seconds: float | None = None


@dataclass(frozen=True, kw_only=True)
class Production:
    """All that a report tells of, gathered by whoever made the film.

    `manifests` are of the models chosen; those that made nothing in the film are left out. `notes` say why each was chosen.
    `files` are the finished files inside the film folder. `peak_host_bytes` is of the whole process tree, None where nobody
    measured it.
    """

    plan: Plan
    timeline: Timeline
    result: CutResult
    delivery: Delivery
    settings: Settings
    mode: str
    manifests: Mapping[str, Manifest]
    checks: tuple[Check, ...] = ()
    stages: tuple[StageTime, ...] = ()
    devices: tuple[DeviceFacts, ...] = ()
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()
    wall_seconds: float = 0.0
    peak_host_bytes: int | None = None


def write_report(production: Production, out: Path, *, still: Still) -> tuple[Path, Path]:
    """Write `out/report.json` and `out/report.html`; gives both paths.

    The page holds everything (pictures as small JPEGs) and loads nothing. A picture that cannot be read is left out.
    Raises OutOfDiskError when a file cannot be read or written.
    """
    report = build_report(production, out)
    json_path, html_path = out / "report.json", out / "report.html"
    page = render_html(report, production.timeline, still)
    for path, text in ((json_path, report.to_json()), (html_path, page)):
        try:
            path.write_text(text, encoding="utf-8")
        except OSError as exc:
            raise OutOfDiskError(f"{path} cannot be written: {exc.strerror}; free space or choose another folder.") from exc
    return json_path, html_path


def build_report(production: Production, folder: Path) -> Report:
    """The report of a production whose finished files lie in `folder`; reads them for their hashes."""
    plan, timeline, settings = production.plan, production.timeline, production.settings
    clips = {clip.shot: clip for clip in timeline.picture}
    return Report(
        cinema=__version__,
        made_at=datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        mode=production.mode,
        film=_film(plan, timeline),
        sound=_sound(production.result, production.delivery),
        verdict=worst(production.checks),
        checks=tuple(CheckFacts(**vars(check)) for check in production.checks),
        warnings=tuple(dict.fromkeys((*plan.warnings, *production.warnings, *production.result.notes))),
        notes=production.notes,
        missing=timeline.missing,
        scenes=tuple(_scenes(plan)),
        shots=tuple(_shot(shot, clips.get(shot.id), plan, production.manifests) for shot in plan.shots),
        models=tuple(_models(timeline, production.manifests)),
        stages=tuple(StageFacts(**vars(stage)) for stage in production.stages),
        devices=tuple(DeviceReport(**vars(device)) for device in production.devices),
        cost=_cost(production),
        files=tuple(_files(production.files, folder)),
        settings=settings.model_dump(mode="json"),
        libraries=dict(_libraries()),
    )


def _film(plan: Plan, timeline: Timeline) -> FilmFacts:
    return FilmFacts(
        title=plan.title,
        style=plan.style,
        seconds=_seconds(timeline.length_frames, plan),
        frames=timeline.length_frames,
        fps=str(plan.fps),
        width_px=plan.width_px,
        height_px=plan.height_px,
        aspect=plan.aspect,
        language=plan.language,
        scenes=len(plan.scenes),
        shots=len(plan.shots),
        cast=tuple(member.name for member in plan.cast),
        synthetic=timeline.synthetic,
    )


def _sound(result: CutResult, delivery: Delivery) -> SoundFacts:
    return SoundFacts(
        delivery=delivery.name,
        delivery_title=delivery.title,
        loudness_lufs=result.loudness_lufs,
        loudness_target_lufs=delivery.loudness_lufs,
        true_peak_dbtp=result.true_peak_dbtp,
        true_peak_ceiling_dbtp=delivery.true_peak_dbtp,
        gain_db=result.gain_db,
        limited_db=result.limited_db,
    )


def _scenes(plan: Plan) -> Iterator[SceneFacts]:
    start = 0
    for scene in plan.scenes:
        frames = sum(shot.length_frames for shot in plan.shots_of(scene.index))
        yield SceneFacts(
            number=scene.number,
            heading=scene.heading,
            mood=scene.mood,
            start_seconds=_seconds(start, plan),
            seconds=_seconds(frames, plan),
        )
        start += frames


def _shot(shot: Shot, clip: PictureClip | None, plan: Plan, manifests: Mapping[str, Manifest]) -> ShotFacts:
    takes = clip.takes if clip else ()
    chosen = clip.take if clip and takes else None
    manifest = manifests.get(chosen.making.model) if chosen else None
    return ShotFacts(
        id=shot.id,
        scene=shot.scene,
        framing=shot.framing,
        angle=shot.angle,
        camera=shot.camera,
        lens=shot.lens,
        action=shot.action,
        start_seconds=_seconds(shot.start_frame, plan),
        seconds=_seconds(shot.length_frames, plan),
        frames=shot.length_frames,
        transition=shot.entrance.kind,
        model=chosen.making.model if chosen else "",
        revision=chosen.making.revision if chosen else "",
        seed=chosen.making.seed if chosen else shot.seed,
        licence=_licence_name(manifest) if manifest else "",
        prompt=chosen.prompt if chosen and chosen.prompt else shot.prompt,
        negative_prompt=shot.negative_prompt,
        takes=tuple(_take(take, chosen is take) for take in takes),
        lines=tuple(_line(line, shot, plan) for line in shot.lines),
        sounds=tuple(cue.prompt for cue in shot.sounds),
    )


def _take(take: Take, chosen: bool) -> TakeFacts:
    making = take.making
    return TakeFacts(
        number=take.number,
        chosen=chosen,
        key=take.key,
        model=making.model,
        revision=making.revision,
        seed=making.seed,
        device=making.device,
        seconds=making.seconds,
        peak_bytes=making.peak_bytes,
        made_at=making.made_at,
        prompt=take.prompt,
    )


def _line(line: Line, shot: Shot, plan: Plan) -> LineFacts:
    return LineFacts(
        id=line.id,
        character=line.character,
        text=line.text,
        delivery=line.delivery,
        start_seconds=_seconds(shot.start_frame + line.offset_frames, plan),
        seconds=_seconds(line.length_frames, plan),
    )


def _makings(timeline: Timeline) -> Iterator[tuple[str, Making]]:
    """Every artefact that is in the film, by key: chosen takes, sounds, and what those were made from."""
    seen: set[str] = set()
    chosen = [(clip.take.key, clip.take.making) for clip in timeline.picture if clip.takes]
    sounds = [(clip.key, clip.making) for clip in timeline.sound]
    for key, making in (*timeline.makings.items(), *chosen, *sounds):
        if making is not None and key not in seen:
            seen.add(key)
            yield key, making


def _models(timeline: Timeline, manifests: Mapping[str, Manifest]) -> Iterator[ModelFacts]:
    used: dict[str, list[Making]] = {}
    for _, making in _makings(timeline):
        used.setdefault(making.model, []).append(making)
    for name, makings in sorted(used.items()):
        manifest = manifests.get(name)
        licence = manifest.licence if manifest else None
        yield ModelFacts(
            id=name,
            name=manifest.name if manifest else name,
            roles=tuple(sorted({making.role for making in makings})),
            revision=makings[0].revision,
            repository=manifest.repository if manifest else "",
            licence=_licence_name(manifest) if manifest else "",
            licence_url=licence.url if licence else "",
            commercial=licence.commercial if licence else None,
            excluded_territories=licence.excluded_territories if licence else (),
            revenue_cap_usd=licence.revenue_cap_usd if licence else None,
            duties=licence.duties if licence else (),
            artefacts=len(makings),
            seconds=round(sum(making.seconds for making in makings), 3),
            peak_bytes=max(making.peak_bytes for making in makings),
        )


def _cost(production: Production) -> CostFacts:
    predicted = [stage.predicted_seconds for stage in production.stages if stage.predicted_seconds is not None]
    price = production.settings.price_per_hour_usd
    return CostFacts(
        wall_seconds=round(production.wall_seconds, 3),
        predicted_seconds=round(sum(predicted), 3) if predicted else None,
        peak_device_bytes=max((making.peak_bytes for _, making in _makings(production.timeline)), default=0),
        peak_host_bytes=production.peak_host_bytes,
        price_per_hour_usd=price,
        usd=round(production.wall_seconds / 3600 * price, 6),
    )


def _files(paths: Iterable[Path], folder: Path) -> Iterator[FileFacts]:
    for path in paths:
        try:
            size_bytes, sha256 = path.stat().st_size, file_digest(path)
        except OSError as exc:
            raise OutOfDiskError(f"{path} cannot be read: {exc.strerror}; render the film again.") from exc
        name = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name
        yield FileFacts(path=name, size_bytes=size_bytes, sha256=sha256)


def _libraries() -> Iterator[tuple[str, str]]:
    yield "python", ".".join(map(str, sys.version_info[:3]))
    for name in _LIBRARIES:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            continue


def _licence_name(manifest: Manifest) -> str:
    return manifest.licence.spdx or manifest.licence.name


def _seconds(frames: int, plan: Plan) -> float:
    return round(float(seconds_at(frames, plan.fps)), 3)
