"""A hub on localhost, and a machine beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pulling import Room

from cinema.testing.hub import TestingHub


@pytest.fixture
def server() -> Iterator[TestingHub]:
    with TestingHub() as hub:
        yield hub


@pytest.fixture
def room(tmp_path: Path, server: TestingHub) -> Room:
    return Room(tmp_path, server)
