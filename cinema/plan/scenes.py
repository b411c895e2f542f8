"""Scenes as they will be shot: what each heading, note and action says, and what is inherited from the scene before."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cinema.plan.beats import ActionBeat, Beat, CrossingBeat, SpeechBeat, beats_of, shouts_in
from cinema.plan.casting import Cast
from cinema.plan.directions import Crossing
from cinema.plan.emotion import emotion_of, feeling
from cinema.plan.model import ScenePlan
from cinema.plan.music import MOODS, mood_named, mood_of, tension_of
from cinema.plan.places import LANTERN_ROOM, LIGHTHOUSE
from cinema.plan.slugline import Slugline, read_slugline, time_hint
from cinema.plan.sound import ambience_of, inline_notes, read_note
from cinema.plan.staging import Emotion, Setting, TimeOfDay, Weather
from cinema.plan.weather import weather_in
from cinema.plan.words import lower_words, plain
from cinema.script.model import Scene, Script


@dataclass(frozen=True, kw_only=True)
class SceneBook:
    """A scene, its beats (none where the author gave shots), and how it hangs on the scene before."""

    source: Scene
    scene: ScenePlan
    opening: tuple[Crossing, ...]
    """Transitions that stand before anything else."""
    beats: tuple[Beat, ...]
    continuous: bool
    new_place: bool
    phone_call: bool


def read_scenes(script: Script, cast: Cast, *, music: bool) -> list[SceneBook]:
    """Scenes that have something to show; the others (an empty page before the first heading) are left out."""
    books: list[SceneBook] = []
    opening: list[Crossing] = []
    for source in script.scenes:
        beats = tuple(beats_of(source, cast)) if source.shots is None else ()
        start = next((number for number, beat in enumerate(beats) if not isinstance(beat, CrossingBeat)), len(beats))
        opening += [beat.crossing for beat in beats[:start] if isinstance(beat, CrossingBeat)]
        empty = source.shots == () or (source.shots is None and source.heading is None and start == len(beats))
        if not empty:
            book = _book(source, beats[start:], books, script, music=music)
            books.append(replace(book, opening=tuple(opening)))
            opening = []
    return books


def _book(source: Scene, beats: tuple[Beat, ...], earlier: list[SceneBook], script: Script, *, music: bool) -> SceneBook:
    heading = plain(source.heading.text) if source.heading else ""
    slug = read_slugline(heading)
    previous = earlier[-1].scene if earlier else None
    action, remarks = _texts(source, beats)
    bare = not slug.place and previous is not None
    interior = slug.interior if slug.interior is not None else (previous.interior if previous and bare else False)
    setting = previous.setting if bare and previous else _setting(slug, [book.scene for book in earlier])
    place = previous.place if bare and previous else slug.place
    time = _time(slug, previous, action)
    continues = slug.continuous or bare
    weather = _weather(
        source,
        heading,
        action,
        script.style,
        previous if previous and previous.time_of_day == time else None,
        continues or slug.inherits,
    )
    shouted, count = _shouts(source, beats)
    tension = tension_of(action, shouted, count, time)
    mood, music_prompt, wanted = _music(source, action, remarks, tension, weather)
    scene = ScenePlan(
        index=len(earlier),
        number=(source.heading.scene_number if source.heading else None) or str(len(earlier) + 1),
        heading=heading,
        setting=setting,
        place=place,
        interior=interior,
        time_of_day=time,
        weather=weather,
        mood=mood,
        music_prompt=music_prompt,
        lyrics=source.music.lyrics if source.music else "",
        music=wanted and music,
        ambience=source.ambience or _noted(source, "ambience") or ambience_of(setting, time, weather, interior=interior),
        tension=tension,
        source_line=source.heading.line if source.heading else 0,
    )
    moved = previous is None or previous.place.upper() != place.upper() or previous.interior != interior
    return SceneBook(
        source=source,
        scene=scene,
        opening=(),
        beats=beats,
        continuous=continues,
        new_place=moved,
        phone_call=_phone_call(source),
    )


def _texts(source: Scene, beats: tuple[Beat, ...]) -> tuple[str, list[Emotion]]:
    """The scene's action in one text, and the emotions that its lines name."""
    actions = [beat.text for beat in beats if isinstance(beat, ActionBeat)] + [
        plain(shot.action) for shot in source.shots or ()
    ]
    remarks = [utterance.remark for beat in beats if isinstance(beat, SpeechBeat) for utterance in beat.utterances]
    remarks += [line.emotion or line.parenthetical or "" for shot in source.shots or () for line in shot.dialogue]
    feelings: list[Emotion] = []
    for remark in remarks:
        emotion = feeling(remark)
        if emotion:
            feelings.append(emotion)
    return " ".join(actions), feelings


