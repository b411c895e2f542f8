"""Weights in a Hugging Face cache, found without a pull: what is taken, what is not and why, and that nothing is asked."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from pulling import REPOSITORY, manifest, noise, source

from cinema.catalog import SourceFile
from cinema.errors import LockedError
from cinema.faces.cli import run
from cinema.settings import Settings
from cinema.testing.cache import lay_snapshot, safetensors
from cinema.testing.hub import TestingHub
from cinema.weights import WeightsShelf, read_lock, shelf_for
from cinema.weights.adopt import AdoptingShelf
from cinema.weights.keep import remove, verify
from cinema.weights.turn import one_at_a_time

BIG = "transformer/weights.safetensors"
FILES = {
    "model_index.json": b'{"_class_name": "TestPipeline"}',
    "transformer/config.json": b"{}",
    BIG: safetensors(50_000),
    "transformer/weights.fp16.safetensors": safetensors(20_000, 1),
    "transformer/weights.bin": noise(20_000, 2),
    "README.md": b"# A model",
}
CHOSEN = {"model_index.json", "transformer/config.json", BIG}
MODEL = manifest(source("model_index.json", "transformer/*.json", "transformer/*.safetensors"))
SHARDS = {
    "t/m.safetensors.index.json": json.dumps({"weight_map": {}}).encode(),
    **{f"t/m-0000{number}-of-00002.safetensors": safetensors(20_000, number) for number in (1, 2)},
}


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    hub = tmp_path / "volume" / "huggingface-cache" / "hub"
    hub.mkdir(parents=True)
    return hub


@pytest.fixture
def shelf(tmp_path: Path, cache: Path) -> AdoptingShelf:
    return AdoptingShelf(tmp_path / "weights", cache)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def state(folder: Path) -> dict[str, tuple[int, int, str]]:
    """Everything below a folder: kind and size, time, and where links lead."""
    return {
        str(path.relative_to(folder)): (
            path.lstat().st_size,
            path.lstat().st_mtime_ns,
            str(path.readlink()) if path.is_symlink() else "",
        )
        for path in folder.rglob("*")
    }


@pytest.mark.parametrize("plain", [False, True], ids=["links", "plain files"])
def test_a_whole_repository_in_the_cache_is_found_and_the_cache_is_only_read(
    cache: Path, shelf: AdoptingShelf, plain: bool
) -> None:
    commit = lay_snapshot(cache, REPOSITORY, FILES, plain=plain)
    before = state(cache)
    for folder in (path for path in (cache, *cache.rglob("*")) if path.is_dir() and not path.is_symlink()):
        folder.chmod(0o555)
    try:
        held = shelf.find(MODEL)
    finally:
        for folder in (path for path in (cache, *cache.rglob("*")) if path.is_dir() and not path.is_symlink()):
            folder.chmod(0o755)
    assert held is not None
    assert held.revision == commit
    assert state(cache) == before
    lock = read_lock(held.path)
    assert lock is not None
    assert {file.path: (file.size_bytes, file.sha256) for file in lock.files} == {
        name: (len(FILES[name]), sha256(FILES[name])) for name in CHOSEN
    }
    assert {name: (held.path / name).read_bytes() for name in CHOSEN} == {name: FILES[name] for name in CHOSEN}
    assert all((held.path / name).is_symlink() for name in CHOSEN), "nothing is copied"
    assert verify(shelf, "model") == ()
    assert shelf.fitted(MODEL).revision == commit
    assert shelf.news() == (f"The weights of model were found in the model cache ({commit[:12]}).",)
    assert WeightsShelf(shelf.root).find(MODEL) == held, "from now on they are here for everybody"


def test_large_files_are_not_read_at_a_cold_start(cache: Path, shelf: AdoptingShelf) -> None:
    """A sparse file of a terabyte would take an hour to hash."""
    lay_snapshot(cache, REPOSITORY, FILES)
    pointer = next(cache.rglob(BIG))
    header = json.dumps({"w": {"dtype": "U8", "shape": [10**12], "data_offsets": [0, 10**12]}}).encode()
    pointer.write_bytes(len(header).to_bytes(8, "little") + header)
    size = 8 + len(header) + 10**12
    os.truncate(pointer, size)
    held = shelf.find(MODEL)
    assert held is not None
    assert held.size_bytes == size + len(FILES["model_index.json"]) + 2


def test_what_the_name_of_a_blob_promised_is_compared_by_verify(cache: Path, shelf: AdoptingShelf) -> None:
    lay_snapshot(cache, REPOSITORY, FILES)
    next(cache.rglob(BIG)).write_bytes(safetensors(50_000, 7))
    assert shelf.find(MODEL) is not None
    assert [(one.path, one.problem, one.expected) for one in verify(shelf, "model")] == [(BIG, "content", sha256(FILES[BIG]))]


def test_small_files_are_compared_with_their_names_at_once(cache: Path, shelf: AdoptingShelf) -> None:
    lay_snapshot(cache, REPOSITORY, FILES)
    next(cache.rglob("model_index.json")).write_bytes(FILES["model_index.json"].replace(b"Test", b"Tess"))
    assert shelf.find(MODEL) is None
    assert "model_index.json of owner/model is damaged in the cache: expected git object" in shelf.lacking(MODEL)


@pytest.mark.parametrize("plain", [False, True], ids=["links", "plain files"])
def test_a_pickle_is_taken_only_where_its_bytes_have_the_hash_that_the_manifest_states(
    cache: Path, shelf: AdoptingShelf, plain: bool
) -> None:
    data = noise(20_000, 3)
    lay_snapshot(cache, REPOSITORY, {"net.pth": data}, plain=plain)
    unstated = manifest(source("net.pth"), model="unstated")
    assert shelf.find(unstated) is None
    assert "is a pickle" in shelf.lacking(unstated)
    stated = manifest(source(SourceFile(path="net.pth", sha256=sha256(data))))
    held = shelf.find(stated)
    assert held is not None
    remove(shelf, "model", shelf.hub)
    next(cache.rglob("net.pth")).write_bytes(b"\x80" + data[1:])
    again = AdoptingShelf(shelf.root, cache)
    assert again.find(stated) is None
    assert f"expected SHA-256 {sha256(data)}" in again.lacking(stated)
    assert not (shelf.root / "model").exists()
    other = manifest(source(SourceFile(path="net.pth", sha256="0" * 64)), model="other")
    assert again.find(other) is None


def test_the_ref_decides_and_where_its_snapshot_is_not_whole_the_newest_that_is(cache: Path, tmp_path: Path) -> None:
    def found() -> str:
        held = AdoptingShelf(tmp_path / f"weights-{time.monotonic_ns()}", cache).find(MODEL)
        return held.revision if held else ""

    first = lay_snapshot(cache, REPOSITORY, FILES)
    later = lay_snapshot(cache, REPOSITORY, {**FILES, BIG: safetensors(60_000)}, ref=None)
    snapshots = cache / "models--owner--model" / "snapshots"
    os.utime(snapshots / first, (1e9, 1e9))
    assert found() == first, "refs/main says so"
    (cache / "models--owner--model" / "refs" / "main").unlink()
    assert found() == later, "no ref: the newest"
    lay_snapshot(cache, REPOSITORY, {"model_index.json": b"{ }"})
    assert found() == later, "the ref's snapshot lacks weights"
    (snapshots / later / BIG).unlink()
    assert found() == first
    (cache / "models--owner--model" / "refs" / "main").write_text("../../../elsewhere")
    assert found() == first, "a ref is a commit or nothing"
    pinned = manifest(source("model_index.json", revision=later))
    held = AdoptingShelf(tmp_path / "pinned", cache).find(pinned)
    assert held is not None
    assert held.revision == later
    tagged = manifest(source("model_index.json", revision="v2"))
    assert AdoptingShelf(tmp_path / "tagged", cache).find(tagged) is None, "no other commit is taken for a tag"


def test_a_tree_that_was_kept_tells_what_a_snapshot_lacks(cache: Path, shelf: AdoptingShelf) -> None:
    """The pattern alone would be content with one of the two."""
    files = {"tokenizer/vocab.json": b"{}", "tokenizer/merges.txt": b"a b"}
    lay_snapshot(cache, REPOSITORY, {"tokenizer/vocab.json": b"{}"}, tree=files)
    model = manifest(source("tokenizer/*"))
    assert shelf.find(model) is None
    assert "tokenizer/merges.txt of owner/model at" in shelf.lacking(model)


@pytest.mark.parametrize(
    "files", ["[]", '{"a": 5}', '{"transformer/weights.safetensors": {"size": 5, "lfs_sha256": "x", "lfs_size": 5}}']
)
def test_a_damaged_listing_counts_for_nothing(cache: Path, shelf: AdoptingShelf, files: str) -> None:
    commit = lay_snapshot(cache, REPOSITORY, FILES, tree=FILES)
    tree = cache / "models--owner--model" / "trees" / f"{commit}.json"
    tree.write_text(f'{{"format_version": 1, "files": {files}}}', encoding="utf-8")
    assert shelf.find(MODEL) is not None


@pytest.mark.parametrize(
    ("gone", "told"),
    [
        (BIG, "has no file 'transformer/\\*.safetensors'"),
        ("model_index.json", "has no file 'model_index.json'"),
    ],
)
def test_an_incomplete_snapshot_is_not_taken_and_says_what_it_lacks(
    cache: Path, shelf: AdoptingShelf, gone: str, told: str
) -> None:
    lay_snapshot(cache, REPOSITORY, {name: data for name, data in FILES.items() if name != gone})
    assert shelf.find(MODEL) is None
    assert re.search(told, shelf.lacking(MODEL))
    assert shelf.news() == (f"The weights of model were not taken from the model cache: {shelf.lacking(MODEL)}",)
    assert not (shelf.root / "model").exists()


@pytest.mark.parametrize("gone", sorted(SHARDS))
def test_a_shard_or_its_index_that_is_lacking_is_noticed_without_a_listing(
    cache: Path, shelf: AdoptingShelf, gone: str
) -> None:
    lay_snapshot(cache, REPOSITORY, {name: data for name, data in {**SHARDS, "t/config.json": b"{}"}.items() if name != gone})
    model = manifest(source("t/*.json", "t/m*.safetensors"))
    assert shelf.find(model) is None
    assert shelf.lacking(model).startswith(f"{gone} of owner/model at ")
    whole = lay_snapshot(cache, REPOSITORY, {**SHARDS, "t/config.json": b"{}"})
    held = AdoptingShelf(shelf.root, cache).find(model)
    assert held is not None
    assert held.revision == whole


@pytest.mark.parametrize("damage", [-1, 1, 0], ids=["short", "long", "no header"])
def test_safetensors_that_are_not_as_long_as_they_say_are_not_taken(cache: Path, shelf: AdoptingShelf, damage: int) -> None:
    data = FILES[BIG]
    wrong = noise(50_000) if not damage else data + b"x" if damage > 0 else data[:-1]
    lay_snapshot(cache, REPOSITORY, {**FILES, BIG: wrong})
    assert shelf.find(MODEL) is None
    assert f"{BIG} of owner/model is damaged in the cache" in shelf.lacking(MODEL)


def test_a_download_that_goes_on_is_waited_for(cache: Path, shelf: AdoptingShelf) -> None:
    lay_snapshot(cache, REPOSITORY, FILES)
    part = cache / "models--owner--model" / "blobs" / f"{'5' * 64}.incomplete"
    part.write_bytes(b"half")
    assert shelf.find(MODEL) is None
    assert "is unfinished" in shelf.lacking(MODEL)
    part.rename(part.with_name(f"{sha256(FILES[BIG])}.incomplete"))
    assert AdoptingShelf(shelf.root, cache).find(MODEL) is not None, "left over from what is there whole"


def test_a_cache_that_was_moved_or_cleared_leaves_a_model_that_is_not_here(cache: Path, shelf: AdoptingShelf) -> None:
    first = lay_snapshot(cache, REPOSITORY, FILES)
    held = shelf.find(MODEL)
    assert held is not None
    moved = cache.with_name("elsewhere")
    cache.rename(moved)
    plain = WeightsShelf(shelf.root)
    assert plain.find(MODEL) is None
    assert plain.fitted(MODEL) is MODEL
    assert "3 of the 3 files of model are gone" in plain.lacking(MODEL)
    assert AdoptingShelf(shelf.root, cache).find(MODEL) is None
    again = AdoptingShelf(shelf.root, moved).find(MODEL)
    assert again is not None
    assert again.revision == first
    shutil.rmtree(moved)
    other = lay_snapshot(cache, REPOSITORY, {**FILES, BIG: safetensors(70_000)})
    newer = AdoptingShelf(shelf.root, cache).find(MODEL)
    assert newer is not None
    assert newer.revision == other, "the pinned commit is gone for good"


def test_the_commit_that_a_lock_pinned_goes_before_the_ref(cache: Path, shelf: AdoptingShelf, tmp_path: Path) -> None:
    first = lay_snapshot(cache, REPOSITORY, FILES)
    assert shelf.find(MODEL) is not None
    lay_snapshot(cache, REPOSITORY, {**FILES, BIG: safetensors(70_000)})
    shelf.root.rename(tmp_path / "old")
    shutil.copytree(tmp_path / "old", shelf.root, symlinks=True)
    for link in (path for path in shelf.standing("model").rglob("*") if path.is_symlink()):
        link.unlink()
    held = AdoptingShelf(shelf.root, cache).find(MODEL)
    assert held is not None
    assert held.revision == first


def test_a_pinned_commit_of_which_the_cache_kept_a_part_gives_way_to_one_that_is_whole(
    cache: Path, shelf: AdoptingShelf, tmp_path: Path
) -> None:
    """A cache that was brought up to date, and lost the large files of the commit before: small ones are shared by both."""
    old = lay_snapshot(cache, REPOSITORY, FILES)
    assert shelf.find(MODEL) is not None
    (cache / "models--owner--model" / "snapshots" / old / BIG).resolve().unlink()
    new = lay_snapshot(cache, REPOSITORY, {**FILES, BIG: safetensors(50_000, 3)})
    later = AdoptingShelf(tmp_path / "weights", cache)
    held = later.find(MODEL)
    assert held is not None, later.refused
    assert held.revision == new


def test_a_plain_file_called_like_a_hash_is_not_believed_to_have_it(cache: Path, shelf: AdoptingShelf) -> None:
    name = "5" * 64
    lay_snapshot(cache, REPOSITORY, {name: noise(20_000)}, plain=True)
    held = shelf.find(manifest(source(name)))
    assert held is not None
    lock = read_lock(held.path)
    assert lock is not None
    assert [file.sha256 for file in lock.files] == [sha256(noise(20_000))]


def test_machines_whose_caches_differ_share_a_shelf(cache: Path, shelf: AdoptingShelf) -> None:
    """A model cache is a machine's own, a volume is not: each finds what it has, and keeps what its film was planned with."""
    here, there = cache.with_name("here"), cache.with_name("there")
    revisions = {
        here: lay_snapshot(here, REPOSITORY, FILES),
        there: lay_snapshot(there, REPOSITORY, {**FILES, BIG: safetensors(70_000)}),
    }
    film = MODEL
    for machine in (here, there, here):
        cache.rmdir() if not any(cache.iterdir()) else None
        machine.rename(cache)
        own = AdoptingShelf(shelf.root, cache)
        held = own.find(MODEL)
        assert held is not None
        assert held.revision == revisions[machine]
        if machine == here:
            film = own.fitted(MODEL) if film is MODEL else film
            assert own.find(film) is not None
        else:
            assert AdoptingShelf(shelf.root, cache).find(film) is None, (
                "a film never gets other weights than it was planned with"
            )
        cache.rename(machine)
        cache.mkdir()


