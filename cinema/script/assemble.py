"""From elements in source order to scenes and cast: what every script format shares."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from cinema.script.annotations import Said, cast_of, listen
from cinema.script.emphasis import strip_emphasis
from cinema.script.model import Character, Element, Scene

_EXTENSIONS = re.compile(r"\([^()]*\)(?:\s*\([^()]*\))*\s*")


def split_cue(text: str) -> tuple[str, str | None] | None:
    """(name, extension) of a cue such as "MARA (V.O.)"; several extensions are joined by ", ".

    None if something else follows the name, or there is none.
    """
    name, bracket, rest = text.partition("(")
    name = name.strip()
    if bracket and not _EXTENSIONS.fullmatch(bracket + rest):
        return None
    if "*" in name or "_" in name:
        name = strip_emphasis(name)
    if not name:
        return None
    if not bracket:
        return name, None
    inner = (part.partition(")")[0].strip() for part in rest.split("("))
    return name, ", ".join(part for part in inner if part) or None


def gather(elements: Sequence[Element], *, notes: bool) -> tuple[tuple[Scene, ...], tuple[Character, ...]]:
    """Scenes and cast. With `notes`, notes may carry music, ambience, looks and voices (see `annotations`)."""
    scenes: list[Scene] = []
    whole = Said()
    starts = [index for index, element in enumerate(elements) if element.type == "scene_heading"]
    if elements and (not starts or starts[0] > 0):
        starts.insert(0, -1)
    for start, end in zip(starts, [*starts, len(elements)][1:], strict=True):
        inside = tuple(elements[start + 1 : end])
        heading = elements[start] if start >= 0 else None
        here = listen(inside, whole.of_another_scene()) if notes else whole
        scenes.append(Scene(heading=heading, elements=inside, music=here.music, ambience=here.ambience))
    return tuple(scenes), cast_of(names_of(elements), whole)


def names_of(elements: Iterable[Element]) -> list[str]:
    """Everybody who has a cue, in order of first appearance."""
    return list(dict.fromkeys(element.name for element in elements if element.type == "character" and element.name))
