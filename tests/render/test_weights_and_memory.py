"""Runs of models with weights: where these come from, what adapters are prepared for, and what happens when memory is short."""

from pathlib import Path

import pytest
from stock import memory, stocked

from cinema.errors import DoesNotFitError, MissingModelError, TaskFailedError
from cinema.events import Event, ModelEvicted, ModelLoaded, TaskFailed, TaskStarted, Warned, WorkerDied
from cinema.plan.task import Task
from cinema.render.slot import Slot
from cinema.schedule.model import DeviceFacts
from cinema.settings import Settings
from cinema.testing.graph import run_tasks, speech

pytestmark = pytest.mark.slow

ONE = (DeviceFacts(name="cpu", title="one slot", memory_bytes=4_000_000_000, slots=1),)


def of(kind: type, events: list[Event]) -> list:
    return [event for event in events if isinstance(event, kind)]


def loads(heard: list[Event]) -> list[str]:
    return [event.model for event in of(ModelLoaded, heard)]


def test_an_adapter_is_given_the_folder_of_its_weights(tmp_path: Path) -> None:
    catalog = stocked(tmp_path, {"heavy": ""})
    note = tmp_path / "note"
    result = run_tasks(tmp_path / "s", [speech(f"loaded:{note}", model="heavy")], catalog, devices=ONE)
    assert not result.failures
    assert note.read_text().split()[1:] == ["resident", str(tmp_path / "shelf" / "heavy")]


def test_weights_that_are_not_here_fail_their_tasks_alone_and_say_how_to_get_them(tmp_path: Path) -> None:
    catalog = stocked(tmp_path, {"heavy": "", "gone": ""}, absent=("gone",))
    lost, made = speech("a", model="gone"), speech("b", model="heavy")
    result = run_tasks(tmp_path / "s", [lost, made], catalog, devices=ONE)
    assert set(result.artefacts) == {made.key}
    error = result.failures[lost.key]
    assert isinstance(error, MissingModelError)
    assert "`cinema models pull gone`" in str(error)


def test_an_adapter_is_prepared_once_a_load_for_all_that_is_still_open(tmp_path: Path) -> None:
    catalog = stocked(tmp_path, {"heavy": ""})
    note = tmp_path / "note"
    first = [speech(f"prepared:{note} {number}", number, model="heavy") for number in range(4)]
    later = speech(f"prepared:{note} later", inputs=(first[0].key,), model="heavy")
    run_tasks(tmp_path / "s", first[:1], catalog, devices=ONE)
    assert note.read_text().split() == ["1"]
    note.unlink()
    result = run_tasks(tmp_path / "s", [*first, later], catalog, devices=ONE)
    assert not result.failures
    assert note.read_text().split() == ["4"] * 4


def test_a_model_without_weights_is_not_prepared(tmp_path: Path) -> None:
    note = tmp_path / "note"
    run_tasks(tmp_path / "s", [speech(f"prepared:{note}")], stocked(tmp_path, {}), devices=ONE)
    assert note.read_text().split() == ["0"]


def test_a_preparation_that_fails_costs_the_next_task_one_attempt_and_the_others_none(tmp_path: Path) -> None:
    catalog = stocked(tmp_path, {"heavy": ""})
    tasks = [speech("prepare-fails a", 1, model="heavy"), speech("words", 2, model="heavy")]
    heard: list[Event] = []
    result = run_tasks(tmp_path / "s", tasks, catalog, devices=ONE, listener=heard.append)
    assert not result.failures
    assert ["told to fail to prepare" in event.message for event in of(TaskFailed, heard)] == [True]
    assert len(loads(heard)) == 1


def test_want_of_memory_brings_the_rest_of_the_batch_to_the_next_load_plan(tmp_path: Path) -> None:
    catalog = stocked(tmp_path, {"heavy": ""})
    note = tmp_path / "note"
    first = speech("out-of-memory-unless:group_offload", model="heavy")
    tasks = [first, speech(f"loaded:{note}", model="heavy", inputs=(first.key,))]
    heard: list[Event] = []
    result = run_tasks(
        tmp_path / "s", tasks, catalog, devices=ONE, listener=heard.append, settings=Settings(workers=1, attempts=1)
    )
    assert not result.failures, "attempts that found too little memory are not held against a task"
    assert result.artefacts[tasks[0].key].making.attempt == 3
    assert note.read_text().split()[1] == "group_offload"
    told = [event.message for event in of(Warned, heard)]
    assert len(told) == 2
    assert "heavy goes on in component_offload on cpu for its last 2 tasks, since in resident" in told[0]
    assert "heavy (resident, native) ran out of memory on cpu" in told[0]
    assert "heavy goes on in group_offload" in told[1]
    assert [event.model for event in of(ModelEvicted, heard) if "ran out of memory" in event.reason] == ["heavy"] * 2
    assert not of(WorkerDied, heard)


def test_the_load_plan_is_in_no_key(tmp_path: Path) -> None:
    task = speech("out-of-memory-unless:group_offload x", model="heavy")
    run_tasks(tmp_path / "s", [task], stocked(tmp_path, {"heavy": ""}), devices=ONE)
    heard: list[Event] = []
    again = run_tasks(tmp_path / "s", [task], stocked(tmp_path / "b", {"heavy": ""}), devices=ONE, listener=heard.append)
    assert set(again.artefacts) == {task.key}
    assert not loads(heard)


