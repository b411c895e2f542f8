"""The parts of a model, read from its folder as the load plan says. The one place that decides dtype and device."""

from __future__ import annotations

import gc
import inspect
import json
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

from cinema.adapters.contract import Device, LoadPlan
from cinema.adapters.kit.libraries import library
from cinema.errors import InputError, MissingModelError

_TORCH_DTYPES = {"fp32": "float32", "bf16": "bfloat16", "fp16": "float16"}


class Parts:
    """Opens components of one model. Nothing is fetched, no code from a repository runs, weights are safetensors only.

    Raises MissingModelError when the weights, or a part of them, are not here.
    """

    def __init__(self, plan: LoadPlan, device: Device) -> None:
        torch = library("torch")
        _hush()
        if plan.weights is None or not plan.weights.is_dir():
            model = plan.manifest.id
            raise MissingModelError(f"The weights of {model} are not here; fetch them with `cinema models pull {model}`.")
        self.plan = plan
        self.manifest = plan.manifest
        self.folder: Path = plan.weights
        self.device: Any = torch.device(device.name)
        self.threads = device.threads
        self._stage: Any = None
        torch.set_num_threads(max(device.threads, 1))

    @property
    def dtype(self) -> Any:
        """Of the computation: float32 for "native" (CPU, tiny models), bfloat16 below quantised weights."""
        torch = library("torch")
        if self.plan.precision == "native":
            return torch.float32
        return getattr(torch, _TORCH_DTYPES.get(self.plan.precision, "bfloat16"))

    def setting(self, name: str, default: Any = None) -> Any:
        """A fact of the manifest's settings."""
        return self.manifest.settings.get(name, default)

    def has(self, name: str) -> bool:
        """Whether the model's folder holds that part."""
        return (self.folder / name).exists()

    def need(self, name: str) -> None:
        """MissingModelError where the model's folder does not hold that part."""
        if not self.has(name):
            raise self.missing(name)

    def config(self, name: str) -> dict[str, Any]:
        """A JSON file of the model's folder."""
        path = self.folder / name
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except OSError as exc:
            raise self.missing(name) from exc
        except ValueError as exc:
            raise InputError(f"{path} is not valid JSON; fetch the model again with `cinema models verify`.") from exc

    def component(self, kind: Any, name: str, **options: Any) -> Any:
        """A module of class `kind` from the subfolder `name`, for inference, in this plan's precision and place."""
        from cinema.adapters.kit.precision import open_module

        self.need(name)
        return open_module(self, kind, name, options)

    def pretrained(self, kind: Any, name: str, **options: Any) -> Any:
        """What has no weights: a tokenizer, processor or scheduler of class `kind` from the subfolder `name`."""
        self.need(name)
        return kind.from_pretrained(self.folder / name, local_files_only=True, **options)

    def pipeline(self, kind: Any, **components: Any) -> Any:
        """A diffusers pipeline of class `kind` that draws no bars, over these components; what else it knows is None.

        A component that is given by its class is opened (`component`, `pretrained`) from the subfolder of its name.
        """
        module = library("torch").nn.Module
        for name, one in components.items():
            if isinstance(one, type):
                components[name] = (self.component if issubclass(one, module) else self.pretrained)(one, name)
        others = [one.name for one in inspect.signature(kind).parameters.values() if one.default is one.empty]
        made = kind(**{**dict.fromkeys(others), **components})
        made.set_progress_bar_config(disable=True)
        return made

    def place(self, pipeline: Any) -> Any:
        """Put a diffusers pipeline's components where the load plan wants them; gives the pipeline back."""
        from cinema.adapters.kit.residency import place

        return place(self, pipeline)

    @property
    def stage(self) -> Any:
        """The `residency.Stage` on which this model's components take turns."""
        from cinema.adapters.kit.residency import Stage

        self._stage = self._stage or Stage(self.device)
        return self._stage

    def generator(self, seed: int) -> Any:
        """Of noise; on the CPU, so that a seed means the same on every device."""
        torch = library("torch")
        return torch.Generator("cpu").manual_seed(seed)

    def forget(self) -> None:
        """Give freed memory back to the device and the system."""
        torch = library("torch")
        if self._stage is not None:
            self._stage.leave()
        gc.collect()
        if self.device.type == "cuda":
            torch.cuda.empty_cache()

    def peak_bytes(self) -> int:
        """The device's peak since `reset_peak`; 0 where there is none to measure."""
        torch = library("torch")
        return torch.cuda.max_memory_allocated(self.device) if self.device.type == "cuda" else 0

    def reset_peak(self) -> None:
        torch = library("torch")
        if self.device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(self.device)

    def missing(self, name: str) -> MissingModelError:
        """What to raise where the model's folder does not hold that part."""
        model = self.manifest.id
        return MissingModelError(
            f"The weights of {model} are incomplete: {self.folder / name} is missing; run `cinema models pull {model}`."
        )

    def damaged(self, name: str) -> MissingModelError:
        """What to raise where that part of the model's folder is not what it should be."""
        model = self.manifest.id
        return MissingModelError(
            f"The weights of {model} in {self.folder / name} are damaged; run `cinema models verify {model}`, "
            "and pull what is wrong again."
        )


class Opened(ABC):
    """Base of the adapters that open parts: at `load`, until `unload`."""

    parts: Parts

    def load(self, plan: LoadPlan, device: Device) -> None:
        """MissingModelError where weights or libraries are not here."""
        self.parts = Parts(plan, device)
        self.open(self.parts)

    def unload(self) -> None:
        """Nothing of the model stays in memory."""
        self.close()
        self.parts.forget()

    @abstractmethod
    def open(self, parts: Parts) -> None:
        """Open everything."""

    @abstractmethod
    def close(self) -> None:
        """Let go of what `open` opened."""


def _hush() -> None:
    """The libraries' advice and bars are for people at a notebook; errors come through all the same."""
    for name in ("diffusers", "transformers"):
        logs = library(name).utils.logging
        logs.set_verbosity_error()
        logs.disable_progress_bar()
