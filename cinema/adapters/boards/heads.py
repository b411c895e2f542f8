# ruff: noqa: E501
# fmt: off
# (drawings are tables of coordinates: one shape a line reads best)
"""Heads: skull, hair, headgear, and the parts of a face that move (eyes, brows, mouth).

Drawn in units of the head's half height `r` = 1, x to the right, y down, origin in the middle of the head; a face that looks
to the right. Who looks left is mirrored by the caller.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cinema.adapters.boards.palette import Colour, css, mix, scale
from cinema.plan.staging import Emotion, Silhouette

View = Literal["front", "turned", "back"]
Eyes = Literal["open", "half", "closed", "aside"]
Mouth = Literal["rest", "small", "wide", "round", "bite"]


@dataclass(frozen=True, kw_only=True)
class Tones:
    """A figure's colours under the light of the scene."""

    skin: Colour
    hair: Colour
    garment: Colour
    accent: Colour
    legs: Colour
    dark: Colour


def _p(d: str, fill: Colour, extra: str = "") -> str:
    return f'<path d="{d}" fill="{css(fill)}" {extra}/>'


def _s(d: str, colour: Colour, width: float, opacity: float = 1.0) -> str:
    return (
        f'<path d="{d}" fill="none" stroke="{css(colour)}" stroke-width="{width:.3f}" stroke-linecap="round" '
        f'stroke-linejoin="round" stroke-opacity="{opacity:.2f}"/>'
    )


_SKULL: dict[View, str] = {
    "front": "M-.74 -.2C-.78 -.86 -.36 -1 0 -1C.36 -1 .78 -.86 .74 -.2C.74 .28 .62 .62 .34 .88C.2 1 -.2 1 -.34 .88C-.62 .62 -.74 .28 -.74 -.2Z",
    "turned": "M-.72 -.1C-.82 -.78 -.36 -1 .04 -1C.46 -1 .7 -.8 .68 -.42C.68 -.28 .66 -.18 .7 -.08L.87 .2C.9 .27 .84 .31 .75 .32"
    "C.74 .4 .79 .46 .74 .52C.79 .58 .72 .64 .72 .7C.74 .84 .62 .97 .44 .97C.14 .96 -.16 .8 -.34 .52C-.5 .42 -.68 .3 -.72 -.1Z",
    "back": "M-.74 -.2C-.78 -.86 -.36 -1 0 -1C.36 -1 .78 -.86 .74 -.2C.74 .28 .6 .62 .34 .84C.2 .94 -.2 .94 -.34 .84C-.6 .62 -.74 .28 -.74 -.2Z",
}  # fmt: skip


