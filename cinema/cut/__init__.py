"""Finishing: timeline, mix, captions, assembly, interchange, storyboard and report."""

from __future__ import annotations

from cinema.cut.assemble import assemble
from cinema.cut.edit import edit
from cinema.cut.interchange import write_interchange
from cinema.cut.quality import Check, check, worst
from cinema.cut.report import Production, StageTime, build_report, write_report
from cinema.cut.report_model import Report
from cinema.cut.result import CutResult
from cinema.cut.storyboard import write_storyboard
from cinema.cut.timeline import Timeline

__all__ = [
    "Check",
    "CutResult",
    "Production",
    "Report",
    "StageTime",
    "Timeline",
    "assemble",
    "build_report",
    "check",
    "edit",
    "worst",
    "write_interchange",
    "write_report",
    "write_storyboard",
]
