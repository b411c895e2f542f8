"""The shelf of tiny weights, with builders that need no model library."""

import json
import sys
import threading
import time
from pathlib import Path

import pytest

from cinema.catalog import Catalog, Manifest
from cinema.errors import Cancelled, CinemaError, MissingModelError, OutOfDiskError
from cinema.weights.tiny import BUILDERS_VERSION, UNBUILT, TinyShelf

BUILDER = """
import json, sys
from pathlib import Path
out, ids = Path(sys.argv[2]), sys.argv[3:]
assert sys.argv[1] == "--out"
for one in ids:
    (out / one / "inner").mkdir(parents=True)
    (out / one / "inner" / "model.safetensors").write_bytes(b"abc")
    files = {"inner/model.safetensors": {"size_bytes": 3, "sha256": "0" * 64}}
    (out / one / "lock.json").write_text(json.dumps({"model": one, "revision": "tiny-0123456789ab", "files": files}))
    with (out / "calls").open("a") as calls:
        print(one, file=calls)
"""


def manifest(model: str, *, sources: bool = True) -> Manifest:
    facts = {
        "id": model,
        "name": "Heavy",
        "roles": ["video"],
        "family": "testing",
        "licence": {"name": "MIT", "commercial": True},
        "load_plans": ["resident", "group_offload"],
        "precisions": ["bf16", "nf4"],
        "components": [{"name": "transformer", "parameters": 5}],
        "settings": {"guidance": 4.0},
        "memory": [{"load_plan": "resident", "precision": "bf16", "peak_bytes": 9}],
    }
    if sources:
        facts["sources"] = [{"repository": "a/b", "files": [{"path": "*.safetensors"}]}]
    return Manifest.model_validate(facts)


def shelf(folder: Path, code: str = BUILDER) -> TinyShelf:
    return TinyShelf(folder, (sys.executable, "-c", code))


@pytest.mark.parametrize(("usual", "few"), [(200, 2), (2, 2), (1, 1)])
def test_tiny_weights_take_few_steps_and_their_name_says_so(tmp_path: Path, usual: int, few: int) -> None:
    heavy = manifest("heavy").model_copy(update={"settings": {"steps": usual, "guidance": 4.0}})
    fitted = shelf(tmp_path).fitted(heavy)
    assert fitted.settings == {"steps": few, "guidance": 4.0}
    assert fitted.name == f"Heavy (tiny random weights, {few} steps)"
    code = manifest("code", sources=False).model_copy(update={"settings": {"steps": 200}})
    assert shelf(tmp_path).fitted(code) == code


def test_what_other_builders_made_is_made_again(tmp_path: Path) -> None:
    tiny, heavy = shelf(tmp_path), manifest("heavy")
    tiny.build([heavy])
    lock = tmp_path / "heavy" / "lock.json"
    assert tiny.find(heavy) is not None
    lock.write_text(json.dumps({**json.loads(lock.read_text()), "builders_version": BUILDERS_VERSION - 1}))
    assert tiny.find(heavy) is None


def test_what_is_not_here_is_built_once_and_then_found(tmp_path: Path) -> None:
    tiny = shelf(tmp_path / "tiny")
    heavy, other, code = manifest("heavy"), manifest("other"), manifest("code", sources=False)
    assert tiny.find(heavy) is None
    assert tiny.fitted(heavy).revision == UNBUILT
    assert tiny.build([heavy, heavy, code]) == ("heavy",)
    assert tiny.build([heavy, other]) == ("other",)
    assert tiny.build([heavy, other, code]) == ()
    assert (tmp_path / "tiny" / "calls").read_text().split() == ["heavy", "other"]
    held = tiny.find(heavy)
    assert held is not None
    assert (held.path, held.revision, held.size_bytes) == (tmp_path / "tiny" / "heavy", "tiny-0123456789ab", 3)
    assert tiny.find(code) is None


def test_a_manifest_is_fitted_to_its_tiny_weights_and_code_stays_as_it_is(tmp_path: Path) -> None:
    tiny = shelf(tmp_path)
    tiny.build([manifest("heavy")])
    fitted = tiny.fitted(manifest("heavy"))
    assert fitted.revision == "tiny-0123456789ab"
    assert fitted.name == "Heavy (tiny random weights)"
    assert fitted.settings == {"guidance": 4.0}
    assert (fitted.needs_gpu, fitted.load_plans, fitted.precisions) == (False, ("resident",), ("native",))
    assert (fitted.components, fitted.memory) == ((), ())
    assert tiny.fitted(manifest("code", sources=False)) == manifest("code", sources=False)


@pytest.mark.parametrize("harm", ["gone", "short", "lock"])
def test_weights_that_are_not_whole_are_not_here_and_are_built_again(tmp_path: Path, harm: str) -> None:
    tiny = shelf(tmp_path)
    heavy = manifest("heavy")
    tiny.build([heavy])
    file, lock = tmp_path / "heavy" / "inner" / "model.safetensors", tmp_path / "heavy" / "lock.json"
    if harm == "gone":
        file.unlink()
    elif harm == "short":
        file.write_bytes(b"a")
    else:
        lock.write_text(json.dumps({"revision": 3}))
    assert tiny.find(heavy) is None
    assert tiny.fitted(heavy).revision == UNBUILT


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import torch_is_not_here", "cannot be made: ModuleNotFoundError: No module named 'torch_is_not_here'"),
        ("raise ModuleNotFoundError(\"No module named 'torch'\")", "needs torch, which is not installed: pip install 'cinema["),
        ("import sys; print('cinema: no tiny form', file=sys.stderr); sys.exit(2)", "of heavy cannot be made: no tiny form;"),
        ("import sys; sys.exit(1)", "it said nothing"),
    ],
)
def test_a_builder_that_fails_is_a_missing_model_that_says_what_to_install(tmp_path: Path, code: str, said: str) -> None:
    with pytest.raises(MissingModelError) as raised:
        shelf(tmp_path, code).build([manifest("heavy")])
    assert said in str(raised.value)
    assert "pip install 'cinema[models]'" in str(raised.value)
    assert raised.value.exit_code == 3


def test_a_builder_that_makes_nothing_is_a_fault_of_ours(tmp_path: Path) -> None:
    with pytest.raises(CinemaError, match="heavy were not made; report this"):
        shelf(tmp_path, "pass").build([manifest("heavy")])


def test_a_root_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutOfDiskError, match="set `weights` to another"):
        shelf(tmp_path / "file" / "tiny").build([manifest("heavy")])


def test_building_stops_when_asked_to(tmp_path: Path) -> None:
    cancel = threading.Event()
    threading.Timer(0.3, cancel.set).start()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        shelf(tmp_path, "import time; time.sleep(60)").build([manifest("heavy")], cancel)
    assert time.monotonic() - began < 50, "it goes on for a minute"


@pytest.mark.models
@pytest.mark.slow
def test_the_real_builder_makes_a_checkpoint_that_is_found(tmp_path: Path) -> None:
    tiny = TinyShelf(tmp_path)
    asked = Catalog().manifest("ltx-video-2b")
    assert tiny.build([asked]) == ("ltx-video-2b",)
    held = Catalog().with_shelf(tiny).held("ltx-video-2b")
    assert held is not None
    assert held.revision.startswith("tiny-")
    assert held.size_bytes < 50_000_000
