"""What a scene becomes: coverage, directions obeyed, voices unseen, explicit lists, casting, retakes."""

from __future__ import annotations

from fractions import Fraction

import pytest

from cinema.errors import InputError
from cinema.plan import ShotOverride, break_down, dump_plan, load_plan, retime
from cinema.script.model import Character, Element, Format, Music, Scene, Script, ScriptShot, SoundEffect, SpokenLine, VoiceHint
from cinema.settings import Settings


def listing(plan, scene=0):
    return [(shot.coverage, shot.framing) for shot in plan.shots_of(scene)]


def member(plan, name):
    return next(member for member in plan.cast if member.name == name)


def lines(plan):
    return [line for shot in plan.shots for line in shot.lines]


def listed(*shots, music=None, **facts):
    heading = Element(type="scene_heading", text="INT. LIGHTHOUSE - NIGHT")
    scene = Scene(heading=heading, shots=shots, music=music)
    return break_down(Script(title="T", scenes=(scene,), **facts), Settings(), width_px=1280, height_px=720)


def test_the_story_is_covered(planned, story):
    plan = planned(story)
    assert plan.warnings == ()
    assert [scene.place for scene in plan.scenes] == ["Lighthouse", "Lighthouse, Lamp Room", "Cliff"]
    assert [scene.time_of_day for scene in plan.scenes] == ["night", "night", "dawn"]
    assert [scene.weather for scene in plan.scenes] == ["storm", "storm", "clear"]
    assert plan.shots[0].entrance.kind == "fade"
    assert plan.shots[0].entrance.frames == 24
    assert plan.shots[-1].fade_out_frames == 24
    cliff = plan.shots_of(2)[0]
    assert (cliff.entrance.kind, cliff.entrance.frames) == ("dissolve", 24)
    assert plan.shots_of(1)[-1].tail_frames == 24
    lamp = next(shot for shot in plan.shots if "flame" in shot.action)
    assert (lamp.coverage, lamp.framing, lamp.staging.focus) == ("insert", "insert", "lamp")
    assert [line.text for line in lamp.lines] == ["I never told him."]
    assert lamp.lines[0].delivery == "voice_over"
    assert lines(plan)[1].nonverbal == "sigh"


def test_a_dialogue_opens_wide_enough_and_follows_who_speaks(planned):
    talk = "\n\n".join(
        f"{'MARA' if number % 2 else 'TOM'}\nThis is the line of words that has the number {number}." for number in range(14)
    )
    plan = planned(f"INT. BAR - DAY\n\nMara and Tom sit at a table.\n\n{talk}")
    kinds = [shot.coverage for shot in plan.shots]
    assert kinds[0] == "establishing"
    assert "two_shot" in kinds[1:]
    assert {"over_shoulder", "single"} <= set(kinds)
    assert kinds.count("two_shot") >= 2, "after many singles the scene is established again"
    for shot in plan.shots:
        for line in shot.lines:
            assert line.character in shot.characters
            assert shot.staging.focus == line.character
    assert all(figure.pose == "sit" for shot in plan.shots for figure in shot.staging.figures)


def test_long_speeches_are_cut_at_sentences_with_a_reaction(planned):
    speech = "I have counted them all and written them in the book that nobody reads. " * 6
    plan = planned(f"INT. BAR - DAY\n\nMara and TOM (30s) wait.\n\nMARA\n{speech}")
    reactions = [shot for shot in plan.shots if shot.coverage == "reaction"]
    assert reactions
    assert all(shot.characters == ("TOM",) and shot.lines[0].character == "MARA" for shot in reactions)
    assert all(line.text.endswith("reads.") for line in lines(plan))


def test_directions_are_obeyed(planned):
    plan = planned(
        "INT. HALL - DAY\n\nWIDE - the empty hall.\n\nCLOSE ON MARA\n\nShe blinks.\n\nMARA'S POV - a door, slowly opening.\n\n"
        "INSERT - LETTER\n\nThe ink runs.\n\nBACK TO SCENE\n\nMARA\nWhat does it say?"
    )
    assert [(shot.coverage, shot.framing) for shot in plan.shots] == [
        ("master", "wide"),
        ("single", "close"),
        ("pov", "wide"),
        ("insert", "insert"),
        *[(shot.coverage, shot.framing) for shot in plan.shots[4:]],
    ]
    assert plan.shots[1].characters == ("MARA",)
    assert plan.shots[3].staging.focus == "letter"


