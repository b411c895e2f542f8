"""Tasks: every piece that must be generated for a plan, and which slot of the film each fills.

Seeds come from content and from its occurrence within the scene, never from a place in the film: inserting a scene
re-keys nothing else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import cast

from cinema.catalog import Choice, Manifest
from cinema.errors import InputError
from cinema.identity import seed_from
from cinema.plan.model import CastMember, Line, Plan, ScenePlan, Shot, SoundCue
from cinema.plan.sound import AMBIENCE_SECONDS
from cinema.plan.staging import Speaking
from cinema.plan.task import MusicRequest, Precision, Request, Role, SoundRequest, SpeechRequest, Task, VideoRequest, VoiceSpec
from cinema.timebase import SAMPLE_RATE_HZ, sample_at


@dataclass
class _Ledger:
    """Tasks by key in the order in which they were first needed, slots, and how often a content was met in a scene."""

    tasks: dict[str, Task] = field(default_factory=dict[str, Task])
    uses: dict[str, str] = field(default_factory=dict[str, str])
    met: Counter[tuple[object, ...]] = field(default_factory=Counter[tuple[object, ...]])

    def fill(self, slot: str, task: Task) -> None:
        self.tasks.setdefault(task.key, task)
        self.uses[slot] = task.key

    def occurrence(self, *content: object) -> int:
        """0 for the first, 1 for the second ... ; the scene's index belongs to `content` but not to the seed."""
        count = self.met[content]
        self.met[content] += 1
        return count


def speech_tasks(plan: Plan, choice: Choice) -> Plan:
    """The plan with a task for every line, in slot "line:ID"; nothing without a model for speech."""
    ledger = _Ledger()
    _speak(plan, choice, ledger)
    return replace(plan, tasks=tuple(ledger.tasks.values()), uses=ledger.uses)


def film_tasks(plan: Plan, choice: Choice, *, unspoken: Collection[str] = ()) -> Plan:
    """The plan with all its tasks, for the roles of `choice`; a task comes after those of its inputs.

    The lines with an id in `unspoken` could not be spoken: mouths move to them all the same, but no picture waits for
    their sound. InputError where a shot is longer than the video model can make.
    """
    ledger = _Ledger()
    _speak(plan, choice, ledger)
    if "video" in choice:
        mute = {f"line:{line}" for line in unspoken}
        heard = {slot: key for slot, key in ledger.uses.items() if slot not in mute}
        for shot in plan.shots:
            ledger.fill(f"shot:{shot.id}", _video(plan, shot, choice["video"], heard))
    if "sound" in choice:
        for shot in plan.shots:
            for cue in shot.sounds:
                ledger.fill(f"sound:{cue.id}", _effect(plan, shot, cue, choice["sound"], ledger))
        for scene in plan.scenes:
            if scene.ambience:
                ledger.fill(f"ambience:{scene.index}", _ambience(plan, scene, choice["sound"]))
    if "music" in choice:
        lengths = _scene_samples(plan)
        for scene in plan.scenes:
            if scene.music and lengths.get(scene.index):
                ledger.fill(f"music:{scene.index}", _score(plan, scene, lengths[scene.index], choice["music"]))
    return replace(plan, tasks=tuple(ledger.tasks.values()), uses=ledger.uses)


def _task(manifest: Manifest, role: Role, request: Request, seed: int, label: str, inputs: tuple[str, ...] = ()) -> Task:
    precision = cast("Precision", manifest.precisions[0] if manifest.precisions else "native")
    return Task(
        role=role,
        model=manifest.id,
        revision=manifest.revision,
        precision=precision,
        request=request,
        seed=seed,
        inputs=inputs,
        label=label,
    )


def _speak(plan: Plan, choice: Choice, ledger: _Ledger) -> None:
    if "speech" not in choice:
        return
    voices = {member.name: member for member in plan.cast}
    for shot in plan.shots:
        for line in shot.lines:
            ledger.fill(f"line:{line.id}", _speech(plan, shot, line, voices, choice["speech"], ledger))


def _speech(plan: Plan, shot: Shot, line: Line, voices: Mapping[str, CastMember], manifest: Manifest, ledger: _Ledger) -> Task:
    voice = voices[line.character].voice if line.character in voices else VoiceSpec(language=plan.language)
    voice = voice if voice.language == line.language else replace(voice, language=line.language)
    request = SpeechRequest(text=line.text, voice=voice, emotion=line.emotion, nonverbal=line.nonverbal)
    content = (line.character, line.text, line.emotion, line.nonverbal, line.language)
    seed = seed_from(plan.seed, "speech", *content, ledger.occurrence("speech", shot.scene, *content))
    return _task(manifest, "speech", request, seed, f"line {line.id}")


