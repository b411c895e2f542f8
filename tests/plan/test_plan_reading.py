"""What the planner reads out of words: headings, directions, camera words, feelings, sounds, sizes."""

from __future__ import annotations

import pytest

from cinema.errors import InputError
from cinema.plan.directions import is_transition, read_direction, read_transition
from cinema.plan.emotion import emotion_of, nonverbal_sound, pause_before
from cinema.plan.music import mood_named, mood_of, tension_of
from cinema.plan.rhythm import LONGEST_LINE_SECONDS, speech_seconds, split_speech
from cinema.plan.size import picture_size
from cinema.plan.slugline import read_slugline
from cinema.plan.sound import caps_objects, cues_in_action, read_note
from cinema.plan.terms import angle_of, camera_in_action, framing_of, move_of
from cinema.plan.weather import weather_in
from cinema.plan.words import language_of, plain, sentences


@pytest.mark.parametrize(
    ("heading", "place", "interior", "time", "setting"),
    [
        ("INT. LIGHTHOUSE - NIGHT", "Lighthouse", True, "night", "stairwell"),
        ("INT. LIGHTHOUSE / KITCHEN - DAWN", "Lighthouse, Kitchen", True, "dawn", "kitchen"),
        ("EXT. TOM'S HOUSE - GARDEN - SUNSET", "Tom's House, Garden", False, "dusk", "garden"),
        ("EXT. FISH MARKET - MORNING", "Fish Market", False, "morning", "street"),
        ("I/E. MOVING CAR - DAY", "Moving Car", True, "day", "vehicle"),
        ("INT./EXT. CAR - DAY", "Car", True, "day", "vehicle"),
        ("EXT. NIGHTCLUB - LATER", "Nightclub", False, None, "street"),
        ("ext. beach — afternoon", "beach", False, "afternoon", "beach"),
        ("INT. KÜCHE - NACHT", "Küche", True, "night", "kitchen"),
        ("EXT. PLAYA - DÍA", "Playa", False, "day", "beach"),
        ("INT. 厨房 - 夜", "厨房", True, "night", "kitchen"),
        ("INT. HOUSE, BEDROOM (FLASHBACK) - NIGHT", "House, Bedroom", True, "night", "bedroom"),
        ("THE MOON", "The Moon", False, None, "space"),
        ("", "", None, None, "street"),
    ],
)
def test_headings(heading, place, interior, time, setting):
    slug = read_slugline(heading)
    assert (slug.place, slug.interior, slug.time_of_day, slug.setting) == (place, interior, time, setting)


def test_headings_that_inherit():
    assert read_slugline("INT. HALL - CONTINUOUS").continuous
    assert read_slugline("INT. HALL - MOMENTS LATER").continuous
    later = read_slugline("INT. HALL - LATER")
    assert later.inherits
    assert not later.continuous
    assert not read_slugline("INT. HALL - LATER THAT NIGHT").inherits


def test_weather_is_the_strongest_named():
    assert weather_in("A storm. Rain everywhere.") == "storm"
    assert weather_in("She had a brainstorm.") is None


@pytest.mark.parametrize(
    ("text", "kind", "framing", "subject"),
    [
        ("CLOSE ON THE LAMP", "framing", "close", "THE LAMP"),
        ("CLOSEUP - Mara's hand.", "framing", "close", "Mara's hand"),
        ("EXTREME CLOSE UP: her eye", "framing", "extreme_close", "her eye"),
        ("WIDE SHOT", "framing", "wide", ""),
        ("ANGLE ON the sea", "framing", "medium", "the sea"),
        ("INSERT - LETTER", "insert", "insert", "LETTER"),
        ("BACK TO SCENE", "back", None, ""),
        ("INTERCUT WITH:", "intercut", None, ""),
        ("SERIES OF SHOTS:", "montage", None, ""),
        ("MONTAGE - THE STORM", "montage", None, "THE STORM"),
        ("END MONTAGE", "end_montage", None, ""),
        ("TWO SHOT - MARA AND TOM", "framing", "two_shot", "MARA AND TOM"),
        ("AERIAL VIEW OF the island", "framing", "extreme_wide", "the island"),
    ],
)
def test_directions(text, kind, framing, subject):
    direction = read_direction(text)
    assert direction is not None
    assert (direction.kind, direction.framing, direction.subject) == (kind, framing, subject)


