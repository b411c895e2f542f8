"""Blocking: where people stand, which way they look and what they do, true to the 180-degree rule.

Whoever stands on the left of the axis looks right, and the other way round, in every shot of a scene; so single shots
look across the axis at each other. Only a POV shot, which takes a person's place, may have them look into the lens.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from cinema.plan.casting import Cast
from cinema.plan.draft import Draft
from cinema.plan.looks import objects_in
from cinema.plan.model import ScenePlan
from cinema.plan.staging import Emotion, Facing, Figure, Framing, Pose, Silhouette, Staging
from cinema.plan.words import word_list

_POSES: dict[Pose, str] = {
    "stand": "stands stand standing rises rise gets",
    "sit": "sits sit sitting seated slumps perches drives rows kneads",
    "walk": "walks walk walking crosses paces strolls wanders enters enter exits leaves steps approaches limps strides follows",
    "run": "runs run running sprints rushes races flees dashes chases hurries",
    "climb": "climbs climb climbing scrambles clambers scales",
    "lie": "lies lie lying sleeps asleep collapses sprawled unconscious",
    "kneel": "kneels kneel kneeling prays",
    "crouch": "crouches crouch crouching ducks hides huddles crawls",
    "fall": "falls fall falling trips stumbles plunges",
    "reach": "reaches reach reaching grabs touches takes opens lights",
    "hold": "holds hold holding carries clutches grips raises lifts reads plays cradles",
    "point": "points point pointing aims gestures",
    "embrace": "embraces embrace hugs hug kisses kiss",
    "fight": "fights fight fighting punches struggles wrestles attacks",
    "dance": "dances dance dancing waltz twirls spins",
}
_POSE_OF_WORD: dict[str, Pose] = {word: pose for pose, words in _POSES.items() for word in words.split()}
_LASTING: frozenset[Pose] = frozenset({"stand", "sit", "lie", "kneel", "crouch"})
_FEELINGS: dict[str, Emotion] = {
    "smiles": "happy", "laughs": "happy", "grins": "happy", "cries": "sad", "weeps": "sad", "sobs": "sad", "tears": "sad",
    "trembles": "afraid", "screams": "afraid", "gasps": "surprised", "startled": "surprised", "frowns": "tense",
    "glares": "angry", "shouts": "shout", "yawns": "tired", "sighs": "tired", "tired": "tired", "exhausted": "tired",
    "winces": "tense", "freezes": "tense",
}  # fmt: skip
_SPREAD: dict[Framing, float] = {
    "extreme_wide": 0.35, "wide": 0.55, "full": 0.5, "medium_wide": 0.5, "medium": 0.5, "two_shot": 0.42,
    "over_shoulder": 0.3,
}  # fmt: skip
_SINGLE_OFFSET = 0.22
"""A single stands this far to its side of the picture, with room in front of its eyes."""


@dataclass
class Stage:
    """What a scene remembers of its people: the side of the axis (-1 left, 1 right), and how each was last seen."""

    sides: dict[str, int] = field(default_factory=dict[str, int])
    poses: dict[str, Pose] = field(default_factory=dict[str, Pose])

    def admit(self, people: Iterable[str]) -> None:
        """Whoever is new takes the emptier side, the left one first; nobody ever changes sides."""
        for person in people:
            if person not in self.sides:
                self.sides[person] = -1 if sum(self.sides.values()) >= 0 else 1

    def facing(self, person: str) -> Facing:
        return "right" if self.sides[person] < 0 else "left"


def stage_shot(draft: Draft, scene: ScenePlan, cast: Cast, stage: Stage, style: str) -> Staging:
    """The picture of a shot. The stage learns who came in, and who sat down."""
    people = _order(draft.characters)
    stage.admit(people)
    acted = _acted(draft, cast)
    figures = tuple(_figure(person, draft, cast, stage, acted, people) for person in people)
    for person, (pose, _) in acted.items():
        if pose in _LASTING:
            stage.poses[person] = pose
        elif pose in ("walk", "run", "dance", "fight", "climb"):
            stage.poses.pop(person, None)
    return Staging(
        setting=scene.setting,
        place=scene.place,
        interior=scene.interior,
        time_of_day=scene.time_of_day,
        weather=scene.weather,
        framing=draft.framing,
        angle=draft.angle,
        camera=draft.camera,
        focus=draft.focus or (people[0] if people else ""),
        figures=figures,
        props=objects_in(draft.action),
        style=style,
    )


def _order(people: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(people))


def _figure(
    person: str,
    draft: Draft,
    cast: Cast,
    stage: Stage,
    acted: dict[str, tuple[Pose | None, Emotion | None]],
    people: tuple[str, ...],
) -> Figure:
    member = cast.members.get(person)
    pose, felt = acted.get(person, (None, None))
    spoken: Emotion | None = next(
        (line.emotion for line in draft.lines if line.character == person and line.emotion != "neutral"), None
    )
    near = person == draft.near
    into_lens = draft.coverage == "pov" and person == draft.focus
    return Figure(
        name=person,
        silhouette=member.silhouette if member else Silhouette(),
        x=_place(person, draft, stage, people),
        facing="camera" if into_lens else "away" if near else stage.facing(person),
        pose=pose or stage.poses.get(person, "stand"),
        emotion=spoken or felt or "neutral",
        near=near,
    )


def _place(person: str, draft: Draft, stage: Stage, people: tuple[str, ...]) -> float:
    """The screen position; those of one side stand together, each side in order of arrival from the outside in."""
    side = stage.sides[person]
    if len(people) == 1:
        return round(side * (_SINGLE_OFFSET if draft.framing not in ("wide", "extreme_wide") else 0.3), 3)
    if person == draft.near:
        return round(side * 0.68, 3)
    mates = [other for other in people if stage.sides[other] == side and other != draft.near]
    spread = _SPREAD.get(draft.framing, 0.45)
    rank = mates.index(person)
    share = 1.0 if len(mates) == 1 else 1.35 - 0.9 * rank / (len(mates) - 1)
    return round(side * min(0.85, spread * share), 3)


def _acted(draft: Draft, cast: Cast) -> dict[str, tuple[Pose | None, Emotion | None]]:
    """What the action has each person do: a verb belongs to those named just before it, else to the first in view."""
    if not draft.characters or not draft.action:
        return {}
    mentions = cast.mentions(draft.action)
    found: dict[str, tuple[Pose | None, Emotion | None]] = {}
    position = 0
    for word in word_list(draft.action):
        position = draft.action.find(word, position)
        low = word.lower()
        if low not in _POSE_OF_WORD and low not in _FEELINGS:
            continue
        for actor in _actors(draft, mentions, position):
            pose, felt = found.get(actor, (None, None))
            found[actor] = (pose or _POSE_OF_WORD.get(low), felt or _FEELINGS.get(low))
        if _POSE_OF_WORD.get(low) in ("embrace", "fight", "dance"):
            for other in draft.characters:
                found.setdefault(other, (_POSE_OF_WORD[low], None))
    return found


def _actors(draft: Draft, mentions: list[tuple[int, str]], position: int) -> list[str]:
    """Who does what is said at `position`: "Mara and Tom sit" is both; a subject that is a pronoun is the first in view."""
    before = [(at, name) for at, name in mentions if at < position and name in draft.characters]
    if not before:
        return list(draft.characters[:1])
    actors = [before[-1][1]]
    for (at, name), (following, _) in zip(reversed(before[:-1]), reversed(before[1:]), strict=True):
        between = draft.action[at:following].rstrip().lower()
        if not between.endswith((" and", ",", " &", " with", " und", " et", " y")) or len(between) > len(name) + 6:
            break
        actors.append(name)
    return actors