def _video(plan: Plan, shot: Shot, manifest: Manifest, uses: Mapping[str, str]) -> Task:
    wanted = shot.length_frames + shot.tail_frames
    length = manifest.grid.frames_for(wanted)
    if manifest.grid.max_frames is not None and length > manifest.grid.max_frames:
        raise InputError(
            f"Shot {shot.id} needs {wanted} frames, but {manifest.id} makes at most {manifest.grid.max_frames}; "
            "shorten the shot or its lines, or choose another model for video."
        )
    speaking, inputs = _speaking(shot, uses) if "speech" in manifest.wants else ((), ())
    request = VideoRequest(
        prompt=shot.prompt,
        negative_prompt=shot.negative_prompt,
        width_px=plan.width_px,
        height_px=plan.height_px,
        fps=plan.fps,
        length_frames=length,
        steps=_whole(manifest.settings.get("steps")),
        guidance=_number(manifest.settings.get("guidance")),
        staging=shot.staging if "staging" in manifest.wants else None,
        speaking=speaking,
    )
    return _task(manifest, "video", request, shot.seed, f"shot {shot.id}", inputs)


def _speaking(shot: Shot, uses: Mapping[str, str]) -> tuple[tuple[Speaking, ...], tuple[str, ...]]:
    """Whose mouth moves when, and the speech heard then; only of those who are in the picture and face us."""
    seen = {figure.name for figure in shot.staging.figures}
    speaking: list[Speaking] = []
    inputs: list[str] = []
    for line in shot.lines:
        names = (
            [line.character]
            if line.character in seen
            else [name for name in shot.characters if name in line.character.upper().split()]
        )
        if line.delivery != "on_screen" or not names:
            continue
        key = uses.get(f"line:{line.id}")
        if key is not None and key not in inputs:
            inputs.append(key)
        position = inputs.index(key) if key is not None else -1
        speaking += [
            Speaking(name=name, start_frame=line.offset_frames, length_frames=line.length_frames, input=position)
            for name in names
            if name in seen
        ]
    return tuple(speaking), tuple(inputs)


def _effect(plan: Plan, shot: Shot, cue: SoundCue, manifest: Manifest, ledger: _Ledger) -> Task:
    samples = _limited(sample_at(cue.length_frames, plan.fps), manifest)
    seed = seed_from(plan.seed, "sound", cue.prompt, ledger.occurrence("sound", shot.scene, cue.prompt))
    return _task(manifest, "sound", SoundRequest(prompt=cue.prompt, length_samples=samples), seed, f"sound {cue.id}")


def _ambience(plan: Plan, scene: ScenePlan, manifest: Manifest) -> Task:
    samples = _limited(AMBIENCE_SECONDS * SAMPLE_RATE_HZ, manifest)
    request = SoundRequest(prompt=scene.ambience, length_samples=samples, loop=True)
    return _task(
        manifest, "sound", request, seed_from(plan.seed, "ambience", scene.ambience), f"ambience of scene {scene.number}"
    )


def _score(plan: Plan, scene: ScenePlan, samples: int, manifest: Manifest) -> Task:
    request = MusicRequest(mood=scene.mood, prompt=scene.music_prompt, length_samples=_limited(samples, manifest))
    seed = seed_from(plan.seed, "music", scene.mood, scene.music_prompt, scene.heading)
    return _task(manifest, "music", request, seed, f"music of scene {scene.number}")


def _limited(samples: int, manifest: Manifest) -> int:
    """At most what the model can make at a time."""
    if manifest.grid.max_seconds is None:
        return samples
    return min(samples, int(Fraction(manifest.grid.max_seconds) * SAMPLE_RATE_HZ))


def _scene_samples(plan: Plan) -> dict[int, int]:
    """Each scene's length in samples, from its own frames: a difference of positions would hang on what came before."""
    frames: dict[int, int] = {}
    for shot in plan.shots:
        frames[shot.scene] = frames.get(shot.scene, 0) + shot.length_frames
    return {scene: sample_at(length, plan.fps) for scene, length in frames.items()}


def _whole(value: float | int | str | bool | None) -> int | None:
    return int(value) if isinstance(value, int | float) else None


def _number(value: float | int | str | bool | None) -> float | None:
    return float(value) if isinstance(value, int | float) else None
