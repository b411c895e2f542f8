"""Small scripts for jobs."""

from __future__ import annotations

from typing import Any

SMALL = {"short_side_px": 120, "music": False}


def story(shots: int = 2, seconds: float = 1.0, line: str = "") -> dict[str, Any]:
    """A JSON script of so many shots."""
    given = [
        {"action": f"Mara crosses the square, step {number}.", "characters": ["MARA"], "duration_seconds": seconds}
        for number in range(shots)
    ]
    if line:
        given[-1]["dialogue"] = [{"character": "MARA", "text": line}]
    return {
        "title": "The Signal",
        "characters": [{"name": "MARA", "look": "a woman of forty"}],
        "scenes": [{"heading": "EXT. SQUARE - NIGHT", "shots": given}],
    }


def job(shots: int = 2, seconds: float = 1.0, **more: Any) -> dict[str, Any]:
    """The input of a job that makes the smallest film."""
    return {"script": story(shots, seconds), "mode": "animatic", "settings": SMALL, "outputs": ["film"], **more}
