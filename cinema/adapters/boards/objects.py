# ruff: noqa: E501
# fmt: off
# (drawings are tables of coordinates: one shape a line reads best)
"""More objects, and hands. Units as in `props`: about 100 across, origin at the middle of the base."""

from __future__ import annotations

from cinema.adapters.boards.ink import Tint, block, disc, line, oval, patch
from cinema.adapters.boards.palette import Colour, mix, scale

WHITE: Colour = (255.0, 255.0, 250.0)


def engine(t: Tint) -> str:
    """A marine engine: block, four rockers, flywheel, belt, pipes."""
    iron, green, brass = t("#4a5058"), t("#4f6f5e"), t("#b88a46")
    heads = "".join(block(x, -86, 17, 16, scale(iron, 1.25), 3) + block(x + 4, -96, 9, 12, brass, 2) + block(x, -74, 17, 3, scale(iron, 0.6), 0) for x in (-38, -17, 4, 25))
    fins = "".join(line(f"M-36 {y}L38 {y}", scale(green, 0.72), 3) for y in (-60, -50, -40))
    wheel = disc(-58, -34, 27, scale(iron, 0.7)) + disc(-58, -34, 21, iron) + disc(-58, -34, 7, brass) + "".join(f'<path d="M-58 -34L-58 -53" transform="rotate({a} -58 -34)" stroke="#1c2026" stroke-width="4"/>' for a in range(0, 360, 60))
    pipe = line("M44 -66C64 -70 66 -86 66 -112", scale(iron, 0.85), 11) + line("M42 -66C61 -70 63 -86 63 -112", scale(iron, 1.4), 2.5)
    belt = line("M-58 -61L-30 -20M-58 -7L-34 -8", t("#1e1c1e"), 4)
    return (pipe + block(-44, -70, 90, 60, green, 6) + patch("M10 -70L40 -70Q46 -70 46 -64L46 -16Q46 -10 40 -10L18 -10Z", scale(green, 0.8)) + fins + heads + block(-54, -12, 112, 12, scale(iron, 0.6), 3)
            + belt + wheel + disc(30, -30, 9, brass) + disc(30, -30, 6, t("#efe6cf")) + line("M30 -30L34 -34", t("#a3302c"), 1.6) + line("M-38 -66L40 -66", mix(green, WHITE, 0.35), 2))


def matches(t: Tint) -> str:
    """A match burning over its open box."""
    card, wood = t("#a8503a"), t("#d8b98a")
    sticks = "".join(line(f"M{x} -21L{x + 3} -33", wood, 3) + disc(x + 3.4, -34, 2.6, t("#8a2f28")) for x in (-26, -19, -12, -4, 3))
    box = patch("M-40 0L22 0L22 -24L-40 -24Z", card) + patch("M22 0L44 -8L44 -30L22 -24Z", scale(card, 0.66)) + patch("M-40 -24L22 -24L44 -30L-18 -32Z", scale(wood, 0.75)) + sticks + block(-33, -19, 48, 13, t("#ead9b0"), 1) + disc(-9, -12.5, 4.5, card) + patch("M25 -4L41 -9L41 -16L25 -11Z", t("#3a2c2a"))
    flame = disc(34, -88, 44, (255, 200, 120), 'fill-opacity=".14"') + disc(34, -88, 24, (255, 214, 140), 'fill-opacity=".25"') + patch("M34 -116C44 -98 46 -88 40 -81C37 -77 30 -77 28 -82C23 -90 30 -100 34 -116Z", (255, 186, 84)) + patch("M34 -100C39 -92 40 -86 36 -82C34 -80 31 -81 30 -84C29 -90 32 -94 34 -100Z", (255, 248, 214))
    return box + line("M2 -44L32 -82", wood, 4) + line("M24 -72L32 -82", t("#2a1c18"), 4) + flame


