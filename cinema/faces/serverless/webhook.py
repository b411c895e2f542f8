"""Telling somebody's own address that a job was answered: signed, and tried a few times."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import time
from collections.abc import Mapping
from typing import Any

from cinema import __version__
from cinema.faces.serverless.addresses import Refused, parse_address
from cinema.faces.serverless.exchange import Request, exchange
from cinema.faces.serverless.wire import INTERNET, Network, Unreachable

_TRIES_AFTER_SECONDS = (0.0, 1.0, 4.0)
_WAIT_SECONDS = 20.0


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What `X-Cinema-Signature` says: HMAC-SHA-256 of "<timestamp>.<body>"."""
    return "sha256=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def post(url: str, document: Mapping[str, Any], *, secret: str = "", private: bool = False, network: Network = INTERNET) -> str:
    """Send `document` as JSON; empty where it was taken (2xx), else a sentence. Redirects are not followed.

    The address is read and looked up anew each time, and connected to as `wire` does it.
    """
    body = json.dumps(document, ensure_ascii=False).encode()
    said = ""
    for wait in _TRIES_AFTER_SECONDS:
        time.sleep(wait)
        try:
            address = parse_address(url, private=private)
            status = exchange(address, _request(body, secret), network, private=private).status
        except Unreachable as exc:
            said = f"it {exc}"
            continue
        except Refused as exc:
            return f"The webhook was not told: it {exc}."
        except (OSError, http.client.HTTPException) as exc:
            said = type(exc).__name__
            continue
        if 200 <= status < 300:
            return ""
        said = f"it answered {status}"
        if status < 500 and status != 429:
            break
    return f"The webhook was not told: {said}."


def _request(body: bytes, secret: str) -> Request:
    timestamp = str(int(time.time()))
    headers = {
        "User-Agent": f"cinema/{__version__}",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "X-Cinema-Timestamp": timestamp,
    }
    if secret:
        headers["X-Cinema-Signature"] = signature(secret, timestamp, body)
    return Request(method="POST", headers=headers, body=body, seconds=_WAIT_SECONDS, most_bytes=None)
