"""Objects, hands, seats, boats, the lighthouse, animals and titles, looked at as pixels and as geometry."""

from dataclasses import replace
from itertools import pairwise
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cinema.adapters.boards import places, titles
from cinema.adapters.boards.animate import Animation, Voice
from cinema.adapters.boards.creatures import BEASTS
from cinema.adapters.boards.direct import direct
from cinema.adapters.boards.paper import Plate, trimmed, warp_onto
from cinema.adapters.boards.sets import PlateCache
from cinema.adapters.boards.water import bob
from cinema.plan.staging import Figure, Framing, Silhouette, Staging

SIZE = (160, 90)
MARA = Figure(name="MARA", silhouette=Silhouette(garment="coat", garment_colour="#e02020"), facing="right")
TOM = Figure(name="TOM", silhouette=Silhouette(garment_colour="#2050e0"), x=0.4, facing="left")
BASE = Staging(
    setting="room", place="a place", interior=True, time_of_day="day", weather="clear", framing="full", angle="eye",
    camera="static", focus="MARA", figures=(MARA,),
)  # fmt: skip
SEA = replace(BASE, setting="sea", place="Sea", interior=False)
INSERT = replace(BASE, framing="insert", figures=(), focus="gyroscope")


def shot_of(staging, size=SIZE):
    return direct(staging, size, 2.0, 5, PlateCache())


def draw(staging, *, seconds=1.0, size=SIZE):
    return Animation(shot_of(staging, size), {}).draw(seconds)


def apart(first, second):
    return float(np.abs(first.astype(int) - second.astype(int)).mean())


# ---- inserts ---------------------------------------------------------------------------------------------------------


def test_an_object_that_nobody_drew_becomes_a_detail_of_the_place_with_a_hand():
    detail = draw(INSERT)
    assert np.array_equal(detail, draw(replace(INSERT, focus="theodolite")))
    assert apart(detail, draw(replace(INSERT, focus="parcel"))) > 3
    assert apart(detail, draw(replace(INSERT, setting="forest", interior=False))) > 5
    assert apart(detail, draw(replace(INSERT, figures=(MARA,)))) > 0.2, "the sleeve is the figure's"


def test_a_prop_that_can_be_drawn_stands_in_for_a_focus_that_cannot():
    assert shot_of(replace(INSERT, props=("ring",))).item == "ring"
    assert shot_of(replace(INSERT, focus="case", place="Luthier's Shop")).item == "violin case"
    assert shot_of(replace(INSERT, focus="case")).item == "case"


def test_a_hand_grips_what_the_props_name():
    hand = replace(INSERT, focus="hand", figures=(MARA,))
    assert apart(draw(hand), draw(replace(hand, props=("key",)))) > 0.2
    assert np.array_equal(draw(hand), draw(replace(hand, props=("door",)))), "nobody holds a door in the hand"


@pytest.mark.parametrize(("prop", "held"), [("telephone", "receiver"), ("door", ""), ("lantern", "lantern"), ("bell", "")])
def test_what_a_figure_holds(prop, held):
    assert shot_of(replace(BASE, figures=(replace(MARA, pose="hold"),), props=(prop,))).actors[0].held == held


# ---- seats and boats -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "place", "props", "seat"),
    [
        ("cliff", "Cliff", (), "ground"), ("room", "Room", (), "chair"), ("garden", "Garden", ("bench",), "bench"),
        ("field", "Field", ("old chair",), "chair"), ("church", "Church", (), "bench"), ("sea", "Sea", (), "thwart"),
        ("sea", "Ferry Deck", (), "ground"), ("sea", "Ferry Deck", ("bench",), "bench"), ("stairwell", "Stairs", (), "ground"),
    ],
)  # fmt: skip
def test_what_people_sit_on(setting, place, props, seat):
    assert places.seat(replace(BASE, setting=setting, place=place, props=props, interior=False)) == seat


