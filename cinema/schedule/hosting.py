"""What a loaded model takes of the machine's own memory."""

from __future__ import annotations

from cinema.catalog import LoadPlanName, Manifest
from cinema.schedule.predict import peak_bytes

_BYTES_PER_PARAMETER = {"native": 4.0, "fp32": 4.0, "bf16": 2.0, "fp16": 2.0, "fp8": 1.0, "int8": 1.0, "nf4": 0.5}
_COPIES = {"resident": 0.0, "component_offload": 1.0, "group_offload": 2.0}
"""How often the weights lie in host memory while the model is used on a card. Two for groups: diffusers keeps the pinned
copies that it streams from beside its own. Estimates, not measured."""


def host_bytes(manifest: Manifest, load_plan: LoadPlanName, precision: str) -> int:
    """Host memory that the model holds in that load plan: as its manifest states, else estimated.

    On a processor that is its peak. On a card it is what is kept beside it, to be moved in when its turn comes.
    """
    if not manifest.needs_gpu:
        return peak_bytes(manifest, load_plan, precision)[0]
    for memory in manifest.memory:
        if memory.load_plan == load_plan and memory.precision == precision and memory.host_bytes:
            return memory.host_bytes
    width = _BYTES_PER_PARAMETER.get(precision, 4.0)
    return round(sum(component.parameters for component in manifest.components) * width * _COPIES[load_plan])
