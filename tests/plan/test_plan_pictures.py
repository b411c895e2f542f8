"""What a picture shows and says: inserts, titles, weather that has ended, places that inherit, both ends of a call, cuts."""

from __future__ import annotations

from itertools import pairwise

import pytest

from cinema.plan.continuity import jumps, without_jumps
from cinema.plan.draft import Draft
from cinema.plan.slugline import read_slugline
from cinema.plan.titles import Title, read_title, title_seconds
from cinema.plan.weather import weather_in
from cinema.plan.wording import listed, name_in_prose, place_in_prose, sentence


def inserts(plan):
    return [shot.staging.focus for shot in plan.shots if shot.framing == "insert"]


@pytest.mark.parametrize(
    ("action", "focus"),
    [
        ("GLASS breaks. Mara kneels.", []),
        ("Mara waits. The ENGINE roars.", []),
        ("Mara waits. GULLS. THUNDER. The WIND howls.", []),
        ("Mara waits.\n\nA telephone RINGS.", ["telephone"]),
        ("Mara waits. A telephone RINGS. Mara lifts the receiver.", ["telephone"]),
        ("Mara waits.\n\nA telephone RINGS next door.", []),
        ("Mara waits.\n\nA tram BELL answers, far off.", []),
        ("Mara finds a PHOTOGRAPH.", ["photograph"]),
        ("Mara finds a PHOTOGRAPH.\n\nShe finds a LETTER.\n\nShe finds a GUN.", ["photograph"]),
    ],
)
def test_only_small_things_at_hand_get_an_insert_and_not_too_often(planned, action, focus):
    assert inserts(planned(f"INT. BAR - DAY\n\n{action}\n\nMARA\nYes.")) == focus


@pytest.mark.parametrize(
    ("direction", "framing", "focus", "people"),
    [
        ("CLOSE ON Mara's hand. It tightens round the LANTERN.", "insert", "hand", ()),
        ("CLOSE ON a photograph of Mara on the wall.", "insert", "photograph", ()),
        ("CLOSE ON MARA'S FACE\n\nShe blinks.", "close", "MARA", ("MARA",)),
        ("EXTREME CLOSE UP - HER EYES\n\nShe blinks.", "extreme_close", "MARA", ("MARA",)),
        ("CLOSE ON MARA, who is waiting.", "close", "MARA", ("MARA",)),
        ("CLOSE ON the bell on the counter.\n\nIt RINGS.", "insert", "bell", ()),
        ("INSERT - THE MATCHBOX\n\nOne match left.", "insert", "match", ()),
    ],
)
def test_close_on_a_thing_is_of_the_thing(planned, direction, framing, focus, people):
    plan = planned(f"INT. BAR - DAY\n\nMARA (60s) waits.\n\nMARA\nYes.\n\n{direction}")
    shot = plan.shots[-1]
    assert (shot.framing, shot.staging.focus, shot.characters) == (framing, focus, people)
    if focus == "hand":
        assert "lantern" in shot.staging.props
    if focus == "bell":
        assert shot.sounds[0].prompt == "the bell rings"


@pytest.mark.parametrize(
    ("text", "weather"),
    [
        ("The rain has stopped.", "cloudy"),
        ("The storm is over. Still water.", "cloudy"),
        ("No wind. Still water.", "clear"),
        ("After the storm, calm sea.", "cloudy"),
        ("Outside, the snow has covered the rails.", "cloudy"),
        ("Snow on the deck.", "cloudy"),
        ("Snow falls past the window.", "snow"),
        ("Rain. THUNDER rolls over the sea.", "storm"),
        ("The rain has stopped. Fog now.", "fog"),
        ("calm sea, gulls", "clear"),
        ("A clear sky.", "clear"),
        ("It no longer matters.", None),
    ],
)
def test_weather_is_what_falls_now(text, weather):
    assert weather_in(text) == weather


def test_weather_is_heard_in_an_ambience_and_a_wind_within_a_storm_is_the_storm(planned):
    plan = planned(
        "EXT. SEA - NIGHT\n\n[[ambience: storm at sea]]\n\nWaves.\n\nINT. TOWER - NIGHT\n\n[[ambience: wind]]\n\nSteps.\n\n"
        "EXT. SEA - DAWN\n\nWaves."
    )
    assert [scene.weather for scene in plan.scenes] == ["storm", "storm", "clear"]


