"""The shelf and the lock: what counts as held, and that the keys of tasks follow the weights."""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
from pulling import manifest, source

from cinema.catalog import Manifest, SourceFile
from cinema.errors import InputError
from cinema.plan import break_down, film_tasks, retime, speech_tasks
from cinema.plan.model import Plan
from cinema.plan.task import MusicRequest, Task
from cinema.script import read_text
from cinema.settings import Settings
from cinema.testing.catalog import testing_catalog
from cinema.weights import Lock, LockedFile, LockedSource, WeightsShelf, lock_folder, read_lock, shelf_root, write_lock
from cinema.weights.patterns import matches

COMMIT, OTHER = "a" * 40, "b" * 40
STORY = """
INT. ROOM - DAY

ANNA opens the door.

ANNA
Hello.
"""


def put(root: Path, model: str, *, commit: str = COMMIT, content: bytes = b"weights", repository: str = "owner/model") -> Lock:
    """Weights as a pull leaves them."""
    folder = root / model
    (folder / "transformer").mkdir(parents=True, exist_ok=True)
    (folder / "transformer" / "a.safetensors").write_bytes(content)
    file = LockedFile(
        path="transformer/a.safetensors",
        source_path="transformer/a.safetensors",
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    lock = Lock.of(model, (LockedSource(repository=repository, commit=commit, files=(file,)),))
    write_lock(folder, lock)
    return lock


MODEL = manifest(source("transformer/*.safetensors"))


def test_weights_are_held_when_every_file_of_the_lock_is_there(tmp_path: Path) -> None:
    shelf = WeightsShelf(tmp_path)
    assert shelf.find(MODEL) is None
    assert shelf.fitted(MODEL) is MODEL
    put(tmp_path, "model")
    held = shelf.find(MODEL)
    assert held is not None
    assert (held.revision, held.size_bytes, held.path) == (COMMIT, 7, tmp_path / "model")
    assert shelf.fitted(MODEL) == MODEL.model_copy(update={"revision": COMMIT})
    (tmp_path / "model" / "transformer" / "a.safetensors").write_bytes(b"short")
    assert shelf.find(MODEL) is None
    (tmp_path / "model" / "transformer" / "a.safetensors").unlink()
    assert shelf.find(MODEL) is None


def test_finding_reads_no_weights(tmp_path: Path) -> None:
    """A sparse file of a terabyte would take minutes to hash."""
    lock = put(tmp_path, "model")
    size = 10**12
    os.truncate(tmp_path / "model" / "transformer" / "a.safetensors", size)
    file = lock.files[0].model_copy(update={"size_bytes": size})
    write_lock(tmp_path / "model", Lock.of("model", (lock.sources[0].model_copy(update={"files": (file,)}),)))
    started = time.monotonic()
    held = WeightsShelf(tmp_path).find(MODEL)
    assert held is not None
    assert held.size_bytes == size
    assert time.monotonic() - started < 20, "a terabyte takes minutes"


@pytest.mark.parametrize(
    "changed",
    [
        manifest(source("transformer/*.safetensors", repository="owner/other")),
        manifest(source("transformer/*.safetensors", "vae/*.safetensors")),
        manifest(source("transformer/*.safetensors"), source("b", repository="owner/other")),
        manifest(source(SourceFile(path="transformer/a.safetensors", sha256="0" * 64))),
        manifest(source("transformer/*.safetensors", into="elsewhere")),
        manifest(source("transformer/*.safetensors"), convert="audiogen"),
    ],
    ids=["repository", "pattern", "source", "hash", "place", "converter"],
)
def test_weights_that_are_not_what_the_manifest_asks_for_today_are_not_held(tmp_path: Path, changed: Manifest) -> None:
    put(tmp_path, "model")
    assert WeightsShelf(tmp_path).find(MODEL) is not None
    assert WeightsShelf(tmp_path).find(changed) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema_version": 2}', '{"model": "model"}'])
def test_a_damaged_lock_is_no_lock(tmp_path: Path, text: str) -> None:
    put(tmp_path, "model")
    (tmp_path / "model" / "lock.json").write_text(text)
    assert WeightsShelf(tmp_path).find(MODEL) is None
    with pytest.raises(InputError, match=r"lock of these weights is damaged.*pull the model again"):
        read_lock(tmp_path / "model")


@pytest.mark.parametrize("path", ["../secret", "/etc/passwd", "a/../../b", "lock.json", ""])
def test_a_lock_cannot_point_out_of_its_folder(tmp_path: Path, path: str) -> None:
    lock = put(tmp_path, "model")
    file = lock.files[0].model_copy(update={"path": path})
    evil = Lock.of("model", (lock.sources[0].model_copy(update={"files": (file,)}),))
    write_lock(tmp_path / "model", evil)
    assert WeightsShelf(tmp_path).find(manifest(source("**"))) is None


def test_an_id_is_a_plain_name(tmp_path: Path) -> None:
    for name in ("../model", "a/b", ".hidden", ""):
        with pytest.raises(InputError):
            WeightsShelf(tmp_path).folder(name)


def test_the_revision_is_the_commit_or_a_digest_of_all() -> None:
    file = LockedFile(path="a", source_path="a", size_bytes=1, sha256="1" * 64)
    one = LockedSource(repository="x/y", commit=COMMIT, files=(file,))
    two = LockedSource(repository="x/z", commit=OTHER, files=(file,))
    assert Lock.of("m", (one,)).revision == COMMIT
    both = Lock.of("m", (one, two)).revision
    assert len(both) == 16
    assert Lock.of("m", (one, two)).revision == both
    made = (file.model_copy(update={"sha256": "2" * 64}),)
    different = {
        both,
        Lock.of("m", (one, two.model_copy(update={"commit": COMMIT}))).revision,
        Lock.of("m", (one,), made, ("audiogen", "1")).revision,
        Lock.of("m", (one,), made, ("audiogen", "2")).revision,
    }
    assert len(different) == 4


def test_the_root_is_the_users_choice_or_his_data_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert shelf_root(Settings(weights=str(tmp_path))) == tmp_path
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert shelf_root(Settings()) == tmp_path / "cinema" / "weights"


def test_made_weights_get_a_lock(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.bin").write_bytes(b"b")
    (tmp_path / "a.safetensors").write_bytes(b"a")
    lock = lock_folder(tmp_path, "m", repository="made here")
    assert [file.path for file in lock.files] == ["a.safetensors", "sub/b.bin"]
    assert read_lock(tmp_path) == lock
    assert lock_folder(tmp_path, "m", repository="made here") == lock
    (tmp_path / "a.safetensors").write_bytes(b"c")
    assert lock_folder(tmp_path, "m", repository="made here").revision != lock.revision


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("*.json", "config.json", True),
        ("*.json", "vae/config.json", False),
        ("vae/*", "vae/config.json", True),
        ("vae/*", "vae/deep/config.json", False),
        ("vae/**", "vae/deep/config.json", True),
        ("**/*.json", "config.json", True),
        ("**/*.json", "a/b/config.json", True),
        ("model*.safetensors", "model-00001-of-00002.safetensors", True),
        ("model*.safetensors", "xmodel.safetensors", False),
        ("a[0-9]", "a1", False),
        ("a[0-9]", "a[0-9]", True),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("a.c", "abc", False),
        ("a+(b)", "a+(b)", True),
    ],
)
def test_patterns(pattern: str, path: str, expected: bool) -> None:
    assert matches(pattern, path) is expected


