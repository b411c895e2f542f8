"""The crew: workers and models kept from one run to the next, and nothing left behind however a film ends."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from stock import memory, stocked

from cinema.catalog import Catalog
from cinema.errors import Cancelled
from cinema.events import Event, Listener, ModelEvicted, ModelLoaded, TaskStarted, WorkerDied, nobody
from cinema.plan.task import Task
from cinema.render import Crew, RunResult, Store, run
from cinema.schedule.model import DeviceFacts
from cinema.settings import Settings
from cinema.testing.catalog import testing_catalog
from cinema.testing.graph import schedule_tasks, sound, speech, stage_of

pytestmark = pytest.mark.slow

ONE = (DeviceFacts(name="cpu", title="one slot", memory_bytes=4_000_000_000, slots=1),)
TWO = (DeviceFacts(name="cpu", title="two slots", memory_bytes=4_000_000_000, slots=2),)


def of(kind: type, events: list[Event]) -> list:
    return [event for event in events if isinstance(event, kind)]


def one_run(
    store: Store,
    tasks: list[Task],
    catalog: Catalog,
    crew: Crew | None,
    *,
    devices: tuple[DeviceFacts, ...] = ONE,
    listener: Listener = nobody,
) -> RunResult:
    settings = Settings()
    schedule = schedule_tasks(tasks, store, catalog, settings, devices)
    known = {task.key: task for task in tasks}
    return run(
        schedule, known, store=store, catalog=catalog, settings=settings, stage_of=stage_of, listener=listener, crew=crew
    )


def children() -> set[int]:
    """Every living descendant of this process, by /proc."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            except OSError:
                continue
            if state != "Z":
                parents[int(folder.name)] = int(parent)
    found: set[int] = set()
    ahead = [os.getpid()]
    while ahead:
        parent = ahead.pop()
        ahead += [pid for pid, above in parents.items() if above == parent]
        found.update(pid for pid, above in parents.items() if above == parent)
    return found


def test_workers_and_models_stay_for_the_next_run(tmp_path: Path) -> None:
    catalog = stocked(tmp_path, {"heavy": ""})
    note = tmp_path / "note"
    before = children()
    heard: list[Event] = []
    with Store.open(tmp_path / "s") as store:
        with Crew() as crew:
            first = one_run(store, [speech(f"loaded:{note}", model="heavy")], catalog, crew, listener=heard.append)
            assert len(children() - before) == 1
            again: list[Event] = []
            later = [sound(f"loaded:{note}", model="heavy"), sound("other")]
            second = one_run(store, later, catalog, crew, listener=again.append)
        assert children() == before
        alone: list[Event] = []
        one_run(store, [speech(f"loaded:{note}", 2, model="heavy")], catalog, None, listener=alone.append)
        assert children() == before
    assert not first.failures
    assert not second.failures
    pids = [line.split()[0] for line in note.read_text().splitlines()]
    assert pids[0] == pids[1] != pids[2]
    assert [event.model for event in of(ModelLoaded, heard)] == ["heavy"]
    assert [event.model for event in of(ModelLoaded, again)] == ["testing-sound"]
    assert not of(ModelEvicted, heard)
    assert {event.reason for event in of(ModelEvicted, again)} == {"the work is done"}
    assert [event.model for event in of(ModelLoaded, alone)] == ["heavy"]
    assert not of(WorkerDied, [*heard, *again, *alone])


def test_what_the_next_run_does_not_need_goes_when_room_is_needed(tmp_path: Path) -> None:
    catalog = testing_catalog(tmp_path / "catalog", dict.fromkeys(("one", "two", "three"), memory(peak=400)))
    card = (DeviceFacts(name="cpu", title="small", memory_bytes=1000, slots=1),)
    heard: list[Event] = []
    with Store.open(tmp_path / "s") as store, Crew() as crew:
        one_run(store, [speech("a", model="one"), speech("b", model="two")], catalog, crew, devices=card)
        first = speech("c", model="three")
        tasks = [first, speech("d", model="two", inputs=(first.key,))]
        one_run(store, tasks, catalog, crew, devices=card, listener=heard.append)
        moves = [(type(event).__name__, event.model) for event in heard if isinstance(event, ModelLoaded | ModelEvicted)]
    assert moves == [("ModelEvicted", "one"), ("ModelLoaded", "three")]


def test_a_second_run_uses_more_slots_where_it_has_more_tasks(tmp_path: Path) -> None:
    catalog = testing_catalog(tmp_path / "catalog")
    before = children()
    with Store.open(tmp_path / "s") as store, Crew() as crew:
        one_run(store, [speech("a")], catalog, crew, devices=TWO)
        assert len(crew.slots) == 1
        one_run(store, [speech(f"slow:1 {number}", number) for number in range(2)], catalog, crew, devices=TWO)
        assert len(crew.slots) == len(children() - before) == 2
        one_run(store, [speech("b")], catalog, crew, devices=TWO)
        assert len(children() - before) == 2
    assert children() == before


def test_a_kept_worker_that_died_between_runs_is_replaced(tmp_path: Path) -> None:
    catalog = testing_catalog(tmp_path / "catalog")
    heard: list[Event] = []
    with Store.open(tmp_path / "s") as store, Crew() as crew:
        one_run(store, [speech("a")], catalog, crew)
        worker = crew.slots[0].worker
        assert worker is not None
        worker.kill()
        task = speech("b")
        result = one_run(store, [task], catalog, crew, listener=heard.append)
    assert set(result.artefacts) == {task.key}
    assert len(of(WorkerDied, heard)) == 1


def stop(error: BaseException | None, cancel: threading.Event) -> Callable[[Event], None]:
    def listen(event: Event) -> None:
        if isinstance(event, TaskStarted):
            cancel.set()
            if error is not None:
                raise error

    return listen


@pytest.mark.parametrize("error", [None, KeyboardInterrupt(), ValueError("a listener's")])
def test_a_run_that_ends_badly_leaves_no_worker_and_the_crew_can_go_on(tmp_path: Path, error: BaseException | None) -> None:
    catalog = testing_catalog(tmp_path / "catalog")
    before = children()
    cancel = threading.Event()
    with Store.open(tmp_path / "s") as store, Crew(cancel) as crew:
        one_run(store, [speech("a"), speech("b")], catalog, crew, devices=TWO)
        assert len(children() - before) == 2
        with pytest.raises(type(error) if error is not None else Cancelled):
            one_run(store, [speech("hang")], catalog, crew, devices=TWO, listener=stop(error, cancel))
        assert children() == before, "gone at once, not only when the crew is closed"
        cancel.clear()
        task = speech("c")
        assert set(one_run(store, [task], catalog, crew, devices=TWO).artefacts) == {task.key}
        assert list(store.work.iterdir()) == []
    assert children() == before