def violin(t: Tint) -> str:
    """A violin lying against its bow, scroll up to the right."""
    wood, dark = t("#a4541f"), t("#24160f")
    body = "M0 -12C-15 -12 -24 -3 -24 9C-24 18 -17 21 -16 28C-15 35 -29 39 -29 54C-29 68 -15 76 0 76C15 76 29 68 29 54C29 39 15 35 16 28C17 21 24 18 24 9C24 -3 15 -12 0 -12Z"
    holes = line("M-11 26C-8 32 -14 38 -11 44M11 26C8 32 14 38 11 44", dark, 2.2)
    neck = block(-3.6, -66, 7.2, 92, dark, 2) + patch("M-4 -66C-6 -76 -2 -82 3 -80C8 -78 6 -71 1 -72L4 -64Z", scale(wood, 0.8)) + line("M-9 -62L9 -62M-9 -69L9 -69", dark, 3)
    strings = "".join(line(f"M{x} -62L{x * 1.5} 58", t("#e6dcc4"), 0.8) for x in (-2, -0.7, 0.7, 2))
    tail = patch("M-5 42L5 42L3 68L-3 68Z", dark) + line("M-8 36L8 36", t("#d8b070"), 3)
    glow = line("M-19 8C-19 0 -12 -7 -3 -8M-24 54C-25 45 -18 41 -15 37", mix(wood, WHITE, 0.55), 2.4, 0.8)
    bow = f'<g transform="translate(44 -52) rotate(24)">{line("M0 -66C5 -30 5 30 0 64", t("#5a3420"), 3.4)}{line("M-2 -62L-3 58", t("#efe6d0"), 1.6)}{block(-5, 50, 6, 12, dark, 1)}</g>'
    shade = patch(body, scale(wood, 0.6), 'transform="translate(4 3)"')
    return bow + f'<g transform="translate(-6 -62) rotate(38) scale(.82)">{shade}{patch(body, wood)}{patch("M0 -12C15 -12 24 -3 24 9C24 18 17 21 16 28C15 35 29 39 29 54C29 68 15 76 0 76C14 60 10 20 0 -12Z", scale(wood, 0.84))}{glow}{holes}{neck}{tail}{strings}</g>'


def violin_case(t: Tint) -> str:
    """A closed violin case with latches."""
    skin = t("#5c3a2a")
    outline = "M-78 0C-84 -18 -76 -34 -58 -34C-44 -36 -40 -30 -28 -28C0 -24 30 -26 62 -24C76 -22 80 -10 76 0Z"
    return line("M-12 -30C-12 -46 14 -46 14 -29", scale(skin, 0.6), 5) + patch(outline, skin) + patch("M-80 -10C-40 -14 40 -14 78 -12L76 0L-78 0Z", scale(skin, 0.72)) + line("M-80 -12C-40 -16 40 -16 78 -13", t("#caa860"), 2) + "".join(block(x, -20, 9, 11, t("#d0b060"), 1) for x in (-54, -4, 46)) + line("M-66 -28C-54 -33 -44 -30 -34 -26", mix(skin, WHITE, 0.3), 2, 0.7)


def rowing_boat(t: Tint) -> str:
    """An open boat, three-quarter, with thwarts and oars."""
    hull, inside = t("#8f3b30"), t("#5a4436")
    return (patch("M-84 -44C-50 -52 40 -54 92 -62C88 -44 60 -34 -8 -32C-44 -32 -70 -36 -84 -44Z", inside)
            + patch("M-40 -49L-30 -36L-18 -36L-28 -50Z", t("#b08a5c")) + patch("M14 -53L26 -36L40 -37L28 -54Z", t("#b08a5c"))
            + patch("M-84 -44C-70 -36 -44 -32 -8 -32C60 -34 88 -44 92 -62C90 -34 72 -4 46 0L-52 0C-70 -6 -80 -24 -84 -44Z", hull)
            + line("M-84 -43C-70 -35 -44 -31 -8 -31C60 -33 88 -43 92 -60", t("#e6dcc4"), 5) + line("M-76 -22C-40 -12 50 -14 82 -34M-66 -9C-30 -3 40 -5 66 -17", scale(hull, 0.72), 2)
            + line("M-58 -70L36 -24", t("#c8a070"), 4) + patch("M32 -30L62 -14L56 -6L30 -22Z", t("#c8a070")))


