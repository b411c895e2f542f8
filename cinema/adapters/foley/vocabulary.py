"""Which words of a prompt call which effect, how loud it is by nature, and what a place sounds like. Data only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cinema.adapters.foley import creatures, impacts, machines, people, weather
from cinema.adapters.foley.stage import Stage


@dataclass(frozen=True, kw_only=True)
class Effect:
    """`level_lufs` is its own loudness alone; `lasting` effects fill any length, others happen once and ring out."""

    make: Callable[[Stage], None]
    words: frozenset[str]
    level_lufs: float
    lasting: bool
    wet: float
    """Share of the room's sound, 0 ... 1."""


def _effect(
    make: Callable[[Stage], None], level_lufs: float, words: str, *, lasting: bool = False, wet: float = 0.15
) -> Effect:
    return Effect(make=make, words=frozenset(words.split()), level_lufs=level_lufs, lasting=lasting, wet=wet)


EFFECTS: dict[str, Effect] = {
    "rain": _effect(weather.rain, -27, "rain drizzle downpour rainfall raindrops pouring patter", lasting=True, wet=0.05),
    "wind": _effect(
        weather.wind, -30, "wind gust breeze howl blizzard draught draft windy whistle gale", lasting=True, wet=0.05
    ),
    "leaves": _effect(weather.leaves, -36, "leaf leaves foliage rustle trees branches reeds", lasting=True, wet=0.05),
    "sea": _effect(weather.sea, -26, "sea wave ocean surf shore tide breakers swell beach", lasting=True, wet=0.05),
    "thunder": _effect(weather.thunder, -18, "thunder lightning thunderclap rumble kaboom thunderstorm", wet=0.35),
    "fire": _effect(
        weather.fire, -27, "fire flame campfire fireplace bonfire crackle burn hearth blaze", lasting=True, wet=0.05
    ),
    "drip": _effect(weather.drip, -30, "drip drop leak plip plop droplet", lasting=True, wet=0.35),
    "stream": _effect(weather.stream, -28, "river stream brook creek waterfall fountain gurgle babble", lasting=True, wet=0.05),
    "pour": _effect(weather.pour, -28, "pour tap faucet fill shower", wet=0.1),
    "splash": _effect(weather.splash, -22, "splash plunge sploosh dive splosh", wet=0.15),
    "bubbles": _effect(weather.bubbles, -30, "bubble boil underwater simmer", lasting=True, wet=0.1),
    "hiss": _effect(weather.hiss, -27, "hiss steam sizzle spray psst fizz ssss", wet=0.1),
    "thud": _effect(impacts.thud, -23, "thud thump fall collapse bump drop whump punch hit kick wham slump", wet=0.18),
    "crash": _effect(impacts.crash, -17, "crash smash collision wreck clatter topple tumble", wet=0.25),
    "glass": _effect(impacts.glass, -21, "glass shatter window bottle vase mirror tinkle", wet=0.15),
    "clink": _effect(impacts.clink, -29, "clink cheers glasses cutlery toast ting spoon cup", wet=0.15),
    "bell": _effect(impacts.bell, -23, "bell toll dong gong bong", lasting=True, wet=0.35),
    "chime": _effect(impacts.chime, -25, "doorbell chime ding", wet=0.2),
    "gun": _effect(
        impacts.gun, -15, "gun gunshot shot pistol rifle shotgun revolver bang blam gunfire fires shoot crack", wet=0.3
    ),
    "explosion": _effect(
        impacts.explosion, -15, "explosion explode boom blast bomb detonate detonation cannon grenade", wet=0.3
    ),
    "clang": _effect(impacts.clang, -22, "clang clank metal sword blade chain steel anvil iron shing schwing hammer", wet=0.25),
    "whoosh": _effect(impacts.whoosh, -24, "whoosh swish swoosh whip rush swing zoom flyby", wet=0.15),
    "whomp": _effect(impacts.whomp, -20, "fwoosh foom whomp ignite ignites whoomph fwoom", wet=0.2),
    "pop": _effect(impacts.pop, -26, "pop cork plop champagne", wet=0.15),
    "steps": _effect(
        people.steps,
        -28,
        "step footstep walk run climb stair stairs march tread stomp pace footfall boots",
        lasting=True,
        wet=0.2,
    ),
    "creak": _effect(people.creak, -30, "creak groan squeak floorboard hinge rope creaky", wet=0.25),
    "slam": _effect(people.slam, -18, "slam bangs", wet=0.3),
    "latch": _effect(people.latch, -29, "latch lock key bolt handle unlock rattle cock", wet=0.2),
    "door": _effect(people.door, -25, "door gate hatch", wet=0.25),
    "knock": _effect(people.knock, -24, "knock rap knuckles pounding", wet=0.25),
    "cloth": _effect(people.cloth, -36, "cloth coat clothes fabric curtain sail blanket flag", lasting=True, wet=0.08),
    "paper": _effect(people.paper, -33, "paper page letter book newspaper map envelope tear document", lasting=True, wet=0.08),
    "scrape": _effect(people.scrape, -27, "chair scrape drag table stool screech", wet=0.2),
    "crowd": _effect(
        people.crowd,
        -28,
        "crowd people chatter murmur audience voices mob walla restaurant party market",
        lasting=True,
        wet=0.3,
    ),
    "applause": _effect(people.applause, -23, "applause clap ovation applaud", lasting=True, wet=0.3),
    "heartbeat": _effect(people.heartbeat, -26, "heart heartbeat pulse", lasting=True, wet=0.1),
    "typing": _effect(people.typing, -30, "typewriter keyboard type typing keys clack", lasting=True, wet=0.12),
    "breathing": _effect(people.breathing, -36, "breath breathing breathe pant", lasting=True, wet=0.1),
    "engine": _effect(
        machines.engine,
        -26,
        "engine motor boat truck lorry bus motorcycle motorbike plane "
        "aeroplane airplane helicopter generator tractor idle vroom ferry drone chug",
        lasting=True,
        wet=0.05,
    ),
    "car": _effect(machines.car_pass, -25, "car taxi traffic drives tyres tires vehicle", wet=0.1),
    "train": _effect(machines.train, -24, "train railway carriage subway tram locomotive metro", lasting=True, wet=0.12),
    "horn": _effect(machines.horn, -21, "horn foghorn honk toot beeps", lasting=True, wet=0.3),
    "siren": _effect(machines.siren, -24, "siren ambulance police wail", lasting=True, wet=0.25),
    "phone": _effect(
        machines.phone, -23, "phone telephone ring rings cellphone mobile ringtone brring", lasting=True, wet=0.12
    ),
    "tick": _effect(machines.tick, -36, "tick tock clock watch metronome", lasting=True, wet=0.2),
    "click": _effect(machines.click, -31, "click switch button snap camera lighter trigger clack", wet=0.12),
    "beep": _effect(machines.beep, -27, "beep monitor computer alarm bleep console", lasting=True, wet=0.1),
    "buzz": _effect(machines.buzz, -26, "buzz buzzer vibrate vibrates bzzt zap spark electric", wet=0.1),
    "static": _effect(machines.static, -30, "static radio interference television tv transmission", lasting=True, wet=0.05),
    "hum": _effect(
        machines.hum,
        -38,
        "hum drone fridge refrigerator ventilation air-conditioning neon fluorescent machinery",
        lasting=True,
        wet=0.05,
    ),
    "birds": _effect(creatures.birds, -32, "bird birdsong chirp tweet sparrow robin lark songbird", lasting=True, wet=0.2),
    "gulls": _effect(creatures.gulls, -28, "gull seagull seabird", lasting=True, wet=0.2),
    "dog": _effect(creatures.dog, -21, "dog bark woof hound puppy", wet=0.2),
    "growl": _effect(creatures.growl, -25, "growl snarl beast monster roar grr", wet=0.2),
    "cat": _effect(creatures.cat, -26, "cat meow miaow kitten", wet=0.12),
    "horse": _effect(creatures.horse, -25, "horse hoof hooves gallop trot", lasting=True, wet=0.12),
    "crickets": _effect(creatures.crickets, -36, "cricket cicada grasshopper", lasting=True, wet=0.1),
    "insects": _effect(creatures.insects, -36, "insect fly flies bee wasp mosquito swarm", lasting=True, wet=0.05),
    "owl": _effect(creatures.owl, -29, "owl hoot", wet=0.4),
    "wolf": _effect(creatures.wolf, -26, "wolf wolves coyote", wet=0.5),
    "wings": _effect(creatures.wings, -30, "wings flap flutter pigeon bat dove", wet=0.1),
    "baby": _effect(creatures.baby, -22, "baby infant newborn", lasting=True, wet=0.2),
}

