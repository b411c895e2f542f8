"""Two films through the real adapters on tiny random weights: the second loads nothing again, and is what a cold worker makes."""

import asyncio
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cinema.faces.serverless.house import House
from cinema.faces.serverless.service import Service

pytestmark = [pytest.mark.models, pytest.mark.slow, pytest.mark.xdist_group("film")]

SETTINGS = {"short_side_px": 120, "music": False, "models": {"speech": "espeak", "sound": "foley"}}
MODELS = {"flux.2-klein-4b", "ltx-video-2b-distilled", "realesr-animevideov3"}


def story(look: str, action: str) -> dict[str, Any]:
    shot = {"action": action, "characters": ["MARA"], "duration_seconds": 0.5}
    people = [{"name": "MARA", "look": look}]
    return {"title": "One", "characters": people, "scenes": [{"heading": "INT. ROOM - DAY", "shots": [shot]}]}


FIRST = story("woman of forty, green coat", "Mara waits.")
SECOND = story("woman of sixty, yellow coat", "Mara opens the door.")


def service_on(jobs: Path) -> Service:
    async def send(news: Mapping[str, Any]) -> None:
        """Nobody."""

    return Service(house=House.here({"CINEMA_JOBS": str(jobs), "CINEMA_VOLUME": str(jobs / "none")}), send_for=lambda job: send)


def ask(service: Service, job_id: str, script: dict[str, Any]) -> dict[str, Any]:
    given = {"script": script, "mode": "tiny", "settings": SETTINGS, "outputs": ["film", "report"], "seed": 3}
    answer = asyncio.run(service.handle({"id": job_id, "input": given}))
    assert "error" not in answer, answer
    assert answer["film"]["missing"] == []
    return answer


def takes(jobs: Path, job_id: str) -> dict[str, str]:
    """The hash of every file that the film was made of, by what made it."""
    report = json.loads((jobs / job_id / "film" / "report.json").read_text())
    assert {model["id"] for model in report["models"]} >= MODELS
    objects = sorted((jobs / job_id / "film" / ".cinema" / "objects").rglob("*.*"))
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in objects}


def test_a_warm_worker_loads_no_model_again_and_makes_the_same_film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CINEMA_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.setenv("CINEMA_WORKERS", "1")
    warm, cold = service_on(tmp_path / "warm"), service_on(tmp_path / "cold")
    try:
        first = ask(warm, "first-1", FIRST)
        second = ask(warm, "second-1", SECOND)
        warm.close()
        alone = ask(cold, "second-1", SECOND)
    finally:
        warm.close()
        cold.close()
    assert set(first["timings"]["models_loaded"]) >= MODELS
    assert set(second["timings"]["models_kept"]) >= MODELS
    assert second["timings"]["models_loaded"] == []
    assert set(alone["timings"]["models_loaded"]) >= MODELS
    assert first["outputs"][0]["sha256"] != second["outputs"][0]["sha256"] == alone["outputs"][0]["sha256"]
    assert takes(tmp_path / "warm", "second-1") == takes(tmp_path / "cold", "second-1")
