"""Stages start, advance and finish in order, and the rest is told from what was measured."""

from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cinema.events import Event, StageAdvanced, StageFinished, StageStarted
from cinema.plan.task import Task
from cinema.render.progress import Progress
from cinema.testing.graph import small_film, speech, stage_of


def told(tasks: list[Task], made: set[str], seconds: float = 1.0, slots: int = 1) -> tuple[Progress, list[Event]]:
    heard: list[Event] = []
    known = {task.key: task for task in tasks}
    progress = Progress(known, made, dict.fromkeys(known, seconds), stage_of=stage_of, slots=slots, listener=heard.append)
    return progress, heard


def test_a_stage_that_is_made_already_is_told_at_once() -> None:
    task = speech("a")
    _, heard = told([task], {task.key})
    assert [type(event) for event in heard] == [StageStarted, StageFinished]
    started = heard[0]
    assert isinstance(started, StageStarted)
    assert (started.total, started.done, started.predicted_seconds) == (1, 1, 0.0)


@given(chance=st.randoms(use_true_random=False), slots=st.integers(1, 4))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_stages_begin_end_and_never_go_back(chance: Random, slots: int) -> None:
    tasks = small_film(6)
    made = {task.key for task in tasks if chance.random() < 0.2}
    progress, heard = told(tasks, made, slots=slots)
    todo = [task.key for task in tasks if task.key not in made]
    chance.shuffle(todo)
    for key in todo:
        progress.started(key)
        progress.stepped(key, 1, 2)
        if chance.random() < 0.3:
            progress.interrupted(key)
            progress.stepped(key, 2, 2)
            progress.started(key)
        progress.finished(key, chance.choice([None, 0.5, 3.0]))
    for stage in ("speech", "sound"):
        own = [event for event in heard if getattr(event, "stage", "") == stage]
        assert isinstance(own[0], StageStarted)
        assert isinstance(own[-1], StageFinished)
        advanced = [event for event in own if isinstance(event, StageAdvanced)]
        assert len(own) == len(advanced) + 2
        fractions = [event.fraction for event in advanced]
        assert fractions == sorted(fractions)
        assert all(event.seconds_left is not None and event.seconds_left >= 0 for event in advanced)
        if advanced:
            assert (advanced[-1].fraction, advanced[-1].done, advanced[-1].seconds_left) == (1.0, advanced[-1].total, 0.0)


def test_time_left_follows_what_was_measured() -> None:
    tasks = [speech("a", number) for number in range(101)]
    progress, _ = told(tasks, set(), seconds=1.0)
    state = progress._states["speech"]
    assert progress._left(state) == 101.0
    for task in tasks[:50]:
        progress.started(task.key)
        progress.finished(task.key, 3.0)
    corrected = 51 * (150 + 1) / (50 + 1)
    assert abs(progress._left(state) - corrected) < 1e-9
    progress.started(tasks[50].key)
    progress.stepped(tasks[50].key, 1, 2)
    assert abs(progress._left(state) - corrected * 50.5 / 51) < 1e-9


def test_two_slots_halve_the_time_until_one_task_is_left() -> None:
    tasks = [speech("a", number) for number in range(3)]
    progress, heard = told(tasks, set(), seconds=10.0, slots=2)
    progress.started(tasks[0].key)
    first = heard[0]
    assert isinstance(first, StageStarted)
    assert first.predicted_seconds == 15.0
    for task in tasks[:2]:
        progress.started(task.key)
        progress.finished(task.key, 10.0)
    assert progress._left(progress._states["speech"]) == 10.0
