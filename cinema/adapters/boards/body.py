# ruff: noqa: E501
# fmt: off
# (drawings are tables of coordinates: one shape a line reads best)
"""Bodies: limbs, garments and what a hand holds, cut like paper around the joints of a pose.

Drawn in units of one hundredth of the figure's height, x to the right, y down, origin on the ground below the body.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from cinema.adapters.boards.brush import Flat, smooth_path, straight_path
from cinema.adapters.boards.creatures import BEASTS, spots
from cinema.adapters.boards.heads import Tones, View
from cinema.adapters.boards.palette import Colour, css, mix, scale
from cinema.adapters.boards.places import Seat
from cinema.adapters.boards.poses import Stance, joints
from cinema.plan.staging import Facing, Silhouette


@dataclass(frozen=True, kw_only=True)
class Build:
    height_m: float
    shoulder: float
    girth: float
    head: float
    """Half the head's height, share of the figure's."""
    stoop: float = 0.0


BUILDS: dict[str, Build] = {
    "child": Build(height_m=1.18, shoulder=0.098, girth=0.95, head=0.098),
    "slight": Build(height_m=1.63, shoulder=0.098, girth=0.84, head=0.075),
    "average": Build(height_m=1.72, shoulder=0.112, girth=1.0, head=0.073),
    "broad": Build(height_m=1.77, shoulder=0.138, girth=1.28, head=0.074),
    "tall": Build(height_m=1.9, shoulder=0.112, girth=0.95, head=0.067),
    "stooped": Build(height_m=1.62, shoulder=0.11, girth=1.06, head=0.077, stoop=24.0),
}


def build_of(silhouette: Silhouette) -> Build:
    """The measures of a person or an animal; an animal's `shoulder` is the half of its length."""
    if silhouette.creature == "person":
        return BUILDS[silhouette.build]
    beast = BEASTS[silhouette.creature]
    return Build(height_m=beast.height_m, shoulder=beast.half / 100, girth=1.0, head=beast.radius / 100)


_YAWS: dict[Facing, float] = {"camera": 14.0, "right": 62.0, "left": 62.0, "away": 172.0}


def view_of(facing: Facing) -> View:
    return {"camera": "front", "away": "back"}.get(facing, "turned")  # type: ignore[return-value]


@dataclass(frozen=True, kw_only=True)
class Skeleton:
    """Joints on paper, facing right; `mirror` is -1 for somebody who faces left."""

    at: dict[str, Flat]
    build: Build
    view: View
    mirror: int
    lying: bool

    @property
    def head(self) -> Flat:
        return self.at["head"]

    @property
    def radius(self) -> float:
        """Half the head's height."""
        return self.build.head * 100


def skeleton(silhouette: Silhouette, pose: Stance, facing: Facing, phase: float) -> Skeleton:
    """The joints of a figure as they are drawn."""
    if silhouette.creature != "person":
        view: View = "front" if facing == "camera" else "turned"
        at = spots(silhouette.creature, pose, phase)
        return Skeleton(at=at, build=build_of(silhouette), view=view, mirror=-1 if facing == "left" else 1, lying=False)
    build = BUILDS[silhouette.build]
    points = joints(pose, phase, shoulder=build.shoulder, stoop=build.stoop, head=build.head)
    if pose == "lie" and facing in ("camera", "away"):
        facing = "right"
    yaw = math.radians(_YAWS[facing])
    flat = {
        name: ((forward * math.sin(yaw) + side * math.cos(yaw)) * 100, -up * 100 + side * math.sin(yaw) * 3)
        for name, (forward, up, side) in points.items()
    }
    return Skeleton(at=flat, build=build, view=view_of(facing), mirror=-1 if facing == "left" else 1, lying=pose == "lie")