@pytest.mark.parametrize("word", ["out-of-memory-unless:nothing", "prepare-out-of-memory-unless:nothing"])
def test_after_the_last_load_plan_the_task_fails_and_lists_what_was_tried(tmp_path: Path, word: str) -> None:
    catalog = stocked(tmp_path, {"heavy": ""})
    task, other = speech(word, model="heavy"), speech("fine", inputs=(), seed=9, model="testing-speech")
    heard: list[Event] = []
    result = run_tasks(tmp_path / "s", [task, other], catalog, devices=ONE, listener=heard.append)
    assert set(result.artefacts) == {other.key}
    error = result.failures[task.key]
    assert isinstance(error, DoesNotFitError)
    for plan in ("resident", "component_offload", "group_offload"):
        assert f"{plan}: heavy ({plan}, native) ran out of memory on cpu" in str(error)
    assert len([event for event in of(Warned, heard) if "goes on in" in event.message]) == 2
    assert [event.final for event in of(TaskFailed, heard)][-1]


def test_a_model_that_cannot_be_loaded_for_memory_steps_down_too(tmp_path: Path) -> None:
    catalog = stocked(tmp_path, {"heavy": 'settings = { load_short = "resident component_offload" }\n'})
    note = tmp_path / "note"
    heard: list[Event] = []
    result = run_tasks(tmp_path / "s", [speech(f"loaded:{note}", model="heavy")], catalog, devices=ONE, listener=heard.append)
    assert not result.failures
    assert note.read_text().split()[1] == "group_offload"
    assert "it asked for 1.6 GB" in of(Warned, heard)[0].message


def test_a_task_that_was_crowded_by_another_model_is_first_tried_alone(tmp_path: Path) -> None:
    catalog = stocked(tmp_path, {"heavy": "", "light": ""})
    first = speech("words", model="light")
    tasks = [first, speech("out-of-memory-unless:component_offload", inputs=(first.key,), model="heavy")]
    heard: list[Event] = []
    result = run_tasks(tmp_path / "s", tasks, catalog, devices=ONE, listener=heard.append)
    assert not result.failures
    assert loads(heard) == ["light", "heavy", "heavy", "heavy"]
    assert len(of(Warned, heard)) == 1


def test_two_killed_workers_are_taken_for_want_of_memory(tmp_path: Path) -> None:
    catalog = stocked(tmp_path, {"heavy": ""})
    task = speech("killed-unless:component_offload", model="heavy")
    heard: list[Event] = []
    result = run_tasks(
        tmp_path / "s", [task], catalog, devices=ONE, listener=heard.append, settings=Settings(workers=1, attempts=3)
    )
    assert result.artefacts[task.key].making.attempt == 3
    assert len(of(WorkerDied, heard)) == 2
    assert "killed 2 times" in of(Warned, heard)[0].message
    fewer = speech("killed-unless:component_offload", seed=1, model="heavy")
    result = run_tasks(tmp_path / "t", [fewer], catalog, devices=ONE, settings=Settings(workers=1, attempts=2))
    assert isinstance(result.failures[fewer.key], TaskFailedError)


def test_host_memory_is_a_limit_too(tmp_path: Path) -> None:
    """Two models that fit the card together, but whose copies in the machine's memory do not."""
    catalog = stocked(tmp_path, dict.fromkeys(("one", "two", "three"), memory(peak=400, host=400)), needs_gpu=True)

    def machine(host_bytes: int) -> tuple[DeviceFacts, ...]:
        return (
            DeviceFacts(name="cpu", title="cpu", memory_bytes=host_bytes, slots=1),
            DeviceFacts(name="cuda:0", title="card", memory_bytes=4000, slots=1),
        )

    def tasks(seed: int) -> list[Task]:
        first, second = speech("1", seed, model="one"), speech("2", seed, model="two")
        third = speech("3", seed, model="three", inputs=(first.key, second.key))
        return [first, second, third, speech("4", seed, model="one", inputs=(third.key,))]

    roomy: list[Event] = []
    run_tasks(tmp_path / "s", tasks(1), catalog, devices=machine(2000), listener=roomy.append)
    assert sorted(loads(roomy)) == ["one", "three", "two"]
    tight: list[Event] = []
    result = run_tasks(tmp_path / "t", tasks(2), catalog, devices=machine(1000), listener=tight.append)
    assert not result.failures
    assert sorted(loads(tight)) == ["one", "three", "two"], "the one that is used again stays"
    gone = of(ModelEvicted, tight)[0]
    assert (gone.model, gone.reason) == (
        "two",
        "three needs 400 B of 1.0 kB of this machine's memory, and this is not used again",
    )


def test_the_next_weights_are_fetched_while_the_last_task_of_a_batch_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog = stocked(tmp_path, {"one": "", "two": ""})
    asked: list[tuple[str, Path, str]] = []
    fetch = Slot.fetch

    def noted(slot: Slot, name: str, weights: Path) -> None:
        assert slot.attempt is not None
        asked.append((name, weights, slot.attempt.entry.key))
        fetch(slot, name, weights)

    monkeypatch.setattr(Slot, "fetch", noted)
    first = [speech(f"a {number}", number, model="one") for number in range(3)]
    second = [speech(f"b {number}", number, model="two", inputs=(first[0].key,)) for number in range(2)]
    heard: list[Event] = []
    result = run_tasks(tmp_path / "s", [*first, *second], catalog, devices=ONE, listener=heard.append)
    assert not result.failures
    last_of_first = [event.key for event in of(TaskStarted, heard) if event.model == "one"][-1]
    assert asked == [("two:native:resident", tmp_path / "shelf" / "two", last_of_first)]
