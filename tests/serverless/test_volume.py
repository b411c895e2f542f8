"""A network volume that is root's, and a worker that is not: where jobs lie then, and what its owner is told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cinema.faces.serverless import house as house_module
from cinema.faces.serverless.boot import why_not
from cinema.faces.serverless.house import House


@pytest.fixture
def volume(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A mounted volume on which this user may write in folders called `ours`, `jobs` and below, as if it were not root."""

    def access(path: Path, mode: int) -> bool:
        return path.is_dir() and (not mode & os.W_OK or (path / "ours").exists())

    monkeypatch.setattr(os, "access", access)
    place = tmp_path / "runpod-volume"
    place.mkdir()
    return place


def house_of(volume: Path) -> House:
    return House.here({"CINEMA_VOLUME": str(volume), "RUNPOD_ENDPOINT_ID": "a"})


def own(folder: Path) -> None:
    (folder / "ours").mkdir(parents=True)


def test_a_volume_of_roots_takes_jobs_in_a_folder_that_is_the_workers(volume: Path) -> None:
    own(volume / "cinema")
    house = house_of(volume)
    assert house.volume == volume
    assert house.jobs == volume / "cinema" / "jobs"
    assert why_not(house) == ""


@pytest.mark.parametrize("below", ["", "cinema", "cinema/jobs"])
def test_a_volume_that_may_not_be_written_where_jobs_would_lie_takes_none(volume: Path, below: str) -> None:
    if below:
        own(volume)  # what is above does not help
        (volume / below).mkdir(parents=True)
    house = house_of(volume)
    assert house.volume is None
    reason = why_not(house)
    assert f"chown {os.getuid()}:{os.getgid()} cinema" in reason
    assert str(volume) not in reason


def test_a_volume_of_ones_own_takes_jobs_before_there_is_a_folder_for_them(volume: Path) -> None:
    own(volume)
    assert house_of(volume).jobs == volume / "cinema" / "jobs"
    assert why_not(house_of(volume)) == ""


def test_nobody_without_a_volume_is_told_how_to_own_one(tmp_path: Path) -> None:
    reason = why_not(house_of(tmp_path / "runpod-volume"))
    assert "attach a network volume" in reason
    assert "chown" not in reason


@pytest.mark.parametrize("below", ["huggingface-cache", "huggingface-cache/hub"])
def test_the_place_of_volumes_is_none_where_only_a_model_cache_is_mounted_below_it(
    below: str, volume: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house_module, "VOLUME", volume)
    own(volume)  # as to root, whose the folder is
    (volume / below).mkdir(parents=True)
    told = {"RUNPOD_ENDPOINT_ID": "a"}
    alone = House.here(told, is_mount=lambda path: path == volume / below)
    assert (alone.volume, alone.jobs.is_relative_to(volume)) == (None, False)
    assert "attach a network volume" in why_not(alone), "films on the worker's own disk would go with it"
    attached = House.here(told, is_mount=lambda path: path == volume)
    assert (attached.volume, attached.jobs) == (volume, volume / "cinema" / "jobs")
    own(volume / "films")
    named = House.here({**told, "CINEMA_VOLUME": str(volume / "films")}, is_mount=lambda path: False)
    assert named.volume == volume / "films", "a folder that the owner names is believed"