def test_weights_that_are_here_stay_whatever_the_cache_holds(cache: Path, shelf: AdoptingShelf) -> None:
    first = lay_snapshot(cache, REPOSITORY, FILES)
    held = shelf.find(MODEL)
    lay_snapshot(cache, REPOSITORY, {**FILES, BIG: safetensors(70_000)})
    assert AdoptingShelf(shelf.root, cache).find(MODEL) == held
    assert held is not None
    assert held.revision == first


def test_several_repositories_make_one_model_and_all_must_be_there(cache: Path, shelf: AdoptingShelf, tmp_path: Path) -> None:
    both = manifest(
        source("transformer/*.json", BIG),
        source("*.safetensors", repository="other/encoder", subfolder="deep", into="text_encoder"),
    )
    lay_snapshot(cache, REPOSITORY, FILES)
    assert shelf.find(both) is None
    assert shelf.lacking(both) == "other/encoder at main is not in the cache."
    lay_snapshot(cache, "other/encoder", {"deep/model.safetensors": safetensors(20_000, 4)})
    held = AdoptingShelf(shelf.root, cache).find(both)
    assert held is not None
    assert (held.path / "text_encoder" / "model.safetensors").stat().st_size > 20_000
    # On another machine, where the first file is in the cache as a plain one, the revision is the same.
    elsewhere = tmp_path / "elsewhere"
    lay_snapshot(elsewhere, REPOSITORY, FILES, plain=True)
    lay_snapshot(elsewhere, "other/encoder", {"deep/model.safetensors": safetensors(20_000, 4)}, plain=True)
    other = AdoptingShelf(tmp_path / "other", elsewhere).find(both)
    assert other is not None
    assert other.revision == held.revision


