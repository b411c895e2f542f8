# ruff: noqa: E501
# fmt: off
# (drawings are tables of coordinates: one shape a line reads best)
"""Animals: dog, cat, horse and bird, cut from the same paper as the people.

Bodies are drawn in hundredths of the animal's height (the top of its head when it stands), x to the right, y down, origin on
the ground; heads in units of half the head's height, as people's are. All face right; the caller mirrors.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from cinema.adapters.boards.brush import Flat, smooth_path
from cinema.adapters.boards.heads import Eyes, Mouth, Tones, View
from cinema.adapters.boards.ink import disc, line, oval, patch
from cinema.adapters.boards.palette import Colour, css, luma, mix, scale

Rest = Literal["stand", "sit", "lie"]
WAG_HZ = 0.55
"""How often a tail swings; a walk's legs go by the pose's own rate."""
SETTLED = 18.0
"""How far a bird sinks onto its legs."""
_PALE: Colour = (244.0, 236.0, 222.0)


@dataclass(frozen=True, kw_only=True)
class Beast:
    """The measures of a kind, in hundredths of its height; `height_m` is the head's top when it stands."""

    height_m: float
    back: float
    belly: float
    half: float
    leg: float
    head: Flat
    radius: float
    neck: float
    tail: tuple[Flat, ...]
    tail_width: float


BEASTS: dict[str, Beast] = {
    "dog": Beast(height_m=0.66, back=68, belly=38, half=46, leg=5.2, head=(54, -84), radius=16, neck=10, tail=((-45, -64), (-60, -72), (-68, -90)), tail_width=5.5),
    "cat": Beast(height_m=0.36, back=70, belly=38, half=50, leg=5.2, head=(52, -80), radius=20, neck=10, tail=((-48, -62), (-72, -62), (-80, -88), (-72, -106)), tail_width=5.5),
    "horse": Beast(height_m=2.0, back=76, belly=44, half=42, leg=4.2, head=(57, -86), radius=14, neck=11, tail=((-42, -70), (-52, -58), (-50, -30)), tail_width=6.5),
    "bird": Beast(height_m=0.42, back=70, belly=26, half=30, leg=2.2, head=(20, -82), radius=18, neck=10, tail=((-22, -38), (-50, -24), (-70, -16)), tail_width=9),
}


def rest_of(creature: str, pose: str) -> Rest:
    """How an animal does what a person's pose says."""
    if pose in ("lie", "fall"):
        return "lie"
    return "sit" if pose in ("sit", "kneel", "crouch") and creature != "horse" else "stand"


def spots(creature: str, pose: str, phase: float) -> dict[str, Flat]:
    """Where head and neck are on paper."""
    beast, rest = BEASTS[creature], rest_of(creature, pose)
    x, y = beast.head
    if creature == "bird":
        y += SETTLED if rest != "stand" else 0.0
    elif rest == "sit":
        x, y = beast.half * 0.56, -88.0
    elif rest == "lie":
        x, y = beast.half * 1.15, -beast.radius * 1.2 - 10
    elif pose in ("walk", "run"):
        y += 2.0 * math.sin(4 * math.pi * phase)
    return {"head": (x, y), "neck": (x - beast.radius * 0.9, y + beast.radius * 0.8)}


def _leg(start: Flat, length: float, swing: float, width: float, ink: Colour, *, hind: bool) -> str:
    """A leg of two bones and a paw, swung by `swing` radians."""
    bend = -0.28 if hind else 0.12
    knee = (start[0] + length * 0.52 * math.sin(swing - bend), start[1] + length * 0.52 * math.cos(swing - bend))
    foot = (knee[0] + length * 0.5 * math.sin(swing + bend), knee[1] + length * 0.5 * math.cos(swing + bend))
    d = f"M{start[0]:.1f} {start[1]:.1f}L{knee[0]:.1f} {knee[1]:.1f}"
    return line(d, ink, width * 2.6) + line(f"M{knee[0]:.1f} {knee[1]:.1f}L{foot[0]:.1f} {foot[1] - width * 0.6:.1f}", ink, width * 1.7) + oval(foot[0] + width * 0.6, foot[1] - width * 0.6, width * 1.5, width * 0.85, scale(ink, 0.82))


