"""Prompts turned into embeddings, once: for a whole batch together, after which the encoders leave; and calls of pipelines."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cinema.adapters.kit.libraries import library
from cinema.adapters.kit.parts import Opened, Parts
from cinema.adapters.kit.steps import Steps
from cinema.events import Watch
from cinema.plan.task import ImageRequest, Request, VideoRequest

_KEPT = 4096
"""Embeddings kept at most; one is about 4 MB, so 16 GB of host memory at the very most."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What every still and every window of a clip is asked for by; the size is on the model's grid."""

    prompt: str
    negative_prompt: str
    width_px: int
    height_px: int
    steps: int
    guidance: float
    generator: Any
    """A torch.Generator on the CPU."""
    progress: Steps

    def given_to(self, pipeline: Any, **own: Any) -> Any:
        """What a diffusers pipeline gives; `own` is what it is told beside, or in place of, what all are told."""
        told = {
            "width": self.width_px,
            "height": self.height_px,
            "num_inference_steps": self.steps,
            "guidance_scale": self.guidance,
            "generator": self.generator,
            "callback_on_step_end": self.progress.callback(),
            "output_type": "pt",
        }
        return pipeline(**{**told, **own})


class Encoded(Opened):
    """Base of families that draw from a prompt through diffusers, by two pipelines: one that draws, one that encodes.

    `load` opens the first (`assemble`). Encoders are opened when the first prompt comes, and closed after a batch of
    prompts unless the load plan keeps everything resident.
    """

    in_tiles: bool = False
    """Whether the VAE works in tiles even where everything stays resident; in other load plans it always does."""
    _pipeline: Any = None
    _encoders: Any = None

    def __init__(self) -> None:
        self._embeddings: dict[tuple[str, str], Mapping[str, Any]] = {}
        self._encoders_open = False

    def unload(self) -> None:
        self._embeddings.clear()
        self.shut_encoders()
        super().unload()

    def prepare(self, requests: Sequence[Request], watch: Watch) -> None:
        """Encode every prompt that will be asked for, then let the encoders go. What was asked for before is forgotten."""
        wanted = {(r.prompt, r.negative_prompt) for r in requests if isinstance(r, ImageRequest | VideoRequest)}
        self._embeddings = {texts: kept for texts, kept in self._embeddings.items() if texts in wanted}
        fresh = sorted(wanted - self._embeddings.keys())[:_KEPT]
        for number, texts in enumerate(fresh):
            watch.step(number, len(fresh))
            self._remember(texts)
        if fresh and self.parts.plan.load_plan != "resident":
            self.shut_encoders()

    def embeddings(self, prompt: str, negative_prompt: str) -> Mapping[str, Any]:
        """What `encode` gave for these texts, on the device."""
        texts = (prompt, negative_prompt)
        if texts not in self._embeddings:
            self._remember(texts)
            if self.parts.plan.load_plan != "resident":
                self.shut_encoders()
        return {name: _moved(value, self.parts.device) for name, value in self._embeddings[texts].items()}

    def need_encoders(self) -> None:
        """Open the encoders unless they are; for a family whose prompts go with pictures and are encoded one by one.

        Never within inference mode: buffers of what is read there can not be sliced once they lie in host memory.
        """
        if not self._encoders_open:
            with library("torch").inference_mode(False):
                self.open_encoders(self.parts)
            self._encoders_open = True

    def shut_encoders(self) -> None:
        """Give the encoders' memory back."""
        if self._encoders_open:
            self._encoders_open = False
            self.close_encoders()
            self.parts.forget()

    def _remember(self, texts: tuple[str, str]) -> None:
        torch = library("torch")
        self.need_encoders()
        while len(self._embeddings) >= _KEPT:
            del self._embeddings[next(iter(self._embeddings))]
        with torch.inference_mode():
            encoded = self.encode(*texts)
        self._embeddings[texts] = {name: _moved(value, "cpu") for name, value in encoded.items()}

    def open(self, parts: Parts) -> None:
        """Open everything but the text encoders."""
        self._pipeline = parts.place(self.assemble(parts))
        if self.in_tiles or parts.plan.load_plan != "resident":
            self._pipeline.vae.enable_tiling()

    def close(self) -> None:
        self._pipeline = None

    def open_encoders(self, parts: Parts) -> None:
        """Open tokenizers and text encoders."""
        self._encoders = parts.place(self.assemble_encoders(parts))

    def close_encoders(self) -> None:
        """Let go of what `open_encoders` opened."""
        self._encoders = None

    @abstractmethod
    def assemble(self, parts: Parts) -> Any:
        """The pipeline that draws (`parts.pipeline`), without text encoders. Others over the same components need no place."""

    @abstractmethod
    def assemble_encoders(self, parts: Parts) -> Any:
        """A pipeline of tokenizers and text encoders alone."""

    @abstractmethod
    def encode(self, prompt: str, negative_prompt: str) -> Mapping[str, Any]:
        """Arguments of the pipeline's call that stand for the texts: tensors, or lists of tensors, by name."""


def _moved(value: Any, device: Any) -> Any:
    if isinstance(value, list):
        return [_moved(one, device) for one in value]  # pyright: ignore[reportUnknownVariableType]
    return value.to(device) if hasattr(value, "to") else value
