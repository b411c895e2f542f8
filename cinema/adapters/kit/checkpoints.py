"""State dictionaries of models whose release is not a folder of safetensors: a pickle is read only where its hash is stated."""

from __future__ import annotations

from typing import Any

from cinema.adapters.kit.libraries import library
from cinema.adapters.kit.parts import Parts
from cinema.errors import MissingModelError
from cinema.weights.pickles import is_pickle, read_pickle


def state_dict(parts: Parts, *names: str) -> Any:
    """What the first of these files that is in the model's folder holds, on the CPU.

    MissingModelError where none is, or it is damaged; InputError for a pickle whose SHA-256 neither manifest nor lock states.
    """
    for name in names:
        path = parts.folder / name
        if path.is_file():
            if is_pickle(name):
                return read_pickle(path, parts.manifest)
            try:
                return library("safetensors.torch").load_file(path)
            except library("safetensors").SafetensorError as exc:
                raise parts.damaged(name) from exc
    model = parts.manifest.id
    raise MissingModelError(
        f"The weights of {model} are incomplete: {parts.folder} has no {' or '.join(names)}; run `cinema models pull {model}`."
    )
