"""The report: complete, read back by its own model, harmless, light."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from fractions import Fraction
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import finishing
import numpy as np
import pytest
from pydantic import ValidationError

from cinema import __version__
from cinema.catalog import Delivery, Licence, Manifest
from cinema.cut.quality import Check
from cinema.cut.report import Production, StageTime, build_report, write_report
from cinema.cut.report_html import meter, picture_width, strip
from cinema.cut.report_model import SCHEMA, Report
from cinema.cut.result import CutResult
from cinema.errors import InputError, OutOfDiskError
from cinema.identity import file_digest
from cinema.media import Picture
from cinema.schedule.model import DeviceFacts
from cinema.settings import Settings

WEB = Delivery(name="web", title="Web video", loudness_lufs=-14.0, true_peak_dbtp=-1.0)
BOARDS = Manifest(
    id="boards",
    name="Drawn boards",
    roles=("video",),
    family="boards",
    revision="1",
    licence=Licence(
        name="Apache License 2.0", spdx="Apache-2.0", commercial=True, duties=("Keep the notice.",), revenue_cap_usd=1_000_000
    ),
)


def still(path: Path, frame: int) -> Picture:
    noise = np.random.default_rng(abs(hash(path)) % 1000).integers(0, 255, (18, 32, 3), dtype=np.uint8)
    return np.kron(noise, np.ones((20, 20, 1), np.uint8))


def result(folder: Path, **changes: object) -> CutResult:
    film = folder / "film.mp4"
    film.write_bytes(b"film" * 100)
    facts = CutResult(
        film=film,
        captions=(),
        stems=(),
        frames=840,
        samples=1_680_000,
        loudness_lufs=-14.2,
        true_peak_dbtp=-1.3,
        gain_db=4.2,
        limited_db=1.0,
        size_bytes=400,
        copied_frames=800,
        notes=("Music was left out of scene 2.",),
    )
    return replace(facts, **changes)  # type: ignore[arg-type]


def production(folder: Path, **changes: object) -> Production:
    plan, timeline = finishing.film(folder)
    made = result(folder)
    whole = Production(
        plan=plan,
        timeline=timeline,
        result=made,
        delivery=WEB,
        settings=Settings(price_per_hour_usd=3.6),
        mode="animatic",
        manifests={"boards": BOARDS, "unused": BOARDS.model_copy(update={"id": "unused"})},
        checks=(
            Check(name="length", level="ok", message="The film has every planned frame."),
            Check(
                name="black frames",
                level="warning",
                message="Shot 1-4 is black.",
                where="shot 1-4",
                value=16,
                limit=24,
                unit="luma",
            ),
        ),
        stages=(StageTime(stage="speech", seconds=1.5, predicted_seconds=2.0), StageTime(stage="cut", seconds=0.5)),
        devices=(DeviceFacts(name="cpu", title="Two cores", memory_bytes=8_000_000_000, slots=2),),
        notes=("video: boards, the first choice of the mode.",),
        warnings=("A voice was chosen for TOM.",),
        files=(made.film,),
        wall_seconds=100.0,
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


class Page(HTMLParser):
    """What a browser would load and run."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loads: list[str] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loads += [
            value or "" for name, value in attrs if name in {"src", "href", "data", "action"} or name.startswith("on")
        ]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_the_json_is_read_back_by_its_model_and_says_everything(tmp_path: Path) -> None:
    made = production(tmp_path)
    json_path, _ = write_report(made, tmp_path, still=still)
    text = json_path.read_text(encoding="utf-8")
    report = Report.model_validate_json(text)
    assert json.loads(text)["schema"] == SCHEMA
    assert next(iter(json.loads(text))) == "schema"
    assert report.to_json() == text
    assert report.cinema == __version__
    assert (report.film.frames, report.film.seconds, report.film.fps) == (840, 35.0, "24")
    assert report.verdict == "warning"
    assert [file.path for file in report.files] == ["film.mp4"]
    assert report.files[0].sha256 == file_digest(tmp_path / "film.mp4")
    assert report.cost.usd == pytest.approx(0.1)
    assert report.cost.predicted_seconds == 2.0
    assert report.warnings == (
        "Shot 1-2 grew by 12 frames to hold its line.",
        "A voice was chosen for TOM.",
        "Music was left out of scene 2.",
    )
    assert report.notes == made.notes
    assert "numpy" in report.libraries


def test_shots_models_and_licences_are_those_of_the_chosen_takes(tmp_path: Path) -> None:
    report = build_report(production(tmp_path), tmp_path)
    shot = report.shots[3]
    assert (shot.id, shot.start_seconds, shot.seconds, shot.transition) == ("1-4", 7.5, 2.5, "cut")
    assert (shot.model, shot.seed, shot.licence, shot.prompt) == ("boards", 1, "Apache-2.0", "prompt of 1-4, take 1")
    assert shot.lines[0].start_seconds == 7.75
    models = {model.id: model for model in report.models}
    assert set(models) == {"boards", "espeak"}
    assert models["boards"].duties == ("Keep the notice.",)
    assert models["boards"].artefacts == len(report.shots)
    assert models["boards"].seconds == pytest.approx(1.25 * len(report.shots))
    assert models["espeak"].commercial is None
    assert report.cost.peak_device_bytes == 12_000_000


