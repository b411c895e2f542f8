"""`break_down`: a script becomes shots, by rules; the same script and settings always give the same plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import PurePath

from cinema.errors import InputError, Where
from cinema.identity import seed_from
from cinema.plan.beats import ActionBeat
from cinema.plan.blocking import Stage, stage_shot
from cinema.plan.casting import Cast, cast_script
from cinema.plan.coverage import cover
from cinema.plan.crossings import Passage, passages
from cinema.plan.directions import Crossing
from cinema.plan.draft import Draft, DraftLine, DraftSound
from cinema.plan.explicit import explicit_shots
from cinema.plan.floor import Floor, Scenery
from cinema.plan.looks import LENSES
from cinema.plan.model import Line, Plan, ScenePlan, Shot, SoundCue
from cinema.plan.overrides import ShotOverride
from cinema.plan.prompts import Wording, word
from cinema.plan.scenes import SceneBook, read_scenes
from cinema.plan.staging import Staging
from cinema.plan.terms import angle_of, camera_in_action, framing_of
from cinema.plan.timing import growth_warnings, lay_shots
from cinema.plan.titles import TITLE_LEAD_SECONDS, title_seconds
from cinema.plan.words import language_of, plain
from cinema.script.model import Script
from cinema.settings import Settings
from cinema.timebase import frame_at, parse_rate

NO_OVERRIDES: Mapping[str, ShotOverride] = {}


@dataclass
class _Slate:
    """Shots so far, and what the next scene inherits."""

    drafts: list[Draft] = field(default_factory=list[Draft])
    names: list[str] = field(default_factory=list[str])
    scenes: list[ScenePlan] = field(default_factory=list[ScenePlan])
    owners: list[int] = field(default_factory=list[int])
    warnings: list[str] = field(default_factory=list[str])
    crossing: Crossing = field(default_factory=Crossing)
    here: tuple[str, ...] = ()
    homes: dict[str, int] = field(default_factory=dict[str, int])
    """The scene in which each person was last seen."""
    calling: bool = False
    """Whether the scene before ended in an intercut with the next."""


def break_down(
    script: Script, settings: Settings, *, width_px: int, height_px: int, overrides: Mapping[str, ShotOverride] = NO_OVERRIDES
) -> Plan:
    """The plan of a script: shots with estimated line lengths, no tasks yet.

    InputError when there is nothing to shoot, or when an override names a shot that is not there.
    """
    language = settings.language or _language(script)
    fps = parse_rate(settings.fps) if settings.fps else script.format.fps
    cast = cast_script(script, language)
    slate = _cover(script, cast, settings)
    if not slate.drafts:
        raise InputError(
            "The script has nothing to shoot; write a scene heading, an action or a line.", where=Where(source=script.source)
        )
    drafts = [replace(draft, lens=draft.lens or LENSES[draft.framing]) for draft in _override(slate, overrides)]
    through, transition_warnings = passages(drafts, slate.names, fps)
    shots = _shots(slate, drafts, through, cast, script.style, settings.seed, fps)
    laid = lay_shots(shots, fps)
    return Plan(
        title=script.title,
        fps=fps,
        width_px=width_px,
        height_px=height_px,
        aspect=settings.aspect or script.format.aspect,
        language=language,
        style=script.style,
        cast=tuple(cast.members.values()),
        scenes=tuple(slate.scenes),
        shots=laid,
        warnings=(*slate.warnings, *transition_warnings, *growth_warnings(laid, fps)),
        seed=settings.seed,
    )


def _language(script: Script) -> str:
    """The script's language, unless its dialogue is in an alphabet that says otherwise."""
    texts = [element.text for scene in script.scenes for element in scene.elements if element.type in ("dialogue", "lyrics")]
    texts += [line.text for scene in script.scenes for shot in scene.shots or () for line in shot.dialogue]
    sample = " ".join(texts[:200])[:20_000]
    return language_of(sample, script.language)


def _cover(script: Script, cast: Cast, settings: Settings) -> _Slate:
    slate = _Slate()
    for book in read_scenes(script, cast, music=settings.music):
        for crossing in book.opening:
            if crossing.fade_out and slate.drafts:
                slate.drafts[-1] = replace(slate.drafts[-1], fade_out=True)
            slate.crossing = crossing
        drafts, here = _scene(book, cast, settings.pace, slate)
        number = book.scene.index + 1
        slate.scenes.append(book.scene)
        slate.names += [f"{number}-{position}" for position in range(1, len(drafts) + 1)]
        slate.owners += [book.scene.index] * len(drafts)
        slate.drafts += drafts
        slate.here = here
        for draft in drafts:
            if draft.elsewhere is None:
                slate.homes.update(dict.fromkeys(draft.characters, book.scene.index))
    given = script.title if script.title != PurePath(script.source).stem else ""  # a file's name is no title
    if script.scenes and slate.drafts and script.scenes[0].shots is None:
        slate.drafts[0] = _entitled(slate.drafts, plain(given), settings.pace)
    return slate


def _entitled(drafts: list[Draft], title: str, pace: float) -> Draft:
    """The film's first picture; its title is over it where it shows a place, is silent, and no other title is near."""
    first = drafts[0]
    if not title or first.coverage != "establishing" or first.lines or any(draft.title for draft in drafts[:3]):
        return first
    return replace(first, title=title, seconds=max(first.seconds, title_seconds(title, pace) + TITLE_LEAD_SECONDS / pace))


