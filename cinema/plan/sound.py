"""Sound: cues from words in capitals and onomatopoeia, notes and explicit cues; ambience by place, weather and hour."""

from __future__ import annotations

import re
from collections.abc import Container

from cinema.plan.draft import DraftSound
from cinema.plan.places import BY_WORD
from cinema.plan.staging import Setting, TimeOfDay, Weather
from cinema.plan.words import vocabulary, word_list

_ONOMATOPOEIA = {
    "fwoosh": "whoosh", "whoosh": "whoosh", "swoosh": "whoosh", "boom": "deep explosion boom", "bang": "loud bang",
    "blam": "gunshot", "crash": "crash", "thud": "heavy thud", "thump": "dull thump", "click": "click", "clack": "clack",
    "clang": "metal clang", "clank": "metal clank", "creak": "wood creaks", "creeeak": "wood creaks", "snap": "snap",
    "crack": "sharp crack", "splash": "water splash", "drip": "water drips", "buzz": "electric buzz",
    "beep": "electronic beep", "ding": "bell ding", "dong": "bell dong", "ring": "phone rings", "riiing": "phone rings",
    "tick": "clock ticks", "tock": "clock ticks", "knock": "knock on a door", "slam": "door slams", "pop": "pop",
    "hiss": "hiss", "rumble": "low rumble", "roar": "roar", "screech": "tyres screech", "thwack": "thwack",
    "smack": "smack", "whack": "whack", "zap": "electric zap", "rattle": "rattle", "rustle": "leaves rustle",
    "squeak": "squeak", "crunch": "crunch", "honk": "car horn", "vroom": "engine revs", "woof": "dog barks",
    "bark": "dog barks", "meow": "cat meows", "howl": "wolf howls", "caw": "crow caws", "clatter": "clatter",
    "jingle": "keys jingle", "sizzle": "sizzle", "gurgle": "gurgle", "whirr": "machine whirrs",
}  # fmt: skip
_SOUNDING = vocabulary(
    "slam slams slamming creak creaks creaking ring rings ringing crash crashes crashing bang bangs banging knock "
    "knocks knocking knocked shatter shatters shattering explode explodes exploding explosion thunder thunders "
    "thunderclap roar roars roaring rumble rumbles rumbling scream screams screaming shriek shrieks screech screeches "
    "screeching howl howls howling bark barks barking hiss hisses hissing buzz buzzes buzzing beep beeps beeping "
    "click clicks clicking clang clangs clank clanks clatter clatters thud thuds thump thumps snap snaps crack cracks "
    "cracking crackle crackles splash splashes drip drips dripping rattle rattles rattling rustle rustles squeak "
    "squeaks squeal squeals blast blasts blare blares blaring wail wails siren sirens horn honk honks honking toll "
    "tolls tolling chime chimes bell bells gunshot gunshots shot shots gunfire fires whistle whistles whistling groan "
    "groans moan moans whir whirs whirring hum hums humming sizzle sizzles gurgle gurgles footsteps applause cheers "
    "cheer laughter music radio static whoosh whooshes boom booms pops pop cry cries caw caws squawk gulls thunderous "
    "twang twangs clap claps clapping stomp stomps flap flaps whinny neigh growl growls snarl snarls purr revs sputters "
    "coughs"
)
_SOURCES = vocabulary(
    "engine wind glass clock alarm drum drums telephone phone rain waves surf dog crows kettle motor generator train tram car"
)
_VERBS = vocabulary(
    "roars roar hums hum breaks break shatters screams screaming howls howling ticks ticking starts coughs dies rings "
    "ringing "
    "barks beats barking pounds crash crashes boils whistles idles revs passes wails"
)
"""What a thing in capitals does to be heard: "The ENGINE roars"; "a GLASS of water" is not."""
_BREAKS = vocabulary("breaks break broken breaking shatters shatter shattered bursts explodes falls")
_LONG = vocabulary(
    "thunder rumble rumbles siren sirens radio music applause crowd rain wind engine gunfire alarm static ringing rings"
)
_NOT_SOUNDS = vocabulary(
    "a i ok tv int ext vo os pov id dj fbi cia usa uk nyc la ii iii iv close wide angle on the of and to in at cut "
    "back continuous later camera super title end day night pan push pull tilt crane track dolly zoom handheld insert "
    "intercut montage exit enter police stop open closed fade out we is are it he she his her her's super: "
    "superimpose"
)
_DANGLING = vocabulary(
    "the a an of over on in into at to from behind with against his her its their my our your off out by like"
)
_CAPS = re.compile(r"(?<![\w'’])[A-ZÀ-ÖØ-Þ][A-ZÀ-ÖØ-Þ'’\-]*[A-ZÀ-ÖØ-Þ](?![\w'’])!*")
_SPLIT = re.compile(r"[.!?;:,—–]|\s-\s|\b(?:and|as|while|then|when|before|after|but)\b", re.IGNORECASE)
_NOTE = re.compile(r"^\s*(sound|sfx|music|ambience|ambient)\s*:\s*(.+?)\s*$", re.IGNORECASE | re.DOTALL)
_INLINE_NOTE = re.compile(r"\[\[(.*?)\]\]", re.DOTALL)
DEFAULT_SECONDS = 1.8
LONG_SECONDS = 4.0
AMBIENCE_SECONDS = 20