def _tail(creature: str, beast: Beast, phase: float, coat: Colour, drop: float) -> str:
    wag = math.sin(2 * math.pi * phase)
    points = [(x + wag * 4.5 * k, min(y + drop + abs(wag) * 1.5 * k, -beast.tail_width * 0.5)) for k, (x, y) in enumerate(beast.tail)]
    if creature == "bird":
        (x0, y0), _, (x2, y2) = points
        return patch(f"M{x0} {y0 - 9}L{x2} {y2 - 5}L{x2 + 3} {y2 + 6}L{x0 + 8} {y0 + 9}Z", scale(coat, 0.68))
    path = smooth_path(points, closed=False)
    return line(path, scale(coat, 0.7 if creature == "horse" else 0.9), beast.tail_width * (1.6 if creature == "horse" else 1.2))


def _torso(beast: Beast, rest: Rest) -> list[Flat]:
    half, back, belly = beast.half, beast.back, beast.belly
    if rest == "sit":
        return [(-half * 0.62, -3), (-half * 0.8, -20), (-half * 0.45, -back * 0.62), (half * 0.12, -back * 0.98), (half * 0.48, -back * 1.02), (half * 0.62, -back * 0.8), (half * 0.5, -back * 0.42), (half * 0.2, -12), (-half * 0.1, -2)]
    drop = 0.0 if rest == "stand" else belly - 9
    return [
        (-half, -back + 10 + drop), (-half * 0.72, -back - 1 + drop), (0, -back + 3 + drop), (half * 0.66, -back - 3 + drop), (half * 1.0, -back + 12 + drop),
        (half * 0.9, -belly - 3 + drop), (half * 0.35, -belly + 3 + drop), (-half * 0.4, -belly - 5 + drop), (-half * 0.94, -belly - 9 + drop),
    ]  # fmt: skip


def _legs(creature: str, pose: str, phase: float, coat: Colour) -> tuple[str, str]:
    """The far pair and the near pair."""
    beast, rest = BEASTS[creature], rest_of(creature, pose)
    stride = {"walk": 0.4, "run": 0.75}.get(pose, 0.0) * math.sin(2 * math.pi * phase)
    far, w = scale(coat, 0.7), beast.leg
    if rest == "lie":
        paws = line(f"M{beast.half * 0.5:.0f} {-w * 1.3:.1f}L{beast.half * 1.05:.0f} {-w:.1f}", scale(coat, 0.92), w * 2)
        return "", paws + line(f"M{-beast.half * 0.5:.0f} {-w:.1f}L{-beast.half * 0.05:.0f} {-w:.1f}", scale(coat, 0.92), w * 2.2)
    front, rear = (beast.half * 0.66, -beast.belly - 6), (-beast.half * 0.7, -beast.belly - 8)
    if rest == "sit":
        front = (beast.half * 0.42, -beast.back * 0.5)
        haunch = oval(-beast.half * 0.22, -17, 19, 17, scale(coat, 0.94)) + line(f"M{-beast.half * 0.3:.0f} {-w:.1f}L{beast.half * 0.16:.0f} {-w:.1f}", scale(coat, 0.94), w * 2)
        return _leg((front[0] + 5, front[1]), -front[1] - 1, 0.08, w, far, hind=False), haunch + _leg(front, -front[1], 0.05, w, coat, hind=False)
    return (
        _leg((front[0] + 6, front[1]), -front[1], -stride + 0.05, w, far, hind=False) + _leg((rear[0] + 7, rear[1]), -rear[1], stride - 0.04, w, far, hind=True),
        _leg(front, -front[1], stride, w, coat, hind=False) + _leg(rear, -rear[1], -stride, w * 1.1, coat, hind=True),
    )


