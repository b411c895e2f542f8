"""What makes two things the same: canonical JSON and SHA-256."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

_CHUNK_BYTES = 1 << 20


def canonical_json(value: Any) -> str:
    """JSON with sorted keys, no spaces, no NaN: equal values give equal text.

    Raises ValueError for NaN or an infinity, TypeError for what JSON cannot say.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def digest(value: Any) -> str:
    """SHA-256, in hex, of the canonical JSON of `value`."""
    return hashlib.sha256(canonical_json(value).encode("ascii")).hexdigest()


def seed_from(*parts: Any) -> int:
    """A seed in 0 ... 2**31-1 that depends on `parts` alone (stable over runs and machines)."""
    return int(digest(list(parts))[:8], 16) & 0x7FFF_FFFF


def file_digest(path: Path) -> str:
    """SHA-256, in hex, of a file's bytes, read in chunks of 1 MiB."""
    hasher = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            hasher.update(chunk)
    return hasher.hexdigest()
