"""Addresses that a stranger wrote: one parser, and the rule of which machines may be spoken to.

Downloads, webhooks and a job's own storage are all read here. What is taken is narrower than what a browser takes, so that no
second reader of the same address can mean another host: printable ASCII, `https`, a name of at least two labels, no user, no
number for a host, ports 443 and from 1024 on. Names beyond ASCII are to be written in their xn-- form: nothing is mapped here.

An endpoint's owner may say that jobs name machines of the house (`CINEMA_PRIVATE_ADDRESSES=1`): then webhooks and storage may
have `http`, a number, a name of one label and any port too.

Where a name leads is judged by its number: `is_public` knows the special-purpose registries of IANA (RFC 6890 and after, read
2026-11-21), because `ipaddress.is_global` of Python 3.11.7 calls some of them global.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Network, ip_address, ip_network
from typing import Literal

LONGEST = 4_096
_PRINTABLE = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
_PARTS = re.compile(r"(?P<scheme>https?)://(?P<authority>[^/?#]*)(?P<path>/[^?#]*)?(?P<query>\?[^#]*)?(?:#.*)?", re.IGNORECASE)
_PORTS = {"https": 443, "http": 80}
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_BRACKETED = re.compile(r"\[(?P<host>[0-9a-f.]*:[0-9a-f:.]*)\](?::(?P<port>.*))?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_SCHEME = re.compile(r"[a-z][a-z0-9+.\-]*:|//|\\\\", re.IGNORECASE)
_INSIDE = (
    "localhost",
    "localdomain",
    "local",
    "internal",
    "intranet",
    "lan",
    "home",
    "corp",
    "private",
    "arpa",
    "onion",
    "alt",
)
"""Last labels that never lead to the public internet (RFC 6761, 6762, 7686, 8375, 9476, and what ICANN keeps back)."""

_SPECIAL_4 = tuple(
    ip_network(written)
    for written in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"),
        *("192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24"),
        *("198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        "168.63.129.16/32",  # Azure's own service to its machines, though the number is public
    )
)
_UNICAST_6 = IPv6Network("2000::/3")
"""Of version 6, only this is given out: so ::1, ::, ::ffff:0:0/96, 64:ff9b::/96, fc00::/7, fe80::/10 and ff00::/8 are not."""
_SPECIAL_6 = tuple(
    ip_network(written)
    for written in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")  # Teredo and 6to4 among them
)


class Refused(ValueError):
    """An address that is not taken. The message goes on from "The picture at ..." and names nothing that was found out."""


@dataclass(frozen=True, kw_only=True)
class WebAddress:
    """An address in parts. `host` is lower case and without brackets; `target` is path and query as they are sent."""

    host: str
    port: int
    target: str
    scheme: Literal["https", "http"] = "https"

    @property
    def authority(self) -> str:
        """As the Host header has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        """For a person: without the query, which may hold a signature."""
        text = f"{self.scheme}://{self.authority}{self.target.partition('?')[0]}"
        return text if len(text) <= 120 else f"{text[:119]}…"


def looks_like_address(text: str) -> bool:
    """Whether somebody meant an address and not a file."""
    return _SCHEME.match(text.lstrip()) is not None


def parse_address(url: str, *, private: bool = False) -> WebAddress:
    """The parts of `url`. Raises Refused for everything but a plain https address of a named host.

    With `private`, http, numbers, names of one label and all ports are taken as well.
    """
    if len(url) > LONGEST:
        raise Refused(f"has an address of {len(url):,} characters; {LONGEST:,} is the most")
    found = _PARTS.fullmatch(url)
    scheme: Literal["https", "http"] = "https" if found is None or found["scheme"].lower() == "https" else "http"
    if found is None or (scheme == "http" and not private):
        raise Refused("is not at an https:// address; give one")
    if not _PRINTABLE.fullmatch(url):
        raise Refused(
            "has an address with characters that cannot stand in one; write them as %HH, and names in their xn-- form"
        )
    if re.search(r"%(?![0-9A-Fa-f]{2})", url):
        raise Refused("has an address with a % that two hexadecimal digits do not follow")
    authority = found["authority"].lower()
    if "@" in authority:
        raise Refused("has an address with a user in it; give one without")
    host, port = _split(authority, private=private)
    return WebAddress(
        scheme=scheme,
        host=host,
        port=_port(port, private=private) if port is not None else _PORTS[scheme],
        target=(found["path"] or "/") + (found["query"] or ""),
    )


def _split(authority: str, *, private: bool) -> tuple[str, str | None]:
    """Host and written port."""
    bracketed = _BRACKETED.fullmatch(authority) if private else None
    if bracketed is not None:
        return _number(bracketed["host"]), bracketed["port"]
    host, colon, port = authority.partition(":") if not authority.startswith("[") else (authority, "", "")
    return _host(host, private=private), port if colon else None


def _host(host: str, *, private: bool) -> str:
    labels = host.split(".")
    if private and _NUMBER.fullmatch(labels[-1]):
        return _number(host)
    if host.startswith("[") or _NUMBER.fullmatch(labels[-1]):
        raise Refused("has a number for a host; name the host")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise Refused("has an address without a proper host name")
    if not private and (len(labels) < 2 or labels[-1] in _INSIDE):
        raise Refused("is not on the public internet; put it where everybody's https reaches it")
    return host


def _number(written: str) -> str:
    """A number as everybody writes it; forms that readers understand differently are not taken."""
    try:
        number = ip_address(written)
    except ValueError:
        number = None
    if number is None or str(number) != written:
        raise Refused("has an address without a proper host name")
    return written


def _port(port: str, *, private: bool) -> int:
    number = int(port) if re.fullmatch(r"[0-9]{1,5}", port) else 0
    if number != 443 and not (1 if private else 1_024) <= number <= 65_535:
        raise Refused("has an address with a port that is not used for https; 443 and those from 1024 on are spoken to")
    return number


def is_public(written: str) -> bool:
    """Whether the numeric address belongs to the public internet, as one machine of it; False for what is no address."""
    try:
        number = ip_address(written)
    except ValueError:
        return False
    if isinstance(number, IPv4Address):
        return not any(number in network for network in _SPECIAL_4)
    if number.scope_id is not None:
        return False
    return number in _UNICAST_6 and not any(number in network for network in _SPECIAL_6)
