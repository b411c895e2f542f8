"""AAC in two halves at once, joined without a seam.

An AAC packet stands alone but for the overlap of its window with the packets beside it. So two encoders on the same grid of
1024 samples, the second warmed up before the join, give packets that may follow each other wherever both chose the same long
window on both sides. Encoding is the longest step of an assembly with hard cuts.
"""

# PyAV's compiled modules type much of their surface loosely; this is a boundary file to it.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.packet import Packet

from cinema.cut.loudness import Sound
from cinema.media.reader import open_media
from cinema.timebase import SAMPLE_RATE_HZ

FRAME_SAMPLES = 1024
_SPLIT_SAMPLES = 20 * SAMPLE_RATE_HZ
"""A shorter sound is encoded in one go."""
_WARM_PACKETS, _OVERLAP_PACKETS = 12, 72
_GRID_PACKETS = 3
"""The second half begins on a whole 4 ms: 3 x 1024 samples are 16 of them."""
_OPTIONS = {"fflags": "+bitexact", "movie_timescale": str(SAMPLE_RATE_HZ)}

_DENSE_BPS = 150_000
"""What a quality of 1 takes for dense sound: noise 242, a film with rain and music 284 kbit/s at 1.75 (2026-11)."""
_LAMBDA = 118

Blocks = Callable[[int, int], Iterable[Sound]]
"""Gives a span of the sound, from one sample to another, in blocks."""


def encode(blocks: Blocks, samples: int, path: Path, *, bitrate_bps: int) -> None:
    """Write `samples` of sound as AAC-LC, 48 kHz stereo, dense sound at `bitrate_bps`.

    The encoder's delay of 1024 samples is in the file's edit list. The same sound gives the same bytes, on any number of
    cores.
    """
    if samples < _SPLIT_SAMPLES:
        _encode(blocks(0, samples), path, bitrate_bps)
        return
    middle = samples // FRAME_SAMPLES // 2 // _GRID_PACKETS * _GRID_PACKETS
    early, late = path.with_suffix(".early.m4a"), path.with_suffix(".late.m4a")
    until = min((middle + _OVERLAP_PACKETS + 2) * FRAME_SAMPLES, samples)
    with ThreadPoolExecutor(1, thread_name_prefix="aac") as pool:
        second = pool.submit(_encode, blocks(middle * FRAME_SAMPLES, samples), late, bitrate_bps)
        _encode(blocks(0, until), early, bitrate_bps)
        second.result()
    join = _find_join(early, late, middle)
    if join is None:
        _encode(blocks(0, samples), path, bitrate_bps)
    else:
        _write_joined(early, late, path, join, join - middle)
    early.unlink()
    late.unlink()


def _encode(blocks: Iterable[Sound], path: Path, bitrate_bps: int) -> None:
    written = 0
    with av.open(str(path), "w", format="mp4", options=_OPTIONS) as container:
        stream: AudioStream = container.add_stream("aac", rate=SAMPLE_RATE_HZ, options=_quality(bitrate_bps))
        stream.codec_context.layout = "stereo"
        stream.codec_context.bit_rate = bitrate_bps
        stream.codec_context.thread_count = 1
        for block in blocks:
            frame = AudioFrame.from_ndarray(np.ascontiguousarray(block), format="fltp", layout="stereo")
            frame.sample_rate = SAMPLE_RATE_HZ
            frame.pts = written
            frame.time_base = Fraction(1, SAMPLE_RATE_HZ)
            container.mux(stream.encode(frame))
            written += block.shape[1]
        container.mux(stream.encode(None))


def _quality(bitrate_bps: int) -> dict[str, str]:
    """One quality for the whole film, at which dense sound takes about `bitrate_bps` and simple sound less.

    Holding a rate instead makes the encoder try each packet of simple sound many times over: 0.75 against 0.36 s of CPU for
    40 s of harmonic sound, at 52 dB of SNR either way (2026-11). And the coder: "twoloop" takes 1.33 s for 32 dB.
    """
    quality = round(_LAMBDA * bitrate_bps / _DENSE_BPS)
    return {"aac_coder": "fast", "flags": "+qscale", "global_quality": str(quality)}


def packets(path: Path) -> Iterator[Packet[AudioStream]]:
    """The packets of a sound file, in order; the first is the encoder's delay."""
    with open_media(path) as container:
        for packet in container.demux(container.streams.audio[0]):
            if packet.dts is not None:
                yield packet


def _find_join(early: Path, late: Path, middle: int) -> int | None:
    """The first packet that may come from the late half: there, and one before, both halves chose the same long window."""
    ours = [window(bytes(packet)) for packet in islice(packets(early), middle, middle + _OVERLAP_PACKETS)]
    theirs = [window(bytes(packet)) for packet in islice(packets(late), _OVERLAP_PACKETS)]
    alike = [one is not None and one == other for one, other in zip(ours, theirs, strict=False)]
    for index in range(_WARM_PACKETS, len(alike)):
        if alike[index - 1] and alike[index]:
            return middle + index
    return None


def window(packet: bytes) -> int | None:
    """The window shape of a stereo packet whose channels share one long window; None for any other packet.

    ISO/IEC 14496-3, 4.4.2: id_syn_ele (3 bits, 1 is a channel pair), element_instance_tag (4), common_window (1), then
    ics_reserved_bit (1), window_sequence (2, 0 is one long window), window_shape (1).
    """
    if len(packet) < 2:
        return None
    bits = int.from_bytes(packet[:2], "big")
    pair, common = bits >> 13 == 1, bits >> 8 & 1
    sequence = bits >> 5 & 0b11
    return bits >> 4 & 1 if pair and common and sequence == 0 else None


def _write_joined(early: Path, late: Path, path: Path, join: int, skipped: int) -> None:
    """`join` packets of the early half, then the late half without its first `skipped`."""
    with open_media(early) as form, av.open(str(path), "w", format="mp4", options=_OPTIONS) as container:
        stream = container.add_stream_from_template(form.streams.audio[0])
        count = 0
        for source in (islice(packets(early), join), islice(packets(late), skipped, None)):
            for packet in source:
                packet.pts = packet.dts = (count - 1) * FRAME_SAMPLES
                packet.time_base = Fraction(1, SAMPLE_RATE_HZ)
                packet.stream = stream
                container.mux_one(packet)
                count += 1
