"""Family `kokoro`: Kokoro 82M (hexgrad): preset voices in English, Spanish, French, Hindi, Italian and Portuguese.

The folder is the released one: config.json, kokoro-v1_0.pth and voices/*.pt, pickles read only where their hash is stated. The
network is ours (`network`), and pronunciation is eSpeak NG's (`phonemes`): Japanese and Chinese, which need dictionaries that
are not here, are declined. A mood moves the tempo only. Word timings are the model's own.

Unproven: the sound with released weights, and how far eSpeak's English falls behind the dictionary that it was trained on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from cinema.adapters.dsp import Wave
from cinema.adapters.kit.checkpoints import state_dict
from cinema.adapters.kit.libraries import library
from cinema.adapters.kit.parts import Parts
from cinema.adapters.kit.sentences import pieces
from cinema.adapters.kit.speech import Heard, Said, Speaking, SpeechAdapter, chosen, in_turn, tempo_of
from cinema.adapters.kit.tokens import seeded
from cinema.adapters.kokoro.phonemes import VOICES, Symbols, symbols_for
from cinema.errors import InputError, MissingModelError
from cinema.identity import seed_from
from cinema.plan.task import SpeechRequest, VoiceSpec

_RATE_HZ = 24_000
_FRAME_SECONDS = 600 / _RATE_HZ
_CHARACTERS = 300
"""At a time: in most languages fewer symbols than the 510 that the model takes, and not so few that it hurries."""
_LETTERS = {"en-us": "a", "en-gb": "b", "es": "e", "fr": "f", "hi": "h", "it": "i", "pt": "p"}
"""What the names of a language's voices begin with; then f or m."""
_DIALECTS = {"en": "en-us", "en-us": "en-us", "en-gb": "en-gb", "en-uk": "en-gb"}


class Kokoro(SpeechAdapter):
    """One pass a piece, not token after token: a cancel is looked for between pieces."""

    def open(self, parts: Parts) -> None:
        library("torch")
        library("transformers")
        from cinema.adapters.kokoro.weights import opened

        config = parts.config("config.json")
        weights = state_dict(parts, "kokoro-v1_0.pth")
        self._network: Any = opened(config, weights).to(parts.device)
        self._vocabulary: dict[str, int] = config["vocab"]
        self._longest = int(config["plbert"]["max_position_embeddings"]) - 2
        self._voices: dict[str, Any] = {}

    def close(self) -> None:
        self._network = None
        self._voices = {}

    def ticks(self, request: SpeechRequest) -> int:
        return len(pieces(request.text, _CHARACTERS))

    def say(self, line: Speaking) -> Said:
        request = line.request
        language = self._language(request.voice)
        voice = self._voice(request.voice, language)
        speed = tempo_of(request.emotion)
        waves, words = list[Wave](), list[tuple[Heard, ...]]()
        for number, symbols in enumerate(self._symbols(request.text, language, _CHARACTERS)):
            with seeded(self.parts, seed_from(line.seed, "piece", number)):
                wave, heard = self._piece(symbols, voice, speed)
            waves.append(wave)
            words.append(heard)
            line.progress.tick()
        wave, moves = in_turn(waves, _RATE_HZ)
        return Said(wave=wave, rate_hz=_RATE_HZ, words=tuple(_moved(words, moves)))

    def _symbols(self, text: str, language: str, characters: int) -> Iterator[Symbols]:
        """The line in pieces of as many symbols as the model takes; numbers can be much longer spoken than written."""
        for piece in pieces(text, characters):
            symbols = symbols_for(piece, language, self._vocabulary)
            if len(symbols.text) <= self._longest:
                yield symbols
            elif characters > 1:
                yield from self._symbols(piece, language, characters // 2)

    def _piece(self, symbols: Symbols, voice: Any, speed: float) -> tuple[Wave, tuple[Heard, ...]]:
        """Sound, and its words' times. Each symbol's length is the model's; the first and last stand for silence."""
        torch = library("torch")
        if not symbols.text:
            return np.zeros(0, np.float32), ()
        ids = torch.tensor([[0, *(self._vocabulary[sign] for sign in symbols.text), 0]], device=self.parts.device)
        style = voice[min(len(symbols.text), voice.shape[0]) - 1].to(self.parts.device)
        wave, frames = self._network(ids, style.reshape(1, -1), speed)
        ends = (frames.cumsum(0) * _FRAME_SECONDS).tolist()
        heard = tuple(Heard(text=word, start_seconds=ends[first], end_seconds=ends[end]) for word, first, end in symbols.words)
        return wave.float().cpu().numpy(), heard

    def _language(self, voice: VoiceSpec) -> str:
        asked = voice.language.lower().replace("_", "-")
        language = _DIALECTS.get(asked, asked.split("-")[0])
        language = _DIALECTS.get(language, language)
        if language not in VOICES:
            raise InputError(f"{self.parts.manifest.id} does not speak {voice.language!r} here; it speaks {', '.join(VOICES)}.")
        return language

    def _voice(self, spec: VoiceSpec, language: str) -> Any:
        """A style for every length, (510, 1, 2 x style); another gender's where the language has none of that gender."""
        folder, letter = self.parts.folder / "voices", _LETTERS[language]
        women, men = (tuple(sorted(path.stem for path in folder.glob(f"{letter}{sex}_*.pt"))) for sex in "fm")
        if not women and not men:
            raise MissingModelError(
                f"{self.parts.manifest.id} has no voice for {language} in {folder}; run `cinema models pull "
                f"{self.parts.manifest.id}`."
            )
        name = chosen(spec, women or men, men or women)
        if name not in self._voices:
            self._voices[name] = state_dict(self.parts, f"voices/{name}.pt").float()
        return self._voices[name]


def _moved(words: Sequence[Sequence[Heard]], moves: Sequence[float]) -> list[Heard]:
    """Times of every piece's words, in the whole line."""
    return [
        Heard(text=word.text, start_seconds=word.start_seconds + move, end_seconds=word.end_seconds + move)
        for piece, move in zip(words, moves, strict=True)
        for word in piece
    ]
