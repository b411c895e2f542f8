"""Action covered: what happens, the author's directions, montages, inserts."""

from __future__ import annotations

import re
from dataclasses import replace

from cinema.plan.beats import ActionBeat
from cinema.plan.directions import BULLET, Crossing, Direction
from cinema.plan.draft import Draft
from cinema.plan.floor import Floor
from cinema.plan.looks import framing_for
from cinema.plan.model import Coverage
from cinema.plan.rhythm import speech_seconds
from cinema.plan.sound import caps_objects, cue, cues_in_action
from cinema.plan.staging import Framing
from cinema.plan.things import DETERMINERS, HANDS, PARTS, SMALL, as_prop, far, head_of, heard_thing, objects_in
from cinema.plan.titles import TITLE_LEAD_SECONDS, Title, title_seconds
from cinema.plan.wording import name_in_prose, sentence
from cinema.plan.words import lower_words, sentences, vocabulary

_LONGEST_ACTION_SECONDS = 7.0
_FACES = vocabulary("face eyes eye mouth lips smile expression gaze tears cheek cheeks brow profile")
"""Close on these is close on the person."""
_PERSONAL = vocabulary("he she they him her them")
_DETERMINED = re.compile(rf"(?:{'|'.join(sorted(DETERMINERS))}) ", re.IGNORECASE)


def cover_action(floor: Floor, beat: ActionBeat) -> None:
    if beat.title:
        flush(floor)
        _title(floor, beat.title)
        _note_sounds(floor, beat.notes)
        return
    direction = replace(beat.direction, subject=quiet(floor, beat.direction.subject)) if beat.direction else None
    if direction is None:
        if beat.text:
            if floor.montage and (BULLET.match(beat.rows[0]) or len(beat.rows) > 1 or not _bulleted(floor)):
                _montage(floor, beat.rows)
            else:
                floor.montage = False
                _paragraph(floor, beat.text)
        _note_sounds(floor, beat.notes)
        return
    flush(floor)
    if direction.kind == "montage":
        floor.montage = True
        rows = beat.rows[1:] if len(beat.rows) > 1 else ()
        if not rows and direction.subject and " " in direction.subject and len(beat.text) > 90:
            rows = tuple(sentences(direction.subject))
        _montage(floor, rows)
    elif direction.kind == "end_montage":
        floor.montage = False
    elif direction.kind == "intercut":
        floor.intercut = True
    elif direction.kind == "back":
        floor.montage = False
        floor.since_group = 99
        if direction.subject:
            _paragraph(floor, direction.subject)
    else:
        floor.montage = False
        _directed(floor, direction)
    _note_sounds(floor, beat.notes)


def _title(floor: Floor, title: Title) -> None:
    """A super lies over the picture before it, or over the place; a card is its own shot, between blacks after a fade out."""
    seconds = title_seconds(title.words, floor.scenery.pace)
    last = floor.drafts[-1] if floor.drafts else None
    if title.over:
        if last is None or last.title or last.coverage in ("insert", "title") or floor.crossing != Crossing():
            floor.add(floor.view(floor.place, "establishing"))
            last = floor.drafts[-1]
        floor.drafts[-1] = replace(
            last, title=title.words, seconds=max(last.seconds, seconds + TITLE_LEAD_SECONDS / floor.scenery.pace)
        )
        return
    after_black = last is not None and last.fade_out
    if after_black and floor.crossing.entrance == "cut":
        floor.crossing = Crossing(entrance="fade")
    card = floor.draft("title", "wide", " ".join(title.words.split()))
    floor.add(
        replace(
            card,
            focus="title",
            title=title.words,
            seconds=seconds,
            camera="static",
            sounds=(),
            fixed=True,
            fade_out=after_black,
        )
    )


def _bulleted(floor: Floor) -> bool:
    return any(draft.coverage == "montage" and draft.words == "list" for draft in floor.drafts)


