"""Cinema's own script format: JSON, version 1. `configs/schema/cinema-script-1.json` describes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

from pydantic import ValidationError

from cinema.errors import InputError, Where
from cinema.script.annotations import Said, cast_of, listen
from cinema.script.assemble import names_of, split_cue
from cinema.script.fountain import read_elements
from cinema.script.json_door import pointer, read_json
from cinema.script.json_errors import explain, show
from cinema.script.json_model import (
    SCHEMA,
    CharacterIn,
    ElementIn,
    SceneIn,
    ScriptIn,
    ShotIn,
    SpokenLineIn,
)
from cinema.script.model import (
    Character,
    Element,
    Format,
    Music,
    Scene,
    Script,
    ScriptShot,
    SoundEffect,
    SpokenLine,
    VoiceHint,
)
from cinema.timebase import parse_rate

Upgrade = Callable[[dict[str, Any]], dict[str, Any]]
_UPGRADES: Mapping[str, Upgrade] = {}
"""From each older schema to the next one. Version 1 is the first."""


def parse_json_script(text: str, *, source: str = "") -> Script:
    """The script in a JSON document; InputError with a pointer (or a line, where it is no JSON) for all that is wrong."""
    document = upgrade(read_json(text, source=source), source=source)
    try:
        read = ScriptIn.model_validate(document)
    except ValidationError as exc:
        raise explain(exc, document, ScriptIn, source) from exc
    return _Builder(read, source).build()


def upgrade(
    document: object, *, source: str = "", upgrades: Mapping[str, Upgrade] = _UPGRADES, current: str = SCHEMA
) -> dict[str, Any]:
    """`document` in the `current` schema, by one step at a time; one without a schema is taken as current."""
    if not isinstance(document, dict):
        message = f"A script is an object with the key scenes, and this is {show(document)}."
        raise InputError(message, where=Where(source=source, pointer=""))
    script = cast("dict[str, Any]", document)
    for _ in range(len(upgrades) + 1):
        version = script.get("schema", current)
        if version == current:
            return script
        if not isinstance(version, str) or version not in upgrades:
            break
        script = upgrades[version](script)
    known = ", ".join((*upgrades, current))
    message = f"The schema {show(script.get('schema'))} is not among those read here ({known}); correct it or update Cinema."
    raise InputError(message, where=Where(source=source, pointer="/schema"))


class _Builder:
    """Turns a validated document into a `Script`."""

    def __init__(self, script: ScriptIn, source: str) -> None:
        self._script = script
        self._source = source
        self._listed = {person.name: person for person in script.characters or ()}
        self._folded = {name.casefold(): name for name in reversed(self._listed)}
        self._names: dict[str, None] = {}
        self._said = Said()

    def build(self) -> Script:
        script = self._script
        self._refuse_namesakes()
        scenes = tuple(self._scene(scene, ("scenes", index)) for index, scene in enumerate(script.scenes))
        listed = tuple(_character(person) for person in self._listed.values())
        return Script(
            title=script.title,
            scenes=scenes,
            characters=listed
            + cast_of((name for name in self._names if name not in self._listed), self._said.without(self._listed)),
            style=script.style,
            format=Format(fps=parse_rate(script.format.fps), aspect=script.format.aspect) if script.format else Format(),
            language=script.language.lower(),
            title_page=tuple(script.title_page.items()),
            source=self._source,
            source_format="json",
        )

    def _refuse_namesakes(self) -> None:
        met: set[str] = set()
        for index, person in enumerate(self._script.characters or ()):
            if person.name in met:
                self._refuse(("characters", index, "name"), f"There are two characters called {show(person.name)}; rename one.")
            met.add(person.name)

    def _refuse(self, place: tuple[str | int, ...], message: str) -> None:
        raise InputError(message, where=Where(source=self._source, pointer=pointer(place)))

    def _scene(self, scene: SceneIn, place: tuple[str | int, ...]) -> Scene:
        heading = None
        if scene.heading:
            heading = Element(
                type="scene_heading",
                text=scene.heading.text,
                pointer=pointer((*place, "heading")),
                scene_number=scene.heading.scene_number,
            )
        shots = None
        if scene.shots is not None:
            shots = tuple(self._shot(shot, (*place, "shots", index)) for index, shot in enumerate(scene.shots))
        elements: tuple[Element, ...] = ()
        heard = self._said
        if scene.elements:
            elements = tuple(
                element
                for index, given in enumerate(scene.elements)
                for element in _elements(given, pointer((*place, "elements", index)))
            )
        elif scene.text:
            heading, elements = self._text(scene.text, heading, (*place, "text"))
            heard = listen(elements, self._said.of_another_scene())
        self._names.update(dict.fromkeys(names_of(elements)))
        given = scene.music
        music = Music(mood=given.mood, prompt=given.prompt, lyrics=given.lyrics) if given else heard.music
        return Scene(
            heading=heading,
            elements=elements,
            shots=shots,
            music=music,
            ambience=scene.ambience if scene.ambience is not None else heard.ambience,
        )

    def _text(
        self, text: str, heading: Element | None, place: tuple[str | int, ...]
    ) -> tuple[Element | None, tuple[Element, ...]]:
        """Heading and elements of a scene that is told in Fountain; it may begin with its heading."""
        where = pointer(place)
        elements = [_placed(element, where) for element in read_elements(text, source=self._source)]
        if heading is None and elements and elements[0].type == "scene_heading":
            heading = elements.pop(0)
        if extra := next((element for element in elements if element.type == "scene_heading"), None):
            self._refuse(place, f"The text goes on to another scene, {show(extra.text)}; give each scene an entry of its own.")
        return heading, tuple(elements)

    def _shot(self, shot: ShotIn, place: tuple[str | int, ...]) -> ScriptShot:
        characters = shot.characters
        if characters is not None:
            names = (self._known(name, (*place, "characters", index)) for index, name in enumerate(characters))
            characters = tuple(names)
        return ScriptShot(
            action=shot.action,
            framing=shot.framing,
            angle=shot.angle,
            camera=shot.camera,
            lens=shot.lens,
            duration_seconds=shot.duration_seconds,
            characters=characters,
            dialogue=tuple(
                self._line(line, (*place, "dialogue", index, "character")) for index, line in enumerate(shot.dialogue)
            ),
            sounds=tuple(
                SoundEffect(prompt=sound.prompt, at_seconds=sound.at_seconds, duration_seconds=sound.duration_seconds)
                for sound in shot.sounds
            ),
            transition=shot.transition,
            prompt=shot.prompt,
            negative_prompt=shot.negative_prompt,
            seed=shot.seed,
            pointer=pointer(place),
        )

    def _line(self, line: SpokenLineIn, place: tuple[str | int, ...]) -> SpokenLine:
        name, extension = line.character, line.extension
        if extension is None and (parts := split_cue(name)):
            name, extension = parts
        return SpokenLine(
            character=self._known(name, place),
            text=line.text,
            emotion=line.emotion,
            parenthetical=line.parenthetical,
            extension=extension,
            language=line.language,
        )

    def _known(self, name: str, place: tuple[str | int, ...]) -> str:
        """The name as the list of characters spells it; without a list, everybody is welcome."""
        if name not in self._listed and name.casefold() in self._folded:
            name = self._folded[name.casefold()]
        if self._script.characters is not None and name not in self._listed:
            names = ", ".join(self._listed) or "nobody"
            self._refuse(
                place, f"{show(name)} is not one of the characters ({names[:200]}); add them to characters or correct it."
            )
        self._names[name] = None
        return name


def _character(person: CharacterIn) -> Character:
    voice = person.voice
    hint = VoiceHint(language=voice.language, gender=voice.gender, age=voice.age, sample=voice.sample) if voice else VoiceHint()
    return Character(
        name=person.name,
        look=person.look,
        voice=hint,
        references=tuple(person.references),
    )


def _placed(element: Element, where: str) -> Element:
    """`element` with its pointer; `replace` would do the same at three times the cost."""
    return Element(
        type=element.type,
        text=element.text,
        line=element.line,
        pointer=where,
        scene_number=element.scene_number,
        name=element.name,
        extension=element.extension,
        dual=element.dual,
        depth=element.depth,
    )


def _elements(given: ElementIn, where: str) -> Iterator[Element]:
    """The elements that one entry stands for."""
    if given.type == "dialogue" and given.character:
        name, extension = split_cue(given.character) or (given.character, None)
        extension = given.extension or extension
        cue = f"{name} ({extension})" if extension else name
        yield Element(type="character", text=cue, pointer=where, name=name, extension=extension, dual=given.dual)
        if given.parenthetical:
            yield Element(type="parenthetical", text=_bracketed(given.parenthetical), pointer=where)
        yield Element(type="dialogue", text=given.text, pointer=where)
    elif given.type == "character":
        name, extension = split_cue(given.text) or (given.text, None)
        name = given.name if "name" in given.model_fields_set else name
        extension = given.extension if "extension" in given.model_fields_set else extension
        yield Element(type="character", text=given.text, pointer=where, name=name, extension=extension, dual=given.dual)
    elif given.type == "parenthetical":
        yield Element(type="parenthetical", text=_bracketed(given.text), pointer=where)
    else:
        depth = max(given.depth, 1) if given.type == "section" else 0
        yield Element(type=given.type, text=given.text, pointer=where, depth=depth)


def _bracketed(text: str) -> str:
    return text if text.startswith("(") and text.endswith(")") else f"({text})"
