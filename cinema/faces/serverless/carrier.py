"""What boto3 asks of a job's own storage, carried to that one address by `exchange`, and to no other.

boto3 resolves a name by itself each time it connects, takes proxies from the environment, and asks elsewhere where a server
says so (S3's redirects between regions) or where a bucket's name has a meaning. So its own transport is not used here: botocore
lets a handler of its event `before-send` answer in the transport's place.
"""

from __future__ import annotations

import io
import os
import ssl
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any

from cinema.faces.serverless.addresses import Refused, WebAddress, parse_address
from cinema.faces.serverless.exchange import Reply, Request, exchange
from cinema.faces.serverless.wire import Network, Patience, Unreachable, ask_numbers

_LOOK_UP_SECONDS = 10.0
_REQUEST_SECONDS = 600.0
"""For one request whole; a part of a file has 16 MB, so it goes through at 28 kB/s."""
_REMOVE_SECONDS = 30.0
_ENDED = ("GET", "HEAD", "PUT")
"""What a cancel ends: not what begins an upload by parts (its id would be lost), nor what takes it back."""
_MOST_BYTES = 4_000_000
_NOT_CARRIED = frozenset({"host", "connection", "expect"})
"""Set by `exchange`, or about a connection that is kept. None is signed but the first, which is set to the same."""


_NEVER = threading.Event()


@dataclass(frozen=True, kw_only=True)
class Carrier:
    """The way to one storage. `private`: whether it may be a machine of the house."""

    address: WebAddress
    network: Network
    private: bool = False
    cancels: list[threading.Event] = field(default_factory=list[threading.Event], compare=False)

    @contextmanager
    def until(self, cancel: threading.Event) -> Generator[None]:
        """Once `cancel` is set, what asks and what sends ends, in whatever thread: the job is at its end."""
        self.cancels.append(cancel)
        try:
            yield
        finally:
            self.cancels.remove(cancel)

    def is_set(self) -> bool:
        return any(cancel.is_set() for cancel in tuple(self.cancels))

    def check(self) -> None:
        """Look the name up. Raises Refused where it does not lead to a storage that is spoken to."""
        patience = Patience(deadline=time.monotonic() + _LOOK_UP_SECONDS, cancel=threading.Event())
        try:
            ask_numbers(self.address, self.network, patience, private=self.private)
        except TimeoutError as exc:
            raise Refused("is at a host that was not found in time") from exc

    def send(self, request: Any, **_: Any) -> Any:
        """The handler of `before-send`: an AWSPreparedRequest becomes an AWSResponse.

        Raises botocore's own errors for what may pass, so that it tries again, and Refused for what will not.
        """
        from botocore import exceptions
        from botocore.awsrequest import AWSResponse

        url = str(request.url)
        address = parse_address(url, private=self.private)
        if (address.scheme, address.host, address.port) != (self.address.scheme, self.address.host, self.address.port):
            raise Refused("leads to another host")
        try:
            asked = _asked(request)
            cancel = self if asked.method in _ENDED else _NEVER
            reply = exchange(address, asked, self.network, private=self.private, cancel=cancel)
        except ssl.SSLCertVerificationError as exc:
            raise Refused("is at a host whose certificate does not prove its name") from exc
        except Unreachable as exc:
            raise exceptions.EndpointConnectionError(endpoint_url=url, error=exc) from exc
        except TimeoutError as exc:
            raise exceptions.ReadTimeoutError(endpoint_url=url, error=exc) from exc
        except (OSError, HTTPException) as exc:
            raise exceptions.ConnectionClosedError(endpoint_url=url, error=exc, request=request) from exc
        return AWSResponse(url, reply.status, dict(reply.headers), _Whole(reply))


def _asked(request: Any) -> Request:
    headers = {_text(name): _text(value) for name, value in request.headers.items()}
    body: Any = request.body.encode() if isinstance(request.body, str) else request.body
    return Request(
        method=str(request.method),
        headers={name: value for name, value in headers.items() if name.lower() not in _NOT_CARRIED},
        body=bytes(body) if isinstance(body, bytearray) else body,
        seconds=_REMOVE_SECONDS if request.method == "DELETE" else _REQUEST_SECONDS,
        most_bytes=_MOST_BYTES,
    )


def _text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


class _Whole(io.BytesIO):
    """An answer's body, as botocore reads it from urllib3."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.body)

    def stream(self) -> Iterator[bytes]:
        yield self.read()


def bare_session() -> Any:
    """A botocore session that knows nothing of this machine: no profile, no configuration, no credentials of its own."""
    from botocore.session import Session

    nowhere = dict.fromkeys(("config_file", "credentials_file"), (None, None, os.devnull, None))
    return Session(session_vars={**nowhere, "profile": (None, None, None, None)})
