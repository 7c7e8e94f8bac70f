"""An address is fetched from loopback and from named hosts only, redirects included.

So a suite that runs inside a network is no way into it. No proxy and no credential of the machine
is used, neither a slow site nor an endless answer holds a request for long, and no address, which
may hold a signature, is logged.

Not modelled: addresses that need credentials.
"""

import contextlib
import ipaddress
import time
from functools import cache

import httpx

FETCH_SECONDS = 10.0
MAX_REDIRECTS = 3
_HEADERS = {"Accept-Encoding": "identity"}  # a picture does not shrink; a bomb does


class Unreachable(Exception):
    """The address may not be fetched, or did not give what lies there in time."""


class Malformed(Unreachable):
    """The address is none of the web."""


class TooLarge(Exception):
    """The answer goes on after the limit."""


def fetch(address: str, hosts: tuple[str, ...], limit: int) -> bytes:
    """Return at most ``limit`` bytes of an address; `Unreachable` or `TooLarge` otherwise."""
    deadline = time.monotonic() + FETCH_SECONDS
    url = _parsed(address)
    timeout = httpx.Timeout(FETCH_SECONDS / 2).as_dict()
    try:
        for _ in range(1 + MAX_REDIRECTS):
            if not may_fetch(url, hosts):
                raise Unreachable(address)
            request = httpx.Request("GET", url, headers=_HEADERS, extensions={"timeout": timeout})
            with contextlib.closing(_transport().handle_request(request)) as response:
                if not response.has_redirect_location:
                    return _content(response, address, limit, deadline)
                url = url.join(response.headers["location"])
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise Unreachable(address) from error
    raise Unreachable(address)


def _parsed(address: str) -> httpx.URL:
    try:
        url = httpx.URL(address)
        if url.scheme in ("http", "https") and url.host:
            return url
    except (httpx.InvalidURL, ValueError) as error:
        raise Malformed(address) from error
    raise Malformed(address)


def may_fetch(url: httpx.URL, hosts: tuple[str, ...]) -> bool:
    """Decide whether an address is on loopback or on one of the named hosts."""
    if url.scheme not in ("http", "https") or not url.host:
        return False
    if url.host == "localhost" or url.host in hosts:
        return True
    try:
        return ipaddress.ip_address(url.host).is_loopback
    except ValueError:
        return False


def _content(response: httpx.Response, address: str, limit: int, deadline: float) -> bytes:
    if response.status_code != httpx.codes.OK:
        raise Unreachable(address)
    content = bytearray()
    for piece in response.iter_raw():
        content += piece
        if len(content) > limit:
            raise TooLarge(address)
        if time.monotonic() > deadline:
            raise Unreachable(address)
    return bytes(content)


@cache
def _transport() -> httpx.HTTPTransport:
    # Not a client: it would log addresses.
    return httpx.HTTPTransport(trust_env=False, limits=httpx.Limits(max_keepalive_connections=0))
