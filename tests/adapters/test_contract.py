"""What the contract promises, of every model that is code."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
import soundfile

from cinema.adapters import registry
from cinema.adapters.contract import Adapter, Device, Job, LoadPlan, Product
from cinema.catalog import Catalog, Manifest, Role
from cinema.errors import Cancelled
from cinema.events import LocalWatch
from cinema.identity import file_digest
from cinema.media import probe
from cinema.plan.staging import Figure, Silhouette, Staging
from cinema.plan.task import ImageRequest, MusicRequest, Request, SoundRequest, SpeechRequest, VideoRequest, VoiceSpec

pytestmark = pytest.mark.slow

CATALOG = Catalog()
SERVED = [(m.id, role) for m in CATALOG.manifests.values() if not m.sources and m.family != "openai" for role in m.roles]
"""Models that are code; those with weights are in `test_generators.py`."""
STAGING = Staging(
    setting="street",
    place="Main Street",
    interior=False,
    time_of_day="dusk",
    weather="rain",
    framing="medium",
    angle="eye",
    camera="push_in",
    figures=(Figure(name="ANNA", silhouette=Silhouette()),),
)


def request_for(role: Role, manifest: Manifest) -> Request:
    """A small request that the model's grid accepts."""
    staging = STAGING if "staging" in manifest.wants else None
    frames = manifest.grid.frames_for(13)
    requests: dict[Role, Request] = {
        "speech": SpeechRequest(text="They came home at last.", voice=VoiceSpec(gender="female")),
        "video": VideoRequest(
            prompt="a street", width_px=160, height_px=96, fps=Fraction(24), length_frames=frames, staging=staging
        ),
        "image": ImageRequest(prompt="a street", width_px=160, height_px=96, staging=staging),
        "music": MusicRequest(mood="calm", length_samples=96_001),
        "sound": SoundRequest(prompt="rain on a roof", length_samples=48_001),
    }
    return requests["video" if role == "title" else role]


@pytest.fixture(params=SERVED, ids=[f"{model}-{role}" for model, role in SERVED])
def served(request: pytest.FixtureRequest) -> tuple[Adapter, Request]:
    model, role = request.param
    manifest = CATALOG.manifest(model)
    adapter = registry.create(manifest.family)
    adapter.load(LoadPlan(manifest=manifest), Device())
    return adapter, request_for(role, manifest)


def perform(adapter: Adapter, request: Request, out: Path, *, seed: int = 1, watch: LocalWatch | None = None) -> Product:
    out.mkdir()
    return adapter.run(Job(request=request, seed=seed), out, watch or LocalWatch())


def main_digest(product: Product, out: Path) -> str:
    return file_digest(out / product.files[0].name)


def test_the_facts_are_those_of_the_file_and_of_the_request(served: tuple[Adapter, Request], tmp_path: Path) -> None:
    adapter, request = served
    product = perform(adapter, request, tmp_path / "out")
    assert {file.name for file in product.files} == {path.name for path in (tmp_path / "out").iterdir()}
    facts, path = product.files[0].facts, tmp_path / "out" / product.files[0].name
    if isinstance(request, VideoRequest):
        found = probe(path)
        assert (facts.frames, facts.width_px, facts.height_px, facts.fps) == (request.length_frames, 160, 96, 24)
        assert (found.facts.frames, found.facts.width_px, found.facts.height_px) == (facts.frames, 160, 96)
    elif isinstance(request, ImageRequest):
        assert (facts.kind, facts.width_px, facts.height_px) == ("image", 160, 96)
        assert path.read_bytes().startswith(b"\x89PNG")
    else:
        info = soundfile.info(path)
        assert (facts.samples, facts.sample_rate_hz, facts.channels) == (info.frames, 48_000, info.channels)
        if isinstance(request, MusicRequest | SoundRequest):
            assert (facts.samples, facts.channels) == (request.length_samples, 2)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(served: tuple[Adapter, Request], tmp_path: Path) -> None:
    adapter, request = served
    digests = []
    for number, seed in enumerate((1, 1, 2)):
        out = tmp_path / str(number)
        digests.append(main_digest(perform(adapter, request, out, seed=seed), out))
    assert digests[0] == digests[1] != digests[2]


def test_another_request_gives_another_result(served: tuple[Adapter, Request], tmp_path: Path) -> None:
    adapter, request = served
    changes = {
        "speech": {"text": "They never came."},
        "video": {"prompt": "a sea", "staging": replace(STAGING, setting="sea")},
        "image": {"prompt": "a sea", "staging": replace(STAGING, setting="sea")},
        "music": {"mood": "tense"},
        "sound": {"prompt": "a bell"},
    }
    other = replace(request, **changes[request.kind])
    digests = {
        main_digest(perform(adapter, one, tmp_path / str(n)), tmp_path / str(n)) for n, one in enumerate((request, other))
    }
    assert len(digests) == 2


def test_progress_never_goes_back_and_ends(served: tuple[Adapter, Request], tmp_path: Path) -> None:
    adapter, request = served
    watch = LocalWatch()
    perform(adapter, request, tmp_path / "out", watch=watch)
    assert watch.steps
    fractions = [done / total for done, total in watch.steps]
    assert fractions == sorted(fractions)
    assert 0 <= fractions[0] <= fractions[-1] <= 1


def test_cancel_is_honoured_at_the_next_step(served: tuple[Adapter, Request], tmp_path: Path) -> None:
    adapter, request = served
    watch = LocalWatch(cancelled=True)
    with pytest.raises(Cancelled):
        perform(adapter, request, tmp_path / "out", watch=watch)
    assert len(watch.steps) == 1


def test_it_serves_again_after_it_was_unloaded(served: tuple[Adapter, Request], tmp_path: Path) -> None:
    adapter, request = served
    before = main_digest(perform(adapter, request, tmp_path / "before"), tmp_path / "before")
    adapter.unload()
    manifest = next(manifest for manifest in CATALOG.manifests.values() if request.kind in manifest.roles)
    adapter.load(LoadPlan(manifest=manifest), Device())
    assert main_digest(perform(adapter, request, tmp_path / "after"), tmp_path / "after") == before
