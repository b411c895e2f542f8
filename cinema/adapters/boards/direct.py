"""From staging to a shot that can be drawn: where the camera stands, who is where, what the light is."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cinema.adapters.boards import places
from cinema.adapters.boards.actors import Actor, stance_of
from cinema.adapters.boards.body import build_of, skeleton
from cinema.adapters.boards.chance import chance
from cinema.adapters.boards.lens import DUTCH_RADIANS, FRAMES, Frame, Lens, aim
from cinema.adapters.boards.moves import Offset, offset_at
from cinema.adapters.boards.palette import Light, light_for
from cinema.adapters.boards.props import HANDS, LARGE, known
from cinema.adapters.boards.sets import Backdrop, PlateCache, build, travel_box
from cinema.plan.staging import Figure, Framing, Pose, Staging

CROWDED: frozenset[Framing] = frozenset({"extreme_wide", "wide", "full", "medium_wide", "medium", "two_shot"})
LANDSCAPE_HEAD_M = 1.72
HUMAN_HEAD_M = 0.25
AFOOT: frozenset[Pose] = frozenset({"stand", "walk", "run", "climb", "dance"})


@dataclass(frozen=True, kw_only=True)
class Shot:
    """All that a drawing needs. `near` stands between the camera and the others; `item` is the object of an insert."""

    staging: Staging
    lens: Lens
    light: Light
    backdrop: Backdrop
    actors: tuple[Actor, ...]
    near: Actor | None
    item: str
    roll: float
    seed: int
    length_seconds: float

    @property
    def locked(self) -> bool:
        """Whether nothing behind the figures moves: a static camera, which creeps only where nobody gives the shot life."""
        walking = _follow_share([actor.figure for actor in self.actors], self.staging)
        return self.staging.camera == "static" and bool(self.actors) and not walking

    def offset(self, seconds: float) -> Offset:
        if self.locked:
            return Offset()
        share = seconds / self.length_seconds if self.length_seconds > 0 else 1.0
        return offset_at(self.staging.camera, share, seconds, self.seed)


def neutral_staging(prompt: str) -> Staging:
    """A modest staging for a request that carries none: the first setting that its words name."""
    words = set(prompt.lower().replace(",", " ").replace(".", " ").split())
    for name in (*places.EXTERIORS, *places.INTERIORS):
        if name in words:
            setting = name
            break
    else:
        setting = "room" if words & {"inside", "interior", "int", "indoors"} else "field"
    return Staging(
        setting=setting,  # type: ignore[arg-type]
        place=setting,
        interior=setting in places.INTERIORS,
        time_of_day="night" if "night" in words else "dusk" if "dusk" in words else "day",
        weather="clear",
        framing="wide",
        angle="eye",
        camera="static",
    )


def _shown(staging: Staging) -> tuple[list[Figure], Figure | None]:
    """Who is in the picture, and who stands near; a tight frame is of the one it is about."""
    near = next((figure for figure in staging.figures if figure.near), None)
    others = [figure for figure in staging.figures if not figure.near]
    if staging.framing == "over_shoulder" and near is None and len(others) > 1:
        away = next((figure for figure in others if figure.name != staging.focus), others[-1])
        others.remove(away)
        near = replace(away, near=True, x=-0.8 if others[0].x >= 0 else 0.8)
    if staging.framing not in CROWDED and len(others) > 1:
        chosen = next((figure for figure in others if figure.name == staging.focus), others[0])
        others = [chosen]
    if staging.framing == "two_shot" and len(others) == 2:
        first, second = sorted(others, key=lambda figure: figure.x)
        gap = 0.2 if "embrace" in (first.pose, second.pose) else 0.34
        others = [
            replace(first, x=min(first.x, -gap) if first.x > -0.6 else -gap),
            replace(second, x=max(second.x, gap) if second.x < 0.6 else gap),
        ]
    return others, near


def _in_hand(staging: Staging) -> str:
    """What somebody who holds something holds; of a telephone, the handset."""
    names = {figure.name for figure in staging.figures}
    for prop in (staging.focus, *staging.props):
        if prop not in names and known(prop) and known(prop) not in LARGE | HANDS:
            return "receiver" if known(prop) in ("phone", "telephone") else prop
    return ""


def _subject(staging: Staging) -> str:
    """The object of an insert: what the focus names or, failing a drawing of that, a prop that can be drawn."""
    for name in (staging.focus, *staging.props):
        if known(name):
            luthier = "luthier" in staging.place.lower() or any("violin" in prop for prop in staging.props)
            return "violin case" if known(name) == "case" and luthier else name
    return staging.focus or "detail"


def _head_top(figure: Figure, seat: places.Seat) -> float:
    """Height of the top of the head in the figure's pose, metres."""
    bones = skeleton(figure.silhouette, stance_of(figure, seat), figure.facing, 0.0)
    if bones.lying:
        return 0.42
    if figure.silhouette.creature != "person":
        return (-bones.head[1] + bones.radius * 1.25) * bones.build.height_m / 100
    lift = {"hat": 1.45, "hood": 1.3, "bun": 1.4, "curly": 1.45, "cap": 1.2}.get(figure.silhouette.hair, 1.08)
    return (-bones.head[1] + bones.radius * lift) * build_of(figure.silhouette).height_m / 100


