"""Real-ESRGAN: one file of the released one's name and form, with the network small and its scale the real one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cinema.catalog import Manifest


def build(manifest: Manifest, folder: Path) -> None:
    """Write the checkpoint as safetensors: ESRGAN for x4plus and x2plus, the compact network for the others.

    What comes out is the picture that went in, with some noise: ESRGAN's outer convolutions pass three channels on, and the
    compact network has its shortcut.
    """
    import torch
    from safetensors.torch import save_file
    from torch import nn

    network = small_network(manifest.id)
    convolutions = [module for module in network.modules() if isinstance(module, nn.Conv2d)]
    with torch.no_grad():
        if hasattr(network, "shuffle_factor"):
            _pass_on(convolutions[0], step=(network.shuffle_factor or 1) ** 2)
            for convolution in convolutions[-4:]:
                _pass_on(convolution)
        else:
            for parameter in convolutions[-1].parameters():
                parameter.mul_(0.1)
    files = [Path(file.path).stem for source in manifest.sources for file in source.files] or ["model"]
    save_file(network.state_dict(), folder / f"{files[0]}.safetensors")


def small_network(model: str) -> Any:
    """A random network of the architecture that the model of that id has."""
    from spandrel.architectures.Compact import Compact
    from spandrel.architectures.ESRGAN import ESRGAN

    if model == "realesrgan-x2plus":
        return ESRGAN(in_nc=12, num_filters=8, num_blocks=1, scale=4, shuffle_factor=2)
    if model.startswith("realesrgan"):
        return ESRGAN(num_filters=8, num_blocks=1, scale=4)
    return Compact(num_feat=8, num_conv=2, upscale=4)


def _pass_on(convolution: Any, step: int = 1) -> None:
    """The first three channels go through, of every `step` that come in the first; the rest stays random, and faint."""
    for parameter in convolution.parameters():
        parameter.mul_(0.1)
    middle = convolution.kernel_size[0] // 2
    for channel in range(3):
        convolution.weight[channel, channel * step, middle, middle] += 1.0
