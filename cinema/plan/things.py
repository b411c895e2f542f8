"""Things that an action names: worth drawing, small enough for an insert, held in a hand; parts of a body; vessels."""

from __future__ import annotations

import re

from cinema.plan.words import lower_words, sentences, vocabulary

SMALL = vocabulary(
    "lamp lantern candle phone telephone receiver letter envelope gun pistol revolver rifle knife dagger sword book map "
    "key keys "
    "photograph photo picture portrait cup mug bottle clock watch radio laptop suitcase briefcase bag case violin guitar "
    "mirror "
    "newspaper flower rose bread compass ring hat umbrella coin money camera logbook diary journal notebook flag telescope "
    "hammer "
    "torch flashlight match matchbox cigarette lighter pipe ticket pen teapot kettle box parcel package locket necklace "
    "amulet "
    "medal badge passport postcard note telegram contract syringe pill doll toy ball dice card candlestick crown skull "
    "feather "
    "shell stone bone mask helmet rope axe shovel file folder envelope wallet purse handkerchief bracelet biscuit scarf "
    "glasses cane"
)
"""What fits a hand or a table top: it may be held, and it may fill an insert."""
PROPS = SMALL | vocabulary(
    "glass table chair bed door window television computer boat car piano flowers bell bicycle stairs fire fireplace tree "
    "bench "
    "wheel ladder crate barrel matches"
)
SOUNDING_THINGS = vocabulary("phone telephone receiver clock alarm radio gun pistol rifle key keys kettle watch bell")
"""Small things that may be shown because they are heard. A bell only where it stands at hand."""
HANDS = vocabulary("hand hands finger fingers fist fists palm palms knuckles thumb wrist wrists")
PARTS = HANDS | vocabulary("foot feet boot boots shoe shoes heel heels knee knees toes arm arms")
"""Parts of a body that are filmed as things; the face and its parts are the person."""
DETERMINERS = vocabulary(
    "the a an his her its their my your our this that these those one two three four another some each every no any both"
)
_SPOKEN_OF_AS: dict[str, str] = {
    "receiver": "phone",
    "photo": "photograph",
    "matchbox": "match",
    "keys": "key",
    "flowers": "flower",
}
_ALSO_VERBS = vocabulary(
    "ring watch match book box pipe picture mask note file card stone shell flag camera book hammer bag coin cup"
)
_QUALITIES = vocabulary(
    "gold golden silver old new pocket wrist small little big heavy wedding broken wooden red black white last"
)
_FAR = re.compile(
    r"\b(?:far (?:off|away|below|out)|distant|distance|faraway|outside|off[- ]?screen|somewhere|o\.s\.|next door|beyond|"
    r"across the|down the street|upstairs|downstairs|elsewhere)",
    re.IGNORECASE,
)
_AT_HAND = re.compile(r"\b(?:counter|desk|table|reception|hand[- ]?bell|sleigh)\b", re.IGNORECASE)
_VESSELS: dict[str, str] = {
    **dict.fromkeys(
        [
            "boat",
            "rowboat",
            "rowing-boat",
            "dinghy",
            "lifeboat",
            "trawler",
            "canoe",
            "tiller",
            "oars",
            "skiff",
            "sailboat",
            "tugboat",
            "motorboat",
        ],
        "boat",
    ),
    **dict.fromkeys(
        [
            "ship",
            "ferry",
            "liner",
            "steamer",
            "freighter",
            "vessel",
            "yacht",
            "tanker",
            "gangway",
            "frigate",
            "galleon",
            "schooner",
            "cruiser",
        ],
        "ship",
    ),
}
_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")
_HEAD_ENDS = vocabulary(
    "on in with as who which that of at under over by from while when for against into onto beside behind holding tightening "
    "is are was where and"
)  # fmt: skip


def far(text: str) -> bool:
    """Whether a sentence speaks of what is heard or seen from afar."""
    return _FAR.search(text) is not None