def draw_beast(creature: str, pose: str, phase: float, tones: Tones) -> str:
    """The animal without its head, at `phase` (0 ... 1) of its tail's swing or its stride."""
    beast, rest, coat = BEASTS[creature], rest_of(creature, pose), tones.hair
    if creature == "bird":
        return _bird(beast, pose, phase, coat)
    far, near = _legs(creature, pose, phase, coat)
    at = spots(creature, pose, phase)
    body = smooth_path(_torso(beast, rest))
    head = at["head"]
    root = {"stand": (beast.half * 0.66, -beast.back + 9), "sit": (beast.half * 0.4, -beast.back * 0.86), "lie": (beast.half * 0.7, -beast.back * 0.46)}[rest]
    neck = patch(smooth_path([(root[0] - beast.neck * 1.1, root[1] - 6), (head[0] - beast.neck * 0.75, head[1] - 1), (head[0] + beast.neck * 0.2, head[1] + beast.radius * 0.5), (root[0] + beast.neck * 1.25, root[1] + 9), (root[0], root[1] + 12)]), coat)
    mane = ""
    if creature == "horse":
        mane = patch(smooth_path([(head[0] - 7, head[1] - 13), (head[0] - 15, head[1] + 2), (root[0] - 15, root[1] - 5), (root[0] - 5, root[1] - 6), (head[0] - 3, head[1] - 4)]), scale(coat, 0.5))
    belly = patch(smooth_path([(beast.half * 0.86, -beast.back + 17), (beast.half * 0.93, -beast.belly - 4), (beast.half * 0.35, -beast.belly + 2), (0, -beast.belly), (beast.half * 0.4, -beast.belly - 9)]), mix(coat, _PALE, 0.34), 'fill-opacity=".8"') if rest == "stand" and creature != "horse" else ""
    drop = 0.0 if rest == "stand" else beast.belly if rest == "lie" else beast.back * 0.72
    collar = ""
    if creature in ("dog", "cat"):
        x, y = at["neck"]
        collar = line(f"M{x - 3:.1f} {y - 3:.1f}Q{x + beast.neck * 0.6:.1f} {y + 6:.1f} {x + beast.neck * 1.3:.1f} {y + 3:.1f}", tones.accent, 3.4)
    return _tail(creature, beast, phase, coat, drop) + far + patch(body, coat) + belly + near + neck + mane + collar


def _bird(beast: Beast, pose: str, phase: float, coat: Colour) -> str:
    """Perched, or hopping along; the wing lifts with the stride."""
    hop = abs(math.sin(2 * math.pi * phase)) if pose in ("walk", "run") else 0.0
    low = SETTLED if rest_of("bird", pose) != "stand" else 0.0
    foot = scale((196, 140, 70), 0.8)
    legs = "".join(line(f"M{x} {-28 + low}L{x + 2} -2M{x + 2} -2L{x + 11} -1M{x + 2} -2L{x - 4} -1", foot, 2.6) for x in (-3, 7))
    body = smooth_path([(-34, -30), (-20, -52), (4, -66), (24, -72), (30, -54), (22, -32), (0, -20), (-20, -22)])
    breast = smooth_path([(28, -66), (31, -50), (20, -30), (4, -22), (14, -44)])
    lift = 14 * hop
    wing = smooth_path([(12, -60), (-6, -56 - lift), (-34, -38 - 2 * lift), (-52, -22 - 2 * lift), (-20, -26), (4, -34)])
    feathers = line(f"M-10 {-34:.0f}L-38 {-28 - 1.6 * lift:.0f}M-2 -38L-34 {-34 - 1.7 * lift:.0f}", scale(coat, 0.55), 1.6)
    settled = f'<g transform="translate(0 {low:g})">'
    return legs + settled + _tail("bird", beast, phase, coat, 0) + patch(body, coat) + patch(breast, mix(coat, _PALE, 0.5)) + patch(wing, scale(coat, 0.76)) + feathers + "</g>"


