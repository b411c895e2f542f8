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
            # SigLIP's pooling head reads its projection's weights without calling it, so no hook would bring them.
            whole = [name for name in ("image_encoder",) if pipeline.components.get(name) is not None]
            pipeline.enable_group_offload(
                onload_device=parts.device, offload_type="leaf_level", use_stream=True, exclude_modules=whole
            )
    return pipeline


def companion(parts: Parts, first: Any, second: Any) -> Any:
    """`second` placed, a pipeline over the same components as `first`, which was placed already (or is None).

    Component offload keeps its hooks by pipeline, and each call sets them anew; resident and group-offloaded modules are
    where they belong, and take no second set of hooks.
    """
    return place(parts, second) if first is None or parts.plan.load_plan == "component_offload" else second
