"""Who speaks and how: voices by gender, age and variant; emotions; languages. Tables, and their arithmetic.

A voice is an eSpeak NG variant played faster or slower than it was spoken (which moves its formants, as a longer or
shorter throat does) at a pitch chosen apart from that.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from cinema.adapters.espeak.library import Manner, languages
from cinema.errors import InputError
from cinema.plan.staging import Emotion
from cinema.plan.task import VoiceSpec


@dataclass(frozen=True, kw_only=True)
class Timbre:
    """A cast member's instrument. `f0_hz` is the median pitch wanted, `natural_hz` what the variant has by itself."""

    variant: str
    natural_hz: float
    """Measured at pitch 50 over one sentence, eSpeak NG 1.52, 2026-11-21."""
    f0_hz: float
    formants: float = 1.0
    words_per_minute: float = 165
    pitch_range: float = 50
    tilt_db: float = 0.0
    """An octave, around 1 kHz."""
    breath: float = 0.05
    shake: float = 0.0
    """Depth of a tremor of 5 Hz, as a fraction of the pitch."""


def _row(variant: str, natural: float, f0: float, *rest: float) -> Timbre:
    formants, rate, width, slope, breath = rest
    return Timbre(
        variant=variant,
        natural_hz=natural,
        f0_hz=f0,
        formants=formants,
        words_per_minute=rate,
        pitch_range=width,
        tilt_db=slope,
        breath=breath,
    )


MEN = (
    _row("m3", 104, 112, 1.00, 164, 52, 0.0, 0.04),
    _row("m7", 106, 88, 0.94, 146, 42, -0.6, 0.05),
    _row("klatt4", 102, 132, 1.04, 180, 58, 0.8, 0.02),
    _row("m2", 100, 148, 1.09, 190, 62, 0.2, 0.06),
    _row("Gene", 95, 100, 1.03, 156, 46, -0.2, 0.10),
    _row("m1", 93, 79, 0.90, 138, 36, -0.3, 0.07),
    _row("benjamin", 101, 121, 0.98, 174, 40, 1.0, 0.03),
    _row("Denis", 98, 140, 1.00, 150, 66, 0.6, 0.14),
)
WOMEN = (
    _row("f2", 193, 205, 1.00, 168, 52, 0.0, 0.05),
    _row("f4", 178, 172, 0.95, 150, 44, -0.6, 0.07),
    _row("f3", 210, 238, 1.05, 184, 62, 0.6, 0.05),
    _row("f1", 179, 188, 1.02, 160, 38, 0.9, 0.03),
    _row("aunty", 174, 158, 0.92, 142, 40, -0.2, 0.10),
    _row("f5", 204, 222, 1.03, 174, 58, -0.8, 0.16),
    _row("steph", 184, 196, 0.97, 156, 56, 1.6, 0.06),
    _row("belinda", 230, 258, 1.08, 192, 66, 0.2, 0.04),
)
NEUTRAL = (
    _row("m6", 101, 150, 1.10, 164, 44, 0.0, 0.06),
    _row("f1", 179, 162, 0.96, 156, 36, -0.4, 0.08),
    _row("m2", 100, 138, 1.05, 174, 40, 0.6, 0.04),
    _row("f4", 178, 174, 0.98, 182, 50, 0.4, 0.12),
)
CHILDREN = (
    _row("f2", 193, 290, 1.20, 168, 66, 0.4, 0.06),
    _row("m2", 100, 262, 1.34, 178, 64, 0.2, 0.05),
    _row("f4", 178, 318, 1.24, 156, 72, 0.8, 0.08),
    _row("f1", 179, 274, 1.16, 186, 60, -0.2, 0.06),
)
_RATIOS = (-0.499, -0.298, 0.0, 0.358, 0.724)
_PITCHES = (0.0, 25.0, 50.0, 75.0, 99.0)
"""log2 of F0 over its value at pitch 50, and eSpeak NG's pitch setting (measured on m3, 2026-11-21)."""


def timbre_of(voice: VoiceSpec) -> Timbre:
    """The timbre of a cast member. Variants beyond the table come again a little higher, brighter and faster."""
    table = CHILDREN if voice.age == "child" else {"male": MEN, "female": WOMEN, "neutral": NEUTRAL}[voice.gender]
    again, index = divmod(max(voice.variant, 0), len(table))
    if voice.age == "child" and voice.gender == "male":
        index = (index + 1) % len(table)
    again = (again + 3) % 7 - 3
    base = table[index]
    base = replace(
        base,
        f0_hz=base.f0_hz * 1.045**again,
        formants=base.formants * 1.02**again,
        words_per_minute=base.words_per_minute * 1.035**again,
        tilt_db=base.tilt_db + 0.25 * again,
    )
    if voice.age == "young":
        return replace(
            base, f0_hz=base.f0_hz * 1.07, formants=base.formants * 1.04, words_per_minute=base.words_per_minute * 1.06
        )
    if voice.age == "old":
        return replace(
            base,
            f0_hz=base.f0_hz * (1.10 if voice.gender == "male" else 0.90),
            formants=base.formants * 0.98,
            words_per_minute=base.words_per_minute * 0.84,
            pitch_range=base.pitch_range * 0.8,
            breath=base.breath + 0.16,
            shake=0.022,
            tilt_db=base.tilt_db - 0.5,
        )
    return base


