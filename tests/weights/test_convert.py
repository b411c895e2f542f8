"""Conversions: in a child process, of files somebody vouches for, with the result in the lock."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from pulling import REPOSITORY, Room, manifest, noise, source

from cinema.catalog import SourceFile
from cinema.errors import CinemaError, InputError, MissingModelError
from cinema.weights.byhand import convert_by_hand
from cinema.weights.converters import CONVERTERS, converter
from cinema.weights.keep import remove, verify

RELEASED = {"state_dict.bin": noise(30_000), "config.json": b"{}"}
STATED = source(SourceFile(path="state_dict.bin", sha256=hashlib.sha256(RELEASED["state_dict.bin"]).hexdigest()), "config.json")


@pytest.mark.models
def test_a_pull_converts_what_was_released(room: Room) -> None:
    commit = room.server.publish(REPOSITORY, RELEASED)
    wanted = manifest(STATED, convert="testing")
    lock = room.pull(wanted)
    assert (lock.converter, lock.converter_version, lock.sources[0].commit) == ("testing", "1", commit)
    assert {file.source_path for file in lock.sources[0].files} == set(RELEASED)
    folder = room.shelf.folder("model")
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} == {
        "turned/state_dict.bin",
        "turned/config.json",
        "lock.json",
    }
    assert (folder / "turned" / "state_dict.bin").read_bytes() == RELEASED["state_dict.bin"][::-1]
    assert verify(room.shelf, "model") == ()
    held = room.shelf.find(wanted)
    assert held is not None
    assert held.revision == lock.revision != commit
    assert room.said == ["converting model"]
    assert room.moved[-2:] == [(1, 2), (2, 2)]
    assert room.pull(wanted) == lock
    room.server.reset_counts()
    remove(room.shelf, "model", room.hub)
    assert room.pull(wanted) == lock
    assert room.server.sent_bytes == 0
    freed = remove(room.shelf, "model", room.hub, cache=True)
    assert freed > 2 * len(RELEASED["state_dict.bin"])
    room.pull(wanted)
    assert room.server.sent_bytes == sum(map(len, RELEASED.values()))


@pytest.mark.models
@pytest.mark.parametrize(
    ("name", "error", "said"),
    [
        ("unknown", InputError, "layout that is not known"),
        ("die", CinemaError, "died with status 9"),
        ("nothing", CinemaError, "wrote nothing"),
    ],
)
def test_a_conversion_that_fails_leaves_nothing(room: Room, name: str, error: type[CinemaError], said: str) -> None:
    room.server.publish(REPOSITORY, {**RELEASED, name: b"x"})
    wanted = manifest(source(name, *STATED.files), convert="testing")
    with pytest.raises(error, match=said):
        room.pull(wanted)
    assert room.shelf.find(wanted) is None
    assert [path.name for path in room.shelf.root.iterdir()] == [".locks"]


@pytest.mark.models
def test_weights_that_are_here_outlive_a_failed_update(room: Room) -> None:
    room.server.publish(REPOSITORY, RELEASED)
    wanted = manifest(source("*.json", *STATED.files), convert="testing")
    first = room.pull(wanted)
    room.server.publish(REPOSITORY, {**RELEASED, "config.json": b"{ }"})
    room.server.fail("config.json", 404)
    with pytest.raises(MissingModelError):
        room.pull(wanted, update=True)
    assert room.shelf.lock(wanted) == first
    assert verify(room.shelf, "model") == ()


def tree(folder: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def test_a_conversion_by_hand(tmp_path: Path) -> None:
    released, encoder, target = (
        tree(tmp_path / "in", RELEASED),
        tree(tmp_path / "t5", {"model.safetensors": b"t5"}),
        tmp_path / "out",
    )
    steps: list[tuple[int, int]] = []

    def run(accepted: set[str]) -> object:
        return convert_by_hand(
            "testing", released, target, text_encoder=encoder, accepted=accepted, moved=lambda *step: steps.append(step)
        )

    pickle = hashlib.sha256(RELEASED["state_dict.bin"]).hexdigest()
    with pytest.raises(InputError, match=rf"state_dict.bin is a pickle.*--accept-sha256 {pickle}"):
        run(set())
    run({pickle.upper()})
    assert (target / "turned" / "text_encoder" / "model.safetensors").read_bytes() == b"5t"
    assert (target / "lock.json").is_file()
    assert steps == [(1, 3), (2, 3), (3, 3)]
    assert {path.name for path in tmp_path.iterdir()} == {"in", "t5", "out"}
    assert {path.name: path.read_bytes() for path in released.iterdir()} == RELEASED
    with pytest.raises(InputError, match="not an empty folder"):
        run({pickle})


def test_a_manifest_vouches_for_files_converted_by_hand(tmp_path: Path) -> None:
    released = tree(tmp_path / "in", RELEASED)
    lock = convert_by_hand(
        "testing", released, tmp_path / "out", manifests=(manifest(STATED, convert="testing"),), moved=lambda *_: None
    )
    assert lock.model == "model"


def test_conversions_that_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no converter 'x'; the converters are audiogen, \w+"):
        converter("x")
    with pytest.raises(InputError, match="does not exist"):
        convert_by_hand("testing", tmp_path / "gone", tmp_path / "out", moved=lambda *_: None)
    with pytest.raises(InputError, match=f"{tmp_path}/in/unknown is of a layout that is not known"):
        convert_by_hand("testing", tree(tmp_path / "in", {"unknown": b""}), tmp_path / "out", moved=lambda *_: None)
    assert not (tmp_path / "out").exists()


def test_every_converter_is_a_function_in_the_house() -> None:
    root = Path(__file__).parents[2]
    for one in CONVERTERS.values():
        module, _, function = one.place.partition(":")
        text = (root / (module.replace(".", "/") + ".py")).read_text(encoding="utf-8")
        assert f"\ndef {function}(" in text
