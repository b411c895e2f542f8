"""What the contract promises, of every family that needs weights: on tiny random checkpoints in the released on-disk form.

One model stands for all that share family, role and wants; those left out, with the reason, are listed by `-rs`.
"""

import gc
import socket
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile

from cinema.adapters import registry
from cinema.adapters.contract import Adapter, Device, InputArtefact, Job, LoadPlan, Product
from cinema.artefact import MediaFacts
from cinema.catalog import Catalog, Manifest, Role
from cinema.errors import Cancelled, MissingModelError
from cinema.events import LocalWatch
from cinema.identity import file_digest
from cinema.media import ClipWriter, probe, write_png
from cinema.plan.task import (
    ImageRequest,
    MusicRequest,
    Reference,
    Request,
    SoundRequest,
    SpeechRequest,
    TextRequest,
    UpscaleRequest,
    VideoRequest,
    VoiceSpec,
)
from cinema.testing.tiny import BUILDERS, build

pytestmark = [pytest.mark.models, pytest.mark.slow]

CATALOG = Catalog()
STEPS = 2


def representatives() -> list[tuple[str, Role]]:
    """The first model of each family, role and wants."""
    found: dict[tuple[object, ...], tuple[str, Role]] = {}
    for model, manifest in CATALOG.manifests.items():
        for role in manifest.roles:
            if manifest.sources and role != "title":
                found.setdefault((manifest.family, role, manifest.wants, manifest.convert), (model, role))
    return list(found.values())


def inputs_for(folder: Path) -> tuple[InputArtefact, ...]:
    """A picture, a recording and a clip, in this order."""
    folder.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(7)
    picture = np.ascontiguousarray(np.kron(noise.integers(0, 256, (8, 8, 3), np.uint8), np.ones((12, 16, 1), np.uint8)))
    image_facts = write_png(folder / "image.png", picture)
    tone = 0.2 * np.sin(np.arange(3 * 48_000) * 2 * np.pi * 180 / 48_000) * (1 + noise.normal(0, 0.2, 3 * 48_000))
    soundfile.write(folder / "speech.wav", tone.astype(np.float32), 48_000, subtype="PCM_16")
    with ClipWriter(folder / "clip.mp4", width_px=64, height_px=48, fps=Fraction(24), pixel_format="rgb24") as clip:
        for shift in range(5):
            clip.write(np.ascontiguousarray(np.roll(picture[:48, :64], shift, axis=1)))
        clip_facts = clip.close()
    sound_facts = MediaFacts(kind="audio", samples=3 * 48_000, sample_rate_hz=48_000, channels=1)
    files = {"image.png": image_facts, "speech.wav": sound_facts, "clip.mp4": clip_facts}
    return tuple(
        InputArtefact(key=f"{number:064d}", main=name, files={name: folder / name}, facts=facts)
        for number, (name, facts) in enumerate(files.items())
    )


def request_for(role: Role, manifest: Manifest) -> Request:
    """A small request; positions in its inputs are those of `inputs_for` (an upscaler gets the clip alone)."""
    references = (Reference(kind="character", name="MARA", input=0),) if "references" in manifest.wants else ()
    speech = SpeechRequest(
        text="They came home at last.",
        voice=VoiceSpec(gender="female", language=manifest.languages[0] if manifest.languages else "en"),
        sample=1 if "sample" in manifest.wants else None,
    )
    requests: dict[Role, Request] = {
        "speech": speech,
        "nonverbal": replace(speech, text="", nonverbal="laugh"),
        "video": VideoRequest(
            prompt="a street at dawn",
            negative_prompt="blurry",
            width_px=64,
            height_px=48,
            fps=Fraction(24),
            length_frames=11,
            steps=STEPS,
            keyframe=0 if "keyframe" in manifest.wants else None,
        ),
        "image": ImageRequest(prompt="a street", width_px=64, height_px=48, steps=STEPS, references=references),
        "upscale": UpscaleRequest(width_px=120, height_px=90),
        "music": MusicRequest(mood="calm", prompt="piano", length_samples=48_001),
        "sound": SoundRequest(prompt="rain on a roof", length_samples=24_001),
        "text": TextRequest(
            instructions="Answer in JSON.",
            prompt="How many?",
            json_schema={
                "type": "object",
                "properties": {"number": {"type": "integer"}},
                "required": ["number"],
                "additionalProperties": False,
            },
            max_tokens=24,
        ),
    }
    return requests[role]


def tiny(manifest: Manifest) -> Manifest:
    """The manifest as it is true of a tiny checkpoint, with few steps."""
    return manifest.model_copy(
        update={
            "needs_gpu": False,
            "load_plans": ("resident",),
            "precisions": ("native",),
            "settings": {**manifest.settings, "steps": STEPS},
        }
    )


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {"": tmp_path_factory.mktemp("tiny")}


@pytest.fixture(scope="session")
def brought(tmp_path_factory: pytest.TempPathFactory) -> tuple[InputArtefact, ...]:
    return inputs_for(tmp_path_factory.mktemp("inputs"))


