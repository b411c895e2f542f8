"""A web site of our own on localhost, over TLS with an authority made for the test. It counts every connection that arrives."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import trustme

from cinema.faces.serverless.wire import Network, Patience, open_line

HOST = "media.cinema.test"
PUBLIC = "93.184.215.14"
"""A number that stands for the site: the test's connector brings it to localhost after it was checked."""
Behaviour = Callable[[ssl.SSLSocket, str], None]
AUTHORITY = trustme.CA()
STRANGER = trustme.CA()


def reply(body: bytes = b"", status: str = "200 OK", **headers: str) -> Behaviour:
    """Send it whole, with its length unless `headers` say something else (`content_type` for Content-Type)."""
    given = {name.replace("_", "-").title(): value for name, value in headers.items()}
    lines = {"Content-Length": str(len(body))} | given
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)

    def behave(line: ssl.SSLSocket, path: str) -> None:
        line.sendall(f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body)

    return behave


@dataclass
class Site:
    """What arrived: connections, and requests whole (`GET / HTTP/1.1` and headers)."""

    port: int = 0
    connections: int = 0
    requests: list[str] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)
    """What TLS asked for by name."""
    pages: dict[str, Behaviour] = field(default_factory=dict)

    def network(self, names: Mapping[str, Sequence[str]] | None = None, authority: trustme.CA = AUTHORITY) -> Network:
        """The internet, in which HOST has a public number that leads here; other names as given."""
        known = {HOST: [PUBLIC]} | dict(names or {})

        def trust() -> ssl.SSLContext:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            authority.configure_trust(context)
            return context

        def connect(number: str, port: int, patience: Patience) -> socket.socket:
            here = number == PUBLIC
            return open_line("127.0.0.1" if here else number, self.port if here else port, patience)

        return Network(resolve=lambda host, port: known.get(host, ()), connect=connect, trust=trust)


@contextmanager
def running(name: str = HOST, authority: trustme.CA = AUTHORITY) -> Iterator[Site]:
    """A site with a certificate for `name` from `authority`; `pages` may be set at any time."""
    site = Site()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    context.sni_callback = lambda _line, asked, _context: site.names.append(asked)
    serving: list[threading.Thread] = []

    def serve(raw: socket.socket) -> None:
        with raw, suppress(OSError):
            raw.settimeout(20)
            with context.wrap_socket(raw, server_side=True) as line:
                request = b""
                while b"\r\n\r\n" not in request and (more := line.recv(65_536)):
                    request += more
                site.requests.append(request.decode("latin-1"))
                path = site.requests[-1].split(" ")[1].partition("?")[0]
                site.pages.get(path, reply(status="404 Secret Words"))(line, path)

    def accept() -> None:
        with suppress(OSError):
            while True:
                raw, _ = listener.accept()
                site.connections += 1
                thread = threading.Thread(target=serve, args=(raw,), daemon=True)
                serving.append(thread)
                thread.start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        site.port = listener.getsockname()[1]
        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        try:
            yield site
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            accepting.join(5)
            for thread in serving:
                thread.join(5)
