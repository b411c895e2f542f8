"""Decoding a stranger's file in a process that can do little else (`decode_child`), and believing little of what it says."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import BinaryIO, Literal

import cinema
from cinema.errors import Cancelled, MissingModelError
from cinema.faces.serverless.addresses import Refused

_MODULE = "cinema.faces.serverless.decode_child"
_SECONDS = 60.0
_MOST_BYTES = 16_000_000
"""A picture of 2,048 x 2,048 pixels has 12.6 MB before it is compressed, 30 s of sound 2.9 MB."""
_LONGEST_REASON = 200
_LOOK_SECONDS = 0.25
_KEPT_VARIABLES = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT")


def normalised(
    file: BinaryIO,
    kind: Literal["image", "audio"],
    *,
    module: str = _MODULE,
    seconds: float = _SECONDS,
    cancel: threading.Event | None = None,
) -> bytes:
    """The picture (PNG) or recording (WAV) in `file`, read from its start, in Cinema's one form (see `cinema.assets`).

    Raises Refused, with our own reason and never a decoder's; Cancelled once `cancel` is set. No process is left either way.
    """
    file.flush()
    os.lseek(file.fileno(), 0, os.SEEK_SET)
    try:
        process = subprocess.Popen(
            [sys.executable, "-B", "-P", "-m", module, kind],
            stdin=file,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            cwd="/",
            start_new_session=True,
        )
    except OSError as exc:
        raise MissingModelError(f"No process can be started to decode files: {exc.strerror}.") from exc
    assert process.stdout is not None
    try:
        said = _heard(process.stdout.fileno(), time.monotonic() + seconds, cancel or threading.Event())
    finally:
        process.kill()
        process.stdout.close()
        process.wait()
    return _believed(said, kind)


def _heard(pipe: int, until: float, cancel: threading.Event) -> bytes:
    """What comes until the pipe's end, the time's end, or one byte more than is believed."""
    said = bytearray()
    while len(said) <= _MOST_BYTES and (left := until - time.monotonic()) > 0:
        if cancel.is_set():
            raise Cancelled
        if select.select((pipe,), (), (), min(left, _LOOK_SECONDS))[0]:
            piece = os.read(pipe, 1 << 20)
            if not piece:
                break
            said += piece
    return bytes(said)


def _believed(said: bytes, kind: Literal["image", "audio"]) -> bytes:
    verdict, _, rest = said.partition(b"\n")
    if verdict == b"no":
        reason = rest.decode("ascii", "replace")
        if len(reason) <= _LONGEST_REASON and re.fullmatch(r"(?:is|has|lasts) [ -~]+", reason):
            raise Refused(reason)
    if verdict != b"ok" or len(said) > _MOST_BYTES or not _in_form(rest, kind):
        raise Refused("cannot be decoded; save it again")
    return rest


def _in_form(data: bytes, kind: Literal["image", "audio"]) -> bool:
    return data.startswith(b"\x89PNG\r\n\x1a\n") if kind == "image" else data[:4] == b"RIFF" and data[8:12] == b"WAVE"


def _environment() -> dict[str, str]:
    """No credential of the parent's, one thread, and the package that runs here."""
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return kept | threads | {"PYTHONPATH": str(Path(cinema.__file__).parent.parent), "PYTHONUTF8": "1"}
