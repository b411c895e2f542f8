"""What a worker knows of memory: the figures in the libraries' own words, and reading weights ahead."""

import ctypes
import mmap
import os
import time
from pathlib import Path

import pytest

from cinema.adapters.contract import Device, LoadPlan
from cinema.catalog import Manifest
from cinema.render import memory
from cinema.units import human_bytes

PLAN = LoadPlan(
    manifest=Manifest.model_validate(
        {
            "id": "heavy",
            "name": "Heavy",
            "roles": ["video"],
            "family": "testing",
            "licence": {"name": "MIT", "commercial": True},
        }
    ),
    load_plan="component_offload",
    precision="bf16",
)
CARD = Device(name="cuda:0")


class OutOfMemoryError(RuntimeError):
    """Called as torch's is."""


@pytest.mark.parametrize(
    ("exc", "figures"),
    [
        (
            OutOfMemoryError(
                "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 139.81 GiB of which 1.20 GiB is "
                "free. Including non-PyTorch memory, this process has 138.60 GiB memory in use."
            ),
            "it asked for 2.1 GB when 1.3 GB of 150.1 GB were free;",
        ),
        (
            RuntimeError(
                "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to "
                "allocate 400000000000 bytes. Error code 12 (Cannot allocate memory)"
            ),
            "it asked for 400.0 GB;",
        ),
        (MemoryError("Unable to allocate 1.50 GiB for an array with shape (3,) and data type int8"), "it asked for 1.6 GB;"),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"), "(CUDA error: CUBLAS"),
        (MemoryError(), "(MemoryError)"),
    ],
)
def test_the_libraries_figures_are_told(exc: Exception, figures: str) -> None:
    assert memory.is_shortage(exc)
    error = memory.shortage(exc, PLAN, CARD)
    assert error.exit_code == 4
    assert "heavy (component_offload, bf16) ran out of memory on cuda:0" in str(error)
    assert figures in str(error)


@pytest.mark.parametrize("exc", [RuntimeError("shapes do not agree"), ValueError("memory of a goldfish"), OSError(28, "full")])
def test_other_errors_are_no_shortage(exc: Exception) -> None:
    assert not memory.is_shortage(exc)


@pytest.mark.models
def test_torch_says_it_as_we_read_it() -> None:
    import torch

    with pytest.raises(RuntimeError) as raised:
        torch.empty(1 << 50, dtype=torch.uint8)
    assert memory.is_shortage(raised.value)
    assert f"it asked for {human_bytes(1 << 50)}" in str(memory.shortage(raised.value, PLAN, CARD))


def cached_pages(path: Path) -> int:
    """How many of the file's pages are in the system's cache."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mincore.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p]
    with path.open("r+b") as file:
        size = os.fstat(file.fileno()).st_size
        mapped = mmap.mmap(file.fileno(), size)
        address = ctypes.addressof(ctypes.c_char.from_buffer(mapped))
        pages = -(-size // mmap.PAGESIZE)
        vector = ctypes.create_string_buffer(pages)
        assert libc.mincore(address, size, vector) == 0
        return sum(byte & 1 for byte in vector.raw)


def test_weights_are_read_into_the_systems_cache(tmp_path: Path) -> None:
    inner = tmp_path / "transformer"
    inner.mkdir()
    path = inner / "model.safetensors"
    path.write_bytes(os.urandom(2_000_000))
    (tmp_path / "readme.md").write_bytes(bytes(1000))
    with path.open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    if cached_pages(path) > 10:
        pytest.skip("this file system does not let go of its pages")
    assert memory.read_ahead(tmp_path) == 2_000_000
    until = time.monotonic() + 60
    while cached_pages(path) <= 400:
        assert time.monotonic() < until, "they are not read"
        time.sleep(0.01)


def test_what_does_not_fit_the_free_memory_is_not_read_ahead(tmp_path: Path) -> None:
    with (tmp_path / "model.safetensors").open("wb") as file:
        file.truncate(1 << 43)  # sparse
    assert memory.read_ahead(tmp_path) == 0
    assert memory.read_ahead(tmp_path / "nowhere") == 0
