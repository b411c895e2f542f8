"""Telling somebody's own address that a job was answered: signed, and tried a few times."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import socket
import ssl
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from cinema.errors import InputError
from cinema.faces.serverless.address import public_address

_TRIES_AFTER_SECONDS = (0.0, 1.0, 4.0)
_WAIT_SECONDS = 10.0


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What `X-Cinema-Signature` says: HMAC-SHA-256 of "<timestamp>.<body>"."""
    return "sha256=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def post(url: str, document: Mapping[str, Any], *, secret: str = "", private: bool = False) -> str:
    """Send `document` as JSON; empty where it was taken (2xx), else a sentence. Redirects are not followed."""
    body = json.dumps(document, ensure_ascii=False).encode()
    said = ""
    for wait in _TRIES_AFTER_SECONDS:
        time.sleep(wait)
        try:
            status = _send(url, body, secret, private)
        except InputError as exc:
            return f"The webhook was not told: {exc.message}"
        except (OSError, http.client.HTTPException) as exc:
            said = type(exc).__name__
            continue
        if 200 <= status < 300:
            return ""
        said = f"it answered {status}"
        if status < 500 and status != 429:
            break
    return f"The webhook was not told: {said}."


def _send(url: str, body: bytes, secret: str, private: bool) -> int:
    host, port, address = public_address(url, private=private)
    parts = urlsplit(url)
    timestamp = str(int(time.time()))
    headers = {"Content-Type": "application/json", "X-Cinema-Timestamp": timestamp}
    if secret:
        headers["X-Cinema-Signature"] = signature(secret, timestamp, body)
    connection = http.client.HTTPConnection(host, port, timeout=_WAIT_SECONDS)
    connected = socket.create_connection((address, port), timeout=_WAIT_SECONDS)
    if parts.scheme == "https":
        connected = ssl.create_default_context().wrap_socket(connected, server_hostname=host)
    connection.sock = connected
    try:
        connection.request("POST", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), body, headers)
        return connection.getresponse().status
    finally:
        connection.close()
