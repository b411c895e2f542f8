"""Tasks of pictures: a keyframe for each shot, its clip, and the clip at the film's own size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cinema.catalog import Choice, Manifest
from cinema.identity import seed_from
from cinema.plan.ledger import Ledger, make_task, number, whole
from cinema.plan.model import Plan, Shot
from cinema.plan.sheets import Sheets
from cinema.plan.size import most_pixels, picture_size, within
from cinema.plan.staging import Speaking
from cinema.plan.task import ImageRequest, Task, UpscaleRequest, VideoRequest
from cinema.plan.windows import check_length


def shoot(plan: Plan, choice: Choice, ledger: Ledger, heard: Mapping[str, str]) -> None:
    """Fill "shot:ID" for every shot, and what its clip is made from: "cast:NAME", "place:NAME", "keyframe:ID", "take:ID".

    `heard` are the keys of the lines that were or will be spoken, by slot. InputError for a shot that the model for video
    cannot make.
    """
    if "video" not in choice:
        return
    camera = _Camera(plan, choice, ledger, heard)
    for shot in plan.shots:
        if shot.coverage == "title" and "title" in choice:
            ledger.fill(f"shot:{shot.id}", camera.title(shot, choice["title"]))
        else:
            camera.shot(shot)


class _Camera:
    """What is the same for every shot: the models, the sizes, the sheets."""

    def __init__(self, plan: Plan, choice: Choice, ledger: Ledger, heard: Mapping[str, str]) -> None:
        self.plan = plan
        self.ledger = ledger
        self.heard = heard
        self.video = choice["video"]
        self.film_size = plan.width_px, plan.height_px
        self.size = generated_size(plan, self.video) if "upscale" in choice else self.film_size
        self.upscaler = choice["upscale"] if self.size != self.film_size else None
        self.stills = choice.get("image") if "keyframe" in self.video.wants else None
        self.sheets = Sheets(plan, self.stills, ledger) if self.stills else None

    def shot(self, shot: Shot) -> None:
        """The keyframe, where the model starts from one; the clip; the clip made larger, where it was made small."""
        keyframe = self._keyframe(shot, self.stills) if self.stills else None
        clip = self._clip(shot, self.video, self.size, keyframe)
        if self.upscaler is None:
            self.ledger.fill(f"shot:{shot.id}", clip)
            return
        request = UpscaleRequest(width_px=self.film_size[0], height_px=self.film_size[1])
        taken = self.ledger.fill(f"take:{shot.id}", clip)
        upscaled = make_task(self.upscaler, "upscale", request, shot.seed, f"shot {shot.id} at full size", (taken,))
        self.ledger.fill(f"shot:{shot.id}", upscaled)

    def title(self, shot: Shot, manifest: Manifest) -> Task:
        """A shot that is words to be read: made at the film's own size, from no keyframe."""
        return self._clip(shot, manifest, self.film_size, None)

    def _keyframe(self, shot: Shot, manifest: Manifest) -> str:
        """The key of the shot's first frame. It hangs on what is seen alone: shots of one setup have the same.

        So a word that is spoken differently changes no picture, and two shots from the same place match when they are cut
        against each other. A seed that was asked for gives a picture of its own.
        """
        seen = self.sheets.seen_in(shot) if self.sheets else None
        described = shot.first_frame or shot.prompt
        prompt = f"{seen.introduction()} {described}".strip() if seen else described
        width_px, height_px = still_size(self.plan, self.size, manifest)
        request = ImageRequest(
            prompt=prompt,
            negative_prompt=shot.negative_prompt,
            width_px=width_px,
            height_px=height_px,
            steps=whole(manifest, "steps"),
            guidance=number(manifest, "guidance"),
            staging=shot.staging if "staging" in manifest.wants else None,
            references=seen.references if seen else (),
        )
        content = (self.plan.seed, "keyframe", described) if shot.asked_seed is None else ("keyframe", shot.asked_seed)
        task = make_task(
            manifest, "image", request, seed_from(*content), f"keyframe of shot {shot.id}", seen.inputs if seen else ()
        )
        return self.ledger.fill(f"keyframe:{shot.id}", task)

    def _clip(self, shot: Shot, manifest: Manifest, size: tuple[int, int], keyframe: str | None) -> Task:
        """The keyframe is the first input; the speech heard comes after it, in the order of the lines."""
        frames = shot.length_frames + shot.tail_frames
        check_length(shot.id, frames, self.plan.fps, manifest)
        inputs = [] if keyframe is None else [keyframe]
        speaking = self._speaking(shot, inputs) if "speech" in manifest.wants else ()
        request = VideoRequest(
            prompt=shot.prompt if keyframe is None else shot.motion or shot.prompt,
            negative_prompt=shot.negative_prompt,
            width_px=size[0],
            height_px=size[1],
            fps=self.plan.fps,
            length_frames=frames,
            steps=whole(manifest, "steps"),
            guidance=number(manifest, "guidance"),
            staging=shot.staging if "staging" in manifest.wants else None,
            speaking=speaking,
            keyframe=None if keyframe is None else 0,
        )
        return make_task(manifest, "video", request, shot.seed, f"shot {shot.id}", tuple(inputs))

    def _speaking(self, shot: Shot, inputs: list[str]) -> tuple[Speaking, ...]:
        """Whose mouth moves when; the speech heard then is added to `inputs`. Only those in the picture who face us."""
        seen = {figure.name for figure in shot.staging.figures}
        speaking: list[Speaking] = []
        for line in shot.lines:
            names = (
                [line.character]
                if line.character in seen
                else [name for name in shot.characters if name in line.character.upper().split()]
            )
            if line.delivery != "on_screen" or not names:
                continue
            key = self.heard.get(f"line:{line.id}")
            if key is not None and key not in inputs:
                inputs.append(key)
            position = inputs.index(key) if key is not None else -1
            mouth = Speaking(name="", start_frame=line.offset_frames, length_frames=line.length_frames, input=position)
            speaking += [replace(mouth, name=name) for name in names if name in seen]
        return tuple(speaking)


def generated_size(plan: Plan, manifest: Manifest) -> tuple[int, int]:
    """The size at which a clip is made that will be upscaled: the film's shape at the model's own `short_side_px`.

    Where that says nothing, or is no smaller than the film, it is the film's size.
    """
    short_side_px = whole(manifest, "short_side_px")
    if short_side_px is None or short_side_px >= min(plan.width_px, plan.height_px):
        return plan.width_px, plan.height_px
    return picture_size(plan.aspect, short_side_px)


def still_size(plan: Plan, clip: tuple[int, int], manifest: Manifest) -> tuple[int, int]:
    """The size of a keyframe: the clip's, or the film's shape at the still model's own `short_side_px` where that is larger.

    Models of stills draw worse below the size that they were trained on; a larger keyframe is scaled down for the clip.
    """
    short_side_px = max(min(clip), whole(manifest, "short_side_px") or 0)
    size = clip if short_side_px == min(clip) else picture_size(plan.aspect, short_side_px)
    return within(size, most_pixels(manifest))