def test_lighthouses_are_seen_and_their_rooms_are_theirs(planned):
    assert read_slugline("EXT. LIGHTHOUSE CLIFF - NIGHT").setting == "lighthouse"
    assert read_slugline("INT. LIGHTHOUSE / LAMP ROOM - NIGHT").setting == "lighthouse"
    assert read_slugline("INT. LIGHTHOUSE STAIRWELL - NIGHT").setting == "stairwell"
    assert read_slugline("EXT. FERRY DECK - NIGHT").setting == "sea"
    room = "INT. LAMP ROOM - NIGHT\n\nA lamp.\n"
    assert [scene.setting for scene in planned(f"EXT. LIGHTHOUSE - DAY\n\nRocks.\n\n{room}").scenes] == ["lighthouse"] * 2
    assert planned(room).scenes[0].setting == "room"
    plan = planned("EXT. FOREST, THE PINES - DAY\n\nTrees.\n\nEXT. THE PINES - DAY\n\nTrees.\n\nEXT. ELSEWHERE - DAY\n\nTrees.")
    assert [scene.setting for scene in plan.scenes] == ["forest", "forest", "street"]
    dark = planned("EXT. LIGHTHOUSE - NIGHT\n\nThe great lamp is dark.\n\nThe sea.\n\nThe wick catches.")
    assert ["unlit lamp" in shot.staging.props for shot in dark.shots] == [True, True, False]


@pytest.mark.parametrize(
    ("rows", "title"),
    [
        (("SUPER: “Asturias, 1936”",), Title(words="Asturias, 1936", over=True)),
        (("TITLE CARD: One year later",), Title(words="One year later")),
        (("SUPERIMPOSE:", '"Monday'), Title(words="Monday", over=True)),
        (("SUPER 8 film of a wedding.",), None),
        (("Title: not shouted",), None),
        (("TITLE: " + "word " * 100,), None),
    ],
)
def test_titles_are_read(rows, title):
    assert read_title(rows) == title


def test_titles_last_as_long_as_reading_takes():
    assert title_seconds("The End", 1.0) == 2.0
    assert title_seconds("word " * 12, 1.0) == pytest.approx(6.0)
    assert title_seconds("word " * 100, 1.0) == 8.0
    assert title_seconds("The End", 2.0) == 1.0


def test_supers_lie_over_pictures_and_cards_stand_alone(planned):
    plan = planned(
        "EXT. VILLAGE - DAY\n\nSUPER: 1936\n\nA street.\n\nSUPER: Monday\n\nTITLE: Part One\n\n> THE END <\n> really <\n"
    )
    assert [(shot.coverage, shot.staging.title) for shot in plan.shots] == [
        ("establishing", "1936"),
        ("master", "Monday"),
        ("title", "Part One"),
        ("title", "THE END\nreally"),
    ]
    assert all(shot.length_frames >= 48 for shot in plan.shots)
    assert 'Words in the picture: "1936".' in plan.shots[0].prompt
    ended = planned("EXT. VILLAGE - DAY\n\nA street.\n\nFADE OUT.\n\n> THE END <\n").shots[-1]
    assert (ended.entrance.kind, ended.fade_out_frames) == ("fade", 24)


def test_the_films_title_lies_over_a_silent_first_picture(planned):
    page = "Title: **The Keeper**\n\nEXT. CLIFF - DAY\n\nRain.\n\n"
    assert planned(f"{page}Gulls fly. TOM (30s) waits.").shots[0].staging.title == "The Keeper"
    assert planned(f"{page}NARRATOR\nOnce.").shots[0].staging.title == ""
    assert planned(f"{page}SUPER: 1936").shots[0].staging.title == "1936"
    assert planned("Title: T\n\nEXT. CLIFF - DAY\n\nCLOSE ON THE LAMP\n\nIt dies.").shots[0].staging.title == ""


