"""What goes with a finished film: the edit for other programs, the storyboard, the quality checks and the report."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cinema import cut
from cinema.cut.timeline import Timeline
from cinema.media import still
from cinema.plan.model import Plan
from cinema.progress import FilmProgress
from cinema.studio import Studio

_STORYBOARD = "storyboard.pdf"


@dataclass(frozen=True, kw_only=True)
class Papers:
    """What the papers tell of, and who listens while they are written."""

    plan: Plan
    timeline: Timeline
    result: cut.CutResult
    progress: FilmProgress
    studio: Studio


def write_papers(folder: Path, papers: Papers) -> None:
    """Write `film.otio`, `film.edl`, `storyboard.pdf`, `report.json` and `report.html` into the film folder."""
    studio, progress = papers.studio, papers.progress
    with progress.stage("papers"):
        edit = cut.write_interchange(papers.timeline, folder)
        board = cut.write_storyboard(papers.plan, papers.timeline, folder / _STORYBOARD, still=still, listener=progress)
        checks = cut.check(papers.plan, papers.timeline, papers.result, studio.delivery)
    cut.write_report(_production(papers, checks, (*edit, board)), folder, still=still)


def _production(papers: Papers, checks: tuple[cut.Check, ...], written: tuple[Path, ...]) -> cut.Production:
    """Everything that the report tells of."""
    studio, result, progress = papers.studio, papers.result, papers.progress
    predicted = progress.predicted_seconds
    return cut.Production(
        plan=papers.plan,
        timeline=papers.timeline,
        result=result,
        delivery=studio.delivery,
        settings=studio.settings,
        mode=studio.mode.name,
        manifests={manifest.id: manifest for manifest in studio.choice.values()},
        checks=checks,
        stages=tuple(
            cut.StageTime(stage=stage, seconds=seconds, predicted_seconds=predicted.get(stage))
            for stage, seconds in progress.measured_seconds.items()
        ),
        devices=studio.devices,
        notes=studio.notes,
        warnings=tuple(progress.warnings),
        files=(result.film, *result.captions, *result.stems, *written),
        wall_seconds=progress.wall_seconds(),
    )
