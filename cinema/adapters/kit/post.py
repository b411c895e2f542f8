"""One POST to a server that a person named: bounded in time and size, stopped by a cancel, no redirect followed."""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

_BEAT_SECONDS = 0.2
_BLOCK_BYTES = 65_536


class PostError(Exception):
    """No answer came: the message says why. `passing`: another attempt may fare better."""

    def __init__(self, message: str, *, passing: bool = True) -> None:
        super().__init__(message)
        self.passing = passing


@dataclass(frozen=True, kw_only=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Post:
    """What to send where; `limit_seconds` is for the whole exchange, `most_bytes` for the answer."""

    address: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    limit_seconds: float
    most_bytes: int


def send(post: Post, beat: Callable[[], None]) -> Reply:
    """Send and wait, calling `beat` several times a second; what it raises ends the exchange at once. Raises PostError."""
    parts = urlsplit(post.address)
    connection = _connect_to(parts, post.limit_seconds + 5.0)  # the clock below is the one that counts
    heard: queue.Queue[Reply | PostError] = queue.Queue()
    lines: list[socket.socket] = []
    threading.Thread(target=_exchange, args=(connection, parts, post, heard, lines), daemon=True).start()
    until = time.monotonic() + post.limit_seconds
    try:
        while True:
            beat()
            try:
                found = heard.get(timeout=_BEAT_SECONDS)
            except queue.Empty:
                if time.monotonic() > until:
                    raise PostError(f"no answer came within {post.limit_seconds:g} s") from None
                continue
            if isinstance(found, PostError):
                raise found
            return found
    finally:
        _hang_up(connection, lines)


def _connect_to(parts: SplitResult, limit_seconds: float) -> http.client.HTTPConnection:
    """Without encryption only to an address that is this machine's or a private one; the address looked at is the one used."""
    host = parts.hostname or ""
    if parts.scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, parts.port or 443, timeout=limit_seconds, context=context)
    try:
        found = {str(row[4][0]) for row in socket.getaddrinfo(host, parts.port or 80, type=socket.SOCK_STREAM)}
    except OSError as exc:
        raise PostError(f"there is no host {host!r} ({exc.strerror})") from exc
    public = next((one for one in sorted(found) if not _near(one)), None)
    if public is not None:
        raise PostError(f"{host} is {public}, out in the open: it takes https", passing=False)
    return http.client.HTTPConnection(sorted(found)[0], parts.port or 80, timeout=limit_seconds)


def _near(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    found = getattr(found, "ipv4_mapped", None) or found
    return (found.is_private or found.is_loopback) and not (found.is_link_local or found.is_unspecified)


def _exchange(
    connection: http.client.HTTPConnection,
    parts: SplitResult,
    post: Post,
    heard: queue.Queue[Reply | PostError],
    lines: list[socket.socket],
) -> None:
    """In a thread of its own: the whole exchange, or why there is none. Its socket is in `lines` as soon as it is open."""
    headers = {"Host": parts.netloc, "Connection": "close", "Accept-Encoding": "identity", **post.headers}
    try:
        connection.connect()
        if connection.sock is not None:
            lines.append(connection.sock)
        connection.request("POST", parts.path or "/", body=post.body, headers=headers)
        with connection.getresponse() as response:
            body = bytearray()
            while block := response.read1(_BLOCK_BYTES):
                body += block
                if len(body) > post.most_bytes:
                    raise PostError(f"the answer has more than {post.most_bytes:,} bytes", passing=False)
        lowered = {name.lower(): value for name, value in response.getheaders()}
        heard.put(Reply(status=response.status, headers=lowered, body=bytes(body)))
    except PostError as exc:
        heard.put(exc)
    except ssl.SSLCertVerificationError as exc:
        heard.put(PostError(f"its certificate is not trusted ({exc.verify_message})", passing=False))
    except (OSError, http.client.HTTPException, ValueError, AttributeError) as exc:  # AttributeError: hung up meanwhile
        heard.put(PostError(f"{type(exc).__name__}: {exc}"[:200]))


def _hang_up(connection: http.client.HTTPConnection, lines: list[socket.socket]) -> None:
    """End the exchange wherever it is: a thread that waits for bytes gets none."""
    for sock in lines:
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)
        sock.close()
    connection.close()