def beast_skull(creature: str, view: View, tones: Tones) -> str:
    """The head without eyes and mouth."""
    return {"dog": _dog, "cat": _cat, "horse": _horse, "bird": _bird_head}[creature](view, tones)


def _dog(view: View, tones: Tones) -> str:
    coat, ear, pale = tones.hair, scale(tones.hair, 0.66), mix(tones.hair, _PALE, 0.42)
    if view == "front":
        return (patch("M0 -.95C.6 -.98 .84 -.5 .72 .1C.62 .6 .4 1 0 1C-.4 1 -.62 .6 -.72 .1C-.84 -.5 -.6 -.98 0 -.95Z", coat) + patch("M0 -.2C.2 -.1 .46 .2 .44 .56C.4 .88 .2 .98 0 .98C-.2 .98 -.4 .88 -.44 .56C-.46 .2 -.2 -.1 0 -.2Z", pale)
                + "".join(patch(f"M{s * .5} -.86C{s * 1.0} -.98 {s * 1.24} -.3 {s * 1.1} .44C{s * .96} .66 {s * .76} .5 {s * .7} .1Z", ear) for s in (-1, 1)) + oval(0, .3, .19, .14, (34, 28, 30)))
    return (patch("M-.75 -.1C-.8 -.8 -.2 -1.04 .22 -.86C.48 -.74 .56 -.52 .7 -.3C1 -.24 1.36 -.16 1.42 .06C1.46 .34 1.3 .5 1 .54C.6 .6 .4 .84 .05 .86C-.5 .86 -.72 .4 -.75 -.1Z", coat)
            + patch("M.62 -.06C.96 -.1 1.36 -.1 1.42 .08C1.44 .36 1.26 .5 .98 .54C.7 .56 .52 .68 .3 .76C.3 .4 .4 .06 .62 -.06Z", pale) + oval(1.36, -.04, .15, .12, (34, 28, 30))
            + patch("M-.24 -.86C-.78 -.86 -1.08 -.2 -.9 .5C-.76 .78 -.42 .66 -.3 .3C-.2 0 .02 -.5 -.24 -.86Z", ear))


def _cat(view: View, tones: Tones) -> str:
    coat, dark, pale, pink = tones.hair, scale(tones.hair, 0.66), mix(tones.hair, _PALE, 0.5), mix(tones.hair, (226, 150, 140), 0.6)
    if view == "front":
        ears = "".join(patch(f"M{s * .16} -.7L{s * .66} -1.24L{s * .8} -.36Z", coat) + patch(f"M{s * .34} -.72L{s * .62} -1.04L{s * .68} -.5Z", pink) for s in (-1, 1))
        return ears + patch("M0 -.86C.6 -.86 .96 -.4 .9 .1C.84 .6 .44 .86 0 .86C-.44 .86 -.84 .6 -.9 .1C-.96 -.4 -.6 -.86 0 -.86Z", coat) + oval(0, .5, .36, .28, pale) + patch("M-.1 .26L.1 .26L0 .4Z", pink) + "".join(line(f"M{s * .3} .5L{s * 1.1} {.34 + k}", _PALE, .03, .7) for s in (-1, 1) for k in (0, .2)) + line("M-.2 -.8L-.16 -.5M0 -.84L0 -.54M.2 -.8L.16 -.5", dark, .08, .8)
    return (patch("M-.5 -.62L-.36 -1.3L.06 -.84Z", coat) + patch("M-.38 -.76L-.3 -1.1L-.06 -.86Z", pink) + patch("M-.76 -.06C-.78 -.66 -.3 -.94 .16 -.84C.56 -.74 .76 -.44 .88 -.1C1.02 .02 1.06 .2 .96 .36C.8 .56 .5 .78 .02 .8C-.5 .8 -.74 .4 -.76 -.06Z", coat)
            + patch("M.6 .1C.86 .06 1.04 .16 .98 .34C.84 .56 .6 .68 .34 .74C.3 .44 .4 .2 .6 .1Z", pale) + patch("M.92 -.02L1.06 .04L.98 .16Z", pink) + line("M.74 .36L1.44 .22M.74 .42L1.42 .5", _PALE, .03, .7) + line("M-.1 -.82L-.16 -.5M.12 -.84L.1 -.52M-.6 .1L-.36 .16M-.56 .34L-.32 .34", dark, .08, .8))


