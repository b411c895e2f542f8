"""How large the picture is."""

from __future__ import annotations

from cinema.errors import InputError

ASPECTS: dict[str, tuple[int, int]] = {"16:9": (16, 9), "9:16": (9, 16), "1:1": (1, 1), "4:5": (4, 5), "21:9": (21, 9)}
"""Width to height, by the name that a script uses."""


def picture_size(aspect: str, short_side_px: int) -> tuple[int, int]:
    """Width and height in pixels, both even, the shorter one `short_side_px` (rounded up to even).

    InputError for an aspect that is not in `ASPECTS` or a side under 2.
    """
    if aspect not in ASPECTS:
        raise InputError(f"{aspect!r} is not an aspect ratio that Cinema renders; use one of {', '.join(ASPECTS)}.")
    if short_side_px < 2:
        raise InputError(f"A picture's shorter side of {short_side_px} pixels is too small; use 120 or more.")
    short = short_side_px + short_side_px % 2
    wide, high = ASPECTS[aspect]
    ratio_long, ratio_short = max(wide, high), min(wide, high)
    long = (short * ratio_long + ratio_short) // (2 * ratio_short) * 2
    return (long, short) if wide >= high else (short, long)
