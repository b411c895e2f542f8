"""Casting: who is in the film, what each looks like and how each sounds; the same on every run."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from cinema.plan.model import CastMember
from cinema.plan.task import VoiceSpec
from cinema.plan.traits import (
    ANIMALS,
    PALETTE,
    Age,
    Gender,
    age_of,
    coat_colour_of,
    creature_named,
    creature_of,
    garment_colour_of,
    gender_of,
    silhouette_of,
)
from cinema.plan.words import language_of, lower_words, plain, vocabulary
from cinema.script.model import Character, Script, VoiceHint

NARRATORS = vocabulary(
    "narrator narration voice-over voiceover erzähler erzählerin narrateur narratrice narrador narradora narratore announcer"
)
_COMMON = vocabulary(
    "man woman boy girl guard soldier nurse doctor captain driver waiter waitress officer priest child stranger clerk "
    "cop king queen mother father grandmother grandfather kid lady keeper sailor fisherman teacher student judge "
    "bartender"
)
"""Names that are also plain words, and so may stand in lower case in an action."""
_INTRODUCED = re.compile(r"\b([A-Z][A-Z'’\-]+(?: [A-Z][A-Z'’\-]+){0,2})\s*\(([^()]{1,80})\)")
_BESIDE = re.compile(r"\b([A-Z][A-Z'’\-]+(?: [A-Z][A-Z'’\-]+){0,2}), ([^.,;:!?()]{2,40}(?:, [^.,;:!?()]{2,40}){0,2}),")
"""An introduction between commas: "MARA, sixty, yellow oilskin, climbs"."""
_AGE_OR_LOOK = re.compile(r"\d|\b(?:age|old|young|man|woman|girl|boy|his|her|teen|late|early|mid)", re.IGNORECASE)
_VOICES_A_KIND = 8


@dataclass(frozen=True, kw_only=True)
class Cast:
    """`members` by name as played; `heard` names every spelling met, in capitals, and what it stands for.

    Where the film has one dog, "the dog" is that dog; so for every animal.
    """

    members: Mapping[str, CastMember]
    heard: Mapping[str, str] = field(default_factory=dict[str, str])
    speakers: frozenset[str] = frozenset()
    """Who has lines, by name as played."""

    def name(self, written: str) -> str:
        """The name as played for a name as written, whatever its case."""
        return self.heard.get(written.strip().upper(), written.strip())

    def people(self, name: str) -> tuple[str, ...]:
        """Who is seen when `name` speaks: both for "MARA AND TOM", nobody for a narrator."""
        member = self.members.get(name)
        if member is None or member.narrator:
            return ()
        parts = [self.heard.get(part.strip()) for part in re.split(r"\s+AND\s+|\s*[&/+]\s*", name.upper())]
        if len(parts) > 1 and all(parts):
            return tuple(dict.fromkeys(part for part in parts if part))
        return (name,)

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        names = sorted((name for name in self.heard if name), key=lambda name: (-len(name), name))
        if not names:
            return None
        cased = [re.escape(name) for name in names if name.lower() != name]
        bare = [re.escape(name) for name in names if name.lower() == name and len(name) > 1]
        parts = ([rf"(?<!\w)(?:{'|'.join(cased)})(?!\w)"] if cased else []) + bare
        return re.compile("|".join(parts), re.IGNORECASE) if parts else None

    @cached_property
    def names(self) -> frozenset[str]:
        """Every name, in capitals."""
        return frozenset(name.upper() for name in self.heard)

    @cached_property
    def _animals(self) -> tuple[re.Pattern[str], Mapping[str, str]] | None:
        kinds = [member.silhouette.creature for member in self.members.values()]
        words = {
            word: member.name
            for member in self.members.values()
            if member.silhouette.creature != "person" and kinds.count(member.silhouette.creature) == 1
            for word in ANIMALS[member.silhouette.creature]
        }
        if not words:
            return None
        return re.compile(rf"\b(?:the|his|her|their) (?:\w+ )?({'|'.join(sorted(words))})\b", re.IGNORECASE), words

    def spans(self, text: str) -> list[tuple[int, int, str]]:
        """Where members are named in an action, in order: (start, end, name as played). Narrators are never seen."""
        if self._pattern is None:
            return []
        found: list[tuple[int, int, str]] = []
        for match in self._pattern.finditer(text):
            written = match.group()
            name = self.heard[written.upper()]
            if written[0].islower() and not set(lower_words(written)) & _COMMON:
                continue
            found.extend((match.start(), match.end(), person) for person in self.people(name))
        if self._animals:
            pattern, words = self._animals
            taken = {start for start, _, _ in found}
            found += [
                (match.start(1), match.end(1), words[match[1].lower()])
                for match in pattern.finditer(text)
                if match.start(1) not in taken
            ]
            found.sort(key=lambda span: span[0])
        return found

    def mentions(self, text: str) -> list[tuple[int, str]]:
        """Where members are named in an action, in order: (position, name as played)."""
        return [(start, person) for start, _, person in self.spans(text)]

    def silent_animal(self, name: str) -> bool:
        """Whether `name` is an animal without lines: seen, but never covered as somebody in a talk."""
        member = self.members.get(name)
        return member is not None and member.silhouette.creature != "person" and name not in self.speakers

    def gender(self, name: str) -> Gender:
        member = self.members.get(name)
        return member.voice.gender if member else "neutral"


def cast_script(script: Script, language: str) -> Cast:
    """A member for everybody who speaks, is listed, or is introduced in an action ("MARA (60s, oilskin)").

    Voices and garment colours hang on the name; where two would clash, the one who appears later moves aside.
    """
    listed = _listed(script)
    introductions = _introductions(script)
    spoken, aloof, voices = _speakers(script)
    heard: dict[str, str] = {}
    people: dict[str, Character] = {}
    for character in listed:
        heard.setdefault(character.name.strip().upper(), character.name)
        people.setdefault(heard[character.name.strip().upper()], character)
    for name in (*spoken, *introductions):
        if name.upper() not in heard:
            heard[name.upper()] = name
            people[name] = Character(name=name)
    pronouns = _pronouns(script, frozenset(name for name in people if not gender_of(lower_words(name))))
    taken_voices: set[tuple[str, str, str, int]] = set()
    taken_colours: set[str] = set()
    members: dict[str, CastMember] = {}
    for name, character in people.items():
        narrator = bool(NARRATORS.intersection(lower_words(name))) or (
            name in aloof and not character.look and name not in introductions
        )
        told = introductions.get(name.upper(), "")
        member = _member(character, told, language, narrator=narrator, pronoun=pronouns.get(name))
        members[name] = _set_apart(member, taken_voices, taken_colours)
    return Cast(members=members, heard=heard, speakers=frozenset(heard[name.upper()] for name in voices))


def _listed(script: Script) -> list[Character]:
    return [character for character in script.characters if character.name.strip()]


def _speakers(script: Script) -> tuple[tuple[str, ...], frozenset[str], frozenset[str]]:
    """Who has lines or a place in a shot, in order; who is only a voice over, named in no action; who has lines."""
    names: dict[str, None] = {}
    seen: set[str] = set()
    voices: set[str] = set()
    actions: list[str] = []
    for scene in script.scenes:
        for element in scene.elements:
            if element.type == "character" and element.name:
                names.setdefault(element.name.strip())
                if "V.O" not in (element.extension or "").upper() and (element.extension or "").upper() != "VO":
                    seen.add(element.name.strip())
                voices.add(element.name.strip())
            elif element.type in ("dialogue", "lyrics") and element.name:
                names.setdefault(element.name.strip())
                voices.add(element.name.strip())
            elif element.type == "action":
                actions.append(element.text.upper())
        for shot in scene.shots or ():
            actions.append(shot.action.upper())
            for named in shot.characters or ():
                names.setdefault(named.strip())
                seen.add(named.strip())
            for line in shot.dialogue:
                names.setdefault(line.character.strip())
                voices.add(line.character.strip())
                if "V.O" not in (line.extension or "").upper() and (line.extension or "").upper() != "VO":
                    seen.add(line.character.strip())
    names.pop("", None)
    unseen = [name for name in names if name not in seen]
    text = "\n".join(actions) if unseen else ""
    voices.discard("")
    return tuple(names), frozenset(name for name in unseen if name.upper() not in text), frozenset(voices)


def _introductions(script: Script) -> dict[str, str]:
    """What brackets say of those introduced in capitals in an action, by name in capitals."""
    found: dict[str, str] = {}
    for scene in script.scenes:
        texts = [element.text for element in scene.elements if element.type == "action"]
        texts += [shot.action for shot in scene.shots or ()]
        for text in texts:
            said = plain(text)
            for match in _BESIDE.finditer(said):
                if age_of(lower_words(match[2]), match[2]) or creature_of(lower_words(match[2])):
                    found.setdefault(match[1], match[2].strip())
            for match in _INTRODUCED.finditer(said):
                told = _AGE_OR_LOOK.search(match[2]) or creature_of(lower_words(match[2]))
                if told and len(match[1]) > 1:
                    found.setdefault(match[1], match[2].strip())
    return found


def _pronouns(script: Script, names: frozenset[str]) -> dict[str, Gender]:
    """The gender that the first "his" or "she" after a name in its sentence gives, for names that tell none."""
    found: dict[str, Gender] = {}
    if not names:
        return found
    spelled = {name.upper(): name for name in names}
    names_written = "|".join(map(re.escape, sorted(spelled, key=len, reverse=True)))
    pattern = re.compile(rf"(?<!\w)({names_written})(?!\w)[^.!?]{{0,80}}?\b(he|his|him|she|her)\b", re.IGNORECASE)
    for scene in script.scenes:
        texts = [element.text for element in scene.elements if element.type == "action"]
        for text in (*texts, *(shot.action for shot in scene.shots or ())):
            for match in pattern.finditer(text[:4_000]):
                between = match.group()[len(match[1]) :]
                if not re.search(r"\b[A-Z][\w'’]+", between):  # somebody else may be meant then
                    found.setdefault(
                        spelled[match[1].upper()], "male" if match[2].lower() in ("he", "his", "him") else "female"
                    )
    return found


def _dice(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.upper().encode("utf-8", "replace")).digest()[:6], "big")


def _member(character: Character, introduced: str, language: str, *, narrator: bool, pronoun: Gender | None) -> CastMember:
    hint: VoiceHint = character.voice
    look = plain(character.look) or introduced
    text = f"{look} {introduced}" if introduced != look else look
    look_words, name_words = lower_words(text), lower_words(character.name)
    gender = hint.gender or gender_of(name_words) or gender_of(look_words) or pronoun or "neutral"
    age: Age = hint.age or age_of(look_words, text) or age_of(name_words, "") or "adult"
    dice = _dice(character.name)
    drawn = gender if gender != "neutral" else ("female", "male")[dice // 7 % 2]
    silhouette = silhouette_of(look_words, text, drawn, age, dice)
    own_colour = garment_colour_of(look_words, text)
    voice = VoiceSpec(
        language=hint.language or language_of(character.name, language),
        gender=hint.gender or (drawn if gender == "neutral" and not narrator else gender),
        age=age,
        variant=dice // 11 % _VOICES_A_KIND,
    )
    silhouette = replace(silhouette, garment_colour=own_colour or PALETTE[dice // 13 % len(PALETTE)])
    creature = creature_of(look_words) or (creature_named(name_words) if not look_words else None) or "person"
    if creature != "person":
        silhouette = replace(silhouette, creature=creature, hair_colour=coat_colour_of(look_words, creature), beard=False)
    return CastMember(
        name=character.name,
        look=look,
        voice=voice,
        silhouette=silhouette,
        narrator=narrator,
        sample=hint.sample,
        references=character.references,
    )


def _set_apart(member: CastMember, voices: set[tuple[str, str, str, int]], colours: set[str]) -> CastMember:
    voice = member.voice
    kind = (voice.language, voice.gender, voice.age)
    order = [(voice.variant + step) % _VOICES_A_KIND for step in range(_VOICES_A_KIND)]
    variant = next((number for number in order if (*kind, number) not in voices), None)
    if variant is None:
        variant = _VOICES_A_KIND
        while (*kind, variant) in voices:
            variant += 1
    voices.add((*kind, variant))
    colour = member.silhouette.garment_colour
    if colour in colours:
        first = _dice(member.name) // 13 % len(PALETTE)
        rotated = PALETTE[first:] + PALETTE[:first]
        colour = next((other for other in rotated if other not in colours), _shade(colour, len(colours)))
    if not member.narrator:
        colours.add(colour)
    accent = PALETTE[(_dice(member.name) // 17 + 5) % len(PALETTE)]
    silhouette = replace(member.silhouette, garment_colour=colour, accent_colour=accent if accent != colour else "#e8e2d0")
    return replace(member, voice=replace(voice, variant=variant), silhouette=silhouette)


def _shade(colour: str, count: int) -> str:
    """A lighter or darker colour of the same hue, for casts that outnumber the palette."""
    factor = 0.62 + 0.11 * (count * 5 % 8)
    channels = (min(255, int(int(colour[at : at + 2], 16) * factor)) for at in (1, 3, 5))
    return "#" + "".join(f"{channel:02x}" for channel in channels)
