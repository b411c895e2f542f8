"""A film through the real adapters on tiny random weights, as a user makes it: by the command line, killed, edited, resumed."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import av
import pytest

from cinema.plan import load_plan
from cinema.plan.model import Plan

pytestmark = [pytest.mark.models, pytest.mark.slow, pytest.mark.xdist_group("film")]

LOOK = "woman of sixty, yellow oilskin coat"
SCRIPT = f"""\
Title: The Bell
FPS: 24

[[look ANNA: {LOOK}]]
[[look TOM: fisherman of thirty, dark wool cap]]

INT. CHAPEL - NIGHT

ANNA climbs to the rope. A BELL rings.

ANNA
(laughs)
Once more.

EXT. HARBOUR - DAWN

TOM waits in the boat.

TOM
She did.

TITLE CARD: The end
"""
MODELS = {
    "xtts-v2": "speech",
    "bark-small": "speech",
    "flux.2-klein-4b": "image",
    "ltx-video-2b-distilled": "video",
    "realesr-animevideov3": "upscale",
    "musicgen-small": "music",
    "audiogen-medium": "sound",
}
PACE = ("--set", "pace=3", "--set", "short_side_px=120")


@dataclass(frozen=True)
class Home:
    """Where one user works: a script, a film, weights."""

    folder: Path

    @property
    def film(self) -> Path:
        return self.folder / "film"

    @property
    def script(self) -> Path:
        return self.folder / "bell.fountain"

    def begin(self, *command: str) -> subprocess.Popen[str]:
        environment = {**os.environ, "CINEMA_WEIGHTS": str(self.folder / "weights"), "OMP_NUM_THREADS": "1"}
        return subprocess.Popen(
            [sys.executable, "-m", "cinema", *command],
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def cinema(self, *command: str) -> tuple[str, str]:
        """Run it to its end; gives what it said on both streams."""
        process = self.begin(*command)
        said, told = process.communicate(timeout=500)
        assert process.returncode == 0, told
        return said, told

    def render(self) -> tuple[str, ...]:
        return ("render", str(self.script), "--out", str(self.film), "--mode", "tiny", *PACE)

    def runs(self, status: str) -> list[str]:
        """The keys of the tasks that ever came so far, in order."""
        path = self.film / ".cinema" / "runs.jsonl"
        lines = path.read_text().splitlines(keepends=True) if path.is_file() else []
        entries = [json.loads(line) for line in lines if line.endswith("\n")]
        return [entry["key"] for entry in entries if entry["status"] == status]

    def plan(self) -> Plan:
        return load_plan(json.loads((self.film / "plan.json").read_text()))

    def report(self) -> dict[str, object]:
        return json.loads((self.film / "report.json").read_text())


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    made = Home(tmp_path_factory.mktemp("tiny-film"))
    made.script.write_text(SCRIPT)
    return made


@pytest.fixture(scope="module")
def said(home: Home) -> tuple[str, str]:
    """What the first render said: weights are made, then the film."""
    return home.cinema(*home.render())


def test_the_film_is_whole(home: Home, said: tuple[str, str]) -> None:
    assert Path(said[0].strip()) == home.film / "film.mp4"
    plan = home.plan()
    with av.open(str(home.film / "film.mp4"), format="mp4") as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert (video.width, video.height, video.average_rate) == (plan.width_px, plan.height_px, plan.fps)
        assert sum(1 for _ in container.decode(video=0)) == plan.length_frames
        assert abs(float(audio.duration * audio.time_base) - float(plan.length_frames / plan.fps)) < float(1 / plan.fps)
    kinds = {slot.partition(":")[0] for slot in plan.uses}
    assert kinds >= {"line", "nonverbal", "cast", "place", "keyframe", "take", "shot", "music", "sound"}
    assert any(shot.coverage == "title" for shot in plan.shots)
    assert home.report()["missing"] == []


def test_the_report_names_every_model_its_licence_and_its_duties(home: Home, said: tuple[str, str]) -> None:
    models = {model["id"]: model for model in home.report()["models"]}  # type: ignore[attr-defined]
    assert set(models) == {*MODELS, "boards"}
    for model, role in MODELS.items():
        found = models[model]
        assert found["roles"] == [role]
        assert found["artefacts"] >= 1
        assert "(tiny random weights" in found["name"]
        assert found["revision"].startswith("tiny-")
        assert found["licence"]
        assert found["duties"]
    assert models["xtts-v2"]["commercial"] is False
    assert models["ltx-video-2b-distilled"]["revenue_cap_usd"] == 10_000_000
    assert "by-nc" in models["musicgen-small"]["licence_url"]


def test_the_terminal_belongs_to_the_film(said: tuple[str, str]) -> None:
    """What the libraries print goes to the worker's log."""
    told = said[1].splitlines()
    assert told[0].startswith("note: ")
    assert "tiny random weights" in told[0]
    stages = ("speech: ", "sound: ", "picture: ", "cut: ", "papers: ", "note: ")
    assert [line for line in told if not line.startswith(stages)] == []


def test_nothing_is_made_again(home: Home, said: tuple[str, str]) -> None:
    before = home.runs("started")
    home.cinema("resume", str(home.film))
    assert home.runs("started") == before


def test_another_look_makes_only_what_shows_them_through_every_kill(home: Home, said: tuple[str, str]) -> None:
    """A worker is killed, which the film survives; then everything is, which `resume` mends."""
    before, committed = home.plan(), home.runs("committed")
    home.script.write_text(SCRIPT.replace(LOOK, f"{LOOK}, silver ring"))
    process = home.begin(*home.render())
    try:
        wait_until(lambda: len(home.runs("started")) > len(committed) and bool(children(process.pid)), process)
        workers = children(process.pid)
        for worker in workers:
            with suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)
        wait_until(lambda: len(home.runs("committed")) > len(committed), process)
        assert process.poll() is None
        assert not set(children(process.pid)) & set(workers)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    home.cinema("resume", str(home.film))
    after = home.plan()
    shown = [shot for shot in before.shots if "ANNA" in shot.characters]
    assert 0 < len(shown) < len([shot for shot in before.shots if shot.coverage != "title"])
    changed = {"cast:ANNA", *(f"{kind}:{shot.id}" for shot in shown for kind in ("keyframe", "take", "shot"))}
    new = {after.uses[slot] for slot in changed}
    assert {slot for slot, key in before.uses.items() if after.uses[slot] != key} == changed
    made = home.runs("committed")[len(committed) :]
    assert sorted(made) == sorted(new), "each once, and nothing else"


def wait_until(happened: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    until = time.monotonic() + 240
    while not happened():
        assert process.poll() is None, "it ended too early"
        assert time.monotonic() < until
        time.sleep(0.02)


def children(pid: int) -> list[int]:
    """The workers of that runner (Linux)."""
    found: list[int] = []
    for thread in Path(f"/proc/{pid}/task").iterdir():
        found += [int(child) for child in _read(thread / "children").split()]
    return [child for child in found if b"cinema.render.worker" in _read(Path(f"/proc/{child}/cmdline"))]


def _read(path: Path) -> bytes:
    """Nothing where the process or thread is gone by now."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""