def test_points_of_view_name_who_looks():
    assert read_direction("MARA'S POV - the empty sea").viewer == "MARA"
    assert read_direction("POV - TOM").viewer == "TOM"
    assert read_direction("P.O.V. the road ahead").subject == "the road ahead"
    assert read_direction("LOW ANGLE ON the tower").angle == "low"


@pytest.mark.parametrize(
    "text", ["Close the door.", "Wide awake, she listens.", "CLOSET doors open.", "INTERIOR lights flicker.", "A WIDE river."]
)
def test_ordinary_action_is_no_direction(text):
    assert read_direction(text) is None


@pytest.mark.parametrize(
    ("text", "entrance", "fade_out"),
    [
        ("CUT TO:", "cut", False),
        ("SMASH CUT TO:", "cut", False),
        ("DISSOLVE TO:", "dissolve", False),
        ("LAP DISSOLVE", "dissolve", False),
        ("WIPE TO:", "wipe", False),
        ("FADE IN:", "fade", False),
        ("FADE OUT.", "cut", True),
        ("FADE TO BLACK.", "cut", True),
        ("FADE TO:", "fade", True),
        ("CUT TO BLACK.", "cut", False),
    ],
)
def test_transitions(text, entrance, fade_out):
    crossing = read_transition(text)
    assert (crossing.entrance, crossing.fade_out) == (entrance, fade_out)
    assert is_transition(text)


def test_words_that_are_no_transition():
    assert read_transition("LATER THAT DAY") is None
    assert not is_transition("FADE walks in.")


def test_free_camera_words():
    assert framing_of("extreme close-up") == "extreme_close"
    assert framing_of("medium close up") == "medium_close"
    assert framing_of("OTS") == "over_shoulder"
    assert framing_of("splendid") is None
    assert angle_of("bird's-eye") == "overhead"
    assert angle_of("Dutch") == "dutch"
    assert move_of("crane up") == "crane_up"
    assert move_of("slow push in") == "push_in"
    assert move_of("dolly back") == "pull_out"
    assert move_of("pan to the left") == "pan_left"
    assert move_of("whip pan") == "pan_right"
    assert move_of("loop") is None


@pytest.mark.parametrize(
    ("action", "move"),
    [
        ("We push in on her face.", "push_in"),
        ("The camera pans left across the crowd.", "pan_left"),
        ("CRANE UP over the roofs.", "crane_up"),
        ("Tom falls. PULL BACK to reveal the sea.", "pull_out"),
        ("HANDHELD. Everybody runs.", "handheld"),
        ("She pushes the door and pans for gold.", None),
        ("They track mud over the floor.", None),
    ],
)
def test_camera_words_in_an_action(action, move):
    assert camera_in_action(action) == move


def test_feelings():
    assert emotion_of("Hm.", "very softly", 0.2) == "whisper"
    assert emotion_of("GET OUT", None, 0.2) == "shout"
    assert emotion_of("What?!", None, 0.2) == "surprised"
    assert emotion_of("Run!", None, 0.9) == "angry"
    assert emotion_of("Run!", None, 0.1) == "excited"
    assert emotion_of("Yes.", None, 0.9) == "tense"
    assert emotion_of("OK", None, 0.1) == "neutral"
    assert nonverbal_sound("laughs softly") == "laugh"
    assert nonverbal_sound("to Tom") == ""
    assert pause_before("a long beat") > pause_before("beat") > 0


def test_sounds_are_capitals_that_sound():
    names = {"MARA": "Mara"}
    assert [cue.prompt for cue in cues_in_action("The door SLAMS behind MARA.", names)] == ["the door slams"]
    assert [cue.prompt for cue in cues_in_action("FWOOSH! The lamp goes out.", names)] == ["whoosh"]
    assert [cue.prompt for cue in cues_in_action("Then: BOOOOM!", names)] == ["deep explosion boom"]
    assert cues_in_action("CLOSE ON MARA. A sign: NO EXIT. TV on.", names) == ()
    assert [cue.prompt for cue in cues_in_action("The ENGINE roars. A GLASS of water.", names)] == ["the engine roars"]
    late = cues_in_action("It is quiet for a while and then a gun FIRES.", names)[0]
    assert late.place > 0.8


