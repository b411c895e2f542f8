"""The schedule: tasks in an order that respects their inputs, grouped by model so that each is loaded as rarely as possible."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush

from cinema.catalog import Catalog, LoadPlanName, Manifest, Mode
from cinema.errors import CinemaError, DoesNotFitError
from cinema.plan.task import Task
from cinema.schedule.hosting import host_bytes
from cinema.schedule.model import Batch, DeviceFacts, Prediction, Schedule
from cinema.schedule.predict import fit, load_seconds, task_seconds, task_size_bytes
from cinema.settings import Settings
from cinema.units import human_bytes

_Group = tuple[str, str]
"""Model id and precision: what is loaded as one."""


@dataclass(frozen=True, kw_only=True)
class _Home:
    """Where the tasks of a group run, and how the model comes there."""

    manifest: Manifest
    precision: str
    device: DeviceFacts
    load_plan: LoadPlanName
    peak_bytes: int
    peak_measured: bool


@dataclass
class _Work:
    """The uncached tasks and what is known of them."""

    tasks: Mapping[str, Task]
    seconds: Mapping[str, float]
    measured: bool
    users: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])

    def group(self, key: str) -> _Group:
        task = self.tasks[key]
        return task.model, task.precision


def make_schedule(
    tasks: Iterable[Task],
    *,
    cached: Collection[str],
    catalog: Catalog,
    devices: Sequence[DeviceFacts],
    mode: Mode,
    settings: Settings,
) -> Schedule:
    """Batches of all tasks whose key is not in `cached`, each task once, after its inputs, with the predicted cost.

    Each model has one batch wherever the models' dependencies allow it. Within a batch the longest task that can run goes
    first, so that the slots end together. A task that needs an artefact which is neither cached nor to be made (its maker
    failed earlier) is left out, with all that need it, and a note says so. The devices of the schedule have as many slots as
    may work at once: fewer than were given where a model is larger than a slot's share of the memory. Raises DoesNotFitError
    when a model fits no device, CinemaError for a cycle.
    """
    known = {task.key: task for task in tasks}
    done = {key for key in known if key in cached}
    todo, orphans = _with_inputs({key: task for key, task in known.items() if key not in done}, set(cached))
    users = _users(todo)
    timed = {key: task_seconds(task, catalog.manifest(task.model), known) for key, task in todo.items()}
    work = _Work(
        tasks=todo,
        seconds={key: seconds for key, (seconds, _) in timed.items()},
        measured=all(measured for _, measured in timed.values()),
        users=users,
    )
    homes, divided = _homes(work, catalog, devices)
    batches = tuple(_batch(homes[group], keys, known, timed, settings) for group, keys in _group_in_order(work))
    notes = tuple(f"{task.label or key} was left out: it needs an artefact that was not made." for key, task in orphans.items())
    return Schedule(
        mode=mode.name,
        batches=batches,
        cached=tuple(key for key in known if key in done),
        devices=divided,
        notes=notes,
    )


def _with_inputs(todo: dict[str, Task], cached: Collection[str]) -> tuple[dict[str, Task], dict[str, Task]]:
    """Tasks whose inputs are cached or among them, and the orphans: those that can never run."""
    orphans: dict[str, Task] = {}
    users = _users(todo)
    ahead = [key for key, task in todo.items() if any(one not in todo and one not in cached for one in task.inputs)]
    while ahead:
        key = ahead.pop()
        if key not in orphans:
            orphans[key] = todo[key]
            ahead += users[key]
    return {key: task for key, task in todo.items() if key not in orphans}, orphans


def _users(todo: Mapping[str, Task]) -> dict[str, list[str]]:
    """For each uncached task, the uncached tasks that need it."""
    users: dict[str, list[str]] = {key: [] for key in todo}
    for key, task in todo.items():
        for needed in dict.fromkeys(task.inputs):
            if needed in users:
                users[needed].append(key)
    return users


def _homes(
    work: _Work, catalog: Catalog, devices: Sequence[DeviceFacts]
) -> tuple[dict[_Group, _Home], tuple[DeviceFacts, ...]]:
    """A device for each group: of those that it fits, the one with the least predicted work so far. And the devices.

    A device has no more slots than hold the largest model that comes to it.
    """
    totals: dict[_Group, float] = defaultdict(float)
    for key, seconds in work.seconds.items():
        totals[work.group(key)] += seconds
    busy: dict[str, float] = defaultdict(float)
    places: dict[_Group, str] = {}
    slots = {device.name: device.slots for device in devices}
    for group in sorted(totals, key=lambda one: (-totals[one], one)):
        manifest = catalog.manifest(group[0])
        usable = [device for device in devices if (device.name != "cpu") == manifest.needs_gpu]
        fits = [(device, found) for device in usable if (found := fit(manifest, group[1], device)) is not None]
        if not fits:
            have = max((device.memory_bytes for device in usable), default=0)
            raise DoesNotFitError(
                f"{manifest.id} in {group[1]} fits no device: {human_bytes(have)} is the most that one gives; "
                "choose a smaller mode or model."
            )
        device, found = min(fits, key=lambda one: busy[one[0].name])
        busy[device.name] += totals[group] / found.slots
        slots[device.name] = min(slots[device.name], found.slots)
        places[group] = device.name
    divided = {device.name: replace(device, slots=slots[device.name]) for device in devices}
    return {group: _home(group, catalog, divided[place]) for group, place in places.items()}, tuple(divided.values())


def _home(group: _Group, catalog: Catalog, device: DeviceFacts) -> _Home:
    """The group on a device whose slots hold it."""
    model, precision = group
    manifest = catalog.manifest(model)
    found = fit(manifest, precision, device)
    assert found is not None
    return _Home(
        manifest=manifest,
        precision=precision,
        device=device,
        load_plan=found.load_plan,
        peak_bytes=found.peak_bytes,
        peak_measured=found.measured,
    )


def _group_in_order(work: _Work) -> list[tuple[_Group, list[str]]]:
    """Batches in order. A group whose remaining tasks wait for no other group goes first, and is emptied at once.

    So every group has exactly one batch when the dependencies between groups have no cycle. In a cycle the group with the
    largest part of its work ready goes first.
    """
    waiting = dict.fromkeys(work.tasks, 0)
    for key in work.tasks:
        for user in work.users[key]:
            waiting[user] += 1
    left: dict[_Group, int] = defaultdict(int)
    ready: dict[_Group, list[tuple[float, str]]] = defaultdict(list)
    foreign: dict[_Group, int] = defaultdict(int)
    for key in work.tasks:
        left[work.group(key)] += 1
        foreign[work.group(key)] += 0
        for user in work.users[key]:
            foreign[work.group(user)] += work.group(user) != work.group(key)
        if waiting[key] == 0:
            heappush(ready[work.group(key)], (-work.seconds[key], key))
    ordered: list[tuple[_Group, list[str]]] = []
    while left:
        runnable = [group for group in left if ready[group]]
        if not runnable:
            raise CinemaError("The tasks need each other in a circle; report this.")
        group = min(runnable, key=lambda one: (foreign[one] > 0, -len(ready[one]) / left[one], ready[one][0]))
        keys = _drain(group, work, waiting, ready, foreign)
        left[group] -= len(keys)
        if left[group] == 0:
            del left[group]
        ordered.append((group, keys))
    return ordered


def _drain(
    group: _Group,
    work: _Work,
    waiting: dict[str, int],
    ready: dict[_Group, list[tuple[float, str]]],
    foreign: dict[_Group, int],
) -> list[str]:
    """All tasks of `group` that can run one after another now, longest first; what they free is made ready."""
    keys: list[str] = []
    heap = ready.pop(group)
    while heap:
        _, key = heappop(heap)
        keys.append(key)
        for user in work.users[key]:
            waiting[user] -= 1
            other = work.group(user)
            foreign[other] -= other != group
            if waiting[user] == 0:
                heappush(heap if other == group else ready[other], (-work.seconds[user], user))
    return keys


def _batch(
    home: _Home,
    keys: Sequence[str],
    tasks: Mapping[str, Task],
    timed: Mapping[str, tuple[float, bool]],
    settings: Settings,
) -> Batch:
    """A batch with its predicted cost; each slot that will be busy loads the model once."""
    slots = max(home.device.slots, 1)
    seconds = sum(timed[key][0] for key in keys) + load_seconds(home.manifest) * min(slots, len(keys))
    prediction = Prediction(
        seconds=seconds,
        peak_bytes=home.peak_bytes,
        host_bytes=host_bytes(home.manifest, home.load_plan, home.precision),
        usd=seconds / slots / 3600 * settings.price_per_hour_usd,
        size_bytes=sum(task_size_bytes(tasks[key], tasks) for key in keys),
        measured=all(timed[key][1] for key in keys),
        peak_measured=home.peak_measured,
    )
    return Batch(
        model=home.manifest.id,
        device=home.device.name,
        load_plan=home.load_plan,
        precision=home.precision,
        keys=tuple(keys),
        prediction=prediction,
    )
