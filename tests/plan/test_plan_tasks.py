"""Tasks: slots, requests, seeds; and that a change re-keys only what depends on it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinema.adapters.kit.windows import plan_windows, working_frames, working_rate
from cinema.catalog import Grid, Licence, Manifest
from cinema.errors import InputError
from cinema.plan import film_tasks, retime, speech_tasks
from cinema.plan.task import MusicRequest, SoundRequest, SpeechRequest, VideoRequest
from cinema.plan.windows import check_length
from cinema.timebase import sample_at


def keys(plan):
    return {task.key for task in plan.tasks}


def requests(plan, kind):
    return [task.request for task in plan.tasks if isinstance(task.request, kind)]


def test_every_line_gets_a_speech_task(planned, models, story):
    plan = speech_tasks(planned(story), models)
    lines = [line for shot in plan.shots for line in shot.lines]
    assert set(plan.uses) == {f"line:{line.id}" for line in lines}
    by_key = {task.key: task for task in plan.tasks}
    for line in lines:
        task = by_key[plan.uses[f"line:{line.id}"]]
        assert isinstance(task.request, SpeechRequest)
        assert task.request.text == line.text
        assert task.revision == "7"
    assert requests(plan, SpeechRequest)[0].emotion == "tired"


def test_every_slot_of_a_film_is_filled(filmed, story):
    plan = filmed(story)
    slots = {f"shot:{shot.id}" for shot in plan.shots}
    slots |= {f"line:{line.id}" for shot in plan.shots for line in shot.lines}
    slots |= {f"sound:{cue.id}" for shot in plan.shots for cue in shot.sounds}
    slots |= {f"music:{scene.index}" for scene in plan.scenes} | {f"ambience:{scene.index}" for scene in plan.scenes}
    assert set(plan.uses) == slots
    assert set(plan.uses.values()) == keys(plan)
    assert len(keys(plan)) == len(plan.tasks)


def test_inputs_come_before_the_tasks_that_need_them(filmed, story):
    plan = filmed(story)
    done = set()
    for task in plan.tasks:
        assert done.issuperset(task.inputs)
        done.add(task.key)


def test_a_clip_has_its_handle_and_hears_who_speaks_on_screen(filmed, story):
    plan = filmed(story)
    by_key = {task.key: task for task in plan.tasks}
    heard = 0
    for shot in plan.shots:
        task = by_key[plan.uses[f"shot:{shot.id}"]]
        request = task.request
        assert isinstance(request, VideoRequest)
        assert request.length_frames == shot.length_frames + shot.tail_frames
        assert request.staging == shot.staging
        assert (request.steps, request.guidance) == (4, 2.5)
        for speaking in request.speaking:
            line = next(line for line in shot.lines if line.offset_frames == speaking.start_frame)
            assert task.inputs[speaking.input] == plan.uses[f"line:{line.id}"]
            assert speaking.length_frames == line.length_frames
            heard += 1
    assert heard == sum(line.delivery == "on_screen" for shot in plan.shots for line in shot.lines)


def test_only_models_that_want_staging_or_speech_get_it(planned, models, story):
    plain = models["video"].model_copy(update={"wants": (), "grid": Grid(frame_step=8, frame_offset=1)})
    plan = film_tasks(planned(story), {**models, "video": plain})
    for task in plan.tasks:
        if isinstance(task.request, VideoRequest):
            assert task.request.staging is None
            assert task.request.speaking == ()
            assert task.inputs == ()
            shot = next(shot for shot in plan.shots if plan.uses[f"shot:{shot.id}"] == task.key)
            assert task.request.length_frames == shot.length_frames + shot.tail_frames  # the grid is the adapter's affair


def test_a_shot_too_long_for_the_model_is_refused_by_name(planned, models, story):
    short = models["video"].model_copy(update={"grid": Grid(max_frames=30)})
    with pytest.raises(InputError, match=r"Shot 1-1 needs \d+ frames, but boards makes at most 30"):
        film_tasks(planned(story), {"video": short})


def test_a_window_counts_frames_at_the_models_own_rate(planned, models):
    """48 frames of a film at 24 are 33 at 16 (the last one falls between the 32nd and the 33rd), and 95 at 48."""
    for rates, most, fits in (
        ((16,), 33, True),
        ((16,), 31, False),
        ((48,), 95, True),
        ((48,), 94, False),
        ((24, 30), 48, True),
    ):
        window = models["video"].model_copy(update={"grid": Grid(fps=[Fraction(rate) for rate in rates], max_frames=most)})
        if fits:
            check_length("1-1", 48, Fraction(24), window)
        else:
            with pytest.raises(InputError, match=r"Shot 1-1 needs 48 frames, but boards makes at most \d+ of its own"):
                check_length("1-1", 48, Fraction(24), window)


def test_a_model_that_goes_on_from_a_picture_makes_a_shot_of_any_length(planned, models, story):
    short = models["video"].model_copy(update={"grid": Grid(max_frames=30, overlap_frames=5)})
    plan = film_tasks(planned(story), {"video": short})
    assert max(task.request.length_frames for task in plan.tasks) > 30


@given(
    frames=st.integers(1, 400),
    fps=st.sampled_from(["24", "24000/1001", "25", "30", "60"]),
    rates=st.lists(st.sampled_from(["15", "16", "24", "30", "50"]), max_size=3, unique=True),
    step=st.integers(1, 8),
    offset=st.integers(0, 5),
    most=st.integers(6, 200),
    overlap=st.integers(0, 210),
)
def test_the_plan_refuses_what_the_adapters_would(frames, fps, rates, step, offset, most, overlap):
    grid = Grid(
        frame_step=step, frame_offset=offset, max_frames=most, overlap_frames=overlap, fps=[Fraction(rate) for rate in rates]
    )
    licence = Licence(name="test", commercial=True)
    model = Manifest(id="m", name="m", roles=("video",), family="testing", licence=licence, grid=grid)

    def refused(check):
        try:
            check()
        except InputError:
            return True
        return False

    rate = working_rate(Fraction(fps), grid)
    by_adapter = refused(lambda: plan_windows(working_frames(frames, Fraction(fps), rate), grid))
    assert refused(lambda: check_length("1-1", frames, Fraction(fps), model)) == by_adapter


def test_roles_without_a_model_have_no_tasks(planned, models, story):
    plan = film_tasks(planned(story), {"music": models["music"]})
    assert {slot.partition(":")[0] for slot in plan.uses} == {"music"}
    assert speech_tasks(planned(story), {}).tasks == ()


def test_music_is_as_long_as_its_scene_and_ambience_loops(filmed, story):
    plan = filmed(story)
    by_key = {task.key: task.request for task in plan.tasks}
    for scene in plan.scenes:
        frames = sum(shot.length_frames for shot in plan.shots_of(scene.index))
        music = by_key[plan.uses[f"music:{scene.index}"]]
        assert isinstance(music, MusicRequest)
        assert music.length_samples == sample_at(frames, plan.fps)
        ambience = by_key[plan.uses[f"ambience:{scene.index}"]]
        assert isinstance(ambience, SoundRequest)
        assert ambience.loop
        assert ambience.length_samples == 960_000  # 20 s, of a model that makes at most 10 at a time
    effects = [request for request in requests(plan, SoundRequest) if not request.loop]
    assert {"thunder rolls", "the door slams", "whoosh"} == {request.prompt for request in effects}


def test_no_music_where_the_settings_or_the_author_want_none(filmed, story):
    assert not requests(filmed(story, music=False), MusicRequest)
    silent = story.replace("Gulls circle.", "[[music: none]]\n\nGulls circle.")
    assert len(requests(filmed(silent), MusicRequest)) == 2


def test_one_wrong_word_in_a_line_changes_its_speech_its_clip_and_its_scenes_music(filmed, story):
    before, after = filmed(story), filmed(story.replace("So did I.", "So did we."))
    gone = [task for task in before.tasks if task.key not in keys(after)]
    new = [task for task in after.tasks if task.key not in keys(before)]
    assert sorted(task.role for task in gone) == sorted(task.role for task in new) == ["music", "speech", "video"]
    assert next(task for task in new if task.role == "speech").request.text == "So did we."


def test_a_word_of_the_same_length_leaves_the_music_alone(filmed, story):
    before, after = filmed(story), filmed(story.replace("So did I.", "So bid I."))
    assert sorted(task.role for task in after.tasks if task.key not in keys(before)) == ["speech", "video"]


def test_a_wrong_word_in_an_action_changes_its_clip_only(filmed, story):
    before, after = filmed(story), filmed(story.replace("Gulls circle.", "Crows circle."))
    assert [task.role for task in after.tasks if task.key not in keys(before)] == ["video"]
    assert len(keys(before) - keys(after)) == 1


@pytest.mark.parametrize("place", ["INT. LIGHTHOUSE / LAMP", "EXT. CLIFF"])
def test_an_inserted_scene_rekeys_nothing_else(filmed, story, place):
    extra = "INT. ENGINE ROOM - DAY\n\nPistons turn.\n\nTOM\nNo.\n\nMARA\nNo.\n\nTOM\nNo.\n\n"
    before = filmed(story)
    after = filmed(story.replace(place, extra + place, 1))
    lost = keys(before) - keys(after)
    if place.startswith("EXT"):
        assert not lost
    else:  # CONTINUOUS takes hour and weather from the scene before it, so pictures may depend on the insertion
        assert not {task.key for task in before.tasks if task.role == "speech"} & lost


def test_a_line_said_twice_is_spoken_twice(filmed):
    plan = filmed("INT. BAR - DAY\n\nTOM\nNo.\n\nMARA\nYes.\n\nTOM\nNo.\n")
    no = [task for task in plan.tasks if task.role == "speech" and task.request.text == "No."]
    assert len({task.seed for task in no}) == 2


def test_the_films_seed_changes_every_seed(filmed, story):
    one, two = filmed(story, seed=1), filmed(story, seed=2)
    assert not {task.seed for task in one.tasks} & {task.seed for task in two.tasks}


def test_nothing_of_a_request_says_where_it_stands(filmed, story):
    """The same scene twice in a film makes the same tasks."""
    scene = "INT. ENGINE ROOM - DAY\n\nPistons turn.\n\nTOM\nNo.\n"
    plan = filmed(f"{scene}\nEXT. CLIFF - DAY\n\nGulls.\n\n{scene}")
    first = [plan.uses[f"shot:{shot.id}"] for shot in plan.shots_of(0)]
    assert first == [plan.uses[f"shot:{shot.id}"] for shot in plan.shots_of(2)]


def test_measured_speech_moves_only_lengths(planned, models, story):
    plan = speech_tasks(planned(story), models)
    longer = retime(plan, {line.id: 500_000 for shot in plan.shots for line in shot.lines})
    assert speech_tasks(longer, models).uses == plan.uses
    assert longer.length_frames > plan.length_frames
    assert [replace(shot, lines=(), start_frame=0, length_frames=1) for shot in longer.shots] == [
        replace(shot, lines=(), start_frame=0, length_frames=1) for shot in plan.shots
    ]
