"""Models at full size without weights: adapters open them, with as many parameters as their manifests say."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cinema.adapters import registry
from cinema.adapters.contract import Device, Job, LoadPlan
from cinema.adapters.kit import precision
from cinema.catalog import Catalog, Manifest
from cinema.errors import InputError
from cinema.events import LocalWatch
from cinema.plan.task import MusicRequest
from cinema.testing import fullsize

pytestmark = pytest.mark.models

CATALOG = Catalog()
FILED = ("bark", "kokoro", "spandrel", "xtts")
"""Families that read one file, which the meta device cannot write."""
LOOKS_AT_WEIGHTS = ("ace_step",)


def opened() -> list[str]:
    """A model of each architecture that its adapter opens part by part."""
    found: dict[tuple[str, ...], str] = {}
    for one in CATALOG.manifests.values():
        if one.sources and one.family not in (*FILED, *LOOKS_AT_WEIGHTS):
            found.setdefault((one.family, *(part.architecture for part in one.components)), one.id)
    return list(found.values())


@pytest.fixture
def counts() -> Iterator[dict[str, int]]:
    """Parameters of what was built, by name of the part, as it is asked for first."""
    found: dict[str, int] = {}
    with fullsize.standing_in("meta"):
        built = precision.open_module

        def counted(parts: object, kind: object, name: str, options: dict[str, object]) -> object:
            module = built(parts, kind, name, options)  # type: ignore[arg-type]
            found.setdefault(name or "model", sum(one.numel() for one in module.parameters()))
            return module

        precision.open_module = counted  # type: ignore[assignment]
        yield found


@pytest.mark.parametrize("model", opened())
def test_an_adapter_opens_what_its_manifest_counts(model: str, tmp_path: Path, counts: dict[str, int]) -> None:
    manifest = CATALOG.manifest(model)
    fullsize.lay_out(manifest, tmp_path)
    assert manifest.family == "musicgen" or not list(tmp_path.rglob("*.safetensors")) or "single_file" in manifest.settings
    adapter = registry.create(manifest.family)
    adapter.load(LoadPlan(manifest=manifest, weights=tmp_path, precision="bf16"), Device(name="meta"))
    if hasattr(adapter, "need_encoders"):
        adapter.need_encoders()
    written = {one.name: one.parameters for one in manifest.components}
    assert counts
    assert counts.items() <= written.items()
    assert written.keys() - counts.keys() <= {"latent_upsampler"}, "that is opened only where the film is drawn in two stages"


@pytest.mark.slow
def test_a_model_of_full_size_plays_on_a_processor(tmp_path: Path) -> None:
    """The smallest that is made part by part; a second of its sound is noise, of the right length."""
    manifest = CATALOG.manifest("musicgen-small")
    fullsize.lay_out(manifest, tmp_path / "weights")
    (tmp_path / "out").mkdir()
    with fullsize.standing_in():
        adapter = registry.create(manifest.family)
        adapter.load(LoadPlan(manifest=manifest, weights=tmp_path / "weights", precision="bf16"), Device(threads=2))
        request = MusicRequest(mood="calm", prompt="piano", length_samples=4_800)
        product = adapter.run(Job(request=request, seed=1), tmp_path / "out", LocalWatch())
        adapter.unload()
    assert product.files[0].facts.samples == 4_800


@pytest.mark.parametrize("model", ["realesr-animevideov3", "realesrgan-x4plus"])
def test_families_of_one_file_get_it(model: str, tmp_path: Path) -> None:
    manifest: Manifest = CATALOG.manifest(model)
    fullsize.lay_out(manifest, tmp_path)
    adapter = registry.create(manifest.family)
    adapter.load(LoadPlan(manifest=manifest, weights=tmp_path), Device())
    assert sum(one.numel() for one in adapter._network.model.parameters()) == manifest.components[0].parameters  # type: ignore[attr-defined]
    adapter.unload()


def test_what_cannot_be_built_says_why(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="kokoro-82m cannot be built at full size"):
        fullsize.lay_out(CATALOG.manifest("kokoro-82m"), tmp_path / "kokoro")
    manifest = CATALOG.manifest("flux.2-klein-4b")
    fullsize.lay_out(manifest, tmp_path / "klein")
    plan = LoadPlan(manifest=manifest, weights=tmp_path / "klein", precision="nf4")
    with fullsize.standing_in("meta"), pytest.raises(InputError, match="bitsandbytes"):
        registry.create("flux2").load(plan, Device(name="meta"))
