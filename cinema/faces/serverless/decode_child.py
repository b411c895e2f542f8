"""The process that decodes a stranger's file: it reads stdin, writes stdout, and can do little else.

Everything that decoding needs is loaded, and one harmless file decoded, before the fence goes up: then no file, pipe or
socket can be opened any more (RLIMIT_NOFILE 0), nothing written to files (RLIMIT_FSIZE 0), no process started
(RLIMIT_NPROC 0, which root is not held to), and memory and processor time are limited. It dies with its parent.

It answers `ok`, a newline and the file in Cinema's one form, or `no`, a newline and our own reason; anything else, or an end
without an answer, is a file that cannot be decoded. A decoder's words go to stderr, which nobody reads.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Literal

from cinema.assets import LARGEST_BYTES, Named, as_wav, picture_in, recording_in
from cinema.errors import InputError, Where

CPU_SECONDS = 30
MEMORY_BYTES = 3_000_000_000
"""Beyond what is loaded: a picture of 64 megapixels with 16 bits of grey takes 1.6 GB on its way (counted, not measured)."""
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38


def answer(kind: Literal["image", "audio"], data: bytes) -> bytes:
    """What is written to stdout for a file with those bytes."""
    named = Named(kind=kind, source="", owner="", where=Where())
    try:
        return b"ok\n" + (_picture(named, data) if kind == "image" else as_wav(recording_in(named, data)))
    except InputError as exc:
        return b"no\n" + exc.message.removeprefix(str(named)).strip().rstrip(".").encode()


def _picture(named: Named, data: bytes) -> bytes:
    from PIL import Image

    out = BytesIO()
    Image.fromarray(picture_in(named, data)).save(out, "PNG", compress_level=3)
    return out.getvalue()


def rehearse(kind: Literal["image", "audio"]) -> None:
    """Decode files of our own, so that whatever a library loads when it is first used is loaded."""
    if kind == "audio":
        import numpy as np

        wave = np.sin(np.arange(66_150, dtype=np.float32) / 9)
        samples = BytesIO()
        import soundfile

        soundfile.write(samples, wave, 44_100, format="FLAC")
        answer(kind, samples.getvalue())
        return
    from PIL import Image

    Image.init()
    for form in ("PNG", "JPEG", "WEBP"):
        out = BytesIO()
        Image.new("RGB", (64, 64), "red").save(out, form)
        answer(kind, out.getvalue())


def fence() -> None:
    """From here on nothing can be opened or started; see the module."""
    _with_parent()
    used_bytes = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize() if sys.platform == "linux" else 0
    limits = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CPU: CPU_SECONDS,
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_AS: used_bytes + MEMORY_BYTES,
        resource.RLIMIT_NOFILE: 0,
    }
    for limit, value in limits.items():
        hard = resource.getrlimit(limit)[1]
        most = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(limit, (most, most))


def _with_parent() -> None:
    """On Linux: killed when the parent ends, and never given more rights."""
    if sys.platform != "linux":
        return
    import ctypes

    with suppress(OSError, AttributeError):
        system = ctypes.CDLL(None)
        system.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        system.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def main() -> None:
    kind: Literal["image", "audio"] = "image" if sys.argv[1] == "image" else "audio"
    rehearse(kind)
    fence()
    data = sys.stdin.buffer.read(LARGEST_BYTES + 1)
    said = answer(kind, data)
    sys.stdout.buffer.write(said)
    sys.stdout.buffer.flush()
    os._exit(0)  # what a library would like to do at exit needs no fenced process


if __name__ == "__main__":
    main()