def film(models: dict[str, Manifest]) -> Plan:
    script = read_text(STORY.strip() + "\n", "fountain")
    plan = speech_tasks(break_down(script, Settings(), width_px=1280, height_px=720), models)  # type: ignore[arg-type]
    spoken = {line.id: 48_000 for shot in plan.shots for line in shot.lines}
    return film_tasks(retime(plan, spoken), models)  # type: ignore[arg-type]


def test_the_keys_of_tasks_change_with_the_weights(tmp_path: Path) -> None:
    sources = '[[sources]]\nrepository = "owner/model"\nfiles = [{ path = "transformer/*.safetensors" }]\n'
    bare = testing_catalog(tmp_path / "catalog", {"heavy": sources})
    shelf = WeightsShelf(tmp_path / "weights")

    def tasks() -> dict[str, Task]:
        catalog = bare.with_shelf(shelf)
        roles = ("speech", "video", "sound")
        models = {role: catalog.manifest(f"testing-{role}") for role in roles} | {"music": catalog.manifest("heavy")}
        return {f"{task.role} {number}": task for number, task in enumerate(film(models).tasks)}

    def music(found: dict[str, Task]) -> set[str]:
        return {task.key for task in found.values() if isinstance(task.request, MusicRequest)}

    without = tasks()
    assert bare.with_shelf(shelf).held("heavy") is None
    put(shelf.root, "heavy")
    first = tasks()
    held = bare.with_shelf(shelf).held("heavy")
    assert held is not None
    assert {task.revision for task in first.values() if task.model == "heavy"} == {COMMIT} == {held.revision}
    put(shelf.root, "heavy", commit=OTHER)
    second = tasks()
    assert len(music(without) | music(first) | music(second)) == 3 * len(music(first)) > 0
    others = [{task.key for task in found.values() if task.model != "heavy"} for found in (without, first, second)]
    assert others[0] == others[1] == others[2], "and no others"
    task = next(task for task in first.values() if task.model == "heavy")
    assert replace(task, revision=OTHER).key in {task.key for task in second.values()}