def rope(t: Tint) -> str:
    """A coil of rope with a loose end."""
    hemp = t("#c2a06a")
    coils = "".join(f'<ellipse cx="{dx}" cy="{y}" rx="46" ry="15" fill="none" stroke="{_css(scale(hemp, level))}" stroke-width="11"/>' for dx, y, level in ((0, -14, 0.72), (3, -24, 0.86), (-2, -34, 1.0), (1, -44, 1.08)))
    turns = "".join(line(f"M{x} {-30 + abs(x) * 0.12:.0f}l5 7", scale(hemp, 0.62), 1.8) for x in range(-40, 41, 9))
    return coils + turns + line("M40 -14C62 -8 66 -20 84 -6", hemp, 10) + line("M82 -8l8 -4M83 -5l9 1M81 -2l7 5", scale(hemp, 0.8), 2)


def _css(colour: Colour) -> str:
    return "#" + "".join(f"{min(255, max(0, round(part))):02x}" for part in colour)


def ticket(t: Tint) -> str:
    """A paper ticket with a torn stub and a punched hole."""
    paper, ink = t("#e8c98a"), t("#5a3a30")
    card = "M-62 -58L62 -58L62 -36A7 7 0 0 0 62 -22L62 0L-62 0L-62 -22A7 7 0 0 0 -62 -36Z"
    body = patch(card, scale(paper, 0.66), 'transform="translate(4 4)"') + patch(card, paper) + f'<path d="M-54 -51L54 -51L54 -7L-54 -7Z" fill="none" stroke="{_css(ink)}" stroke-width="1.6"/>'
    marks = block(-46, -43, 50, 9, ink, 1) + block(-46, -29, 58, 3, mix(ink, paper, 0.4), 0) + block(-46, -23, 44, 3, mix(ink, paper, 0.4), 0) + block(-46, -17, 52, 3, mix(ink, paper, 0.4), 0)
    perforation = line("M24 -51L24 -7", ink, 1.4).replace("/>", ' stroke-dasharray="3 4"/>')
    return f'<g transform="rotate(-7)">{body}{perforation}{marks}{disc(39, -36, 7, t("#a3302c"))}{line("M33 -17L46 -17", ink, 3)}{disc(-24, -34, 4, scale(paper, 0.3))}</g>'


def bundle(t: Tint) -> str:
    """A coat folded into a bundle."""
    cloth, lining = t("#5b6475"), t("#a5785a")
    return (patch("M-64 0C-74 -20 -60 -44 -30 -50C0 -60 44 -54 60 -34C72 -20 70 -4 62 0Z", cloth) + patch("M8 -54C40 -54 58 -38 64 -24C70 -10 68 -2 62 0L20 0C40 -14 36 -40 8 -54Z", scale(cloth, 0.74))
            + patch("M-32 -50C-14 -42 4 -44 22 -55C20 -42 8 -30 -4 -28C-20 -30 -30 -40 -32 -50Z", lining) + patch("M-34 -51C-30 -40 -22 -30 -6 -27L-14 -17C-32 -22 -44 -36 -48 -46Z", scale(cloth, 1.2))
            + line("M-56 -6C-40 -16 -20 -10 4 -12M-50 -26C-40 -24 -30 -14 -12 -12M30 -8C40 -16 50 -14 60 -12", scale(cloth, 0.6), 2.4) + "".join(disc(x, y, 3, t("#d8c090")) for x, y in ((-2, -20), (6, -9))))


def window(t: Tint) -> str:
    """A small-paned window with a light behind it."""
    wood, sky = t("#e0d6c0"), mix(t("#7fa0bc"), (255, 206, 130), 0.35)
    panes = "".join(block(x, y, 36, 50, mix(sky, (255, 214, 150), 0.25 if y < -70 else 0.4), 0) + patch(f"M{x} {y}L{x + 22} {y}L{x} {y + 32}Z", WHITE, 'fill-opacity=".16"') for x in (-40, 4) for y in (-126, -70))
    return block(-52, -138, 104, 138, scale(wood, 0.62), 1) + block(-47, -133, 94, 120, wood, 1) + panes + block(-60, -12, 120, 12, scale(wood, 0.9), 2) + block(-60, -3, 120, 4, scale(wood, 0.55), 1)


