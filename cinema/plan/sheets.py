"""Cast sheets and place sheets: the pictures that every keyframe of somebody, or of somewhere, must agree with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from cinema.catalog import Manifest
from cinema.identity import seed_from
from cinema.plan.ledger import Ledger, make_task, number, whole
from cinema.plan.model import CastMember, Plan, Shot
from cinema.plan.prompts import told
from cinema.plan.size import most_pixels, picture_size, within
from cinema.plan.staging import Staging
from cinema.plan.task import ImageRequest, Reference, Task
from cinema.plan.words import title_case

_SHEET_SHORT_SIDE_PX = 768
"""Where the manifest's `short_side_px` says nothing: about a megapixel, what most models of stills were trained on."""
_MAX_REFERENCES = 3
"""Where the manifest's `max_references` says nothing."""
_NOT_ON_A_SHEET = "text, letters, labels, watermark, scenery, furniture, several different people, cropped head"
_NOT_IN_A_PLACE = "people, person, faces, animals, text, watermark, blurry, low quality"
_Place = tuple[str, bool, str]


@dataclass(frozen=True, kw_only=True)
class Seen:
    """The pictures that a keyframe is made with: what each is of, and their artefacts' keys in the same order."""

    references: tuple[Reference, ...] = ()
    inputs: tuple[str, ...] = ()

    def introduction(self) -> str:
        """Which picture shows whom, in words: "Image 1 is MARA. Image 2 is the place."."""
        shown: dict[tuple[str, str], list[str]] = {}
        for position, reference in enumerate(self.references, start=1):
            shown.setdefault((reference.kind, reference.name), []).append(str(position))
        said = [_introduced(kind, name, positions) for (kind, name), positions in shown.items()]
        if any(reference.kind == "character" for reference in self.references):
            said.append("Everybody keeps the face, hair and clothes of their image.")
        return " ".join(said)


def _introduced(kind: str, name: str, positions: list[str]) -> str:
    which = f"Image {positions[0]} is" if len(positions) == 1 else f"Images {', '.join(positions)} are"
    return f"{which} {name}." if kind == "character" else f"{which} the place: {name}."


