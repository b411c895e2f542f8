"""One request and its whole answer, over a line that `wire` opened: webhooks, and storage that jobs name."""

from __future__ import annotations

import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse, IncompleteRead
from typing import Any, Protocol, cast

from cinema.faces.serverless.addresses import Refused, WebAddress
from cinema.faces.serverless.wire import INTERNET, Flag, Incoming, Network, Patience, open_to

_BLOCK_BYTES = 131_072
_AROUND_BYTES = 262_144
_NEVER = threading.Event()


class Readable(Protocol):
    """A body that is read as it is sent."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is asked of a server, and how long everything may take and how large the answer may be.

    `headers` without Host and Connection, and with Content-Length where there is a body; each block of that is to be taken
    within `block_seconds`.
    """

    method: str
    headers: Mapping[str, str]
    body: bytes | Readable | None = None
    seconds: float
    block_seconds: float = 60.0
    most_bytes: int | None = 1_000_000
    """None: what is in the answer is not read at all."""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What a server answered."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def exchange(
    address: WebAddress, asked: Request, network: Network = INTERNET, *, private: bool = False, cancel: Flag = _NEVER
) -> Reply:
    """Send the request; the answer is given whatever its status, and redirects are not followed.

    Raises Refused before anything is sent (Unreachable among them), and for an answer that is too large; OSError (TimeoutError
    and certificates that prove nothing among them) and HTTPException for a line that breaks; whatever reading the body raises;
    Cancelled soon after `cancel` is set.
    """
    patience = Patience(deadline=time.monotonic() + asked.seconds, cancel=cancel)
    head = _head(address, asked)
    with closing(open_to(address, network, patience, private=private)) as line:
        broken: OSError | None = None
        for block in _blocks(head, asked.body):
            try:
                _send(line, block, patience.within(asked.block_seconds))
            except (BrokenPipeError, ConnectionResetError, ssl.SSLEOFError, ssl.SSLZeroReturnError) as exc:
                broken = exc  # a server that does not want the body may have said so before it hung up
                break
        try:
            return _reply(line, asked, patience)
        except (OSError, HTTPException) as exc:
            raise broken or exc from exc


def _send(line: socket.socket, block: bytes, patience: Patience) -> None:
    left = memoryview(block)
    while left:
        line.settimeout(patience.look())
        with suppress(TimeoutError):
            left = left[line.send(left) :]


def _head(address: WebAddress, asked: Request) -> bytes:
    lines = {"Host": address.authority, "Connection": "close", **asked.headers}
    if any(re.search(r"[^\x20-\x7e\x80-\xff]", f"{name}{value}") for name, value in lines.items()):
        raise Refused("would be sent a header that cannot stand in a request")
    written = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{asked.method} {address.target} HTTP/1.1\r\n{written}\r\n".encode("latin-1")


def _blocks(head: bytes, body: bytes | Readable | None) -> Iterator[bytes]:
    yield head
    if isinstance(body, bytes):
        yield from (body[at : at + _BLOCK_BYTES] for at in range(0, len(body), _BLOCK_BYTES))
    elif body is not None:
        while block := body.read(_BLOCK_BYTES):
            yield block


def _reply(line: socket.socket, asked: Request, patience: Patience) -> Reply:
    most = asked.most_bytes or 0
    answer = HTTPResponse(cast("Any", Incoming(line, patience, 2 * most + _AROUND_BYTES)), method=asked.method)
    answer.begin()
    body = b"" if asked.most_bytes is None else answer.read(most + 1)
    if len(body) > most:
        raise Refused(f"answers with more than {most / 1_000_000:g} MB")
    if answer.length and asked.most_bytes is not None:
        raise IncompleteRead(body, answer.length)  # `read` with a size does not tell
    return Reply(status=answer.status, headers=tuple(answer.getheaders()), body=body)
