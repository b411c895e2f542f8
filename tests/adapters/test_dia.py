"""What is Dia's own: one voice a character without recordings, cues in brackets, English only, frames that end."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from speaking import said

from cinema.adapters.contract import Device, LoadPlan
from cinema.adapters.dia import INTRODUCTION, Dia, _texts
from cinema.catalog import Catalog
from cinema.errors import InputError
from cinema.events import LocalWatch
from cinema.plan.task import SpeechRequest, VoiceSpec
from cinema.testing.tiny import build

pytestmark = [pytest.mark.models, pytest.mark.slow]

MANIFEST = Catalog().manifest("dia-1.6b")
LINE = SpeechRequest(text="They came home.", voice=VoiceSpec())


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dia]:
    folder = tmp_path_factory.mktemp("dia") / "model"
    build(MANIFEST, folder)
    adapter = Dia()
    adapter.load(LoadPlan(manifest=MANIFEST, weights=folder), Device())
    yield adapter
    adapter.unload()


@pytest.fixture
def dia(shared: Dia) -> Dia:
    shared._voices.clear()
    return shared


def test_a_cue_comes_first_and_a_line_never_opens_another_speakers_turn() -> None:
    assert _texts(replace(LINE, nonverbal="laugh")) == ("(laughs) They came home.",)
    assert _texts(replace(LINE, text="", nonverbal="scream")) == ("(screams)",)
    assert _texts(replace(LINE, text="Go [S2] on.")) == ("Go (S2) on.",)
    assert all(len(piece) <= 200 for piece in _texts(replace(LINE, text="They came home at last. " * 20)))


def test_text_cue_and_voice_are_heard(dia: Dia, tmp_path: Path) -> None:
    requests = (
        LINE,
        replace(LINE, text="They went out."),
        replace(LINE, nonverbal="laugh"),
        replace(LINE, voice=VoiceSpec(variant=1)),
    )
    digests = {said(dia, tmp_path / str(number), request) for number, request in enumerate(requests)}
    assert len(digests) == len(requests)


def test_a_voice_is_introduced_once_and_does_not_depend_on_its_first_line(dia: Dia, tmp_path: Path) -> None:
    asked: list[tuple[str, bool]] = []
    process = dia._processor.__class__.__call__

    class Listening(dia._processor.__class__):  # type: ignore[name-defined,misc]
        def __call__(self, **given: object) -> object:
            asked.append((given["text"][0], "audio" in given))  # type: ignore[index]
            return process(self, **given)

    released = dia._processor.__class__
    dia._processor.__class__ = Listening
    try:
        first = said(dia, tmp_path / "first", LINE)
        said(dia, tmp_path / "other", replace(LINE, text="They went out."), seed=9)
        dia._voices.clear()
        said(dia, tmp_path / "before", replace(LINE, text="They went out."), seed=9)
        again = said(dia, tmp_path / "again", LINE)
    finally:
        dia._processor.__class__ = released
    assert first == again
    assert [one for one in asked if not one[1]] == [(f"[S1] {INTRODUCTION}", False)] * 2
    assert (f"[S1] {INTRODUCTION} They came home.", True) in asked
    assert len(dia._voices) == 1


def test_what_is_heard_leaves_the_introduction_out(dia: Dia) -> None:
    """The sound of a line is what was generated after the prompt, not the prompt again: nine codebooks end 15 frames later."""
    from cinema.adapters.kit.steps import Steps

    progress = Steps(LocalWatch(), 1000)
    voice = np.random.default_rng(0).normal(0, 0.1, 60 * 512).astype(np.float32)
    made = dia._made("They came home at last.", voice, 5, progress)
    room = dia._model.config.decoder_config.max_position_embeddings - 15 - (60 + 1 + 15)
    assert 0 < made.size <= room * 512


def test_another_language_is_told(dia: Dia, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="English only"):
        said(dia, tmp_path / "out", replace(LINE, voice=VoiceSpec(language="fr")))
