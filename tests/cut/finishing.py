"""Plans and timelines for the tests of interchange, storyboard, report and quality."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from cinema.artefact import Making
from cinema.cut.timeline import Caption, Chapter, PictureClip, SoundClip, Stem, Take, Timeline
from cinema.plan.model import CastMember, Line, Plan, ScenePlan, Shot, SoundCue, Transition
from cinema.plan.staging import CameraMove, Framing, Silhouette, Staging
from cinema.plan.task import VoiceSpec
from cinema.timebase import sample_at

MOVES: tuple[CameraMove, ...] = (
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
)
FRAMINGS: tuple[Framing, ...] = ("wide", "medium", "close", "over_shoulder", "insert")


def key_of(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def making(model: str = "boards", *, role: str = "video", seed: int = 7) -> Making:
    return Making(
        model=model,
        revision="1",
        role=role,
        seed=seed,
        device="cpu",
        seconds=1.25,
        peak_bytes=12_000_000,
        attempt=1,
        made_at="2026-01-02T03:04:05Z",
    )


def media_file(folder: Path, name: str) -> Path:
    """A file as the store would keep it, inside the film folder."""
    key = key_of(name)
    path = folder / ".cinema" / "objects" / key[:2] / f"{key}{Path(name).suffix}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(name.encode())
    return path


def take(folder: Path, shot: str, number: int, frames: int) -> Take:
    return Take(
        number=number,
        key=key_of(f"{shot}/{number}"),
        path=media_file(folder, f"{shot}-{number}.mp4"),
        available_frames=frames,
        making=making(seed=number),
        prompt=f"prompt of {shot}, take {number}",
    )


def picture(
    folder: Path, lengths: Sequence[int], entrances: Sequence[Transition] = (), *, takes: int = 1, fade_outs: Sequence[int] = ()
) -> tuple[PictureClip, ...]:
    """Contiguous clips; each has the tail that the next entrance needs."""
    ways = [*entrances, *[Transition()] * (len(lengths) - len(entrances))]
    clips: list[PictureClip] = []
    at = 0
    for index, length in enumerate(lengths):
        following = ways[index + 1] if index + 1 < len(ways) else Transition()
        tail = following.frames if following.kind in {"dissolve", "wipe"} else 0
        shot = f"1-{index + 1}"
        clips.append(
            PictureClip(
                shot=shot,
                scene=0,
                start_frame=at,
                length_frames=length,
                entrance=ways[index],
                fade_out_frames=fade_outs[index] if index < len(fade_outs) else 0,
                tail_frames=tail,
                takes=tuple(take(folder, shot, number, length + tail) for number in range(1, takes + 1)),
                chosen=takes - 1,
                label="medium",
            )
        )
        at += length
    return tuple(clips)


def sound(
    folder: Path, slot: str, stem: Stem, start: int, length: int, *, source: int | None = None, loop: bool = False
) -> SoundClip:
    return SoundClip(
        slot=slot,
        stem=stem,
        path=media_file(folder, f"{slot}.wav"),
        key=key_of(slot),
        start_sample=start,
        length_samples=length,
        source_samples=source or length,
        loop=loop,
        making=making("espeak", role="speech"),
    )


def timeline(
    folder: Path,
    *,
    fps: Fraction = Fraction(24),
    clips: tuple[PictureClip, ...] | None = None,
    sounds: tuple[SoundClip, ...] = (),
    captions: tuple[Caption, ...] = (),
    title: str = "The Keeper",
) -> Timeline:
    clips = clips if clips is not None else picture(folder, [48, 36])
    length = sum(clip.length_frames for clip in clips)
    return Timeline(
        title=title,
        fps=fps,
        width_px=320,
        height_px=180,
        length_frames=length,
        picture=clips,
        sound=sounds,
        captions=captions,
        chapters=(Chapter(start_frame=0, title="INT. LIGHTHOUSE - NIGHT"),),
    )


def shot(number: int, *, start: int, length: int, camera: CameraMove, lines: tuple[Line, ...] = (), scene: int = 0) -> Shot:
    framing = FRAMINGS[number % len(FRAMINGS)]
    return Shot(
        id=f"{scene + 1}-{number}",
        scene=scene,
        coverage="single",
        framing=framing,
        angle="low" if number % 2 else "eye",
        camera=camera,
        lens="35mm",
        action="Mara climbs the stairs, lamp in hand.",
        staging=Staging(
            setting="lighthouse",
            place="lighthouse",
            interior=True,
            time_of_day="night",
            weather="storm",
            framing=framing,
            angle="eye",
            camera=camera,
        ),
        prompt="a lighthouse at night",
        negative_prompt="",
        characters=("MARA",),
        lines=lines,
        sounds=(SoundCue(id=f"s{number}", prompt="wood creaks", offset_frames=12, length_frames=24),),
        start_frame=start,
        length_frames=length,
        seed=7,
    )


def plan(
    shots: Sequence[Shot], *, title: str = "The Keeper", width: int = 320, height: int = 180, aspect: str = "16:9"
) -> Plan:
    scenes = tuple(
        ScenePlan(
            index=index,
            number=str(index + 1),
            heading=f"INT. LIGHTHOUSE {index + 1} - NIGHT",
            setting="lighthouse",
            place="lighthouse",
            interior=True,
            time_of_day="night",
            weather="storm",
            mood="uneasy",
        )
        for index in range(max((item.scene for item in shots), default=0) + 1)
    )
    cast = (
        CastMember(
            name="MARA",
            look="woman of sixty",
            voice=VoiceSpec(gender="female", age="old"),
            silhouette=Silhouette(garment_colour="#b0402a"),
        ),
        CastMember(name="TOM", look="boy of ten", voice=VoiceSpec(gender="male", age="child"), silhouette=Silhouette()),
    )
    return Plan(
        title=title,
        fps=Fraction(24),
        width_px=width,
        height_px=height,
        aspect=aspect,
        language="en",
        style="35 mm, overcast, muted greens",
        cast=cast,
        scenes=scenes,
        shots=tuple(shots),
        warnings=("Shot 1-2 grew by 12 frames to hold its line.",),
        spoken=True,
    )


def line(
    ident: str, text: str, *, character: str = "MARA", offset: int = 0, length: int = 24, delivery: str = "on_screen"
) -> Line:
    return Line(
        id=ident, character=character, text=text, offset_frames=offset, length_frames=length, measured=True, delivery=delivery
    )  # type: ignore[arg-type]


def film(folder: Path, moves: Sequence[CameraMove] = MOVES) -> tuple[Plan, Timeline]:
    """One shot for each move, a line in each, a dissolve before every third shot."""
    length = 60
    shots = [
        shot(
            n,
            start=(n - 1) * length,
            length=length,
            camera=move,
            lines=(line(f"L{n}", f"Line number {n}, said aloud.", offset=6),),
        )
        for n, move in enumerate(moves, start=1)
    ]
    entrances = [Transition(kind="dissolve", frames=12) if n and n % 3 == 0 else Transition() for n in range(len(moves))]
    clips = picture(folder, [length] * len(moves), entrances)
    fps = Fraction(24)
    sounds = tuple(
        sound(folder, f"line:L{n}", "dialogue", sample_at((n - 1) * length + 6, fps), 40_000) for n in range(1, len(moves) + 1)
    )
    captions = tuple(
        Caption(
            start_frame=(n - 1) * length + 6,
            end_frame=(n - 1) * length + 50,
            text=f"Line number {n}, said aloud.",
            line=f"L{n}",
            speaker="MARA",
        )
        for n in range(1, len(moves) + 1)
    )
    return plan(shots), timeline(folder, clips=clips, sounds=sounds, captions=captions)
