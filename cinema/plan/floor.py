"""The floor of a scene: who is here, who spoke last, what was shown; and the shots taken so far."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from cinema.plan.casting import Cast
from cinema.plan.directions import Crossing, Direction
from cinema.plan.draft import Draft, DraftLine, DraftSound
from cinema.plan.looks import move_for
from cinema.plan.model import Coverage, ScenePlan
from cinema.plan.rhythm import action_seconds, limits_seconds
from cinema.plan.sound import cues_in_action
from cinema.plan.staging import Framing
from cinema.plan.terms import camera_in_action
from cinema.plan.wording import place_in_prose
from cinema.plan.words import lower_words, title_case, vocabulary

_PLURAL = vocabulary("they them both together everyone everybody all")
_PRONOUNS = {"he": "male", "him": "male", "his": "male", "she": "female", "her": "female", "hers": "female"}


_LEAVES = re.compile(
    r"\b(?:leaves?|exits?|(?:goes|go|walks?|storms?|runs?|hurries|strides) out|departs?|is gone|are gone)"
    r"(?=[.,;!]|$| the (?:room|house|shop|bar|office|building|kitchen|studio|hall)\b| (?:by|through|without|together)\b)"
)
_BESIDE = re.compile(
    r"\b(?:beside|next to|against|opposite|in front of|hugs|kisses|embraces|faces|joins|helps|holds|grabs) "
    r"(him|her)(?=[.,;!?]|$| and\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class Scenery:
    """What coverage needs to know of a scene. `here` are those carried over from a continuous scene before."""

    scene: ScenePlan
    cast: Cast
    pace: float
    new_place: bool
    here: tuple[str, ...] = ()
    phone_call: bool = False
    homes: Mapping[str, int] = field(default_factory=dict[str, int])
    """The scene elsewhere in which each person was last seen."""
    calling: bool = False
    """Whether it is intercut with the scene before from its start."""


@dataclass
class Floor:
    """What a director keeps in mind while a scene is covered, beat by beat."""

    scenery: Scenery
    crossing: Crossing = field(default_factory=Crossing)
    drafts: list[Draft] = field(default_factory=list[Draft])
    here: list[str] = field(default_factory=list[str])
    spoke: list[str] = field(default_factory=list[str])
    shown: set[str] = field(default_factory=set[str])
    since_group: int = 99
    exchanges: int = 0
    intercut: bool = False
    arrived: set[str] = field(default_factory=set[str])
    """Who is in this place itself, where others are only heard or seen at the other end of a line."""
    montage: bool = False
    pending: Direction | None = None
    last_framing: Framing | None = None

    def add(self, draft: Draft) -> None:
        """Take a shot: it enters by the pending transition; after a MATCH CUT it is framed like the one before."""
        if self.crossing.match and self.last_framing and draft.coverage not in ("insert", "pov", "title"):
            draft = replace(draft, framing=self.last_framing, fixed=True)
        if self.intercut and draft.characters and draft.coverage != "title":
            draft = self._other_end(draft)
        self.drafts.append(replace(draft, entrance=self.crossing.entrance))
        self.last_framing = draft.framing
        self.crossing = Crossing()

    def _other_end(self, draft: Draft) -> Draft:
        """In an intercut, who was last seen elsewhere and never came is seen there; who speaks has a telephone."""
        homes = {self.scenery.homes.get(person) for person in draft.characters if person not in self.arrived}
        away = all(person not in self.arrived for person in draft.characters) and len(homes) == 1
        call = "phone" if self.scenery.phone_call and draft.lines else ""
        return replace(draft, elsewhere=homes.pop() if away else None, holding=call)

    @property
    def place(self) -> str:
        """The place as an action, for a shot of nothing else."""
        scene = self.scenery.scene
        return place_in_prose(scene.place or title_case(scene.heading) or "the scene", self.scenery.cast.names)

    def view(self, action: str, coverage: Coverage, lines: tuple[DraftLine, ...] = ()) -> Draft:
        """The place itself, nobody in particular."""
        framing: Framing = "wide" if self.scenery.scene.interior else "extreme_wide"
        return self.draft(coverage, framing, action, lines=lines)

    def mentioned(self, text: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for _, name in self.scenery.cast.mentions(text)))

    def arrive(self, person: str) -> None:
        if person not in self.here:
            self.here.append(person)
            self.since_group = 99

    def present(self, text: str) -> tuple[str, ...]:
        """Who an action shows: those named, else those whom a pronoun means; they are in the scene from now on."""
        named = self.mentioned(text)
        for person in named:
            self.arrive(person)
            if not self.intercut or person not in self.scenery.homes:
                self.arrived.add(person)
        words = lower_words(text)
        if any(word in _PLURAL for word in words[:3]) and not named:
            return tuple(self.here[-5:])
        gender = next((_PRONOUNS[word] for word in words[:3] if word in _PRONOUNS), None)
        if gender and not named:
            recent = [*reversed(self.spoke), *reversed(self.here)]
            shown = [person for draft in reversed(self.drafts[-3:]) for person in draft.characters]
            return next(((person,) for person in (*shown, *recent) if self.scenery.cast.gender(person) == gender), ())
        return tuple(dict.fromkeys((*named, *self._beside(text, named))))[:5]

    def _beside(self, text: str, named: tuple[str, ...]) -> tuple[str, ...]:
        """Whom "sits beside her" means: somebody here of that gender who is not named herself."""
        match = _BESIDE.search(text) if len(named) == 1 else None
        if match is None:
            return ()
        gender = _PRONOUNS[match[1].lower()]
        before = [person for _, person in self.scenery.cast.mentions(text[: match.start()])]
        if any(self.scenery.cast.gender(person) == gender for person in before):
            return ()
        others = (person for person in reversed(self.here) if person not in named)
        return next(((person,) for person in others if self.scenery.cast.gender(person) == gender), ())

    def depart(self, text: str) -> None:
        """Who leaves is not here for what follows."""
        for match in _LEAVES.finditer(text):
            clause = text[: match.start()]
            start = max((clause.rfind(mark) for mark in ".!?;"), default=-1) + 1
            gone = {person for _, person in self.scenery.cast.mentions(clause[start:])}
            self.here = [person for person in self.here if person not in gone]
            self.spoke = [person for person in self.spoke if person not in gone]

    def listener(self, speaker: str) -> str | None:
        """Who is spoken to: the last other speaker, else anybody else who is here; never an animal."""
        others = [person for person in (*reversed(self.spoke), *reversed(self.here)) if person != speaker]
        return next((person for person in others if not self.scenery.cast.silent_animal(person)), None)

    @property
    def company(self) -> list[str]:
        """Those here who may take part in a talk."""
        return [person for person in self.here if not self.scenery.cast.silent_animal(person)]

    def may_insert(self) -> bool:
        """Whether a detail may be cut to: not more than one in five shots."""
        return all(draft.framing != "insert" for draft in self.drafts[-4:])

    def _cues(self, action: str, focus: str) -> tuple[DraftSound, ...]:
        """The sounds of an action; "It RINGS" is what the picture is of."""
        cues = cues_in_action(action, self.scenery.cast.heard)
        thing = focus if focus and focus.islower() else ""
        return tuple(
            replace(cue, prompt=f"the {thing} {cue.prompt[3:]}") if thing and cue.prompt.startswith("it ") else cue
            for cue in cues
        )

    def draft(
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
            sounds=self._cues(action, focus) if not lines else (),
            seconds=seconds,
        )
