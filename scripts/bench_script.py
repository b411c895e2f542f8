"""How long it takes to read a script: ours beside screenplain and fountain-py, in the same run.

    .venv/bin/python scripts/bench_script.py

Ours gives a complete `Script` (scenes, cast, metadata, line numbers); the peers give a list of elements. Rounds are
interleaved, so that a busy machine slows everybody down alike; medians are printed.
"""

from __future__ import annotations

import gc
import io
import statistics
import time
from collections.abc import Callable

from fountain import FountainParser
from screenplain.parsers import fountain as screenplain

from cinema.script import read_text
from cinema.testing.scripts import long_fountain

TARGET_SECONDS = 0.030
ROUNDS = 15


def main() -> None:
    for lines in (3_000, 7_000):
        text = long_fountain(lines, seed=1)
        seconds = medians(
            {
                "cinema": lambda text=text: read_text(text, "fountain"),
                "screenplain": lambda text=text: screenplain.parse(io.StringIO(text)),
                "fountain-py": lambda text=text: FountainParser().parse(text),
            }
        )
        ours = seconds["cinema"]
        script = read_text(text, "fountain")
        print(f"{text.count(chr(10)):,} lines, {len(text):,} characters, {len(script.elements):,} elements")
        for name, taken in seconds.items():
            ratio = "" if name == "cinema" else f"   {taken / ours:4.1f} x ours"
            print(f"  {name:12} {taken * 1000:7.1f} ms{ratio}")
        if lines == 3_000:
            print(f"  target       {TARGET_SECONDS * 1000:7.1f} ms   {'met' if ours <= TARGET_SECONDS else 'MISSED'}")


def medians(readers: dict[str, Callable[[], object]]) -> dict[str, float]:
    """The median time of each reader over interleaved rounds, in seconds."""
    taken: dict[str, list[float]] = {name: [] for name in readers}
    for _ in range(ROUNDS):
        for name, read in readers.items():
            gc.collect()
            start = time.perf_counter()
            read()
            taken[name].append(time.perf_counter() - start)
    return {name: statistics.median(times) for name, times in taken.items()}


if __name__ == "__main__":
    main()