def _frame(staging: Staging, figures: list[Figure], seat: places.Seat) -> Frame:
    """The framing's measure, grown for two side by side, for heads at two heights, and scaled to an animal alone."""
    frame = FRAMES[staging.framing]
    if len(figures) > 1 and frame.width_m < 1.5:
        frame = replace(frame, width_m=max(frame.width_m, 1.25))
    if len(figures) > 1 and staging.framing in ("medium_wide", "medium", "two_shot"):
        tops = [_head_top(figure, seat) for figure in figures]
        least = (max(tops) - min(tops) + 0.5) / (1 - frame.head_row)
        frame = replace(
            frame, height_m=max(frame.height_m, least), distance_m=frame.distance_m * max(1.0, (least / frame.height_m) ** 0.75)
        )
    if len(figures) == 1 and figures[0].silhouette.creature != "person":
        bones = skeleton(figures[0].silhouette, "stand", "left", 0.0)
        tight = 2 * bones.radius * bones.build.height_m / 100 / HUMAN_HEAD_M
        large = min(1.6, bones.build.height_m / LANDSCAPE_HEAD_M)
        share = max(0.4, tight if staging.framing not in CROWDED else 0.5 + 0.5 * large)
        frame = replace(
            frame,
            height_m=frame.height_m * share,
            width_m=frame.width_m * share,
            distance_m=frame.distance_m * max(0.75, share),
        )
    return frame


def _lens(staging: Staging, size_px: tuple[int, int], figures: list[Figure], seed: int) -> Lens:
    interior = places.is_interior(staging.setting, staging.interior)
    seat = places.seat(staging)
    shown = [figure for figure in figures if figure.name == staging.focus] if staging.framing not in CROWDED else figures
    head = max((_head_top(figure, seat) for figure in shown or figures), default=LANDSCAPE_HEAD_M)
    alone = len(figures) == 1 and figures[0].silhouette.creature != "person"
    if staging.framing in ("extreme_wide", "wide", "full") and not alone:
        head = max(head, 1.0)
    rng = chance("camera", seed)
    jitter = rng.choice((-0.36, -0.18, 0.0, 0.18, 0.36)) * (1.0 if not interior else 0.6)
    turn = 0.0
    if staging.framing not in ("extreme_wide", "wide", "full") and len(figures) == 1:
        # Who looks left is seen against another part of the place than who looks right.
        turn = {"left": 0.75, "right": -0.75}.get(figures[0].facing, 0.0)
        turn *= 0.5 if staging.setting in ("corridor", "vehicle", "alley", "prison") else 1.0
    frame = _frame(staging, figures, seat)
    cap = places.room_height(staging.setting) * 1.12 if interior else None
    x_m = turn + jitter
    if staging.setting in ("corridor", "vehicle", "alley"):
        x_m *= 0.5
    return aim(staging.framing, staging.angle, size_px=size_px, head_m=head, x_m=x_m, tallest_view_m=cap, frame=frame)


def _placed(figure: Figure, lens: Lens, order: int, seed: int, framing: Framing) -> tuple[float, float]:
    """Where a figure stands: x across (metres) and how far behind the plane of focus, head and shoulders inside the frame."""
    half_m = lens.width_px / 2 / lens.px_per_metre
    build = build_of(figure.silhouette)
    jitter = chance("mark", seed, figure.name, order).uniform(-0.03, 0.03)
    wanted = (figure.x * 0.92 + jitter) * half_m
    if figure.silhouette.creature != "person":
        # An animal is long: in a tight frame its head stands where a person's would, in a wide one its middle.
        bones = skeleton(figure.silhouette, figure.pose, figure.facing, 0.0)
        head = bones.mirror * bones.head[0] * build.height_m / 100
        tight = framing not in ("extreme_wide", "wide", "full")
        limit = max(0.0, half_m - build.height_m * (build.head * 1.7 if tight else build.shoulder + 0.2))
        return lens.x_m + max(-limit, min(limit, wanted)) - (head if tight else head * 0.25), 0.0
    room = build.height_m * (0.56 if figure.pose == "lie" else build.shoulder + 0.03)
    limit = max(0.0, half_m - room)
    back = 0.0 if lens.distance_m < 3.4 else chance("depth", figure.name).choice((0.0, 0.25, 0.45))
    return lens.x_m + max(-limit, min(limit, wanted)), back


