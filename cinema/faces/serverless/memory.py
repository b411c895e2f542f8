# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportMissingImports=false
# pyright: reportUnknownArgumentType=false, reportAttributeAccessIssue=false
# nvidia-ml-py is optional and has no type stubs.
"""Whether memory came back after a job: what the cards still hold, and what this process has grown to."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

SLACK_BYTES = 512_000_000
GROWN_BYTES = 2_000_000_000
_LOOKS = 10
_LOOK_SECONDS = 0.5


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


async def came_back(before_bytes: int, cards: Callable[[], int] = cards_bytes, own: Callable[[], int] = own_bytes) -> bool:
    """Whether the cards hold no more than before the job, give or take `SLACK_BYTES`; they are given 5 s to let go."""
    if own() > GROWN_BYTES:
        return False
    for _ in range(_LOOKS):
        if cards() <= before_bytes + SLACK_BYTES:
            return True
        await asyncio.sleep(_LOOK_SECONDS)
    return False
