"""What this machine has, and what it lacks for making films."""

from __future__ import annotations

import platform
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from cinema import __version__, readiness
from cinema.catalog import Catalog
from cinema.errors import CinemaError
from cinema.schedule import find_devices
from cinema.settings import Settings
from cinema.units import human_bytes
from cinema.weights import WeightsShelf, shelf_root

_FREE_BYTES_WANTED = 1_000_000_000
_LIBRARIES = (
    "numpy",
    "opencv-python-headless",
    "av",
    "soundfile",
    "soxr",
    "resvg-py",
    "espeakng-loader",
    "opentimelineio",
    "reportlab",
)


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing looked at: whether it is well, what was found and, where it is not, what to do."""

    name: str
    ok: bool
    found: str
    remedy: str = ""


def examine() -> tuple[Check, ...]:
    """Every check, in a fixed order. Nothing is changed on the machine."""
    return (
        _python(),
        *(_library(name) for name in _LIBRARIES),
        _guarded("encoder", _encoder, "Install Cinema again; the av wheel brings FFmpeg with libx264."),
        _guarded("voice", _voice, "Install Cinema again; the espeakng-loader wheel brings eSpeak NG."),
        _guarded("catalog", _catalog, "Mend the file that is named."),
        *_devices(),
        _disk(),
        *_generators(),
    )


def _python() -> Check:
    found = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, Cinema {__version__}"
    return Check(name="python", ok=sys.version_info >= (3, 11), found=found, remedy="Use Python 3.11 or newer.")


def _library(name: str) -> Check:
    try:
        return Check(name=name, ok=True, found=version(name))
    except PackageNotFoundError:
        return Check(name=name, ok=False, found="not installed", remedy=f"Install it: pip install {name}")


def _guarded(name: str, look: Callable[[], str], remedy: str) -> Check:
    """A check that runs a library: whatever it raises is a finding, not a fault."""
    try:
        return Check(name=name, ok=True, found=look())
    except Exception as exc:
        return Check(name=name, ok=False, found=f"{type(exc).__name__}: {exc}", remedy=remedy)


def _encoder() -> str:
    import av

    for codec in ("libx264", "aac", "mov_text"):
        av.Codec(codec, "w")
    return f"libx264, aac and mov_text in FFmpeg {'.'.join(map(str, av.library_versions['libavcodec']))} (libavcodec)"


def _voice() -> str:
    from espeakng_loader import get_data_path, get_library_path

    for path in (get_library_path(), get_data_path()):
        if not Path(path).exists():
            raise FileNotFoundError(path)
    return "eSpeak NG and its voices"


def _catalog() -> str:
    catalog = Catalog()
    for name in catalog.names("modes"):
        for models in catalog.mode(name).roles.values():
            for model in models:
                catalog.manifest(model)
    for name in catalog.names("delivery"):
        catalog.delivery(name)
    return f"{len(catalog.manifests)} models; modes {', '.join(catalog.names('modes'))}"


def _generators() -> tuple[Check, ...]:
    """What is optional: a machine without it makes films all the same, so only what is broken counts as a failure."""
    try:
        settings = Settings.load().model_copy(update={"weights_cache": ""})  # what lies there is taken by whoever needs it
        catalog = Catalog().with_shelf(WeightsShelf(shelf_root(settings)))
        devices = find_devices(settings)
        return (
            _from("models", readiness.libraries()),
            _from("cards", readiness.cards(devices)),
            _from("weights", readiness.weights(settings, catalog)),
            *(_from(f"mode {name}", found) for name, found in readiness.modes(settings, catalog, devices).items()),
        )
    except CinemaError as exc:
        return (Check(name="generators", ok=False, found=str(exc), remedy="See the message."),)


def _from(name: str, finding: readiness.Finding) -> Check:
    return Check(name=name, ok=not finding.remedy, found=finding.found, remedy=finding.remedy)


def _devices() -> tuple[Check, ...]:
    try:
        devices = find_devices(Settings())
    except CinemaError as exc:
        return (Check(name="device", ok=False, found=exc.message, remedy="See the message."),)
    return tuple(
        Check(
            name="device",
            ok=True,
            found=f"{device.name}: {device.title}, {human_bytes(device.memory_bytes)}, {device.slots} workers",
        )
        for device in devices
    )


def _disk() -> Check:
    free = shutil.disk_usage(tempfile.gettempdir()).free
    return Check(
        name="disk",
        ok=free >= _FREE_BYTES_WANTED,
        found=f"{human_bytes(free)} free for temporary files",
        remedy=f"Free at least {human_bytes(_FREE_BYTES_WANTED)} in {tempfile.gettempdir()}.",
    )
