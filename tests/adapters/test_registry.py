"""The table of adapters, and the contract as every one of them keeps it."""

import subprocess
import sys
from typing import get_args

import pytest

from cinema.adapters import registry
from cinema.catalog import Catalog
from cinema.errors import InputError, MissingModelError
from cinema.plan.task import Precision


def test_an_unknown_family_is_named_with_those_that_there_are() -> None:
    with pytest.raises(InputError, match=r"'imax'; the families are boards"):
        registry.create("imax")


def test_a_library_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry.ADAPTERS, "far", "no_such_library.adapter:Far")
    with pytest.raises(MissingModelError, match="'no_such_library', which is not installed"):
        registry.create("far")


def test_a_missing_module_of_our_own_is_a_fault_and_no_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry.ADAPTERS, "near", "cinema.adapters.no_such_module:Near")
    with pytest.raises(ModuleNotFoundError):
        registry.create("near")


@pytest.mark.parametrize("family", registry.ADAPTERS)
def test_no_adapter_imports_torch(family: str) -> None:
    probe = f"import sys; from cinema.adapters import registry; registry.create({family!r}); print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True).stdout == "False\n"


def test_a_task_can_have_every_precision_that_a_manifest_names() -> None:
    """Else a plan with such a task could be written, and not read again."""
    named = {precision for manifest in Catalog().manifests.values() for precision in manifest.precisions}
    assert named <= set(get_args(Precision))
