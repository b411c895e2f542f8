"""`Script`: what was written, whatever it was written in.

Texts keep their emphasis marks (`*`, `**`, `_`, with backslash escapes); forcing marks are gone.
A parenthetical keeps its brackets, "(softly)"; a `SpokenLine.parenthetical` is as its author wrote it.
Line numbers and pointers say where a thing stood; they do not take part in equality.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

ElementType = Literal[
    "scene_heading",
    "action",
    "character",
    "parenthetical",
    "dialogue",
    "lyrics",
    "transition",
    "centered",
    "section",
    "synopsis",
    "note",
    "boneyard",
    "page_break",
]
ScriptFormat = Literal["json", "fountain", "fdx", "prose"]
Aspect = Literal["16:9", "9:16", "1:1", "4:5", "21:9"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Element:
    """One paragraph of a script, in source order.

    `scene_number` belongs to scene headings; `name`, `extension` ("V.O.") and `dual` to character cues
    (`text` is the whole cue as written, without `^` and forcing `@`); `depth` (1 ...) to sections.
    """

    type: ElementType
    text: str
    line: int = field(default=0, compare=False)
    pointer: str | None = field(default=None, compare=False)
    scene_number: str | None = None
    name: str | None = None
    extension: str | None = None
    dual: bool = False
    depth: int = 0


@dataclass(frozen=True, kw_only=True)
class VoiceHint:
    """What the author says of a voice; None where nothing is said. `sample` is a path to a recording."""

    language: str | None = None
    gender: Literal["female", "male", "neutral"] | None = None
    age: Literal["child", "young", "adult", "old"] | None = None
    sample: str | None = None


@dataclass(frozen=True, kw_only=True)
class Character:
    """A speaking or appearing person. `name` is as in cues, without extensions."""

    name: str
    look: str = ""
    voice: VoiceHint = VoiceHint()
    references: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Format:
    fps: Fraction = Fraction(24)
    aspect: Aspect = "16:9"


@dataclass(frozen=True, kw_only=True)
class SpokenLine:
    """A line of an explicit shot."""

    character: str
    text: str
    emotion: str | None = None
    parenthetical: str | None = None
    extension: str | None = None
    language: str | None = None


@dataclass(frozen=True, kw_only=True)
class SoundEffect:
    prompt: str
    at_seconds: float = 0.0
    duration_seconds: float | None = None


@dataclass(frozen=True, kw_only=True)
class Music:
    """Music asked for by the author; each may be empty. `lyrics` are the words that are sung."""

    mood: str = ""
    prompt: str = ""
    lyrics: str = ""


@dataclass(frozen=True, kw_only=True)
class ScriptShot:
    """A shot that the author gave; it is kept exactly: never expanded, merged or reordered.

    Free words of the author ("wide", "crane up", "24mm"). `transition` says how the shot gives way to the next.
    """

    action: str
    framing: str | None = None
    angle: str | None = None
    camera: str | None = None
    lens: str | None = None
    duration_seconds: float | None = None
    characters: tuple[str, ...] | None = None
    """None: not said, to be found in the action. Empty: nobody."""
    dialogue: tuple[SpokenLine, ...] = ()
    sounds: tuple[SoundEffect, ...] = ()
    transition: str | None = None
    prompt: str | None = None
    negative_prompt: str | None = None
    seed: int | None = None
    pointer: str | None = field(default=None, compare=False)


@dataclass(frozen=True, kw_only=True)
class Scene:
    """From one scene heading to the next. What stands before the first heading is a scene with `heading` None.

    `elements` are those after the heading, up to the next; `shots` is None unless the author gave a shot list.
    """

    heading: Element | None
    elements: tuple[Element, ...] = ()
    shots: tuple[ScriptShot, ...] | None = None
    music: Music | None = None
    ambience: str | None = None


@dataclass(frozen=True, kw_only=True)
class Script:
    """`title_page` keeps the author's keys and order; `characters` are in order of first appearance."""

    title: str
    scenes: tuple[Scene, ...]
    characters: tuple[Character, ...] = ()
    style: str = ""
    format: Format = Format()
    language: str = "en"
    title_page: tuple[tuple[str, str], ...] = ()
    source: str = field(default="", compare=False)
    source_format: ScriptFormat = field(default="json", compare=False)

    @property
    def elements(self) -> tuple[Element, ...]:
        """Every element in source order, headings included."""
        return tuple(
            element
            for scene in self.scenes
            for element in ((scene.heading, *scene.elements) if scene.heading else scene.elements)
        )
