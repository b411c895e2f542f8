"""From a script to the film, through every room, by way of the command line."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import imageio_ffmpeg
import opentimelineio as otio
import pysubs2
import pytest

from cinema import film, schedule
from cinema.events import TaskStarted
from cinema.faces.cli import run
from cinema.plan import load_plan
from cinema.plan.model import Line, Plan, Shot
from cinema.render import Store
from cinema.schedule.model import DeviceFacts
from cinema.settings import Settings
from cinema.timebase import frame_at, sample_at

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("film")]

ROOT = Path(__file__).parents[2]
KEEPER = ROOT / "examples" / "the-keeper.fountain"
SMALL = Settings(mode="animatic", short_side_px=180)
CPU = DeviceFacts(name="cpu", title="a made-up processor", memory_bytes=8_000_000_000, slots=2)
LITTLE = """Title: The Bell

INT. CHAPEL - NIGHT

Rain. ANNA (50s) climbs to the rope.

ANNA
One more time.

A BELL rings.

TOM (O.S.)
(softly)
They heard you.

DISSOLVE TO:

EXT. HARBOUR - DAWN

Boats turn home. Gulls.

TOM (V.O.)
And they came.
"""


def little(folder: Path, text: str = LITTLE) -> Path:
    path = folder / "bell.fountain"
    path.write_text(text)
    return path


def plan_of(folder: Path) -> Plan:
    return load_plan(json.loads((folder / "plan.json").read_text()))


def packets_digest(path: Path) -> list[tuple[int | None, bytes]]:
    """Every video packet with its time: equal lists mean identical pictures."""
    with av.open(str(path), format="mp4") as container:
        return [(packet.pts, bytes(packet)) for packet in container.demux(video=0) if packet.size]


def started(source: Path, folder: Path, settings: Settings = SMALL) -> set[str]:
    """The keys of the tasks that a render really starts."""
    keys: set[str] = set()
    film.render(
        source, folder, settings, listener=lambda event: keys.add(event.key) if isinstance(event, TaskStarted) else None
    )
    return keys


def spoken_at(folder: Path, plan: Plan, shot: Shot, line: Line) -> int:
    """The frame at which the line's first word is heard: the voice's own word marks, after any laugh or sigh."""
    with Store.open(folder / ".cinema") as store:
        artefact = store.get(plan.uses[f"line:{line.id}"])
    assert artefact is not None
    marks = json.loads((artefact.find("marks.json") or Path()).read_text())
    start = sample_at(shot.start_frame + line.offset_frames, plan.fps) + marks[0]["start_sample"]
    return frame_at(Fraction(start, 48000), plan.fps)


@pytest.fixture(scope="module")
def keeper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keeper") / "film"
    assert run(["render", str(KEEPER), "--out", str(folder), "--quiet", "--set", "short_side_px=180"]) == 0
    return folder


@pytest.fixture
def bell(tmp_path: Path) -> tuple[Path, Path]:
    """A little film's script and folder, rendered."""
    source = little(tmp_path)
    film.render(source, tmp_path / "film", SMALL)
    return source, tmp_path / "film"


def test_the_film_is_what_was_planned(keeper: Path) -> None:
    plan = plan_of(keeper)
    with av.open(str(keeper / "film.mp4"), format="mp4") as container:
        video, audio, captions = container.streams.video[0], container.streams.audio[0], container.streams.subtitles[0]
        assert (video.codec_context.name, audio.codec_context.name, captions.codec_context.name) == ("h264", "aac", "mov_text")
        assert (video.average_rate, audio.rate) == (plan.fps, 48000)
        assert sum(1 for _ in container.decode(video=0)) == plan.length_frames
        assert abs(float(audio.duration * audio.time_base) - float(plan.length_frames / plan.fps)) < float(1 / plan.fps)


def test_loudness_and_true_peak_by_ffmpeg_as_referee(keeper: Path) -> None:
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(),
        "-hide_banner",
        "-i",
        str(keeper / "film.mp4"),
        "-af",
        "ebur128=peak=true",
        "-f",
        "null",
        "-",
    ]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    loudness = float(re.findall(r"I:\s+(-?[\d.]+) LUFS", said)[-1])
    peak = float(re.findall(r"Peak:\s+(-?[\d.]+) dBFS", said)[-1])
    assert abs(loudness + 14.0) <= 0.5
    assert peak <= -1.0


