"""Mood words and prompt words, turned into a brief for the composer. Tables and their reading."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace


@dataclass(frozen=True, kw_only=True)
class Brief:
    """What to write: how fast, in which mode, over which harmonies, for which instruments."""

    mode: str
    beats_per_minute: float
    tonic: int
    """MIDI number near which the bass lies, 36 ... 47."""
    progressions: tuple[tuple[int, ...], ...]
    """Phrases of four chords, as scale degrees counted from 1."""
    cadence: tuple[int, int]
    pad: str = "strings"
    figure: str = ""
    """Instrument of the accompanying figure."""
    pattern: str = "arpeggio"
    lead: str = ""
    percussion: str = ""
    bass: str = "bass"
    brightness: float = 1.0
    density: float = 0.6
    """Share of the bars in which the melody sounds."""
    room_seconds: float = 2.6
    loudness_lufs: float = -23.0
    dissonance: float = 0.0
    """Chance of a chord's colour note (second, major seventh, tritone) per chord."""


_MAJOR = ((1, 5, 6, 4), (1, 4, 2, 5), (1, 6, 4, 5), (4, 1, 2, 5))
_MINOR = ((1, 6, 3, 7), (1, 4, 6, 5), (6, 7, 1, 4), (1, 7, 6, 5))
_DORIAN = ((1, 4, 1, 7), (1, 3, 4, 1), (1, 7, 4, 1))
_LYDIAN = ((1, 2, 1, 5), (1, 2, 6, 2), (1, 5, 2, 1))
_PHRYGIAN = ((1, 2, 1, 7), (1, 6, 2, 1), (1, 4, 2, 1))

MOODS: dict[str, Brief] = {
    "calm": Brief(
        mode="major",
        beats_per_minute=66,
        tonic=41,
        progressions=_MAJOR,
        cadence=(4, 5),
        figure="piano",
        lead="flute",
        density=0.4,
        loudness_lufs=-25,
    ),
    "warm": Brief(
        mode="major",
        beats_per_minute=76,
        tonic=39,
        progressions=_MAJOR,
        cadence=(2, 5),
        figure="guitar",
        lead="cello",
        density=0.5,
        brightness=0.9,
    ),
    "joyful": Brief(
        mode="major",
        beats_per_minute=116,
        tonic=43,
        progressions=_MAJOR,
        cadence=(4, 5),
        figure="guitar",
        pattern="strum",
        lead="flute",
        percussion="light",
        density=0.7,
        brightness=1.2,
        loudness_lufs=-22,
    ),
    "playful": Brief(
        mode="major",
        beats_per_minute=126,
        tonic=41,
        progressions=_MAJOR,
        cadence=(2, 5),
        pad="",
        figure="pizzicato",
        pattern="oompah",
        lead="clarinet",
        percussion="light",
        density=0.75,
        room_seconds=1.4,
    ),
    "mysterious": Brief(
        mode="lydian",
        beats_per_minute=62,
        tonic=40,
        progressions=_LYDIAN,
        cadence=(2, 5),
        pad="choir",
        figure="harp",
        lead="celesta",
        density=0.45,
        room_seconds=3.8,
        loudness_lufs=-25,
        dissonance=0.3,
    ),
    "uneasy": Brief(
        mode="phrygian",
        beats_per_minute=58,
        tonic=38,
        progressions=_PHRYGIAN,
        cadence=(4, 2),
        figure="piano",
        pattern="sparse",
        lead="violin",
        density=0.3,
        brightness=0.8,
        room_seconds=3.6,
        loudness_lufs=-26,
        dissonance=0.7,
    ),
    "tense": Brief(
        mode="minor",
        beats_per_minute=104,
        tonic=38,
        progressions=((1, 1, 6, 6), (1, 1, 4, 5), (1, 6, 1, 5)),
        cadence=(4, 5),
        pad="strings",
        figure="pulse",
        pattern="ostinato",
        percussion="low",
        density=0.0,
        brightness=0.9,
        room_seconds=1.8,
        dissonance=0.5,
    ),
    "sad": Brief(
        mode="minor",
        beats_per_minute=60,
        tonic=40,
        progressions=_MINOR,
        cadence=(4, 5),
        figure="piano",
        lead="cello",
        density=0.5,
        brightness=0.75,
        room_seconds=3.2,
        loudness_lufs=-25,
    ),
    "heroic": Brief(
        mode="mixolydian",
        beats_per_minute=108,
        tonic=43,
        progressions=((1, 7, 4, 1), (1, 4, 7, 4), (6, 7, 4, 5)),
        cadence=(4, 5),
        figure="pulse",
        pattern="march",
        lead="brass",
        percussion="drums",
        density=0.7,
        brightness=1.25,
        loudness_lufs=-20,
    ),
    "romantic": Brief(
        mode="major",
        beats_per_minute=70,
        tonic=37,
        progressions=((1, 6, 2, 5), (1, 3, 4, 5), (4, 5, 3, 6)),
        cadence=(2, 5),
        figure="harp",
        lead="violin",
        density=0.65,
        room_seconds=3.0,
    ),
    "epic": Brief(
        mode="minor",
        beats_per_minute=96,
        tonic=38,
        progressions=((1, 6, 3, 7), (6, 7, 1, 1), (1, 3, 7, 4)),
        cadence=(6, 5),
        figure="pulse",
        pattern="ostinato",
        lead="brass",
        percussion="drums",
        density=0.6,
        brightness=1.3,
        room_seconds=3.0,
        loudness_lufs=-19,
    ),
    "dark": Brief(
        mode="minor",
        beats_per_minute=54,
        tonic=36,
        progressions=((1, 6, 1, 4), (1, 1, 2, 1), (1, 4, 6, 5)),
        cadence=(6, 5),
        pad="choir",
        figure="",
        lead="cello",
        percussion="low",
        bass="drone",
        density=0.35,
        brightness=0.6,
        room_seconds=4.0,
        loudness_lufs=-24,
        dissonance=0.35,
    ),
    "neutral": Brief(
        mode="dorian",
        beats_per_minute=78,
        tonic=40,
        progressions=_DORIAN,
        cadence=(4, 5),
        figure="piano",
        lead="",
        density=0.0,
        loudness_lufs=-25,
    ),
}

