"""The agenda's laws: work-conserving, inputs first, nothing lost whatever fails."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cinema.errors import CinemaError
from cinema.plan.task import Task
from cinema.render.agenda import Agenda, load_name
from cinema.schedule.model import Batch, Prediction
from cinema.testing.graph import speech

MODELS = ("one", "two", "three")


def batches(tasks: Sequence[Task], device: str = "cpu") -> list[Batch]:
    """One batch for each task: the finest schedule that there is."""
    return [
        Batch(
            model=task.model,
            device=device,
            load_plan="resident",
            precision="native",
            keys=(task.key,),
            prediction=Prediction(),
        )
        for task in tasks
    ]


@st.composite
def graphs(draw: st.DrawFn) -> list[Task]:
    tasks: list[Task] = []
    for number in range(draw(st.integers(1, 18))):
        needed = draw(st.lists(st.sampled_from(tasks), max_size=3)) if tasks else []
        model = draw(st.sampled_from(MODELS))
        tasks.append(speech("x", number, inputs=[one.key for one in needed], model=model))
    return tasks


@given(tasks=graphs(), chance=st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_task_ends_exactly_once_whatever_happens(tasks: list[Task], chance: Random) -> None:
    known = {task.key: task for task in tasks}
    made = {task.key for task in tasks[:2]}
    agenda = Agenda(known, batches(tasks), made)
    out: list[str] = []
    finished, failed, blocked = set(made), set[str](), set[str]()
    while agenda.unfinished:
        entry = agenda.pick("cpu", resident=[f"{chance.choice(MODELS)}:native:resident"])
        open_keys = set(known) - finished - failed - blocked - set(out) - ({entry.key} if entry else set())
        if entry is not None:
            assert all(key in finished for key in entry.task.inputs)
            assert entry.key not in finished | failed | blocked | set(out)
            out.append(entry.key)
        else:
            # work-conserving: nothing is held back that could run
            assert not any(all(one in finished for one in known[key].inputs) for key in open_keys)
        if out and (entry is None or chance.random() < 0.5):
            key = out.pop(chance.randrange(len(out)))
            fate = chance.random()
            if fate < 0.6:
                agenda.finish(key)
                finished.add(key)
            elif fate < 0.8:
                agenda.put_back(key)
            else:
                failed.add(key)
                now_blocked = agenda.fail(key)
                assert not set(now_blocked) & (finished | failed | blocked)
                blocked |= set(now_blocked)
    assert finished | failed | blocked == set(known)
    for key in blocked:
        assert any(one in failed | blocked for one in known[key].inputs)


def test_a_resident_model_goes_before_the_earliest(tmp_path: object) -> None:
    tasks = [speech("a", model="one"), speech("b", model="two")]
    agenda = Agenda({task.key: task for task in tasks}, batches(tasks), ())
    picked = agenda.pick("cpu", ["two:native:resident"])
    assert picked is not None
    assert picked.key == tasks[1].key
    assert agenda.pick("cuda:0", []) is None


def test_the_next_use_of_a_model_is_its_earliest_open_batch() -> None:
    tasks = [speech("a", model="one"), speech("b", model="two"), speech("c", model="one")]
    parts = batches(tasks)
    agenda = Agenda({task.key: task for task in tasks}, parts, ())
    one, two = load_name(parts[0]), load_name(parts[1])
    assert (agenda.next_use(one, "cpu"), agenda.next_use(two, "cpu")) == (0, 1)
    agenda.pick("cpu", [])
    agenda.finish(tasks[0].key)
    assert agenda.next_use(one, "cpu") == 2
    agenda.pick("cpu", [two])
    agenda.finish(tasks[1].key)
    assert agenda.next_use(two, "cpu") == float("inf")
    assert agenda.next_use(one, "cuda:0") == float("inf")


def test_an_input_from_nowhere_is_a_fault_of_ours() -> None:
    task = speech("a", inputs=["0" * 64])
    with pytest.raises(CinemaError, match="nobody makes"):
        Agenda({task.key: task}, batches([task]), ())


def test_a_lower_load_plan_is_that_of_every_open_batch_of_the_model_on_the_device() -> None:
    tasks = [speech("a", model="one"), speech("b", model="two"), speech("c", model="one"), speech("d", 1, model="one")]
    parts = [*batches(tasks[:3]), *batches(tasks[3:], "cuda:0")]
    agenda = Agenda({task.key: task for task in tasks}, parts, ())
    first = agenda.pick("cpu", [])
    assert first is not None
    lowered = replace(parts[0], load_plan="group_offload", prediction=Prediction(peak_bytes=7))
    assert agenda.lower(first.batch, lowered) == 2
    found = {task.label: agenda.entries[task.key] for task in tasks}
    assert {label: entry.batch.load_plan for label, entry in found.items()} == {
        "a": "group_offload",
        "b": "resident",
        "c": "group_offload",
        "d": "resident",
    }
    assert found["c"].batch.prediction.peak_bytes == 7
    assert found["c"].batch.keys == (tasks[2].key,)
    agenda.put_back(first.key)
    again = agenda.pick("cpu", ["one:native:group_offload"])
    assert again is not None
    assert (again.key, again.model) == (first.key, "one:native:group_offload")
    assert (agenda.next_use("one:native:resident", "cpu"), agenda.next_use("one:native:resident", "cuda:0")) == (
        float("inf"),
        3,
    )


def test_what_is_coming_for_a_model_is_all_of_it_that_is_open() -> None:
    tasks = [speech("a", model="one"), speech("b", model="two"), speech("c", model="one")]
    agenda = Agenda({task.key: task for task in tasks}, batches(tasks), ())
    name = load_name(batches(tasks)[0])
    assert agenda.coming(name, "cpu") == (tasks[0].request, tasks[2].request)
    agenda.pick("cpu", [])
    assert agenda.coming(name, "cpu") == (tasks[0].request, tasks[2].request), "what is handed out comes too"
    agenda.finish(tasks[0].key)
    assert agenda.coming(name, "cpu") == (tasks[2].request,)
    assert agenda.coming(name, "cuda:0") == ()


def test_the_follower_of_a_batch_is_known_once_its_last_task_is_handed_out() -> None:
    tasks = [speech("a", model="one"), speech("b", model="one"), speech("c", model="two"), speech("d", model="three")]
    parts = [
        replace(batches(tasks[:1])[0], keys=(tasks[0].key, tasks[1].key)),
        *batches(tasks[2:]),
    ]
    agenda = Agenda({task.key: task for task in tasks}, parts, ())
    first = agenda.pick("cpu", [])
    assert first is not None
    assert agenda.follower(first) is None
    second = agenda.pick("cpu", [first.model])
    assert second is not None
    assert agenda.follower(second) == parts[1]
    third = agenda.pick("cpu", [])
    assert third is not None
    assert agenda.follower(third) == parts[2]
    last = agenda.pick("cpu", [])
    assert last is not None
    assert agenda.follower(last) is None
