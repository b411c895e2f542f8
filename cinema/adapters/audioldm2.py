"""Family `audioldm2`: AudioLDM 2 through diffusers: effects and ambiences, 16 kHz mono, about 10 s.

Licence and settings: `models/audioldm2.toml`. Unproven: the sound of the released weights; half precision on a GPU.
"""

from __future__ import annotations

from typing import Any, cast

from cinema.adapters.dsp import Wave
from cinema.adapters.kit.libraries import library
from cinema.adapters.kit.parts import Parts
from cinema.adapters.kit.sound import Playing, SoundAdapter
from cinema.adapters.kit.tokens import limited_length

_LONGEST_TEXT = 77


class AudioLdm2(SoundAdapter):
    """Two text encoders and a small language model make the condition; a latent mel spectrogram is drawn and voiced."""

    def open(self, parts: Parts) -> None:
        diffusers, transformers = library("diffusers"), library("transformers")
        self._pipeline: Any = parts.place(
            parts.pipeline(
                diffusers.AudioLDM2Pipeline,
                vae=diffusers.AutoencoderKL,
                text_encoder_2=transformers.T5EncoderModel,
                projection_model=diffusers.AudioLDM2ProjectionModel,
                # The repository's index names GPT2Model, which lacks what the pipeline's generation needs.
                language_model=transformers.GPT2LMHeadModel,
                tokenizer=_tokenizer(parts, transformers.RobertaTokenizerFast, "tokenizer"),
                tokenizer_2=_tokenizer(parts, transformers.T5TokenizerFast, "tokenizer_2"),
                unet=diffusers.AudioLDM2UNet2DConditionModel,
                scheduler=diffusers.DDIMScheduler,
                vocoder=transformers.SpeechT5HifiGan,
            )
        )
        # CLAP is asked for its text features by another way than its call, so no hook would bring it: it stays (0.4 GB).
        self._pipeline.text_encoder = parts.component(transformers.ClapModel, "text_encoder").to(parts.device)

    def close(self) -> None:
        self._pipeline = None

    def play(self, piece: Playing) -> tuple[Wave, int]:
        made = self._pipeline(
            prompt=piece.prompt,
            negative_prompt=str(self.parts.setting("negative_prompt", "Low quality.")),
            audio_length_in_s=piece.seconds,
            num_inference_steps=piece.steps,
            guidance_scale=piece.guidance,
            generator=piece.generator,
            callback=piece.progress.on_step,
        ).audios
        return cast("Wave", made[:1]), int(self._pipeline.vocoder.config.sampling_rate)


def _tokenizer(parts: Parts, kind: Any, name: str) -> Any:
    return limited_length(parts.pretrained(kind, name), _LONGEST_TEXT)
