"""Counts what the manifests say: builds every architecture on the meta device and compares the parameters.

    .venv/bin/python scripts/count_parameters.py [MODEL ID ...]

An architecture is `models/architectures/<name>.json`: the library, the class (its path within the library), its released
configuration, and what was counted. It is built under `torch.device("meta")`, which allocates nothing; accelerate's
`init_empty_weights` would count tied embeddings twice (T5-XXL as 4.89B instead of 4.76B).
"""

from __future__ import annotations

import json
import logging
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cinema.catalog import Catalog, Manifest
from cinema.testing.fullsize import construct

UNBUILT = {"kokoro": "Kokoro's package is no dependency of ours; the figure is its card's and its file's"}
"""Libraries whose architectures are not built here, and why."""


@dataclass(frozen=True, kw_only=True)
class Count:
    """What an architecture's file says and what was counted; `why` tells where nothing was."""

    name: str
    stated: int
    counted: int | None = None
    why: str = ""


def read_architecture(name: str, models: Path) -> dict[str, Any]:
    """The architecture's document."""
    return json.loads((models / "architectures" / f"{name}.json").read_text(encoding="utf-8"))


def count(name: str, models: Path) -> Count:
    """Build the architecture and count its parameters, each shared tensor once."""
    document = read_architecture(name, models)
    if document["library"] in UNBUILT:
        return Count(name=name, stated=document["parameters"], why=UNBUILT[document["library"]])
    try:
        module = _build(document["library"], document["class"], document["config"])
    except ModuleNotFoundError as exc:
        return Count(name=name, stated=document["parameters"], why=f"the module {exc.name!r} is not installed")
    return Count(name=name, stated=document["parameters"], counted=sum(one.numel() for one in module.parameters()))


def _build(library: str, path: str, config: dict[str, Any]) -> Any:
    import torch

    _hush()
    with torch.device("meta"), _filter_banks_on_the_cpu():
        return construct(library, path, config)


@contextmanager
def _filter_banks_on_the_cpu() -> Iterator[None]:
    """The speaker encoder's mel filter bank looks at its own values, which a tensor on the meta device has not."""
    import torch
    import torchaudio.functional as module

    original = module.melscale_fbanks

    def on_the_cpu(*values: Any, **named: Any) -> Any:
        with torch.device("cpu"):
            return original(*values, **named)

    module.melscale_fbanks = on_the_cpu
    try:
        yield
    finally:
        module.melscale_fbanks = original


def _hush() -> None:
    """No advice."""
    for library in ("diffusers", "transformers"):
        logging.getLogger(library).setLevel(logging.ERROR)


def components(manifests: Iterator[Manifest]) -> dict[str, list[tuple[str, str, int]]]:
    """By architecture: which component of which model has it, and the parameters written there."""
    found: dict[str, list[tuple[str, str, int]]] = {}
    for manifest in manifests:
        for one in manifest.components:
            found.setdefault(one.architecture, []).append((manifest.id, one.name, one.parameters))
    return found


def main() -> int:
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    warnings.simplefilter("ignore")
    catalog = Catalog()
    chosen = [catalog.manifest(model) for model in sys.argv[1:]] or list(catalog.manifests.values())
    wrong = 0
    for architecture, users in sorted(components(iter(chosen)).items()):
        result = count(architecture, catalog.models_dir)
        for model, name, written in users:
            agrees = result.counted is None or written == result.counted
            wrong += not agrees
            figure = f"{result.counted:>16,}" if result.counted is not None else f"not counted: {result.why}"
            print(f"{'ok ' if agrees else 'NO '} {model:38} {name:24} {written:>16,} {figure}")
    print(f"{wrong} components disagree." if wrong else "All that was counted agrees.")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
