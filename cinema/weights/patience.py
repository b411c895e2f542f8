"""How long a broken connection is tried again."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TypeVar

from cinema.errors import MissingModelError

_Result = TypeVar("_Result")


class Transient(MissingModelError):
    """The network or the server failed in a way that may pass."""


@dataclass(frozen=True, kw_only=True)
class Patience:
    """`tries` in a row that brought nothing, each wait twice the last; any byte that arrives starts the count anew."""

    tries: int = 6
    first_wait_seconds: float = 0.5
    longest_wait_seconds: float = 30.0

    def wait(self, failures: int) -> None:
        """Sleep before the try that follows `failures` fruitless ones."""
        time.sleep(min(self.first_wait_seconds * 2 ** max(failures - 1, 0), self.longest_wait_seconds))

    def call(self, ask: Callable[[], _Result], errors: Callable[[], AbstractContextManager[None]]) -> _Result:
        """`ask()`, again and again while it raises Transient."""
        for failures in range(1, self.tries + 1):
            try:
                with errors():
                    return ask()
            except Transient as exc:
                if failures == self.tries:
                    raise Transient(
                        f"{exc.message}, {failures} times; check the connection and run the command again."
                    ) from exc
                self.wait(failures)
        raise AssertionError


PATIENCE = Patience()