def _shouts(source: Scene, beats: tuple[Beat, ...]) -> tuple[int, int]:
    if source.shots is None:
        return shouts_in(list(beats))
    texts = [plain(line.text) for shot in source.shots for line in shot.dialogue]
    return sum("!" in text or emotion_of(text, None, 0.0) == "shout" for text in texts), len(texts)


def _time(slug: Slugline, previous: ScenePlan | None, action: str) -> TimeOfDay:
    if slug.time_of_day:
        return slug.time_of_day
    hint = time_hint(action[:600])
    if previous and (slug.inherits or slug.continuous or not hint):
        return previous.time_of_day
    return hint or "day"


def _setting(slug: Slugline, earlier: list[ScenePlan]) -> Setting:
    """A heading that names no setting is part of the last place before that shares its words, or of its lighthouse."""
    words = set(lower_words(slug.place))
    on_top = slug.interior and LANTERN_ROOM.search(slug.place.lower())
    if on_top and any(LIGHTHOUSE.intersection(lower_words(scene.place)) for scene in earlier):
        return "lighthouse"
    if slug.known:
        return slug.setting
    for scene in reversed(earlier):
        parts = set(lower_words(scene.place))
        if scene.interior == bool(slug.interior) and words and (words <= parts or parts <= words):
            return scene.setting
    return slug.setting


def _weather(source: Scene, heading: str, action: str, style: str, previous: ScenePlan | None, inherits: bool) -> Weather:
    """By heading and ambience, then the action's opening, then the scene before if time has not passed, then the style.

    `previous` is the scene before where the hour is the same: a wind heard in its storm is that storm.
    """
    ambience = source.ambience or _noted(source, "ambience")
    said = weather_in(heading) or weather_in(action[:500], ambience)
    if said == "wind" and previous and previous.weather == "storm":
        return "storm"
    if said:
        return said
    if inherits and previous:
        return previous.weather
    return weather_in(style) or "clear"


def _music(source: Scene, action: str, emotions: list[Emotion], tension: float, weather: Weather) -> tuple[str, str, bool]:
    """Mood, prompt, and whether there is music at all. The author's own words stay in the prompt."""
    by_rule = mood_of(action, emotions, tension, weather)
    note = _noted(source, "music")
    mood_words = source.music.mood if source.music else ""
    prompt = source.music.prompt if source.music else note
    named = mood_named(mood_words) or mood_named(prompt)
    if named == "none":
        return by_rule, "", False
    if mood_words and mood_words.strip().lower() not in MOODS:
        prompt = f"{mood_words.strip()}, {prompt}" if prompt else mood_words.strip()
    return named or by_rule, prompt, True


def _noted(source: Scene, kind: str) -> str:
    """What a note of that kind asks for; the first one counts."""
    for element in source.elements:
        texts = [element.text] if element.type == "note" else inline_notes(element.text)
        for note in map(read_note, texts):
            if note and note[0] == kind:
                return note[1]
    return ""


def _phone_call(source: Scene) -> bool:
    """Whether somebody speaks into a phone here, so that a voice over is the other end of the line."""
    for element in source.elements:
        said = element.text.lower()
        if element.type in ("parenthetical", "character") and "phone" in said:
            return True
        if element.type == "action" and "INTERCUT" in element.text and ("phone" in said or "call" in said):
            return True
    return False