def test_what_is_not_in_the_cache_is_not_talked_about(shelf: AdoptingShelf) -> None:
    web = manifest(source(SourceFile(path="a.pth", sha256="1" * 64), repository="https://example.org/files"), model="web")
    assert [shelf.find(one) for one in (MODEL, web)] == [None, None]
    assert [shelf.lacking(one) for one in (MODEL, web)] == ["", ""]
    assert shelf.news() == ()
    assert not shelf.root.exists(), "nothing is written for nothing"


def test_a_model_that_has_to_be_converted_is_left_to_a_pull(cache: Path, shelf: AdoptingShelf) -> None:
    lay_snapshot(cache, REPOSITORY, FILES)
    model = MODEL.model_copy(update={"convert": "testing"})
    assert shelf.find(model) is None
    assert "run `cinema models pull model` once" in shelf.lacking(model)
    in_part = manifest(source("*"), source("a", repository="other/part"), model="part", convert="testing")
    assert shelf.find(in_part) is None
    assert shelf.lacking(in_part) == "other/part at main is not in the cache.", "nor could it be converted"


def test_a_shelf_that_cannot_be_written_is_a_reason_and_no_crash(cache: Path, tmp_path: Path) -> None:
    lay_snapshot(cache, REPOSITORY, FILES)
    (tmp_path / "file").write_text("in the way")
    shelf = AdoptingShelf(tmp_path / "file" / "weights", cache)
    assert shelf.find(MODEL) is None
    assert "cannot be written" in shelf.lacking(MODEL)


