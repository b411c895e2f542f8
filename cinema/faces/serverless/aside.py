"""Work in a thread, ended with the job that it is done for."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

_END_SECONDS = 3.0
_T = TypeVar("_T")


async def aside(work: Callable[[threading.Event], _T]) -> _T:
    """What `work` gives, done in a thread; it is given an event to look at.

    Cancelled, the event is set, and the thread's end awaited for up to 3 s: what it holds is put away before anybody else may
    come to it.
    """
    cancel = threading.Event()
    working = asyncio.create_task(asyncio.to_thread(work, cancel))
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        cancel.set()
        working.add_done_callback(_hear)
        await asyncio.wait({working}, timeout=_END_SECONDS)
        raise


def _hear(ended: asyncio.Task[_T]) -> None:
    """What it says of its end is nobody's business any more."""
    if not ended.cancelled():
        ended.exception()
