"""Addresses that jobs name: only public ones, unless the endpoint's owner says otherwise."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

from cinema.errors import InputError
from cinema.faces.serverless.addresses import is_public

__all__ = ["is_public", "public_address"]


def public_address(url: str, *, private: bool = False) -> tuple[str, int, str]:
    """Host, port and an IP address of the https URL, every one of whose addresses is public.

    With `private` any address is taken, and http too. Raises InputError. Connect to the IP that is given, not to the name
    again: its answer may change in between.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        port = parts.port or (80 if parts.scheme == "http" else 443)
    except ValueError as exc:
        raise InputError("The address has no valid port.") from exc
    if not host or parts.username or parts.password or "\\" in url:
        raise InputError("The address must be of the form https://host/path, without a login.")
    if parts.scheme != "https" and not (private and parts.scheme == "http"):
        raise InputError("The address must begin with https://.")
    try:
        found = {str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError) as exc:
        raise InputError("The address's host is not found.") from exc
    if not private and not all(is_public(address) for address in found):
        raise InputError("The address leads into a private network; name one that is public.")
    return host, port, min(found)
