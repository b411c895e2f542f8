# ruff: noqa: E501
# fmt: off
# (drawings are tables of coordinates: one shape a line reads best)
"""Objects, drawn large for an insert and small for a hand. Units: about 100 across, origin at the middle of the base."""

from __future__ import annotations

from collections.abc import Callable

from cinema.adapters.boards import objects
from cinema.adapters.boards.ink import Tint
from cinema.adapters.boards.ink import block as _r
from cinema.adapters.boards.ink import disc as _c
from cinema.adapters.boards.ink import line as _l
from cinema.adapters.boards.ink import patch as _p
from cinema.adapters.boards.palette import css, mix, scale

FLAME = (255.0, 226.0, 150.0)


def _lamp(t: Tint) -> str:
    brass = t("#b08a4a")
    return (
        _c(0, -52, 62, (255, 206, 128), 'fill-opacity=".16"') + _c(0, -52, 40, (255, 216, 140), 'fill-opacity=".25"')
        + _l("M-20 -84C-26 -112 26 -112 20 -84", scale(brass, 0.8), 3)
        + _p("M-24 -20L24 -20L28 0L-28 0Z", brass) + _p("M-18 -84L18 -84L10 -96L-10 -96Z", brass)
        + _p("M-20 -82C-30 -60 -30 -40 -20 -22L20 -22C30 -40 30 -60 20 -82Z", (255, 236, 190), "fill-opacity='.75'")
        + _p("M0 -70C10 -54 12 -44 8 -34C4 -28 -4 -28 -8 -34C-12 -44 -8 -54 0 -70Z", (255, 190, 84)) + _p("M0 -56C5 -46 6 -40 3 -34L-3 -34C-6 -40 -4 -48 0 -56Z", (255, 248, 214))
        + _l("M-20 -82L-20 -22M20 -82L20 -22", scale(brass, 0.7), 3) + _p("M4 -20L24 -20L28 0L8 0Z", scale(brass, 0.75))
    )  # fmt: skip


def _candle(t: Tint) -> str:
    wax = t("#e9dcc0")
    return _c(0, -84, 46, (255, 206, 128), "fill-opacity='.22'") + _r(-30, -8, 60, 8, t("#8a6a3a"), 4) + _r(-9, -62, 18, 56, wax, 3) + _r(2, -62, 7, 56, scale(wax, 0.8), 3) + _p("M0 -92C9 -78 8 -68 0 -64C-8 -68 -9 -78 0 -92Z", FLAME)  # fmt: skip


def _phone(t: Tint) -> str:
    body, dark = t("#2f343c"), t("#16181c")
    return (
        _p("M-44 0L44 0L34 -38L-34 -38Z", body) + _p("M10 0L44 0L34 -38L10 -38Z", scale(body, 0.72)) + _c(0, -19, 15, t("#d8cfb8")) + _c(0, -19, 6, dark)
        + "".join(_c(round(10.2 * x, 1), round(-19 + 10.2 * y, 1), 2.2, dark) for x, y in ((1, 0), (0.7, 0.7), (0, 1), (-0.7, 0.7), (-1, 0), (-0.7, -0.7), (0, -1)))
        + _p("M-56 -44C-56 -66 -30 -62 -20 -56L20 -56C30 -62 56 -66 56 -44C56 -38 38 -36 34 -44C24 -50 -24 -50 -34 -44C-38 -36 -56 -38 -56 -44Z", scale(body, 1.25))
    )  # fmt: skip


def _mobile(t: Tint) -> str:
    return _r(-24, -92, 48, 92, t("#1b1e24"), 9) + _r(-20, -84, 40, 74, (150, 205, 235), 3) + _p("M-20 -84L20 -84L-20 -30Z", (215, 240, 250), "fill-opacity='.5'") + _r(-13, -66, 26, 5, (70, 110, 150)) + _r(-13, -56, 18, 5, (70, 110, 150))  # fmt: skip


def _letter(t: Tint) -> str:
    paper, line = t("#efe4c8"), t("#6a5a48")
    lines = "".join(_l(f"M-30 {y}L{26 - (y % 3) * 7} {y + 1}", line, 2) for y in (-66, -57, -48, -39, -30, -21))
    return f'<g transform="rotate(-6)">{_r(-42, -84, 84, 84, scale(paper, 0.7), 1)}{_r(-44, -86, 84, 84, paper, 1)}{lines}{_p("M40 -2L18 -2L40 -24Z", scale(paper, 0.82))}{_c(24, -12, 6, t("#a3302c"))}</g>'


