from __future__ import annotations

import itertools
import multiprocessing
import os
import re
import shutil
import subprocess
import threading
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np
import pytest
from assembly_reels import (
    WIDTH_PX,
    bed,
    coded,
    film_of,
    numbers,
    sound_clip,
    voice,
    write_sound,
)

from cinema.catalog import Delivery
from cinema.cut.assemble import assemble
from cinema.cut.splice import Copy, Render, splice
from cinema.cut.timeline import Caption, Chapter
from cinema.errors import Cancelled, InputError, OutOfDiskError
from cinema.events import Event, StageAdvanced, StageFinished, StageStarted
from cinema.media import probe, read_frames
from cinema.media.reader import open_media
from cinema.plan.model import Transition
from cinema.settings import Settings
from cinema.timebase import SAMPLE_RATE_HZ, sample_at

pytestmark = pytest.mark.slow
WEB = Delivery(name="web", title="Web", loudness_lufs=-14, true_peak_dbtp=-1)
CUT, PLAIN = Transition(), Settings()


def referee(path: Path) -> tuple[float, float]:
    """Integrated loudness and true peak, by ffmpeg."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-i", str(path), "-map", "0:a", "-af", "ebur128=peak=true"]
    text = subprocess.run([*command, "-f", "null", "-"], capture_output=True, text=True, check=True).stderr
    summary = text[text.rindex("Summary:") :]
    loudness, peak = (re.search(rf"{name}:\s+(-?[\d.]+|-inf)", summary) for name in ("I", "Peak"))
    assert loudness
    assert peak
    return float(loudness[1]), float(peak[1])


def decoded(path: Path) -> np.ndarray:
    with open_media(path) as container:
        return np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)


@pytest.mark.parametrize("fps", [Fraction(24), Fraction(24000, 1001), Fraction(30)])
def test_hard_cuts_keep_every_frame_in_order_and_copy_them_all(tmp_path: Path, fps: Fraction):
    timeline = film_of(tmp_path, [50, 37, 1, 61, 12], fps=fps)
    result = assemble(timeline, tmp_path / "out", delivery=WEB, settings=PLAIN)
    assert numbers(result.film) == list(range(161))
    assert result.copied_frames == result.frames == 161
    with av.open(str(result.film)) as container:
        stamps = [(p.pts * p.time_base, p.dts * p.time_base) for p in container.demux(video=0) if p.pts is not None]
    assert stamps == [(number / fps, number / fps) for number in range(161)]
    found = probe(result.film)
    assert found.facts.samples == sample_at(161, fps)
    assert (found.facts.fps, found.video_codec, found.audio_codec, found.facts.sample_rate_hz) == (fps, "h264", "aac", 48_000)


def mixed(first: np.ndarray, second: np.ndarray, part: float) -> np.ndarray:
    return first * (1 - part) + second * part


def psnr(one: np.ndarray, two: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / max(np.square(one.astype(float) - two).mean(), 1e-9)))


@pytest.mark.parametrize(("kind", "frames"), [("dissolve", 8), ("dissolve", 12), ("fade", 9), ("wipe", 10)])
def test_a_transition_touches_only_its_own_frames(tmp_path: Path, kind: str, frames: int):
    entrances = [CUT, Transition(kind=kind, frames=frames), CUT]
    timeline = film_of(tmp_path, [40, 45, 20], entrances=entrances, tails=[frames, 0, 0])
    result = assemble(timeline, tmp_path / "out", delivery=WEB, settings=PLAIN)
    pictures = list(read_frames(result.film, pixel_format="bgr24"))
    shown = numbers(result.film)
    assert len(pictures) == timeline.length_frames
    assert shown[:40] == list(range(40))
    assert shown[40 + frames :] == list(range(40 + frames, 105))
    assert result.copied_frames == 105 - 12
    for index in range(frames):
        part = (index + 1) / (frames + 1)
        tail, own = coded(1000 + index, 60).astype(float), coded(40 + index, 90).astype(float)
        picture = pictures[40 + index]
        if kind == "wipe":
            edge = int(WIDTH_PX * (part * 1.08 - 0.04))
            left, right = max(edge - 20, 0), min(edge + 20, WIDTH_PX)
            assert left < 16 or psnr(picture[:, :left], own[:, :left]) > 30
            assert right > WIDTH_PX - 16 or psnr(picture[:, right:], tail[:, right:]) > 30
        else:
            before = tail if kind == "dissolve" else np.zeros_like(own)
            assert psnr(picture, mixed(before, own, part)) > 33


def test_a_fade_out_ends_in_black_and_a_short_handle_is_held(tmp_path: Path):
    timeline = film_of(tmp_path, [30, 30], entrances=[CUT, Transition(kind="dissolve", frames=6)], tails=[2, 0])
    last = replace(timeline.picture[1], fade_out_frames=10)
    timeline = replace(timeline, picture=(timeline.picture[0], last))
    result = assemble(timeline, tmp_path / "out", delivery=WEB, settings=PLAIN)
    pictures = list(read_frames(result.film, pixel_format="bgr24"))
    levels = [float(picture.mean()) for picture in pictures[49:]]
    assert len(pictures) == 60
    assert all(later < earlier for earlier, later in itertools.pairwise(levels))
    assert levels[-1] < 12
    held = mixed(coded(1001, 60).astype(float), coded(35, 90).astype(float), 6 / 7)
    assert psnr(pictures[35], held) > 33


def test_a_missing_clip_is_black_and_a_short_one_holds_its_last_frame(tmp_path: Path):
    timeline = film_of(tmp_path, [20, 300, 20])
    absent = replace(timeline.picture[1], takes=())
    short = replace(timeline.picture[2], length_frames=26)
    timeline = replace(timeline, picture=(timeline.picture[0], absent, short), length_frames=346, missing=("shot:1-2",))
    result = assemble(timeline, tmp_path / "out", delivery=WEB, settings=PLAIN)
    pictures = list(read_frames(result.film, pixel_format="bgr24"))
    assert len(pictures) == 346
    assert all(picture.max() <= 2 for picture in pictures[20:320:50])
    assert numbers(result.film)[320:] == [*range(320, 340), *[339] * 6]
    assert result.missing == ("shot:1-2",)


def test_a_clip_in_another_form_is_made_to_fit_and_said(tmp_path: Path):
    timeline = film_of(tmp_path, [24, 24])
    stranger = tmp_path / "stranger.mp4"
    with av.open(str(stranger), "w") as container:
        stream = container.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        for number in range(24):
            picture = np.repeat(np.repeat(coded(24 + number), 2, axis=0), 2, axis=1)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    take = replace(timeline.picture[1].take, path=stranger)
    timeline = replace(timeline, picture=(timeline.picture[0], replace(timeline.picture[1], takes=(take,))))
    result = assemble(timeline, tmp_path / "out", delivery=WEB, settings=PLAIN)
    assert numbers(result.film) == list(range(48))
    assert result.copied_frames == 24
    assert "stranger.mp4" in result.notes[0]


@pytest.mark.parametrize("fps", [Fraction(25), Fraction(24000, 1001)])
def test_sound_is_in_sync_at_the_start_and_at_the_end(tmp_path: Path, fps: Fraction):
    frames = [2, 31, 620, 1495]
    click = np.zeros(480)
    click[:24] = np.sin(np.arange(24)) * 0.9
    path = write_sound(tmp_path / "click.wav", click)
    clips = [sound_clip(path, f"sound:{frame}", sample_at(frame, fps)) for frame in frames]
    timeline = film_of(tmp_path, [500, 500, 500], fps=fps, sound=clips)
    result = assemble(timeline, tmp_path / "out", delivery=WEB, settings=PLAIN)
    sound = np.abs(decoded(result.film)).max(axis=0)
    assert len(sound) >= sample_at(1500, fps)
    for frame in frames:
        at = sample_at(frame, fps)
        window = sound[max(at - 2000, 0) : at + 2000]
        heard = max(at - 2000, 0) + int(np.argmax(window > window.max() / 2))
        assert abs(heard - at) <= 64


@pytest.fixture(name="spoken")
def _spoken(tmp_path: Path):
    line, music = write_sound(tmp_path / "v.wav", voice(2.5)), write_sound(tmp_path / "m.wav", bed(24))
    sound = [sound_clip(line, f"line:{n}", (n * 4 + 1) * SAMPLE_RATE_HZ, fade_in_samples=240) for n in range(6)]
    sound.append(sound_clip(music, "music:0", 0, fade_in_samples=24_000, fade_out_samples=24_000))
    captions = [Caption(start_frame=24 + 96 * n, end_frame=84 + 96 * n, text=f"Line\n{n}", line=f"{n}") for n in range(6)]
    return film_of(tmp_path, [288, 288], sound=sound, captions=captions)


@pytest.mark.parametrize(("target", "peak"), [(-14.0, -1.0), (-23.0, -1.0), (-24.0, -2.0)])
def test_loudness_and_peak_as_ffmpeg_measures_them(tmp_path: Path, spoken, target: float, peak: float):
    delivery = Delivery(name="x", title="x", loudness_lufs=target, true_peak_dbtp=peak)
    result = assemble(spoken, tmp_path / "out", delivery=delivery, settings=PLAIN)
    loudness, highest = referee(result.film)
    assert abs(loudness - target) <= 0.5
    assert highest <= peak + 0.05
    assert result.loudness_lufs == pytest.approx(loudness, abs=0.1)
    assert result.true_peak_dbtp == pytest.approx(highest, abs=0.15)


def test_dialogue_gated_loudness_is_that_of_the_dialogue(tmp_path: Path, spoken):
    delivery = Delivery(name="s", title="s", loudness_lufs=-27, true_peak_dbtp=-2, dialogue_gated=True)
    result = assemble(spoken, tmp_path / "out", delivery=delivery, settings=PLAIN)
    assert result.loudness_lufs == pytest.approx(-27, abs=0.5)
    assert referee(result.film)[1] <= -2


def test_captions_chapters_and_metadata_are_in_the_film(tmp_path: Path, spoken):
    spoken = replace(
        spoken,
        language="de",
        title="Über Nacht",
        chapters=(Chapter(start_frame=0, title="INT. HAUS"), Chapter(start_frame=288, title="EXT. MEER")),
    )
    events: list[Event] = []
    result = assemble(spoken, tmp_path / "out", delivery=WEB, settings=PLAIN, listener=events.append)
    found = probe(result.film)
    assert found.subtitle_codecs == ("mov_text",)
    assert found.chapters == ((0.0, "INT. HAUS"), (12.0, "EXT. MEER"))
    assert dict(found.metadata)["title"] == "Über Nacht"
    assert "Generated" in dict(found.metadata)["comment"]
    assert found.languages[:3] == ("deu", "deu", "deu")
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(result.film), "-map", "0:s:0", "-f", "srt", "-"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    written = result.captions[0].read_text(encoding="utf-8")
    assert text.split() == written.split()
    data = result.film.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    assert not list((tmp_path / "out").glob(".cut-*"))
    parts = [event.fraction for event in events if isinstance(event, StageAdvanced)]
    assert parts == sorted(parts)
    assert parts[-1] == 1.0
    assert isinstance(events[-1], StageFinished)


def test_burnt_captions_are_in_the_picture_and_only_there(tmp_path: Path, spoken):
    plain = assemble(spoken, tmp_path / "a", delivery=WEB, settings=PLAIN)
    burnt = assemble(spoken, tmp_path / "b", delivery=WEB, settings=Settings(burn_captions=True))
    assert numbers(burnt.film) == list(range(576))
    assert 0 < burnt.copied_frames < plain.copied_frames
    differs = [
        float(np.abs(one.astype(int) - two).max()) > 90
        for one, two in zip(read_frames(plain.film), read_frames(burnt.film), strict=True)
    ]
    shown = {frame for card in spoken.captions for frame in range(card.start_frame, card.end_frame)}
    assert differs == [frame in shown for frame in range(576)]


def test_the_same_timeline_gives_the_same_film(tmp_path: Path, spoken):
    one = assemble(spoken, tmp_path / "a", delivery=WEB, settings=PLAIN)
    two = assemble(spoken, tmp_path / "b", delivery=WEB, settings=PLAIN)
    assert one.film.read_bytes() == two.film.read_bytes()
    assert [path.read_bytes() for path in one.stems] == [path.read_bytes() for path in two.stems]


def test_a_failure_leaves_the_film_that_was_there(tmp_path: Path):
    timeline = film_of(tmp_path, [30, 30])
    out = tmp_path / "out"
    first = assemble(timeline, out, delivery=WEB, settings=PLAIN).film.read_bytes()
    damaged = timeline.picture[1].take.path
    damaged.write_bytes(damaged.read_bytes()[:3000])
    with pytest.raises(InputError):
        assemble(timeline, out, delivery=WEB, settings=PLAIN)
    assert (out / "film.mp4").read_bytes() == first
    assert not list(out.glob(".cut-*"))
    with pytest.raises(InputError, match="no frames"):
        assemble(replace(timeline, length_frames=0, picture=()), out, delivery=WEB, settings=PLAIN)
    with pytest.raises(OutOfDiskError):
        assemble(timeline, damaged / "out", delivery=WEB, settings=PLAIN)


@pytest.fixture(name="small_disk")
def _small_disk(tmp_path: Path):
    """A disk of 1.5 MB of its own."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1536k", "tmpfs", str(folder)]
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root can mount a disk that is small enough to fill")
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no tmpfs can be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("room_bytes", [0, 150_000, 700_000, 900_000])
def test_a_full_disk_is_named_and_the_earlier_film_survives(tmp_path: Path, small_disk: Path, room_bytes: int):
    """Two seconds take 864 kB of stems and then a film; the disk is full at once, in a stem, in the sound, in the film."""
    first = assemble(film_of(tmp_path, [6]), small_disk, delivery=WEB, settings=PLAIN).film.read_bytes()
    (tmp_path / "longer").mkdir()
    line = sound_clip(write_sound(tmp_path / "v.wav", voice(1.9)), "line:1", 0)
    longer = film_of(tmp_path / "longer", [48], sound=[line])
    (small_disk / "ballast").write_bytes(bytes(shutil.disk_usage(small_disk).free - room_bytes))
    with pytest.raises(OutOfDiskError, match="the disk is full") as caught:
        assemble(longer, small_disk, delivery=WEB, settings=PLAIN)
    assert str(small_disk) in caught.value.message
    assert (small_disk / "film.mp4").read_bytes() == first
    assert not list(small_disk.glob(".cut-*"))


