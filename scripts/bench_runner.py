"""What the runner itself costs: many trivial tasks with durable commits, wall time less the adapters' own over the slots.

    python scripts/bench_runner.py [TASKS]

The target is 10 ms a task. Beside it stands what the disk takes for the syncs that one durable file needs.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

from cinema.render import Store, run
from cinema.schedule import find_devices
from cinema.settings import Settings
from cinema.testing.catalog import testing_catalog
from cinema.testing.graph import schedule_tasks, small_film, stage_of

TARGET_MS = 10.0


def sync_ms(folder: Path, count: int = 200) -> float:
    """Milliseconds to write a small file, sync it, rename it and sync its folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    began = time.perf_counter()
    for number in range(count):
        path = folder / f"{number}.part"
        with path.open("wb") as file:
            file.write(b"x" * 1000)
            file.flush()
            os.fsync(file.fileno())
        path.rename(folder / str(number))
        os.fsync(descriptor)
    seconds = time.perf_counter() - began
    os.close(descriptor)
    return seconds / count * 1000


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
    with tempfile.TemporaryDirectory(prefix="bench-runner-", dir=Path.cwd()) as name:
        folder = Path(name)
        disk = folder / "disk"
        disk.mkdir()
        one_sync_ms = sync_ms(disk)
        catalog, settings = testing_catalog(folder / "catalog"), Settings()
        devices = find_devices(settings)
        tasks = {task.key: task for task in small_film(count // 2)}
        with Store.open(folder / "film") as store:
            began = time.perf_counter()
            schedule = schedule_tasks(tasks.values(), store, catalog, settings, devices)
            scheduled = time.perf_counter()
            result = run(schedule, tasks, store=store, catalog=catalog, settings=settings, stage_of=stage_of)
            wall = time.perf_counter() - scheduled
            again = time.perf_counter()
            run(schedule, tasks, store=store, catalog=catalog, settings=settings, stage_of=stage_of)
            resumed = time.perf_counter() - again
    if result.failures:
        print(f"{len(result.failures)} tasks failed")
        return 1
    adapters = sum(artefact.making.seconds for artefact in result.artefacts.values())
    slots = devices[0].slots
    own_ms = (wall - adapters / slots) / len(tasks) * 1000
    print(f"tasks                          {len(tasks)} on {slots} slots")
    print(f"schedule                       {scheduled - began:.3f} s (target for 5,000: 0.5 s)")
    print(f"wall                           {wall:.2f} s, of which adapters {adapters / slots:.2f} s")
    print(f"write, sync, rename, sync here {one_sync_ms:.2f} ms a file")
    print(f"runner's own cost              {own_ms:.2f} ms a task, target {TARGET_MS:.0f} ms: ratio {own_ms / TARGET_MS:.2f}")
    print(f"run again, everything made     {resumed:.2f} s")
    return 0 if own_ms <= TARGET_MS else 1


if __name__ == "__main__":
    sys.exit(main())
