"""The author's own shot list: one shot for each, in order, nothing added and nothing merged."""

from __future__ import annotations

from dataclasses import replace

from cinema.plan.casting import Cast
from cinema.plan.dialogue import explicit_lines
from cinema.plan.directions import Crossing, read_transition
from cinema.plan.draft import Draft, DraftSound
from cinema.plan.looks import framing_for, move_for
from cinema.plan.model import ScenePlan
from cinema.plan.rhythm import action_seconds
from cinema.plan.sound import cue, cues_in_action, inline_notes, read_note
from cinema.plan.staging import Angle, CameraMove, Framing
from cinema.plan.terms import angle_of, camera_in_action, framing_of, move_of
from cinema.plan.things import objects_in
from cinema.plan.words import plain, without_notes
from cinema.script.model import ScriptShot

_CLOSE: frozenset[Framing] = frozenset({"medium_close", "close", "extreme_close"})


def explicit_shots(
    shots: tuple[ScriptShot, ...], scene: ScenePlan, cast: Cast, pace: float, crossing: Crossing
) -> tuple[list[Draft], Crossing, list[str]]:
    """A draft for each shot, the transition left over for what follows, and a warning for each word not understood.

    A warning speaks of "Shot {number}": its number in the scene, from 1; the caller puts the scene's before it.
    """
    drafts: list[Draft] = []
    warnings: list[str] = []
    for number, shot in enumerate(shots, start=1):
        name = f"Shot {scene.index + 1}-{number}"
        draft = _draft(shot, name, scene, cast, pace, warnings)
        draft = replace(draft, entrance=crossing.entrance)
        crossing = Crossing()
        if shot.transition:
            read = read_transition(shot.transition if shot.transition.strip().lower() != "fade" else "fade to")
            if read is None:
                warnings.append(f"{name}: the transition {shot.transition!r} is not known, so it cuts to the next shot.")
            else:
                crossing = read
        if crossing.fade_out:
            draft = replace(draft, fade_out=True)
        drafts.append(draft)
    return drafts, crossing, warnings


def _draft(shot: ScriptShot, name: str, scene: ScenePlan, cast: Cast, pace: float, warnings: list[str]) -> Draft:
    action = plain(without_notes(shot.action))
    lines = tuple(line for spoken in shot.dialogue for line in explicit_lines(spoken, cast, scene.tension))
    if shot.characters is None:
        speakers = [person for line in lines if line.delivery == "on_screen" for person in cast.people(line.character)]
        people = tuple(dict.fromkeys([*(person for _, person in cast.mentions(action)), *speakers]))
    else:
        people = tuple(dict.fromkeys(person for written in shot.characters for person in cast.people(cast.name(written))))
    speaking = next((line.character for line in lines if line.delivery == "on_screen" and line.character in people), "")
    framing = _framing(shot, name, action, people, scene.tension, speaking, warnings)
    focus = speaking or (people[0] if people else "")
    if framing == "insert" or (not people and framing in _CLOSE):
        focus = next(iter(objects_in(action)), focus)
    camera, moved = _camera(shot, name, action, framing, len(people), scene, warnings)
    words = ", ".join(
        word.strip()
        for word, known in ((shot.framing, framing_of), (shot.angle, angle_of), (shot.camera, move_of))
        if word and known(word) is None
    )
    return Draft(
        coverage="explicit",
        framing=framing,
        angle=_angle(shot, name, warnings),
        camera=camera,
        moved=moved,
        lens=(shot.lens or "").strip(),
        action=action,
        focus=focus,
        near=next((person for person in people if person != focus), "") if framing == "over_shoulder" else "",
        characters=people,
        lines=lines,
        sounds=_sounds(shot, action, cast),
        seconds=action_seconds(action, "explicit", scene.tension, pace),
        wanted_seconds=shot.duration_seconds,
        words=words,
        prompt=shot.prompt,
        negative_prompt=shot.negative_prompt,
        seed=shot.seed,
    )


def _framing(
    shot: ScriptShot, name: str, action: str, people: tuple[str, ...], tension: float, speaking: str, warnings: list[str]
) -> Framing:
    by_rule: Framing = "medium_close" if speaking and len(people) == 1 else framing_for(action, len(people), tension)
    if not shot.framing:
        return by_rule
    known = framing_of(shot.framing)
    if known is None:
        warnings.append(f"{name}: the framing {shot.framing!r} is not known, so it is staged as {by_rule.replace('_', ' ')}.")
    return known or by_rule


def _angle(shot: ScriptShot, name: str, warnings: list[str]) -> Angle:
    if not shot.angle:
        return angle_of(shot.framing) or "eye" if shot.framing else "eye"
    known = angle_of(shot.angle)
    if known is None:
        warnings.append(f"{name}: the angle {shot.angle!r} is not known, so it is staged at eye level.")
    return known or "eye"


def _camera(
    shot: ScriptShot, name: str, action: str, framing: Framing, people: int, scene: ScenePlan, warnings: list[str]
) -> tuple[CameraMove, bool]:
    if not shot.camera:
        asked = camera_in_action(action)
        return (asked, True) if asked else (move_for(action, framing, people, scene.setting), False)
    known = move_of(shot.camera)
    if known is None:
        warnings.append(f"{name}: the camera move {shot.camera!r} is not known, so the camera is still.")
    return known or "static", known is not None


def _sounds(shot: ScriptShot, action: str, cast: Cast) -> tuple[DraftSound, ...]:
    """Explicit cues and notes; where the author gave any, capitals in the action make none of their own."""
    given = [cue(effect.prompt, seconds=effect.duration_seconds, at_seconds=effect.at_seconds) for effect in shot.sounds]
    notes = [note for note in map(read_note, inline_notes(shot.action)) if note and note[0] == "sound"]
    given += [cue(prompt, place=0.2) for _, prompt in notes]
    return tuple(given) if given else cues_in_action(action, cast.heard)
