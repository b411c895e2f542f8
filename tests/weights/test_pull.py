"""Pulling: from a hub on localhost that drops connections, sends wrong bytes and refuses strangers."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from pulling import CHOSEN, FILES, QUICK, REPOSITORY, Room, manifest, noise, source

from cinema.catalog import SourceFile
from cinema.errors import InputError, LockedError, MissingModelError, OutOfDiskError
from cinema.testing.hub import TestingHub, git_object
from cinema.weights import read_lock
from cinema.weights.fetch import PARTIAL
from cinema.weights.keep import remove, verify
from cinema.weights.patience import Patience
from cinema.weights.turn import one_at_a_time

pytestmark = pytest.mark.models  # huggingface_hub comes with the model libraries

BIG = "transformer/weights.safetensors"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_a_pull_pins_the_commit_and_every_hash(room: Room) -> None:
    commit = room.server.publish(REPOSITORY, FILES)
    lock = room.pull(manifest())
    assert lock.revision == commit
    assert [source.commit for source in lock.sources] == [commit]
    assert {file.path: (file.size_bytes, file.sha256) for file in lock.files} == {
        name: (len(FILES[name]), sha256(FILES[name])) for name in CHOSEN
    }
    folder = room.shelf.folder("model")
    assert read_lock(folder) == lock
    assert {path: (folder / path).read_bytes() for path in CHOSEN} == {path: FILES[path] for path in CHOSEN}
    held = room.shelf.find(manifest())
    assert held is not None
    assert (held.path, held.revision, held.size_bytes) == (folder.resolve(), commit, sum(len(FILES[name]) for name in CHOSEN))


def test_only_what_the_patterns_mean_is_fetched(room: Room) -> None:
    room.server.publish(REPOSITORY, FILES)
    room.pull(manifest())
    assert set(room.server.sent) == CHOSEN
    assert room.server.sent_bytes == sum(len(FILES[name]) for name in CHOSEN)
    assert room.moved[-1] == (room.server.sent_bytes, room.server.sent_bytes)
    done = [done for done, _ in room.moved]
    assert done == sorted(done)


def test_a_variant_is_fetched_where_there_is_nothing_else_or_it_is_named(room: Room) -> None:
    room.server.publish(REPOSITORY, {name: data for name, data in FILES.items() if name != BIG})
    assert "transformer/weights.fp16.safetensors" in {file.path for file in room.pull(manifest()).files}
    room.server.publish("owner/named", FILES)
    named = manifest(source("transformer/weights.fp16.safetensors", repository="owner/named"), model="named")
    assert [file.path for file in room.pull(named).files] == ["transformer/weights.fp16.safetensors"]


def test_a_second_pull_asks_nothing_and_a_pinned_one_fetches_nothing(room: Room) -> None:
    commit = room.server.publish(REPOSITORY, FILES)
    first = room.pull(manifest())
    room.server.reset_counts()
    assert room.pull(manifest()) == first
    assert room.server.requests == []
    assert room.pull(manifest(), revision=commit) == first
    assert room.pull(manifest(), update=True) == first
    assert room.server.sent_bytes == 0


def test_update_and_revision_move_the_lock(room: Room) -> None:
    old = room.server.publish(REPOSITORY, FILES)
    room.pull(manifest())
    changed = {**FILES, BIG: noise(210_000, 9)}
    new = room.server.publish(REPOSITORY, changed)
    room.server.reset_counts()
    assert room.pull(manifest()).revision == old
    assert room.pull(manifest(), update=True).revision == new
    assert set(room.server.sent) == {BIG}, "files that did not change come from the cache"
    assert (room.shelf.folder("model") / BIG).read_bytes() == changed[BIG]
    assert room.pull(manifest(), revision=old).revision == old
    assert (room.shelf.folder("model") / BIG).read_bytes() == FILES[BIG]
    with pytest.raises(MissingModelError, match="no revision 'v9'"):
        room.pull(manifest(), revision="v9")


def test_what_went_missing_is_completed_at_the_locked_commit(room: Room) -> None:
    old = room.server.publish(REPOSITORY, FILES)
    room.pull(manifest())
    room.server.publish(REPOSITORY, {**FILES, BIG: noise(210_000, 9)})
    (room.shelf.folder("model") / BIG).resolve().unlink()
    assert room.shelf.find(manifest()) is None
    lock = room.pull(manifest())
    assert lock.revision == old
    assert (room.shelf.folder("model") / BIG).read_bytes() == FILES[BIG]


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
def test_a_download_cut_ten_times_is_gone_on_with(room: Room, reset: bool) -> None:
    data = noise(3_000_000, 4)
    room.server.publish(REPOSITORY, {**FILES, BIG: data})
    room.server.cut(BIG, after_bytes=250_000, times=10, reset=reset)
    room.pull(manifest())
    assert (room.shelf.folder("model") / BIG).read_bytes() == data
    asked = [line for line in room.server.requests if line.startswith("GET") and line.endswith(BIG)]
    assert len(asked) == 11
    assert len(data) <= room.server.sent[BIG] < 1.5 * len(data)


def test_a_line_that_stays_broken_keeps_what_came_for_the_next_pull(room: Room) -> None:
    data = noise(1_000_000, 4)
    room.server.publish(REPOSITORY, {**FILES, BIG: data})
    room.server.cut(BIG, after_bytes=400_000, times=1)
    room.patience = Patience(tries=1)
    with pytest.raises(MissingModelError, match=r"400\.0 kB of 1\.0 MB are kept, so run the command again"):
        room.pull(manifest())
    assert room.shelf.find(manifest()) is None
    room.patience = QUICK
    room.server.cut(BIG, after_bytes=0, times=4)
    with pytest.raises(MissingModelError, match="4 times in a row"):
        room.pull(manifest())
    assert room.plan(manifest()).missing_bytes == 600_000
    room.pull(manifest())
    assert room.server.sent[BIG] == len(data)


def test_a_part_of_another_run_is_gone_on_with(room: Room) -> None:
    """What a killed process left behind is used, and is not believed: it is hashed with the rest."""
    room.server.publish(REPOSITORY, FILES)
    item = next(item for item in room.plan(manifest()).all_items if item.chosen.path == BIG)
    item.parcel.partial.parent.mkdir(parents=True)
    item.parcel.partial.write_bytes(FILES[BIG][:150_000])
    room.pull(manifest())
    assert room.server.sent[BIG] == 50_000
    room.forget()
    item.parcel.place.unlink()
    item.parcel.partial.write_bytes(b"\0" + FILES[BIG][1:150_000])
    with pytest.raises(MissingModelError, match="arrived wrong"):
        room.pull(manifest())
    room.pull(manifest())


def test_a_server_without_ranges_sends_the_whole_again(room: Room) -> None:
    room.server.publish(REPOSITORY, FILES)
    room.server.ranges = False
    room.server.cut(BIG, after_bytes=100_000, times=2)
    room.pull(manifest())
    assert room.server.sent[BIG] == 400_000
    assert (room.shelf.folder("model") / BIG).read_bytes() == FILES[BIG]


@pytest.mark.parametrize("path", [BIG, "transformer/config.json"], ids=["large", "small"])
def test_a_wrong_byte_is_refused(room: Room, path: str) -> None:
    room.server.publish(REPOSITORY, FILES)
    room.server.flip(path)
    with pytest.raises(MissingModelError) as caught:
        room.pull(manifest())
    assert path in caught.value.message
    if path == BIG:
        flipped = bytes([FILES[path][0] ^ 0xFF]) + FILES[path][1:]
        assert sha256(FILES[path]) in caught.value.message
        assert sha256(flipped) in caught.value.message
    assert room.shelf.find(manifest()) is None
    assert not room.shelf.folder("model").exists()
    blob = sha256(FILES[path]) if path == BIG else git_object(FILES[path])
    assert list((room.root / "hub").rglob(f"*{blob}*")) == [], "what else was on its way may stay, to be gone on with"
    room.server.mend()
    assert room.pull(manifest())


def test_a_damaged_file_of_the_cache_is_fetched_again(room: Room) -> None:
    room.server.publish(REPOSITORY, FILES)
    room.pull(manifest())
    blob = (room.shelf.folder("model") / BIG).resolve()
    blob.write_bytes(b"x" * len(FILES[BIG]))
    assert [(one.path, one.problem, one.expected) for one in verify(room.shelf, "model")] == [
        (BIG, "content", sha256(FILES[BIG]))
    ]
    room.forget()
    room.pull(manifest())
    assert verify(room.shelf, "model") == ()


def test_the_manifests_hash_is_law(room: Room) -> None:
    room.server.publish(REPOSITORY, FILES)
    stated = manifest(source(SourceFile(path=BIG, sha256="0" * 64)))
    with pytest.raises(InputError, match="not the file that was examined"):
        room.pull(stated)
    small = manifest(source(SourceFile(path="model_index.json", sha256="0" * 64)))
    with pytest.raises(MissingModelError, match="expected SHA-256 0000"):
        room.pull(small)
    assert room.server.sent[BIG] == 0


def test_a_pattern_without_a_file_names_what_is_there(room: Room) -> None:
    room.server.publish(REPOSITORY, FILES)
    with pytest.raises(InputError, match=r"no file 'vae/\*'.*models/model.toml.*transformer/weights.safetensors"):
        room.pull(manifest(source("vae/*")))


def test_shards_that_the_patterns_leave_out_are_noticed_before_the_large_files(room: Room) -> None:
    index = json.dumps({"weight_map": {"a": "m-00001-of-00002.safetensors", "b": "m-00002-of-00002.safetensors"}}).encode()
    shards = {f"t/m-0000{one}-of-00002.safetensors": noise(1_100_000, one) for one in (1, 2)}
    room.server.publish(REPOSITORY, {"t/m.safetensors.index.json": index, **shards})
    with pytest.raises(InputError, match="m-00002-of-00002"):
        room.pull(manifest(source("t/*.json", "t/m-00001*")))
    assert room.server.sent_bytes == len(index)
    assert len(room.pull(manifest(source("t/*"))).files) == 3


def test_a_long_listing_comes_in_pages(room: Room) -> None:
    room.server.page = 7
    room.server.publish(REPOSITORY, {f"voices/{number:03}.npy": b"%d" % number for number in range(40)})
    assert len(room.pull(manifest(source("voices/*.npy"))).files) == 40


def test_the_disk_is_checked_before_anything_is_fetched(room: Room) -> None:
    room.server.publish(REPOSITORY, FILES)
    room.server.sizes[BIG] = 10**16
    with pytest.raises(OutOfDiskError, match=r"10000\.0 TB more.*(GB|TB) are free"):
        room.pull(manifest())
    assert room.server.sent_bytes == 0


def test_a_gated_repository_says_what_to_do(room: Room) -> None:
    room.server.publish(REPOSITORY, FILES, gated=True)
    room.server.token = "hf_right"
    with pytest.raises(MissingModelError, match=rf"gated: accept its licence at {room.server.endpoint}/{REPOSITORY}.*HF_TOKEN"):
        room.pull(manifest())
    room.environment["HF_TOKEN"] = "hf_wrong"
    with pytest.raises(MissingModelError, match="its account has no access"):
        room.pull(manifest())
    room.environment["HF_TOKEN"] = "hf_right"
    assert room.pull(manifest())


def test_a_token_does_not_follow_to_another_host(room: Room) -> None:
    """The hub sends clients to its content network; what breaks there is gone on with there."""
    room.server.publish(REPOSITORY, FILES, gated=True)
    room.server.token = room.environment["HF_TOKEN"] = "hf_right"
    room.server.elsewhere = True
    room.server.cut(BIG, after_bytes=80_000, times=2)
    room.pull(manifest())
    assert room.server.strangers == [None, None, None]
    assert room.server.sent[BIG] < 1.5 * len(FILES[BIG])
    room.forget()
    again = room.plan(manifest())
    assert again.all_items[0].parcel.headers["Authorization"] == "Bearer hf_right"
    assert "hf_right" not in repr(again)


def test_a_cache_that_cannot_be_written_serves_what_it_has(room: Room) -> None:
    room.server.publish(REPOSITORY, FILES)
    first = room.pull(manifest())
    room.forget()
    storage = room.root / "hub" / "models--owner--model"
    shutil.rmtree(storage / "snapshots")
    (storage / "snapshots").write_text("in the way")
    assert room.pull(manifest()) == first


def test_what_the_hub_answers_becomes_a_sentence(room: Room, server: TestingHub) -> None:
    with pytest.raises(MissingModelError, match="knows no repository owner/model"):
        room.pull(manifest())
    server.publish(REPOSITORY, FILES)
    server.fail("/revision/", 500, 429)
    assert room.pull(manifest()), "what may pass is tried again"
    room.forget()
    server.fail("/revision/", 500, 500, 500, 500)
    with pytest.raises(MissingModelError, match=r"answered 500.*4 times"):
        room.pull(manifest())
    server.fail("/revision/", 403)
    with pytest.raises(MissingModelError, match=r"refuses.*403.*accept the licence"):
        room.pull(manifest())
    with pytest.raises(MissingModelError, match="no name of a repository"):
        room.pull(manifest(source("*", repository="a/b/c d")))
    room.environment["HF_ENDPOINT"] = "http://127.0.0.1:9"
    with pytest.raises(MissingModelError, match=r"connection to http://127\.0\.0\.1:9/owner/model broke"):
        room.pull(manifest())


def test_offline_works_with_what_is_in_the_cache(room: Room) -> None:
    room.server.publish(REPOSITORY, FILES)
    room.environment["HF_HUB_OFFLINE"] = "1"
    with pytest.raises(MissingModelError, match="HF_HUB_OFFLINE forbids"):
        room.pull(manifest())
    room.environment.clear()
    first = room.pull(manifest())
    room.forget()
    room.environment["HF_HUB_OFFLINE"] = "1"
    room.server.reset_counts()
    assert room.pull(manifest()) == first
    assert room.server.requests == []
    with pytest.raises(MissingModelError, match=r"original/checkpoint.safetensors of owner/model at .* HF_HUB_OFFLINE forbids"):
        room.pull(manifest(source("model_index.json", "original/*"), model="more"))


def test_several_sources_make_one_folder_and_one_revision(room: Room) -> None:
    room.server.publish(REPOSITORY, FILES)
    room.server.publish("other/encoder", {"deep/er/config.json": b"{}", "deep/er/model.safetensors": noise(50_000)})
    both = manifest(
        source("transformer/*.json"),
        source("*.json", "*.safetensors", repository="other/encoder", subfolder="deep/er", into="text_encoder"),
    )
    lock = room.pull(both)
    assert [file.path for file in lock.files] == [
        "transformer/config.json",
        "text_encoder/config.json",
        "text_encoder/model.safetensors",
    ]
    assert len(lock.revision) == 16
    room.server.publish("other/encoder", {"deep/er/config.json": b"{ }", "deep/er/model.safetensors": noise(50_000)})
    assert room.pull(both, update=True).revision != lock.revision
    clash = manifest(
        source("transformer/config.json"),
        source("config.json", repository="other/encoder", subfolder="deep/er", into="transformer"),
    )
    with pytest.raises(InputError, match=r"would both be 'transformer/config\.json'"):
        room.pull(clash)


def test_plain_web_files(room: Room, server: TestingHub) -> None:
    data = noise(500_000, 5)
    server.files["v1/net.pth"] = data
    server.cut("v1/net.pth", after_bytes=100_000, times=3)
    folder = f"{server.endpoint}/files/v1"
    with pytest.raises(InputError, match="is a pickle"):
        room.pull(manifest(source("net.pth", repository=folder)))
    stated = manifest(source(SourceFile(path="net.pth", size_bytes=len(data), sha256=sha256(data)), repository=folder))
    lock = room.pull(stated)
    assert (room.shelf.folder("model") / "net.pth").read_bytes() == data
    assert server.sent["v1/net.pth"] < 1.5 * len(data)
    assert verify(room.shelf, "model") == ()
    assert room.shelf.fitted(stated).revision == lock.revision != "unpinned"
    with pytest.raises(MissingModelError, match="it is another file now"):
        room.pull(manifest(source(SourceFile(path="net.pth", size_bytes=7, sha256="1" * 64), repository=folder), model="b"))
    with pytest.raises(MissingModelError, match="answered 404"):
        room.pull(manifest(source(SourceFile(path="gone.pth", sha256="1" * 64), repository=folder), model="c"))
    with pytest.raises(InputError, match="no https address"):
        room.pull(manifest(source("a.safetensors", repository="http://example.org/files"), model="d"))


def test_the_hugging_face_cache_is_shared_both_ways(room: Room) -> None:
    """Files that huggingface_hub fetched are not fetched again, and it finds those that we fetched."""
    commit = room.server.publish(REPOSITORY, FILES)
    cache = str(room.root / "hub")
    script = (
        "import sys; from huggingface_hub import hf_hub_download\n"
        f"print(hf_hub_download({REPOSITORY!r}, sys.argv[1], local_files_only=len(sys.argv) > 2))"
    )
    environment = {**os.environ, "HF_ENDPOINT": room.server.endpoint, "HF_HUB_CACHE": cache, "HF_HUB_DISABLE_TELEMETRY": "1"}

    def theirs(*arguments: str) -> Path:
        said = subprocess.run(
            [sys.executable, "-c", script, *arguments], env=environment, check=True, capture_output=True, text=True
        )
        return Path(said.stdout.strip())

    theirs(BIG)
    assert room.server.sent[BIG] == len(FILES[BIG])
    room.pull(manifest())
    assert room.server.sent[BIG] == len(FILES[BIG]), "it was in the cache"
    found = theirs("transformer/config.json", "offline")
    assert found.read_bytes() == FILES["transformer/config.json"]
    assert commit in str(found)


def test_offline_with_a_cache_that_another_tool_filled(room: Room) -> None:
    room.server.publish(REPOSITORY, FILES)
    first = room.pull(manifest())
    room.forget()
    for listing in (room.root / "hub").glob("*/trees/*"):
        listing.unlink()
    room.environment["HF_HUB_OFFLINE"] = "1"
    assert room.pull(manifest()) == first


def test_two_pulls_of_one_model_do_not_meet(room: Room) -> None:
    room.server.publish(REPOSITORY, FILES)
    with (
        one_at_a_time(room.shelf.root, "model"),
        pytest.raises(LockedError, match=f"Process {os.getpid()} is at work") as caught,
    ):
        room.pull(manifest())
    assert caught.value.pid == os.getpid()
    assert room.pull(manifest())


def test_two_models_that_share_files_fetch_them_once(room: Room) -> None:
    data = noise(2_000_000, 6)
    room.server.publish(REPOSITORY, {"a.safetensors": data})
    models = [manifest(source("a.safetensors"), model=name) for name in ("one", "two")]
    threads = [threading.Thread(target=room.pull, args=(model,)) for model in models]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert room.server.sent["a.safetensors"] == len(data)
    assert all(verify(room.shelf, name) == () for name in ("one", "two"))
    assert list((room.root / "hub").rglob(f"*{PARTIAL}")) == []


def test_files_of_others_are_not_overwritten(room: Room) -> None:
    room.server.publish(REPOSITORY, FILES)
    mine = room.shelf.folder("model") / "mine.txt"
    mine.parent.mkdir(parents=True)
    mine.write_text("precious")
    with pytest.raises(InputError, match="did not put there"):
        room.pull(manifest())
    assert mine.read_text() == "precious"


@pytest.mark.parametrize("path", ["../evil.safetensors", "/evil.safetensors", "a/../../evil.safetensors", "lock.json"])
def test_names_that_lead_elsewhere_are_refused(room: Room, path: str) -> None:
    room.server.publish(REPOSITORY, {path: noise(20_000)})
    with pytest.raises(InputError):
        room.pull(manifest(source("**")))
    assert not list(room.root.rglob("evil*"))
    assert not room.shelf.folder("model").exists()


def test_links_stay_true_when_the_volume_is_mounted_elsewhere(room: Room, tmp_path: Path) -> None:
    room.server.publish(REPOSITORY, FILES)
    room.pull(manifest())
    elsewhere = tmp_path.with_name(f"{tmp_path.name}-elsewhere")
    tmp_path.rename(elsewhere)
    try:
        assert Room(elsewhere, room.server).shelf.find(manifest()) is not None
    finally:
        elsewhere.rename(tmp_path)


def test_removing_keeps_the_cache_unless_told_and_spares_what_others_use(room: Room) -> None:
    room.server.publish(REPOSITORY, FILES)
    room.pull(manifest())
    room.pull(manifest(source("transformer/config.json"), model="other"))
    remove(room.shelf, "model", room.hub)
    assert room.shelf.find(manifest()) is None
    room.server.reset_counts()
    room.pull(manifest())
    assert room.server.sent_bytes == 0
    lock = (room.shelf.folder("model") / "lock.json").stat().st_size
    assert remove(room.shelf, "model", room.hub, cache=True) == len(FILES[BIG]) + len(FILES["model_index.json"]) + lock
    assert verify(room.shelf, "other") == ()
    room.pull(manifest())
    assert room.server.sent_bytes == len(FILES[BIG]) + len(FILES["model_index.json"])
    with pytest.raises(MissingModelError):
        remove(room.shelf, "nothing", room.hub)
