"""What a model costs on this machine: seconds to load, seconds a step, peak bytes; beside what the manifest predicts, and
beside the plain pipeline of diffusers with its own offload.

    .venv/bin/python scripts/bench_models.py [MODEL ID ...] [--load-plan resident] [--precision bf16] [--frames 49]
        [--size 768x512] [--steps 8] [--device cuda:0] [--tiny] [--no-plain] [--out docs/measurements/models.md]

Weights are random, of full size, built on the spot from `models/architectures/` (no download): costs are real, pictures and
sounds are noise. `--tiny` takes tiny random checkpoints instead, on the CPU: a test of this script and of the adapters; its
figures say nothing of the models. Without ids the first model of every family and role is taken.
"""

from __future__ import annotations

import argparse
import gc
import inspect
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from cinema.adapters import registry
from cinema.adapters.contract import Device, InputArtefact, Job, LoadPlan, Prepares
from cinema.catalog import Catalog, Manifest, Role
from cinema.errors import CinemaError
from cinema.events import LocalWatch
from cinema.plan.task import ImageRequest, Request, VideoRequest
from cinema.schedule.predict import peak_bytes
from cinema.testing import fullsize
from cinema.testing.samples import brought, request_for
from cinema.testing.tiny import BUILDERS, build

_COLUMNS = (
    *("model", "role", "plan", "what was asked", "load s", "prepare s", "run s", "s a step", "peak GB", "predicted GB"),
    *("peak / predicted", "plain s a step", "ours / plain", "plain peak GB"),
)

_HOW = (
    "Pictures and sounds are noise. Load seconds are those of building random modules, not of reading files. A step is what "
    "the watch is told of: a denoising step, a token, a batch; its seconds are the median. Peaks are the allocator's (none on "
    "a CPU). The plain pipeline holds the same modules, placed by diffusers; both are then asked for the same, in words."
)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What every model is asked for: the options."""

    load_plan: str
    precision: str
    frames: int
    size: tuple[int, int] | None
    steps: int | None
    device: str
    tiny: bool
    plain: bool


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one way of running took. `steps` are the times between the watch's steps; bytes are 0 on a CPU."""

    load_seconds: float
    prepare_seconds: float
    run_seconds: float
    step_seconds: float | None
    peak_bytes: int


def chosen(catalog: Catalog, ids: list[str]) -> list[tuple[Manifest, Role]]:
    """The models named, in each of their roles; else the first of every family and role."""
    found: dict[tuple[object, ...], tuple[Manifest, Role]] = {}
    for manifest in [catalog.manifest(one) for one in ids] or list(catalog.manifests.values()):
        for role in manifest.roles:
            if manifest.sources and manifest.family in BUILDERS and role != "title":
                found.setdefault((manifest.id if ids else manifest.family, role), (manifest, role))
    return list(found.values())


def timed(watch: LocalWatch, act: Callable[[], Any], reset: Callable[[], None]) -> tuple[float, float | None, Any]:
    """Seconds of all, the median seconds between two steps, and what `act` gave."""
    moments: list[float] = []
    watch.on_step = lambda done, total: moments.append(time.perf_counter())
    reset()
    began = time.perf_counter()
    gave = act()
    seconds = time.perf_counter() - began
    gaps = np.diff(moments)[:-1] if len(moments) > 2 else np.diff(moments)
    return seconds, float(np.median(gaps)) if gaps.size else None, gave


class Card:
    """The device's own memory counters; nothing on a CPU."""

    def __init__(self, name: str) -> None:
        import torch

        self._torch, self._name, self.is_card = torch, name, name.startswith("cuda")
        self.title = torch.cuda.get_device_name(name) if self.is_card else platform.processor() or platform.machine()
        self.memory_bytes = torch.cuda.get_device_properties(name).total_memory if self.is_card else 0

    def reset(self) -> None:
        gc.collect()
        if self.is_card:
            self._torch.cuda.synchronize(self._name)
            self._torch.cuda.empty_cache()
            self._torch.cuda.reset_peak_memory_stats(self._name)

    def peak_bytes(self) -> int:
        return self._torch.cuda.max_memory_allocated(self._name) if self.is_card else 0


def ours(
    manifest: Manifest, plan: LoadPlan, request: Request, inputs: tuple[InputArtefact, ...], card: Card, device: str
) -> Cost:
    """Through the adapter, as a worker does it."""
    adapter = registry.create(manifest.family)
    place = Device(name=device, memory_bytes=card.memory_bytes, threads=2)
    card.reset()
    began = time.perf_counter()
    adapter.load(plan, place)
    loaded = time.perf_counter()
    if isinstance(adapter, Prepares):
        adapter.prepare([request], LocalWatch())
    prepared, before = time.perf_counter(), card.peak_bytes()
    watch = LocalWatch()
    with tempfile.TemporaryDirectory() as out:
        job = Job(request=request, seed=1, inputs=inputs)
        run_seconds, step_seconds, product = timed(watch, lambda: adapter.run(job, Path(out), watch), card.reset)
    peak = max(before, product.peak_bytes if card.is_card else 0, card.peak_bytes())
    adapter.unload()
    return Cost(
        load_seconds=loaded - began,
        prepare_seconds=prepared - loaded,
        run_seconds=run_seconds,
        step_seconds=step_seconds,
        peak_bytes=peak,
    )


