"""A worker's memory: its peaks, what it gives back, and what to tell when there was too little.

No model library is imported here: torch is asked only where an adapter has loaded it.
"""

from __future__ import annotations

import gc
import os
import re
import sys
from pathlib import Path
from typing import Any

from cinema.adapters.contract import Device, LoadPlan
from cinema.errors import DoesNotFitError
from cinema.units import human_bytes

_UNITS = {"bytes": 1, "b": 1, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40}
_SIZE = r"([\d.]+) ?(bytes|[KMGT]iB)"
_ASKED = re.compile(rf"(?:tried to|unable to) allocate {_SIZE}", re.IGNORECASE)
_TOTAL = re.compile(rf"total capacity of {_SIZE}", re.IGNORECASE)
_FREE = re.compile(rf"of which {_SIZE} is free", re.IGNORECASE)
"""As torch 2.11 writes it for a card ("Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 139.81 GiB of which 1.20 GiB
is free.") and for the processor ("you tried to allocate 4096 bytes"), and numpy ("Unable to allocate 1.5 GiB for an array")."""
_SIGNS = ("out of memory", "can't allocate memory", "cannot allocate memory", "status_alloc_failed")
"""How CUDA, torch on a processor, the system, cuBLAS and cuDNN say it where they have no class of error for it."""


def is_shortage(exc: BaseException) -> bool:
    """Whether a library's error means that memory was short."""
    text = str(exc).lower()
    return isinstance(exc, MemoryError) or type(exc).__name__ == "OutOfMemoryError" or any(sign in text for sign in _SIGNS)


def shortage(exc: BaseException, plan: LoadPlan | None, device: Device | None) -> DoesNotFitError:
    """The error of ours for such an error, with the figures that it tells."""
    who = f"{plan.manifest.id} ({plan.load_plan}, {plan.precision})" if plan else "It"
    where = f" on {device.name}" if device else ""
    text = str(exc)
    asked, free, total = (_bytes(pattern.search(text)) for pattern in (_ASKED, _FREE, _TOTAL))
    figures = f": it asked for {human_bytes(asked)}" if asked is not None else ""
    if free is not None and total is not None:
        figures += f"{' when' if figures else ': only'} {human_bytes(free)} of {human_bytes(total)} were free"
    if not figures:
        figures = f" ({text.splitlines()[0][:160] if text else type(exc).__name__})"
    return DoesNotFitError(f"{who} ran out of memory{where}{figures}; choose a smaller mode, size or model.")


def give_back() -> None:
    """Return what nothing refers to any more to the system and, where torch holds some, to the card."""
    gc.collect()
    torch = _torch()
    if torch is not None and torch.cuda.is_initialized():
        torch.cuda.empty_cache()


def resident_bytes() -> int:
    """Of this process."""
    return _status_bytes("VmRSS:")


def device_bytes() -> int:
    """Of all cards, by torch's own account: what this process's tensors use and what it keeps for new ones."""
    torch = _torch()
    if torch is None or not torch.cuda.is_initialized():
        return 0
    return sum(int(torch.cuda.memory_reserved(index)) for index in range(torch.cuda.device_count()))


def reset_peak(device: str) -> None:
    """Let the peak start again from what is in use now (of the process: Linux, where the container permits it)."""
    torch = _torch()
    if device != "cpu" and torch is not None and torch.cuda.is_initialized():
        torch.cuda.reset_peak_memory_stats(device)
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return


def peak_bytes(device: str) -> int:
    """Since the last `reset_peak`: on the card where one was used, else of the process."""
    torch = _torch()
    if device != "cpu" and torch is not None and torch.cuda.is_initialized():
        return int(torch.cuda.max_memory_allocated(device))
    return _status_bytes("VmHWM:")


def read_ahead(folder: Path) -> int:
    """Ask the system to read the folder's weights into its cache; returns how many bytes, at once and whatever comes of it.

    Nothing is asked where they are larger than the memory that is free: they would push out what is in use.
    """
    files = [path for path in sorted(folder.rglob("*.safetensors")) if path.is_file()]
    total = sum(path.stat().st_size for path in files)
    if not hasattr(os, "posix_fadvise") or not 0 < total < _available_bytes():
        return 0
    for path in files:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_WILLNEED)
        finally:
            os.close(descriptor)
    return total


def _bytes(found: re.Match[str] | None) -> int | None:
    return None if found is None else round(float(found.group(1)) * _UNITS[found.group(2).lower()])


def _torch() -> Any:
    return sys.modules.get("torch")


def _status_bytes(name: str) -> int:
    return _field_bytes(Path("/proc/self/status"), name)


def _available_bytes() -> int:
    return _field_bytes(Path("/proc/meminfo"), "MemAvailable:")


def _field_bytes(path: Path, name: str) -> int:
    try:
        for line in path.read_text(encoding="ascii").splitlines():
            if line.startswith(name):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0