def stairs(t: Tint) -> str:
    """A worn flight going up, a hand rail beside it."""
    stone = t("#9a8c7a")
    steps = "".join(patch(f"M{-70 + 24 * k} {-22 * k}L76 {-22 * k}L76 {-22 * k - 16}L{-70 + 24 * k} {-22 * k - 16}Z", scale(stone, 0.62)) + patch(f"M{-70 + 24 * k} {-22 * k - 16}L76 {-22 * k - 16}L76 {-22 * k - 22}L{-62 + 24 * k} {-22 * k - 22}Z", scale(stone, 1.08)) for k in range(6))
    return steps + line("M-62 -60L70 -180", t("#4a3226"), 6) + "".join(line(f"M{-54 + 24 * k} {-68 - 22 * k}L{-54 + 24 * k} {-22 - 22 * k}", t("#3a2a22"), 3) for k in range(6))


def coin(t: Tint) -> str:
    """Two coins, one standing."""
    gold = t("#cfa24a")
    return oval(28, -6, 34, 8, scale(gold, 0.66)) + oval(28, -10, 34, 8, gold) + disc(-14, -40, 39, scale(gold, 0.62)) + disc(-18, -40, 38, gold) + f'<circle cx="-18" cy="-40" r="31" fill="none" stroke="{_css(scale(gold, 0.7))}" stroke-width="3"/>' + patch("M-28 -22C-30 -34 -34 -52 -20 -60C-8 -62 -2 -52 -6 -44L-2 -38L-7 -36C-6 -28 -12 -28 -14 -22Z", scale(gold, 0.74)) + line("M-50 -52A34 34 0 0 1 -30 -72", mix(gold, WHITE, 0.7), 4)


def glass(t: Tint) -> str:
    """A tumbler, a third full."""
    rim, drink = t("#cfdfe4"), t("#b8742e")
    return (patch("M-26 -78L26 -78L20 0L-20 0Z", rim, 'fill-opacity=".26"') + patch("M-22.4 -32L22.4 -32L20 -3L-20 -3Z", drink, 'fill-opacity=".9"') + oval(0, -32, 22.4, 4.5, mix(drink, WHITE, 0.3)) + patch("M-20 -6L20 -6L20 0L-20 0Z", rim, 'fill-opacity=".8"')
            + f'<ellipse cx="0" cy="-78" rx="26" ry="5" fill="none" stroke="{_css(mix(rim, WHITE, 0.4))}" stroke-width="2"/>' + line("M-26 -78L-20 0M26 -78L20 0", mix(rim, WHITE, 0.3), 1.6) + line("M-18 -68L-14 -10", WHITE, 3.4, 0.75) + line("M14 -66L12 -40", WHITE, 2, 0.5))


def bread(t: Tint) -> str:
    """A loaf on a board, a slice cut."""
    crust, crumb = t("#b5742f"), t("#f0dcae")
    loaf = patch("M-58 -10C-72 -34 -56 -58 -26 -58L26 -58C50 -58 58 -36 50 -10Z", crust) + patch("M26 -58C50 -58 58 -36 50 -10L16 -10C24 -30 22 -50 12 -58Z", scale(crust, 0.78))
    cuts = "".join(line(f"M{x} -53C{x + 8} -48 {x + 10} -40 {x + 8} -32", mix(crust, WHITE, 0.5), 4) for x in (-42, -22, -2))
    piece = patch("M46 -8C40 -28 44 -46 62 -46C80 -46 84 -28 78 -8Z", crust) + patch("M50 -10C45 -28 48 -42 62 -42C76 -42 79 -28 74 -10Z", crumb)
    return block(-84, -10, 176, 10, t("#8a623c"), 4) + loaf + cuts + piece


