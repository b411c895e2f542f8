"""A crafted pickle in the place of the weights of any family is refused and never executed.

One model of each family with a tiny checkpoint; families added later are covered by being in the registry.
"""

import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from test_generators import inputs_for, request_for, tiny

from cinema.adapters import registry
from cinema.adapters.contract import Device, InputArtefact, Job, LoadPlan
from cinema.catalog import Catalog, Manifest
from cinema.errors import InputError, MissingModelError
from cinema.events import LocalWatch
from cinema.testing.tiny import BUILDERS, build

pytestmark = [pytest.mark.models, pytest.mark.slow]

CATALOG = Catalog()
NAMES = ("pytorch_model.bin", "diffusion_pytorch_model.bin", "model.bin", "model.pth", "model.pt", "model.ckpt", "weights.pkl")
"""What the libraries look for by themselves, and what people call such files."""
WEIGHTS = (".safetensors", ".pth", ".pt", ".bin", ".ckpt", ".pkl")


class Bomb:
    """Makes the file `marker` when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return Path.touch, (self.marker,)


def families() -> list[str]:
    """The first model of every family that has an adapter and a tiny checkpoint."""
    found: dict[str, str] = {}
    for manifest in CATALOG.manifests.values():
        if manifest.sources and manifest.family in registry.ADAPTERS and manifest.family in BUILDERS:
            found.setdefault(manifest.family, manifest.id)
    return sorted(found.values())


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {"": tmp_path_factory.mktemp("tiny")}


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> tuple[InputArtefact, ...]:
    return inputs_for(tmp_path_factory.mktemp("inputs"))


@pytest.fixture
def attacked(request: pytest.FixtureRequest, checkpoints: dict[str, Path], tmp_path: Path) -> tuple[Manifest, Path]:
    """A fresh copy of a model's tiny checkpoint."""
    manifest = CATALOG.manifest(request.param)
    if manifest.id not in checkpoints:
        build(manifest, checkpoints[""] / manifest.id)
        checkpoints[manifest.id] = checkpoints[""] / manifest.id
    shutil.copytree(checkpoints[manifest.id], tmp_path / "weights")
    return manifest, tmp_path / "weights"


def weights_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.suffix in WEIGHTS]


def load_and_run(manifest: Manifest, weights: Path, inputs: tuple[InputArtefact, ...], out: Path) -> None:
    role = manifest.roles[0]
    adapter = registry.create(manifest.family)
    out.mkdir()
    adapter.load(LoadPlan(manifest=tiny(manifest), weights=weights, precision="native"), Device())
    given = inputs[2:] if role == "upscale" else inputs
    adapter.run(Job(request=request_for(role, manifest), seed=1, inputs=given), out, LocalWatch())


def refused(manifest: Manifest, weights: Path, inputs: tuple[InputArtefact, ...], out: Path, marker: Path) -> None:
    with pytest.raises((MissingModelError, InputError)):
        load_and_run(manifest, weights, inputs, out)
    assert not marker.exists()


def test_the_bomb_goes_off(tmp_path: Path) -> None:
    """Else the tests below would prove nothing."""
    pickle.loads(pickle.dumps(Bomb(tmp_path / "marker")))
    assert (tmp_path / "marker").exists()


@pytest.mark.parametrize("attacked", families(), indirect=True)
def test_a_pickle_beside_missing_weights_is_not_opened(
    attacked: tuple[Manifest, Path], inputs: tuple[InputArtefact, ...], tmp_path: Path
) -> None:
    """All weights are gone; under every name that a library might fall back to lies a pickle."""
    manifest, weights = attacked
    marker = tmp_path / "marker"
    found = weights_in(weights)
    assert found
    for path in found:
        names = {*NAMES, *(path.with_suffix(suffix).name for suffix in WEIGHTS[1:])}
        path.unlink()
        for name in names:
            (path.parent / name).write_bytes(pickle.dumps(Bomb(marker)))
    refused(manifest, weights, inputs, tmp_path / "out", marker)


@pytest.mark.parametrize("attacked", families(), indirect=True)
def test_a_pickle_under_the_weights_own_name_is_not_opened(
    attacked: tuple[Manifest, Path], inputs: tuple[InputArtefact, ...], tmp_path: Path
) -> None:
    manifest, weights = attacked
    marker = tmp_path / "marker"
    for path in weights_in(weights):
        path.write_bytes(pickle.dumps(Bomb(marker)))
    refused(manifest, weights, inputs, tmp_path / "out", marker)


@pytest.mark.parametrize("attacked", families(), indirect=True)
def test_an_index_that_leads_to_a_pickle_is_not_followed(
    attacked: tuple[Manifest, Path], inputs: tuple[InputArtefact, ...], tmp_path: Path
) -> None:
    """Weights in several files are listed by a JSON beside them: each that could be is, and names a pickle."""
    manifest, weights = attacked
    marker = tmp_path / "marker"
    for path in weights_in(weights):
        index = {"metadata": {"total_size": 1}, "weight_map": {"weight": "evil.bin"}}
        (path.parent / "evil.bin").write_bytes(pickle.dumps(Bomb(marker)))
        (path.parent / f"{path.stem}.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")
        path.unlink()
    refused(manifest, weights, inputs, tmp_path / "out", marker)
