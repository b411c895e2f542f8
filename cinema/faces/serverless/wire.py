"""Speaking to an address that a stranger gave, without being led inside: downloads, webhooks and a job's own storage.

    parse     one reader of addresses (`addresses.parse_address`), for the job's and for every one that a server passes us on to
    resolve   once; every number that the name has must be public
    connect   to a number that was checked, never to the name again: what the name says a moment later changes nothing
    prove     TLS for the name, its certificate checked by the system's authorities
    read      until one deadline for everything, and up to a size, whatever the server says of its length
    stop      within a quarter of a second of being told to, whatever the server does

Nothing is sent but the request: no cookies, no credentials, no proxy. A server's words, numbers that were resolved and the
addresses it passes us on to come into no message.
"""

from __future__ import annotations

import errno
import io
import os
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from http.client import HTTPException, HTTPResponse
from typing import Any, BinaryIO, Protocol, cast

from cinema import __version__
from cinema.errors import Cancelled
from cinema.faces.serverless.addresses import Refused, WebAddress, is_public, parse_address

MOST_REDIRECTS = 3
_MOST_NUMBERS = 4
_CONNECT_SECONDS = 10.0
_LOOK_SECONDS = 0.25
"""How often whoever waits looks whether it shall go on."""
_PIECE_BYTES = 65_536
_HEADER_BYTES = 262_144
_REDIRECTS = {301, 302, 303, 307, 308}


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one download may take: bytes of content, and seconds from the first question to the last byte."""

    most_bytes: int
    seconds: float


class Flag(Protocol):
    """Something that may be set, as a `threading.Event`."""

    def is_set(self) -> bool: ...


@dataclass(frozen=True, kw_only=True)
class Patience:
    """Until when (by `time.monotonic`) something is waited for, and what ends it before."""

    deadline: float
    cancel: Flag

    def left(self) -> float:
        """Seconds, more than 0. Raises TimeoutError after the deadline, Cancelled."""
        if self.cancel.is_set():
            raise Cancelled
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def look(self) -> float:
        """How long to wait before asking again."""
        return min(self.left(), _LOOK_SECONDS)

    def within(self, seconds: float) -> Patience:
        return replace(self, deadline=min(self.deadline, time.monotonic() + seconds))


def ask_system(host: str, port: int) -> Sequence[str]:
    """The numbers of a host, as this machine resolves it. Empty where it has none."""
    # With the closing dot, no search domain of this machine is tried; a number or a name of one label is of the house.
    name = host if "." not in host or ":" in host or host.replace(".", "").isdigit() else f"{host}."
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def open_line(number: str, port: int, patience: Patience) -> socket.socket:
    """A TCP connection to a numeric address."""
    line = socket.socket(socket.AF_INET6 if ":" in number else socket.AF_INET, socket.SOCK_STREAM)
    try:
        line.setblocking(False)
        failed = line.connect_ex((number, port))
        if failed == errno.EINPROGRESS:
            while not select.select((), (line,), (), patience.look())[1]:
                continue
            failed = line.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if failed:
            raise OSError(failed, os.strerror(failed))
    except BaseException:
        line.close()
        raise
    return line


def usual_trust() -> ssl.SSLContext:
    """TLS 1.2 and later, names proven by the authorities that this machine trusts."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_default_certs()
    return context


@dataclass(frozen=True, kw_only=True)
class Network:
    """How names are resolved, lines opened and certificates trusted.

    Only code gives another than `INTERNET`, for tests: neither a job nor the environment can. What `resolve` says is checked
    all the same.
    """

    resolve: Callable[[str, int], Sequence[str]] = ask_system
    connect: Callable[[str, int, Patience], socket.socket] = open_line
    trust: Callable[[], ssl.SSLContext] = usual_trust


INTERNET = Network()


class Unreachable(Refused):
    """A host that takes no connection now; it may later."""


def download(
    url: str,
    out: BinaryIO,
    limits: Limits,
    check: Callable[[bytes], None],
    network: Network = INTERNET,
    cancel: threading.Event | None = None,
) -> None:
    """Write what lies at `url` into `out`. `check` sees the first bytes before more are read, and may raise.

    Raises Refused with the reason, Cancelled once `cancel` is set; `out` may hold a part then.
    """
    patience = Patience(deadline=time.monotonic() + limits.seconds, cancel=cancel or threading.Event())
    try:
        for _ in range(MOST_REDIRECTS + 1):
            address = parse_address(url)
            with closing(open_to(address, network, patience)) as line:
                answer = _ask(line, address, limits, patience)
                if answer.status not in _REDIRECTS:
                    return _receive(answer, out, limits, check)
                url = _passed_on(answer, address)
    except ssl.SSLCertVerificationError as exc:
        raise Refused("is at a host whose certificate does not prove its name") from exc
    except TimeoutError as exc:
        raise Refused(f"did not arrive within {limits.seconds:g} s") from exc
    except (OSError, HTTPException) as exc:
        raise Refused("could not be fetched: the connection broke off, or the server speaks no proper https") from exc
    raise Refused(f"is passed on more than {MOST_REDIRECTS} times; give its own address")


