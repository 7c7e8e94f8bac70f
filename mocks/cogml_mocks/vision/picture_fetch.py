"""A picture's address is fetched from loopback and from named hosts only, redirects included.

So a suite that runs inside a network is no way into it. No proxy and no credential of the machine
is used, and neither a slow site nor an endless answer holds a request for long.

Not modelled: addresses that need credentials.
"""

import ipaddress
import time
from functools import cache

import httpx

FETCH_SECONDS = 10.0
MAX_REDIRECTS = 3


class Unreachable(Exception):
    """The address is malformed, may not be fetched, or did not give a picture in time."""


class TooLarge(Exception):
    """The answer goes on after the limit."""


def fetch(address: str, hosts: tuple[str, ...], limit: int) -> bytes:
    """Return at most ``limit`` bytes of an address; `Unreachable` or `TooLarge` otherwise."""
    deadline = time.monotonic() + FETCH_SECONDS
    try:
        url = httpx.URL(address)
        for _ in range(1 + MAX_REDIRECTS):
            if not may_fetch(url, hosts):
                raise Unreachable(address)
            with _client().stream("GET", url, timeout=FETCH_SECONDS / 2) as response:
                if response.next_request is None:
                    return _content(response, limit, deadline)
                url = response.next_request.url
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise Unreachable(address) from error
    raise Unreachable(address)


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


def _content(response: httpx.Response, limit: int, deadline: float) -> bytes:
    if response.status_code != httpx.codes.OK:
        raise Unreachable(str(response.url))
    content = bytearray()
    for piece in response.iter_raw():
        content += piece
        if len(content) > limit:
            raise TooLarge(str(response.url))
        if time.monotonic() > deadline:
            raise Unreachable(str(response.url))
    return bytes(content)


@cache
def _client() -> httpx.Client:
    return httpx.Client(
        trust_env=False,
        limits=httpx.Limits(max_keepalive_connections=0),
        headers={"Accept-Encoding": "identity"},  # a picture does not shrink; a bomb does
    )
