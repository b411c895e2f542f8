"""The words in which a plan says what a picture shows. Planner, drawn boards and prompts share them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Framing = Literal[
    "extreme_wide",
    "wide",
    "full",
    "medium_wide",
    "medium",
    "medium_close",
    "close",
    "extreme_close",
    "over_shoulder",
    "two_shot",
    "insert",
]
Angle = Literal["eye", "low", "high", "overhead", "dutch"]
CameraMove = Literal[
    "static",
    "pan_left",
    "pan_right",
    "tilt_up",
    "tilt_down",
    "push_in",
    "pull_out",
    "track_left",
    "track_right",
    "crane_up",
    "crane_down",
    "handheld",
    "zoom_in",
    "zoom_out",
]
TimeOfDay = Literal["dawn", "morning", "day", "afternoon", "dusk", "night"]
Weather = Literal["clear", "cloudy", "rain", "storm", "snow", "fog", "wind"]
Setting = Literal[
    # interiors
    "room",
    "bedroom",
    "kitchen",
    "office",
    "corridor",
    "stairwell",
    "bar",
    "shop",
    "hospital",
    "church",
    "prison",
    "cave",
    "vehicle",
    "warehouse",
    "station",
    "theatre",
    "spaceship",
    # exteriors
    "street",
    "alley",
    "garden",
    "forest",
    "field",
    "mountain",
    "cliff",
    "beach",
    "sea",
    "river",
    "desert",
    "road",
    "rooftop",
    "village",
    "graveyard",
    "lighthouse",
    "space",
]
Facing = Literal["left", "right", "camera", "away"]
Pose = Literal[
    "stand",
    "sit",
    "walk",
    "run",
    "climb",
    "lie",
    "kneel",
    "crouch",
    "fall",
    "reach",
    "hold",
    "point",
    "embrace",
    "fight",
    "dance",
]
Emotion = Literal[
    "neutral",
    "happy",
    "sad",
    "angry",
    "afraid",
    "tired",
    "tender",
    "excited",
    "surprised",
    "whisper",
    "shout",
    "ironic",
    "tense",
]


@dataclass(frozen=True, kw_only=True)
class Silhouette:
    """What makes a figure recognisable at any size; stable for a character over the whole film.

    Colours are "#rrggbb".
    """

    creature: Literal["person", "dog", "cat", "horse", "bird"] = "person"
    """For an animal, `build` and `garment` mean nothing, and `hair_colour` is the coat's or the feathers'."""
    build: Literal["child", "slight", "average", "broad", "tall", "stooped"] = "average"
    hair: Literal["short", "long", "bun", "braid", "curly", "bald", "hood", "hat", "cap"] = "short"
    garment: Literal["coat", "jacket", "dress", "shirt", "robe", "uniform", "cloak"] = "jacket"
    beard: bool = False
    garment_colour: str = "#55606e"
    accent_colour: str = "#c0a060"
    hair_colour: str = "#3a2c22"
    skin_colour: str = "#d8b294"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """Somebody in the picture. `x` is the screen position, -1 (left edge) ... 1 (right edge).

    `near` is a figure in the foreground (the shoulder of an over-the-shoulder shot).
    """

    name: str
    silhouette: Silhouette
    x: float = 0.0
    facing: Facing = "camera"
    pose: Pose = "stand"
    emotion: Emotion = "neutral"
    near: bool = False


@dataclass(frozen=True, kw_only=True)
class Staging:
    """The picture of one shot, for whoever stages instead of reading prompts.

    `focus` is the figure's name, or the object of an insert ("lamp", "phone"), that the shot is about; `props` are
    other things worth drawing; `place` tells apart two places of the same setting, so that each keeps its own look.
    """

    setting: Setting
    place: str
    interior: bool
    time_of_day: TimeOfDay
    weather: Weather
    framing: Framing
    angle: Angle
    camera: CameraMove
    focus: str = ""
    figures: tuple[Figure, ...] = ()
    props: tuple[str, ...] = ()
    style: str = ""
    title: str = ""
    """Words to be read in the picture (a title card, "THE END", a super); lines are joined by a newline."""


@dataclass(frozen=True, kw_only=True)
class Speaking:
    """A figure's mouth moves from `start_frame` of the shot, for `length_frames`.

    `input` says which of the task's inputs is the speech heard then (its index), or -1 for none.
    """

    name: str
    start_frame: int
    length_frames: int
    input: int = -1