def test_who_sits_on_the_ground_sits_lower_and_nearer_to_it():
    sitting = replace(BASE, figures=(replace(MARA, pose="sit"),))
    chair, ground = (shot_of(replace(sitting, setting=setting)).actors[0] for setting in ("kitchen", "cave"))
    assert ground.stance == "sit_ground"
    assert -ground.bones(0).at["hip"][1] < 0.5 * -chair.bones(0).at["hip"][1]
    assert all(y <= 0.5 for _, y in ground.bones(0).at.values()), "nothing is below the ground"


@pytest.mark.parametrize("facing", ["right", "camera", "away"])
def test_a_seat_is_drawn_below_who_sits(facing):
    sitting = replace(BASE, setting="room", figures=(replace(MARA, pose="sit", facing=facing),))
    chair, bench = (draw(replace(sitting, props=(prop,))) for prop in ("chair", "bench"))
    assert apart(chair, bench) > 0.1
    assert apart(chair[:40], bench[:40]) < apart(chair[45:], bench[45:])


def test_a_luthiers_shop_is_hung_with_violins():
    shop = replace(BASE, setting="shop", figures=(), framing="wide")
    assert apart(draw(replace(shop, place="Luthier's Shop")), draw(replace(shop, place="Grocer's Shop"))) > 4


@pytest.mark.parametrize(("item", "row"), [("door", 5), ("stairs", 5), ("boat", 60)])
def test_what_is_built_in_has_a_wall_and_what_floats_has_water(item, row):
    framed, on_table = draw(replace(INSERT, focus=item)), draw(replace(INSERT, focus="cup"))
    assert apart(framed[row : row + 20, :30], on_table[row : row + 20, :30]) > 8


def test_a_lantern_room_can_be_dark():
    room = replace(BASE, setting="lighthouse", time_of_day="night", framing="wide", figures=())
    assert draw(room).mean() > draw(replace(room, props=("unlit lamp",))).mean() + 1


def test_people_on_open_water_are_in_a_boat():
    climbing = shot_of(replace(SEA, figures=(replace(MARA, pose="climb"),)))
    assert all(climbing.backdrop.boat)
    assert climbing.actors[0].figure.pose == "sit"
    assert shot_of(replace(SEA, figures=())).backdrop.boat == (None, None)
    for place in ("Ferry Deck", "Harbour"):
        assert shot_of(replace(SEA, place=place)).backdrop.boat == (None, None), place
    river = replace(SEA, setting="river", place="River")
    assert shot_of(river).backdrop.boat == (None, None)
    assert all(shot_of(replace(river, props=("boat",))).backdrop.boat)
    assert apart(draw(replace(SEA, place="Ferry Deck")), draw(replace(SEA, place="Harbour"))) > 5


def test_a_boat_rides_and_more_in_a_storm():
    heaves = {weather: [bob(step / 12, weather)[0] for step in range(120)] for weather in ("clear", "storm")}
    assert 0 < max(heaves["clear"]) < max(heaves["storm"]) < 0.2
    riding = Animation(shot_of(SEA), {})
    ashore = Animation(shot_of(replace(SEA, place="Harbour")), {})
    assert apart(riding.draw(0.0), riding.draw(1.0)) > 2 * apart(ashore.draw(0.0), ashore.draw(1.0))


# ---- nights and the lighthouse ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("setting", ["cliff", "lighthouse", "sea", "street", "field", "village", "forest"])
@pytest.mark.parametrize("weather", ["clear", "storm", "rain"])
def test_a_night_can_be_read(setting, weather):
    picture = draw(replace(SEA, setting=setting, time_of_day="night", weather=weather, framing="extreme_wide", figures=()))
    bright, dark = np.percentile(picture.max(axis=2), [95, 5])
    assert bright > 85
    assert bright - dark > 35


