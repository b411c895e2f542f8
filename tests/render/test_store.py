"""The store: atomic, content-addressed, locked, and honest about damage."""

import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import pytest

from cinema.adapters.contract import Product, ProductFile
from cinema.artefact import Artefact, Making, MediaFacts
from cinema.errors import CinemaError, InputError, LockedError, OutOfDiskError
from cinema.events import Event, Warned
from cinema.identity import file_digest
from cinema.plan.task import Task
from cinema.render import Finished, OverrideRow, Store
from cinema.render.disk import is_disk_trouble, out_of_disk
from cinema.render.record import VERSION, Record
from cinema.render.runlog import RunLog
from cinema.testing.graph import speech

MAKING = Making(
    model="testing-speech",
    revision="1",
    role="speech",
    seed=0,
    device="cpu",
    seconds=0.5,
    peak_bytes=1,
    attempt=1,
    made_at="2026-11-21T00:00:00+00:00",
)
FACTS = MediaFacts(kind="video", frames=12, fps=Fraction(24000, 1001), width_px=2, height_px=2)


def produce(store: Store, task: Task, content: bytes, name: str = "clip.mp4", also: bytes | None = None) -> Finished:
    """A product in a folder of the store's own, as a worker leaves it."""
    folder = store.work / task.key
    folder.mkdir()
    (folder / name).write_bytes(content)
    files = [ProductFile(name=name, facts=FACTS)]
    if also is not None:
        (folder / "marks.json").write_bytes(also)
        files.append(ProductFile(name="marks.json", facts=MediaFacts(kind="data")))
    return Finished(task, folder, Product(files=tuple(files)), MAKING)


def commit(store: Store, task: Task, content: bytes, **more: object) -> Artefact:
    return store.commit(*produce(store, task, content, **more))  # type: ignore[arg-type]


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    stat = path.stat()
    path.write_bytes(data)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def test_what_is_committed_is_there_after_reopening(tmp_path: Path) -> None:
    task = speech("a")
    with Store.open(tmp_path / "s") as store:
        made = commit(store, task, b"picture", also=b"{}")
        assert not (store.work / task.key).exists()
    with Store.open(tmp_path / "s") as store:
        found = store.get(task.key)
        assert found == made
        assert found is not None
        assert found.making == MAKING
        assert found.facts == FACTS
        assert found.path.read_bytes() == b"picture"
        assert [file.name for file in found.files] == ["clip.mp4", "marks.json"]
        assert found.find("marks.json") == found.paths[1]
        assert found.path == store.folder / "objects" / found.files[0].sha256[:2] / f"{found.files[0].sha256}.mp4"
        assert store.get("0" * 64) is None
        assert store.cached([task.key, "0" * 64]) == {task.key}