def _key(t: Tint) -> str:
    brass = t("#c29a4c")
    return f'<g transform="translate(0 -22) rotate(-14)"><circle cx="-34" cy="0" r="17" fill="none" stroke="{css(brass)}" stroke-width="9"/>' + _r(-18, -4, 66, 8, brass, 3) + _r(34, 2, 7, 16, brass, 1) + _r(22, 2, 7, 11, brass, 1) + _l("M-16 -2L44 -2", mix(brass, (255, 250, 220), 0.5), 2) + "</g>"  # fmt: skip


def _gun(t: Tint) -> str:
    steel, grip = t("#3c424a"), t("#5a3a26")
    return _p("M-50 -62L34 -62L38 -56L38 -44L-6 -44L-10 -38L-50 -46Z", steel) + _p("M8 -46L36 -46L50 -4L22 0Z", grip) + _l("M-6 -44C-6 -26 14 -26 16 -44", steel, 5) + _r(-50, -60, 84, 5, scale(steel, 1.5), 1) + _p("M28 -62L40 -68L40 -56Z", steel)  # fmt: skip


def _knife(t: Tint) -> str:
    return f'<g transform="translate(0 -18) rotate(-10)">{_p("M-54 0C-40 -16 -6 -16 10 -12L10 4L-40 4Z", t("#c9d2d8"))}{_p("M-54 0L10 -2L10 4L-40 4Z", t("#8f9aa4"))}{_r(10, -13, 6, 20, t("#8a6a3a"))}{_r(16, -11, 36, 15, t("#4a3022"), 5)}</g>'


def _door(t: Tint) -> str:
    wood = t("#7a4f32")
    panels = "".join(_r(x, y, 26, 44, scale(wood, 0.8), 1) + _r(x + 3, y + 3, 20, 38, scale(wood, 1.08), 1) for x in (-32, 6) for y in (-122, -66))
    return _r(-48, -138, 96, 138, scale(wood, 0.5), 0) + _r(-40, -130, 80, 130, wood, 0) + panels + _c(32, -60, 6, t("#d0a850")) + _r(27, -54, 10, 18, t("#8a6a3a")) + _c(32, -45, 2.4, (14, 10, 10))  # fmt: skip


def _book(t: Tint) -> str:
    cover, page = t("#7c2f34"), t("#efe6cf")
    return _p("M-60 -4L0 4L60 -4L56 -48L0 -40L-56 -48Z", cover) + _p("M-54 -8C-34 -16 -14 -10 0 0L0 -44C-14 -54 -34 -58 -52 -52Z", page) + _p("M54 -8C34 -16 14 -10 0 0L0 -44C14 -54 34 -58 52 -52Z", scale(page, 0.84)) + "".join(_l(f"M-44 {y}C-32 {y - 4} -18 {y} -8 {y + 5}M44 {y}C32 {y - 4} 18 {y} 8 {y + 5}", t("#8a7a64"), 1.4) for y in (-44, -37, -30, -23))  # fmt: skip


def _cup(t: Tint) -> str:
    china = t("#e2ded2")
    return _l("M-8 -62C-16 -76 0 -84 -6 -100M10 -62C2 -78 18 -86 10 -104", mix(china, (255, 255, 255), 0.4), 3, 0.4) + f'<ellipse cx="0" cy="-4" rx="46" ry="7" fill="{css(scale(china, 0.76))}"/>' + f'<path d="M26 -46C50 -50 50 -16 22 -18" fill="none" stroke="{css(china)}" stroke-width="7"/>' + _p("M-30 -54L30 -54C30 -24 20 -6 12 -6L-12 -6C-20 -6 -30 -24 -30 -54Z", china) + _p("M8 -54L30 -54C30 -24 20 -6 12 -6L2 -6Z", scale(china, 0.78)) + f'<ellipse cx="0" cy="-54" rx="30" ry="6" fill="{css(t("#3a2418"))}"/>'  # fmt: skip


