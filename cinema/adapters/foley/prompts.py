"""A prompt read for sounds: which effects, where, how loud, how far."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

from cinema.adapters.foley.vocabulary import ABSORBS, ECHOING, EFFECTS, FAR, LOUDER, PHRASES, PLACE_WORDS, SOFTER
from cinema.identity import seed_from

_FALLBACK = ("whoosh", "thud", "cloth")
_AMBIENT = {"ambience", "ambiance", "ambient", "tone", "atmosphere", "atmos", "background", "roomtone"}


@dataclass(frozen=True, kw_only=True)
class Cue:
    """What a prompt asks for. `effects` are names in EFFECTS, `place` one in PLACES or ""."""

    effects: tuple[str, ...]
    place: str
    words: frozenset[str]
    gain_db: float
    far: bool
    echoing: bool


def read(prompt: str, *, loop: bool) -> Cue:
    """The cue of a prompt. A loop always has a place; a prompt in which no word is known gets an effect by its hash."""
    tokens = [_squeezed(token) for token in re.findall(r"[a-z]+(?:-[a-z]+)?", prompt.lower()[:4000])]
    words = frozenset(tokens) | frozenset(stem for token in tokens for stem in _stems(token))
    found: list[str] = []
    for first, second in itertools.pairwise(tokens):
        pairs = {f"{a} {b}" for a in _stems(first) for b in _stems(second)}
        found += [PHRASES[pair] for pair in sorted(pairs) if pair in PHRASES]
    for token in tokens:
        found += [name for name, effect in EFFECTS.items() if not effect.words.isdisjoint(_stems(token))]
    names = list(dict.fromkeys(found))
    taken = {other for name in names for other in ABSORBS.get(name, ())}
    names = [name for name in names if name not in taken] or names[:1]
    place = _place(tokens, wanted=loop or (not names and bool(words & (_AMBIENT | PLACE_WORDS.keys()))))
    if not names and not place:
        names = [_FALLBACK[seed_from("foley", prompt) % len(_FALLBACK)]]
    changes = [change for word in words for change in (LOUDER.get(word), SOFTER.get(word)) if change is not None]
    return Cue(
        effects=tuple(names[:5]),
        place=place,
        words=words,
        gain_db=max(min(sum(sorted(changes)), 6.0), -12.0),
        far=not words.isdisjoint(FAR),
        echoing=not words.isdisjoint(ECHOING),
    )


def _place(tokens: list[str], *, wanted: bool) -> str:
    """The place that is named; weather and night give way to it, and a storm heard from inside is the weather's."""
    if not wanted:
        return ""
    named = [PLACE_WORDS[stem] for token in tokens for stem in (token, *sorted(_stems(token))) if stem in PLACE_WORDS]
    if "storm" in named:
        return "storm"
    solid = [place for place in named if place not in {"night", "snow", "fog"}]
    return (solid or named or ["room"])[0]


def _stems(token: str) -> frozenset[str]:
    """`token` and what is left without a common ending: "creaking" gives "creak" and "creake"."""
    forms = {token}
    for end in ("s", "es", "ed", "d", "ing", "er", "y"):
        if token.endswith(end) and len(token) - len(end) >= 3:
            stem = token[: -len(end)]
            forms |= {stem, stem + "e"}
            if len(stem) > 3 and stem[-1] == stem[-2]:
                forms.add(stem[:-1])
    return frozenset(forms)


def _squeezed(token: str) -> str:
    """Drawn-out letters made short, so that "boooom" is "boom"."""
    return re.sub(r"(.)\1{2,}", r"\1\1", token)
