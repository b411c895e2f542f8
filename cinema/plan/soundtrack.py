"""Tasks of sound and music: effects, ambiences, and the score of each scene."""

from __future__ import annotations

from cinema.catalog import Choice, Manifest
from cinema.identity import seed_from
from cinema.plan.ledger import Ledger, make_task
from cinema.plan.model import Plan, ScenePlan, Shot, SoundCue
from cinema.plan.sound import AMBIENCE_SECONDS
from cinema.plan.task import MusicRequest, SoundRequest, Task
from cinema.plan.words import language_of
from cinema.timebase import SAMPLE_RATE_HZ, sample_at


def sound(plan: Plan, choice: Choice, ledger: Ledger) -> None:
    """Fill "sound:ID", "ambience:SCENE_INDEX" and "music:SCENE_INDEX", for the roles of `choice`."""
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


def _effect(plan: Plan, shot: Shot, cue: SoundCue, manifest: Manifest, ledger: Ledger) -> Task:
    samples = sample_at(cue.length_frames, plan.fps)
    seed = seed_from(plan.seed, "sound", cue.prompt, ledger.occurrence("sound", shot.scene, cue.prompt))
    return make_task(manifest, "sound", SoundRequest(prompt=cue.prompt, length_samples=samples), seed, f"sound {cue.id}")


def _ambience(plan: Plan, scene: ScenePlan, manifest: Manifest) -> Task:
    request = SoundRequest(prompt=scene.ambience, length_samples=AMBIENCE_SECONDS * SAMPLE_RATE_HZ, loop=True)
    return make_task(
        manifest, "sound", request, seed_from(plan.seed, "ambience", scene.ambience), f"ambience of scene {scene.number}"
    )


def _score(plan: Plan, scene: ScenePlan, samples: int, manifest: Manifest) -> Task:
    sung_in = language_of(scene.lyrics, plan.language).partition("-")[0].lower() if scene.lyrics.strip() else ""
    request = MusicRequest(
        mood=scene.mood, prompt=scene.music_prompt, lyrics=scene.lyrics, length_samples=samples, language=sung_in
    )
    seed = seed_from(plan.seed, "music", scene.mood, scene.music_prompt, scene.heading)
    return make_task(manifest, "music", request, seed, f"music of scene {scene.number}")


def _scene_samples(plan: Plan) -> dict[int, int]:
    """Each scene's length in samples, from its own frames: a difference of positions would hang on what came before."""
    frames: dict[int, int] = {}
    for shot in plan.shots:
        frames[shot.scene] = frames.get(shot.scene, 0) + shot.length_frames
    return {scene: sample_at(length, plan.fps) for scene, length in frames.items()}