def _montage(floor: Floor, rows: tuple[str, ...]) -> None:
    for row in rows:
        listed = BULLET.match(row)
        text = BULLET.sub("", row).strip()
        if text:
            people = floor.present(text)
            framing = framing_for(text, len(people), floor.scenery.scene.tension)
            draft = floor.draft("montage", framing, text, characters=people)
            floor.add(replace(draft, words="list" if listed else ""))


def _directed(floor: Floor, direction: Direction) -> None:
    """A shot that the author called for. Words in capitals alone wait for the paragraph that says what happens in it."""
    if direction.subject and (len(direction.subject.split()) > 5 or direction.subject.endswith((".", "!", "?"))):
        _directed_shot(floor, direction, direction.subject)
    else:
        floor.pending = direction


def _directed_shot(floor: Floor, direction: Direction, text: str) -> None:
    parts = _chunks(floor, text)
    for number, part in enumerate(parts):
        if number == 0:
            floor.add(replace(_by_direction(floor, direction, part), fixed=True))
        else:
            _happen(floor, part)


def _by_direction(floor: Floor, direction: Direction, text: str) -> Draft:
    whole = f"{sentence(direction.subject)} {text}" if direction.subject.lower() not in text.lower() else text
    whole = sentence(whole)
    framing: Framing = direction.framing or "medium"
    near = direction.kind == "insert" or framing in ("close", "extreme_close", "medium", "medium_close")
    thing = _thing_meant(floor, direction.subject or text, whole) if near and direction.kind != "pov" else ""
    people = () if thing else floor.present(whole)
    coverage: Coverage = "single"
    focus = people[0] if people else ""
    if direction.kind == "pov":
        viewer = floor.scenery.cast.name(direction.viewer)
        people = tuple(person for person in people if person != viewer)
        coverage, framing, focus = "pov", "medium_wide" if people else "wide", people[0] if people else ""
    elif direction.kind == "insert":
        coverage, people = "insert", ()
        focus = thing or next(iter(objects_in(whole)), "") or head_of(direction.subject or text)
    elif framing in ("wide", "extreme_wide", "full"):
        coverage = "establishing" if framing == "extreme_wide" else "master"
        people = people or (tuple(floor.here) if framing != "extreme_wide" and not direction.subject else ())
    elif framing == "two_shot":
        people = (people + tuple(person for person in floor.company if person not in people))[:2]
        coverage = "two_shot"
    elif thing:
        people, coverage, framing, focus = (), "insert", "insert", thing
    if framing in ("close", "extreme_close", "medium_close"):
        people = people[:1]
    shoulder = (floor.listener(focus) or "") if framing == "over_shoulder" and people else ""
    if shoulder:
        people, coverage = (focus, shoulder), "over_shoulder"
    draft = floor.draft(coverage, framing, whole, characters=people, focus=focus)
    return replace(draft, angle=direction.angle, near=shoulder)


def _thing_meant(floor: Floor, subject: str, whole: str) -> str:
    """The thing that a close direction is of ("Mara's hand", "the lamp in her arms"), or "" where it is of a person."""
    head = head_of(subject)
    if head in PARTS:
        return "hand" if head in HANDS else head
    prop = as_prop(head)
    if prop:
        return prop
    if floor.mentioned(subject):
        return ""
    things = objects_in(subject) or (objects_in(whole) if not floor.mentioned(whole) and not _meant(whole) else ())
    if things:
        return things[0]
    a_face = head in _FACES or _meant(subject)
    named = _DETERMINED.match(subject) is not None
    return head if not a_face and (named or sentence(subject) != whole) else ""


def _meant(text: str) -> bool:
    """Whether a text opens with a pronoun for a person."""
    return not _PERSONAL.isdisjoint(lower_words(text)[:1])


def flush(floor: Floor) -> None:
    """A direction that nothing followed is a shot by itself."""
    if floor.pending:
        direction, floor.pending = floor.pending, None
        shown = sentence(direction.subject) if direction.subject else floor.place
        floor.add(replace(_by_direction(floor, direction, shown), fixed=True))


def _paragraph(floor: Floor, text: str) -> None:
    if floor.pending:
        direction, floor.pending = floor.pending, None
        _directed_shot(floor, direction, text)
        return
    for part in _chunks(floor, text):
        _happen(floor, part)


