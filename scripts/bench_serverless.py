"""How long the endpoint's worker takes from its start to the first film, and how large its answers are.

    python scripts/bench_serverless.py [--runs 3] [--shots 500] [--json FILE]

The first part starts `handler.py --test_input` on `test_input.json`, in a fresh folder of jobs each time. The second makes a
film of so many shots of one second (animatic, 120 px) and measures the answer as the SDK would send it, and the progress.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
_MARKS = {"ready": "cinema: ready", "first_progress": "progress {", "film": "completed successfully"}
_SHOWN = "time from the start of the process"


def one_start(jobs: Path) -> dict[str, float]:
    """Seconds from the start of the process to each of its milestones."""
    given = (ROOT / "test_input.json").read_text(encoding="utf-8")
    command = [sys.executable, "-u", str(ROOT / "handler.py"), "--test_input", given]
    environment = {**os.environ, "CINEMA_JOBS": str(jobs)}
    began = time.monotonic()
    found: dict[str, float] = {}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            for name, mark in (
                ("ready", "cinema: ready"),
                ("first_progress", "progress {"),
                ("film", "completed successfully"),
            ):
                if mark in line:
                    found.setdefault(name, round(time.monotonic() - began, 2))
    return found


def long_job(shots: int) -> dict[str, Any]:
    given = [{"action": f"Somebody crosses the square, step {number}.", "duration_seconds": 1.0} for number in range(shots)]
    script = {"title": "The Long Night", "scenes": [{"heading": "EXT. SQUARE - NIGHT", "shots": given}]}
    settings = {"short_side_px": 120, "music": False}
    return {"script": script, "mode": "animatic", "settings": settings, "outputs": ["film", "captions", "report", "otio"]}


async def one_answer(shots: int, jobs: Path) -> dict[str, Any]:
    """The size of the answer for a film of so many shots, and what was told on the way."""
    from cinema.faces.serverless.answer import size_bytes
    from cinema.faces.serverless.house import House
    from cinema.faces.serverless.service import Service

    told: list[tuple[float, Mapping[str, Any]]] = []

    async def send(news: Mapping[str, Any]) -> None:
        told.append((time.monotonic(), news))

    house = House.here({"CINEMA_JOBS": str(jobs)})
    service = Service(house=house, send_for=lambda job: send)
    answer = await service.handle({"id": f"bench-{shots}", "input": long_job(shots)})
    if "error" in answer:
        raise SystemExit(answer["error"])
    report = jobs / f"bench-{shots}" / "film" / "report.json"
    gaps = [after - before for (before, _), (after, _) in pairwise(told)]
    return {
        "shots": shots,
        "answer_bytes": size_bytes(answer),
        "report_file_bytes": report.stat().st_size,
        "report_in_answer_bytes": size_bytes(answer["report"]),
        "left_out": [warning for warning in answer["warnings"] if "report" in warning],
        "progress_sent": len(told),
        "numbers_in_order": [news["number"] for _, news in told] == list(range(1, len(told) + 1)),
        "least_gap_seconds": round(min(gaps, default=0.0), 2),
        "stages": list(dict.fromkeys(str(news.get("stage")) for _, news in told)),
        "total_seconds": answer["timings"]["total_seconds"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--shots", type=int, default=500, help="0: no long film")
    parser.add_argument("--json", type=Path)
    wanted = parser.parse_args()
    results: dict[str, Any] = {"machine": f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}", "starts": []}
    with tempfile.TemporaryDirectory(prefix="bench-serverless-") as folder:
        for run in range(wanted.runs):
            results["starts"].append(one_start(Path(folder) / f"run-{run}"))
            print(f"{_SHOWN}: {results['starts'][-1]}", flush=True)
        if wanted.shots:
            results["answer"] = asyncio.run(one_answer(wanted.shots, Path(folder) / "long"))
            print(json.dumps(results["answer"], indent=1))
    if wanted.json:
        wanted.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
