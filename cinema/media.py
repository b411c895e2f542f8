"""The one place, outside the cut room, that writes and reads video: conformed clips and stills.

Every clip of a film is written here once, with identical codec parameters, so that the cut room may copy packets.
"""

from __future__ import annotations

from fractions import Fraction


def key_interval_frames(fps: Fraction) -> int:
    """Distance of key frames in every clip: half a second, rounded half up (24 fps: 12)."""
    return int(fps / 2 + Fraction(1, 2))
