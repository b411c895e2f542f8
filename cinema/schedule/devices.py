# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportMissingImports=false
# pyright: reportUnknownArgumentType=false, reportAttributeAccessIssue=false
# nvidia-ml-py is optional and has no type stubs.
"""What this machine can compute on: its processor within the container's limits, and its NVIDIA cards."""

from __future__ import annotations

import os
import platform
from math import ceil
from pathlib import Path

from cinema.schedule.model import DeviceFacts
from cinema.settings import Settings

_CGROUPS = Path("/sys/fs/cgroup")
_PROC = Path("/proc")
_WORKER_BYTES = 400_000_000
"""Of one worker that draws (269 MB at 720p, 2026-11-21), with some room."""


def find_devices(settings: Settings) -> tuple[DeviceFacts, ...]:
    """The processor, always first ("cpu"), then every NVIDIA card ("cuda:0" ...) where `nvidia-ml-py` is installed.

    The processor's slots are `settings.workers`, or, where that is 0, the cores that affinity and the container allow, as far
    as its memory holds their workers.
    """
    memory_bytes = memory_limit_bytes()
    room = max(memory_bytes // _WORKER_BYTES, 1) if memory_bytes else core_limit()
    cpu = DeviceFacts(
        name="cpu",
        title=_cpu_title(),
        memory_bytes=memory_bytes,
        slots=settings.workers or min(core_limit(), room),
    )
    return (cpu, *_cards())


def core_limit(cgroups: Path = _CGROUPS, proc: Path = _PROC) -> int:
    """Cores that this process may use: the least of affinity and the container's quota, at least 1."""
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS
        cores = os.cpu_count() or 1
    for folder in _own_cgroups(cgroups, proc, "cpu"):
        quota, period = [*_read(folder / "cpu.max").split(), "", ""][:2]
        if not quota:
            quota, period = _read(folder / "cpu.cfs_quota_us"), _read(folder / "cpu.cfs_period_us")
        if quota.isdigit() and period.isdigit() and int(period) > 0:
            cores = min(cores, ceil(int(quota) / int(period)))
    return max(cores, 1)


def memory_limit_bytes(cgroups: Path = _CGROUPS, proc: Path = _PROC) -> int:
    """Memory that this process may use: the least of the machine's and the container's limit; 0 where it cannot be told."""
    machine = [line for line in _read(proc / "meminfo").splitlines() if line.startswith("MemTotal:")]
    limits = [int(line.split()[1]) * 1024 for line in machine]
    for folder in _own_cgroups(cgroups, proc, "memory"):
        for name in ("memory.max", "memory.high", "memory.limit_in_bytes"):
            text = _read(folder / name)
            if text.isdigit() and int(text) > 0:
                limits.append(int(text))
    if not limits and hasattr(os, "sysconf"):
        limits.append(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    return min(limits, default=0)


def _own_cgroups(cgroups: Path, proc: Path, controller: str) -> list[Path]:
    """The folders whose limits bind this process, in version 2 (unified) and version 1 layout, from leaf to root."""
    folders: list[Path] = []
    for line in _read(proc / "self" / "cgroup").splitlines():
        _, names, path = [*line.split(":", 2), "", ""][:3]
        if names and controller not in names.split(","):
            continue
        root = cgroups / names if names else cgroups
        if names and not root.is_dir():
            root = cgroups / controller
        inner = root / path.lstrip("/")
        folders += [inner, *(parent for parent in inner.parents if parent.is_relative_to(root))]
    return folders or [cgroups, cgroups / controller]


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""


def _cpu_title() -> str:
    for line in _read(_PROC / "cpuinfo").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _cards() -> tuple[DeviceFacts, ...]:
    try:
        import pynvml
    except ImportError:
        return ()
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return ()
    try:
        cards: list[DeviceFacts] = []
        for index in range(pynvml.nvmlDeviceGetCount()):
            handle = pynvml.nvmlDeviceGetHandleByIndex(index)
            title = pynvml.nvmlDeviceGetName(handle)
            memory = pynvml.nvmlDeviceGetMemoryInfo(handle)
            cards.append(DeviceFacts(name=f"cuda:{index}", title=str(title), memory_bytes=int(memory.total)))
        return tuple(cards)
    except pynvml.NVMLError:
        return ()
    finally:
        pynvml.nvmlShutdown()
