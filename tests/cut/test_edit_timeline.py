from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from test_captions_words import STAGING, line_of, plan_of

from cinema.artefact import Artefact, ArtefactFile, Making, MediaFacts
from cinema.cut.edit import edit
from cinema.cut.timeline import Take
from cinema.plan.model import Plan, ScenePlan, Shot, SoundCue, Transition
from cinema.plan.staging import Figure, Silhouette
from cinema.timebase import sample_at

FPS = Fraction(24000, 1001)
MAKING = Making(model="m", revision="1", role="video", seed=1, device="cpu", seconds=1, peak_bytes=0, attempt=1, made_at="")


def made(key: str, folder: Path, *, frames: int = 0, samples: int = 0, rate_hz: int = 48_000, marks: str = "") -> Artefact:
    facts = MediaFacts(kind="video" if frames else "audio", frames=frames, samples=samples, sample_rate_hz=rate_hz)
    names = ["clip.mp4" if frames else "sound.wav", *(["marks.json"] if marks else [])]
    if marks:
        (folder / f"{key}.json").write_text(marks)
    paths = (folder / f"{key}.main", folder / f"{key}.json")[: len(names)]
    files = tuple(ArtefactFile(name=name, sha256="0", size_bytes=1, facts=facts) for name in names)
    return Artefact(key=key, files=files, making=MAKING, paths=paths)


@pytest.fixture(name="plan")
def _plan() -> Plan:
    base = plan_of([])
    staged = replace(STAGING, figures=(Figure(name="MARA", silhouette=Silhouette(), x=-1.0),))
    shots: list[Shot] = []
    start = 0
    for index, (scene, length) in enumerate([(0, 100), (0, 60), (1, 80), (2, 50)]):
        lines = (line_of("Here I am.", 10, 40, delivery="on_screen" if index == 0 else "phone"),) if index < 2 else ()
        lines = tuple(replace(line, id=f"L{index}") for line in lines)
        shots.append(
            replace(
                base.shots[0],
                id=f"{scene + 1}-{index + 1}",
                scene=scene,
                start_frame=start,
                length_frames=length,
                lines=lines,
                staging=staged,
                sounds=(SoundCue(id=f"S{index}", prompt="bang", offset_frames=5, length_frames=10),) if index == 2 else (),
                entrance=Transition(kind="dissolve", frames=6) if index == 2 else Transition(),
            )
        )
        start += length
    scenes = tuple(
        ScenePlan(
            index=n, number=f"{n + 1}", heading=f"INT. ROOM {n}", setting="room", place="room", interior=True,
            time_of_day="day", weather="clear", mood="calm",
        )
        for n in range(3)
    )  # fmt: skip
    uses = {f"shot:{shot.id}": f"p{n}" for n, shot in enumerate(shots)}
    uses |= {"line:L0": "v0", "line:L1": "v1", "sound:S2": "bang", "music:0": "m0"}
    uses |= {"ambience:0": "rain", "ambience:1": "rain", "ambience:2": "sea"}
    return replace(base, fps=FPS, shots=tuple(shots), scenes=scenes, uses=uses)


@pytest.fixture(name="artefacts")
def _artefacts(tmp_path: Path) -> dict[str, Artefact]:
    marks = json.dumps(
        [{"text": w, "start_sample": 9600 + n * 9600, "end_sample": 19_000 + n * 9600} for n, w in enumerate("abc")]
    )
    pictures = {f"p{n}": made(f"p{n}", tmp_path, frames=120) for n in range(4)}
    return pictures | {
        "v0": made("v0", tmp_path, samples=48_000, marks=marks),
        "v1": made("v1", tmp_path, samples=24_000, rate_hz=24_000),
        "bang": made("bang", tmp_path, samples=96_000),
        "m0": made("m0", tmp_path, samples=10_000_000),
        "rain": made("rain", tmp_path, samples=48_000),
        "sea": made("sea", tmp_path, samples=48_000),
    }


