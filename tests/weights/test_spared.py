"""What is not Cinema's own stays as it is: a user's files on the shelf, in the cache, and behind links."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from pulling import FILES, REPOSITORY, Room, manifest, noise, source
from test_shelf import COMMIT, OTHER
from test_versions import switch

from cinema.errors import InputError, MissingModelError, OutOfDiskError
from cinema.faces.cli import run
from cinema.weights import WeightsShelf, versions
from cinema.weights.fetch import PARTIAL
from cinema.weights.keep import verify
from cinema.weights.turn import one_at_a_time

BIG = "transformer/weights.safetensors"


def laid(room: Room, content: bytes) -> Path:
    """A file of the user's own in the cache's snapshot, in the place of a large one of the hub."""
    commit = room.server.publish(REPOSITORY, FILES)
    mine = room.hub.storage(REPOSITORY) / "snapshots" / commit / BIG
    mine.parent.mkdir(parents=True)
    mine.write_bytes(content)
    return mine


@pytest.mark.models
def test_a_users_own_file_in_the_cache_is_not_replaced(room: Room) -> None:
    mine = laid(room, b"my own weights")
    room.pull(manifest())
    assert mine.read_bytes() == b"my own weights"
    assert verify(room.shelf, "model") == (), "the model has the hub's"


@pytest.mark.models
def test_one_of_the_same_size_is_named_and_not_replaced(room: Room) -> None:
    content = noise(len(FILES[BIG]), 7)
    mine = laid(room, content)
    with pytest.raises(MissingModelError, match=r"not the hub's .*move it away"):
        room.pull(manifest())
    assert mine.read_bytes() == content
    mine.unlink()
    assert room.pull(manifest())


@pytest.mark.models
def test_a_plain_file_that_is_the_hubs_is_not_fetched(room: Room) -> None:
    laid(room, FILES[BIG])
    room.pull(manifest())
    assert room.server.sent[BIG] == 0
    assert verify(room.shelf, "model") == ()


@pytest.mark.models
def test_a_cached_pickle_that_nobody_accepts_stays_in_the_cache(room: Room) -> None:
    room.server.publish(REPOSITORY, {"small.bin": b"a pickle", "small.txt": b"a pickle"})
    room.pull(manifest(source("small.txt")))
    blob = (room.shelf.folder("model") / "small.txt").resolve()
    with pytest.raises(InputError, match="nobody accepted"):
        room.pull(manifest(source("small.bin"), model="other"), accepted={"0" * 64})
    assert blob.read_bytes() == b"a pickle"
    assert verify(room.shelf, "model") == ()


def test_a_folder_that_is_no_models_is_not_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """CINEMA_WEIGHTS may name a folder in which other things lie."""
    monkeypatch.setenv("CINEMA_WEIGHTS", str(tmp_path))
    mine = tmp_path / "thesis" / "final.tex"
    mine.parent.mkdir()
    mine.write_text("years of work")
    assert run(["models", "rm", "thesis"]) == 2
    assert "is no model's folder" in capsys.readouterr().err
    assert mine.read_text() == "years of work"


def test_a_replaced_folder_goes_but_not_with_a_file_that_somebody_put_there(tmp_path: Path) -> None:
    first, second = switch(tmp_path, COMMIT, b"one"), switch(tmp_path, OTHER, b"two")
    (first / "my-lora.safetensors").write_bytes(b"hours of training")
    third = switch(tmp_path, COMMIT, b"three")
    for place in (first, second):
        os.utime(place, (0, 0))
    versions.sweep(tmp_path / "model")
    assert set(versions.versions(tmp_path / "model")) == {first, third}
    assert (first / "my-lora.safetensors").read_bytes() == b"hours of training"


def test_a_disk_without_locks_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", refuse)
    with pytest.raises(OutOfDiskError, match="cannot be locked: No locks available"), one_at_a_time(tmp_path, "model"):
        pass


def test_a_link_in_the_place_of_a_turn_is_not_written_through(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.write_text("precious")
    locks = tmp_path / "weights" / ".locks"
    locks.mkdir(parents=True)
    (locks / "model").symlink_to(mine)
    with pytest.raises(OutOfDiskError), one_at_a_time(WeightsShelf(tmp_path / "weights").root, "model"):
        pass
    assert mine.read_text() == "precious"


@pytest.mark.models
def test_a_link_in_the_place_of_a_partial_file_is_not_written_through(room: Room) -> None:
    room.server.publish(REPOSITORY, FILES)
    mine = room.root / "mine"
    mine.write_text("precious")
    plan = room.plan(manifest())
    place = next(item.parcel.place for item in plan.all_items if item.chosen.path == BIG)
    place.parent.mkdir(parents=True)
    place.with_name(place.name + PARTIAL).symlink_to(mine)
    with pytest.raises(OutOfDiskError):
        room.pull(manifest())
    assert mine.read_text() == "precious"
