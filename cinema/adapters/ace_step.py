"""Family `ace_step`: ACE-Step 1.5 XL turbo through diffusers: songs with vocals, or instrumental music, 48 kHz stereo.

Pieces shorter than the model makes (10 s) are made longer and cut. Licence and settings: `models/ace-step-1.5.toml`.
The semantic tokenizer and its counterpart serve covers of given recordings and are not opened. Unproven: the sound of the
released weights, half precision on a GPU, and how well words are sung.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any, cast

from cinema.adapters.dsp import Wave
from cinema.adapters.kit.libraries import library
from cinema.adapters.kit.oobleck import open_oobleck
from cinema.adapters.kit.parts import Parts
from cinema.adapters.kit.sound import Playing, SoundAdapter

NO_VOICE = "[Instrumental]"
"""What the model was taught to read where a song has no words; an empty text is not that."""
_SCRIPTS = (
    ("ja", "\u3040", "\u30ff"),
    ("ko", "\uac00", "\ud7af"),
    ("zh", "\u4e00", "\u9fff"),
    ("ru", "\u0400", "\u04ff"),
    ("el", "\u0370", "\u03ff"),
    ("ar", "\u0600", "\u06ff"),
    ("he", "\u0590", "\u05ff"),
    ("hi", "\u0900", "\u097f"),
    ("bn", "\u0980", "\u09ff"),
    ("pa", "\u0a00", "\u0a7f"),
    ("ta", "\u0b80", "\u0bff"),
    ("te", "\u0c00", "\u0c7f"),
    ("th", "\u0e00", "\u0e7f"),
)
_WRITTEN_IN = {
    "ja": ("ja",),
    "ko": ("ko",),
    "zh": ("zh", "yue", "ja"),
    "ru": ("ru", "uk", "bg", "sr"),
    "el": ("el",),
    "ar": ("ar", "fa", "ur"),
    "he": ("he",),
    "hi": ("hi", "ne", "sa"),
    "bn": ("bn",),
    "pa": ("pa",),
    "ta": ("ta",),
    "te": ("te",),
    "th": ("th",),
}
"""By what letters tell, the languages that are written in them."""


class AceStep(SoundAdapter):
    """The turbo checkpoint: guidance is distilled into it, so each step is one call of the transformer."""

    def open(self, parts: Parts) -> None:
        diffusers, transformers = library("diffusers"), library("transformers")
        encoders = library("diffusers.pipelines.ace_step.modeling_ace_step")
        conditions = parts.component(encoders.AceStepConditionEncoder, "condition_encoder")
        if not bool(conditions.silence_latent.any()):
            # Zeros are what the class starts with; the model hums where it is given them for silence.
            raise parts.damaged("condition_encoder")
        self._pipeline: Any = parts.place(
            parts.pipeline(
                diffusers.AceStepPipeline,
                vae=open_oobleck(parts),
                text_encoder=transformers.Qwen3Model,
                tokenizer=transformers.AutoTokenizer,
                transformer=diffusers.AceStepTransformer1DModel,
                condition_encoder=conditions,
                scheduler=diffusers.FlowMatchEulerDiscreteScheduler,
            )
        )

    def close(self) -> None:
        self._pipeline = None

    def play(self, piece: Playing) -> tuple[Wave, int]:
        made = self._pipeline(
            prompt=piece.prompt,
            lyrics=piece.lyrics.strip() or NO_VOICE,
            vocal_language=sung_in(piece.lyrics, piece.language, self.parts.manifest.languages),
            audio_duration=safe_seconds(piece.seconds, self._pipeline.latents_per_second),
            num_inference_steps=piece.steps,
            guidance_scale=piece.guidance,
            shift=float(self.parts.setting("shift", 3.0)),
            generator=piece.generator,
            callback_on_step_end=piece.progress.callback(),
        ).audios
        return cast("Wave", made[0].float().cpu().numpy()), int(self._pipeline.sample_rate)


def safe_seconds(seconds: float, latents_a_second: float) -> float:
    """The shortest length from `seconds` on that the pipeline, which rounds to latents twice, rounds alike both times.

    `ceil(n / 25 * 25)` is n + 1 for n = 411 and six percent of others: sources and noise then differ in length and the
    pipeline fails. Seen with diffusers 0.42.1 (`AceStepPipeline.__call__`, `prepare_latents`).
    """
    latents = math.ceil(seconds * latents_a_second)
    while math.ceil(latents / latents_a_second * latents_a_second) != latents:
        latents += 1
    return latents / latents_a_second


def sung_in(lyrics: str, language: str, known: Collection[str]) -> str:
    """The language of the lyrics as ACE-Step names it: the one stated, if it is `known` and written in these letters.

    Else what the letters tell: "unknown" without lyrics, and for Latin ones (an English song in a Russian film).
    """
    letters = language_of(lyrics)
    stated = language.partition("-")[0].lower()
    if letters == "unknown":
        other = any(stated in written for written in _WRITTEN_IN.values())
        return stated if stated in known and not other and lyrics.strip() else letters
    return stated if stated in known and stated in _WRITTEN_IN[letters] else letters


def language_of(lyrics: str) -> str:
    """The language that the letters tell, as ACE-Step names it; "unknown" where they tell none (Latin letters, no lyrics)."""
    return next((code for code, first, last in _SCRIPTS if any(first <= letter <= last for letter in lyrics)), "unknown")
