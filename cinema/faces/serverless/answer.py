"""What a job is answered, and how large that is: below what the platform loses without a word (10 MB on `/run`)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from cinema.faces.serverless.faults import Refused
from cinema.faces.serverless.redact import scrub

SCHEMA_VERSION = 1
MOST_BYTES = 8_000_000
REPORT_BYTES = 1_000_000
_LONGEST_LIST = 200
_HEAVY = ("takes", "prompt", "negative_prompt", "action", "sounds", "lines")


def size_bytes(answer: Mapping[str, Any]) -> int:
    """As the SDK sends it (rp_http.py: JSON, not escaped to ASCII), with the words that it puts around it."""
    return len(json.dumps({"output": answer}, ensure_ascii=False).encode())


def fit(answer: dict[str, Any], most_bytes: int = MOST_BYTES) -> dict[str, Any]:
    """`answer` with as much of its report as there is room for; what was left out is said in its warnings.

    The outputs always stay. The report goes first to a megabyte, then to whatever is left beside the rest.
    """
    report = cast("dict[str, Any] | None", answer.get("report"))
    if report is None:
        return _cut_lists(answer, most_bytes)
    for trimmed, left_out in _trims(report):
        tried = {**answer, "report": trimmed}
        if left_out:
            note = f"The report was too large for the answer: {left_out} left out; the whole is in report.json."
            tried["warnings"] = [*cast("list[str]", answer.get("warnings", [])), note]
        if size_bytes(trimmed) <= REPORT_BYTES and size_bytes(tried) <= most_bytes:
            return tried
    return _cut_lists({**answer, "report": None}, most_bytes)


def _trims(report: dict[str, Any]) -> Sequence[tuple[dict[str, Any], str]]:
    shots = cast("list[dict[str, Any]]", report.get("shots", []))
    lean = [{key: value for key, value in shot.items() if key not in _HEAVY} for shot in shots]
    without = {key: value for key, value in report.items() if key not in ("shots", "scenes", "settings", "libraries")}
    least = {key: report[key] for key in ("schema", "film", "sound", "verdict", "cost") if key in report}
    return (
        (report, ""),
        ({**report, "shots": lean}, "takes, prompts and lines of its shots were"),
        (without, "its shots and scenes were"),
        (least, "all but the film's own facts was"),
    )


def _cut_lists(answer: dict[str, Any], most_bytes: int) -> dict[str, Any]:
    """`answer` with its long lists cut, where it is still too large."""
    if size_bytes(answer) <= most_bytes:
        return answer
    cut: dict[str, Any] = {
        key: cast("list[Any]", value)[:_LONGEST_LIST] if isinstance(value, list) and key != "outputs" else value
        for key, value in answer.items()
        if key != "report"
    }
    if size_bytes(cut) <= most_bytes:
        return {**cut, "truncated": True}
    plain = {key: cut[key] for key in ("schema_version", "job_id", "outputs", "timings") if key in cut}
    return {**plain, "truncated": True}


def refusal(job_id: str, refused: Refused, secrets: Sequence[str] = ()) -> dict[str, Any]:
    """The answer to a job that was not done. The SDK takes `error` out and marks the job as failed; it must be a text."""
    faults = [{"pointer": fault.pointer, "message": scrub(fault.message, secrets=secrets)[:500]} for fault in refused.faults]
    told: dict[str, Any] = {"code": refused.code, "message": scrub(refused.message, secrets=secrets)[:1_000], "errors": faults}
    if refused.figures:
        told["figures"] = dict(refused.figures)
    return {"error": json.dumps(told, ensure_ascii=False), "schema_version": SCHEMA_VERSION, "job_id": job_id, **told}
