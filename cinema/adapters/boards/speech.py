# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (soundfile has no stubs)
"""From a recorded voice to the shapes of a mouth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from cinema.adapters.boards.chance import chance
from cinema.adapters.boards.heads import Mouth
from cinema.errors import OutOfDiskError


def loudness(path: Path, step_seconds: float) -> NDArray[np.float64]:
    """How loud the voice is in each step, 0 ... 1 (1: its own loud syllables). Raises OutOfDiskError for an unreadable file."""
    try:
        samples, rate = soundfile.read(str(path), dtype="float32", always_2d=True)
    except (OSError, RuntimeError) as exc:
        raise OutOfDiskError(f"The speech {path} cannot be read: {exc}.") from exc
    mono = np.asarray(samples, np.float64).mean(axis=1)
    step = max(1, round(rate * step_seconds))
    count = -(-len(mono) // step)
    padded = np.zeros(count * step)
    padded[: len(mono)] = mono
    rms = np.sqrt((padded.reshape(count, step) ** 2).mean(axis=1)) if count else np.zeros(0)
    top = float(np.percentile(rms, 92)) if count else 0.0
    return np.minimum(1.0, rms / top) if top > 1e-5 else np.zeros(count)


def babble(steps: int, seed: int) -> NDArray[np.float64]:
    """A likely pattern of loudness where no voice was recorded: syllables, words, short rests."""
    rng = chance("babble", seed)
    out: list[float] = []
    while len(out) < steps:
        for _ in range(rng.randint(3, 7)):
            out += [rng.uniform(0.45, 1.0)] * rng.randint(1, 2) + [rng.uniform(0.1, 0.4)]
        out += [0.0] * rng.randint(1, 3)
    return np.array(out[:steps])


def mouth_for(level: float, step: int, seed: int) -> Mouth:
    """The shape of a mouth at a loudness; shapes of the same loudness take turns by chance."""
    if level < 0.14:
        return "rest"
    if level < 0.36:
        return "small"
    pick = chance("mouth", seed, step).random()
    if level < 0.66:
        return "bite" if pick < 0.35 else "round" if pick < 0.6 else "small" if pick < 0.7 else "wide"
    return "round" if pick < 0.25 else "wide"
