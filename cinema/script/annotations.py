"""Notes that speak to Cinema: what they say of music, ambience, looks and voices.

    [[music: slow strings]]  [[music uneasy: slow strings]]  [[lyrics: words that are sung]]  [[ambience: storm outside]]
    [[look MARA: woman of sixty, oilskin coat]]  [[voice MARA: old female en]]  [[picture MARA: mara.png, side.jpg]]

Every other note is left alone, as are those that only look similar ("[[voice of reason: cut this?]]").
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from cinema.script.model import Character, Element, Music, VoiceHint
from cinema.script.references import check_path

_NOTE = re.compile(r"(music|lyrics|ambience|look|voice|picture)\b([^:\n]{0,80}):\s*(\S.*)", re.IGNORECASE | re.DOTALL)
_Gender = Literal["female", "male", "neutral"]
_Age = Literal["child", "young", "adult", "old"]
_GENDERS: Mapping[str, _Gender] = {
    **{name: name for name in get_args(_Gender)},
    "woman": "female",
    "girl": "female",
    "man": "male",
    "boy": "male",
}
_AGES: Mapping[str, _Age] = {
    **{name: name for name in get_args(_Age)},
    "elderly": "old",
    "girl": "child",
    "boy": "child",
    "kid": "child",
}
_LANGUAGE = re.compile(r"[a-z]{2}(?:-[a-z]{2})?")
_PICTURE = re.compile(r"\S.*\.(?:png|jpe?g|webp)", re.IGNORECASE)
_SAMPLE = re.compile(r"\S+\.(?:wav|flac|ogg|mp3)", re.IGNORECASE)


@dataclass
class Said:
    """What the notes of a script said. Of several notes on the same thing, the first counts."""

    music: Music | None = None
    ambience: str | None = None
    looks: dict[str, str] = field(default_factory=dict[str, str])
    voices: dict[str, VoiceHint] = field(default_factory=dict[str, VoiceHint])
    pictures: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

    def of_another_scene(self) -> Said:
        """The same cast, whom further notes add to; nothing said of music or ambience yet."""
        return Said(looks=self.looks, voices=self.voices, pictures=self.pictures)

    def without(self, names: Collection[str]) -> Said:
        """What was said of everybody else."""
        return Said(
            looks={name: look for name, look in self.looks.items() if name not in names},
            voices={name: voice for name, voice in self.voices.items() if name not in names},
            pictures={name: paths for name, paths in self.pictures.items() if name not in names},
        )


def listen(elements: Iterable[Element], said: Said) -> Said:
    """`said`, with what the notes among `elements` add."""
    for element in elements:
        if element.type == "note" and (found := _NOTE.fullmatch(element.text)):
            lines = "\n".join(line.strip() for line in found[3].strip().splitlines())
            kind = found[1].lower()
            _hear(kind, found[2].strip(), lines if kind == "lyrics" else " ".join(lines.split()), said)
    return said


def _hear(kind: str, about: str, words: str, said: Said) -> None:
    match kind:
        case "music" if said.music is None or said.music == Music(lyrics=said.music.lyrics):
            said.music = Music(mood=about, prompt=words, lyrics=said.music.lyrics if said.music else "")
        case "lyrics" if not about and not (said.music and said.music.lyrics):
            said.music = replace(said.music or Music(), lyrics=words)
        case "ambience" if not about and said.ambience is None:
            said.ambience = words
        case "look" if about.isupper():
            said.looks.setdefault(about, words)
        case "voice" if about.isupper() and (voice := read_voice(words)):
            said.voices.setdefault(about, voice)
        case "picture" if about.isupper() and (paths := _pictures(words)):
            said.pictures.setdefault(about, paths)
        case _:
            pass


def _pictures(words: str) -> tuple[str, ...]:
    """The paths of pictures, with commas between; none where one of them is not a path beside the script."""
    paths = tuple(path.strip() for path in words.split(","))
    return paths if all(_PICTURE.fullmatch(path) and _stays_beside(path) for path in paths) else ()


def read_voice(words: str) -> VoiceHint | None:
    """A voice from words such as "old female en" in any order; None if one of them is not understood."""
    hint = VoiceHint()
    for word in words.replace(",", " ").split():
        plain = word.lower()
        if plain in _GENDERS or plain in _AGES:
            hint = replace(hint, gender=_GENDERS.get(plain, hint.gender), age=_AGES.get(plain, hint.age))
        elif _SAMPLE.fullmatch(word) and _stays_beside(word):
            hint = replace(hint, sample=word)
        elif _LANGUAGE.fullmatch(plain):
            hint = replace(hint, language=plain)
        else:
            return None
    return hint


def _stays_beside(path: str) -> bool:
    try:
        return bool(check_path(path))
    except ValueError:
        return False


def cast_of(names: Iterable[str], said: Said) -> tuple[Character, ...]:
    """The characters named in cues, in that order, then those that only notes name."""
    everybody = dict.fromkeys((*names, *said.looks, *said.voices, *said.pictures))
    return tuple(
        Character(
            name=name,
            look=said.looks.get(name, ""),
            voice=said.voices.get(name, VoiceHint()),
            references=said.pictures.get(name, ()),
        )
        for name in everybody
    )
