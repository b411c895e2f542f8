"""Generated films: who and where is kept the same from shot to shot, and what a change makes anew."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from generated_films import FILM, GENERATORS, changed, generated, rekeyed, slots, without
from hypothesis import given
from hypothesis import strategies as st

from cinema.identity import digest
from cinema.plan import film_tasks, retime, speech_tasks
from cinema.plan.task import Asset, ImageRequest, SpeechRequest, UpscaleRequest, VideoRequest, request_adapter

LOOK = "fisherman of thirty, dark wool cap"


def pictures_of(plan, shots):
    """The slots of those shots that hold pictures."""
    return {f"{kind}:{shot.id}" for shot in shots for kind in ("keyframe", "take", "shot")}


# -- identity ------------------------------------------------------------------------------------------------------------


def test_every_keyframe_has_the_people_of_its_shot_in_order_and_its_place():
    plan = generated()
    sheets = {key: slot for slot, key in plan.uses.items() if slot.startswith(("cast:", "place:"))}
    named = {"INT. LIGHTHOUSE": "Lighthouse (interior)", "EXT. LIGHTHOUSE": "Lighthouse (exterior)", "EXT. HARBOUR": "Harbour"}
    people = set()
    for shot in plan.shots:
        if shot.coverage == "title":
            continue
        keyframe = slots(plan, "keyframe")[shot.id]
        place = named[plan.scenes[shot.scene].heading.partition(" - ")[0]]
        assert [sheets[key] for key in keyframe.inputs] == [*(f"cast:{name}" for name in shot.characters), f"place:{place}"]
        references = keyframe.request.references
        assert [one.input for one in references] == list(range(len(keyframe.inputs)))
        assert [one.name for one in references[:-1]] == list(shot.characters)
        assert [one.kind for one in references] == ["character"] * len(shot.characters) + ["place"]
        people.add(shot.characters)
    assert len(people) >= 4  # nobody, one alone, another, two together
    assert {name for group in people for name in group} == {"MARA", "TOM", "ADA"}


def test_a_keyframe_says_who_is_in_which_image():
    plan = generated()
    shot = next(shot for shot in plan.shots if len(shot.characters) == 2)
    first, second = shot.characters
    prompt = slots(plan, "keyframe")[shot.id].request.prompt
    assert prompt.startswith(f"Image 1 is {first}. Image 2 is {second}. Image 3 is the place: Lighthouse. ")
    assert shot.first_frame in prompt


def test_one_sheet_for_each_person_and_each_place_however_often_they_are_seen():
    plan = generated()
    assert set(slots(plan, "cast")) == {"MARA", "TOM", "ADA"}
    assert set(slots(plan, "place")) == {"Lighthouse (interior)", "Lighthouse (exterior)", "Harbour"}
    sheets = {task.key for task in (*slots(plan, "cast").values(), *slots(plan, "place").values())}
    assert len(sheets) == 6
    for name, task in slots(plan, "cast").items():
        assert next(member.look for member in plan.cast if member.name == name) in task.request.prompt
        assert task.request.references == ()
        assert (task.request.steps, task.request.guidance) == (4, 1.5)


def test_inside_and_outside_of_a_name_are_two_places():
    inside, outside = (slots(generated(), "place")[f"Lighthouse ({side})"].request.prompt for side in ("interior", "exterior"))
    assert "interior" in inside
    assert "exterior" in outside


def test_a_place_keeps_its_sheet_whatever_the_hour_and_the_weather():
    before, after = generated(), generated(FILM.replace("INT. LIGHTHOUSE - NIGHT", "INT. LIGHTHOUSE - DAWN"))
    assert slots(before, "place") == slots(after, "place")
    assert slots(before, "keyframe")["1-1"].key != slots(after, "keyframe")["1-1"].key


def test_twins_have_a_sheet_each():
    text = FILM.replace("navy uniform", "long grey braid").replace("woman of forty", "woman of sixty, yellow oilskin coat")
    sheets = slots(generated(text), "cast")
    assert sheets["MARA"].request.prompt == sheets["ADA"].request.prompt
    assert sheets["MARA"].key != sheets["ADA"].key


@pytest.mark.parametrize("most", [1, 2, 3])
def test_people_come_before_the_place_where_the_model_takes_few_references(most):
    plan = generated(choice=changed("image", settings={"max_references": most}))
    for shot in plan.shots:
        if shot.coverage != "title":
            references = slots(plan, "keyframe")[shot.id].request.references
            wanted = [*shot.characters, "Lighthouse" if plan.scenes[shot.scene].place == "Lighthouse" else "Harbour"]
            assert [one.name for one in references] == wanted[:most]


def test_no_sheet_is_made_that_no_keyframe_needs():
    plan = generated(FILM.replace("Gulls circle over the boats.\n\n", ""), changed("image", settings={"max_references": 1}))
    shown = {key for task in slots(plan, "keyframe").values() for key in task.inputs}
    assert {task.key for kind in ("cast", "place") for task in slots(plan, kind).values()} == shown


def test_without_references_the_prompt_alone_carries_every_look():
    plan = generated(choice=changed("image", wants=()))
    assert not slots(plan, "cast")
    assert not slots(plan, "place")
    for shot in plan.shots:
        if shot.coverage != "title":
            keyframe = slots(plan, "keyframe")[shot.id]
            assert keyframe.inputs == keyframe.request.references == ()
            for name in shot.characters:
                assert next(member.look for member in plan.cast if member.name == name) in keyframe.request.prompt


def test_the_keyframe_is_a_still_and_the_clip_is_what_moves():
    plan = generated()
    shot = next(shot for shot in plan.shots if shot.camera != "static" and shot.characters)
    move = shot.motion.split(". ")[-2].lower()
    assert move.startswith(("camera", "slow", "handheld"))
    assert move not in slots(plan, "keyframe")[shot.id].request.prompt.lower()
    assert slots(plan, "take")[shot.id].request.prompt == shot.motion
    spoken = next(shot for shot in plan.shots if shot.lines and shot.lines[0].character in shot.characters)
    assert f"{spoken.lines[0].character} speaks" in spoken.motion
    assert spoken.lines[0].text not in spoken.motion + spoken.first_frame


# -- what is made anew ---------------------------------------------------------------------------------------------------


def test_another_look_makes_that_sheet_and_the_shots_that_show_them_anew_and_nothing_else():
    before, after = generated(), generated(FILM.replace(LOOK, "fisherman of thirty, red scarf"))
    shown = [shot for shot in before.shots if "TOM" in shot.characters]
    assert 3 <= len(shown) < len(before.shots)
    assert rekeyed(before, after) == {"cast:TOM"} | pictures_of(before, shown)
    new = {task.key for task in after.tasks} - {task.key for task in before.tasks}
    roles = [task.role for task in after.tasks if task.key in new]
    setups = len({before.uses[f"keyframe:{shot.id}"] for shot in shown})
    assert (roles.count("image"), roles.count("video"), roles.count("upscale")) == (1 + setups, len(shown), len(shown))
    assert len(roles) == 1 + setups + 2 * len(shown)


@pytest.mark.parametrize("name", ["MARA", "TOM", "ADA"])
def test_so_it_is_for_each_of_them(name):
    before = generated()
    look = next(member.look for member in before.cast if member.name == name)
    after = generated(FILM.replace(look, f"{look}, silver ring"))
    shown = [shot for shot in before.shots if name in shot.characters]
    assert rekeyed(before, after) == {f"cast:{name}"} | pictures_of(before, shown)


def test_another_word_in_a_line_changes_no_keyframe():
    before, after = generated(), generated(FILM.replace("All night?", "All day?"))
    kinds = {slot.partition(":")[0] for slot in rekeyed(before, after)}
    assert kinds <= {"line", "take", "shot", "music"}
    assert "line" in kinds


def test_measured_speech_changes_no_keyframe():
    plan = generated()
    longer = film_tasks(retime(plan, {line.id: 300_000 for line in plan.lines}), GENERATORS)
    assert {slot.partition(":")[0] for slot in rekeyed(plan, longer)} <= {"take", "shot", "music"}


def test_an_inserted_scene_makes_nothing_else_anew():
    extra = "INT. HARBOUR - NIGHT\n\nADA writes.\n\nADA\nNo.\n\n"
    before = generated()
    after = generated(FILM.replace("EXT. HARBOUR - DAWN", f"{extra}EXT. HARBOUR - DAWN"))
    lost = [task.label for task in before.tasks if task.key not in {one.key for one in after.tasks}]
    assert lost == []
    assert set(slots(after, "place")) >= {"Harbour (interior)", "Harbour (exterior)"}


def test_shots_of_one_setup_share_their_keyframe_but_not_their_take():
    text = json.loads(written([]))
    shots = text["scenes"][0]["shots"]
    shots.append({**shots[0], "dialogue": [{"character": "MARA", "text": "Please."}]})
    plan = generated(json.dumps(text))
    frames, takes = slots(plan, "keyframe"), slots(plan, "take")
    assert frames["1-4"].key == frames["1-1"].key
    assert takes["1-4"].key != takes["1-1"].key


def test_a_retake_draws_a_keyframe_of_its_own_and_an_earlier_take_finds_its_old_one():
    from cinema.plan import ShotOverride, break_down
    from cinema.script import read_text
    from cinema.settings import Settings

    def take(seed):
        overrides = {} if seed is None else {"1-1": ShotOverride(seed=seed)}
        plan = break_down(read_text(FILM, "fountain"), Settings(), width_px=1920, height_px=1080, overrides=overrides)
        return film_tasks(plan, GENERATORS)

    first = take(None)
    assert rekeyed(first, take(99)) == {"keyframe:1-1", "take:1-1", "shot:1-1"}
    assert take(first.shots[0].seed).uses == first.uses


# -- the user's own files ------------------------------------------------------------------------------------------------


def written(references, sample=None):
    """A scene with two people as JSON; MARA's pictures and recording are the user's."""
    mara = {"name": "MARA", "look": "woman of sixty", "references": references}
    if sample:
        mara["voice"] = {"sample": sample}
    tom = {"name": "TOM", "look": "fisherman"}
    shots = [
        {"action": "Mara waits.", "characters": ["MARA"], "dialogue": [{"character": "MARA", "text": "Come home."}]},
        {"action": "Tom rows.", "characters": ["TOM"], "dialogue": [{"character": "TOM", "text": "Pull."}]},
        {"action": "They meet.", "characters": ["TOM", "MARA"]},
    ]
    scene = {"heading": "EXT. BEACH - DAY", "shots": shots}
    return json.dumps({"schema": "cinema-script/1", "characters": [mara, tom], "scenes": [scene]})


def image(source, digest):
    return Asset(kind="image", source=source, sha256=digest * 64)


def test_the_users_pictures_stand_in_for_the_sheet():
    assets = (image("a.png", "a"), image("b.png", "b"))
    plan = generated(written(["a.png", "b.png"]), assets=assets)
    assert set(slots(plan, "cast")) == {"TOM"}
    frames = slots(plan, "keyframe")
    beach, tom = slots(plan, "place")["Beach"].key, slots(plan, "cast")["TOM"].key
    assert frames["1-1"].inputs == (assets[0].key, assets[1].key, beach)
    assert frames["1-2"].inputs == (tom, beach)
    assert frames["1-3"].inputs == (tom, assets[0].key, assets[1].key, beach)
    assert [one.name for one in frames["1-3"].request.references] == ["TOM", "MARA", "MARA", "Beach"]
    assert frames["1-3"].request.prompt.startswith("Image 1 is TOM. Images 2, 3 are MARA. Image 4 is the place: Beach.")


def test_everybody_and_the_place_have_room_before_further_pictures():
    assets = (image("a.png", "a"), image("b.png", "b"), image("c.png", "c"))
    few = changed("image", settings={"max_references": 3})
    frames = slots(generated(written(["a.png", "b.png", "c.png"]), few, assets), "keyframe")
    assert [one.name for one in frames["1-3"].request.references] == ["TOM", "MARA", "Beach"]
    assert [one.name for one in frames["1-1"].request.references] == ["MARA", "MARA", "Beach"]


def test_other_bytes_make_the_shots_anew_and_another_path_does_not():
    before = generated(written(["a.png"]), assets=(image("a.png", "a"),))
    moved = generated(written(["moved/a.png"]), assets=(image("moved/a.png", "a"),))
    assert moved.uses == before.uses
    after = generated(written(["a.png"]), assets=(image("a.png", "f"),))
    assert rekeyed(before, after) == pictures_of(before, (before.shots[0], before.shots[2]))


def test_a_picture_that_is_not_there_leaves_the_sheet():
    assert set(slots(generated(written(["a.png"])), "cast")) == {"MARA", "TOM"}


def test_a_recording_is_spoken_with_where_the_voice_wants_one():
    sample = Asset(kind="audio", source="mara.wav", sha256="c" * 64)
    plan = generated(written([], "mara.wav"), assets=(sample,))
    hers, his = slots(plan, "line")["1-1-1"], slots(plan, "line")["1-2-1"]
    assert (hers.inputs, hers.request.sample) == ((sample.key,), 0)
    assert (his.inputs, his.request.sample) == ((), None)
    plain = generated(written([], "mara.wav"), changed("speech", wants=()), (sample,))
    assert slots(plain, "line")["1-1-1"].inputs == ()


# -- clips ---------------------------------------------------------------------------------------------------------------


def test_a_clip_is_made_small_from_its_keyframe_and_then_made_large():
    plan = generated()
    for shot in plan.shots:
        if shot.coverage == "title":
            continue
        frame, take, final = (slots(plan, kind)[shot.id] for kind in ("keyframe", "take", "shot"))
        assert isinstance(frame.request, ImageRequest)
        assert (frame.request.width_px, frame.request.height_px) == (854, 480)
        assert isinstance(take.request, VideoRequest)
        assert (take.request.width_px, take.request.height_px) == (854, 480)
        assert (take.request.steps, take.request.guidance, take.request.keyframe) == (8, 3.0, 0)
        assert take.inputs == (frame.key,)
        assert take.request.length_frames == shot.length_frames + shot.tail_frames
        assert final.request == UpscaleRequest(width_px=1920, height_px=1080)
        assert final.inputs == (take.key,)


def test_without_an_upscaler_the_clip_has_the_films_size_and_the_still_what_its_model_can():
    plan = generated(choice=without("upscale"))
    assert not slots(plan, "take")
    shot, frame = slots(plan, "shot")["1-1"].request, slots(plan, "keyframe")["1-1"].request
    assert (shot.width_px, shot.height_px) == (1920, 1080)
    assert frame.width_px * frame.height_px <= 1_000_000
    assert (frame.width_px % 2, frame.height_px % 2) == (0, 0)
    assert abs(frame.width_px / frame.height_px - 16 / 9) < 0.01


def test_a_still_is_as_large_as_its_model_draws_best_where_the_clip_is_smaller():
    sizes = {}
    for own in (240, 720):
        plan = generated(choice=changed("image", settings={"short_side_px": own}))
        request = slots(plan, "keyframe")["1-1"].request
        sizes[own] = request.width_px, request.height_px
    assert sizes == {240: (854, 480), 720: (1280, 720)}


def test_a_clip_that_is_already_as_large_as_the_film_is_not_upscaled():
    plan = generated(choice=changed("video", settings={"short_side_px": 1080}))
    assert not [task for task in plan.tasks if task.role == "upscale"]


def test_words_to_be_read_go_to_the_model_for_titles():
    plan = generated()
    card = next(shot for shot in plan.shots if shot.coverage == "title")
    task = slots(plan, "shot")[card.id]
    assert (task.model, task.role, task.inputs) == ("cards", "video", ())
    assert (task.request.width_px, task.request.height_px) == (1920, 1080)
    assert task.request.staging == card.staging
    assert not {f"keyframe:{card.id}", f"take:{card.id}"} & plan.uses.keys()
    plain = generated(choice=without("title"))
    assert slots(plain, "take")[card.id].model == "camera"


def test_speech_that_a_clip_hears_comes_after_its_keyframe():
    plan = generated(choice=changed("video", wants=("keyframe", "speech")))
    heard = 0
    for shot in plan.shots:
        if shot.coverage == "title":
            continue
        take = slots(plan, "take")[shot.id]
        assert take.inputs[0] == plan.uses[f"keyframe:{shot.id}"]
        for speaking in take.request.speaking:
            line = next(line for line in shot.lines if line.offset_frames == speaking.start_frame)
            assert take.inputs[speaking.input] == plan.uses[f"line:{line.id}"]
            heard += 1
    assert heard >= 6


def test_a_model_that_wants_no_keyframe_has_no_stills():
    plan = generated(choice=changed("video", wants=("staging", "speech")))
    assert not [task for task in plan.tasks if task.role == "image"]
    assert slots(plan, "take")["1-1"].request.prompt == plan.shots[0].prompt


# -- laughs and sighs ----------------------------------------------------------------------------------------------------


def laugh_and_sigh(plan):
    laugh = next(line for line in plan.lines if line.nonverbal == "laugh")
    sigh = next(line for line in plan.lines if line.nonverbal == "sigh")
    assert laugh.text
    assert not sigh.text
    return laugh, sigh


def test_another_model_laughs_before_the_words():
    plan = generated()
    laugh, sigh = laugh_and_sigh(plan)
    sound, words = slots(plan, "nonverbal")[laugh.id], slots(plan, "line")[laugh.id]
    assert (sound.model, sound.role, sound.request.text, sound.request.nonverbal) == ("bark", "speech", "", "laugh")
    assert (words.model, words.request.text, words.request.nonverbal) == ("voice", laugh.text, "")
    assert (words.inputs, words.request.before) == ((sound.key,), 0)
    assert slots(plan, "line")[sigh.id] == slots(plan, "nonverbal")[sigh.id]
    assert set(slots(plan, "nonverbal")) == {laugh.id, sigh.id}
    assert plan.warnings == ()


def test_a_recording_comes_before_the_laugh():
    text = FILM.replace("[[look MARA", "[[voice MARA: mara.wav]]\n[[look MARA")
    sample = Asset(kind="audio", source="mara.wav", sha256="d" * 64)
    plan = generated(text, assets=(sample,))
    laugh, _ = laugh_and_sigh(plan)
    words = slots(plan, "line")[laugh.id]
    assert words.inputs == (sample.key, plan.uses[f"nonverbal:{laugh.id}"])
    assert (words.request.sample, words.request.before) == (0, 1)


def test_a_voice_that_can_laugh_does_so_itself():
    plan = generated(choice=changed("speech", wants=("nonverbal",)))
    laugh, sigh = laugh_and_sigh(plan)
    assert not slots(plan, "nonverbal")
    assert slots(plan, "line")[laugh.id].request.nonverbal == "laugh"
    assert slots(plan, "line")[sigh.id].request == replace(slots(plan, "line")[sigh.id].request, text="", nonverbal="sigh")


def test_where_nobody_can_laugh_the_words_are_spoken_and_a_warning_says_so():
    plan = generated(choice=without("nonverbal"))
    laugh, sigh = laugh_and_sigh(plan)
    assert slots(plan, "line")[laugh.id].request.nonverbal == ""
    assert f"line:{sigh.id}" not in plan.uses
    assert len(plan.warnings) == 1
    assert laugh.id in plan.warnings[0]
    assert film_tasks(speech_tasks(plan, without("nonverbal")), without("nonverbal")).warnings == plan.warnings


def test_speech_waits_for_no_picture():
    spoken = speech_tasks(generated(), GENERATORS)
    keys = {task.key for task in spoken.tasks}
    assert all(isinstance(task.request, SpeechRequest) and keys.issuperset(task.inputs) for task in spoken.tasks)
    assert {slot.partition(":")[0] for slot in spoken.uses} == {"line", "nonverbal"}


# -- music ---------------------------------------------------------------------------------------------------------------


def test_what_is_sung_reaches_the_model_for_music():
    plan = generated(FILM.replace("Gulls circle", "[[lyrics: Home again\nhome again]]\n\nGulls circle"))
    sung = {index: task.request.lyrics for index, task in slots(plan, "music").items()}
    assert sung == {"0": "", "1": "Home again\nhome again", "2": "", "3": ""}


def test_the_language_of_lyrics_is_stated_and_nothing_of_it_where_nobody_sings():
    film = FILM.replace("Gulls circle", "[[lyrics: Encore\nencore]]\n\nGulls circle")

    def tasks(film, language):
        return slots(generated(film.replace("Style:", f"Language: {language}\nStyle:")), "music")

    for language, stated in (("fr-CA", "fr"), ("en", "en")):
        assert [task.request.language for task in tasks(film, language).values()] == ["", stated, "", ""]
    russian = tasks(film.replace("Encore\nencore", "Снова домой"), "en")
    assert russian["1"].request.language == "ru"


def test_music_without_lyrics_keeps_the_key_that_it_had_before_requests_had_a_language():
    task = slots(generated(FILM), "music")["0"]
    request = request_adapter.dump_python(task.request, mode="json")
    assert request.pop("language") == ""
    facts = {name: getattr(task, name) for name in ("role", "model", "revision", "precision", "seed")}
    assert task.key == digest({**facts, "request": request, "inputs": []})
    sung = replace(task, request=replace(task.request, lyrics="la mer", language="fr"))
    assert sung.key != replace(sung, request=replace(sung.request, language="")).key


# -- laws ----------------------------------------------------------------------------------------------------------------

_PIECES = """MARA climbs.|Mara and TOM wait.|ADA, MARA and TOM argue.|Rain falls.|MARA
No.|TOM
(laughs)
Never.|ADA
(sighs)|TITLE CARD: Later|INT. LIGHTHOUSE - NIGHT|EXT. LIGHTHOUSE - DAY|EXT. HARBOUR - DAWN|INSERT - A LETTER|A DOG barks.|DISSOLVE TO:"""
_LINES = st.lists(st.sampled_from(_PIECES.split("|")), min_size=1, max_size=14)
_WANTS = st.sampled_from([(), ("keyframe",), ("keyframe", "speech"), ("staging", "speech"), ("keyframe", "staging")])


@given(
    lines=_LINES,
    wants=_WANTS,
    references=st.sampled_from([0, 1, 2, 5]),
    roles=st.sets(st.sampled_from(["upscale", "title", "nonverbal", "image"])),
)
def test_every_position_points_at_an_input_and_inputs_come_first(lines, wants, references, roles):
    image = GENERATORS["image"].model_copy(
        update={"wants": ("references",) if references else (), "settings": {"max_references": max(references, 1)}}
    )
    choice = {**without("upscale", "title", "nonverbal", "image"), **{role: GENERATORS[role] for role in roles}}
    choice = {**choice, "video": GENERATORS["video"].model_copy(update={"wants": wants})}
    choice = {**choice, "image": image} if "image" in roles else choice
    text = "INT. LIGHTHOUSE - NIGHT\n\n[[voice MARA: mara.wav]]\n\nMARA waits.\n\n" + "\n\n".join(lines) + "\n"
    sample = Asset(kind="audio", source="mara.wav", sha256="e" * 64)
    plan = generated(text, choice, (sample,))
    done = {sample.key}
    for task in plan.tasks:
        assert done.issuperset(task.inputs)
        assert task.key not in done
        done.add(task.key)
        positions = _positions(task.request)
        assert all(0 <= position < len(task.inputs) for position in positions)
        assert set(range(len(task.inputs))) == set(positions)  # and no input is there for nothing
    assert set(plan.uses.values()) == done - {sample.key}


def _positions(request):
    match request:
        case SpeechRequest():
            return [position for position in (request.sample, request.before) if position is not None]
        case ImageRequest():
            return [one.input for one in request.references]
        case VideoRequest():
            heard = [one.input for one in request.speaking if one.input >= 0]
            return heard if request.keyframe is None else [request.keyframe, *heard]
        case UpscaleRequest():
            return [0]
        case _:
            return []
