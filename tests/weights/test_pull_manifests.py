"""What the manifests of this installation ask for can be pulled: every one is planned against a hub that has it."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

import pytest
from pulling import Room

from cinema.catalog import Catalog, Manifest, Source
from cinema.weights.converters import CONVERTERS
from cinema.weights.pickles import is_pickle
from cinema.weights.web import is_web

WITH_WEIGHTS = [one for one in Catalog().manifests.values() if one.sources]


def example(source: Source, pattern: str) -> str:
    """A file that the pattern means."""
    return str(PurePosixPath(source.subfolder) / pattern.replace("**/", "x/").replace("*", "x").replace("?", "x"))


@pytest.mark.parametrize("model", WITH_WEIGHTS, ids=lambda one: one.id)
def test_pickles_are_stated_and_files_stay_in_their_folder(model: Manifest) -> None:
    assert model.convert in {"", *CONVERTERS}
    for source in model.sources:
        assert source.files
        assert ".." not in PurePosixPath(source.into).parts
        assert not source.into.startswith("/")
        for file in source.files:
            assert not file.path.startswith("/")
            assert file.sha256 is None or re.fullmatch(r"[0-9a-f]{64}", file.sha256)
            assert file.sha256 is None or "*" not in file.path, "a hash is of one file"
            assert not is_pickle(file.path) or file.sha256, "users would have to vouch for it"
        if is_web(source):
            assert source.repository.startswith("https://")
            assert all(file.sha256 and "*" not in file.path for file in source.files)
        else:
            assert re.fullmatch(r"[\w.-]+/[\w.-]+", source.repository)


@pytest.mark.models
def test_every_manifest_can_be_planned(room: Room) -> None:
    files: dict[str, dict[str, bytes]] = {}
    models = [one for one in WITH_WEIGHTS if not any(is_web(source) for source in one.sources)]
    for source in (source for model in models for source in model.sources):
        content = {example(source, file.path): b"x" for file in source.files}
        files.setdefault(source.repository, {"README.md": b"#", "unwanted/model.safetensors": b"x"}).update(content)
    for repository, content in files.items():
        room.server.publish(repository, content)
    assert len(models) > 40
    for model in models:
        plan = room.plan(model)
        chosen = {item.chosen.path for item in plan.all_items}
        assert not {path for path in chosen if "unwanted" in path}, model.id
        assert len(chosen) == len(plan.all_items) > 0