def test_montages_give_a_shot_for_each_row(planned):
    plan = planned(
        "INT. HALL - DAY\n\nMONTAGE - YEARS\n\n- Mara rows.\n\n- Tom paints a boat.\n\n- Snow falls.\n\nEND MONTAGE\n\nMara sits."
    )
    assert [shot.action for shot in plan.shots if shot.coverage == "montage"] == [
        "Mara rows.",
        "Tom paints a boat.",
        "Snow falls.",
    ]
    assert plan.shots[-1].coverage != "montage"


def test_intercut_shows_both_ends_of_the_line(planned):
    scene = "INT. HALL - DAY\n\nMara holds a phone.\n\nMARA\n(into phone)\nWhere are you?\n\nTOM (V.O.)\nAt sea.\n"
    heard = planned(scene)
    assert lines(heard)[1].delivery == "phone"
    seen = planned(scene.replace("Mara holds", "INTERCUT - PHONE CALL\n\nMara holds") + "\nTom waits on deck.\n")
    assert [line.delivery for line in lines(seen)] == ["on_screen", "on_screen"]
    assert all(len(shot.characters) == 1 for shot in seen.shots if shot.lines)


def test_voices_off_screen_and_narrators(planned):
    plan = planned("EXT. SEA - DAY\n\nWaves.\n\nNARRATOR\nLong ago.\n\nMARA\nHello?\n\nTOM (O.S.)\nHere!\n")
    assert [line.delivery for line in lines(plan)] == ["voice_over", "on_screen", "off_screen"]
    assert member(plan, "NARRATOR").narrator
    assert not any("NARRATOR" in shot.characters for shot in plan.shots)
    assert plan.shots[0].lines[0].text == "Long ago."


def test_dual_dialogue_starts_together(planned):
    plan = planned("INT. BAR - DAY\n\nMARA\nI was first. I was here first of all.\n\nTOM ^\nNo, me.\n")
    both = next(shot for shot in plan.shots if shot.lines)
    assert [line.dual for line in both.lines] == [False, True]
    assert both.lines[0].offset_frames == both.lines[1].offset_frames


def test_lyrics_and_titles(planned):
    plan = planned("INT. BAR - DAY\n\nMARA\n~Oh the sea, the sea\n\n> THE END <\n")
    assert lines(plan)[0].lyrics
    assert plan.shots[-1].coverage == "title"
    assert plan.shots[-1].action == "THE END"


def test_a_remark_alone_is_heard(planned):
    plan = planned("INT. BAR - DAY\n\nMARA\n(laughs)\nYou.\n")
    assert [(line.text, line.nonverbal) for line in lines(plan)] == [("You.", "laugh")]


def test_smash_and_match_cuts(planned):
    base = "INT. BAR - DAY\n\nCLOSE ON MARA, who is waiting for it to end.\n\n{}\n\nEXT. CLIFF - DAY\n\nTOM\nRun!\n"
    assert planned(base.format("CUT TO:")).shots_of(1)[0].coverage == "establishing"
    assert planned(base.format("SMASH CUT TO:")).shots_of(1)[0].coverage == "single"
    assert planned(base.format("MATCH CUT TO:")).shots_of(1)[0].framing == "close"


def test_notes_make_sounds_music_and_ambience(planned):
    plan = planned(
        "INT. BAR - DAY\n\n[[ambience: harbour bells]]\n\n[[music: slow polka]]\n\nMara waits.\n\n[[sound: a glass breaks]]\n"
    )
    assert plan.scenes[0].ambience == "harbour bells"
    assert plan.scenes[0].music_prompt == "slow polka"
    assert [cue.prompt for shot in plan.shots for cue in shot.sounds] == ["a glass breaks"]


def test_prompts_repeat_the_look_in_every_shot(planned, story):
    plan = planned(story)
    for shot in plan.shots:
        for name in shot.characters:
            look = {"MARA": "MARA: an elderly woman, 60s, grey braid", "TOM": "TOM: 30s, bearded fisherman"}[name]
            assert look in shot.prompt
            assert look in shot.first_frame
            assert look in shot.motion
        assert ("people" in shot.negative_prompt) == (not shot.characters)
        assert shot.lens in shot.prompt


