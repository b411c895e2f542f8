"""Where a pipeline's components stay while it works: on the card, or in host memory until they are needed."""

from __future__ import annotations

from typing import Any

from cinema.adapters.kit.parts import Parts


def place(parts: Parts, pipeline: Any) -> Any:
    """Put the components where the load plan wants them; on a CPU everything is already where it works."""
    if parts.device.type == "cpu":
        return pipeline
    match parts.plan.load_plan:
        case "resident":
            pipeline.to(parts.device)
        case "component_offload":
            pipeline.enable_model_cpu_offload(device=parts.device)
        case "group_offload":
            pipeline.enable_group_offload(onload_device=parts.device, offload_type="leaf_level", use_stream=True)
    return pipeline