def behind(silhouette: Silhouette, view: View, tones: Tones) -> str:
    """What of the hair or headgear lies behind the skull and the shoulders."""
    hair = scale(tones.hair, 0.8)
    kind = silhouette.hair
    if kind == "long":
        if view == "turned":
            return _p("M-.1 -1.05C-.9 -1.08 -1.05 -.3 -.98 .4C-.96 1 -1.06 1.5 -.9 1.9C-.5 2.05 -.1 1.7 -.12 1.2L.2 0Z", hair)
        return _p("M0 -1.08C-.9 -1.08 -.98 -.2 -.96 .5C-.96 1 -1 1.4 -.9 1.75C-.4 1.95 .4 1.95 .9 1.75C1 1.4 .96 1 .96 .5C.98 -.2 .9 -1.08 0 -1.08Z", hair)  # fmt: skip
    if kind == "bun":
        cx, cy = (-0.78, -0.72) if view == "turned" else (0.0, -1.12)
        return f'<circle cx="{cx}" cy="{cy}" r=".4" fill="{css(hair)}"/>'
    if kind == "braid":
        if view == "turned":
            return _p("M-.5 .1C-.95 .3 -.98 .9 -.84 1.3C-.9 1.7 -.8 2.1 -.7 2.45C-.5 2.1 -.42 1.7 -.5 1.3C-.4 .9 -.3 .6 -.2 .3Z", hair)
        return _p("M-.3 .5C-.5 1 -.5 1.4 -.4 1.8C-.4 2.1 -.3 2.3 -.2 2.5C0 2.2 .06 1.8 0 1.4C.1 1 .1 .8 0 .5Z", hair) if view == "back" else ""
    if kind == "curly":
        spots = ((-.72, -.5, .44), (-.8, 0, .4), (-.5, -.92, .42), (0, -1.08, .44), (.48, -.92, .4), (-.66, .4, .34))
        more = ((.74, -.5, .42), (.8, 0, .38), (.66, .4, .32)) if view != "turned" else ((.62, -.7, .3),)
        return "".join(f'<circle cx="{x}" cy="{y}" r="{r}" fill="{css(hair)}"/>' for x, y, r in spots + more)
    if kind == "hood":
        back = scale(tones.garment, 0.72)
        if view == "turned":
            return _p("M.5 -1.18C-.5 -1.5 -1.2 -.9 -1.12 .1C-1.1 .7 -1.2 1.1 -1.1 1.4L.5 1.4C.3 .9 .2 0 .66 -.9Z", back)
        return _p("M0 -1.36C-.9 -1.36 -1.08 -.5 -1.02 .2C-1 .7 -1.1 1.1 -1.1 1.4L1.1 1.4C1.1 1.1 1 .7 1.02 .2C1.08 -.5 .9 -1.36 0 -1.36Z", back)  # fmt: skip
    return ""


def _hair_front(kind: str, view: View, tones: Tones) -> str:
    hair = tones.hair
    shine = mix(hair, (255, 240, 220), 0.16)
    if kind in ("bald",):
        side = mix(hair, tones.skin, 0.35)
        if view == "front":
            return _p("M-.76 -.3C-.8 0 -.74 .2 -.66 .3L-.64 -.2Z", side) + _p("M.76 -.3C.8 0 .74 .2 .66 .3L.64 -.2Z", side)
        if view == "turned":
            return _p("M-.74 -.3C-.76 .1 -.6 .4 -.36 .5C-.3 .3 -.2 .1 -.3 -.1C-.5 -.1 -.6 -.2 -.74 -.3Z", side)
        return _p("M-.75 -.2C-.7 .5 -.5 .7 -.3 .82L.3 .82C.5 .7 .7 .5 .75 -.2C.4 .1 -.4 .1 -.75 -.2Z", side)
    return "".join([_p(_LOCKS[view][_cut(kind)], hair), _strands(_STRANDS[view][_cut(kind)], hair), _s(_SHINES[view], shine, 0.05, 0.55)])


def _cut(kind: str) -> str:
    """How the hair frames the face: worn down, drawn back from it, or cropped."""
    return "down" if kind in ("long", "hood") else "drawn" if kind in ("braid", "bun") else "cropped"


