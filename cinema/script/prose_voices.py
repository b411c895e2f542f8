"""Who says what in prose: attributions ("said Mara"), people who act beside their words, and whose turn it is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

UNKNOWN = "VOICE"
"""The cue of words that nobody can be found for."""
NARRATOR = "NARRATOR"


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_SAYING = _words(
    "said says asked asks answered answers replied replies whispered whispers shouted shouts yelled yells cried cries "
    "called calls murmured murmurs muttered mutters added adds continued continues began begins told tells snapped "
    "snaps growled growls hissed hisses sighed sighs laughed laughs repeated repeats insisted insists agreed agrees "
    "announced announces demanded demands explained explains exclaimed exclaims screamed screams declared declares "
    "admitted admits warned warns begged begs pleaded pleads promised promises suggested suggests wondered wonders "
    "offered offers ordered orders observed remarked interrupted protested stammered stuttered breathed gasped roared "
    "barked croaked sobbed joked teased mumbled grumbled sagte sagt fragte fragt antwortete antwortet rief ruft "
    "flüsterte flüstert meinte erwiderte schrie murmelte dit demanda répondit murmura cria ajouta souffla dijo "
    "preguntó respondió susurró gritó añadió murmuró disse chiese rispose sussurrò gridò aggiunse"
)
_VERB = rf"(?:{'|'.join(sorted(_SAYING, key=lambda verb: (-len(verb), verb)))})"
_MANNERS = {
    "whispering": "whispered whispers breathed flüsterte flüstert susurró sussurrò souffla",
    "shouting": "shouted shouts yelled yells screamed screams roared cried cries rief schrie gritó gridò cria",
    "muttering": "muttered mutters mumbled murmured murmurs grumbled murmelte murmura murmuró",
    "hissing": "hissed hisses",
    "laughing": "laughed laughs",
    "sighing": "sighed sighs",
    "sobbing": "sobbed",
    "stammering": "stammered stuttered",
    "pleading": "begged begs pleaded pleads",
}
_MANNER_OF = {verb: manner for manner, verbs in _MANNERS.items() for verb in verbs.split()}
_TITLE = (
    r"(?:Mrs|Mr|Ms|Dr|Prof|St|Miss|Captain|Doctor|Father|Sister|Uncle|Aunt|Lady|Lord|Sir|Frau|Herr|Madame|Monsieur|Señora?)"
)
_PROPER = rf"(?:{_TITLE}\.?\s+)?[^\W\d_a-zß-ÿ][\w'’-]*(?:\s+[^\W\d_a-zß-ÿ][\w'’-]*){{0,2}}"
_STOP = r"(?!(?:and|with|as|to|from|in|at|on|by|who|while|when|but|into|without|through|over|und|mit|et|y|con)\b|\w+ly\b)"
_COMMON = rf"(?i:the|an?|der|die|das|le|la|el|il)\s+{_STOP}[\w-]+(?:\s+{_STOP}[\w-]+){{0,2}}"
_PRONOUN = r"(?i:she|he|they|sie|er|elle|il|ella|él|lei|lui)"
_WHO = rf"(?:(?:{_PRONOUN}|I|ich|je)\b|{_COMMON}|{_PROPER})"
_LATE = r"\w+ly|again|quietly|at last|finally|then"
_AFTER = re.compile(
    rf"^\s*,?\s*(?:(?P<verb1>{_VERB})\s+(?P<who1>{_WHO})|(?P<who2>{_WHO})\s+(?:(?P<early>{_LATE})\s+)?(?P<verb2>{_VERB}))\b"
    rf"(?!\s+(?:that|how|why|whether)\b)(?:\s+(?P<late>{_LATE})\b)?(?P<rest>[^.!?]*[.!?]?)"
)
_BEFORE = re.compile(
    rf"(?:^|(?<=[.!?…]\s))(?P<lead>[^.!?]*?)\b(?P<who>{_WHO})\s+(?:(?P<early>{_LATE})\s+)?(?P<verb>{_VERB})\b"
    r"(?P<rest>[^.!?]*)[,:]\s*$"
)
_NOT_NAMES = _words(
    "I She He They It We You The A An His Her Their Its Our My Your This That These Those There Then Now When While "
    "As At In On Of Off By From To For With Without And But Or Nor So Yet If Because Although After Before Since "
    "Until Once Where Why How What Who Which Nobody Everyone Everybody Someone Somebody Nothing Something Everything "
    "No Yes Not Never Always Only Even Still Just Outside Inside Behind Above Below Beyond Between Slowly Suddenly "
    "Finally Later Tonight Today Tomorrow Yesterday Monday Tuesday Wednesday Thursday Friday Saturday Sunday January "
    "February March April May June July August September October November December One Two Three Four Five God Er Sie "
    "Es Der Die Das Ein Eine Und Aber Il Elle Le La Les Un Une El Ella Los Las Una Y Et Ich Wir Ihr"
)
_FEMALE, _MALE = _words("she her hers herself elle ella lei"), _words("he him his himself er lui él")
_NEAR = 160
"""Characters after a name in which a pronoun is taken for it."""
_NAME = re.compile(rf"\b{_PROPER}")


@dataclass(frozen=True, kw_only=True)
class Attribution:
    """Who speaks, as it stands in the text; how; and what of the words around the speech is more than that."""

    who: str
    manner: str = ""
    rest: str = ""


def attribution_after(text: str) -> Attribution | None:
    """Of a speech that is followed by `text`: ", said Mara softly, putting down the cup. She waited."."""
    found = _AFTER.match(text)
    if found is None:
        return None
    verb = found["verb1"] or found["verb2"]
    who = found["who1"] or found["who2"]
    manner = found["late"] or found["early"] or _MANNER_OF.get(verb.lower(), "")
    doing = found["rest"].strip(" ,.;:!?")
    if re.match(r"\w+ing\b", doing) and len(doing) <= 80:
        manner, doing = ", ".join(part for part in (manner, doing) if part), ""
    more = text[found.end() :].strip()
    tail = f"{who} {doing}." if doing and re.match(r"(?:and|with|as|to|from|into)\b", doing) is None else ""
    return Attribution(who=who, manner=manner, rest=" ".join(part for part in (_capital(tail), more) if part))


def attribution_before(text: str) -> Attribution | None:
    """Of a speech that follows `text`: "Mara put down the cup and said, "."""
    turned = re.search(rf"\s+and\s+(?:\w+ly\s+)?(?P<verb>{_VERB})(?:\s+\w+ly)?\s*[,:]\s*$", text)
    if turned:
        before = text[: turned.start()]
        names = names_in(re.split(r"(?<=[.!?…])\s+", before)[-1])
        start = re.match(rf"(?:.*[.!?…]\s+)?(?P<who>{_PRONOUN}|I)\b", before)
        who = names[0] if names else start["who"] if start else ""
        return Attribution(who=who, manner=_MANNER_OF.get(turned["verb"].lower(), ""), rest=f"{before.rstrip()}.")
    found = _BEFORE.search(text)
    if found is None:
        return None
    plain = not found["lead"].strip() and len(found["rest"].split()) <= 3
    kept = text[: found.start()].strip() if plain else re.sub(r"[,:]\s*$", ".", text).strip()
    manner = found["early"] or _MANNER_OF.get(found["verb"].lower(), "")
    return Attribution(who=found["who"], manner=manner, rest=kept)


def names_in(text: str) -> list[str]:
    """What looks like people's names, in order; a word that merely begins a sentence is none."""
    names: list[str] = []
    for found in _NAME.finditer(text):
        words = found[0].split()
        while words and words[0].rstrip(".") in _NOT_NAMES:
            words.pop(0)
        if words and words[0] not in _NOT_NAMES and len(words[0]) > 1 and not words[0].isupper():
            names.append(re.sub(r"['’]s?$", "", " ".join(words)))
    return names


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


