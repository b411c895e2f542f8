"""Whether this machine can run the generators: their libraries, its cards, its weights, and which modes that serves.

Nothing here loads a model library: a child process with a time limit does, and only where there is a card to ask about.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from cinema.catalog import Catalog, Mode
from cinema.errors import CinemaError
from cinema.schedule import choose_mode
from cinema.schedule.model import DeviceFacts
from cinema.settings import Settings
from cinema.studio import download_size, furnish, missing_weights, pull_command, stocked
from cinema.units import human_bytes
from cinema.weights import shelf_root

EXTRA = ("torch", "diffusers", "transformers", "accelerate", "safetensors", "spandrel", "coqui-tts", "huggingface_hub")
"""The distributions by which the extra `models` is known to be installed."""
_ASK_SECONDS = 120.0
"""Importing torch takes seconds, from a cold disk a minute."""
_ASK = (
    "import json, torch; on = torch.cuda.is_available(); "
    "print(json.dumps({'cuda': torch.version.cuda or '', 'available': on, "
    "'cards': [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())] if on else []}))"
)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What was found; `remedy` is empty where nothing needs doing."""

    found: str
    remedy: str = ""


def libraries(names: Sequence[str] = EXTRA) -> Finding:
    """The extra `models`: whole, absent (then only code makes films), or in part (then something is wrong)."""
    here = {name: found for name in names if (found := _version(name)) is not None}
    if not here:
        return Finding(found="not installed: films are drawn and synthesised; for the generators: pip install 'cinema[models]'")
    if len(here) < len(names):
        absent = ", ".join(name for name in names if name not in here)
        return Finding(found=f"in part: {absent} missing", remedy="Complete it: pip install 'cinema[models]'")
    return Finding(found=", ".join(f"{name} {found}" for name, found in here.items()))


def cards(devices: Sequence[DeviceFacts], python: Sequence[str] = (sys.executable, "-c", _ASK)) -> Finding:
    """Whether torch reaches the cards that NVIDIA's own library found."""
    found = [device for device in devices if device.name != "cpu"]
    torch = _version("torch")
    if not found:
        how = "" if _version("nvidia-ml-py") else " (nvidia-ml-py, which finds them, is not installed)"
        return Finding(found=f"no NVIDIA card{how}: generators run on the processor, slowly")
    names = ", ".join(f"{device.title} with {human_bytes(device.memory_bytes)}" for device in found)
    if torch is None:
        return Finding(found=f"{names}; no torch to use them: pip install 'cinema[models]'")
    try:
        said = subprocess.run(python, capture_output=True, text=True, timeout=_ASK_SECONDS, check=False)
        facts = json.loads(said.stdout.strip().splitlines()[-1]) if said.returncode == 0 else None
    except (subprocess.TimeoutExpired, OSError, ValueError, IndexError):
        facts = None
    if facts is None:
        return Finding(found=f"{names}; torch {torch} does not load", remedy="Install it again: pip install 'cinema[models]'")
    if not facts["available"]:
        made = f"made for CUDA {facts['cuda']}" if facts["cuda"] else "made for processors only"
        remedy = "Bring the driver up to date." if facts["cuda"] else "Install a torch that is made for CUDA."
        return Finding(found=f"{names}; torch {torch}, {made}, does not reach them", remedy=remedy)
    return Finding(found=f"torch {torch} with CUDA {facts['cuda']} on {', '.join(facts['cards'])}")


def weights(settings: Settings, catalog: Catalog) -> Finding:
    """Where weights lie, which are there, and how much room is left."""
    root = shelf_root(settings)
    above = next((folder for folder in (root, *root.parents) if folder.is_dir()), Path("/"))
    if not os.access(above, os.W_OK):
        return Finding(found=f"{root} cannot be written", remedy="Set `weights` (CINEMA_WEIGHTS) to another folder.")
    free = human_bytes(shutil.disk_usage(above).free)
    held = [one for model in catalog.manifests if (one := catalog.held(model)) is not None]
    what = (
        f"{len(held)} model{'s' if len(held) > 1 else ''}, {human_bytes(sum(one.size_bytes for one in held))}"
        if held
        else "no weights yet"
    )
    return Finding(found=f"{root}: {what}; {free} free")


def modes(settings: Settings, catalog: Catalog, devices: Sequence[DeviceFacts]) -> dict[str, Finding]:
    """By name: whether the mode can be served here, and what is to be fetched first."""
    return {name: _mode(catalog.mode(name), settings, catalog, devices) for name in catalog.names("modes")}


def _mode(mode: Mode, settings: Settings, catalog: Catalog, devices: Sequence[DeviceFacts]) -> Finding:
    asked = settings.model_copy(update={"mode": mode.name})
    stock = stocked(catalog, mode, settings)
    try:
        choose_mode(asked, stock, devices)
        choice = furnish(asked, stock, tuple(devices), mode, language=settings.language or "en").choice
    except CinemaError as exc:
        return Finding(found=f"not here: {exc.message.partition(';')[0].rstrip('.')}")
    if any(manifest.sources for manifest in choice.values()) and _version("torch") is None:
        return Finding(found="needs the generators' libraries: pip install 'cinema[models]'")
    missing = missing_weights(choice.values(), stock)
    if missing and mode.weights == "released":
        size = download_size(missing)
        gated = ", ".join(one.id for one in missing if one.licence.gated)
        first = f" (first accept the licence of {gated} at the hub, and set HF_TOKEN)" if gated else ""
        told = f" ({size} to download)" if size else ""
        return Finding(found=f"once its weights are here{told}: {pull_command(missing)}{first}")
    return Finding(found=f"ready: {', '.join(dict.fromkeys(one.id for one in choice.values()))}")


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