def test_pictures_are_contiguous_and_sounds_lie_at_absolute_samples(plan: Plan, artefacts: dict[str, Artefact]):
    timeline = edit(plan, artefacts)
    assert timeline == edit(plan, artefacts)
    assert timeline.missing == ()
    assert timeline.length_frames == 290
    ends = [clip.start_frame + clip.length_frames for clip in timeline.picture]
    assert [clip.start_frame for clip in timeline.picture] == [0, *ends[:-1]]
    assert timeline.picture[2].entrance.kind == "dissolve"
    sound = {clip.slot: clip for clip in timeline.sound}
    assert sound["line:L0"].start_sample == sample_at(10, FPS)
    assert sound["line:L1"].start_sample == sample_at(110, FPS)
    assert sound["line:L1"].source_samples == 48_000
    assert (sound["line:L0"].pan, sound["line:L1"].pan) == (-0.3, 0.0)
    assert sound["line:L1"].delivery == "phone"
    assert sound["sound:S2"].start_sample == sample_at(165, FPS)
    assert sound["music:0"].length_samples == sample_at(160, FPS)
    assert [chapter.start_frame for chapter in timeline.chapters] == [0, 160, 240]
    end = sample_at(290, FPS)
    assert all(clip.start_sample >= 0 and clip.start_sample + clip.length_samples <= end for clip in timeline.sound)


def test_one_ambience_runs_through_scenes_that_share_it_and_crosses_over_into_the_next(
    plan: Plan, artefacts: dict[str, Artefact]
):
    around = [clip for clip in edit(plan, artefacts).sound if clip.slot.startswith("ambience:")]
    rain, sea = around
    assert (rain.slot, sea.slot) == ("ambience:0", "ambience:2")
    assert rain.start_sample == 0
    overlap = rain.start_sample + rain.length_samples - sea.start_sample
    assert overlap == rain.fade_out_samples == sea.fade_in_samples == 19_200
    assert rain.loop
    middle = sea.start_sample + overlap // 2
    assert middle == sample_at(240, FPS)


def test_captions_are_timed_by_the_marks(plan: Plan, artefacts: dict[str, Artefact]):
    first, second = edit(plan, artefacts).captions
    assert first.start_frame == int((sample_at(10, FPS) + 9600) * FPS / 48_000)
    assert second.start_frame == 110
    assert (first.text, first.line, first.speaker) == ("Here I am.", "L0", "MARA")


def test_what_is_missing_is_black_or_silent_and_named(plan: Plan, artefacts: dict[str, Artefact]):
    left = {key: artefact for key, artefact in artefacts.items() if key not in ("p1", "v0", "sea")}
    timeline = edit(plan, left)
    assert set(timeline.missing) == {"shot:1-2", "line:L0", "ambience:2"}
    assert timeline.picture[1].takes == ()
    assert timeline.length_frames == 290
    assert "line:L0" not in {clip.slot for clip in timeline.sound}
    assert len(timeline.captions) == 2


def test_the_take_that_the_plan_asks_for_is_chosen(plan: Plan, artefacts: dict[str, Artefact], tmp_path: Path):
    def take(number: int, key: str) -> Take:
        return Take(number=number, key=key, path=tmp_path / key, available_frames=120, making=MAKING)

    takes = {"1-1": (take(1, "old"), take(2, "p0"), take(3, "newer")), "1-2": (take(1, "old"),)}
    timeline = edit(plan, artefacts, takes)
    assert timeline.picture[0].take.number == 2
    assert [one.number for one in timeline.picture[1].takes] == [1, 2]
    assert timeline.picture[1].take.key == "p1"
    without = edit(plan, {key: value for key, value in artefacts.items() if key != "p1"}, takes)
    assert without.picture[1].takes == ()


def test_a_pictures_own_sound_is_heard_where_nobody_speaks(plan: Plan, artefacts: dict[str, Artefact], tmp_path: Path) -> None:
    """Also where the clip was made larger afterwards: the sound is the first take's."""
    facts = MediaFacts(kind="audio", samples=240_000, sample_rate_hz=48_000, channels=2)
    for key in ("p0", "p2"):
        clip = artefacts[key]
        heard = ArtefactFile(name="sound.wav", sha256="1", size_bytes=1, facts=facts)
        artefacts[key] = replace(clip, files=(*clip.files, heard), paths=(*clip.paths, tmp_path / f"{key}.wav"))
    artefacts["large"] = made("large", tmp_path, frames=120)
    larger = replace(plan, uses={**plan.uses, "take:2-3": "p2", "shot:2-3": "large"})
    for one in (plan, larger):
        own = [clip for clip in edit(one, artefacts).sound if clip.slot.startswith("shot:")]
        start, end = (sample_at(frame, FPS) for frame in (160, 240))
        assert [(clip.slot, clip.stem, clip.path.name) for clip in own] == [("shot:2-3:sound", "effects", "p2.wav")]
        assert (own[0].start_sample, own[0].length_samples) == (start, end - start)
