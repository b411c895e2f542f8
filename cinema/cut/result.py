"""What the assembly gave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class CutResult:
    """A finished film. All paths are absolute.

    Loudness and true peak are those of the encoded sound, decoded again; None where the film is silent or too short (under
    0.4 s) to have any. The mix is the sum of the stems times `gain_db`, limited.
    """

    film: Path
    captions: tuple[Path, ...]
    """SRT, then VTT."""
    stems: tuple[Path, ...]
    """Dialogue, music, effects."""
    frames: int
    samples: int
    loudness_lufs: float | None
    true_peak_dbtp: float | None
    gain_db: float
    limited_db: float
    """The most that the limiter took away."""
    size_bytes: int
    copied_frames: int
    """Frames whose packets were copied; the rest were encoded again."""
    seconds: Mapping[str, float] = field(default_factory=dict[str, float])
    """Wall time per step: "sound", "picture", "film"; sound and picture overlap."""
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