def test_casting_is_distinct_and_stable(planned, story):
    plan = planned(story)
    mara, tom = member(plan, "MARA"), member(plan, "TOM")
    assert (mara.voice.gender, mara.voice.age, tom.voice.gender, tom.voice.age) == ("female", "old", "male", "adult")
    assert (mara.silhouette.hair, mara.silhouette.hair_colour, mara.silhouette.garment_colour) == (
        "braid",
        "#9a9a98",
        "#d4b13a",
    )
    assert tom.silhouette.beard
    assert mara.silhouette.garment_colour != tom.silhouette.garment_colour
    more = planned(story + "\n\nOLD JOE\nWho?\n\nGIRL\nMe.\n\nMRS SMITH\nShe.\n")
    assert member(more, "MARA") == mara
    assert member(more, "TOM") == tom
    assert (member(more, "GIRL").voice.gender, member(more, "GIRL").voice.age) == ("female", "child")
    assert (member(more, "OLD JOE").voice.gender, member(more, "OLD JOE").voice.age) == ("male", "old")
    assert member(more, "MRS SMITH").voice.gender == "female"


def test_a_pronoun_beside_a_name_tells_how_its_voice_sounds(planned):
    plan = planned("INT. BAR - DAY\n\nZORBIN wipes his hat. QUELL waves, her coat wet.\n\nZORBIN\nYes.\n\nQUELL\nNo.")
    assert (member(plan, "ZORBIN").voice.gender, member(plan, "QUELL").voice.gender) == ("male", "female")


def test_over_a_shoulder_shows_the_shoulder(planned):
    plan = planned("INT. BAR - DAY\n\nMara and Tom wait.\n\nMARA\nYes.\n\nOVER MARA'S SHOULDER - Tom smiles.\n\nTOM\nNo.")
    shot = next(shot for shot in plan.shots if "smiles" in shot.action)
    assert [(figure.name, figure.near) for figure in shot.staging.figures] == [("TOM", False), ("MARA", True)]


def test_introductions_between_commas_are_looks(planned):
    plan = planned(
        "INT. BAR - DAY\n\nMARA, sixty, yellow oilskin, climbs in.\n\nNINA, twelve, green school coat, waves.\n\nMARA, however, waits."
    )
    assert (member(plan, "MARA").look, member(plan, "MARA").voice.age) == ("sixty, yellow oilskin", "old")
    assert (member(plan, "NINA").look, member(plan, "NINA").voice.age) == ("twelve, green school coat", "child")


def test_a_crowd_has_forty_voices_and_colours(planned):
    script = "INT. BAR - DAY\n\n" + "\n\n".join(f"PERSON {number}\nI am number {number}." for number in range(1, 41))
    plan = planned(script)
    assert len({(m.voice.gender, m.voice.age, m.voice.variant) for m in plan.cast}) == 40
    assert len({m.silhouette.garment_colour for m in plan.cast}) >= 30


def test_hints_of_the_author_win():
    hint = VoiceHint(language="fr", gender="male", age="young", sample="missing.wav")
    people = (Character(name="Mara", look="tall woman in a red cloak", voice=hint),)
    plan = listed(
        ScriptShot(action="Mara waits.", dialogue=(SpokenLine(character="MARA", text="Bonjour."),)), characters=people
    )
    voice = member(plan, "Mara").voice
    assert (voice.language, voice.gender, voice.age, member(plan, "Mara").sample) == ("fr", "male", "young", "missing.wav")
    assert lines(plan)[0].language == "fr"
    assert lines(plan)[0].character == "Mara"
    assert member(plan, "Mara").silhouette.garment == "cloak"
    assert member(plan, "Mara").silhouette.garment_colour == "#a83232"


def test_other_alphabets_speak_their_language(planned):
    plan = planned("INT. بيت - ليل\n\n@ليلى\nأين كنت طوال هذا الوقت؟\n")
    assert plan.language == "ar"
    assert lines(plan)[0].language == "ar"
    assert plan.scenes[0].time_of_day == "night"


def test_explicit_shots_obey_and_warn():
    plan = listed(
        ScriptShot(
            action="Mara climbs the stairs, lamp in hand.",
            framing="wide",
            angle="low",
            camera="crane up",
            lens="24mm",
            duration_seconds=5,
            characters=("MARA",),
            dialogue=(SpokenLine(character="MARA", text="Eleven years.", emotion="tired"),),
            sounds=(SoundEffect(prompt="wood creaks", at_seconds=1.5),),
            transition="dissolve",
            seed=7,
        ),
        ScriptShot(
            action="Night.", framing="splendid", angle="odd", camera="loop", transition="mystery", prompt="exactly this"
        ),
        ScriptShot(action="Dark.", duration_seconds=3.0, transition="fade out"),
        music=Music(mood="polka", prompt="slow"),
    )
    first, second, third = plan.shots
    assert (first.framing, first.angle, first.camera, first.lens, first.seed) == ("wide", "low", "crane_up", "24mm", 7)
    assert first.length_frames == 120
    assert first.lines[0].emotion == "tired"
    assert first.sounds[0].offset_frames == 36
    assert first.tail_frames == second.entrance.frames == 24
    assert second.prompt == "exactly this"
    assert third.fade_out_frames == 24
    assert len(plan.warnings) == 4
    assert all("Shot 1-2" in warning for warning in plan.warnings)
    assert plan.scenes[0].music_prompt == "polka, slow"