@dataclass(frozen=True, kw_only=True)
class Mood:
    """What an emotion does to a voice: factors of rate and pitch, what is added to range, breath, tilt, shake and pauses."""

    rate: float = 1.0
    pitch: float = 1.0
    range_added: float = 0.0
    loudness_lufs: float = -20.0
    breath: float = 0.0
    tilt_db: float = 0.0
    shake: float = 0.0
    word_gap: int = 0
    whispered: bool = False


MOODS: dict[Emotion, Mood] = {
    "neutral": Mood(),
    "happy": Mood(rate=1.08, pitch=1.10, range_added=22, tilt_db=0.5),
    "sad": Mood(rate=0.82, pitch=0.91, range_added=-22, loudness_lufs=-22.0, breath=0.14, tilt_db=-0.9, word_gap=1),
    "angry": Mood(rate=1.12, pitch=1.08, range_added=16, loudness_lufs=-17.5, tilt_db=1.4),
    "afraid": Mood(rate=1.16, pitch=1.18, range_added=10, loudness_lufs=-21.0, breath=0.14, shake=0.018),
    "tired": Mood(rate=0.76, pitch=0.90, range_added=-26, loudness_lufs=-22.5, breath=0.2, tilt_db=-0.9, word_gap=3),
    "tender": Mood(rate=0.88, pitch=0.97, range_added=-4, loudness_lufs=-22.5, breath=0.2, tilt_db=-0.6),
    "excited": Mood(rate=1.22, pitch=1.16, range_added=30, loudness_lufs=-18.5, tilt_db=0.6),
    "surprised": Mood(rate=1.05, pitch=1.20, range_added=36, loudness_lufs=-19.0, tilt_db=0.4),
    "whisper": Mood(rate=0.94, loudness_lufs=-26.0, whispered=True, tilt_db=0.4),
    "shout": Mood(rate=1.04, pitch=1.30, range_added=20, loudness_lufs=-15.5, tilt_db=2.0),
    "ironic": Mood(rate=0.90, pitch=0.97, range_added=30, word_gap=1),
    "tense": Mood(rate=0.95, pitch=0.96, range_added=-18, loudness_lufs=-21.0, breath=0.08, tilt_db=0.6),
}


def performed(timbre: Timbre, mood: Mood, wobble: float) -> Timbre:
    """The timbre in that mood; `wobble`, -1 ... 1, is how this take differs from another (within 1.5 %)."""
    return replace(
        timbre,
        f0_hz=timbre.f0_hz * mood.pitch * (1.0 + 0.012 * wobble),
        words_per_minute=timbre.words_per_minute * mood.rate * (1.0 - 0.015 * wobble),
        pitch_range=min(max(timbre.pitch_range + mood.range_added + 3.0 * wobble, 4.0), 99.0),
        tilt_db=timbre.tilt_db + mood.tilt_db,
        breath=timbre.breath + mood.breath,
        shake=timbre.shake + mood.shake,
    )


def manner_of(timbre: Timbre, mood: Mood, voice_name: str) -> Manner:
    """eSpeak NG's settings for a performed timbre. The formant factor speeds speech up, so it is spoken slower by as much."""
    wanted = math.log2(timbre.f0_hz / (timbre.natural_hz * timbre.formants))
    return Manner(
        voice=f"{voice_name}+{timbre.variant}",
        words_per_minute=int(min(max(timbre.words_per_minute / timbre.formants, 80), 400)),
        pitch=round(float(np.interp(wanted, _RATIOS, _PITCHES))),
        pitch_range=round(timbre.pitch_range),
        word_gap=mood.word_gap,
    )


_ALIASES = {
    "": "en-gb",
    "en": "en-gb",
    "en-uk": "en-gb",
    "en-sc": "en-gb-scotland",
    "fr": "fr-fr",
    "zh": "cmn",
    "zh-hk": "yue",
    "zh-yue": "yue",
    "no": "nb",
    "nn": "nb",
    "iw": "he",
    "in": "id",
    "ca-es": "ca",
    "es-mx": "es-419",
    "es-ar": "es-419",
    "es-us": "es-419",
    "pt-pt": "pt",
    "hy-arevmda": "hyw",
}
_WORTH_NAMING = ("en", "en-us", "fr", "de", "es", "it", "pt-br", "nl", "pl", "ru", "tr", "ar", "hi", "cmn", "ja", "ko", "sv")


def voice_name(language: str) -> str:
    """eSpeak NG's voice for a language tag ("en", "pt_BR", "zh-Hant-TW"); regions that it lacks fall back to the language.

    Raises InputError for a language that it does not speak.
    """
    known = languages()
    parts = language.strip().lower().replace("_", "-").split("-")
    for size in range(len(parts), 0, -1):
        tag = "-".join(parts[:size])
        tag = _ALIASES.get(tag, tag)
        if tag in known:
            return known[tag]
    raise InputError(
        f"No drawn voice speaks {language!r:.40}; use one of {len(known)} language codes such as {', '.join(_WORTH_NAMING)}."
    )
