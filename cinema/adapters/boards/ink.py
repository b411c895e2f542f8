"""The marks that small drawings are made of, as SVG."""

from __future__ import annotations

from collections.abc import Callable

from cinema.adapters.boards.palette import Colour, css

Tint = Callable[[str], Colour]
"""A local colour in the light of the scene."""


def patch(d: str, colour: Colour, extra: str = "") -> str:
    """A filled path."""
    return f'<path d="{d}" fill="{css(colour)}" {extra}/>'


def line(d: str, colour: Colour, width: float, opacity: float = 1.0) -> str:
    """A stroked path with round ends."""
    return (
        f'<path d="{d}" fill="none" stroke="{css(colour)}" stroke-width="{width:g}" stroke-linecap="round" '
        f'stroke-linejoin="round" stroke-opacity="{opacity:g}"/>'
    )


def disc(x: float, y: float, r: float, colour: Colour, extra: str = "") -> str:
    """A filled circle."""
    return f'<circle cx="{x:g}" cy="{y:g}" r="{r:g}" fill="{css(colour)}" {extra}/>'


def oval(x: float, y: float, rx: float, ry: float, colour: Colour, extra: str = "") -> str:
    """A filled ellipse."""
    return f'<ellipse cx="{x:g}" cy="{y:g}" rx="{rx:g}" ry="{ry:g}" fill="{css(colour)}" {extra}/>'


def block(x: float, y: float, w: float, h: float, colour: Colour, rx: float = 2) -> str:
    """A filled rectangle with rounded corners."""
    return f'<rect x="{x:g}" y="{y:g}" width="{w:g}" height="{h:g}" rx="{rx:g}" fill="{css(colour)}"/>'
