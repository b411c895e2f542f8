"""The shape of a JSON script, version 1. Everything but `scenes` is optional; unknown keys are refused."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from cinema.script.model import Aspect, ElementType
from cinema.script.references import check_path
from cinema.timebase import RATES, parse_rate

SCHEMA = "cinema-script/1"
LONGEST_SHOT_SECONDS = 600.0
_LONGEST_WORDS = 2_000


def _no_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("must not hold a NUL character")
    return text


def _check_rate(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"must be a frame rate: one of {', '.join(RATES)}, or a fraction such as 24000/1001")
    return str(parse_rate(value))


def _heading_of_text(value: object) -> object:
    """What is wrong with a heading that is a text is told of that text, not of a part of an object that nobody wrote."""
    if not isinstance(value, str):
        return value
    if not 1 <= len(value) <= _LONGEST_WORDS:
        raise ValueError(f"a heading has 1 to {_LONGEST_WORDS:,} characters, and this has {len(value):,}")
    return {"text": _no_nul(value)}


Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_no_nul)]
Words = Annotated[str, Field(max_length=_LONGEST_WORDS), AfterValidator(_no_nul)]
Prose = Annotated[str, Field(max_length=20_000), AfterValidator(_no_nul)]
Whole = Annotated[str, Field(max_length=20_000_000), AfterValidator(_no_nul)]
Path = Annotated[str, Field(max_length=1_000), AfterValidator(check_path)]
Seconds = Annotated[float, Field(gt=0, le=LONGEST_SHOT_SECONDS)]
Rate = Annotated[
    str,
    BeforeValidator(_check_rate),
    WithJsonSchema({"anyOf": [{"enum": [24, 25, 30, 50, 60, 23.976, 29.97, 59.94]}, {"type": "string"}]}),
]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)


class VoiceIn(_Part):
    """What a character sounds like."""

    language: str | None = Field(None, pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", description="Code such as en or pt-br.")
    gender: Literal["female", "male", "neutral"] | None = None
    age: Literal["child", "young", "adult", "old"] | None = None
    sample: Path | None = Field(None, description="A recording to speak like; a path beside the script.")


class CharacterIn(_Part):
    """Somebody who appears or speaks."""

    name: Name = Field(description="As in cues and shots.")
    look: Prose = Field("", description="What they look like, repeated in every shot that shows them.")
    voice: VoiceIn | None = None
    references: list[Path] = Field([], max_length=100, description="Pictures of them; paths beside the script.")


class FormatIn(_Part):
    """The film's frame rate and shape."""

    fps: Rate = Field("24", description='Frames a second: a number, or a fraction such as "24000/1001".')
    aspect: Aspect = "16:9"


class MusicIn(_Part):
    """Music of a scene."""

    mood: Words = Field("", description="One word such as uneasy, tender or tense; none for silence.")
    prompt: Prose = Field("", description="What plays.")
    lyrics: Prose = Field("", description="What is sung; only some models of music sing.")


