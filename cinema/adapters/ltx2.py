"""Family `ltx2`: LTX-2 and 2.3 (Lightricks) through diffusers' condition pipeline: a picture and its own sound together.

Six guidance values decide how often the transformer runs a step: with all of them off, as distilled weights want it, once;
each kind (words, perturbed blocks, the other modality) that is on for picture or sound adds to it.
Licence, repositories and settings: `models/ltx-2*.toml`. Unproven: memory of each load plan, looks and sound, speed, and
two stages on released weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from cinema.adapters.contract import Job, Product, ProductFile
from cinema.adapters.dsp import Wave
from cinema.adapters.kit.frames import Frames, quantised
from cinema.adapters.kit.libraries import library
from cinema.adapters.kit.parts import Parts
from cinema.adapters.kit.sound import at_film_rate, in_stereo, lasting, write_sound
from cinema.adapters.kit.video import Shooting, VideoAdapter
from cinema.adapters.kit.windows import Window
from cinema.errors import InputError
from cinema.events import Watch
from cinema.media import Picture
from cinema.plan.task import VideoRequest
from cinema.timebase import SAMPLE_RATE_HZ, sample_at

_NEXT_TO_NOTHING = 1e-9
_UNGUIDED: dict[str, Any] = {
    "guidance_scale": 1.0,
    "audio_guidance_scale": 1.0,
    "stg_scale": 0.0,
    "audio_stg_scale": 0.0,
    "modality_scale": 1.0,
    "audio_modality_scale": 1.0,
    "guidance_rescale": 0.0,
    "audio_guidance_rescale": 0.0,
}
"""All off: one call a step. The pipeline's own defaults are those of the weights that are not distilled."""


