"""What the boards draw, looked at as pixels: small stills, no encoding."""

from dataclasses import replace
from itertools import combinations, pairwise
from typing import get_args, get_type_hints

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cinema.adapters.boards.animate import Animation, Voice
from cinema.adapters.boards.direct import direct, neutral_staging
from cinema.adapters.boards.lens import aim
from cinema.adapters.boards.moves import Offset, ease, layer_motion, offset_at
from cinema.adapters.boards.palette import css, light_for, luma, parse
from cinema.adapters.boards.props import OBJECTS, draw_prop, known
from cinema.adapters.boards.sets import PlateCache
from cinema.plan.staging import (
    Angle,
    CameraMove,
    Emotion,
    Figure,
    Framing,
    Pose,
    Setting,
    Silhouette,
    Staging,
    TimeOfDay,
    Weather,
)

SIZE = (160, 90)
RED = Silhouette(garment="coat", garment_colour="#e02020")
MARA = Figure(name="MARA", silhouette=RED, x=0.0, facing="right")
TOM = Figure(name="TOM", silhouette=Silhouette(build="broad", beard=True, garment_colour="#2050e0"), x=0.45, facing="left")
BASE = Staging(
    setting="field", place="the field", interior=False, time_of_day="day", weather="clear", framing="full", angle="eye",
    camera="static", focus="MARA", figures=(MARA,),
)  # fmt: skip


def draw(staging, *, seconds=1.0, size=SIZE, seed=5, voices=None, cache=None):
    shot = direct(staging, size, 2.0, seed, cache or PlateCache())
    return Animation(shot, voices or {}).draw(seconds)


def type_of(field):
    return get_type_hints(Silhouette)[field]


def apart(first, second):
    """Mean difference of two pictures, 0 ... 255."""
    return float(np.abs(first.astype(int) - second.astype(int)).mean())


@pytest.mark.parametrize(
    ("field", "kind", "least"),
    [("setting", Setting, 4.0), ("framing", Framing, 2.0), ("angle", Angle, 2.0), ("weather", Weather, 0.8), ("time_of_day", TimeOfDay, 3.0)],
)  # fmt: skip
def test_every_word_is_drawn_and_differs_from_its_neighbours(field, kind, least):
    pictures = {}
    for word in get_args(kind):
        staging = replace(
            BASE, interior=True, figures=(MARA, TOM), focus="lamp" if word == "insert" else "MARA", **{field: word}
        )
        pictures[word] = draw(staging)
        assert pictures[word].shape == (90, 160, 3)
        assert pictures[word].std() > 4, f"{word} is an empty picture"
    for first, second in combinations(pictures, 2):
        assert apart(pictures[first], pictures[second]) > least, (first, second)


def test_every_pose_has_its_own_outline():
    pictures = {pose: draw(replace(BASE, figures=(replace(MARA, pose=pose),))) for pose in get_args(Pose)}
    for first, second in combinations(pictures, 2):
        assert apart(pictures[first], pictures[second]) > 0.15, (first, second)


def test_every_emotion_changes_the_face():
    close = replace(BASE, framing="close", figures=(replace(MARA, facing="camera"),))
    faces = {
        emotion: draw(replace(close, figures=(replace(close.figures[0], emotion=emotion),))) for emotion in get_args(Emotion)
    }
    for first, second in combinations(faces, 2):
        assert apart(faces[first], faces[second]) > 0.02, (first, second)


@pytest.mark.parametrize("hair", ["short", "long", "bun", "braid", "curly", "bald", "hood", "hat", "cap"])
@pytest.mark.parametrize("facing", ["left", "camera", "away"])
def test_every_head_is_drawn_inside_the_frame(hair, facing):
    figure = replace(MARA, facing=facing, silhouette=replace(RED, hair=hair, build="tall"))
    for framing in ("full", "medium", "close"):
        shot = direct(replace(BASE, framing=framing, figures=(figure,)), SIZE, 2.0, 5, PlateCache())
        actor = shot.actors[0]
        _, row = actor.to_picture(*actor.bones(0).head)
        assert row - actor.head_px > 0, framing
        assert row + actor.head_px * 0.9 < SIZE[1], framing
    garment = get_args(type_of("garment"))[len(hair) % 7]
    dressed = replace(figure, silhouette=replace(figure.silhouette, garment=garment))
    bare = replace(dressed, silhouette=replace(dressed.silhouette, hair="bald" if hair != "bald" else "curly"))
    assert (
        apart(draw(replace(BASE, framing="close", figures=(dressed,))), draw(replace(BASE, framing="close", figures=(bare,))))
        > 0.3
    )


