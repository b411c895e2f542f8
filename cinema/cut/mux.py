"""The film as an MP4: picture, sound and soft captions side by side, chapters and metadata, playable from its first byte."""

# PyAV's compiled modules type much of their surface loosely; this is a boundary file to it.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from fractions import Fraction
from heapq import merge
from math import lcm
from pathlib import Path
from typing import Any, TypeAlias

import av
import numpy as np
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Stream

from cinema.cut.picture import Coded
from cinema.cut.subtitles import shown_cards, shown_text
from cinema.cut.timeline import Chapter, Timeline
from cinema.media.reader import open_media
from cinema.media.writer import ClipWriter
from cinema.timebase import SAMPLE_RATE_HZ, seconds_at

_MILLISECOND = Fraction(1, 1000)
_HEADER_BYTES = 1 << 16
_HEADER_BYTES_PER_PACKET = 24
"""Room kept for the index in front of the media: a size, a chunk and an offset for every packet, at worst."""
_TEXT_STYLE = """[Script Info]
ScriptType: v4.00+
PlayResX: 384
PlayResY: 288

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, \
StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding
Style: Default,Arial,16,&Hffffff,&Hffffff,&H0,&H0,0,0,0,0,100,100,0,0,1,1,0,2,10,10,10,0

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""
_ISO_639_2 = {
    "ar": "ara", "bg": "bul", "cs": "ces", "da": "dan", "de": "deu", "el": "ell", "en": "eng", "es": "spa", "et": "est",
    "fa": "fas", "fi": "fin", "fr": "fra", "he": "heb", "hi": "hin", "hr": "hrv", "hu": "hun", "id": "ind", "it": "ita",
    "ja": "jpn", "ko": "kor", "lt": "lit", "lv": "lav", "nl": "nld", "no": "nor", "pl": "pol", "pt": "por", "ro": "ron",
    "ru": "rus", "sk": "slk", "sl": "slv", "sv": "swe", "th": "tha", "tr": "tur", "uk": "ukr", "vi": "vie", "zh": "zho",
}  # fmt: skip

Timed: TypeAlias = "tuple[int, int, Packet[Any]]"
"""When a packet is due (in ticks of the movie's time scale), a rank among packets due together, and the packet."""


def write_film(path: Path, timeline: Timeline, picture: Iterable[Coded], sound: Path, *, scratch: Path) -> int:
    """Write the film to `path`; returns how many of its frames were copied.

    `picture` gives one packet a frame, in order; frame n is shown exactly at n / fps. `sound` is the encoded mix, whose
    delay its edit list already tells. `scratch` is a folder for a throw-away file.
    """
    with ExitStack() as stack:
        form = stack.enter_context(open_media(_form(timeline, scratch)))
        mixed = stack.enter_context(open_media(sound))
        reserved = _HEADER_BYTES + _HEADER_BYTES_PER_PACKET * (
            timeline.length_frames + mixed.streams.audio[0].frames + 4 * len(timeline.captions) + 4 * len(timeline.chapters)
        )
        options = {"fflags": "+bitexact", "moov_size": str(reserved), "movie_timescale": str(_ticks_hz(timeline.fps))}
        container = av.open(str(path), "w", format="mp4", options=options)
        stack.callback(container.close)
        return _write(container, timeline, picture, form, mixed)


def _ticks_hz(fps: Fraction) -> int:
    """The movie's time scale, in which its edit lists count: one where samples, frames and milliseconds are whole."""
    return lcm(SAMPLE_RATE_HZ, fps.numerator)


def _write(
    container: OutputContainer, timeline: Timeline, picture: Iterable[Coded], form: InputContainer, mixed: InputContainer
) -> int:
    language = _ISO_639_2.get(timeline.language.partition("-")[0].lower(), "und")
    video = container.add_stream_from_template(form.streams.video[0])
    audio = container.add_stream_from_template(mixed.streams.audio[0])
    audio.metadata["language"] = video.metadata["language"] = language
    tracks: list[Iterator[Timed]] = []
    copied = _Count()
    tracks.append(_picture_packets(picture, video, timeline.fps, copied))
    tracks.append(_sound_packets(mixed, audio, _ticks_hz(timeline.fps) // SAMPLE_RATE_HZ))
    if timeline.captions:
        text = container.add_stream("mov_text")
        text.codec_context.subtitle_header = _TEXT_STYLE.encode()
        text.metadata["language"] = language
        text.time_base = text.codec_context.time_base = _MILLISECOND
        tracks.append(_caption_packets(timeline, text))
    container.metadata["title"] = timeline.title
    container.metadata["comment"] = timeline.synthetic
    container.set_chapters(_chapters(timeline.chapters, timeline))
    container.start_encoding()
    for _, _, packet in merge(*tracks, key=lambda timed: timed[:2]):
        container.mux_one(packet)
    return copied.frames


class _Count:
    """How many frames came by unchanged."""

    frames = 0


def _picture_packets(picture: Iterable[Coded], stream: Stream, fps: Fraction, copied: _Count) -> Iterator[Timed]:
    interval = 1 / fps
    ticks = int(_ticks_hz(fps) / fps)
    for number, coded in enumerate(picture):
        packet = Packet(coded.data)
        packet.pts = packet.dts = number
        packet.duration = 1
        packet.time_base = interval
        packet.is_keyframe = coded.key_frame
        packet.stream = stream
        copied.frames += coded.copied
        yield number * ticks, 0, packet


def _sound_packets(mixed: InputContainer, stream: Stream, sample_ticks: int) -> Iterator[Timed]:
    for packet in mixed.demux(mixed.streams.audio[0]):
        if packet.dts is not None:
            packet.stream = stream  # pyright: ignore[reportAttributeAccessIssue] (the stubs want the type, muxing any stream)
            yield packet.dts * sample_ticks, 1, packet


def _caption_packets(timeline: Timeline, stream: Stream) -> Iterator[Timed]:
    """A card, then an empty one for the pause after it: a text track of an MP4 has no gaps."""
    end_ms = _milliseconds(timeline.length_frames, timeline.fps)
    ticks = _ticks_hz(timeline.fps) // 1000
    at_ms = 0

    def text(words: str, start_ms: int, until_ms: int) -> Timed:
        data = words.encode("utf-8", "replace")[:65_535]
        packet = Packet(len(data).to_bytes(2, "big") + data)
        packet.pts = packet.dts = start_ms
        packet.duration = until_ms - start_ms
        packet.time_base = _MILLISECOND
        packet.stream = stream
        return start_ms * ticks, 2, packet

    for cards in shown_cards(timeline.captions):
        start_ms = max(_milliseconds(cards[0].start_frame, timeline.fps), at_ms)
        until_ms = min(_milliseconds(cards[0].end_frame, timeline.fps), end_ms)
        if until_ms <= start_ms:
            continue
        if start_ms > at_ms:
            yield text("", at_ms, start_ms)
        yield text(shown_text(cards), start_ms, until_ms)
        at_ms = until_ms
    if at_ms < end_ms:
        yield text("", at_ms, end_ms)


def _milliseconds(frame: int, fps: Fraction) -> int:
    return int(seconds_at(frame, fps) * 1000 + Fraction(1, 2))


def _chapters(chapters: Sequence[Chapter], timeline: Timeline) -> list[Any]:
    ends = [*(chapter.start_frame for chapter in chapters[1:]), timeline.length_frames][: len(chapters)]
    return [
        {
            "id": number,
            "start": _milliseconds(chapter.start_frame, timeline.fps),
            "end": _milliseconds(end, timeline.fps),
            "time_base": _MILLISECOND,
            "metadata": {"title": chapter.title},
        }
        for number, (chapter, end) in enumerate(zip(chapters, ends, strict=True), start=1)
    ]


def _form(timeline: Timeline, scratch: Path) -> Path:
    """A clip of one black frame: its header is the film's."""
    path = scratch / "form.mp4"
    with ClipWriter(path, width_px=timeline.width_px, height_px=timeline.height_px, fps=timeline.fps) as writer:
        writer.write(np.zeros((timeline.height_px, timeline.width_px, 3), np.uint8))
    return path