def test_every_word_of_dialogue_is_in_the_captions_within_three_frames_of_its_speech(keeper: Path) -> None:
    plan = plan_of(keeper)
    lines = [(spoken_at(keeper, plan, shot, line), line) for shot in plan.shots for line in shot.lines]
    subtitles = pysubs2.load(str(keeper / "captions.srt"))
    words = " ".join(event.plaintext for event in subtitles).replace("\n", " ").split()
    spoken = " ".join(line.text for _, line in lines).split()
    assert [word for word in words if word != "-"] == spoken
    begins = sorted(frame_at(Fraction(event.start, 1000), plan.fps) for event in subtitles)
    for frame, line in lines:
        assert min(abs(begin - frame) for begin in begins) <= 3, line


def test_the_timeline_opens_with_all_media_found(keeper: Path) -> None:
    plan = plan_of(keeper)
    timeline = otio.adapters.read_from_file(str(keeper / "film.otio"))
    assert timeline.duration().to_frames() == plan.length_frames
    clips = list(timeline.find_clips())
    assert clips
    for clip in clips:
        for reference in clip.media_references().values():
            assert (keeper / reference.target_url).is_file()
    recipe = next(iter(timeline.video_tracks()[0].find_clips())).metadata["cinema"]["recipe"]
    assert (recipe["model"], recipe["seed"]) == ("boards", plan.shots[0].seed)


def test_everything_that_a_film_folder_holds(keeper: Path) -> None:
    for name in ("film.mp4", "captions.srt", "captions.vtt", "film.otio", "film.edl", "storyboard.pdf", "report.html"):
        assert (keeper / name).stat().st_size > 100, name
    for name in ("dialogue", "music", "effects"):
        assert (keeper / "stems" / f"{name}.wav").stat().st_size > 1000
    report = json.loads((keeper / "report.json").read_text())
    assert {model["id"] for model in report["models"]} == {"boards", "espeak", "score", "foley"}
    assert json.loads((keeper / "schedule.json").read_text())["batches"]
    assert not list(keeper.glob(".*.part"))


def test_nothing_is_made_twice_and_a_changed_line_changes_only_what_depends_on_it(bell: tuple[Path, Path]) -> None:
    source, folder = bell
    before = plan_of(folder)
    assert started(source, folder) == set()
    changed = little(folder.parent, LITTLE.replace("One more time.", "One last time."))
    keys = started(changed, folder)
    after = plan_of(folder)
    assert keys == {task.key for task in after.tasks} - {task.key for task in before.tasks}
    slots = {slot for slot, key in after.uses.items() if key in keys}
    line = next(line for shot in after.shots for line in shot.lines if "last" in line.text)
    shot = next(shot for shot in after.shots if line in shot.lines)
    assert {f"line:{line.id}", f"shot:{shot.id}"} <= slots <= {f"line:{line.id}", f"shot:{shot.id}", f"music:{shot.scene}"}


