"""Prose becomes a script by rules: paragraphs are action, quoted speech is dialogue, breaks are scenes where a place is named.

The rules invent nothing: every word of the script stands in the text, but for cues, headings and manners of speaking, which are
made of its words. What they cannot find stays plain: words of an unknown speaker are a VOICE's, a text that names no place is
one scene. The verbs of attribution are English, with some German, French, Spanish and Italian; the names of places English.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from cinema.script.assemble import gather
from cinema.script.model import Element, Script
from cinema.script.prose import Passage, Prose
from cinema.script.prose_places import heading_of
from cinema.script.prose_voices import People, attribution_after, attribution_before, names_in


def script_of(prose: Prose) -> Script:
    """The script that the rules make of a text."""
    elements = list(_elements(prose))
    scenes, cast = gather(elements, notes=any(element.type == "note" for element in elements))
    return Script(
        title=prose.title,
        scenes=scenes,
        characters=cast,
        style=prose.style,
        format=prose.format,
        language=prose.language,
        title_page=prose.title_page,
        source=prose.source,
        source_format="prose",
    )


def _elements(prose: Prose) -> Iterator[Element]:
    people = People()
    people.learn(_outside(passage) for passage in prose.passages if passage.kind == "paragraph")
    teller = _Teller(people)
    here = ""
    for title, passages in _stretches(prose.passages):
        narration = [_outside(passage) for passage in passages if passage.kind == "paragraph"]
        heading = heading_of(title.text if title else "", narration[:4])
        if not heading and here and (passages or title):
            heading = f"{here.partition(' - ')[0]} - LATER"
        line = title.line if title else passages[0].line if passages else 0
        if heading:
            yield Element(type="scene_heading", text=heading, line=line)
            here = heading
        if title and title.text:
            yield Element(type="section", text=title.text, line=title.line, depth=1)
        people.part()
        for passage in passages:
            yield from teller.tell(passage)


def _stretches(passages: Sequence[Passage]) -> Iterator[tuple[Passage | None, list[Passage]]]:
    """What lies between breaks and chapter headings, with the heading above it."""
    title: Passage | None = None
    run: list[Passage] = []
    for passage in passages:
        if passage.kind in ("break", "heading"):
            if run:
                yield title, run
                title, run = None, []
            title = passage if passage.kind == "heading" else title
        else:
            run.append(passage)
    if run:
        yield title, run


def _outside(passage: Passage) -> str:
    """What is told, without what is said."""
    kept, place = "", 0
    for quote in passage.quotes:
        if quote.spoken:
            kept += f"{passage.text[place : quote.start]} "
            place = quote.end
    return kept + passage.text[place:]


class _Teller:
    """Turns paragraphs into action and dialogue; knows who spoke before."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._speaks_on = ""

    def tell(self, passage: Passage) -> Iterator[Element]:
        if passage.kind == "note":
            yield Element(type="note", text=passage.text, line=passage.line)
            return
        spoken = [quote for quote in passage.quotes if quote.spoken]
        if not spoken:
            yield from self._action(passage.text, passage.line)
            return
        edges = [0, *(edge for quote in spoken for edge in (quote.start, quote.end)), len(passage.text)]
        told = [passage.text[edges[index] : edges[index + 1]].strip() for index in range(0, len(edges), 2)]
        speaker, ready = "", list[Element]()
        for index, quote in enumerate(spoken):
            before, after = attribution_before(told[index]), attribution_after(told[index + 1])
            manner, answering = "", not speaker and not names_in(told[index])
            if after is not None and after.who:
                self._people.met(told[index])
                cue, manner, told[index + 1] = self._people.speaker(after.who, answering=answering), after.manner, after.rest
            elif before is not None and before.who:
                cue, manner, told[index] = self._people.speaker(before.who, answering=answering), before.manner, before.rest
            else:
                cue = speaker or self._speaks_on or self._unnamed(told[index], told[index + 1])
            ready += self._action(told[index], passage.line)
            self._people.spoke(cue)
            ready += _said(cue, manner, quote.text, passage.line)
            speaker = cue
        self._speaks_on = speaker if spoken[-1].goes_on else ""
        yield from _merged([*ready, *self._action(told[-1], passage.line)])

    def _unnamed(self, before: str, after: str) -> str:
        """Who speaks where no verb says it: who acts beside the words, else whose turn it is."""
        names = names_in(before)[-1:] or names_in(after)[:1]
        return self._people.cue(names[0]) if names else self._people.next_turn()

    def _action(self, text: str, line: int) -> list[Element]:
        text = text.strip(" ,;")
        if not any(letter.isalnum() for letter in text):
            return []
        self._people.met(text)
        return [Element(type="action", text=f"{text[:1].upper()}{text[1:]}", line=line)]


def _said(cue: str, manner: str, text: str, line: int) -> list[Element]:
    elements = [Element(type="character", text=cue, name=cue, line=line)]
    if manner:
        elements.append(Element(type="parenthetical", text=f"({manner})", line=line))
    return [*elements, Element(type="dialogue", text=text, line=line)]


def _in_one(first: str, second: str) -> str:
    """Two pieces of one speech; the comma before an attribution is a full stop where a new sentence follows."""
    anew = first.endswith(",") and second[:1].isupper() and not re.match(r"I\b", second)
    return f"{first[:-1]}. {second}" if anew else f"{first} {second}"


def _merged(elements: Sequence[Element]) -> Iterator[Element]:
    """One speech where its attribution alone stood in its midst; the comma that led to an attribution is a full stop."""
    made: list[Element] = []
    for element in elements:
        made.append(element)
        tail = made[-3:]
        if [one.type for one in tail] == ["dialogue", "character", "dialogue"]:
            cues = [one.text for one in made if one.type == "character"]
            if cues[-1] == cues[-2]:
                made[-3:] = [replace(tail[0], text=_in_one(tail[0].text, tail[2].text))]
    for element in made:
        comma = element.type == "dialogue" and element.text.endswith(",")
        yield replace(element, text=f"{element.text[:-1]}.") if comma else element
