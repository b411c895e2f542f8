"""Where this worker's weights lie, and the endpoint's model cache: settled in the environment before anything reads it.

RunPod lays an endpoint's cached model out as a Hugging Face cache, `<volume>/huggingface-cache/hub`. It may be read-only; the
shelf, whose links lead there, may not.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from cinema.errors import CinemaError
from cinema.settings import Settings
from cinema.weights import shelf_root
from cinema.weights.hub import Hub

_CACHE = "huggingface-cache"
_NAMES = ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME")
"""What names a cache, the strongest first; below HF_HOME it is the folder hub."""


def name_places(volume: Path) -> None:
    """Weights and model cache of the volume, where it has them and the environment names no others.

    The model cache becomes `weights_cache`, so that what lies in it counts as here, if it lies on the volume, or if the owner
    of a live endpoint named it; somebody who tries this out at home may have a cache full of other things. An owner who wants
    none of it sets CINEMA_WEIGHTS_CACHE to nothing.
    """
    weights, cache = volume / "cinema" / "weights", volume / _CACHE
    if weights.is_dir() and not os.environ.get("CINEMA_WEIGHTS"):
        os.environ["CINEMA_WEIGHTS"] = str(weights)
    named = any(os.environ.get(name) for name in _NAMES)
    if cache.is_dir() and not named:
        os.environ["HF_HOME"] = str(cache)
    hub = Hub().cache
    live = bool(os.environ.get("RUNPOD_WEBHOOK_GET_JOB") or os.environ.get("RUNPOD_ENDPOINT_ID"))
    ours = hub.is_relative_to(cache.resolve()) or (named and (live or hub.is_relative_to(volume.resolve())))
    if "CINEMA_WEIGHTS_CACHE" not in os.environ and hub.is_dir() and ours:
        os.environ["CINEMA_WEIGHTS_CACHE"] = str(hub)
    if os.environ.get("CINEMA_WEIGHTS_CACHE"):
        try:
            os.environ["CINEMA_WEIGHTS"] = str(_shelf(Settings.load(), weights if volume.is_dir() else None))
        except CinemaError:
            return  # a setting is wrong; the first job says which


def _shelf(settings: Settings, on_volume: Path | None) -> Path:
    """The shelf that is meant. One that is not named and empty goes to the volume, which outlives this worker; one that
    cannot be written, into this container, with all that is on it. Links cost nothing.
    """
    meant = shelf_root(settings)
    empty = not settings.weights and not any(meant.glob("[!.]*/lock.json"))
    if empty and on_volume is not None and _takes_links(on_volume):
        return on_volume
    return meant if _takes_links(meant) else _doubled(meant)


def _takes_links(root: Path) -> bool:
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".try-", dir=root) as folder:
            (Path(folder) / "link").symlink_to("nowhere")
    except OSError:
        return False
    return True


def _doubled(shelf: Path) -> Path:
    """A shelf in the container with a link to each model on that one; the same shelf where that cannot be made either."""
    double = Path(tempfile.gettempdir()) / "cinema-weights"
    if not _takes_links(double):
        return shelf
    for lock in shelf.glob("[!.]*/lock.json"):
        place = double / lock.parent.name
        if not place.exists():
            place.unlink(missing_ok=True)
            place.symlink_to(lock.parent)
    return double