SYNONYMS: dict[str, str] = {
    word: mood
    for mood, words in {
        "calm": "peaceful serene gentle quiet still dreamy soothing tranquil ambient meditative pastoral morning soft lullaby",
        "warm": "tender hopeful nostalgic cosy cozy intimate homely bittersweet reassuring family kind",
        "joyful": (
            "happy joy cheerful bright upbeat triumphant-joy festive celebration celebratory sunny uplifting optimistic light"
        ),
        "playful": "funny comic comedic quirky whimsical mischievous silly sneaky comedy humorous jaunty",
        "mysterious": (
            "mystery magical wonder curious strange ethereal enigmatic "
            "otherworldly eerie-light secret awe dreamlike fantasy space"
        ),
        "uneasy": (
            "eerie anxious nervous unsettling ominous creepy haunting suspicious "
            "disquiet foreboding unease afraid horror fear scary dread"
        ),
        "tense": (
            "suspense suspenseful thriller tension urgent chase action danger dangerous pursuit racing frantic anger angry"
        ),
        "sad": (
            "melancholy melancholic sorrow sorrowful grief mournful lonely tragic "
            "wistful tearful loss elegiac somber sombre tired regret"
        ),
        "heroic": "hero triumphant triumph adventure adventurous brave courageous victorious victory noble march",
        "romantic": "love loving romance passionate longing yearning lush wedding",
        "epic": "grand battle war powerful majestic cinematic dramatic massive climax storm",
        "dark": "grim brooding sinister menacing evil bleak night noir death doom heavy",
        "neutral": "plain underscore unobtrusive documentary thoughtful reflective contemplative",
    }.items()
    for word in words.split()
}

