"""Help for the tests of families that speak."""

from pathlib import Path
from typing import Any

from cinema.adapters.contract import InputArtefact, Job
from cinema.events import LocalWatch
from cinema.identity import file_digest
from cinema.plan.task import SpeechRequest


def said(adapter: Any, out: Path, request: SpeechRequest, *inputs: InputArtefact, seed: int = 3) -> str:
    """The digest of what is spoken in a whole run."""
    out.mkdir()
    adapter.run(Job(request=request, seed=seed, inputs=inputs), out, LocalWatch())
    return file_digest(out / "speech.wav")
