"""The crew: workers and models kept from one run to the next, and nothing left behind however a film ends."""

import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from stock import FolderShelf, memory, stocked

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
    attempts: int = 3,
) -> RunResult:
    settings = Settings(attempts=attempts)
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


def test_a_worker_that_died_unseen_costs_no_attempt(tmp_path: Path) -> None:
    catalog = testing_catalog(tmp_path / "catalog")
    with Store.open(tmp_path / "s") as store, Crew() as crew:
        one_run(store, [speech("a")], catalog, crew)
        worker = crew.slots[0].worker
        assert worker is not None
        worker.kill()
        worker.exit_status()
        task = speech("b")
        assert set(one_run(store, [task], catalog, crew, attempts=1).artefacts) == {task.key}


# -- from film to film -------------------------------------------------------------------------------------------------


def test_between_films_a_crew_holds_models_and_nothing_else(tmp_path: Path) -> None:
    catalog = stocked(tmp_path, {"heavy": ""})
    heard: list[Event] = []
    later: list[Event] = []
    with Crew() as crew:
        with Store.open(tmp_path / "one") as store:
            one_run(store, [speech("noise 1", model="heavy")], catalog, crew, listener=heard.append)
        assert crew.models == ("heavy",)
        holding = crew.rest()
        assert (holding.models, holding.card_workers, holding.card_bytes) == (("heavy",), 0, 0)
        assert holding.host_bytes > 1_000_000
        assert "a library talks" in (tmp_path / "one" / "worker.log").read_text()
        assert crew.slots[0].worker is not None
        links = [str(link.readlink()) for link in Path(f"/proc/{crew.slots[0].worker.pid}/fd").iterdir()]
        assert not [link for link in links if link.startswith(str(tmp_path))]
        shutil.rmtree(tmp_path / "one")
        count = len(heard)
        with Store.open(tmp_path / "two") as store:
            tasks = [speech("noise 2", model="heavy"), sound("x")]
            result = one_run(store, tasks, catalog, crew, listener=later.append)
        assert not result.failures
        assert "a library talks" in (tmp_path / "two" / "worker.log").read_text()
        crew.rest()
        told = len(later)
    assert len(heard) == count, "who listened to the first film hears nothing of the second"
    assert len(later) == told, "nor of the end"
    assert [event.model for event in of(ModelLoaded, later)] == ["testing-sound"]
    assert not (tmp_path / "one").exists()


def test_a_cancel_is_for_one_film(tmp_path: Path) -> None:
    catalog = testing_catalog(tmp_path / "catalog")
    cancel = threading.Event()
    with Crew(cancel) as crew:
        with Store.open(tmp_path / "one") as store:
            one_run(store, [speech("a")], catalog, crew)
        cancel.set()
        crew.rest()
        crew.cancel = threading.Event()
        with Store.open(tmp_path / "two") as store:
            task = speech("a")
            assert set(one_run(store, [task], catalog, crew).artefacts) == {task.key}


@pytest.mark.parametrize("change", ["revision", "settings", "place"])
def test_what_is_loaded_is_told_apart_by_more_than_its_name(tmp_path: Path, change: str) -> None:
    catalog = stocked(tmp_path, {"heavy": "settings = { guidance = 3.0 }\n"})
    note = tmp_path / "note"
    heard: list[Event] = []
    with Crew() as crew:
        with Store.open(tmp_path / "one") as store:
            one_run(store, [speech(f"loaded:{note}", model="heavy")], catalog, crew)
        crew.rest()
        path = catalog.models_dir / "heavy.toml"
        if change == "place":
            shutil.move(tmp_path / "shelf", tmp_path / "elsewhere")
            again = catalog.with_shelf(FolderShelf(tmp_path / "elsewhere"))
        else:
            old, new = {"revision": ('revision = "1"', 'revision = "2"'), "settings": ("3.0", "4.0")}[change]
            path.write_text(path.read_text().replace(old, new))
            assert catalog.shelf is not None
            again = catalog.with_shelf(catalog.shelf)
        for number in range(2):
            with Store.open(tmp_path / f"two-{number}") as store:
                one_run(store, [speech(f"loaded:{note}", model="heavy")], again, crew, listener=heard.append)
    moves = [(type(event).__name__, event.reason) for event in heard if isinstance(event, ModelLoaded | ModelEvicted)]
    gone = ("ModelEvicted", "its weights or its settings are others now")
    assert moves == [gone, ("ModelLoaded", "needed for speech again, since it had left"), ("ModelEvicted", "the work is done")]
    pids = {line.split()[0] for line in note.read_text().splitlines()}
    assert len(pids) == 1, "the worker stays"


def test_a_kept_model_is_told_what_the_next_film_asks_of_it(tmp_path: Path) -> None:
    catalog = stocked(tmp_path, {"heavy": ""})
    note = tmp_path / "note"
    with Crew() as crew:
        for number, lines in enumerate((2, 3)):
            with Store.open(tmp_path / str(number)) as store:
                one_run(store, [speech(f"prepared:{note} {line}", model="heavy") for line in range(lines)], catalog, crew)
            crew.rest()
    assert note.read_text().split() == ["2", "2", "5", "5", "5"], "once in a film, for all of its tasks"


