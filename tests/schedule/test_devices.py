"""The machine's limits, read from folders that look like the system's."""

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from cinema.schedule import devices, find_devices
from cinema.schedule.devices import core_limit, memory_limit_bytes
from cinema.settings import Settings


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_the_processor_is_always_there() -> None:
    cpu, *cards = find_devices(Settings())
    assert cpu.name == "cpu"
    assert cpu.slots >= 1
    assert cpu.memory_bytes > 100_000_000
    assert cpu.title
    assert all(card.name.startswith("cuda:") for card in cards)
    assert find_devices(Settings(workers=7))[0].slots == 7


def test_a_unified_container_limits_cores_and_memory(tmp_path: Path) -> None:
    cgroups, proc = tmp_path / "cgroup", tmp_path / "proc"
    write(proc / "self" / "cgroup", "0::/pod/one\n")
    write(proc / "meminfo", "MemTotal:       16000000 kB\nMemFree: 1 kB\n")
    write(cgroups / "pod" / "cpu.max", "100000 100000\n")
    write(cgroups / "pod" / "one" / "cpu.max", "max 100000\n")
    write(cgroups / "pod" / "memory.max", "3000000000\n")
    write(cgroups / "pod" / "one" / "memory.max", "max\n")
    assert core_limit(cgroups, proc) == 1
    assert memory_limit_bytes(cgroups, proc) == 3_000_000_000


def test_the_older_layout_limits_too(tmp_path: Path) -> None:
    cgroups, proc = tmp_path / "cgroup", tmp_path / "proc"
    write(proc / "self" / "cgroup", "4:memory:/box\n1:cpu,cpuacct:/box\n0::/\n")
    write(cgroups / "memory" / "box" / "memory.limit_in_bytes", "2000000000\n")
    write(cgroups / "memory" / "memory.limit_in_bytes", "9223372036854771712\n")
    write(cgroups / "cpu,cpuacct" / "box" / "cpu.cfs_quota_us", "50000\n")
    write(cgroups / "cpu,cpuacct" / "box" / "cpu.cfs_period_us", "100000\n")
    assert core_limit(cgroups, proc) == 1
    assert memory_limit_bytes(cgroups, proc) == 2_000_000_000


def test_a_machine_that_tells_nothing_still_has_a_core_and_memory(tmp_path: Path) -> None:
    assert core_limit(tmp_path, tmp_path) >= 1
    assert memory_limit_bytes(tmp_path, tmp_path) > 100_000_000


class NvmlError(Exception):
    pass


def nvml(*, broken: str = "") -> ModuleType:
    """A driver library of two cards, of which one call may fail."""

    def call(name: str, result: object):
        def made(*_: object) -> object:
            if name == broken:
                raise NvmlError(name)
            return result

        return made

    module = ModuleType("pynvml")
    results = {
        "nvmlInit": None,
        "nvmlShutdown": None,
        "nvmlDeviceGetCount": 2,
        "nvmlDeviceGetHandleByIndex": 0,
        "nvmlDeviceGetName": "NVIDIA H100",
        "nvmlDeviceGetMemoryInfo": SimpleNamespace(total=85_000_000_000),
    }
    for name, result in results.items():
        setattr(module, name, call(name, result))
    module.NVMLError = NvmlError  # type: ignore[attr-defined]
    return module


def test_cards_are_found_through_the_driver_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", nvml())
    cards = find_devices(Settings())[1:]
    assert [(card.name, card.title, card.memory_bytes) for card in cards] == [
        ("cuda:0", "NVIDIA H100", 85_000_000_000),
        ("cuda:1", "NVIDIA H100", 85_000_000_000),
    ]


@pytest.mark.parametrize("broken", ["nvmlInit", "nvmlDeviceGetMemoryInfo"])
def test_a_driver_that_does_not_answer_means_no_cards(monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", nvml(broken=broken))
    assert len(find_devices(Settings())) == 1


def test_without_the_library_there_are_no_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", None)
    assert len(find_devices(Settings())) == 1


def test_many_cores_with_little_memory_get_no_more_workers_than_it_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "core_limit", lambda: 64)
    for memory_bytes, slots in ((8_000_000_000, 20), (100_000_000_000, 64), (100_000_000, 1), (0, 64)):
        monkeypatch.setattr(devices, "memory_limit_bytes", lambda found=memory_bytes: found)
        assert find_devices(Settings())[0].slots == slots
    assert find_devices(Settings(workers=7))[0].slots == 7