PHRASES: dict[str, str] = {
    "door bell": "chime",
    "door knock": "knock",
    "door slam": "slam",
    "door creak": "creak",
    "key turn": "latch",
    "car horn": "horn",
    "fog horn": "horn",
    "car engine": "engine",
    "heart beat": "heartbeat",
    "phone ring": "phone",
    "church bell": "bell",
    "ship bell": "bell",
    "gun shot": "gun",
    "radio static": "static",
    "baby cry": "baby",
}
"""Two stems side by side that mean one effect, not two."""

ABSORBS: dict[str, tuple[str, ...]] = {
    "slam": ("door", "gun"),
    "creak": ("door",),
    "knock": ("door",),
    "latch": ("door",),
    "chime": ("door", "bell"),
    "glass": ("crash",),
    "phone": ("buzz",),
    "horn": ("car", "train", "engine"),
    "siren": ("car",),
    "wolf": ("wind",),
    "steps": ("leaves", "clang"),
    "engine": ("car", "hum"),
    "horse": ("steps",),
    "typing": ("latch", "click"),
    "wings": ("birds", "gulls"),
    "drip": ("thud",),
    "whomp": ("whoosh", "fire"),
    "bell": ("phone", "chime"),
    "clink": ("glass",),
    "explosion": ("thud",),
    "thunder": ("crash", "gun", "explosion", "thud"),
}
"""An effect that says what its neighbours in the prompt are: a door that slams is heard once."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """A room tone: low rumble, air and hum (dB, relative), what else is heard there (effect, dB), and its level."""

    level_lufs: float
    rumble_db: float
    air_db: float
    hum_db: float = -60.0
    heard: tuple[tuple[str, float], ...] = ()
    room_seconds: float = 0.6


PLACES: dict[str, Place] = {
    "room": Place(level_lufs=-46, rumble_db=0, air_db=-10, hum_db=-14),
    "kitchen": Place(level_lufs=-43, rumble_db=-4, air_db=-8, hum_db=0, heard=(("drip", -14),)),
    "office": Place(level_lufs=-43, rumble_db=-2, air_db=-2, hum_db=-6, heard=(("typing", -16),)),
    "corridor": Place(level_lufs=-44, rumble_db=0, air_db=-4, hum_db=-6, room_seconds=1.4),
    "hospital": Place(level_lufs=-42, rumble_db=-4, air_db=-2, hum_db=-6, heard=(("beep", -14),), room_seconds=1.0),
    "bar": Place(level_lufs=-34, rumble_db=-8, air_db=-12, heard=(("crowd", 0), ("clink", -14))),
    "shop": Place(level_lufs=-42, rumble_db=-2, air_db=-6, hum_db=-4, heard=(("crowd", -12),)),
    "church": Place(level_lufs=-45, rumble_db=0, air_db=-10, room_seconds=3.5),
    "cave": Place(level_lufs=-42, rumble_db=0, air_db=-12, heard=(("drip", -6),), room_seconds=3.0),
    "prison": Place(level_lufs=-43, rumble_db=0, air_db=-10, hum_db=-8, heard=(("drip", -12),), room_seconds=1.8),
    "warehouse": Place(level_lufs=-42, rumble_db=0, air_db=-8, hum_db=-8, heard=(("wind", -14),), room_seconds=2.2),
    "theatre": Place(level_lufs=-42, rumble_db=0, air_db=-6, heard=(("crowd", -10),), room_seconds=1.6),
    "vehicle": Place(level_lufs=-36, rumble_db=0, air_db=-10, heard=(("engine", -4),), room_seconds=0.2),
    "station": Place(level_lufs=-35, rumble_db=0, air_db=-8, heard=(("crowd", -3), ("train", -12)), room_seconds=2.4),
    "spaceship": Place(level_lufs=-38, rumble_db=2, air_db=-6, hum_db=0, heard=(("beep", -22),), room_seconds=0.8),
    "space": Place(level_lufs=-44, rumble_db=2, air_db=-20, hum_db=-8, room_seconds=4.0),
    "street": Place(level_lufs=-36, rumble_db=0, air_db=-8, heard=(("car", -2), ("crowd", -14)), room_seconds=0.9),
    "alley": Place(level_lufs=-42, rumble_db=0, air_db=-8, heard=(("car", -10), ("drip", -12)), room_seconds=1.4),
    "road": Place(level_lufs=-38, rumble_db=-4, air_db=-8, heard=(("wind", -6), ("car", -2))),
    "rooftop": Place(level_lufs=-38, rumble_db=-2, air_db=-8, heard=(("wind", -4), ("car", -12))),
    "garden": Place(level_lufs=-40, rumble_db=-12, air_db=-12, heard=(("leaves", -4), ("birds", 0))),
    "forest": Place(level_lufs=-38, rumble_db=-12, air_db=-12, heard=(("leaves", 0), ("wind", -6), ("birds", -3))),
    "field": Place(level_lufs=-40, rumble_db=-12, air_db=-12, heard=(("wind", -3), ("birds", -5), ("insects", -12))),
    "mountain": Place(level_lufs=-37, rumble_db=-8, air_db=-14, heard=(("wind", 0),)),
    "desert": Place(level_lufs=-38, rumble_db=-10, air_db=-14, heard=(("wind", 0),)),
    "cliff": Place(level_lufs=-33, rumble_db=-6, air_db=-14, heard=(("wind", -4), ("sea", -2), ("gulls", -10))),
    "beach": Place(level_lufs=-32, rumble_db=-10, air_db=-14, heard=(("sea", 0), ("gulls", -12))),
    "sea": Place(level_lufs=-32, rumble_db=-6, air_db=-14, heard=(("sea", 0), ("wind", -6))),
    "river": Place(level_lufs=-34, rumble_db=-12, air_db=-14, heard=(("stream", 0), ("birds", -10))),
    "village": Place(level_lufs=-40, rumble_db=-8, air_db=-10, heard=(("birds", -4), ("wind", -8), ("crowd", -16))),
    "graveyard": Place(level_lufs=-38, rumble_db=-4, air_db=-12, heard=(("wind", 0), ("leaves", -6))),
    "lighthouse": Place(
        level_lufs=-36, rumble_db=0, air_db=-10, heard=(("wind", -3), ("sea", -6), ("creak", -18)), room_seconds=1.6
    ),
    "night": Place(level_lufs=-40, rumble_db=-8, air_db=-10, heard=(("crickets", 0), ("wind", -10))),
    "storm": Place(level_lufs=-28, rumble_db=-4, air_db=-16, heard=(("rain", 0), ("wind", -2), ("thunder", -4))),
    "snow": Place(level_lufs=-40, rumble_db=-10, air_db=-10, heard=(("wind", 0),)),
    "fog": Place(level_lufs=-44, rumble_db=0, air_db=-8, heard=(("drip", -12),)),
}

PLACE_WORDS: dict[str, str] = {
    **{name: name for name in PLACES},
    "bedroom": "room",
    "lounge": "room",
    "study": "room",
    "library": "room",
    "attic": "room",
    "hotel": "room",
    "house": "room",
    "apartment": "room",
    "interior": "room",
    "hall": "corridor",
    "hallway": "corridor",
    "stairwell": "corridor",
    "basement": "prison",
    "cellar": "prison",
    "cell": "prison",
    "dungeon": "prison",
    "pub": "bar",
    "tavern": "bar",
    "cafe": "bar",
    "restaurant": "bar",
    "store": "shop",
    "supermarket": "shop",
    "market": "street",
    "chapel": "church",
    "cathedral": "church",
    "temple": "church",
    "tunnel": "cave",
    "mine": "cave",
    "hangar": "warehouse",
    "factory": "warehouse",
    "garage": "warehouse",
    "barn": "warehouse",
    "cinema": "theatre",
    "theater": "theatre",
    "stage": "theatre",
    "airport": "station",
    "platform": "station",
    "terminal": "station",
    "ward": "hospital",
    "clinic": "hospital",
    "laboratory": "office",
    "lab": "office",
    "spacecraft": "spaceship",
    "bridge": "spaceship",
    "cockpit": "vehicle",
    "city": "street",
    "town": "street",
    "highway": "road",
    "motorway": "road",
    "roof": "rooftop",
    "park": "garden",
    "woods": "forest",
    "wood": "forest",
    "jungle": "forest",
    "meadow": "field",
    "farm": "field",
    "hill": "mountain",
    "coast": "cliff",
    "harbour": "beach",
    "harbor": "beach",
    "shore": "beach",
    "pier": "beach",
    "ocean": "sea",
    "deck": "sea",
    "stream": "river",
    "lake": "river",
    "cemetery": "graveyard",
    "tower": "lighthouse",
    "thunderstorm": "storm",
    "blizzard": "storm",
    "evening": "night",
    "exterior": "field",
    "outside": "field",
}
"""A word of a prompt to the place that it means."""

LOUDER = {"loud": 4.0, "heavy": 3.0, "huge": 4.0, "massive": 4.0, "violent": 3.0, "deafening": 5.0, "fierce": 3.0}
SOFTER = {
    "soft": -5.0,
    "softly": -5.0,
    "quiet": -6.0,
    "gentle": -5.0,
    "light": -4.0,
    "faint": -8.0,
    "slight": -5.0,
    "subtle": -6.0,
}
FAR = frozenset(
    [
        "distant",
        "distance",
        "far",
        "away",
        "faraway",
        "muffled",
        "outside",
        "behind",
        "next-door",
        "through",
        "faintly",
        "below",
        "above",
        "offscreen",
    ]
)
ECHOING = frozenset(
    ["echo", "echoing", "echoes", "reverberating", "hall", "cathedral", "cave", "church", "tunnel", "stairwell", "canyon"]
)