def _bottle(t: Tint) -> str:
    glass = t("#3f6a4a")
    return _p("M-16 0L16 0L18 -56C18 -68 8 -72 8 -84L8 -110L-8 -110L-8 -84C-8 -72 -18 -68 -18 -56Z", glass) + _r(-17, -48, 34, 30, t("#e4d8b4"), 1) + _l("M-12 -60L-12 -8", mix(glass, (240, 255, 240), 0.5), 3) + _r(-9, -114, 18, 8, t("#8a6a3a"))  # fmt: skip


def _clock(t: Tint) -> str:
    wood, face, ink = t("#6b4426"), t("#f0e6cc"), t("#221a16")
    ticks = "".join(f'<path d="M0 -82L0 -76" transform="rotate({hour * 30} 0 -50)" stroke="{css(ink)}" stroke-width="3"/>' for hour in range(12))
    return _p("M-46 0L46 0L38 -10L-38 -10Z", scale(wood, 0.7)) + _c(0, -50, 46, wood) + _c(0, -50, 38, face) + ticks + _l("M0 -50L0 -74M0 -50L18 -40", ink, 4) + _c(0, -50, 4, ink)  # fmt: skip


def _radio(t: Tint) -> str:
    wood = t("#84532f")
    return _r(-60, -66, 120, 66, wood, 14) + _r(-60, -14, 120, 14, scale(wood, 0.7), 8) + _r(-50, -56, 54, 40, t("#d9bf8a"), 8) + "".join(_l(f"M-46 {y}L0 {y}", t("#8a6a3a"), 2) for y in (-50, -43, -36, -29, -22)) + _c(32, -38, 17, (255, 214, 140)) + _l("M32 -38L42 -48", (120, 40, 30), 3) + _c(18, -12, 5, t("#e8dcc0")) + _c(46, -12, 5, t("#e8dcc0"))  # fmt: skip


def _boat(t: Tint) -> str:
    hull = t("#8f3b30")
    return _p("M-72 -26L72 -26C62 -4 46 0 30 0L-34 0C-52 0 -64 -10 -72 -26Z", hull) + _p("M-72 -26L72 -26L69 -19L-69 -19Z", t("#e6dcc4")) + _r(-3, -128, 5, 104, t("#6b4a30"), 1) + _p("M5 -124C44 -100 50 -60 48 -36L5 -36Z", t("#efe6d0")) + _p("M-6 -112C-34 -84 -40 -56 -42 -36L-6 -36Z", t("#d8cbb0"))  # fmt: skip


def _photo(t: Tint) -> str:
    frame = t("#9a7440")
    return _r(-40, -96, 80, 96, frame, 3) + _r(-31, -87, 62, 78, t("#d8c9a8"), 0) + _c(0, -58, 13, t("#6a5848")) + _p("M-24 -9C-24 -36 24 -36 24 -9Z", t("#54463a")) + _p("M-31 -87L10 -87L-31 -40Z", (255, 255, 255), "fill-opacity='.18'")  # fmt: skip


def _bell(t: Tint) -> str:
    brass = t("#c09440")
    return _l("M0 -110L0 -92", t("#6a4a2a"), 6) + _p("M-46 -10C-30 -22 -34 -80 -12 -90C-4 -94 4 -94 12 -90C34 -80 30 -22 46 -10Z", brass) + _p("M8 -92C34 -80 30 -22 46 -10L18 -10C22 -40 20 -70 8 -92Z", scale(brass, 0.7)) + _r(-48, -13, 96, 8, scale(brass, 1.15), 4) + _c(0, 0, 9, scale(brass, 0.6))  # fmt: skip


def _case(t: Tint) -> str:
    skin = t("#7a4c2c")
    return _l("M-18 -72C-18 -92 18 -92 18 -72", scale(skin, 0.6), 6) + _r(-62, -72, 124, 72, skin, 8) + _r(-62, -72, 124, 12, scale(skin, 1.2), 6) + _r(-44, -72, 12, 72, scale(skin, 0.7), 0) + _r(32, -72, 12, 72, scale(skin, 0.7), 0) + _r(-43, -50, 10, 10, t("#d0b060")) + _r(33, -50, 10, 10, t("#d0b060"))  # fmt: skip


def _money(t: Tint) -> str:
    note = t("#86a07a")
    return "".join(f'<g transform="rotate({turn})">{_r(-46, -44 - lift, 92, 40, scale(note, level), 2)}{_c(0, -24 - lift, 12, scale(note, level * 0.75))}</g>' for turn, lift, level in ((7, 0, 0.7), (-6, 6, 0.85), (2, 12, 1.0)))


