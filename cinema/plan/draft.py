"""A shot on its way: what coverage decided, before blocking, lengths and prompts."""

from __future__ import annotations

from dataclasses import dataclass

from cinema.plan.model import Coverage, Delivery, TransitionKind
from cinema.plan.staging import Angle, CameraMove, Emotion, Framing


@dataclass(frozen=True, kw_only=True, slots=True)
class DraftLine:
    """Words to be spoken; `pause_seconds` of silence come before them."""

    character: str
    text: str
    emotion: Emotion = "neutral"
    nonverbal: str = ""
    delivery: Delivery = "on_screen"
    lyrics: bool = False
    dual: bool = False
    language: str = "en"
    seconds: float = 1.0
    pause_seconds: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class DraftSound:
    """An effect at `at_seconds`, or, where that is None, at the share `place` (0 ... 1) of the action's length."""

    prompt: str
    seconds: float
    at_seconds: float | None = None
    place: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """`characters` are those in the picture, the one that it is about first; `near` is the shoulder in the foreground.

    `seconds` is what the picture needs by itself; `wanted_seconds` the author's own length.
    """

    coverage: Coverage
    framing: Framing
    action: str
    angle: Angle = "eye"
    camera: CameraMove = "static"
    lens: str = ""
    focus: str = ""
    near: str = ""
    characters: tuple[str, ...] = ()
    lines: tuple[DraftLine, ...] = ()
    sounds: tuple[DraftSound, ...] = ()
    entrance: TransitionKind = "cut"
    fade_out: bool = False
    seconds: float = 3.0
    wanted_seconds: float | None = None
    words: str = ""
    """The author's own camera words, for the prompt, where they were not understood."""
    prompt: str | None = None
    negative_prompt: str | None = None
    seed: int | None = None
    moved: bool = False
    """Whether the author asked for the camera move."""
    fixed: bool = False
    """Whether the author asked for the framing."""
    holding: str = ""
    """What whoever speaks has in hand by the situation: a telephone."""
    elsewhere: int | None = None
    """The scene whose place this is, where it is not its own: the other end of a telephone line."""
    title: str = ""
    """Words to be read in the picture."""
