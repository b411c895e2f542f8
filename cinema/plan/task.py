"""`Task`: one piece of generation, named by the hash of all that decides its result.

The key holds role, model id, weights revision, precision, request, seed and input keys, and nothing else: the same
key means the same artefact. So resume, cache, retake and sharing between machines are one mechanism, and nothing that
only says where a thing stands in the film (a shot's number, a scene's index) may enter a request.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal

from pydantic import ConfigDict, TypeAdapter

from cinema.identity import digest
from cinema.plan.staging import Emotion, Speaking, Staging

Role = Literal["speech", "image", "video", "upscale", "music", "sound", "text"]
Precision = Literal["native", "bf16", "fp8", "int8", "nf4"]
_FORBID = ConfigDict(extra="forbid")


@dataclass(frozen=True, kw_only=True)
class VoiceSpec:
    """A cast member's voice. `variant` (0 ...) tells apart voices of the same kind; `sample_sha256` is of a recording."""

    __pydantic_config__ = _FORBID

    language: str = "en"
    gender: Literal["female", "male", "neutral"] = "neutral"
    age: Literal["child", "young", "adult", "old"] = "adult"
    variant: int = 0
    sample: str | None = None
    sample_sha256: str | None = None


@dataclass(frozen=True, kw_only=True)
class SpeechRequest:
    """One line, spoken. `text` has no emphasis marks. The result starts and ends with at most 0.1 s of silence.

    `delivery` is for the performance only; what the mix does to a telephone voice is the mix's affair.
    `nonverbal` is a sound to make instead of or before the words: "laugh", "sigh", "gasp", "cough", "sob", "scream", "".
    """

    __pydantic_config__ = _FORBID

    kind: Literal["speech"] = "speech"
    text: str
    voice: VoiceSpec
    emotion: Emotion = "neutral"
    nonverbal: str = ""


@dataclass(frozen=True, kw_only=True)
class ImageRequest:
    """A still: a cast sheet, a place sheet, or the keyframe of a shot."""

    __pydantic_config__ = _FORBID

    kind: Literal["image"] = "image"
    prompt: str
    negative_prompt: str = ""
    width_px: int
    height_px: int
    steps: int | None = None
    guidance: float | None = None
    staging: Staging | None = None


@dataclass(frozen=True, kw_only=True)
class VideoRequest:
    """A clip of exactly `length_frames` frames at `fps` (handles included).

    `staging` and `speaking` are given only to models whose manifest wants them.
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


@dataclass(frozen=True, kw_only=True)
class UpscaleRequest:
    """The first input, a clip, made larger by `factor`."""

    __pydantic_config__ = _FORBID

    kind: Literal["upscale"] = "upscale"
    factor: int
    width_px: int
    height_px: int


@dataclass(frozen=True, kw_only=True)
class MusicRequest:
    """A piece of score, 48 kHz stereo, of exactly `length_samples`, that resolves at its end."""

    __pydantic_config__ = _FORBID

    kind: Literal["music"] = "music"
    mood: str
    prompt: str = ""
    length_samples: int


@dataclass(frozen=True, kw_only=True)
class SoundRequest:
    """An effect or an ambience, 48 kHz stereo, of exactly `length_samples`; a `loop` joins its own start without a seam."""

    __pydantic_config__ = _FORBID

    kind: Literal["sound"] = "sound"
    prompt: str
    length_samples: int
    loop: bool = False


Request = SpeechRequest | ImageRequest | VideoRequest | UpscaleRequest | MusicRequest | SoundRequest

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
        return digest(
            {
                "role": self.role,
                "model": self.model,
                "revision": self.revision,
                "precision": self.precision,
                "request": request_adapter.dump_python(self.request, mode="json"),
                "seed": self.seed,
                "inputs": list(self.inputs),
            }
        )
