"""What names, titles and looks tell of a person: gender, age, build, hair, garment, colours."""

from __future__ import annotations

import re
from typing import Literal, cast

from cinema.plan.staging import Silhouette
from cinema.plan.words import vocabulary

Gender = Literal["female", "male", "neutral"]
Age = Literal["child", "young", "adult", "old"]

_FEMALE = vocabulary(
    "woman women girl lady mother mom mum mama grandmother grandma granny nana aunt sister daughter wife widow queen "
    "princess witch waitress actress hostess nun bride she her mrs ms miss madam frau mme mlle señora sra mutter "
    "schwester tochter mère soeur fille femme madre hermana hija donna mujer niña ragazza mädchen mara anna anne "
    "maria mary sarah sara emma olivia sophia sofia julia laura lisa eva eve clara nora alice ella lucy lily rose "
    "grace helen elena irina olga natasha ines carmen lucia giulia marie claire camille chloe jane kate katie amy "
    "susan linda karen nina ida ada greta hannah leila layla fatima aisha amina yuki sakura mei priya anya ruth "
    "martha esther diana iris ivy zoe mia isabel rosa lena pia dora priya clara agnes ruby hazel jo paula vera wanda ines"
)
_MALE = vocabulary(
    "man men boy guy gentleman father dad papa grandfather grandpa gramps uncle brother son husband widower king "
    "prince wizard waiter actor host monk groom he his him mr sir lord herr señor sr vater bruder sohn père frère "
    "fils homme garçon padre hermano hijo uomo hombre niño ragazzo junge fisherman policeman fireman priest father "
    "tom thomas john jack james william bill bob robert peter paul mark luke david daniel michael mike george henry "
    "harry charlie charles sam samuel ben max leo oscar otto hans karl fritz jean pierre louis jacques pablo juan "
    "carlos jose luis marco luca giovanni mario ivan boris dmitri sergei omar ali ahmed hassan kenji hiro takeshi wei "
    "raj arjun joe joseph frank fred walter arthur eric adam noah liam ethan jake alex nick victor simon martin "
    "patrick sean finn marc philip simon stefan hugo karl rolf felix theo anton pedro diego rafael andré bruno enzo matteo "
    "viktor"
)
_AGES: dict[Age, frozenset[str]] = {
    "child": vocabulary(
        "five six seven eight nine ten eleven twelve child boy girl kid toddler schoolboy schoolgirl baby "
        "niño niña junge mädchen enfant bambino little"
    ),
    "young": vocabulary(
        "thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty young teen teenager teenage "
        "teens student youth adolescent twenties apprentice jung jeune joven"
    ),
    "old": vocabulary(
        "old elderly aged ancient grandfather grandmother grandpa grandma granny gramps nana grey-haired white-haired "
        "sixty seventy eighty ninety sixties seventies eighties nineties wrinkled retired crone alt vieux vieille viejo "
        "vieja anziano"
    ),
    "adult": vocabulary("adult thirty forty fifty thirties forties fifties middle-aged"),
}
_YEARS = re.compile(r"\b(\d{1,2})s?\b")
_COLOURS = {
    "red": "#a83232", "crimson": "#8f1f2f", "scarlet": "#b8302a", "orange": "#c8702c", "yellow": "#d4b13a",
    "gold": "#c9a227", "green": "#4a7a45", "olive": "#6b6b3a", "teal": "#2f7c7c", "blue": "#3a5f9c", "navy": "#26355c",
    "purple": "#6d4a8c", "violet": "#6d4a8c", "pink": "#c77b94", "brown": "#6f4e37", "tan": "#b08d63", "beige": "#c9b89a",
    "black": "#26262b", "white": "#dcdcd6", "grey": "#7d8288", "gray": "#7d8288", "silver": "#a9b0b6", "khaki": "#8f8556",
    "oilskin": "#c9a42c",
}  # fmt: skip
PALETTE = (
    "#b03a3a", "#2f6f9f", "#c9a42c", "#3f7d4e", "#7a4b94", "#c8702c", "#2f8585", "#b85c86",
    "#4b5a78", "#8a6a3b", "#9aa34a", "#5b6f5f", "#d08a7a", "#274b6d", "#7b2f4a", "#a7a29a",
)  # fmt: skip
"""Garment colours that the eye tells apart at thumbnail size."""
_HAIR_COLOURS = {
    "grey": "#9a9a98", "gray": "#9a9a98", "white": "#dededa", "silver": "#b9bcc0", "blond": "#c9a765", "blonde": "#c9a765",
    "red": "#8c3f22", "ginger": "#a1502a", "fair": "#c9a765", "golden": "#c9a765", "sandy": "#b89560",
    "black": "#1d1b1f", "dark": "#2a2320", "brown": "#4a3325", "auburn": "#6b3524",
}  # fmt: skip
_HAIR_PLACE = re.compile(r"\b((?:\w+[-\s]){1,2})(?:hair(?:ed)?|braids?|bun|beard(?:ed)?|curls|locks|ponytail)\b", re.IGNORECASE)
_HAIRS = {
    "braid": "braid braids plait ponytail pigtails", "bun": "bun chignon",
    "long": "long-haired longhaired locks mane flowing", "curly": "curly curls afro frizzy", "bald": "bald shaved",
    "hood": "hood hooded hoodie cowl veil headscarf hijab", "hat": "hat fedora bonnet stetson top-hat",
    "cap": "cap beanie beret helmet kepi",
}  # fmt: skip
_GARMENTS = {
    "coat": "coat oilskin raincoat trenchcoat overcoat parka mackintosh", "jacket": "jacket blazer suit leather hoodie",
    "dress": "dress gown skirt sundress", "shirt": "shirt t-shirt sweater jumper blouse vest pullover overalls",
    "robe": "robe bathrobe kimono pyjamas nightgown cassock habit",
    "uniform": "uniform police soldier officer nurse guard captain scrubs army navy", "cloak": "cloak cape shawl poncho",
}  # fmt: skip
_BUILDS = {
    "child": "child boy girl kid toddler", "slight": "slight thin slim slender petite small frail skinny lean wiry",
    "broad": "broad heavy big burly fat stout stocky muscular large huge", "tall": "tall towering lanky",
    "stooped": "stooped bent hunched crooked",
}  # fmt: skip
Creature = Literal["person", "dog", "cat", "horse", "bird"]
ANIMALS: dict[Creature, frozenset[str]] = {
    "dog": vocabulary(
        "dog puppy pup terrier hound spaniel labrador retriever collie poodle mongrel mutt sheepdog greyhound dachshund "
        "beagle "
        "bulldog wolf fox hund chien perro"
    ),
    "cat": vocabulary("cat kitten kitty tomcat tabby panther katze chat gato gatto"),
    "horse": vocabulary("horse pony mare stallion foal mule donkey colt pferd cheval caballo cavallo"),
    "bird": vocabulary(
        "bird gull seagull parrot raven crow owl pigeon dove hawk eagle falcon sparrow goose duck hen rooster chicken swan "
        "robin "
        "magpie canary budgie jackdaw vogel oiseau pájaro uccello"
    ),
}
"""Words for an animal that may have a part in a film."""
_ANIMAL_NAMES: dict[str, Creature] = {
    "dog": "dog", "puppy": "dog", "cat": "cat", "kitten": "cat", "horse": "horse", "pony": "horse", "bird": "bird",
    "parrot": "bird", "gull": "bird", "seagull": "bird",
}  # fmt: skip
"""Words that make a name an animal's; Robin, Fox and Wolf are people."""
_COATS: dict[Creature, str] = {"dog": "#8a6238", "cat": "#6b6460", "horse": "#6a4028", "bird": "#dcdcd6"}
_COAT_COLOURS = {
    "brown": "#7a5230", "black": "#26242a", "white": "#e6e2d8", "grey": "#8a8c8e", "gray": "#8a8c8e", "ginger": "#b8672e",
    "red": "#94502a", "golden": "#c99a4e", "yellow": "#d4b13a", "tan": "#b08d63", "cream": "#ddcfae", "chestnut": "#7c4426",
    "green": "#4a8a45", "blue": "#3f6aa8", "sandy": "#c4a06a", "tabby": "#8c7458", "bay": "#6a4028", "piebald": "#b8b0a4",
    "scarlet": "#b8302a",
}  # fmt: skip
_HEAD_ENDS = vocabulary("with who and on in holding leading riding whose that by mit avec con")
_PEOPLE = vocabulary("man woman boy girl child owner rider catcher trainer keeper seller person walker lady gentleman voice")
_SKINS = ("#e6c3a5", "#d8b294", "#c69a76", "#a87550", "#7d5336", "#5c3c28")
_SKIN_WORDS = {
    "pale": 0,
    "fair": 0,
    "tanned": 2,
    "olive-skinned": 2,
    "dark-skinned": 4,
    "black-skinned": 5,
    "brown-skinned": 3,
    "weathered": 2,
}


