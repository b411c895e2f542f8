"""Stable Audio Open: the released scheduler with noise from the seed, its negative prompt, and how long it is told to be."""

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import playing
import pytest
import shooting

from cinema.errors import MissingModelError
from cinema.plan.task import SoundRequest

pytestmark = pytest.mark.models

MODEL = "stable-audio-open"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stable") / "tiny"


@pytest.fixture(scope="module")
def audio(folder: Path) -> Iterator[Any]:
    adapter = shooting.opened(playing.manifest_of(MODEL), folder)
    yield adapter
    adapter.unload()


def test_words_reach_the_model_and_the_seed_decides(audio: Any) -> None:
    torch: Any = import_module("torch")
    torch.manual_seed(1)
    one = playing.played(audio)
    torch.manual_seed(2)
    assert np.array_equal(one, playing.played(audio))
    assert not np.array_equal(one, playing.played(audio, prompt="gulls at night"))
    assert not np.array_equal(one, playing.played(audio, seed=2))


def test_the_noise_of_each_step_hangs_on_the_seed(audio: Any) -> None:
    """On the same start and the same answers of the model, the seed alone tells two runs apart; the library's dice do not."""
    torch: Any = import_module("torch")
    scheduler = audio._pipeline.scheduler

    def walked(seed: int) -> Any:
        torch.manual_seed(len(finished))
        scheduler.set_timesteps(4)
        sample, dice = torch.ones(1, 2, 3), torch.Generator().manual_seed(seed)
        for time in scheduler.timesteps:
            sample = scheduler.step(torch.zeros(1, 2, 3), time, sample, generator=dice).prev_sample
        finished.append(sample)
        return sample

    finished: list[Any] = []
    assert torch.equal(walked(1), walked(1))
    assert not torch.equal(walked(1), walked(2))


def test_noise_keeps_the_type_of_the_latents(audio: Any) -> None:
    torch: Any = import_module("torch")
    scheduler = audio._pipeline.scheduler
    scheduler.set_timesteps(3)
    half = torch.ones(1, 2, 3, dtype=torch.bfloat16)
    made = scheduler.step(half, scheduler.timesteps[0], half, generator=torch.Generator().manual_seed(1)).prev_sample
    assert made.dtype == torch.bfloat16


def test_the_released_sigmas_and_guidance(audio: Any) -> None:
    with shooting.calls(audio._pipeline.transformer) as seen:
        playing.played(audio, steps=5, guidance=7.0)
    sigmas = audio._pipeline.scheduler.sigmas
    assert [round(float(sigma), 2) for sigma in (sigmas[0], sigmas[-2], sigmas[-1])] == [500, 0.3, 0]
    assert len(seen) == 5
    assert {call["encoder_hidden_states"].shape[0] for call in seen} == {2}


def test_what_it_must_not_sound_like_is_asked_for(audio: Any, folder: Path) -> None:
    """ "Low quality.", or what the settings say; not the zeros that stand for no words at all."""
    other = shooting.opened(playing.manifest_of(MODEL, negative_prompt="a red boat"), folder)
    tokenizer = audio._pipeline.tokenizer
    for adapter, words in ((audio, "Low quality."), (other, "a red boat")):
        with playing.given(adapter._pipeline.text_encoder) as seen:
            playing.played(adapter)
        texts = [ids[0].tolist() for ids in seen]
        assert texts[1][: len(tokenizer(words).input_ids)] == tokenizer(words).input_ids
    assert not np.array_equal(playing.played(audio), playing.played(other))


@pytest.mark.parametrize(("seconds", "told"), [(2.5, 2.51), (47.0, 47.01), (47.6, 1024 * 2048 / 44_100)])
def test_it_is_told_how_long_the_sound_is(audio: Any, seconds: float, told: float) -> None:
    with shooting.calls(audio._pipeline.projection_model) as seen:
        made = playing.played(audio, seconds=seconds, steps=1)
    ends = [float(call["end_seconds"][0]) for call in seen if call.get("end_seconds") is not None]
    assert ends == pytest.approx([told])
    assert made.shape[0] == 2
    assert made.shape[1] >= min(int(seconds * 44_100), 1024 * 2048) - 1


def test_a_door_is_a_second_long_at_least(audio: Any, tmp_path: Path) -> None:
    with shooting.calls(audio._pipeline.projection_model) as seen:
        made = playing.run(audio, SoundRequest(prompt="a door slams", length_samples=2_400), tmp_path / "door")
    assert max(float(call["end_seconds"][0]) for call in seen if call.get("end_seconds") is not None) == pytest.approx(1.01)
    assert made.shape == (2, 2_400)


def test_without_its_noise_library_it_says_what_to_install(folder: Path, audio: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torchsde", None)
    with pytest.raises(MissingModelError, match="torchsde"):
        shooting.opened(playing.manifest_of(MODEL), folder)
