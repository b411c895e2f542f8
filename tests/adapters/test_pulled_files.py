"""A pull brings every file that an adapter opens: what the tiny checkpoints hold lies where manifests place what is released.

Adapters run on the tiny checkpoints in `test_generators`, so a file without which an adapter fails is in those. Models whose
files are converted after the pull are left out: their adapters open what the converter writes.
"""

from pathlib import Path

import pytest

from cinema.catalog import Catalog, Manifest
from cinema.testing.tiny import BUILDERS, build
from cinema.weights.lock import LOCK_NAME
from cinema.weights.patterns import matches

pytestmark = [pytest.mark.models, pytest.mark.slow]

MODELS = [one for one in Catalog().manifests.values() if one.sources and not one.convert and one.family in BUILDERS]
IN_ANOTHER_FORM = {
    "bark": {"model.safetensors": "pytorch_model.bin"},
    "llm": {"model/chat_template.jinja": "model/*.json"},
    "spandrel": {"*.safetensors": "*.pth"},
}
"""By family: files of the tiny checkpoint, and those of the release that hold the same and that the adapter takes, too."""


@pytest.mark.parametrize("model", MODELS, ids=lambda one: one.id)
def test_what_adapters_open_is_pulled(model: Manifest, tmp_path: Path) -> None:
    build(model, tmp_path)
    pulled = [f"{source.into}/{file.path}".lstrip("/") for source in model.sources for file in source.files]
    for made, released in IN_ANOTHER_FORM.get(model.family, {}).items():
        assert any(matches(released, one) or one == released for one in pulled)
        pulled.append(made)
    opened = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()} - {LOCK_NAME}
    assert opened
    assert {name for name in opened if not any(matches(one, name) for one in pulled)} == set()
