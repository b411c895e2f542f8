"""`docs/unproven.md`: written from what manifests and adapters admit, with every model that has weights."""

from importlib import util
from pathlib import Path
from types import ModuleType

import pytest

from cinema.catalog import Catalog

ROOT = Path(__file__).parents[2]
CATALOG = Catalog()


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = util.spec_from_file_location("write_unproven_page", ROOT / "scripts" / "write_unproven_page.py")
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_current(script: ModuleType) -> None:
    written = (ROOT / "docs" / "unproven.md").read_text(encoding="utf-8")
    assert written == script.page(CATALOG), "run scripts/write_unproven_page.py"


def test_every_model_with_weights_is_there() -> None:
    written = (ROOT / "docs" / "unproven.md").read_text(encoding="utf-8")
    for manifest in CATALOG.manifests.values():
        if manifest.sources:
            assert f"`{manifest.id}`" in written, manifest.id


def test_what_is_doubted_is_told(script: ModuleType) -> None:
    page = script.page(CATALOG)
    assert "Inferred from the derivatives clause" in page, "a licence that nobody read"
    assert script.admitted("xtts").startswith("The released weights' sound")
    assert "Licence, repositories" not in page, "only what is unproven is taken from a docstring"
    assert script.admitted("no-such-family") == "There is no adapter yet."