_FULL = "M0 -1.06C-.86 -1.06 -.9 -.3 -.84 .16C-.8 .5 -.6 .7 -.36 .78C-.1 .86 .1 .86 .36 .78C.6 .7 .8 .5 .84 .16C.9 -.3 .86 -1.06 0 -1.06Z"
_NAPE = "M0 -1.06C-.86 -1.06 -.9 -.3 -.84 .1C-.8 .34 -.7 .48 -.58 .52C-.4 .7 -.16 .66 0 .74C.16 .66 .4 .7 .58 .52C.7 .48 .8 .34 .84 .1C.9 -.3 .86 -1.06 0 -1.06Z"
_PARTED = "M0 -1.08C-.86 -1.08 -.96 -.3 -.88 .3C-.78 .1 -.72 -.16 -.56 -.42C-.3 -.56 -.06 -.66 .04 -.78C.2 -.6 .44 -.5 .58 -.38C.72 -.16 .78 .1 .88 .3C.96 -.3 .86 -1.08 0 -1.08Z"
_LOCKS: dict[View, dict[str, str]] = {
    "front": {
        "down": _PARTED,
        "drawn": "M0 -1.08C-.84 -1.08 -.92 -.4 -.82 .1C-.76 0 -.72 -.2 -.62 -.4C-.44 -.62 -.14 -.7 .04 -.82C.22 -.7 .48 -.62 .62 -.4C.72 -.2 .76 0 .82 .1C.92 -.4 .84 -1.08 0 -1.08Z",
        "cropped": "M-.04 -1.1C-.8 -1.12 -.92 -.5 -.8 .1L-.72 .14C-.72 -.02 -.74 -.2 -.62 -.42C-.52 -.54 -.46 -.4 -.34 -.54C-.26 -.42 -.12 -.58 0 -.5C.14 -.62 .22 -.5 .36 -.62C.44 -.5 .6 -.52 .64 -.36C.72 -.2 .7 0 .72 .14L.8 .1C.94 -.5 .78 -1.1 -.04 -1.1Z",
    },
    "turned": {
        "down": "M.6 -.62C.56 -1 .2 -1.1 -.1 -1.08C-.76 -1.06 -.96 -.5 -.84 .16C-.86 .5 -.8 .8 -.66 .9C-.44 .7 -.3 .36 -.2 .1C-.1 -.16 .02 -.28 .2 -.4C.36 -.5 .5 -.5 .6 -.62Z",
        "drawn": "M.62 -.64C.56 -1.02 .2 -1.1 -.1 -1.08C-.76 -1.06 -.96 -.5 -.84 .1C-.8 .3 -.7 .44 -.56 .42C-.48 .32 -.52 .14 -.48 .02C-.4 -.2 -.2 -.18 -.16 .02C-.08 -.12 .02 -.3 .2 -.42C.36 -.52 .52 -.52 .62 -.64Z",
        "cropped": "M.66 -.58C.64 -1.02 .2 -1.14 -.1 -1.1C-.8 -1.06 -.98 -.4 -.8 .2C-.76 .36 -.66 .48 -.52 .5C-.46 .4 -.52 .26 -.5 .1C-.48 -.18 -.24 -.2 -.18 .0L-.11 .14C-.04 .02 -.06 -.2 -.02 -.34C.06 -.46 .1 -.36 .2 -.48C.28 -.4 .36 -.54 .46 -.46C.54 -.46 .6 -.5 .66 -.58Z",
    },
    "back": {"down": _FULL, "drawn": _NAPE, "cropped": _NAPE},
}  # fmt: skip
_STRANDS: dict[View, dict[str, str]] = {
    "front": {
        "down": "M.04 -.8L.02 -1.06M-.02 -.94C-.4 -.86 -.7 -.6 -.78 -.1M.06 -.94C.42 -.86 .7 -.6 .78 -.1M-.06 -1C-.5 -.96 -.8 -.7 -.86 -.2",
        "drawn": "M.04 -.84L.02 -1.06M-.06 -.9C-.4 -.86 -.64 -.66 -.74 -.3M.12 -.9C.42 -.86 .64 -.66 .74 -.3M-.1 -1C-.4 -.98 -.7 -.8 -.8 -.4",
        "cropped": "M-.5 -.98C-.62 -.84 -.7 -.66 -.7 -.5M-.2 -1.04C-.3 -.9 -.36 -.76 -.34 -.62M.12 -1.06C.04 -.9 .0 -.74 .0 -.6M.44 -1C.4 -.9 .36 -.8 .36 -.7",
    },
    "turned": {
        "down": "M.4 -.86C.0 -.7 -.4 -.3 -.42 .46M.2 -.98C-.3 -.84 -.62 -.3 -.62 .5M-.1 -1.02C-.6 -.9 -.78 -.3 -.76 .4",
        "drawn": "M.48 -.74C.1 -.7 -.3 -.5 -.66 -.1M.34 -.9C-.1 -.88 -.5 -.66 -.76 -.2M.06 -1.0C-.3 -.98 -.64 -.76 -.82 -.4M-.14 -.1C-.3 -.26 -.5 -.2 -.62 .1",
        "cropped": "M.5 -.9C.3 -.86 .1 -.7 .06 -.56M.22 -1.02C0 -.92 -.16 -.7 -.2 -.44M-.08 -1.04C-.36 -.9 -.5 -.6 -.52 -.3M-.4 -.96C-.66 -.76 -.76 -.4 -.7 .1M-.62 .0C-.64 .16 -.6 .3 -.56 .4",
    },
    "back": {
        "down": "M-.1 -1C-.5 -.6 -.54 .1 -.46 .7M.14 -1C.54 -.6 .56 .1 .46 .7M0 -1.02C-.1 -.4 -.04 .2 0 .76",
        "drawn": "M-.6 -.76C-.4 -.3 -.2 .1 -.06 .5M.6 -.76C.4 -.3 .2 .1 .06 .5M-.82 -.2C-.6 .1 -.3 .4 -.1 .6M.82 -.2C.6 .1 .3 .4 .1 .6M0 -1.0L0 .4",
        "cropped": "M-.4 -.94C-.6 -.6 -.66 -.2 -.6 .3M-.1 -1.0C-.3 -.5 -.34 0 -.28 .5M.2 -1C.36 -.5 .36 0 .3 .5M.5 -.88C.66 -.5 .68 -.2 .62 .3",
    },
}  # fmt: skip
_SHINES: dict[View, str] = {
    "front": "M-.5 -.82C-.26 -.97 .08 -.98 .34 -.88",
    "turned": "M-.42 -.86C-.1 -1 .2 -.98 .4 -.86",
    "back": "M-.3 -.84C-.46 -.6 -.5 -.3 -.46 0",
}


