"""A script as data for other programs: what `cinema script FILE --json` prints."""

from __future__ import annotations

from typing import Any

from cinema.script.model import Element, Script
from cinema.script.write import character_as_json, shot_as_json


def as_json(script: Script) -> dict[str, Any]:
    """`{"format", "title", "title_page", "elements", "characters", "scenes"}`, ready for `json.dumps`.

    Elements are in source order, with `type`, `text` and `line` (0: not from lines of text); a scene_heading has
    `scene_number`, a character `name`, `extension` and `dual`, a section `depth`; `pointer` is given for JSON scripts.
    A scene names its elements by the indices from `first` up to `end`, and holds the author's shots, if there are any.
    """
    scenes: list[dict[str, Any]] = []
    first = 0
    for scene in script.scenes:
        end = first + len(scene.elements) + (scene.heading is not None)
        scenes.append(
            {
                "heading": scene.heading.text if scene.heading else None,
                "scene_number": scene.heading.scene_number if scene.heading else None,
                "line": scene.heading.line if scene.heading else None,
                "first": first,
                "end": end,
                "music": {"mood": scene.music.mood, "prompt": scene.music.prompt} if scene.music else None,
                "ambience": scene.ambience,
                "shots": None if scene.shots is None else [shot_as_json(shot) for shot in scene.shots],
            }
        )
        first = end
    return {
        "format": script.source_format,
        "title": script.title,
        "title_page": dict(script.title_page),
        "elements": [_element(element) for element in script.elements],
        "characters": [character_as_json(person) for person in script.characters],
        "scenes": scenes,
    }


def _element(element: Element) -> dict[str, Any]:
    listed: dict[str, Any] = {"type": element.type, "text": element.text, "line": element.line}
    match element.type:
        case "scene_heading":
            listed["scene_number"] = element.scene_number
        case "character":
            listed |= {"name": element.name, "extension": element.extension, "dual": element.dual}
        case "section":
            listed["depth"] = element.depth
        case _:
            pass
    return listed if element.pointer is None else {**listed, "pointer": element.pointer}
