"""`edit`: a plan and what was made for it become a timeline. Nothing is decided later and nothing is rendered here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from cinema.artefact import Artefact
from cinema.cut.captions import caption_cards
from cinema.cut.timeline import Chapter, PictureClip, SoundClip, Stem, Take, Timeline
from cinema.plan.model import Line, Plan, ScenePlan, Shot
from cinema.timebase import SAMPLE_RATE_HZ, sample_at

_DECLICK_SAMPLES = 240
_AMBIENCE_FADE_SAMPLES = 19_200
"""0.4 s: how long two scenes' ambiences overlap at a scene cut."""
_MUSIC_FADE_IN_SAMPLES = 12_000
_MUSIC_FADE_OUT_SAMPLES = 24_000
_OWN_SOUND_FADE_SAMPLES = 2_400
"""50 ms, at either end of a shot whose model gave its sound too."""
_PAN_WIDTH = 0.3
"""How far towards its loudspeaker a voice moves when its figure stands at the edge of the picture."""


def edit(plan: Plan, artefacts: Mapping[str, Artefact], takes: Mapping[str, tuple[Take, ...]] | None = None) -> Timeline:
    """The film as a timeline, in the plan's frames.

    `artefacts` are by task key; `takes` are by shot id, every clip ever made for it: the one that the plan asks for is
    chosen. A slot whose artefact is not there stays black or silent and is named in `Timeline.missing`. The only files
    read are the small `marks.json` of spoken lines. The same input gives the same timeline.
    """
    return _Editor(plan, artefacts, takes or {}).timeline()


