"""Where a pipeline's components stay while it works: on the card, or in host memory until they are needed.

Weights never change, so a component that leaves the card is not copied back: its copy there is dropped, and the one that
was kept in host memory stands (moving 63 GB back took 27.2 s, dropping it 1.08 s; H200, see docs/decisions/0009).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cinema.adapters.kit.libraries import library
from cinema.adapters.kit.parts import Parts

_ALIGNMENT_BYTES = 64


def place(parts: Parts, pipeline: Any) -> Any:
    """Put the components where the load plan wants them; on a CPU everything is already where it works.

    May be called for several pipelines over the same components.
    """
    return pipeline if parts.device.type == "cpu" else placed(parts, pipeline)


def placed(parts: Parts, pipeline: Any) -> Any:
    """`place` on any device, a CPU too."""
    match parts.plan.load_plan:
        case "resident":
            pipeline.to(parts.device)
        case "component_offload":
            for module in _modules(pipeline).values():
                attach(module, parts.stage)
        case "group_offload":
            pipeline.enable_group_offload(
                onload_device=parts.device,
                offload_type="leaf_level",
                use_stream=parts.device.type != "cpu",
                exclude_modules=[name for name, module in _modules(pipeline).items() if _stays_whole(name, module)],
            )
    return pipeline


def _stays_whole(name: str, module: Any) -> bool:
    """Whether no hook on a layer would bring its weights when they are read: such a component stays on the device.

    SigLIP's pooling head reads its projection's weights without calling it; diffusers says the like of its Oobleck, whose
    weights are put together before a layer's turn.
    """
    return name == "image_encoder" or not getattr(module, "_supports_group_offloading", True)


class HostCopy:
    """A module's weights, once, in one block of host memory of exactly their size, locked where there is a card.

    torch's own allocator of locked memory rounds to powers of two (6 GiB asked, 10 GiB locked), so the block is registered.
    Copies are ordinary tensors even where they are made within inference mode: what the module is outlives that.
    """

    def __init__(self, module: Any, *, lock: bool) -> None:
        torch = library("torch")
        self._tensors = [*module.parameters(), *module.buffers()]
        self._spans: list[tuple[int, int]] = []
        offset = 0
        for tensor in self._tensors:
            size = tensor.numel() * tensor.element_size()
            self._spans.append((offset, size))
            offset += -(-size // _ALIGNMENT_BYTES) * _ALIGNMENT_BYTES
        self.size_bytes = offset
        self._block = torch.empty(offset, dtype=torch.uint8)
        self._locked = lock and offset > 0 and _registered(self._block)
        self._views = self._over(self._block)
        for tensor, view in zip(self._tensors, self._views, strict=True):
            view.copy_(tensor.data)
            tensor.data = view

    def onto(self, device: Any) -> None:
        """Point the module at a copy on the device; the copy is one transfer, asynchronous from locked memory."""
        with library("torch").inference_mode(False):
            block = self._block.to(device, non_blocking=True, copy=True)
            for tensor, view in zip(self._tensors, self._over(block), strict=True):
                tensor.data = view

    def off(self) -> None:
        """Point the module at host memory again; what was on the device is free once nothing uses it."""
        for tensor, view in zip(self._tensors, self._views, strict=True):
            tensor.data = view

    def __del__(self) -> None:
        if getattr(self, "_locked", False):
            library("torch").cuda.cudart().cudaHostUnregister(self._block.data_ptr())

    def _over(self, block: Any) -> list[Any]:
        return [
            block[start : start + size].view(tensor.dtype).view(tensor.shape)
            for tensor, (start, size) in zip(self._tensors, self._spans, strict=True)
        ]


@dataclass
class _Held:
    copy: HostCopy
    name: str


class Stage:
    """The card, as seen by components that take turns on it. One is there at a time; the next one sends it off.

    `listener`, for tests and traces, is told ("onto" | "off", component class, bytes).
    """

    def __init__(self, device: Any, listener: Callable[[str, str, int], None] | None = None) -> None:
        self.device = device
        self._listener = listener
        self._present: _Held | None = None

    def enter(self, held: _Held) -> None:
        """Bring a component onto the card, in the place of the one that is there."""
        if self._present is held:
            return
        self.leave()
        held.copy.onto(self.device)
        self._present = held
        self._tell("onto", held)

    def leave(self) -> None:
        """Send off the component that is on the card."""
        if self._present is not None:
            present, self._present = self._present, None
            present.copy.off()
            self._tell("off", present)

    def _tell(self, what: str, held: _Held) -> None:
        if self._listener is not None:
            self._listener(what, held.name, held.copy.size_bytes)


def attach(module: Any, stage: Stage) -> None:
    """Let `module` come onto the stage whenever it is called (or its `encode` and `decode`, where diffusers asks hooks).

    A module that is quantised by bitsandbytes, whose tensors are more than their bytes, stays on the device. One that is
    already attached stays as it is.
    """
    hooks = library("accelerate.hooks")
    if hasattr(module, "_hf_hook"):
        return
    if _quantised(module):
        module.to(stage.device)
        return
    held = _Held(HostCopy(module, lock=stage.device.type == "cuda"), type(module).__name__)

    class _Enter(hooks.ModelHook):
        execution_device = stage.device

        def pre_forward(self, module: Any, *args: Any, **kwargs: Any) -> tuple[Any, Any]:
            stage.enter(held)
            return args, kwargs

    hooks.add_hook_to_module(module, _Enter())


def _quantised(module: Any) -> bool:
    return any(type(parameter).__module__.startswith("bitsandbytes") for parameter in module.parameters())


def _registered(block: Any) -> bool:
    """Whether the block could be locked in memory, so that the card reads it at line rate."""
    torch = library("torch")
    return int(torch.cuda.cudart().cudaHostRegister(block.data_ptr(), block.numel(), 0)) == 0


def _modules(pipeline: Any) -> Mapping[str, Any]:
    torch = library("torch")
    return {name: part for name, part in pipeline.components.items() if isinstance(part, torch.nn.Module)}