def _strands(d: str, hair: Colour) -> str:
    """Lines that the comb left, darker than the hair."""
    return _s(d, scale(hair, 0.7), 0.032, 0.55)


def _ear(tones: Tones) -> str:
    """The near ear of a turned head, over the hair that is cut or drawn away from it."""
    shade = mix(scale(tones.skin, 0.72), (110, 50, 60), 0.12)
    shell = "M-.3 .3C-.4 .28 -.5 .06 -.44 -.08C-.38 -.2 -.22 -.16 -.22 -.02C-.22 .12 -.24 .28 -.3 .3Z"
    return _p(shell, mix(tones.skin, shade, 0.3)) + _s("M-.38 0C-.36 -.1 -.28 -.1 -.28 0M-.34 .06C-.3 .08 -.32 .16 -.34 .18", shade, 0.04, 0.9)


def _headgear(kind: str, view: View, tones: Tones) -> str:
    accent = tones.accent
    dark = scale(tones.garment, 0.8)
    if kind == "hat":
        band = _p("M-.72 -.66L.72 -.66L.7 -.5L-.7 -.5Z", accent)
        return _p("M-.66 -.6C-.7 -1.2 -.56 -1.5 -.2 -1.44C0 -1.36 .1 -1.38 .26 -1.44C.6 -1.46 .7 -1.1 .66 -.6Z", dark) + band + _p("M-1.3 -.42C-.9 -.62 .9 -.62 1.3 -.42C1 -.32 -1 -.32 -1.3 -.42Z", scale(dark, 0.85))  # fmt: skip
    if kind == "cap":
        brim = {"front": "M-.6 -.5C-.3 -.36 .3 -.36 .6 -.5C.5 -.24 -.5 -.24 -.6 -.5Z", "turned": "M.3 -.62C.7 -.64 1.1 -.5 1.16 -.36C.9 -.36 .6 -.4 .24 -.38Z", "back": ""}[view]  # fmt: skip
        return _p("M-.82 -.36C-.9 -1 -.5 -1.22 0 -1.22C.5 -1.22 .86 -.98 .78 -.46C.3 -.6 -.3 -.56 -.82 -.36Z", accent) + (_p(brim, scale(accent, 0.6)) if brim else "")
    if kind == "hood":
        d = {
            "front": "M0 -1.36C-.86 -1.36 -1.06 -.5 -1 .2C-.98 .7 -.8 1.1 -.6 1.3C-.7 .9 -.86 .4 -.76 -.2C-.66 -.8 -.4 -1.02 0 -1.02C.4 -1.02 .66 -.8 .76 -.2C.86 .4 .7 .9 .6 1.3C.8 1.1 .98 .7 1 .2C1.06 -.5 .86 -1.36 0 -1.36Z",
            "turned": "M.66 -1.1C-.3 -1.5 -1.2 -.9 -1.1 .1C-1.08 .7 -1 1.1 -.6 1.36C-.2 1.4 .2 1.3 .3 1.1C-.2 .9 -.4 .4 -.3 -.1C-.2 -.6 .2 -.9 .72 -.78Z",
            "back": "M0 -1.36C-.86 -1.36 -1.06 -.5 -1 .2C-.98 .7 -1 1.1 -.9 1.3L.9 1.3C1 1.1 .98 .7 1 .2C1.06 -.5 .86 -1.36 0 -1.36Z",
        }[view]
        return _p(d, tones.garment)
    return ""


