"""How long `cinema --help` takes, and what it imports, beside a bare Python.

python scripts/bench_help.py
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

RUNS = 9
TARGET_SECONDS = 0.25
FORBIDDEN = ("torch", "cv2", "av", "numpy")


def seconds_of(arguments: list[str]) -> float:
    """Median wall time of a command over `RUNS` runs, after one that warms the file cache."""
    measured: list[float] = []
    for _ in range(RUNS + 1):
        start = time.perf_counter()
        subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL)
        measured.append(time.perf_counter() - start)
    return statistics.median(measured[1:])


def main() -> None:
    bare = seconds_of([sys.executable, "-c", "pass"])
    ours = seconds_of([sys.executable, "-m", "cinema", "--help"])
    look = f"sorted(set(sys.modules) & set({FORBIDDEN}))"
    probe = f"import sys; from cinema.faces.cli import run; run(['--help']); print({look})"
    heavy = subprocess.run([sys.executable, "-c", probe], check=True, capture_output=True, text=True).stdout.splitlines()[-1]
    ratio = ours / TARGET_SECONDS
    print(f"cinema --help {ours:.3f} s   bare python {bare:.3f} s   target {TARGET_SECONDS} s   ratio to target {ratio:.2f}")
    print(f"of {', '.join(FORBIDDEN)} imported: {heavy}")


if __name__ == "__main__":
    main()
