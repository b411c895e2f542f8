# pyright: reportUnknownMemberType=false
# (cv2's stubs leave the element types of arrays open)
"""A shot in time: one drawing for any moment of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from cinema.adapters.boards.actors import Actor, Look
from cinema.adapters.boards.chance import chance
from cinema.adapters.boards.direct import Shot, follow_at, walked_px
from cinema.adapters.boards.heads import Eyes
from cinema.adapters.boards.inserts import item_plate
from cinema.adapters.boards.moves import Offset, drift, layer_motion
from cinema.adapters.boards.paper import Matrix, Pixels, Plate, blurred, stack, warp_cover, warp_onto
from cinema.adapters.boards.places import is_interior
from cinema.adapters.boards.speech import mouth_for
from cinema.adapters.boards.titles import CARD_LIGHT, OPENING_LIGHT, dim, set_title, write
from cinema.adapters.boards.water import bob
from cinema.adapters.boards.weather import add_veil, bolt, flash_level, flash_times, veils

STEP_SECONDS = 1 / 12
"""The length of a drawing, as speech is measured: animation on twos at 24 frames a second."""


@dataclass(frozen=True, kw_only=True)
class Voice:
    """How loud somebody is, in steps of STEP_SECONDS from `start_seconds`."""

    start_seconds: float
    levels: NDArray[np.float64]

    def at(self, seconds: float) -> float:
        step = int((seconds - self.start_seconds) / STEP_SECONDS + 1e-6)
        return float(self.levels[step]) if seconds >= self.start_seconds - 1e-6 and 0 <= step < len(self.levels) else 0.0


class Animation:
    """Draws a shot; every drawing depends on its moment alone, not on those drawn before."""

    def __init__(self, shot: Shot, voices: Mapping[str, tuple[Voice, ...]]) -> None:
        self.shot = shot
        self.voices = voices
        lens = shot.lens
        self.size_px = (lens.width_px, lens.height_px)
        afloat = shot.backdrop.boat[1] is not None
        self._shadows = [(actor, None if afloat else actor.shadow()) for actor in shot.actors]
        outdoors = not is_interior(shot.staging.setting, shot.staging.interior) and shot.staging.setting != "space"
        self._veils = veils(shot.staging.weather, self.size_px, shot.seed) if outdoors else ()
        self._outdoors = outdoors
        self._flashes = flash_times(shot.length_seconds, shot.seed) if shot.staging.weather == "storm" else ()
        self._vignette = _vignette(self.size_px)
        self._still: Pixels | None = None
        self._item = item_plate(shot.staging, shot.lens, shot.light, shot.item) if shot.item else None
        self._shoulder = _soft_shoulder(shot) if shot.near else None
        title = shot.staging.title
        behind = CARD_LIGHT if shot.staging.focus == "title" else None if shot.actors else OPENING_LIGHT
        self._title = set_title(title, self.size_px, light=behind) if title else None
        self._blinks = {actor.figure.name: _blinks(actor.seed, shot.length_seconds) for actor in shot.actors}

    def look(self, actor: Actor, seconds: float) -> Look:
        """What a figure's face does at a moment."""
        loud = max((voice.at(seconds) for voice in self.voices.get(actor.figure.name, ())), default=0.0)
        state: Eyes = "open"
        for at in self._blinks[actor.figure.name]:
            since = seconds - at
            if 0 <= since < 0.17:
                state = "closed" if since < 0.09 else "half"
        if state == "open" and drift(seconds * 0.8, actor.seed, "glance") > 0.62:
            state = "aside"
        nod = 0.012 * drift(seconds, actor.seed, "nod") + 0.03 * loud * drift(seconds * 2.4, actor.seed, "talk")
        return Look(eyes=state, mouth=mouth_for(loud, int(seconds / STEP_SECONDS + 1e-6), actor.seed), nod=nod)

    def draw(self, seconds: float) -> Pixels:
        """The picture at `seconds` of the shot, blue-green-red."""
        shot = self.shot
        offset = shot.offset(seconds)
        moved = replace(offset, right=offset.right + follow_at(shot, seconds))
        picture = self._place(moved)
        self._lightning(picture, seconds)
        for veil in self._veils[:1]:
            add_veil(picture, veil, seconds, (shot.seed % 89) / 89)
        self._people(picture, offset, seconds)
        if shot.backdrop.front is not None and not shot.item:
            plate, plate_depth = shot.backdrop.front
            warp_onto(picture, plate, layer_motion(moved, plate_depth, size_px=self.size_px, roll=shot.roll))
        for veil in self._veils[1:]:
            add_veil(picture, veil, seconds, (shot.seed % 53) / 53)
        picture = np.asarray(cv2.multiply(picture, self._vignette, dst=picture, scale=1 / 255), np.uint8)
        if self._title is not None:
            picture = dim(picture, self._title)
            write(picture, self._title, seconds)
        return picture

    def _place(self, moved: Offset) -> Pixels:
        """What lies behind the figures; drawn once where the camera stands still."""
        if self._still is not None:
            return self._still.copy()
        shot, (width, height) = self.shot, self.size_px
        (first, depth), *others = shot.backdrop.plates
        picture = warp_cover(first, layer_motion(moved, depth, size_px=self.size_px, roll=shot.roll), width, height)
        for plate, plate_depth in others:
            warp_onto(picture, plate, layer_motion(moved, plate_depth, size_px=self.size_px, roll=shot.roll))
        if shot.locked:
            self._still = picture.copy()
        return picture

    def _people(self, picture: Pixels, offset: Offset, seconds: float) -> None:
        """The figures, what carries them, the object of an insert, and who stands near."""
        shot, height = self.shot, self.size_px[1]
        still = layer_motion(offset, 1.0, size_px=self.size_px, roll=shot.roll)
        stage: Matrix = (still @ self._afloat(seconds)).astype(np.float32)
        within, side = shot.backdrop.boat
        if within is not None:
            warp_onto(picture, within, stage)
        for actor, shade in self._shadows:
            if shade is not None:
                gone = np.array([[1, 0, walked_px(shot, actor, seconds)], [0, 1, 0], [0, 0, 1]], np.float32)
                warp_onto(picture, shade, stage @ gone)
        for actor in shot.actors:
            actor.paint(picture, stage, seconds, self.look(actor, seconds), walked_px(shot, actor, seconds))
        if side is not None:
            warp_onto(picture, side, stage)
        if self._item is not None:
            warp_onto(picture, self._item, stage)
        if self._shoulder is not None:
            breath = np.array(
                [[1, 0, 0], [0, 1, 0.0022 * height * drift(seconds * 0.7, shot.seed, "near")], [0, 0, 1]], np.float32
            )
            warp_onto(picture, self._shoulder, layer_motion(offset, 0.62, size_px=self.size_px, roll=shot.roll) @ breath)

    def _afloat(self, seconds: float) -> Matrix:
        """How the boat that carries the figures rides; nothing on land."""
        if self.shot.backdrop.boat[1] is None:
            return np.eye(3, dtype=np.float32)
        heave, roll = bob(seconds, self.shot.staging.weather)
        lens = self.shot.lens
        column, row, unit = lens.spot(lens.x_m, 0.0, 0.0)
        cos, sin = float(np.cos(roll)), float(np.sin(roll))
        return np.array(
            [
                [cos, -sin, column - cos * column + sin * row],
                [sin, cos, row - sin * column - cos * row - heave * unit],
                [0, 0, 1],
            ],
            np.float32,
        )

    def _lightning(self, picture: Pixels, seconds: float) -> None:
        level = flash_level(seconds, self._flashes)
        if level <= 0:
            return
        strength = level if self._outdoors else 0.45 * level
        cv2.convertScaleAbs(picture, dst=picture, alpha=1 + 0.45 * strength, beta=46 * strength)
        horizon = self.shot.lens.centre_row_px
        if self._outdoors and level == 1.0 and horizon > 0.15 * self.size_px[1]:
            bolt(picture, horizon, self.shot.seed)


