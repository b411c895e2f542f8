"""Addresses that jobs name: only public ones, unless the endpoint's owner says otherwise."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

from cinema.errors import InputError


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


def is_public(address: str) -> bool:
    """Whether anybody on the internet can be meant by that IP address; mapped and tunnelled ones are looked into."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inner is None and found in ipaddress.ip_network("64:ff9b::/96"):
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return found.is_global and not found.is_multicast