class _Editor:
    """One edit: the plan beside what was made, and a list of what was not."""

    def __init__(self, plan: Plan, artefacts: Mapping[str, Artefact], takes: Mapping[str, tuple[Take, ...]]) -> None:
        self.plan = plan
        self.artefacts = artefacts
        self.takes = takes
        self.prompts = {task.key: str(getattr(task.request, "prompt", "")) for task in plan.tasks}
        self.length_samples = sample_at(plan.length_frames, plan.fps)
        self.missing: list[str] = []

    def timeline(self) -> Timeline:
        picture = tuple(self.picture(shot) for shot in self.plan.shots)
        sound = (*self.dialogue(), *self.effects(), *self.own_sound(), *self.ambience(), *self.music())
        return Timeline(
            title=self.plan.title,
            fps=self.plan.fps,
            width_px=self.plan.width_px,
            height_px=self.plan.height_px,
            length_frames=self.plan.length_frames,
            picture=picture,
            sound=sound,
            captions=caption_cards(self.plan, self.marks),
            chapters=self.chapters(),
            language=self.plan.language,
            makings={task.key: self.artefacts[task.key].making for task in self.plan.tasks if task.key in self.artefacts},
            missing=tuple(self.missing),
        )

    def artefact(self, slot: str) -> Artefact | None:
        """What fills a slot. None, and noted as missing, where the plan has a task for it that left nothing."""
        key = self.plan.uses.get(slot)
        if key is None:
            return None
        artefact = self.artefacts.get(key)
        if artefact is None:
            self.missing.append(slot)
        return artefact

    def marks(self, line: Line) -> Path | None:
        """The word timings of a spoken line, where its voice gave any."""
        artefact = self.artefacts.get(self.plan.uses.get(f"line:{line.id}", ""))
        return artefact.find("marks.json") if artefact else None

    def picture(self, shot: Shot) -> PictureClip:
        slot = f"shot:{shot.id}"
        key = self.plan.uses.get(slot, "")
        artefact = self.artefacts.get(key)
        takes = self.takes.get(shot.id, ())
        if artefact is not None and all(take.key != key for take in takes):
            number = max((take.number for take in takes), default=0) + 1
            takes = (*takes, self.take(number, artefact))
        first = self.artefacts.get(self.plan.uses.get(f"take:{shot.id}", ""))
        if first is not None:  # whoever made it larger is not whom the picture is by
            takes = tuple(replace(take, making=first.making) if take.key == key else take for take in takes)
        if artefact is None:
            # An earlier take is not what the plan asks for: its lines may differ. Better black, and said so.
            self.missing.append(slot)
            takes = ()
        return PictureClip(
            shot=shot.id,
            scene=shot.scene,
            start_frame=shot.start_frame,
            length_frames=shot.length_frames,
            entrance=shot.entrance,
            fade_out_frames=shot.fade_out_frames,
            tail_frames=shot.tail_frames,
            takes=takes,
            chosen=next((index for index, take in enumerate(takes) if take.key == key), 0),
            label=shot.action,
        )

    def take(self, number: int, artefact: Artefact) -> Take:
        return Take(
            number=number,
            key=artefact.key,
            path=artefact.path,
            available_frames=artefact.facts.frames,
            making=artefact.making,
            prompt=self.prompts.get(artefact.key, ""),
        )

    def sound(self, slot: str, stem: Stem, start_sample: int, length_samples: int | None = None) -> SoundClip | None:
        """A slot's sound from `start_sample`, its whole length unless given, never beyond the film's end."""
        artefact = self.artefact(slot)
        if artefact is None:
            return None
        facts = artefact.facts
        rate_hz = facts.sample_rate_hz or SAMPLE_RATE_HZ
        source_samples = -(-facts.samples * SAMPLE_RATE_HZ // rate_hz)
        length = source_samples if length_samples is None else length_samples
        length = min(length, self.length_samples - start_sample)
        if length <= 0 or source_samples <= 0:
            return None
        return SoundClip(
            slot=slot,
            stem=stem,
            path=artefact.path,
            key=artefact.key,
            start_sample=start_sample,
            length_samples=length,
            source_samples=source_samples,
            fade_in_samples=min(_DECLICK_SAMPLES, length // 2),
            fade_out_samples=min(_DECLICK_SAMPLES, length // 2),
            making=artefact.making,
        )

    def dialogue(self) -> Iterator[SoundClip]:
        for shot in self.plan.shots:
            for line in shot.lines:
                start = sample_at(shot.start_frame + line.offset_frames, self.plan.fps)
                clip = self.sound(f"line:{line.id}", "dialogue", start)
                if clip is not None:
                    yield replace(clip, pan=_pan(shot, line), delivery=line.delivery)

    def effects(self) -> Iterator[SoundClip]:
        for shot in self.plan.shots:
            for cue in shot.sounds:
                start = sample_at(shot.start_frame + cue.offset_frames, self.plan.fps)
                clip = self.sound(f"sound:{cue.id}", "effects", start)
                if clip is not None:
                    yield clip

    def own_sound(self) -> Iterator[SoundClip]:
        """What a model let be heard with its picture, where nobody speaks: it would put words of its own beside the lines."""
        for shot in self.plan.shots:
            artefact = self.artefacts.get(self.plan.uses.get(f"take:{shot.id}") or self.plan.uses.get(f"shot:{shot.id}", ""))
            path = artefact.find("sound.wav") if artefact else None
            if artefact is None or path is None or artefact.facts.kind != "video" or shot.lines:
                continue
            start, end = (
                sample_at(frame, self.plan.fps) for frame in (shot.start_frame, shot.start_frame + shot.length_frames)
            )
            samples = next(file.facts.samples for file in artefact.files if file.name == "sound.wav")
            length = min(end - start, samples)
            fade = min(_OWN_SOUND_FADE_SAMPLES, length // 2)
            yield SoundClip(
                slot=f"shot:{shot.id}:sound",
                stem="effects",
                path=path,
                key=artefact.key,
                start_sample=start,
                length_samples=length,
                source_samples=samples,
                fade_in_samples=fade,
                fade_out_samples=fade,
                making=artefact.making,
            )

    def ambience(self) -> Iterator[SoundClip]:
        """One loop for each run of scenes with the same ambience, overlapping its neighbours by the length of a fade."""
        scenes = [scene for scene in self.plan.scenes if self.plan.shots_of(scene.index)]
        for _, run in groupby(scenes, key=lambda scene: self.plan.uses.get(f"ambience:{scene.index}", "")):
            group = list(run)
            first, last = self.span(group[0])[0], self.span(group[-1])[1]
            half = _AMBIENCE_FADE_SAMPLES // 2
            start, end = max(first - half, 0), min(last + half, self.length_samples)
            clip = self.sound(f"ambience:{group[0].index}", "effects", start, end - start)
            if clip is not None:
                fade = min(_AMBIENCE_FADE_SAMPLES, clip.length_samples // 2)
                yield replace(clip, loop=True, fade_in_samples=fade, fade_out_samples=fade)

    def music(self) -> Iterator[SoundClip]:
        for scene in self.plan.scenes:
            if not self.plan.shots_of(scene.index):
                continue
            start, end = self.span(scene)
            clip = self.sound(f"music:{scene.index}", "music", start, end - start)
            if clip is not None:
                half = clip.length_samples // 2
                yield replace(
                    clip,
                    fade_in_samples=min(_MUSIC_FADE_IN_SAMPLES, half),
                    fade_out_samples=min(_MUSIC_FADE_OUT_SAMPLES, half),
                )

    def span(self, scene: ScenePlan) -> tuple[int, int]:
        """First sample of a scene, and of what follows."""
        shots = self.plan.shots_of(scene.index)
        first, last = shots[0].start_frame, shots[-1].start_frame + shots[-1].length_frames
        return sample_at(first, self.plan.fps), sample_at(last, self.plan.fps)

    def chapters(self) -> tuple[Chapter, ...]:
        """One for each scene that has a shot."""
        return tuple(
            Chapter(start_frame=shots[0].start_frame, title=scene.heading or f"Scene {scene.number}")
            for scene in self.plan.scenes
            if (shots := self.plan.shots_of(scene.index))
        )


def _pan(shot: Shot, line: Line) -> float:
    """Where a voice stands: with its figure when that is seen, else in the middle."""
    if line.delivery != "on_screen":
        return 0.0
    return next(
        (_PAN_WIDTH * max(-1.0, min(1.0, figure.x)) for figure in shot.staging.figures if figure.name == line.character), 0.0
    )
