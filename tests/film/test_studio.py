"""What a film is made with: weights that are here, that are missing, and tiny ones made on the spot."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from cinema import film, readiness, schedule, studio
from cinema.catalog import Catalog, Manifest
from cinema.errors import MissingModelError
from cinema.events import Event, ModelLoaded
from cinema.faces.cli import run
from cinema.schedule.model import DeviceFacts
from cinema.settings import Settings
from cinema.testing.catalog import testing_catalog
from cinema.weights import lock_folder
from cinema.weights.tiny import TinyShelf

CPU = DeviceFacts(name="cpu", title="a processor", memory_bytes=16_000_000_000, slots=2)
CARD = DeviceFacts(name="cuda:0", title="a card", memory_bytes=24_000_000_000)
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


PARTS = """[[components]]
name = "model"
parameters = 250_000_000
dtype = "bf16"
[[memory]]
load_plan = "resident"
precision = "native"
peak_bytes = 300_000_000
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
            "vast": sources("vast") + PARTS,
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
    assert "In the mode 'testing' this film needs weights that are not here: heavy (2.0 GB), vast (about 500.0 MB); " in said
    assert "about 2.5 GB to download in all. Get them with `cinema models pull heavy vast`. Without any weights" in said
    assert "`cinema render --mode animatic` makes it." in said
    assert not out.exists()


def test_a_plan_needs_no_weights_and_notes_what_is_missing(tmp_path: Path, script: Path) -> None:
    found, plan, planned = film.estimate(script, settings(tmp_path))
    assert plan.shots
    assert found.choice["speech"].id == "heavy"
    assert sum("`cinema models pull heavy vast`" in note for note in planned.notes) == 1


def test_weights_that_are_here_give_their_revision(tmp_path: Path) -> None:
    hold(tmp_path, "heavy")
    with pytest.raises(MissingModelError, match=r"not here: vast \(about 500\.0 MB\)\. Get them"):
        studio.equip(settings(tmp_path), language="en")
    hold(tmp_path, "vast")
    found = studio.equip(settings(tmp_path), language="en")
    held = found.catalog.held("heavy")
    assert held is not None
    assert found.choice["speech"].revision == found.catalog.manifest("heavy").revision == held.revision
    assert held.revision != "1"


def card_modes(catalog: Catalog, **needs: int) -> None:
    """Modes for cards: "large" draws with "vast", the others with "heavy"."""
    modes = catalog.configs_dir / "modes"
    text = (modes / "testing.toml").read_text().replace("short_side_px", "needs_gpu_bytes = 0\nshort_side_px", 1)
    for name, size in needs.items():
        made = text.replace('"testing"', f'"{name}"').replace("needs_gpu_bytes = 0", f"needs_gpu_bytes = {size}_000_000_000")
        (modes / f"{name}.toml").write_text(made if name == "large" else made.replace('["vast"]', '["heavy"]'))