@pytest.mark.parametrize("event", [StageStarted, StageAdvanced])
def test_a_listener_that_cancels_leaves_nothing_behind(tmp_path: Path, event: type):
    timeline = film_of(tmp_path, [30] * 4, entrances=[CUT, *[Transition(kind="dissolve", frames=6)] * 3], tails=[6, 6, 6, 0])
    out = tmp_path / "out"
    first = assemble(timeline, out, delivery=WEB, settings=PLAIN).film.read_bytes()
    before = sorted(out.rglob("*"))

    def stop(told: Event) -> None:
        if isinstance(told, event):
            raise Cancelled()

    with pytest.raises(Cancelled):
        assemble(timeline, out, delivery=WEB, settings=PLAIN, listener=stop)
    assert sorted(out.rglob("*")) == before
    assert (out / "film.mp4").read_bytes() == first
    assert multiprocessing.active_children() == []
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith(("sound", "picture", "aac"))] == []


def test_splicing_covers_every_frame_once_and_copies_from_key_frames(tmp_path: Path):
    timeline = film_of(tmp_path, [30, 20], entrances=[CUT, Transition(kind="wipe", frames=5)], tails=[5, 0])
    timeline = replace(timeline, captions=(Caption(start_frame=5, end_frame=9, text="x", line="1"),))
    pieces = splice(timeline, burn_captions=True)
    assert [(type(piece), piece.start_frame, piece.length_frames) for piece in pieces] == [
        (Copy, 0, 5),
        (Render, 5, 4),
        (Render, 9, 3),
        (Copy, 12, 18),
        (Render, 30, 5),
        (Render, 35, 7),
        (Copy, 42, 8),
    ]
