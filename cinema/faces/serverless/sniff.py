"""What a file is, told by its first bytes, from a list of what is allowed. Nothing is parsed here."""

from __future__ import annotations

import re
from typing import Literal

Kind = Literal["image", "audio", "script"]
ENOUGH_BYTES = 1_024
"""So many first bytes are looked at."""

_PAGE = re.compile(rb"\s*<(?:!doctype\s+html|html|head|body|script|svg|iframe|!--)", re.IGNORECASE)
_FINAL_DRAFT = re.compile(rb"\s*<(?:\?xml|FinalDraft|!DOCTYPE\s+FinalDraft)")
_TEXT_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def type_of(start: bytes, kind: Kind) -> str | None:
    """The suffix of what begins with `start` (".png"), where it is one of the types that `kind` allows; else None."""
    match kind:
        case "image":
            return _image(start)
        case "audio":
            return _audio(start)
        case "script":
            return _script(start)


ALLOWED: dict[Kind, str] = {
    "image": "a PNG, JPEG or WebP picture",
    "audio": "a WAV, FLAC, OGG or MP3 recording",
    "script": "a script (JSON, Fountain, Final Draft or plain text)",
}


def _image(start: bytes) -> str | None:
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        return ".png"
    if start.startswith(b"\xff\xd8\xff"):
        return ".jpg"
    return ".webp" if start[:4] == b"RIFF" and start[8:12] == b"WEBP" else None


def _audio(start: bytes) -> str | None:
    if start[:4] in (b"RIFF", b"RF64") and start[8:12] == b"WAVE":
        return ".wav"
    if start[:4] == b"fLaC":
        return ".flac"
    if start[:4] == b"OggS":
        return ".ogg"
    return ".mp3" if start[:3] == b"ID3" or (len(start) > 1 and start[0] == 0xFF and start[1] & 0xE6 == 0xE2) else None


def _script(start: bytes) -> str | None:
    wide = start.startswith(_TEXT_MARKS[1:])
    if _PAGE.match(start.removeprefix(_TEXT_MARKS[0])) or (b"\0" in start and not wide):
        return None
    text = start.replace(b"\0", b"") if wide else start
    for mark in _TEXT_MARKS:
        text = text.removeprefix(mark)
    text = text.lstrip()
    if not text or re.search(rb"[\x01-\x08\x0e-\x1a]", text):
        return None
    if _FINAL_DRAFT.match(text):
        return ".fdx"
    return ".json" if text.startswith(b"{") else ".txt"