@contextmanager
def unplaced() -> Iterator[None]:
    """While it holds, adapters leave their pipelines where they were read."""
    from cinema.adapters.kit import residency

    placed, residency.place = residency.place, lambda parts, pipeline: pipeline
    try:
        yield
    finally:
        residency.place = placed


def plain(manifest: Manifest, plan: LoadPlan, request: Request, card: Card, device: str) -> Cost | None:
    """The same components in one pipeline, placed by diffusers, called with words alone; None where there is none."""
    import torch

    if not isinstance(request, VideoRequest | ImageRequest):
        return None
    adapter: Any = registry.create(manifest.family)
    card.reset()
    began = time.perf_counter()
    with unplaced():
        adapter.load(plan, Device(name=device, memory_bytes=card.memory_bytes, threads=2))
        adapter.need_encoders()
    pipeline, encoders = getattr(adapter, "_pipeline", None), getattr(adapter, "_encoders", None)
    parts = getattr(pipeline, "components", None)
    if parts is None or type(pipeline) is not type(encoders):
        adapter.unload()
        return None
    whole = {**parts, **{name: one for name, one in encoders.components.items() if one is not None}}
    if any(one is None for name, one in whole.items() if name not in getattr(pipeline, "_optional_components", ())):
        adapter.unload()
        return None
    merged: Any = type(pipeline)(**whole, **_flags(pipeline, whole))
    merged.set_progress_bar_config(disable=True)
    if card.is_card:
        match plan.load_plan:
            case "resident":
                merged.to(device)
            case "component_offload":
                merged.enable_model_cpu_offload(device=device)
            case "group_offload":
                merged.enable_group_offload(onload_device=torch.device(device), offload_type="leaf_level", use_stream=True)
    loaded = time.perf_counter()
    watch = LocalWatch()
    call = _call(merged, manifest, request, watch)
    run_seconds, step_seconds, _ = timed(watch, lambda: merged(**call), card.reset)
    peak = card.peak_bytes()
    adapter.unload()
    return Cost(
        load_seconds=loaded - began, prepare_seconds=0.0, run_seconds=run_seconds, step_seconds=step_seconds, peak_bytes=peak
    )


def _flags(pipeline: Any, components: dict[str, Any]) -> dict[str, Any]:
    """What else the pipeline was made with: its configuration's plain values that its constructor takes."""
    takes = inspect.signature(type(pipeline).__init__).parameters
    return {k: v for k, v in pipeline.config.items() if k in takes and k not in components}


def _call(pipeline: Any, manifest: Manifest, request: VideoRequest | ImageRequest, watch: LocalWatch) -> dict[str, Any]:
    """Those arguments that the pipeline takes; size and length on the model's grid."""
    import torch

    from cinema.adapters.kit import windows

    steps = request.steps or int(manifest.settings.get("steps", 30))
    done = 0

    def tick(_: Any, __: int, ___: Any, given: dict[str, Any]) -> dict[str, Any]:
        nonlocal done
        done += 1
        watch.step(min(done, steps), steps)
        return given

    width_px, height_px = windows.working_size(request.width_px, request.height_px, manifest.grid)
    wishes = {
        "prompt": request.prompt,
        "width": width_px,
        "height": height_px,
        "num_frames": manifest.grid.frames_for(request.length_frames) if isinstance(request, VideoRequest) else None,
        "num_inference_steps": steps,
        "guidance_scale": float(manifest.settings.get("guidance", 1.0)),
        "generator": torch.Generator("cpu").manual_seed(1),
        "callback_on_step_end": tick,
    }
    takes = inspect.signature(pipeline.__call__).parameters
    return {name: value for name, value in wishes.items() if name in takes and value is not None}


