"""A converter that behaves, and misbehaves when told by a file among what was released."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from cinema.errors import InputError
from cinema.events import Watch
from cinema.weights.pickles import is_pickle, trusted_pickle


def convert(source: Path, target: Path, *, watch: Watch) -> None:
    """Write every released file, its bytes turned round, into `target/turned`.

    A file `unknown` is a layout that is not known; a file `die` ends the process; a file `nothing` makes it write nothing.
    """
    print("a library that prints")
    if (source / "unknown").exists():
        raise InputError(f"{source / 'unknown'} is of a layout that is not known.")
    if (source / "die").exists():
        sys.stdout.flush()
        os._exit(9)
    files = [path for path in sorted(source.rglob("*")) if path.is_file() and path.name != "lock.json"]
    for done, path in enumerate(files, start=1):
        if is_pickle(path.name):
            trusted_pickle(path).close()
        place = target / "turned" / path.relative_to(source)
        if not (source / "nothing").exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(path.read_bytes()[::-1])
        watch.step(done, len(files))
