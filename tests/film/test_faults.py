"""What a whole film does when parts of it fail: with the testing family, which misbehaves when its words say so."""

import json
from pathlib import Path

import pytest

from cinema import film, studio
from cinema.errors import Cancelled
from cinema.events import StageStarted, TaskFailed, WorkerDied
from cinema.faces.cli import run
from cinema.settings import Settings
from cinema.testing.catalog import testing_catalog

pytestmark = pytest.mark.slow

SCRIPT = """INT. ROOM - DAY

ANNA
{first}

TOM
I hear you.
"""


@pytest.fixture(autouse=True)
def catalog(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Films of this module are made by the testing family."""
    made = testing_catalog(tmp_path / "catalog", {"hearing": 'wants = ["speech"]'})
    monkeypatch.setattr(studio, "Catalog", lambda: made)


def written(folder: Path, first: str) -> Path:
    path = folder / "room.fountain"
    path.write_text(SCRIPT.format(first=first))
    return path


def test_a_line_that_fails_for_good_is_left_out_and_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "film"
    assert run(["render", str(written(tmp_path, "fail now.")), "--out", str(folder), "--mode", "testing"]) == 7
    said = capsys.readouterr().err
    assert "(attempt 3)" in said
    assert "line:1-" in said
    report = json.loads((folder / "report.json").read_text())
    assert len(report["missing"]) == 1
    assert (folder / "film.mp4").is_file()


def test_the_picture_of_a_line_that_could_not_be_spoken_is_made_all_the_same(tmp_path: Path) -> None:
    settings = Settings(mode="testing", models={"video": "hearing"})
    made = film.render(written(tmp_path, "fail now."), tmp_path / "film", settings)
    assert [slot.partition(":")[0] for slot in made.missing] == ["line"]


def test_a_worker_that_crashes_is_restarted_and_the_film_is_whole(tmp_path: Path) -> None:
    heard: list[object] = []
    marker = str(tmp_path / "crashed").replace("_", "\\_")
    source = written(tmp_path, f"crash-once:{marker} now.")
    made = film.render(source, tmp_path / "film", Settings(mode="testing"), listener=heard.append)
    assert made.missing == ()
    assert any(isinstance(event, WorkerDied) for event in heard)


def test_wrong_input_to_a_model_is_final_at_once(tmp_path: Path) -> None:
    heard: list[object] = []
    made = film.render(
        written(tmp_path, "input-error now."), tmp_path / "film", Settings(mode="testing"), listener=heard.append
    )
    failures = [event for event in heard if isinstance(event, TaskFailed)]
    assert [(event.attempt, event.final) for event in failures] == [(1, True)]
    assert len(made.missing) == 1


def test_a_film_cancelled_in_the_cut_leaves_no_half_film_and_resumes(tmp_path: Path) -> None:
    import threading

    cancel = threading.Event()

    def stop(event: object) -> None:
        if isinstance(event, StageStarted) and event.stage == "cut":
            cancel.set()

    folder = tmp_path / "film"
    with pytest.raises(Cancelled):
        film.render(written(tmp_path, "Hello."), folder, Settings(mode="testing"), listener=stop, cancel=cancel)
    assert not (folder / "film.mp4").exists()
    assert not list(folder.glob("*.part")) + list(folder.glob(".*.part"))
    assert film.resume(folder).result.film.is_file()
