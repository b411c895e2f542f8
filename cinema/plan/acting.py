"""Who does what in an action: poses, feelings and things in hands, by the subject of each clause.

A verb belongs to the subject of its own clause: in "A small boat climbs a wave. TOM grips the tiller" nobody climbs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from cinema.plan.casting import Cast
from cinema.plan.staging import Emotion, Pose
from cinema.plan.things import DETERMINERS, as_prop, holdable, objects_in
from cinema.plan.words import vocabulary

_POSES: dict[Pose, str] = {
    "stand": "stands stand standing rises rise leans leaning",
    "sit": "sits sit sitting seated slumps perches drives driving rows rowing steers steering rides riding kneads",
    "walk": "walks walk walking crosses paces pacing strolls wanders enters enter exits leaves steps approaches limps "
    "strides trots follows",
    "run": "runs run running sprints rushes races flees dashes chases hurries gallops sprinting",
    "climb": "climbs climb climbing scrambles clambers scales",
    "lie": "lies lie lying sleeps asleep sleeping collapses sprawled unconscious",
    "kneel": "kneels kneel kneeling prays praying",
    "crouch": "crouches crouch crouching hides huddles crawls squats bends stoops",
    "fall": "falls fall falling trips stumbles plunges",
    "reach": "reaches reach reaching grabs touches opens lights knocks pulls pushes turns presses glues mends works paints "
    "puts sets lays "
    "places throws tosses hands gives hangs pours lowers strikes drops",
    "hold": "holds hold holding carries carrying clutches clutching grips gripping raises lifts reads reading plays "
    "playing cradles "
    "cradling takes picks blows cups hugs answers brings offers shows drinks sips eats writes unfolds",
    "point": "points point pointing aims aiming gestures",
    "embrace": "embraces embrace hugs hug kisses kiss",
    "fight": "fights fight fighting punches struggles wrestles attacks",
    "dance": "dances dance dancing waltz twirls spins",
}
_POSE_OF_WORD: dict[str, Pose] = {word: pose for pose, words in reversed(_POSES.items()) for word in words.split()}
_FEELINGS: dict[str, Emotion] = {
    "smiles": "happy", "laughs": "happy", "grins": "happy", "cries": "sad", "weeps": "sad", "sobs": "sad", "tears": "sad",
    "trembles": "afraid", "screams": "afraid", "gasps": "surprised", "startled": "surprised", "frowns": "tense",
    "glares": "angry", "shouts": "shout", "yawns": "tired", "sighs": "tired", "tired": "tired", "exhausted": "tired",
    "winces": "tense", "freezes": "tense",
}  # fmt: skip
_PHRASED: tuple[tuple[str, Pose], ...] = (
    (r"(?:drops|falls|sinks|gets|goes)(?: \w+)? (?:to|on|onto) (?:his|her|their|both|one)?\s?knees?\b", "kneel"),
    (r"(?:drops|sinks|plops|settles|slumps|slides|flops)\s+(?:down|into|onto|beside|next to|in|on)\b", "sit"),
    (r"(?:gets up|(?:gets|rises|jumps|struggles|springs|leaps) to (?:his|her|their) feet|jumps up|sits? up)\b", "stand"),
    (r"(?:takes a (?:seat|chair))\b", "sit"),
    (r"(?:grips?|holds?|takes?|throws?|turns?|pushes|pulls)(?: hard)? (?:at |on )?the (?:tiller|wheel|oars|helm)\b", "sit"),
    (r"(?:lies|lay|lying|stretches) (?:down|back|out)\b", "lie"),
    (r"(?:holds|takes)(?: \w+){0,2} (?:breath|pulse|temperature|step back|look|deep breath)\b", "stand"),
    (r"takes (?:a |two |three )?steps?\b", "walk"),
    (r"turns (?:round|around|away|back|to|on|her|his|off|out)\b|turns[.,;]|turns$", "stand"),
    (r"works[.,;]|works$|works (?:late|on|at|alone)\b|(?:glues|mends|paints)\b", "hold"),
)
_PHRASES: tuple[tuple[re.Pattern[str], Pose], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), pose) for pattern, pose in _PHRASED
)
_PHRASAL = vocabulary("gets goes jumps leaps springs sinks settles plops flops slides lay stretches")
"""Verbs that show something only in a phrase ("gets up")."""
_PUTS_DOWN = vocabulary("puts sets lays drops throws tosses hands gives leaves hangs places lowers slides returns")
_TAKES = vocabulary(
    "holds hold holding carries carrying clutches clutching grips gripping raises lifts reads reading plays playing "
    "cradles cradling takes picks grabs blows cups answers strikes opens brings drinks sips unfolds "
    "writes lights aims aiming points"
)
_BOUNDARY = vocabulary("and but while as when then until before after who which that or")
_TURNS = vocabulary("while as when until")
_PREPOSITIONS = vocabulary(
    "in on at by behind beside before under over with without from to into onto through across against near along around "
    "inside outside above below between beyond of for off past towards toward"
)
_ADVERBS = vocabulary(
    "then now again still just soon not never almost also only already finally both alone together up down out back away off "
    "is are was were has have"
)
_HE_SHE = {"he": "male", "she": "female"}
_NOT_A_VERB_AFTER = DETERMINERS | _PREPOSITIONS | vocabulary("not never don't doesn't didn't won't can't cannot")
_STARTS = vocabulary("starts begins continues")
_THINGS = vocabulary("it its someone somebody nobody something everything nothing there this that what")
_IN_HAND = re.compile(
    r"\b([\w'’\-]+)(?: still)? (?:in (?:(?:his|her|their|one|both|each) )?hands?\b|under (?:his|her|their) (?:chin|arm)\b|"
    r"over (?:his|her|their) (?:shoulder|arm)\b|drawn\b|aloft\b|at the ready\b)",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*|[.!?;:,()…—–。！？，；]")
_ENDS = frozenset(".!?…。！？")


@dataclass(frozen=True, kw_only=True, slots=True)
class Act:
    """What one person does in an action. `takes` is in the hands from now on, `leaves` no longer."""

    pose: Pose | None = None
    feeling: Emotion | None = None
    takes: tuple[str, ...] = ()
    leaves: tuple[str, ...] = ()


@dataclass
class _Reader:
    """A walk through the words of an action. `subject` is None where a thing is the subject, `last` who was named last."""

    action: str
    cast: Cast
    in_view: tuple[str, ...]
    acts: dict[str, Act] = field(default_factory=dict[str, Act])
    subject: tuple[str, ...] | None = ()
    last: list[str] = field(default_factory=list[str])
    joined: tuple[str, ...] = ()

    def give(self, people: tuple[str, ...], act: Act) -> None:
        for person in people:
            if person not in self.in_view:
                continue
            known = self.acts.get(person, Act())
            self.acts[person] = Act(
                pose=known.pose if known.pose not in (None, "stand") else act.pose or known.pose,
                feeling=known.feeling or act.feeling,
                takes=tuple(dict.fromkeys((*act.takes, *(thing for thing in known.takes if thing not in act.leaves)))),
                leaves=tuple(dict.fromkeys((*known.leaves, *act.leaves))),
            )

    def meant(self, pronoun: str) -> tuple[str, ...]:
        """Whom he, she or they means: the last named who fits, else who is in the picture."""
        if pronoun == "they":
            return self.in_view
        gender = _HE_SHE[pronoun]
        for person in (*reversed(self.last), *self.in_view):
            if self.cast.gender(person) == gender:
                return (person,)
        return self.in_view[:1]


def acts_in(action: str, cast: Cast, in_view: tuple[str, ...]) -> dict[str, Act]:
    """What each of those in the picture does, if it shows; an embrace, a fight, a dance takes all, a walk the dog along."""
    if not in_view or not action:
        return {}
    reader = _Reader(action=action[:4_000], cast=cast, in_view=in_view)
    names = {start: (end, person) for start, end, person in cast.spans(reader.action)}
    for link, segment in _segments(reader.action):
        _read(reader, names, link, segment)
    for act in list(reader.acts.values()):
        if act.pose in ("walk", "run"):
            for animal in (person for person in in_view if person not in reader.acts and cast.silent_animal(person)):
                reader.acts[animal] = Act(pose=act.pose)
        if act.pose in ("embrace", "fight", "dance"):
            for other in in_view:
                known = reader.acts.get(other, Act())
                reader.acts[other] = replace(known, pose=known.pose or act.pose)
    return reader.acts


def _segments(action: str) -> Iterator[tuple[str, list[re.Match[str]]]]:
    """Clauses: what links each to the one before ("." at a sentence's start), and its words. Brackets are left out."""
    link, words, depth = ".", list[re.Match[str]](), 0
    for token in _TOKEN.finditer(action):
        text = token.group()
        if text in "()":
            depth = 1 if text == "(" else 0
        elif depth:
            continue
        elif not text[0].isalnum() or text.lower() in _BOUNDARY:
            if words:
                yield link, words
                link, words = "", []
            link = "." if text in _ENDS or link == "." else text.lower()
        else:
            words.append(token)
    if words:
        yield link, words


def _read(reader: _Reader, names: dict[int, tuple[int, str]], link: str, words: list[re.Match[str]]) -> None:
    """One clause: find its subject, give its verbs to it, and remember it for a clause that has none."""
    if link == ".":
        reader.joined = ()
    people: list[str] = []
    found: tuple[str, ...] | str | None = ""
    skip, previous, beside, verb = 0, "", False, False
    named_now: list[str] = []
    only_names = True
    for token in words:
        low = token.group().lower()
        if token.start() < skip:
            continue
        name = names.get(token.start())
        if name:
            skip, person = name
            owns = reader.action[skip : skip + 2].lower() in ("'s", "’s") or token.end() > skip
            named_now.append(person)
            if owns:
                found = None if found == "" else found
                only_names = False
            elif not beside and not verb and found in ("", tuple(people)):
                people.append(person)
                found = tuple(people)
            previous = "\0"
            continue
        only_names = only_names and low in ("both", "together")
        if low in _HE_SHE or low == "they":
            if not verb:
                people = list(reader.meant(low))
                found = tuple(people)
            previous = "\0"
            continue
        acting = _acting(low, previous, words, token)
        if acting and not (found == "" and beside):
            actors = _actors(reader, found, named_now if previous == "\0" else [], link)
            if actors:
                reader.give(actors, _act(reader, low, token, words))
            verb = True
        elif found == "" and not beside and not verb and (low in DETERMINERS or low in _THINGS or not _adverb(low)):
            found = None
        beside = (beside or low in _PREPOSITIONS) and not verb
        previous = low
    _remember(reader, found, link, only_names=only_names and bool(people))
    reader.last += named_now
    _in_hands(reader, words)


def _adverb(low: str) -> bool:
    """Whether a word before a verb says nothing of its subject: "Slowly climbs"."""
    return low.endswith("ly") or low in _ADVERBS or low in _PREPOSITIONS


def _acting(low: str, previous: str, words: list[re.Match[str]], token: re.Match[str]) -> bool:
    if low not in _POSE_OF_WORD and low not in _FEELINGS and low not in _PHRASAL:
        return False
    if previous in _NOT_A_VERB_AFTER:
        position = words.index(token)
        return previous == "to" and position > 1 and words[position - 2].group().lower() in _STARTS
    return True


def _actors(reader: _Reader, found: tuple[str, ...] | str | None, beside: list[str], link: str) -> tuple[str, ...]:
    """Whose verb it is: the clause's own subject, a name right before it, or, where the clause has none, the subject before."""
    if beside and not isinstance(found, tuple):
        return (beside[-1],)
    if isinstance(found, tuple):
        return tuple(dict.fromkeys((*reader.joined, *found))) if link in ("and", ",", "&", "") else found
    if found is None:
        return ()
    if reader.subject is None:
        return ()
    return reader.subject or tuple(reader.last[-1:]) or reader.in_view[:1]


def _remember(reader: _Reader, found: tuple[str, ...] | str | None, link: str, *, only_names: bool) -> None:
    if isinstance(found, tuple):
        reader.joined = (*reader.joined, *found) if only_names else ()
        reader.subject = reader.joined or found
    elif found is None and (link in (".", ";", ":", "—", "–") or link in _TURNS):
        reader.subject = None
        reader.joined = ()


def _act(reader: _Reader, low: str, token: re.Match[str], words: list[re.Match[str]]) -> Act:
    """What a verb shows, by its phrase, and what it does with the things that follow it in its clause."""
    tail = reader.action[token.start() : words[-1].end() + 1]
    pose = _pose_of(low, tail)
    things = tuple(thing for thing in objects_in(tail.partition(" with ")[0]) if holdable(thing))
    if low == "answers" and not things:
        pose = None
    if low == "hangs" and " up" in tail:
        return Act(pose=pose, leaves=("phone", "telephone"))
    if low in _PUTS_DOWN and not (low == "lowers" and "head" in tail):
        return Act(pose="hold" if things and pose == "reach" else pose, feeling=_FEELINGS.get(low), leaves=things or ("",))
    taken = things[:1] if low in _TAKES else ()
    return Act(pose=pose, feeling=_FEELINGS.get(low), takes=taken)


def _pose_of(low: str, tail: str) -> Pose | None:
    for pattern, pose in _PHRASES:
        if pattern.match(tail):
            return pose
    return _POSE_OF_WORD.get(low)


def _in_hands(reader: _Reader, words: list[re.Match[str]]) -> None:
    """ "lamp in hand", "the violin under her chin", "climbs with a lantern": held without a verb of holding."""
    if not reader.subject:
        return
    text = reader.action[words[0].start() : words[-1].end()]
    held = [as_prop(match[1]) for match in _IN_HAND.finditer(text)]
    _, with_, after = text.partition(" with ")
    if with_ and after.split(" ", 1)[0].lower() in ("a", "an", "his", "her", "the", "their"):
        held += objects_in(" ".join(after.split(" ")[:4]))[:1]
    things = tuple(thing for thing in held if thing and holdable(thing))
    if things:
        reader.give(reader.subject[:1], Act(takes=things))
