"""Paths that a script names: they stay beside the script."""

from __future__ import annotations

import re


def check_path(path: str) -> str:
    """`path`, if it stays in the script's folder; ValueError if it is absolute, climbs with "..", or holds a NUL."""
    if "\0" in path:
        raise ValueError("must not hold a NUL character")
    if not path or path.startswith(("/", "\\", "~")) or re.match(r"[A-Za-z]:", path):
        raise ValueError("must be a path beside the script, not an absolute one")
    if ".." in re.split(r"[/\\]", path):
        raise ValueError('must not climb out of the script\'s folder with ".."')
    return path