@pytest.mark.parametrize("framing", ["extreme_wide", "wide"])
@pytest.mark.parametrize("size", [(160, 90), (90, 160), (210, 90)])
def test_the_lighthouse_leads_wide_frames_and_burns_unless_told(framing, size):
    night = replace(
        SEA, setting="lighthouse", place="Lighthouse", time_of_day="night", weather="storm", framing=framing, figures=()
    )
    lit, unlit = draw(night, size=size), draw(replace(night, props=("dark lamp",)), size=size)
    warm = lit[:, :, 2].astype(int) - lit[:, :, 0]
    rows, _ = np.nonzero(warm > 25)
    assert len(rows) > 12, "its lamp is seen"
    assert rows.min() > 0, "and is inside the frame"
    dark = unlit[:, :, 2].astype(int) - unlit[:, :, 0]
    assert (warm > 25).sum() > 2 * (dark > 25).sum()


def test_a_cliff_named_for_its_lighthouse_bears_it():
    cliff = replace(SEA, setting="cliff", place="Cliff", time_of_day="night", framing="wide", figures=())
    named = draw(replace(cliff, place="Lighthouse Cliff"))
    assert int(((named[:, :, 2].astype(int) - named[:, :, 0]) > 25).sum()) > 20
    plain = draw(cliff)
    assert int(((plain[:, :, 2].astype(int) - plain[:, :, 0]) > 25).sum()) < 5


# ---- animals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("creature", list(BEASTS))
@pytest.mark.parametrize("facing", ["left", "right", "camera", "away"])
def test_an_animal_is_drawn_in_every_framing_its_head_inside(creature, facing):
    beast = Figure(name="REX", silhouette=Silhouette(creature=creature, hair_colour="#c02020"), facing=facing)
    for framing in get_args(Framing):
        staging = replace(BASE, framing=framing, focus="REX", figures=(beast,), setting="field", interior=False)
        shot = shot_of(staging)
        column, row = shot.actors[0].to_picture(*shot.actors[0].bones(0).head)
        assert 0 < column < SIZE[0], framing
        assert 0 < row < SIZE[1], framing
        picture = Animation(shot, {}).draw(1.0).astype(int)
        red = (picture[:, :, 2] > picture[:, :, 1] + 40) & (picture[:, :, 2] > picture[:, :, 0] + 40)
        assert red.sum() > (3 if framing == "extreme_wide" else 30), framing


def test_an_animal_speaks_wags_and_has_its_own_shape():
    pictures = {}
    for creature in BEASTS:
        beast = Figure(name="REX", silhouette=Silhouette(creature=creature), facing="right")
        close = replace(BASE, framing="close", focus="REX", figures=(beast,))
        loud = Animation(shot_of(close), {"REX": (Voice(start_seconds=0, levels=np.full(24, 0.9)),)})
        assert apart(loud.draw(1.0), Animation(shot_of(close), {}).draw(1.0)) > 0.1, creature
        actor = shot_of(replace(close, framing="full")).actors[0]
        assert {actor.phase_at(step / 4) for step in range(8)} > {0}
        pictures[creature] = draw(replace(close, framing="full"))
        for pose in ("lie", "walk", *(("sit",) if creature != "horse" else ())):
            outdoors = replace(close, framing="full", setting="field", interior=False)
            assert apart(draw(outdoors), draw(replace(outdoors, figures=(replace(beast, pose=pose),)))) > 0.1, (creature, pose)
    for first, second in pairwise(pictures.values()):
        assert apart(first, second) > 1


# ---- titles ----------------------------------------------------------------------------------------------------------

CARD = replace(BASE, setting="field", interior=False, framing="wide", figures=(), focus="title", title="THE END")


