"""From the mix to the delivery: gain and limiter, encoding, and a second look at what encoding did."""

# PyAV's compiled modules type much of their surface loosely; this is a boundary file to it.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from math import log10
from pathlib import Path
from typing import Any, cast

import numpy as np
from av.container import InputContainer

from cinema.catalog import Delivery
from cinema.cut.aac import encode
from cinema.cut.limiter import Master
from cinema.cut.loudness import Meter, Sound, integrated
from cinema.cut.mix import PEAK_MARGIN_DB, Mix, Tick
from cinema.media.reader import open_media

_TOLERANCE_LU = 0.3
_UNDERREAD_DB = 0.5
"""What our reading of a peak must lie below the limit: ffmpeg's meter was seen to read 0.4 dB more (2026-11-21)."""
_MEASURED_SAMPLES = 96_000
"""Decoded frames are measured together, at most this many samples at a time."""


@dataclass(frozen=True, kw_only=True)
class Mastered:
    """An encoded mix. Loudness and peak are measured after decoding; None where there is nothing to measure."""

    path: Path
    master: Master
    loudness_lufs: float | None
    true_peak_dbtp: float | None


def master_and_encode(mix: Mix, folder: Path, delivery: Delivery, tick: Tick = lambda part: None) -> Mastered:
    """Bring the mix to the delivery's loudness and peak as `folder/film.m4a`; corrected and encoded once more where needed."""
    path = folder / "film.m4a"
    first = _encode_measured(mix, mix.master(delivery), path, delivery)
    tick(0.6)
    trim_db = margin_db = 0.0
    if first.loudness_lufs is not None and abs(delivery.loudness_lufs - first.loudness_lufs) > _TOLERANCE_LU:
        trim_db = delivery.loudness_lufs - first.loudness_lufs
    allowed_dbtp = delivery.true_peak_dbtp - _UNDERREAD_DB
    if first.true_peak_dbtp is not None and first.true_peak_dbtp > allowed_dbtp:
        margin_db = first.true_peak_dbtp - allowed_dbtp + 0.1
    if not trim_db and not margin_db:
        return first
    second = mix.master(delivery, trim_db=trim_db, margin_db=PEAK_MARGIN_DB + margin_db)
    return _encode_measured(mix, second, path, delivery)


def _encode_measured(mix: Mix, master: Master, path: Path, delivery: Delivery) -> Mastered:
    def blocks(start: int, stop: int) -> Iterator[Sound]:
        return mix.mastered(master, start, stop)

    encode(blocks, mix.samples, path, bitrate_bps=delivery.audio_bitrate_bps)
    meter = measure(path)
    peak = float(meter.peaks().max(initial=0.0))
    heard = mix.heard if delivery.dialogue_gated else None
    powers = meter.powers[: len(mix.powers)]
    return Mastered(
        path=path,
        master=master,
        loudness_lufs=integrated(powers, heard),
        true_peak_dbtp=20 * log10(peak) if peak > 1e-5 else None,
    )


def measure(path: Path) -> Meter:
    """Decode the first sound of a film or an .m4a and measure it, from its first presented sample.

    A block is measured while the next one is decoded.
    """
    meter = Meter()
    with open_media(path) as container, ThreadPoolExecutor(1, thread_name_prefix="sound-meter") as pool:
        measured: Future[None] | None = None
        for block in _decoded(container):
            if measured is not None:
                measured.result()
            measured = pool.submit(meter.add, block)
        if measured is not None:
            measured.result()
    return meter


def _decoded(container: InputContainer) -> Iterator[Sound]:
    """The first sound of a container, about a second at a time."""
    block, count = np.empty((2, _MEASURED_SAMPLES), np.float32), 0
    for frame in container.decode(container.streams.audio[0]):
        if count + frame.samples > _MEASURED_SAMPLES:
            yield block[:, :count]
            block, count = np.empty((2, _MEASURED_SAMPLES), np.float32), 0
        for channel, plane in enumerate(frame.planes):
            block[channel, count : count + frame.samples] = np.frombuffer(cast("Any", plane), np.float32, frame.samples)
        count += frame.samples
    if count:
        yield block[:, :count]
