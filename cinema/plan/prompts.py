"""Prompts: style, framing, action, the look of everybody in the picture, place, light, lens and move, in plain sentences."""

from __future__ import annotations

from cinema.plan.casting import Cast
from cinema.plan.draft import Draft
from cinema.plan.model import ScenePlan
from cinema.plan.staging import Angle, CameraMove, Framing, Staging, TimeOfDay, Weather

_FRAMINGS: dict[Framing, str] = {
    "extreme_wide": "Extreme wide shot", "wide": "Wide shot", "full": "Full shot", "medium_wide": "Medium wide shot",
    "medium": "Medium shot", "medium_close": "Medium close-up", "close": "Close-up", "extreme_close": "Extreme close-up",
    "over_shoulder": "Over-the-shoulder shot", "two_shot": "Two-shot", "insert": "Insert, detail shot",
}  # fmt: skip
_ANGLES: dict[Angle, str] = {
    "eye": "",
    "low": "low angle",
    "high": "high angle",
    "overhead": "seen from directly overhead",
    "dutch": "Dutch angle",
}
_MOVES: dict[CameraMove, str] = {
    "static": "static camera", "pan_left": "camera pans left", "pan_right": "camera pans right",
    "tilt_up": "camera tilts up", "tilt_down": "camera tilts down", "push_in": "camera slowly pushes in",
    "pull_out": "camera slowly pulls out", "track_left": "camera tracks left", "track_right": "camera tracks right",
    "crane_up": "camera cranes up", "crane_down": "camera cranes down", "handheld": "handheld camera",
    "zoom_in": "slow zoom in", "zoom_out": "slow zoom out",
}  # fmt: skip
_LIGHTS: dict[TimeOfDay, str] = {
    "dawn": "cool dawn light", "morning": "soft morning light", "day": "daylight", "afternoon": "warm afternoon light",
    "dusk": "low golden dusk light", "night": "night, low-key light",
}  # fmt: skip
_WEATHERS: dict[Weather, str] = {
    "clear": "", "cloudy": "overcast sky", "rain": "rain", "storm": "storm, driving rain", "snow": "falling snow",
    "fog": "thick fog", "wind": "strong wind",
}  # fmt: skip
_ALWAYS_NOT = "blurry, low quality, jpeg artefacts, watermark, logo, subtitles, deformed hands, extra limbs, flickering"


def prompt_of(draft: Draft, scene: ScenePlan, cast: Cast, staging: Staging, style: str) -> str:
    """The author's own prompt as it is; else sentences in the order that video models weigh them."""
    if draft.prompt is not None:
        return draft.prompt
    parts = [_framing(draft), _ended(draft.action)]
    parts += [_look(name, cast) for name in draft.characters]
    eyes = _eyelines(staging)
    inside = "interior" if scene.interior else "exterior"
    weather = _WEATHERS[scene.weather]
    outside = f"{weather} outside" if weather and scene.interior else weather
    parts += [eyes, _ended(", ".join(part for part in (scene.place, inside, _LIGHTS[scene.time_of_day], outside) if part))]
    if staging.title:
        parts.append(f'Words in the picture: "{" / ".join(staging.title.splitlines())}".')
    parts += [_ended(f"{draft.lens} lens, {_MOVES[draft.camera]}"), _ended(style)]
    return " ".join(part for part in parts if part)


def _framing(draft: Draft) -> str:
    subject = f" of {draft.focus}" if draft.focus and draft.framing not in ("two_shot", "wide", "extreme_wide") else ""
    shoulder = f", over {draft.near}'s shoulder" if draft.near else ""
    words = [
        _FRAMINGS[draft.framing] + subject + shoulder,
        _ANGLES[draft.angle],
        draft.words if draft.coverage == "explicit" else "",
    ]
    if draft.coverage == "pov":
        words.append("point-of-view shot")
    return _ended(", ".join(word for word in words if word))


def _look(name: str, cast: Cast) -> str:
    member = cast.members.get(name)
    if member is None:
        return ""
    if member.look:
        return _ended(f"{name}: {member.look}")
    voice, figure = member.voice, member.silhouette
    age = {"child": "child", "young": "young", "adult": "", "old": "elderly"}[voice.age]
    person = {"female": "girl" if voice.age == "child" else "woman", "male": "boy" if voice.age == "child" else "man"}.get(
        voice.gender, "person"
    )
    who = f"{age} {person}" if age and age != "child" else person
    build = "" if figure.build in ("average", "child") else f", {figure.build} build"
    hair = {
        "hood": "hood up",
        "hat": "wearing a hat",
        "cap": "wearing a cap",
        "bald": "bald",
        "bun": "hair in a bun",
        "braid": "braided hair",
    }
    beard = ", beard" if figure.beard else ""
    return _ended(f"{name}: {who}{build}, {hair.get(figure.hair, f'{figure.hair} hair')}{beard}, {figure.garment}")


def _eyelines(staging: Staging) -> str:
    looking = [
        f"{figure.name} looks {figure.facing}"
        for figure in staging.figures
        if figure.facing in ("left", "right") and not figure.near
    ]
    close = staging.framing in ("medium", "medium_close", "close", "over_shoulder", "two_shot")
    return _ended(", ".join(looking)) if looking and close else ""


def _ended(text: str) -> str:
    text = text.strip()
    return text if not text or text.endswith((".", "!", "?", "…", "。", "！", "？", "؟")) else f"{text}."


def negative_prompt_of(draft: Draft) -> str:
    """What must not be seen: the author's words first, then what models do wrong, people where there are none."""
    parts = [
        draft.negative_prompt or "",
        _ALWAYS_NOT,
        "people, faces" if not draft.characters and draft.coverage != "title" else "",
    ]
    if draft.camera == "static":
        parts.append("camera shake")
    return ", ".join(part for part in parts if part)
