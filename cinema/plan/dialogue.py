"""Speech beats into lines: split, felt, timed."""

from __future__ import annotations

from cinema.plan.beats import SpeechBeat, Utterance, delivery_of
from cinema.plan.casting import Cast
from cinema.plan.draft import DraftLine
from cinema.plan.emotion import emotion_of, feeling, nonverbal_sound, pause_before
from cinema.plan.model import Delivery
from cinema.plan.rhythm import speech_seconds, split_speech
from cinema.plan.words import language_of
from cinema.script.model import SpokenLine


def lines_of(beat: SpeechBeat, cast: Cast, delivery: Delivery, tension: float, *, whole: bool) -> list[DraftLine]:
    """The lines of a speech; `whole` keeps it in one piece (both halves of a dual dialogue are heard at once)."""
    utterances = beat.utterances
    if whole and len(utterances) > 1:
        remark = next((utterance.remark for utterance in utterances if utterance.remark), "")
        text = " ".join(utterance.text for utterance in utterances if utterance.text)
        utterances = (Utterance(text=text, remark=remark, lyrics=utterances[0].lyrics),)
    lines: list[DraftLine] = []
    for utterance in utterances:
        lines.extend(_lines(beat.character, utterance, cast, delivery, tension, split=not whole))
    if whole and beat.dual and lines:
        first = lines[0]
        lines[0] = _line(
            first.character,
            first.text,
            cast,
            delivery=delivery,
            emotion=first.emotion,
            nonverbal=first.nonverbal,
            lyrics=first.lyrics,
            dual=True,
        )
    return lines


def _lines(
    character: str, utterance: Utterance, cast: Cast, delivery: Delivery, tension: float, *, split: bool
) -> list[DraftLine]:
    emotion = emotion_of(utterance.text, utterance.remark, tension)
    language = language_of(utterance.text, voice_language(cast, character))
    pieces = split_speech(utterance.text, language, emotion) if split else [utterance.text]
    lines: list[DraftLine] = []
    for number, piece in enumerate(pieces):
        own = emotion if feeling(utterance.remark) else emotion_of(piece, None, tension)
        lines.append(
            _line(
                character,
                piece,
                cast,
                delivery=delivery,
                emotion=own,
                nonverbal=nonverbal_sound(utterance.remark) if number == 0 else "",
                lyrics=utterance.lyrics,
                pause=pause_before(utterance.remark) if number == 0 else 0.0,
            )
        )
    return lines


def explicit_line(spoken: SpokenLine, text: str, remark: str, cast: Cast, tension: float) -> DraftLine:
    """A line of the author's own shot, never split. Its emotion is the author's word, where the word is known."""
    character = cast.name(spoken.character)
    named = feeling(spoken.emotion)
    delivery = delivery_of(spoken.extension or "", phone_call=False, intercut=False)
    member = cast.members.get(character)
    if member and member.narrator and delivery == "on_screen":
        delivery = "voice_over"
    remark = spoken.parenthetical or remark
    return _line(
        character,
        text,
        cast,
        delivery=delivery,
        emotion=named or emotion_of(text, remark or spoken.emotion, tension),
        nonverbal=nonverbal_sound(remark) or nonverbal_sound(spoken.emotion),
        pause=pause_before(remark),
        language=spoken.language,
    )


def voice_language(cast: Cast, character: str) -> str:
    member = cast.members.get(character)
    return member.voice.language if member else "en"


def _line(
    character: str,
    text: str,
    cast: Cast,
    *,
    delivery: Delivery,
    emotion: str,
    nonverbal: str,
    lyrics: bool = False,
    dual: bool = False,
    pause: float = 0.0,
    language: str | None = None,
) -> DraftLine:
    spoken_in = language or language_of(text, voice_language(cast, character))
    return DraftLine(
        character=character,
        text=text,
        emotion=emotion,  # type: ignore[arg-type]
        nonverbal=nonverbal,
        delivery=delivery,
        lyrics=lyrics,
        dual=dual,
        language=spoken_in,
        seconds=speech_seconds(text, spoken_in, emotion, nonverbal) * (1.35 if lyrics else 1.0),  # type: ignore[arg-type]
        pause_seconds=pause,
    )
