"""Mood: what the score of a scene should feel like, and how tense the scene is."""

from __future__ import annotations

from cinema.plan.staging import Emotion, TimeOfDay, Weather
from cinema.plan.words import lower_words, vocabulary

MOODS = ("calm", "warm", "joyful", "playful", "mysterious", "uneasy", "tense", "sad", "heroic", "romantic", "epic", "dark")
"""The closed vocabulary of moods."""

_SYNONYMS: dict[str, str] = {
    "calm": "calm peaceful quiet serene gentle ambient relaxed soft still tranquil minimal",
    "warm": "warm tender hopeful nostalgic intimate comforting bittersweet homely",
    "joyful": "joyful happy upbeat cheerful celebratory bright festive",
    "playful": "playful funny comic comedic quirky whimsical light mischievous",
    "mysterious": "mysterious mystery curious enigmatic strange ethereal dreamy magical eerie",
    "uneasy": "uneasy anxious unsettling nervous foreboding creepy disturbing worried brooding",
    "tense": "tense suspense suspenseful thriller urgent action chase driving frantic dramatic",
    "sad": "sad melancholy melancholic mournful grief sorrowful tragic lonely elegiac longing",
    "heroic": "heroic triumphant victorious brave uplifting inspiring adventurous adventure",
    "romantic": "romantic love loving passionate sensual",
    "epic": "epic grand majestic huge cinematic sweeping monumental",
    "dark": "dark horror menacing evil sinister grim ominous violent scary",
}
_MOOD_OF_WORD = {word: mood for mood, words in _SYNONYMS.items() for word in words.split()}
_SILENCE = vocabulary("none silence silent no off nothing keine aucune")
_SIGNS: dict[str, str] = {
    "joyful": "laugh laughs laughing celebrate celebrates birthday party cheers dance dances dancing wedding smile "
    "smiles sunshine",
    "playful": "giggles jokes joke tickles trips clown puppy prank silly winks grins kid kids",
    "mysterious": "strange mysterious secret hidden map key whispers shadow shadows ancient glow glows glowing fog mist "
    "symbol door",
    "uneasy": "creak creaks alone stares watching uneasy nervous silence empty footsteps abandoned flickers flicker "
    "storm trembles",
    "tense": "runs run chase chases gun knife fight fights escape explosion explodes scream screams crash danger "
    "alarm sirens pursue races bomb",
    "sad": "cries tears weeps funeral grave grief dead dies goodbye alone lost mourns buried coffin hospital gone empty",
    "heroic": "charge victory triumph sword rescue rescues saves hero stands soars rises raises",
    "romantic": "kiss kisses love embrace embraces lips hands gazes candlelight bride",
    "epic": "army battle horizon mountains fleet kingdom thousands galaxy planet empire castle",
    "dark": "blood corpse body monster murder killer demon knife scream darkness black rotting horror ghost evil",
    "warm": "home mother father grandmother hug hugs fire hearth tea lamp light soup bread family remembers smile gently",
    "calm": "sea waves morning breeze birds quiet still sleeps garden river sits drifts slow",
}
_SIGN_OF_WORD: dict[str, tuple[str, ...]] = {}
for _mood, _words in _SIGNS.items():
    for _word in _words.split():
        _SIGN_OF_WORD[_word] = (*_SIGN_OF_WORD.get(_word, ()), _mood)
_MOOD_OF_EMOTION: dict[Emotion, str] = {
    "happy": "joyful", "sad": "sad", "angry": "tense", "afraid": "uneasy", "tender": "warm", "tense": "tense",
    "shout": "tense", "excited": "joyful", "ironic": "playful", "whisper": "mysterious", "tired": "sad",
}  # fmt: skip
_ALARMING = vocabulary(
    "run runs running chase chases gun guns gunshot knife fight fights fighting scream screams explosion explodes "
    "crash crashes crashes blood attack attacks escape escapes storm thunder dark danger alarm siren sirens fire "
    "falls fall dies dead dead kill kills killer smash smashes shatters slams bursts panic terror bomb racing races "
    "desperate suddenly bang monster drown drowns drowning"
)


def mood_named(words: str) -> str | None:
    """The mood of the closed vocabulary that a free phrase names, "none" where it asks for silence, or None."""
    for word in lower_words(words):
        if word in _MOOD_OF_WORD:
            return _MOOD_OF_WORD[word]
    said = lower_words(words)
    return "none" if said and said[0] in _SILENCE and len(said) <= 2 else None


def tension_of(action: str, shouted: int, lines: int, time: TimeOfDay) -> float:
    """0 (calm) ... 1, from alarming words for the length of the text, exclamations and the hour."""
    words = lower_words(action)
    hits = sum(word in _ALARMING for word in words)
    dense = hits / max(12.0, len(words) / 6)
    return round(min(1.0, 0.2 + 1.2 * dense + 0.3 * shouted / max(lines, 3) + (0.06 if time == "night" else 0.0)), 3)


def mood_of(action: str, emotions: list[Emotion], tension: float, weather: Weather) -> str:
    """The mood that most signs of a scene speak for; ties go to the earlier in `MOODS`."""
    score: dict[str, float] = dict.fromkeys(MOODS, 0.0)
    score["calm"] = 1.0
    for word in lower_words(action):
        for mood in _SIGN_OF_WORD.get(word, ()):
            score[mood] += 1.0
    for emotion in emotions:
        if emotion in _MOOD_OF_EMOTION:
            score[_MOOD_OF_EMOTION[emotion]] += 1.0
    score["tense"] += 4.0 * max(0.0, tension - 0.5)
    if weather in ("storm", "fog"):
        score["uneasy"] += 1.5
    return max(MOODS, key=lambda mood: (score[mood], -MOODS.index(mood)))