def read_note(text: str) -> tuple[str, str] | None:
    """("sound" | "music" | "ambience", words) for a note that asks for something to be heard, else None."""
    match = _NOTE.match(text[:500].strip("[] "))
    if match is None:
        return None
    kind = match[1].lower()
    return {"sfx": "sound", "ambient": "ambience"}.get(kind, kind), " ".join(match[2].split())


def inline_notes(text: str) -> list[str]:
    return _INLINE_NOTE.findall(text) if "[[" in text else []


def cue(prompt: str, *, seconds: float | None = None, at_seconds: float | None = None, place: float = 0.0) -> DraftSound:
    """An effect; where nothing says how long, thunder and the like last longer than a click."""
    if seconds is None:
        seconds = LONG_SECONDS if _LONG.intersection(prompt.lower().split()) else DEFAULT_SECONDS
    return DraftSound(prompt=prompt, seconds=seconds, at_seconds=at_seconds, place=place)


def cues_in_action(action: str, names: Container[str]) -> tuple[DraftSound, ...]:
    """A cue for each sounding word in capitals, placed where the word stands; at most three a paragraph.

    `names` holds the cast's names in capitals: those, camera words and short signs make no sound.
    """
    found: list[DraftSound] = []
    for match in _CAPS.finditer(action):
        word = match.group().rstrip("!")
        prompt = _sound_of(word, action, match.start(), names)
        if prompt and all(prompt != other.prompt for other in found):
            found.append(cue(prompt, place=match.start() / max(len(action), 1)))
    return tuple(found[:3])


def _sound_of(word: str, action: str, at: int, names: Container[str]) -> str:
    low = word.lower()
    if low in _NOT_SOUNDS or word in names:
        return ""
    if action[at + len(word) : at + len(word) + 1] == "!" or _alone(action, at, len(word)):
        spellings = (low, re.sub(r"(.)\1{2,}", r"\1\1", low), re.sub(r"(.)\1+", r"\1", low))
        known = next((spelling for spelling in spellings if spelling in _ONOMATOPOEIA), None)
        if known:
            return _ONOMATOPOEIA[known]
    if low in _SOURCES and not _VERBS.isdisjoint(word_list(action[at + len(word) : at + len(word) + 24])[:1]):
        return _clause_around(action, at, names) or low
    if low in _SOUNDING or low in _ONOMATOPOEIA:
        return _clause_around(action, at, names) or low
    return ""


def _alone(action: str, at: int, length: int) -> bool:
    """Whether the word is a sentence by itself."""
    before = action[:at].rstrip()
    return (not before or before[-1] in ".!?—–-") and action[at + length :].lstrip()[:1] in ("", ".", "!", "—", "–", "-")