def _limb(start: Flat, end: Flat, first: float, last: float, ink: str) -> str:
    """A tapered round-ended limb of those half widths."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = math.hypot(dx, dy) or 1.0
    nx, ny = -dy / length, dx / length
    hull = straight_path(
        [
            (start[0] + nx * first, start[1] + ny * first),
            (end[0] + nx * last, end[1] + ny * last),
            (end[0] - nx * last, end[1] - ny * last),
            (start[0] - nx * first, start[1] - ny * first),
        ]
    )
    return (
        f'<path d="{hull}" fill="{ink}"/><circle cx="{start[0]:.2f}" cy="{start[1]:.2f}" r="{first:.2f}" fill="{ink}"/>'
        f'<circle cx="{end[0]:.2f}" cy="{end[1]:.2f}" r="{last:.2f}" fill="{ink}"/>'
    )


def _leg(bones: Skeleton, name: str, colour: Colour, boots: Colour, *, bare: Colour | None) -> str:
    at, girth = bones.at, bones.build.girth
    hip, knee, ankle = at[f"{name}_hip"], at[f"{name}_knee"], at[f"{name}_ankle"]
    shin = bare or colour
    out = _limb(hip, knee, 5.4 * girth, 3.7 * girth, css(colour)) + _limb(knee, ankle, 3.6 * girth, 2.3 * girth, css(shin))
    dx, dy = ankle[0] - knee[0], ankle[1] - knee[1]
    length = math.hypot(dx, dy) or 1.0
    ux, uy = dx / length, dy / length
    toe = 6.6 if bones.view == "turned" else 2.6
    # The foot stands at a right angle to the shin, toes forward.
    fx, fy = (uy, -ux) if bones.view == "turned" else (0.5, 0.25)
    heel = (ankle[0] - fx * 1.8 + ux * 1.2, ankle[1] - fy * 1.8 + uy * 1.2)
    tip = (ankle[0] + fx * toe + ux * 1.4, ankle[1] + fy * toe + uy * 1.4)
    return out + _limb(heel, tip, 2.3, 1.7, css(boots))


def _arm(bones: Skeleton, name: str, sleeve: Colour, tones: Tones, *, wide: float) -> str:
    at, girth = bones.at, bones.build.girth
    shoulder, elbow, hand = at[f"{name}_shoulder"], at[f"{name}_elbow"], at[f"{name}_hand"]
    hand_r = 2.3 if bones.build.height_m < 1.3 else 2.1
    dx, dy = hand[0] - elbow[0], hand[1] - elbow[1]
    length = math.hypot(dx, dy) or 1.0
    cuff = 2.2 * girth * wide**2
    reach = max(2.2, 0.9 * cuff + 0.6)
    palm = (hand[0] + dx / length * reach, hand[1] + dy / length * reach)
    return (
        _limb(hand, palm, hand_r, hand_r * 0.86, css(tones.skin))
        + _limb(shoulder, elbow, 2.9 * girth * wide, 2.7 * girth * wide, css(sleeve))
        + _limb(elbow, hand, 2.75 * girth * wide, cuff, css(sleeve))
    )


def _sides(bones: Skeleton) -> tuple[float, float, float]:
    """Half widths of chest, waist and hips on paper."""
    girth, shoulder = bones.build.girth, bones.build.shoulder * 100
    if bones.view == "turned":
        return (shoulder * 0.74, 5.9 * girth, 6.4 * girth)
    return (shoulder * 1.0, 6.6 * girth, 7.0 * girth)


def _torso(bones: Skeleton, colour: Colour) -> str:
    at = bones.at
    chest, waist, hips = _sides(bones)
    neck, middle, hip = at["neck"], at["waist"], at["hip"]
    ax, ay = hip[0] - neck[0], hip[1] - neck[1]
    length = math.hypot(ax, ay) or 1.0
    nx, ny = ay / length, -ax / length  # to the right of the spine, seen from the front
    ux, uy = ax / length, ay / length
    points = [
        (neck[0] + nx * 3.0, neck[1] + ny * 3.0 - 0.8),
        (neck[0] + nx * chest * 0.78 + ux * 2.1, neck[1] + ny * chest * 0.78 + uy * 2.1),
        (neck[0] + nx * chest * 0.98 + ux * 6, neck[1] + ny * chest * 0.98 + uy * 6),
        (middle[0] + nx * waist, middle[1] + ny * waist),
        (hip[0] + nx * hips, hip[1] + ny * hips),
        (hip[0] + ux * 2.2, hip[1] + uy * 2.2),
        (hip[0] - nx * hips, hip[1] - ny * hips),
        (middle[0] - nx * waist, middle[1] - ny * waist),
        (neck[0] - nx * chest * 0.98 + ux * 6, neck[1] - ny * chest * 0.98 + uy * 6),
        (neck[0] - nx * chest * 0.78 + ux * 2.1, neck[1] - ny * chest * 0.78 + uy * 2.1),
        (neck[0] - nx * 3.0, neck[1] - ny * 3.0 - 0.8),
    ]
    return f'<path d="{smooth_path(points)}" fill="{css(colour)}"/>'


_HEMS: dict[str, tuple[float, float]] = {
    # how far down the legs a skirt goes (1 knee, 2 ankle), how it flares
    "coat": (1.15, 1.25), "dress": (1.25, 1.75), "robe": (1.8, 1.55), "cloak": (1.7, 1.95),
}  # fmt: skip


def _skirt(bones: Skeleton, garment: str, colour: Colour) -> str:
    """The part of a long garment below the waist, laid around the legs wherever they are."""
    if garment not in _HEMS:
        return ""
    length, flare = _HEMS[garment]
    at = bones.at
    _, waist, hips = _sides(bones)

    def down(name: str) -> Flat:
        hip, knee, ankle = at[f"{name}_hip"], at[f"{name}_knee"], at[f"{name}_ankle"]
        if length <= 1:
            return (hip[0] + (knee[0] - hip[0]) * length, hip[1] + (knee[1] - hip[1]) * length)
        part = length - 1
        return (knee[0] + (ankle[0] - knee[0]) * part, knee[1] + (ankle[1] - knee[1]) * part)

    first, second = sorted((down("left"), down("right")))
    knees = sorted((at["left_knee"], at["right_knee"]))
    middle, hip = at["waist"], at["hip"]
    out = hips * flare * 0.72
    points = [
        (middle[0] - waist, middle[1]),
        (min(hip[0] - hips * 1.06, (knees[0][0] + hip[0]) / 2 - hips * 0.9), hip[1] + 2),
        (first[0] - out * 0.9, first[1] - 0.5),
        ((first[0] + second[0]) / 2, max(first[1], second[1]) + 1.2),
        (second[0] + out * 0.9, second[1] - 0.5),
        (max(hip[0] + hips * 1.06, (knees[1][0] + hip[0]) / 2 + hips * 0.9), hip[1] + 2),
        (middle[0] + waist, middle[1]),
    ]
    return f'<path d="{smooth_path(points)}" fill="{css(colour)}"/>'


def _stroke(points: list[Flat], colour: Colour, width: float, opacity: float = 1.0) -> str:
    path = smooth_path(points, closed=False) if len(points) > 2 else straight_path(points, closed=False)
    return (
        f'<path d="{path}" fill="none" stroke="{css(colour)}" stroke-width="{width:.2f}" stroke-linecap="round" '
        f'stroke-opacity="{opacity:.2f}"/>'
    )


def _trim(bones: Skeleton, silhouette: Silhouette, tones: Tones) -> str:
    """Collar, scarf, belt, buttons: the accent by which a figure is known."""
    at = bones.at
    neck, middle, hip = at["neck"], at["waist"], at["hip"]
    chest, waist, _ = _sides(bones)
    turn = {"front": 0.12, "turned": 0.5, "back": 0.0}[bones.view]
    dark = scale(tones.garment, 0.62)
    nx, ny = neck
    mid = (middle[0] + waist * turn, middle[1])
    garment = silhouette.garment
    parts: list[str] = []
    if bones.view != "back":
        opening = [(nx + chest * turn * 0.6, ny + 2), ((nx + mid[0]) / 2 + chest * turn * 0.5, (ny + mid[1]) / 2), mid]
        if garment in ("coat", "jacket"):
            lapel = straight_path([(nx - 3.4 + chest * turn * 0.3, ny - 0.5), opening[1], (nx + 3.6 + chest * turn * 0.5, ny - 0.5)])
            parts.append(f'<path d="{lapel}" fill="{css(mix(tones.accent, (240, 236, 226), 0.25))}"/>')
            parts.append(_stroke([opening[1], mid, (hip[0] + waist * turn, hip[1] + 3)], dark, 0.8))
        elif garment == "shirt":
            parts.append(_stroke([*opening, (hip[0] + waist * turn, hip[1])], dark, 0.5))
            parts.append(f'<path d="{straight_path([(nx - 3, ny), (nx + chest * turn * 0.5, ny + 5), (nx + 4, ny)])}" fill="{css(tones.accent)}"/>')
        elif garment == "uniform":
            for part in (0.25, 0.5, 0.75):
                x, y = nx + (mid[0] - nx) * part + chest * turn * 0.4, ny + (mid[1] - ny) * part + 2
                parts.append(f'<circle cx="{x:.2f}" cy="{y:.2f}" r=".75" fill="{css(tones.accent)}"/>')
            parts.append(_stroke([(nx - chest * 0.8, ny + 3), (nx - chest * 0.4, ny + 1.6)], tones.accent, 1.6))
            parts.append(_stroke([(nx + chest * 0.8, ny + 3), (nx + chest * 0.4, ny + 1.6)], tones.accent, 1.6))
        elif garment == "dress":
            parts.append(f'<path d="{straight_path([(nx - 2.6, ny - 0.4), (nx + chest * turn * 0.6, ny + 5.5), (nx + 3.2, ny - 0.4)])}" fill="{css(tones.skin)}"/>')
        else:
            parts.append(_stroke([opening[0], opening[1], mid], dark, 0.9))
    if garment in ("coat", "cloak", "robe") or silhouette.hair == "hood":
        scarf = [(nx - 4.0, ny - 0.6), (nx, ny + 1.6), (nx + 4.2, ny - 0.4)]
        parts.append(_stroke(scarf, tones.accent, 3.0))
        if bones.view != "back":
            parts.append(_stroke([(nx + 2, ny + 1.4), (nx + 2.6, ny + 6), (nx + 1.6, ny + 10)], scale(tones.accent, 0.86), 2.6))
    if garment in ("dress", "robe", "uniform", "jacket"):
        parts.append(_stroke([(middle[0] - waist, middle[1] + 1.4), (middle[0], middle[1] + 2.6), (middle[0] + waist, middle[1] + 1.4)],
                             tones.accent if garment != "jacket" else dark, 1.7 if garment != "jacket" else 0.8))  # fmt: skip
    return "".join(parts)


def _seat(bones: Skeleton, tones: Tones, seat: Seat) -> str:
    """What carries somebody who sits, so that nobody sits on air."""
    hip = bones.at["hip"]
    wood, top = scale(tones.dark, 1.5), hip[1] + 5.2
    if seat == "thwart":
        return f'<rect x="{hip[0] - 16:.1f}" y="{top:.1f}" width="32" height="4" rx="1" fill="{css(wood)}"/>'
    if seat == "bench":
        legs = [_stroke([(hip[0] + dx, top + 2), (hip[0] + dx, -0.6)], scale(wood, 0.7), 2.6) for dx in (-30, 30)]
        return "".join(legs) + f'<rect x="{hip[0] - 38:.1f}" y="{top:.1f}" width="76" height="3.6" rx="1" fill="{css(wood)}"/>'
    legs = [_stroke([(hip[0] + dx, top + 2), (hip[0] + dx * 1.1, -0.6)], scale(wood, 0.8), 1.9) for dx in (-8.5, 7.5)]
    back = _stroke([(hip[0] - 8.5, top), (hip[0] - 11.5, top - 27)], scale(wood, 0.9), 2.0) if bones.view == "turned" else ""
    rail = _stroke([(hip[0] - 11.5, top - 27), (hip[0] - 10.6, top - 18)], wood, 3.4) if bones.view == "turned" else ""
    if bones.view == "front":
        back = f'<rect x="{hip[0] - 10:.1f}" y="{top - 28:.1f}" width="20" height="9" rx="2" fill="{css(wood)}"/>'
        back += "".join(_stroke([(hip[0] + dx, top), (hip[0] + dx, top - 26)], scale(wood, 0.9), 1.9) for dx in (-9, 9))
    return "".join(legs) + back + rail + f'<rect x="{hip[0] - 10.5:.1f}" y="{top:.1f}" width="21" height="3.4" rx="1.2" fill="{css(wood)}"/>'


def draw_body(silhouette: Silhouette, pose: Stance, bones: Skeleton, tones: Tones, *, seat: Seat = "chair", held: str = "") -> str:
    """The figure without its head. `held` is SVG drawn around the left hand (its origin)."""
    garment = tones.garment
    shade = scale(garment, 0.74)
    boots = mix(scale(tones.dark, 1.1), tones.legs, 0.2)
    bare = tones.skin if silhouette.garment == "dress" else None
    wide = 1.3 if silhouette.garment in ("robe", "cloak") else 1.0
    far, near = ("left", "right") if bones.view != "back" else ("right", "left")
    hand = bones.at["left_hand"]
    below = _seat(bones, tones, seat) if pose == "sit" else ""
    neck, head = bones.at["neck"], bones.at["head"]
    throat = _limb((neck[0], neck[1] + 1.5), ((neck[0] * 0.55 + head[0] * 0.45), neck[1] * 0.55 + head[1] * 0.45), 3.4 * min(1.1, bones.build.girth), 3.0, css(scale(tones.skin, 0.84)))  # fmt: skip
    held_svg = f'<g transform="translate({hand[0]:.2f} {hand[1] + 1:.2f})">{held}</g>' if held else ""
    parts = [
        below,
        held_svg if bones.view == "back" else "",
        _arm(bones, far, shade, tones, wide=wide),
        held_svg if bones.view == "turned" else "",
        _leg(bones, far, scale(tones.legs, 0.76), scale(boots, 0.8), bare=bare),
        _leg(bones, near, tones.legs, boots, bare=bare),
        throat,
        _skirt(bones, silhouette.garment, scale(garment, 0.93)),
        _torso(bones, garment),
        _trim(bones, silhouette, tones),
    ]
    if silhouette.garment == "cloak":
        parts.append(_cape(bones, garment))
    parts.append(_arm(bones, near, scale(garment, (1.0 if bones.view == "front" else 1.06) if silhouette.garment != "cloak" else 0.9), tones, wide=wide))
    if bones.view == "front":
        parts.append(_arm(bones, far, scale(garment, 0.96), tones, wide=wide))
        parts.append(held_svg)
    return "".join(parts)


def _cape(bones: Skeleton, colour: Colour) -> str:
    neck, hip = bones.at["neck"], bones.at["hip"]
    chest, _, hips = _sides(bones)
    points = [
        (neck[0] - 3.4, neck[1] - 1), (neck[0] - chest * 1.15, neck[1] + 6), (hip[0] - hips * 1.5, hip[1] + 3),
        (hip[0] - hips * 0.6, hip[1] + 6), (neck[0] - chest * 0.2, neck[1] + 12), (neck[0] + 2, neck[1] + 1),
    ]  # fmt: skip
    return f'<path d="{smooth_path(points)}" fill="{css(scale(colour, 1.08))}"/>'
