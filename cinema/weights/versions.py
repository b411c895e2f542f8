"""A model's name on the shelf, and the folders that it has stood for.

`<root>/<model>` is a link to `<root>/.<model>@<revision>.<token>`, the folder of one revision. Another revision gets a folder
of its own, and the link is turned to it in one step: whoever has found the old folder goes on reading the old files, all of
them. What was replaced goes at a later change of that model, a day after, unless somebody put a file of their own there. All
lie at the same depth, since the links to files in caches are relative. A plain folder in the name's place, as Cinema made it
before, is read as it is.
"""

from __future__ import annotations

import glob
import os
import platform
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from cinema.errors import CinemaError
from cinema.identity import digest
from cinema.weights.lock import LOCK_NAME, read_lock

KEPT_SECONDS = 86_400.0
"""How long a replaced folder stays: longer than any film takes. All but a conversion's result are links, which cost nothing."""


def standing(folder: Path) -> Path:
    """The folder that a model's name stands for now."""
    return folder.resolve() if folder.is_symlink() else folder


def versions(folder: Path) -> Iterator[Path]:
    """Every folder that the name stands or stood for, but a plain one in its place."""
    for path in sorted(folder.parent.glob(f".{glob.escape(folder.name)}@*")):
        if path.is_dir() and not path.is_symlink():
            yield path


def workplace(folder: Path, kind: str) -> Path:
    """A folder to build in that no other machine uses; on one machine the model's turn keeps others out."""
    return folder.with_name(f".{kind}-{folder.name}-{digest(platform.node())[:8]}")


def put(new: Path, folder: Path, revision: str) -> Path:
    """Give the finished folder `new` the model's name, in one step where links can be made; returns where it lies then."""
    token = secrets.token_hex(4)
    version = folder.with_name(f".{folder.name}@{revision[:12]}.{token}")
    pointer = folder.with_name(f".{folder.name}@{token}.link")
    before = folder.resolve() if folder.is_symlink() else None
    new.rename(version)
    try:
        pointer.symlink_to(version.name)
    except OSError:
        _set_aside(folder, token)
        version.rename(folder)
        return folder
    if before is None:
        _set_aside(folder, token)
    pointer.replace(folder)
    if before is not None and before.parent == folder.parent.resolve():
        with suppress(OSError):
            os.utime(before)  # it is as old as its replacement
    return version


def sweep(folder: Path) -> None:
    """Remove what the name no longer stands for, replaced a day ago, but nothing with files that are not ours. Best effort."""
    now = standing(folder)
    for path in versions(folder):
        with suppress(OSError):
            old = path.resolve() != now.resolve() and time.time() - path.stat().st_mtime > KEPT_SECONDS
            if old and not _holds_others(path):
                shutil.rmtree(path)


def _holds_others(folder: Path) -> bool:
    """Whether files lie there that no lock of ours lists; links may go, what they lead to stays."""
    try:
        lock = read_lock(folder)
    except CinemaError:
        return True
    ours = {LOCK_NAME, *(file.path for file in lock.files)} if lock else {LOCK_NAME}
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return any(path.relative_to(folder).as_posix() not in ours for path in files)


def _set_aside(folder: Path, token: str) -> None:
    """Keep a plain folder in the name's place as one that was replaced; unlink a link."""
    if folder.is_symlink():
        folder.unlink()
    elif folder.exists():
        aside = folder.with_name(f".{folder.name}@before.{token}")
        folder.rename(aside)
        os.utime(aside)
