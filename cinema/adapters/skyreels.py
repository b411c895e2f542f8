"""Family `skyreels`: SkyReels-V2 diffusion forcing (Skywork) through diffusers, for long takes from words or a first frame.

A take longer than `base_num_frames` is one window of the kit, made by the pipeline's own long mode: each section goes on from
the last `overlap_history` frames of the one before **as latents**, and all are decoded in one causal pass. The kit's windows
would decode and encode those frames again at every join, and blend pictures where the model itself continues them. So the
manifest's grid has no overlap, and `max_frames` is a length that the vendor shows (30 s).

Words and a first frame want different shifts of the noise and guidance: `flow_shift`, `guidance` and `flow_shift_image`,
`guidance_image`. Unproven: how far a face drifts over 30 s.
"""

from __future__ import annotations

from typing import Any

from PIL import Image

from cinema.adapters.kit import windows
from cinema.adapters.kit.frames import Frames
from cinema.adapters.kit.libraries import library
from cinema.adapters.kit.parts import Parts
from cinema.adapters.kit.video import Shooting
from cinema.adapters.wan import Wan, scheduler


class SkyReels(Wan):
    """One window is one take, from words or from a keyframe. Words are encoded as Wan's are."""

    def assemble(self, parts: Parts) -> Any:
        diffusers, torch = library("diffusers"), library("torch")
        self._from_text = parts.pipeline(
            diffusers.SkyReelsV2DiffusionForcingPipeline,
            vae=parts.component(diffusers.AutoencoderKLWan, "vae", dtype=torch.float32),
            transformer=diffusers.SkyReelsV2Transformer3DModel,
            scheduler=scheduler(parts, parts.setting("flow_shift", 8.0)),
        )
        self._from_picture = parts.pipeline(
            diffusers.SkyReelsV2DiffusionForcingImageToVideoPipeline,
            **{**self._from_text.components, "scheduler": scheduler(parts, parts.setting("flow_shift_image", 5.0))},
        )
        _shorten_last_section(self._from_picture)
        return self._from_text

    def total_steps(self, window: windows.Window, steps: int) -> int:
        return steps * sections(window.frames, self._base_frames, self._overlap)

    def shoot(self, window: Shooting) -> Frames:
        torch = library("torch")
        pipeline, start, guidance = self._from_text, {}, window.guidance
        if window.start is not None:
            pipeline, start = self._from_picture, {"image": Image.fromarray(window.start)}
            if guidance == float(self.parts.setting("guidance", 1.0)):
                guidance = float(self.parts.setting("guidance_image", guidance))
        is_long = window.frames > self._base_frames
        devices = [self.parts.device] if self.parts.device.type == "cuda" else []
        # The noise that is laid over a section's history comes from the global generator (diffusers 0.42.1).
        with torch.random.fork_rng(devices=devices):
            torch.manual_seed(window.generator.initial_seed())
            return window.through(
                pipeline,
                **self.embeddings(window.prompt, window.negative_prompt),
                prompt=None,
                **start,
                fps=round(window.fps),
                base_num_frames=self._base_frames,
                overlap_history=self._overlap if is_long else None,
                addnoise_condition=float(self.parts.setting("addnoise_condition", 20.0)) if is_long else 0.0,
                ar_step=0,
                guidance_scale=guidance,
            )

    @property
    def _base_frames(self) -> int:
        return int(self.parts.setting("base_num_frames", 97))

    @property
    def _overlap(self) -> int:
        return int(self.parts.setting("overlap_history", 17))


def sections(frames: int, base_frames: int, overlap: int) -> int:
    """How many sections the long mode makes a take in; counted in latent frames, four to one."""
    latents, base, history = ((count - 1) // 4 + 1 for count in (frames, base_frames, overlap))
    return 1 if latents <= base else 1 + -(-(latents - base) // (base - history))


def _shorten_last_section(pipeline: Any) -> None:
    """Let the last section of a long take from a picture be shorter than the others.

    diffusers 0.42.1 tells this pipeline's schedule of steps that every section has the full length, and runs past the end of
    a shorter one (IndexError); its sibling for words tells the section's own length, as is done here. To be removed when
    test_skyreels' `test_diffusers_still_needs_the_last_section_shortened` fails.
    """
    schedule = pipeline.generate_timestep_matrix

    def own_length(latents: int, steps: Any, base: int, *others: Any) -> Any:
        return schedule(latents, steps, min(base, latents), *others)

    pipeline.generate_timestep_matrix = own_length
