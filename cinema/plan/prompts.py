"""Prompts: style, framing, action, the look of everybody in the picture, place, light, lens and move, in plain sentences.

A shot has three: the whole of it in words, for a model that is given nothing else; its first frame, for a model that makes
stills; and what moves from there, for a model that is given that still.
"""

from __future__ import annotations

from dataclasses import dataclass

from cinema.plan.casting import Cast
from cinema.plan.draft import Draft
from cinema.plan.model import CastMember, ScenePlan
from cinema.plan.staging import Angle, CameraMove, Emotion, Figure, Framing, Pose, Staging, TimeOfDay, Weather
from cinema.plan.traits import gender_of
from cinema.plan.wording import name_in_prose
from cinema.plan.words import lower_words

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
_POSES: dict[Pose, str] = {
    "stand": "standing", "sit": "sitting", "walk": "walking", "run": "running", "climb": "climbing", "lie": "lying",
    "kneel": "kneeling", "crouch": "crouching", "fall": "falling", "reach": "reaching out", "hold": "", "point": "pointing",
    "embrace": "in an embrace", "fight": "fighting", "dance": "dancing",
}  # fmt: skip
_MANNERS: dict[Emotion, str] = {
    "neutral": "", "happy": "happy", "sad": "sad", "angry": "angry", "afraid": "afraid", "tired": "tired", "tender": "tender",
    "excited": "excited", "surprised": "surprised", "whisper": "hushed", "shout": "agitated", "ironic": "wry", "tense": "tense",
}  # fmt: skip
_FACES: frozenset[Framing] = frozenset({"medium_close", "close", "extreme_close"})
"""Framings that show no posture."""
_ASIDE = 0.12
"""Nearer to the middle than this, nobody is on a side of the picture."""
_ALWAYS_NOT = "blurry, low quality, jpeg artefacts, watermark, logo, subtitles, deformed hands, extra limbs, flickering"


@dataclass(frozen=True, kw_only=True, slots=True)
class Wording:
    """A shot in words. Where the author gave a prompt, it is all three of them."""

    prompt: str
    negative_prompt: str
    first_frame: str
    motion: str


def word(draft: Draft, scene: ScenePlan, cast: Cast, staging: Staging, style: str) -> Wording:
    """The shot's prompts; sentences stand in the order in which models weigh them."""
    negative = negative_prompt_of(draft)
    if draft.prompt is not None:
        return Wording(prompt=draft.prompt, negative_prompt=negative, first_frame=draft.prompt, motion=draft.prompt)
    looks = [_look(name, cast) for name in draft.characters]
    place = _place(scene)
    words = f'Words in the picture: "{" / ".join(staging.title.splitlines())}".' if staging.title else ""
    lens = _ended(f"{draft.lens} lens")
    action = _told(draft)
    whole = [_framing(draft), _ended(action), *looks, _eyelines(staging), place, words]
    still = [_framing(draft), _ended(f"As this begins: {action}") if action else ""]
    still += [_stance(figure, staging) for figure in staging.figures]
    still += [*looks, place, words, lens]
    moving = [_ended(action), *_speakers(draft, staging), *looks, _weather(scene)]
    moving += ["The words stand still." if staging.title else "", _ended(_capital(_MOVES[draft.camera]))]
    return Wording(
        prompt=_joined([*whole, _ended(f"{draft.lens} lens, {_MOVES[draft.camera]}"), _ended(style)]),
        negative_prompt=negative,
        first_frame=_joined([*still, _ended(style)]),
        motion=_joined([*moving, _ended(style)]),
    )


def _told(draft: Draft) -> str:
    """What happens, in words; "On Tom.", by which the shot list names a single, tells a model nothing."""
    return "" if draft.action in {f"On {name_in_prose(name)}." for name in draft.characters} else draft.action


def _joined(parts: list[str]) -> str:
    return " ".join(part for part in parts if part)


def _place(scene: ScenePlan) -> str:
    inside = "interior" if scene.interior else "exterior"
    weather = _WEATHERS[scene.weather]
    outside = f"{weather} outside" if weather and scene.interior else weather
    return _ended(", ".join(part for part in (scene.place, inside, _LIGHTS[scene.time_of_day], outside) if part))


def _weather(scene: ScenePlan) -> str:
    """What blows and falls in the picture itself."""
    return "" if scene.interior else _ended(_capital(_WEATHERS[scene.weather]))


def _stance(figure: Figure, staging: Staging) -> str:
    """Where somebody is in the picture, and how: "MARA on the left, standing, facing right, tired."."""
    side = "" if abs(figure.x) < _ASIDE else " on the left" if figure.x < 0 else " on the right"
    if figure.near:
        return _ended(f"{figure.name} in the foreground{side}, seen from behind")
    facing = {"left": "facing left", "right": "facing right", "camera": "facing the camera", "away": "seen from behind"}
    pose = "" if staging.framing in _FACES else _POSES[figure.pose]
    words = (f"{figure.name}{side}", pose, facing[figure.facing], _MANNERS[figure.emotion])
    return _ended(", ".join(part for part in words if part))


def _speakers(draft: Draft, staging: Staging) -> list[str]:
    """Who is seen to speak, and how; never the words, so that another word changes no picture."""
    seen = {figure.name for figure in staging.figures}
    said = {
        line.character: _MANNERS[line.emotion]
        for line in reversed(draft.lines)
        if line.delivery == "on_screen" and line.character in seen
    }
    return [_ended(f"{name} speaks, {manner}" if manner else f"{name} speaks") for name, manner in reversed(said.items())]


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
    return _ended(f"{name}: {told(member)}") if member else ""


def told(member: CastMember) -> str:
    """Who somebody is to the eye: the author's look, and what it leaves open ("an elderly woman, yellow oilskin")."""
    if not member.look:
        return _figure(member)
    words = lower_words(member.look)
    if member.silhouette.creature != "person" or gender_of(words):
        return member.look
    who = _kind(member)
    return f"{'an' if who[0] in 'aeiou' else 'a'} {who}, {member.look}"


def _kind(member: CastMember) -> str:
    voice = member.voice
    age = {"child": "", "young": "young", "adult": "", "old": "elderly"}[voice.age]
    child = voice.age == "child"
    person = {"female": "girl" if child else "woman", "male": "boy" if child else "man"}.get(
        voice.gender, "child" if child else "person"
    )
    return f"{age} {person}" if age else person


def _figure(member: CastMember) -> str:
    """How somebody looks of whom the script says nothing; an animal is only called one."""
    figure = member.silhouette
    if figure.creature != "person":
        return f"a {figure.creature}"
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
    return f"{_kind(member)}{build}, {hair.get(figure.hair, f'{figure.hair} hair')}{beard}, {figure.garment}"


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


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


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
