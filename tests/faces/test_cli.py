"""The command line, without making a film: what it prints, what it refuses, and how it leaves."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console
from rich.progress import Progress

from cinema import events
from cinema.faces import cli
from cinema.faces.cli import run
from cinema.faces.cli.progress import _Bars, _Lines

ROOT = Path(__file__).parents[2]
KEEPER = str(ROOT / "examples" / "the-keeper.fountain")
FERRY = str(ROOT / "examples" / "night-ferry.json")


def test_help_is_light() -> None:
    probe = "import sys; from cinema.faces.cli import run; run(['--help']); print(sorted(set(sys.modules) & {'torch', 'cv2', 'av', 'numpy'}))"
    said = subprocess.run([sys.executable, "-c", probe], check=True, capture_output=True, text=True).stdout
    assert said.splitlines()[-1] == "[]"
    assert "retake" in said


@pytest.mark.parametrize("command", ["render", "plan", "script", "retake", "resume", "doctor", "models", "export", "submit"])
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([command, "--help"]) == 0
    assert command in capsys.readouterr().out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("cinema ")


def test_a_script_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["script", KEEPER, "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert set(shown) >= {"format", "title_page", "elements", "characters", "scenes"}
    assert shown["elements"][-1]["type"] == "centered"


@pytest.mark.parametrize("form", ["fountain", "json"])
def test_a_script_is_converted_and_reads_back(form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["script", KEEPER, "--to", form]) == 0
    path = tmp_path / f"again.{form}"
    path.write_text(capsys.readouterr().out)
    assert run(["script", str(path)]) == 0
    assert "MARA, ADA, TOM" in capsys.readouterr().out


def test_a_plan_as_a_table_and_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan", KEEPER]) == 0
    table = capsys.readouterr().out
    assert "INT. LAMP ROOM - NIGHT" in table
    assert "Predicted:" in table
    assert run(["plan", FERRY, "--json", "--set", "aspect=1:1"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["plan"]["aspect"] == "1:1"
    assert shown["schedule"]["prediction"]["seconds"] > 0
    assert {task["role"] for task in shown["plan"]["tasks"]} == {"speech", "video", "music", "sound"}


def test_the_models_of_this_installation(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["models", "list"]) == 0
    assert "boards" in capsys.readouterr().out
    assert run(["models", "list", "--json"]) == 0
    assert {model["id"] for model in json.loads(capsys.readouterr().out)} >= {"boards", "espeak", "score", "foley"}
    assert run(["models", "show", "boards"]) == 0
    assert "licence:" in capsys.readouterr().out
    assert run(["models", "show", "boards", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["family"] == "boards"
    assert run(["models", "show", "nothing"]) == 2


def test_the_doctor_finds_this_machine_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor"]) == 0
    assert "FAIL" not in capsys.readouterr().out
    assert run(["doctor", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True


def test_the_doctor_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from cinema import catalog, doctor

    monkeypatch.setattr(doctor, "_LIBRARIES", ("no-such-library",))
    monkeypatch.setattr(catalog, "data_dir", lambda name: tmp_path / name)
    for kind in ("modes", "delivery"):
        (tmp_path / "configs" / kind).mkdir(parents=True)
    (tmp_path / "configs" / "modes" / "broken.toml").write_text("name = 3")
    assert run(["doctor"]) == 3
    said = capsys.readouterr().out
    assert "pip install no-such-library" in said
    assert "broken.toml" in said


BAD: list[tuple[str, bytes, str]] = [
    (
        "unknown.json",
        b'{"scenes": [{"heading": "INT. A - DAY", "shots": [{"action": "x", "colour": 1}]}]}',
        "/scenes/0/shots/0/colour",
    ),
    ("type.json", b'{"scenes": [{"heading": "INT. A - DAY", "shots": [{"action": 7}]}]}', "/scenes/0/shots/0/action"),
    ("huge.json", b'{"scenes": [{"heading": "A", "shots": [{"action": "x", "duration_seconds": 1e400}]}]}', "duration_seconds"),
    ("nan.json", b'{"scenes": [{"heading": "A", "shots": [{"action": "x", "duration_seconds": NaN}]}]}', "NaN"),
    (
        "negative.json",
        b'{"scenes": [{"heading": "A", "shots": [{"action": "x", "duration_seconds": -1}]}]}',
        "duration_seconds",
    ),
    ("double.json", b'{"title": "a", "title": "b", "scenes": []}', "title"),
    ("deep.json", b"[" * 100_000 + b"]" * 100_000, "deep"),
    ("surrogate.json", b'{"title": "\\ud800", "scenes": [{"heading": "A", "shots": [{"action": "x"}]}]}', "/title"),
    (
        "stranger.json",
        b'{"characters": [{"name": "A"}], "scenes": [{"shots": [{"action": "x", "characters": ["B"]}]}]}',
        "/scenes/0/shots/0",
    ),
    ("binary.fountain", bytes(range(256)) * 4, "binary.fountain"),
    ("empty.fountain", b"", "empty"),
    ("title-only.fountain", b"Title: Nothing\n", "nothing"),
    ("no-scenes.json", b'{"title": "x", "scenes": []}', "scenes"),
    ("entity.fdx", b'<!DOCTYPE a [<!ENTITY b "c">]><FinalDraft/>', "entity.fdx"),
]


@pytest.mark.parametrize(("name", "content", "said"), BAD, ids=[name for name, _, _ in BAD])
def test_bad_scripts_get_one_sentence(
    name: str, content: bytes, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert run(["render", str(path), "--out", str(tmp_path / "film"), "--quiet"]) == 2
    message = capsys.readouterr().err
    assert said.lower() in message.lower()
    assert "Traceback" not in message
    assert not (tmp_path / "film").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["rendr"], 2, "No such command"),
        (["render"], 2, "Missing argument"),
        (["render", "none.fountain"], 2, "none.fountain"),
        (["render", KEEPER, "--set", "pace"], 2, "KEY=VALUE"),
        (["render", KEEPER, "--set", "paec=1"], 2, "paec"),
        (["render", KEEPER, "--set", "models=x", "--set", "models.video=boards"], 2, "already set"),
        (["render", KEEPER, "--set", "models.video=espeak"], 2, "espeak"),
        (["render", KEEPER, "--mode", "imax"], 2, "imax"),
        (["render", KEEPER, "--delivery", "../web"], 2, "../web"),
        (["render", KEEPER, "--set", "fps=13"], 2, "fps"),
        (["render", KEEPER, "--set", "aspect=3:1"], 2, "aspect"),
        (["render", KEEPER, "--set", "language=tlh"], 3, "tlh"),
        (["resume", "nowhere"], 2, "nowhere"),
        (["retake", "nowhere", "1-1"], 2, "nowhere"),
        (["export", "nowhere", "--to", "x"], 2, "nowhere"),
        (["render", KEEPER, "--out", "/proc/film"], 5, "/proc/film"),
    ],
)
def test_wrong_arguments(
    arguments: list[str],
    code: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert (run([*arguments, *(["--quiet"] if arguments[0] != "export" and len(arguments) > 1 else [])]), said) == (code, said)
    message = capsys.readouterr().err
    assert said in message
    assert message.startswith("cinema: ")
    assert not list(tmp_path.iterdir())


def test_a_fault_of_ours_shows_its_traceback(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from cinema import script

    def broken(path: Path) -> None:
        raise ZeroDivisionError(path)

    monkeypatch.setattr(script, "read", broken)
    assert run(["script", KEEPER]) == 1
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_interruption_and_a_closed_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    from cinema import script

    def interrupted(path: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(script, "read", interrupted)
    assert run(["script", KEEPER]) == 130
    command = f"{sys.executable} -m cinema script {KEEPER} --json | head -c 10; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, env={**os.environ})
    assert (done.returncode, done.stderr) == (0, "")


def test_main_leaves_with_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["cinema", "rendr"])
    with pytest.raises(SystemExit) as leaving:
        cli.main()
    assert leaving.value.code == 2


HAPPENING: list[events.Event] = [
    events.StageStarted(stage="picture", total=4, done=1),
    events.ModelLoaded(model="boards", device="cpu", reason="first use", seconds=0.1, resident_bytes=10),
    events.TaskStarted(key="k", role="video", model="boards", device="cpu", attempt=1),
    events.StageAdvanced(stage="picture", done=2, total=4, fraction=0.5, seconds_left=3.0, film_seconds_left=70.0),
    events.TaskFailed(key="k", role="video", model="boards", attempt=1, message="It broke.", final=False),
    events.WorkerDied(device="cpu", pid=7, exit_status=-9, key="k"),
    events.TaskFinished(key="k", role="video", model="boards", seconds=1.0),
    events.ModelEvicted(model="boards", device="cpu", reason="not needed any more"),
    events.Warned(message="The shot grew.", where="shot 1-1"),
    events.StageFinished(stage="picture", seconds=12.0),
]


def test_progress_as_lines() -> None:
    console = Console(record=True, width=200, file=open(os.devnull, "w"))  # noqa: PTH123, SIM115
    lines = _Lines(console)
    for event in HAPPENING:
        lines(event)
    console.file.close()
    said = console.export_text()
    assert said.splitlines() == [
        "picture: 3 of 4 to do",
        "picture: 50%, 3.0 s left, the film 1 min 10 s left",
        "video with boards failed (attempt 1): It broke. — trying again",
        "worker 7 on cpu died (status -9); it is restarted",
        "note: shot 1-1: The shot grew.",
        "picture: done in 12 s",
    ]


def test_progress_as_bars() -> None:
    with Path(os.devnull).open("w") as nowhere:
        display = Progress(console=Console(file=nowhere))
        bars = _Bars(display)
        for event in HAPPENING:
            bars(event)
        film, picture = display.tasks
    assert (film.fields["left"], picture.completed, picture.fields["count"]) == ("1 min 10 s left", 1.0, "2/4")
