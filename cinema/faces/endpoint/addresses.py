"""Which addresses are spoken to: https anywhere, http on this machine only."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from cinema.errors import InputError


def check_address(url: str, what: str) -> str:
    """`url` without a closing slash. InputError unless it is https, or http to this machine; `what` names it in the message."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        parts, host = urlsplit(""), ""
    plain = parts.scheme == "http" and is_loopback(url)
    if not host or not (parts.scheme == "https" or plain) or parts.username is not None:
        shown = f"{parts.scheme}://{host}" if host else repr(url)[:80]
        raise InputError(f"{what} {shown} is no https address (http is spoken to this machine only); correct it.")
    return url.rstrip("/")


def is_loopback(url: str) -> bool:
    """Whether the address is this machine's own: localhost, or a loopback address written out."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
