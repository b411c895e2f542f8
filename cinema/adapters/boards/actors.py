# ruff: noqa: E501
# (SVG markup is kept in one piece)
# pyright: reportUnknownMemberType=false
# (cv2's stubs leave the element types of arrays open)
"""Figures as sprites: a body for each phase of its movement, a head for each look of its face, lit from the key side."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import cv2
import numpy as np

from cinema.adapters.boards.body import Skeleton, build_of, draw_body, skeleton
from cinema.adapters.boards.creatures import WAG_HZ, beast_face, beast_skull, draw_beast
from cinema.adapters.boards.heads import Eyes, Mouth, Tones, eyes, mouth, skull
from cinema.adapters.boards.lens import Lens
from cinema.adapters.boards.moves import drift
from cinema.adapters.boards.palette import Colour, Light, luma, mix, parse, scale
from cinema.adapters.boards.paper import Matrix, Pixels, Plate, blurred, raster, shifted, stack, trimmed, warp_onto
from cinema.adapters.boards.places import Seat
from cinema.adapters.boards.poses import CYCLES, Stance
from cinema.adapters.boards.props import GLOWING, draw_prop, known
from cinema.plan.staging import Figure

PHASES = 8


def tones_for(figure: Figure, light: Light) -> Tones:
    """The figure's colours in the scene's light: never so dark that it is only a hole in the picture."""

    def lit(text: str, lift: float = 1.0) -> Colour:
        seen = light.lit(parse(text), 1.0)
        seen = mix(seen, parse(text), 0.3)
        level = luma(seen)
        return scale(seen, lift * (1.0 if level > 40 else 1.12))

    look = figure.silhouette
    garment = parse(look.garment_colour)
    legs = mix(scale(garment, 0.5), (52, 50, 62), 0.55)
    return Tones(
        skin=lit(look.skin_colour, 1.04),
        hair=lit(look.hair_colour),
        garment=lit(look.garment_colour),
        accent=lit(look.accent_colour, 1.08),
        legs=mix(light.lit(legs, 1.0), legs, 0.3),
        dark=mix(light.lit((40, 34, 38), 1.0), (34, 28, 34), 0.5),
    )


def _modelled(plate: Plate, light: Light, width_px: float, *, strength: float) -> Plate:
    """Light on a cut-out: a rim on the key side, a soft shade on the other."""
    pixels = plate.pixels
    alpha = np.asarray(cv2.bitwise_not(cv2.extractChannel(pixels, 3)), np.uint8)
    step = max(1, round(width_px))
    wide = max(2, round(width_px * 5))
    shade = blurred(np.asarray(cv2.subtract(alpha, shifted(alpha, light.side * wide, -wide // 3)), np.uint8), wide * 0.6)
    shade = np.asarray(cv2.bitwise_and(shade, alpha), np.uint8)
    colour = cv2.multiply(pixels[:, :, :3], _inverse(shade, 0.34), scale=1 / 255)
    rim = np.asarray(cv2.subtract(alpha, shifted(alpha, -light.side * step, max(1, step // 2))), np.uint8)
    rim = np.asarray(cv2.convertScaleAbs(rim, alpha=strength), np.uint8)
    rest = cv2.cvtColor(cv2.bitwise_not(rim), cv2.COLOR_GRAY2BGR)
    red, green, blue = light.rim
    tint = cv2.merge([cv2.convertScaleAbs(rim, alpha=part / 255) for part in (blue, green, red)])
    colour = cv2.add(cv2.multiply(colour, rest, scale=1 / 255), tint)
    out = np.dstack([colour, pixels[:, :, 3]])
    return Plate(pixels=np.ascontiguousarray(out, dtype=np.uint8), x_px=plate.x_px, y_px=plate.y_px, scale=plate.scale)


def _inverse(mask: Pixels, strength: float) -> Pixels:
    """255 less `strength` of the mask, in three channels."""
    return np.asarray(cv2.cvtColor(cv2.bitwise_not(cv2.convertScaleAbs(mask, alpha=strength)), cv2.COLOR_GRAY2BGR), np.uint8)


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a face does in one drawing."""

    eyes: Eyes = "open"
    mouth: Mouth = "rest"
    nod: float = 0.0
    """Radians."""


def stance_of(figure: Figure, seat: Seat) -> Stance:
    """The pose as it is drawn on that seat."""
    person = figure.silhouette.creature == "person"
    return "sit_ground" if person and figure.pose == "sit" and seat == "ground" else figure.pose