def test_a_task_goes_to_the_slot_that_holds_its_model(tmp_path: Path) -> None:
    catalog = stocked(tmp_path, {"one": "", "two": ""})
    heard: list[Event] = []
    with Crew() as crew:
        with Store.open(tmp_path / "first") as store:
            one_run(store, [speech("slow:1 a", model="one"), speech("slow:1 b", model="two")], catalog, crew, devices=TWO)
        assert sorted(len(slot.residents) for slot in crew.slots) == [1, 1]
        for model in ("one", "two"):
            crew.rest()
            with Store.open(tmp_path / model) as store:
                one_run(store, [speech("c", model=model)], catalog, crew, devices=TWO, listener=heard.append)
        chain = [speech("c", model="one")]
        for number in range(4):
            chain.append(speech(f"d {number}", model="two" if number % 2 == 0 else "one", inputs=(chain[-1].key,)))
        crew.rest()
        with Store.open(tmp_path / "chain") as store:
            one_run(store, chain, catalog, crew, devices=TWO, listener=heard.append)
        assert not of(ModelLoaded, heard), "both slots were free, and one of them had it"


def test_a_device_that_is_divided_otherwise_keeps_what_it_has_room_for(tmp_path: Path) -> None:
    """The next film's mode may have fewer and larger slots: no more is held than the device has, ever."""
    catalog = testing_catalog(tmp_path / "catalog", {"small": memory(peak=400), "large": memory(peak=900)})
    two = (DeviceFacts(name="cpu", title="two", memory_bytes=1000, slots=2),)
    one = (DeviceFacts(name="cpu", title="one", memory_bytes=1000, slots=1),)
    before = children()
    heard: list[Event] = []
    with Crew() as crew:
        with Store.open(tmp_path / "one") as store:
            tasks = [speech(f"slow:1 {number}", number, model="small") for number in range(2)]
            one_run(store, tasks, catalog, crew, devices=two)
        crew.rest()
        assert [len(slot.residents) for slot in crew.slots] == [1, 1]
        with Store.open(tmp_path / "two") as store:
            one_run(store, [speech("a", model="small")], catalog, crew, devices=one, listener=heard.append)
            assert len(children() - before) == len(crew.slots) == 1
            assert not of(ModelLoaded, heard)
            one_run(store, [speech("b", model="large")], catalog, crew, devices=one, listener=heard.append)
        assert sum(slot.device_bytes for slot in crew.slots) == 900
        with Store.open(tmp_path / "three") as store:
            one_run(store, [speech(f"slow:1 {n}", n, model="small") for n in range(2)], catalog, crew, devices=two)
        assert [slot.share_bytes for slot in crew.slots] == [500, 500]
        assert sum(slot.device_bytes for slot in crew.slots) == 800, "the large one made room"


def test_what_a_card_keeps_in_host_memory_makes_room_for_another_films_models(tmp_path: Path) -> None:
    catalog = stocked(tmp_path, {"heavy": memory(peak=100, host=700), "light": memory(peak=400)})
    path = catalog.models_dir / "heavy.toml"
    path.write_text(path.read_text().replace("needs_gpu = false", "needs_gpu = true"))
    devices = (
        DeviceFacts(name="cpu", title="one", memory_bytes=1000, slots=1),
        DeviceFacts(name="cuda:0", title="a card, as far as the schedule knows", memory_bytes=300, slots=1),
    )
    heard: list[Event] = []
    with Crew() as crew:
        with Store.open(tmp_path / "one") as store:
            one_run(store, [speech("a", model="heavy")], catalog, crew, devices=devices)
        holding = crew.rest()
        assert (holding.models, holding.card_workers, holding.predicted_bytes) == (("heavy",), 1, 100)
        with Store.open(tmp_path / "two") as store:
            one_run(store, [speech("a", model="light")], catalog, crew, devices=devices, listener=heard.append)
        holding = crew.rest()
        assert (holding.models, holding.card_workers, holding.predicted_bytes) == (("light",), 1, 0)
    moves = [(type(event).__name__, event.model) for event in heard if isinstance(event, ModelLoaded | ModelEvicted)]
    assert moves == [("ModelEvicted", "heavy"), ("ModelLoaded", "light")]


def test_a_worker_that_dies_or_says_nothing_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cinema.render.crew._REST_SECONDS", 1.0)
    catalog = testing_catalog(tmp_path / "catalog")
    before = children()
    with Store.open(tmp_path / "s") as store, Crew() as crew:
        one_run(store, [speech(f"slow:1 {number}", number) for number in range(2)], catalog, crew, devices=TWO)
        dead, mute = (slot.worker for slot in crew.slots)
        assert dead is not None
        assert mute is not None
        dead.kill()
        os.kill(mute.pid, signal.SIGSTOP)
        assert crew.rest().models == ()
        assert children() == before
        task = speech("b")
        assert set(one_run(store, [task], catalog, crew, attempts=1).artefacts) == {task.key}


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


def test_a_kept_crew_does_not_gather_workers_that_left(tmp_path: Path) -> None:
    """Models of two interpreters in one slot: each film sends one worker away, which is waited for before the next film."""
    script = tmp_path / "python"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    script.chmod(0o755)
    catalog = testing_catalog(tmp_path / "catalog", {"apart": f'interpreter = "{script}"\n'})
    with Crew() as crew:
        held: list[int] = []
        for number in range(2):
            with Store.open(tmp_path / f"s{number}") as store:
                one_run(store, [speech(f"{number}"), speech(f"{number}", model="apart")], catalog, crew)
            crew.rest()
            held.append(sum(1 for _ in Path("/proc/self/fd").iterdir()))
        assert held[0] == held[1]
