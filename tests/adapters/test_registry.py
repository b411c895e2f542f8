"""The table of adapters, and the contract as every one of them keeps it."""

import subprocess
import sys

import pytest

from cinema.adapters import registry
from cinema.errors import InputError, MissingModelError


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
