"""The model libraries, imported when an adapter needs them, and loosely typed: their own annotations are not dependable."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from cinema.errors import MissingModelError


def library(name: str) -> Any:
    """The module of that name. MissingModelError where it is not installed, with what to install."""
    try:
        return import_module(name)
    except ModuleNotFoundError as exc:
        raise MissingModelError(
            f"The library {exc.name!r}, which this model runs on, is not installed; install it with "
            "`pip install 'cinema[models]'`."
        ) from exc
