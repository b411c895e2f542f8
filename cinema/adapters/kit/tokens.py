"""Models that write token after token: progress and cancel at every token, and sampling from a seed."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from cinema.adapters.kit.libraries import library
from cinema.adapters.kit.parts import Parts
from cinema.adapters.kit.steps import Steps


def ticking(progress: Steps) -> Any:
    """A transformers StoppingCriteriaList that never stops, but ticks at every token (Cancelled passes through `generate`)."""
    transformers, torch = library("transformers"), library("torch")

    class _Tick(transformers.StoppingCriteria):
        def __call__(self, input_ids: Any, scores: Any, **_: Any) -> Any:
            progress.tick()
            return torch.zeros(input_ids.shape[0], dtype=torch.bool, device=input_ids.device)

    return transformers.StoppingCriteriaList([_Tick()])


def limited_length(tokenizer: Any, longest: int) -> Any:
    """`tokenizer`, which pads to at most `longest` tokens where it states no length of its own (a huge number then)."""
    if tokenizer.model_max_length > 100_000:
        tokenizer.model_max_length = longest
    return tokenizer


@contextmanager
def seeded(parts: Parts, seed: int) -> Generator[None]:
    """Within it, torch's own dice (which `generate` throws) fall as `seed` says; after it, as they would have before."""
    torch = library("torch")
    devices = [parts.device] if parts.device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        yield
