"""How long things last: speech by language and punctuation, pictures by what happens in them.

Speech rates are plain averages of read speech in letters a second (about 150 words a minute for English); they only
serve until the lines have been spoken and measured.
"""

from __future__ import annotations

import re

from cinema.plan.model import Coverage
from cinema.plan.staging import Emotion
from cinema.plan.words import clauses, count_words, sentences

_LETTERS_A_SECOND = {
    "en": 14.0, "de": 14.0, "fr": 15.0, "es": 16.0, "it": 15.5, "pt": 15.0, "nl": 14.0, "pl": 14.0, "ru": 13.5, "ar": 10.5,
    "he": 10.5, "fa": 11.0, "hi": 12.0, "tr": 14.0, "ja": 7.0, "zh": 4.6, "ko": 6.0, "th": 11.0,
}  # fmt: skip
_DEFAULT_RATE = 13.5
_PACE_OF_EMOTION: dict[Emotion, float] = {
    "tired": 1.15,
    "sad": 1.1,
    "tender": 1.06,
    "whisper": 1.06,
    "excited": 0.92,
    "angry": 0.94,
}
_SILENT_MARKS = re.compile(r"[,;:،、，；]|[.!?؟。！？]+|…|—|–|--")
_LIMITS_SECONDS: dict[Coverage, tuple[float, float]] = {
    "explicit": (1.2, 12.0),
    "establishing": (2.5, 6.0),
    "master": (2.0, 8.0),
    "single": (1.5, 7.0),
    "over_shoulder": (1.5, 7.0),
    "two_shot": (1.8, 7.0),
    "insert": (1.2, 4.0),
    "reaction": (1.2, 3.5),
    "pov": (1.5, 6.0),
    "montage": (1.2, 3.5),
    "title": (2.0, 8.0),
}
LONGEST_LINE_SECONDS = 8.0
"""A speech longer than this is split at a sentence, and the pieces go to shots of their own."""


def limits_seconds(coverage: Coverage, pace: float) -> tuple[float, float]:
    """The shortest and longest that a picture of this kind stands by itself (lines may make it longer)."""
    low, high = _LIMITS_SECONDS[coverage]
    return max(low / pace, 0.5), max(high / pace, 1.0)


def speech_seconds(text: str, language: str, emotion: Emotion = "neutral", nonverbal: str = "") -> float:
    """Estimated length of spoken text, at least 0.4 s."""
    rate = _LETTERS_A_SECOND.get(language.partition("-")[0].lower(), _DEFAULT_RATE)
    letters = sum(map(str.isalnum, text))
    spaces = text.count(" ")
    pauses = 0.0
    for mark in _SILENT_MARKS.findall(text.rstrip(" .!?…؟。！？\"'”’»)")):
        pauses += 0.16 if mark in ",;:،、，；" else 0.3
    spoken = (letters + 0.6 * spaces) / rate * _PACE_OF_EMOTION.get(emotion, 1.0)
    return max(0.4, 0.15 + spoken + pauses + (0.8 if nonverbal else 0.0))


def action_seconds(action: str, coverage: Coverage, tension: float, pace: float) -> float:
    """How long a picture needs to be read: more words take longer, tension and pace cut faster; within the limits."""
    low, high = limits_seconds(coverage, pace)
    seconds = (1.2 + 0.27 * count_words(action)) * (1.18 - 0.5 * tension) / pace
    return min(max(seconds, low), high)


def split_speech(text: str, language: str, emotion: Emotion = "neutral") -> list[str]:
    """Pieces of at most `LONGEST_LINE_SECONDS` each where sentences allow; then at clauses, then between words."""
    if speech_seconds(text, language, emotion) <= LONGEST_LINE_SECONDS:
        return [text]
    pieces = _gather(sentences(text), language, emotion)
    finer: list[str] = []
    for piece in pieces:
        if speech_seconds(piece, language, emotion) <= 1.5 * LONGEST_LINE_SECONDS:
            finer.append(piece)
            continue
        for part in _gather(clauses(piece), language, emotion):
            long = speech_seconds(part, language, emotion) > 1.5 * LONGEST_LINE_SECONDS
            finer.extend(_gather(part.split(" "), language, emotion) if long else [part])
    return finer


def _gather(parts: list[str], language: str, emotion: Emotion) -> list[str]:
    """Neighbouring parts joined while they stay short enough; lengths are summed, so that this is linear."""
    lengths = [speech_seconds(part, language, emotion) for part in parts]
    total = sum(lengths)
    wanted = total / max(1, round(total / (0.8 * LONGEST_LINE_SECONDS)))
    gathered: list[str] = []
    held: list[str] = []
    seconds = 0.0
    for part, length in zip(parts, lengths, strict=True):
        if held and (seconds + length > LONGEST_LINE_SECONDS or seconds + length / 2 > wanted):
            gathered.append(_joined(held))
            held, seconds = [], 0.0
        held.append(part)
        seconds += length
    if held:
        gathered.append(_joined(held))
    return gathered


def _joined(parts: list[str]) -> str:
    """Parts as they stood in the text: no space after 。！？, which have none."""
    text = parts[0]
    for part in parts[1:]:
        text += part if text.endswith(("。", "！", "？", "」", "』", "、", "，", "；", "：")) else f" {part}"
    return text