def skull(silhouette: Silhouette, view: View, tones: Tones) -> str:
    """The head without its moving parts: neck shadow, ears, nose, beard, hair."""
    skin, shade = tones.skin, mix(scale(tones.skin, 0.72), (110, 50, 60), 0.12)
    parts = [behind(silhouette, view, tones)]
    if view == "front":
        parts.append(f'<ellipse cx="-.76" cy=".06" rx=".12" ry=".2" fill="{css(shade)}"/><ellipse cx=".76" cy=".06" rx=".12" ry=".2" fill="{css(shade)}"/>')
    parts.append(_p(_SKULL[view], skin))
    if view == "front":
        parts.append(_p("M.12 -1C.36 -1 .78 -.86 .74 -.2C.74 .28 .62 .62 .34 .88C.24 .97 .1 .99 .04 .99C.4 .6 .5 .1 .4 -.3Z", shade, 'fill-opacity=".35"'))
        parts.append(_p("M.02 -.05C.04 .12 .14 .24 .12 .32C.04 .38 -.06 .36 -.12 .32C-.02 .3 .02 .2 .02 -.05Z", shade, 'fill-opacity=".8"'))
        parts.append(f'<ellipse cx="-.42" cy=".34" rx=".2" ry=".13" fill="{css(mix(skin, (220, 90, 80), 0.35))}" fill-opacity=".35"/>')
        parts.append(f'<ellipse cx=".42" cy=".34" rx=".2" ry=".13" fill="{css(mix(skin, (220, 90, 80), 0.35))}" fill-opacity=".35"/>')
    elif view == "turned":
        parts.append(_p("M-.34 .52C-.1 .62 .2 .7 .5 .97C.14 .97 -.16 .8 -.34 .52Z", shade, 'fill-opacity=".55"'))
        parts.append(_s("M.86 .28C.8 .22 .74 .24 .72 .3", shade, 0.05, 0.9))
        parts.append(f'<ellipse cx=".34" cy=".36" rx=".2" ry=".14" fill="{css(mix(skin, (220, 90, 80), 0.35))}" fill-opacity=".4"/>')
    if silhouette.beard and view != "back":
        d = {
            "front": "M-.72 .1C-.7 .6 -.5 1.02 0 1.2C.5 1.02 .7 .6 .72 .1C.62 .36 .5 .44 .3 .42C.1 .36 -.1 .36 -.3 .42C-.5 .44 -.62 .36 -.72 .1Z",
            "turned": "M-.4 .1C-.44 .6 -.1 1.06 .44 1.2C.74 1.2 .82 .94 .76 .68C.8 .6 .76 .48 .76 .4C.6 .36 .46 .4 .36 .5C.1 .5 -.14 .4 -.24 .1Z",
            "back": "",
        }[view]
        parts.append(_p(d, mix(tones.hair, (120, 110, 105), 0.12)))
    kind = silhouette.hair
    if kind in ("hat", "cap"):
        parts.append(_hair_front("short", view, tones) + _headgear(kind, view, tones))
    elif kind == "hood":
        parts.append((_hair_front("long", view, tones) if view != "back" else "") + _headgear(kind, view, tones))
    else:
        parts.append(_hair_front(kind, view, tones))
    if view == "back" and kind == "long":
        parts.append(behind(silhouette, view, tones) + _strands(_STRANDS["back"]["down"], tones.hair))
    if view == "turned" and kind not in ("long", "hood"):
        parts.append(_ear(tones))
    if kind == "curly" and view != "back":
        top = ((-0.5, -0.7, 0.3), (-0.1, -0.86, 0.32), (0.32, -0.8, 0.28))
        parts.append("".join(f'<circle cx="{x}" cy="{y}" r="{r}" fill="{css(tones.hair)}"/>' for x, y, r in top))
    return "".join(parts)


