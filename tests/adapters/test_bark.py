"""What is Bark's own: cues, voices from arrays that are no pickles, weights whose hash is stated."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from speaking import said

from cinema.adapters.bark import Bark, _texts
from cinema.adapters.contract import Device, LoadPlan
from cinema.catalog import Catalog, Manifest, Source, SourceFile
from cinema.errors import InputError
from cinema.identity import file_digest
from cinema.plan.task import SpeechRequest, VoiceSpec
from cinema.testing.tiny import build

pytestmark = [pytest.mark.models, pytest.mark.slow]

MANIFEST = Catalog().manifest("bark-small")
WOMAN = VoiceSpec(gender="female")
Say = Callable[..., str]


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bark") / "model"
    build(MANIFEST, folder)
    return folder


def loaded(weights: Path, manifest: Manifest = MANIFEST) -> Bark:
    adapter = Bark()
    adapter.load(LoadPlan(manifest=manifest, weights=weights), Device())
    return adapter


@pytest.fixture
def bark(weights: Path) -> Iterator[Bark]:
    adapter = loaded(weights)
    yield adapter
    adapter.unload()


def test_sounds_become_the_cues_that_the_model_knows() -> None:
    def texts(**given: str) -> tuple[str, ...]:
        return _texts(SpeechRequest(**{"text": "", **given}, voice=WOMAN))  # type: ignore[arg-type]

    assert texts(nonverbal="laugh") == ("[laughter] Ha ha ha!",)
    assert texts(nonverbal="laugh", text="Good one.") == ("[laughter] Good one.",)
    assert texts(nonverbal="scream", text="No!") == ("AAAAAAH! No!",)
    assert texts(nonverbal="cough") == ("[clears throat]",)
    assert texts(text="Get out.", emotion="shout") == ("GET OUT.",)
    assert len(texts(text="This is a sentence of some length, and then some. " * 8)) == 3


def test_cue_text_voice_and_language_are_heard(bark: Bark, tmp_path: Path) -> None:
    requests = [
        SpeechRequest(text="They came home.", voice=WOMAN),
        SpeechRequest(text="They went out.", voice=WOMAN),
        SpeechRequest(text="They came home.", voice=WOMAN, nonverbal="sigh"),
        SpeechRequest(text="They came home.", voice=VoiceSpec(gender="male")),
        SpeechRequest(text="They came home.", voice=VoiceSpec(gender="female", language="de")),
    ]
    digests = {said(bark, tmp_path / str(number), request) for number, request in enumerate(requests)}
    assert len(digests) == len(requests)


def test_a_voice_is_read_once_and_matches_gender(bark: Bark, tmp_path: Path) -> None:
    for number in range(2):
        said(bark, tmp_path / str(number), SpeechRequest(text="They came home.", voice=WOMAN))
    assert list(bark._voices) == ["v2/en_speaker_9"]


def test_an_array_of_objects_is_refused(weights: Path, tmp_path: Path) -> None:
    """An .npy can hold a pickle; it is never opened as one."""
    folder = tmp_path / "model"
    folder.mkdir()
    for path in weights.iterdir():
        (folder / path.name).symlink_to(path)
    (folder / "speaker_embeddings_path.json").unlink()
    evil = tmp_path / "model" / "evil.npy"
    np.save(evil, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    names = dict.fromkeys(("semantic_prompt", "coarse_prompt", "fine_prompt"), "evil.npy")
    (folder / "speaker_embeddings_path.json").write_text(json.dumps({"v2/en_speaker_9": names}))
    with pytest.raises(InputError, match="not a plain array"):
        said(loaded(folder), tmp_path / "out", SpeechRequest(text="They came home.", voice=WOMAN))


def test_a_pickle_needs_its_hash_and_gives_the_same_voice(weights: Path, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file

    folder = tmp_path / "model"
    folder.mkdir()
    for path in weights.iterdir():
        if path.name not in ("model.safetensors", "lock.json"):
            (folder / path.name).symlink_to(path)
    torch.save(load_file(weights / "model.safetensors"), folder / "pytorch_model.bin")
    with pytest.raises(InputError, match="SHA-256"):
        loaded(folder)
    stated = SourceFile(path="pytorch_model.bin", sha256=file_digest(folder / "pytorch_model.bin"))
    manifest = MANIFEST.model_copy(update={"sources": (Source(repository="suno/bark-small", files=(stated,)),)})
    request = SpeechRequest(text="They came home.", voice=WOMAN)
    assert said(loaded(folder, manifest), tmp_path / "a", request) == said(loaded(weights), tmp_path / "b", request)
