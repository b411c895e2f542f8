"""The autoencoder of sound that Stable Audio and ACE-Step share."""

from __future__ import annotations

import warnings
from typing import Any

from cinema.adapters.kit.libraries import library
from cinema.adapters.kit.parts import Parts


def open_oobleck(parts: Parts, name: str = "vae") -> Any:
    """The autoencoder in the subfolder `name`, which decodes in pieces: ten minutes at once would be tens of GB.

    diffusers 0.42.1 says in ACE-Step's pipeline that it turns this on, and does not. Its weights are kept as length and
    direction and multiplied before each call, where they lie: group offload, which moves them later, would mix devices. So
    they are multiplied here, once.
    """
    torch = library("torch")
    with warnings.catch_warnings():
        # diffusers builds it with a form of weight normalisation that torch has replaced.
        warnings.filterwarnings("ignore", message=r"`torch.nn.utils.weight_norm` is deprecated", category=FutureWarning)
        vae = parts.component(library("diffusers").AutoencoderOobleck, name)
    for module in vae.modules():
        if hasattr(module, "weight_g"):
            torch.nn.utils.remove_weight_norm(module)
    vae.requires_grad_(False)
    vae.enable_tiling()
    return vae