def test_nothing_is_taken_unasked(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody's own cache at home may be full of things."""
    lay_snapshot(cache, REPOSITORY, FILES)
    monkeypatch.setenv("HF_HUB_CACHE", str(cache))
    plain = shelf_for(Settings(weights=str(tmp_path / "weights")))
    assert plain.find(MODEL) is None
    assert not plain.root.exists()
    for named in (cache, cache.parent):
        asked = shelf_for(Settings(weights=str(tmp_path / f"weights of {named.name}"), weights_cache=str(named)))
        assert asked.find(MODEL) is not None


@pytest.mark.models
@pytest.mark.parametrize("tree", [True, False], ids=["with its listing", "without"])
def test_what_huggingface_hub_itself_laid_there_is_found(
    cache: Path, shelf: AdoptingShelf, server: TestingHub, tree: bool
) -> None:
    commit = server.publish(REPOSITORY, FILES)
    script = f"from huggingface_hub import snapshot_download as fetch; print(fetch({REPOSITORY!r}, cache_dir={str(cache)!r}))"
    environment = {**os.environ, "HF_ENDPOINT": server.endpoint, "HF_HUB_DISABLE_TELEMETRY": "1"}
    subprocess.run([sys.executable, "-c", script], env=environment, check=True, capture_output=True)
    assert list(cache.glob("*/trees/*")), "it keeps the listing of a commit"
    for listing in () if tree else cache.glob("*/trees/*"):
        listing.unlink()
    server.reset_counts()
    held = shelf.find(MODEL)
    assert held is not None
    assert held.revision == commit
    assert verify(shelf, "model") == ()
    assert server.requests == []


def test_a_user_is_told_what_lies_in_the_cache_and_takes_it_with_a_pull(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {"CINEMA_WEIGHTS": tmp_path / "weights", "HF_HUB_CACHE": cache, "HF_HUB_OFFLINE": 1}.items():
        monkeypatch.setenv(name, str(value))

    def said(*arguments: str, code: int = 0) -> str:
        assert run(["models", *arguments]) == code
        return "".join(capsys.readouterr())

    assert "Hugging Face cache" not in said("show", "musicgen-small")
    repository = "facebook/musicgen-small"
    lay_snapshot(cache, repository, {"config.json": b"{}"})
    assert f"in the Hugging Face cache, not whole: {repository} at " in said("show", "musicgen-small")
    commit = lay_snapshot(cache, repository, {"config.json": b"{}", "model.safetensors": safetensors(20_000)})
    whole = f"whole ({commit[:12]}): `HF_HUB_OFFLINE=1 cinema models pull musicgen-small` takes it"
    assert whole in said("show", "musicgen-small")
    assert whole in json.loads(said("show", "musicgen-small", "--json"))["lacking"]
    assert json.loads(said("list", "--held", "--json")) == [], "nothing is taken unasked"
    assert f"revision {commit}" in said("pull", "musicgen-small")
    assert json.loads(said("show", "musicgen-small", "--json"))["lacking"] == ""
    next(cache.rglob("model.safetensors")).resolve().unlink()
    assert "1 of the 2 files of musicgen-small are gone" in said("show", "musicgen-small")
    # A pull is no cold start: it reads every byte.
    damaged = lay_snapshot(cache, repository, {"config.json": b"{}", "model.safetensors": safetensors(30_000)})
    next(cache.rglob(f"{damaged}/model.safetensors")).write_bytes(safetensors(30_000, 1))
    assert "damaged in the cache: expected SHA-256" in said("pull", "musicgen-small", "--update", code=3)


FINDS = """
import json, sys
from pathlib import Path
sys.path[:0] = [{here!r}]
from test_adopt import MODEL
from cinema.weights.adopt import AdoptingShelf
print("up", flush=True)
sys.stdin.readline()
held = AdoptingShelf(Path(sys.argv[1]), Path(sys.argv[2])).find(MODEL)
print(held.revision if held else "not found", (held.path / "transformer/config.json").read_text() if held else "")
"""


def test_workers_that_start_at_once_all_find_it(cache: Path, tmp_path: Path) -> None:
    commit = lay_snapshot(cache, REPOSITORY, FILES, plain=True)
    code = FINDS.format(here=str(Path(__file__).parent))
    command = [sys.executable, "-c", code, str(tmp_path / "weights"), str(cache)]
    workers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "up\n"
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("\n")
        worker.stdin.flush()
    said = [worker.communicate() for worker in workers]
    assert [out for out, _ in said] == [f"{commit} {{}}\n"] * 4, said
    shelf = WeightsShelf(tmp_path / "weights")
    assert verify(shelf, "model") == ()
    assert len(list(shelf.root.glob(".model@*"))) == 1
    assert not list(shelf.root.glob(".new-*"))


def test_a_cache_that_is_mounted_read_only(cache: Path, tmp_path: Path) -> None:
    commit = lay_snapshot(cache, REPOSITORY, FILES)
    mount = f"mount --bind {cache} {cache} && mount -o remount,ro,bind {cache}"
    if os.geteuid() != 0 or subprocess.run(["unshare", "-m", "sh", "-c", mount], capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    code = FINDS.format(here=str(Path(__file__).parent))
    command = [sys.executable, "-c", code, str(tmp_path / "weights"), str(cache)]
    inner = f'{mount} && ! touch {cache}/x 2>/dev/null && exec "$@"'
    said = subprocess.run(
        ["unshare", "-m", "sh", "-c", inner, "sh", *command], input="\n", capture_output=True, text=True, check=True
    )
    assert said.stdout == f"up\n{commit} {{}}\n"


def test_one_that_is_being_taken_is_waited_for(cache: Path, shelf: AdoptingShelf) -> None:
    """The holder of the turn leaves: whoever waited finds what was made, or makes it."""
    commit = lay_snapshot(cache, REPOSITORY, FILES)
    found: list[str] = []
    with one_at_a_time(shelf.root, "model"):
        thread = threading.Thread(target=lambda: found.append(getattr(shelf.find(MODEL), "revision", "")))
        thread.start()
        thread.join(0.2)
        assert thread.is_alive()
    thread.join(60)
    assert found == [commit]
    with one_at_a_time(shelf.root, "model"), pytest.raises(LockedError), one_at_a_time(shelf.root, "model", wait_seconds=0.1):
        pass
