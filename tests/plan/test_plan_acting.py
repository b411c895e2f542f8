"""Who does what: poses by the subject of a clause, things in hands, posture that lasts, animals."""

from __future__ import annotations

import pytest

from cinema.plan.acting import acts_in
from cinema.plan.casting import cast_script
from cinema.plan.things import head_of, heard_thing, lamp_goes, objects_in, vessel_in
from cinema.plan.traits import coat_colour_of, creature_named, creature_of
from cinema.script import read_text

SCENE = "INT. BAR - DAY\n\n{}\n\nMARA\nYes.\n\nTOM\nNo.\n\nOLD JOE\nWho?\n"


def acts(action, *people):
    cast = cast_script(read_text(SCENE.format(action), "fountain"), "en")
    return acts_in(action, cast, people or ("MARA", "TOM"))


def poses(action, *people):
    return {name: act.pose for name, act in acts(action, *people).items() if act.pose}


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("A small boat climbs a wave. TOM grips the tiller.", {"TOM": "sit"}),
        ("Mara sits. The lamp falls.", {"MARA": "sit"}),
        ("Tom drops down beside her, soaked.", {"TOM": "sit"}),
        ("Mara falls to her knees.", {"MARA": "kneel"}),
        ("MARA, sixty, oilskin, climbs the stairs.", {"MARA": "climb"}),
        ("Mara and Tom sit at a table.", {"MARA": "sit", "TOM": "sit"}),
        ("Mara stands and Tom sits.", {"MARA": "stand", "TOM": "sit"}),
        ("Behind her, Tom kneels.", {"TOM": "kneel"}),
        ("Mara waits as the door falls and the wind runs in.", {}),
        ("Children run up the hill. Old Joe follows.", {"OLD JOE": "walk"}),
        ("The steps creak. Climbs on.", {}),
        ("Mara waits. Slowly climbs the stairs.", {"MARA": "climb"}),
        ("She does not sit. She tries to run.", {}),
        ("Tom begins to run.", {"TOM": "run"}),
        ("Mara's dog runs.", {}),
        ("He lifts the lamp. She kneels.", {"TOM": "hold", "MARA": "kneel"}),
        ("They dance.", {"MARA": "dance", "TOM": "dance"}),
        ("Tom embraces Mara.", {"MARA": "embrace", "TOM": "embrace"}),
        ("Tom (who runs a shop) sits.", {"TOM": "sit"}),
        ("Mara gets to her feet.", {"MARA": "stand"}),
        ("It is late.", {}),
    ],
)
def test_a_verb_belongs_to_the_subject_of_its_clause(action, expected):
    people = ("OLD JOE", "MARA", "TOM") if "Joe" in action else ("MARA", "TOM")
    assert poses(action, *people) == expected


@pytest.mark.parametrize(
    ("action", "takes", "leaves"),
    [
        ("Mara lifts the receiver.", ("phone",), ()),
        ("Mara blows out the lantern.", ("lantern",), ()),
        ("Mara climbs with a lantern.", ("lantern",), ()),
        ("Mara enters, lamp in hand.", ("lamp",), ()),
        ("Mara walks away, the violin under her chin.", ("violin",), ()),
        ("Mara puts a violin case on the counter.", (), ("case",)),
        ("Mara reads the letter. She puts down the letter and takes a gun.", ("gun",), ("letter",)),
        ("Mara hangs up.", (), ("phone", "telephone")),
        ("Mara holds her breath.", (), ()),
    ],
)
def test_hands_take_and_leave(action, takes, leaves):
    act = acts(action)["MARA"]
    assert (act.takes, act.leaves) == (takes, leaves)


def test_feelings_belong_to_whoever_has_them():
    found = acts("Mara smiles. The dog trembles. Tom frowns.")
    assert (found["MARA"].feeling, found["TOM"].feeling) == ("happy", "tense")


def test_what_is_held_stays_in_hand_until_it_is_put_down(planned):
    plan = planned(
        "INT. BAR - DAY\n\nMARA (60s) enters with a lantern.\n\nMARA\nIs anybody here?\n\nShe looks round.\n\n"
        "She puts the lantern down.\n\nMARA\nNobody.\n\nINT. BAR - NIGHT\n\nMARA\nStill nobody."
    )
    first = [shot for shot in plan.shots_of(0) if shot.characters]
    assert all("lantern" in shot.staging.props for shot in first[:-1])
    assert [figure.pose for shot in first[1:3] for figure in shot.staging.figures] == ["hold", "hold"]
    assert "lantern" not in first[-1].staging.props
    assert all("lantern" not in shot.staging.props for shot in plan.shots_of(1))


