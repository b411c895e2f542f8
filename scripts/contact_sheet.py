"""A contact sheet as one PNG: of a film folder's picture, or of what the boards can draw.

.venv/bin/python scripts/contact_sheet.py FILM_FOLDER OUT.png       stills spread over film.mp4
.venv/bin/python scripts/contact_sheet.py settings OUT.png          every setting, over the hours of the day
.venv/bin/python scripts/contact_sheet.py framings OUT.png          every framing and angle
.venv/bin/python scripts/contact_sheet.py poses OUT.png             every pose and build
.venv/bin/python scripts/contact_sheet.py emotions OUT.png          every emotion, at rest and speaking
.venv/bin/python scripts/contact_sheet.py weathers OUT.png          every weather, by day and night
.venv/bin/python scripts/contact_sheet.py moves OUT.png             start and end of every camera move
.venv/bin/python scripts/contact_sheet.py inserts OUT.png           every object that an insert can show
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import av
import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cinema.adapters.boards.animate import Animation, Voice
from cinema.adapters.boards.direct import direct
from cinema.adapters.boards.props import OBJECTS
from cinema.adapters.boards.sets import PlateCache
from cinema.plan import staging as words

PANEL = (480, 270)
MARA = words.Silhouette(hair="braid", garment="coat", garment_colour="#c08a2e", accent_colour="#3f6a86", hair_colour="#8a8a88")
TOM = words.Silhouette(build="broad", beard=True, garment_colour="#3f5f7c", accent_colour="#b0503c", skin_colour="#a87452")
BASE = words.Staging(
    setting="cliff", place="sheet", interior=False, time_of_day="afternoon", weather="clear", framing="wide", angle="eye",
    camera="static", focus="MARA",
    figures=(
        words.Figure(name="MARA", silhouette=MARA, x=-0.28, facing="right"),
        words.Figure(name="TOM", silhouette=TOM, x=0.3, facing="left"),
    ),
)  # fmt: skip


def panel(
    staging: words.Staging, seconds: float = 1.0, size: tuple[int, int] = PANEL, loud: float = 0.0
) -> np.ndarray[Any, Any]:
    """One drawing of a two-second shot, `loud` the level of the first figure's voice."""
    voices = {staging.figures[0].name: (Voice(start_seconds=0, levels=np.full(24, loud)),)} if loud else {}
    return Animation(direct(staging, size, 2.0, 3, PlateCache()), voices).draw(seconds)


def settings() -> list[np.ndarray[Any, Any]]:
    hours = get_args(words.TimeOfDay)
    return [
        panel(replace(BASE, setting=setting, place=setting, interior=True, time_of_day=hours[(index * 5 + 2) % 6]))
        for index, setting in enumerate(get_args(words.Setting))
    ]


def framings() -> list[np.ndarray[Any, Any]]:
    out = [
        panel(replace(BASE, framing=framing, focus="lamp" if framing == "insert" else "MARA"))
        for framing in get_args(words.Framing)
    ]
    return out + [panel(replace(BASE, setting="street", framing="full", angle=angle)) for angle in get_args(words.Angle)]


def poses() -> list[np.ndarray[Any, Any]]:
    builds = ("average", "child", "slight", "broad", "tall", "stooped")
    hair, wear = ("short", "long", "bun", "braid", "curly", "bald", "hood", "hat", "cap"), (
        "coat", "jacket", "dress", "shirt", "robe", "uniform", "cloak")  # fmt: skip
    out: list[np.ndarray[Any, Any]] = []
    for index, pose in enumerate(get_args(words.Pose)):
        people = tuple(
            words.Figure(
                name=f"P{k}", x=-0.6 + 0.6 * k, pose=pose, facing=("right", "camera", "away")[k],
                silhouette=words.Silhouette(
                    build=builds[(index + k) % 6], hair=hair[(index * 3 + k) % 9], garment=wear[(index * 3 + k) % 7],
                    garment_colour=("#c08a2e", "#3f5f7c", "#9a4a44", "#5a7a52")[(index + k) % 4],
                ),
            )
            for k in range(3)
        )  # fmt: skip
        out.append(panel(replace(BASE, framing="full", figures=people, focus="P0", props=("lamp",))))
    return out


