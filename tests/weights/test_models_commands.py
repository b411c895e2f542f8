"""`cinema models …` as a user runs it: a process of its own, whose variables are read when it starts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pulling import noise

from cinema.testing.hub import TestingHub

pytestmark = [pytest.mark.models, pytest.mark.slow]

MODEL, REPOSITORY = "musicgen-small", "facebook/musicgen-small"
WEIGHTS = "model.safetensors"
FILES = {
    "config.json": b"{}",
    "generation_config.json": b"{ }",
    WEIGHTS: noise(2_000_000),
    "pytorch_model.bin": noise(400_000, 1),
    "README.md": b"# A model",
}
CHOSEN = {"config.json", "generation_config.json", WEIGHTS}


class Shell:
    """Runs the command line against the hub, with a home of its own."""

    def __init__(self, home: Path, server: TestingHub) -> None:
        self.home = home
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("HF_", "CINEMA_", "XDG_"))}
        self.environment = {
            **kept,
            "HOME": str(home),
            "HF_ENDPOINT": server.endpoint,
            "CINEMA_WEIGHTS": str(home / "weights"),
            "HF_HUB_CACHE": str(home / "hub"),
        }

    @property
    def command(self) -> list[str]:
        return [sys.executable, "-m", "cinema", "models"]

    def __call__(self, *arguments: str, code: int = 0, **environment: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [*self.command, *arguments],
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
        return done

    def json(self, *arguments: str, code: int = 0, **environment: str) -> Any:
        return json.loads(self(*arguments, "--json", code=code, **environment).stdout)


@pytest.fixture
def shell(tmp_path: Path, server: TestingHub) -> Shell:
    return Shell(tmp_path, server)


def test_the_life_of_a_models_weights(shell: Shell, server: TestingHub) -> None:
    commit = server.publish(REPOSITORY, FILES)
    assert not any(model["held"] for model in shell.json("list"))
    pulled = shell("pull", MODEL)
    assert pulled.stdout == ""
    assert f"{REPOSITORY} at {commit[:12]}" in pulled.stderr
    assert "2.0 MB in all, 2.0 MB to fetch" in pulled.stderr
    assert pulled.stderr.index("to fetch") < pulled.stderr.index("100%")
    assert "not for commercial use" in pulled.stderr
    assert set(server.sent) == CHOSEN

    server.reset_counts()
    again = shell.json("pull", MODEL)
    assert server.requests == []
    assert [(one["model"], one["fetched"], one["revision"]) for one in again] == [(MODEL, False, commit)]
    assert {file["path"] for file in again[0]["lock"]["sources"][0]["files"]} == CHOSEN

    shown = shell.json("show", MODEL)
    assert shown["revision"] == commit == shown["held"]["revision"]
    listed = shell("list", "--held").stdout.splitlines()
    assert len(listed) == 2
    assert listed[1].split()[:5] == [MODEL, "music", "2.0", "MB", "held"]

    assert shell("verify").stdout == f"ok    {MODEL}\n"
    file = (shell.home / "weights" / MODEL / WEIGHTS).resolve()
    with file.open("r+b") as opened:
        opened.write(bytes([FILES[WEIGHTS][0] ^ 1]))
    wrong = shell.json("verify", MODEL, code=3)
    assert [(one["path"], one["problem"]) for one in wrong[0]["differences"]] == [(WEIGHTS, "content")]
    assert f"{WEIGHTS}: content (expected" in shell("verify", code=3).stdout

    assert "2.0 MB freed" in shell("rm", MODEL, "--cache").stderr
    assert not file.exists()
    assert shell.json("list", "--held") == []
    shell("verify", MODEL, code=3)
    assert "not here" in shell("rm", MODEL, code=3).stderr


def test_offline(shell: Shell, server: TestingHub) -> None:
    server.publish(REPOSITORY, FILES)
    assert "HF_HUB_OFFLINE forbids" in shell("pull", MODEL, code=3, HF_HUB_OFFLINE="1").stderr
    shell("pull", MODEL, "--quiet")
    shell("rm", MODEL)
    server.reset_counts()
    shell("pull", MODEL, HF_HUB_OFFLINE="1")
    assert server.requests == []


def test_a_token_opens_a_gated_repository(shell: Shell, server: TestingHub) -> None:
    server.publish(REPOSITORY, FILES, gated=True)
    server.token = "hf_right"
    assert f"accept its licence at {server.endpoint}/{REPOSITORY}" in shell("pull", MODEL, code=3).stderr
    shell("pull", MODEL, HF_TOKEN="hf_right")


def wait_for(condition: Callable[[], bool], seconds: float = 120.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.005)


def answering(before: set[threading.Thread]) -> bool:
    """Whether a thread of the hub is still sending something, if only to the dead. Those `before` are of other tests' hubs,
    to which this process itself keeps connections.
    """
    return any("process_request_thread" in thread.name for thread in threading.enumerate() if thread not in before)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGKILL, -9), (signal.SIGINT, 130)], ids=["killed", "interrupted"])
def test_a_stopped_pull_is_gone_on_with(shell: Shell, server: TestingHub, number: signal.Signals, code: int) -> None:
    data = noise(30_000_000, 2)
    server.publish(REPOSITORY, {**FILES, WEIGHTS: data})
    server.cut(WEIGHTS, after_bytes=9_500_000, times=3)  # with waits between the tries: time enough to see it and to stop it

    def parts() -> list[int]:
        return [path.stat().st_size for path in shell.home.rglob("*.cinema-partial")]

    before = set(threading.enumerate())
    child = subprocess.Popen(
        [*shell.command, "pull", MODEL], env=shell.environment, stderr=subprocess.DEVNULL, start_new_session=True
    )
    wait_for(lambda: sum(parts()) >= 9_000_000)
    assert child.poll() is None
    os.killpg(child.pid, number)
    assert child.wait(timeout=120) == code
    assert not (shell.home / "weights" / MODEL).exists()
    wait_for(lambda: not answering(before))
    server.mend()
    kept = sum(parts())
    assert kept >= 9_000_000
    server.reset_counts()
    shell("pull", MODEL)
    assert (shell.home / "weights" / MODEL / WEIGHTS).read_bytes() == data
    assert server.sent[WEIGHTS] == len(data) - kept


def test_a_file_that_was_not_examined(shell: Shell, server: TestingHub) -> None:
    server.publish(
        "facebook/audiogen-medium", {"state_dict.bin": noise(20_000), "compression_state_dict.bin": noise(20_000, 1)}
    )
    assert "not the file that was examined" in shell("pull", "audiogen-medium", code=2).stderr
    assert server.sent_bytes == 0
    assert "64 hexadecimal digits" in shell("pull", MODEL, "--accept-sha256", "abc", code=2).stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("pull", "boards"), 2, "it has no weights to pull"),
        (("pull", "nothing"), 2, "There is no model 'nothing'"),
        (("pull", MODEL), 3, f"knows no repository {REPOSITORY}"),
        (("rm", "../hub"), 2, "cannot be a model's id"),
        (("convert", "nothing", "--from", ".", "--to", "x"), 2, "no converter 'nothing'"),
        (("convert", "audiogen", "--from", "gone", "--to", "x"), 2, "folder gone does not exist"),
        (("tiny", "nothing"), 2, "There is no model 'nothing'"),
        (("show", "nothing"), 2, "There is no model 'nothing'"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(shell: Shell, arguments: tuple[str, ...], code: int, said: str) -> None:
    done = shell(*arguments, code=code)
    assert said in done.stderr
    assert done.stderr.startswith("cinema: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("command", ["list", "show", "pull", "verify", "rm", "tiny", "convert"])
def test_every_command_has_help(shell: Shell, command: str) -> None:
    said = shell(command, "--help").stdout
    assert said.startswith(f"Usage: cinema models {command}")
    assert len(said.splitlines()) > 5


def test_listing_loads_no_hub_and_no_model_library(shell: Shell) -> None:
    probe = (
        "import sys; from cinema.faces.cli import run; run(['models', 'list']); "
        "print(sorted(set(sys.modules) & {'torch', 'huggingface_hub', 'httpx2', 'numpy'}))"
    )
    said = subprocess.run(
        [sys.executable, "-c", probe], env=shell.environment, check=True, capture_output=True, text=True
    ).stdout
    assert said.splitlines()[-1] == "[]"