@pytest.mark.parametrize("angle", get_args(Angle))
@pytest.mark.parametrize("framing", ["extreme_wide", "wide", "full", "medium"])
def test_heads_stay_inside_at_every_angle(framing, angle):
    for setting in ("street", "kitchen"):
        shot = direct(
            replace(BASE, setting=setting, framing=framing, angle=angle, figures=(MARA, TOM)), SIZE, 2.0, 4, PlateCache()
        )
        for actor in shot.actors:
            _, row = actor.to_picture(*actor.bones(0).head)
            assert 0 < row - actor.head_px < SIZE[1], (setting, actor.figure.name)


def test_a_lighthouse_has_an_outside_and_a_lantern_room():
    outside = replace(BASE, setting="lighthouse", time_of_day="night", figures=())
    assert apart(draw(outside), draw(replace(outside, interior=True))) > 8


@pytest.mark.parametrize("size", [(160, 90), (90, 160), (120, 120), (96, 120), (210, 90)])
@pytest.mark.parametrize("framing", ["wide", "full", "medium_wide", "medium", "medium_close", "two_shot"])
def test_heads_stay_inside_every_aspect(size, framing):
    both = replace(BASE, framing=framing, figures=(replace(MARA, x=-0.6), replace(TOM, x=0.9)))
    shot = direct(both, size, 2.0, 3, PlateCache())
    assert shot.actors
    for actor in shot.actors:
        column, row = actor.to_picture(*actor.bones(0).head)
        assert column - actor.head_px * 0.6 > 0, framing
        assert column + actor.head_px * 0.6 < size[0], framing
        assert 0 < row - actor.head_px < size[1], framing


def test_a_figure_wears_its_colours():
    def red(picture):
        pixels = picture.astype(int)
        return int(((pixels[:, :, 2] > pixels[:, :, 1] + 50) & (pixels[:, :, 2] > pixels[:, :, 0] + 50)).sum())

    assert red(draw(BASE)) > 200
    assert red(draw(replace(BASE, figures=(replace(MARA, silhouette=replace(RED, garment_colour="#2050e0")),)))) < 60


def test_screen_direction_mirrors_the_figure():
    closer = replace(BASE, framing="close", place="same", figures=())
    right = direct(replace(closer, figures=(MARA,)), SIZE, 2.0, 5, PlateCache()).actors[0]
    left = direct(replace(closer, figures=(replace(MARA, facing="left"),)), SIZE, 2.0, 5, PlateCache()).actors[0]
    ahead, behind = right.bones(0).head[0] + right.bones(0).radius, left.bones(0).head[0] + left.bones(0).radius
    assert right.to_picture(ahead, -90)[0] > right.column
    assert left.to_picture(behind, -90)[0] < left.column


def test_the_mouth_moves_in_speech_and_rests_in_silence():
    close = replace(BASE, framing="close", figures=(replace(MARA, facing="camera"),))
    shot = direct(close, SIZE, 2.0, 5, PlateCache())
    talking = Animation(shot, {"MARA": (Voice(start_seconds=0, levels=np.tile([0.05, 0.9, 0.5], 8)),)})
    silent = Animation(shot, {})
    actor = shot.actors[0]
    column, row = actor.to_picture(*actor.bones(0).head)
    size = actor.head_px
    mouth = np.s_[int(row + size * 0.35) : int(row + size * 0.95), int(column - size * 0.4) : int(column + size * 0.4)]

    def motion(animation):
        drawings = [animation.draw(step / 12)[mouth] for step in range(12)]
        return sum(apart(first, second) for first, second in pairwise(drawings))

    assert motion(talking) > 1.5 * motion(silent)
    assert {talking.look(actor, step / 12).mouth for step in range(24)} > {"rest"}
    assert {silent.look(actor, step / 12).mouth for step in range(24)} == {"rest"}


def test_eyes_blink():
    shot = direct(replace(BASE, framing="close"), SIZE, 12.0, 5, PlateCache())
    looks = [Animation(shot, {}).look(shot.actors[0], step / 24).eyes for step in range(24 * 12)]
    assert 0 < looks.count("closed") < 60
    assert looks.count("open") > 100


@pytest.mark.parametrize("move", get_args(CameraMove))
def test_every_move_moves_and_only_travel_gives_parallax(move):
    start, end = (draw(replace(BASE, camera=move, figures=()), seconds=seconds) for seconds in (0.0, 2.0))
    assert apart(start, end) > 0.3
    near, far = (layer_motion(offset_at(move, 0.1, 0.2, 5), depth, size_px=SIZE) for depth in (1.0, 8.0))
    travels = move.startswith(("push", "pull", "track", "crane", "hand"))
    assert (np.abs(near - far).max() > 0.02) == travels


def test_moves_start_and_end_slowly():
    assert ease(0) == 0
    assert ease(1) == 1
    assert ease(0.1) < 0.1
    assert ease(0.9) > 0.9


@given(st.floats(0, 1), st.floats(0, 1))
def test_easing_never_goes_back(first, second):
    low, high = sorted((first, second))
    assert ease(low) <= ease(high)


