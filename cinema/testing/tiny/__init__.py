"""Tiny random checkpoints of every family, in the on-disk form of the released ones: a few MB, made in seconds.

What they give is noise; the code that reads and runs them is the real one. `python -m cinema.testing.tiny --out DIR ID ...`
makes those of the models named, each in `DIR/ID`, with a `lock.json` that states every file's hash.
"""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

from cinema.catalog import Manifest
from cinema.errors import InputError
from cinema.identity import digest, file_digest
from cinema.weights.tiny import BUILDERS_VERSION

BUILDERS: dict[str, str] = {
    "ltx_video": "cinema.testing.tiny.ltx_video:build",
    "ltx2": "cinema.testing.tiny.ltx2:build",
    "hunyuan_video": "cinema.testing.tiny.hunyuan_video:build",
    "hunyuan_video_15": "cinema.testing.tiny.hunyuan_video_15:build",
    "framepack": "cinema.testing.tiny.framepack:build",
    "wan": "cinema.testing.tiny.wan:build",
    "skyreels": "cinema.testing.tiny.skyreels:build",
    "kandinsky5": "cinema.testing.tiny.kandinsky5:build",
    "musicgen": "cinema.testing.tiny.musicgen:build",
    "audiogen": "cinema.testing.tiny.musicgen:build",
    "ace_step": "cinema.testing.tiny.ace_step:build",
    "stable_audio": "cinema.testing.tiny.stable_audio:build",
    "audioldm2": "cinema.testing.tiny.audioldm2:build",
    "flux": "cinema.testing.tiny.flux:build",
    "flux2": "cinema.testing.tiny.flux2:build",
    "qwen_image": "cinema.testing.tiny.qwen_image:build",
    "z_image": "cinema.testing.tiny.z_image:build",
    "spandrel": "cinema.testing.tiny.real_esrgan:build",
    "xtts": "cinema.testing.tiny.xtts:build",
    "kokoro": "cinema.testing.tiny.kokoro:build",
    "bark": "cinema.testing.tiny.bark:build",
    "dia": "cinema.testing.tiny.dia:build",
    "llm": "cinema.testing.tiny.llm:build",
}


def build(manifest: Manifest, folder: Path) -> str:
    """Make the checkpoint of that model in the empty folder; gives its revision. InputError for a family without a builder.

    The weights come from a fixed seed: the same versions of the libraries give the same files.
    """
    import torch

    if manifest.family not in BUILDERS:
        raise InputError(f"There is no tiny checkpoint of the family {manifest.family!r}; there are {', '.join(BUILDERS)}.")
    module, name = BUILDERS[manifest.family].split(":")
    folder.mkdir(parents=True, exist_ok=True)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        getattr(import_module(module), name)(manifest, folder)
    return lock(manifest, folder)


def lock(manifest: Manifest, folder: Path) -> str:
    """Write `lock.json`, with every file's hash, into a folder that was made here; gives its revision."""
    files = {
        path.relative_to(folder).as_posix(): {"size_bytes": path.stat().st_size, "sha256": file_digest(path)}
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path != folder / "lock.json"
    }
    revision = f"tiny-{digest([BUILDERS_VERSION, files])[:12]}"
    lock = {"model": manifest.id, "builders_version": BUILDERS_VERSION, "revision": revision, "files": files}
    (folder / "lock.json").write_text(json.dumps(lock, indent=1), encoding="utf-8")
    return revision
