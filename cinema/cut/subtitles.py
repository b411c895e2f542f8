"""Caption files: SubRip and WebVTT, and the cards of the soft track in the film."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from html import escape
from itertools import groupby
from pathlib import Path

from cinema.cut.timeline import Caption
from cinema.timebase import clock, seconds_at


def shown_cards(captions: Sequence[Caption]) -> Iterator[list[Caption]]:
    """The cards in order; those of voices at the same time together."""
    for _, group in groupby(captions, key=lambda card: (card.start_frame, card.end_frame)):
        yield list(group)


def shown_text(cards: Sequence[Caption]) -> str:
    """What stands on the screen: one card's text, or a dash before each voice's."""
    if len(cards) == 1:
        return cards[0].text
    return "\n".join("-" + card.text.replace("\n", " ") for card in cards)


def srt(captions: Sequence[Caption], fps: Fraction) -> str:
    """The captions as SubRip, which knows no way to write its own arrow: words that hold one get another."""
    blocks = (
        f"{number}\n{_span(cards[0], fps, ',')}\n{shown_text(cards).replace('-->', '→')}\n"
        for number, cards in enumerate(shown_cards(captions), start=1)
    )
    return "\n".join(blocks)


def vtt(captions: Sequence[Caption], fps: Fraction, language: str = "en") -> str:
    """The captions as WebVTT, with the speaker of each card as its voice."""
    blocks = [f"WEBVTT\nKind: captions\nLanguage: {language}\n"]
    for cards in shown_cards(captions):
        rows = [_voiced(card, "-" if len(cards) > 1 else "") for card in cards]
        blocks.append(f"{_span(cards[0], fps, '.')}\n" + "\n".join(rows) + "\n")
    return "\n".join(blocks)


def _voiced(card: Caption, dash: str) -> str:
    text = dash + escape(card.text, quote=False)
    speaker = escape(" ".join(card.speaker.split()), quote=False)
    return f"<v {speaker}>{text}</v>" if speaker else text


def _span(card: Caption, fps: Fraction, mark: str) -> str:
    start, end = (clock(seconds_at(frame, fps), mark) for frame in (card.start_frame, card.end_frame))
    return f"{start} --> {end}"


def write_captions(
    captions: Sequence[Caption], folder: Path, *, fps: Fraction, language: str, name: str = "captions"
) -> tuple[Path, Path]:
    """Write `captions.srt` and `captions.vtt` into `folder`, each whole or not at all."""
    texts = {f"{name}.srt": srt(captions, fps), f"{name}.vtt": vtt(captions, fps, language)}
    for file, text in texts.items():
        partial = folder / f".{file}.partial"
        partial.write_text(text, encoding="utf-8", newline="\n", errors="replace")
        partial.replace(folder / file)
    first, second = (folder / file for file in texts)
    return first, second
