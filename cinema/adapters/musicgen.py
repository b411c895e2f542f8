"""Families `musicgen` and `audiogen`: MusicGen (small ... large, melody, stereo) and, converted, AudioGen.

Music longer than the model's window goes on from the end of what was made. Licence and settings: `models/musicgen-*.toml`,
`models/audiogen-medium.toml`. Unproven: the sound of the released weights; half precision on a GPU.
"""

from __future__ import annotations

import math
from typing import Any, cast

import numpy as np
import soxr

from cinema.adapters.dsp import Wave
from cinema.adapters.kit.libraries import library
from cinema.adapters.kit.parts import Parts
from cinema.adapters.kit.sound import Playing, SoundAdapter
from cinema.adapters.kit.tokens import seeded, ticking
from cinema.errors import InputError
from cinema.timebase import SAMPLE_RATE_HZ

_CLASSES = {"musicgen": "MusicgenForConditionalGeneration", "musicgen_melody": "MusicgenMelodyForConditionalGeneration"}


class MusicGen(SoundAdapter):
    """One model of the transformers folder at the top of the weights; mono or stereo, as its configuration says."""

    continues = True

    def open(self, parts: Parts) -> None:
        transformers = library("transformers")
        kind = str(parts.config("config.json").get("model_type", ""))
        if kind not in _CLASSES:
            raise InputError(f"{parts.folder / 'config.json'} describes a {kind!r}, not a MusicGen; pull the model again.")
        self._model: Any = parts.component(getattr(transformers, _CLASSES[kind]), "").to(parts.device)
        self._tokenizer: Any = parts.pretrained(transformers.AutoTokenizer, "")
        decoder, codec = self._model.config.decoder, self._model.config.audio_encoder
        self._rate_hz = int(codec.sampling_rate)
        self._frames_per_second = float(codec.frame_rate)
        self._codebooks = int(decoder.num_codebooks)
        self._channels = int(decoder.audio_channels)
        # A melody model takes the sound it is given as a melody to follow, not as a beginning to go on from.
        self.continues = kind == "musicgen"

    def close(self) -> None:
        self._model = self._tokenizer = None

    def ticks(self, seconds: float, steps: int) -> int:
        return self._tokens(seconds)

    def play(self, piece: Playing) -> tuple[Wave, int]:
        torch = library("torch")
        inputs = dict(self._tokenizer([piece.prompt], return_tensors="pt", padding=True).to(self.parts.device))
        tokens = self._tokens(piece.seconds)
        if piece.before is not None:
            given = self._given(piece.before)
            inputs["input_values"] = torch.from_numpy(given)[None].to(self.parts.device, self._model.dtype)
            tokens -= given.shape[-1] // round(self._rate_hz / self._frames_per_second)
        with seeded(self.parts, piece.seed):
            made = self._model.generate(
                **inputs,
                do_sample=True,
                top_k=int(self.parts.setting("top_k", 250)),
                temperature=float(self.parts.setting("temperature", 1.0)),
                guidance_scale=piece.guidance,
                max_new_tokens=max(tokens, self._codebooks + 1),
                stopping_criteria=ticking(piece.progress),
            )
        return cast("Wave", made[0].float().cpu().numpy()), self._rate_hz

    def _tokens(self, seconds: float) -> int:
        """Of `seconds` of sound; the delay pattern takes one more for each further codebook."""
        return math.ceil(seconds * self._frames_per_second) + self._codebooks // self._channels

    def _given(self, before: Wave) -> Wave:
        """What the model goes on from: at its rate, with its channels."""
        wave = soxr.resample(before.T, SAMPLE_RATE_HZ, self._rate_hz).T.astype(np.float32)
        return np.ascontiguousarray(wave if self._channels == 2 else wave.mean(axis=0, keepdims=True))