class Ltx2(VideoAdapter):
    """A window's first frames may be given: a keyframe, or 8k+1 frames of the window before.

    The setting `two_stage` (distilled weights only, which have a `latent_upsampler`) makes the picture at half the size,
    enlarges its latents, and goes over them in three more steps.
    """

    in_tiles = True

    def assemble(self, parts: Parts) -> Any:
        diffusers = library("diffusers")
        self._distilled = bool(parts.setting("distilled", False))
        return parts.pipeline(
            diffusers.LTX2ConditionPipeline,
            scheduler=self._open_scheduler(parts),
            vae=diffusers.AutoencoderKLLTX2Video,
            audio_vae=diffusers.AutoencoderKLLTX2Audio,
            transformer=diffusers.LTX2VideoTransformer3DModel,
            vocoder=_open_vocoder(parts),
            connectors=_Connected(_picture_width(parts)),
        )

    def open(self, parts: Parts) -> None:
        super().open(parts)
        self._sounds: list[tuple[Wave, int, int, float]] = []
        self._upsampler: Any = None
        if parts.setting("two_stage", False):
            if not self._distilled:
                raise InputError(f"{parts.manifest.id} has the setting two_stage, which needs distilled weights; take it out.")
            kind = library("diffusers.pipelines.ltx2").LTX2LatentUpsamplerModel
            self._upsampler = parts.component(kind, "latent_upsampler").to(parts.device)

    def close(self) -> None:
        super().close()
        self._upsampler = None
        self._sounds = []

    def assemble_encoders(self, parts: Parts) -> Any:
        diffusers, transformers, ltx2 = (library(name) for name in ("diffusers", "transformers", "diffusers.pipelines.ltx2"))
        return parts.pipeline(
            diffusers.LTX2ConditionPipeline,
            text_encoder=transformers.Gemma3ForConditionalGeneration,
            # Words stand at the right, and the connectors must know; the repository's tokenizer need not say so.
            tokenizer=parts.pretrained(transformers.PreTrainedTokenizerFast, "tokenizer", padding_side="left"),
            connectors=ltx2.LTX2TextConnectors,
        )

    def encode(self, prompt: str, negative_prompt: str) -> Mapping[str, Any]:
        """What the connectors give, 16 MB a text, picture's and sound's beside each other.

        The encoder's own states, which the pipeline would take, are 385 MB: those of all 49 layers.
        """
        torch, encoders = library("torch"), self._encoders
        prompts = encoders.encode_prompt(
            prompt=prompt, negative_prompt=negative_prompt, do_classifier_free_guidance=True, device=self.parts.device
        )
        found: dict[str, Any] = {}
        for prefix, states, mask in (("", *prompts[:2]), ("negative_", *prompts[2:])):
            picture, sound, seen = encoders.connectors(states, mask, padding_side=encoders.tokenizer_padding_side)
            found[prefix + "prompt_embeds"] = torch.cat([picture, sound], dim=-1)
            found[prefix + "prompt_attention_mask"] = seen
        return found

    def total_steps(self, window: Window, steps: int) -> int:
        return self._least(steps) + (len(_second_stage()) if self._upsampler is not None else 0)

    def _least(self, steps: int) -> int:
        """A schedule that is stretched to end at a given sigma has two steps at least."""
        return steps if self._distilled else max(steps, 2)

    def run(self, job: Job, out: Path, watch: Watch) -> Product:
        self._sounds.clear()
        return super().run(job, out, watch)

    def shoot(self, window: Shooting) -> Frames:
        first = {**self._guidance(window), **self._schedule(window.steps)}
        if self._upsampler is None:
            made = self._made(window, (window.width_px, window.height_px), first)
        else:
            made = self._in_two_stages(window, first)
        wave = np.ascontiguousarray(made.audio[0].float().cpu().numpy())
        overlap = 0 if window.before is None else len(window.before)
        # The rate is the vocoder's own: 24 kHz in 2.0, 48 kHz in 2.3.
        rate_hz = int(self._pipeline.vocoder.config.output_sampling_rate)
        self._sounds.append((in_stereo(at_film_rate(wave, rate_hz)), window.frames, overlap, window.fps))
        frames = quantised(made.frames[0])
        top, left = (frames.shape[1] - window.height_px) // 2, (frames.shape[2] - window.width_px) // 2
        return frames[:, top : top + window.height_px, left : left + window.width_px]

    def _in_two_stages(self, window: Shooting, first: dict[str, Any]) -> Any:
        width_px, height_px = (-(-side // 64) * 64 for side in (window.width_px, window.height_px))
        half = self._made(window, (width_px, height_px), first | {"output_type": "latent"}, parts_of=2)
        latents = self._upsampler(half.frames.to(self.parts.device, self._upsampler.dtype)).float()
        again = {**_UNGUIDED, "sigmas": _second_stage(), "num_inference_steps": len(_second_stage())}
        again |= {"latents": latents, "audio_latents": half.audio}
        return self._made(window, (width_px, height_px), again)

    def sounds(self, out: Path, request: VideoRequest) -> tuple[ProductFile, ...]:
        """`sound.wav`, stereo, as long as the clip; sounds of windows are cross-faded where their pictures overlap."""
        samples = sample_at(request.length_frames, request.fps)
        return (write_sound(out, "sound.wav", lasting(np.clip(in_time(self._sounds), -1, 1), samples, 0.03)),)

    def _made(self, window: Shooting, size: tuple[int, int], how: dict[str, Any], *, parts_of: int = 1) -> Any:
        """A run of the pipeline at `size` divided by `parts_of`; what is given of the picture is widened to `size`."""
        return window.given_to(
            self._pipeline,
            **self.embeddings(window.prompt, window.negative_prompt),
            **how,
            conditions=_conditions(window, size, self.parts.setting("image_crf")),
            width=size[0] // parts_of,
            height=size[1] // parts_of,
            num_frames=window.frames,
            frame_rate=window.fps,
            spatio_temporal_guidance_blocks=[int(self.parts.setting("stg_block", 28))],
            use_cross_timestep=bool(self.parts.setting("use_cross_timestep", True)),
        )

    def _guidance(self, window: Shooting) -> dict[str, Any]:
        values = {
            "guidance_scale": window.guidance,
            "stg_scale": float(self.parts.setting("stg_scale", 0.0)),
            "modality_scale": float(self.parts.setting("modality_scale", 1.0)),
            "guidance_rescale": float(self.parts.setting("guidance_rescale", 0.0)),
        }
        settings = ("audio_guidance", "audio_stg_scale", "audio_modality_scale", "audio_guidance_rescale")
        for (name, value), setting in zip(tuple(values.items()), settings, strict=True):
            heard = float(self.parts.setting(setting, value))
            # The pipeline takes a 0 of the sound for "as the picture's" (`x or y`, diffusers 0.42.1).
            values[f"audio_{name}"] = heard if heard or not value else _NEXT_TO_NOTHING
        return values

    def _schedule(self, steps: int) -> dict[str, Any]:
        """Distilled weights know the sigmas that they were distilled for; another number of steps lies between those."""
        if not self._distilled:
            return {"num_inference_steps": self._least(steps)}
        own = [*library("diffusers.pipelines.ltx2.utils").DISTILLED_SIGMA_VALUES, 0.0]
        places = np.linspace(0, len(own) - 1, steps, endpoint=False)
        return {"num_inference_steps": steps, "sigmas": [float(one) for one in np.interp(places, range(len(own)), own)]}

    def _open_scheduler(self, parts: Parts) -> Any:
        """The repository's, which shifts sigmas by the picture's size; those of distilled weights are final."""
        as_they_are = {"use_dynamic_shifting": False, "shift": 1.0, "shift_terminal": None} if self._distilled else {}
        return parts.pretrained(library("diffusers").FlowMatchEulerDiscreteScheduler, "scheduler", **as_they_are)


class _Connected:
    """In the place of the connectors: takes apart what they gave when the prompt was encoded."""

    def __init__(self, picture_width: int) -> None:
        self._width = picture_width

    def __call__(self, embeddings: Any, mask: Any, **_: Any) -> tuple[Any, Any, Any]:
        return embeddings[..., : self._width], embeddings[..., self._width :], mask


def _picture_width(parts: Parts) -> int:
    """Of what the connectors give for the picture."""
    config = parts.config("connectors/config.json")
    heads = int(config["video_connector_num_attention_heads"])
    return heads * int(config["video_connector_attention_head_dim"])


def _open_vocoder(parts: Parts) -> Any:
    """That of 2.3, which widens the band, in float32, as its vendor runs it: in bfloat16 a long chain of layers adds up errors.

    Source: `VocoderWithBWE` of Lightricks/LTX-2; diffusers 0.42.1 runs it in whatever it was loaded in.
    """
    ltx2, torch = library("diffusers.pipelines.ltx2"), library("torch")
    if parts.config("vocoder/config.json").get("_class_name") != "LTX2VocoderWithBWE":
        return parts.component(ltx2.LTX2Vocoder, "vocoder")
    vocoder = parts.component(ltx2.LTX2VocoderWithBWE, "vocoder", dtype=torch.float32)
    vocoder.register_forward_pre_hook(_in_full)
    return vocoder


def _in_full(_vocoder: Any, given: tuple[Any, ...]) -> tuple[Any, ...]:
    return (given[0].float(), *given[1:])


def _second_stage() -> list[float]:
    return list(library("diffusers.pipelines.ltx2.utils").STAGE_2_DISTILLED_SIGMA_VALUES)


def _conditions(window: Shooting, size: tuple[int, int], crf: Any) -> list[Any] | None:
    """A still is compressed as the model's training pictures were (`crf`; None: 33); frames of a clip are not."""
    condition = library("diffusers.pipelines.ltx2.pipeline_ltx2_condition").LTX2VideoCondition
    if window.before is not None:
        return [condition(frames=[_widened(one, size) for one in window.before], index=0, strength=1.0)]
    if window.keyframe is not None:
        return [condition(frames=_widened(window.keyframe, size), index=0, strength=1.0, crf=crf)]
    return None


def _widened(picture: Picture, size: tuple[int, int]) -> Any:
    """The picture in the middle of that size, its edges drawn out, so that the middle of what is made is in its place."""
    across, down = size[0] - picture.shape[1], size[1] - picture.shape[0]
    sides = ((down // 2, down - down // 2), (across // 2, across - across // 2), (0, 0))
    return Image.fromarray(np.pad(picture, sides, mode="edge"))


def in_time(sounds: list[tuple[Wave, int, int, float]]) -> Wave:
    """One wave of the sounds of windows (wave, frames, overlap in frames, frames a second), each in its place in time."""
    frames = sum(frames - overlap for _, frames, overlap, _ in sounds)
    whole = np.zeros((2, round(frames / sounds[0][3] * SAMPLE_RATE_HZ)), dtype=np.float32)
    made = 0
    for wave, length, overlap, fps in sounds:
        start, end = (round(place / fps * SAMPLE_RATE_HZ) for place in (made - overlap, made - overlap + length))
        fade = round(made / fps * SAMPLE_RATE_HZ) - start
        rise = np.sin(np.linspace(0, np.pi / 2, fade, dtype=np.float32)) if fade else np.ones(0, dtype=np.float32)
        piece = np.zeros((2, end - start), dtype=np.float32)
        piece[:, : wave.shape[1]] = wave[:, : end - start]
        whole[:, start : start + fade] *= rise[::-1]
        piece[:, :fade] *= rise
        whole[:, start:end] += piece
        made += length - overlap
    return whole
