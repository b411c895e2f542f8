# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportMissingImports=false
# pyright: reportUnknownArgumentType=false, reportAttributeAccessIssue=false
# nvidia-ml-py is optional and has no type stubs.
"""Whether memory came back after a job, what an idle child may hold, and what this process has grown to."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from cinema.units import human_bytes

SLACK_BYTES = 512_000_000
GROWN_BYTES = 2_000_000_000
"""Of the handler, or of a child without its workers: neither holds a model. A child that has made films has about 0.2 GB."""
CONTEXT_BYTES = 1_000_000_000
"""What the driver and its libraries take of a card for one process, beside what torch knows of: an estimate, on the large side
(0.4 to 0.6 GB are usual)."""
MOST_JOBS = 50
"""Then a child is ended: what leaks slowly is lost with it."""
HELD_PART = 0.75
"""How much of the machine's memory an idle child and its workers may hold."""
FREE_PART = 0.1
"""How much of it must be free for whoever else is here."""
_LOOKS = 10
_LOOK_SECONDS = 0.5


class Kept(BaseModel):
    """What a child that made a film holds, as it says itself: `cinema.render.Holding`, and its own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    models: tuple[str, ...] = ()
    card_workers: int = 0
    card_bytes: int = 0
    predicted_bytes: int = 0
    host_bytes: int = 0
    own_bytes: int = 0
    limit_bytes: int = 0
    """Of the machine's memory, what may be used here; 0: unknown."""

    @property
    def cards_may_hold(self) -> int:
        """More than nothing, give or take `SLACK_BYTES`, while this child is idle."""
        return self.card_bytes + self.card_workers * CONTEXT_BYTES


def why_end(kept: Kept, jobs: int, available: Callable[[], int] | None = None) -> str:
    """Why a child that holds this after so many jobs cannot be kept; empty where it can."""
    held, free = kept.own_bytes + kept.host_bytes, (available or available_bytes)()
    if jobs >= MOST_JOBS:
        return f"it has done {jobs} jobs"
    if kept.own_bytes > GROWN_BYTES:
        return f"it has grown to {human_bytes(kept.own_bytes)} without its workers"
    if kept.card_bytes > kept.predicted_bytes + SLACK_BYTES:
        foreseen = human_bytes(kept.predicted_bytes)
        return f"its models hold {human_bytes(kept.card_bytes)} of cards, where {foreseen} were foreseen"
    if kept.limit_bytes and held > HELD_PART * kept.limit_bytes:
        return f"it holds {human_bytes(held)} of {human_bytes(kept.limit_bytes)} of the machine's memory"
    if kept.limit_bytes and free and free < FREE_PART * kept.limit_bytes:
        return f"only {human_bytes(free)} of {human_bytes(kept.limit_bytes)} of the machine's memory are free"
    return ""


def cards_bytes() -> int:
    """Memory in use on all NVIDIA cards; 0 where there is none."""
    try:
        import pynvml

        pynvml.nvmlInit()
        try:
            handles = [pynvml.nvmlDeviceGetHandleByIndex(index) for index in range(pynvml.nvmlDeviceGetCount())]
            return sum(int(pynvml.nvmlDeviceGetMemoryInfo(handle).used) for handle in handles)
        finally:
            pynvml.nvmlShutdown()
    except Exception:  # no driver, no card, or no library
        return 0


def own_bytes() -> int:
    """Resident memory of this process; 0 where it cannot be told."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


def available_bytes() -> int:
    """Memory of the machine that can be had without pushing anything out; 0 where it cannot be told."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, ValueError, StopIteration):
        return 0


async def came_back(before_bytes: int, cards: Callable[[], int] = cards_bytes, grown: Callable[[], int] = lambda: 0) -> bool:
    """Whether the cards hold no more than before the job, give or take `SLACK_BYTES`; they are given 5 s to let go.

    `grown`: what the process that asks has taken since it began; it may be `GROWN_BYTES`.
    """
    if grown() > GROWN_BYTES:
        return False
    for _ in range(_LOOKS):
        if cards() <= before_bytes + SLACK_BYTES:
            return True
        await asyncio.sleep(_LOOK_SECONDS)
    return False
