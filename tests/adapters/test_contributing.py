"""The family that CONTRIBUTING.md adds, added: manifest, adapter, registry line and tiny builder as they stand there."""

import re
import sys
import types
from pathlib import Path

import pytest

from cinema.adapters import registry
from cinema.adapters.contract import Device, Job, LoadPlan
from cinema.catalog import Catalog, Manifest, read_toml
from cinema.errors import Cancelled
from cinema.events import LocalWatch
from cinema.identity import file_digest
from cinema.plan.task import SoundRequest
from cinema.testing.tiny import BUILDERS, build
from cinema.weights.tiny import TinyShelf

pytestmark = pytest.mark.models

TEXT = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text(encoding="utf-8")


def block(kind: str, start: str) -> str:
    """The code block of that kind that begins so."""
    found = [text for text in re.findall(rf"^```{kind}\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE) if text.startswith(start)]
    assert len(found) == 1, start
    return found[0]


@pytest.fixture
def haze(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Manifest:
    for table, name in ((registry.ADAPTERS, "adapters"), (BUILDERS, "testing.tiny")):
        line = re.search(rf'`"(haze)": "(cinema\.{re.escape(name)}\.haze:\w+)"`', TEXT)
        assert line is not None, "the line of a table"
        monkeypatch.setitem(table, line[1], line[2])
    for name, start in (("cinema.adapters.haze", '"""Family `haze`'), ("cinema.testing.tiny.haze", '"""Haze: one file')):
        module = types.ModuleType(name)
        exec(compile(block("python", start), f"{name}.py", "exec"), module.__dict__)
        monkeypatch.setitem(sys.modules, name, module)
    path = tmp_path / "haze-1.toml"
    path.write_text(block("toml", 'id = "haze-1"'), encoding="utf-8")
    return read_toml(path, Manifest)


def test_the_family_of_contributing_keeps_the_contract(haze: Manifest, tmp_path: Path) -> None:
    assert haze.id not in Catalog().manifests, "it is an example"
    assert build(haze, tmp_path / "a") == build(haze, tmp_path / "b")
    fitted = TinyShelf(tmp_path).fitted(haze)
    adapter = registry.create(haze.family)
    adapter.load(LoadPlan(manifest=fitted, weights=tmp_path / "a"), Device())
    digests: list[str] = []
    for number, seed in enumerate((1, 1, 2)):
        out, watch = tmp_path / str(number), LocalWatch()
        out.mkdir()
        product = adapter.run(Job(request=SoundRequest(prompt="wind", length_samples=24_001), seed=seed), out, watch)
        assert (product.files[0].facts.samples, product.files[0].facts.channels) == (24_001, 2)
        assert len(watch.steps) >= 3, "a step is told of"
        digests.append(file_digest(out / product.files[0].name))
    assert digests[0] == digests[1] != digests[2]
    with pytest.raises(Cancelled):
        adapter.run(Job(request=SoundRequest(prompt="wind", length_samples=100), seed=1), tmp_path, LocalWatch(cancelled=True))
    adapter.unload()
