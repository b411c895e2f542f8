"""A hub on localhost, an empty shelf, and manifests whose weights lie on that hub."""

from __future__ import annotations

import random
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from cinema.catalog import Licence, Manifest, Source, SourceFile
from cinema.testing.hub import TestingHub
from cinema.weights import Lock, WeightsShelf
from cinema.weights.hub import Hub
from cinema.weights.patience import Patience
from cinema.weights.pull import PullEvents, PullPlan, carry_out, plan_pull

REPOSITORY = "owner/model"
QUICK = Patience(tries=4, first_wait_seconds=0.001, longest_wait_seconds=0.01)


def noise(size: int, seed: int = 0) -> bytes:
    return random.Random(seed).randbytes(size)


FILES = {
    "model_index.json": b'{"_class_name": "TestPipeline"}',
    "transformer/config.json": b"{}",
    "transformer/weights.safetensors": noise(200_000),
    "transformer/weights.fp16.safetensors": noise(100_000, 1),
    "transformer/weights.bin": noise(200_000, 2),
    "README.md": b"# A model",
    "original/checkpoint.safetensors": noise(300_000, 3),
}
PATTERNS = ("model_index.json", "transformer/*.json", "transformer/*.safetensors")
CHOSEN = {"model_index.json", "transformer/config.json", "transformer/weights.safetensors"}


def source(*patterns: str | SourceFile, repository: str = REPOSITORY, **more: object) -> Source:
    files = tuple(one if isinstance(one, SourceFile) else SourceFile(path=one) for one in patterns)
    return Source.model_validate({"repository": repository, "files": files, **more})


def manifest(*sources: Source, model: str = "model", **more: object) -> Manifest:
    values = {
        "id": model,
        "name": "A model",
        "roles": ("image",),
        "family": "testing",
        "sources": sources or (source(*PATTERNS),),
    }
    return Manifest.model_validate({**values, "licence": Licence(name="MIT", commercial=True), **more})


@dataclass
class Room:
    """A machine with a cache and a shelf, beside a hub."""

    root: Path
    server: TestingHub
    patience: Patience = QUICK
    environment: dict[str, str] = field(default_factory=dict[str, str])
    said: list[str] = field(default_factory=list[str])
    moved: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])

    @property
    def shelf(self) -> WeightsShelf:
        return WeightsShelf(self.root / "weights")

    @property
    def hub(self) -> Hub:
        base = {"HF_ENDPOINT": self.server.endpoint, "HF_HUB_CACHE": str(self.root / "hub"), "HOME": str(self.root)}
        return Hub(environment={**base, **self.environment}, patience=self.patience)

    def plan(self, model: Manifest, **more: object) -> PullPlan:
        return plan_pull(model, self.shelf, self.hub, **more)  # type: ignore[arg-type]

    def pull(self, model: Manifest, **more: object) -> Lock:
        events = PullEvents(say=self.said.append, moved=lambda done, total: self.moved.append((done, total)))
        return carry_out(self.plan(model, **more), self.shelf, self.hub, events)

    def forget(self) -> None:
        """Remove the shelf, keep the cache."""
        shutil.rmtree(self.root / "weights")