_LEADS = {
    "violin": "violin",
    "fiddle": "violin",
    "viola": "cello",
    "cello": "cello",
    "flute": "flute",
    "clarinet": "clarinet",
    "oboe": "clarinet",
    "brass": "brass",
    "horn": "brass",
    "trumpet": "brass",
    "trombone": "brass",
    "celesta": "celesta",
    "bells": "celesta",
    "bell": "celesta",
    "musicbox": "celesta",
    "whistle": "flute",
    "saxophone": "clarinet",
    "accordion": "clarinet",
}
_FIGURES = {
    "piano": "piano",
    "guitar": "guitar",
    "harp": "harp",
    "pizzicato": "pizzicato",
    "pulse": "pulse",
    "ukulele": "guitar",
    "banjo": "guitar",
    "kalimba": "harp",
}
_PADS = {
    "strings": "strings",
    "orchestra": "strings",
    "choir": "choir",
    "voices": "choir",
    "organ": "organ",
    "synth": "organ",
    "pad": "strings",
    "synthesizer": "organ",
}
_BEATS = {
    "drums": "drums",
    "drum": "drums",
    "percussion": "drums",
    "taiko": "drums",
    "timpani": "low",
    "shaker": "light",
    "heartbeat": "low",
}
_TEMPI = {
    "slow": 0.76,
    "slowly": 0.76,
    "adagio": 0.76,
    "largo": 0.66,
    "lento": 0.7,
    "fast": 1.35,
    "quick": 1.3,
    "allegro": 1.35,
    "presto": 1.5,
    "driving": 1.25,
    "moderate": 1.0,
}


def brief_for(mood: str, prompt: str) -> Brief:
    """The brief of a mood word (or a synonym anywhere in either text), with the prompt's instruments and tempo obeyed.

    The instruments named are the ones that play; "solo" leaves one with a soft bass; "no drums" takes drums out. A mood
    that nobody knows is neutral.
    """
    text = prompt.lower()[:2000].replace("music box", "musicbox")
    refused = set(re.findall(r"\b(?:no|without)\s+([a-z]+)", text))
    words = [word for word in re.findall(r"[a-z]+", text) if word not in refused]
    brief = MOODS[_mood_of(re.findall(r"[a-z]+", mood.lower()[:400]) + words)]
    for word in words:
        if word in _TEMPI:
            brief = replace(brief, beats_per_minute=brief.beats_per_minute * _TEMPI[word])
    if {"minor"} & set(words):
        brief = replace(brief, mode="minor", progressions=_MINOR, cadence=(4, 5))
    elif {"major"} & set(words):
        brief = replace(brief, mode="major", progressions=_MAJOR, cadence=(4, 5))
    brief = _scored(brief, words, solo="solo" in words)
    banned = {table[word] for table in (_LEADS, _FIGURES, _PADS, _BEATS) for word in refused if word in table}
    if refused & {"drums", "percussion", "drum"}:
        banned |= {"drums", "light", "low"}
    if "melody" in refused:
        banned.add(brief.lead)
    kept = {part: "" for part in ("pad", "figure", "lead", "percussion") if getattr(brief, part) in banned}
    return replace(brief, **kept)


def _mood_of(words: list[str]) -> str:
    for word in words:
        if word in MOODS:
            return word
        if word in SYNONYMS:
            return SYNONYMS[word]
    return "neutral"


def _scored(brief: Brief, words: list[str], *, solo: bool) -> Brief:
    """Named instruments take the parts that suit them; parts that nobody named fall silent, but for the bass."""
    leads, figures, pads, beats = (
        [table[word] for word in words if word in table] for table in (_LEADS, _FIGURES, _PADS, _BEATS)
    )
    if not (leads or figures or pads or beats):
        return brief
    if solo and (leads or figures):
        lead = (leads or figures)[0]
        return replace(brief, lead=lead, figure="", pad="", percussion="", bass="", density=max(brief.density, 0.9))
    if not (leads or figures or pads):
        return replace(brief, percussion=beats[0])
    lead = leads[0] if leads else figures[0] if figures and brief.density > 0.3 else ""
    return replace(
        brief,
        pad=pads[0] if pads else brief.pad if beats and not figures and not leads else "",
        figure=figures[0] if figures else "",
        lead=lead,
        percussion=beats[0] if beats else "",
        density=max(brief.density, 0.5) if leads else brief.density,
    )
