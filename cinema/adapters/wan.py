"""Family `wan`: Wan 2.1 and 2.2 (Alibaba) through diffusers: from text, from a first frame, with one expert or two.

What a checkpoint can do is read from its parts and the manifest's settings: `expand_timesteps` (TI2V-5B: text or picture),
a transformer that takes more channels than the VAE gives (I2V: a picture only), neither (T2V: text only); `boundary_ratio`
goes with a second expert, `transformer_2`, that takes over below it with `guidance_2`; `flow_shift` replaces the one in the
released scheduler.

The two experts change places once a window, so that under component offload one of them is on the card at a time.
Unproven: the picture at the vendor's shifts, and how well a shot goes on from a single frame.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PIL import Image

from cinema.adapters.kit.frames import Frames, quantised
from cinema.adapters.kit.libraries import library
from cinema.adapters.kit.parts import Parts
from cinema.adapters.kit.residency import companion
from cinema.adapters.kit.video import Shooting, VideoAdapter
from cinema.errors import InputError

_PROMPT_TOKENS = 512
"""As the pipelines' own calls have it; their `encode_prompt` alone would stop at 226."""


class Wan(VideoAdapter):
    """A window starts from words, from a keyframe, or from the last frame of the window before."""

    def open(self, parts: Parts) -> None:
        diffusers, torch = library("diffusers"), library("torch")
        kind = diffusers.WanTransformer3DModel
        modules: dict[str, Any] = {
            "tokenizer": None,
            "text_encoder": None,
            "scheduler": scheduler(parts, parts.setting("flow_shift")),
            # The vendor decodes in float32; in bfloat16 the picture bands (diffusers' documentation of Wan).
            "vae": parts.component(diffusers.AutoencoderKLWan, "vae", dtype=torch.float32),
            "transformer": parts.component(kind, "transformer"),
            "expand_timesteps": bool(parts.setting("expand_timesteps", False)),
        }
        if parts.has("transformer_2"):
            modules["transformer_2"] = parts.component(kind, "transformer_2")
            modules["boundary_ratio"] = float(parts.manifest.settings["boundary_ratio"])
        takes_picture = modules["transformer"].config.in_channels > modules["vae"].config.z_dim
        self._from_text: Any = None
        self._from_picture: Any = None
        if not takes_picture:
            self._from_text = parts.place(diffusers.WanPipeline(**modules))
        if modules["expand_timesteps"] or takes_picture:
            self._from_picture = companion(parts, self._from_text, diffusers.WanImageToVideoPipeline(**modules))
        for pipeline in filter(None, (self._from_text, self._from_picture)):
            pipeline.set_progress_bar_config(disable=True)
        if parts.plan.load_plan != "resident":
            modules["vae"].enable_tiling()

    def close(self) -> None:
        self._from_text = self._from_picture = None

    def open_encoders(self, parts: Parts) -> None:
        self._encoders: Any = umt5(parts, library("diffusers").WanPipeline)

    def close_encoders(self) -> None:
        self._encoders = None

    def encode(self, prompt: str, negative_prompt: str) -> Mapping[str, Any]:
        return encoded(self._encoders, prompt, negative_prompt, self.parts.device)

    def shoot(self, window: Shooting) -> Frames:
        pipeline, start = self._pipeline(window)
        result = pipeline(
            **self.embeddings(window.prompt, window.negative_prompt),
            **start,
            **self._second_guidance(),
            width=window.width_px,
            height=window.height_px,
            num_frames=window.frames,
            num_inference_steps=window.steps,
            guidance_scale=window.guidance,
            generator=window.generator,
            callback_on_step_end=window.progress.callback(),
            output_type="pt",
        )
        return quantised(result.frames[0])

    def _pipeline(self, window: Shooting) -> tuple[Any, dict[str, Any]]:
        model = self.parts.manifest.id
        if window.start is not None:
            if self._from_picture is None:
                raise InputError(f"{model} makes clips from words alone, but was given a picture to start from.")
            return self._from_picture, {"image": Image.fromarray(window.start)}
        if self._from_text is None:
            raise InputError(f"{model} makes clips from a picture, but was given none; give the shot a keyframe.")
        return self._from_text, {}

    def _second_guidance(self) -> dict[str, float]:
        """Of the expert for low noise; the pipelines refuse one where there is no such expert."""
        second = self.parts.setting("guidance_2")
        return {"guidance_scale_2": float(second)} if second is not None and self.parts.has("transformer_2") else {}


def scheduler(parts: Parts, flow_shift: Any) -> Any:
    """The model's own UniPC scheduler, with another shift of its noise levels where one is given."""
    kind = library("diffusers").UniPCMultistepScheduler
    return parts.pretrained(kind, "scheduler", **({} if flow_shift is None else {"flow_shift": float(flow_shift)}))


def umt5(parts: Parts, pipeline: Any) -> Any:
    """A pipeline of the class given that only encodes."""
    transformers = library("transformers")
    # Wan's and SkyReels' pipelines clean prompts by ftfy, and fail by a NameError without it.
    library("ftfy")
    return parts.place(
        pipeline(
            tokenizer=parts.pretrained(transformers.AutoTokenizer, "tokenizer"),
            text_encoder=parts.component(transformers.UMT5EncoderModel, "text_encoder"),
            transformer=None,
            vae=None,
            scheduler=None,
        )
    )


def encoded(encoders: Any, prompt: str, negative_prompt: str, device: Any) -> dict[str, Any]:
    """Embeddings of both texts, padded as the models were trained."""
    names = ("prompt_embeds", "negative_prompt_embeds")
    both = encoders.encode_prompt(
        prompt=prompt,
        negative_prompt=negative_prompt,
        do_classifier_free_guidance=True,
        max_sequence_length=_PROMPT_TOKENS,
        device=device,
    )
    return dict(zip(names, both, strict=True))
