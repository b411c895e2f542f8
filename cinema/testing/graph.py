"""Tasks of the testing family, and one call that schedules and runs them as a film's are."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from pathlib import Path

from cinema.catalog import Catalog
from cinema.events import Listener, Stage, nobody
from cinema.plan.task import MusicRequest, Role, SoundRequest, SpeechRequest, Task, VoiceSpec
from cinema.render import Crew, RunResult, Store, run
from cinema.schedule import find_devices, make_schedule
from cinema.schedule.model import DeviceFacts, Schedule
from cinema.settings import Settings

_STAGE: dict[Role, Stage] = {"speech": "speech", "music": "sound", "sound": "sound"}


def speech(text: str, seed: int = 0, *, inputs: Sequence[str] = (), model: str = "testing-speech") -> Task:
    """A line; its first word may tell the testing adapter to misbehave."""
    request = SpeechRequest(text=text, voice=VoiceSpec())
    return Task(role="speech", model=model, revision="1", request=request, seed=seed, inputs=tuple(inputs), label=text)


def sound(prompt: str, seed: int = 0, *, inputs: Sequence[str] = (), model: str = "testing-sound") -> Task:
    """An effect of 10 ms."""
    request = SoundRequest(prompt=prompt, length_samples=480)
    return Task(role="sound", model=model, revision="1", request=request, seed=seed, inputs=tuple(inputs), label=prompt)


def music(prompt: str, seed: int = 0, *, inputs: Sequence[str] = (), model: str = "testing-music") -> Task:
    """A piece of 10 ms."""
    request = MusicRequest(mood="calm", prompt=prompt, length_samples=480)
    return Task(role="music", model=model, revision="1", request=request, seed=seed, inputs=tuple(inputs), label=prompt)


def small_film(lines: int, *, command: str = "line") -> list[Task]:
    """Lines, sounds that need two lines each, and music that needs some of both: two tasks for each line."""
    spoken = [speech(f"{command} {number}", number) for number in range(lines)]
    heard = [
        sound(f"{command} {number}", number, inputs=(spoken[number].key, spoken[number * 7 % lines].key))
        for number in range(0, lines, 2)
    ]
    scored = [
        music(f"{command} {number}", number, inputs=(spoken[number].key, heard[number // 2].key))
        for number in range(1, lines, 2)
        if number // 2 < len(heard)
    ]
    return [*spoken, *heard, *scored]


def stage_of(task: Task) -> Stage:
    return _STAGE[task.role]


def schedule_tasks(
    tasks: Iterable[Task],
    store: Store,
    catalog: Catalog,
    settings: Settings,
    devices: tuple[DeviceFacts, ...] | None = None,
) -> Schedule:
    """The schedule of what the store does not hold, on this machine's devices where none are given."""
    tasks = list(tasks)
    return make_schedule(
        tasks,
        cached=store.cached(task.key for task in tasks),
        catalog=catalog,
        devices=devices or find_devices(settings),
        mode=catalog.mode("testing"),
        settings=settings,
    )


def run_tasks(
    folder: Path,
    tasks: Iterable[Task],
    catalog: Catalog,
    *,
    settings: Settings | None = None,
    devices: tuple[DeviceFacts, ...] | None = None,
    listener: Listener = nobody,
    cancel: threading.Event | None = None,
) -> RunResult:
    """Open the store in `folder`, schedule, run, close."""
    settings = settings or Settings(workers=2)  # pyright: ignore[reportCallIssue]
    known = {task.key: task for task in tasks}
    with Store.open(folder, listener) as store, Crew(cancel) as crew:
        return run(
            schedule_tasks(known.values(), store, catalog, settings, devices),
            known,
            store=store,
            catalog=catalog,
            settings=settings,
            stage_of=stage_of,
            listener=listener,
            crew=crew,
        )