def _flower(t: Tint) -> str:
    petals = "".join(f'<ellipse cx="0" cy="-22" rx="11" ry="18" transform="translate(0 -86) rotate({turn})" fill="{css(t("#c8434f"))}"/>' for turn in range(0, 360, 60))
    return _l("M0 0C-6 -30 4 -56 0 -84", t("#3f6a3a"), 5) + _p("M-2 -30C-30 -34 -34 -56 -34 -56C-14 -56 -4 -44 -2 -30Z", t("#4f7f46")) + petals + _c(0, -86, 11, t("#e8b84a"))


def _table(t: Tint) -> str:
    return _p("M-64 -50L64 -50L54 -60L-54 -60Z", t("#8a5e3a")) + _r(-64, -50, 128, 8, t("#6a4428"), 1) + _r(-58, -42, 8, 42, t("#5a3822"), 1) + _r(50, -42, 8, 42, t("#5a3822"), 1)


def _screen(t: Tint) -> str:
    return _p("M-70 0L70 0L56 -12L-56 -12Z", t("#9aa0a6")) + _r(-58, -92, 116, 80, t("#22262c"), 4) + _r(-52, -86, 104, 68, (130, 196, 220), 1) + "".join(_r(-44, y, w, 4, (40, 90, 120), 1) for y, w in ((-76, 60), (-66, 44), (-56, 70), (-46, 30)))


def _wheel(t: Tint) -> str:
    spokes = "".join(f'<path d="M0 -50L0 -92" transform="rotate({turn} 0 -50)" stroke="{css(t("#8a6a44"))}" stroke-width="6"/>' for turn in range(0, 360, 45))
    return f'<circle cx="0" cy="-50" r="42" fill="none" stroke="{css(t("#6a4426"))}" stroke-width="10"/>{spokes}{_c(0, -50, 11, t("#b0863a"))}'


def _map(t: Tint) -> str:
    sheet = t("#e6d6a8")
    return _p("M-66 -8L-22 -16L22 -6L66 -14L60 -78L20 -70L-22 -80L-60 -72Z", sheet) + _p("M-22 -16L22 -6L20 -70L-22 -80Z", scale(sheet, 0.85)) + _p("M-46 -60C-20 -70 0 -50 20 -56C34 -46 20 -30 0 -32C-20 -26 -44 -40 -46 -60Z", t("#8fa87a")) + _l("M-40 -24C-10 -40 10 -20 44 -50", t("#a3302c"), 3) + _l("M40 -54L48 -46M48 -54L40 -46", t("#a3302c"), 4)  # fmt: skip


def _parcel(t: Tint) -> str:
    card = t("#b48a5a")
    return _r(-48, -66, 96, 66, card, 2) + _p("M-48 -66L48 -66L36 -80L-36 -80Z", scale(card, 1.18)) + _r(-7, -66, 14, 66, t("#a3302c"), 0) + _r(20, -66, 28, 66, scale(card, 0.72), 0) + _l("M0 -76C-26 -100 -30 -76 0 -76C26 -100 30 -76 0 -76", t("#a3302c"), 5)  # fmt: skip


