"""Peak memory of the assembly against the film's length: 5, 20 and 60 minutes of 720p with voices, beds and dissolves.

    python scripts/bench_memory.py [--minutes 5 20 60]

Each film is assembled in a process of its own; printed is the peak resident size of that process and of its children, together.
Target: at most 300 MB at 60 minutes, flat against length.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

TARGET_MB = 300
BED_SECONDS = 60


def assemble_one(material: Path, minutes: int) -> None:
    """In the child: a film of `minutes` from a few clips used over and over, a dissolve at every fourth cut."""
    import bench_assembly as bench

    from cinema.cut import assemble
    from cinema.plan.model import Transition
    from cinema.settings import Settings
    from cinema.timebase import SAMPLE_RATE_HZ

    clips = minutes * 60 // bench.CLIP_SECONDS
    for index in range(clips):
        for kind, suffix in (("clip", "mp4"), ("voice", "wav")):
            link = material / f"{kind}{index:03d}.{suffix}"
            if not link.exists():
                link.symlink_to(material / f"{kind}{index % 4:03d}.{suffix}")
    timeline = bench.timeline(material, clips, dissolves=False)
    dissolve = Transition(kind="dissolve", frames=bench.DISSOLVE_FRAMES)
    picture = tuple(replace(clip, entrance=dissolve) if n % 4 == 3 else clip for n, clip in enumerate(timeline.picture))
    bed = material / "bed.wav"
    piece = BED_SECONDS * SAMPLE_RATE_HZ
    beds = tuple(bench.sound_clip(bed, f"music:{n}", n * piece, piece) for n in range(minutes * 60 * SAMPLE_RATE_HZ // piece))
    voices = tuple(clip for clip in timeline.sound if clip.stem == "dialogue")
    film = replace(timeline, picture=picture, sound=(*voices, *beds))
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(dir=material) as out:
        result = assemble(film, Path(out), delivery=bench.WEB, settings=Settings())
        size = result.size_bytes / 1e6
    seconds = time.perf_counter() - started
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e3
    print(f"{own_peak_mb() + children:.0f} {seconds:.1f} {size:.0f} {result.loudness_lufs:.2f}")


def own_peak_mb() -> float:
    """Linux counts the parent's peak into `ru_maxrss` of a new process (it survives exec), but not into VmHWM."""
    status = Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return float(line.split()[1]) * 1.024 / 1e3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=int, nargs="+", default=[5, 20, 60])
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        assemble_one(Path(options.one[0]), int(options.one[1]))
        return
    import bench_assembly as bench

    peaks: list[float] = []
    with tempfile.TemporaryDirectory(prefix="bench-memory-") as name:
        bench.material(Path(name), 4)
        bench.write_bed(Path(name) / "bed.wav", BED_SECONDS)
        for minutes in options.minutes:
            command = [sys.executable, __file__, "--one", name, str(minutes)]
            line = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
            peaks.append(float(line[0]))
            print(f"{minutes:3d} min: peak {line[0]} MB, {line[1]} s, film {line[2]} MB, {line[3]} LUFS", flush=True)
    met = "met" if peaks[-1] <= TARGET_MB else "MISSED"
    print(
        f"{options.minutes[-1]} min: {peaks[-1]:.0f} MB (target <= {TARGET_MB} MB) {met}; growth {peaks[-1] - peaks[0]:.0f} MB"
    )


if __name__ == "__main__":
    main()
