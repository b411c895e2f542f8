"""How fast the boards draw, beside the length of what they draw.

Draws eight 4-second clips of 1280x720 at 24 frames a second (places, moves, weather and speech of a real film), on one
core, cold and again with the plates of their places kept. The issue's target for the whole animatic is 4 times real time
on two cores, sound and assembly included: one core must draw at 3 times or more to leave room for them.
"""

from __future__ import annotations

import platform
import sys
import tempfile
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cinema.adapters.boards import Boards
from cinema.adapters.contract import Device, Job, LoadPlan
from cinema.catalog import Catalog
from cinema.events import LocalWatch
from cinema.plan.staging import Figure, Silhouette, Speaking, Staging
from cinema.plan.task import VideoRequest

FRAMES, FPS, SIZE = 96, Fraction(24), (1280, 720)
TARGET = 3.0


def shots() -> list[Staging]:
    """Eight shots such as a film has."""
    mara = Figure(
        name="MARA", silhouette=Silhouette(hair="braid", garment="coat", garment_colour="#c08a2e"), x=-0.3, facing="right"
    )
    tom = Figure(name="TOM", silhouette=Silhouette(build="broad", beard=True, garment_colour="#3f5f7c"), x=0.3, facing="left")
    base = Staging(
        setting="cliff", place="cliff", interior=False, time_of_day="dusk", weather="rain", framing="wide", angle="eye",
        camera="crane_up", focus="MARA", figures=(mara, tom),
    )  # fmt: skip
    room = replace(base, setting="kitchen", place="kitchen", interior=True, weather="storm", time_of_day="night")
    return [
        base,
        replace(base, framing="medium", camera="track_left", figures=(replace(mara, pose="walk"),)),
        replace(base, framing="close", camera="push_in", figures=(mara,)),
        replace(base, framing="over_shoulder", camera="static", figures=(mara, replace(tom, near=True, x=0.8))),
        replace(room, framing="two_shot", camera="handheld"),
        replace(room, framing="close", camera="static", figures=(tom,), focus="TOM"),
        replace(room, framing="insert", camera="push_in", focus="lamp", figures=()),
        replace(base, setting="street", place="street", weather="snow", framing="extreme_wide", camera="pan_left"),
    ]


def main() -> None:
    boards = Boards()
    boards.load(LoadPlan(manifest=Catalog().manifest("boards")), Device(threads=1))
    clip_seconds = float(FRAMES / FPS)
    print(f"{platform.processor() or platform.machine()}, one core, {SIZE[0]}x{SIZE[1]} at {FPS} frames a second")
    for title in ("cold", "places kept"):
        total, processor = 0.0, 0.0
        for staging in shots():
            request = VideoRequest(
                prompt="", width_px=SIZE[0], height_px=SIZE[1], fps=FPS, length_frames=FRAMES, staging=staging,
                speaking=(Speaking(name=staging.focus, start_frame=6, length_frames=60),),
            )  # fmt: skip
            with tempfile.TemporaryDirectory() as folder:
                start, cpu = time.perf_counter(), time.process_time()
                boards.run(Job(request=request, seed=7), Path(folder), LocalWatch())
                seconds, used = time.perf_counter() - start, time.process_time() - cpu
            total += seconds
            processor += used
            print(f"  {title:11} {staging.framing:14} {staging.camera:11} {seconds:6.2f} s wall {used:6.2f} s cpu")
        ratio = clip_seconds * len(shots()) / processor
        megapixels = SIZE[0] * SIZE[1] * FRAMES * len(shots()) / 1e6
        print(f"{title}: {total:.2f} s wall, {processor:.2f} s of processor for {clip_seconds * len(shots()):.0f} s of film")
        print(f"{title}: {ratio:.2f} times real time a core; target above {TARGET}: ratio {ratio / TARGET:.2f}; "
              f"{processor / megapixels:.5f} s per frame megapixel")  # fmt: skip


if __name__ == "__main__":
    main()