def test_the_same_request_gives_the_same_picture_whatever_was_drawn_before():
    cache = PlateCache()
    draw(replace(BASE, setting="street"), cache=cache)
    warm = draw(BASE, cache=cache)
    assert np.array_equal(draw(BASE, cache=cache), warm)
    assert np.array_equal(draw(BASE), warm)
    assert apart(draw(BASE, seed=6), warm) > 0.3


def test_a_place_keeps_its_look_and_another_has_its_own():
    empty = replace(BASE, setting="room", figures=(), framing="wide")
    assert apart(draw(replace(empty, place="hers")), draw(replace(empty, place="his"))) > 3


def test_the_cache_forgets_the_oldest():
    cache = PlateCache(limit_bytes=200_000)
    for place in "abcdef":
        draw(replace(BASE, place=place), cache=cache)
        assert cache.bytes <= 400_000
    cache.clear()
    assert cache.bytes == 0


def test_walkers_cross_a_wide_frame_and_the_place_slides_by_in_a_tight_one():
    walker = replace(MARA, pose="walk")
    wide = replace(BASE, framing="wide", figures=(walker,))
    assert apart(draw(wide, seconds=0.0), draw(wide, seconds=2.0)) > 0.5
    tight = replace(BASE, setting="street", framing="medium", figures=(walker,))
    still = replace(tight, figures=(MARA,))
    assert apart(draw(tight, seconds=0.0), draw(tight, seconds=2.0)) > apart(draw(still, seconds=0.0), draw(still, seconds=2.0))


def test_lightning_brightens_a_storm():
    storm = direct(replace(BASE, weather="storm"), SIZE, 6.0, 5, PlateCache())
    levels = [float(Animation(storm, {}).draw(step / 12).mean()) for step in range(40)]
    assert max(levels) > 1.25 * float(np.median(levels))


def test_over_the_shoulder_has_a_dark_figure_near():
    plain = replace(BASE, framing="medium_close")
    over = replace(BASE, framing="over_shoulder", figures=(replace(MARA, x=-0.2), replace(TOM, near=True, x=0.8)))
    shot = direct(over, SIZE, 2.0, 5, PlateCache())
    assert shot.near is not None
    assert shot.near.head_px > 1.2 * shot.actors[0].head_px
    right = np.s_[:, SIZE[0] * 2 // 3 :]
    assert draw(over)[right].mean() < draw(plain)[right].mean() - 10
    unnamed = replace(over, figures=(MARA, TOM))
    assert direct(unnamed, SIZE, 2.0, 5, PlateCache()).near is not None


@pytest.mark.parametrize("name", [*OBJECTS, "the brass LAMPS.", "a violin case"])
def test_every_object_can_be_drawn(name):
    assert draw_prop(name, parse).startswith("<")
    assert known("the brass LAMPS.") == "lamp"
    assert known("gyroscope") == ""


def test_an_insert_shows_its_object_and_a_persons_insert_a_face():
    lamp, key = (draw(replace(BASE, framing="insert", focus=focus, figures=())) for focus in ("lamp", "key"))
    assert apart(lamp, key) > 3
    face = direct(replace(BASE, framing="insert", focus="MARA"), SIZE, 2.0, 5, PlateCache())
    assert face.actors
    assert not face.item


def test_a_lamp_in_the_hand_is_drawn():
    holding = replace(BASE, figures=(replace(MARA, pose="hold"),))
    assert apart(draw(replace(holding, props=("lamp",))), draw(holding)) > 0.05


def test_a_plain_prompt_is_staged_modestly():
    assert neutral_staging("a beach at night, waves").setting == "beach"
    assert neutral_staging("a beach at night, waves").time_of_day == "night"
    assert neutral_staging("somebody inside").setting == "room"
    assert neutral_staging("nothing much").setting == "field"
    assert draw(neutral_staging("a beach")).std() > 4


@given(st.text(max_size=9))
@settings(max_examples=60)
def test_any_text_is_some_colour(text):
    assert css(parse(text)).startswith("#")


def test_night_is_darker_than_day_and_fog_hides_more():
    day, night = (light_for(hour, "clear", interior=False, side=1) for hour in ("day", "night"))
    assert luma(night.outdoor) < 0.6 * luma(day.outdoor)
    assert light_for("day", "fog", interior=False, side=1).haze_per_metre > 4 * day.haze_per_metre


@pytest.mark.parametrize("angle", get_args(Angle))
def test_a_low_camera_is_low_and_a_high_one_high(angle):
    lens = aim("medium", angle, size_px=SIZE, head_m=1.75, x_m=0, tallest_view_m=None)
    eye = aim("medium", "eye", size_px=SIZE, head_m=1.75, x_m=0, tallest_view_m=None)
    assert (lens.y_m > eye.y_m) == (angle in ("high", "overhead"))
    assert (lens.y_m < eye.y_m) == (angle in ("low", "dutch"))


def test_no_offset_is_no_motion():
    assert np.allclose(layer_motion(Offset(), 3.0, size_px=SIZE), np.eye(3))
