"""The endpoint's model cache: weights in it are found, not fetched again, whoever comes first."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from endpoint import Platform, platform, wait_for, worker
from sent_jobs import story

from cinema import studio
from cinema.errors import MissingModelError
from cinema.faces.serverless import places
from cinema.settings import Settings
from cinema.testing.cache import lay_snapshot, safetensors
from cinema.testing.hub import TestingHub
from cinema.weights import WeightsShelf, shelf_for
from cinema.weights.keep import verify
from cinema.weights.turn import one_at_a_time

MODEL, REPOSITORY = "musicgen-small", "facebook/musicgen-small"
FILES = {
    "config.json": b"{}",
    "generation_config.json": b"{ }",
    "model.safetensors": safetensors(60_000),
    "pytorch_model.bin": bytes(20_000),
    "README.md": b"# The whole repository lies there.",
}
CARD = """
from types import SimpleNamespace

class NVMLError(Exception):
    pass

def nvmlInit(): pass
def nvmlShutdown(): pass
def nvmlDeviceGetCount(): return 1
def nvmlDeviceGetHandleByIndex(index): return index
def nvmlDeviceGetName(handle): return "NVIDIA L4"
def nvmlDeviceGetMemoryInfo(handle): return SimpleNamespace(total=24_150_000_000, used=0, free=24_150_000_000)
"""
"""A driver's library with one card: the models of the trade are not planned for a processor."""
NAMES = (
    "HF_HOME",
    "HF_HUB_CACHE",
    "HUGGINGFACE_HUB_CACHE",
    "CINEMA_WEIGHTS",
    "CINEMA_WEIGHTS_CACHE",
    "RUNPOD_ENDPOINT_ID",
    "RUNPOD_WEBHOOK_GET_JOB",
)


