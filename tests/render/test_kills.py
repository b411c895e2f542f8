"""SIGKILL of the whole process group at random moments, by the script that does it a hundred times elsewhere."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "torture_kill.py"


@pytest.mark.slow
def test_ten_kills_lose_nothing_and_repeat_nothing(tmp_path: Path) -> None:
    command = [sys.executable, str(SCRIPT), "10", "--tasks", "60", "--seed", "5"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("10 kills over ")
    assert "FAULT" not in done.stdout