def hand(t: Tint, *, skin: Colour | None = None, sleeve: Colour | None = None) -> str:
    """A hand resting on a surface, the arm coming in from the left; the fingers' tips are near the origin."""
    flesh, cloth = skin or t("#d2a582"), sleeve or t("#4a5566")
    fold = mix(scale(flesh, 0.7), (110, 50, 50), 0.12)
    light = mix(flesh, WHITE, 0.22)
    arm = patch("M-480 10L-92 -6C-86 -18 -86 -32 -92 -44C-160 -62 -300 -96 -480 -130Z", cloth) + patch("M-480 10L-92 -6C-90 -10 -89 -14 -88 -20C-200 -30 -300 -38 -480 -50Z", scale(cloth, 0.72)) + line("M-140 -52C-132 -40 -136 -28 -128 -14M-190 -62C-176 -48 -186 -34 -172 -18", scale(cloth, 0.6), 2.4, 0.7) + patch("M-97 -4C-87 -4 -84 -46 -95 -47C-101 -47 -102 -4 -97 -4Z", scale(cloth, 1.25))
    back = patch("M-90 -8C-72 -2 -46 -2 -26 -4C-14 -8 -10 -20 -18 -28C-36 -42 -70 -46 -91 -40Z", flesh)
    thumb = patch("M-58 -14C-44 -14 -34 -4 -16 -3C-8 -3 -6 3 -14 4C-34 6 -52 4 -64 -4Z", scale(flesh, 0.88))
    fingers = "".join(patch(d, tone) + line(crease, fold, 1.3, 0.7) for d, crease, tone in (
        ("M-30 -31C-10 -36 14 -30 28 -18C34 -12 30 -6 23 -9C6 -17 -8 -20 -24 -18Z", "M-2 -29L-4 -22", scale(flesh, 0.84)),
        ("M-28 -27C-6 -32 24 -24 38 -11C43 -4 38 1 31 -2C14 -12 0 -15 -22 -13Z", "M6 -25L3 -17", scale(flesh, 0.92)),
        ("M-28 -21C-4 -26 22 -18 38 -4C42 3 36 6 29 4C12 -5 0 -9 -22 -7Z", "M6 -18L3 -10", flesh),
        ("M-28 -15C-8 -18 12 -12 24 -1C28 5 22 8 16 6C4 0 -8 -3 -24 -2Z", "M0 -12L-3 -5", mix(flesh, WHITE, 0.06))))
    nails = "".join(oval(x, y, 4, 2.4, mix(flesh, WHITE, 0.45), f'transform="rotate(38 {x} {y})"') for x, y in ((25.5, -13.5), (35, -6), (33.5, 0.5), (19, 3)))
    shine = line("M-84 -36C-68 -41 -46 -38 -32 -31", light, 3, 0.6) + line("M-66 -26C-58 -28 -50 -28 -44 -26M-60 -18C-54 -20 -46 -20 -40 -18", fold, 1.2, 0.45)
    return arm + back + fingers + nails + shine + thumb


def wedding_ring(t: Tint) -> str:
    gold = t("#d8aa4e")
    return f'<ellipse cx="0" cy="-30" rx="34" ry="30" fill="none" stroke="{_css(scale(gold, 0.66))}" stroke-width="12"/><ellipse cx="-2" cy="-32" rx="33" ry="29" fill="none" stroke="{_css(gold)}" stroke-width="8"/>' + line("M-32 -42A33 29 0 0 1 -10 -60", WHITE, 3, 0.8)


def hat(t: Tint) -> str:
    felt = t("#4e4238")
    return oval(0, -8, 74, 12, scale(felt, 0.72)) + patch("M-72 -12C-40 -24 40 -24 72 -12C60 2 -60 2 -72 -12Z", felt) + patch("M-42 -16C-46 -52 -38 -72 -18 -68C-6 -60 6 -60 18 -68C38 -72 46 -52 42 -16C20 -10 -20 -10 -42 -16Z", scale(felt, 1.15)) + patch("M-43 -30C-20 -24 20 -24 43 -30L42 -16C20 -10 -20 -10 -42 -16Z", t("#8a3a34"))