def _near_actor(figure: Figure, lens: Lens, light: Light, seed: int, visible: tuple[float, float, float, float]) -> Actor:
    """The shoulder of an over-the-shoulder shot: large, dark, at the edge of the frame, its head inside."""
    side = 1 if figure.x > 0 else -1
    depth = max(0.9, lens.distance_m * 0.6)
    z = depth - lens.distance_m
    unit = lens.focal_px / depth
    half = lens.width_px / 2 / unit
    x = lens.x_m + side * max(half - 0.12, half * 0.66)
    turned = replace(figure, facing="away", pose="stand", near=True)
    top = _head_top(turned, "ground")
    # The near camera looks past the shoulder: the head's top goes to a seventh of the frame.
    _, row, here = lens.spot(x, top, z)
    actor = Actor(
        figure=turned,
        lens=lens,
        light=replace(light, ambient=_dim(light.ambient), outdoor=_dim(light.outdoor)),
        x_m=x,
        seed=seed,
        visible=visible,
        z_m=z,
    )
    actor.row += 0.1 * lens.height_px - row if here > 0 else 0.0
    return actor


def _dim(colour: tuple[float, float, float]) -> tuple[float, float, float]:
    return (colour[0] * 0.5, colour[1] * 0.5, colour[2] * 0.56)


def direct(staging: Staging, size_px: tuple[int, int], length_seconds: float, seed: int, cache: PlateCache) -> Shot:
    """Stage a shot for a picture of that size."""
    interior = places.is_interior(staging.setting, staging.interior)
    side = 1 if chance("sun", staging.place, staging.setting).random() < 0.5 else -1
    light = light_for(staging.time_of_day, staging.weather, interior=interior, side=side)
    figures, near = _shown(staging)
    item = ""
    if staging.framing == "insert":
        named = next((figure for figure in staging.figures if figure.name == staging.focus), None)
        if named is not None and not known(staging.focus):
            staging, figures = replace(staging, framing="extreme_close"), [named]
        else:
            item, figures, near = _subject(staging), [], None
    if places.small_boat(staging):
        # Nobody walks or climbs about in an open boat.
        figures = [replace(figure, pose="sit") if figure.pose in AFOOT else figure for figure in figures]
    lens = _lens(staging, size_px, figures, seed)
    roll = DUTCH_RADIANS * (1 if seed % 2 else -1) if staging.angle == "dutch" else 0.0
    samples = [offset_at(staging.camera, step / 8, length_seconds * step / 8, seed) for step in range(9)]
    walk = _follow_share(figures, staging)
    if walk:
        samples = [replace(item_, right=item_.right + walk * (step / 8 - 0.5)) for step, item_ in enumerate(samples)] + samples
    backdrop = build(staging, lens, light, samples, roll, seed % 6, cache)
    visible = travel_box(samples, 1.0, size_px, roll, spare=0.06)
    held = _in_hand(staging)
    actors: list[Actor] = []
    seat = places.seat(staging)
    for order, figure in enumerate(figures):
        x, back = _placed(figure, lens, order, seed, staging.framing)
        hands = held if order == 0 and figure.pose == "hold" and figure.silhouette.creature == "person" else ""
        actor_seed = chance("actor", seed, figure.name).randrange(1 << 30)
        actors.append(
            Actor(
                figure=figure, lens=lens, light=light, x_m=x, seed=actor_seed, visible=visible, z_m=back, held=hands, seat=seat
            )
        )
    actors.sort(key=lambda actor: -actor.z_m)
    shoulder = _near_actor(near, lens, light, seed, visible) if near is not None else None
    return Shot(
        staging=staging, lens=lens, light=light, backdrop=backdrop, actors=tuple(actors), near=shoulder, item=item, roll=roll,
        seed=seed, length_seconds=length_seconds,
    )  # fmt: skip


def _follow_share(figures: list[Figure], staging: Staging) -> float:
    """How far the place slides by behind somebody whom the camera walks along with, in picture heights, signed."""
    if staging.framing in ("extreme_wide", "wide") or not figures:
        return 0.0
    first = figures[0]
    if first.pose not in ("walk", "run") or first.facing not in ("left", "right"):
        return 0.0
    return (0.45 if first.pose == "run" else 0.28) * (1 if first.facing == "right" else -1)


def follow_at(shot: Shot, seconds: float) -> float:
    share = seconds / shot.length_seconds - 0.5 if shot.length_seconds > 0 else 0.0
    return _follow_share([actor.figure for actor in shot.actors], shot.staging) * share


def walked_px(shot: Shot, actor: Actor, seconds: float) -> float:
    """How far a walker has gone from the mark, in a frame wide enough to let them go."""
    figure = actor.figure
    if (
        shot.staging.framing not in ("extreme_wide", "wide")
        or figure.pose not in ("walk", "run")
        or figure.facing not in ("left", "right")
    ):
        return 0.0
    speed = 1.25 if figure.pose == "walk" else 3.2
    travel = min(speed * shot.length_seconds, 0.36 * shot.lens.width_px / shot.lens.px_per_metre)
    share = seconds / shot.length_seconds - 0.5 if shot.length_seconds > 0 else 0.0
    return travel * share * shot.lens.px_per_metre * (1 if figure.facing == "right" else -1)