def test_on_a_card_without_weights_a_newcomer_reads_what_to_type_and_everyone_says_the_same_figures(
    tmp_path: Path, script: Path, catalog: Catalog, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    card_modes(catalog, large=20, small=10)
    monkeypatch.setattr(schedule, "find_devices", lambda _: (CPU, CARD))
    monkeypatch.setattr("cinema.readiness._version", {"torch": "2.11.0"}.get)
    monkeypatch.setenv("CINEMA_WEIGHTS", str(tmp_path / "weights"))
    said = (
        "heavy (2.0 GB), vast (about 500.0 MB); about 2.5 GB to download in all. Get them with `cinema models pull heavy vast`."
    )
    assert run(["render", str(script), "--out", str(tmp_path / "film")]) == 3
    error = " ".join(capsys.readouterr().err.split())
    assert f"In the mode 'large' this film needs weights that are not here: {said}" in error
    assert "`cinema render --mode animatic`" in error
    assert run(["plan", str(script)]) == 0
    assert said in " ".join(capsys.readouterr().err.split())
    told = readiness.modes(Settings.load(), catalog, (CPU, CARD))
    assert told["large"].found == "once its weights are here (about 2.5 GB to download): cinema models pull heavy vast"


def test_auto_takes_a_smaller_mode_whose_weights_are_here_and_says_so(
    tmp_path: Path, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    card_modes(catalog, large=20, small=10, largest=30)
    monkeypatch.setattr(schedule, "find_devices", lambda _: (CPU, CARD))
    asked = settings(tmp_path, "auto")
    assert studio.equip(asked, language="en", only_plan=True).mode.name == "large"
    hold(tmp_path, "heavy")
    found = studio.equip(asked, language="en")
    assert found.mode.name == "small"
    assert "mode: small is taken since all its weights are here. In the mode 'large' this film needs" in found.notes[0]
    assert "`cinema models pull vast`" in found.notes[0]
    with pytest.raises(MissingModelError, match="In the mode 'large'"):
        studio.equip(settings(tmp_path, "large"), language="en")
    hold(tmp_path, "vast")
    found = studio.equip(asked, language="en")
    assert (found.mode.name, [note for note in found.notes if note.startswith("mode:")]) == ("large", [])


def test_auto_never_falls_back_to_a_drawn_film_where_there_is_a_card(
    tmp_path: Path, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    card_modes(catalog, large=20)
    mode = catalog.configs_dir / "modes" / "testing.toml"
    mode.write_text(mode.read_text().replace('["heavy"]', '["testing-speech"]').replace('["vast"]', '["testing-video"]'))
    monkeypatch.setattr(schedule, "find_devices", lambda _: (CPU, CARD))
    with pytest.raises(MissingModelError, match="In the mode 'large'"):
        studio.equip(settings(tmp_path, "auto"), language="en")
    monkeypatch.setattr(schedule, "find_devices", lambda _: (CPU,))
    assert studio.equip(settings(tmp_path, "auto"), language="en").mode.name == "testing"


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
    assert studio.equip(asked, language="en").devices[0].slots == 17, "1.5 GB for libraries and 0.3 for the larger model"
    assert studio.equip(asked.model_copy(update={"workers": 64}), language="en").devices == many, "as the user says"
    code = asked.model_copy(update={"models": {"speech": "testing-speech", "video": "testing-video"}})
    assert studio.equip(code, language="en").devices == many
    few = (replace(many[0], memory_bytes=1_000_000_000, slots=5),)
    monkeypatch.setattr(schedule, "find_devices", lambda _: few)
    found = studio.equip(asked.model_copy(update={"workers": 5}), language="en")
    assert found.devices[0].slots == 1, "the model is larger than a fifth of the memory"
    said = "video: vast by 1 of the 5 workers of cpu at a time: each holds 300.0 MB and 1.5 GB of libraries, of 1.0 GB."
    assert said in found.notes
    assert studio.equip(asked, language="en").devices[0].slots == 1


@pytest.mark.models
def test_all_that_a_mode_needs_is_fetched_by_the_modes_name(
    tmp_path: Path, catalog: Catalog, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    card_modes(catalog, large=20)
    monkeypatch.setattr(schedule, "find_devices", lambda _: (CPU, CARD))
    monkeypatch.setattr("cinema.catalog.Catalog", lambda *held: Catalog(*held) if held else catalog)
    monkeypatch.setenv("CINEMA_WEIGHTS", str(tmp_path / "weights"))
    asked: list[str] = []

    def planned(manifest: Manifest, *_: object, **__: object) -> None:
        asked.append(manifest.id)
        if manifest.id == "vast":
            raise MissingModelError("No hub here.")

    monkeypatch.setattr("cinema.weights.pull.plan_pull", planned)
    for name in ("large", "auto"):
        assert run(["models", "pull", name]) == 3
    assert asked == ["heavy", "vast"] * 2
    hold(tmp_path, "heavy", "vast")
    capsys.readouterr()
    assert run(["models", "pull", "large"]) == 0
    assert "All weights that the mode large needs are here." in capsys.readouterr().err
    assert asked == ["heavy", "vast"] * 2
    assert run(["models", "pull", "tiny"]) == 2
    assert "There is no model 'tiny'" in capsys.readouterr().err
