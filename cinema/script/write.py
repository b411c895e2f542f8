"""Writing a script. What a format can express comes back equal when it is read again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from cinema.errors import InputError
from cinema.script.annotations import Said, listen
from cinema.script.assemble import split_cue
from cinema.script.fountain import is_cue, is_heading, is_transition, split_number
from cinema.script.json_model import SCHEMA
from cinema.script.model import Character, Element, Format, Music, Scene, Script, ScriptShot, SoundEffect, SpokenLine, VoiceHint
from cinema.script.titlepage import split_title_page

_SPEECH = ("parenthetical", "dialogue", "lyrics")
_ASIDES = ("note", "boneyard")
_FORCED: Mapping[str, str] = {"character": "@", "transition": "> "}


def write_json(script: Script) -> str:
    """The JSON script of `script`, in the current schema; what has its default is left out."""
    document: dict[str, Any] = {"schema": SCHEMA, "title": script.title}
    if script.style:
        document["style"] = script.style
    document["language"] = script.language
    document["format"] = {"fps": _fps(script.format), "aspect": script.format.aspect}
    if script.title_page:
        document["title_page"] = dict(script.title_page)
    if script.characters:
        document["characters"] = [character_as_json(person) for person in script.characters]
    document["scenes"] = [_scene(scene) for scene in script.scenes]
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def character_as_json(person: Character) -> dict[str, Any]:
    """A character as it stands in a JSON script."""
    return _given(person, Character(name="")) | {"name": person.name}


def shot_as_json(shot: ScriptShot) -> dict[str, Any]:
    """A shot as it stands in a JSON script."""
    return _given(shot, ScriptShot(action=""))


def _given(value: object, default: object) -> dict[str, Any]:
    """The fields of `value` that differ from `default`, as JSON."""
    given: dict[str, Any] = {}
    for field in fields(value):  # pyright: ignore[reportArgumentType] - always one of the model's dataclasses
        held = getattr(value, field.name)
        if field.compare and held != getattr(default, field.name):
            given[field.name] = _plain(held)
    return given


def _plain(value: Any) -> Any:
    match value:
        case VoiceHint():
            return _given(value, VoiceHint())
        case SpokenLine():
            return _given(value, SpokenLine(character="", text=""))
        case SoundEffect():
            return _given(value, SoundEffect(prompt=""))
        case tuple():
            return [_plain(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
        case _:
            return value


def _fps(given: Format) -> int | str:
    return int(given.fps) if given.fps.denominator == 1 else str(given.fps)


def _scene(scene: Scene) -> dict[str, Any]:
    document: dict[str, Any] = {}
    if scene.heading:
        text, number = scene.heading.text, scene.heading.scene_number
        document["heading"] = text if number is None else {"text": text, "scene_number": number}
    if scene.music is not None:
        document["music"] = _given(scene.music, Music())
    if scene.ambience is not None:
        document["ambience"] = scene.ambience
    if scene.shots is not None:
        document["shots"] = [shot_as_json(shot) for shot in scene.shots]
    else:
        document["elements"] = [_element(element) for element in scene.elements]
    return document


def _element(element: Element) -> dict[str, Any]:
    document: dict[str, Any] = {"type": element.type, "text": element.text}
    if element.type == "character":
        if (element.name, element.extension) != (split_cue(element.text) or (element.text, None)):
            document |= {"name": element.name, "extension": element.extension}
        if element.dual:
            document["dual"] = True
    elif element.type == "section":
        document["depth"] = element.depth
    return document


def write_fountain(script: Script) -> str:
    """The Fountain text of `script`, with forcing marks wherever a text would else be taken for something different.

    What only Cinema knows (music, ambience, looks, voices) becomes notes, unless notes say it already. InputError for a
    script with explicit shots, which Fountain has no words for.
    """
    for index, scene in enumerate(script.scenes, 1):
        if scene.shots is not None:
            raise InputError(f"Scene {index} is a list of shots, which Fountain cannot hold; write the script as JSON.")
    title_page = _title_page(script)
    paragraphs = [*title_page, *_cast_notes(script)]
    for scene in script.scenes:
        if scene.heading:
            paragraphs.append(_heading(scene.heading))
        paragraphs += _scene_notes(scene)
        paragraphs += _paragraphs(scene.elements)
    if not title_page:
        _deny_title_page(paragraphs, script)
    return "\n\n".join(paragraphs) + "\n"


def _deny_title_page(paragraphs: list[str], script: Script) -> None:
    """Force the first paragraph, if it would be taken for a title page."""
    first = next((index for index, text in enumerate(paragraphs) if not text.startswith(("[[", "/*"))), None)
    if first is not None and split_title_page(paragraphs[first].split("\n")):
        kind = next(element.type for element in script.elements if element.type not in _ASIDES)
        paragraphs[first] = _FORCED.get(kind, "!") + paragraphs[first]


def _title_page(script: Script) -> list[str]:
    pairs = list(script.title_page)
    keys = {key.lower() for key, _ in pairs}
    extra = {
        "Title": script.title,
        "Style": script.style,
        "Language": script.language if script.language != "en" else "",
        "Aspect": script.format.aspect if script.format.aspect != Format().aspect else "",
        "FPS": str(_fps(script.format)) if script.format.fps != Format().fps else "",
    }
    synonyms = {"FPS": {"fps", "frame rate"}, "Aspect": {"aspect", "format"}}
    pairs += [(key, value) for key, value in extra.items() if value and not keys & synonyms.get(key, {key.lower()})]
    lines = [
        f"{key}: {value}".rstrip() if "\n" not in value else "\n    ".join((f"{key}:", *value.split("\n")))
        for key, value in pairs
    ]
    return ["\n".join(lines)] if lines else []


def _cast_notes(script: Script) -> list[str]:
    """Notes for the looks and voices that no note of the script gives."""
    said = listen(script.elements, Said())
    notes: list[str] = []
    for person in script.characters:
        if person.look and said.looks.get(person.name) != person.look:
            notes.append(f"[[look {person.name}: {person.look}]]")
        voice = person.voice
        if voice != VoiceHint() and said.voices.get(person.name) != voice:
            words = (voice.age, voice.gender, voice.language, voice.sample)
            notes.append(f"[[voice {person.name}: {' '.join(word for word in words if word)}]]")
        if person.references and said.pictures.get(person.name) != person.references:
            notes.append(f"[[picture {person.name}: {', '.join(person.references)}]]")
    return notes


def _scene_notes(scene: Scene) -> list[str]:
    said = listen(scene.elements, Said())
    notes: list[str] = []
    if scene.music and said.music != scene.music:
        lyrics = scene.music.lyrics
        if scene.music.mood or scene.music.prompt or not lyrics:
            notes.append(f"[[{f'music {scene.music.mood}'.strip()}: {scene.music.prompt or scene.music.mood}]]")
        if lyrics:
            notes.append(_aside(Element(type="note", text=f"lyrics:\n{lyrics}")))
    if scene.ambience and said.ambience != scene.ambience:
        notes.append(f"[[ambience: {scene.ambience}]]")
    return notes


def _paragraphs(elements: Iterable[Element]) -> list[str]:
    """Blocks of Fountain: a speech with all that belongs to it is one block, everything else stands alone."""
    blocks: list[list[str]] = []
    speaking = False
    for element in elements:
        if element.type == "character":
            blocks.append([_cue(element)])
            speaking = True
        elif speaking and element.type in (*_SPEECH, *_ASIDES):
            blocks[-1].append(_spoken(element))
        else:
            blocks.append([_alone(element)])
            speaking = False
    return ["\n".join(block) for block in blocks]


def _heading(element: Element) -> str:
    text = element.text if element.scene_number is None else f"{element.text} #{element.scene_number}#"
    return text if is_heading(element.text) and split_number(text)[0] == element.text else f".{text}"


def _cue(element: Element) -> str:
    caret = " ^" if element.dual else ""
    forced = not is_cue(element.text) or is_heading(element.text) or element.text[0] in "#=~>!.@"
    return f"{'@' if forced else ''}{element.text}{caret}"


def _spoken(element: Element) -> str:
    if element.type == "lyrics":
        return f"~{element.text}"
    if element.type in _ASIDES:
        return _aside(element)
    return "\n".join(line or "  " for line in element.text.split("\n"))


def _aside(element: Element) -> str:
    if element.type == "boneyard":
        return f"/* {element.text} */"
    text = "\n".join(line or "  " for line in element.text.split("\n"))
    return f"[[{text} ]]" if text.endswith("]") else f"[[{text}]]"


def _alone(element: Element) -> str:
    text = element.text
    match element.type:
        case "action" | "dialogue" | "parenthetical":
            return _action(text)
        case "transition":
            return text if is_transition(text) and text[0] not in "#=~>!." and not is_heading(text) else f"> {text}"
        case "centered":
            return f"> {text} <"
        case "section":
            return f"{'#' * max(element.depth, 1)} {text}"
        case "synopsis":
            return f"= {text}"
        case "lyrics":
            return f"~{text}"
        case "page_break":
            return "==="
        case _:
            return _aside(element)


def _action(text: str) -> str:
    """Action, forced where its first line reads as something else, and where a later line would begin anew."""
    lines = text.split("\n")
    first = lines[0].lstrip()
    alone = len(lines) == 1
    taken = is_heading(first) or (is_transition(first) if alone else is_cue(first)) or first[:1] in (".", "@")
    written = [f"!{lines[0]}" if taken or first[:1] in ("", *"#=~>!") else lines[0]]
    written += [f"!{line}" if line.lstrip()[:1] in ("", *"#=~>!") else line for line in lines[1:]]
    return "\n".join(written)
