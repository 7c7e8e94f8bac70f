"""Where an address leads, as far as its text tells."""

from __future__ import annotations

import contextlib
import ipaddress
import socket

import httpx

_WIRE_SERVER = ipaddress.ip_address("168.63.129.16")  # of every virtual network of Azure


def host_of(address: httpx.URL) -> str:
    """The host as it is asked for; `URL.host` fails where `xn--` stands before anything."""
    return address.raw_host.decode("ascii")


def is_private(address: httpx.URL) -> bool:
    """Whether nobody on the way can read what is sent there: https, or this machine."""
    return address.scheme == "https" or is_here(address)


def is_here(address: httpx.URL) -> bool:
    """Whether an address is this machine's own, that no other reaches."""
    host = host_of(address)
    found = _number(host)
    return host == "localhost" if found is None else found.is_loopback


def is_inside(address: httpx.URL) -> bool:
    """Whether an address lies on this machine or in its own network, as far as its text tells."""
    host = host_of(address).rstrip(".")
    found = _number(host)
    if found is None:
        return f".{host}".endswith(".localhost")
    return not found.is_global or found == _WIRE_SERVER


def _number(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The IP address that a host is written as, in any of the ways that are understood (127.1)."""
    with contextlib.suppress(ValueError):
        found = ipaddress.ip_address(host.rstrip("."))
        return getattr(found, "ipv4_mapped", None) or found
    with contextlib.suppress(OSError, UnicodeError):
        return ipaddress.IPv4Address(socket.inet_aton(host.rstrip(".")))
    return None