def gender_of(words: tuple[str, ...]) -> Gender | None:
    """The gender that the first telling word gives, or None."""
    for word in words:
        if word in _FEMALE:
            return "female"
        if word in _MALE:
            return "male"
    return None


def age_of(words: tuple[str, ...], text: str) -> Age | None:
    """The age that years ("60s", "12") or words give, or None."""
    years = _YEARS.search(text)
    if years:
        number = int(years[1])
        return "child" if number < 13 else "young" if number < 30 else "adult" if number < 60 else "old"
    for age in ("old", "child", "young", "adult"):
        if _AGES[age].intersection(words):
            return age
    return None


def creature_of(words: tuple[str, ...]) -> Creature | None:
    """The animal that a look is of ("small wet brown dog with one white ear"), or None; "woman with a dog" is a person."""
    end = next((position for position, word in enumerate(words) if word in _HEAD_ENDS), len(words))
    head = words[:end]
    if not _PEOPLE.isdisjoint(head):
        return None
    return next((creature for word in head for creature, names in ANIMALS.items() if word in names), None)


def creature_named(words: tuple[str, ...]) -> Creature | None:
    """The animal of a name such as "THE DOG" or "OLD PARROT", or None."""
    return _ANIMAL_NAMES.get(words[-1]) if words and _PEOPLE.isdisjoint(words) else None