def test_a_retake_keeps_the_earlier_take_and_can_go_back(bell: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    _, folder = bell
    shot = plan_of(folder).shots[1]
    first = packets_digest(folder / "film.mp4")
    assert run(["retake", str(folder), shot.id, "--seed", "99", "--quiet", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["frames"] == plan_of(folder).length_frames
    assert plan_of(folder).shots[1].seed == 99
    assert packets_digest(folder / "film.mp4") != first
    clips = list(otio.adapters.read_from_file(str(folder / "film.otio")).video_tracks()[0].find_clips())
    assert len(clips[1].media_references()) == 2
    assert run(["retake", str(folder), shot.id, "--take", "1", "--quiet"]) == 0
    assert packets_digest(folder / "film.mp4") == first
    assert run(["retake", str(folder), "9-9", "--quiet"]) == 2
    assert run(["retake", str(folder), shot.id, "--take", "7", "--quiet"]) == 2
    assert "take 7" in capsys.readouterr().err


def test_a_new_prompt_is_staged_anew(bell: tuple[Path, Path]) -> None:
    _, folder = bell
    shot = plan_of(folder).shots[0]
    assert run(["retake", str(folder), shot.id, "--prompt", "Close on a lantern", "--quiet"]) == 0
    again = plan_of(folder).shots[0]
    assert "lantern" in again.prompt
    assert again.staging != shot.staging


def test_killed_at_any_moment_it_resumes_to_the_same_film(bell: tuple[Path, Path], tmp_path: Path) -> None:
    source, whole = bell
    folder = tmp_path / "killed"
    command = [
        sys.executable,
        "-m",
        "cinema",
        "render",
        str(source),
        "--out",
        str(folder),
        "--quiet",
        "--set",
        "short_side_px=180",
    ]
    log = folder / ".cinema" / "runs.jsonl"

    def noted(status: str) -> int:
        return log.read_text().count(f'"{status}"') if log.is_file() else 0

    moments: tuple[Callable[[int, int], bool], ...] = (
        lambda started, committed: (folder / "script.json").is_file(),
        lambda started, committed: noted("started") > started,
        lambda started, committed: noted("committed") > committed + 1,
        lambda started, committed: any(folder.glob(".cut-*")),
    )
    for has_come in moments:
        before = noted("started"), noted("committed")
        process = subprocess.Popen(command, start_new_session=True)
        while not has_come(*before) and process.poll() is None:
            time.sleep(0.005)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if (folder / ".cinema").is_dir() and (folder / "script.json").is_file():
            command = [sys.executable, "-m", "cinema", "resume", str(folder), "--quiet"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    assert packets_digest(folder / "film.mp4") == packets_digest(whole / "film.mp4")


def test_a_film_keeps_its_cast_where_another_could_be_had_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Begun with "auto" where there was no card, it is not made by other models once there is one."""
    source, folder = little(tmp_path), tmp_path / "film"
    monkeypatch.setattr(schedule, "find_devices", lambda _: (CPU,))
    first = film.render(source, folder, Settings(mode="auto", short_side_px=180))
    card = DeviceFacts(name="cuda:0", title="a made-up card", memory_bytes=24_000_000_000, slots=1)
    monkeypatch.setattr(schedule, "find_devices", lambda _: (CPU, card))
    started: list[object] = []
    again = film.resume(folder, listener=lambda event: started.append(event) if isinstance(event, TaskStarted) else None)
    assert (again.schedule.mode, again.plan.uses, started) == ("animatic", first.plan.uses, [])
    taken = film.retake(folder, "1-1", film.Retake(seed=5))
    changed = {slot for slot, key in first.plan.uses.items() if taken.plan.uses[slot] != key}
    assert changed == {"shot:1-1"}
    assert taken.schedule.notes == first.schedule.notes, "why these models were taken is still said"


def test_a_second_runner_is_refused_with_the_holders_pid(tmp_path: Path) -> None:
    source = little(tmp_path)
    command = [
        sys.executable,
        "-m",
        "cinema",
        "render",
        str(source),
        "--out",
        str(tmp_path / "film"),
        "--set",
        "short_side_px=180",
    ]
    first = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        while not (tmp_path / "film" / "script.json").is_file():
            assert first.poll() is None
            time.sleep(0.02)
        os.killpg(first.pid, signal.SIGSTOP)  # so that it is not done before the second begins
        second = subprocess.run([*command, "--quiet"], capture_output=True, text=True, check=False)
        assert (second.returncode, str(first.pid) in second.stderr) == (6, True)
    finally:
        os.killpg(first.pid, signal.SIGINT)
        os.killpg(first.pid, signal.SIGCONT)
        assert first.wait() == 130


def test_an_export_opens_somewhere_else(bell: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, folder = bell
    target = tmp_path / "edit"
    assert run(["export", str(folder), "--to", str(target), "--json"]) == 0
    assert "film.otio" in json.loads(capsys.readouterr().out)["files"]
    moved = tmp_path / "elsewhere"
    shutil.move(target, moved)
    for clip in otio.adapters.read_from_file(str(moved / "film.otio")).find_clips():
        assert (moved / clip.media_reference.target_url).is_file()
    assert run(["export", str(folder), "--to", str(moved)]) == 2


@pytest.mark.parametrize("aspect", ["9:16", "1:1", "4:5", "21:9"])
def test_every_aspect_ratio(tmp_path: Path, aspect: str) -> None:
    source = little(tmp_path, "EXT. BEACH - DAY\n\nA boy runs.\n\nBOY\nHey!\n")
    fps = {"9:16": "25", "1:1": "30", "4:5": "60", "21:9": "24000/1001"}[aspect]
    made = film.render(
        source, tmp_path / "film", Settings(mode="animatic", aspect=aspect, fps=fps, short_side_px=144, burn_captions=True)
    )
    with av.open(str(made.result.film), format="mp4") as container:
        video = container.streams.video[0]
        assert (video.width, video.height) == (made.plan.width_px, made.plan.height_px)
        assert video.average_rate == made.plan.fps
        assert sum(1 for _ in container.decode(video=0)) == made.plan.length_frames