def test_objects_in_capitals_are_neither_people_nor_sounds():
    names = {"MARA": "Mara", "TOM": "Tom"}
    assert caps_objects("MARA finds a PHOTOGRAPH. It CREAKS. TOM'S hat.", names) == ["photograph"]
    assert caps_objects("EVERYTHING IS LOUD HERE", names) == []


def test_notes():
    assert read_note("sound: a far bell") == ("sound", "a far bell")
    assert read_note("SFX: bell") == ("sound", "bell")
    assert read_note("remember this") is None


def test_moods():
    assert mood_named("suspenseful strings") == "tense"
    assert mood_named("none") == "none"
    assert mood_named("polka") is None
    assert mood_of("They kiss. Her lips, his hands.", [], 0.2, "clear") == "romantic"
    assert mood_of("", [], 0.2, "clear") == "calm"
    calm, alarmed = tension_of("She drinks tea.", 0, 3, "day"), tension_of("Guns! He runs, they fight. Blood.", 3, 3, "night")
    assert 0 <= calm < 0.3
    assert 0.7 < alarmed <= 1


def test_emphasis_is_stripped_only_where_it_is_emphasis():
    assert plain("**Bold**, *it*, _under_ and ***all***") == "Bold, it, under and all"
    assert plain("2 * 3 * 4") == "2 * 3 * 4"
    assert plain(r"a \*star\*") == "a *star*"
    assert plain("one *line\nnext* line") == "one *line next* line"
    assert plain("_*both*_") == "both"


def test_sentences():
    assert sentences("Mr. Smith waits. Well... maybe. 3.5 is fine! Really?") == [
        "Mr. Smith waits.",
        "Well... maybe.",
        "3.5 is fine!",
        "Really?",
    ]
    assert sentences("你好。再见！") == ["你好。", "再见！"]


def test_long_speech_is_split_at_sentences_and_then_finer():
    text = "One two three four five six seven eight nine ten. " * 8
    pieces = split_speech(text.strip(), "en")
    assert len(pieces) > 2
    assert all(piece.endswith(".") and speech_seconds(piece, "en") <= LONGEST_LINE_SECONDS for piece in pieces)
    endless = split_speech("word " * 400, "en")
    assert max(speech_seconds(piece, "en") for piece in endless) <= 1.5 * LONGEST_LINE_SECONDS
    assert " ".join(endless).split() == ["word"] * 400


def test_speech_rate_hangs_on_language_punctuation_and_feeling():
    assert speech_seconds("hello there friend", "ja") > speech_seconds("hello there friend", "en")
    assert speech_seconds("a, b, c, d", "en") > speech_seconds("a b c d", "en")
    assert speech_seconds("I am so very tired of this", "en", "tired") > speech_seconds(
        "I am so very tired of this", "en", "excited"
    )


def test_alphabets_give_languages_away():
    assert language_of("Где ты был?", "en") == "ru"
    assert language_of("Где ты был?", "uk") == "uk"
    assert language_of("どこにいたの", "en") == "ja"
    assert language_of("你在哪里", "ja") == "ja"
    assert language_of("Ça va très bien", "fr") == "fr"


@pytest.mark.parametrize(
    ("aspect", "short", "size"),
    [
        ("16:9", 720, (1280, 720)),
        ("9:16", 720, (720, 1280)),
        ("1:1", 720, (720, 720)),
        ("4:5", 720, (720, 900)),
        ("21:9", 720, (1680, 720)),
        ("16:9", 481, (856, 482)),
    ],
)
def test_picture_sizes(aspect, short, size):
    assert picture_size(aspect, short) == size


def test_unknown_aspects_are_refused():
    with pytest.raises(InputError, match="'3:2' is not an aspect ratio"):
        picture_size("3:2", 720)
    with pytest.raises(InputError, match="too small"):
        picture_size("16:9", 1)
