"""Action covered: what happens, the author's directions, montages, inserts."""

from __future__ import annotations

from dataclasses import replace

from cinema.plan.beats import ActionBeat
from cinema.plan.directions import BULLET, Direction
from cinema.plan.draft import Draft
from cinema.plan.floor import Floor
from cinema.plan.looks import TIGHTER, framing_for, objects_in
from cinema.plan.model import Coverage
from cinema.plan.rhythm import speech_seconds
from cinema.plan.sound import caps_objects, cue, cues_in_action
from cinema.plan.staging import Framing
from cinema.plan.words import lower_words, sentences, title_case

_LONGEST_ACTION_SECONDS = 7.0


def cover_action(floor: Floor, beat: ActionBeat) -> None:
    if beat.title:
        flush(floor)
        floor.add(floor.draft("title", "wide", beat.text))
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
            floor.add(_by_direction(floor, direction, part))
        else:
            _happen(floor, part)


def _by_direction(floor: Floor, direction: Direction, text: str) -> Draft:
    whole = f"{_sentence(direction.subject)} {text}" if direction.subject and direction.subject != text else text
    people = floor.present(whole)
    framing: Framing = direction.framing or "medium"
    coverage: Coverage = "single"
    focus = people[0] if people else ""
    if direction.kind == "pov":
        viewer = floor.scenery.cast.name(direction.viewer)
        people = tuple(person for person in people if person != viewer)
        coverage, framing, focus = "pov", "medium_wide" if people else "wide", people[0] if people else ""
    elif direction.kind == "insert":
        coverage, people = "insert", ()
        focus = next(iter(objects_in(whole)), _last_word(direction.subject or text))
    elif framing in ("wide", "extreme_wide", "full"):
        coverage = "establishing" if framing == "extreme_wide" else "master"
        people = people or (tuple(floor.here) if framing != "extreme_wide" else ())
    elif framing == "two_shot":
        people = (people + tuple(person for person in floor.here if person not in people))[:2]
        coverage = "two_shot"
    elif framing in ("close", "extreme_close", "medium", "medium_close") and not floor.mentioned(direction.subject or text):
        subject = objects_in(direction.subject) or (objects_in(whole) if not people else ())
        if subject or (direction.subject and direction.subject != text):
            people, coverage, framing = (), "insert", "insert"
            focus = subject[0] if subject else _last_word(direction.subject)
    if framing in ("close", "extreme_close", "medium_close"):
        people = people[:1]
    draft = floor.draft(coverage, framing, whole if direction.subject not in text else text, characters=people, focus=focus)
    return replace(draft, angle=direction.angle, near=floor.listener(focus) or "" if framing == "over_shoulder" else "")


def flush(floor: Floor) -> None:
    """A direction that nothing followed is a shot by itfloor."""
    if floor.pending:
        direction, floor.pending = floor.pending, None
        floor.add(_by_direction(floor, direction, direction.subject or floor.scenery.scene.place))


def _paragraph(floor: Floor, text: str) -> None:
    if floor.pending:
        direction, floor.pending = floor.pending, None
        _directed_shot(floor, direction, text)
        return
    for part in _chunks(floor, text):
        _happen(floor, part)


def _chunks(floor: Floor, text: str) -> list[str]:
    """Sentences of a paragraph in shots: a new one when the people change or it grows too long to watch."""
    chunks: list[str] = []
    held: tuple[str, ...] = ()
    for sentence in sentences(text):
        people = tuple(dict.fromkeys(name for _, name in floor.scenery.cast.mentions(sentence)))
        fits = chunks and speech_seconds(chunks[-1], "en") + speech_seconds(sentence, "en") <= _LONGEST_ACTION_SECONDS
        if fits and (not people or not held or people == held or set(people) <= set(held)):
            chunks[-1] = f"{chunks[-1]} {sentence}"
        else:
            chunks.append(sentence)
            held = ()
        held = held or people
    return chunks


def _happen(floor: Floor, text: str) -> None:
    scene = floor.scenery.scene
    people = floor.present(text)
    objects = [word for word in caps_objects(text, floor.scenery.cast.heard) if word not in floor.shown]
    sounds = cues_in_action(text, floor.scenery.cast.heard)
    first = not floor.drafts
    if first and floor.scenery.new_place and not people:
        floor.add(floor.view(text, "establishing"))
    elif not people and (objects or (sounds and objects_in(text))):
        focus = objects[0] if objects else objects_in(text)[0]
        floor.add(floor.draft("insert", "insert", text, focus=focus))
        floor.shown.update(objects)
    else:
        framing = framing_for(text, len(people), scene.tension)
        if floor.drafts and floor.drafts[-1].characters == people and floor.drafts[-1].framing == framing:
            framing = TIGHTER.get(framing, framing) if len(people) < 3 else framing
        coverage: Coverage = (
            "master"
            if not people or len(people) > 2 or framing in ("wide", "full")
            else "two_shot"
            if len(people) == 2
            else "single"
        )
        floor.add(floor.draft(coverage, framing, text, characters=people, focus=people[0] if people else ""))
        floor.since_group = 0 if len(people) > 1 else floor.since_group + 1
    for word in objects[:1]:
        if people and word not in floor.shown:
            floor.shown.add(word)
            floor.add(floor.draft("insert", "insert", f"The {word}." if word.isascii() else word, focus=word))


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
        lowered = lowered.replace(name.lower(), title_case(name))
    return lowered


def _sentence(words: str) -> str:
    """Free words as a sentence: "the lamp" is "The lamp."."""
    ended = words if words.endswith((".", "!", "?", "…")) else f"{words}."
    return ended[:1].upper() + ended[1:]


def _last_word(text: str) -> str:
    words = lower_words(text)
    return words[-1] if words else ""
