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

from cinema.adapters.kit.frames import Frames
from cinema.adapters.kit.libraries import library
from cinema.adapters.kit.parts import Parts
from cinema.adapters.kit.video import Shooting, VideoAdapter
from cinema.errors import InputError

_PROMPT_TOKENS = 512
"""As the pipelines' own calls have it; their `encode_prompt` alone would stop at 226."""


class Wan(VideoAdapter):
    """A window starts from words, from a keyframe, or from the last frame of the window before."""

    _from_text: Any = None
    _from_picture: Any = None

    def assemble(self, parts: Parts) -> Any:
        diffusers, torch = library("diffusers"), library("torch")
        kind = diffusers.WanTransformer3DModel
        components: dict[str, Any] = {
            "scheduler": scheduler(parts, parts.setting("flow_shift")),
            # The vendor decodes in float32; in bfloat16 the picture bands (diffusers' documentation of Wan).
            "vae": parts.component(diffusers.AutoencoderKLWan, "vae", dtype=torch.float32),
            "transformer": parts.component(kind, "transformer"),
            "expand_timesteps": bool(parts.setting("expand_timesteps", False)),
        }
        if parts.has("transformer_2"):
            components["transformer_2"] = parts.component(kind, "transformer_2")
            components["boundary_ratio"] = float(parts.manifest.settings["boundary_ratio"])
        takes_picture = components["transformer"].config.in_channels > components["vae"].config.z_dim
        if not takes_picture:
            self._from_text = parts.pipeline(diffusers.WanPipeline, **components)
        if components["expand_timesteps"] or takes_picture:
            self._from_picture = parts.pipeline(diffusers.WanImageToVideoPipeline, **components)
        return self._from_text or self._from_picture

    def close(self) -> None:
        super().close()
        self._from_text = self._from_picture = None

    def assemble_encoders(self, parts: Parts) -> Any:
        # The pipeline cleans prompts by ftfy, and does without where it is not installed: other words, another picture.
        library("ftfy")
        transformers = library("transformers")
        return parts.pipeline(
            library("diffusers").WanPipeline, text_encoder=transformers.UMT5EncoderModel, tokenizer=transformers.AutoTokenizer
        )

    def encode(self, prompt: str, negative_prompt: str) -> Mapping[str, Any]:
        names = ("prompt_embeds", "negative_prompt_embeds")
        both = self._encoders.encode_prompt(
            prompt=prompt,
            negative_prompt=negative_prompt,
            do_classifier_free_guidance=True,
            max_sequence_length=_PROMPT_TOKENS,
            device=self.parts.device,
        )
        return dict(zip(names, both, strict=True))

    def shoot(self, window: Shooting) -> Frames:
        pipeline, start = self._start(window)
        return window.through(
            pipeline, **self.embeddings(window.prompt, window.negative_prompt), **start, **self._second_guidance()
        )

    def _start(self, window: Shooting) -> tuple[Any, dict[str, Any]]:
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