class Served:
    """A loaded adapter, and what to ask it."""

    def __init__(self, manifest: Manifest, role: Role, weights: Path, inputs: tuple[InputArtefact, ...]) -> None:
        self.manifest = tiny(manifest)
        self.request = request_for(role, manifest)
        self.inputs = inputs[2:] if role == "upscale" else inputs
        self.plan = LoadPlan(manifest=self.manifest, weights=weights, precision="native")
        self.adapter: Adapter = registry.create(manifest.family)

    def load(self) -> None:
        self.adapter.load(self.plan, Device())

    def run(self, out: Path, *, seed: int = 1, watch: LocalWatch | None = None, request: Request | None = None) -> Product:
        out.mkdir()
        job = Job(request=request or self.request, seed=seed, inputs=self.inputs)
        return self.adapter.run(job, out, watch or LocalWatch())


@pytest.fixture(params=representatives(), ids="-".join)
def served(
    request: pytest.FixtureRequest, checkpoints: dict[str, Path], brought: tuple[InputArtefact, ...]
) -> Iterator[Served]:
    model, role = request.param
    manifest = CATALOG.manifest(model)
    if manifest.family not in registry.ADAPTERS:
        pytest.skip(f"{model}: the family {manifest.family} has no adapter yet")
    if manifest.family not in BUILDERS:
        pytest.skip(f"{model}: the family {manifest.family} has no tiny checkpoint")
    if model not in checkpoints:
        build(manifest, checkpoints[""] / model)
        checkpoints[model] = checkpoints[""] / model
    found = Served(manifest, role, checkpoints[model], brought)
    found.load()
    yield found
    found.adapter.unload()


def main_digest(product: Product, out: Path) -> str:
    return file_digest(out / product.files[0].name)


def test_it_gives_exactly_what_was_asked_for(served: Served, tmp_path: Path) -> None:
    """Frames, size and rate, or samples, exactly; progress never goes back and ends; nothing else is written."""
    watch = LocalWatch()
    product = served.run(tmp_path / "out", watch=watch)
    assert {file.name for file in product.files} == {path.name for path in (tmp_path / "out").iterdir()}
    facts, path, request = product.files[0].facts, tmp_path / "out" / product.files[0].name, served.request
    match request:
        case VideoRequest():
            found = probe(path).facts
            assert (facts.frames, facts.fps) == (request.length_frames, request.fps)
            assert (found.frames, found.width_px, found.height_px) == (request.length_frames, 64, 48)
        case UpscaleRequest():
            found = probe(path).facts
            assert (found.frames, found.width_px, found.height_px, facts.fps) == (5, 120, 90, 24)
        case ImageRequest():
            assert (facts.kind, facts.width_px, facts.height_px) == ("image", 64, 48)
        case TextRequest():
            assert path.name == "text.json"
        case MusicRequest() | SoundRequest():
            assert (facts.samples, facts.sample_rate_hz, facts.channels) == (request.length_samples, 48_000, 2)
            assert soundfile.info(path).frames == request.length_samples
        case SpeechRequest():
            assert (facts.samples, facts.sample_rate_hz, facts.channels) == (soundfile.info(path).frames, 48_000, 1)
            assert facts.samples > 0
    fractions = [done / total for done, total in watch.steps]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1


def test_the_seed_decides(served: Served, tmp_path: Path) -> None:
    """The same seed gives the same bytes, another seed others; an upscaler has no dice to throw."""
    digests: list[str] = []
    for number, seed in enumerate((1, 1, 2)):
        out = tmp_path / str(number)
        digests.append(main_digest(served.run(out, seed=seed), out))
    assert digests[0] == digests[1]
    if not isinstance(served.request, UpscaleRequest) and "deterministic" not in served.manifest.settings:
        assert digests[1] != digests[2]


def test_a_cancel_is_honoured_within_one_step(served: Served, tmp_path: Path) -> None:
    first = LocalWatch(cancelled=True)
    with pytest.raises(Cancelled):
        served.run(tmp_path / "first", watch=first)
    assert len(first.steps) == 1
    second = LocalWatch()

    def cancel(done: int, total: int) -> None:
        second.cancelled = done >= 1

    second.on_step = cancel
    with pytest.raises(Cancelled):
        served.run(tmp_path / "second", watch=second)
    assert sum(done >= 1 for done, _ in second.steps) == 1


def test_memory_is_back_after_unload_and_it_serves_again(served: Served, tmp_path: Path) -> None:
    import torch

    def held_bytes() -> int:
        gc.collect()
        # The type is asked, not the object: torch keeps objects that warn when their `__class__` is looked at.
        tensors = (one for one in gc.get_objects() if issubclass(type(one), torch.Tensor))
        return sum(one.untyped_storage().nbytes() for one in tensors if not one.is_meta)

    before = main_digest(served.run(tmp_path / "before"), tmp_path / "before")
    loaded = held_bytes()
    served.adapter.unload()
    assert held_bytes() < max(loaded / 5, 200_000)
    served.load()
    assert main_digest(served.run(tmp_path / "after"), tmp_path / "after") == before


def test_it_works_offline(served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("it went to the network")

    served.adapter.unload()
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    served.load()
    served.run(tmp_path / "out")


def test_missing_weights_are_told(served: Served, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    for weights in (None, tmp_path / "absent", empty):
        adapter = registry.create(served.manifest.family)

        def load_and_run(weights: Path | None = weights, adapter: Adapter = adapter) -> None:
            adapter.load(replace(served.plan, weights=weights), Device())
            adapter.run(Job(request=served.request, seed=1, inputs=served.inputs), empty, LocalWatch())

        with pytest.raises(MissingModelError, match=served.manifest.id):
            load_and_run()
