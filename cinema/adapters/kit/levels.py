"""How loud a sound is by nature: the levels at which the mix expects music, effects and ambiences.

They are those of the animatic's own score and effects, so that a film's mix stays when a model takes their place: a shot is
loud and a clock ticks softly, whoever makes it.
"""

from __future__ import annotations

from statistics import median

from cinema.adapters.foley import prompts
from cinema.adapters.foley.vocabulary import EFFECTS, PLACE_WORDS, PLACES
from cinema.adapters.score.moods import brief_for
from cinema.plan.task import MusicRequest, SoundRequest

EFFECT_LUFS = median(effect.level_lufs for effect in EFFECTS.values() if not effect.lasting)
AMBIENCE_LUFS = median(place.level_lufs for place in PLACES.values())
"""Of what nobody knows by name: half of the known ones are louder."""
_FAR_DB, _BESIDE_A_PLACE_DB = -7.0, -4.0


def music_lufs(request: MusicRequest) -> float:
    """Of a piece in that mood, as the score has it."""
    return brief_for(request.mood, request.prompt).loudness_lufs


def sound_lufs(request: SoundRequest) -> float:
    """Of the loudest thing that the prompt names: an effect, or for a loop also its place, as the foley has them."""
    cue = prompts.read(request.prompt, loop=request.loop)
    known = [EFFECTS[name].level_lufs for name in cue.effects if _named(name, cue)]
    change = cue.gain_db + (_FAR_DB if cue.far else 0.0) + (_BESIDE_A_PLACE_DB if request.loop else 0.0)
    levels = [level + change for level in known]
    if cue.place and not cue.words.isdisjoint(PLACE_WORDS):
        levels.append(PLACES[cue.place].level_lufs)
    return max(levels, default=AMBIENCE_LUFS if request.loop else EFFECT_LUFS)


def _named(effect: str, cue: prompts.Cue) -> bool:
    """Not one that the foley took for a prompt without a word that it knows."""
    return not EFFECTS[effect].words.isdisjoint(cue.words) or effect in prompts.PHRASES.values()
