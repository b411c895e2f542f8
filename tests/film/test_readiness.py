"""What the doctor tells of generators: libraries, cards, weights and modes; torch is asked in a child, here a fake one."""

import subprocess
import sys
from pathlib import Path

import pytest

from cinema import readiness
from cinema.catalog import Catalog
from cinema.doctor import examine
from cinema.schedule.model import DeviceFacts
from cinema.settings import Settings
from cinema.testing.catalog import testing_catalog
from cinema.weights import WeightsShelf, lock_folder

CPU = DeviceFacts(name="cpu", title="a processor", memory_bytes=8_000_000_000, slots=2)
CARD = DeviceFacts(name="cuda:0", title="a card", memory_bytes=24_000_000_000)


def says(text: str) -> tuple[str, ...]:
    return (sys.executable, "-c", f"print({text!r})")


@pytest.fixture
def torch_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "_version", {"torch": "2.11.0", "nvidia-ml-py": "13"}.get)


def test_the_libraries_are_whole_absent_or_broken() -> None:
    assert readiness.libraries(("numpy", "pydantic")).remedy == ""
    nothing = readiness.libraries(("no-such", "nor-this"))
    assert "pip install 'cinema[models]'" in nothing.found
    assert nothing.remedy == "", "films are made without them"
    part = readiness.libraries(("numpy", "no-such"))
    assert part.found == "in part: no-such missing"
    assert part.remedy


@pytest.mark.usefixtures("torch_here")
@pytest.mark.parametrize(
    ("python", "found", "broken"),
    [
        (says('{"cuda": "13.0", "available": true, "cards": ["a card"]}'), "torch 2.11.0 with CUDA 13.0 on a card", False),
        (says('noise\n{"cuda": "13.0", "available": false, "cards": []}'), "made for CUDA 13.0, does not reach them", True),
        (says('{"cuda": "", "available": false, "cards": []}'), "made for processors only, does not reach them", True),
        (says("no JSON"), "torch 2.11.0 does not load", True),
        ((sys.executable, "-c", "raise SystemExit(3)"), "torch 2.11.0 does not load", True),
        (("/no/such/python",), "torch 2.11.0 does not load", True),
    ],
)
def test_a_card_counts_when_torch_reaches_it(python: tuple[str, ...], found: str, broken: bool) -> None:
    finding = readiness.cards((CPU, CARD), python)
    assert found in finding.found
    assert bool(finding.remedy) == broken


@pytest.mark.usefixtures("torch_here")
def test_a_child_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "_ASK_SECONDS", 0.5)
    assert "does not load" in readiness.cards((CPU, CARD), (sys.executable, "-c", "import time; time.sleep(60)")).found


def test_without_a_card_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "no NVIDIA card" in readiness.cards((CPU,), ("/no/such/python",)).found
    monkeypatch.setattr(readiness, "_version", lambda _: None)
    assert "nvidia-ml-py, which finds them, is not installed" in readiness.cards((CPU,)).found
    assert "no torch to use them" in readiness.cards((CPU, CARD), ("/no/such/python",)).found


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    made = testing_catalog(
        tmp_path / "catalog", {"heavy": '[[sources]]\nrepository = "a/heavy"\nfiles = [{ path = "model.safetensors" }]\n'}
    )
    mode = made.configs_dir / "modes" / "testing.toml"
    text = mode.read_text().replace('["testing-speech"]', '["heavy"]')
    (mode.parent / "weighty.toml").write_text(text.replace('name = "testing"', 'name = "weighty"'))
    text = text.replace("short_side_px", "needs_gpu_bytes = 20_000_000_000\nshort_side_px", 1)
    (mode.parent / "large.toml").write_text(text.replace('name = "testing"', 'name = "large"'))
    return made


def test_modes_are_ready_wait_for_weights_or_are_not_for_this_machine(
    tmp_path: Path, catalog: Catalog, monkeypatch: pytest.MonkeyPatch, torch_here: None
) -> None:
    settings = Settings(weights=str(tmp_path / "weights"))
    found = {name: one.found for name, one in readiness.modes(settings, catalog, (CPU,)).items()}
    assert found["testing"].startswith("ready: testing-speech")
    assert found["weighty"] == "once its weights are here: cinema models pull heavy"
    assert found["large"] == "not here: The mode 'large' needs a card of 20.0 GB, and none was found here"
    held = tmp_path / "weights" / "heavy"
    held.mkdir(parents=True)
    (held / "model.safetensors").write_bytes(b"abc")
    lock_folder(held, "heavy", repository="a/heavy", commit="c" * 40)
    assert readiness.modes(settings, catalog, (CPU,))["weighty"].found.startswith("ready: heavy")
    stocked = catalog.with_shelf(WeightsShelf(tmp_path / "weights"))
    assert "1 model, 3 B" in readiness.weights(settings, stocked).found
    monkeypatch.setattr(readiness, "_version", lambda _: None)
    assert "pip install" in readiness.modes(settings, catalog, (CPU,))["weighty"].found
    assert readiness.modes(settings, catalog, (CPU,))["testing"].found.startswith("ready")


def test_a_folder_for_weights_that_cannot_be_written_is_a_failure(
    tmp_path: Path, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(weights=str(tmp_path / "not" / "yet"))
    assert readiness.weights(settings, catalog).remedy == ""
    monkeypatch.setattr("os.access", lambda *_: False)
    assert "CINEMA_WEIGHTS" in readiness.weights(settings, catalog).remedy


def test_the_doctor_tells_all_of_it_and_loads_no_torch() -> None:
    names = [check.name for check in examine()]
    assert {"models", "cards", "weights", "mode animatic", "mode tiny"} <= set(names)
    probe = "import sys; from cinema.doctor import examine; examine(); print('torch' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "False"


@pytest.mark.usefixtures("torch_here")
def test_who_must_accept_a_licence_first_is_told(tmp_path: Path, catalog: Catalog) -> None:
    path = catalog.models_dir / "heavy.toml"
    path.write_text(path.read_text().replace("commercial = true", "commercial = true\ngated = true"))
    settings = Settings(weights=str(tmp_path / "weights"))
    found = readiness.modes(settings, catalog, (CPU,))["weighty"].found
    assert found.endswith("models pull heavy (first accept the licence of heavy at the hub, and set HF_TOKEN)")
