"""The vocabulary of places: words of a heading, in several languages, to a `Setting`."""

from __future__ import annotations

import re

from cinema.plan.staging import Setting
from cinema.plan.words import vocabulary

_WORDS: dict[Setting, str] = {
    "bedroom": "bedroom dormitory nursery attic hotel motel schlafzimmer chambre dormitorio camera",
    "kitchen": "kitchen galley pantry küche kueche cuisine cocina cucina cozinha",
    "office": "office study library classroom school bureau büro oficina ufficio newsroom laboratory lab boardroom "
    "courtroom bank",
    "corridor": "corridor hallway hall passage lobby foyer flur couloir pasillo corridoio tunnel",
    "stairwell": "stairwell staircase stairs steps treppenhaus escalier escalera scala",
    "bar": "bar pub tavern saloon cafe café restaurant diner club nightclub inn kneipe bistro cantina",
    "shop": "shop store market supermarket bakery pharmacy boutique laden magasin tienda negozio garage workshop",
    "hospital": "hospital clinic ward surgery krankenhaus hôpital ambulance morgue asylum",
    "church": "church chapel cathedral temple mosque monastery abbey kirche église iglesia chiesa synagogue",
    "prison": "prison jail cell dungeon interrogation gefängnis cárcel",
    "cave": "cave cavern mine crypt höhle grotte cueva",
    "vehicle": "car truck van bus taxi cab train carriage plane cockpit limousine helicopter tram auto voiture coche "
    "zug pickup",
    "warehouse": "warehouse factory hangar barn basement cellar depot lagerhaus fabrik keller shed boathouse",
    "station": "station subway metro platform airport terminal bahnhof gare estación",
    "theatre": "theatre theater stage cinema auditorium arena studio opera bühne ballroom",
    "spaceship": "spaceship starship spacecraft bridge airlock shuttle raumschiff capsule",
    "room": "room apartment flat house living parlour parlor lounge home cottage cabin hut loft mansion palace "
    "castle tower zimmer"
    "wohnung haus maison salon casa sala bathroom dining keeper",
    "street": "street avenue square plaza city downtown town sidewalk intersection strasse straße rue calle via rua "
    "platz boulevard",
    "alley": "alley alleyway backstreet gasse ruelle callejón",
    "garden": "garden park backyard yard courtyard lawn playground orchard greenhouse porch garten jardin jardín giardino",
    "forest": "forest woods wood jungle grove swamp wald forêt bosque bosco",
    "field": "field meadow farm prairie plain plains moor pasture feld champ campo stadium battlefield hill hills wiese",
    "mountain": "mountain mountains summit peak ridge valley canyon glacier berg montagne montaña pass",
    "cliff": "cliff cliffs precipice ledge headland bluff klippe falaise acantilado",
    "beach": "beach shore shoreline coast dunes strand plage playa spiaggia island cove",
    "sea": "sea ocean boat ship deck harbour harbor dock pier jetty quay wharf sail yacht submarine ferry steamer trawler "
    "liner meer mer mar mare lifeboat",
    "river": "river lake stream creek waterfall pond canal fluss rivière río fiume",
    "desert": "desert sahara wasteland badlands wüste désert desierto oasis",
    "road": "road highway freeway motorway track trail path roadside landstrasse route carretera crossroads parking",
    "rooftop": "rooftop roof balcony terrace dach toit azotea",
    "village": "village hamlet settlement camp dorf pueblo",
    "graveyard": "graveyard cemetery grave churchyard tomb friedhof cimetière cementerio",
    "lighthouse": "lighthouse leuchtturm phare faro",
    "space": "space orbit moon planet asteroid galaxy mars weltraum",
}
BY_WORD: dict[str, Setting] = {word: setting for setting, words in _WORDS.items() for word in words.split()}
_BY_IDEOGRAPH: tuple[tuple[str, Setting], ...] = (
    ("厨房", "kitchen"), ("台所", "kitchen"), ("卧室", "bedroom"), ("寝室", "bedroom"), ("办公室", "office"),
    ("オフィス", "office"), ("街", "street"), ("通り", "street"), ("森", "forest"), ("海岸", "beach"), ("海", "sea"),
    ("山", "mountain"), ("灯台", "lighthouse"), ("灯塔", "lighthouse"), ("学校", "office"), ("病院", "hospital"),
    ("医院", "hospital"), ("駅", "station"), ("车站", "station"),
)  # fmt: skip
_EXTERIORS: tuple[Setting, ...] = (
    "street", "alley", "garden", "forest", "field", "mountain", "cliff", "beach", "sea", "river", "desert", "road", "rooftop",
    "village", "graveyard", "lighthouse", "space",
)  # fmt: skip
EXTERIORS: frozenset[Setting] = frozenset(_EXTERIORS)
_INSIDE: dict[Setting, Setting] = {"lighthouse": "stairwell", "space": "spaceship", "road": "vehicle", "graveyard": "church"}
_OUTSIDE: dict[Setting, Setting] = {
    "room": "village", "bedroom": "street", "kitchen": "garden", "office": "street", "corridor": "alley",
    "stairwell": "street", "bar": "street", "shop": "street", "hospital": "street", "church": "village", "prison": "street",
    "cave": "mountain", "vehicle": "road", "warehouse": "alley", "station": "street", "theatre": "street",
    "spaceship": "space",
}  # fmt: skip


def find_setting(words: tuple[str, ...], text: str) -> Setting | None:
    """The setting that the last telling word names ("fish market" is a market), or None."""
    for word in reversed(words):
        found = BY_WORD.get(word) or (BY_WORD.get(word[:-1]) if word.endswith("s") else None)
        if found:
            return found
    return next((setting for sign, setting in _BY_IDEOGRAPH if sign in text), None) if not text.isascii() else None


LIGHTHOUSE = vocabulary(_WORDS["lighthouse"])
LANTERN_ROOM = re.compile(r"\b(?:(?:lamp|lantern|lens|light|watch) ?room|gallery|top)\b")
"""The room at the top of a lighthouse, in lower case; elsewhere a lamp room is a room."""


def settle(found: Setting | None, interior: bool, words: tuple[str, ...] = ()) -> Setting:
    """The setting as seen from inside or from outside; a plain room or street where nothing is known.

    Inside, a lighthouse is its stair, or, where `words` name the lantern room, its top.
    """
    if found is None:
        return "room" if interior else "street"
    if interior:
        if found == "lighthouse" and LANTERN_ROOM.search(" ".join(words)):
            return "lighthouse"
        return _INSIDE.get(found, "room") if found in EXTERIORS else found
    return _OUTSIDE.get(found, "street") if found not in EXTERIORS else found
