"""Speech covered: masters, two-shots, over-the-shoulder shots and singles that follow who speaks; reactions; voices unseen."""

from __future__ import annotations

from dataclasses import replace

from cinema.plan.action_coverage import flush
from cinema.plan.beats import SpeechBeat, delivery_of
from cinema.plan.casting import NARRATORS
from cinema.plan.dialogue import lines_of
from cinema.plan.directions import Crossing
from cinema.plan.draft import Draft, DraftLine
from cinema.plan.floor import Floor
from cinema.plan.looks import dice
from cinema.plan.model import Coverage
from cinema.plan.rhythm import LONGEST_LINE_SECONDS
from cinema.plan.staging import CameraMove, Emotion, Framing
from cinema.plan.wording import listed, name_in_prose
from cinema.plan.words import lower_words

_STRONG: frozenset[Emotion] = frozenset({"shout", "tender", "afraid", "sad", "angry", "whisper", "tense"})
_REESTABLISH_AFTER = 9
_CLOSER_AFTER = 7
"""Exchanges after which a talk is filmed in close-ups."""
_SHORT_REPLY_SECONDS = 2.0


def cover_speech(floor: Floor, beat: SpeechBeat, *, whole: bool, partner: str = "") -> None:
    """The shots of a speech. `whole`: it is half of a dual dialogue; `partner` speaks the other half, and is seen with it."""
    scene, cast = floor.scenery.scene, floor.scenery.cast
    member = cast.members.get(beat.character)
    narrator = member is not None and member.narrator
    delivery = delivery_of(
        beat.extension,
        phone_call=floor.scenery.phone_call and NARRATORS.isdisjoint(lower_words(beat.character)),
        intercut=floor.intercut,
    )
    if narrator and delivery == "on_screen":
        delivery = "voice_over"
    lines = lines_of(beat, cast, delivery, scene.tension, whole=whole)
    if floor.pending and lines:
        flush(floor)
        last = floor.drafts[-1]
        floor.drafts[-1] = replace(last, lines=tuple(lines[:1]))
        lines = lines[1:]
    if delivery != "on_screen":
        _unseen(floor, lines, beat.character)
        return
    people = cast.people(beat.character)
    for person in people:
        floor.arrive(person)
        if not floor.intercut:
            floor.arrived.add(person)
    both = tuple(dict.fromkeys((*people, *cast.people(partner)))) if partner and not floor.intercut else people
    for number, line in enumerate(lines):
        if len(both) > len(people):
            _group(floor, line, both)
        else:
            _line(floor, line, people, number)
    if people and (not floor.spoke or floor.spoke[-1] != people[0]):
        floor.spoke = [*floor.spoke[-7:], people[0]]
        floor.exchanges += 1


def _unseen(floor: Floor, lines: list[DraftLine], speaker: str) -> None:
    """Voices from elsewhere lie over the picture before them, or over a listener, or over the place."""
    for line in lines:
        last = floor.drafts[-1] if floor.drafts else None
        heard = sum(other.seconds for other in last.lines) if last else 0.0
        quiet = (
            last is not None
            and last.coverage != "title"
            and all(other.delivery != "on_screen" for other in last.lines)
            and not last.fade_out
        )
        if (
            last
            and quiet
            and (line.dual or heard + line.seconds <= (7.0 if last.lines else LONGEST_LINE_SECONDS + 0.5))
            and floor.crossing == Crossing()
        ):
            floor.drafts[-1] = replace(last, lines=(*last.lines, line))
            continue
        listener = floor.listener(speaker)
        if listener and line.delivery != "voice_over":
            _listening(floor, line, listener)
        elif floor.company and dice(line.text) % 3:
            person = floor.company[dice(line.text) % len(floor.company)]
            action = f"On {name_in_prose(person)}."
            floor.add(floor.draft("single", "medium_wide", action, characters=(person,), focus=person, lines=(line,)))
        else:
            floor.add(floor.view(floor.place, "master", (line,)))


def _line(floor: Floor, line: DraftLine, people: tuple[str, ...], number: int) -> None:
    last = floor.drafts[-1] if floor.drafts else None
    if last and last.lines and not last.fade_out and _joins(floor, line, last):
        floor.drafts[-1] = replace(last, lines=(*last.lines, line))
        return
    if not people:
        floor.add(floor.view(floor.place, "master", (line,)))
        return
    speaker = people[0]
    listener = None if floor.intercut else floor.listener(speaker)
    if len(people) > 1:
        _group(floor, line, people)
    elif number % 4 == 1 and listener:
        _listening(floor, line, listener)
    elif listener and number == 0 and floor.since_group >= _REESTABLISH_AFTER:
        others = tuple(person for person in floor.company if person != speaker) if len(floor.company) > 2 else (listener,)
        _group(floor, line, (speaker, *others))
    elif number % 12 == 6 and listener:
        _group(floor, line, (speaker, listener))
    else:
        _single(floor, line, speaker, listener, number)


def _joins(floor: Floor, line: DraftLine, last: Draft) -> bool:
    """Whether a line is heard in the shot before it: the other half of a dual dialogue, or a short reply in view."""
    if line.dual:
        return True
    seen = line.character in last.characters and last.near != line.character
    total = sum(other.seconds for other in last.lines) + line.seconds
    wide_enough = (len(last.characters) > 1 and last.coverage in ("two_shot", "master")) or last.lines[
        -1
    ].character == line.character
    return (
        seen
        and wide_enough
        and line.seconds <= _SHORT_REPLY_SECONDS
        and total <= 6.0
        and len(last.lines) < 3
        and floor.crossing == Crossing()
    )


def _listening(floor: Floor, line: DraftLine, listener: str) -> None:
    action = f"{name_in_prose(listener)} listens."
    floor.add(floor.draft("reaction", "medium_close", action, characters=(listener,), focus=listener, lines=(line,)))


def _group(floor: Floor, line: DraftLine, people: tuple[str, ...]) -> None:
    floor.since_group = 0 if len(people) > 1 else floor.since_group + 1
    coverage: Coverage = "two_shot" if len(people) == 2 else "master"
    framing: Framing = "two_shot" if len(people) == 2 else "wide"
    speaker = next(iter(people))
    action = f"{listed(people)}." if len(people) > 1 else f"On {name_in_prose(speaker)}."
    floor.add(floor.draft(coverage, framing, action, characters=people[:5], focus=speaker, lines=(line,)))


def _single(floor: Floor, line: DraftLine, speaker: str, listener: str | None, number: int) -> None:
    """One person who speaks; the longer a talk or a speech lasts, the closer we come."""
    floor.since_group += 1
    tension = floor.scenery.scene.tension
    action = f"{name_in_prose(speaker)}, to {name_in_prose(listener)}." if listener else f"On {name_in_prose(speaker)}."
    strong = line.emotion in _STRONG
    if listener and floor.exchanges < 4 and not strong and number == 0:
        draft = floor.draft(
            "over_shoulder", "over_shoulder", action, characters=(speaker, listener), focus=speaker, lines=(line,)
        )
        floor.add(replace(draft, near=listener))
        return
    near_enough = (
        (strong and tension > 0.45)
        or number % 4 == 2
        or (listener is not None and floor.exchanges > _CLOSER_AFTER and number == 0)
    )
    framing: Framing = "close" if near_enough else "medium_close" if listener or floor.exchanges else "medium"
    camera: CameraMove = "push_in" if strong and line.seconds > 3.5 else "static"
    floor.add(
        replace(floor.draft("single", framing, action, characters=(speaker,), focus=speaker, lines=(line,)), camera=camera)
    )
