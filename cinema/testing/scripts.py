"""Scripts made to measure with: long, deterministic, and shaped like what people write."""

from __future__ import annotations

import random

_PLACES = ("LIGHTHOUSE", "HARBOUR OFFICE", "FISH MARKET", "FERRY DECK", "NIGHT TRAIN", "ROOFTOP", "CHURCH", "BACK ROAD")
_TIMES = ("NIGHT", "DAWN", "DAY", "DUSK", "MORNING", "LATER")
_NAMES = ("MARA", "TOM", "ADA", "REYES", "NINA", "BRANDT", "OLD JOE", "DR. KEMAL", "R2", "THE WIDOW")
_EXTENSIONS = ("", "", "", "", " (V.O.)", " (O.S.)", " (CONT'D)", " (on phone)")
_MANNERS = ("(quietly)", "(beat)", "(to Tom)", "(laughing)", "(without looking up)")
_SUBJECTS = ("Mara", "The harbour master", "A boy in a red coat", "Rain", "The old dog", "Somebody", "The lamp", "A tram")
_VERBS = ("crosses the empty square", "hits the window", "stops at the door", "turns *slowly* towards the sea", "goes out")
_ENDS = ("and waits", "as THUNDER rolls over the roofs", "without a sound", "with a box under one arm", "for the last time")
_SAYINGS = (
    "You were never going to tell me.",
    "It rained like this the year that the pier went down.",
    "Eleven years, and not one letter.",
    "Then we _wait_ until somebody comes.",
    "I know what I saw!",
    "Is that all?",
)
_TURNS = ("CUT TO:", "SMASH CUT TO:", "> FADE OUT.", "DISSOLVE TO:")


def long_fountain(lines: int, seed: int) -> str:
    """A Fountain script of at least `lines` lines (25 to a page), the same for the same arguments.

    It has a title page, headings (some numbered), action of one to three lines, speeches with manners, extensions and
    dual dialogue, transitions, notes, sections and a boneyard, in about the proportions of a feature film.
    """
    rng = random.Random(seed)
    written = ["Title: **The Long Night**", "Author: The Cinema project", "FPS: 24", "", "FADE IN:", ""]
    scene = 0
    while len(written) < lines:
        scene += 1
        if scene % 20 == 1:
            written += [f"# Act {scene // 20 + 1}", "", "= Somebody wants something, and is not given it.", ""]
        number = f" #{scene}#" if scene % 3 == 0 else ""
        written += [f"{rng.choice(('INT.', 'EXT.', 'INT./EXT.'))} {rng.choice(_PLACES)} - {rng.choice(_TIMES)}{number}", ""]
        for _ in range(rng.randint(4, 14)):
            written += _action(rng) if rng.random() < 0.4 else _speech(rng)
            written.append("")
        if scene % 7 == 0:
            written += [f"[[Check the tide table for scene {scene}.]]", ""]
        if scene % 11 == 0:
            written += ["/* An older ending of this scene.", "", "It was longer. */", ""]
        if scene % 5 == 0:
            written += [rng.choice(_TURNS), ""]
    return "\n".join((*written, "> THE END <", ""))


def _action(rng: random.Random) -> list[str]:
    return [
        f"{rng.choice(_SUBJECTS)} {rng.choice(_VERBS)}, {rng.choice(_ENDS)}. {rng.choice(_SUBJECTS)} {rng.choice(_VERBS)}."
        for _ in range(rng.choice((1, 1, 1, 2, 3)))
    ]


def _speech(rng: random.Random) -> list[str]:
    spoken = [rng.choice(_NAMES) + rng.choice(_EXTENSIONS) + (" ^" if rng.random() < 0.03 else "")]
    if rng.random() < 0.3:
        spoken.append(rng.choice(_MANNERS))
    return spoken + [rng.choice(_SAYINGS) for _ in range(rng.choice((1, 1, 2)))]