def test_a_missing_shot_has_no_model(tmp_path: Path) -> None:
    made = production(tmp_path)
    clips = (replace(made.timeline.picture[0], takes=()), *made.timeline.picture[1:])
    made = replace(made, timeline=replace(made.timeline, picture=clips, missing=("shot:1-1",)))
    report = build_report(made, tmp_path)
    assert (report.shots[0].model, report.shots[0].takes) == ("", ())
    _, page = write_report(made, tmp_path, still=still)
    text = page.read_text(encoding="utf-8")
    assert "shot:1-1" in text
    assert text.count("no picture") == 1


def test_another_schema_or_key_is_refused(tmp_path: Path) -> None:
    document = json.loads(build_report(production(tmp_path), tmp_path).to_json())
    with pytest.raises(ValidationError, match="cinema-report/2"):
        Report.model_validate(document | {"schema": "cinema-report/2"})
    with pytest.raises(ValidationError, match="surprise"):
        Report.model_validate(document | {"surprise": 1})


def test_the_page_loads_nothing_and_a_hostile_script_is_only_words(tmp_path: Path) -> None:
    made = production(tmp_path)
    attack = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'{{7*7}}{% raw %}"
    line = replace(made.plan.shots[0].lines[0], text=attack, character=attack)
    shots = (replace(made.plan.shots[0], action=attack, lens=attack, lines=(line,)), *made.plan.shots[1:])
    scene = replace(made.plan.scenes[0], heading=attack, mood=attack)
    plan = replace(made.plan, title=attack, style=attack, shots=shots, scenes=(scene,))
    _, path = write_report(replace(made, plan=plan, warnings=(attack,)), tmp_path, still=still)
    page = Page(path.read_text(encoding="utf-8"))
    assert "script" not in page.tags
    assert page.tags.count("img") == len(plan.shots)
    assert all(target.startswith(("data:image/jpeg;base64,", "#shot-")) for target in page.loads)
    assert sum(attack in words for words in page.words) >= 5
    assert "49" not in {words.strip() for words in page.words}
    assert not re.search(r"url\(|@import|https?:", path.read_text(encoding="utf-8"))


def test_the_page_stays_light(tmp_path: Path) -> None:
    assert [picture_width(shots) for shots in (1, 100, 500, 5000)] == [320, 320, 240, 160]
    made = production(tmp_path)
    plan, timeline = finishing.film(tmp_path, [finishing.MOVES[n % 14] for n in range(100)])
    _, path = write_report(replace(made, plan=plan, timeline=timeline), tmp_path, still=still)
    assert path.stat().st_size < 5_000_000


def test_a_picture_that_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    def torn(path: Path, frame: int) -> Picture:
        raise InputError("clip.mp4 is not a whole mp4 file; make it again.")

    _, path = write_report(production(tmp_path), tmp_path, still=torn)
    assert path.read_text(encoding="utf-8").count("no picture") == 14


@pytest.mark.parametrize(
    ("level", "words"),
    [
        ("ok", "Every check passed"),
        ("notice", "Good, with 1 remark"),
        ("warning", "Look at 1 finding"),
        ("fail", "Not as it should be"),
    ],
)
def test_the_verdict_is_the_gravest_check(tmp_path: Path, level: str, words: str) -> None:
    checks = (Check(name="length", level="ok", message="Fine."), Check(name="sync", level=level, message="Hm."))  # type: ignore[arg-type]
    _, path = write_report(production(tmp_path, checks=checks), tmp_path, still=still)
    assert words in path.read_text(encoding="utf-8")


def test_a_silent_film_at_an_odd_rate_has_a_page(tmp_path: Path) -> None:
    made = production(
        tmp_path, result=result(tmp_path, loudness_lufs=None, true_peak_dbtp=None), stages=(), checks=(), wall_seconds=0.0
    )
    made = replace(made, plan=replace(made.plan, fps=Fraction(24000, 1001)))
    report = build_report(made, tmp_path)
    assert meter(report) is None
    _, path = write_report(made, tmp_path, still=still)
    text = path.read_text(encoding="utf-8")
    assert "The film is silent" in text
    assert "23.976" in text
    assert "The film was not checked" in text


def test_the_strip_covers_the_film(tmp_path: Path) -> None:
    report = build_report(production(tmp_path), tmp_path)
    parts = strip(report.shots)
    assert parts[0][1] == 0
    assert all(left + width == pytest.approx(following) for (_, left, width), (_, following, _) in pairwise(parts))
    assert parts[-1][1] + parts[-1][2] == pytest.approx(100)


def test_a_missing_file_or_folder_is_named(tmp_path: Path) -> None:
    made = production(tmp_path)
    with pytest.raises(OutOfDiskError, match=r"gone\.srt"):
        build_report(replace(made, files=(tmp_path / "gone.srt",)), tmp_path)
    with pytest.raises(OutOfDiskError, match=r"report\.json"):
        write_report(made, tmp_path / "not" / "there", still=still)
