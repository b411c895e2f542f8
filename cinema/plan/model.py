"""`Plan`: what will be shot, said, heard and generated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from cinema.plan.staging import Angle, CameraMove, Emotion, Framing, Setting, Silhouette, Staging, TimeOfDay, Weather
from cinema.plan.task import Asset, Task, VoiceSpec

Delivery = Literal["on_screen", "off_screen", "voice_over", "phone"]
TransitionKind = Literal["cut", "dissolve", "wipe", "fade"]
Coverage = Literal[
    "explicit", "establishing", "master", "single", "over_shoulder", "two_shot", "insert", "reaction", "pov", "montage", "title"
]


@dataclass(frozen=True, kw_only=True)
class CastMember:
    """A character as played: one voice and one look for the whole film."""

    name: str
    look: str
    voice: VoiceSpec
    silhouette: Silhouette
    narrator: bool = False
    sample: str | None = None
    """A recording of the voice, as the script names it."""
    references: tuple[str, ...] = ()
    """Pictures of the character, as the script names them."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """Words spoken within one shot.

    `text` is the script's own words, without emphasis marks: what captions show. `offset_frames` counts from the start
    of the shot; `length_frames` is estimated until speech has been measured (`measured`), then covers every sample.
    """

    id: str
    character: str
    text: str
    emotion: Emotion = "neutral"
    nonverbal: str = ""
    delivery: Delivery = "on_screen"
    offset_frames: int = 0
    length_frames: int = 0
    pause_frames: int = 0
    """Silence before it, after the line before."""
    measured: bool = False
    lyrics: bool = False
    dual: bool = False
    """Spoken at the same time as the line before it."""
    language: str = "en"


@dataclass(frozen=True, kw_only=True)
class SoundCue:
    """An effect heard within a shot (it may ring on past its end)."""

    id: str
    prompt: str
    offset_frames: int
    length_frames: int


@dataclass(frozen=True, kw_only=True)
class Transition:
    """How a shot begins. `frames` is 0 for a cut.

    A dissolve or wipe occupies the shot's first `frames` frames, mixed with the previous clip's tail handle of the same
    length; a fade comes from black, alone. So a transition moves no cut point and changes no length.
    """

    kind: TransitionKind = "cut"
    frames: int = 0


@dataclass(frozen=True, kw_only=True)
class Shot:
    """One shot. `length_frames` is its length in the film; its clip has `tail_frames` more, for the next transition."""

    id: str
    """ "2-3": third shot of the second scene, counted from 1."""
    scene: int
    """Index into `Plan.scenes`."""
    coverage: Coverage
    framing: Framing
    angle: Angle
    camera: CameraMove
    lens: str
    action: str
    staging: Staging
    prompt: str
    """The whole shot in words."""
    negative_prompt: str
    first_frame: str = ""
    """The still that it starts from, in words; and what moves from there (`motion`)."""
    motion: str = ""
    characters: tuple[str, ...]
    lines: tuple[Line, ...] = ()
    sounds: tuple[SoundCue, ...] = ()
    start_frame: int = 0
    """In the film."""
    length_frames: int
    wanted_frames: int | None = None
    """The author's own length; lines may have made the shot longer."""
    action_frames: int = 0
    """What the picture needs by itself, without its lines."""
    tail_frames: int = 0
    entrance: Transition = Transition()
    fade_out_frames: int = 0
    seed: int
    asked_seed: int | None = None
    """The seed, where the author or a retake asked for another than the planner's."""


@dataclass(frozen=True, kw_only=True)
class ScenePlan:
    """A scene as it will be shot. `number` is the author's, or counted from 1."""

    index: int
    number: str
    heading: str
    setting: Setting
    place: str
    interior: bool
    time_of_day: TimeOfDay
    weather: Weather
    mood: str
    music_prompt: str = ""
    lyrics: str = ""
    """What is sung, where the author gave words."""
    music: bool = True
    """False where the author asked for silence."""
    ambience: str = ""
    tension: float = 0.3
    """0 (calm) ... 1."""
    source_line: int = 0


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Shots and tasks.

    `uses` says which task fills which slot: "line:ID", "shot:ID", "sound:ID", "music:SCENE_INDEX", "ambience:SCENE_INDEX";
    and what those are made from: "cast:NAME", "place:NAME", "keyframe:SHOT_ID", "take:SHOT_ID" (a clip not yet upscaled),
    "nonverbal:LINE_ID". Shots of one setup may share a keyframe.
    Shots are in film order and contiguous: each starts where the one before ends.
    """

    title: str
    fps: Fraction
    width_px: int
    height_px: int
    aspect: str
    language: str
    style: str
    cast: tuple[CastMember, ...]
    scenes: tuple[ScenePlan, ...]
    shots: tuple[Shot, ...]
    tasks: tuple[Task, ...] = ()
    assets: tuple[Asset, ...] = ()
    """The user's own files that tasks may need, by the paths of the script; they are in the store before anything runs."""
    uses: Mapping[str, str] = field(default_factory=dict[str, str])
    warnings: tuple[str, ...] = ()
    seed: int = 0
    """Of the whole film; the seeds of tasks come from it."""
    spoken: bool = False
    """Whether every line's length has been measured."""

    @property
    def length_frames(self) -> int:
        return sum(shot.length_frames for shot in self.shots)

    @property
    def lines(self) -> tuple[Line, ...]:
        """Every line, in the order in which it is heard."""
        return tuple(line for shot in self.shots for line in shot.lines)

    def shots_of(self, scene: int) -> tuple[Shot, ...]:
        return tuple(shot for shot in self.shots if shot.scene == scene)