def _scene(book: SceneBook, cast: Cast, pace: float, slate: _Slate) -> tuple[list[Draft], tuple[str, ...]]:
    if book.source.shots is not None:
        drafts, slate.crossing, warnings = explicit_shots(book.source.shots, book.scene, cast, pace, slate.crossing)
        slate.warnings += warnings
        return drafts, tuple(dict.fromkeys(person for draft in drafts for person in draft.characters))
    scenery = Scenery(
        scene=book.scene,
        cast=cast,
        pace=pace,
        new_place=book.new_place,
        here=slate.here if book.continuous else (),
        phone_call=book.phone_call or slate.calling,
        homes={person: scene for person, scene in slate.homes.items() if slate.scenes[scene].place != book.scene.place},
        calling=slate.calling,
    )
    floor = Floor(scenery=scenery, crossing=slate.crossing, last_framing=slate.drafts[-1].framing if slate.drafts else None)
    drafts, slate.crossing = cover(floor, book.beats)
    last = book.beats[-1] if book.beats else None
    slate.calling = isinstance(last, ActionBeat) and last.direction is not None and last.direction.kind == "intercut"
    return drafts, tuple(floor.here)


def _override(slate: _Slate, overrides: Mapping[str, ShotOverride]) -> list[Draft]:
    if not overrides:
        return slate.drafts
    unknown = [name for name in overrides if name not in set(slate.names)]
    if unknown:
        raise InputError(f"There is no shot {unknown[0]!r} in this film; its shots are {slate.names[0]} to {slate.names[-1]}.")
    return [
        _retake(draft, overrides[name]) if name in overrides else draft
        for name, draft in zip(slate.names, slate.drafts, strict=True)
    ]


def _retake(draft: Draft, wish: ShotOverride) -> Draft:
    """A draft with the wish's action instead of its own; camera words in it count, people and lines stay."""
    if wish.prompt is not None:
        action = plain(wish.prompt)
        camera = camera_in_action(action)
        draft = replace(
            draft,
            action=action,
            prompt=None,
            framing=framing_of(action) or draft.framing,
            angle=angle_of(action) or draft.angle,
            camera=camera or draft.camera,
        )
    return replace(draft, seed=wish.seed) if wish.seed is not None else draft


def _shots(
    slate: _Slate, drafts: list[Draft], through: list[Passage], cast: Cast, style: str, seed: int, fps: Fraction
) -> tuple[Shot, ...]:
    stage = Stage()
    scene_index, before = -1, -1
    met: Counter[tuple[object, ...]] = Counter()
    shots: list[Shot] = []
    for draft, name, owner, passage in zip(drafts, slate.names, slate.owners, through, strict=True):
        scene = slate.scenes[owner]
        if owner != scene_index:
            before, scene_index = scene_index, owner
            met.clear()
            stage.next_scene()
            if before < 0 or slate.scenes[before].place != scene.place:
                stage = Stage()
        seen = scene if draft.elsewhere is None else slate.scenes[draft.elsewhere]
        staging = stage_shot(draft, seen, cast, stage, style)
        wording = word(draft, seen, cast, staging, style)
        content = (wording.prompt, tuple((line.character, line.text) for line in draft.lines))
        own_seed = seed_from(seed, "video", *content, met[content])
        met[content] += 1
        shots.append(_shot(draft, name, owner, passage, staging=staging, wording=wording, seed=own_seed, fps=fps))
    return tuple(shots)


def _shot(
    draft: Draft, name: str, scene: int, passage: Passage, *, staging: Staging, wording: Wording, seed: int, fps: Fraction
) -> Shot:
    wanted = max(1, frame_at(draft.wanted_seconds, fps)) if draft.wanted_seconds is not None else None
    latest = max((sound.at_seconds + 0.5 for sound in draft.sounds if sound.at_seconds is not None), default=0.0)
    needed = max(frame_at(max(draft.seconds, latest), fps), passage.least_frames, 1)
    action_frames = wanted if wanted is not None else needed
    return Shot(
        id=name,
        scene=scene,
        coverage=draft.coverage,
        framing=draft.framing,
        angle=draft.angle,
        camera=draft.camera,
        lens=draft.lens,
        action=draft.action,
        staging=staging,
        prompt=wording.prompt,
        negative_prompt=wording.negative_prompt,
        first_frame=wording.first_frame,
        motion=wording.motion,
        characters=draft.characters,
        lines=tuple(_line(line, f"{name}-{number}", fps) for number, line in enumerate(draft.lines, start=1)),
        sounds=tuple(
            _sound(sound, f"{name}-s{number}", action_frames, fps) for number, sound in enumerate(draft.sounds, start=1)
        ),
        length_frames=action_frames,
        wanted_frames=wanted,
        action_frames=action_frames,
        tail_frames=passage.tail_frames,
        entrance=passage.entrance,
        fade_out_frames=passage.fade_out_frames,
        seed=seed if draft.seed is None else draft.seed,
        asked_seed=draft.seed if draft.seed != seed else None,
    )


def _line(line: DraftLine, name: str, fps: Fraction) -> Line:
    return Line(
        id=name,
        character=line.character,
        text=line.text,
        emotion=line.emotion,
        nonverbal=line.nonverbal,
        delivery=line.delivery,
        length_frames=max(1, frame_at(line.seconds, fps)),
        pause_frames=frame_at(line.pause_seconds, fps),
        lyrics=line.lyrics,
        dual=line.dual,
        language=line.language,
    )


def _sound(sound: DraftSound, name: str, action_frames: int, fps: Fraction) -> SoundCue:
    offset = frame_at(sound.at_seconds, fps) if sound.at_seconds is not None else int(sound.place * action_frames)
    return SoundCue(
        id=name,
        prompt=sound.prompt,
        offset_frames=min(max(offset, 0), action_frames - 1),
        length_frames=max(1, frame_at(sound.seconds, fps)),
    )
