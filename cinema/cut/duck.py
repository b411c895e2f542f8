"""Ducking: music and ambience make room for speech, before anything else happens to the mix."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cinema.cut.loudness import Sound
from cinema.timebase import SAMPLE_RATE_HZ

STEP_SAMPLES = SAMPLE_RATE_HZ // 100
MUSIC_DUCK_DB = -11.0
AMBIENCE_DUCK_DB = -4.0

_HEARD_DBFS = -45.0
_AHEAD_STEPS = 20
"""The music is down when the voice begins: 0.2 s ahead."""
_HOLD_STEPS = 55
"""It does not come back in the pauses between words."""
_SMOOTH_STEPS = 41

Steps = NDArray[np.float32]


def heard_steps(dialogue: Sound) -> NDArray[np.bool_]:
    """For each 10 ms of a block (a multiple of them, but for the film's last): whether somebody speaks."""
    steps = -(-dialogue.shape[1] // STEP_SAMPLES)
    padded = np.zeros((2, steps * STEP_SAMPLES), np.float32)
    padded[:, : dialogue.shape[1]] = dialogue
    spans = padded.reshape(2, steps, STEP_SAMPLES)
    power = np.einsum("cts,cts->t", spans, spans) / (2 * STEP_SAMPLES)
    return np.asarray(power > 10 ** (_HEARD_DBFS / 10))


def ducking(heard: NDArray[np.bool_]) -> Steps:
    """How far the duck is down at each 10 ms border, 0 ... 1: early, held over pauses, and smooth both ways."""
    if not heard.any():
        return np.zeros(len(heard) + 1, np.float32)
    around = np.ones(_AHEAD_STEPS + _HOLD_STEPS + 1, np.float32)
    wide = np.convolve(heard.astype(np.float32), around)[_AHEAD_STEPS : _AHEAD_STEPS + len(heard) + 1] > 0.5
    half = _SMOOTH_STEPS // 2
    window = np.hanning(_SMOOTH_STEPS + 2)[1:-1].astype(np.float32)
    padded = np.pad(wide.astype(np.float32), half, mode="edge")
    return np.asarray(np.convolve(padded, window / window.sum(), mode="valid"), np.float32)


def duck(block: Sound, start_sample: int, down: Steps, depth_db: float) -> None:
    """Lower a block, which begins at a multiple of 10 ms, in place."""
    first = start_sample // STEP_SAMPLES
    steps = -(-block.shape[1] // STEP_SAMPLES)
    knots = down[first : first + steps + 1]
    if not knots.any():
        return
    gains = np.power(np.float32(10), knots * np.float32(depth_db / 20))
    rise = np.arange(STEP_SAMPLES, dtype=np.float32) / STEP_SAMPLES
    curve = gains[:-1, None] + (gains[1:] - gains[:-1])[:, None] * rise
    block *= curve.reshape(-1)[: block.shape[1]]
