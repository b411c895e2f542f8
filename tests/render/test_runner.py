"""Runs with real worker processes: what they do well, and what they do to each other when they misbehave."""

import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cinema.catalog import Catalog
from cinema.errors import (
    Cancelled,
    CinemaError,
    DoesNotFitError,
    InputError,
    MissingModelError,
    OutOfDiskError,
    TaskFailedError,
)
from cinema.events import (
    Event,
    ModelEvicted,
    ModelLoaded,
    StageAdvanced,
    StageFinished,
    StageStarted,
    TaskFailed,
    TaskFinished,
    TaskStarted,
    Warned,
    WorkerDied,
)
from cinema.plan.task import ImageRequest, Task, UpscaleRequest, VideoRequest
from cinema.render import Store, run
from cinema.schedule.model import DeviceFacts, Schedule
from cinema.settings import Settings
from cinema.testing.catalog import testing_catalog
from cinema.testing.graph import music, run_tasks, schedule_tasks, small_film, sound, speech, stage_of
from cinema.timebase import RATES

pytestmark = pytest.mark.slow

ONE = (DeviceFacts(name="cpu", title="one slot", memory_bytes=4_000_000_000, slots=1),)


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return testing_catalog(tmp_path_factory.mktemp("catalog"))


def of(kind: type, events: list[Event]) -> list:
    return [event for event in events if isinstance(event, kind)]


def test_a_graph_is_made_once_and_again_not_at_all(tmp_path: Path, catalog: Catalog) -> None:
    tasks = small_film(20)
    heard: list[Event] = []
    result = run_tasks(tmp_path, [*tasks, *tasks[:5]], catalog, listener=heard.append)
    assert not result.failures
    assert set(result.artefacts) == {task.key for task in tasks}
    assert len(of(TaskFinished, heard)) == len(tasks) == len(of(TaskStarted, heard))
    finished: set[str] = set()
    known = {task.key: task for task in tasks}
    for event in heard:
        if isinstance(event, TaskStarted):
            assert finished >= set(known[event.key].inputs)
        elif isinstance(event, TaskFinished):
            finished.add(event.key)
    assert {event.stage for event in of(StageStarted, heard)} == {"speech", "sound"}
    assert {event.stage for event in of(StageFinished, heard)} == {"speech", "sound"}
    assert of(StageAdvanced, heard)[-1].fraction == 1.0
    assert all("needed for" in event.reason for event in of(ModelLoaded, heard))
    making = result.artefacts[tasks[0].key].making
    assert (making.model, making.role, making.device, making.attempt) == ("testing-speech", "speech", "cpu", 1)
    assert making.peak_bytes > 1_000_000
    with Store.open(tmp_path) as store:
        assert {row.status for row in store.runs.rows()} == {"committed"}
        assert list(store.work.iterdir()) == []
    again: list[Event] = []
    second = run_tasks(tmp_path, tasks, catalog, listener=again.append)
    assert second.artefacts == result.artefacts
    assert {type(event) for event in again} == {StageStarted, StageFinished}


def test_one_flipped_byte_makes_that_artefact_alone_again(tmp_path: Path, catalog: Catalog) -> None:
    tasks = small_film(2)
    first = run_tasks(tmp_path, tasks, catalog)
    for task in tasks:
        path = first.artefacts[task.key].path
        data = bytearray(path.read_bytes())
        data[-1] ^= 0x80
        path.write_bytes(data)
        heard: list[Event] = []
        again = run_tasks(tmp_path, tasks, catalog, listener=heard.append, devices=ONE)
        assert [event.key for event in of(TaskStarted, heard)] == [task.key]
        assert len(of(Warned, heard)) == 1
        assert [one.files for one in again.artefacts.values()] == [one.files for one in first.artefacts.values()]


def test_damage_after_scheduling_is_repaired_too(tmp_path: Path, catalog: Catalog) -> None:
    tasks = {task.key: task for task in small_film(4)}
    settings = Settings(workers=1)
    made = run_tasks(tmp_path, tasks.values(), catalog, settings=settings).artefacts
    with Store.open(tmp_path) as store:
        schedule = schedule_tasks(tasks.values(), store, catalog, settings)
        assert schedule.batches == ()
        victim = next(iter(made.values()))
        victim.path.unlink()
        result = run(schedule, tasks, store=store, catalog=catalog, settings=settings, stage_of=stage_of)
        assert set(result.artefacts) == set(tasks)
        assert victim.path.is_file()