def row(manifest: Manifest, role: Role, asked: Asked, home: Path, card: Card) -> list[str]:
    """The cells of one model in one role."""
    precision = "native" if asked.tiny else asked.precision or manifest.precisions[0]
    load_plan: Any = "resident" if asked.tiny else asked.load_plan or manifest.load_plans[0]
    if asked.tiny:
        manifest = manifest.model_copy(update={"precisions": ("native",), "load_plans": ("resident",)})
    if asked.steps:
        manifest = manifest.model_copy(update={"settings": {**manifest.settings, "steps": asked.steps}})
    weights = home / "weights" / manifest.id
    if not weights.is_dir():
        (build if asked.tiny else fullsize.lay_out)(manifest, weights)
    plan = LoadPlan(manifest=manifest, load_plan=load_plan, precision=precision, weights=weights)
    seconds = 2 if asked.tiny else 10
    request, words = request_for(role, manifest, size=asked.size, frames=asked.frames, seconds=seconds, steps=asked.steps)
    inputs = brought(home)
    with nullcontext() if asked.tiny else fullsize.standing_in():
        mine = ours(manifest, plan, request, inputs[2:] if role == "upscale" else inputs, card, asked.device)
        theirs = plain(manifest, plan, from_words(request), card, asked.device) if asked.plain else None
        alike = ours(manifest, plan, from_words(request), (), card, asked.device) if theirs else mine
    predicted = 0 if asked.tiny else peak_bytes(manifest, load_plan, precision)[0]
    return [
        f"`{manifest.id}`",
        role,
        f"{load_plan}, {precision}",
        words,
        *(f"{seconds:.2f}" for seconds in (mine.load_seconds, mine.prepare_seconds, mine.run_seconds)),
        _number(mine.step_seconds, 3),
        _number(mine.peak_bytes / 1e9 or None),
        _number(predicted / 1e9 or None),
        _number(mine.peak_bytes / predicted if predicted and mine.peak_bytes else None),
        _number(theirs.step_seconds if theirs else None, 3),
        _number(alike.step_seconds / theirs.step_seconds if theirs and theirs.step_seconds and alike.step_seconds else None),
        _number(theirs.peak_bytes / 1e9 if theirs and theirs.peak_bytes else None),
    ]


def from_words(request: Request) -> Request:
    """The same without its pictures: what the plain pipeline is asked for."""
    match request:
        case VideoRequest():
            return replace(request, keyframe=None)
        case ImageRequest():
            return replace(request, references=())
        case _:
            return request


def _number(value: float | None, digits: int = 2) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def page(rows: list[list[str]], troubles: list[str], asked: Asked, card: Card) -> str:
    """Markdown: where and how it was measured, the table, and what could not be."""
    kind = "Tiny random weights: the figures test the script, not the models." if asked.tiny else "Random weights of full size."
    cells = [list(_COLUMNS), ["---"] * len(_COLUMNS), *rows]
    said = "".join(f"\n- {trouble}" for trouble in troubles)
    command = " ".join(["scripts/bench_models.py", *sys.argv[1:]])
    memory = f", {card.memory_bytes / 1e9:.1f} GB" if card.memory_bytes else ""
    return (
        f"# Models on one machine\n\n{card.title}{memory}; {datetime.now(UTC):%Y-%m-%d}; `{command}`. {kind} {_HOW}\n\n"
        + "\n".join(f"| {' | '.join(line)} |" for line in cells)
        + (f"\n\nNot measured:\n{said}" if troubles else "")
        + "\n"
    )


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure models with random weights.")
    parser.add_argument("ids", nargs="*", help="models; the first of every family and role if none is named")
    parser.add_argument("--load-plan", default="", choices=["", "resident", "component_offload", "group_offload"])
    parser.add_argument("--precision", default="", choices=["", "native", "fp32", "bf16", "fp16", "fp8"])
    parser.add_argument("--frames", type=int, default=0)
    parser.add_argument("--size", default="", help="WIDTHxHEIGHT")
    parser.add_argument("--steps", type=int, default=0)
    parser.add_argument("--device", default="")
    parser.add_argument("--tiny", action="store_true", help="tiny checkpoints on the CPU: a test of this script")
    parser.add_argument("--no-plain", action="store_true", help="leave out the plain pipeline")
    parser.add_argument("--out", type=Path, help="write the page here")
    return parser.parse_args()


def main() -> int:
    wishes = options()
    width, _, height = wishes.size.partition("x")
    small = (64, 48) if wishes.tiny else None
    asked = Asked(
        load_plan=wishes.load_plan,
        precision=wishes.precision,
        frames=wishes.frames or (11 if wishes.tiny else 49),
        size=(int(width), int(height)) if wishes.size else small,
        steps=wishes.steps or (2 if wishes.tiny else None),
        device=wishes.device or ("cpu" if wishes.tiny else "cuda:0"),
        tiny=wishes.tiny,
        plain=not wishes.no_plain,
    )
    card, rows, troubles = Card(asked.device), list[list[str]](), list[str]()
    with tempfile.TemporaryDirectory() as home:
        for manifest, role in chosen(Catalog(), wishes.ids):
            try:
                rows.append(row(manifest, role, asked, Path(home), card))
                print(" | ".join(rows[-1]), flush=True)
            except (CinemaError, RuntimeError, MemoryError) as exc:
                troubles.append(f"`{manifest.id}` ({role}): {type(exc).__name__}: {exc}")
                print(troubles[-1], file=sys.stderr, flush=True)
            card.reset()
    text = page(rows, troubles, asked, card)
    if wishes.out:
        wishes.out.write_text(text, encoding="utf-8")
    else:
        print(f"\n{text}")
    return 1 if troubles else 0


if __name__ == "__main__":
    sys.exit(main())
