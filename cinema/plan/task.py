"""`Task`: one piece of generation, named by the hash of all that decides its result.

The key holds role, model id, weights revision, precision, request, seed and input keys, and nothing else: the same
key means the same artefact. So resume, cache, retake and sharing between machines are one mechanism, and nothing that
only says where a thing stands in the film (a shot's number, a scene's index) may enter a request.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal

from pydantic import ConfigDict, TypeAdapter

from cinema.identity import digest
from cinema.plan.staging import Emotion, Speaking, Staging

Role = Literal["speech", "image", "video", "upscale", "music", "sound", "text"]
Precision = Literal["native", "fp32", "fp16", "bf16", "fp8", "int8", "nf4"]
_FORBID = ConfigDict(extra="forbid")


@dataclass(frozen=True, kw_only=True)
class VoiceSpec:
    """A cast member's voice. `variant` (0 ...) tells apart voices of the same kind."""

    __pydantic_config__ = _FORBID

    language: str = "en"
    gender: Literal["female", "male", "neutral"] = "neutral"
    age: Literal["child", "young", "adult", "old"] = "adult"
    variant: int = 0


@dataclass(frozen=True, kw_only=True)
class SpeechRequest:
    """One line, spoken. `text` has no emphasis marks. The result starts and ends with at most 0.1 s of silence.

    `delivery` is for the performance only; what the mix does to a telephone voice is the mix's affair.
    `nonverbal` is a sound to make instead of or before the words: "laugh", "sigh", "gasp", "cough", "sob", "scream", "".
    `sample` and `before` are positions in the task's inputs: a recording of the voice to speak with, and a sound, made by
    another model, that comes before the words.
    """

    __pydantic_config__ = _FORBID

    kind: Literal["speech"] = "speech"
    text: str
    voice: VoiceSpec
    emotion: Emotion = "neutral"
    nonverbal: str = ""
    sample: int | None = None
    before: int | None = None


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A picture of a character or a place that a still must agree with; `input` is its position in the task's inputs."""

    __pydantic_config__ = _FORBID

    kind: Literal["character", "place"]
    name: str
    input: int


@dataclass(frozen=True, kw_only=True)
class ImageRequest:
    """A still: a cast sheet, a place sheet, or the keyframe of a shot.

    `references` are given only to models whose manifest wants them; "image 1" in a prompt is the first of them.
    """

    __pydantic_config__ = _FORBID

    kind: Literal["image"] = "image"
    prompt: str
    negative_prompt: str = ""
    width_px: int
    height_px: int
    steps: int | None = None
    guidance: float | None = None
    staging: Staging | None = None
    references: tuple[Reference, ...] = ()


@dataclass(frozen=True, kw_only=True)
class VideoRequest:
    """A clip of exactly `length_frames` frames at `fps` (handles included), whatever lengths and rates the model makes.

    `staging`, `speaking` and `keyframe` (the position, in the task's inputs, of the picture that it starts from) are given
    only to models whose manifest wants them.
    """

    __pydantic_config__ = _FORBID

    kind: Literal["video"] = "video"
    prompt: str
    negative_prompt: str = ""
    width_px: int
    height_px: int
    fps: Fraction
    length_frames: int
    steps: int | None = None
    guidance: float | None = None
    staging: Staging | None = None
    speaking: tuple[Speaking, ...] = ()
    keyframe: int | None = None


@dataclass(frozen=True, kw_only=True)
class UpscaleRequest:
    """The first input, a clip, with its frames made `width_px` x `height_px`."""

    __pydantic_config__ = _FORBID

    kind: Literal["upscale"] = "upscale"
    width_px: int
    height_px: int


@dataclass(frozen=True, kw_only=True)
class MusicRequest:
    """A piece of score, 48 kHz stereo, of exactly `length_samples`, that resolves at its end."""

    __pydantic_config__ = _FORBID

    kind: Literal["music"] = "music"
    mood: str
    prompt: str = ""
    lyrics: str = ""
    """For models that sing; empty: no voice."""
    length_samples: int
    language: str = ""
    """Of the lyrics (ISO 639-1); empty where nothing is sung."""


@dataclass(frozen=True, kw_only=True)
class SoundRequest:
    """An effect or an ambience, 48 kHz stereo, of exactly `length_samples`; a `loop` joins its own start without a seam."""

    __pydantic_config__ = _FORBID

    kind: Literal["sound"] = "sound"
    prompt: str
    length_samples: int
    loop: bool = False


@dataclass(frozen=True, kw_only=True)
class TextRequest:
    """A question to a language model; the answer is one JSON document that agrees with `json_schema`, in `text.json`."""

    __pydantic_config__ = _FORBID

    kind: Literal["text"] = "text"
    instructions: str
    prompt: str
    json_schema: Mapping[str, Any]
    max_tokens: int = 4096
    temperature: float = 0.2


_LATER: Mapping[str, tuple[str, ...]] = {"music": ("language",)}
"""By kind of request, fields that came after films had been made: while they are empty they are in no key."""

Request = SpeechRequest | ImageRequest | VideoRequest | UpscaleRequest | MusicRequest | SoundRequest | TextRequest

request_adapter: TypeAdapter[Any] = TypeAdapter(Request)
"""Validates and dumps any request; unknown keys are refused."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """`inputs` are the keys of the artefacts that it needs, in the order in which the request counts them."""

    role: Role
    model: str
    revision: str
    precision: Precision = "native"
    request: Request
    seed: int
    inputs: tuple[str, ...] = ()
    label: str = field(default="", compare=False)
    """For people ("shot 2-3"); not part of the key."""

    @cached_property
    def key(self) -> str:
        """SHA-256 in hex of all that decides the result."""
        request = request_adapter.dump_python(self.request, mode="json")
        for name in _LATER.get(self.request.kind, ()):
            if not request[name]:
                del request[name]
        return digest(
            {
                "role": self.role,
                "model": self.model,
                "revision": self.revision,
                "precision": self.precision,
                "request": request,
                "seed": self.seed,
                "inputs": list(self.inputs),
            }
        )


@dataclass(frozen=True, kw_only=True)
class Asset:
    """A file that the user brought: a picture of a character or a recording of a voice. Tasks name it by its key."""

    kind: Literal["image", "audio"]
    source: str
    """Its path as the script has it; not part of the key."""
    sha256: str
    """Of its bytes as the user brought them."""

    @property
    def key(self) -> str:
        return digest({"asset": self.kind, "sha256": self.sha256})
