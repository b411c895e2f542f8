"""Weather that a text names: what falls and blows now, not what has stopped, is missing, or lies on the ground."""

from __future__ import annotations

import re

from cinema.plan.staging import Weather
from cinema.plan.words import lower_words, sentences, vocabulary

_WEATHERS: dict[Weather, str] = {
    "storm": "storm stormy thunder thunderstorm lightning hurricane tempest gale gewitter sturm orage tormenta",
    "rain": "rain rains raining rainy drizzle downpour rain-soaked regen pluie lluvia pioggia",
    "snow": "snow snows snowing snowy blizzard snowfall sleet schnee neige nieve neve",
    "fog": "fog foggy mist misty haze hazy nebel brouillard niebla nebbia",
    "wind": "wind winds windy windswept breeze gusts gust vent viento vento",
    "cloudy": "cloudy overcast clouds grey-skied gloomy bewölkt nuageux nublado",
    "clear": "sunny sunlit sunlight sunshine cloudless sonnig ensoleillé soleado",
}
_WEATHER_OF_WORD: dict[str, Weather] = {word: weather for weather, words in _WEATHERS.items() for word in words.split()}
_FORCE: tuple[Weather, ...] = ("storm", "snow", "rain", "fog", "wind", "cloudy", "clear")
_NOT = vocabulary("no not without never after nor hardly kein keine sans sin senza ohne")
_OVER = vocabulary(
    "stopped stops stop passed passes gone ended ends cleared clears lifted lifts eased eases died dies ceased ceases "
    "covered "
    "covers lies finished melted melts abates abated subsides subsided vanishes thins"
)
_PHRASES = (("no", "longer"), ("is", "over"), ("was", "over"), ("has", "blown"), ("are", "over"))
_CALM = re.compile(
    r"\b(?:(?:calm|still|quiet|glassy|flat|smooth) (?:sea|seas|water|waters|lake|ocean)|(?:clear|blue|starry|"
    r"cloudless) (?:sky|skies|night))\b",
    re.IGNORECASE,
)
_AFTERWARDS: dict[Weather, Weather] = {"storm": "cloudy", "rain": "cloudy", "snow": "cloudy", "cloudy": "clear"}


def weather_in(*texts: str) -> Weather | None:
    """The strongest weather that the texts name, or None.

    Weather that has stopped leaves clouds, fog and wind that are gone leave a clear sky; so does a calm sea.
    """
    now: set[Weather] = set()
    past: set[Weather] = set()
    for text in texts:
        for sentence in sentences(text):
            words = lower_words(sentence)
            for position, word in enumerate(words):
                weather = _WEATHER_OF_WORD.get(word)
                if weather:
                    (past if _gone(words, position) else now).add(weather)
    # "Rain. ... The rain has stopped." has stopped: the later word about the same weather is the ending.
    found: Weather | None = next((weather for weather in _FORCE if weather in now and weather not in past), None)
    if found:
        return found
    left: Weather | None = next((weather for weather in _FORCE if weather in past), None)
    if left:
        return _AFTERWARDS.get(left, "clear")
    return "clear" if any(_CALM.search(text) for text in texts) else None


def _gone(words: tuple[str, ...], position: int) -> bool:
    before, after = words[max(0, position - 3) : position], words[position + 1 : position + 5]
    if words[position] in ("snow", "schnee") and (after[:1] == ("on",) or "under" in before):
        return True
    return not _NOT.isdisjoint(before) or not _OVER.isdisjoint(after) or after[:2] in _PHRASES