def test_misbehaviour_harms_nobody_else(tmp_path: Path, catalog: Catalog) -> None:
    """Crashes and unknown errors are tried again; refusals are final; whoever depends on a failure is not run."""
    crash_once, fail_once = speech(f"crash-once:{tmp_path}/c"), speech(f"fail-once:{tmp_path}/f")
    crash, fail = speech("crash always"), speech("fail always")
    refuse, memory = speech("input-error"), speech("out-of-memory")
    user = sound("needs the crash", inputs=(crash.key,))
    users_user = music("needs what needs it", inputs=(user.key,))
    good = small_film(10)
    heard: list[Event] = []
    odd = [crash_once, fail_once, crash, fail, refuse, memory, user, users_user]
    result = run_tasks(tmp_path / "s", [*odd, *good], catalog, listener=heard.append, settings=Settings(workers=2, attempts=3))
    assert set(result.artefacts) == {task.key for task in (*good, crash_once, fail_once)}
    kinds = {key: type(error) for key, error in result.failures.items()}
    assert kinds == {
        crash.key: TaskFailedError,
        fail.key: TaskFailedError,
        refuse.key: InputError,
        memory.key: DoesNotFitError,
        user.key: TaskFailedError,
        users_user.key: TaskFailedError,
    }
    assert "killed by signal 9" in str(result.failures[crash.key])
    assert "'needs the crash' was not made, since 'crash always'" in str(result.failures[user.key])
    assert "RuntimeError: told to fail" in str(result.failures[fail.key])
    assert result.artefacts[crash_once.key].making.attempt == 2
    assert [event.key for event in of(WorkerDied, heard)].count(crash.key) == 3
    assert {event.exit_status for event in of(WorkerDied, heard)} == {-signal.SIGKILL}
    attempts = {task.key: [event.final for event in of(TaskFailed, heard) if event.key == task.key] for task in odd}
    assert attempts[crash.key] == attempts[fail.key] == [False, False, True]
    assert attempts[refuse.key] == attempts[memory.key] == [True]
    assert attempts[crash_once.key] == attempts[fail_once.key] == [False]
    assert not attempts[user.key]
    assert 'raise RuntimeError("told to fail")' in (tmp_path / "s" / "worker.log").read_text()
    with Store.open(tmp_path / "s") as store:
        statuses = {task.label.split(":")[0]: [] for task in odd}
        for row in store.runs.rows():
            for task in odd:
                if task.key == row.key:
                    statuses[task.label.split(":")[0]].append(row.status)
        assert statuses["crash always"] == ["died"] * 3
        assert statuses["fail-once"] == ["failed", "committed"]
        assert statuses["needs the crash"] == []


def test_what_a_library_prints_goes_to_the_log(tmp_path: Path, catalog: Catalog) -> None:
    result = run_tasks(tmp_path, [speech(f"noise {number}", number) for number in range(5)], catalog)
    assert len(result.artefacts) == 5
    log = (tmp_path / "worker.log").read_text()
    assert log.count("a library talks") == log.count("and so does the one below it") == 5


def cancelled(folder: Path, tasks: list[Task], catalog: Catalog, when: Callable[[Event], bool]) -> list[Event]:
    """Run, and ask to stop at the first event that `when` accepts."""
    cancel, heard = threading.Event(), list[Event]()

    def listen(event: Event) -> None:
        heard.append(event)
        if when(event):
            cancel.set()

    with pytest.raises(Cancelled):
        run_tasks(folder, tasks, catalog, listener=listen, cancel=cancel)
    return heard