def _clause_around(action: str, at: int, names: Container[str]) -> str:
    """The words of the clause in which a sound stands, lower case, without people: "The door SLAMS." gives "the door slams"."""
    start, end = 0, len(action)
    for match in _SPLIT.finditer(action, max(0, at - 80), min(len(action), at + 80)):
        if match.end() <= at:
            start = match.end()
        elif match.start() > at:
            end = match.start()
            break
    words = [word for word in word_list(action[max(start, at - 80) : min(end, at + 80)]) if word.upper() not in names]
    position = next((i for i, word in enumerate(words) if action.startswith(word, at)), 0)
    chosen = words[max(0, position - 4) : position + 4]
    while chosen and chosen[-1].lower() in _DANGLING:
        chosen = chosen[:-1]
    return " ".join(word.lower() for word in chosen)


def caps_objects(action: str, names: Container[str]) -> list[str]:
    """Things that the author set in capitals ("a PHOTOGRAPH"): not people, sounds, what breaks, camera words or signs."""
    found: list[str] = []
    shouted = sum(character.isupper() for character in action) > 0.9 * sum(character.isalpha() for character in action)
    if shouted:
        return found
    for match in _CAPS.finditer(action):
        low = match.group().rstrip("!").lower()
        if len(low) < 3 or low in _NOT_SOUNDS or low in _SOUNDING or low in _ONOMATOPOEIA or low in BY_WORD:
            continue
        if not _BREAKS.isdisjoint(word_list(action[match.end() : match.end() + 24])[:2]):
            continue
        if low.upper() not in names and low not in found and not _part_of_name(low.upper(), names):
            found.append(low)
    return found


def _part_of_name(word: str, names: Container[str]) -> bool:
    return word.endswith(("'S", "’S")) and word[:-2] in names


_PLACES: dict[Setting, str] = {
    "room": "quiet room tone", "bedroom": "quiet bedroom room tone", "kitchen": "kitchen room tone, fridge hum",
    "office": "office room tone, air conditioning", "corridor": "empty corridor room tone",
    "stairwell": "echoing stairwell room tone", "bar": "bar crowd murmur, glasses", "shop": "shop murmur, door bell",
    "hospital": "hospital hum, distant beeps", "church": "large church room tone, echo",
    "prison": "prison hum, distant doors", "cave": "cave, water drips", "vehicle": "vehicle interior, engine hum",
    "warehouse": "large warehouse room tone", "station": "station crowd, distant trains",
    "theatre": "theatre audience murmur", "spaceship": "spaceship engine hum", "street": "city street, traffic and crowd",
    "alley": "back alley, distant traffic", "garden": "garden, birds", "forest": "forest, birds and leaves",
    "field": "open field, wind and birds", "mountain": "mountain wind", "cliff": "cliff, wind and waves",
    "beach": "beach, waves", "sea": "open sea, waves", "river": "river, flowing water", "desert": "desert wind",
    "road": "roadside, passing cars", "rooftop": "rooftop, wind and distant traffic",
    "village": "village, birds and distant voices", "graveyard": "graveyard, wind and crows",
    "lighthouse": "lighthouse, wind and sea waves", "space": "deep space drone",
}  # fmt: skip
_NIGHTS: dict[Setting, str] = {
    "garden": "crickets",
    "forest": "crickets and owl",
    "field": "crickets",
    "village": "crickets, distant dog",
    "road": "crickets",
}
_WEATHER_OUTSIDE: dict[Weather, str] = {
    "rain": "steady rain", "storm": "storm, heavy rain, wind and thunder", "snow": "soft winter wind",
    "fog": "muffled, distant foghorn", "wind": "strong wind",
}  # fmt: skip


def ambience_of(setting: Setting, time: TimeOfDay, weather: Weather, *, interior: bool) -> str:
    """What a place sounds like; inside, the weather is heard through the walls."""
    bed = _NIGHTS[setting] if time == "night" and setting in _NIGHTS and weather in ("clear", "cloudy") else _PLACES[setting]
    outside = _WEATHER_OUTSIDE.get(weather)
    if setting in ("space", "spaceship") or outside is None:
        return bed
    return f"{bed}, muffled {outside} outside" if interior else f"{outside}, {bed}"
