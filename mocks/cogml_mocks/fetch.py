"""An address is fetched from loopback and from named hosts only, redirects included.

So a suite that runs inside a network is no way into it. No proxy and no credential of the machine
is used, and no address, which may hold a signature, is logged. After `FETCH_SECONDS` a fetch is
given up wherever it is: connecting, between two headers, in a body without an end, on its third
redirect. Only a host's name is looked up for as long as the machine's own resolver takes.

Not modelled: addresses that need credentials.
"""

import asyncio
import ipaddress
import ssl
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
    """Return at most ``limit`` bytes of an address; `Unreachable` or `TooLarge` otherwise.

    To be called in a thread that runs no event loop.
    """
    url = _parsed(address)
    try:
        # A loop of its own is what can be left at any moment.
        return asyncio.run(asyncio.wait_for(_fetched(url, hosts, limit), FETCH_SECONDS))
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, TimeoutError) as error:
        raise Unreachable(address) from error


async def _fetched(url: httpx.URL, hosts: tuple[str, ...], limit: int) -> bytes:
    # Not a client: it would log addresses.
    async with httpx.AsyncHTTPTransport(verify=_trusted(), trust_env=False) as transport:
        for _ in range(1 + MAX_REDIRECTS):
            if not may_fetch(url, hosts):
                break
            response = await transport.handle_async_request(
                httpx.Request("GET", url, headers=_HEADERS)
            )
            try:
                if not response.has_redirect_location:
                    return await _content(response, limit)
                url = url.join(response.headers["location"])
            finally:
                await response.aclose()
    raise Unreachable(url.host)


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
    if url.scheme not in ("http", "https") or not url.host or (url.port or 0) > 65_535:
        return False
    if url.host == "localhost" or url.host in hosts:
        return True
    try:
        return ipaddress.ip_address(url.host).is_loopback
    except ValueError:
        return False


async def _content(response: httpx.Response, limit: int) -> bytes:
    if response.status_code != httpx.codes.OK:
        raise Unreachable(str(response.status_code))
    content = bytearray()
    async for piece in response.aiter_raw():
        content += piece
        if len(content) > limit:
            raise TooLarge(f"over {limit} bytes")
    return bytes(content)


@cache
def _trusted() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)  # takes longer than most fetches
