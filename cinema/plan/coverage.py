"""Coverage of a scene: which shots show it, by the rules of the trade and the author's directions."""

from __future__ import annotations

from dataclasses import replace

from cinema.plan.action_coverage import cover_action, flush
from cinema.plan.beats import ActionBeat, Beat, CrossingBeat, SpeechBeat
from cinema.plan.continuity import without_jumps
from cinema.plan.dialogue_coverage import cover_speech
from cinema.plan.directions import Crossing
from cinema.plan.draft import Draft
from cinema.plan.floor import Floor
from cinema.plan.words import sentences


def cover(floor: Floor, beats: tuple[Beat, ...]) -> tuple[list[Draft], Crossing]:
    """The shots of a scene, at least one, and the transition that is left over for the next."""
    floor.here = list(floor.scenery.here)
    floor.arrived.update(floor.here)
    floor.intercut = floor.scenery.calling
    _establish(floor, beats)
    for position, beat in enumerate(beats):
        if isinstance(beat, CrossingBeat):
            _cross(floor, beat.crossing)
        elif isinstance(beat, ActionBeat):
            cover_action(floor, beat)
        else:
            follower = beats[position + 1] if position + 1 < len(beats) else None
            together = follower.character if isinstance(follower, SpeechBeat) and follower.dual else ""
            _expect(floor, beats[position:])
            cover_speech(floor, beat, whole=beat.dual or bool(together), partner=together)
    flush(floor)
    if not floor.drafts:
        floor.add(floor.view(floor.place, "establishing"))
    return without_jumps(floor.drafts), floor.crossing


def _expect(floor: Floor, beats: tuple[Beat, ...]) -> None:
    """Who answers at once is here already, unless only a voice: so that a talk opens on both."""
    first = beats[0]
    if floor.intercut or not isinstance(first, SpeechBeat) or first.extension or len(floor.company) > 1:
        return
    for beat in beats[1:]:
        if not isinstance(beat, SpeechBeat):
            return
        people = floor.scenery.cast.people(beat.character)
        if beat.character != first.character and people and not beat.extension:
            for person in (*floor.scenery.cast.people(first.character), *people):
                floor.arrive(person)
            return


def _establish(floor: Floor, beats: tuple[Beat, ...]) -> None:
    """A new place is shown first, unless the author starts elsewhere: with a direction, a title, a smash or match cut."""
    first = next((beat for beat in beats if not isinstance(beat, CrossingBeat)), None)
    directed = isinstance(first, ActionBeat) and (
        first.direction is not None or (first.title is not None and not first.title.over)
    )
    if not floor.scenery.new_place or directed or floor.crossing.tight or floor.crossing.match or not floor.scenery.scene.place:
        return
    described = (
        isinstance(first, ActionBeat) and first.text and not first.title and not floor.mentioned(sentences(first.text)[0])
    )
    if not described:  # else the description itself becomes the establishing shot
        floor.add(floor.view(floor.place, "establishing"))


def _cross(floor: Floor, crossing: Crossing) -> None:
    """FADE OUT darkens the shot before; the rest waits for the shot to come."""
    flush(floor)
    if crossing.fade_out and floor.drafts:
        floor.drafts[-1] = replace(floor.drafts[-1], fade_out=True)
    floor.crossing = crossing
