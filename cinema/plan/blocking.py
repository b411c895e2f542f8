"""Blocking: where people stand, which way they look and what they do, true to the 180-degree rule.

Whoever stands on the left of the axis looks right, and the other way round, in every shot of a scene; so single shots
look across the axis at each other. Only a POV shot, which takes a person's place, may have them look into the lens.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from cinema.plan.acting import Act, acts_in
from cinema.plan.casting import Cast
from cinema.plan.draft import Draft
from cinema.plan.model import ScenePlan
from cinema.plan.staging import Emotion, Facing, Figure, Framing, Pose, Silhouette, Staging
from cinema.plan.things import holdable, lamp_goes, objects_in, vessel_in

_LASTING: frozenset[Pose] = frozenset({"stand", "sit", "lie", "kneel", "crouch"})
_MOVING: frozenset[Pose] = frozenset({"walk", "run", "dance", "fight", "climb"})
_HANDS: frozenset[Pose] = frozenset({"hold", "reach", "point"})
_LOW: frozenset[Pose] = frozenset({"sit", "lie", "kneel", "crouch"})
_WHOLE: frozenset[Framing] = frozenset({"extreme_wide", "wide", "full", "medium_wide"})
"""Framings that show the legs: who sits there and lifts a cup is seen to sit."""
_MOST_PROPS = 4
_SPREAD: dict[Framing, float] = {
    "extreme_wide": 0.35, "wide": 0.55, "full": 0.5, "medium_wide": 0.5, "medium": 0.5, "two_shot": 0.42,
    "over_shoulder": 0.3,
}  # fmt: skip
_SINGLE_OFFSET = 0.22
"""A single stands this far to its side of the picture, with room in front of its eyes."""


@dataclass
class Stage:
    """What a place remembers of its people: the side of the axis (-1 left, 1 right), posture, what each holds."""

    sides: dict[str, int] = field(default_factory=dict[str, int])
    poses: dict[str, Pose] = field(default_factory=dict[str, Pose])
    held: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """What each has in hand, the latest first, at most two."""
    vessel: str = ""
    """The boat or ship that the scene is about."""
    unlit: bool = False
    """Whether the great lamp of a lighthouse is dark."""

    def next_scene(self) -> None:
        """A new scene in the same place: sides and seats stay, hands are empty."""
        self.held.clear()
        self.vessel = ""
        self.unlit = False

    def admit(self, people: tuple[str, ...], cast: Cast) -> None:
        """Whoever is new takes the emptier side, the left one first; nobody changes sides. An animal goes with its people."""
        animals = [person for person in people if cast.silent_animal(person)]
        for person in people:
            if person not in self.sides and person not in animals:
                taken = sum(side for other, side in self.sides.items() if not cast.silent_animal(other))
                self.sides[person] = -1 if taken >= 0 else 1
        beside = next((self.sides[person] for person in people if person not in animals), -1)
        for animal in animals:
            self.sides.setdefault(animal, beside)

    def facing(self, person: str) -> Facing:
        return "right" if self.sides[person] < 0 else "left"


def stage_shot(draft: Draft, scene: ScenePlan, cast: Cast, stage: Stage, style: str) -> Staging:
    """The picture of a shot. The stage learns who came in, who sat down, and who holds what."""
    people = tuple(dict.fromkeys(draft.characters))
    stage.admit(people, cast)
    acts = acts_in(draft.action, cast, people)
    used = _handle(acts, stage, objects_in(draft.action))
    if draft.holding and people and draft.holding not in stage.held.get(people[0], ()):
        stage.held[people[0]] = (draft.holding, *stage.held.get(people[0], ()))[:2]
    seated = scene.setting == "vehicle" and scene.interior
    figures = tuple(_figure(person, draft, cast, stage, acts.get(person, Act()), people, seated=seated) for person in people)
    for person, act in acts.items():
        if act.pose in _LASTING:
            stage.poses[person] = act.pose
        elif act.pose in _MOVING:
            stage.poses.pop(person, None)
    props = _props(replace(draft, action=without_names(draft.action, cast)), scene, stage, people, used)
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
        props=_within_reach(figures, stage, used, props),
        style=style,
        title=draft.title,
    )


def without_names(action: str, cast: Cast) -> str:
    """An action in which nobody's name can be taken for a thing (Biscuit, Rose, Bell)."""
    for start, end, _ in reversed(cast.spans(action)):
        action = f"{action[:start]}{'#' * (end - start)}{action[end:]}"
    return action