def _chunks(floor: Floor, text: str) -> list[str]:
    """Sentences of a paragraph in shots: a new one when the people change, a thing is heard, or it grows too long to watch."""
    chunks: list[str] = []
    held: tuple[str, ...] = ()
    alone = False
    for part in sentences(text):
        people = tuple(dict.fromkeys(name for _, name in floor.scenery.cast.mentions(part)))
        fits = chunks and not alone and speech_seconds(chunks[-1], "en") + speech_seconds(part, "en") <= _LONGEST_ACTION_SECONDS
        alone = _rings(floor, part, people)
        if fits and not alone and (not people or not held or people == held or set(people) <= set(held)):
            chunks[-1] = f"{chunks[-1]} {part}"
        else:
            chunks.append(part)
            held = ()
        held = held or people
    return chunks


def _rings(floor: Floor, text: str, people: tuple[str, ...]) -> bool:
    """Whether a sentence is of a small thing that is heard here for the first time ("A telephone RINGS."): worth a detail."""
    thing = heard_thing(text) if not people and floor.drafts and floor.may_insert() else ""
    return bool(thing) and thing not in floor.shown and bool(cues_in_action(text, floor.scenery.cast.heard))


def _happen(floor: Floor, text: str) -> None:
    scene = floor.scenery.scene
    people = floor.present(text)
    objects = [thing for thing in _shown_things(floor, text) if thing not in floor.shown]
    if not floor.drafts and floor.scenery.new_place and not people:
        floor.add(floor.view(text, "establishing"))
    elif not people and _rings(floor, text, people):
        thing = heard_thing(text)
        floor.shown.add(thing)
        floor.add(floor.draft("insert", "insert", text, focus=thing))
        return
    elif not people and objects and floor.may_insert():
        floor.add(floor.draft("insert", "insert", text, focus=objects[0]))
        floor.shown.update(objects)
    else:
        inside = scene.interior and not people and floor.company and not far(text) and not floor.intercut
        people = tuple(floor.company[:4]) if inside else people
        framing = "wide" if inside else framing_for(text, len(people), scene.tension)
        if not floor.drafts and floor.scenery.new_place and not floor.crossing.tight:
            framing = "full" if scene.interior else "wide"
        coverage: Coverage = (
            "master"
            if not people or len(people) > 2 or framing in ("wide", "full")
            else "two_shot"
            if len(people) == 2
            else "single"
        )
        floor.add(floor.draft(coverage, framing, text, characters=people, focus=people[0] if people else ""))
        floor.since_group = 0 if len(people) > 1 else floor.since_group + 1
    floor.depart(text)
    for thing in objects[:1]:
        if thing not in floor.shown and floor.may_insert():
            floor.shown.add(thing)
            floor.add(floor.draft("insert", "insert", f"The {thing}.", focus=thing))


def _shown_things(floor: Floor, text: str) -> list[str]:
    """Small things that the author set in capitals to be seen or heard close by; nothing far off, large, weather or broken."""
    found: list[str] = []
    for part in sentences(text):
        if far(part):
            continue
        for word in caps_objects(part, floor.scenery.cast.heard):
            thing = as_prop(word)
            if thing in SMALL and thing not in found:
                found.append(thing)
    return found


def _note_sounds(floor: Floor, notes: tuple[str, ...]) -> None:
    if not notes:
        return
    if floor.pending:
        flush(floor)
    if not floor.drafts:
        floor.add(floor.view(floor.place, "establishing"))
    last = floor.drafts[-1]
    floor.drafts[-1] = replace(last, sounds=(*last.sounds, *(cue(note, place=0.2) for note in notes)))


def quiet(floor: Floor, words: str) -> str:
    """A subject in capitals in ordinary letters, people's names kept: "THE LAMP" is "the lamp", "MARA" is "Mara"."""
    if words != words.upper():
        return words
    lowered = words.lower()
    for name in floor.mentioned(words):
        lowered = lowered.replace(name.lower(), name_in_prose(name))
    return lowered
