"""Nothing of this machine in an answer or a log: no path, no secret, no traceback."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Mapping

from cinema.errors import CinemaError

_BELOW = r"(?:/[^\s'\",;:()\]}<>]*)?"
_PATH = re.compile(
    r"(?<![\w:/.~-])/(?:app|bin|data|dev|etc|home|lib|lib64|media|mnt|opt|private|proc|root|run|runpod-volume|sbin|srv|sys|tmp|"
    rf"Users|usr|var|vol|volume|work|workspace)(?![\w-]){_BELOW}"
)
_SIGNED = re.compile(r"(?i)([?&](?:X-Amz-[A-Za-z-]+|AWSAccessKeyId|Signature|sig|token|key)=)[^&\s'\"]+")
_LOGIN = re.compile(r"(?i)(https?://)[^/\s@'\"]+@")
_NAME = re.compile(r"SECRET|TOKEN|PASSWORD|PASSWD|API_KEY|ACCESS_KEY|CREDENTIAL|PRIVATE_KEY")
_SHORTEST_SECRET = 6
_PLACE = re.compile(r"CINEMA_\w+|HF_\w+|HOME|TMPDIR|VIRTUAL_ENV|PYTHONPATH")
HIDDEN = "[hidden]"


def secrets_in(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The values of the variables whose names say that they are secret."""
    found = (value for name, value in environment.items() if _NAME.search(name.upper()))
    return tuple(value for value in found if len(value) >= _SHORTEST_SECRET)


def places_in(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The folders that those variables name which tell where things lie."""
    named = (value for name, value in environment.items() if _PLACE.fullmatch(name))
    return tuple(place for value in named for place in value.split(os.pathsep) if place.startswith("/"))


def scrub(text: str, *, secrets: Iterable[str] = (), roots: Iterable[str] = ()) -> str:
    """`text` without those secrets, without logins and signatures in addresses, and without paths of a machine.

    `roots`, and the folders that the environment names, are hidden wherever they lie; elsewhere a path is known by its first
    folder, so that a JSON pointer or "and/or" stays.
    """
    for secret in sorted({*secrets, *secrets_in(os.environ)}, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    for root in _longest_first(roots):
        text = re.sub(re.escape(root) + _BELOW, "[a file of the worker]", text)
    for place in _longest_first((*places_in(os.environ), sys.prefix)):
        text = re.sub(rf"(?<![\w:/.~-]){re.escape(place)}(?![\w.-]){_BELOW}", "[a file of the worker]", text)
    text = _LOGIN.sub(rf"\1{HIDDEN}@", _SIGNED.sub(rf"\1{HIDDEN}", text))
    return _PATH.sub("[a file of the worker]", text)


def _longest_first(places: Iterable[str]) -> list[str]:
    return sorted({place.rstrip("/") for place in places if len(place) > 1}, key=len, reverse=True)


def told(error: BaseException) -> str:
    """What a stranger may read of an error: our own sentences, and of anything else its kind and our own line."""
    if isinstance(error, CinemaError):
        return scrub(error.message)
    return f"{type(error).__name__} in {_our_line(error)}"


def _our_line(error: BaseException) -> str:
    """The last line of this package that the error went through: "cinema.cut.mix:120"."""
    place, trace = "somewhere", error.__traceback__
    while trace is not None:
        name = str(trace.tb_frame.f_globals.get("__name__", ""))
        if name.startswith("cinema"):
            place = f"{name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place