def test_an_explicit_shot_grows_for_its_lines_only_and_says_so():
    line = SpokenLine(character="MARA", text="It has been eleven years since anybody came.")
    plan = listed(ScriptShot(action="Mara.", duration_seconds=1.0, dialogue=(line,)))
    assert plan.shots[0].length_frames > 24
    assert plan.warnings[0].startswith("Shot 1-1 was asked to last 1 s, but its lines need")
    fitted = retime(plan, {"1-1-1": 24_000})
    assert fitted.shots[0].length_frames == 24
    assert fitted.warnings == ()


def test_a_short_explicit_shot_cuts_instead_of_dissolving():
    plan = listed(ScriptShot(action="A.", transition="dissolve"), ScriptShot(action="B.", duration_seconds=0.6))
    assert plan.shots[1].entrance.kind == "cut"
    assert plan.shots[1].length_frames == 14
    assert "too short for its dissolve" in plan.warnings[0]


@pytest.mark.parametrize("fps", [Fraction(25), Fraction(24000, 1001), Fraction(60)])
def test_frame_rates(fps):
    plan = listed(
        ScriptShot(action="A.", duration_seconds=5, transition="dissolve"), ScriptShot(action="B."), format=Format(fps=fps)
    )
    assert plan.fps == fps
    assert plan.shots[0].length_frames == round(5 * fps)
    assert plan.shots[1].entrance.frames == 2 * int(fps / 2 + Fraction(1, 2))


def test_pace_cuts_faster(planned, story):
    assert planned(story, pace=2.0).length_frames < planned(story).length_frames < planned(story, pace=0.5).length_frames


def test_retakes_change_one_shot_only(planned, story):
    plan = planned(story)
    wish = {"2-2": ShotOverride(prompt="Extreme close-up. Mara smiles, we push in."), "1-1": ShotOverride(seed=99)}
    again = planned(story, overrides=wish)
    assert again.shots[0].seed == 99
    changed = [shot.id for shot, before in zip(again.shots, plan.shots, strict=True) if shot.prompt != before.prompt]
    assert changed == ["2-2"]
    shot = next(shot for shot in again.shots if shot.id == "2-2")
    assert (shot.framing, shot.camera, shot.action) == (
        "extreme_close",
        "push_in",
        "Extreme close-up. Mara smiles, we push in.",
    )
    assert shot.staging.framing == "extreme_close"
    assert shot.length_frames == next(before.length_frames for before in plan.shots if before.id == "2-2")
    with pytest.raises(InputError, match="no shot '9-9'"):
        planned(story, overrides={"9-9": ShotOverride(seed=1)})


def test_an_empty_script_is_refused():
    with pytest.raises(InputError, match="nothing to shoot"):
        break_down(Script(title="T", scenes=()), Settings(), width_px=1280, height_px=720)


def test_a_heading_alone_is_one_shot(planned):
    plan = planned("EXT. CLIFF - DAY\n\nEXT. CLIFF - LATER\n")
    assert [shot.coverage for shot in plan.shots] == ["establishing", "establishing"]


def test_plans_are_read_back_and_strangers_refused(planned, story):
    document = dump_plan(planned(story, fps="24000/1001"))
    assert document["fps"] == "24000/1001"
    assert load_plan(document).fps == Fraction(24000, 1001)
    with pytest.raises(InputError, match="/shots/0/colour"):
        load_plan({**document, "shots": [{**document["shots"][0], "colour": "red"}]})
    with pytest.raises(InputError, match="schema"):
        load_plan({**document, "schema": "cinema-plan/0"})
    with pytest.raises(InputError, match="JSON object"):
        load_plan([1])


@pytest.mark.slow
def test_a_line_of_a_hundred_thousand_characters_is_planned():
    endless = (
        Element(type="scene_heading", text="INT. BAR - DAY"),
        Element(type="character", text="MARA", name="MARA"),
        Element(type="dialogue", text="word * _and " * 8_400),
        Element(type="action", text="She WAITS and * _runs. " * 4_400),
    )
    script = Script(title="T", scenes=(Scene(heading=endless[0], elements=endless[1:]),))
    plan = break_down(script, Settings(), width_px=1280, height_px=720)
    assert max(line.length_frames for line in lines(plan)) < 24 * 15
    assert len(plan.shots) > 300
