"""How long it takes to plan a feature film: break it down, time it with measured speech, make all its tasks and keys.

    .venv/bin/python scripts/bench_plan.py

The script is a generated Fountain of at least 3,000 lines (120 pages). The clock runs over the whole journey of a plan:
`break_down`, `speech_tasks`, `retime`, `film_tasks`, with every task's key. A second film, four times as long, shows
how the time grows. The median of five runs is printed beside the target.
"""

from __future__ import annotations

import gc
import statistics
import time

from cinema.catalog import Catalog, Manifest
from cinema.plan import break_down, film_tasks, retime, speech_tasks
from cinema.plan.model import Plan
from cinema.script import read_text
from cinema.script.model import Script
from cinema.settings import Settings
from cinema.testing.scripts import long_fountain
from cinema.timebase import sample_at

TARGET_SECONDS = 1.0
ROUNDS = 5


def main() -> None:
    taken: dict[int, float] = {}
    for lines in (3_000, 12_000):
        text = long_fountain(lines, seed=1)
        script = read_text(text, "fountain")
        plan, taken[lines] = median_of(script)
        spoken = sum(len(shot.lines) for shot in plan.shots)
        print(f"{text.count(chr(10)):,} lines: {len(plan.shots):,} shots, {spoken:,} spoken lines, {len(plan.tasks):,} tasks")
        print(f"  planned in {taken[lines]:.3f} s")
        if lines == 3_000:
            verdict = "met" if taken[lines] <= TARGET_SECONDS else "MISSED"
            print(f"  target     {TARGET_SECONDS:.3f} s   {verdict}, {TARGET_SECONDS / taken[lines]:.1f} times faster")
    print(f"four times the film takes {taken[12_000] / taken[3_000]:.1f} times as long")


def median_of(script: Script) -> tuple[Plan, float]:
    """The plan, and the median time of making it."""
    choice = models()
    seconds: list[float] = []
    for _ in range(ROUNDS):
        gc.collect()
        start = time.perf_counter()
        plan = break_down(script, Settings(), width_px=1280, height_px=720)
        plan = speech_tasks(plan, choice)
        spoken = {line.id: sample_at(line.length_frames, plan.fps) - 100 for shot in plan.shots for line in shot.lines}
        plan = film_tasks(retime(plan, spoken), choice)
        seconds.append(time.perf_counter() - start)
    return plan, statistics.median(seconds)


def models() -> dict[str, Manifest]:
    """The animatic's models, which want staging and speech: the fullest requests."""
    catalog = Catalog()
    roles = catalog.mode("animatic").roles
    return {role: catalog.manifest(models[0]) for role, models in roles.items() if models[0] in catalog.manifests}


if __name__ == "__main__":
    main()