def umbrella(t: Tint) -> str:
    cloth = t("#3b4a63")
    return line("M0 -110L0 -10C0 6 22 6 22 -10", t("#7a5438"), 5) + patch("M-76 -64C-66 -116 66 -116 76 -64C60 -76 44 -76 34 -62C22 -76 -22 -76 -34 -62C-44 -76 -60 -76 -76 -64Z", cloth) + patch("M6 -104C50 -100 72 -84 76 -64C60 -76 44 -76 34 -62C32 -80 22 -96 6 -104Z", scale(cloth, 0.72)) + line("M0 -104C-20 -92 -32 -76 -34 -62M0 -104C20 -92 32 -76 34 -62", scale(cloth, 0.6), 1.6)


def kettle(t: Tint) -> str:
    steel = t("#8a98a0")
    return line("M-22 -64C-24 -102 24 -102 22 -64", t("#3a2a24"), 7) + line("M34 -36C52 -40 54 -56 64 -62", steel, 11) + patch("M-44 0C-52 -30 -38 -62 0 -62C38 -62 52 -30 44 0Z", steel) + patch("M10 -62C42 -58 52 -28 44 0L16 0C26 -20 26 -46 10 -62Z", scale(steel, 0.7)) + oval(0, -62, 20, 5, scale(steel, 1.2)) + disc(0, -70, 6, t("#3a2a24")) + line("M-30 -16C-34 -30 -28 -46 -16 -52", WHITE, 4, 0.55)


def pen(t: Tint) -> str:
    body = t("#2b3350")
    return f'<g transform="translate(0 -8) rotate(-12)">{block(-60, -7, 88, 14, body, 6)}{block(-60, -4, 84, 3, mix(body, WHITE, 0.4), 1)}{block(22, -7, 6, 14, t("#d0aa58"), 0)}{patch("M28 -6L52 -2L62 0L52 2L28 6Z", t("#d0aa58"))}{line("M-40 -8L-8 -8", t("#d0aa58"), 3)}</g>'


def cigarette(t: Tint) -> str:
    paper = t("#ece6da")
    smoke = line("M58 -24C50 -46 70 -58 58 -80C50 -96 64 -108 58 -122", (214, 214, 222), 5, 0.35)
    return smoke + oval(4, -4, 52, 9, t("#6a7076")) + oval(4, -8, 52, 9, t("#8e959c")) + oval(4, -9, 40, 6, t("#565c62")) + f'<g transform="translate(30 -18) rotate(-14)">{block(-46, -4, 70, 8, paper, 2)}{block(-46, -4, 22, 8, t("#c08a4e"), 2)}{block(22, -4, 5, 8, (255, 140, 70), 2)}</g>'


def pipe(t: Tint) -> str:
    briar = t("#6b3d22")
    return patch("M-34 -50L-2 -50C2 -24 0 -6 -16 -4C-34 -4 -38 -30 -34 -50Z", briar) + oval(-18, -50, 16, 4, t("#241812")) + line("M-6 -14C20 -14 34 -34 66 -40", scale(briar, 0.85), 8) + line("M52 -38L76 -42", t("#1e1a1c"), 8) + line("M-30 -42C-30 -26 -26 -14 -18 -10", mix(briar, WHITE, 0.35), 2.4, 0.7)


def camera(t: Tint) -> str:
    body = t("#33363c")
    return block(-52, -60, 104, 60, body, 8) + block(-52, -60, 104, 16, t("#a8a49a"), 8) + block(-14, -72, 32, 14, t("#a8a49a"), 4) + disc(0, -26, 25, scale(body, 0.6)) + disc(0, -26, 20, t("#6f7a86")) + disc(0, -26, 13, t("#1c2632")) + disc(-5, -31, 4, WHITE, 'fill-opacity=".8"') + block(30, -66, 12, 6, t("#c8503c"), 2)


def barrel(t: Tint) -> str:
    wood, iron = t("#8a5c36"), t("#3c3e42")
    staves = "".join(line(f"M{x} -96C{x * 1.25} -66 {x * 1.25} -30 {x} 0", scale(wood, 0.7), 1.8) for x in (-24, -8, 8, 24))
    return patch("M-38 0C-52 -30 -52 -66 -38 -96L38 -96C52 -66 52 -30 38 0Z", wood) + patch("M12 -96L38 -96C52 -66 52 -30 38 0L14 0C28 -30 28 -66 12 -96Z", scale(wood, 0.72)) + staves + line("M-46 -74C-20 -69 20 -69 46 -74M-46 -22C-20 -17 20 -17 46 -22", iron, 7) + oval(0, -96, 38, 7, scale(wood, 1.15))


