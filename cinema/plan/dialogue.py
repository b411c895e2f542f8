"""Speech beats into lines: split, felt, timed."""

from __future__ import annotations

from dataclasses import replace

from cinema.plan.beats import SpeechBeat, Utterance, delivery_of, utterances_in
from cinema.plan.casting import Cast
from cinema.plan.draft import DraftLine
from cinema.plan.emotion import emotion_of, feeling, nonverbal_sound, pause_before
from cinema.plan.model import Delivery
from cinema.plan.rhythm import speech_seconds, split_speech
from cinema.plan.words import language_of, plain
from cinema.script.model import SpokenLine

_SUNG = 1.35
"""Sung words take this much longer than spoken ones."""


def lines_of(beat: SpeechBeat, cast: Cast, delivery: Delivery, tension: float, *, whole: bool) -> list[DraftLine]:
    """The lines of a speech; `whole` keeps it in one piece (both halves of a dual dialogue are heard at once)."""
    utterances = beat.utterances
    if whole and len(utterances) > 1:
        remark = next((utterance.remark for utterance in utterances if utterance.remark), "")
        text = " ".join(utterance.text for utterance in utterances if utterance.text)
        utterances = (Utterance(text=text, remark=remark, lyrics=utterances[0].lyrics),)
    lines: list[DraftLine] = []
    for utterance in utterances:
        language = language_of(utterance.text, voice_language(cast, beat.character))
        emotion = emotion_of(utterance.text, utterance.remark, tension)
        pieces = [utterance.text] if whole else split_speech(utterance.text, language, emotion)
        for number, piece in enumerate(pieces):
            remark = utterance.remark if number == 0 else ""
            own = emotion if feeling(utterance.remark) else emotion_of(piece, None, tension)
            line = DraftLine(character=beat.character, text=piece, emotion=own, delivery=delivery, lyrics=utterance.lyrics)
            lines.append(_timed(replace(line, language=language), remark))
    if beat.dual and lines:
        lines[0] = replace(lines[0], dual=True)
    return lines


def explicit_lines(spoken: SpokenLine, cast: Cast, tension: float) -> list[DraftLine]:
    """The lines of an entry in the author's own shot: one, or more where a bracketed remark is played in between.

    The emotion is the author's word, where the word is known.
    """
    character = cast.name(spoken.character)
    delivery = delivery_of(spoken.extension or "", phone_call=False, intercut=False)
    member = cast.members.get(character)
    if member and member.narrator and delivery == "on_screen":
        delivery = "voice_over"
    remark = plain(spoken.parenthetical or "").strip("() ")
    if not nonverbal_sound(remark) and nonverbal_sound(spoken.emotion):
        remark = f"{remark} {spoken.emotion}".strip()
    lines: list[DraftLine] = []
    for utterance in utterances_in(plain(spoken.text), remark, lyrics=False):
        emotion = feeling(spoken.emotion) or emotion_of(utterance.text, utterance.remark or spoken.emotion, tension)
        language = spoken.language or language_of(utterance.text, voice_language(cast, character))
        line = DraftLine(character=character, text=utterance.text, emotion=emotion, delivery=delivery, language=language)
        lines.append(_timed(line, utterance.remark))
    return lines


def voice_language(cast: Cast, character: str) -> str:
    member = cast.members.get(character)
    return member.voice.language if member else "en"


def _timed(line: DraftLine, remark: str) -> DraftLine:
    """The line with what its remark asks for: a sound, a pause; and its estimated length."""
    nonverbal = nonverbal_sound(remark)
    seconds = speech_seconds(line.text, line.language, line.emotion, nonverbal) * (_SUNG if line.lyrics else 1.0)
    return replace(line, nonverbal=nonverbal, pause_seconds=pause_before(remark), seconds=seconds)