def ask_numbers(address: WebAddress, network: Network, patience: Patience, *, private: bool = False) -> Sequence[str]:
    """The host's numbers, asked for once; all of them are public unless `private`. Raises Refused, TimeoutError."""
    numbers = _numbers(address, network, patience)
    # One sentence for a name that is not there and one that leads inside: which names exist inside is nobody's business.
    if not numbers or not (private or all(is_public(number) for number in numbers)):
        where = "a host" if private else "a host on the public internet"
        raise Refused(f"is not at {where} that can be found")
    return numbers


def open_to(address: WebAddress, network: Network, patience: Patience, *, private: bool = False) -> socket.socket:
    """A line to a number that was checked, under TLS for the name where the address has https.

    Raises Refused where the numbers are not to be spoken to (`ask_numbers`), Unreachable where none takes a connection.
    """
    failure: OSError = OSError()
    for number in ask_numbers(address, network, patience, private=private)[:_MOST_NUMBERS]:
        try:
            line = network.connect(number, address.port, patience.within(_CONNECT_SECONDS))
        except OSError as exc:
            failure = exc
            continue
        try:
            return _proven(line, address, network, patience)
        except BaseException:
            line.close()
            raise
    patience.left()
    raise Unreachable("is at a host that takes no connection") from failure


def _proven(line: socket.socket, address: WebAddress, network: Network, patience: Patience) -> socket.socket:
    if address.scheme == "http":
        return line
    line.setblocking(False)
    proven = network.trust().wrap_socket(line, server_hostname=address.host, do_handshake_on_connect=False)
    try:
        while True:
            try:
                proven.do_handshake()
                return proven
            except ssl.SSLWantReadError:
                select.select((proven,), (), (), patience.look())
            except ssl.SSLWantWriteError:
                select.select((), (proven,), (), patience.look())
    except BaseException:
        proven.close()
        raise


def _numbers(address: WebAddress, network: Network, patience: Patience) -> Sequence[str]:
    """Asked once, in a thread of its own: the system's resolver takes no time limit."""
    answers: list[Sequence[str]] = []

    def ask() -> None:
        with suppress(Exception):
            answers.append(tuple(network.resolve(address.host, address.port)))

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    while asking.is_alive():
        asking.join(patience.look())
    return answers[0] if answers else ()


class Incoming(io.RawIOBase):
    """The bytes of a connection, until the deadline and up to a number of them: a server that drips is cut off as well."""

    def __init__(self, line: socket.socket, patience: Patience, most_bytes: int) -> None:
        super().__init__()
        self._line, self._patience, self._room = line, patience, most_bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = self._received(buffer)
        self._room -= count
        if self._room < 0:
            raise Refused("is sent with more around it than it holds")
        return count

    def _received(self, buffer: Any) -> int:
        while True:
            self._line.settimeout(self._patience.look())
            with suppress(TimeoutError):
                return self._line.recv_into(buffer)

    def makefile(self, mode: str) -> io.BufferedReader:
        """What http.client asks of a socket."""
        assert mode == "rb"
        return io.BufferedReader(self)


def _ask(line: socket.socket, address: WebAddress, limits: Limits, patience: Patience) -> HTTPResponse:
    request = (
        f"GET {address.target} HTTP/1.1\r\nHost: {address.authority}\r\nUser-Agent: cinema/{__version__}\r\n"
        "Accept: */*\r\nAccept-Encoding: identity\r\nConnection: close\r\n\r\n"
    )
    line.settimeout(patience.left())
    line.sendall(request.encode("ascii"))
    answer = HTTPResponse(cast("Any", Incoming(line, patience, 2 * limits.most_bytes + _HEADER_BYTES)), method="GET")
    answer.begin()
    return answer


def _passed_on(answer: HTTPResponse, address: WebAddress) -> str:
    """The next address, which is parsed and checked as the first was."""
    place = (answer.getheader("Location") or "").strip()
    if place.startswith("//"):
        return f"https:{place}"
    if place.startswith("/"):
        return f"https://{address.authority}{place}"
    if not place.lower().startswith("https://"):
        raise Refused("is passed on to what is no https:// address; give its own")
    return place


def _receive(answer: HTTPResponse, out: BinaryIO, limits: Limits, check: Callable[[bytes], None]) -> None:
    if answer.status != 200:
        raise Refused(f"is not there: the server answered {answer.status}")
    if (answer.getheader("Content-Encoding") or "identity").strip().lower() != "identity":
        raise Refused("is sent compressed, which was not asked for")
    too_large = f"has more than {limits.most_bytes / 1_000_000:g} MB; make it smaller"
    if answer.length is not None and answer.length > limits.most_bytes:
        raise Refused(too_large)
    start, size = b"", 0
    while piece := answer.read1(_PIECE_BYTES):
        size += len(piece)
        if size > limits.most_bytes:
            raise Refused(too_large)
        if len(start) < _PIECE_BYTES:
            start += piece
            check(start)
        out.write(piece)
    if answer.length:
        raise Refused("broke off before its end")
    if not size:
        raise Refused("is empty")
