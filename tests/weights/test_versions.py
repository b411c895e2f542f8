"""A pull while a film is made: the film goes on with the weights that it was planned with."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest
from pulling import CHOSEN, FILES, REPOSITORY, Room, manifest, noise
from test_shelf import COMMIT, MODEL, OTHER, put

from cinema.catalog import Catalog
from cinema.errors import MissingModelError
from cinema.testing.catalog import testing_catalog
from cinema.weights import Lock, WeightsShelf, read_lock, versions, write_lock
from cinema.weights.keep import remove, verify

BIG = "transformer/weights.safetensors"
CHANGED = {**FILES, BIG: noise(210_000, 9)}


def switch(root: Path, commit: str, content: bytes) -> Path:
    """Give the name "model" to weights of that commit, as a pull does at its end."""
    new = versions.workplace(root / "model", "new")
    lock = put(root, new.name, commit=commit, content=content)
    write_lock(new, Lock.of("model", lock.sources))
    return versions.put(new, root / "model", commit)


@pytest.mark.models
def test_a_film_keeps_the_weights_that_it_was_planned_with(room: Room, tmp_path: Path) -> None:
    sources = f'[[sources]]\nrepository = "{REPOSITORY}"\nfiles = [{{ path = "transformer/*.safetensors" }}]\n'
    catalog = testing_catalog(tmp_path / "catalog", {"model": sources})
    model = catalog.manifest("model")
    old = room.server.publish(REPOSITORY, FILES)
    room.pull(model)
    film = catalog.with_shelf(room.shelf)
    assert film.manifest("model").revision == old, "goes into the keys of the film's tasks"
    new = room.server.publish(REPOSITORY, CHANGED)
    before = film.held("model")
    assert room.pull(model, update=True).revision == new
    # A worker that is started now, for a task of that film, is given this folder.
    held = film.held("model")
    assert held is not None
    assert held == before
    assert (held.revision, (held.path / BIG).read_bytes()) == (old, FILES[BIG])
    later = Catalog(catalog.models_dir, catalog.configs_dir, room.shelf).held("model")
    assert later is not None
    assert (later.revision, (later.path / BIG).read_bytes()) == (new, CHANGED[BIG])
    assert verify(room.shelf, "model") == ()
    # Once the old ones are gone too, the film is told so; it never gets others under their name.
    for file in held.path.rglob("*.safetensors"):
        file.unlink()
    assert film.held("model") is None


@pytest.mark.models
def test_what_was_replaced_goes_a_day_later_and_at_once_with_the_model(room: Room) -> None:
    room.server.publish(REPOSITORY, FILES)
    room.pull(manifest())
    first = room.shelf.standing("model")
    room.server.publish(REPOSITORY, CHANGED)
    room.pull(manifest(), update=True)
    second = room.shelf.standing("model")
    long_ago = time.time() - versions.KEPT_SECONDS - 60
    os.utime(first, (long_ago, long_ago))
    room.server.publish(REPOSITORY, FILES)
    room.pull(manifest(), update=True)
    assert set(versions.versions(room.shelf.folder("model"))) == {second, room.shelf.standing("model")}
    lock = sum((path / "lock.json").stat().st_size for path in versions.versions(room.shelf.folder("model")))
    assert remove(room.shelf, "model", room.hub) == lock
    assert [path.name for path in room.shelf.root.iterdir()] == [".locks"]
    with pytest.raises(MissingModelError):
        remove(room.shelf, "model", room.hub)


@pytest.mark.models
def test_weights_of_an_earlier_cinema_lie_in_a_plain_folder_and_are_kept_aside(room: Room) -> None:
    old = room.server.publish(REPOSITORY, FILES)
    room.pull(manifest())
    folder = room.shelf.folder("model")
    plain = folder.resolve()
    folder.unlink()
    plain.rename(folder)
    film = room.shelf.fitted(manifest())
    assert film.revision == old
    room.server.publish(REPOSITORY, CHANGED)
    room.pull(manifest(), update=True)
    held = room.shelf.find(film)
    assert held is not None
    assert {name: (held.path / name).read_bytes() for name in CHOSEN} == {name: FILES[name] for name in CHOSEN}


def test_a_reader_never_sees_files_of_two_revisions(tmp_path: Path) -> None:
    shelf = WeightsShelf(tmp_path)
    contents = {COMMIT: b"a" * 7, OTHER: b"b" * 7}
    switch(tmp_path, COMMIT, contents[COMMIT])
    stop = threading.Event()

    def turn() -> None:
        while not stop.is_set():
            for commit, content in contents.items():
                switch(tmp_path, commit, content)

    turning = threading.Thread(target=turn)
    turning.start()
    try:
        seen = set[str]()
        until = time.monotonic() + 60
        while len(seen) < 2 or time.monotonic() < until - 59.5:
            assert time.monotonic() < until
            held = shelf.find(MODEL)
            assert held is not None, "there is no moment without weights"
            lock = read_lock(held.path)
            assert lock is not None
            assert lock.revision == held.revision
            assert (held.path / "transformer" / "a.safetensors").read_bytes() == contents[held.revision]
            seen.add(held.revision)
    finally:
        stop.set()
        turning.join()


def test_there_is_no_step_after_which_there_are_no_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = WeightsShelf(tmp_path)
    switch(tmp_path, COMMIT, b"weights")
    seen: list[str] = []

    def watched(name: str) -> None:
        step = getattr(Path, name)

        def stepped(*given: object, **more: object) -> object:
            result = step(*given, **more)
            held = shelf.find(MODEL)
            assert held is not None, name
            seen.append(held.revision)
            return result

        monkeypatch.setattr(Path, name, stepped)

    for name in ("unlink", "rename", "replace", "symlink_to"):
        watched(name)
    switch(tmp_path, OTHER, b"weights")
    assert sorted(set(seen)) == [COMMIT, OTHER]
    assert seen == sorted(seen), "turned once"


def test_where_no_links_can_be_made_the_folder_itself_takes_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(1, "no links here")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    for commit in (COMMIT, OTHER):
        assert switch(tmp_path, commit, commit[:7].encode()) == tmp_path / "model"
        held = WeightsShelf(tmp_path).find(MODEL)
        assert held is not None
        assert held.revision == commit
    before = WeightsShelf(tmp_path).find(MODEL.model_copy(update={"revision": COMMIT}))
    assert before is not None
    assert (before.path / "transformer" / "a.safetensors").read_bytes() == COMMIT[:7].encode()


def test_a_manifest_that_states_no_revision_gets_what_is_here(tmp_path: Path) -> None:
    switch(tmp_path, COMMIT, b"weights")
    for stated in ("unpinned", "1", ""):
        assert WeightsShelf(tmp_path).find(MODEL.model_copy(update={"revision": stated})) is not None
    assert WeightsShelf(tmp_path).find(MODEL.model_copy(update={"revision": OTHER})) is None


def test_an_id_that_begins_another_is_another(tmp_path: Path) -> None:
    """The folders of "model" are not those of "model.5"."""
    switch(tmp_path, COMMIT, b"weights")
    (tmp_path / ".model.5@abc.def").mkdir()
    assert [path.name.startswith(f".model@{COMMIT[:12]}.") for path in versions.versions(tmp_path / "model")] == [True]
