"""How long the endpoint's worker takes from its start to the first film, and how large its answers are.

    python scripts/bench_serverless.py [--runs 3] [--shots 500] [--warm 3] [--tiny] [--json FILE]

The first part starts `handler.py --test_input` on `test_input.json`, in a fresh folder of jobs each time. The second makes a
film of so many shots of one second (animatic, 120 px) and measures the answer as the SDK would send it, and the progress.
The third sends jobs to one handler, one after the other, each with another seed: the first finds no child, the others that of
the job before, with its models. With `--tiny` also in the mode tiny, on random weights made beforehand: two shots, one line.
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


def few_jobs(count: int, jobs: Path, given: dict[str, Any]) -> list[dict[str, Any]]:
    """So many films by one handler: seconds from the job to the first word of the child, and to the film; what was loaded."""
    from cinema.faces.serverless.house import House
    from cinema.faces.serverless.service import Service

    told: list[tuple[float, Mapping[str, Any]]] = []

    async def send(news: Mapping[str, Any]) -> None:
        told.append((time.monotonic(), news))

    service = Service(house=House.here({"CINEMA_JOBS": str(jobs)}), send_for=lambda job: send, every_seconds=0.02)

    async def serve() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for number in range(count):
            began = time.monotonic()
            answer = await service.handle({"id": f"bench-{number}", "input": {**given, "seed": number}})
            if "error" in answer:
                raise SystemExit(answer["error"])
            first = next(at for at, news in told if at > began and news.get("stage") != "plan")
            timings = answer["timings"]
            found.append(
                {
                    "first_word_seconds": round(first - began, 2),
                    "film_seconds": timings["total_seconds"],
                    "models_kept": timings["models_kept"],
                    "models_loaded": timings["models_loaded"],
                }
            )
            print(json.dumps(found[-1]), flush=True)
        return found

    try:
        return asyncio.run(serve())
    finally:
        service.close()


def two_shots() -> dict[str, Any]:
    """A job for the mode tiny: every kind of model but music."""
    line = {"character": "MARA", "text": "Who is there?"}
    shots = [
        {"action": "Mara waits.", "characters": ["MARA"], "duration_seconds": 1.0},
        {"action": "Mara opens the door.", "characters": ["MARA"], "duration_seconds": 1.0, "dialogue": [line]},
    ]
    people = [{"name": "MARA", "look": "woman of forty"}]
    script = {"title": "The Door", "characters": people, "scenes": [{"heading": "INT. ROOM - DAY", "shots": shots}]}
    return {"script": script, "mode": "tiny", "settings": {"short_side_px": 120, "music": False}, "outputs": ["film"]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--shots", type=int, default=500, help="0: no long film")
    parser.add_argument("--warm", type=int, default=3, help="jobs to one handler; 0: none")
    parser.add_argument("--tiny", action="store_true", help="those jobs in the mode tiny, too")
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
        if wanted.warm:
            print("one handler, one job after the other:")
            given = json.loads((ROOT / "test_input.json").read_text(encoding="utf-8"))["input"]
            results["warm"] = {"animatic": few_jobs(wanted.warm, Path(folder) / "warm", given)}
        if wanted.warm and wanted.tiny:
            os.environ["CINEMA_WEIGHTS"] = str(Path(folder) / "weights")
            print("weights are made; this one does not count:")
            few_jobs(1, Path(folder) / "made", two_shots())
            results["warm"]["tiny"] = few_jobs(wanted.warm, Path(folder) / "tiny", two_shots())
    if wanted.json:
        wanted.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