def test_both_ends_of_a_call_are_seen_where_they_are(planned):
    plan = planned(
        "INT. KITCHEN - NIGHT\n\nANNA (40) stirs a pot.\n\nANNA\nHello?\n\nINT. HOTEL ROOM - NIGHT\n\nBEN (40) sits on the bed.\n\n"
        "INTERCUT - PHONE CALL\n\nBEN\nIt's me.\n\nANNA\nWhere are you?\n\nBEN\nFar.\n\nAnna sits.\n"
    )
    spoken = [shot for shot in plan.shots_of(1) if shot.lines]
    assert [(shot.characters, shot.staging.place) for shot in spoken] == [
        (("BEN",), "Hotel Room"),
        (("ANNA",), "Kitchen"),
        (("BEN",), "Hotel Room"),
    ]
    assert all("phone" in shot.staging.props for shot in spoken)
    assert "Kitchen" in spoken[1].prompt
    assert plan.shots[-1].staging.place == "Kitchen"
    with_next = planned(
        "INT. KITCHEN - NIGHT\n\nANNA (40) stirs a pot.\n\nINTERCUT WITH:\n\nINT. OFFICE - NIGHT\n\nBEN\nHello?\n\nANNA\nYes?\n"
    )
    assert [shot.staging.place for shot in with_next.shots if shot.lines] == ["Office", "Kitchen"]


def test_who_leaves_is_not_spoken_to(planned):
    talk = "MARA\nOne, two, three.\n\nTOM\nFour, five, six.\n\nKARL\nSeven and eight.\n\n"
    plan = planned(f"INT. BAR - DAY\n\n{talk}Tom and Karl leave.\n\nMARA\nNine, ten, eleven.\n")
    assert plan.shots[-1].characters == ("MARA",)
    assert plan.shots[-1].action == "On Mara."


def test_who_is_in_a_room_is_seen_in_its_wide_shots(planned):
    plan = planned(
        "INT. BAR - DAY\n\nMARA (60s) waits at the very end of the long bar, under the last lamp.\n\nThe door opens.\n"
    )
    assert plan.shots[-1].characters == ("MARA",)


def test_dual_dialogue_is_seen_whole(planned):
    plan = planned("INT. BAR - DAY\n\nMara and Tom wait.\n\nMARA\nI was first.\n\nTOM ^\nNo, me.\n")
    both = next(shot for shot in plan.shots if shot.lines)
    assert both.framing in ("two_shot", "medium_wide")
    assert not any(figure.near for figure in both.staging.figures)


def test_a_shot_list_reads_as_one(planned):
    plan = planned(
        "INT. LIGHTHOUSE STAIRWELL - DAY\n\nMARA\nOne, two, three, four.\n\nTOM\nFive.\n\nMARA\nSix. " + "And so on. " * 60
    )
    actions = {shot.action for shot in plan.shots}
    assert "The lighthouse stairwell." in actions
    assert {"Mara and Tom.", "Tom listens.", "Mara, to Tom."} <= actions
    for action in actions:
        assert action[0].isupper()
        assert action.endswith(".")
        assert "MARA" not in action


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("Lamp Room", "The lamp room."),
        ("Tom's House, Garden", "Tom's house, the garden."),
        ("Luthier's Shop", "The luthier's shop."),
        ("Baker Street", "Baker Street."),
        ("Street", "The street."),
        ("Berlin", "Berlin."),
        ("Old House", "The old house."),
        ("On The Moon", "On the moon."),
        ("厨房", "厨房."),
    ],
)
def test_places_in_prose(place, words):
    assert place_in_prose(place, frozenset({"TOM"})) == words


def test_names_in_prose():
    assert [name_in_prose(name) for name in ("MARA", "OLD JOE", "MRS LIU", "R2D2", "DJ", "Åsa", "小明")] == [
        "Mara",
        "Old Joe",
        "Mrs Liu",
        "R2D2",
        "DJ",
        "Åsa",
        "小明",
    ]
    assert listed(("MARA", "TOM", "ADA")) == "Mara, Tom and Ada"
    assert sentence("the lamp") == "The lamp."
    assert sentence("") == ""


def test_cuts_that_jump_are_reframed():
    close = Draft(coverage="single", framing="close", action="A.", characters=("MARA",), fixed=True)
    planned_ = [Draft(coverage="single", framing="medium", action="B.", characters=("MARA",))] * 3
    made = without_jumps([*planned_, close])
    assert made[-1] == close
    assert not any(jumps(*pair) for pair in pairwise(made))
    over = Draft(coverage="over_shoulder", framing="over_shoulder", action="C.", characters=("MARA", "TOM"), near="TOM")
    assert [draft.framing for draft in without_jumps([over, over, over])] == ["over_shoulder", "medium_close", "over_shoulder"]
    empty = Draft(coverage="establishing", framing="wide", action="D.")
    assert (
        without_jumps([empty, Draft(coverage="master", framing="wide", action="E.", characters=("A", "B", "C"))])[1].framing
        == "full"
    )
