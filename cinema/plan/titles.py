"""Titles: words that a script wants read in the picture, and how long they take to read."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cinema.plan.words import count_words

_OVER = re.compile(
    r"^(?:SUPER(?:IMPOSED?|IMPOSITION|TITLE)?|CHYRON|CAPTION|LOWER THIRD|LEGEND|TITLE OVER|SUPER TITLE|TITLE SUPER)"
    r"(?:\s*[:\-–—]+\s*|\s+(?=[\"“‘']))(?P<words>.+)$",
    re.DOTALL,
)
_CARD = re.compile(
    r"^(?:(?:MAIN |OPENING |END |CLOSING )?TITLES?(?: CARD)?|INTERTITLE|CARD|END CARD|TEXT ON SCREEN|ON[- ]SCREEN TEXT)"
    r"\s*[:\-–—]+\s*(?P<words>.+)$",
    re.DOTALL,
)
TITLE_LEAD_SECONDS = 1.2
"""A title over a picture leaves it to be seen by itself for this long."""
_QUOTES = "\"“”„‘’'«» "


@dataclass(frozen=True, kw_only=True, slots=True)
class Title:
    """Words to be read; `over` says that they lie over a picture of the story, else they have a card of their own."""

    words: str
    over: bool = False


def read_title(rows: tuple[str, ...]) -> Title | None:
    """The title that a paragraph asks for ("SUPER: London, 1954"), its lines kept; None for any other paragraph."""
    text = "\n".join(rows)
    if len(text) > 400:
        return None
    for pattern, over in ((_OVER, True), (_CARD, False)):
        match = pattern.match(text)
        if match:
            words = "\n".join(row.strip(_QUOTES) for row in match["words"].splitlines()).strip()
            return Title(words=words, over=over) if words else None
    return None


def title_seconds(words: str, pace: float) -> float:
    """Long enough to read the words twice in comfort, at least 2 s at an ordinary pace."""
    return min(max(2.0, 1.2 + 0.4 * count_words(words)), 8.0) / pace