class Sheets:
    """The sheets of one plan, each made when a keyframe first needs it.

    The user's own pictures of a character stand in for the sheet. A place is its name, inside or outside, and its setting:
    every scene there has the same sheet, whatever the hour and the weather.
    """

    def __init__(self, plan: Plan, manifest: Manifest, ledger: Ledger) -> None:
        self.plan = plan
        self.manifest = manifest
        self.ledger = ledger
        self.wanted = "references" in manifest.wants
        self.members = {member.name: member for member in plan.cast}
        self.pictures = {asset.source: asset.key for asset in plan.assets if asset.kind == "image"}
        self.most = max(whole(manifest, "max_references") or _MAX_REFERENCES, 1)
        self.places = _named_places(plan)

    def seen_in(self, shot: Shot) -> Seen:
        """Who is in the shot, the most prominent first, then its place; as many as the model takes.

        Everybody's first picture has room before the place, and the place before further pictures of anybody.
        """
        if not self.wanted:
            return Seen()
        people = self._people(shot)
        own = {person: self._own(self.members[person]) for person in people}
        chosen = {person: min(1, max(self.most - position, 0)) for position, person in enumerate(people)}
        left = self.most - sum(chosen.values())
        with_place = left > 0
        left -= with_place
        for person in people:
            more = min(max(len(own[person]) - 1, 0), left)
            chosen[person] += more
            left -= more
        shown = [(person, key) for person in people if chosen[person] for key in self._shown(person, own, chosen[person])]
        references = [Reference(kind="character", name=name, input=position) for position, (name, _) in enumerate(shown)]
        inputs = [key for _, key in shown]
        if with_place:
            slot = f"place:{self.places[_place(shot.staging)]}"
            references.append(Reference(kind="place", name=_spelled(shot.staging), input=len(inputs)))
            inputs.append(self.ledger.fill(slot, self._place_sheet(shot.staging)))
        return Seen(references=tuple(references), inputs=tuple(inputs))

    def _people(self, shot: Shot) -> list[str]:
        """Whom the shot is about first, who has their back to us last."""
        near = {figure.name for figure in shot.staging.figures if figure.near}
        people = [name for name in dict.fromkeys(shot.characters) if name in self.members]
        return sorted(people, key=lambda name: (name in near, name != shot.staging.focus))

    def _own(self, member: CastMember) -> Sequence[str]:
        """The user's pictures of somebody, by key."""
        return tuple(dict.fromkeys(self.pictures[path] for path in member.references if path in self.pictures))

    def _shown(self, person: str, own: dict[str, Sequence[str]], count: int) -> Sequence[str]:
        if own[person]:
            return own[person][:count]
        return (self.ledger.fill(f"cast:{person}", self._cast_sheet(self.members[person])),)

    def _cast_sheet(self, member: CastMember) -> Task:
        same = "person" if member.silhouette.creature == "person" else "animal"
        prompt = (
            f"Character reference sheet of one {same}: {_closed(told(member))} The same {same} in four views side by side: "
            "full body from the front, from the side, from behind, and a close-up of the face. "
            f"Neutral expression, relaxed posture, even light, plain light grey background. {self._style()}"
        )
        return self._sheet(prompt, _NOT_ON_A_SHEET, "16:9", ("cast", member.name), f"cast sheet of {member.name}")

    def _place_sheet(self, staging: Staging) -> Task:
        place, inside = _spelled(staging), "interior" if staging.interior else "exterior"
        prompt = (
            f"Wide establishing picture of an empty place: {place}, {inside}, {staging.setting}. "
            f"Nobody is there. Even, neutral light, everything in focus. {self._style()}"
        )
        return self._sheet(prompt, _NOT_IN_A_PLACE, self.plan.aspect, ("place", *_place(staging)), f"place sheet of {place}")

    def _sheet(self, prompt: str, negative: str, aspect: str, content: tuple[object, ...], label: str) -> Task:
        short_side_px = whole(self.manifest, "short_side_px") or _SHEET_SHORT_SIDE_PX
        width_px, height_px = within(picture_size(aspect, short_side_px), most_pixels(self.manifest))
        request = ImageRequest(
            prompt=prompt.strip(),
            negative_prompt=negative,
            width_px=width_px,
            height_px=height_px,
            steps=whole(self.manifest, "steps"),
            guidance=number(self.manifest, "guidance"),
        )
        return make_task(self.manifest, "image", request, seed_from(self.plan.seed, *content), label)

    def _style(self) -> str:
        return _closed(self.plan.style)


def _place(staging: Staging) -> _Place:
    return staging.place.upper(), staging.interior, staging.setting


def _spelled(staging: Staging) -> str:
    """The place's name, the same however its headings have it."""
    return title_case(staging.place.upper()) or staging.setting.capitalize()


def _named_places(plan: Plan) -> dict[_Place, str]:
    """A slot's name for each place that is seen: its own where no other has that, else with what tells them apart.

    Only slots are named so: what stands elsewhere in the film is nothing to a request.
    """
    spelled = {_place(shot.staging): _spelled(shot.staging) for shot in plan.shots}
    names = Counter(spelled.values())
    sides = Counter((name, place[1]) for place, name in spelled.items())
    named: dict[_Place, str] = {}
    for place, name in spelled.items():
        side = "interior" if place[1] else "exterior"
        alone = sides[name, place[1]] == 1
        named[place] = name if names[name] == 1 else f"{name} ({side})" if alone else f"{name} ({side}, {place[2]})"
    return named


def _closed(text: str) -> str:
    text = text.strip()
    return text if not text or text.endswith((".", "!", "?", "…", "。")) else f"{text}."
