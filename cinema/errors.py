"""Every error that leaves Cinema on purpose.

    CinemaError                 1   a fault of ours, unless a subclass says otherwise
    ├── InputError              2   a script, setting or option is wrong; carries where
    ├── MissingModelError       3   a model, its weights or its library is not here
    ├── DoesNotFitError         4   no load plan fits the device
    ├── OutOfDiskError          5   disk full, folder not writable, file unreadable
    ├── LockedError             6   another runner holds the film; carries its pid
    ├── IncompleteError         7   the film was finished with parts missing
    ├── TaskFailedError         1   a task failed on every attempt; carries the task
    └── Cancelled             130   the user or the caller asked to stop

A message is one sentence: what happened, with which value, and what to do.
The number is the process's exit code.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Where:
    """A place in something that a person wrote.

    `line` counts from 1; `pointer` is a JSON pointer (RFC 6901) into a JSON document.
    """

    source: str = ""
    line: int | None = None
    pointer: str | None = None

    def __str__(self) -> str:
        text = self.source
        if self.line is not None:
            text = f"{text}:{self.line}" if text else f"line {self.line}"
        if self.pointer is not None:
            text = f"{text} at {self.pointer or '/'}" if text else f"at {self.pointer or '/'}"
        return text


class CinemaError(Exception):
    """Base of the tree above; `message` is one sentence for a person."""

    exit_code = 1

    def __init__(self, message: str, *, where: Where | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.where = where

    def __str__(self) -> str:
        place = str(self.where) if self.where else ""
        return f"{place}: {self.message}" if place else self.message


class InputError(CinemaError):
    """A script, setting, option or file given from outside is wrong."""

    exit_code = 2


class MissingModelError(CinemaError):
    """A model, its weights, or the library that runs it, is not on this machine."""

    exit_code = 3


class DoesNotFitError(CinemaError):
    """No load plan of any allowed model fits the device's memory."""

    exit_code = 4


class OutOfDiskError(CinemaError):
    """The disk is full, a folder is not writable or a file cannot be read."""

    exit_code = 5


class LockedError(CinemaError):
    """Another live process renders this film."""

    exit_code = 6

    def __init__(self, message: str, *, pid: int) -> None:
        super().__init__(message)
        self.pid = pid


class IncompleteError(CinemaError):
    """The film was finished, but parts of it are missing; they are named."""

    exit_code = 7

    def __init__(self, message: str, *, missing: tuple[str, ...]) -> None:
        super().__init__(message)
        self.missing = missing


class TaskFailedError(CinemaError):
    """A task failed on every attempt that it was given."""

    def __init__(self, message: str, *, key: str) -> None:
        super().__init__(message)
        self.key = key


class Cancelled(CinemaError):
    """The work was asked to stop, and did so."""

    exit_code = 130

    def __init__(self, message: str = "Stopped on request.") -> None:
        super().__init__(message)
