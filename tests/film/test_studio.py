"""What a film is made with: weights that are here, that are missing, and tiny ones made on the spot."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from cinema import film, schedule, studio
from cinema.catalog import Catalog
from cinema.errors import MissingModelError
from cinema.events import Event, ModelLoaded
from cinema.faces.cli import run
from cinema.schedule.model import DeviceFacts
from cinema.settings import Settings
from cinema.testing.catalog import testing_catalog
from cinema.weights import lock_folder
from cinema.weights.tiny import TinyShelf

SCRIPT = "INT. ROOM - DAY\n\nANNA\nHello there.\n"
BUILDER = """
import json, sys
from pathlib import Path
for one in sys.argv[3:]:
    folder = Path(sys.argv[2]) / one
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"abc")
    files = {"model.safetensors": {"size_bytes": 3, "sha256": "0" * 64}}
    (folder / "lock.json").write_text(json.dumps({"revision": "tiny-0123456789ab", "files": files}))
"""


def sources(model: str, size: str = "") -> str:
    return f'[[sources]]\nrepository = "a/{model}"\nfiles = [{{ path = "model.safetensors"{size} }}]\n'


@pytest.fixture(autouse=True)
def catalog(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Catalog:
    """Two models have weights: "heavy" speaks, "vast" makes the pictures."""
    made = testing_catalog(
        tmp_path / "catalog",
        {
            "heavy": 'load_plans = ["resident", "group_offload"]\n' + sources("heavy", ", size_bytes = 2_000_000_000"),
            "vast": sources("vast"),
        },
    )
    mode = made.configs_dir / "modes" / "testing.toml"
    text = mode.read_text().replace('["testing-speech"]', '["heavy"]').replace('["testing-video"]', '["vast"]')
    mode.write_text(text)
    tiny = text.replace('name = "testing"', 'name = "tiny"').replace("[roles]", 'weights = "tiny"\n[roles]')
    (mode.parent / "tiny.toml").write_text(tiny)
    monkeypatch.setattr(studio, "Catalog", lambda: made)
    return made


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "room.fountain"
    path.write_text(SCRIPT)
    return path


def settings(tmp_path: Path, mode: str = "testing") -> Settings:
    return Settings(mode=mode, weights=str(tmp_path / "weights"))


def hold(tmp_path: Path, *models: str) -> None:
    for model in models:
        folder = tmp_path / "weights" / model
        folder.mkdir(parents=True)
        (folder / "model.safetensors").write_bytes(b"weights of " + model.encode())
        lock_folder(folder, model, repository=f"a/{model}", commit="c" * 40)


def test_a_film_without_its_weights_is_refused_before_anything_is_made(
    tmp_path: Path, script: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CINEMA_WEIGHTS", str(tmp_path / "weights"))
    out = tmp_path / "film"
    assert run(["render", str(script), "--out", str(out), "--mode", "testing"]) == 3
    said = " ".join(capsys.readouterr().err.split())
    assert "The weights of heavy (2.0 GB), vast are not here: get them with `cinema models pull heavy vast`." in said
    assert not out.exists()


def test_a_plan_needs_no_weights_and_notes_what_is_missing(tmp_path: Path, script: Path) -> None:
    found, plan, planned = film.estimate(script, settings(tmp_path))
    assert plan.shots
    assert found.choice["speech"].id == "heavy"
    assert sum("`cinema models pull heavy vast`" in note for note in planned.notes) == 1


def test_weights_that_are_here_give_their_revision(tmp_path: Path) -> None:
    hold(tmp_path, "heavy")
    with pytest.raises(MissingModelError, match="The weights of vast are not here"):
        studio.equip(settings(tmp_path), language="en")
    hold(tmp_path, "vast")
    found = studio.equip(settings(tmp_path), language="en")
    held = found.catalog.held("heavy")
    assert held is not None
    assert found.choice["speech"].revision == found.catalog.manifest("heavy").revision == held.revision
    assert held.revision != "1"


def test_what_the_film_does_not_use_is_not_asked_for(tmp_path: Path) -> None:
    hold(tmp_path, "vast")
    found = studio.equip(settings(tmp_path).model_copy(update={"models": {"speech": "testing-speech"}}), language="en")
    assert found.choice["speech"].id == "testing-speech"


class Built(TinyShelf):
    """Needs no model library."""

    def __init__(self, root: Path) -> None:
        super().__init__(root, (sys.executable, "-c", BUILDER))


def test_tiny_weights_are_made_for_a_film_and_not_for_a_plan(
    tmp_path: Path, script: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(studio, "TinyShelf", Built)
    found, _, planned = film.estimate(script, settings(tmp_path, "tiny"))
    assert found.choice["speech"].revision == "tiny-unbuilt"
    assert not (tmp_path / "weights" / "tiny").exists()
    assert not any("models pull" in note for note in planned.notes)
    found = studio.equip(settings(tmp_path, "tiny"), language="en")
    assert {found.choice[role].revision for role in ("speech", "video")} == {"tiny-0123456789ab"}
    assert found.catalog.manifest("vast").revision == "tiny-0123456789ab"
    assert {path.name for path in (tmp_path / "weights" / "tiny").iterdir()} == {"heavy", "vast"}


@pytest.mark.slow
def test_a_whole_film_is_made_with_weights(tmp_path: Path, script: Path) -> None:
    hold(tmp_path, "heavy", "vast")
    loaded: list[str] = []

    def listen(event: Event) -> None:
        if isinstance(event, ModelLoaded):
            loaded.append(event.model)

    one = settings(tmp_path).model_copy(update={"workers": 1, "models": {"sound": "heavy"}})
    made = film.render(script, tmp_path / "film", one, listener=listen)
    assert not made.missing
    assert {"heavy", "vast"} <= set(loaded)
    assert loaded.count("heavy") == 1, "the worker that spoke stays, with its model, until the sounds are made"
    report = json.loads((tmp_path / "film" / "report.json").read_text())
    assert {"heavy", "vast"} <= {model["id"] for model in report["models"]}


@pytest.mark.slow
def test_a_step_down_for_want_of_memory_is_in_the_report(tmp_path: Path, script: Path) -> None:
    hold(tmp_path, "heavy", "vast")
    script.write_text(SCRIPT.replace("Hello there.", "out-of-memory-unless:group\\_offload now."))
    made = film.render(script, tmp_path / "film", settings(tmp_path))
    assert not made.missing
    report = json.loads((tmp_path / "film" / "report.json").read_text())
    assert sum("heavy goes on in group_offload on cpu" in warning for warning in report["warnings"]) == 1


def test_a_processor_has_no_more_workers_of_model_libraries_than_its_memory_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(tmp_path, "heavy", "vast")
    many = (DeviceFacts(name="cpu", title="many cores", memory_bytes=32_000_000_000, slots=64),)
    monkeypatch.setattr(schedule, "find_devices", lambda _: many)
    asked = settings(tmp_path)
    assert studio.equip(asked, language="en").devices[0].slots == 21
    assert studio.equip(asked.model_copy(update={"workers": 64}), language="en").devices == many, "as the user says"
    code = asked.model_copy(update={"models": {"speech": "testing-speech", "video": "testing-video"}})
    assert studio.equip(code, language="en").devices == many
    monkeypatch.setattr(schedule, "find_devices", lambda _: (replace(many[0], memory_bytes=1_000_000_000, slots=2),))
    assert studio.equip(asked, language="en").devices[0].slots == 1