def emotions() -> list[np.ndarray[Any, Any]]:
    out: list[np.ndarray[Any, Any]] = []
    for index, emotion in enumerate(get_args(words.Emotion)):
        figure = replace(BASE.figures[index % 2], x=0.0, emotion=emotion, facing=("camera", "right", "left")[index % 3])
        close = replace(BASE, framing="close", figures=(figure,), focus=figure.name)
        out += [panel(close), panel(close, loud=0.9)]
    return out


def weathers() -> list[np.ndarray[Any, Any]]:
    places: tuple[words.Setting, ...] = ("village", "street", "forest", "beach")
    return [
        panel(replace(BASE, setting=places[index % 4], weather=weather, time_of_day=hour))
        for index, weather in enumerate(get_args(words.Weather))
        for hour in ("day", "night")
    ]


def moves() -> list[np.ndarray[Any, Any]]:
    return [panel(replace(BASE, setting="street", camera=move), at) for move in get_args(words.CameraMove) for at in (0.0, 2.0)]


def inserts() -> list[np.ndarray[Any, Any]]:
    return [panel(replace(BASE, setting="room", framing="insert", focus=name, figures=())) for name in (*OBJECTS, "gyroscope")]


def animals() -> list[np.ndarray[Any, Any]]:
    out: list[np.ndarray[Any, Any]] = []
    looks = (
        words.Silhouette(creature="dog", hair_colour="#8a5a34"),
        words.Silhouette(creature="cat", hair_colour="#8a8a90"),
        words.Silhouette(creature="horse", hair_colour="#6b4026"),
        words.Silhouette(creature="bird", hair_colour="#3a4a5a"),
    )
    for look in looks:
        beast = words.Figure(name="REX", silhouette=look, facing="right")
        alone = replace(BASE, setting="field", focus="REX", figures=(beast,))
        out.append(panel(replace(alone, framing="full")))
        out.append(panel(replace(alone, framing="close"), loud=0.9))
        out.append(panel(replace(alone, framing="medium", figures=(replace(beast, facing="camera", pose="sit"),))))
        out.append(panel(replace(alone, framing="wide", figures=(replace(beast, x=-0.4, pose="walk"), BASE.figures[1]))))
    return out


def card_and_super() -> list[np.ndarray[Any, Any]]:
    lines = ("THE END", "THE KEEPER\nA film in three parts\n1911", "Three weeks later, on the other side of the mountains")
    cards = [panel(replace(BASE, figures=(), title=text)) for text in lines]
    return [*cards, panel(replace(BASE, setting="street", title="LISBON, 1944\nDecember"))]


def film(folder: Path, count: int = 40) -> list[np.ndarray[Any, Any]]:
    """`count` stills spread evenly over the film."""
    with av.open(str(folder / "film.mp4")) as container:
        stream = container.streams.video[0]
        step = max(1, (stream.frames or count) // count)
        stills = [
            cv2.resize(frame.to_ndarray(format="bgr24"), PANEL, interpolation=cv2.INTER_AREA)
            for index, frame in enumerate(container.decode(stream))
            if index % step == step // 2
        ]
    return stills[:count]


def sheet(panels: list[np.ndarray[Any, Any]], columns: int = 4) -> np.ndarray[Any, Any]:
    """The panels in rows, the last row filled with black."""
    panels = panels + [np.zeros_like(panels[0])] * (-len(panels) % columns)
    return np.vstack([np.hstack(panels[start : start + columns]) for start in range(0, len(panels), columns)])


KINDS = {
    "settings": settings, "framings": framings, "poses": poses, "emotions": emotions, "weathers": weathers, "moves": moves,
    "inserts": inserts, "animals": animals, "titles": card_and_super,
}  # fmt: skip


def main() -> None:
    if len(sys.argv) != 3:
        print(__doc__)
        raise SystemExit(2)
    what, out = sys.argv[1:]
    panels = KINDS[what]() if what in KINDS else film(Path(what))
    if not cv2.imwrite(out, sheet(panels)):
        raise SystemExit(f"{out} cannot be written; name a .png in a folder that exists.")
    print(out)


if __name__ == "__main__":
    main()