@pytest.mark.parametrize("size", [(160, 90), (90, 160), (120, 120), (96, 120), (210, 90)])
@pytest.mark.parametrize(
    "text", ["THE END", "one\ntwo\nthree\nfour", "A long time ago, in a town that nobody could find again"]
)
def test_a_card_is_dim_and_its_words_lie_inside_safe_margins(size, text):
    picture = draw(replace(CARD, title=text), size=size, seconds=2.0)
    rows, columns = np.nonzero(picture.min(axis=2) > 120)
    assert len(rows) > 10
    assert columns.min() > 0.05 * size[0]
    assert columns.max() < 0.95 * size[0]
    assert rows.min() > 0.05 * size[1]
    assert rows.max() < 0.95 * size[1]
    assert np.percentile(picture, 60) < 60


def test_a_title_over_an_empty_place_leaves_the_place_to_be_seen():
    opening = replace(CARD, focus="", title="THE KEEPER")
    plain, named = draw(replace(opening, title=""), size=(480, 270)), draw(opening, size=(480, 270), seconds=2.0)
    assert 0.5 * plain[:60].mean() < named[:60].mean() < 0.9 * plain[:60].mean()
    assert named[:60].std() > 0.5 * plain[:60].std()
    assert (named[100:170].min(axis=2) > 200).sum() > 100


def test_a_super_leaves_the_people_to_be_seen_and_stands_low():
    people = replace(CARD, focus="", figures=(MARA, TOM), framing="full")
    plain, named = draw(replace(people, title=""), size=(480, 270)), draw(people, size=(480, 270))
    assert np.array_equal(plain[:120], named[:120])
    brighter = named[180:].min(axis=2).astype(int) - plain[180:].min(axis=2)
    assert (brighter > 60).sum() > 20


def test_words_fade_in():
    early, late = draw(CARD, seconds=0.1), draw(CARD, seconds=1.0)
    assert early.max() < late.max() - 60


@given(st.text(max_size=60))
@settings(max_examples=80, deadline=None)
def test_only_letters_that_the_typeface_has_are_set(text):
    kept = titles.drawable(text)
    _, widths = titles._font()
    assert all(letter == "\n" or ord(letter) in widths for letter in kept)
    assert len(kept.splitlines()) <= titles.LINES
    assert titles.drawable(kept) == kept


def test_a_title_that_cannot_be_drawn_is_left_out_without_boxes():
    assert titles.drawable("日本 Größe & <x>") == "Größe & <x>"
    assert np.array_equal(draw(replace(CARD, title="日本語")), draw(replace(CARD, title="")))


# ---- what saves time changes no picture ------------------------------------------------------------------------------


def test_a_static_camera_holds_still_behind_people_and_creeps_where_nobody_is():
    shot = shot_of(BASE)
    assert shot.locked
    animation = Animation(shot, {})
    assert np.array_equal(animation.draw(0.0)[:12], animation.draw(1.5)[:12])
    assert apart(animation.draw(0.0), animation.draw(1.5)) > 0, "who stands there breathes"
    assert not shot_of(replace(BASE, figures=())).locked
    assert not shot_of(replace(BASE, framing="medium", figures=(replace(MARA, pose="walk"),))).locked


@given(st.integers(0, 19), st.integers(0, 19), st.integers(1, 12), st.floats(-2, 2), st.floats(0.9, 1.1))
@settings(max_examples=60, deadline=None)
def test_a_trimmed_plate_draws_as_the_whole_one(left, top, size, shift, scale):
    pixels = np.zeros((32, 32, 4), np.uint8)
    pixels[:, :, 3] = 255
    pixels[top : top + size, left : left + size] = (40, 90, 200, 0)
    whole = Plate(pixels=pixels, x_px=3.0, y_px=4.0, scale=1.0)
    motion = np.array([[scale, 0, shift], [0, scale, -shift], [0, 0, 1]], np.float32)
    first, second = np.full((48, 48, 3), 128, np.uint8), np.full((48, 48, 3), 128, np.uint8)
    warp_onto(first, whole, motion)
    warp_onto(second, trimmed(whole), motion)
    assert np.abs(first.astype(int) - second.astype(int)).max() <= 14
