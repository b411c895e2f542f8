"""A scene's elements, gathered into beats: what happens, who speaks, how one thing gives way to the next."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cinema.plan.casting import Cast
from cinema.plan.directions import BULLET, Crossing, Direction, is_transition, read_direction, read_transition
from cinema.plan.emotion import INLINE_DIRECTION, emotion_of, feeling, nonverbal_sound, pause_before
from cinema.plan.model import Delivery
from cinema.plan.sound import inline_notes, read_note
from cinema.plan.titles import Title, read_title
from cinema.plan.words import plain, without_notes
from cinema.script.model import Element, Scene

NARRATOR = "NARRATOR"
_PHONE = (
    "phone",
    "filtered",
    "radio",
    "intercom",
    "speaker",
    "telephone",
    "telefon",
    "teléfono",
    "téléphone",
    "walkie",
    "tv",
    "on tv",
    "cell",
    "comm",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ActionBeat:
    """A paragraph of action. `lines` are its lines as written, for lists of shots; `notes` the sounds asked for beside it."""

    text: str
    direction: Direction | None = None
    rows: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    title: Title | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Utterance:
    """Words under one parenthetical. `text` may be empty where the remark alone is heard ("laughs")."""

    text: str
    remark: str = ""
    lyrics: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class SpeechBeat:
    """Everything under one character cue."""

    character: str
    extension: str = ""
    utterances: tuple[Utterance, ...] = ()
    dual: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class CrossingBeat:
    crossing: Crossing


Beat = ActionBeat | SpeechBeat | CrossingBeat


def delivery_of(extension: str, *, phone_call: bool, intercut: bool) -> Delivery:
    """How a line reaches us. In an intercut both ends of the line are seen; "into phone" is said in the room."""
    said = extension.lower().replace(".", "").strip()
    if intercut and any(word in said for word in ("phone", "filter", "vo", "os")):
        return "on_screen"
    if any(word in said for word in _PHONE) and "into" not in said:
        return "phone"
    if said.split("/")[0].strip() in ("vo", "v o") or "voice" in said or said.startswith(("vo ", "vo,")) or "narrat" in said:
        return "phone" if phone_call else "voice_over"
    if (
        said in ("os", "oc", "o s", "o c", "off", "off-screen", "offscreen")
        or "off screen" in said
        or "off camera" in said
        or said.startswith(("os ", "os,"))
    ):
        return "off_screen"
    return "on_screen"


def beats_of(scene: Scene, cast: Cast) -> list[Beat]:
    """The beats of a scene in order; sections, synopses, comments and page breaks are nobody's business here."""
    beats: list[Beat] = []
    notes: list[str] = []
    heading = read_direction(plain(scene.heading.text)) if scene.heading else None
    if heading and heading.kind in ("montage", "intercut", "insert", "pov", "framing") and scene.heading:
        beats.append(ActionBeat(text="", direction=heading))
    elements = scene.elements
    position = 0
    while position < len(elements):
        element = elements[position]
        if element.type in ("character", "dialogue", "lyrics", "parenthetical"):
            speech, position = _speech(elements, position, cast)
            if speech.utterances or speech.dual:
                beats.append(speech)
            continue
        if element.type == "transition":
            crossing = read_transition(plain(element.text))
            if crossing:
                beats.append(CrossingBeat(crossing=crossing))
        elif element.type in ("action", "centered"):
            for beat in _action(element, tuple(notes)):
                _append(beats, beat)
            notes = []
        elif element.type == "note":
            heard = read_note(element.text)
            if heard and heard[0] == "sound":
                notes = _note(beats, notes, heard[1])
        position += 1
    if notes:
        beats.append(ActionBeat(text="", notes=tuple(notes)))
    return beats


def _append(beats: list[Beat], beat: Beat) -> None:
    last = beats[-1] if beats else None
    both = _one_card(last, beat) if isinstance(last, ActionBeat) and isinstance(beat, ActionBeat) else None
    if both is None:
        beats.append(beat)
    else:
        beats[-1] = both


def _one_card(first: ActionBeat, second: ActionBeat) -> ActionBeat | None:
    """Centred lines that follow one another are one card; None for anything else."""
    if first.title is None or second.title is None or not (_centred(first.title, first) and _centred(second.title, second)):
        return None
    title = Title(words=f"{first.title.words}\n{second.title.words}")
    return replace(first, text=f"{first.text} {second.text}", title=title, notes=(*first.notes, *second.notes))