def test_a_committed_task_keeps_its_first_artefact(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        first = commit(store, speech("a"), b"one")
        second = commit(store, speech("a"), b"another")
        assert second == first
        assert first.path.read_bytes() == b"one"
        assert list(store.work.iterdir()) == []


def test_equal_bytes_are_one_object(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        group = [produce(store, speech(text), b"same") for text in "abc"]
        paths = {artefact.path for artefact in store.commit_all(group)}
        assert len(paths) == 1
        assert sum(path.is_file() for path in (tmp_path / "objects").rglob("*")) == 1


def test_a_flipped_byte_is_noticed_and_that_key_alone_is_forgotten(tmp_path: Path) -> None:
    tasks = [speech(text) for text in "abcd"]
    for victim in tasks:
        with Store.open(tmp_path) as store:
            for task in tasks:
                commit(store, task, task.label.encode() * 50)
            path = store.get(victim.key).path  # type: ignore[union-attr]
        flip(path)
        heard: list[Event] = []
        with Store.open(tmp_path, heard.append) as store:
            keys = [task.key for task in tasks]
            assert store.cached(keys) == set(keys) - {victim.key}
            assert store.get(victim.key) is None
            assert store.verify_all() == ()
        assert [event.where for event in heard if isinstance(event, Warned)] == [str(path)]
        assert not path.exists()


def test_damage_while_the_store_is_open_is_noticed_too(tmp_path: Path) -> None:
    heard: list[Event] = []
    with Store.open(tmp_path, heard.append) as store:
        whole, missing, short = (commit(store, speech(text), text.encode() * 9) for text in ("a", "b", "c"))
        missing.path.unlink()
        short.path.write_bytes(b"c")
        assert store.verify_all() == tuple(sorted((missing.key, short.key)))
        assert store.cached([whole.key, missing.key, short.key]) == {whole.key}
        assert sorted("missing" in event.message for event in heard if isinstance(event, Warned)) == [False, True]


def test_without_verifying_a_flipped_byte_passes(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        path = commit(store, speech("a"), b"12345").path
    flip(path)
    with Store.open(tmp_path) as store:
        assert store.get(speech("a").key, verify=False) is not None
        assert store.get(speech("a").key) is None


def test_a_damaged_object_that_two_share_is_made_again_for_both(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        path = commit(store, speech("a"), b"same").path
        commit(store, speech("b"), b"same")
    flip(path)
    with Store.open(tmp_path) as store:
        assert store.cached([speech("a").key, speech("b").key]) == set()
        assert commit(store, speech("a"), b"same").path.read_bytes() == b"same"


def test_sweeping_removes_only_what_no_row_names(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        kept = commit(store, speech("a"), b"kept")
        orphan = tmp_path / "objects" / "ff" / ("f" * 64 + ".wav")
        orphan.parent.mkdir(exist_ok=True)
        orphan.write_bytes(b"committed by nobody")
        (tmp_path / "objects" / kept.files[0].sha256[:2] / ".x.part").write_bytes(b"half")
        (store.work / "left").mkdir()
        assert store.sweep() == 2
        assert kept.path.is_file()
        assert not orphan.exists()
        assert list(store.work.iterdir()) == []


def test_opening_removes_what_a_killed_run_left(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        (store.work / "half").mkdir()
        (store.work / "half" / "clip.mp4").write_bytes(b"half")
    with Store.open(tmp_path) as store:
        assert list(store.work.iterdir()) == []


def test_a_product_that_lies_is_refused_and_nothing_is_recorded(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        lying = produce(store, speech("a"), b"x")
        (lying.folder / "clip.mp4").unlink()
        with pytest.raises(CinemaError, match="did not"):
            store.commit(*lying)
        (lying.folder / "clip.mp4").symlink_to("/etc/hostname")
        with pytest.raises(CinemaError):
            store.commit(*lying)
        outside = Product(files=(ProductFile(name="../../lock", facts=FACTS),))
        with pytest.raises(InputError, match="would leave"):
            store.commit(lying.task, lying.folder, outside, MAKING)
        assert store.get(lying.task.key) is None


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="there is no second file system to come from")
def test_a_product_from_another_file_system_is_copied_in(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as name, Store.open(tmp_path) as store:
        if Path(name).stat().st_dev == tmp_path.stat().st_dev:
            pytest.skip("temporary files lie in memory here too")
        (Path(name) / "clip.mp4").write_bytes(b"far")
        product = Product(files=(ProductFile(name="clip.mp4", facts=FACTS),))
        made = store.commit(speech("a"), Path(name), product, MAKING)
        assert made.path.read_bytes() == b"far"
        assert file_digest(made.path) == made.files[0].sha256


def test_facts_of_the_film(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        assert store.recall("settings") is None
        store.remember("settings", {"fps": "24"})
        store.remember("settings", {"fps": "25", "list": [1, None]})
    with Store.open(tmp_path) as store:
        assert store.recall("settings") == {"fps": "25", "list": [1, None]}


def test_takes_are_kept_and_numbered(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        assert store.takes("1-1") == ()
        assert store.add_take("1-1", "k1", seed=5) == 1
        assert store.add_take("1-1", "k2", seed=6, prompt="brighter") == 2
        assert store.add_take("1-1", "k1", seed=5) == 1
        assert store.add_take("1-2", "k1", seed=5) == 1
        assert [(take.number, take.key, take.chosen) for take in store.takes("1-1")] == [(1, "k1", False), (2, "k2", True)]
        assert store.choose_take("1-1", 1).seed == 5
        assert [take.chosen for take in store.takes("1-1")] == [True, False]
        assert store.overrides() == {"1-1": OverrideRow(seed=5, prompt=None)}
        for wrong, said in ((0, "it has 2"), (3, "it has 2")):
            with pytest.raises(InputError, match=said):
                store.choose_take("1-1", wrong)
        with pytest.raises(InputError, match="it has none"):
            store.choose_take("9-9", 1)


def test_overrides_are_set_replaced_and_taken_back(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.override("1-2", seed=3)
        store.override("1-1", prompt="dusk")
        store.override("1-2", seed=4, prompt="rain")
        assert store.overrides() == {"1-1": OverrideRow(seed=None, prompt="dusk"), "1-2": OverrideRow(seed=4, prompt="rain")}
        store.override("1-2")
        assert set(store.overrides()) == {"1-1"}


def test_a_second_runner_is_refused_with_the_pid(tmp_path: Path) -> None:
    folder = tmp_path / "film" / ".cinema"
    with Store.open(folder), pytest.raises(LockedError, match=f"process {os.getpid()}") as refused:
        Store.open(folder)
    assert refused.value.pid == os.getpid()
    assert refused.value.exit_code == 6
    with Store.open(folder):
        pass


def test_a_lock_whose_pid_lives_but_does_not_hold_it_is_taken(tmp_path: Path) -> None:
    with Store.open(tmp_path):
        pass
    (tmp_path / "lock").write_text(f"{os.getppid()}\n")
    with Store.open(tmp_path):
        assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"


@pytest.mark.slow
def test_a_dead_holders_lock_is_taken_over(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from cinema.render import Store\n"
        "store = Store.open(Path(sys.argv[1])); print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    with holder.stdout:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(LockedError) as refused:
            Store.open(tmp_path)
        assert refused.value.pid == holder.pid
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    with Store.open(tmp_path):
        pass


def test_a_record_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    with Store.open(tmp_path):
        pass
    with sqlite3.connect(tmp_path / "record.db") as db:
        db.execute(f"PRAGMA user_version={VERSION + 1}")
    db.close()
    with pytest.raises(InputError, match=f"has version {VERSION + 1}"):
        Store.open(tmp_path)
    with pytest.raises(InputError):  # and the lock was given back
        Store.open(tmp_path)


def test_a_record_that_is_no_database_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "record.db").write_bytes(b"not a database, and long enough to be looked at" * 100)
    with pytest.raises(OutOfDiskError, match="is damaged"):
        Store.open(tmp_path)


def test_a_transaction_leaves_no_trace_of_what_failed(tmp_path: Path) -> None:
    record = Record(tmp_path / "record.db")
    row = "INSERT INTO film (name, value) VALUES ('a', '1')"
    with pytest.raises(OutOfDiskError, match="UNIQUE"), record.transaction() as change:
        change.execute_many(row, [(), ()])
    assert record.rows("SELECT * FROM film") == []
    with pytest.raises(OutOfDiskError):
        record.rows("SELECT * FROM nothing")
    record.close()


def test_an_upgrade_goes_one_step_at_a_time_from_an_empty_record(tmp_path: Path) -> None:
    record = Record(tmp_path / "record.db")
    assert record.rows("PRAGMA user_version") == [(VERSION,)]
    assert record.rows("PRAGMA journal_mode") == [("wal",)]
    assert record.rows("PRAGMA synchronous") == [(2,)]
    record.close()


@contextmanager
def file_size_limit(size_bytes: int) -> Iterator[None]:
    """What a full disk is to a process: no file may grow beyond this."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_no_room_for_the_record_loses_nothing(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        kept = commit(store, speech("a"), b"kept")
        next_one = produce(store, speech("b"), b"next")
        with file_size_limit(4096), pytest.raises(OutOfDiskError) as full:
            store.commit(*next_one)
        assert str(tmp_path) in str(full.value)
        assert full.value.exit_code == 5
        with file_size_limit(4096), pytest.raises(OutOfDiskError):
            store.remember("long", "x" * 10_000)
        assert store.get(kept.key) == kept
        assert store.get(speech("b").key) is None
        assert store.recall("long") is None
        assert commit(store, speech("c"), b"after").path.read_bytes() == b"after"


def test_no_room_for_the_log_says_so(tmp_path: Path) -> None:
    log = RunLog(tmp_path / "runs.jsonl")
    log.note("k", 1, "started")
    with file_size_limit(10), pytest.raises(OutOfDiskError, match="No room"):
        log.note("k", 1, "committed")
    log.note("k", 1, "committed")
    assert [row.status for row in log.rows()] == ["committed"]
    log.close()


def test_the_log_of_runs_survives_a_torn_line(tmp_path: Path) -> None:
    path = tmp_path / "runs.jsonl"
    log = RunLog(path)
    log.note("a", 1, "started")
    log.close()
    with path.open("ab") as file:
        file.write(b'{"key":"b","att')
    log = RunLog(path)
    log.note("b", 1, "started")
    log.note("b", 1, "failed")
    log.note("b", 2, "started")
    rows = log.rows()
    log.close()
    assert [(row.key, row.attempt, row.status, bool(row.ended_at)) for row in rows] == [
        ("a", 1, "started", False),
        ("b", 1, "failed", True),
        ("b", 2, "started", False),
    ]
    assert json.loads(path.read_bytes().splitlines()[0])["pid"] == os.getpid()


def test_an_unwritable_place_is_an_error_with_the_path(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutOfDiskError, match="file"):
        Store.open(tmp_path / "file" / ".cinema")
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "lock").mkdir()
    with pytest.raises(OutOfDiskError, match="lock"):
        Store.open(tmp_path / "s")


def test_a_folder_whose_name_is_not_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not UTF-8"):
        Store.open(tmp_path / os.fsdecode(b"film-\xff"))


def test_disk_errors_say_what_to_do(tmp_path: Path) -> None:
    import errno

    assert "read-only" in str(out_of_disk(OSError(errno.EROFS, "Read-only file system"), tmp_path))
    assert "Free some space" in str(out_of_disk(OSError(errno.ENOSPC, "No space left on device"), tmp_path))
    assert "Mend that" in str(out_of_disk(OSError(errno.EIO, "Input/output error", "/x/y"), tmp_path))
    assert is_disk_trouble(OSError(errno.ENOSPC, "full"), tmp_path)
    assert is_disk_trouble(RuntimeError("System error"), tmp_path / "gone")
    assert not is_disk_trouble(RuntimeError("of another kind"), tmp_path)
    assert list(tmp_path.iterdir()) == []
