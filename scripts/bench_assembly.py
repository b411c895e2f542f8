"""Assembly of 40 clips of 720p (4 s each) with 40 voices and a bed, beside MoviePy 2 and a bare ffmpeg.

    python scripts/bench_assembly.py [--clips 40] [--skip-moviepy]

Ours measures loudness, writes three stems and captions, ducks, limits, and checks the encoded sound; the others do none of it.
Prints seconds, and ratios of medians of 3 runs (MoviePy's dissolves: 1 run) beside the targets: hard cuts >= 15 x MoviePy and
<= 2 x bare ffmpeg, dissolves >= 10 x MoviePy.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from statistics import median

import cv2
import imageio_ffmpeg
import numpy as np
import soundfile

from cinema.artefact import Making
from cinema.catalog import Delivery
from cinema.cut import assemble
from cinema.cut.timeline import Caption, PictureClip, SoundClip, Take, Timeline
from cinema.media import ClipWriter, probe
from cinema.plan.model import Transition
from cinema.settings import Settings
from cinema.timebase import SAMPLE_RATE_HZ

WIDTH_PX, HEIGHT_PX, FPS, CLIP_SECONDS, DISSOLVE_FRAMES = 1280, 720, Fraction(24), 4, 12
RUNS = 3
CLIP_FRAMES = int(CLIP_SECONDS * FPS)
WEB = Delivery(name="web", title="Web", loudness_lufs=-14, true_peak_dbtp=-1)
MAKING = Making(model="bench", revision="1", role="video", seed=0, device="cpu", seconds=0, peak_bytes=0, attempt=1, made_at="")


def write_clip(path: Path, seed: int, frames: int) -> None:
    """Drawn art on twos, drifting: what an animatic's clip costs."""
    rng = np.random.default_rng(seed)
    board = np.empty((HEIGHT_PX + 120, WIDTH_PX + 240, 3), np.uint8)
    board[:] = np.linspace(40, 200, board.shape[0])[:, None, None] * rng.uniform(0.4, 1, 3)
    for _ in range(80):
        centre = int(rng.integers(board.shape[1])), int(rng.integers(board.shape[0]))
        colour = tuple(int(part) for part in rng.integers(0, 255, 3))
        cv2.circle(board, centre, int(rng.integers(10, 140)), colour, -1, cv2.LINE_AA)
    with ClipWriter(path, width_px=WIDTH_PX, height_px=HEIGHT_PX, fps=FPS) as writer:
        for number in range(0, frames, 2):
            window = board[number // 2 :][:HEIGHT_PX, number : number + WIDTH_PX]
            writer.write(np.ascontiguousarray(window), min(2, frames - number))


def write_voice(path: Path, seed: int) -> None:
    at = np.arange(int(2.5 * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    tone = sum(np.sin(2 * np.pi * (110 + seed) * k * at + k) / k for k in range(1, 16))
    soundfile.write(path, 0.15 * tone * np.clip(np.sin(8 * np.pi * at), 0, 1), SAMPLE_RATE_HZ, subtype="PCM_16")


def write_bed(path: Path, seconds: int) -> None:
    at = np.arange(seconds * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    pad = np.stack([0.08 * sum(np.sin(2 * np.pi * f * at + c) for f in (110, 165, 220)) for c in range(2)], axis=1)
    soundfile.write(path, pad, SAMPLE_RATE_HZ, subtype="PCM_16")


def material(folder: Path, clips: int) -> None:
    for index in range(clips):
        write_clip(folder / f"clip{index:03d}.mp4", index, CLIP_FRAMES + DISSOLVE_FRAMES)
        write_clip(folder / f"cut{index:03d}.mp4", index, CLIP_FRAMES)
        write_voice(folder / f"voice{index:03d}.wav", index)
    write_bed(folder / "bed.wav", clips * CLIP_SECONDS)


def timeline(folder: Path, clips: int, *, dissolves: bool) -> Timeline:
    picture: list[PictureClip] = []
    sound: list[SoundClip] = []
    captions: list[Caption] = []
    for index in range(clips):
        start = index * CLIP_FRAMES
        path = folder / f"clip{index:03d}.mp4"
        take = Take(number=1, key=path.stem, path=path, available_frames=CLIP_FRAMES + DISSOLVE_FRAMES, making=MAKING)
        entrance = Transition(kind="dissolve", frames=DISSOLVE_FRAMES) if dissolves and index else Transition()
        picture.append(
            PictureClip(
                shot=f"1-{index + 1}",
                scene=0,
                start_frame=start,
                length_frames=CLIP_FRAMES,
                entrance=entrance,
                fade_out_frames=0,
                tail_frames=DISSOLVE_FRAMES,
                takes=(take,),
                chosen=0,
            )
        )
        at = (index * CLIP_SECONDS + 1) * SAMPLE_RATE_HZ
        sound.append(sound_clip(folder / f"voice{index:03d}.wav", f"line:{index}", at, int(2.5 * SAMPLE_RATE_HZ)))
        captions.append(Caption(start_frame=start + 24, end_frame=start + 84, text=f"Line {index}", line=f"{index}"))
    sound.append(sound_clip(folder / "bed.wav", "music:0", 0, clips * CLIP_SECONDS * SAMPLE_RATE_HZ))
    return Timeline(
        title="Bench",
        fps=FPS,
        width_px=WIDTH_PX,
        height_px=HEIGHT_PX,
        length_frames=clips * CLIP_FRAMES,
        picture=tuple(picture),
        sound=tuple(sound),
        captions=tuple(captions),
        chapters=(),
    )


def sound_clip(path: Path, slot: str, start: int, length: int) -> SoundClip:
    stem = "music" if slot.startswith("music") else "dialogue"
    return SoundClip(
        slot=slot, stem=stem, path=path, key=path.stem, start_sample=start, length_samples=length, source_samples=length
    )


def ours(folder: Path, clips: int, *, dissolves: bool) -> Path:
    """A new film folder each time, as a first render has it: to replace a film waits for the disk, 0.2 s here."""
    out = Path(tempfile.mkdtemp(prefix="dissolves-" if dissolves else "cuts-", dir=folder))
    result = assemble(timeline(folder, clips, dissolves=dissolves), out, delivery=WEB, settings=Settings())
    steps = ", ".join(f"{step} {seconds:.2f}" for step, seconds in result.seconds.items())
    loudness = f"{result.loudness_lufs:.2f} LUFS, {result.true_peak_dbtp:.2f} dBTP"
    print(f"    ours: {steps}; copied {result.copied_frames} of {result.frames} frames; {loudness}")
    return result.film


def bare_ffmpeg(folder: Path, clips: int) -> Path:
    """Clips copied by the concat demuxer, 40 voices and the bed mixed by one graph, AAC."""
    listing = folder / "list.txt"
    listing.write_text("".join(f"file 'cut{index:03d}.mp4'\n" for index in range(clips)))
    arguments = ["-f", "concat", "-safe", "0", "-i", str(listing)]
    chains: list[str] = []
    for index in range(clips):
        arguments += ["-i", str(folder / f"voice{index:03d}.wav")]
        delay = (index * CLIP_SECONDS + 1) * 1000
        chains.append(f"[{index + 1}:a]aformat=channel_layouts=stereo,adelay={delay}:all=1[v{index}]")
    arguments += ["-i", str(folder / "bed.wav")]
    joined = "".join(f"[v{index}]" for index in range(clips))
    chains.append(f"[{clips + 1}:a]{joined}amix=inputs={clips + 1}:normalize=0:duration=first[a]")
    out = folder / "bare.mp4"
    mapping = ["-map", "0:v", "-map", "[a]", "-c:v", "copy", "-c:a", "aac", "-b:a", "256k", "-movflags", "+faststart"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *arguments, "-filter_complex", ";".join(chains)]
    subprocess.run([*command, *mapping, str(out)], check=True)
    return out


def moviepy(folder: Path, clips: int, *, dissolves: bool) -> Path:
    from moviepy import AudioFileClip, CompositeAudioClip, CompositeVideoClip, VideoFileClip, concatenate_videoclips, vfx

    out = folder / ("moviepy-dissolves.mp4" if dissolves else "moviepy-cuts.mp4")
    fade = float(DISSOLVE_FRAMES / FPS)
    if dissolves:
        shots = [VideoFileClip(str(folder / f"clip{index:03d}.mp4")) for index in range(clips)]
        placed = [shots[0].with_start(0)]
        placed += [
            shot.with_start(index * CLIP_SECONDS).with_effects([vfx.CrossFadeIn(fade)])
            for index, shot in enumerate(shots[1:], start=1)
        ]
        film = CompositeVideoClip(placed).with_duration(clips * CLIP_SECONDS)
    else:
        shots = [VideoFileClip(str(folder / f"cut{index:03d}.mp4")) for index in range(clips)]
        film = concatenate_videoclips(shots)
    voices = [
        AudioFileClip(str(folder / f"voice{index:03d}.wav")).with_start(index * CLIP_SECONDS + 1) for index in range(clips)
    ]
    film = film.with_audio(CompositeAudioClip([AudioFileClip(str(folder / "bed.wav")), *voices]))
    film.write_videofile(str(out), fps=24, codec="libx264", audio_codec="aac", preset="superfast", threads=2, logger=None)
    for clip in (*shots, *voices):
        clip.close()
    return out


def timed(make: Callable[[], Path], frames: int) -> float:
    started = time.perf_counter()
    film = make()
    seconds = time.perf_counter() - started
    found = probe(film).facts.frames
    exact = "frame-exact" if found == frames else f"{found} frames instead of {frames}"
    print(f"    {film.stem}: {seconds:.2f} s, {exact}, {film.stat().st_size / 1e6:.1f} MB", flush=True)
    return seconds


def verdict(name: str, ratio: float, target: float, *, at_most: bool = False) -> None:
    met = ratio <= target if at_most else ratio >= target
    sign = "<=" if at_most else ">="
    print(f"{name}: {ratio:.2f} x (target {sign} {target:g} x) {'met' if met else 'MISSED'}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=40)
    parser.add_argument("--skip-moviepy", action="store_true")
    options = parser.parse_args()
    machine = f"{os.cpu_count()} cores, Python {sys.version.split()[0]}"
    print(f"{options.clips} clips x {CLIP_SECONDS} s of {WIDTH_PX}x{HEIGHT_PX}; {machine}")
    with tempfile.TemporaryDirectory(prefix="bench-assembly-") as name:
        folder = Path(name)
        material(folder, options.clips)
        frames = options.clips * CLIP_FRAMES
        cuts = median(timed(lambda: ours(folder, options.clips, dissolves=False), frames) for _ in range(RUNS))
        bare = median(timed(lambda: bare_ffmpeg(folder, options.clips), frames) for _ in range(RUNS))
        dissolves = median(timed(lambda: ours(folder, options.clips, dissolves=True), frames) for _ in range(RUNS))
        verdict("hard cuts, against a bare ffmpeg copy and mix", cuts / bare, 2, at_most=True)
        if options.skip_moviepy:
            return
        peer = median(timed(lambda: moviepy(folder, options.clips, dissolves=False), frames) for _ in range(RUNS))
        verdict("hard cuts, faster than MoviePy", peer / cuts, 15)
        slow = timed(lambda: moviepy(folder, options.clips, dissolves=True), frames)
        verdict("a dissolve at every cut, faster than MoviePy", slow / dissolves, 10)


if __name__ == "__main__":
    main()
