"""Coverage of a scene: which shots show it, by the rules of the trade and the author's directions."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from cinema.plan.beats import ActionBeat, Beat, CrossingBeat, SpeechBeat, delivery_of
from cinema.plan.casting import Cast
from cinema.plan.dialogue import lines_of
from cinema.plan.directions import BULLET, Crossing, Direction
from cinema.plan.draft import Draft, DraftLine
from cinema.plan.looks import dice, framing_for, move_for, objects_in
from cinema.plan.model import Coverage, ScenePlan
from cinema.plan.rhythm import action_seconds, limits_seconds, speech_seconds
from cinema.plan.sound import caps_objects, cue, cues_in_action
from cinema.plan.staging import CameraMove, Emotion, Framing
from cinema.plan.terms import camera_in_action
from cinema.plan.words import lower_words, sentences, vocabulary

_STRONG: frozenset[Emotion] = frozenset({"shout", "tender", "afraid", "sad", "angry", "whisper", "tense"})
_TIGHTER: dict[Framing, Framing] = {
    "wide": "medium_wide",
    "full": "medium",
    "medium_wide": "medium",
    "medium": "medium_close",
    "medium_close": "close",
    "close": "medium",
}
_PLURAL = vocabulary("they them both together everyone everybody all")
_PRONOUNS = {"he": "male", "him": "male", "his": "male", "she": "female", "her": "female", "hers": "female"}
_LONGEST_ACTION_SECONDS = 7.0
_REESTABLISH_AFTER = 9
_SHORT_REPLY_SECONDS = 1.3


@dataclass(frozen=True, kw_only=True)
class Scenery:
    """What coverage needs to know of a scene. `here` are those carried over from a continuous scene before."""

    scene: ScenePlan
    cast: Cast
    pace: float
    new_place: bool
    here: tuple[str, ...] = ()
    phone_call: bool = False


@dataclass
class SceneCoverage:
    """Builds the shots of one scene, beat by beat. The state is what a director keeps in mind."""

    scenery: Scenery
    crossing: Crossing = Crossing()
    drafts: list[Draft] = field(default_factory=list[Draft])
    here: list[str] = field(default_factory=list[str])
    spoke: list[str] = field(default_factory=list[str])
    shown: set[str] = field(default_factory=set[str])
    since_group: int = 99
    exchanges: int = 0
    intercut: bool = False
    montage: bool = False
    pending: Direction | None = None
    last_framing: Framing | None = None

    def cover(self, beats: list[Beat]) -> tuple[list[Draft], Crossing]:
        """The shots of a scene, and the transition that is left over for the next."""
        self.here = list(self.scenery.here)
        self._establish(beats)
        for position, beat in enumerate(beats):
            if isinstance(beat, CrossingBeat):
                self._cross(beat.crossing)
            elif isinstance(beat, ActionBeat):
                self._action(beat)
            else:
                follower = beats[position + 1] if position + 1 < len(beats) else None
                self._speech(beat, whole=beat.dual or (isinstance(follower, SpeechBeat) and follower.dual))
        self._flush()
        return self.drafts, self.crossing

    # Transitions

    def _cross(self, crossing: Crossing) -> None:
        self._flush()
        if crossing.fade_out and self.drafts:
            self.drafts[-1] = replace(self.drafts[-1], fade_out=True)
        kind = self.crossing.entrance if crossing.fade_out and crossing.entrance == "cut" else crossing.entrance
        self.crossing = replace(crossing, entrance=kind)

    def _add(self, draft: Draft) -> None:
        if self.crossing.match and self.last_framing and draft.coverage not in ("insert", "pov", "title"):
            draft = replace(draft, framing=self.last_framing)
        self.drafts.append(replace(draft, entrance=self.crossing.entrance))
        self.last_framing = draft.framing
        self.crossing = Crossing()

    # Places

    def _establish(self, beats: list[Beat]) -> None:
        """A new place is shown first, unless the author starts elsewhere: with a direction, a title, a smash or match cut."""
        first = next((beat for beat in beats if not isinstance(beat, CrossingBeat)), None)
        directed = isinstance(first, ActionBeat) and (first.direction is not None or first.title)
        opening = next((beat for beat in beats if isinstance(beat, CrossingBeat)), None)
        tight = self.crossing.tight or self.crossing.match
        if not self.scenery.new_place or directed or tight or not self.scenery.scene.place:
            return
        if opening is not None and beats[0] is opening and not opening.crossing.fade_out:
            self.crossing = opening.crossing
        if isinstance(first, ActionBeat) and first.text and not self._mentioned(first.text):
            return  # the description itself becomes the establishing shot
        scene = self.scenery.scene
        self._add(self._view(scene.place + ".", "establishing"))

    def _view(self, action: str, coverage: Coverage, lines: tuple[DraftLine, ...] = ()) -> Draft:
        """The place itself, nobody in particular."""
        framing: Framing = "wide" if self.scenery.scene.interior else "extreme_wide"
        return self._draft(coverage, framing, action, lines=lines)

    # Action

    def _action(self, beat: ActionBeat) -> None:
        if beat.title:
            self._flush()
            self._add(self._draft("title", "wide", beat.text))
            return
        direction = beat.direction
        if direction is None:
            if beat.text:
                if self.montage and (BULLET.match(beat.rows[0]) or len(beat.rows) > 1 or not self._bulleted()):
                    self._montage(beat.rows)
                else:
                    self.montage = False
                    self._paragraph(beat.text)
            self._note_sounds(beat.notes)
            return
        self._flush()
        if direction.kind == "montage":
            self.montage = True
            rows = beat.rows[1:] if len(beat.rows) > 1 else ()
            if not rows and direction.subject and " " in direction.subject and len(beat.text) > 90:
                rows = tuple(sentences(direction.subject))
            self._montage(rows)
        elif direction.kind == "end_montage":
            self.montage = False
        elif direction.kind == "intercut":
            self.intercut = True
        elif direction.kind == "back":
            self.montage = False
            self.since_group = 99
            if direction.subject:
                self._paragraph(direction.subject)
        else:
            self.montage = False
            self._directed(direction)
        self._note_sounds(beat.notes)

    def _bulleted(self) -> bool:
        return any(draft.coverage == "montage" and draft.words == "list" for draft in self.drafts)

    def _montage(self, rows: tuple[str, ...]) -> None:
        for row in rows:
            listed = BULLET.match(row)
            text = BULLET.sub("", row).strip()
            if text:
                people = self._present(text)
                framing = framing_for(text, len(people), self.scenery.scene.tension)
                draft = self._draft("montage", framing, text, characters=people)
                self._add(replace(draft, words="list" if listed else ""))

    def _directed(self, direction: Direction) -> None:
        """A shot that the author called for. Words in capitals alone wait for the paragraph that says what happens in it."""
        if direction.subject and (len(direction.subject.split()) > 5 or direction.subject.endswith((".", "!", "?"))):
            self._directed_shot(direction, direction.subject)
        else:
            self.pending = direction

    def _directed_shot(self, direction: Direction, text: str) -> None:
        parts = self._chunks(text)
        for number, part in enumerate(parts):
            if number == 0:
                self._add(self._by_direction(direction, part))
            else:
                self._happen(part)

    def _by_direction(self, direction: Direction, text: str) -> Draft:
        whole = f"{direction.subject} {text}" if direction.subject and direction.subject != text else text
        people = self._present(whole)
        framing: Framing = direction.framing or "medium"
        coverage: Coverage = "single"
        focus = people[0] if people else ""
        if direction.kind == "pov":
            viewer = self.scenery.cast.name(direction.viewer)
            people = tuple(person for person in people if person != viewer)
            coverage, framing, focus = "pov", "medium_wide" if people else "wide", people[0] if people else ""
        elif direction.kind == "insert":
            coverage, people = "insert", ()
            focus = next(iter(objects_in(whole)), _last_word(direction.subject or text))
        elif framing in ("wide", "extreme_wide", "full"):
            coverage = "establishing" if framing == "extreme_wide" else "master"
            people = people or (tuple(self.here) if framing != "extreme_wide" else ())
        elif framing == "two_shot":
            people = (people + tuple(person for person in self.here if person not in people))[:2]
            coverage = "two_shot"
        elif framing in ("close", "extreme_close", "medium", "medium_close") and not self._mentioned(direction.subject or text):
            subject = objects_in(direction.subject) or (objects_in(whole) if not people else ())
            if subject or (direction.subject and direction.subject != text):
                people, coverage, framing = (), "insert", "insert"
                focus = subject[0] if subject else _last_word(direction.subject)
        if framing in ("close", "extreme_close", "medium_close"):
            people = people[:1]
        draft = self._draft(coverage, framing, whole if direction.subject not in text else text, characters=people, focus=focus)
        return replace(draft, angle=direction.angle, near=self._listener(focus) or "" if framing == "over_shoulder" else "")

    def _flush(self) -> None:
        """A direction that nothing followed is a shot by itself."""
        if self.pending:
            direction, self.pending = self.pending, None
            self._add(self._by_direction(direction, direction.subject or self.scenery.scene.place))

    def _paragraph(self, text: str) -> None:
        if self.pending:
            direction, self.pending = self.pending, None
            self._directed_shot(direction, text)
            return
        for part in self._chunks(text):
            self._happen(part)

    def _chunks(self, text: str) -> list[str]:
        """Sentences of a paragraph in shots: a new one when the people change or it grows too long to watch."""
        chunks: list[str] = []
        held: tuple[str, ...] = ()
        for sentence in sentences(text):
            people = tuple(dict.fromkeys(name for _, name in self.scenery.cast.mentions(sentence)))
            fits = chunks and speech_seconds(chunks[-1], "en") + speech_seconds(sentence, "en") <= _LONGEST_ACTION_SECONDS
            if fits and (not people or not held or people == held or set(people) <= set(held)):
                chunks[-1] = f"{chunks[-1]} {sentence}"
            else:
                chunks.append(sentence)
                held = ()
            held = held or people
        return chunks

    def _happen(self, text: str) -> None:
        scene = self.scenery.scene
        people = self._present(text)
        objects = [word for word in caps_objects(text, self.scenery.cast.heard) if word not in self.shown]
        sounds = cues_in_action(text, self.scenery.cast.heard)
        first = not self.drafts
        if first and self.scenery.new_place and not people:
            self._add(self._view(text, "establishing"))
        elif not people and (objects or (sounds and objects_in(text))):
            focus = objects[0] if objects else objects_in(text)[0]
            self._add(self._draft("insert", "insert", text, focus=focus))
            self.shown.update(objects)
        else:
            framing = framing_for(text, len(people), scene.tension)
            if self.drafts and self.drafts[-1].characters == people and self.drafts[-1].framing == framing:
                framing = _TIGHTER.get(framing, framing) if len(people) < 3 else framing
            coverage: Coverage = (
                "master"
                if not people or len(people) > 2 or framing in ("wide", "full")
                else "two_shot"
                if len(people) == 2
                else "single"
            )
            self._add(self._draft(coverage, framing, text, characters=people, focus=people[0] if people else ""))
            self.since_group = 0 if len(people) > 1 else self.since_group + 1
        for word in objects[:1]:
            if people and word not in self.shown:
                self.shown.add(word)
                self._add(self._draft("insert", "insert", f"The {word}." if word.isascii() else word, focus=word))

    def _note_sounds(self, notes: tuple[str, ...]) -> None:
        if not notes:
            return
        if self.pending:
            self._flush()
        if not self.drafts:
            self._add(self._view(self.scenery.scene.place or notes[0], "establishing"))
        last = self.drafts[-1]
        self.drafts[-1] = replace(last, sounds=(*last.sounds, *(cue(note, place=0.2) for note in notes)))

    # Speech

    def _speech(self, beat: SpeechBeat, *, whole: bool) -> None:
        scene, cast = self.scenery.scene, self.scenery.cast
        member = cast.members.get(beat.character)
        narrator = member is not None and member.narrator
        delivery = delivery_of(beat.extension, phone_call=self.scenery.phone_call and not narrator, intercut=self.intercut)
        if narrator and delivery == "on_screen":
            delivery = "voice_over"
        lines = lines_of(beat, cast, delivery, scene.tension, whole=whole)
        if self.pending and lines:
            self._flush()
            last = self.drafts[-1]
            self.drafts[-1] = replace(last, lines=tuple(lines[:1]))
            lines = lines[1:]
        if delivery != "on_screen":
            self._unseen(lines, beat.character)
            return
        people = cast.people(beat.character)
        for person in people:
            self._arrive(person)
        for number, line in enumerate(lines):
            self._line(line, people, number)
        if people and (not self.spoke or self.spoke[-1] != people[0]):
            self.spoke = [*self.spoke[-7:], people[0]]
            self.exchanges += 1

    def _unseen(self, lines: list[DraftLine], speaker: str) -> None:
        """Voices from elsewhere lie over the picture before them, or over a listener, or over the place."""
        for line in lines:
            last = self.drafts[-1] if self.drafts else None
            heard = sum(other.seconds for other in last.lines) if last else 0.0
            quiet = last is not None and all(other.delivery != "on_screen" for other in last.lines) and not last.fade_out
            if last and quiet and (line.dual or heard + line.seconds <= 7.0) and self.crossing == Crossing():
                self.drafts[-1] = replace(last, lines=(*last.lines, line))
                continue
            listener = self._listener(speaker)
            if listener and line.delivery != "voice_over":
                self._add(
                    self._draft(
                        "reaction",
                        "medium_close",
                        f"{listener} listens.",
                        characters=(listener,),
                        focus=listener,
                        lines=(line,),
                    )
                )
            elif self.here and dice(line.text) % 3:
                person = self.here[dice(line.text) % len(self.here)]
                self._add(self._draft("single", "medium_wide", f"{person}.", characters=(person,), focus=person, lines=(line,)))
            else:
                self._add(self._view(self.scenery.scene.place or "The scene.", "master", (line,)))

    def _line(self, line: DraftLine, people: tuple[str, ...], number: int) -> None:
        last = self.drafts[-1] if self.drafts else None
        if last and last.lines and not last.fade_out and self._joins(line, last):
            self.drafts[-1] = replace(last, lines=(*last.lines, line))
            return
        if not people:
            self._add(self._view(self.scenery.scene.place or "The scene.", "master", (line,)))
            return
        speaker = people[0]
        listener = None if self.intercut else self._listener(speaker)
        if len(people) > 1:
            self._group(line, people)
        elif number % 3 == 1 and listener:
            self._add(
                self._draft(
                    "reaction", "medium_close", f"{listener} listens.", characters=(listener,), focus=listener, lines=(line,)
                )
            )
        elif listener and number == 0 and self.since_group >= _REESTABLISH_AFTER:
            others = tuple(person for person in self.here if person != speaker) if len(self.here) > 2 else (listener,)
            self._group(line, (speaker, *others))
        else:
            self._single(line, speaker, listener)

    def _joins(self, line: DraftLine, last: Draft) -> bool:
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
            and line.seconds <= _SHORT_REPLY_SECONDS * 1.6
            and total <= 6.0
            and len(last.lines) < 3
            and self.crossing == Crossing()
        )

    def _group(self, line: DraftLine, people: tuple[str, ...]) -> None:
        self.since_group = 0
        coverage: Coverage = "two_shot" if len(people) == 2 else "master"
        framing: Framing = "two_shot" if len(people) == 2 else "wide"
        action = f"{_listed(people)} talk." if len(people) > 1 else f"{people[0]} speaks."
        self._add(self._draft(coverage, framing, action, characters=people[:5], focus=people[0], lines=(line,)))

    def _single(self, line: DraftLine, speaker: str, listener: str | None) -> None:
        self.since_group += 1
        tension = self.scenery.scene.tension
        action = f"{speaker} speaks to {listener}." if listener else f"{speaker} speaks."
        strong = line.emotion in _STRONG
        if listener and self.exchanges < 4 and not strong:
            draft = self._draft(
                "over_shoulder", "over_shoulder", action, characters=(speaker, listener), focus=speaker, lines=(line,)
            )
            self._add(replace(draft, near=listener))
            return
        framing: Framing = "close" if strong and tension > 0.45 else "medium_close" if listener or self.exchanges else "medium"
        last = self.drafts[-1] if self.drafts else None
        if last and last.characters == (speaker,) and last.framing == framing:
            framing = _TIGHTER.get(framing, framing)
        camera: CameraMove = "push_in" if strong and line.seconds > 3.5 else "static"
        self._add(
            replace(self._draft("single", framing, action, characters=(speaker,), focus=speaker, lines=(line,)), camera=camera)
        )

    # People

    def _mentioned(self, text: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for _, name in self.scenery.cast.mentions(text)))

    def _arrive(self, person: str) -> None:
        if person not in self.here:
            self.here.append(person)

    def _present(self, text: str) -> tuple[str, ...]:
        """Who an action shows: those named, else those whom a pronoun means; they are in the scene from now on."""
        named = self._mentioned(text)
        for person in named:
            self._arrive(person)
        words = lower_words(text)
        if any(word in _PLURAL for word in words[:3]) and not named:
            return tuple(self.here[-4:])
        gender = next((_PRONOUNS[word] for word in words[:3] if word in _PRONOUNS), None)
        if gender and not named:
            recent = [*reversed(self.spoke), *reversed(self.here)]
            shown = [person for draft in reversed(self.drafts[-3:]) for person in draft.characters]
            return next(((person,) for person in (*shown, *recent) if self.scenery.cast.gender(person) == gender), ())
        return named[:5]

    def _listener(self, speaker: str) -> str | None:
        """Who is spoken to: the last other speaker, else anybody else who is here."""
        return next((person for person in (*reversed(self.spoke), *reversed(self.here)) if person != speaker), None)

    def _draft(
        self,
        coverage: Coverage,
        framing: Framing,
        action: str,
        *,
        characters: tuple[str, ...] = (),
        focus: str = "",
        lines: tuple[DraftLine, ...] = (),
    ) -> Draft:
        scene = self.scenery.scene
        asked = camera_in_action(action)
        seconds = action_seconds(action, coverage, scene.tension, self.scenery.pace)
        if lines:
            seconds = limits_seconds(coverage, self.scenery.pace)[0]
        return Draft(
            coverage=coverage,
            framing=framing,
            action=action,
            camera=asked or ("static" if lines else move_for(action, framing, len(characters), scene.setting)),
            moved=asked is not None,
            focus=focus,
            characters=characters,
            lines=lines,
            sounds=cues_in_action(action, self.scenery.cast.heard) if not lines else (),
            seconds=seconds,
        )


def _listed(people: tuple[str, ...]) -> str:
    return f"{', '.join(people[:-1])} and {people[-1]}"


def _last_word(text: str) -> str:
    words = lower_words(text)
    return words[-1] if words else ""
