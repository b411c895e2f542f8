"""The whole animatic, script to film folder, against real time.

    python scripts/bench_film.py [SCRIPT] [--runs N]

Renders at 1280x720, 24 fps, each time into a new folder, and prints the seconds of each stage and how many seconds of film
come out of a second of work. The limit beside it: encoding the same number of distinct frames alone, on one core.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import numpy as np

from cinema import film
from cinema.media import ClipWriter
from cinema.settings import Settings

TARGET = 4.0


def encode_limit(frames: int, folder: Path) -> float:
    """Frames a second that one core encodes at 720p when every frame differs (a moving gradient)."""
    ramp = np.add.outer(np.arange(720, dtype=np.uint16), np.arange(1280, dtype=np.uint16))
    start = time.perf_counter()
    with ClipWriter(folder / "limit.mp4", width_px=1280, height_px=720, fps=Fraction(24)) as writer:
        for number in range(frames):
            grey = ((ramp + 3 * number) >> 3).astype(np.uint8)
            writer.write(np.dstack((grey, grey, grey)))
    return frames / (time.perf_counter() - start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("script", nargs="?", type=Path, default=Path(__file__).parents[1] / "examples" / "the-keeper.fountain")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    settings = Settings(mode="animatic", fps="24", short_side_px=720)
    walls: list[float] = []
    with tempfile.TemporaryDirectory() as scratch:
        for run in range(options.runs):
            start = time.perf_counter()
            made = film.render(options.script, Path(scratch) / str(run), settings)
            walls.append(time.perf_counter() - start)
            stages = ", ".join(f"{stage} {seconds:.2f} s" for stage, seconds in made.stage_seconds.items())
            print(f"run {run + 1}: {walls[-1]:.2f} s ({stages})")
        length = float(made.plan.length_frames / made.plan.fps)
        limit = encode_limit(240, Path(scratch))
    median = statistics.median(walls)
    plan = made.plan
    print(f"film of {length:.1f} s, {len(plan.shots)} shots, {len(plan.tasks)} tasks, {plan.width_px}x{plan.height_px}")
    speed, rate = length / median, plan.length_frames / median
    print(f"median {median:.2f} s = {speed:.2f} x real time (target {TARGET}); {rate:.0f} frames/s")
    print(f"beside it: one core alone encodes {limit:.0f} distinct frames/s of 720p")


if __name__ == "__main__":
    main()
