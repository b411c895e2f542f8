"""What a line feels like: from its parenthetical, its punctuation and its scene."""

from __future__ import annotations

import re

from cinema.plan.staging import Emotion
from cinema.plan.words import lower_words, vocabulary

_FEELINGS: dict[Emotion, str] = {
    "whisper": "whisper whispers whispering whispered softly quietly hushed breathless murmurs murmuring mutters "
    "muttering sotto leise susurrando",
    "shout": "shout shouts shouting shouted yells yelling yell screams screaming calling calls hollers bellows "
    "roars schreit criant gritando",
    "angry": "angry angrily furious snaps snapping snarls hisses seething irritated annoyed bitter bitterly coldly "
    "harsh harshly stern sternly"
    "growls mad outraged wütend colère enojado",
    "afraid": "afraid scared frightened terrified trembling fearful fearfully panicked panicking nervous nervously "
    "shaking anxious anxiously worried",
    "sad": "sad sadly crying sobbing weeping tearful tearfully heartbroken mournful grieving broken choked hurt "
    "disappointed traurig triste",
    "tired": "tired tiredly weary wearily exhausted drained sleepy sleepily yawning groggy hoarse weak weakly dying müde",
    "happy": "happy happily laughing laughs smiling smiles grinning grins cheerful cheerfully delighted joyful "
    "amused chuckling giggling pleased"
    "glücklich feliz",
    "tender": "tender tenderly gently gentle lovingly loving kindly warmly warm soothing affectionately fondly intimate caring",
    "excited": "excited excitedly eager eagerly thrilled breathlessly enthusiastic enthusiastically urgent urgently "
    "hurried quickly rushed",
    "surprised": "surprised shocked stunned startled astonished amazed gasping gasps disbelief incredulous baffled confused",
    "ironic": "ironic ironically sarcastic sarcastically dry dryly drily wry wryly deadpan mocking mockingly "
    "teasing smirking sardonic playful",
    "tense": "tense tensely cautious cautiously wary warily suspicious suspiciously careful carefully guarded "
    "strained firm firmly grim grimly low",
    "neutral": "neutral flat flatly evenly calm calmly",
}
_BY_WORD: dict[str, Emotion] = {word: emotion for emotion, words in _FEELINGS.items() for word in words.split()}
_SOUNDS: dict[str, str] = {
    "laugh": "laugh laughs laughing laughter chuckle chuckles chuckling giggle giggles giggling cackles snickers lacht",
    "sigh": "sigh sighs sighing exhales seufzt",
    "gasp": "gasp gasps gasping",
    "cough": "cough coughs coughing",
    "sob": "sob sobs sobbing weeps weeping cries crying sniffles sniffs",
    "scream": "scream screams screaming shriek shrieks shrieking",
}
_NONVERBAL = {word: sound for sound, words in _SOUNDS.items() for word in words.split()}
_PAUSES = vocabulary("beat pause pauses silence hesitates hesitating hesitantly then finally")
INLINE_DIRECTION = re.compile(r"\(([^()]{1,40})\)")
"""A short remark in brackets inside spoken text."""


def feeling(word: str | None) -> Emotion | None:
    """The emotion that a free phrase names ("tired", "very softly", "ANGRY"), or None."""
    if not word:
        return None
    for token in lower_words(word):
        if token in _BY_WORD:
            return _BY_WORD[token]
    return None


def nonverbal_sound(remark: str | None) -> str:
    """The sound that a remark such as "laughs" or "a long sigh" asks for; "" for none."""
    if not remark:
        return ""
    for token in lower_words(remark):
        if token in _NONVERBAL:
            return _NONVERBAL[token]
    return ""


def pause_before(remark: str | None) -> float:
    """Seconds of silence that a remark such as "beat" asks for."""
    if not remark:
        return 0.0
    words = lower_words(remark)
    if not _PAUSES.intersection(words):
        return 0.0
    return 1.4 if "long" in words else 0.8


def emotion_of(text: str, remark: str | None, tension: float) -> Emotion:
    """By the remark first, then the punctuation, then how tense the scene is."""
    named = feeling(remark)
    if named:
        return named
    capitals = text.isupper() and sum(map(str.isalpha, text)) >= 4
    if capitals or "!!" in text:
        return "shout"
    if "?!" in text or "!?" in text:
        return "surprised"
    if text.endswith(("!", "!”", '!"', "！")):
        return "angry" if tension > 0.6 else "excited"
    if tension > 0.7:
        return "tense"
    return "neutral"
