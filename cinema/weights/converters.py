"""Converters: they make a model's folder, in a library's own form, of files in the form in which they were released.

The table is explicit. A converter is `convert(source: Path, target: Path, *, watch: Watch) -> None` (one that cannot tell its
steps leaves `watch` out): `source` holds the released files, at the places that the manifest's sources give them, and a
provisional `lock.json`, so that `pickles.read_pickle(path)` knows which pickles were vouched for; `target` is empty. It raises
InputError for a layout that it does not know. It runs in a child process without network, since it needs the model libraries:

    python -m cinema.weights.converters NAME SOURCE TARGET      # one JSON object a line on stdout
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import cinema
from cinema import errors
from cinema.errors import CinemaError, InputError, MissingModelError

_CHILD = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TRANSFORMERS_VERBOSITY": "error",
}


@dataclass(frozen=True, kw_only=True)
class Converter:
    """`version` is raised when the converter's result changes; it is part of the weights' revision."""

    place: str
    version: str = "1"


CONVERTERS: dict[str, Converter] = {
    "audiogen": Converter(place="cinema.adapters.audiogen.convert:convert"),
    "testing": Converter(place="cinema.testing.converter:convert"),
    "ltx_single_file": Converter(place="cinema.adapters.ltx_single_file:convert"),
}


def converter(name: str) -> Converter:
    if name not in CONVERTERS:
        raise InputError(
            f"There is no converter {name!r}; the converters are {', '.join(one for one in CONVERTERS if one != 'testing')}."
        )
    return CONVERTERS[name]


def convert_in_child(name: str, source: Path, target: Path, moved: Callable[[int, int], None]) -> None:
    """Run a converter in a child process; `moved` is told of its steps. Its errors arrive as what they were."""
    converter(name)
    target.mkdir(parents=True, exist_ok=True)
    home = str(Path(cinema.__file__).resolve().parent.parent)
    search = os.pathsep.join([home, *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, **_CHILD, "PYTHONPATH": search}
    command = [sys.executable, "-m", "cinema.weights.converters", name, str(source), str(target)]
    said = ""
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as child:
        assert child.stdout is not None
        for line in child.stdout:
            message: dict[str, Any] = json.loads(line)
            if "error" in message:
                raise _error(message)
            if "done" in message:
                moved(int(message["done"]), int(message["total"]))
            said = message.get("end", said)
    if child.returncode != 0 or said != "done":
        raise CinemaError(f"The converter {name!r} died with status {child.returncode}; what it wrote is above.")


def _error(message: dict[str, Any]) -> CinemaError:
    kinds: dict[str, type[CinemaError]] = {
        "InputError": InputError,
        "MissingModelError": MissingModelError,
        "OutOfDiskError": errors.OutOfDiskError,
        "DoesNotFitError": errors.DoesNotFitError,
    }
    return kinds.get(message["kind"], CinemaError)(message["error"])


class _Lines:
    """A watch whose steps are lines."""

    def __init__(self, out: IO[str]) -> None:
        self._out = out

    def step(self, done: int, total: int) -> None:
        self.say({"done": done, "total": total})

    def say(self, message: dict[str, Any]) -> None:
        self._out.write(json.dumps(message) + "\n")
        self._out.flush()


def main(arguments: list[str]) -> int:
    """The child: convert, and tell how it went."""
    name, source, target = arguments
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print goes to stderr
    watch = _Lines(out)
    module, _, function = converter(name).place.partition(":")
    try:
        try:
            convert = getattr(importlib.import_module(module), function)
        except ModuleNotFoundError as exc:
            raise MissingModelError(f"The converter {name!r} needs {exc.name}; install cinema[models].") from exc
        watched = {"watch": watch} if "watch" in inspect.signature(convert).parameters else {}
        convert(Path(source), Path(target), **watched)
    except CinemaError as exc:
        with contextlib.suppress(BrokenPipeError):
            watch.say({"error": str(exc), "kind": type(exc).__name__})
        return exc.exit_code
    watch.say({"end": "done"})
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
