# ruff: noqa: E501
# (SVG markup is kept in one piece)
"""What an insert shows: an object on its ground, a hand, or, where nobody has drawn the object, a quiet detail of the place."""

from __future__ import annotations

from cinema.adapters.boards.lens import Lens
from cinema.adapters.boards.objects import hand
from cinema.adapters.boards.palette import Colour, Light, css, mix, parse, scale
from cinema.adapters.boards.paper import Plate, raster, trimmed
from cinema.adapters.boards.places import is_interior
from cinema.adapters.boards.props import GLOWING, HANDS, LARGE, draw_prop, known
from cinema.plan.staging import Staging

AFLOAT = frozenset({"boat", "dinghy", "rowboat", "ship", "sail", "yacht"})
BUILT = frozenset({"door", "gate", "lock", "window", "porthole", "stairs", "stair", "steps", "staircase"})
TOP = 0.66
"""Where the ground of an insert begins, share of the height."""


def item_plate(staging: Staging, lens: Lens, light: Light, item: str) -> Plate:
    """The foreground of an insert, large enough for the camera's small moves."""
    width, height = lens.width_px, lens.height_px
    name = known(item)
    if name in HANDS or not name:
        svg = _ground(staging, lens, light, name) + _pool(lens, light) + _hand(staging, lens, light, resting=not name)
    else:
        svg = _ground(staging, lens, light, name) + _pool(lens, light) + _object(lens, light, item, name)
    return trimmed(raster(svg, (-0.1 * width, -0.1 * height, 1.1 * width, 1.12 * height), 1.0))


def _tint(light: Light, text: str) -> Colour:
    """An object keeps much of its own colour: it is what the shot is about."""
    return mix(light.lit(parse(text), 0.5), parse(text), 0.4)


def _ground(staging: Staging, lens: Lens, light: Light, name: str) -> str:
    """A table top, a bench of stone outdoors, water for what floats, a wall for what is built into one."""
    width, height = lens.width_px, lens.height_px
    interior = is_interior(staging.setting, staging.interior)
    if name in BUILT:
        wall = light.lit(parse("#9a8872" if interior else "#8d8778"), 0.5)
        rows = "".join(
            f'<path d="M{-0.2 * width:.0f} {height * row:.0f}L{1.2 * width:.0f} {height * (row + 0.004):.0f}" stroke="{css(scale(wall, 0.86))}" '
            f'stroke-width="{height * 0.005:.1f}" stroke-opacity=".6"/>'
            for row in (0.06, 0.21, 0.36, 0.51, 0.66, 0.81)
        )
        floor = f'<rect x="{-0.2 * width:.0f}" y="{0.9 * height:.0f}" width="{1.4 * width:.0f}" height="{0.4 * height:.0f}" fill="{css(scale(wall, 0.5))}"/>'
        return f'<rect x="{-0.2 * width:.0f}" y="{-0.2 * height:.0f}" width="{1.4 * width:.0f}" height="{1.4 * height:.0f}" fill="{css(wall)}"/>{rows}{floor}'
    afloat = name in AFLOAT
    local = "#2f6478" if afloat else "#6f4a32" if interior else "#77705c"
    tone = light.lit(parse(local), 0.5)
    if afloat:
        tone = mix(tone, light.sky_low, 0.35)
    top = (TOP - (0.1 if afloat else 0.0)) * height
    ink = mix(tone, light.sky_low, 0.5) if afloat else scale(tone, 0.8)
    grains = "".join(
        f'<path d="M{-0.2 * width + width * part * (1 if afloat else 0):.0f} {top + height * part:.0f}L{1.2 * width - width * 3 * part * (1 if afloat else 0):.0f} {top + height * part * 1.02:.0f}" '
        f'stroke="{css(ink)}" stroke-width="{1.2 + 10 * part:.1f}" stroke-opacity=".5"/>'
        for part in (0.03, 0.08, 0.15, 0.24, 0.35)
    )
    edge = (
        f'<rect x="{-0.2 * width:.0f}" y="{top:.0f}" width="{1.4 * width:.0f}" height="{height * 0.7:.0f}" fill="{css(tone)}"/>'
    )
    rim = f'<rect x="{-0.2 * width:.0f}" y="{top:.0f}" width="{1.4 * width:.0f}" height="{max(2, height * 0.006):.0f}" fill="{css(light.rim)}" fill-opacity=".6"/>'
    return edge + grains + rim