EYE_SPOTS: dict[View, tuple[tuple[float, float], ...]] = {
    # x of the eye, its half width
    "front": ((-0.34, 0.17), (0.34, 0.17)),
    "turned": ((0.16, 0.16), (0.57, 0.09)),
    "back": (),
}
_BROWS: dict[Emotion, tuple[float, float]] = {
    # how far the inner and outer ends of a brow rise (negative y is up)
    "neutral": (0.0, 0.0), "happy": (-0.04, -0.02), "sad": (-0.14, 0.06), "angry": (0.14, -0.08), "afraid": (-0.18, -0.04),
    "tired": (0.0, 0.06), "tender": (-0.08, 0.02), "excited": (-0.12, -0.12), "surprised": (-0.18, -0.18), "whisper": (0.02, 0.02),
    "shout": (0.12, -0.12), "ironic": (0.02, -0.16), "tense": (0.08, -0.02),
}  # fmt: skip
_LIDS: dict[Emotion, float] = {
    "happy": 0.75, "sad": 0.7, "angry": 0.72, "afraid": 1.3, "tired": 0.45, "tender": 0.7, "excited": 1.2, "surprised": 1.4,
    "shout": 0.9, "ironic": 0.65, "tense": 0.78,
}  # fmt: skip
_SMILES: dict[Emotion, float] = {
    "happy": 0.14, "sad": -0.12, "angry": -0.08, "afraid": -0.07, "tired": -0.05, "tender": 0.09, "excited": 0.15,
    "surprised": 0.0, "shout": -0.04, "ironic": 0.07, "tense": -0.05,
}  # fmt: skip


