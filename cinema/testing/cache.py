"""A Hugging Face cache for tests, laid out as huggingface_hub lays it out: large files by SHA-256, small ones by git's id."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path

from cinema.testing.hub import LFS_BYTES


def safetensors(size_bytes: int, seed: int = 0) -> bytes:
    """A file of safetensors with one tensor of so many bytes."""
    header = json.dumps({"w": {"dtype": "U8", "shape": [size_bytes], "data_offsets": [0, size_bytes]}}).encode()
    return len(header).to_bytes(8, "little") + header + bytes([seed % 251]) * size_bytes


def lay_snapshot(
    hub: Path,
    repository: str,
    files: Mapping[str, bytes],
    *,
    plain: bool = False,
    ref: str | None = "main",
    tree: Mapping[str, bytes] | None = None,
) -> str:
    """Add a commit of the repository to the cache `hub` and give its name.

    `plain`: the snapshot holds files, not links to blobs. `ref`: the branch that means this commit from now on. `tree`: the
    whole commit, of which `files` came; its listing is kept as huggingface_hub does.
    """
    commit = hashlib.sha1(json.dumps({name: _sha256(data) for name, data in files.items()}).encode()).hexdigest()
    storage = hub / "--".join(["models", *repository.split("/")])
    snapshot = storage / "snapshots" / commit
    (storage / "blobs").mkdir(parents=True, exist_ok=True)
    snapshot.mkdir(parents=True)
    os.utime(snapshot, (time.time(), time.time()))
    for name, data in files.items():
        place = snapshot / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if plain:
            place.write_bytes(data)
            continue
        blob = storage / "blobs" / _blob(data)
        blob.write_bytes(data)
        place.symlink_to(os.path.relpath(blob, place.parent))
    if ref is not None:
        (storage / "refs").mkdir(exist_ok=True)
        (storage / "refs" / ref).write_text(commit, encoding="ascii")
    if tree is not None:
        (storage / "trees").mkdir(exist_ok=True)
        listed = {name: _entry(data) for name, data in tree.items()}
        (storage / "trees" / f"{commit}.json").write_text(json.dumps({"format_version": 1, "files": listed}), encoding="utf-8")
    return commit


def _entry(data: bytes) -> dict[str, object]:
    large = {"lfs_sha256": _sha256(data), "lfs_size": len(data)} if len(data) >= LFS_BYTES else {}
    return {"size": len(data), "blob_id": _git_id(data), **large}


def _blob(data: bytes) -> str:
    return _sha256(data) if len(data) >= LFS_BYTES else _git_id(data)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _git_id(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
