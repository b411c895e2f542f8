"""Family `stable_audio`: Stable Audio Open 1.0 through diffusers: effects, ambiences and short beds, 44.1 kHz stereo, <= 47 s.

Licence and settings: `models/stable-audio-open.toml`. Unproven: the sound of the released weights; half precision on a GPU.
"""

from __future__ import annotations

import warnings
from typing import Any, cast

from cinema.adapters.dsp import Wave
from cinema.adapters.kit.libraries import library
from cinema.adapters.kit.oobleck import open_oobleck
from cinema.adapters.kit.parts import Parts
from cinema.adapters.kit.sound import Playing, SoundAdapter
from cinema.adapters.kit.tokens import limited_length
from cinema.identity import seed_from

_LONGEST_TEXT = 128
_SPARE_SECONDS = 0.01
"""The pipeline rounds a length down to samples."""


class StableAudio(SoundAdapter):
    """The model always makes its whole window and is told at which second the sound ends; the pipeline cuts there."""

    def open(self, parts: Parts) -> None:
        diffusers, transformers = library("diffusers"), library("transformers")
        vae = open_oobleck(parts)
        tokenizer = parts.pretrained(transformers.T5TokenizerFast, "tokenizer")
        self._pipeline: Any = parts.place(
            parts.pipeline(
                diffusers.StableAudioPipeline,
                vae=vae,
                text_encoder=transformers.T5EncoderModel,
                projection_model=diffusers.StableAudioProjectionModel,
                tokenizer=limited_length(tokenizer, _LONGEST_TEXT),
                transformer=diffusers.StableAudioDiTModel,
                scheduler=_scheduler(parts),
            )
        )
        window = self._pipeline.transformer.config.sample_size * vae.hop_length
        self._longest = window / vae.config.sampling_rate

    def close(self) -> None:
        self._pipeline = None

    def play(self, piece: Playing) -> tuple[Wave, int]:
        made = self._pipeline(
            prompt=piece.prompt,
            negative_prompt=str(self.parts.setting("negative_prompt", "Low quality.")),
            audio_end_in_s=min(piece.seconds + _SPARE_SECONDS, self._longest),
            num_inference_steps=piece.steps,
            guidance_scale=piece.guidance,
            generator=piece.generator,
            callback=piece.progress.on_step,
        ).audios
        return cast("Wave", made[0].float().cpu().numpy()), int(self._pipeline.vae.config.sampling_rate)


def _scheduler(parts: Parts) -> Any:
    """The released scheduler, whose noise, drawn anew at each step, hangs on the seed alone and not on the device."""
    library("torchsde")
    torch, released = library("torch"), library("diffusers").CosineDPMSolverMultistepScheduler
    brownian = library("diffusers.schedulers.scheduling_dpmsolver_sde").BrownianTreeNoiseSampler

    class _Seeded(released):
        noise_sampler: Any

        def step(self, model_output: Any, timestep: Any, sample: Any, generator: Any = None, **options: Any) -> Any:
            if self.noise_sampler is None:
                like = torch.empty(model_output.shape, dtype=torch.float32)
                seed = seed_from(generator.initial_seed(), "brownian")
                path = brownian(like, self.config.sigma_min, self.config.sigma_max, seed=seed)
                self.noise_sampler = _Walk(path, model_output.dtype)
            return super().step(model_output, timestep, sample, generator=generator, **options)

    return parts.pretrained(_Seeded, "scheduler")


class _Walk:
    """The noise of a Brownian path between two sigmas. The last sigma is zero, below the path's start, and takes none."""

    def __init__(self, path: Any, dtype: Any) -> None:
        self._path, self._dtype = path, dtype

    def __call__(self, sigma: Any, after: Any) -> Any:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=r"Should have t[ab][<>]=t[01] but got", module="torchsde")
            return self._path(sigma, after).to(self._dtype)
