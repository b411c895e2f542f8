"""The colour script: what light, haze and sky are at a time of day in a weather, and how a local colour looks in it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from cinema.plan.staging import TimeOfDay, Weather

Colour = tuple[float, float, float]
"""Red, green, blue, 0 ... 255."""


def parse(text: str) -> Colour:
    """`#rrggbb` as a colour; anything else is a middle grey, for a drawing is better than an error here."""
    digits = text.strip().lstrip("#")
    if len(digits) != 6:
        return (128.0, 128.0, 128.0)
    try:
        value = int(digits, 16)
    except ValueError:
        return (128.0, 128.0, 128.0)
    return (float(value >> 16), float(value >> 8 & 255), float(value & 255))


def css(colour: Colour) -> str:
    """The colour as SVG writes it, clipped to its range."""
    red, green, blue = (min(255, max(0, round(part))) for part in colour)
    return f"#{red:02x}{green:02x}{blue:02x}"


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """`first` with `share` (0 ... 1) of `second`."""
    keep = 1.0 - share
    return (first[0] * keep + second[0] * share, first[1] * keep + second[1] * share, first[2] * keep + second[2] * share)


def scale(colour: Colour, factor: float) -> Colour:
    return (colour[0] * factor, colour[1] * factor, colour[2] * factor)


def filtered(colour: Colour, light: Colour) -> Colour:
    """The colour of a surface under a light (255 is full)."""
    return (colour[0] * light[0] / 255, colour[1] * light[1] / 255, colour[2] * light[2] / 255)


def luma(colour: Colour) -> float:
    """BT.709 brightness, 0 ... 255."""
    return 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2]


@dataclass(frozen=True, kw_only=True)
class Light:
    """The light of one scene. Outdoor colours are those seen through a window when the scene is an interior."""

    sky_top: Colour
    sky_low: Colour
    haze: Colour
    haze_per_metre: float
    outdoor: Colour
    ambient: Colour
    rim: Colour
    lamp: Colour
    lamps_on: bool
    side: int
    """Where the key light comes from: -1 left, 1 right."""
    night: bool
    time_of_day: TimeOfDay
    weather: Weather
    interior: bool

    def lit(self, local: Colour, depth_m: float, *, outside: bool = False) -> Colour:
        """A surface of the colour `local`, seen through `depth_m` metres of air."""
        seen = filtered(local, self.outdoor if outside or not self.interior else self.ambient)
        density = self.haze_per_metre if outside or not self.interior else 0.012
        veil = self.haze if outside or not self.interior else mix(self.ambient, (150, 140, 135), 0.35)
        return mix(seen, veil, min(0.9, 1.0 - math.exp(-max(0.0, depth_m) * density)))


@dataclass(frozen=True, kw_only=True)
class _Hour:
    top: str
    low: str
    haze: str
    outdoor: str
    indoor: str
    rim: str


_HOURS: dict[TimeOfDay, _Hour] = {
    "dawn": _Hour(top="#4a5f96", low="#f6b78c", haze="#d8aea6", outdoor="#c9a9b4", indoor="#a99aa6", rim="#ffcf9a"),
    "morning": _Hour(top="#6aa6cf", low="#f8e6bd", haze="#cfe0df", outdoor="#f8ecd8", indoor="#d8d0c2", rim="#fff0c4"),
    "day": _Hour(top="#3f8fca", low="#cfeaf0", haze="#bfdce6", outdoor="#fffaf0", indoor="#d6d6d0", rim="#fffbe6"),
    "afternoon": _Hour(top="#4f93bf", low="#f7dc9c", haze="#e0cc9e", outdoor="#fff0cd", indoor="#d9c6a6", rim="#ffe29a"),
    "dusk": _Hour(top="#2b2c5f", low="#f0774a", haze="#a5607a", outdoor="#a97a8c", indoor="#a47c6c", rim="#ff9d5c"),
    "night": _Hour(top="#111c42", low="#5579ad", haze="#45659a", outdoor="#6f86b6", indoor="#8c7468", rim="#bdd4ff"),
}
# Weather: how far the sky goes to grey, how bright that grey is beside the haze, the light left, haze per metre.
_WEATHERS: dict[Weather, tuple[float, float, float, float]] = {
    "clear": (0.0, 1.0, 1.0, 0.008),
    "cloudy": (0.45, 0.98, 0.9, 0.011),
    "rain": (0.72, 0.78, 0.74, 0.022),
    "storm": (0.82, 0.5, 0.56, 0.022),
    "snow": (0.62, 1.06, 0.95, 0.026),
    "fog": (0.85, 1.0, 0.86, 0.075),
    "wind": (0.2, 1.0, 0.96, 0.012),
}


def light_for(time_of_day: TimeOfDay, weather: Weather, *, interior: bool, side: int) -> Light:
    """The light of a time of day in a weather, indoors or out, with the key from `side`."""
    hour = _HOURS[time_of_day]
    grey_share, grey_level, left, density = _WEATHERS[weather]
    night = time_of_day == "night"
    haze = parse(hour.haze)
    level = luma(haze)
    if night:
        # A moon stands behind every night's clouds: weather takes colour from it, and less of its light than of the day's.
        grey_share, grey_level = 0.6 * grey_share, max(grey_level, 0.86)
    grey = mix(scale((level * 0.94, level * 1.0, level * 1.06), grey_level), haze, 0.25)
    if weather == "snow" and not night:
        grey = mix(grey, (232, 236, 240), 0.45)
    veil = mix(haze, grey, grey_share)
    outdoor = mix(parse(hour.outdoor), mix(grey, (200, 206, 212), 0.4), grey_share * 0.45)
    dim = time_of_day in ("night", "dusk", "dawn") or weather in ("storm", "rain", "fog")
    rim = mix(parse(hour.rim), veil, grey_share * 0.5)
    return Light(
        sky_top=mix(parse(hour.top), scale(grey, 0.86), grey_share),
        sky_low=mix(parse(hour.low), grey, grey_share),
        haze=veil,
        haze_per_metre=density,
        outdoor=scale(outdoor, left if not night else 0.6 + 0.4 * left),
        ambient=mix(parse(hour.indoor), (222, 184, 144), 0.42) if dim else scale(parse(hour.indoor), 1.12 * (0.5 + 0.5 * left)),
        rim=mix(rim, (255, 214, 150), 0.35) if interior and dim else rim,
        lamp=(255.0, 206.0, 128.0),
        lamps_on=dim,
        side=side,
        night=night,
        time_of_day=time_of_day,
        weather=weather,
        interior=interior,
    )