def _centred(title: Title, beat: ActionBeat) -> bool:
    """Whether the words stand there by themselves, without a TITLE: or SUPER: before them."""
    return beat.text == " ".join(title.words.split())


def _note(beats: list[Beat], notes: list[str], prompt: str) -> list[str]:
    """A sound note belongs to the action before it; where there is none, to the next."""
    if beats and isinstance(beats[-1], ActionBeat) and not beats[-1].title:
        last = beats[-1]
        beats[-1] = ActionBeat(text=last.text, direction=last.direction, rows=last.rows, notes=(*last.notes, prompt))
        return notes
    return [*notes, prompt]


def _action(element: Element, notes: tuple[str, ...]) -> list[Beat]:
    written = element.text
    heard = [note for note in map(read_note, inline_notes(written)) if note and note[0] == "sound"]
    notes = (*notes, *(prompt for _, prompt in heard))
    written = without_notes(written)
    text = plain(written)
    if not text:
        return [ActionBeat(text="", notes=notes)] if notes else []
    rows = tuple(row for row in (plain(line) for line in written.splitlines()) if row)
    if element.type == "centered":
        return [ActionBeat(text=text, title=Title(words="\n".join(rows)), notes=notes)]
    if is_transition(text):
        crossing = read_transition(text)
        return [CrossingBeat(crossing=crossing)] if crossing else []
    title = read_title(rows)
    if title:
        return [ActionBeat(text=text, title=title, notes=notes)]
    direction = read_direction(
        rows[0] if len(rows) > 1 and BULLET.match(rows[1]) else "\n".join(rows) if len(rows) > 1 else text
    )
    return [ActionBeat(text=text, direction=direction, rows=rows, notes=notes)]


def _speech(elements: tuple[Element, ...], position: int, cast: Cast) -> tuple[SpeechBeat, int]:
    """The speech that starts at `position` (a cue, or words that lost theirs), and where the next beat starts."""
    first = elements[position]
    name, extension, dual = first.name or "", first.extension or "", first.dual
    if first.type == "character":
        name = name or first.text.strip()
        position += 1
    utterances: list[Utterance] = []
    remark = ""
    while position < len(elements):
        element = elements[position]
        if element.type == "parenthetical":
            if remark and nonverbal_sound(remark):
                utterances.append(Utterance(text="", remark=remark))
            remark = plain(element.text).strip("() ")
        elif element.type in ("dialogue", "lyrics"):
            if first.type != "character" and element.name and element.name != name:
                break
            utterances.extend(utterances_in(plain(without_notes(element.text)), remark, lyrics=element.type == "lyrics"))
            remark = ""
        elif element.type not in ("note", "boneyard"):
            break
        position += 1
    if remark and nonverbal_sound(remark):
        utterances.append(Utterance(text="", remark=remark))
    spoken = SpeechBeat(
        character=cast.name(name or NARRATOR),
        extension=extension or ("" if name else "V.O."),
        utterances=tuple(utterances),
        dual=dual,
    )
    return spoken, position


def utterances_in(text: str, remark: str, *, lyrics: bool) -> list[Utterance]:
    """Spoken text cut at bracketed remarks that can be played ("(laughs)"); other brackets are spoken."""
    pieces: list[Utterance] = []
    start = 0
    for match in INLINE_DIRECTION.finditer(text):
        inner = match[1]
        if not (len(inner.split()) <= 3 and (nonverbal_sound(inner) or feeling(inner) or pause_before(inner))):
            continue
        before = text[start : match.start()].strip()
        if before or (remark and nonverbal_sound(remark)):
            pieces.append(Utterance(text=before, remark=remark, lyrics=lyrics))
        remark, start = inner, match.end()
    rest = text[start:].strip()
    if rest or (remark and nonverbal_sound(remark)):
        pieces.append(Utterance(text=rest, remark=remark, lyrics=lyrics))
    return pieces


def shouts_in(beats: list[Beat]) -> tuple[int, int]:
    """How many utterances are shouted, and how many there are."""
    texts = [utterance.text for beat in beats if isinstance(beat, SpeechBeat) for utterance in beat.utterances]
    return sum("!" in text or emotion_of(text, None, 0.0) == "shout" for text in texts), len(texts)
