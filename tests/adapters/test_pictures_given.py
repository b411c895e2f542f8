"""A test card as keyframe or reference arrives at the VAE of every family upright, with its colours, between -1 and 1.

One model of each family and wants; families added later are covered by being in the registry.
"""

import gc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from stills import CATALOG, plain
from test_generators import inputs_for, request_for, tiny

from cinema.adapters import registry
from cinema.adapters.contract import Device, InputArtefact, Job, LoadPlan
from cinema.events import LocalWatch
from cinema.media import write_png
from cinema.testing.tiny import BUILDERS, build

pytestmark = [pytest.mark.models, pytest.mark.slow]

RED, GREEN, BLUE, GREY = (255, 0, 0), (0, 255, 0), (0, 0, 255), (128, 128, 128)


def models() -> list[str]:
    found: dict[tuple[object, ...], str] = {}
    for manifest in CATALOG.manifests.values():
        known = manifest.family in registry.ADAPTERS and manifest.family in BUILDERS
        if known and {"keyframe", "references"} & set(manifest.wants):
            found.setdefault((manifest.family, manifest.wants), manifest.id)
    return list(found.values())


@pytest.fixture
def inputs(tmp_path: Path) -> tuple[InputArtefact, ...]:
    """The card: red and green above, blue and grey below; and what else a request may ask for."""
    given = inputs_for(tmp_path / "inputs")
    above = np.concatenate([plain(64, 48, *RED), plain(64, 48, *GREEN)], axis=1)
    below = np.concatenate([plain(64, 48, *BLUE), plain(64, 48, *GREY)], axis=1)
    write_png(given[0].path, np.ascontiguousarray(np.concatenate([above, below])))
    return given


def watched(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Gets every picture that comes to the encoder of a VAE, of those that are in memory now."""
    seen: list[Any] = []

    def watch(module: Any) -> None:
        original = module.encode

        def encode(picture: Any, *given: Any, **named: Any) -> Any:
            if picture.shape[1] == 3:
                seen.append(picture.detach().float().cpu().numpy())
            return original(picture, *given, **named)

        monkeypatch.setattr(module, "encode", encode)

    for module in [one for one in gc.get_objects() if type(one).__name__.startswith("Autoencoder")]:
        if hasattr(type(module), "encode"):
            watch(module)
    return seen


@pytest.mark.parametrize("model", models())
def test_colours_and_range_are_right(
    model: str, inputs: tuple[InputArtefact, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = CATALOG.manifest(model)
    build(manifest, tmp_path / "weights")
    adapter = registry.create(manifest.family)
    adapter.load(LoadPlan(manifest=tiny(manifest), weights=tmp_path / "weights", precision="native"), Device())
    encoded = watched(monkeypatch)
    (tmp_path / "out").mkdir()
    request = request_for(manifest.roles[0], manifest)
    adapter.run(Job(request=request, seed=1, inputs=inputs), tmp_path / "out", LocalWatch())
    adapter.unload()
    assert encoded
    picture = encoded[0][0]
    picture = picture[:, 0] if picture.ndim == 4 else picture
    assert picture.min() >= -1.001
    assert picture.max() <= 1.001
    height, width = picture.shape[1:]
    for colour, row, column in ((RED, 1, 1), (GREEN, 1, 3), (BLUE, 3, 1), (GREY, 3, 3)):
        found = picture[:, row * height // 4, column * width // 4]
        assert np.abs(found - (np.array(colour) / 127.5 - 1)).max() < 0.06, (colour, found)
