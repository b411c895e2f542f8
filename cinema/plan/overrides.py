"""A retake's wish for one shot."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ShotOverride:
    """`seed` replaces the shot's own; `prompt` replaces its action, and so its staging and its prompt. None: as planned."""

    seed: int | None = None
    prompt: str | None = None
