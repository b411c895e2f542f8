"""The parameters that the manifests state, counted anew: every architecture is built once, on the meta device."""

import sys
from importlib import util
from pathlib import Path
from typing import Any

import pytest

from cinema.catalog import Catalog

pytestmark = [
    pytest.mark.models,
    # Third-party code on import and on odd token ids; what is counted does not hang on any of it.
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning"),
]
SCRIPT = Path(__file__).parents[2] / "scripts" / "count_parameters.py"


def script() -> Any:
    spec = util.spec_from_file_location("count_parameters", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    sys.modules["count_parameters"] = module
    spec.loader.exec_module(module)
    return module


def test_every_component_has_the_parameters_that_its_manifest_states() -> None:
    counting = script()
    catalog = Catalog()
    users = counting.components(iter(catalog.manifests.values()))
    assert len(users) > 80
    unbuilt: list[str] = []
    for architecture, written in sorted(users.items()):
        result = counting.count(architecture, catalog.models_dir)
        assert {figure for _, _, figure in written} == {result.stated}, architecture
        if result.counted is None:
            unbuilt.append(f"{architecture}: {result.why}")
            print("not counted:", unbuilt[-1])
        else:
            assert result.counted == result.stated, architecture
    assert {line.partition(":")[0] for line in unbuilt} == {"kokoro-82m"}, unbuilt


def test_a_wrong_figure_is_noticed(tmp_path: Path) -> None:
    counting = script()
    (tmp_path / "architectures").mkdir()
    document = '{"library": "spandrel", "class": "architectures.Compact.Compact", "parameters": 1, "config": {"num_feat": 8, "num_conv": 1}}'
    (tmp_path / "architectures" / "small.json").write_text(document)
    result = counting.count("small", tmp_path)
    assert result.stated == 1
    assert result.counted is not None
    assert result.counted > 1000