def crate(t: Tint) -> str:
    wood = t("#a47a4c")
    return block(-52, -84, 104, 84, scale(wood, 0.55), 1) + "".join(block(-52, y, 104, 17, scale(wood, 0.9 + 0.05 * (k % 2)), 1) for k, y in enumerate((-84, -63, -42, -20))) + block(-52, -84, 14, 84, wood, 1) + block(38, -84, 14, 84, scale(wood, 0.72), 1) + line("M-38 -78L38 -8", scale(wood, 1.08), 12) + "".join(disc(x, y, 2, t("#2e2a28")) for x in (-45, 45) for y in (-76, -54, -32, -10))


def axe(t: Tint) -> str:
    steel = t("#aab4bc")
    return f'<g transform="translate(0 -14) rotate(-24)">{block(-72, -5, 136, 10, t("#8a6038"), 4)}{patch("M34 -8L62 -8L58 8L38 8C40 20 34 34 24 40C20 26 26 6 34 -8Z", steel)}{patch("M26 34C24 24 28 8 36 -6L40 -6C34 8 32 22 24 40Z", mix(steel, WHITE, 0.5))}</g>'


def ladder(t: Tint) -> str:
    wood = t("#9a7044")
    return f'<g transform="skewX(-10)">{line("M-34 0L-24 -150M34 0L24 -150", wood, 8)}' + "".join(line(f"M{-33 + k} {-14 - 22 * k}L{33 - k} {-14 - 22 * k}", scale(wood, 0.85), 6) for k in range(7)) + "</g>"


def chair(t: Tint) -> str:
    wood = t("#8a5a36")
    return line("M-34 0L-30 -58M30 0L28 -58M-18 -8L-16 -58M42 -10L36 -58", scale(wood, 0.72), 7) + patch("M-40 -60L30 -60L44 -70L-22 -70Z", wood) + line("M-22 -68L-28 -138M38 -68L36 -138", wood, 7) + line("M-27 -130C-8 -142 20 -142 36 -132M-25 -104C-8 -110 20 -110 37 -104", scale(wood, 1.1), 9)


def hearth(t: Tint) -> str:
    """Burning logs."""
    log = t("#4a3226")
    flames = "".join(patch(d, tone, f'fill-opacity="{opacity}"') for d, tone, opacity in (
        ("M-44 -18C-54 -50 -30 -62 -28 -92C-8 -74 -8 -64 2 -112C26 -84 20 -66 32 -82C50 -58 54 -40 42 -18Z", (232, 104, 48), 0.9), ("M-30 -18C-36 -40 -18 -50 -16 -68C-4 -56 0 -52 4 -84C20 -62 18 -50 26 -56C36 -42 34 -30 28 -18Z", (255, 172, 72), 0.95), ("M-14 -18C-16 -34 -4 -38 2 -56C12 -42 18 -34 14 -18Z", (255, 238, 180), 1)))
    return disc(0, -50, 86, (255, 170, 90), 'fill-opacity=".16"') + flames + line("M-54 -8L50 -18", log, 15) + line("M-50 -20L54 -8", scale(log, 1.3), 15) + line("M-44 -10L36 -17", (255, 130, 60), 2.4, 0.8)


def receiver(t: Tint) -> str:
    """The handset of a telephone, with its cord."""
    body = t("#2f343c")
    return line("M-42 0C-46 22 -20 18 -26 40", scale(body, 1.5), 3) + patch("M-60 -6C-66 -36 -40 -40 -30 -30C-10 -38 10 -38 30 -30C40 -40 66 -36 60 -6C58 4 36 4 34 -8C20 -18 -20 -18 -34 -8C-36 4 -58 4 -60 -6Z", body) + line("M-26 -29C-10 -34 10 -34 26 -29", mix(body, WHITE, 0.4), 2.4, 0.8)