@dataclass
class People:
    """Those who speak in a text. Names that share a word are one person; pronouns are learnt from how the text uses them."""

    _cues: dict[str, str] = field(default_factory=dict[str, str])
    _pronouns: dict[str, Counter[str]] = field(default_factory=dict[str, Counter[str]])
    _recent: list[str] = field(default_factory=list[str])
    """Cues of those who spoke or were named in this scene, the latest last; and of those of scenes before."""
    _earlier: list[str] = field(default_factory=list[str])
    _turns: list[str] = field(default_factory=list[str])

    def learn(self, paragraphs: Iterable[str]) -> None:
        """Which pronouns follow which name, before another name comes."""
        for text in paragraphs:
            marks = [(found.start(), names[0]) for found in _NAME.finditer(text) if (names := names_in(found[0]))]
            for (start, name), (end, _) in pairwise([*marks, (len(text), "")]):
                words = re.findall(r"\w+", text[start : min(end, start + _NEAR)].lower())
                tally = self._pronouns.setdefault(self.cue(name), Counter())
                tally.update("she" for word in words if word in _FEMALE)
                tally.update("he" for word in words if word in _MALE)

    def cue(self, who: str) -> str:
        """The cue of a name: "the old keeper" is KEEPER, Mara Voss is MARA if she was called so first."""
        plain = re.sub(r"^(?i:the|an?|der|die|das|le|la|el|il)\s+", "", who.strip(" ,.*_")).upper()
        words = {word for word in re.findall(r"[\w'’-]+", plain) if len(word) > 2}
        for known, cue in self._cues.items():
            if words & set(re.findall(r"[\w'’-]+", known)) and (words <= set(known.split()) or set(known.split()) <= words):
                return cue
        self._cues[plain] = plain
        return plain

    def met(self, text: str) -> None:
        """Narration names people: they are at hand for what is said next."""
        self._recent += [self.cue(name) for name in names_in(text)]

    def speaker(self, who: str, *, answering: bool) -> str:
        """The cue of an attribution. A pronoun is the latest person whom it fits: of this scene before others, and not, where
        it answers somebody, that one.
        """
        lowered = who.lower()
        if lowered in ("i", "ich", "je"):
            return NARRATOR
        if re.fullmatch(_PRONOUN, who) is None:
            return self.cue(who)
        kind = "she" if lowered in ("she", "sie", "elle", "ella", "lei") else "he"
        last = self._turns[-1] if answering and self._turns else ""
        for people in (self._recent, self._earlier):
            fitting = [one for one in people if one not in (UNKNOWN, NARRATOR, last) and self._leaning(one, kind) >= 0]
            sure = [one for one in fitting if self._leaning(one, kind) > 0]
            if fitting:
                return (sure or fitting)[-1]
        return self.next_turn()

    def _leaning(self, cue: str, kind: str) -> int:
        """Above 0: the text calls that person so; below: it does not."""
        tally = self._pronouns.get(cue, Counter[str]())
        return tally[kind] - tally["he" if kind == "she" else "she"]

    def next_turn(self) -> str:
        """Who answers where nothing says it: of the last two who spoke the other; else whoever else was named of late."""
        if not self._turns:
            return self._recent[-1] if self._recent else UNKNOWN
        last = self._turns[-1]
        others: Sequence[str] = [one for one in reversed(self._turns) if one != last]
        others = others or [one for one in reversed(self._recent) if one != last]
        return others[0] if others else UNKNOWN

    def spoke(self, cue: str) -> None:
        self._turns = [*self._turns[-5:], cue]
        self._recent = [*self._recent[-40:], cue]

    def part(self) -> None:
        """A new scene: nobody has spoken or was named in it yet."""
        self._turns = []
        self._earlier = [*self._earlier, *self._recent][-40:]
        self._recent = []
