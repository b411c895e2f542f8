"""How long one task of each family takes with tiny random weights, as `--mode tiny` asks for it: a dry run should be quick.

    .venv/bin/python scripts/bench_tiny.py [MODEL ID ...] [--weights DIR]

The request is what a film asks for: a clip of 4 s at the mode's size, a line of 13 words, 20 s of music, 8 s of sound. Prints a
table in Markdown; the figures say nothing of the models.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from cinema.adapters import registry
from cinema.adapters.contract import Device, InputArtefact, Job, LoadPlan, Prepares
from cinema.catalog import Catalog, Manifest, Role
from cinema.errors import CinemaError
from cinema.events import LocalWatch
from cinema.plan.task import MusicRequest, Request
from cinema.testing.samples import brought, request_for
from cinema.testing.tiny import BUILDERS
from cinema.weights.tiny import TinyShelf

_SIZE = (114, 64)
_FRAMES = 97
_SECONDS = {"music": 20, "sound": 8}


def asked_of(manifest: Manifest, role: Role, catalog: Catalog) -> tuple[Request, str]:
    """The request, with the steps that the plan would write into it."""
    usual = {**manifest.settings, **catalog.mode("tiny").settings.get(role, {})}.get("steps")
    steps = int(usual) if isinstance(usual, int) else None
    request, words = request_for(role, manifest, size=_SIZE, frames=_FRAMES, seconds=_SECONDS.get(role, 8), steps=steps)
    sings = isinstance(request, MusicRequest) and manifest.family == "ace_step"
    return (replace(request, lyrics="Light the lamp\nAnd wait for me") if sings else request), words


def measured(manifest: Manifest, role: Role, catalog: Catalog, folder: Path) -> str:
    """The row of one model in one role."""
    held = catalog.held(manifest.id)
    if held is None:
        raise CinemaError(f"{manifest.id}: no tiny weights.")
    inputs: tuple[InputArtefact, ...] = brought(folder)
    request, words = asked_of(manifest, role, catalog)
    adapter = registry.create(manifest.family)
    began = time.perf_counter()
    adapter.load(LoadPlan(manifest=manifest, load_plan="resident", precision="native", weights=held.path), Device(name="cpu"))
    loaded = time.perf_counter()
    steps: list[tuple[int, int]] = []
    watch = LocalWatch()
    watch.on_step = lambda done, total: steps.append((done, total))
    if isinstance(adapter, Prepares):
        adapter.prepare([request], LocalWatch())
    ready = time.perf_counter()
    adapter.run(Job(request=request, seed=1, inputs=inputs[2:] if role == "upscale" else inputs), folder, watch)
    done = time.perf_counter()
    adapter.unload()
    settled = manifest.settings.get("steps")
    shown = "" if settled is None else str(getattr(request, "steps", None) or settled)
    return (
        f"| `{manifest.id}` | {role} | {words} | {shown} | {loaded - began:.1f} | {ready - loaded:.1f} | {done - ready:.1f} | "
        f"{len(steps)} |"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description="Time a task of each family with tiny random weights.")
    parser.add_argument("ids", nargs="*", help="models; the first of every family and role if none is named")
    parser.add_argument("--weights", type=Path, help="where tiny weights lie, or are made")
    wishes = parser.parse_args()
    shelf = TinyShelf(wishes.weights or Path(tempfile.mkdtemp()) / "tiny")
    shipped = Catalog()
    found: dict[tuple[str, Role], str] = {}
    for manifest in shipped.manifests.values():
        for role in manifest.roles:
            if manifest.sources and manifest.family in BUILDERS and role != "title":
                if wishes.ids:
                    if manifest.id in wishes.ids:
                        found[manifest.id, role] = manifest.id
                else:
                    found.setdefault((manifest.family, role), manifest.id)
    shelf.build([shipped.manifest(one) for one in found.values()])
    catalog = shipped.with_shelf(shelf)
    print("| model | role | asked for | steps | load s | prepare s | run s | ticks |\n|---|---|---|---|---|---|---|---|")
    for (_, role), model in found.items():
        with tempfile.TemporaryDirectory() as folder:
            try:
                print(measured(catalog.manifest(model), role, catalog, Path(folder)), flush=True)
            except Exception as exc:
                print(f"{model} {role}: {type(exc).__name__}: {exc}", file=sys.stderr, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
