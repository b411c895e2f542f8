"""Progress: the latest state of a job, numbered, sent by one sender, in order, at most once in two seconds."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

EVERY_SECONDS = 2.0
_DRAIN_SECONDS = 10.0
Send = Callable[[Mapping[str, Any]], Awaitable[None]]


class News:
    """What is told replaces what was not sent yet. After `drain` nothing is sent any more, so nothing lands after an answer.

    The SDK's own `progress_update` starts a thread for each call and waits for none (1.12, rp_progress.py).
    """

    def __init__(self, send: Send, *, every_seconds: float = EVERY_SECONDS) -> None:
        self._send = send
        self._every = every_seconds
        self._state: dict[str, Any] = {}
        self._woken = asyncio.Event()
        self._closed = False
        self._sender = asyncio.create_task(self._run())
        self.number = 0
        """How many were sent."""

    def tell(self, **facts: Any) -> None:
        """Facts of the state that changed; a new stage forgets the old one's."""
        if facts.get("stage", self._state.get("stage")) != self._state.get("stage"):
            kept = ("shot", "shots", "preview", "seconds_left")
            self._state = {key: value for key, value in self._state.items() if key in kept}
        self._state.update(facts)
        self._woken.set()

    async def drain(self) -> None:
        """Wait for what is on its way; what was not sent by now is dropped, for the answer says more."""
        self._closed = True
        self._woken.set()
        await asyncio.wait({self._sender}, timeout=_DRAIN_SECONDS)
        self._sender.cancel()

    async def _run(self) -> None:
        while True:
            await self._woken.wait()
            self._woken.clear()
            if self._closed:
                return
            self.number += 1
            with contextlib.suppress(Exception):  # progress is a courtesy: the film goes on without it
                await self._send({"number": self.number, **self._state})
            sent = time.monotonic()  # when it has arrived: so they arrive that far apart, however long one was on its way
            while not self._closed and (left := sent + self._every - time.monotonic()) > 0:
                await asyncio.sleep(min(left, 0.1))