def eyes(view: View, state: Eyes, emotion: Emotion, tones: Tones) -> str:
    """Eyes and brows."""
    parts: list[str] = []
    lid = _LIDS.get(emotion, 1.0)
    inner, outer = _BROWS[emotion]
    line = mix(tones.dark, tones.skin, 0.08)
    for index, (x, half) in enumerate(EYE_SPOTS[view]):
        height = 0.13 * lid * (0.5 if state == "half" else 1.0)
        if state == "closed":
            parts.append(_s(f"M{x - half} .02Q{x} .11 {x + half} .02", line, 0.05))
        else:
            white = mix((246, 242, 232), tones.skin, 0.28)
            almond = f"M{x - half} .03Q{x} {0.03 - height * 1.5:.3f} {x + half} .02Q{x} {0.03 + height:.3f} {x - half} .03Z"
            look = (-0.07 if state == "aside" else 0.03) if view == "front" else (0.0 if state == "aside" else 0.05) * half / 0.16
            parts.append(_p(almond, white))
            iris = min(0.105, height * 0.9) * (1.0 if half > 0.12 else 0.72)
            parts.append(f'<ellipse cx="{x + look:.3f}" cy="-.0" rx="{iris * 0.9:.3f}" ry="{iris:.3f}" fill="{css(scale(tones.dark, 0.8))}"/>')
            parts.append(f'<circle cx="{x + look + 0.03:.3f}" cy="-.035" r=".026" fill="#fff" fill-opacity=".9"/>')
            parts.append(_s(f"M{x - half - 0.02} .04Q{x} {0.02 - height * 1.6:.3f} {x + half + 0.02} .02", line, 0.05))
            if emotion in ("tired", "sad"):
                parts.append(_s(f"M{x - half * 0.7:.3f} {0.17:.3f}Q{x:.3f} .23 {x + half * 0.7:.3f} .16", mix(scale(tones.skin, 0.66), (110, 50, 70), 0.2), 0.03, 0.6))
        toward = -1 if index == 1 else 1
        one = emotion == "ironic" and index == 1
        slant = 0.62 if view == "turned" else 1.0
        in_y, out_y = -0.24 + inner * slant, -0.25 + (outer if not one else -0.2) * slant
        reach = half * (1.2 if half > 0.12 else 0.85)
        left, right = (out_y, in_y) if toward == 1 else (in_y, out_y)
        parts.append(_s(f"M{x - reach:.3f} {left:.3f}Q{x:.3f} {min(left, right) - 0.05:.3f} {x + reach:.3f} {right:.3f}", mix(tones.hair, tones.dark, 0.4), 0.07))
    return "".join(parts)


def mouth(view: View, shape: Mouth, emotion: Emotion, tones: Tones) -> str:
    """The mouth; "rest" is closed, as the emotion bends it."""
    if view == "back":
        return ""
    x, half = (0.0, 0.25) if view == "front" else (0.53, 0.17)
    y = 0.6 if view == "front" else 0.56
    smile = _SMILES.get(emotion, 0.0)
    lip = mix(scale(tones.skin, 0.66), (160, 40, 50), 0.3)
    inside = mix((70, 18, 24), tones.dark, 0.35)
    if shape == "rest" and emotion == "surprised":
        shape = "small"
    if shape == "rest" and emotion == "shout":
        shape = "bite"
    if shape == "rest":
        return _s(f"M{x - half} {y - smile * 0.6:.3f}Q{x} {y + smile:.3f} {x + half} {y - smile * 0.6:.3f}", lip, 0.06) + _s(
            f"M{x - half * 0.4} {y + 0.13:.3f}Q{x} {y + 0.16:.3f} {x + half * 0.4} {y + 0.13:.3f}", lip, 0.035, 0.5
        )
    wide, tall = {"small": (0.8, 0.08), "wide": (1.05, 0.2), "round": (0.58, 0.19), "bite": (1.1, 0.11)}[shape]
    w = half * wide
    lift = smile * 0.5
    d = f"M{x - w:.3f} {y - lift:.3f}Q{x:.3f} {y - tall * 0.75:.3f} {x + w:.3f} {y - lift:.3f}Q{x:.3f} {y + tall * 1.7:.3f} {x - w:.3f} {y - lift:.3f}Z"
    parts = [_p(d, inside, f'stroke="{css(lip)}" stroke-width=".055" stroke-linejoin="round"')]
    if shape in ("wide", "bite"):
        parts.append(_p(f"M{x - w * 0.6:.3f} {y - tall * 0.3 - lift * 0.4:.3f}Q{x:.3f} {y - tall * 0.5:.3f} {x + w * 0.6:.3f} {y - tall * 0.3 - lift * 0.4:.3f}Q{x:.3f} {y + tall * 0.2:.3f} {x - w * 0.6:.3f} {y - tall * 0.3 - lift * 0.4:.3f}Z", (232, 226, 214)))
    return "".join(parts)