def _horse(view: View, tones: Tones) -> str:
    coat, dark, pale = tones.hair, scale(tones.hair, 0.5), mix(tones.hair, _PALE, 0.5)
    if view == "front":
        ears = "".join(patch(f"M{s * .14} -.86L{s * .44} -1.4L{s * .5} -.8Z", coat) for s in (-1, 1))
        return ears + patch("M0 -.95C.46 -.95 .56 -.5 .5 -.1C.44 .3 .36 .6 .42 .9C.42 1.3 .2 1.42 0 1.42C-.2 1.42 -.42 1.3 -.42 .9C-.36 .6 -.44 .3 -.5 -.1C-.56 -.5 -.46 -.95 0 -.95Z", coat) + patch("M-.08 -.5L.08 -.5L.12 .6L-.12 .6Z", pale) + patch("M-.3 -.95C-.1 -1.2 .2 -1.2 .3 -.9C.2 -.5 .06 -.4 0 -.34C-.06 -.5 -.2 -.6 -.3 -.95Z", dark) + "".join(oval(s * .2, 1.08, .08, .12, (40, 30, 32)) for s in (-1, 1))
    return (patch("M-.3 -.84L-.16 -1.44L.08 -.86Z", coat) + patch("M-.62 -.3C-.6 -.84 -.1 -1.02 .24 -.8C.6 -.5 .98 .1 1.3 .5C1.52 .8 1.42 1.12 1.14 1.18C.9 1.22 .74 1.08 .56 .86C.3 .62 .1 .6 -.2 .56C-.56 .46 -.64 .1 -.62 -.3Z", coat)
            + patch("M1.02 .22C1.16 .34 1.24 .42 1.3 .5C1.52 .8 1.42 1.12 1.14 1.18C.98 1.2 .86 1.14 .76 1.06C.8 .7 .86 .44 1.02 .22Z", scale(coat, 0.7)) + oval(1.26, .76, .07, .1, (34, 26, 28)) + patch("M.1 -.9C-.2 -1.12 -.5 -.9 -.5 -.5C-.3 -.36 -.1 -.5 0 -.3C.14 -.4 .2 -.7 .1 -.9Z", dark)
            + line("M-.2 .5C0 .3 .3 .1 .5 -.46M.44 .7C.66 .6 .86 .4 .98 .16", tones.accent, .09))


def _bird_head(view: View, tones: Tones) -> str:
    coat = tones.hair
    beak: Colour = (222, 160, 62) if luma(coat) < 150 else (200, 120, 50)
    if view == "front":
        return patch("M0 -.86C.6 -.86 .8 -.4 .74 .1C.7 .6 .4 .9 0 .9C-.4 .9 -.7 .6 -.74 .1C-.8 -.4 -.6 -.86 0 -.86Z", coat) + patch("M-.2 .06L.2 .06L0 .6Z", beak)
    return patch("M.6 -.2L1.5 .06L.62 .26Z", beak) + patch("M-.74 .2C-.86 -.5 -.4 -.92 .1 -.86C.56 -.8 .8 -.36 .74 .06C.7 .5 .3 .86 -.1 .9C-.5 .9 -.7 .6 -.74 .2Z", coat)


_EYES: dict[str, dict[str, tuple[tuple[float, float, float], ...]]] = {
    # x, y, radius
    "dog": {"front": ((-.32, -.16, .13), (.32, -.16, .13)), "turned": ((.36, -.32, .13),)},
    "cat": {"front": ((-.36, -.06, .2), (.36, -.06, .2)), "turned": ((.46, -.2, .18),)},
    "horse": {"front": ((-.4, -.3, .11), (.4, -.3, .11)), "turned": ((.16, -.34, .12),)},
    "bird": {"front": ((-.34, -.16, .14), (.34, -.16, .14)), "turned": ((.26, -.2, .15),)},
}


