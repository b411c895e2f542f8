"""Keeps the child of the last job, with its models, for the next: one at most, and only while nothing speaks against it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from cinema.faces.serverless import memory
from cinema.faces.serverless.house import JobFolder
from cinema.faces.serverless.process import Child, Outcome, environment
from cinema.faces.serverless.redact import scrub


class Hire:
    """A child for one job. `was_idle`: it waited for this job; it may have ended unseen."""

    def __init__(self, child: Child, *, was_idle: bool) -> None:
        self.child = child
        self.has_order = False
        """Whether it was given the job; until then it is as it came."""
        self._was_idle = was_idle

    async def perform(
        self, order: Mapping[str, Any], folder: JobFolder, hear: Callable[[Mapping[str, Any]], None], *, lease: int
    ) -> Outcome:
        """As `Child.perform`. In the place of one that ended while it was idle comes a new one."""
        self.has_order = True
        outcome = await self.child.perform(order, folder, hear, lease=lease)
        if self._was_idle and not outcome.begun:
            self.child = Child()
            outcome = await self.child.perform(order, folder, hear, lease=lease)
        return outcome


class Keeper:
    """Children for jobs. `cards` tells how much memory is in use on all cards."""

    def __init__(self, cards: Callable[[], int] = memory.cards_bytes) -> None:
        self._cards = cards
        self._first_bytes = memory.own_bytes()
        self._idle: Child | None = None
        self._hired = 0
        self._bare_bytes: int | None = None
        """What the cards held when there was no child: the least that was ever seen."""
        self._unproven = False
        """Whether a child that had worked was ended, and nobody has looked yet whether its memory came back."""
        self._worn_out = False

    @property
    def idle(self) -> Child | None:
        """The child that waits for a job; it may have died since."""
        return self._idle

    @asynccontextmanager
    async def hire(self) -> AsyncGenerator[Hire]:
        """A child for one job: the one that is idle, or a new one, which starts while the job is still being prepared.

        It is kept after a job that was done, and after one that did not come to it, where no other job is under way.
        """
        taken = self._take()
        child = taken or Child()
        hire = Hire(child, was_idle=taken is not None)
        self._hired += 1
        cancelled = False
        try:
            if self._hired == 1 and not child.jobs:
                found = await asyncio.to_thread(self._cards)
                self._bare_bytes = min(found, found if self._bare_bytes is None else self._bare_bytes)
            yield hire
        except asyncio.CancelledError:
            cancelled = hire.has_order
            raise
        finally:
            self._hired -= 1
            await self._settle(hire.child, cancelled=cancelled)

    async def is_worn_out(self) -> bool:
        """Whether memory did not come back when the last child was ended: only a new worker helps."""
        if self._unproven and not self._hired and self._idle is None:
            back = await memory.came_back(self._bare_bytes or 0, self._cards, self._grown_bytes)
            self._unproven = self._hired > 0  # another job began meanwhile: what the cards hold is its own
            self._worn_out = not back and not self._unproven
        return self._worn_out

    async def _holds_no_more(self, kept: memory.Kept) -> bool:
        """Whether cards hold no more than without a child and with what this one keeps."""
        allowed = (self._bare_bytes or 0) + kept.cards_may_hold
        return await memory.came_back(allowed, self._cards, self._grown_bytes)

    def _grown_bytes(self) -> int:
        """What this process has taken since it began to keep children."""
        return memory.own_bytes() - self._first_bytes

    def close(self) -> None:
        """End the idle child now."""
        idle, self._idle = self._idle, None
        if idle is not None:
            idle.close()

    def _take(self) -> Child | None:
        """The idle child, if there is one, it lives and its environment is still ours."""
        idle, self._idle = self._idle, None
        if idle is not None and idle.alive and idle.environment == environment():
            return idle
        if idle is not None:
            idle.close()
        return None

    async def _settle(self, child: Child, *, cancelled: bool) -> None:
        """Keep the child, or end it."""
        try:
            if child.alive and child.at_rest and not cancelled and await self._may_stay(child):
                self._idle = child
        finally:
            if self._idle is not child:
                self._unproven |= child.jobs > 0
                await child.end()

    async def _may_stay(self, child: Child) -> bool:
        if child.kept is not None:
            why = memory.why_end(child.kept, child.jobs)
            if not why and not await self._holds_no_more(child.kept):
                why = "the cards hold more than its models, or this process has grown"
            if why:
                print(f"cinema: the process that made the film is not kept: {scrub(why)}", file=sys.stderr, flush=True)
                return False
            self._worn_out = False
        return not self._hired and self._idle is None
