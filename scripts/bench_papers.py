"""What the papers of a film cost: quality control, storyboard, report and interchange.

    python scripts/bench_papers.py [SHOTS]

Targets: quality control at most 3 % of the film's own time at 4 times real time; the page under 5 MB for 100 shots.
The film is drawn here: soft patches of colour, all of which change, on twos, 1280x720 at 24 fps.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "cut"))

import finishing

from cinema.catalog import Catalog
from cinema.cut import Production, write_interchange, write_report, write_storyboard
from cinema.cut.quality_film import look_through
from cinema.cut.result import CutResult
from cinema.media import ClipWriter, Picture
from cinema.settings import Settings

WIDTH, HEIGHT, SHOT_FRAMES = 1280, 720, 60
FILM_FRAMES = 1440
_NOISE = np.random.default_rng(1).integers(0, 255, (9, 16, 3), dtype=np.uint8)


def picture(shift: int) -> Picture:
    return cv2.resize(
        np.roll(_NOISE, (shift % 9, shift // 9 % 16, shift // 144 % 3), axis=(0, 1, 2)),
        (WIDTH, HEIGHT),
        interpolation=cv2.INTER_CUBIC,
    ).astype(np.uint8)


def timed(name: str, work: Callable[[], object]) -> float:
    began, wall = time.process_time(), time.perf_counter()
    work()
    cpu = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    print(f"{name:34} {time.perf_counter() - wall:7.2f} s   {cpu:7.2f} s of CPU   peak {peak:5.0f} MB")
    return cpu


def main(shots: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        film = folder / "film.mp4"
        with ClipWriter(film, fps=Fraction(24), width_px=WIDTH, height_px=HEIGHT) as writer:
            for frame in range(0, FILM_FRAMES, 2):
                writer.write(picture(frame), repeat=2)
        clips = finishing.picture(folder, [SHOT_FRAMES] * (FILM_FRAMES // SHOT_FRAMES))
        short = finishing.timeline(folder, clips=clips)
        looked = timed("look through 60 s of film", lambda: list(look_through(film, short)))
        share = looked / (FILM_FRAMES / 24 / 4)
        print(f"    {100 * share:.1f} % of the film's own time at 4 x real time; target 3 %")

        plan, timeline = finishing.film(folder, [finishing.MOVES[n % len(finishing.MOVES)] for n in range(shots)])
        numbers = {clip.take.path: n for n, clip in enumerate(timeline.picture)}

        def still(path: Path, frame: int) -> Picture:
            return picture(numbers[path])

        timed(f"interchange, {shots} shots", lambda: write_interchange(timeline, folder))
        timed(f"storyboard, {shots} shots", lambda: write_storyboard(plan, timeline, folder / "storyboard.pdf", still=still))
        result = CutResult(
            film=film,
            captions=(),
            stems=(),
            frames=timeline.length_frames,
            samples=0,
            loudness_lufs=-14.0,
            true_peak_dbtp=-1.2,
            gain_db=0.0,
            limited_db=0.0,
            size_bytes=film.stat().st_size,
            copied_frames=0,
        )
        production = Production(
            plan=plan,
            timeline=timeline,
            result=result,
            delivery=Catalog().delivery("web"),
            settings=Settings(),
            mode="animatic",
            manifests=Catalog().manifests,
        )
        timed(f"report, {shots} shots", lambda: write_report(production, folder, still=still))
        for file, target in (("storyboard.pdf", ""), ("report.html", "; target 5 MB for 100 shots")):
            print(f"    {file}: {(folder / file).stat().st_size / 1e6:.2f} MB{target}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