def coat_colour_of(words: tuple[str, ...], creature: Creature) -> str:
    """The colour of an animal's coat or feathers: the first that its look names, else the usual one."""
    return next((_COAT_COLOURS[word] for word in words if word in _COAT_COLOURS), _COATS[creature])


def _hair_words(text: str) -> list[str]:
    """The words just before hair, braid, beard: "long grey braid" gives long and grey."""
    return [word for match in _HAIR_PLACE.finditer(text[:2000]) for word in match[1].lower().replace("-", " ").split()]


def _pick(table: dict[str, str], words: frozenset[str]) -> str | None:
    return next((name for name, listed in table.items() if words.intersection(listed.split())), None)


def garment_colour_of(words: tuple[str, ...], text: str) -> str | None:
    """The colour that the look gives to clothes (a colour beside hair is the hair's), or None."""
    hair = set(_hair_words(text))
    return next((_COLOURS[word] for word in words if word in _COLOURS and word not in hair), None)


def silhouette_of(words: tuple[str, ...], text: str, gender: Gender, age: Age, dice: int) -> Silhouette:
    """A figure from a look; what the look leaves open is thrown with `dice`, a number that hangs on the name alone."""
    said = frozenset(words)
    build = _pick(_BUILDS, said) or {"child": "child", "old": ("average", "stooped", "slight")[dice % 3]}.get(age)
    build = build or ("average", "slight", "tall", "average", "broad")[dice % 5]
    female_hair, male_hair = ("long", "bun", "curly", "braid", "short"), ("short", "short", "curly", "cap", "bald")
    hair = _pick(_HAIRS, said) or (
        female_hair[dice // 5 % 5] if gender == "female" else male_hair[dice // 5 % (4 if age == "child" else 5)]
    )
    garment = _pick(_GARMENTS, said)
    if garment is None:
        garment = (("dress", "coat", "shirt", "jacket") if gender == "female" else ("jacket", "coat", "shirt", "jacket"))[
            dice // 25 % 4
        ]
    hair_words = _hair_words(text)
    hair_colour = next((_HAIR_COLOURS[word] for word in hair_words if word in _HAIR_COLOURS), None)
    if hair_colour is None:
        hair_colour = "#a5a5a3" if age == "old" else ("#3a2c22", "#1d1b1f", "#6b4a2e", "#8c5a2e", "#c9a765")[dice // 100 % 5]
    skin = next((_SKIN_WORDS[word] for word in words if word in _SKIN_WORDS), dice // 500 % len(_SKINS))
    adult_man = gender == "male" and age in ("adult", "old")
    beard = bool(said & {"beard", "bearded", "whiskers", "moustache", "mustache"}) or (adult_man and dice // 3000 % 4 == 0)
    return Silhouette(
        build=cast("Literal['average']", build),
        hair=cast("Literal['short']", hair),
        garment=cast("Literal['jacket']", garment),
        beard=beard and gender != "female",
        hair_colour=hair_colour,
        skin_colour=_SKINS[skin],
    )