@dataclass(kw_only=True)
class Actor:
    """One figure on the set, drawn when first needed."""

    figure: Figure
    lens: Lens
    light: Light
    x_m: float
    seed: int
    visible: tuple[float, float, float, float]
    z_m: float = 0.0
    held: str = ""
    seat: Seat = "chair"
    tones: Tones = field(init=False)
    _bodies: dict[int, Plate] = field(default_factory=dict[int, Plate])
    _heads: dict[tuple[Eyes, Mouth], Plate] = field(default_factory=dict[tuple[Eyes, Mouth], Plate])
    _skull: Plate | None = None
    _bones: dict[int, Skeleton] = field(default_factory=dict[int, Skeleton])

    def __post_init__(self) -> None:
        self.tones = tones_for(self.figure, self.light)
        column, row, unit = self.lens.spot(self.x_m, 0.0, self.z_m)
        self.column, self.row, self.unit = column, row, unit * build_of(self.figure.silhouette).height_m / 100

    @property
    def animal(self) -> bool:
        return self.figure.silhouette.creature != "person"

    @property
    def stance(self) -> Stance:
        return stance_of(self.figure, self.seat)

    @property
    def head_px(self) -> float:
        """Half the head's height in pixels."""
        return self.bones(0).radius * self.unit * self.lens.upright

    def phase_at(self, seconds: float) -> int:
        rate = CYCLES.get(self.figure.pose, WAG_HZ if self.animal else 0.0)
        if rate == 0:
            return 0
        start = (self.seed % 97) / 97
        return int((seconds * rate + start) * PHASES) % PHASES

    def bones(self, phase: int) -> Skeleton:
        if phase not in self._bones:
            self._bones[phase] = skeleton(self.figure.silhouette, self.stance, self.figure.facing, phase / PHASES)
        return self._bones[phase]

    def _place(self, inner: str) -> str:
        mirror = self.bones(0).mirror
        return (
            f'<g transform="translate({self.column:.2f} {self.row:.2f}) '
            f'scale({self.unit * mirror:.5f} {self.unit * self.lens.upright:.5f}){self._lying()}">{inner}</g>'
        )

    def _lying(self) -> str:
        return " translate(52 -9) rotate(-90)" if self.bones(0).lying else ""

    def to_picture(self, x: float, y: float) -> tuple[float, float]:
        """A point of the drawing in picture coordinates."""
        bones = self.bones(0)
        if bones.lying:
            x, y = 52 + y, -9 - x
        return (self.column + x * self.unit * bones.mirror, self.row + y * self.unit * self.lens.upright)

    def _cut(self, left: float, top: float, right: float, bottom: float) -> tuple[float, float, float, float] | None:
        box = (max(left, self.visible[0]), max(top, self.visible[1]), min(right, self.visible[2]), min(bottom, self.visible[3]))
        return box if box[2] - box[0] > 2 and box[3] - box[1] > 2 else None

    def body(self, phase: int) -> Plate | None:
        if phase not in self._bodies:
            bones = self.bones(phase)
            held = ""
            if self.held and self.figure.pose in ("hold", "reach", "climb", "point", "stand", "walk"):
                held = f'<g transform="scale(.16)">{draw_prop(self.held, self._tint)}</g>'
            look = self.figure.silhouette
            if self.animal:
                inner = draw_beast(look.creature, self.stance, phase / PHASES, self.tones)
            else:
                inner = draw_body(look, self.stance, bones, self.tones, seat=self.seat, held=held)
            svg = self._place(inner)
            box = self._body_box(bones)
            if box is None:
                return None
            soft = 0.5 if self.head_px > 260 else 1.0
            self._bodies[phase] = trimmed(self._lit(raster(svg, box, soft), self.head_px * 0.045 * soft))
        return self._bodies[phase]

    def _lit(self, plate: Plate, rim_px: float) -> Plate:
        """Modelled by the light; who stands near, out of focus, has little of its rim."""
        return _modelled(plate, self.light, rim_px, strength=0.28 if self.figure.near else 0.85)

    def _body_box(self, bones: Skeleton) -> tuple[float, float, float, float] | None:
        """What of the picture a body may fill: its joints and room for cloth, a seat, what is held."""
        if bones.lying or self.animal:
            left, right, top = -112.0, 112.0, -125.0
        else:
            wide = 40.0 if self.figure.pose == "sit" and self.seat == "bench" else 26.0
            across = [x * bones.mirror for x, _ in bones.at.values()]
            left, right = min(across) - wide, max(across) + wide
            top = min(y for _, y in bones.at.values()) - 22
        return self._cut(
            self.column + left * self.unit,
            self.row + top * self.unit,
            self.column + right * self.unit,
            self.row + 9 * self.unit,
        )

    def _tint(self, text: str) -> Colour:
        return self.light.lit(parse(text), 1.0)

    def head(self, look: Look) -> Plate:
        key = (look.eyes, look.mouth)
        if key not in self._heads:
            view, tones = self.bones(0).view, self.tones
            silhouette, emotion = self.figure.silhouette, self.figure.emotion
            if self._skull is None:
                drawn = beast_skull(silhouette.creature, view, tones) if self.animal else skull(silhouette, view, tones)
                plain = raster(self._on_neck(drawn), self._head_box(), 1.0)
                self._skull = trimmed(self._lit(plain, self.head_px * 0.05))
            if self.animal:
                face = beast_face(silhouette.creature, view, look.eyes, look.mouth, tones)
            else:
                face = eyes(view, look.eyes, emotion, tones) + mouth(view, look.mouth, emotion, tones)
            self._heads[key] = self._with_face(self._skull, face) if face else self._skull
        return self._heads[key]

    def _with_face(self, plain: Plate, face: str) -> Plate:
        """The moving parts laid over the head; only the part of it that bears a face is drawn."""
        x, y = self.bones(0).head
        column, row = self.to_picture(x, y)
        size = self.bones(0).radius * self.unit
        left, top = max(0, int(column - 1.6 * size - plain.x_px)), max(0, int(row - 0.8 * size - plain.y_px))
        right = min(plain.pixels.shape[1], int(column + 1.6 * size - plain.x_px) + 1)
        bottom = min(plain.pixels.shape[0], int(row + 1.8 * size - plain.y_px) + 1)
        if right - left < 3 or bottom - top < 3:
            return plain
        box = (plain.x_px + left, plain.y_px + top, plain.x_px + right, plain.y_px + bottom)
        over = raster(self._on_neck(face), box, 1.0).pixels[: bottom - top, : right - left]
        pixels = plain.pixels.copy()
        pixels[top:bottom, left:right] = stack(pixels[top:bottom, left:right], over)
        return Plate(pixels=pixels, x_px=plain.x_px, y_px=plain.y_px, scale=plain.scale)

    def _on_neck(self, svg: str) -> str:
        bones = self.bones(0)
        x, y = bones.head
        return self._place(f'<g transform="translate({x:.2f} {y:.2f}) scale({bones.radius:.3f})">{svg}</g>')

    def _head_box(self) -> tuple[float, float, float, float]:
        column, row = self.to_picture(*self.bones(0).head)
        size = self.bones(0).radius * self.unit
        whole = self._cut(column - size * 2.7, row - size * 1.8, column + size * 2.7, row + size * 2.7)
        return whole or (column, row, column + 4, row + 4)

    def shadow(self) -> Plate | None:
        """The soft dark on the ground that keeps a figure from floating."""
        half = (70 if self.bones(0).lying else 40 if self.animal else 34 if self.stance == "sit_ground" else 24) * self.unit
        box = self._cut(self.column - half * 1.5, self.row - half * 0.5, self.column + half * 1.5, self.row + half * 0.5)
        if box is None:
            return None
        shift = -self.light.side * half * 0.25
        svg = f'<ellipse cx="{self.column + shift:.1f}" cy="{self.row:.1f}" rx="{half:.1f}" ry="{half * 0.2:.1f}" fill="#0c0a18" fill-opacity=".46"/>'
        plate = raster(svg, box, 0.5)
        return Plate(pixels=blurred(plate.pixels, half * 0.04), x_px=plate.x_px, y_px=plate.y_px, scale=plate.scale)

    def glow(self) -> bool:
        return known(self.held) in GLOWING

    def paint(self, picture: Pixels, camera: Matrix, seconds: float, look: Look, walked_px: float) -> None:
        """Draw the figure as it is at `seconds`, `walked_px` from its mark."""
        phase = self.phase_at(seconds)
        breath = 0.0035 * math.sin(2 * math.pi * (0.27 * seconds + (self.seed % 31) / 31))
        sway = 0.004 * drift(seconds * 0.6, self.seed, "sway")
        alive = np.array([[1, -sway, walked_px + sway * self.row], [0, 1 + breath, -breath * self.row], [0, 0, 1]], np.float32)
        body = self.body(phase)
        if body is not None:
            warp_onto(picture, body, camera @ alive)
        bones, first = self.bones(phase), self.bones(0)
        here, home = self.to_picture(*bones.head), self.to_picture(*first.head)
        neck = self.to_picture(*first.at["neck"])
        angle = look.nod * first.mirror
        cos, sin = math.cos(angle), math.sin(angle)
        x, y = neck
        nod = np.array(
            [
                [cos, -sin, x - cos * x + sin * y + here[0] - home[0]],
                [sin, cos, y - sin * x - cos * y + here[1] - home[1]],
                [0, 0, 1],
            ],
            np.float32,
        )
        warp_onto(picture, self.head(look), np.asarray(camera @ alive @ nod, np.float32))