def test_a_wish_to_stop_is_met_at_the_next_step(tmp_path: Path, catalog: Catalog) -> None:
    tasks = [*(speech(f"line {number}") for number in range(4)), *(sound(f"slow:6 {number}") for number in range(2))]
    heard = cancelled(tmp_path, tasks, catalog, lambda event: isinstance(event, StageAdvanced) and event.fraction > 0)
    assert not of(WorkerDied, heard)
    assert not of(TaskFailed, heard)
    with Store.open(tmp_path) as store:
        assert list(store.work.iterdir()) == []
        statuses = {row.key: row.status for row in store.runs.rows()}
        made = store.cached(task.key for task in tasks)
    assert {key for key, status in statuses.items() if status == "committed"} == made
    assert "cancelled" in statuses.values()
    assert set(statuses.values()) <= {"committed", "cancelled"}


def test_what_never_steps_is_killed_when_asked_to_stop(tmp_path: Path, catalog: Catalog) -> None:
    note = tmp_path / "pids"
    tasks = [speech(f"note:{note}"), speech("hang", inputs=(speech(f"note:{note}").key,))]
    hanging = tasks[1].key
    cancelled(tmp_path / "s", tasks, catalog, lambda event: isinstance(event, TaskStarted) and event.key == hanging)
    for pid in note.read_text().split():
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid), 0)
    with Store.open(tmp_path / "s") as store:
        assert store.cached(task.key for task in tasks) == {tasks[0].key}
        assert [row.status for row in store.runs.rows()] == ["committed", "cancelled"]


def test_a_wish_to_stop_before_the_start_starts_nothing(tmp_path: Path, catalog: Catalog) -> None:
    cancel = threading.Event()
    cancel.set()
    heard: list[Event] = []
    with pytest.raises(Cancelled):
        run_tasks(tmp_path, [speech("a")], catalog, cancel=cancel, listener=heard.append)
    assert not of(TaskStarted, heard)


def test_workers_die_with_their_runner(tmp_path: Path, catalog: Catalog) -> None:
    code = (
        "import sys; from pathlib import Path; from cinema.catalog import Catalog\n"
        "from cinema.testing.graph import run_tasks, speech, sound\n"
        "catalog, folder = Catalog(Path(sys.argv[1]), Path(sys.argv[2])), Path(sys.argv[3])\n"
        "first = speech(f'note:{folder}/pids')\n"
        "run_tasks(folder / 's', [first, speech('hang', inputs=(first.key,))], catalog)\n"
    )
    arguments = [str(catalog.models_dir), str(catalog.configs_dir), str(tmp_path)]
    runner = subprocess.Popen([sys.executable, "-c", code, *arguments])
    log = tmp_path / "s" / "runs.jsonl"
    wait_for(lambda: log.is_file() and log.read_text().count('"started"') == 2)
    pid = int((tmp_path / "pids").read_text())
    os.kill(pid, 0)
    runner.kill()
    runner.wait()
    wait_for(lambda: is_gone(pid))
    assert set(run_tasks(tmp_path / "s", [speech(f"note:{tmp_path}/pids")], catalog).artefacts)


def is_gone(pid: int) -> bool:
    try:
        return "Z (zombie)" in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True


def wait_for(condition: Callable[[], bool], seconds: float = 120.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.02)


def test_a_model_may_have_an_interpreter_of_its_own(tmp_path: Path) -> None:
    script = tmp_path / "python"
    script.write_text(f'#!/bin/sh\nIN_WRAPPER=yes exec "{sys.executable}" "$@"\n')
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    catalog = testing_catalog(
        tmp_path / "catalog",
        {"apart": f'interpreter = "{script}"\n', "nowhere": f'interpreter = "{tmp_path}/no-such-python"\n'},
    )
    word = "environment:IN_WRAPPER"
    here, apart = speech(word), speech(word, model="apart")
    lost = speech("x", model="nowhere")
    heard: list[Event] = []
    result = run_tasks(tmp_path / "s", [here, apart, lost], catalog, devices=ONE, listener=heard.append)
    hashes = {result.artefacts[task.key].files[0].sha256 for task in (here, apart)}
    assert len(hashes) == 2
    error = result.failures[lost.key]
    assert isinstance(error, MissingModelError)
    assert "no-such-python" in str(error)
    assert any("needs another interpreter" in event.reason for event in of(ModelEvicted, heard))
    assert not of(WorkerDied, heard)


