"""Laws that hold for every script: lengths, lines, words, transitions, the 180-degree rule, determinism."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cinema.media import key_interval_frames
from cinema.plan import break_down, dump_plan, load_plan, retime
from cinema.plan.directions import read_direction
from cinema.plan.model import Plan, Shot
from cinema.plan.rhythm import limits_seconds
from cinema.plan.timing import frames_for_samples
from cinema.plan.words import plain
from cinema.script.model import Element, Format, Scene, Script, ScriptShot, SoundEffect, SpokenLine
from cinema.settings import Settings
from cinema.timebase import frame_at, sample_at

RATES = [Fraction(24), Fraction(25), Fraction(30), Fraction(60), Fraction(24000, 1001), Fraction(30000, 1001)]
NAMES = ["MARA", "TOM", "OLD JOE", "NARRATOR", "ليلى", "小明", "Åsa"]
ACTIONS = [
    "Mara climbs the stairs.",
    "Tom and Mara look at each other. They wait. A long, long silence lies over the room, and nobody moves.",
    "The door SLAMS. FWOOSH!",
    "She sits down. A PHOTOGRAPH lies on the table.",
    "CLOSE ON THE LAMP",
    "WIDE - the whole harbour, boats and gulls.",
    "MARA'S POV",
    "MONTAGE - A LIFE",
    "- Mara rows.\n- Tom paints a boat.",
    "END MONTAGE",
    "INTERCUT - PHONE CALL",
    "BACK TO SCENE",
    "INSERT - LETTER",
    "A telephone RINGS. Mara lifts the receiver. She puts it down.",
    "SUPER: Monday",
    "Tom leaves.",
    "Old Joe runs after Tom through the rain as we push in.",
    "تمشي ليلى في المطر.",
    "FADE IN:",
]
SPEECHES = [
    "No.",
    "Who *are* you?!",
    (
        "I have counted them all, one by one, and written them in the book that nobody reads. Do you know what it is to keep a light "
        "for people who never look back? No. You do not. You were always on the sea, and the sea forgets."
    ),
    "GET OUT!",
    "(laughs) You? (beat) Never.",
    "أين كنت طوال هذا الوقت؟ انتظرتك.",
    "你在哪里？我等了很久。",
    "2 * 3 * 4 is _twenty-four_, Mr. Smith.",
    "word " * 120 + "end.",
]
CROSSINGS = ["CUT TO:", "DISSOLVE TO:", "SMASH CUT TO:", "FADE OUT.", "WIPE TO:", "FADE TO BLACK.", "MATCH CUT TO:", "FADE IN:"]
HEADINGS = [
    "INT. KITCHEN - DAY",
    "EXT. CLIFF - NIGHT",
    "INT. LIGHTHOUSE / LAMP ROOM - CONTINUOUS",
    "ON THE MOON",
    "EXT. ROAD - LATER",
]


@st.composite
def speeches(draw: st.DrawFn) -> tuple[Element, ...]:
    name = draw(st.sampled_from(NAMES))
    extension = draw(st.sampled_from([None, None, None, "V.O.", "O.S.", "ON PHONE"]))
    parts = [
        Element(type="character", text=name, name=name, extension=extension, dual=draw(st.booleans()) and draw(st.booleans()))
    ]
    if draw(st.booleans()):
        parts.append(
            Element(type="parenthetical", text=draw(st.sampled_from(["(softly)", "(laughs)", "(beat)", "(into phone)"])))
        )
    kind = draw(st.sampled_from(["dialogue", "dialogue", "lyrics"]))
    return (*parts, Element(type=kind, text=draw(st.sampled_from(SPEECHES))))


def paragraphs() -> st.SearchStrategy[tuple[Element, ...]]:
    action = st.sampled_from(ACTIONS).map(lambda text: (Element(type="action", text=text),))
    crossing = st.sampled_from(CROSSINGS).map(lambda text: (Element(type="transition", text=text),))
    note = st.sampled_from(["sound: distant bell", "ambience: rain", "just a note"]).map(
        lambda text: (Element(type="note", text=text),)
    )
    return st.one_of(action, action, speeches(), speeches(), crossing, note)


@st.composite
def written_scenes(draw: st.DrawFn) -> Scene:
    elements = [element for group in draw(st.lists(paragraphs(), max_size=8)) for element in group]
    return Scene(heading=Element(type="scene_heading", text=draw(st.sampled_from(HEADINGS))), elements=tuple(elements))


@st.composite
def listed_scenes(draw: st.DrawFn) -> Scene:
    lines = st.builds(
        SpokenLine,
        character=st.sampled_from(NAMES),
        text=st.sampled_from(SPEECHES[:4]),
        emotion=st.sampled_from([None, "tired"]),
    )
    effects = st.builds(SoundEffect, prompt=st.just("wood creaks"), at_seconds=st.floats(0, 20))
    shots = st.builds(
        ScriptShot,
        action=st.sampled_from(ACTIONS[:4]),
        framing=st.sampled_from([None, "wide", "extreme close-up", "whatever"]),
        camera=st.sampled_from([None, "crane up", "loop the loop"]),
        duration_seconds=st.one_of(st.none(), st.floats(0.05, 12)),
        dialogue=st.lists(lines, max_size=3).map(tuple),
        sounds=st.lists(effects, max_size=2).map(tuple),
        transition=st.sampled_from([None, "dissolve", "fade", "fade out", "wipe", "cut", "mystery"]),
    )
    heading = Element(type="scene_heading", text=draw(st.sampled_from(HEADINGS)))
    return Scene(heading=heading, shots=tuple(draw(st.lists(shots, min_size=1, max_size=5))))


@st.composite
def plans(draw: st.DrawFn) -> tuple[Script, Plan, Settings]:
    scenes = draw(st.lists(st.one_of(written_scenes(), written_scenes(), listed_scenes()), min_size=1, max_size=4))
    script = Script(title="Any", scenes=tuple(scenes), style="overcast", format=Format(fps=draw(st.sampled_from(RATES))))
    chosen = Settings(pace=draw(st.sampled_from([0.5, 1.0, 2.0])), seed=draw(st.integers(0, 5)))
    return script, break_down(script, chosen, width_px=640, height_px=360), chosen


LAW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def check_times(plan: Plan) -> None:
    """Shots are contiguous; lines lie within their shot and one after another, unless they are dual."""
    start = 0
    for shot in plan.shots:
        assert shot.start_frame == start
        assert shot.length_frames >= 1
        start += shot.length_frames
        end = 0
        for number, line in enumerate(shot.lines):
            assert line.length_frames >= 1
            assert line.offset_frames >= 0
            assert line.offset_frames + line.length_frames <= shot.length_frames
            if number and not line.dual:
                assert line.offset_frames >= end
            end = max(end, line.offset_frames + line.length_frames)
        for cue in shot.sounds:
            assert 0 <= cue.offset_frames < shot.length_frames
            assert cue.length_frames >= 1
    assert plan.length_frames == start


def check_transitions(plan: Plan) -> None:
    interval = key_interval_frames(plan.fps)
    for before, after in pairwise((*plan.shots, None)):
        crossing = after.entrance if after else None
        mixed = crossing.frames if crossing and crossing.kind in ("dissolve", "wipe") else 0
        assert before is not None
        assert before.tail_frames == mixed
        assert before.entrance.frames % interval == 0
        assert before.fade_out_frames % interval == 0
        assert (before.entrance.kind == "cut") == (before.entrance.frames == 0)
        if before.entrance.frames or before.fade_out_frames:
            assert before.length_frames > before.entrance.frames + before.fade_out_frames
    assert plan.shots[0].entrance.kind in ("cut", "fade")


@LAW
@given(plans())
def test_time_and_transitions_hold_before_and_after_measuring(made: tuple[Script, Plan, Settings]) -> None:
    _, plan, _ = made
    check_times(plan)
    check_transitions(plan)
    shorter = retime(plan, {line.id: 1 + 500 * len(line.text) for shot in plan.shots for line in shot.lines})
    check_times(shorter)
    check_transitions(shorter)
    assert shorter.spoken


@LAW
@given(plans())
def test_every_spoken_word_is_in_the_lines_in_order(made: tuple[Script, Plan, Settings]) -> None:
    script, plan, _ = made
    written: list[str] = []
    for scene in script.scenes:
        written += [plain(element.text) for element in scene.elements if element.type in ("dialogue", "lyrics")]
        written += [plain(line.text) for shot in scene.shots or () for line in shot.dialogue]
    spoken = " ".join(line.text for shot in plan.shots for line in shot.lines)
    wanted = " ".join(written).replace("(laughs)", "").replace("(beat)", "")
    assert "".join(spoken.split()) == "".join(wanted.split())


@LAW
@given(plans())
def test_the_same_script_gives_the_same_plan_and_it_survives_json(made: tuple[Script, Plan, Settings]) -> None:
    script, plan, chosen = made
    assert break_down(script, chosen, width_px=640, height_px=360) == plan
    assert load_plan(dump_plan(plan)) == plan


@LAW
@given(plans())
def test_explicit_shots_are_kept_one_for_one(made: tuple[Script, Plan, Settings]) -> None:
    script, plan, _ = made
    for scene, source in zip(plan.scenes, script.scenes, strict=True):
        if source.shots is None:
            continue
        shots = plan.shots_of(scene.index)
        assert [shot.action for shot in shots] == [" ".join(shot.action.split()) for shot in source.shots]
        for shot, given_shot in zip(shots, source.shots, strict=True):
            assert shot.coverage == "explicit"
            if given_shot.duration_seconds is None:
                assert shot.wanted_frames is None
                continue
            wanted = max(1, frame_at(given_shot.duration_seconds, plan.fps))
            assert shot.length_frames == wanted or (shot.lines and shot.length_frames > wanted)
            warned = any(f"Shot {shot.id} was asked to last" in warning for warning in plan.warnings)
            assert warned == (shot.length_frames > wanted)


@LAW
@given(plans())
def test_nobody_crosses_the_axis_within_a_scene(made: tuple[Script, Plan, Settings]) -> None:
    _, plan, _ = made
    for scene in plan.scenes:
        sides: dict[str, tuple[str, bool]] = {}
        for shot in plan.shots_of(scene.index):
            check_axis(shot, sides)


@LAW
@given(plans())
def test_planned_cuts_do_not_jump(made: tuple[Script, Plan, Settings]) -> None:
    """Two pictures in a row of the same people differ in size or angle, unless the author called for one of them."""
    script, plan, _ = made
    for scene, source in zip(plan.scenes, script.scenes, strict=True):
        directed = any(read_direction(element.text) or element.type == "transition" for element in source.elements)
        if source.shots is not None or directed:
            continue
        for before, after in pairwise(plan.shots_of(scene.index)):
            if "insert" in (before.framing, after.framing) or "title" in (before.coverage, after.coverage):
                continue
            near = [{figure.name for figure in shot.staging.figures if figure.near} for shot in (before, after)]
            same = set(before.characters) == set(after.characters) and near[0] == near[1]
            same = same and before.staging.place == after.staging.place
            assert not same or (before.framing, before.angle) != (after.framing, after.angle)


@LAW
@given(plans())
def test_details_are_rare(made: tuple[Script, Plan, Settings]) -> None:
    script, plan, _ = made
    for scene, source in zip(plan.scenes, script.scenes, strict=True):
        if source.shots is not None or any(read_direction(element.text) for element in source.elements):
            continue
        framings = [shot.framing for shot in plan.shots_of(scene.index)]
        assert all(framings[start : start + 5].count("insert") <= 1 for start in range(len(framings)))


def check_axis(shot: Shot, sides: dict[str, tuple[str, bool]]) -> None:
    for figure in shot.staging.figures:
        assert -1 <= figure.x <= 1
        assert figure.x != 0
        on_left = figure.x < 0
        if figure.facing in ("left", "right"):
            assert (figure.facing == "right") == on_left
        else:
            assert figure.near or shot.coverage == "pov"
        known = sides.setdefault(figure.name, ("side", on_left))
        assert known[1] == on_left
    if shot.framing == "over_shoulder" and len(shot.staging.figures) == 2:
        first, second = shot.staging.figures
        assert first.near != second.near


@LAW
@given(plans())
def test_pictures_stay_within_their_bounds(made: tuple[Script, Plan, Settings]) -> None:
    _, plan, chosen = made
    interval = key_interval_frames(plan.fps)
    for shot in plan.shots:
        if shot.wanted_frames is None and shot.coverage != "explicit":
            low, high = limits_seconds(shot.coverage, chosen.pace)
            assert shot.action_frames >= frame_at(low, plan.fps)
            assert shot.action_frames <= max(frame_at(high, plan.fps), 4 * interval + frame_at(0.5, plan.fps))


@given(st.sampled_from(RATES), st.integers(1, 10_000_000), st.integers(0, 500_000))
def test_a_measured_length_covers_every_sample_wherever_it_starts(fps: Fraction, samples: int, start: int) -> None:
    frames = frames_for_samples(samples, fps)
    assert sample_at(start + frames, fps) - sample_at(start, fps) >= samples
    assert frames_for_samples(samples, fps) - 1 <= samples * fps / 48_000 + 1


@LAW
@given(plans(), st.integers(1, 400_000))
def test_retiming_is_idempotent_and_forgets_earlier_lengths(made: tuple[Script, Plan, Settings], samples: int) -> None:
    _, plan, _ = made
    ids = [line.id for shot in plan.shots for line in shot.lines]
    spoken = {name: samples + 1_000 * number for number, name in enumerate(ids)}
    once = retime(plan, spoken)
    assert retime(once, spoken) == once
    assert retime(retime(plan, dict.fromkeys(ids, 900_000)), spoken) == once
