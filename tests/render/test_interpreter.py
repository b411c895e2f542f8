"""A model whose stack lives in another environment: its worker is that environment's Python."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from cinema.errors import MissingModelError
from cinema.schedule.model import DeviceFacts
from cinema.testing.catalog import testing_catalog
from cinema.testing.graph import run_tasks, sound, speech

pytestmark = pytest.mark.slow

ONE = (DeviceFacts(name="cpu", title="one slot", memory_bytes=4_000_000_000, slots=1),)


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """An environment with our libraries, and with a module that only it has."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "other")], check=True)
    python = tmp_path / "other" / "bin" / "python"
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = Path(subprocess.run([str(python), "-c", ask], capture_output=True, text=True, check=True).stdout.strip())
    assert site.is_relative_to(tmp_path)
    (site / "ours.pth").write_text(sysconfig.get_path("purelib") + "\n")
    (site / "sitecustomize.py").write_text("import os\nos.environ['ONLY_THERE'] = 'yes'\n")
    return python


def test_one_run_uses_two_environments(tmp_path: Path, other: Path) -> None:
    catalog = testing_catalog(tmp_path / "catalog", {"apart": f'interpreter = "{other}"\n'})
    word = "environment:ONLY_THERE"
    assert "ONLY_THERE" not in os.environ
    here, there, again = speech(word), speech(word, model="apart"), sound(word, model="apart")
    mixed = sound("after both", inputs=(here.key, there.key))
    result = run_tasks(tmp_path / "s", [here, there, again, mixed], catalog, devices=ONE)
    assert not result.failures
    digests = {result.artefacts[task.key].files[0].sha256 for task in (here, there)}
    assert len(digests) == 2, "the same line, made with and without what only the other environment sets"
    second = run_tasks(tmp_path / "t", [there], catalog, devices=ONE)
    assert second.artefacts[there.key].files == result.artefacts[there.key].files


def test_an_environment_without_our_libraries_fails_its_own_model_alone(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "bare")], check=True)
    catalog = testing_catalog(
        tmp_path / "catalog",
        {"bare": f'interpreter = "{tmp_path}/bare/bin/python"\n', "none": f'interpreter = "{tmp_path}/none/bin/python"\n'},
    )
    lost, nowhere, made = speech("a", model="bare"), speech("b", model="none"), speech("c")
    result = run_tasks(tmp_path / "s", [lost, nowhere, made], catalog, devices=ONE)
    assert set(result.artefacts) == {made.key}
    assert isinstance(result.failures[nowhere.key], MissingModelError)
    assert "ended with status 1" in str(result.failures[lost.key])
    assert "No module named" in (tmp_path / "s" / "worker.log").read_text()