def test_who_sits_stays_seated_and_nobody_holds_a_boat(planned):
    plan = planned("EXT. SEA - DAY\n\nA boat. TOM, thirty, holds on.\n\nTOM\nHello!\n\nHe sits and lifts a cup.\n\nHe waits.")
    assert all("boat" in shot.staging.props for shot in plan.shots)
    assert plan.shots[0].staging.figures[0].pose == "hold"
    assert plan.shots[-1].staging.figures[0].pose in ("sit", "hold")
    assert plan.shots[-1].staging.props == ("cup", "boat")


def test_a_worker_with_empty_hands_is_not_given_a_lamp(planned):
    shot = planned("INT. SHOP - NIGHT\n\nOne lamp, a CLOCK on the table. TOM (30s) works.").shots[0]
    assert (shot.staging.figures[0].pose, shot.staging.props) == ("hold", ("table",))


def test_people_in_a_car_sit(planned):
    plan = planned("INT. CAR - NIGHT\n\nMARA\nLeft.\n\nTOM\nI know.\n")
    assert {figure.pose for shot in plan.shots for figure in shot.staging.figures} == {"sit"}


@pytest.mark.parametrize(
    ("text", "things"),
    [
        ("A tram BELL answers, far off.", ()),
        ("They watch. A telephone RINGS.", ("telephone",)),
        ("She rings the bell on the counter.", ("bell",)),
        ("She opens the violin case.", ("case",)),
        ("She cups it in her hand.", ()),
        ("A gold ring, a book and no lamp.", ("ring", "book")),
        ("GLASS breaks.", ()),
        ("Lamps, a box.", ("lamp", "box")),
    ],
)
def test_things_worth_drawing(text, things):
    assert objects_in(text) == things


def test_what_a_text_is_about():
    assert head_of("Mara's hand on the rail") == "hand"
    assert head_of("the old photograph of Viktor") == "photograph"
    assert head_of("Mara's hand tightens") == "hand"
    assert head_of("") == ""
    assert heard_thing("A telephone RINGS.") == "telephone"
    assert heard_thing("A telephone RINGS next door.") == ""
    assert heard_thing("The ENGINE roars.") == ""
    assert (vessel_in("He grips the tiller."), vessel_in("A ferry."), vessel_in("A horse.")) == ("boat", "ship", "")
    assert (lamp_goes("The great lamp is dark."), lamp_goes("The dead lens. The wick catches."), lamp_goes("Rain.")) == (
        False,
        True,
        None,
    )


def test_animals_are_known_by_their_look():
    dog = ("small", "wet", "brown", "dog", "with", "one", "white", "ear")
    assert (creature_of(dog), coat_colour_of(dog, "dog")) == ("dog", "#7a5230")
    assert creature_of(("woman", "with", "a", "dog")) is None
    assert creature_of(("old", "parrot")) == "bird"
    assert creature_of(("tall", "horse", "rider")) is None
    assert (creature_named(("the", "cat")), creature_named(("robin",))) == ("cat", None)


def test_an_animal_is_seen_but_takes_no_part_in_a_talk(planned):
    plan = planned(
        "EXT. FIELD - DAY\n\nROLF (a big black dog) trots along. PIA, ten, runs after the dog.\n\nPIA\nRolf!\n\n"
        "He stops. The dog barks.\n\nPIA\nGood.\n\nPIA\nVery good indeed, my dear friend Rolf.\n"
    )
    rolf = next(member for member in plan.cast if member.name == "ROLF").silhouette
    assert (rolf.creature, rolf.hair_colour) == ("dog", "#26242a")
    assert all(shot.characters == ("PIA",) for shot in plan.shots if shot.lines)
    chase = next(shot for shot in plan.shots if "runs after" in shot.action)
    assert {figure.name: figure.pose for figure in chase.staging.figures} == {"PIA": "run", "ROLF": "run"}
    assert len({figure.facing for figure in chase.staging.figures}) == 1


def test_a_talking_animal_is_one_of_the_company(planned):
    plan = planned("EXT. FIELD - DAY\n\nREX (a small dog, 5) waits with PIA, ten.\n\nREX\nHello.\n\nPIA\nYou talk?\n")
    assert any(shot.characters[:1] == ("REX",) and shot.lines for shot in plan.shots)