def beast_face(creature: str, view: View, state: Eyes, shape: Mouth, tones: Tones) -> str:
    """Eyes, and a mouth that opens when it is heard."""
    side = "front" if view == "front" else "turned"
    dark = (30, 24, 26)
    parts: list[str] = []
    for x, y, r in _EYES[creature][side]:
        if state == "closed":
            parts.append(line(f"M{x - r} {y}Q{x} {y + r * 0.9:.3f} {x + r} {y}", dark, .07))
            continue
        tall = r * (0.5 if state == "half" else 1.0)
        iris = (206, 176, 84) if creature in ("cat", "bird") else (74, 48, 34)
        parts.append(oval(x, y, r, tall, iris) + oval(x + (-0.05 if state == "aside" else 0.02), y, r * (0.34 if creature == "cat" else 0.6), tall * 0.82, dark) + disc(x + r * 0.3, y - tall * 0.4, r * 0.24, (255, 255, 255)))
        parts.append(line(f"M{x - r * 1.1:.3f} {y - tall * 0.4:.3f}Q{x:.3f} {y - tall * 1.35:.3f} {x + r * 1.1:.3f} {y - tall * 0.4:.3f}", mix(dark, tones.hair, 0.25), .05))
    parts.append(_muzzle(creature, side, {"rest": 0.0, "small": 0.45, "bite": 0.6, "round": 0.8, "wide": 1.0}[shape], tones))
    return "".join(parts)


def _muzzle(creature: str, side: str, gape: float, tones: Tones) -> str:
    dark, tongue = (52, 24, 28), (206, 104, 100)
    jaw = mix(scale(tones.hair, 0.8), _PALE, 0.3)
    if creature == "bird":
        if gape == 0:
            return ""
        low = .26 + .3 * gape
        return patch(f"M.6 .2L1.16 {low}L.5 .36Z", (180, 110, 44)) if side == "turned" else patch(f"M-.16 .46L.16 .46L0 {.6 + .24 * gape}Z", dark)
    if side == "front":
        y = {"dog": .6, "cat": .54, "horse": 1.26}[creature]
        rest = line(f"M-.2 {y + .06}Q-.1 {y + .14} 0 {y}Q.1 {y + .14} .2 {y + .06}", dark, .05)
        return rest if gape == 0 else rest + patch(f"M-.18 {y + .08}Q0 {y + .02} .18 {y + .08}Q.14 {y + .1 + .3 * gape:.2f} 0 {y + .12 + .3 * gape:.2f}Q-.14 {y + .1 + .3 * gape:.2f} -.18 {y + .08}Z", dark) + oval(0, y + .06 + .22 * gape, .09, .08 * gape, tongue)
    (x0, y0), (x1, y1) = {"dog": ((.62, .4), (1.34, .3)), "cat": ((.66, .42), (.94, .34)), "horse": ((.86, .98), (1.34, 1.02))}[creature]
    if gape == 0:
        return line(f"M{x0} {y0}Q{(x0 + x1) / 2:.2f} {y0 + .1:.2f} {x1} {y1}", dark, .05)
    drop = .36 * gape
    return patch(f"M{x0 - .1} {y0}L{x1} {y1}L{x1 - .14} {y1 + drop:.2f}Q{x0 + .1} {y0 + drop + .1:.2f} {x0 - .1} {y0}Z", dark, f'stroke="{css(jaw)}" stroke-width=".07" stroke-linejoin="round"') + patch(f"M{x0 + .06} {y0 + .05}L{x1 - .2} {y1 + drop * .55:.2f}L{x1 - .24} {y1 + drop * .9:.2f}Q{x0 + .14} {y0 + drop * .9:.2f} {x0 + .06} {y0 + .05}Z", tongue)
