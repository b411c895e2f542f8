"""A way to a server that can be as slow as one likes: a TCP proxy on localhost."""

from __future__ import annotations

import select
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

_PIECE_BYTES = 16_384


class Throttle:
    """Passes bytes on to a server at `rate` bytes a second for all connections together (0: none at all, None: freely)."""

    def __init__(self, url: str, rate: float | None = None) -> None:
        place = urlsplit(url)
        assert place.hostname is not None
        assert place.port is not None
        self._server = (place.hostname, place.port)
        self.rate = rate
        self.passed = 0
        """Bytes that went to the server."""
        self.connections = 0
        self.open = 0
        self._guard = threading.Lock()
        self._closed = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        # What the client has sent and nobody has read yet is to be little.
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _PIECE_BYTES)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def close(self) -> None:
        self._closed.set()
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _carry(self, client: socket.socket) -> None:
        with self._guard:
            self.connections += 1
            self.open += 1
        with client, suppress(OSError), socket.create_connection(self._server) as server:
            while not self._closed.is_set():
                ready = select.select((client, server), (), (), 0.1)[0]
                if server in ready:
                    piece = server.recv(_PIECE_BYTES)
                    if not piece:
                        break
                    client.sendall(piece)
                if client in ready and not self._pass_on(client, server):
                    break
        with self._guard:
            self.open -= 1

    def _pass_on(self, client: socket.socket, server: socket.socket) -> bool:
        """Whether the client is still there."""
        rate = self.rate
        if rate == 0:
            client.setblocking(False)
            try:
                gone = not client.recv(1, socket.MSG_PEEK)
            finally:
                client.setblocking(True)
            time.sleep(0.05)
            return not gone
        piece = client.recv(_PIECE_BYTES)
        if not piece:
            return False
        if rate:
            with self._guard:
                time.sleep(len(piece) / rate)
        server.sendall(piece)
        self.passed += len(piece)
        return True


@contextmanager
def throttled(url: str, rate: float | None = None) -> Iterator[Throttle]:
    found = Throttle(url, rate)
    thread = threading.Thread(target=found.serve, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        found.close()
        thread.join(5)