def _handle(acts: dict[str, Act], stage: Stage, named: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Move things in and out of hands; what each person handles in this shot, put down or not."""
    used: dict[str, tuple[str, ...]] = {}
    for person, act in acts.items():
        before = stage.held.get(person, ())
        left = before[:1] if act.leaves == ("",) else act.leaves
        taken = act.takes
        if act.pose == "hold" and not taken and not left:
            taken = before[:1]
        kept = tuple(thing for thing in before if thing not in left and thing not in taken)
        stage.held[person] = (*taken, *kept)[:2]
        used[person] = tuple(thing for thing in (*taken, *left) if thing in before or thing in named)
    return used


def _props(
    draft: Draft, scene: ScenePlan, stage: Stage, people: tuple[str, ...], used: dict[str, tuple[str, ...]]
) -> tuple[str, ...]:
    """What is in the hands of those in the picture first, then other things, then the boat that they are in."""
    seen = vessel_in(draft.action)
    stage.vessel = seen or stage.vessel or vessel_in(scene.place)
    lit = lamp_goes(draft.action)
    stage.unlit = stage.unlit if lit is None else not lit
    hands = [thing for person in people for thing in (*used.get(person, ()), *stage.held.get(person, ()))]
    things = [thing for thing in objects_in(draft.action) if thing != "boat"]
    vessel = [stage.vessel] if stage.vessel and (scene.setting == "sea" or seen) and not scene.interior else []
    named = dict.fromkeys([*hands, *things])
    named.pop(draft.focus, None)
    lamp = ["unlit lamp"] if stage.unlit and scene.setting == "lighthouse" else []
    if lamp and "lamp" not in hands:
        named.pop("lamp", None)
    return (*list(named)[: _MOST_PROPS - len(vessel)], *vessel, *lamp)


def _within_reach(
    figures: tuple[Figure, ...], stage: Stage, used: dict[str, tuple[str, ...]], props: tuple[str, ...]
) -> tuple[str, ...]:
    """The props, without those that lie about where somebody's empty hands work: nobody is given them to hold."""
    busy = any(figure.pose == "hold" and not used.get(figure.name) and not stage.held.get(figure.name) for figure in figures)
    if not busy:
        return props
    handled = {thing for figure in figures for thing in (*used.get(figure.name, ()), *stage.held.get(figure.name, ()))}
    return tuple(thing for thing in props if thing in handled or not holdable(thing))


def _figure(person: str, draft: Draft, cast: Cast, stage: Stage, act: Act, people: tuple[str, ...], *, seated: bool) -> Figure:
    member = cast.members.get(person)
    spoken: Emotion | None = next(
        (line.emotion for line in draft.lines if line.character == person and line.emotion != "neutral"), None
    )
    near = person == draft.near
    pose = _pose(person, act.pose, draft.framing, stage, seated=seated)
    into_lens = draft.coverage == "pov" and person == draft.focus
    return Figure(
        name=person,
        silhouette=member.silhouette if member else Silhouette(),
        x=_place(person, draft, stage, people),
        facing="camera" if into_lens else "away" if near else stage.facing(person),
        pose=_animal_pose(pose) if member and member.silhouette.creature != "person" else pose,
        emotion=spoken or act.feeling or "neutral",
        near=near,
    )


def _pose(person: str, acted: Pose | None, framing: Framing, stage: Stage, *, seated: bool) -> Pose:
    """The action's own; else as last seen; hands show what they hold, but who sits stays seated where legs are seen."""
    lasting = stage.poses.get(person, "sit" if seated else "stand")
    pose = acted or lasting
    if acted in _HANDS and lasting in _LOW and framing in _WHOLE:
        return lasting
    shows = pose == "stand" or (pose == "sit" and framing in ("medium", "medium_close"))
    if shows and any(map(holdable, stage.held.get(person, ()))):
        return "hold"
    return pose


def _animal_pose(pose: Pose) -> Pose:
    """What four legs can do of it."""
    if pose in ("stand", "sit", "walk", "run", "lie"):
        return pose
    return "lie" if pose in ("crouch", "fall") else "sit" if pose == "kneel" else "stand"


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