def _pool(lens: Lens, light: Light) -> str:
    """A pool of light on the ground, so that the eye knows where to look."""
    width, height = lens.width_px, lens.height_px
    tone = light.lamp if light.lamps_on else light.rim
    strength = 0.34 if light.lamps_on else 0.26
    return (
        f'<defs><radialGradient id="pool"><stop offset="0" stop-color="{css(tone)}" stop-opacity="{strength}"/><stop offset=".55" stop-color="{css(tone)}" '
        f'stop-opacity="{strength * 0.4:.2f}"/><stop offset="1" stop-color="{css(tone)}" stop-opacity="0"/></radialGradient></defs>'
        f'<ellipse cx="{width * 0.5:.0f}" cy="{height * 0.84:.0f}" rx="{width * 0.46:.0f}" ry="{height * 0.24:.0f}" fill="url(#pool)"/>'
    )


def _warm(lens: Lens, unit: float, base: float) -> str:
    return (
        f'<defs><radialGradient id="warm"><stop offset="0" stop-color="#ffce80" stop-opacity=".62"/><stop offset=".4" stop-color="#ffb860" stop-opacity=".22"/>'
        f'<stop offset="1" stop-color="#ffb860" stop-opacity="0"/></radialGradient></defs><circle cx="{lens.width_px / 2:.0f}" cy="{base - 56 * unit:.0f}" r="{190 * unit:.0f}" fill="url(#warm)"/>'
    )


def _object(lens: Lens, light: Light, item: str, name: str) -> str:
    width, height = lens.width_px, lens.height_px
    unit = min(width * 0.72, height * 0.72) / 120 * (0.84 if name in LARGE - BUILT else 1.0)
    base = (0.9 if name in BUILT else 0.84) * height
    offset = -light.side * 22 * unit
    shadow = f'<ellipse cx="{width / 2 + offset:.0f}" cy="{base + 2 * unit:.0f}" rx="{66 * unit:.0f}" ry="{10 * unit:.0f}" fill="#0a0812" fill-opacity=".42"/>'
    drawn = draw_prop(item, lambda text: _tint(light, text))
    warm = _warm(lens, unit, base) if name in GLOWING else ""
    return f'{shadow}{warm}<g transform="translate({width / 2:.1f} {base:.1f}) scale({unit:.4f})">{drawn}</g>'


def _hand(staging: Staging, lens: Lens, light: Light, *, resting: bool) -> str:
    """Somebody's hand: the subject, on what it holds if the props name that; or `resting` small at the edge."""
    width, height = lens.width_px, lens.height_px
    whose = next((figure.silhouette for figure in staging.figures), None)
    skin = _tint(light, whose.skin_colour) if whose else None
    sleeve = _tint(light, whose.garment_colour) if whose else None
    unit = min(width * 0.62, height * 0.62) / 120 * (0.8 if resting else 1.15)
    base, side = 0.85 * height, -light.side
    reach = 0.36 if resting else 0.5
    x = width * (0.5 - side * (0.5 - reach)) if resting else width / 2 + side * 34 * unit
    held = next((prop for prop in staging.props if known(prop) and known(prop) not in HANDS | LARGE), "")
    thing = ""
    if held and not resting:
        drawn = draw_prop(held, lambda text: _tint(light, text))
        thing = (
            f'<g transform="translate({x + side * 30 * unit:.1f} {base + 1 * unit:.1f}) scale({unit * 0.9:.4f})">{drawn}</g>'
        )
    shadow = f'<ellipse cx="{x - side * 46 * unit:.0f}" cy="{base + 4 * unit:.0f}" rx="{92 * unit:.0f}" ry="{9 * unit:.0f}" fill="#0a0812" fill-opacity=".4"/>'
    drawn = hand(lambda text: _tint(light, text), skin=skin, sleeve=sleeve)
    return f'{shadow}{thing}<g transform="translate({x:.1f} {base:.1f}) scale({side * unit:.4f} {unit:.4f})">{drawn}</g>'
