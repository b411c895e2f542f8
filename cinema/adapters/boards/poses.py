"""How a body stands, sits or runs: joints in space from a few angles, at a phase of the movement.

Lengths are shares of the figure's height; `forward`, `up`, `side` (to its own left) from the point between its feet.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

from cinema.plan.staging import Pose

Stance = Pose | Literal["sit_ground"]
"""A pose as it is drawn: who sits without a seat sits on the ground."""

Joint = tuple[float, float, float]
THIGH, SHIN, TORSO, UPPER_ARM, FOREARM = 0.25, 0.235, 0.31, 0.165, 0.15
CYCLES: dict[Stance, float] = {"walk": 1.0, "run": 1.5, "climb": 0.7, "dance": 0.6, "fight": 0.9, "embrace": 0.0}
"""Cycles a second of poses that move."""


@dataclass(frozen=True, kw_only=True)
class Angles:
    """Degrees; limbs hang down at 0, positive is forward; a second figure of a pair is the bend of elbow or knee."""

    lean: float = 2.0
    left_arm: tuple[float, float] = (6.0, 10.0)
    right_arm: tuple[float, float] = (-4.0, 12.0)
    left_leg: tuple[float, float] = (3.0, 0.0)
    right_leg: tuple[float, float] = (-3.0, 0.0)
    spread_arms: float = 8.0
    spread_legs: float = 4.0
    bow: float = 0.0
    """Of the head, forward."""


_POSES: dict[Stance, Angles] = {
    "stand": Angles(),
    "sit": Angles(lean=-3, left_arm=(28, 50), right_arm=(24, 54), left_leg=(86, -84), right_leg=(80, -80), spread_legs=7),
    "sit_ground": Angles(
        lean=10,
        left_arm=(46, 34),
        right_arm=(-26, 22),
        left_leg=(126, -88),
        right_leg=(104, -34),
        spread_legs=6,
        spread_arms=10,
    ),
    "walk": Angles(lean=5),
    "run": Angles(lean=17),
    "climb": Angles(lean=10, left_arm=(150, 25), right_arm=(105, 40), left_leg=(75, -80), right_leg=(5, -10), bow=-12),
    "lie": Angles(lean=0, left_arm=(14, 30), right_arm=(4, 10), left_leg=(12, -16), right_leg=(0, 0)),
    "kneel": Angles(lean=4, left_arm=(30, 45), right_arm=(25, 40), left_leg=(84, -88), right_leg=(-6, -86), bow=14),
    "crouch": Angles(lean=34, left_arm=(44, 42), right_arm=(30, 52), left_leg=(104, -128), right_leg=(76, -134), bow=-16),
    "fall": Angles(
        lean=-38, left_arm=(128, 15), right_arm=(62, 25), left_leg=(52, -44), right_leg=(8, -52), spread_arms=28, bow=10
    ),
    "reach": Angles(lean=13, left_arm=(96, 6), right_arm=(-18, 14), left_leg=(14, -4), right_leg=(-14, -4)),
    "hold": Angles(lean=1, left_arm=(26, 78), right_arm=(22, 84), spread_arms=2),
    "point": Angles(lean=5, left_arm=(88, 2), right_arm=(-10, 16), left_leg=(8, -2), right_leg=(-8, 0)),
    "embrace": Angles(lean=7, left_arm=(66, 34), right_arm=(52, 42), spread_arms=-6, bow=8),
    "fight": Angles(lean=12, left_arm=(62, 92), right_arm=(30, 112), left_leg=(30, -24), right_leg=(-26, -12), spread_legs=9),
    "dance": Angles(lean=-6, left_arm=(148, 26), right_arm=(58, 40), left_leg=(30, -54), right_leg=(-8, 0), spread_arms=26),
}


def angles_at(pose: Stance, phase: float) -> Angles:
    """The angles of a pose at `phase` (0 ... 1) of its cycle."""
    base = _POSES[pose]
    swing = math.sin(2 * math.pi * phase)
    lift = math.cos(2 * math.pi * phase)
    if pose in ("walk", "run"):
        stride = 25 if pose == "walk" else 44
        bend = 34 if pose == "walk" else 84
        arms = 24 if pose == "walk" else 46
        elbow = 16 if pose == "walk" else 84
        return replace(
            base,
            left_leg=(stride * swing + 4, -bend * max(0.0, lift) - 5),
            right_leg=(-stride * swing + 4, -bend * max(0.0, -lift) - 5),
            left_arm=(-arms * swing, elbow),
            right_arm=(arms * swing, elbow),
        )
    if pose == "climb":
        high = 0.5 + 0.5 * swing
        return replace(
            base,
            left_arm=(105 + 50 * high, 30),
            right_arm=(155 - 50 * high, 30),
            left_leg=(20 + 60 * high, -20 - 66 * high),
            right_leg=(80 - 60 * high, -86 + 66 * high),
        )
    if pose == "dance":
        return replace(base, lean=7 * swing, left_arm=(140 + 18 * lift, 26), left_leg=(18 + 18 * swing, -40 - 20 * swing))
    if pose == "fight":
        jab = max(0.0, swing)
        return replace(base, lean=10 + 8 * jab, left_arm=(58 + 30 * jab, 96 - 84 * jab))
    return base


def _limb(start: Joint, angles: tuple[float, float], lengths: tuple[float, float], spread: float) -> tuple[Joint, Joint]:
    side = math.sin(math.radians(spread))
    first = math.radians(angles[0])
    second = math.radians(angles[0] + angles[1])
    middle = (
        start[0] + lengths[0] * math.sin(first),
        start[1] - lengths[0] * math.cos(first) * math.cos(math.radians(spread)),
        start[2] + lengths[0] * side,
    )
    end = (
        middle[0] + lengths[1] * math.sin(second),
        middle[1] - lengths[1] * math.cos(second),
        middle[2] + lengths[1] * side * 0.3,
    )
    return middle, end


def joints(pose: Stance, phase: float, *, shoulder: float, stoop: float, head: float) -> dict[str, Joint]:
    """Every joint of a pose. `shoulder` is half the shoulders' width, `stoop` degrees of bent back, `head` half a head."""
    angles = angles_at(pose, phase)
    hip_half = shoulder * 0.55
    lean = math.radians(angles.lean)
    bent = math.radians(angles.lean + stoop)
    out: dict[str, Joint] = {"hip": (0.0, 0.0, 0.0)}
    for sign, name, leg in ((1, "left", angles.left_leg), (-1, "right", angles.right_leg)):
        start = (0.0, 0.0, hip_half * sign)
        knee, ankle = _limb(start, leg, (THIGH, SHIN), angles.spread_legs * sign)
        out[f"{name}_hip"], out[f"{name}_knee"], out[f"{name}_ankle"] = start, knee, ankle
    waist = (TORSO * 0.42 * math.sin(lean), TORSO * 0.42 * math.cos(lean), 0.0)
    neck = (waist[0] + TORSO * 0.58 * math.sin(bent), waist[1] + TORSO * 0.58 * math.cos(bent), 0.0)
    out["waist"], out["neck"] = waist, neck
    for sign, name, arm in ((1, "left", angles.left_arm), (-1, "right", angles.right_arm)):
        start = (neck[0] - 0.004, neck[1] - 0.042, shoulder * 0.8 * sign)
        elbow, hand = _limb(start, arm, (UPPER_ARM, FOREARM), angles.spread_arms * sign)
        out[f"{name}_shoulder"], out[f"{name}_elbow"], out[f"{name}_hand"] = start, elbow, hand
    bow = math.radians(angles.bow) + bent * 0.5 + math.radians(stoop) * 0.4
    reach = head * 1.12 + 0.02
    out["head"] = (neck[0] + reach * math.sin(bow), neck[1] + reach * math.cos(bow), 0.0)
    lowest = min(out["left_ankle"][1], out["right_ankle"][1], out["left_knee"][1], out["right_knee"][1]) - 0.035
    if pose == "sit_ground":
        lowest = min(lowest, -0.055)
    return {name: (forward, up - lowest, side) for name, (forward, up, side) in out.items()}
