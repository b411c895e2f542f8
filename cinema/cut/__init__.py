"""Finishing: timeline, mix, captions, assembly, interchange, storyboard, quality checks and report."""

from __future__ import annotations

from cinema.cut.assemble import assemble
from cinema.cut.edit import edit
from cinema.cut.interchange import write_interchange
from cinema.cut.quality import Check, check
from cinema.cut.report import Production, StageTime, write_report
from cinema.cut.result import CutResult
from cinema.cut.storyboard import write_storyboard
from cinema.cut.timeline import Timeline

__all__ = [
    "Check",
    "CutResult",
    "Production",
    "StageTime",
    "Timeline",
    "assemble",
    "check",
    "edit",
    "write_interchange",
    "write_report",
    "write_storyboard",
]
