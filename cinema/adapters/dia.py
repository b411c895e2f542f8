"""Family `dia`: Dia 1.6B (Nari Labs) through transformers: English, with laughs, sighs and gasps among the words.

The folder is the released one (a transformers folder), with the codec's in `audio_tokenizer`. The model has no voices of its
own: each run is another person, unless it goes on from a recording *and* its words. A request carries no words of a recording,
so a user's sample is not used; instead every cast member speaks a sentence of ours once, from a seed that only the voice
decides, and every line goes on from there. So a character keeps one voice, but whose it is cannot be asked for.

Unproven: how well that keeps a voice with released weights; gender and age are chance.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cinema.adapters.dsp import Wave
from cinema.adapters.kit.libraries import library
from cinema.adapters.kit.parts import Parts
from cinema.adapters.kit.sentences import pieces
from cinema.adapters.kit.speech import Said, Speaking, SpeechAdapter, audible, joined
from cinema.adapters.kit.steps import Steps
from cinema.adapters.kit.tokens import seeded, ticking
from cinema.errors import InputError
from cinema.identity import seed_from
from cinema.plan.task import SpeechRequest, VoiceSpec

CUES = {
    "laugh": "(laughs)",
    "sigh": "(sighs)",
    "gasp": "(gasps)",
    "cough": "(coughs)",
    "sob": "(sniffs)",
    "scream": "(screams)",
}
"""Sounds in the words, of the list that the model's card gives; it has none for sobbing."""
INTRODUCTION = "Well, here I am. I have lived in this house for years, and I still could not tell you what every door is for."
"""Spoken once a voice, before its lines: about 7 s, within the 5 to 10 s that the model's makers advise."""
_MOST_CHARACTERS = 200
"""About 14 s: text for less than 5 s or more than 20 s sounds wrong, say the model's makers."""
_CHARACTERS_A_SECOND = 14.0
_FRAMES_A_SECOND = 44_100 / 512
_SOUND_SECONDS = 3.0
_PATIENCE = 1.8
"""A piece may take so many times longer than expected, and a second; then it is ended."""


class Dia(SpeechAdapter):
    """An encoder of bytes, a decoder of nine codebooks in a delay pattern, and the Descript audio codec."""

    def open(self, parts: Parts) -> None:
        transformers, torch = library("transformers"), library("torch")
        parts.config("config.json")
        self._model: Any = parts.component(transformers.DiaForConditionalGeneration, "").to(parts.device)
        codec = parts.component(transformers.DacModel, "audio_tokenizer", dtype=torch.float32).to(parts.device)
        self._processor: Any = transformers.DiaProcessor(
            feature_extractor=parts.pretrained(transformers.DiaFeatureExtractor, ""),
            tokenizer=parts.pretrained(transformers.DiaTokenizer, ""),
            audio_tokenizer=codec,
        )
        self._voices: dict[VoiceSpec, Wave] = {}

    def close(self) -> None:
        self._model = self._processor = None
        self._voices = {}

    def ticks(self, request: SpeechRequest) -> int:
        prompt = 0 if request.voice in self._voices else _expected_frames(INTRODUCTION)
        return prompt + sum(_expected_frames(text) for text in _texts(request))

    def say(self, line: Speaking) -> Said:
        request = line.request
        if request.voice.language.split("-")[0].lower() != "en":
            raise InputError(f"{self.parts.manifest.id} speaks English only; {request.voice.language!r} was asked for.")
        voice = self._voice(request.voice, line.progress)
        waves = [
            self._made(text, voice, seed_from(line.seed, "piece", number), line.progress)
            for number, text in enumerate(_texts(request))
        ]
        rate_hz = int(self._processor.feature_extractor.sampling_rate)
        return Said(wave=joined(waves, rate_hz), rate_hz=rate_hz)

    def _voice(self, spec: VoiceSpec, progress: Steps) -> Wave:
        """The introduction in that voice. It depends on the voice alone, not on which of its lines came first."""
        if spec not in self._voices:
            seed = seed_from("voice", spec.language, spec.gender, spec.age, spec.variant)
            made = self._made(INTRODUCTION, None, seed, progress)
            first, end = audible(made, int(self._processor.feature_extractor.sampling_rate))
            self._voices[spec] = made[first:end]
        return self._voices[spec]

    def _made(self, text: str, voice: Wave | None, seed: int, progress: Steps) -> Wave:
        """Mono sound of `text` alone, going on from the introduction where there is one."""
        spoken = f"[S1] {text}" if voice is None or not voice.size else f"[S1] {INTRODUCTION} {text}"
        heard = {} if voice is None or not voice.size else {"audio": [voice], "sampling_rate": 44_100}
        inputs = self._processor(text=[spoken], padding=False, return_tensors="pt", **heard).to(self.parts.device)
        room = int(self._model.config.decoder_config.max_position_embeddings) - max(self._model.config.delay_pattern)
        room = room // 3 if voice is None else room - int(inputs["decoder_attention_mask"].shape[1])
        with seeded(self.parts, seed):
            codes = self._model.generate(
                **inputs,
                do_sample=True,
                max_new_tokens=max(min(round(_expected_frames(text) * _PATIENCE + _FRAMES_A_SECOND), room), 1),
                guidance_scale=float(self.parts.setting("guidance", 3.0)),
                temperature=float(self.parts.setting("temperature", 1.8)),
                top_p=float(self.parts.setting("top_p", 0.9)),
                top_k=int(self.parts.setting("top_k", 45)),
                stopping_criteria=ticking(progress),
            )
        before = self._processor.get_audio_prompt_len(inputs["decoder_attention_mask"]) if heard else None
        sound = self._processor.batch_decode(codes, audio_prompt_len=before)[0]
        return np.atleast_1d(sound.float().numpy())


def _texts(request: SpeechRequest) -> tuple[str, ...]:
    """What to say, piece by piece, with the sound first. Square brackets would be read as turns of speakers."""
    words = request.text.replace("[", "(").replace("]", ")")
    cue = CUES.get(request.nonverbal, CUES["sigh"]) if request.nonverbal else ""
    return pieces(f"{cue} {words}", _MOST_CHARACTERS)


def _expected_frames(text: str) -> int:
    """About how many codec frames the model will write."""
    seconds = _SOUND_SECONDS if text.startswith("(") and text.endswith(")") else len(text) / _CHARACTERS_A_SECOND
    return round(seconds * _FRAMES_A_SECOND) + 16