_DRAWN: dict[str, Callable[[Tint], str]] = {
    "lamp": _lamp, "lantern": _lamp, "torch": _lamp, "flashlight": _lamp, "light": _lamp, "candle": _candle, "match": objects.matches, "matches": objects.matches, "matchbox": objects.matches, "fire": objects.hearth, "fireplace": objects.hearth, "hearth": objects.hearth,
    "phone": _phone, "telephone": _phone, "receiver": objects.receiver, "handset": objects.receiver, "mobile": _mobile, "cell": _mobile, "smartphone": _mobile, "tablet": _mobile,
    "letter": _letter, "note": _letter, "paper": _letter, "envelope": _letter, "ticket": objects.ticket, "pass": objects.ticket, "contract": _letter, "newspaper": _letter, "telegram": _letter,
    "key": _key, "keys": _key, "gun": _gun, "pistol": _gun, "revolver": _gun, "rifle": _gun, "knife": _knife, "blade": _knife, "sword": _knife, "dagger": _knife,
    "door": _door, "gate": _door, "lock": _door, "hand": objects.hand, "hands": objects.hand, "finger": objects.hand, "fingers": objects.hand, "fist": objects.hand, "palm": objects.hand, "book": _book, "diary": _book, "journal": _book, "logbook": _book, "bible": _book,
    "cup": _cup, "mug": _cup, "tea": _cup, "coffee": _cup, "glass": objects.glass, "tumbler": objects.glass, "whisky": objects.glass, "bottle": _bottle, "wine": _bottle, "clock": _clock, "watch": _clock, "compass": _clock, "gauge": _clock,
    "radio": _radio, "speaker": _radio, "boat": objects.rowing_boat, "dinghy": objects.rowing_boat, "rowboat": objects.rowing_boat, "ship": _boat, "sail": _boat, "yacht": _boat, "violin": objects.violin, "viola": objects.violin, "cello": objects.violin, "fiddle": objects.violin,
    "photo": _photo, "photograph": _photo, "picture": _photo, "portrait": _photo, "mirror": _photo, "frame": _photo, "bell": _bell, "alarm": _bell, "suitcase": _case, "bag": _case, "case": _case, "briefcase": _case,
    "money": _money, "cash": _money, "flower": _flower, "rose": _flower, "flowers": _flower, "table": _table, "desk": _table, "screen": _screen, "computer": _screen, "laptop": _screen, "monitor": _screen, "television": _screen,
    "wheel": _wheel, "map": _map, "chart": _map, "parcel": _parcel, "package": _parcel, "gift": _parcel, "present": _parcel, "chest": _case,
    "engine": objects.engine, "motor": objects.engine, "generator": objects.engine, "rope": objects.rope, "line": objects.rope, "coat": objects.bundle, "bundle": objects.bundle, "blanket": objects.bundle, "jacket": objects.bundle,
    "window": objects.window, "porthole": objects.window, "stairs": objects.stairs, "stair": objects.stairs, "steps": objects.stairs, "staircase": objects.stairs, "coin": objects.coin, "medal": objects.coin,
    "bread": objects.bread, "loaf": objects.bread, "food": objects.bread, "sandwich": objects.bread, "ring": objects.wedding_ring, "hat": objects.hat, "umbrella": objects.umbrella, "kettle": objects.kettle, "teapot": objects.kettle,
    "pen": objects.pen, "pencil": objects.pen, "cigarette": objects.cigarette, "ashtray": objects.cigarette, "pipe": objects.pipe, "camera": objects.camera, "barrel": objects.barrel, "cask": objects.barrel, "crate": objects.crate, "box": objects.crate,
    "axe": objects.axe, "hatchet": objects.axe, "ladder": objects.ladder, "chair": objects.chair, "violincase": objects.violin_case,
}  # fmt: skip
OBJECTS: tuple[str, ...] = tuple(_DRAWN)
GLOWING = frozenset({"lamp", "lantern", "torch", "flashlight", "light", "candle", "match", "matches", "matchbox", "fire", "fireplace", "hearth"})
HANDS = frozenset({"hand", "hands", "finger", "fingers", "fist", "palm"})
LARGE = frozenset({"door", "gate", "lock", "boat", "dinghy", "rowboat", "ship", "sail", "yacht", "engine", "motor", "generator", "window", "porthole", "stairs", "stair", "steps", "staircase", "table", "desk",
                   "screen", "computer", "monitor", "television", "wheel", "fire", "fireplace", "hearth", "barrel", "cask", "crate", "box", "ladder", "chair", "chest", "bell", "alarm", "light", "clock", "violincase"})
"""What no hand holds up while it walks or talks."""


def known(name: str) -> str:
    """The drawn object that a phrase speaks of ("the brass LAMP" is "lamp"), or "" when there is none."""
    if "violin" in name.lower() and "case" in name.lower():
        return "violincase"
    words = [word.strip(".,'\"!?-").lower() for word in name.replace("-", " ").split()]
    for word in reversed(words):
        for candidate in (word, word.removesuffix("s"), word.removesuffix("es")):
            if candidate in _DRAWN:
                return candidate
    return ""


def draw_prop(name: str, tint: Tint) -> str:
    """A known object as SVG; "" for one that nobody has drawn."""
    draw = _DRAWN.get(known(name))
    return draw(tint) if draw else ""