def objects_in(action: str) -> tuple[str, ...]:
    """Things worth drawing that an action names, in order, at most four.

    What is far off is not here; a sounding BELL is heard, not held; in "violin case" the case is the thing.
    """
    found: dict[str, None] = {}
    for sentence in sentences(action) if len(action) < 2_000 else (action[:2_000],):
        if far(sentence):
            continue
        before: list[str] = []
        pending, end = "", 0
        for match in _WORD.finditer(sentence):
            thing = _thing(match.group(), before, sentence)
            compound = thing and sentence[end : match.start()] == " "
            if pending and not compound:
                found.setdefault(pending)
            pending, end = thing, match.end()
            before = [*before[-2:], match.group().lower()]
        if pending:
            found.setdefault(pending)
    return tuple(found)[:4]


def _thing(word: str, before: list[str], sentence: str) -> str:
    low = word.lower()
    single = low if low in PROPS else low[:-1] if low.endswith("s") and low[:-1] in PROPS else ""
    if not single or (before and before[-1] in ("no", "without")):
        return ""
    if single == "bell" and (word.isupper() or not _AT_HAND.search(sentence)):
        return ""
    if single in _ALSO_VERBS and not word.isupper():
        named = before and (
            before[-1] in DETERMINERS or (before[-1] in _QUALITIES and len(before) > 1 and before[-2] in DETERMINERS)
        )
        return single if named else ""
    if single in ("ring", "glass") and word.isupper():
        return ""
    return _SPOKEN_OF_AS.get(low, _SPOKEN_OF_AS.get(single, single))


def holdable(thing: str) -> bool:
    return thing in SMALL or thing.removesuffix("s") in SMALL


def as_prop(word: str) -> str:
    """The thing that a single word names, as the plan speaks of it; "" for none."""
    low = word.lower()
    single = low if low in PROPS else low[:-1] if low.endswith("s") and low[:-1] in PROPS else ""
    return _SPOKEN_OF_AS.get(low, _SPOKEN_OF_AS.get(single, single))


def heard_thing(sentence: str) -> str:
    """The small thing that a sentence of sound is about ("A telephone RINGS."), or ""."""
    if far(sentence):
        return ""
    for word in lower_words(sentence):
        if word in SOUNDING_THINGS and (word != "bell" or _AT_HAND.search(sentence)):
            return as_prop(word)
    return ""


def head_of(subject: str) -> str:
    """The last word of the first noun phrase, in lower case: "Mara's hand on the rail" is about the hand."""
    first = sentences(subject)[0] if subject.strip() else ""
    words: list[str] = []
    for match in _WORD.finditer(first.split(",")[0].split(" - ")[0]):
        if words and match.group().lower() in _HEAD_ENDS:
            break
        words.append(match.group())
    if not words:
        return ""
    # "Mara's hand tightens": what a body part does comes after it.
    part = next((word for word in words if word.lower() in PARTS), None)
    return (part or words[-1]).lower()


def vessel_in(text: str) -> str:
    """The boat or ship that a text speaks of: "boat", "ship" or ""."""
    return next((_VESSELS[word] for word in lower_words(text[:2_000]) if word in _VESSELS), "")


_UNLIT = re.compile(
    r"\b(?:(?:dark|dead|unlit) (?:lamp|light|lens|beacon|lighthouse)|(?:lamp|lens|beacon|lighthouse) (?:is |lies |stands |"
    r"stays |has gone |"
    r"goes |went )?(?:dark|dead|out|unlit))\b",
    re.IGNORECASE,
)
_LIT = re.compile(
    r"\b(?:wick catches|(?:lamp|light|beacon|lens) (?:is lit|burns|comes on|flares|catches|turns|shines|sweeps|blazes)|"
    r"lights the lamp)\b",
    re.IGNORECASE,
)


def lamp_goes(text: str) -> bool | None:
    """Whether a text says that the great lamp is lit (True) or dark (False); the last word counts. None: it does not say."""
    lit = max((match.start() for match in _LIT.finditer(text)), default=-1)
    dark = max((match.start() for match in _UNLIT.finditer(text)), default=-1)
    return None if lit == dark == -1 else lit > dark