def test_a_model_that_cannot_be_loaded_says_why(tmp_path: Path) -> None:
    catalog = testing_catalog(tmp_path / "catalog", {"broken": "settings = { load_fails = true }\n"})
    tasks = [speech("a", model="broken"), speech("b", model="broken"), speech("c")]
    result = run_tasks(tmp_path / "s", tasks, catalog, settings=Settings(workers=1, attempts=2))
    assert set(result.artefacts) == {tasks[2].key}
    assert all("No module named 'absent'" in str(result.failures[task.key]) for task in tasks[:2])


def test_models_leave_when_another_needs_the_room_furthest_next_use_first(tmp_path: Path) -> None:
    memory = '[[memory]]\nload_plan = "resident"\nprecision = "native"\npeak_bytes = 400\nmeasured = true\n'
    catalog = testing_catalog(tmp_path / "catalog", dict.fromkeys(("one", "two", "three"), memory))
    card = (DeviceFacts(name="cpu", title="small", memory_bytes=1000, slots=1),)
    first, second = speech("1", model="one"), speech("2", model="two")
    third = speech("3", model="three", inputs=(first.key, second.key))
    fourth = speech("4", model="one", inputs=(third.key,))
    heard: list[Event] = []
    result = run_tasks(tmp_path / "s", [first, second, third, fourth], catalog, devices=card, listener=heard.append)
    assert not result.failures
    moves = [
        (type(event).__name__, event.model)
        for event in heard
        if isinstance(event, ModelLoaded | ModelEvicted) and "work is done" not in event.reason
    ]
    assert sorted(moves[:2]) == [("ModelLoaded", "one"), ("ModelLoaded", "two")]
    assert moves[2:] == [("ModelEvicted", "two"), ("ModelLoaded", "three")]
    gone = of(ModelEvicted, heard)[0]
    assert gone.reason == "three needs 400 B of 1.0 kB, and this is not used again"


def test_no_more_workers_hold_a_large_model_than_the_memory_does_also_when_damage_is_repaired(tmp_path: Path) -> None:
    memory = '[[memory]]\nload_plan = "resident"\nprecision = "native"\npeak_bytes = 400\nmeasured = true\n'
    catalog = testing_catalog(tmp_path / "catalog", {"large": memory})
    cpu = (DeviceFacts(name="cpu", title="four cores", memory_bytes=1000, slots=4),)
    tasks = {task.key: task for task in (speech(f"line {number}", model="large") for number in range(8))}
    heard: list[Event] = []
    first = run_tasks(tmp_path / "s", tasks.values(), catalog, devices=cpu, listener=heard.append)
    assert not first.failures
    assert 1 <= len(of(ModelLoaded, heard)) <= 2
    heard.clear()
    with Store.open(tmp_path / "s") as store:
        everything = Schedule(mode="testing", batches=(), cached=tuple(tasks), devices=cpu)
        for made in first.artefacts.values():
            made.path.unlink()
        again = run(
            everything, tasks, store=store, catalog=catalog, settings=Settings(), stage_of=stage_of, listener=heard.append
        )
    assert set(again.artefacts) == set(tasks)
    assert 1 <= len(of(ModelLoaded, heard)) <= 2


def test_every_role_is_served_at_the_length_that_was_asked_for(tmp_path: Path, catalog: Catalog) -> None:
    def task(role: str, request: object, inputs: tuple[str, ...] = ()) -> Task:
        return Task(role=role, model=f"testing-{role}", revision="1", request=request, seed=1, inputs=inputs)  # type: ignore[arg-type]

    clip = VideoRequest(prompt="p", width_px=64, height_px=48, fps=RATES["23.976"], length_frames=13)
    video = task("video", clip)
    image = task("image", ImageRequest(prompt="p", width_px=64, height_px=48))
    larger = task("upscale", UpscaleRequest(width_px=128, height_px=96), (video.key,))
    with Store.open(tmp_path) as store:
        tasks = {one.key: one for one in (video, image, larger)}
        settings = Settings(workers=1)
        schedule = schedule_tasks(tasks.values(), store, catalog, settings)
        done = run(schedule, tasks, store=store, catalog=catalog, settings=settings, stage_of=lambda _: "picture").artefacts
    assert (done[video.key].facts.frames, done[video.key].facts.fps) == (13, RATES["23.976"])
    assert (done[image.key].facts.width_px, done[image.key].path.suffix) == (64, ".png")
    assert (done[larger.key].facts.frames, done[larger.key].facts.width_px) == (13, 128)


