"""From LTX-Video's single-file release to a diffusers folder.

The 2B distilled model of 0.9.8 is released as one safetensors file that holds transformer and VAE under the vendor's own names;
diffusers knows these names (`from_single_file`). Configurations, text encoder, tokenizer and scheduler come from the folder
of 0.9.5, whose architecture is the same: a tensor of another shape, or one that is missing, is refused.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from cinema.adapters.kit.libraries import library
from cinema.errors import InputError, MissingModelError

VERSION = 1
"""Raised when the same input would give another folder."""
_PARTS = {"transformer": "LTXVideoTransformer3DModel", "vae": "AutoencoderKLLTXVideo"}
_COPIED = ("text_encoder", "tokenizer", "scheduler")


def convert(source: Path, target: Path) -> None:
    """Write `target`, an ordinary diffusers folder in bf16, from the released files in `source`.

    Raises MissingModelError for a file that is not there, InputError for weights that are not the configuration's.
    """
    released = sorted(source.glob("*.safetensors"))
    missing = [name for name in _COPIED if not (source / name).is_dir()]
    missing += [f"{name}/config.json" for name in _PARTS if not (source / name / "config.json").is_file()]
    if len(released) != 1 or missing:
        raise MissingModelError(f"{source} lacks {', '.join(missing) or 'the one file that holds transformer and VAE'}.")
    for name, kind in _PARTS.items():
        _opened(kind, name, released[0], source).save_pretrained(target / name)
    for name in _COPIED:
        for path in sorted(one for one in (source / name).rglob("*") if one.is_file()):
            _take(path, target / path.relative_to(source))


def _opened(kind: str, name: str, released: Path, source: Path) -> Any:
    """The part of the release that is called `name`, whole."""
    torch = library("torch")
    options = {"config": str(source), "subfolder": name, "local_files_only": True, "torch_dtype": torch.bfloat16}
    try:
        module = getattr(library("diffusers"), kind).from_single_file(str(released), **options)
    except (KeyError, ValueError, RuntimeError) as exc:
        raise InputError(f"{released} does not hold the {name} that {source / name / 'config.json'} describes: {exc}") from exc
    absent = [key for key, tensor in module.state_dict().items() if tensor.is_meta]
    if absent:
        raise InputError(f"{released} lacks {len(absent)} tensors of the {name}, the first of them {absent[0]}.")
    return module


def _take(path: Path, target: Path) -> None:
    """The same bytes at `target`, without a second copy of them where the file system allows it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(path.resolve(), target)
    except OSError:
        shutil.copyfile(path, target)
