"""Pickles: refused at the pull unless somebody vouches for that very file, and refused again where they are loaded."""

from __future__ import annotations

import hashlib
import io
import json
import os
import pickle
import zipfile
from pathlib import Path
from typing import Any

import pytest
from pulling import REPOSITORY, Room, manifest, noise, source

from cinema.catalog import SourceFile
from cinema.errors import InputError, MissingModelError
from cinema.weights import lock_folder
from cinema.weights.pickles import SUFFIXES, read_pickle, trusted_pickle

pytestmark = pytest.mark.models


class Trap:
    """Its pickle creates a file when it is loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.system, (f"touch {self.path}",))


def trap(path: Path) -> bytes:
    """The crafted pickle as the archive that torch writes, large enough for large-file storage."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(Trap(path), protocol=2))
        archive.writestr("archive/version", "3\n")
        archive.writestr("archive/padding", noise(20_000))
    return held.getvalue()


def checkpoint() -> bytes:
    import torch

    held = io.BytesIO()
    torch.save({"weight": torch.arange(8000.0)}, held)
    return held.getvalue()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("ending", sorted(SUFFIXES))
def test_a_pickle_that_nobody_vouches_for_is_not_even_fetched(room: Room, tmp_path: Path, ending: str) -> None:
    data = trap(tmp_path / "sprung")
    name = f"model{ending}"
    room.server.publish(REPOSITORY, {name: data})
    with pytest.raises(InputError, match=rf"is a pickle.*--accept-sha256 {sha256(data)}"):
        room.pull(manifest(source(name)))
    with pytest.raises(InputError, match="is a pickle"):
        room.pull(manifest(source("*")), accepted={"0" * 64})
    assert room.server.sent_bytes == 0
    assert room.shelf.find(manifest(source(name))) is None


def test_a_pickle_of_the_manifest_is_fetched_and_read(room: Room) -> None:
    data = checkpoint()
    room.server.publish(REPOSITORY, {"model.pth": data})
    stated = manifest(source(SourceFile(path="model.pth", sha256=sha256(data).upper())))
    lock = room.pull(stated)
    assert not lock.files[0].accepted
    path = room.shelf.folder("model") / "model.pth"
    assert read_pickle(path, stated)["weight"].sum() == 8000 * 7999 / 2
    (room.shelf.folder("model") / "lock.json").unlink()
    assert set(read_pickle(path, stated)) == {"weight"}, "the manifest alone is enough"
    with pytest.raises(InputError, match="was not loaded"):
        read_pickle(path, manifest(source("model.pth")))


def test_the_users_word_is_kept_in_the_lock(room: Room) -> None:
    data = checkpoint()
    room.server.publish(REPOSITORY, {"model.pth": data})
    wanted = manifest(source("model.pth"))
    lock = room.pull(wanted, accepted={sha256(data)})
    assert [file.accepted for file in lock.files] == [True]
    assert set(read_pickle(room.shelf.folder("model") / "model.pth", wanted)) == {"weight"}
    (room.shelf.folder("model") / "model.pth").resolve().unlink()
    assert room.pull(wanted) == lock, "the word still counts when a file has to be fetched again"
    other = checkpoint() + b"\0"
    room.server.publish(REPOSITORY, {"model.pth": other})
    with pytest.raises(InputError, match=sha256(other)):
        room.pull(wanted, update=True)


def test_a_small_pickle_is_compared_when_it_has_come(room: Room) -> None:
    """The hub states no SHA-256 of small files."""
    data = b"\x80\x04N."
    room.server.publish(REPOSITORY, {"voice.pt": data})
    with pytest.raises(InputError, match="nobody accepted"):
        room.pull(manifest(source("voice.pt")), accepted={"1" * 64})
    assert room.pull(manifest(source("voice.pt")), accepted={sha256(data)}).files[0].accepted


def test_a_trap_is_refused_where_it_is_loaded_and_not_sprung(room: Room, tmp_path: Path) -> None:
    sprung = tmp_path / "sprung"
    data = checkpoint()
    room.server.publish(REPOSITORY, {"model.pth": data})
    stated = manifest(source(SourceFile(path="model.pth", sha256=sha256(data))))
    room.pull(stated)
    path = room.shelf.folder("model") / "model.pth"
    path.unlink()
    path.write_bytes(trap(sprung))
    for known in (stated, None):
        with pytest.raises(InputError, match="is a pickle, which could run code"):
            read_pickle(path, known)
    loose = tmp_path / "elsewhere" / "model.pth"
    loose.parent.mkdir()
    loose.write_bytes(trap(sprung))
    with pytest.raises(InputError):
        trusted_pickle(loose, stated)
    assert not sprung.exists()


def test_even_a_vouched_trap_is_not_sprung(tmp_path: Path) -> None:
    """Somebody made the user accept it: loading is restricted all the same."""
    sprung = tmp_path / "sprung"
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.pth").write_bytes(trap(sprung))
    lock_folder(folder, "model", repository="test")
    with pytest.raises(InputError, match=r"refused|not a checkpoint"):
        read_pickle(folder / "model.pth")
    assert not sprung.exists()
    with pickle_opened(folder / "model.pth") as document:
        pickle.loads(document)
    assert sprung.exists(), "the trap works where nothing protects"


class pickle_opened:  # noqa: N801 - reads as a function
    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> bytes:
        with zipfile.ZipFile(self.path) as archive:
            return archive.read("archive/data.pkl")

    def __exit__(self, *_: object) -> None:
        return None


def test_the_lock_of_tiny_weights_vouches_for_that_file_only(tmp_path: Path) -> None:
    data = checkpoint()
    for name in ("a.pth", "sub/b.pth", "c.pth"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    files = {name: {"size_bytes": len(data), "sha256": sha256(data)} for name in ("a.pth", "sub/b.pth")}
    (tmp_path / "lock.json").write_text(json.dumps({"model": "m", "revision": "tiny-1", "files": files}))
    assert set(read_pickle(tmp_path / "a.pth")) == {"weight"}
    assert set(read_pickle(tmp_path / "sub" / "b.pth")) == {"weight"}
    with pytest.raises(InputError):
        read_pickle(tmp_path / "c.pth")
    with pytest.raises(MissingModelError, match="models verify"):
        read_pickle(tmp_path / "gone.pth")
