"""Chance that is the same on every machine: seeded from words and numbers by a hash."""

from __future__ import annotations

import hashlib
import random


def chance(*parts: object) -> random.Random:
    """A generator that depends on `parts` alone (their `str`)."""
    text = "\x1f".join(str(part) for part in parts)
    return random.Random(int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8], "big"))
