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
_EPITHETS = _words("Old Young Little Poor Dear Big Good")
_LEADS_TO_PLACES = _words("at in on near from into through toward towards around across of")
_LAST_WORD = re.compile(r"(\w+)\s+$")
_KINDS = {
    **dict.fromkeys(_words("woman girl lady mother wife daughter sister aunt grandmother queen nurse waitress"), "she"),
    **dict.fromkeys(_words("man boy gentleman father husband son brother uncle grandfather king priest monk waiter"), "he"),
}
_SOMEBODY = re.compile(
    rf"\b(?i:(?P<article>the|an?|another)\s+(?P<who>(?:[a-z-]+\s+){{0,2}}?(?P<noun>{'|'.join(sorted(_KINDS))})))\b"
)
_TOWARDS = _words(
    "over across through at into with without behind above in on to after from under against before between towards"
)
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
    doing, tail = found["rest"].strip(" ,.;:!?"), ""
    first = doing.partition(" ")[0].lower()
    if len(doing) <= 80 and (first.endswith("ing") or first in _TOWARDS):
        near = _MANNER_OF.get(verb.lower(), "") if first in _TOWARDS else ""
        manner = f"{near or manner} {doing}".strip() if first in _TOWARDS else ", ".join(filter(None, (manner, doing)))
    elif doing:
        tail = f"{_capital(who)} {doing.removeprefix('and ')}."
    more = text[found.end() :].strip()
    return Attribution(who=who, manner=manner, rest=" ".join(part for part in (tail, more) if part))


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
    """What looks like people's names, in order: no word that merely begins a sentence, nor what "at" or "in" leads to."""
    return [name for _, name in _names(text)]


def _names(text: str) -> list[tuple[int, str]]:
    names: list[tuple[int, str]] = []
    for found in _NAME.finditer(text):
        words = found[0].split()
        before = _LAST_WORD.search(text, max(0, found.start() - 16), found.start())
        led = before[1].lower() if before else ""
        while words and (_stem(words[0]) in _NOT_NAMES or (len(words) > 1 and words[0] in _EPITHETS)):
            led = words.pop(0).lower()
        if words and len(words[0]) > 1 and not words[0].isupper() and led not in _LEADS_TO_PLACES:
            names.append((found.start(), re.sub(r"['’]s?$", "", " ".join(words))))
    return names


def _stem(word: str) -> str:
    """ "I’m" is I, "Mr." is Mr."""
    return re.split(r"['’.]", word)[0]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


@dataclass
class People:
    """Those who speak in a text. Names that share a word are one person; pronouns are learnt from how the text uses them."""

    _cues: dict[str, str] = field(default_factory=dict[str, str])
    _named: dict[str, list[tuple[frozenset[str], str]]] = field(default_factory=dict[str, list[tuple[frozenset[str], str]]])
    """By each word of a name: the names that have it, in words, and their cues."""
    _pronouns: dict[str, Counter[str]] = field(default_factory=dict[str, Counter[str]])
    _recent: list[str] = field(default_factory=list[str])
    """Cues of those who spoke or were named in this scene, the latest last; and of those of scenes before."""
    _earlier: list[str] = field(default_factory=list[str])
    _turns: list[str] = field(default_factory=list[str])

    def learn(self, paragraphs: Iterable[str]) -> None:
        """Which pronouns follow which name, before another name comes."""
        for text in paragraphs:
            marks = _names(text)
            for (start, name), (end, _) in pairwise([*marks, (len(text), "")]):
                words = re.findall(r"\w+", text[start : min(end, start + _NEAR)].lower())
                tally = self._pronouns.setdefault(self.cue(name), Counter())
                tally.update("she" for word in words if word in _FEMALE)
                tally.update("he" for word in words if word in _MALE)

    def cue(self, who: str) -> str:
        """The cue of a name: "the old keeper" is KEEPER, Mara Voss is MARA if she was called so first."""
        plain = re.sub(r"^(?i:the|an?|der|die|das|le|la|el|il)\s+", "", who.strip(" ,.*_")).upper()
        if plain in self._cues:
            return self._cues[plain]
        words = frozenset(word for word in re.findall(r"[\w'’-]+", plain) if len(word) > 2)
        alike = (known for word in sorted(words) for known in self._named.get(word, ()))
        self._cues[plain] = next((cue for others, cue in alike if words <= others or others <= words), plain)
        for word in words:
            self._named.setdefault(word, []).append((words, self._cues[plain]))
        return self._cues[plain]

    def met(self, text: str) -> None:
        """Narration names people: they are at hand for what is said next."""
        marks = [(start, self.cue(name)) for start, name in _names(text)]
        marks += [(found.start(), self._somebody(found)) for found in _SOMEBODY.finditer(text)]
        self._recent += [cue for _, cue in sorted(marks)]

    def _somebody(self, found: re.Match[str]) -> str:
        """The cue of "a young woman"; "the woman" is who was already spoken of, if anybody was."""
        kind = _KINDS[found["noun"].lower()]
        known = self._latest(kind, "") if found["article"].lower() == "the" else None
        if known is not None:
            return known
        cue = self.cue(found["who"])
        self._pronouns.setdefault(cue, Counter()).update([kind])
        return cue

    def speaker(self, who: str, *, answering: bool) -> str:
        """The cue of an attribution. A pronoun is the latest person whom it fits: of this scene before others, and not, where
        it answers somebody, that one.
        """
        lowered = who.lower()
        if lowered in ("i", "ich", "je"):
            return NARRATOR
        somebody = _SOMEBODY.fullmatch(who)
        if somebody is not None:
            return self._somebody(somebody)
        if re.fullmatch(_PRONOUN, who) is None:
            return self.cue(who)
        kind = "she" if lowered in ("she", "sie", "elle", "ella", "lei") else "he"
        last = self._turns[-1] if answering and self._turns else ""
        return self._latest(kind, last, doubtful=True) or self.next_turn()

    def _latest(self, kind: str, last: str, *, doubtful: bool = False) -> str | None:
        """The latest person that the text calls "she" or "he", of this scene before others; `doubtful`: or neither."""
        for people in (self._recent, self._earlier):
            fitting = [one for one in people if one not in (UNKNOWN, NARRATOR, last) and self._leaning(one, kind) >= 0]
            sure = [one for one in fitting if self._leaning(one, kind) > 0]
            if sure or (fitting and doubtful):
                return (sure or fitting)[-1]
        return None

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
        others = others or [one for one in reversed([*self._earlier, *self._recent]) if one != last]
        return others[0] if others else UNKNOWN

    def spoke(self, cue: str) -> None:
        self._turns = [*self._turns[-5:], cue]
        self._recent = [*self._recent[-40:], cue]

    def part(self) -> None:
        """A new scene: nobody has spoken or was named in it yet."""
        self._turns = []
        self._earlier = [*self._earlier, *self._recent][-40:]
        self._recent = []