class SpokenLineIn(_Part):
    """A line spoken in an explicit shot."""

    character: Name
    text: Prose = Field(min_length=1)
    emotion: Words | None = None
    parenthetical: Words | None = Field(None, description='How it is said, as in "softly".')
    extension: Words | None = Field(None, description='Where it comes from: "V.O.", "O.S.", "ON PHONE".')
    language: str | None = Field(None, pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")


class SoundIn(_Part):
    """A sound heard in a shot."""

    prompt: Prose = Field(min_length=1)
    at_seconds: float = Field(0.0, ge=0, le=LONGEST_SHOT_SECONDS, description="From the start of the shot.")
    duration_seconds: Seconds | None = None


class ShotIn(_Part):
    """A shot that the author gives; it is kept exactly."""

    action: Prose = Field(min_length=1, description="What happens in the picture.")
    framing: Words | None = Field(None, description="wide, medium, close, two shot, insert ...")
    angle: Words | None = Field(None, description="eye, low, high, overhead, dutch.")
    camera: Words | None = Field(None, description="static, pan left, push in, crane up, handheld ...")
    lens: Words | None = Field(None, description='As in "24mm".')
    duration_seconds: Seconds | None = Field(None, description="Grows, with a warning, if the lines need longer.")
    characters: list[Name] | None = Field(None, max_length=200, description="Who is seen; [] for nobody.")
    dialogue: list[SpokenLineIn] = Field([], max_length=200)
    sounds: list[SoundIn] = Field([], max_length=200)
    transition: Words | None = Field(None, description="How the shot gives way to the next: cut, dissolve, wipe, fade.")
    prompt: Prose | None = Field(None, description="Replaces the prompt that Cinema would write.")
    negative_prompt: Prose | None = None
    seed: int | None = Field(None, ge=0, le=2**31 - 1)


class ElementIn(_Part):
    """A paragraph of a scene. A dialogue with a `character` stands for cue, parenthetical and dialogue."""

    type: ElementType
    text: Whole = ""
    character: Name | None = Field(None, description="dialogue only: who speaks.")
    parenthetical: Words | None = Field(None, description="dialogue with a character only.")
    name: Name | None = Field(None, description="character only; taken from the text if it is not given.")
    extension: Words | None = Field(None, description="character, or dialogue with a character, only.")
    dual: bool = Field(False, description="character, or dialogue with a character: at once with the speech before.")
    depth: int = Field(0, ge=0, le=100, description="section only.")

    @model_validator(mode="after")
    def _fitting(self) -> Self:
        if self.type == "scene_heading":
            raise ValueError("a scene heading begins a new scene: give it as the heading of another entry of scenes")
        if len(self.text) > 20_000 and self.type not in ("note", "boneyard"):
            raise ValueError("has more than 20,000 characters of text; break it into paragraphs")
        if not self.text and self.type in ("action", "character", "dialogue", "parenthetical"):
            raise ValueError(f"a {self.type} needs some text")
        allowed = {"type", "text"} | {
            "dialogue": {"character", "parenthetical", "extension", "dual"} if self.character else {"character"},
            "character": {"name", "extension", "dual"},
            "section": {"depth"},
        }.get(self.type, set[str]())
        if wrong := sorted(self.model_fields_set - allowed):
            raise ValueError(f"{' and '.join(wrong)} cannot stand in this {self.type}")
        return self


class HeadingIn(_Part):
    """A scene heading with its number."""

    text: Words = Field(min_length=1)
    scene_number: Words | None = None


class SceneIn(_Part):
    """A scene: a shot list, or elements, or Fountain text."""

    heading: Annotated[
        HeadingIn | None,
        BeforeValidator(_heading_of_text),
        WithJsonSchema({"anyOf": [{"type": "string"}, HeadingIn.model_json_schema(), {"type": "null"}]}),
    ] = Field(None, description='As in "INT. LIGHTHOUSE - NIGHT", or an object with text and scene_number.')
    music: MusicIn | None = None
    ambience: Prose | None = Field(None, description="What the place sounds like.")
    shots: list[ShotIn] | None = Field(None, min_length=1, max_length=10_000)
    elements: list[ElementIn] | None = Field(None, max_length=100_000)
    text: Whole | None = Field(None, description="The scene in Fountain.")

    @model_validator(mode="after")
    def _one_content(self) -> Self:
        given = [key for key in ("shots", "elements", "text") if getattr(self, key) is not None]
        if len(given) > 1:
            raise ValueError(f"has {' and '.join(given)}; a scene is told in one of them")
        if not given and self.heading is None:
            raise ValueError("is empty; give it shots, elements or text")
        return self


class ScriptIn(_Part):
    """A Cinema script, version 1."""

    schema_: Annotated[Literal["cinema-script/1"], Field(alias="schema")] = SCHEMA
    title: Words = ""
    style: Prose = Field("", description="Look of the whole film.")
    language: str = Field("en", pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", description="Of the dialogue.")
    format: FormatIn | None = None
    title_page: dict[str, Prose] = Field({}, max_length=100, description="Credit, author, draft date ...")
    characters: list[CharacterIn] | None = Field(
        None, max_length=1_000, description="If given, the shots may name nobody else."
    )
    scenes: list[SceneIn] = Field(min_length=1, max_length=10_000)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a script, as it lies in `configs/schema/`."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "cinema-script-1.json",
        **ScriptIn.model_json_schema(),
    }