@pytest.fixture
def volume(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A volume with an empty model cache; no variable names another, and this user's own folders are empty."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    home = tmp_path / "home"
    for name, value in {"HOME": home, "XDG_DATA_HOME": home / "data", "XDG_CACHE_HOME": home / "cache"}.items():
        monkeypatch.setenv(name, str(value))
    monkeypatch.setattr(places.tempfile, "tempdir", str(tmp_path))
    (tmp_path / "volume" / "huggingface-cache" / "hub").mkdir(parents=True)
    return tmp_path / "volume"


def cache_of(volume: Path) -> Path:
    return volume / "huggingface-cache" / "hub"


# -- where things lie --------------------------------------------------------------------------------------------------


def test_the_volumes_cache_is_used_and_the_shelf_goes_to_the_volume(volume: Path) -> None:
    places.name_places(volume)
    assert os.environ["HF_HOME"] == str(volume / "huggingface-cache")
    assert os.environ["CINEMA_WEIGHTS_CACHE"] == str(cache_of(volume))
    assert os.environ["CINEMA_WEIGHTS"] == str(volume / "cinema" / "weights")


def test_without_a_model_cache_nothing_is_settled(volume: Path) -> None:
    cache_of(volume).rmdir()
    cache_of(volume).parent.rmdir()
    places.name_places(volume)
    assert not {"HF_HOME", "CINEMA_WEIGHTS", "CINEMA_WEIGHTS_CACHE"} & os.environ.keys()
    assert not (volume / "cinema").exists()


@pytest.mark.parametrize("name", ["HF_HUB_CACHE", "HF_HOME"])
def test_what_the_environment_names_goes_first(volume: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Taken from, if this is a live endpoint; at home it may be full of other things."""
    own = volume.parent / "own"
    hub = own if name == "HF_HUB_CACHE" else own / "hub"
    hub.mkdir(parents=True)
    monkeypatch.setenv(name, str(own))
    places.name_places(volume)
    assert "CINEMA_WEIGHTS_CACHE" not in os.environ
    monkeypatch.setenv("RUNPOD_ENDPOINT_ID", "abc")
    places.name_places(volume)
    assert os.environ["CINEMA_WEIGHTS_CACHE"] == str(hub)
    assert os.environ.get("HF_HOME") == (str(own) if name == "HF_HOME" else None)


def test_hf_hub_cache_goes_before_hf_home(volume: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(cache_of(volume)))
    monkeypatch.setenv("HF_HOME", str(volume.parent / "elsewhere"))
    places.name_places(volume)
    assert os.environ["CINEMA_WEIGHTS_CACHE"] == str(cache_of(volume))


def test_a_model_cache_that_is_a_link_off_the_volume(volume: Path) -> None:
    elsewhere = volume.parent / "disk of the machine"
    (volume / "huggingface-cache").rename(elsewhere)
    (volume / "huggingface-cache").symlink_to(elsewhere)
    places.name_places(volume)
    assert os.environ["CINEMA_WEIGHTS_CACHE"] == str(elsewhere / "hub")


def test_a_cache_at_home_is_nobodys_business(volume: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not that of the image either, whose weights have a shelf."""
    (volume.parent / "home" / "cache" / "huggingface" / "hub").mkdir(parents=True)
    cache_of(volume).rmdir()
    cache_of(volume).parent.rmdir()
    monkeypatch.setenv("RUNPOD_ENDPOINT_ID", "abc")
    places.name_places(volume)
    assert "CINEMA_WEIGHTS_CACHE" not in os.environ


def test_an_owner_may_want_none_of_it(volume: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CINEMA_WEIGHTS_CACHE", "")
    places.name_places(volume)
    assert os.environ["CINEMA_WEIGHTS_CACHE"] == ""
    assert "CINEMA_WEIGHTS" not in os.environ


def test_a_volume_that_cannot_be_written_leaves_the_shelf_in_the_container(volume: Path) -> None:
    (volume / "cinema").write_text("in the way")
    lay_snapshot(cache_of(volume), REPOSITORY, FILES)
    places.name_places(volume)
    assert "CINEMA_WEIGHTS_CACHE" in os.environ
    shelf = shelf_for(Settings.load())
    assert not shelf.root.is_relative_to(volume)
    model = studio.Catalog().manifest(MODEL)
    assert shelf.find(model) is not None
    assert verify(shelf, MODEL) == ()


def test_weights_on_a_shelf_that_cannot_be_written_are_still_found(volume: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The shelf in the container has links to them, and what is found in the cache beside them."""
    kept = volume / "cinema" / "weights"
    source = volume.parent / "source"
    for repository in (REPOSITORY, "facebook/musicgen-medium"):
        lay_snapshot(source, repository, FILES)
    catalog = studio.Catalog()
    medium, small = catalog.manifest("musicgen-medium"), catalog.manifest(MODEL)
    pulled = shelf_for(Settings(weights=str(kept), weights_cache=str(source))).find(medium)
    assert pulled is not None
    lay_snapshot(cache_of(volume), REPOSITORY, FILES)
    writable = places._takes_links
    monkeypatch.setattr(places, "_takes_links", lambda root: not root.is_relative_to(volume) and writable(root))
    for _ in range(2):
        places.name_places(volume)
        shelf = shelf_for(Settings.load())
        assert not shelf.root.is_relative_to(volume)
        assert shelf.find(medium) == pulled
        assert shelf.find(small) is not None
    assert WeightsShelf(kept).find(small) is None


def test_weights_in_the_image_stay_the_shelf(volume: Path) -> None:
    """A new shelf on the volume would hide them."""
    home = shelf_for(Settings())
    lay_snapshot(volume.parent / "baked", REPOSITORY, FILES)
    shelf_for(Settings(weights_cache=str(volume.parent / "baked"))).find(studio.Catalog().manifest(MODEL))
    places.name_places(volume)
    assert os.environ["CINEMA_WEIGHTS"] == str(home.root)


# -- what a film needs -------------------------------------------------------------------------------------------------


def test_a_film_is_equipped_from_the_cache(volume: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    card = ModuleType("pynvml")
    exec(CARD, vars(card))
    monkeypatch.setitem(sys.modules, "pynvml", card)
    wanted = {"mode": "animatic", "models": {"music": MODEL}}
    places.name_places(volume)
    with pytest.raises(MissingModelError, match=f"cinema models pull {MODEL}"):
        studio.equip(Settings.load(overrides=wanted), language="en")
    commit = lay_snapshot(cache_of(volume), REPOSITORY, FILES)
    found = studio.equip(Settings.load(overrides=wanted), language="en")
    assert found.choice["music"].revision == commit
    held = found.catalog.held(MODEL)
    assert held is not None
    assert (held.path / "model.safetensors").read_bytes() == FILES["model.safetensors"]


@pytest.fixture
def hub() -> Iterator[TestingHub]:
    with TestingHub() as found:
        yield found


@pytest.fixture
def place() -> Iterator[Platform]:
    pytest.importorskip("runpod", reason="the extra `serverless` is not installed")
    with platform() as found:
        yield found


def surroundings(volume: Path, hub: TestingHub) -> dict[str, str]:
    """A live endpoint with a card and that volume. The hub counts whoever asks it."""
    drivers = volume.parent / "drivers"
    drivers.mkdir()
    (drivers / "pynvml.py").write_text(CARD)
    told = {"CINEMA_VOLUME": str(volume), "PYTHONPATH": str(drivers), "RUNPOD_ENDPOINT_ID": ""}
    return {**told, "HF_ENDPOINT": hub.endpoint, "XDG_CONFIG_HOME": str(volume.parent / "home" / "config")}


def scored(action: str) -> dict[str, object]:
    """A job whose music that model makes."""
    return {"action": action, "script": story(2), "mode": "animatic", "settings": {"models": {"music": MODEL}}}


@pytest.mark.slow
def test_an_endpoint_plans_with_what_lies_in_its_cache_from_the_first_job(
    place: Platform, volume: Path, hub: TestingHub
) -> None:
    """The first job comes while the warm-up still waits for another worker that takes the same model."""
    lay_snapshot(cache_of(volume), REPOSITORY, FILES)
    jobs = volume / "cinema" / "jobs"
    jobs.mkdir(parents=True)
    more = surroundings(volume, hub)
    with worker(place, jobs, **more):
        with one_at_a_time(volume / "cinema" / "weights", MODEL):
            place.submit("first-1", scored("plan"))
            wait_for(place.jobs.empty, 120)
            assert place.results("first-1") == []
        planned = place.result("first-1")["output"]
        assert "error" not in planned, planned
        assert MODEL in {batch["model"] for batch in planned["plan"]["batches"]}
        assert not [note for note in (*planned["notes"], *planned["warnings"]) if "not here" in note or "pull" in note]
        place.submit("models-1", {"action": "models"})
        listed = {one["id"]: one["here"] for one in place.result("models-1")["output"]["models"]}
    assert listed[MODEL]
    assert not listed["musicgen-medium"]
    assert hub.requests == []
    assert (volume / "cinema" / "weights" / MODEL / "lock.json").is_file()


@pytest.mark.slow
def test_an_endpoint_says_what_its_cache_lacks(place: Platform, volume: Path, hub: TestingHub) -> None:
    lay_snapshot(cache_of(volume), REPOSITORY, {name: data for name, data in FILES.items() if "model.safe" not in name})
    jobs = volume / "cinema" / "jobs"
    jobs.mkdir(parents=True)
    with worker(place, jobs, **surroundings(volume, hub)):
        place.submit("lacking-1", {**scored("render"), "outputs": ["film"]})
        said = place.result("lacking-1")
    assert "has no file 'model*.safetensors'" in str(said)
    assert "missing_model" in str(said)
    assert str(volume) not in str(said)
    assert hub.requests == []
    log = (volume / "cinema" / "handler.log").read_text()
    assert f"The weights of {MODEL} were not taken from the model cache: {REPOSITORY} at" in log