def test_inputs_made_in_an_earlier_run_need_not_be_named_again(tmp_path: Path, catalog: Catalog) -> None:
    line = speech("a")
    run_tasks(tmp_path, [line], catalog)
    user = sound("b", inputs=(line.key,))
    settings = Settings(workers=1)
    with Store.open(tmp_path) as store:
        schedule = schedule_tasks([line, user], store, catalog, settings)
        result = run(schedule, {user.key: user}, store=store, catalog=catalog, settings=settings, stage_of=stage_of)
        assert set(result.artefacts) == {user.key}
        orphan = sound("c", inputs=("0" * 64,))
        child = music("d", inputs=(orphan.key, user.key))
        tasks = {task.key: task for task in (orphan, child, user)}
        result = run(schedule, tasks, store=store, catalog=catalog, settings=settings, stage_of=stage_of)
        assert set(result.artefacts) == {user.key}
        assert set(result.failures) == {orphan.key, child.key}
        assert "an artefact that it needs is missing" in str(result.failures[child.key])
        batch = schedule.batches[0]
        strange = Schedule(mode="testing", batches=(batch,), devices=())
        fresh = sound("d")
        with pytest.raises(CinemaError):
            run(strange, {fresh.key: fresh}, store=store, catalog=catalog, settings=settings, stage_of=stage_of)


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 3 MB."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"this user cannot mount a small disk: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_loses_nothing(tiny_disk: Path, catalog: Catalog) -> None:
    tasks = [speech(f"bytes:{300_000 + number}", number) for number in range(20)]
    heard: list[Event] = []
    with pytest.raises(OutOfDiskError) as full:
        run_tasks(tiny_disk / "s", tasks, catalog, listener=heard.append)
    assert str(tiny_disk) in str(full.value)
    with Store.open(tiny_disk / "s") as store:
        made = store.cached(task.key for task in tasks)
        assert store.verify_all() == ()
    assert {event.key for event in of(TaskFinished, heard)} <= made
    assert made
    subprocess.run(["mount", "-o", "remount,size=64m", str(tiny_disk)], check=True)
    again: list[Event] = []
    result = run_tasks(tiny_disk / "s", tasks, catalog, listener=again.append)
    assert len(result.artefacts) == len(tasks)
    assert not {event.key for event in of(TaskStarted, again)} & made


def test_a_commit_that_fails_ends_the_run_and_loses_nothing(tmp_path: Path, catalog: Catalog) -> None:
    first, later = speech("first"), speech("later", inputs=(speech("first").key,))

    def spoil(event: Event) -> None:
        if isinstance(event, TaskFinished):
            for number in range(256):
                (tmp_path / "objects" / f"{number:02x}").touch()  # a file where a folder is wanted

    with pytest.raises(OutOfDiskError, match="objects"):
        run_tasks(tmp_path, [first, later], catalog, listener=spoil)
    result = run_tasks(tmp_path, [first, later], catalog)
    assert len(result.artefacts) == 2
    with Store.open(tmp_path) as store:
        assert [row.key for row in store.runs.rows()] == [first.key, later.key, later.key]


def test_a_listener_that_raises_leaves_no_worker_behind(tmp_path: Path, catalog: Catalog) -> None:
    def listen(event: Event) -> None:
        if isinstance(event, TaskFinished):
            raise KeyboardInterrupt

    note = tmp_path / "pids"
    with pytest.raises(KeyboardInterrupt):
        run_tasks(tmp_path / "s", [speech(f"note:{note}"), speech("hang")], catalog, listener=listen)
    for pid in note.read_text().split():
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid), 0)
    with Store.open(tmp_path / "s") as store:
        assert list(store.work.iterdir()) == []
