"""How large the picture is."""

from __future__ import annotations

from math import isqrt

from cinema.catalog import Manifest
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


def most_pixels(manifest: Manifest) -> int | None:
    """The largest still that a model makes well: its setting `max_megapixels`, else the largest size that it was trained on."""
    stated = manifest.settings.get("max_megapixels")
    if isinstance(stated, int | float) and not isinstance(stated, bool) and stated > 0:
        return round(stated * 1_000_000)
    return max((width * height for width, height in manifest.grid.sizes), default=None)


def within(size: tuple[int, int], pixels: int | None) -> tuple[int, int]:
    """The size, made smaller in its own shape where it has more than `pixels`; both sides stay even, and 2 at least."""
    width, height = size
    if pixels is None or width * height <= pixels:
        return size
    smaller_width, smaller_height = (isqrt(pixels * side * side // (width * height)) // 2 * 2 for side in (width, height))
    return max(smaller_width, 2), max(smaller_height, 2)