def _blinks(seed: int, length_seconds: float) -> tuple[float, ...]:
    rng = chance("blink", seed)
    out: list[float] = []
    at = rng.uniform(0.4, 2.4)
    while at < length_seconds:
        out.append(at)
        at += rng.choice((0.3, 1.0, 1.0, 1.0)) * rng.uniform(1.8, 4.6)
    return tuple(out)


def _vignette(size_px: tuple[int, int]) -> Pixels:
    width, height = size_px
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    far = np.maximum(0, (x * x + y * y) - 0.55)
    level = np.clip(255 - 62 * far, 0, 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(level, cv2.COLOR_GRAY2BGR), np.uint8)


def _soft_shoulder(shot: Shot) -> Plate:
    """The near figure, out of focus."""
    near = shot.near
    if near is None:
        raise RuntimeError("There is nobody near in this shot.")
    width, height = shot.lens.width_px, shot.lens.height_px
    canvas = np.zeros((height * 5 // 4, width * 5 // 4, 4), np.uint8)
    canvas[:, :, 3] = 255
    head, body = near.head(Look(eyes="closed")), near.body(0)
    origin = (-width / 8, -height / 8)
    for plate in (body, head):
        if plate is None:
            continue
        matrix = plate.placed()[:2].copy()
        matrix[0, 2] -= origin[0]
        matrix[1, 2] -= origin[1]
        layer = cv2.warpAffine(
            plate.pixels, matrix, (canvas.shape[1], canvas.shape[0]), borderMode=cv2.BORDER_CONSTANT, borderValue=(0, 0, 0, 255)
        )
        canvas = stack(canvas, np.asarray(layer, np.uint8))
    half = cv2.resize(canvas, (canvas.shape[1] // 2, canvas.shape[0] // 2), interpolation=cv2.INTER_AREA)
    return Plate(pixels=blurred(np.asarray(half, np.uint8), height / 360), x_px=origin[0], y_px=origin[1], scale=0.5)
